//! Types made anew that stand on each other: the old one below is dropped after those that stand on it.

use std::collections::{BTreeMap, BTreeSet};

use super::direction::Direction;
use super::hosts::{Phase, Step};
use crate::diff::{Fate, values_gone};
use crate::schema::ObjectId;

/// Which old types are dropped when, by the types that are made anew.
pub(super) type Releases = BTreeMap<ObjectId, Vec<ObjectId>>;

impl Direction<'_> {
    /// For each type that is made anew: those whose old ones are dropped then, in order. One that others stand on waits for these.
    pub(super) fn releases(&self, steps: &[Step]) -> Releases {
        let mut on_it: BTreeMap<&ObjectId, BTreeSet<&ObjectId>> = BTreeMap::new();
        for (dependant, on) in self.from.edges() {
            if self.is_remade_type(dependant) && self.is_remade_type(on) && dependant != on {
                on_it.entry(on).or_default().insert(dependant);
            }
        }
        let (mut waiting, mut gone) = (Vec::new(), BTreeSet::new());
        let mut releases = Releases::new();
        for (phase, id) in steps {
            if *phase != Phase::Alter || !self.is_remade_type(id) {
                continue;
            }
            waiting.push(id);
            let mut released = Vec::new();
            let is_free = |it: &ObjectId, gone: &BTreeSet<&ObjectId>| on_it.get(it).is_none_or(|on| on.is_subset(gone));
            // The last that came stands on those before it.
            while let Some(at) = waiting.iter().rposition(|it| is_free(it, &gone)) {
                let free = waiting.remove(at);
                gone.insert(free);
                released.push(free.clone());
            }
            releases.insert(id.clone(), released);
        }
        releases
    }

    /// The values that the enums below a type lose.
    pub(super) fn values_gone_below(&self, id: &ObjectId) -> Vec<String> {
        let (mut below, mut open) = (BTreeSet::new(), vec![id]);
        while let Some(dependant) = open.pop() {
            let on = self.from.edges().iter().filter(|(one, on)| one == dependant && self.is_remade_type(on));
            for (_, on) in on {
                if on != id && below.insert(on) {
                    open.push(on);
                }
            }
        }
        let both = below.into_iter().filter_map(|it| self.from.get(it).zip(self.to.get(it)));
        both.flat_map(|(from, to)| values_gone(from, to)).collect()
    }

    /// Whether this goes with a type that is made anew, as the checks of a domain do.
    pub(super) fn goes_with_old_type(&self, id: &ObjectId) -> bool {
        let step = || self.settled((Phase::Drop, id.clone()));
        matches!(id, ObjectId::Constraint(..)) && matches!(step(), Some((Phase::Alter, ObjectId::Type(_))))
    }

    /// Whether this is a type that is made anew.
    pub(super) fn is_remade_type(&self, id: &ObjectId) -> bool {
        matches!(id, ObjectId::Type(_)) && self.fates.get(id) == Some(&Fate::Reshaped)
    }
}
