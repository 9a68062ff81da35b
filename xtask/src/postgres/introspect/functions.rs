//! Functions, procedures and aggregates.

use std::fmt::Write as _;

use serde::Deserialize;

use super::draft::{Draft, Oid, class};
use super::fields::{Fault, Fields};
use super::{Query, Server, not_of_an_extension, privileges};
use crate::schema::{Function, FunctionKind, ObjectId, Signature};
use crate::sql;

pub(super) fn queries(_server: &Server) -> Vec<Query> {
    vec![Query::new("functions", functions(), read_function)]
}

/// The server prints the statement of any function but an aggregate. What it made itself for a type is left out.
fn functions() -> String {
    let function = |column: &str| format!("nullif(g.{column}, 0)::regproc");
    format!(
        "SELECT p.oid, p.pronamespace, p.proname, p.prokind, \
         CASE p.prokind WHEN 'a' THEN pg_get_function_identity_arguments(p.oid) ELSE oidvectortypes(p.proargtypes) END, \
         pg_get_function_arguments(p.oid), CASE WHEN p.prokind <> 'p' THEN pg_get_function_result(p.oid) END, \
         CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END, \
         (SELECT json_build_object('sfunc', g.aggtransfn::regproc, 'stype', format_type(g.aggtranstype, NULL), \
             'sspace', nullif(g.aggtransspace, 0), 'finalfunc', {finalfunc}, 'finalfunc_extra', g.aggfinalextra, \
             'finalfunc_modify', g.aggfinalmodify, 'combinefunc', {combinefunc}, 'serialfunc', {serialfunc}, \
             'deserialfunc', {deserialfunc}, 'initcond', g.agginitval, 'msfunc', {msfunc}, 'minvfunc', {minvfunc}, \
             'mstype', CASE WHEN g.aggmtranstype <> 0 THEN format_type(g.aggmtranstype, NULL) END, \
             'msspace', nullif(g.aggmtransspace, 0), 'mfinalfunc', {mfinalfunc}, 'mfinalfunc_extra', g.aggmfinalextra, \
             'mfinalfunc_modify', g.aggmfinalmodify, 'minitcond', g.aggminitval, \
             'sortop', nullif(g.aggsortop, 0)::regoperator, 'kind', g.aggkind, 'parallel', p.proparallel) \
             FROM pg_aggregate g WHERE g.aggfnoid = p.oid), {acl} \
         FROM pg_proc p WHERE p.oid >= 16384 AND {not_of_an_extension} AND NOT EXISTS (SELECT FROM pg_depend i \
             WHERE i.classid = {class} AND i.objid = p.oid AND i.deptype = 'i' AND i.refclassid = {types})",
        finalfunc = function("aggfinalfn"),
        combinefunc = function("aggcombinefn"),
        serialfunc = function("aggserialfn"),
        deserialfunc = function("aggdeserialfn"),
        msfunc = function("aggmtransfn"),
        minvfunc = function("aggminvtransfn"),
        mfinalfunc = function("aggmfinalfn"),
        acl = privileges::asked("p.proacl", &privileges::usual('f', "p.proowner"), "p.proowner"),
        not_of_an_extension = not_of_an_extension(class::FUNCTION, "p.oid"),
        class = class::FUNCTION,
        types = class::TYPE,
    )
}

fn read_function(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let (oid, namespace, name): (Oid, Oid, _) = (fields.number()?, fields.number()?, fields.text()?);
    let Some(name) = draft.name(namespace, name) else { return Ok(()) };
    let kind = match fields.letter()? {
        'p' => FunctionKind::Procedure,
        'a' => FunctionKind::Aggregate,
        _ => FunctionKind::Function,
    };
    let arguments = match (kind, fields.text()?) {
        (FunctionKind::Aggregate, "") => "*".to_owned(),
        (_, arguments) => arguments.to_owned(),
    };
    let name = Signature { name, arguments };
    let (arguments, result) = (fields.text()?.to_owned(), fields.owned()?);
    let printed = fields.optional()?.map(|text| text.trim_end().to_owned());
    let definition = match (printed, fields.json::<Option<Aggregate>>()?) {
        (Some(printed), _) => printed,
        (None, Some(aggregate)) => aggregate.definition(&name),
        (None, None) => return Err(format!("nothing says how {name} is made")),
    };
    let comment = draft.comment(class::FUNCTION, oid);
    let privileges = privileges::read(fields)?;
    draft.identify(class::FUNCTION, oid, ObjectId::Function(name.clone()));
    draft.schema.functions.insert(Function { name, kind, definition, result, arguments, comment, privileges });
    Ok(())
}

