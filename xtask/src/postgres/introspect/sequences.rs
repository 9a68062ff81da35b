//! Sequences: of their own, of `serial` columns, and of identity columns.

use super::draft::{Draft, Oid, Relation, class};
use super::fields::{Fault, Fields};
use super::{Query, Server, not_of_an_extension, privileges};
use crate::schema::{ObjectId, OwnedBy, Persistence, QualifiedName, Sequence, SequenceOptions};

pub(super) fn queries(_server: &Server) -> Vec<Query> {
    vec![Query::new("sequences", sequences(), read_sequence)]
}

fn sequences() -> String {
    format!(
        "SELECT c.oid, c.relnamespace, c.relname, c.relpersistence, format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, \
         s.seqmin, s.seqmax, s.seqcache, s.seqcycle, d.refobjid, d.refobjsubid, d.deptype, {} \
         FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid \
         LEFT JOIN pg_depend d ON d.classid = {relation} AND d.objid = c.oid AND d.objsubid = 0 AND d.refclassid = {relation} \
             AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i') \
         WHERE c.oid >= 16384 AND c.relpersistence <> 't' AND {}",
        privileges::asked("c.relacl", &privileges::usual('s', "c.relowner"), "c.relowner"),
        not_of_an_extension(class::RELATION, "c.oid"),
        relation = class::RELATION,
    )
}

fn read_sequence(draft: &mut Draft, fields: &mut Fields) -> Result<(), Fault> {
    let (oid, namespace, name): (Oid, Oid, _) = (fields.number()?, fields.number()?, fields.text()?);
    let Some(name) = draft.name(namespace, name) else { return Ok(()) };
    let persistence = if fields.letter()? == 'u' { Persistence::Unlogged } else { Persistence::Permanent };
    let options = SequenceOptions {
        type_name: fields.text()?.to_owned(),
        start: fields.number()?,
        increment: fields.number()?,
        minimum: fields.number()?,
        maximum: fields.number()?,
        cache: fields.number()?,
        cycle: fields.flag()?,
    };
    let (table, column): (Option<Oid>, Option<i16>) = (fields.optional_number()?, fields.optional_number()?);
    let is_of_identity = fields.letter()? == 'i';
    let privileges = privileges::read(fields)?;
    if is_of_identity {
        place_identity(draft, table.unwrap_or_default(), column.unwrap_or_default(), name, options);
        return Ok(());
    }
    let owner = table.zip(column).and_then(|(table, column)| owned_by(draft, table, column));
    if table.is_some() && owner.is_none() {
        // It belongs to a table that is left out, and so does it.
        return Ok(());
    }
    let comment = draft.comment(class::RELATION, oid);
    draft.identify(class::RELATION, oid, ObjectId::Sequence(name.clone()));
    draft.schema.sequences.insert(Sequence { name, options, owned_by: owner, persistence, comment, privileges });
    Ok(())
}

fn owned_by(draft: &Draft, table: Oid, column: i16) -> Option<OwnedBy> {
    let relation = draft.relations.get(&table)?;
    Some(OwnedBy { table: relation.name.clone(), column: relation.column(column)?.name.clone() })
}

fn place_identity(draft: &mut Draft, table: Oid, column: i16, sequence: QualifiedName, options: SequenceOptions) {
    let Some(owner) = owned_by(draft, table, column) else { return };
    let table = draft.relations.get_mut(&table).and_then(Relation::table);
    let column = table.and_then(|table| table.column_mut(&owner.column));
    if let Some(identity) = column.and_then(|column| column.identity.as_mut()) {
        identity.sequence = sequence;
        identity.options = options;
    }
}
