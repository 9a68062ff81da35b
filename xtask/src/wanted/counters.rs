//! Sequences: those of serial and identity columns keep their names, and those that nobody states stay.

use std::collections::BTreeMap;

use super::standing::is_relation;
use crate::schema::{OwnedBy, QualifiedName, Schema, Sequence};
use crate::sql;

/// Completes the sequences.
pub(super) fn complete(wanted: &mut Schema, current: &Schema) {
    identities(wanted, current);
    serials(wanted, current);
    for sequence in &current.sequences {
        if !is_relation(wanted, &sequence.name) && stays(wanted, current, sequence) {
            wanted.sequences.insert(sequence.clone());
        }
    }
}

/// The sequence behind an identity column has the name that it has, whatever the table was called at first.
fn identities(wanted: &mut Schema, current: &Schema) {
    for table in wanted.tables.iter_mut() {
        let Some(old) = current.tables.get(&table.name) else { continue };
        for column in &mut table.columns {
            let before = old.column(&column.name).and_then(|it| it.identity.as_ref());
            if let (Some(identity), Some(before)) = (&mut column.identity, before) {
                identity.sequence.clone_from(&before.sequence);
            }
        }
    }
}

/// A serial column counts with the sequence that it has.
fn serials(wanted: &mut Schema, current: &Schema) {
    let owned: Vec<(QualifiedName, OwnedBy)> =
        wanted.sequences.iter().filter_map(|it| Some((it.name.clone(), it.owned_by.clone()?))).collect();
    let counting: BTreeMap<String, &Sequence> = current.sequences.iter().map(|it| (it.name.next_value(), it)).collect();
    for (name, owner) in owned {
        let column = |schema: &Schema| schema.tables.get(&owner.table)?.column(&owner.column).cloned();
        let (Some(new), Some(old)) = (column(wanted), column(current)) else { continue };
        let Some(before) = old.default.as_ref().and_then(|it| counting.get(it)) else { continue };
        if !new.counts_with(&name) {
            continue;
        }
        let Some(stated) = wanted.sequences.remove(&name) else { continue };
        let keeps_type = new.type_name == old.type_name;
        wanted.sequences.insert(Sequence {
            options: if keeps_type { before.options.clone() } else { stated.options },
            ..(*before).clone()
        });
        let column = wanted.tables.get_mut(&owner.table).and_then(|table| table.column_mut(&owner.column));
        if let Some(column) = column {
            column.default.clone_from(&old.default);
        }
    }
}

/// Whether a sequence that nobody states stays: not so one that only counts a column which does no more count.
fn stays(wanted: &Schema, current: &Schema, sequence: &Sequence) -> bool {
    let Some(owner) = &sequence.owned_by else { return true };
    let Some(table) = wanted.tables.get(&owner.table) else { return !current.tables.contains(&owner.table) };
    let counted = current.tables.get(&owner.table).and_then(|it| it.column(&owner.column)?.default.clone());
    let name = sql::literal(&sequence.name.to_string());
    table.column(&owner.column).is_some() && !counted.is_some_and(|default| default.contains(&name))
}
