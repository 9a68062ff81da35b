//! `NOT NULL` of tables that have parents, or are some (PostgreSQL 18).

use std::collections::BTreeSet;

use super::direction::Direction;
use crate::diff::{Change, ChangeNotNull, Item};
use crate::schema::{Column, NotNull, ObjectId, QualifiedName, Table};

impl<'s> Direction<'s> {
    /// What a new table demands of columns that come from its parents, in another way than these do.
    pub(super) fn required_by_itself(&self, table: &'s Table) -> Vec<(&'s str, &'s NotNull)> {
        let parents = self.parents(table);
        let inherited = table.columns.iter().filter(|column| column.inherited && !column.is_unchecked());
        let required = inherited.filter_map(|column| Some((column.name.as_str(), column.required.as_ref()?)));
        let is_own = |(column, it): &(&str, &NotNull)| {
            let of_parents: Vec<&NotNull> =
                parents.iter().filter_map(|parent| parent.column(column)?.required.as_ref()).collect();
            !it.only_inherited && !of_parents.is_empty() || !of_parents.iter().any(|other| other.name == it.name)
        };
        // Where no parent demands it, that comes afterwards.
        let is_of_parents = |column: &str| parents.iter().any(|it| it.column(column).is_some_and(|it| it.not_null));
        required.filter(|(column, _)| is_of_parents(column)).filter(is_own).collect()
    }

    /// Whether the `NOT NULL` of another table has the name that the server would give that of this column.
    pub(super) fn shares_name(&self, table: &Table, column: &Column) -> bool {
        let name = |it: &Table, column: &Column| {
            // Those that come from parents are called after these.
            let required = column.required.as_ref().filter(|required| !required.only_inherited)?;
            Some((it.name.schema.clone(), required.name.clone()))
        };
        let names = self.shared_names.get_or_init(|| {
            let (mut seen, mut shared) = (BTreeSet::new(), BTreeSet::new());
            for table in &self.to.schema.tables {
                for name in table.columns.iter().filter_map(|column| name(table, column)) {
                    if !seen.insert(name.clone()) {
                        shared.insert(name);
                    }
                }
            }
            shared
        });
        !names.is_empty() && name(table, column).is_some_and(|name| names.contains(&name))
    }

    /// Whether the name can be changed here. What a parent demands, too, is renamed with that of the parent, and cannot be as long as
    /// one of the children calls it in another way. What the parent does not demand any more is free afterwards.
    pub(super) fn may_rename(&self, change: &ChangeNotNull<'_>) -> bool {
        let Some(from) = change.from else { return false };
        let is_freed = !change.to.inherited && !from.only_inherited;
        let is_bound = from.inherited && !self.leaves(change.table) && !is_freed
            || change.to.inherited && !self.arrives(change.table);
        !is_bound && self.is_alone(change, from)
    }

    /// Whether no child keeps the name as it is.
    fn is_alone(&self, change: &ChangeNotNull<'_>, from: &NotNull) -> bool {
        from.no_inherit || self.is_called_alike(change.table, change.column, &from.name)
    }

    /// Whether it is done before the parent demands the same: from then on its name is the parent's to change. Where only the parent
    /// is to demand it afterwards, what there is stays, with its name: no statement takes it away.
    pub(super) fn is_done_before(&self, change: &ChangeNotNull<'_>) -> bool {
        let Some(from) = change.from.filter(|from| change.is_renamed && !from.inherited) else { return false };
        let id = ObjectId::Column(change.table.clone(), change.column.to_owned());
        let is_in_time = || self.followed(&id).is_some_and(|parent| self.begins_to_demand(&parent));
        change.to.inherited && !change.to.only_inherited && is_in_time() && self.is_alone(change, from)
    }

    /// Whether a column that took NULL refuses it.
    pub(super) fn begins_to_demand(&self, id: &ObjectId) -> bool {
        let demands = |item: Option<Item<'_>>| matches!(item, Some(Item::Column(_, column)) if column.not_null);
        !demands(self.from.get(id)) && demands(self.to.get(id))
    }

    /// What columns of children demand by themselves and call in another way when this one demands it.
    pub(super) fn done_before(&self, id: &ObjectId) -> Vec<Change<'s>> {
        let ObjectId::Column(table, name) = id else { return Vec::new() };
        let mut found = Vec::new();
        for child in self.children[1].get(table).into_iter().flatten() {
            let its = ObjectId::Column(child.name.clone(), name.clone());
            let (Some(Item::Column(_, from)), Some(Item::Column(child, to))) = (self.from.get(&its), self.to.get(&its))
            else {
                continue;
            };
            if self.followed(&its).as_ref() == Some(id) {
                let change = ChangeNotNull::detect(&child.name, from, to);
                found.extend(change.filter(|it| self.is_done_before(it)).map(Change::from));
                found.extend(self.done_before(&its));
            }
        }
        found
    }

    /// Whether all tables that inherit from this one, and do not leave it, have a constraint of this name.
    fn is_called_alike(&self, table: &QualifiedName, column: &str, name: &str) -> bool {
        let children = self.children[0].get(table).into_iter().flatten();
        children.filter(|child| !self.leaves(&child.name)).all(|child| {
            let required = child.column(column).and_then(|it| it.required.as_ref());
            required.is_some_and(|it| it.name == name) && self.is_called_alike(&child.name, column, name)
        })
    }
}
