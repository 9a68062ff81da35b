//! Sequences and the columns with which they are dropped.

use super::direction::Direction;
use super::hosts::{Phase, Step};
use super::order::Order;
use crate::schema::{ObjectId, OwnedBy, Sequence};

impl<'s> Direction<'s> {
    /// The steps that give a sequence to another column, or to none.
    pub(super) fn ownership_steps(&self, sequence: &Sequence) -> Vec<Step> {
        let id = ObjectId::Sequence(sequence.name.clone());
        let is_released = self.is_released(sequence);
        let release = is_released.then(|| (Phase::Release, id.clone()));
        let is_given = is_released || self.owner_before(sequence) != sequence.owned_by.as_ref();
        let own = is_given.then(|| self.settled((Phase::Own, id))).flatten();
        release.into_iter().chain(own).collect()
    }

    /// A sequence leaves a column that goes before that goes, and is given to one that is there.
    pub(super) fn add_owners(&self, order: &mut Order<Step>) {
        for sequence in &self.to.schema.sequences {
            let id = ObjectId::Sequence(sequence.name.clone());
            let own = (Phase::Own, id.clone());
            self.before(order, (Phase::Create, id), own.clone());
            if let Some(owner) = self.owner_before(sequence) {
                let leaves = self.leaving_step(sequence);
                self.before(order, leaves.clone(), (Phase::Drop, column(owner)));
                self.before(order, leaves, own.clone());
            }
            if let Some(owner) = &sequence.owned_by {
                self.before(order, (Phase::Create, column(owner)), own);
            }
        }
    }

    /// The step with which a sequence leaves its column.
    pub(super) fn leaving_step(&self, sequence: &Sequence) -> Step {
        let phase = if self.is_released(sequence) { Phase::Release } else { Phase::Own };
        (phase, ObjectId::Sequence(sequence.name.clone()))
    }

    /// The owner of a sequence before, where it is not made anew.
    pub(super) fn owner_before(&self, sequence: &Sequence) -> Option<&'s OwnedBy> {
        if self.comes(&ObjectId::Sequence(sequence.name.clone())) {
            return None;
        }
        self.from.schema.sequences.get(&sequence.name)?.owned_by.as_ref()
    }

    /// Whether the sequence would go with its column, and is to belong to one that may come later. Those of a table that is made
    /// anew are released with its rows.
    fn is_released(&self, sequence: &Sequence) -> bool {
        let Some(owner) = self.owner_before(sequence).filter(|_| sequence.owned_by.is_some()) else { return false };
        let table = ObjectId::Table(owner.table.clone());
        let goes = self.goes(&column(owner)) || self.goes(&table);
        goes && !self.is_made_anew(&table)
    }
}

fn column(owner: &OwnedBy) -> ObjectId {
    ObjectId::Column(owner.table.clone(), owner.column.clone())
}
