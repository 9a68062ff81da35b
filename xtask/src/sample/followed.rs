//! What becomes of the tables and columns of a schema on the way to another, and which rows that puts at stake.

use std::collections::BTreeSet;

use super::values::{TypeName, Types};
use crate::diff::{Renamed, Renames};
use crate::schema::{
    Column, Constraint, ConstraintKind, EnumType, Index, ObjectId, Objects, QualifiedName, Schema, Table,
};

/// What must be the same of a value after the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The value, as text; values of an enum by their new names.
    Value(Vec<(String, String)>),
    /// Whether there is one: its type changes.
    Presence,
}

/// A column whose values must survive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// Its name before.
    pub before: String,
    /// Its name after.
    pub after: String,
    /// What of its values is kept.
    pub kept: Kept,
    /// Whether rows without a value may get one.
    pub is_filled: bool,
}

/// Two schemas, with the names of the first as they are in the second.
pub(super) struct Ways<'s> {
    pub(super) from: &'s Schema,
    pub(super) to: &'s Schema,
    /// The first schema after renames.
    told: Schema,
    renames: &'s Renames,
    destroyed: BTreeSet<&'s str>,
}

impl<'s> Ways<'s> {
    /// `destroyed` is what the script says that it destroys.
    pub(super) fn of(from: &'s Schema, to: &'s Schema, renames: &'s Renames, destroyed: BTreeSet<&'s str>) -> Self {
        Self { from, to, told: renames.applied(from), renames, destroyed }
    }

    /// The name of a table after renames.
    pub(super) fn new_name(&self, table: &QualifiedName) -> QualifiedName {
        self.renames.0.iter().fold(table.clone(), |name, renamed| match renamed {
            Renamed::Object(ObjectId::Table(from), to) if *from == name => to.clone(),
            Renamed::Namespace(from, to) if *from == name.schema => QualifiedName::new(to.clone(), name.name),
            _ => name,
        })
    }

    /// The name of a column after renames; `table` is the new name of its table.
    pub(super) fn new_column(&self, table: &QualifiedName, column: &str) -> String {
        self.renames.0.iter().fold(column.to_owned(), |name, renamed| match renamed {
            Renamed::Part(ObjectId::Column(owner, from), to) if owner == table && *from == name => to.clone(),
            _ => name,
        })
    }

    /// The name that a column had before; `table` is the new name of its table.
    pub(super) fn old_column(&self, table: &QualifiedName, column: &str) -> String {
        self.renames.0.iter().rev().fold(column.to_owned(), |name, renamed| match renamed {
            Renamed::Part(ObjectId::Column(owner, from), to) if owner == table && *to == name => from.clone(),
            _ => name,
        })
    }

    /// The name that a table of the second schema had before.
    pub(super) fn old_name(&self, table: &QualifiedName) -> QualifiedName {
        self.renames.0.iter().rev().fold(table.clone(), |name, renamed| match renamed {
            Renamed::Object(ObjectId::Table(from), to) if *to == name => from.clone(),
            Renamed::Namespace(from, to) if *to == name.schema => QualifiedName::new(from.clone(), name.name),
            _ => name,
        })
    }

