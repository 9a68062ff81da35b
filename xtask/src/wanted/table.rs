//! Tables that both sides have: what models leave open of them stays as it is.

use super::constraints;
use super::statement::Statement;
use crate::schema::{Column, Index, Options, ReplicaIdentity, Schema, Table};

/// Completes the tables that are in the database already.
pub(super) fn complete(wanted: &mut Schema, stated: &Statement, current: &Schema) {
    for table in wanted.tables.iter_mut() {
        let Some(old) = current.tables.get(&table.name) else { continue };
        for column in &mut table.columns {
            if let Some(old) = old.column(&column.name) {
                self::column(column, old);
            }
        }
        constraints::complete(table, old, &stated.unnamed);
        for index in table.indexes.iter_mut() {
            if let Some(old) = old.indexes.get(&index.name) {
                self::index(index, old);
            }
        }
        beside_columns(table, old);
        if table.partition_of == old.partition_of {
            of_parents(table, old);
        }
    }
}

/// Which columns are those of the table that it is a partition of; models do not know of it.
fn of_parents(table: &mut Table, old: &Table) {
    for column in table.columns.iter_mut() {
        if let Some(old) = old.column(&column.name).filter(|_| old.partition_of.is_some()) {
            (column.inherited, column.of_parent) = (old.inherited, old.of_parent);
        }
    }
}

fn column(column: &mut Column, old: &Column) {
    // A column that changes its type loses these on the server.
    if column.type_name == old.type_name {
        column.storage = column.storage.take().or_else(|| old.storage.clone());
        column.compression = column.compression.take().or_else(|| old.compression.clone());
    }
    column.statistics = column.statistics.or(old.statistics);
    // Models know no name of it.
    if column.not_null && old.required.is_some() {
        column.required.clone_from(&old.required);
    }
    unstated(&mut column.options, &old.options);
    if column.privileges.is_default() {
        column.privileges.clone_from(&old.privileges);
    }
}

fn index(index: &mut Index, old: &Index) {
    index.comment = index.comment.take().or_else(|| old.comment.clone());
    index.tablespace = index.tablespace.take().or_else(|| old.tablespace.clone());
    unstated(&mut index.options, &old.options);
    if index.keys.len() == old.keys.len() {
        for (key, old) in index.keys.iter_mut().zip(&old.keys) {
            key.statistics = key.statistics.or(old.statistics);
        }
    }
}

fn beside_columns(table: &mut Table, old: &Table) {
    super::complete::stay(&mut table.triggers, &old.triggers);
    super::complete::stay(&mut table.policies, &old.policies);
    super::complete::stay(&mut table.rules, &old.rules);
    table.row_security |= old.row_security;
    table.force_row_security |= old.force_row_security;
    unstated(&mut table.storage_parameters, &old.storage_parameters);
    table.access_method = table.access_method.take().or_else(|| old.access_method.clone());
    table.tablespace = table.tablespace.take().or_else(|| old.tablespace.clone());
    table.partition_of = table.partition_of.take().or_else(|| old.partition_of.clone());
    if table.privileges.is_default() {
        table.privileges.clone_from(&old.privileges);
    }
    let has = |name: &String| table.indexes.contains(name) || table.constraints.contains(name);
    if table.replica_identity.is_default() {
        let stays = !matches!(&old.replica_identity, ReplicaIdentity::Index(name) if !has(name));
        if stays {
            table.replica_identity.clone_from(&old.replica_identity);
        }
    }
    if table.clustered_on.is_none() {
        table.clustered_on = old.clustered_on.clone().filter(has);
    }
}

/// Takes over settings that are not stated.
pub(super) fn unstated(options: &mut Options, old: &Options) {
    for (name, value) in old.iter() {
        if options.get(name).is_none() {
            options.set(name, value);
        }
    }
}
