//! A schema as it is after renames: every name and every text that mentions what was renamed.

use super::rename::Renamed;
use super::renames::{part, part_of, with_name};
use super::signatures::rename_in_signatures;
use crate::schema::{
    Column, Constraint, ConstraintKind, Index, Indexed, ObjectId, Objects, OwnedBy, QualifiedName, Schema, Table,
};
use crate::sql;

/// Does one rename.
pub(super) fn apply(schema: &mut Schema, renamed: &Renamed) {
    match renamed {
        Renamed::Object(ObjectId::Table(from), to) => rename_table(schema, from, to),
        Renamed::Object(ObjectId::Sequence(from), to) => {
            if let Some(mut it) = schema.sequences.remove(from) {
                it.name = to.clone();
                schema.sequences.insert(it);
            }
            replace_in_defaults(schema, from, to);
        }
        Renamed::Object(ObjectId::Index(from), to) => rename_index(schema, from, to),
        Renamed::Object(ObjectId::Type(from), to) => rename_type(schema, from, to),
        Renamed::Object(..) | Renamed::Namespace(..) => {}
        Renamed::Part(ObjectId::Column(owner, from), to) => rename_column(schema, owner, from, to),
        Renamed::Part(ObjectId::Constraint(owner, from), to) => {
            let Some(table) = schema.tables.get_mut(owner) else { return };
            rename_in(&mut table.constraints, from, |it: &mut Constraint| it.name.clone_from(to));
            rename_references(table, from, to);
        }
        Renamed::Part(..) => {}
        Renamed::Value(name, from, to) => {
            if let Some(it) = schema.enums.get_mut(name) {
                it.values.iter_mut().filter(|value| *value == from).for_each(|value| value.clone_from(to));
            }
            let (from, to) = (sql::literal(from), sql::literal(to));
            each_text(schema, name, |text| *text = text.replace(&format!("{from}::{name}"), &format!("{to}::{name}")));
        }
    }
    if let Renamed::Object(ObjectId::Table(from) | ObjectId::Type(from), to) = renamed {
        rename_in_signatures(schema, from, to);
    }
    rename_dependencies(schema, renamed);
}

fn rename_in<T: crate::schema::Object<Name = String>>(
    objects: &mut Objects<T>,
    name: &str,
    rename: impl FnOnce(&mut T),
) {
    if let Some(mut it) = objects.remove(name) {
        rename(&mut it);
        objects.insert(it);
    }
}

fn rename_table(schema: &mut Schema, from: &QualifiedName, to: &QualifiedName) {
    let Some(mut table) = schema.tables.remove(from) else { return };
    table.name = to.clone();
    for column in &mut table.columns {
        // The sequence of an identity column moves with its table, and keeps its name.
        if let Some(identity) = &mut column.identity {
            identity.sequence.schema.clone_from(&to.schema);
        }
    }
    let moved: Vec<String> = table.indexes.names().filter(|_| from.schema != to.schema).cloned().collect();
    schema.tables.insert(table);
    for name in moved {
        rename_whole(schema, &from.sibling(&name), &to.sibling(&name));
    }
    for table in schema.tables.iter_mut() {
        for constraint in table.constraints.iter_mut() {
            if let ConstraintKind::ForeignKey(key) = &mut constraint.kind
                && key.table == *from
            {
                key.table = to.clone();
            }
        }
        table.inherits.iter_mut().filter(|it| *it == from).for_each(|it| *it = to.clone());
        if let Some(part) = table.partition_of.as_mut().filter(|part| part.parent == *from) {
            part.parent = to.clone();
        }
    }
    let owned: Vec<QualifiedName> = schema
        .sequences
        .iter()
        .filter(|it| it.owned_by.as_ref().is_some_and(|owner| owner.table == *from))
        .map(|it| it.name.clone())
        .collect();
    for name in owned {
        let Some(mut it) = schema.sequences.remove(&name) else { continue };
        // A sequence that belongs to a column goes to the schema of its table with it.
        let moved = QualifiedName::new(to.schema.clone(), name.name.clone());
        it.owned_by = it.owned_by.map(|owner| OwnedBy { table: to.clone(), ..owner });
        it.name = moved.clone();
        schema.sequences.insert(it);
        replace_in_defaults(schema, &name, &moved);
    }
    for it in schema.statistics.iter_mut().filter(|it| it.table == *from) {
        it.definition = it.definition.replace(&format!(" FROM {from}"), &format!(" FROM {to}"));
        it.table = to.clone();
    }
    let owner = format!(" ON {from} ");
    if let Some(table) = schema.tables.get_mut(to) {
        for trigger in table.triggers.iter_mut() {
            trigger.definition = trigger.definition.replace(&owner, &format!(" ON {to} "));
        }
    }
}

