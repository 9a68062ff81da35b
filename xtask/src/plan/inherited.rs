//! Columns that a parent table has, too: the server changes them with those of the parent.

use std::collections::BTreeMap;

use super::direction::Direction;
use super::hosts::{Phase, Step};
use super::order::Order;
use crate::diff::{Change, ChangeDefault, ChangeNullability, Item};
use crate::schema::{ObjectId, QualifiedName, Schema, Table};

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

    /// What a parent demands is said there first.
    pub(super) fn add_inherited(&self, order: &mut Order<Step>) {
        for id in self.fates.keys().filter(|id| matches!(id, ObjectId::Column(..))) {
            if let Some(parent) = self.followed(id) {
                self.before(order, (Phase::Alter, parent), (Phase::Alter, id.clone()));
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
