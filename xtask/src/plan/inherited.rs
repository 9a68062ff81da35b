//! Columns that a parent table has, too: the server changes them with those of the parent.

use std::collections::BTreeMap;

use super::direction::Direction;
use super::hosts::{Phase, Step};
use super::order::Order;
use crate::diff::{Change, ChangeDefault, ChangeNullability, Item, settings_of_new};
use crate::schema::{Column, ObjectId, QualifiedName, Schema, Table};

/// Tables by those that they are partitions of, or inherit from.
pub(super) type Children<'s> = BTreeMap<&'s QualifiedName, Vec<&'s Table>>;

/// The children of each table that has some.
pub(super) fn children(schema: &Schema) -> Children<'_> {
    let mut children = Children::new();
    for table in &schema.tables {
        for parent in table.inherits.iter().chain(table.partition_of.as_ref().map(|part| &part.parent)) {
            children.entry(parent).or_default().push(table);
        }
    }
    children
}

impl<'s> Direction<'s> {
    /// The column of a parent with which this one changes. A table that leaves its parent, or gets one, changes by itself.
    pub(super) fn followed(&self, id: &ObjectId) -> Option<ObjectId> {
        let (Some(Item::Column(_, from)), Some(Item::Column(table, to))) = (self.from.get(id), self.to.get(id)) else {
            return None;
        };
        let is_bound = from.of_parent && to.of_parent && !self.leaves(&table.name) && !self.arrives(&table.name);
        let of_parent = |parent: &Table| ObjectId::Column(parent.name.clone(), to.name.clone());
        let mut found = self.parents(table).into_iter().map(of_parent);
        found.find(|it| is_bound && self.from.get(it).is_some() && self.to.get(it).is_some())
    }

    /// The column, and those that it follows.
    pub(super) fn with_followed(&self, id: &ObjectId) -> Vec<ObjectId> {
        let mut chain = vec![id.clone()];
        while let Some(next) = chain.last().and_then(|last| self.followed(last)) {
            chain.push(next);
        }
        chain
    }