fn replace_in_defaults(schema: &mut Schema, from: &QualifiedName, to: &QualifiedName) {
    let (from, to) = (sql::literal(&from.to_string()), sql::literal(&to.to_string()));
    let columns = schema.tables.iter_mut().flat_map(|table| table.columns.iter_mut());
    for default in columns.filter_map(|column| column.default.as_mut()) {
        *default = default.replace(&format!("nextval({from}::regclass)"), &format!("nextval({to}::regclass)"));
    }
}

fn rename_index(schema: &mut Schema, from: &QualifiedName, to: &QualifiedName) {
    let renamed = |indexes: &mut Objects<Index>| rename_in(indexes, &from.name, |it| it.name.clone_from(&to.name));
    for table in schema.tables.iter_mut().filter(|table| table.name.schema == from.schema) {
        if table.indexes.contains(&from.name) {
            renamed(&mut table.indexes);
            rename_references(table, &from.name, &to.name);
        }
    }
    for view in schema.materialised_views.iter_mut().filter(|view| view.name.schema == from.schema) {
        renamed(&mut view.indexes);
    }
    rename_whole(schema, from, to);
}

/// Where indexes of partitions name that of the whole.
fn rename_whole(schema: &mut Schema, from: &QualifiedName, to: &QualifiedName) {
    let indexes = schema.tables.iter_mut().flat_map(|table| table.indexes.iter_mut());
    indexes.filter_map(|index| index.partition_of.as_mut()).filter(|it| *it == from).for_each(|it| *it = to.clone());
}

/// Where a table names one of its indexes.
fn rename_references(table: &mut Table, from: &str, to: &str) {
    if table.clustered_on.as_deref() == Some(from) {
        table.clustered_on = Some(to.to_owned());
    }
    if table.replica_identity == crate::schema::ReplicaIdentity::Index(from.to_owned()) {
        table.replica_identity = crate::schema::ReplicaIdentity::Index(to.to_owned());
    }
}

fn rename_type(schema: &mut Schema, from: &QualifiedName, to: &QualifiedName) {
    macro_rules! rename {
        ($($objects:ident),+) => {
            $(if let Some(mut it) = schema.$objects.remove(from) {
                it.name = to.clone();
                schema.$objects.insert(it);
            })+
        };
    }
    rename!(enums, domains, composite_types, range_types);
    let (old, new) = (from.to_string(), to.to_string());
    for table in schema.tables.iter_mut() {
        for column in &mut table.columns {
            if column.type_name.trim_end_matches("[]") == old {
                column.type_name = column.type_name.replacen(&old, &new, 1);
            }
        }
    }
    each_text(schema, from, |text| *text = text.replace(&format!("::{old}"), &format!("::{new}")));
}

/// Every expression of a table that may name a type.
fn each_text(schema: &mut Schema, _about: &QualifiedName, mut change: impl FnMut(&mut String)) {
    for table in schema.tables.iter_mut() {
        for column in &mut table.columns {
            column.default.iter_mut().for_each(&mut change);
            column.generated.iter_mut().for_each(|it| change(&mut it.expression));
        }
        expressions(table, &mut change);
    }
}

fn expressions(table: &mut Table, change: &mut impl FnMut(&mut String)) {
    for constraint in table.constraints.iter_mut() {
        match &mut constraint.kind {
            ConstraintKind::Check(check) => change(&mut check.expression),
            ConstraintKind::Exclusion(it) => it.predicate.iter_mut().for_each(&mut *change),
            _ => {}
        }
    }
    for index in table.indexes.iter_mut() {
        index.predicate.iter_mut().for_each(&mut *change);
        for key in &mut index.keys {
            if let Indexed::Expression(expression) = &mut key.what {
                change(expression);
            }
        }
    }
    for policy in table.policies.iter_mut() {
        policy.using.iter_mut().chain(policy.with_check.iter_mut()).for_each(&mut *change);
    }
}

