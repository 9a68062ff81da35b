//! The changes that a step consists of.

use super::direction::Direction;
use super::hosts::{Phase, Step, serial};
use crate::diff::{
    Change, ChangeDefault, ChangeNullability, ChangeOwnership, Create, Drop, Fate, IdentityToSerial, Item, NewColumn,
    SerialToIdentity, SwapType, alterations, settings_of_index, settings_of_new, settings_of_view_index,
};
use crate::schema::{Column, ObjectId, QualifiedName, Table};

impl<'s> Direction<'s> {
    /// The changes of a step, in order.
    pub(super) fn changes_of(&self, step: &Step) -> Vec<Change<'s>> {
        let (phase, id) = step;
        match phase {
            Phase::Drop => {
                let comes_back = self.fates.get(id) == Some(&Fate::Recreated);
                self.from.get(id).map(|item| Drop { item, comes_back }.into()).into_iter().collect()
            }
            Phase::Create => self.to.get(id).map(|item| self.created(id, item)).unwrap_or_default(),
            Phase::Alter => self.altered(id),
            Phase::Own => match self.to.get(id) {
                Some(Item::Sequence(sequence)) => {
                    let counts_on = self.comes(id) && !self.is_owner_new(sequence);
                    vec![ChangeOwnership { sequence, counts_on }.into()]
                }
                _ => Vec::new(),
            },
        }
    }

    fn is_owner_new(&self, sequence: &crate::schema::Sequence) -> bool {
        sequence.owned_by.as_ref().is_none_or(|owner| self.comes(&ObjectId::Table(owner.table.clone())))
    }

    fn created(&self, id: &ObjectId, item: Item<'s>) -> Vec<Change<'s>> {
        let mut create = Create::of(item);
        create.is_back = self.fates.get(id) == Some(&Fate::Recreated);
        let mut later = Vec::new();
        match item {
            Item::Table(table) => {
                let own = |it: &&Column| !(it.inherited);
                create.columns = table.columns.iter().filter(own).map(|it| self.new_column(table, it)).collect();
                create.constraints = table
                    .constraints
                    .iter()
                    .filter(|it| {
                        let part = ObjectId::Constraint(table.name.clone(), it.name.clone());
                        self.settled((Phase::Create, part)) == Some((Phase::Create, id.clone()))
                    })
                    .collect();
                later = self.unlike_parents(table);
            }
            Item::Column(table, column) => create.column = Some(self.new_column(table, column)),
            Item::Index(owner, index) => later = self.settings_of_index(owner, &index.name),
            Item::Constraint(table, constraint) => later = self.settings_of_index(&table.name, &constraint.name),
            _ => {}
        }
        std::iter::once(Change::from(create)).chain(later).collect()
    }

    /// What columns that come from a parent table have in another way than there.
    fn unlike_parents(&self, table: &'s Table) -> Vec<Change<'s>> {
        let parents = table.partition_of.iter().map(|part| &part.parent).chain(&table.inherits);
        let parents: Vec<&Table> = parents.filter_map(|name| self.to.schema.tables.get(name)).collect();
        let mut found = Vec::new();
        for column in table.columns.iter().filter(|column| column.inherited && column.generated.is_none()) {
            let Some(of_parent) = parents.iter().find_map(|parent| parent.column(&column.name)) else { continue };
            if column.default != of_parent.default {
                found.push(ChangeDefault::of(&table.name, column).into());
            }
            if column.not_null && !of_parent.not_null && table.primary_key().is_none() {
                let backfill = self.answers.backfills.get(&(table.name.clone(), column.name.clone())).cloned();
                found.push(ChangeNullability { table: &table.name, column, backfill }.into());
            }
        }
        found
    }

    fn settings_of_index(&self, owner: &QualifiedName, index: &str) -> Vec<Change<'s>> {
        let schema = self.to.schema;
        match (schema.tables.get(owner), schema.materialised_views.get(owner)) {
            (Some(table), _) => settings_of_index(table, index),
            (None, Some(view)) => settings_of_view_index(view, index),
            (None, None) => Vec::new(),
        }
    }

    fn new_column(&self, table: &Table, column: &'s Column) -> NewColumn<'s> {
        let id = ObjectId::Column(table.name.clone(), column.name.clone());
        let default = (Phase::Create, ObjectId::Default(table.name.clone(), column.name.clone()));
        let word = self.to.sequence_of(&table.name, &column.name).and_then(|sequence| {
            let is_its = self.serial_column(sequence).as_ref() == Some(&id);
            is_its.then(|| serial(table.name.clone(), column, sequence)).flatten()
        });
        let backfill = self.answers.backfills.get(&(table.name.clone(), column.name.clone())).cloned();
        NewColumn { serial: word, without_default: self.expelled.contains(&default), backfill, ..NewColumn::of(column) }
    }

    fn altered(&self, id: &ObjectId) -> Vec<Change<'s>> {
        let (Some(from), Some(to)) = (self.from.get(id), self.to.get(id)) else { return Vec::new() };
        if let (ObjectId::Type(_), Some(Fate::Reshaped)) = (id, self.fates.get(id)) {
            return self.swapped(id, from, to);
        }
        let counter = self.counter_change(id);
        let mut changes: Vec<Change<'s>> = Vec::new();
        for mut change in alterations(from, to) {
            match &mut change {
                Change::Identity(_) if counter.is_some() => continue,
                Change::Clustering(it) if it.to.is_some_and(|index| self.is_new_index(id, index)) => continue,
                Change::ReplicaIdentity(it) => {
                    if let crate::schema::ReplicaIdentity::Index(index) = it.to
                        && self.is_new_index(id, index)
                    {
                        continue;
                    }
                }
                Change::Nullability(it) => {
                    let key = (it.table.clone(), it.column.name.clone());
                    it.backfill = self.answers.backfills.get(&key).cloned();
                }
                _ => {}
            }
            changes.push(change);
        }
        changes.extend(counter);
        changes
    }

    /// Whether the index or the constraint of this name comes in this plan, and says then what refers to it.
    fn is_new_index(&self, id: &ObjectId, index: &str) -> bool {
        let (ObjectId::Table(table) | ObjectId::MaterialisedView(table)) = id else { return false };
        self.comes(&ObjectId::Index(table.sibling(index)))
            || self.comes(&ObjectId::Constraint(table.clone(), index.to_owned()))
    }

    fn swapped(&self, id: &ObjectId, from: Item<'s>, to: Item<'s>) -> Vec<Change<'s>> {
        let ObjectId::Type(name) = id else { return Vec::new() };
        let mut columns: Vec<(&'s Table, &'s Column)> = Vec::new();
        for table in &self.to.schema.tables {
            for column in &table.columns {
                let step = (Phase::Alter, ObjectId::Column(table.name.clone(), column.name.clone()));
                let is_its = self.fates.get(&step.1) == Some(&Fate::Reshaped) && !column.inherited;
                if is_its && self.settled(step) == Some((Phase::Alter, id.clone())) {
                    columns.push((table, column));
                }
            }
        }
        let name = self.to_type_name(name);
        let swap = name.map(|name| SwapType { name, from, to, columns }.into());
        swap.into_iter().chain(settings_of_new(to)).collect()
    }

    fn to_type_name(&self, name: &QualifiedName) -> Option<&'s QualifiedName> {
        let schema = self.to.schema;
        None.or_else(|| schema.enums.get(name).map(|it| &it.name))
            .or_else(|| schema.domains.get(name).map(|it| &it.name))
            .or_else(|| schema.composite_types.get(name).map(|it| &it.name))
            .or_else(|| schema.range_types.get(name).map(|it| &it.name))
    }

    /// The change of a column from serial to identity or back.
    pub(super) fn counter_change(&self, id: &ObjectId) -> Option<Change<'s>> {
        let (Some(Item::Column(old_table, old)), Some(Item::Column(table, new))) = (self.from.get(id), self.to.get(id))
        else {
            return None;
        };
        let sequence_of = |inventory: &crate::diff::Inventory<'s>, table: &Table, column: &Column| {
            column.default.as_deref().filter(|default| default.starts_with("nextval("))?;
            inventory.sequence_of(&table.name, &column.name)
        };
        match (&old.identity, &new.identity) {
            (None, Some(identity)) => {
                let sequence = sequence_of(&self.from, old_table, old)?;
                Some(SerialToIdentity { table: &table.name, column: new, sequence, identity }.into())
            }
            (Some(identity), None) => {
                let sequence = sequence_of(&self.to, table, new)?;
                Some(IdentityToSerial { table: &table.name, column: new, identity, sequence }.into())
            }
            _ => None,
        }
    }
}
