//! Relations that models cannot state: partitions, and views without a file.

use super::complete::stay;
use super::standing::is_relation;
use super::table::unstated;
use crate::schema::{MaterialisedView, NotNull, ObjectId, Schema, Table, View, ViewColumn};

/// Partitions of tables that are stated are made by those who run the database.
pub(super) fn partitions_stay(wanted: &mut Schema, current: &Schema) {
    loop {
        let is_open = |it: &&Table| {
            let parent = it.partition_of.as_ref().and_then(|part| wanted.tables.get(&part.parent));
            parent.is_some_and(Table::is_partitioned) && !is_relation(wanted, &it.name)
        };
        let mut found: Vec<Table> = current.tables.iter().filter(is_open).cloned().collect();
        if found.is_empty() {
            return;
        }
        for partition in &mut found {
            let parent = partition.partition_of.as_ref().map(|part| part.parent.clone());
            let both = parent.and_then(|name| Some((current.tables.get(&name)?, wanted.tables.get(&name)?)));
            if let Some((before, after)) = both {
                follow(partition, before, after);
            }
        }
        wanted.tables.extend(found);
    }
}

/// Gives columns of a partition what the server gives them when those of its table change.
fn follow(partition: &mut Table, before: &Table, after: &Table) {
    for column in partition.columns.iter_mut().filter(|column| column.of_parent) {
        let (Some(before), Some(after)) = (before.column(&column.name), after.column(&column.name)) else { continue };
        column.type_name.clone_from(&after.type_name);
        column.collation.clone_from(&after.collation);
        if column.default == before.default && column.generated.is_none() {
            column.default.clone_from(&after.default);
        }
        if after.not_null && !column.not_null {
            column.not_null = true;
            let inherited =
                |it: &NotNull| NotNull { inherited: true, only_inherited: true, comment: None, ..it.clone() };
            column.required = after.required.as_ref().map(inherited);
        } else if before.not_null && !after.not_null && column.required.as_ref().is_none_or(|it| it.only_inherited) {
            (column.not_null, column.required) = (false, None);
        }
    }
}

/// Takes over views that no file states, and what files leave open of theirs. Gives the former.
pub(super) fn views_stay(wanted: &mut Schema, current: &Schema) -> Vec<ObjectId> {
    for view in wanted.views.iter_mut() {
        if let Some(old) = current.views.get(&view.name) {
            self::view(view, old);
        }
    }
    for view in wanted.materialised_views.iter_mut() {
        if let Some(old) = current.materialised_views.get(&view.name) {
            materialised_view(view, old);
        }
    }
    let mut left_alone = Vec::new();
    for view in &current.views {
        if !is_relation(wanted, &view.name) {
            wanted.views.insert(view.clone());
            left_alone.push(ObjectId::View(view.name.clone()));
        }
    }
    for view in &current.materialised_views {
        if !is_relation(wanted, &view.name) {
            wanted.materialised_views.insert(view.clone());
            left_alone.push(ObjectId::MaterialisedView(view.name.clone()));
        }
    }
    left_alone
}

fn view(view: &mut View, old: &View) {
    stay(&mut view.triggers, &old.triggers);
    stay(&mut view.rules, &old.rules);
    let states_grants = states_grants(&view.columns) || !view.privileges.is_default();
    if !states_grants {
        view.privileges.clone_from(&old.privileges);
    }
    columns(&mut view.columns, &old.columns, states_grants);
}

fn materialised_view(view: &mut MaterialisedView, old: &MaterialisedView) {
    // Whether it holds rows is no matter of its file.
    view.populated = old.populated;
    unstated(&mut view.storage_parameters, &old.storage_parameters);
    view.tablespace = view.tablespace.take().or_else(|| old.tablespace.clone());
    view.access_method = view.access_method.take().or_else(|| old.access_method.clone());
    if view.clustered_on.is_none() {
        view.clustered_on = old.clustered_on.clone().filter(|index| view.indexes.contains(index));
    }
    let states_grants = states_grants(&view.columns) || !view.privileges.is_default();
    if !states_grants {
        view.privileges.clone_from(&old.privileges);
    }
    columns(&mut view.columns, &old.columns, states_grants);
}

fn states_grants(columns: &[ViewColumn]) -> bool {
    columns.iter().any(|column| !column.privileges.is_default())
}

fn columns(columns: &mut [ViewColumn], old: &[ViewColumn], states_grants: bool) {
    for column in columns {
        let Some(old) = old.iter().find(|it| it.name == column.name) else { continue };
        column.statistics = column.statistics.or(old.statistics);
        column.default = column.default.take().or_else(|| old.default.clone());
        if !states_grants {
            column.privileges.clone_from(&old.privileges);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::schema::{Column, PartitionOf, QualifiedName};

    #[test]
    fn a_partition_follows_its_table_and_keeps_what_is_its_own() {
        let column = |name: &str, type_name: &str, default: &str| {
            let default = Some(default.to_owned());
            Column { of_parent: true, inherited: true, default, ..Column::new(name, type_name) }
        };
        let whole = |columns: [Column; 2]| Table {
            columns: columns.into(),
            partition_key: Some("LIST (a)".to_owned()),
            ..Table::new(QualifiedName::public("ev"))
        };
        let part = PartitionOf { parent: QualifiedName::public("ev"), bound: "DEFAULT".to_owned() };
        let columns = vec![column("a", "integer", "1"), column("b", "integer", "7")];
        let partition = Table { columns, partition_of: Some(part), ..Table::new(QualifiedName::public("ev_1")) };
        let before = whole([column("a", "integer", "1"), column("b", "integer", "1")]);
        let after = whole([Column { not_null: true, ..column("a", "bigint", "2") }, column("b", "integer", "2")]);
        let current = Schema { tables: [before, partition].into_iter().collect(), ..Schema::default() };
        let mut wanted = Schema { tables: [after].into_iter().collect(), ..Schema::default() };
        partitions_stay(&mut wanted, &current);
        let partition = wanted.tables.get(&QualifiedName::public("ev_1")).expect("it stays");
        let expected = [Column { not_null: true, ..column("a", "bigint", "2") }, column("b", "integer", "7")];
        assert_eq!(partition.columns, expected);
    }
}
