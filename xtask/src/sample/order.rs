//! The order in which tables get their rows: those that others refer to come first.

use std::collections::{BTreeMap, BTreeSet};

use crate::schema::{ConstraintKind, ForeignKey, QualifiedName, Schema, Table};

/// How many partitions of a table get rows.
const PARTITIONS: usize = 4;

/// The tables that get rows, each after those that it refers to, as far as they do not refer to each other: these tables,
/// and what they need. A partitioned table stands for its partitions.
pub(super) fn in_order<'s>(schema: &'s Schema, at_stake: &BTreeSet<&'s QualifiedName>) -> Vec<&'s Table> {
    let mut needed: BTreeMap<&QualifiedName, &Table> = BTreeMap::new();
    let mut open: Vec<&QualifiedName> = at_stake.iter().copied().collect();
    let mut seen = BTreeSet::new();
    while let Some(name) = open.pop() {
        let Some(table) = schema.tables.get(name).filter(|_| seen.insert(name)) else { continue };
        open.extend(foreign_keys(table).map(|key| &key.table));
        if table.is_partitioned() {
            open.extend(partitions(schema, table).take(PARTITIONS));
        } else {
            needed.insert(name, table);
        }
    }
    sorted(schema, needed)
}

/// The foreign keys of a table.
pub(super) fn foreign_keys(table: &Table) -> impl Iterator<Item = &ForeignKey> {
    table.constraints.iter().filter_map(|it| match &it.kind {
        ConstraintKind::ForeignKey(key) => Some(key),
        _ => None,
    })
}

fn partitions<'s>(schema: &'s Schema, table: &'s Table) -> impl Iterator<Item = &'s QualifiedName> {
    let is_its = |it: &&Table| it.partition_of.as_ref().is_some_and(|part| part.parent == table.name);
    schema.tables.iter().filter(is_its).map(|it| &it.name)
}

fn sorted<'s>(schema: &'s Schema, mut open: BTreeMap<&'s QualifiedName, &'s Table>) -> Vec<&'s Table> {
    let mut sorted = Vec::with_capacity(open.len());
    while !open.is_empty() {
        let waits = |table: &Table, all: bool| {
            foreign_keys(table)
                .filter(|key| all || is_required(table, key))
                .any(|key| key.table != table.name && is_open(schema, &open, &key.table))
        };
        let next = open.iter().find(|(_, table)| !waits(table, true));
        let next = next.or_else(|| open.iter().find(|(_, table)| !waits(table, false))).or_else(|| open.iter().next());
        let Some(name) = next.map(|(name, _)| *name) else { break };
        sorted.extend(open.remove(name));
    }
    sorted
}

/// Whether a table, or a partition of it, has no rows yet.
fn is_open(schema: &Schema, open: &BTreeMap<&QualifiedName, &Table>, name: &QualifiedName) -> bool {
    open.contains_key(name)
        || schema.tables.get(name).is_some_and(|table| {
            table.is_partitioned() && partitions(schema, table).any(|part| is_open(schema, open, part))
        })
}

/// Whether a row must refer to another one.
pub(super) fn is_required(table: &Table, key: &ForeignKey) -> bool {
    key.columns.iter().all(|name| table.column(name).is_some_and(|column| column.not_null))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, Constraint, PartitionOf};

    fn table(name: &str, refers: &[(&str, bool)]) -> Table {
        let mut table = Table::new(QualifiedName::public(name));
        for (other, required) in refers {
            let column = format!("{other}_id");
            table.columns.push(Column { not_null: *required, ..Column::new(column.clone(), "integer") });
            let key = ForeignKey {
                columns: vec![column],
                table: QualifiedName::public(*other),
                referenced: vec!["id".into()],
                ..ForeignKey::default()
            };
            table.constraints.insert(Constraint::new(format!("fk_{other}"), ConstraintKind::ForeignKey(key)));
        }
        table
    }

    fn order(tables: Vec<Table>, at_stake: &str) -> Vec<String> {
        let schema = Schema { tables: tables.into_iter().collect(), ..Schema::default() };
        let name = QualifiedName::public(at_stake);
        let sorted = in_order(&schema, &BTreeSet::from([&name]));
        sorted.iter().map(|table| table.name.name.clone()).collect()
    }

    #[test]
    fn what_is_referred_to_comes_first_and_the_rest_is_left_alone() {
        let tables =
            vec![table("a", &[("b", true)]), table("b", &[("c", false)]), table("c", &[]), table("d", &[("a", true)])];
        assert_eq!(order(tables, "a"), ["c", "b", "a"]);
    }

    #[test]
    fn a_circle_begins_where_a_row_may_refer_to_nothing() {
        let tables = vec![table("a", &[("b", true)]), table("b", &[("a", false)])];
        assert_eq!(order(tables, "a"), ["b", "a"]);
    }

    #[test]
    fn a_partitioned_table_stands_for_its_partitions() {
        let root = Table { partition_key: Some("RANGE (id)".into()), ..table("root", &[]) };
        let place = PartitionOf { parent: root.name.clone(), bound: "DEFAULT".into() };
        let part = Table { partition_of: Some(place), ..table("part", &[]) };
        assert_eq!(order(vec![root, part, table("a", &[("root", true)])], "a"), ["part", "a"]);
    }
}
