//! Relations that models cannot state: partitions, and views without a file.

use super::complete::stay;
use super::standing::is_relation;
use super::table::unstated;
use crate::schema::{MaterialisedView, ObjectId, Schema, Table, View, ViewColumn};

/// Partitions of tables that are stated are made by those who run the database.
pub(super) fn partitions_stay(wanted: &mut Schema, current: &Schema) {
    loop {
        let is_open = |it: &&Table| {
            let parent = it.partition_of.as_ref().and_then(|part| wanted.tables.get(&part.parent));
            parent.is_some_and(Table::is_partitioned) && !is_relation(wanted, &it.name)
        };
        let found: Vec<Table> = current.tables.iter().filter(is_open).cloned().collect();
        if found.is_empty() {
            return;
        }
        wanted.tables.extend(found);
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
