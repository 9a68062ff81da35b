//! Tables, views and materialised views without their columns, and what inherits from what.

use super::draft::{Draft, Oid, Relation, RelationKind, class};
use super::fields::{Fault, Fields};
use super::{Query, Server, not_of_an_extension, options, privileges};
use crate::schema::{
    MaterialisedView, ObjectId, Options, PartitionOf, Persistence, Privileges, QualifiedName, ReplicaIdentity, Table,
    View,
};

pub(super) fn queries(_server: &Server) -> Vec<Query> {
    vec![
        Query::new("relations", relations(), read_relation),
        Query::new("inheritance", INHERITANCE.to_owned(), read_inheritance),
    ]
}

fn relations() -> String {
    format!(
        "SELECT c.oid, c.relnamespace, c.relname, c.relkind, c.relpersistence, c.reltype, \
         (SELECT t.typarray FROM pg_type t WHERE t.oid = c.reltype), \
         CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END, c.relispopulated, \
         CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END, \
         CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END, \
         array_to_json(c.reloptions), \
         (SELECT array_to_json(t.reloptions) FROM pg_class t WHERE t.oid = c.reltoastrelid AND t.reloptions IS NOT NULL), \
         (SELECT a.amname FROM pg_am a WHERE a.oid = c.relam AND a.amname <> 'heap'), \
         (SELECT s.spcname FROM pg_tablespace s WHERE s.oid = c.reltablespace), \
         c.relreplident, c.relrowsecurity, c.relforcerowsecurity, {} \
         FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'c') AND c.relpersistence <> 't' AND c.oid >= 16384 AND {}",
        privileges::asked("c.relacl", &privileges::usual('r', "c.relowner"), "c.relowner"),
        not_of_an_extension(class::RELATION, "c.oid")
    )
}

/// What a row says of any relation.
struct Found {
    name: QualifiedName,
    definition: String,
    is_populated: bool,
    partition_key: Option<String>,
    bound: Option<String>,
    options: Options,
    access_method: Option<String>,
    tablespace: Option<String>,
    replica_identity: ReplicaIdentity,
    row_security: bool,
    force_row_security: bool,
    privileges: Privileges,
}

fn read_relation(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let (oid, namespace, name): (Oid, Oid, _) = (fields.number()?, fields.number()?, fields.text()?);
    let Some(name) = draft.name(namespace, name) else { return Ok(()) };
    let (kind, persistence) = (fields.letter()?, fields.letter()?);
    let (row_type, array_type): (Oid, Option<Oid>) = (fields.number()?, fields.optional_number()?);
    let found = read_found(name.clone(), fields)?;
    let comment = draft.comment(class::RELATION, oid);

    let id = match kind {
        'v' => ObjectId::View(name.clone()),
        'm' => ObjectId::MaterialisedView(name.clone()),
        'c' => ObjectId::Type(name.clone()),
        _ => ObjectId::Table(name.clone()),
    };
    for type_oid in [Some(row_type), array_type].into_iter().flatten() {
        draft.identify(class::TYPE, type_oid, id.clone());
    }
    draft.identify(class::RELATION, oid, id);
    let kind = match kind {
        'v' => RelationKind::View(Box::new(view(found, comment))),
        'm' => RelationKind::MaterialisedView(Box::new(materialised_view(found, comment))),
        'c' => RelationKind::Composite,
        _ => RelationKind::Table(Box::new(table(found, comment, persistence))),
    };
    draft.relations.insert(oid, Relation { name, kind, columns: Vec::new() });
    Ok(())
}

fn read_found(name: QualifiedName, fields: &mut Fields) -> Result<Found, Fault> {
    let definition = fields.optional()?.unwrap_or_default().trim().trim_end_matches(';').to_owned();
    let is_populated = fields.flag()?;
    let (partition_key, bound) = (fields.owned()?, fields.owned()?);
    let (own, toast): (Option<Vec<String>>, Option<Vec<String>>) = (fields.json()?, fields.json()?);
    let toast = toast.unwrap_or_default().into_iter().map(|option| format!("toast.{option}"));
    Ok(Found {
        name,
        definition,
        is_populated,
        partition_key,
        bound,
        options: options(own.unwrap_or_default().into_iter().chain(toast)),
        access_method: fields.owned()?,
        tablespace: fields.owned()?,
        replica_identity: match fields.letter()? {
            'f' => ReplicaIdentity::Full,
            'n' => ReplicaIdentity::Nothing,
            // Which index it is comes with the indexes.
            _ => ReplicaIdentity::Default,
        },
        row_security: fields.flag()?,
        force_row_security: fields.flag()?,
        privileges: privileges::read(fields)?,
    })
}

fn view(found: Found, comment: Option<String>) -> View {
    let Found { name, definition, options, privileges, .. } = found;
    View { name, definition, options, privileges, comment, ..View::default() }
}

fn materialised_view(found: Found, comment: Option<String>) -> MaterialisedView {
    let Found { name, definition, options, access_method, tablespace, is_populated, privileges, .. } = found;
    MaterialisedView {
        name,
        definition,
        storage_parameters: options,
        access_method,
        tablespace,
        populated: is_populated,
        privileges,
        comment,
        ..MaterialisedView::default()
    }
}

fn table(found: Found, comment: Option<String>, persistence: char) -> Table {
    // The parent comes with the inheritance.
    let partition_of = found.bound.map(|bound| PartitionOf { parent: QualifiedName::default(), bound });
    Table {
        name: found.name,
        persistence: if persistence == 'u' { Persistence::Unlogged } else { Persistence::Permanent },
        partition_key: found.partition_key,
        partition_of,
        access_method: found.access_method,
        tablespace: found.tablespace,
        storage_parameters: found.options,
        replica_identity: found.replica_identity,
        row_security: found.row_security,
        force_row_security: found.force_row_security,
        privileges: found.privileges,
        comment,
        ..Table::default()
    }
}

const INHERITANCE: &str = "SELECT i.inhrelid, i.inhparent FROM pg_inherits i WHERE i.inhrelid >= 16384 \
     ORDER BY i.inhrelid, i.inhseqno";

fn read_inheritance(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let (child, parent): (Oid, Oid) = (fields.number()?, fields.number()?);
    let Some(parent) = draft.relations.get(&parent).map(|relation| relation.name.clone()) else { return Ok(()) };
    if let Some(table) = draft.relations.get_mut(&child).and_then(Relation::table) {
        match &mut table.partition_of {
            Some(partition) => partition.parent = parent,
            None => table.inherits.push(parent),
        }
    }
    Ok(())
}
