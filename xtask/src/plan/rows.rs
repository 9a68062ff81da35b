//! Rows of tables that are made anew: a table cannot get another partition key where it stands.

use std::collections::{BTreeMap, BTreeSet};

use super::direction::Direction;
use super::hosts::{Phase, Step, is_foreign_key};
use super::order::Order;
use crate::diff::{BringRowsBack, Change, Fate, Inventory, Item, SetRowsAside};
use crate::schema::{Column, ObjectId, QualifiedName, Sequence, Table};
use crate::sql;

impl<'s> Direction<'s> {
    /// The tables that are made anew with their rows. Partitions that come and go with their table are none: their rows
    /// are its rows.
    pub(super) fn made_anew(&self) -> impl Iterator<Item = &ObjectId> {
        self.fates.keys().filter(|id| self.is_made_anew(id))
    }

    /// Whether it is one of these.
    pub(super) fn is_made_anew(&self, id: &ObjectId) -> bool {
        let drop = || (Phase::Drop, id.clone());
        matches!(id, ObjectId::Table(_))
            && self.fates.get(id) == Some(&Fate::Recreated)
            && self.settled(drop()) == Some(drop())
    }

    /// Rows come back when all partitions are there, those that they refer to first, and before anything looks at them.
    pub(super) fn add_fills(&self, order: &mut Order<Step>) {
        let mut dependants: BTreeMap<&QualifiedName, Vec<&ObjectId>> = BTreeMap::new();
        for (dependant, on) in self.to.edges() {
            if let ObjectId::Table(table) | ObjectId::Column(table, _) = on
                && self.comes(dependant)
            {
                dependants.entry(table).or_default().push(dependant);
            }
        }
        for id in self.made_anew() {
            let ObjectId::Table(name) = id else { continue };
            let fill = (Phase::Fill, id.clone());
            let mut parts = vec![name.clone()];
            while let Some(part) = parts.pop() {
                let below = self.children[1].get(&part).into_iter().flatten().filter(|it| is_part_of(it, &part));
                parts.extend(below.map(|it| it.name.clone()));
                for phase in [Phase::Create, Phase::Alter] {
                    order.must_run(&(phase, ObjectId::Table(part.clone()))).before(&fill);
                }
            }
            for &dependant in dependants.get(name).into_iter().flatten() {
                let looks = matches!(
                    dependant,
                    ObjectId::View(_) | ObjectId::MaterialisedView(_) | ObjectId::Trigger(..) | ObjectId::Rule(..)
                );
                let refers = is_foreign_key(self.to.get(dependant)).then(|| owner(dependant)).flatten();
                match refers {
                    Some(other) if other != *name => {
                        // Its own rows come back after these, or are there already.
                        order.must_run(&fill).before(&(Phase::Fill, ObjectId::Table(other)));
                        order.must_run(&fill).before(&(Phase::Create, dependant.clone()));
                    }
                    _ if looks => order.must_run(&fill).before(&(Phase::Create, dependant.clone())),
                    _ => {}
                }
            }
        }
    }

    /// Functions that give rows their values are there before.
    pub(super) fn add_backfills(&self, order: &mut Order<Step>) {
        let functions: Vec<(&ObjectId, &str)> = self
            .fates
            .keys()
            .filter_map(|id| match id {
                ObjectId::Function(signature) if self.comes(id) => Some((id, signature.name.name.as_str())),
                _ => None,
            })
            .collect();
        for ((table, column), value) in self.answers.backfills.iter().filter(|_| !functions.is_empty()) {
            let words: BTreeSet<&str> = sql::tokens(value).iter().map(|token| token.text(value)).collect();
            let calls = |name: &str| words.contains(name) || words.contains(sql::identifier(name).as_str());
            let column = ObjectId::Column(table.clone(), column.clone());
            for (function, _) in functions.iter().filter(|(_, name)| calls(name)) {
                let create = (Phase::Create, (*function).clone());
                self.before(order, create.clone(), (Phase::Alter, column.clone()));
                self.before(order, create.clone(), (Phase::Fill, ObjectId::Table(table.clone())));
                if !self.comes(&ObjectId::Table(table.clone())) {
                    self.before(order, create, (Phase::Create, column.clone()));
                }
            }
        }
    }

    /// The rows of a table that goes and comes back.
    pub(super) fn rows_aside(&self, id: &ObjectId) -> Option<Change<'s>> {
        let (from, to) = self.both(id)?;
        let sequences = self.kept_sequences(&self.from, &from.name);
        Some(
            SetRowsAside { from, to, aside: self.spare(&from.name, "_rows"), as_text: self.as_text(from), sequences }
                .into(),
        )
    }

    /// The rows of a table that has come back.
    pub(super) fn rows_back(&self, id: &ObjectId) -> Option<Change<'s>> {
        let (from, to) = self.both(id)?;
        let backfill = |column: &'s str| {
            let value = self.answers.backfills.get(&(to.name.clone(), column.to_owned()))?;
            Some((column, value.clone()))
        };
        let backfills = to.columns.iter().filter_map(|it| backfill(&it.name)).collect();
        let sequences = to.columns.iter().filter_map(|it| {
            let sequence = self.to.sequence_of(&to.name, &it.name)?;
            let is_new = self.comes(&ObjectId::Sequence(sequence.name.clone()));
            let is_its = it.counts_with(&sequence.name);
            (is_new && is_its).then_some((it.name.as_str(), sequence))
        });
        let (aside, kept) = (self.spare(&from.name, "_rows"), self.kept_sequences(&self.to, &to.name));
        Some(
            BringRowsBack {
                from,
                to,
                aside,
                as_text: self.as_text(from),
                backfills,
                sequences: sequences.collect(),
                kept,
            }
            .into(),
        )
    }

    /// The columns of a table whose types are made anew.
    fn as_text(&self, table: &'s Table) -> Vec<&'s str> {
        let is_remade = |it: &&Column| self.reshaped_types.contains_key(it.type_name.trim_end_matches("[]"));
        table.columns.iter().filter(is_remade).map(|it| it.name.as_str()).collect()
    }

    /// Sequences of a table's columns that are there before and after, on one side.
    fn kept_sequences(&self, side: &Inventory<'s>, table: &QualifiedName) -> Vec<&'s Sequence> {
        let stays = |it: &&Sequence| {
            let fate = self.fates.get(&ObjectId::Sequence(it.name.clone()));
            fate.is_none_or(|fate| *fate == Fate::Altered)
        };
        side.sequences_of(table).filter(stays).collect()
    }

    fn both(&self, id: &ObjectId) -> Option<(&'s Table, &'s Table)> {
        let (Some(Item::Table(from)), Some(Item::Table(to))) = (self.from.get(id), self.to.get(id)) else {
            return None;
        };
        self.is_made_anew(id).then_some((from, to))
    }
}

fn owner(id: &ObjectId) -> Option<QualifiedName> {
    match id {
        ObjectId::Constraint(table, _) => Some(table.clone()),
        _ => None,
    }
}

fn is_part_of(table: &Table, whole: &QualifiedName) -> bool {
    table.partition_of.as_ref().is_some_and(|part| part.parent == *whole)
}