/// What makes an aggregate; functions, types and operators as SQL.
#[derive(Deserialize)]
struct Aggregate {
    sfunc: String,
    stype: String,
    sspace: Option<i32>,
    finalfunc: Option<String>,
    finalfunc_extra: bool,
    finalfunc_modify: char,
    combinefunc: Option<String>,
    serialfunc: Option<String>,
    deserialfunc: Option<String>,
    initcond: Option<String>,
    msfunc: Option<String>,
    minvfunc: Option<String>,
    mstype: Option<String>,
    msspace: Option<i32>,
    mfinalfunc: Option<String>,
    mfinalfunc_extra: bool,
    mfinalfunc_modify: char,
    minitcond: Option<String>,
    sortop: Option<String>,
    kind: char,
    parallel: char,
}

impl Aggregate {
    fn definition(self, name: &Signature) -> String {
        // What may be changed by its final function is READ_ONLY by default, but READ_WRITE for ordered sets.
        let usual_modify = if self.kind == 'n' { 'r' } else { 'w' };
        let modify = |letter: char| {
            let word = match letter {
                'r' => "READ_ONLY",
                's' => "SHAREABLE",
                _ => "READ_WRITE",
            };
            (letter != usual_modify).then(|| word.to_owned())
        };
        let flag = |is: bool| is.then(String::new);
        // `regoperator` prints the operands, too, which have no place here.
        let operator = |text: String| format!("OPERATOR({})", text.split('(').next().unwrap_or_default());
        let parts = [
            ("SFUNC", Some(self.sfunc)),
            ("STYPE", Some(self.stype)),
            ("SSPACE", self.sspace.map(|space| space.to_string())),
            ("FINALFUNC", self.finalfunc.clone()),
            ("FINALFUNC_EXTRA", flag(self.finalfunc_extra)),
            ("FINALFUNC_MODIFY", self.finalfunc.and_then(|_| modify(self.finalfunc_modify))),
            ("COMBINEFUNC", self.combinefunc),
            ("SERIALFUNC", self.serialfunc),
            ("DESERIALFUNC", self.deserialfunc),
            ("INITCOND", self.initcond.as_deref().map(sql::literal)),
            ("MSFUNC", self.msfunc),
            ("MINVFUNC", self.minvfunc),
            ("MSTYPE", self.mstype),
            ("MSSPACE", self.msspace.map(|space| space.to_string())),
            ("MFINALFUNC", self.mfinalfunc.clone()),
            ("MFINALFUNC_EXTRA", flag(self.mfinalfunc_extra)),
            ("MFINALFUNC_MODIFY", self.mfinalfunc.and_then(|_| modify(self.mfinalfunc_modify))),
            ("MINITCOND", self.minitcond.as_deref().map(sql::literal)),
            ("SORTOP", self.sortop.map(operator)),
            ("HYPOTHETICAL", flag(self.kind == 'h')),
            (
                "PARALLEL",
                match self.parallel {
                    's' => Some("SAFE".to_owned()),
                    'r' => Some("RESTRICTED".to_owned()),
                    _ => None,
                },
            ),
        ];
        let mut text = format!("CREATE OR REPLACE AGGREGATE {name} (");
        let said = parts.into_iter().filter_map(|(key, value)| Some((key, value?)));
        for (at, (key, value)) in said.enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let equals = if value.is_empty() { "" } else { " = " };
            // Writing into a String does not fail.
            let _ = write!(text, "{comma}\n    {key}{equals}{value}");
        }
        text.push_str("\n)");
        text
    }
}
