//! Columns of tables and views, and attributes of composite types.

use serde::Deserialize;

use super::draft::{Draft, FoundColumn, Oid, RelationKind, class};
use super::fields::{Fault, Fields};
use super::{Query, Server, options, privileges};
use crate::schema::{Attribute, Column, Generated, Identity, ObjectId, QualifiedName, SequenceOptions, ViewColumn};

pub(super) fn queries(server: &Server) -> Vec<Query> {
    vec![Query::new("columns", columns(server), read_column)]
}

/// The server's own note of the definition, which 17.12 as Debian has it keeps among the options of every column.
const VERSION_NOTE: &str = "pg_attver=";

/// Whether a column has an option that somebody has set.
const HAS_OPTIONS: &str =
    "(a.attoptions IS NOT NULL AND (a.attoptions[2] IS NOT NULL OR NOT starts_with(a.attoptions[1], 'pg_attver=')))";

/// What few columns have comes as JSON, so that the others cost little.
fn columns(server: &Server) -> String {
    let compression = if server.version >= 140_000 { "a.attcompression" } else { "''::\"char\"" };
    let rare = format!(
        "CASE WHEN a.attcollation <> t.typcollation OR a.attstorage <> t.typstorage OR {compression} <> '' \
         OR a.attstattarget >= 0 OR {HAS_OPTIONS} OR a.attidentity <> '' OR a.attgenerated <> '' \
         OR NOT a.attislocal OR a.attinhcount > 0 OR a.attacl IS NOT NULL THEN json_build_object(\
         'collation', (SELECT json_build_object('schema', n.nspname, 'name', l.collname) FROM pg_collation l \
             JOIN pg_namespace n ON n.oid = l.collnamespace WHERE l.oid = a.attcollation AND a.attcollation <> t.typcollation), \
         'storage', CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage END, 'compression', {compression}, \
         'statistics', nullif(a.attstattarget, -1), 'options', a.attoptions, 'identity', a.attidentity, \
         'generated', a.attgenerated, 'inherited', NOT a.attislocal, 'of_parent', a.attinhcount > 0, 'privileges', {}) END",
        privileges::asked("a.attacl", &privileges::usual('c', "c.relowner"), "c.relowner")
    );
    format!(
        "SELECT a.attrelid, a.attnum, a.attname, a.atttypid, a.attcollation, format_type(a.atttypid, a.atttypmod), \
         a.attnotnull, d.oid, pg_get_expr(d.adbin, d.adrelid), {rare} \
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid \
         LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
         WHERE a.attrelid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'c') \
         ORDER BY a.attrelid, a.attnum"
    )
}

/// What few columns have.
#[derive(Deserialize)]
struct Rare {
    collation: Option<QualifiedName>,
    storage: Option<char>,
    compression: Option<String>,
    statistics: Option<i32>,
    options: Option<Vec<String>>,
    identity: String,
    generated: String,
    inherited: bool,
    of_parent: bool,
    privileges: serde_json::Value,
}

fn read_column(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let relation: Oid = fields.number()?;
    if !draft.relations.contains_key(&relation) {
        return Ok(());
    }
    let (number, name): (i16, _) = (fields.number()?, fields.text()?);
    let found = FoundColumn { number, name: name.to_owned(), type_oid: fields.number()?, collation: fields.number()? };
    let mut column = Column::new(name, fields.text()?);
    column.not_null = fields.flag()?;
    let default: Option<Oid> = fields.optional_number()?;
    column.default = fields.owned()?;
    if let Some(rare) = fields.json::<Option<Rare>>()? {
        apply_rare(&mut column, rare)?;
    }
    column.comment = draft.comments.remove(&(class::RELATION, relation, number));
    place(draft, relation, found, column, default);
    Ok(())
}

fn apply_rare(column: &mut Column, rare: Rare) -> Result<(), Fault> {
    column.collation = rare.collation;
    column.storage = rare.storage.map(|letter| storage(letter).to_owned());
    column.compression = match rare.compression.as_deref() {
        Some("p") => Some("pglz".to_owned()),
        Some("l") => Some("lz4".to_owned()),
        _ => None,
    };
    column.statistics = rare.statistics;
    column.options =
        options(rare.options.unwrap_or_default().into_iter().filter(|option| !option.starts_with(VERSION_NOTE)));
    column.inherited = rare.inherited;
    column.of_parent = rare.of_parent;
    column.privileges = privileges::from_json(rare.privileges)?;
    if !rare.identity.is_empty() {
        // Name and numbers come with the sequences.
        let (sequence, options) = (QualifiedName::default(), SequenceOptions::of_type("bigint"));
        column.identity = Some(Identity { always: rare.identity == "a", sequence, options });
    }
    if !rare.generated.is_empty() {
        let expression = column.default.take().unwrap_or_default();
        column.generated = Some(Generated { expression, stored: rare.generated == "s" });
    }
    Ok(())
}

fn storage(letter: char) -> &'static str {
    match letter {
        'p' => "PLAIN",
        'e' => "EXTERNAL",
        'm' => "MAIN",
        _ => "EXTENDED",
    }
}

fn place(draft: &mut Draft, oid: Oid, found: FoundColumn, column: Column, default: Option<Oid>) {
    let Some(relation) = draft.relations.get_mut(&oid) else { return };
    if let Some(default) = default {
        let id = ObjectId::Default(relation.name.clone(), column.name.clone());
        draft.ids.insert((class::DEFAULT, default), id);
    }
    relation.columns.push(found);
    match &mut relation.kind {
        RelationKind::Table(table) => table.columns.push(column),
        RelationKind::View(view) => view.columns.push(of_view(column)),
        RelationKind::MaterialisedView(view) => view.columns.push(of_view(column)),
        RelationKind::Composite => {
            let Column { name: attribute, type_name, collation, comment, .. } = column;
            if let Some(composite) = draft.schema.composite_types.get_mut(&relation.name) {
                composite.attributes.push(Attribute { name: attribute, type_name, collation, comment });
            }
        }
    }
}

fn of_view(column: Column) -> ViewColumn {
    let Column { name, type_name, default, statistics, comment, privileges, .. } = column;
    ViewColumn { name, type_name, default, statistics, comment, privileges }
}
