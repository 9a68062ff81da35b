//! Enums, domains, composite types and ranges.

use serde::Deserialize;

use super::draft::{Draft, Oid, class};
use super::fields::{Fault, Fields};
use super::{Query, Server, not_of_an_extension, privileges};
use crate::schema::{CompositeType, Domain, DomainCheck, EnumType, ObjectId, Privileges, QualifiedName, RangeType};

pub(super) fn queries(server: &Server) -> Vec<Query> {
    vec![
        Query::new("types", types(), read_type),
        Query::new("values of enums", ENUM_VALUES.to_owned(), read_enum_value),
        Query::new("domains", domains(server), read_domain),
        Query::new("checks of domains", DOMAIN_CHECKS.to_owned(), read_domain_check),
        Query::new("ranges", ranges(server), read_range),
    ]
}

fn types() -> String {
    format!(
        "SELECT t.oid, t.typarray, t.typnamespace, t.typname, t.typtype, {} FROM pg_type t \
         LEFT JOIN pg_class c ON c.oid = t.typrelid \
         WHERE t.oid >= 16384 AND (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c') AND {}",
        privileges::asked("t.typacl", &privileges::usual('T', "t.typowner"), "t.typowner"),
        not_of_an_extension(class::TYPE, "t.oid")
    )
}

fn read_type(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let (oid, array, namespace): (Oid, Oid, Oid) = (fields.number()?, fields.number()?, fields.number()?);
    let Some(name) = draft.name(namespace, fields.text()?) else { return Ok(()) };
    let kind = fields.letter()?;
    let privileges = privileges::read(fields)?;
    let comment = draft.comment(class::TYPE, oid);
    for oid in [oid, array] {
        draft.identify(class::TYPE, oid, ObjectId::Type(name.clone()));
    }
    insert(draft, kind, name, privileges, comment);
    Ok(())
}

/// The type with what all types have; the rest comes with the next queries.
fn insert(draft: &mut Draft, kind: char, name: QualifiedName, privileges: Privileges, comment: Option<String>) {
    let schema = &mut draft.schema;
    match kind {
        'e' => drop(schema.enums.insert(EnumType { name, values: Vec::new(), comment, privileges })),
        'd' => drop(schema.domains.insert(Domain { name, comment, privileges, ..Domain::default() })),
        'r' => drop(schema.range_types.insert(RangeType { name, comment, privileges, ..RangeType::default() })),
        _ => drop(schema.composite_types.insert(CompositeType { name, attributes: Vec::new(), comment, privileges })),
    }
}

/// The name of a type that has been read.
fn type_name(draft: &Draft, oid: Oid) -> Option<QualifiedName> {
    match draft.ids.get(&(class::TYPE, oid)) {
        Some(ObjectId::Type(name)) => Some(name.clone()),
        _ => None,
    }
}

const ENUM_VALUES: &str =
    "SELECT e.enumtypid, e.enumlabel FROM pg_enum e WHERE e.enumtypid >= 16384 ORDER BY e.enumtypid, e.enumsortorder";

fn read_enum_value(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let Some(name) = type_name(draft, fields.number()?) else { return Ok(()) };
    if let Some(found) = draft.schema.enums.get_mut(&name) {
        found.values.push(fields.text()?.to_owned());
    }
    Ok(())
}

fn domains(server: &Server) -> String {
    // Servers before 17 keep no constraint for NOT NULL.
    let required = if server.version >= 170_000 {
        "(SELECT k.conname FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'n')"
    } else {
        "NULL"
    };
    format!(
        "SELECT t.oid, format_type(t.typbasetype, t.typtypmod), t.typnotnull, \
         pg_get_expr(t.typdefaultbin, 'pg_type'::regclass), \
         (SELECT json_build_object('schema', n.nspname, 'name', c.collname) FROM pg_collation c \
             JOIN pg_namespace n ON n.oid = c.collnamespace JOIN pg_type b ON b.oid = t.typbasetype \
             WHERE c.oid = t.typcollation AND t.typcollation <> b.typcollation), {required} \
         FROM pg_type t WHERE t.typtype = 'd' AND t.oid >= 16384"
    )
}

