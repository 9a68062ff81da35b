//! What depends on what, as the catalogue knows it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::ObjectId;

/// `dependent` cannot be without `on`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dependency {
    /// Who needs it: a view, a default, a constraint …
    pub dependent: ObjectId,
    /// What is needed: a table, one of its columns, a type, a function …
    pub on: ObjectId,
}

/// All dependencies between objects of a schema.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Dependencies(BTreeSet<Dependency>);

impl Dependencies {
    /// Adds one.
    pub fn insert(&mut self, dependent: ObjectId, on: ObjectId) {
        self.0.insert(Dependency { dependent, on });
    }

    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Dependency> {
        self.0.iter()
    }

    /// What this object needs.
    pub fn of<'a>(&'a self, dependent: &'a ObjectId) -> impl Iterator<Item = &'a ObjectId> {
        self.0.iter().filter(move |edge| edge.dependent == *dependent).map(|edge| &edge.on)
    }

    /// Who needs this object itself; who needs only a column of a table is not counted.
    pub fn on<'a>(&'a self, on: &'a ObjectId) -> impl Iterator<Item = &'a ObjectId> {
        self.0.iter().filter(move |edge| edge.on == *on).map(|edge| &edge.dependent)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
