//! Indexes of partitioned tables. The server makes the index of a partition with that of the whole, or takes one that is there and
//! does the same. Where it would take one that is to stay by itself, the whole is put together of its parts.

use std::collections::BTreeSet;

use super::direction::Direction;
use super::hosts::{Phase, Step};
use super::inherited::Children;
use super::order::Order;
use super::spread::Fates;
use crate::diff::{AttachIndex, Change, Fate, Inventory, Item};
use crate::schema::{Index, ObjectId, Options, QualifiedName, Table};

/// New indexes of partitioned tables that cannot be made at once.
pub(super) fn pieced(
    from: &Inventory<'_>,
    to: &Inventory<'_>,
    fates: &Fates<ObjectId>,
    parts: &Children<'_>,
) -> BTreeSet<ObjectId> {
    let comes = |id: &ObjectId| matches!(fates.get(id), Some(Fate::Created | Fate::Recreated));
    let whole = to.schema.tables.iter().filter(|table| table.is_partitioned());
    let new: Vec<(&Table, &Index)> = whole
        .flat_map(|table| table.indexes.iter().map(move |index| (table, index)))
        .filter(|(table, index)| comes(&ObjectId::Index(table.name.sibling(&index.name))))
        .collect();
    if new.is_empty() {
        return BTreeSet::new();
    }
    let is_taken = |table: &Table, index: &Index, whole: &Index| {
        let id = ObjectId::Index(table.name.sibling(&index.name));
        let was = match from.get(&id) {
            Some(Item::Index(_, was)) if !comes(&id) => was,
            _ => return false,
        };
        was.partition_of.is_none() && index.partition_of.is_none() && unnamed(index) == unnamed(whole)
    };
    let is_pieced = |table: &Table, whole: &Index| {
        let mut open: Vec<&Table> = parts.get(&table.name).cloned().unwrap_or_default();
        while let Some(part) = open.pop() {
            if part.indexes.iter().any(|index| is_taken(part, index, whole)) {
                return true;
            }
            open.extend(parts.get(&part.name).into_iter().flatten());
        }
        false
    };
    let found = new.into_iter().filter(|(table, index)| is_pieced(table, index));
    found.map(|(table, index)| ObjectId::Index(table.name.sibling(&index.name))).collect()
}

impl<'s> Direction<'s> {
    /// Whether it is the index of a partitioned table, and put together of those of the partitions.
    pub(super) fn is_pieced(&self, id: &ObjectId) -> bool {
        self.pieced.contains(id)
    }

    /// The indexes of partitions of which an index is put together.
    pub(super) fn pieces(&self, id: &ObjectId) -> Vec<Change<'s>> {
        let ObjectId::Index(name) = id else { return Vec::new() };
        if !self.is_pieced(id) {
            return Vec::new();
        }
        let Some(Item::Index(whole, _)) = self.to.get(id) else { return Vec::new() };
        let parts = self.children[1].get(whole).into_iter().flatten();
        let indexes = parts.flat_map(|table| table.indexes.iter().map(move |it| (table, it)));
        let pieces = indexes.filter_map(|(table, index)| {
            let parent = index.partition_of.as_ref().filter(|parent| *parent == name)?;
            Some(AttachIndex { owner: &table.name, index, parent }.into())
        });
        pieces.collect()
    }

    /// A partitioned table takes each index of a partition that is like its own: what is to be part of it comes before, others
    /// come later or go before.
    pub(super) fn add_indexes_of_partitions(&self, order: &mut Order<Step>) {
        for id in self.fates.keys() {
            let create = (Phase::Create, id.clone());
            let is_own = self.comes(id) && self.settled(create.clone()).as_ref() == Some(&create);
            if let Some(Item::Index(owner, index)) = self.to.get(id).filter(|_| is_own) {
                if let Some(parent) = &index.partition_of {
                    self.before(order, create.clone(), (Phase::Create, ObjectId::Index(parent.clone())));
                }
                for other in self.alike_of_the_whole(owner, index) {
                    self.before(order, (Phase::Create, other), create.clone());
                }
                if self.is_pieced(id) {
                    self.add_partitions(order, owner, &create);
                }
            }
            if let Some(Item::Index(owner, index)) = self.from.get(id).filter(|_| self.goes(id)) {
                for other in self.alike_of_the_whole(owner, index) {
                    self.before(order, (Phase::Drop, id.clone()), (Phase::Create, other));
                }
            }
        }
    }

    /// An index that is put together is valid when each partition has its part: those that come are there, those that go are not.
    fn add_partitions(&self, order: &mut Order<Step>, whole: &QualifiedName, create: &Step) {
        let is_its = |table: &Table| table.partition_of.as_ref().is_some_and(|part| part.parent == *whole);
        for table in self.children[1].get(whole).into_iter().flatten().filter(|it| is_its(it)) {
            let id = ObjectId::Table(table.name.clone());
            if self.comes(&id) {
                self.before(order, (Phase::Create, id.clone()), create.clone());
            }
            if self.arrives(&table.name) {
                self.before(order, (Phase::Alter, id), create.clone());
            }
        }
        for table in self.children[0].get(whole).into_iter().flatten().filter(|it| is_its(it)) {
            let id = ObjectId::Table(table.name.clone());
            if self.goes(&id) {
                self.before(order, (Phase::Drop, id), create.clone());
            }
        }
    }

    /// Indexes that the partitioned table is to have and that would take this index of a partition, but do not have it.
    fn alike_of_the_whole(&self, owner: &QualifiedName, index: &Index) -> Vec<ObjectId> {
        let part = self.to.schema.tables.get(owner).and_then(|table| table.partition_of.as_ref());
        let Some(whole) = part.and_then(|part| self.to.schema.tables.get(&part.parent)) else { return Vec::new() };
        let alike = whole.indexes.iter().filter(|other| unnamed(index) == unnamed(other));
        let names = alike.map(|other| whole.name.sibling(&other.name));
        names.filter(|name| index.partition_of.as_ref() != Some(name)).map(ObjectId::Index).collect()
    }
}

/// What an index does, whatever it is called and part of.
fn unnamed(index: &Index) -> Index {
    Index { name: String::new(), comment: None, partition_of: None, options: Options::default(), ..index.clone() }
}