    /// The tables that a table inherits from, as they will be.
    pub(super) fn parents(&self, table: &Table) -> Vec<&'s Table> {
        let parents = table.partition_of.iter().map(|part| &part.parent).chain(&table.inherits);
        parents.filter_map(|name| self.to.schema.tables.get(name)).collect()
    }

    /// These, and what they inherit from.
    fn ancestors(&self, table: &Table) -> Vec<&'s Table> {
        let (mut found, mut open) = (Vec::new(), self.parents(table));
        while let Some(next) = open.pop() {
            open.extend(self.parents(next));
            found.push(next);
        }
        found
    }

    /// Whether a new column comes into a table that is there because its parent gets it.
    pub(super) fn comes_with_parent(&self, table: &Table, column: &Column) -> bool {
        column.inherited && !self.comes(&ObjectId::Table(table.name.clone())) && !self.arrives(&table.name)
    }

    /// What such a column has for itself.
    pub(super) fn own_of_inherited(&self, table: &'s Table, column: &'s Column) -> Vec<Change<'s>> {
        let settings = settings_of_new(Item::Column(table, column));
        let own = settings.into_iter().filter(|it| matches!(it, Change::Comment(_) | Change::Privileges(_)));
        self.unlike_parents(table, column).into_iter().chain(own).collect()
    }

    /// What a column that comes from a parent table has in another way than there.
    pub(super) fn unlike_parents(&self, table: &'s Table, column: &'s Column) -> Vec<Change<'s>> {
        let mut found = Vec::new();
        let of_parent = self.parents(table).into_iter().find_map(|parent| parent.column(&column.name));
        let Some(of_parent) = of_parent.filter(|_| column.generated.is_none()) else { return found };
        if column.default != of_parent.default {
            found.push(ChangeDefault::of(&table.name, column).into());
        }
        if column.not_null && !of_parent.not_null && table.primary_key().is_none() {
            let backfill = self.answers.backfills.get(&(table.name.clone(), column.name.clone())).cloned();
            found.push(ChangeNullability { table: &table.name, column, backfill, is_named: false }.into());
        }
        found
    }

    /// What a parent demands is said there first.
    pub(super) fn add_inherited(&self, order: &mut Order<Step>) {
        for id in self.fates.keys() {
            let ObjectId::Column(owner, name) = id else { continue };
            if let Some(table) = self.to.schema.tables.get(owner).filter(|_| self.comes(id)) {
                for parent in self.ancestors(table) {
                    let of_parent = ObjectId::Column(parent.name.clone(), name.clone());
                    self.before(order, (Phase::Create, of_parent.clone()), (Phase::Create, id.clone()));
                    self.before(order, (Phase::Alter, of_parent), (Phase::Create, id.clone()));
                }
            }
            if let Some(parent) = self.followed(id) {
                self.before(order, (Phase::Alter, parent), (Phase::Alter, id.clone()));
            }
            let (Some(Item::Column(_, from)), Some(Item::Column(table, to))) = (self.from.get(id), self.to.get(id))
            else {
                continue;
            };
            // A column of its own meets that of the parent with the same type, and is free of it before it gets another.
            for parent in self.ancestors(table).into_iter().filter(|_| from.of_parent != to.of_parent) {
                let of_parent = ObjectId::Column(parent.name.clone(), to.name.clone());
                if to.of_parent {
                    self.before(order, (Phase::Alter, id.clone()), (Phase::Create, of_parent));
                } else {
                    self.before(order, (Phase::Drop, of_parent), (Phase::Alter, id.clone()));
                }
            }
        }
    }

    /// Whether a column takes NULL, or refuses it, together with that of the parent.
    pub(super) fn follows_nullability(&self, id: &ObjectId, change: &ChangeNullability<'_>) -> bool {
        let Some(parent) = self.followed(id) else { return false };
        let (Some(Item::Column(_, from)), Some(Item::Column(_, to))) = (self.from.get(id), self.to.get(id)) else {
            return false;
        };
        if let Some(required) = from.required.as_ref().or(to.required.as_ref()) {
            return required.only_inherited;
        }
        let is_alike = |side: Option<Item<'_>>, not_null: bool| match side {
            Some(Item::Column(_, column)) => column.not_null == not_null,
            _ => false,
        };
        is_alike(self.from.get(&parent), !change.column.not_null)
            && is_alike(self.to.get(&parent), change.column.not_null)
    }

    /// Columns of children that go on refusing NULL by themselves when that of the parent takes it: the server takes it from these, too.
    pub(super) fn still_required(&self, id: &ObjectId) -> Vec<Change<'s>> {
        let ObjectId::Column(table, name) = id else { return Vec::new() };
        let mut found = Vec::new();
        for child in self.children[1].get(table).into_iter().flatten() {
            let its = ObjectId::Column(child.name.clone(), name.clone());
            let (Some(Item::Column(_, from)), Some(column)) = (self.from.get(&its), child.column(name)) else {
                continue;
            };
            if self.followed(&its).as_ref() != Some(id) {
                continue;
            }
            let is_bound = |column: &Column| column.required.as_ref().is_none_or(|it| it.only_inherited);
            // What it demands by itself stays, for its own children as well, and what it says again is said for these.
            if from.not_null && !is_bound(from) {
                continue;
            }
            let is_said_here = column.required.is_none() || !is_bound(column);
            if from.not_null && column.not_null && is_said_here {
                found.push(ChangeNullability { table: &child.name, column, backfill: None, is_named: false }.into());
            }
            found.extend(self.still_required(&its));
        }
        found
    }

    /// Columns below this one that stay when it goes, which demands a value of them, too (PostgreSQL 18).
    pub(super) fn keepers(&self, id: &ObjectId) -> Vec<ObjectId> {
        let Some(Item::Column(table, column)) = self.from.get(id) else { return Vec::new() };
        let is_passed_on = column.required.as_ref().is_some_and(|it| !it.no_inherit) && column.identity.is_none();
        let mut found = Vec::new();
        for child in self.children[0].get(&table.name).into_iter().flatten() {
            let its = ObjectId::Column(child.name.clone(), column.name.clone());
            let to =
                self.to.schema.tables.get(&child.name).filter(|_| !self.goes(&ObjectId::Table(child.name.clone())));
            match to {
                Some(to) if to.inherits.contains(&table.name) && to.column(&column.name).is_some() => {
                    found.extend(is_passed_on.then_some(its));
                }
                _ => found.extend(self.keepers(&its)),
            }
        }
        found
    }

    /// The tables that demand it by themselves of columns below that stay.
    pub(super) fn taking_null_first(&self, id: &ObjectId) -> Vec<&'s QualifiedName> {
        let Some(Item::Column(table, column)) = self.from.get(id) else { return Vec::new() };
        if self.keepers(id).is_empty() {
            return Vec::new();
        }
        let is_own = column.required.as_ref().is_some_and(|it| !it.only_inherited);
        let below = self.children[0].get(&table.name).into_iter().flatten();
        let goes = |child: &&&Table| {
            let to = self.to.schema.tables.get(&child.name);
            to.is_none_or(|to| to.column(&column.name).is_none())
        };
        let below = below.filter(goes);
        let below =
            below.flat_map(|child| self.taking_null_first(&ObjectId::Column(child.name.clone(), column.name.clone())));
        is_own.then_some(&table.name).into_iter().chain(below).collect()
    }

    /// What such columns demand by themselves from now on: with that of the parent the server took it from them.
    pub(super) fn required_again(&self, keepers: &[ObjectId]) -> Vec<Change<'s>> {
        let again = |id: &ObjectId| {
            let (Some(Item::Column(_, from)), Some(Item::Column(table, column))) = (self.from.get(id), self.to.get(id))
            else {
                return Vec::new();
            };
            if !from.required.as_ref().is_some_and(|it| it.only_inherited) {
                return Vec::new();
            }
            let is_own = column.required.as_ref().is_some_and(|it| !it.only_inherited);
            let own = is_own
                .then(|| ChangeNullability { table: &table.name, column, backfill: None, is_named: false }.into());
            own.into_iter().chain(self.still_required(id)).collect()
        };
        keepers.iter().flat_map(again).collect()
    }

    /// The default of a column, for its table alone where a child has another one that would be lost.
    pub(super) fn default_alone(&self, table: &QualifiedName, column: &str) -> bool {
        let Some(children) = self.children[1].get(table) else { return false };
        let default = |table: &Table| table.column(column).map(|it| it.default.clone());
        let Some(own) = self.to.schema.tables.get(table).and_then(default) else { return false };
        children.iter().any(|child| {
            let is_bound = child.column(column).is_some_and(|it| it.of_parent && it.generated.is_none());
            let is_other = is_bound && default(child).is_some_and(|it| it != own);
            is_other && !self.comes(&ObjectId::Table(child.name.clone())) || self.default_alone(&child.name, column)
        })
    }

    /// A default that comes or goes where children have others.
    pub(super) fn alone(&self, item: Item<'s>, goes: bool) -> Option<Change<'s>> {
        let Item::Default(table, column) = item else { return None };
        if !self.default_alone(&table.name, &column.name) {
            return None;
        }
        let of = ChangeDefault::of(&table.name, column);
        Some(ChangeDefault { is_alone: true, default: of.default.filter(|_| !goes), ..of }.into())
    }
}