    /// The table of the second schema that this table of the first one is; `None` where it goes, or loses its rows.
    pub(super) fn wanted(&self, table: &QualifiedName) -> Option<&'s Table> {
        let name = self.new_name(table);
        let is_destroyed = self.destroyed.contains(crate::diff::rows_of(&name).as_str());
        self.to.tables.get(&name).filter(|_| !is_destroyed)
    }

    /// The topmost table that is made anew with the rows of this one: itself, or one of which it is a partition.
    pub(super) fn made_anew(&self, table: &'s Table) -> Option<&'s Table> {
        let above = table.partition_of.as_ref().and_then(|place| self.from.tables.get(&place.parent));
        above.and_then(|above| self.made_anew(above)).or_else(|| {
            let (told, wanted) = (self.told.tables.get(&self.new_name(&table.name))?, self.wanted(&table.name)?);
            let stays = (&told.partition_key, &told.access_method) == (&wanted.partition_key, &wanted.access_method);
            (!stays).then_some(table)
        })
    }

    /// The columns of a table whose values must survive.
    pub(super) fn followed(&self, table: &Table) -> Vec<Followed> {
        let Some(wanted) = self.wanted(&table.name) else { return Vec::new() };
        let columns = table.columns.iter().filter_map(|column| {
            let name = self.new_column(&wanted.name, &column.name);
            if self.destroyed.contains(crate::diff::values_of(&wanted.name, &name).as_str()) {
                return None;
            }
            let new = wanted.column(&name)?;
            if column.generated.is_some() || new.generated.is_some() {
                return None;
            }
            let kept = self.kept(wanted, column, new);
            let is_filled = new.not_null && !column.not_null;
            Some(Followed { before: column.name.clone(), after: name, kept, is_filled })
        });
        columns.collect()
    }

    fn kept(&self, wanted: &Table, old: &Column, new: &Column) -> Kept {
        let told = self.told.tables.get(&wanted.name).and_then(|it| it.column(&new.name)).unwrap_or(old);
        if told.type_name != new.type_name {
            return Kept::Presence;
        }
        let type_name = TypeName::of(&new.type_name);
        let renamed: Vec<(String, String)> = self
            .renames
            .0
            .iter()
            .filter_map(|renamed| match renamed {
                Renamed::Value(name, from, to) if name.to_string() == type_name.element => {
                    Some((from.clone(), to.clone()))
                }
                _ => None,
            })
            .collect();
        let (before, after) = (Types(&self.told), Types(self.to));
        let is_remade = before.domain(&type_name.element) != after.domain(&type_name.element)
            || self.is_other_composite(&type_name.element)
            || after.below(&type_name.element).into_iter().any(|it| self.is_type_at_stake(it));
        if is_remade || (type_name.is_array && !renamed.is_empty()) { Kept::Presence } else { Kept::Value(renamed) }
    }

    fn is_other_composite(&self, printed: &str) -> bool {
        let of = |schema: &'s Schema| schema.composite_types.iter().find(|it| it.name.to_string() == printed).cloned();
        let told = self.told.composite_types.iter().find(|it| it.name.to_string() == printed).cloned();
        told != of(self.to)
    }

    /// Labels that an enum has before and after, by their old names. `None` where the type is no enum on both sides.
    pub(super) fn lasting_labels(&self, old_type: &str) -> Option<Vec<String>> {
        let types = Types(self.from);
        let element = TypeName::of(old_type).element;
        let base = types.domain(&element).map(|it| TypeName::of(&it.base_type).element);
        let old = types.enumeration(&base.unwrap_or(element))?;
        let told = Types(&self.told);
        let new_name = self.renames.0.iter().find_map(|renamed| match renamed {
            Renamed::Object(ObjectId::Type(from), to) if *from == old.name => Some(to.clone()),
            _ => None,
        });
        let printed = new_name.unwrap_or_else(|| old.name.clone()).to_string();
        let (told, wanted): (&EnumType, &EnumType) =
            (told.enumeration(&printed)?, Types(self.to).enumeration(&printed)?);
        let labels = old.values.iter().zip(&told.values).filter(|(_, new)| wanted.values.contains(new));
        Some(labels.map(|(old, _)| old.clone()).collect())
    }

    /// Tables of which rows are at stake: what changes of them can lose or refuse rows. Partitioned tables and parents put
    /// those below them at stake.
    pub(super) fn at_stake(&self) -> BTreeSet<&'s QualifiedName> {
        let mut found: BTreeSet<&QualifiedName> =
            self.from.tables.iter().filter(|table| self.is_at_stake(table)).map(|table| &table.name).collect();
        loop {
            let below = self.from.tables.iter().filter(|table| {
                let parents = table.partition_of.iter().map(|it| &it.parent).chain(&table.inherits);
                !found.contains(&table.name) && parents.into_iter().any(|parent| found.contains(parent))
            });
            let below: Vec<&QualifiedName> = below.map(|table| &table.name).collect();
            if below.is_empty() {
                return found;
            }
            found.extend(below);
        }
    }

    fn is_at_stake(&self, table: &Table) -> bool {
        let name = self.new_name(&table.name);
        let (Some(told), Some(wanted)) = (self.told.tables.get(&name), self.to.tables.get(&name)) else { return false };
        let is_renamed =
            told.name != table.name || told.columns.iter().zip(&table.columns).any(|(a, b)| a.name != b.name);
        is_renamed
            || shape(told) != shape(wanted)
            || demands(&told.constraints) != demands(&wanted.constraints)
            || unique_indexes(&told.indexes) != unique_indexes(&wanted.indexes)
            || wanted.columns.iter().any(|column| self.is_type_at_stake(&column.type_name))
    }

    fn is_type_at_stake(&self, printed: &str) -> bool {
        let name = TypeName::of(printed).element;
        let (before, after) = (Types(&self.told), Types(self.to));
        let values = |it: Option<&EnumType>| it.map(|it| it.values.clone());
        values(before.enumeration(&name)) != values(after.enumeration(&name))
            || before.domain(&name) != after.domain(&name)
            || self.is_other_composite(&name)
            || self.has_other_labels(&name)
            || after.below(&name).into_iter().any(|it| self.is_type_at_stake(it))
    }

    /// Whether labels of an enum were renamed.
    fn has_other_labels(&self, printed: &str) -> bool {
        self.renames.0.iter().any(|it| matches!(it, Renamed::Value(name, ..) if name.to_string() == printed))
    }
}

type ColumnShape<'t> = (&'t str, &'t str, Option<&'t QualifiedName>, bool, bool, Option<&'t crate::schema::Generated>);

/// What of a table concerns its rows, constraints left aside.
fn shape(table: &Table) -> impl PartialEq + '_ {
    let mut columns: Vec<ColumnShape<'_>> = table
        .columns
        .iter()
        .map(|it| {
            let identity = it.identity.is_some();
            (
                it.name.as_str(),
                it.type_name.as_str(),
                it.collation.as_ref(),
                it.not_null,
                identity,
                it.generated.as_ref(),
            )
        })
        .collect();
    columns.sort_by_key(|column| column.0);
    let place = (&table.partition_key, &table.partition_of, &table.inherits);
    (columns, place, table.persistence, &table.access_method)
}

/// What constraints demand, whatever they are called.
fn demands(constraints: &Objects<Constraint>) -> Vec<(&ConstraintKind, bool)> {
    let mut found: Vec<(&ConstraintKind, bool)> =
        constraints.iter().map(|it| (&it.kind, it.not_valid || it.not_enforced)).collect();
    found.sort_by_key(|(kind, _)| format!("{kind:?}"));
    found
}

fn unique_indexes(indexes: &Objects<Index>) -> Vec<&Index> {
    indexes.iter().filter(|it| it.unique).collect()
}
