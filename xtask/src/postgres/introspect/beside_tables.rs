//! Statistics over several columns, default privileges, and what is there but not read.

use super::draft::{Draft, Oid, class};
use super::fields::{Fault, Fields};
use super::{Query, Server, not_of_an_extension, privileges};
use crate::schema::{DefaultPrivileges, ExtendedStatistics, ObjectId};

pub(super) fn queries(_server: &Server) -> Vec<Query> {
    vec![
        Query::new("statistics", statistics(), read_statistics),
        Query::new("default privileges", default_privileges(), read_default_privileges),
        Query::new("objects of other kinds", unread(), read_unread),
    ]
}

fn statistics() -> String {
    format!(
        "SELECT s.oid, s.stxnamespace, s.stxname, s.stxrelid, pg_get_statisticsobjdef(s.oid), nullif(s.stxstattarget, -1) \
         FROM pg_statistic_ext s WHERE {}",
        not_of_an_extension(class::STATISTICS, "s.oid")
    )
}

fn read_statistics(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let (oid, namespace, name): (Oid, Oid, _) = (fields.number()?, fields.number()?, fields.text()?);
    let Some(name) = draft.name(namespace, name) else { return Ok(()) };
    let Some(table) = draft.relations.get(&fields.number()?).map(|relation| relation.name.clone()) else {
        return Ok(());
    };
    let definition = fields.text()?.to_owned();
    let statistics = fields.optional_number()?;
    let comment = draft.comment(class::STATISTICS, oid);
    draft.identify(class::STATISTICS, oid, ObjectId::Statistics(name.clone()));
    draft.schema.statistics.insert(ExtendedStatistics { name, table, definition, statistics, comment });
    Ok(())
}

/// What is said for a schema comes on top of what objects are born with; what is said for all schemas comes in its place.
fn default_privileges() -> String {
    let usual = "CASE WHEN d.defaclnamespace = 0 THEN acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, \
         d.defaclrole) END";
    format!(
        "SELECT pg_get_userbyid(d.defaclrole), n.nspname, d.defaclobjtype, {} \
         FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace",
        privileges::asked("d.defaclacl", usual, "d.defaclrole")
    )
}

fn read_default_privileges(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let (role, schema) = (fields.text()?.to_owned(), fields.owned()?);
    if schema.as_deref().is_some_and(|schema| draft.scope.leaves_out_schema(schema)) {
        return Ok(());
    }
    let on = match fields.letter()? {
        'r' => "TABLES",
        'S' => "SEQUENCES",
        'f' => "FUNCTIONS",
        'T' => "TYPES",
        'n' => "SCHEMAS",
        _ => "LARGE OBJECTS",
    };
    let privileges = privileges::read(fields)?;
    let (granted, revoked) = (privileges.granted, privileges.revoked);
    draft.schema.default_privileges.insert(DefaultPrivileges { role, schema, on: on.to_owned(), granted, revoked });
    Ok(())
}

/// Catalogues of kinds that the vocabulary does not have, with what narrows them down.
const UNREAD: &[(&str, &str)] = &[
    ("pg_class", "x.relkind = 'f'"),
    ("pg_type", "(x.typtype = 'p' OR x.typtype = 'b' AND x.typelem = 0)"),
    ("pg_operator", "true"),
    ("pg_opclass", "true"),
    ("pg_opfamily", "true"),
    ("pg_cast", "true"),
    ("pg_conversion", "true"),
    ("pg_ts_config", "true"),
    ("pg_ts_dict", "true"),
    ("pg_ts_parser", "true"),
    ("pg_ts_template", "true"),
    ("pg_language", "true"),
    ("pg_transform", "true"),
    ("pg_am", "true"),
    ("pg_foreign_data_wrapper", "true"),
    ("pg_foreign_server", "true"),
    ("pg_publication", "true"),
];

fn unread() -> String {
    let one = |(catalogue, condition): &(&str, &str)| {
        format!(
            "SELECT i.schema, i.type || ' ' || i.identity FROM {catalogue} x, \
             pg_identify_object('{catalogue}'::regclass, x.oid, 0) i WHERE x.oid >= 16384 AND {condition} \
             AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '{catalogue}'::regclass AND e.objid = x.oid \
             AND e.deptype IN ('e', 'i'))"
        )
    };
    UNREAD.iter().map(one).collect::<Vec<_>>().join(" UNION ALL ")
}

fn read_unread(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let schema = fields.optional()?;
    if schema.is_none_or(|schema| !draft.scope.leaves_out_schema(schema)) {
        draft.schema.unread.push(fields.text()?.to_owned());
    }
    Ok(())
}