fn rename_column(schema: &mut Schema, owner: &QualifiedName, from: &str, to: &str) {
    let names = |columns: &mut Vec<String>| {
        columns.iter_mut().filter(|name| *name == from).for_each(|name| to.clone_into(name));
    };
    for table in schema.tables.iter_mut() {
        for constraint in table.constraints.iter_mut() {
            if let ConstraintKind::ForeignKey(key) = &mut constraint.kind
                && key.table == *owner
            {
                names(&mut key.referenced);
            }
        }
    }
    for sequence in schema.sequences.iter_mut() {
        if let Some(owned) = sequence.owned_by.as_mut().filter(|it| it.table == *owner && it.column == from) {
            to.clone_into(&mut owned.column);
        }
    }
    let Some(table) = schema.tables.get_mut(owner) else { return };
    if let Some(column) = table.column_mut(from) {
        to.clone_into(&mut column.name);
    }
    for constraint in table.constraints.iter_mut() {
        match &mut constraint.kind {
            ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => {
                names(&mut key.columns);
                names(&mut key.include);
            }
            ConstraintKind::ForeignKey(key) => {
                names(&mut key.columns);
                names(&mut key.on_delete_columns);
            }
            ConstraintKind::Exclusion(it) => it.keys.iter_mut().for_each(|key| rename_key(&mut key.what, from, to)),
            ConstraintKind::Check(_) => {}
        }
    }
    for index in table.indexes.iter_mut() {
        names(&mut index.include);
        index.keys.iter_mut().for_each(|key| rename_key(&mut key.what, from, to));
    }
    let mut change = |text: &mut String| *text = with_word(text, from, to);
    expressions(table, &mut change);
    table.columns.iter_mut().filter_map(|it| it.generated.as_mut()).for_each(|it| change(&mut it.expression));
    table.partition_key.iter_mut().for_each(&mut change);
    table.triggers.iter_mut().for_each(|it| change(&mut it.definition));
}

fn rename_key(key: &mut Indexed, from: &str, to: &str) {
    if let Indexed::Column(name) = key
        && name == from
    {
        to.clone_into(name);
    }
}

/// The text with one name in it replaced by another, where it stands as a word.
fn with_word(text: &str, from: &str, to: &str) -> String {
    let (quoted, to) = (sql::name(from), sql::name(to));
    let mut changed = String::with_capacity(text.len());
    let mut at = 0;
    for token in sql::tokens(text).iter().filter(|token| token.text(text) == quoted) {
        changed.push_str(&text[at..token.span.start]);
        changed.push_str(&to);
        at = token.span.end;
    }
    changed.push_str(&text[at..]);
    changed
}

fn rename_dependencies(schema: &mut Schema, renamed: &Renamed) {
    let new_id = |id: &ObjectId| -> ObjectId {
        match renamed {
            Renamed::Object(from, to) if from == id => with_name(id, to).unwrap_or_else(|| id.clone()),
            Renamed::Object(ObjectId::Table(from), to) => match id {
                ObjectId::Column(owner, name) if owner == from => ObjectId::Column(to.clone(), name.clone()),
                ObjectId::Default(owner, name) if owner == from => ObjectId::Default(to.clone(), name.clone()),
                ObjectId::Index(index) if index.schema == from.schema => id.clone(),
                _ => match part_of(id) {
                    Some((owner, name)) if owner == from => {
                        part(id, to.clone(), name.to_owned()).unwrap_or_else(|| id.clone())
                    }
                    _ => id.clone(),
                },
            },
            Renamed::Part(from, to) if from == id => {
                let owner = part_of(id).map(|(owner, _)| owner.clone());
                owner.and_then(|owner| part(id, owner, to.clone())).unwrap_or_else(|| id.clone())
            }
            Renamed::Part(ObjectId::Column(owner, from), to) => match id {
                ObjectId::Default(table, column) if table == owner && column == from => {
                    ObjectId::Default(owner.clone(), to.clone())
                }
                _ => id.clone(),
            },
            _ => id.clone(),
        }
    };
    let mut dependencies = crate::schema::Dependencies::default();
    for edge in schema.dependencies.iter() {
        dependencies.insert(new_id(&edge.dependent), new_id(&edge.on));
    }
    schema.dependencies = dependencies;
}

/// A column as it is compared where its name does not count.
pub(super) fn unnamed(column: &Column) -> (&str, bool, bool) {
    (&column.type_name, column.identity.is_some(), column.generated.is_some())
}
