//! What depends on what, as far as the objects themselves do not say it.

use super::draft::{Draft, Oid, class};
use super::fields::{Fault, Fields};
use super::{Query, Server};
use crate::schema::ObjectId;

pub(super) fn queries(_server: &Server) -> Vec<Query> {
    vec![Query::new("dependencies", dependencies(), read_dependency)]
}

/// Nine in ten rows of `pg_depend` say what the objects say themselves: that an index needs its column, and so on.
fn dependencies() -> String {
    format!(
        "SELECT d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid FROM pg_depend d \
         WHERE d.objid >= 16384 AND d.refobjid >= 16384 AND d.deptype IN ('n', 'a') AND d.refclassid <> {namespace} \
         AND (d.refclassid IN ({function}, {types}, {collation}) OR d.classid IN ({rewrite}, {policy}, {function}, {types}) \
             OR d.classid = {default} AND d.refobjsubid = 0 \
             OR d.classid = {default} AND d.deptype = 'n')",
        namespace = class::NAMESPACE,
        function = class::FUNCTION,
        types = class::TYPE,
        collation = class::COLLATION,
        rewrite = class::REWRITE,
        policy = class::POLICY,
        default = class::DEFAULT,
    )
}

fn read_dependency(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let dependent = (fields.number()?, fields.number()?, fields.number()?);
    let on = (fields.number()?, fields.number()?, fields.number()?);
    let (Some(dependent), Some(on)) = (find(draft, dependent), find(draft, on)) else { return Ok(()) };
    // A rule belongs to its table, and a view to its own columns.
    if dependent != on && !is_part_of(&dependent, &on) {
        draft.schema.dependencies.insert(dependent, on);
    }
    Ok(())
}

fn find(draft: &Draft, (class, oid, column): (Oid, Oid, i16)) -> Option<ObjectId> {
    let id = draft.ids.get(&(class, oid))?;
    if class != class::RELATION || column == 0 {
        return Some(id.clone());
    }
    let (ObjectId::Table(name) | ObjectId::View(name) | ObjectId::MaterialisedView(name)) = id else {
        return Some(id.clone());
    };
    let column = draft.relations.get(&oid)?.column(column)?;
    Some(ObjectId::Column(name.clone(), column.name.clone()))
}

/// Whether one cannot be without the other simply because it is a part of it.
fn is_part_of(dependent: &ObjectId, on: &ObjectId) -> bool {
    match (dependent, on) {
        (ObjectId::View(own) | ObjectId::MaterialisedView(own), ObjectId::Column(of, _)) => own == of,
        (
            ObjectId::Rule(own, _) | ObjectId::Policy(own, _) | ObjectId::Trigger(own, _),
            ObjectId::Table(of) | ObjectId::View(of),
        ) => own == of,
        // A check of a domain speaks of its values.
        (ObjectId::Constraint(own, _), ObjectId::Type(of)) => own == of,
        _ => false,
    }
}
