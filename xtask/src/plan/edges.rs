//! Which step must run before which.

use std::collections::BTreeMap;

use super::direction::Direction;
use super::hosts::{Phase, Step};
use super::order::Order;
use crate::diff::{Fate, Inventory, Item};
use crate::schema::{ConstraintKind, ObjectId, QualifiedName};

impl Direction<'_> {
    /// All steps, with what must run before what.
    pub(super) fn order(&self) -> Order<Step> {
        let mut order = Order::of(self.steps());
        self.add_drops(&mut order);
        self.add_creations(&mut order);
        for (id, fate) in &self.fates {
            if *fate == Fate::Recreated {
                self.before(&mut order, (Phase::Drop, id.clone()), (Phase::Create, id.clone()));
            }
        }
        self.add_names(&mut order);
        self.add_places(&mut order);
        order
    }

    fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for (id, fate) in &self.fates {
            let phases: &[Phase] = match fate {
                Fate::Dropped => &[Phase::Drop],
                Fate::Created => &[Phase::Create],
                Fate::Recreated => &[Phase::Drop, Phase::Create],
                Fate::Altered | Fate::Reshaped => &[Phase::Alter],
            };
            steps.extend(phases.iter().filter_map(|phase| self.settled((*phase, id.clone()))));
        }
        for sequence in &self.to.schema.sequences {
            let id = ObjectId::Sequence(sequence.name.clone());
            let before = match self.fates.get(&id) {
                Some(Fate::Created | Fate::Recreated) => None,
                _ => self.from.schema.sequences.get(&sequence.name).and_then(|it| it.owned_by.as_ref()),
            };
            if before != sequence.owned_by.as_ref() {
                steps.extend(self.settled((Phase::Own, id)));
            }
        }
        steps
    }

    /// `must_run(first).before(second)`, for whoever does these steps.
    fn before(&self, order: &mut Order<Step>, first: Step, second: Step) {
        if let (Some(first), Some(second)) = (self.settled(first), self.settled(second)) {
            order.must_run(&first).before(&second);
        }
    }

    fn goes(&self, id: &ObjectId) -> bool {
        matches!(self.fates.get(id), Some(Fate::Dropped | Fate::Recreated))
    }

    pub(super) fn comes(&self, id: &ObjectId) -> bool {
        matches!(self.fates.get(id), Some(Fate::Created | Fate::Recreated))
    }

    fn changes(&self, id: &ObjectId) -> bool {
        matches!(self.fates.get(id), Some(Fate::Altered | Fate::Reshaped))
    }

    /// Dependants go before what they stand on goes or changes.
    fn add_drops(&self, order: &mut Order<Step>) {
        for (dependant, on) in self.from.edges() {
            let (drop, alter) = ((Phase::Drop, dependant.clone()), (Phase::Alter, dependant.clone()));
            if self.goes(dependant) && self.goes(on) {
                self.before(order, drop.clone(), (Phase::Drop, on.clone()));
            }
            if self.goes(dependant) && self.changes(on) && !is_whole(on) {
                self.before(order, drop, (Phase::Alter, on.clone()));
            }
            if self.changes(dependant) && self.goes(on) {
                self.before(order, alter, (Phase::Drop, on.clone()));
            }
        }
    }

    /// What others stand on comes, or has changed, before they come.
    fn add_creations(&self, order: &mut Order<Step>) {
        for (dependant, on) in self.to.edges() {
            let own = (Phase::Own, dependant.clone());
            let later = [
                self.comes(dependant).then(|| (Phase::Create, dependant.clone())),
                self.changes(dependant).then(|| (Phase::Alter, dependant.clone())),
                matches!(dependant, ObjectId::Sequence(_)).then_some(own),
            ];
            for later in later.into_iter().flatten() {
                if self.comes(on) {
                    self.before(order, (Phase::Create, on.clone()), later.clone());
                }
                if self.changes(on) && !is_whole(on) {
                    self.before(order, (Phase::Alter, on.clone()), later.clone());
                }
            }
        }
        for sequence in &self.to.schema.sequences {
            let own = (Phase::Own, ObjectId::Sequence(sequence.name.clone()));
            self.before(order, (Phase::Create, own.1.clone()), own.clone());
            if let Some(owner) = &sequence.owned_by {
                let column = ObjectId::Column(owner.table.clone(), owner.column.clone());
                self.before(order, (Phase::Create, column), own);
            }
        }
    }

    /// A name is free before another object takes it, and a table has one primary key at a time.
    fn add_names(&self, order: &mut Order<Step>) {
        let mut gone: BTreeMap<QualifiedName, Vec<&ObjectId>> = BTreeMap::new();
        for id in self.fates.keys().filter(|id| self.goes(id)) {
            if let Some(name) = relation_name(id, &self.from) {
                gone.entry(name).or_default().push(id);
            }
        }
        for id in self.fates.keys().filter(|id| self.comes(id)) {
            let Some(name) = relation_name(id, &self.to) else { continue };
            for old in gone.get(&name).into_iter().flatten() {
                self.before(order, (Phase::Drop, (*old).clone()), (Phase::Create, id.clone()));
            }
        }
        let key = |side: &Inventory<'_>, id: &ObjectId| match side.get(id) {
            Some(Item::Constraint(table, it)) if matches!(it.kind, ConstraintKind::PrimaryKey(_)) => {
                Some(table.name.clone())
            }
            _ => None,
        };
        let dropped: BTreeMap<QualifiedName, &ObjectId> =
            self.fates.keys().filter(|id| self.goes(id)).filter_map(|id| Some((key(&self.from, id)?, id))).collect();
        for id in self.fates.keys().filter(|id| self.comes(id)) {
            if let Some(old) = key(&self.to, id).and_then(|table| dropped.get(&table)) {
                self.before(order, (Phase::Drop, (*old).clone()), (Phase::Create, id.clone()));
            }
        }
    }

    /// The place of a partition is free before another one takes it.
    fn add_places(&self, order: &mut Order<Step>) {
        let parent = |side: &Inventory<'_>, id: &ObjectId| match side.get(id) {
            Some(Item::Table(table)) => table.partition_of.as_ref().map(|part| part.parent.clone()),
            _ => None,
        };
        let left: Vec<(QualifiedName, Step)> = self
            .fates
            .iter()
            .filter(|(id, fate)| **fate != Fate::Created && parent(&self.from, id) != parent(&self.to, id))
            .filter_map(|(id, _)| {
                let phase = if self.goes(id) { Phase::Drop } else { Phase::Alter };
                Some((parent(&self.from, id)?, (phase, id.clone())))
            })
            .collect();
        for id in self.fates.keys().filter(|id| self.comes(id)) {
            let Some(place) = parent(&self.to, id) else { continue };
            for (_, step) in left.iter().filter(|(parent, _)| *parent == place) {
                self.before(order, step.clone(), (Phase::Create, id.clone()));
            }
        }
    }
}

/// Whether changes of the object itself say nothing about its parts: the settings of a table, the grants of a schema.
fn is_whole(id: &ObjectId) -> bool {
    matches!(id, ObjectId::Table(_) | ObjectId::Namespace(_) | ObjectId::MaterialisedView(_))
}

/// The name among tables, views, sequences, indexes and types, of which no two can be the same.
fn relation_name(id: &ObjectId, side: &Inventory<'_>) -> Option<QualifiedName> {
    match id {
        ObjectId::Table(name)
        | ObjectId::View(name)
        | ObjectId::MaterialisedView(name)
        | ObjectId::Sequence(name)
        | ObjectId::Index(name)
        | ObjectId::Type(name) => Some(name.clone()),
        ObjectId::Constraint(table, name) => match side.get(id) {
            Some(Item::Constraint(_, it)) if it.has_index() => Some(table.sibling(name)),
            _ => None,
        },
        _ => None,
    }
}