fn read_domain(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let Some(name) = type_name(draft, fields.number()?) else { return Ok(()) };
    if let Some(domain) = draft.schema.domains.get_mut(&name) {
        domain.base_type = fields.text()?.to_owned();
        domain.not_null = fields.flag()?;
        domain.default = fields.owned()?;
        domain.collation = fields.json()?;
        domain.required = fields.owned()?;
    }
    Ok(())
}

const DOMAIN_CHECKS: &str = "SELECT k.contypid, k.oid, k.conname, pg_get_expr(k.conbin, 0), k.convalidated \
     FROM pg_constraint k WHERE k.contypid >= 16384 AND k.contype = 'c'";

fn read_domain_check(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let Some(name) = type_name(draft, fields.number()?) else { return Ok(()) };
    let oid: Oid = fields.number()?;
    let comment = draft.comment(class::CONSTRAINT, oid);
    let [check, expression] = [fields.text()?, fields.text()?].map(str::to_owned);
    let not_valid = !fields.flag()?;
    draft.identify(class::CONSTRAINT, oid, ObjectId::Constraint(name.clone(), check.clone()));
    if let Some(domain) = draft.schema.domains.get_mut(&name) {
        domain.checks.insert(DomainCheck { name: check, expression, not_valid, comment });
    }
    Ok(())
}

fn ranges(server: &Server) -> String {
    let multirange = if server.version >= 140_000 { "r.rngmultitypid" } else { "0" };
    let name = |what: &str, catalogue: &str, column: &str, schema: &str, oid: &str| {
        format!(
            "'{what}', (SELECT json_build_object('schema', n.nspname, 'name', x.{column}) FROM {catalogue} x \
             JOIN pg_namespace n ON n.oid = x.{schema} WHERE x.oid = {oid})"
        )
    };
    format!(
        "SELECT r.rngtypid, {multirange}, (SELECT m.typarray FROM pg_type m WHERE m.oid = {multirange}), \
         format_type(r.rngsubtype, NULL), json_build_object({}, {}, {}, {}, {}) \
         FROM pg_range r JOIN pg_type s ON s.oid = r.rngsubtype JOIN pg_opclass o ON o.oid = r.rngsubopc \
         WHERE r.rngtypid >= 16384",
        name("operator_class", "pg_opclass", "opcname", "opcnamespace", "r.rngsubopc AND NOT o.opcdefault"),
        name(
            "collation",
            "pg_collation",
            "collname",
            "collnamespace",
            "r.rngcollation AND r.rngcollation <> s.typcollation"
        ),
        name("canonical", "pg_proc", "proname", "pronamespace", "r.rngcanonical"),
        name("subtype_diff", "pg_proc", "proname", "pronamespace", "r.rngsubdiff"),
        name("multirange", "pg_type", "typname", "typnamespace", multirange)
    )
}

/// What a range type may have beside its subtype.
#[derive(Deserialize, Default)]
struct Parts {
    operator_class: Option<QualifiedName>,
    collation: Option<QualifiedName>,
    canonical: Option<QualifiedName>,
    subtype_diff: Option<QualifiedName>,
    multirange: Option<QualifiedName>,
}

fn read_range(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let Some(name) = type_name(draft, fields.number()?) else { return Ok(()) };
    let (multirange, its_array): (Oid, Option<Oid>) = (fields.number()?, fields.optional_number()?);
    for oid in [Some(multirange), its_array].into_iter().flatten().filter(|oid| *oid != 0) {
        draft.identify(class::TYPE, oid, ObjectId::Type(name.clone()));
    }
    let subtype = fields.text()?.to_owned();
    let parts: Parts = fields.json()?;
    if let Some(range) = draft.schema.range_types.get_mut(&name) {
        range.subtype = subtype;
        range.operator_class = parts.operator_class;
        range.collation = parts.collation;
        range.canonical = parts.canonical;
        range.subtype_diff = parts.subtype_diff;
        range.multirange = parts.multirange;
    }
    Ok(())
}
