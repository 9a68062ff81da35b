//! Tables that become unlogged or logged: since PostgreSQL 15 the sequences that belong to their columns follow them.

use super::direction::Direction;
use super::hosts::{Phase, Step};
use super::order::Order;
use crate::schema::{ObjectId, OwnedBy, QualifiedName, Sequence};

impl<'s> Direction<'s> {
    /// Sequences that belong to the table before and after, and are not to follow it.
    pub(super) fn unmoved_sequences(&self, table: &QualifiedName) -> Vec<(&'s QualifiedName, &'s OwnedBy)> {
        let owned = self.to.sequences_of(table).filter_map(|it| Some((it, it.owned_by.as_ref()?)));
        let stays = owned.filter(|(it, owner)| self.owner_before(it) == Some(*owner));
        stays.filter(|(it, owner)| self.would_follow(it, owner)).map(|(it, owner)| (&it.name, owner)).collect()
    }

    /// A sequence leaves such a table before that changes, and is given to one afterwards.
    pub(super) fn add_persistence(&self, order: &mut Order<Step>) {
        for sequence in &self.to.schema.sequences {
            let (before, after) = (self.owner_before(sequence), sequence.owned_by.as_ref());
            if before == after {
                continue;
            }
            let own = (Phase::Own, ObjectId::Sequence(sequence.name.clone()));
            let leave = self.leaving_step(sequence);
            let alter = |owner: &OwnedBy| (Phase::Alter, ObjectId::Table(owner.table.clone()));
            if let Some(owner) = before.filter(|owner| self.would_follow(sequence, owner)) {
                self.before(order, leave, alter(owner));
            }
            if let Some(owner) = after.filter(|owner| self.would_follow(sequence, owner)) {
                self.before(order, alter(owner), own);
            }
        }
    }

    /// Whether the table changes and a sequence of it would be another one then than it is to be.
    fn would_follow(&self, sequence: &Sequence, owner: &OwnedBy) -> bool {
        let (from, to) = (self.from.schema.tables.get(&owner.table), self.to.schema.tables.get(&owner.table));
        let is_new = self.comes(&ObjectId::Table(owner.table.clone()));
        !is_new
            && from
                .zip(to)
                .is_some_and(|(from, to)| from.persistence != to.persistence && to.persistence != sequence.persistence)
    }
}
