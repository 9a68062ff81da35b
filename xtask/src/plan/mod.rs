//! A plan: the changes between two schemas in an order that works, as the scripts of both directions.

mod answers;
mod circles;
mod direction;
mod dump;
mod edges;
mod emit;
mod error;
mod fates;
mod hosts;
mod indexes;
mod inherited;
mod nested;
mod order;
mod owners;
mod persistence;
mod rank;
mod required;
mod rows;
mod same;
mod script;
mod spare;
mod spread;
mod together;
mod view_scripts;

use std::collections::BTreeSet;

use crate::schema::Schema;

pub use answers::{Answers, usual_value};
pub use dump::dump;
pub use error::PlanError;
pub use order::{Circle, Order};
pub use script::{Block, Script};
pub use view_scripts::{ViewScript, view_scripts};

/// How to get from one schema to another, and back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// From the first to the second.
    pub up: Script,
    /// Back again.
    pub down: Script,
}

impl Plan {
    /// From one schema to another. Both are as a server of the same version prints them.
    ///
    /// # Errors
    /// Objects that need each other in a circle that cannot be cut.
    pub fn between(from: &Schema, to: &Schema, answers: &Answers) -> Result<Self, PlanError> {
        let up = if from == to { Script::default() } else { direction::script(from, to, answers)? };
        if up.is_empty() {
            return Ok(Self { up, down: Script::default() });
        }
        let mut down = direction::script(to, from, &answers.reversed())?;
        let lost: BTreeSet<&str> = up.destroys().into_iter().collect();
        if !lost.is_empty() {
            down.notes = lost.iter().map(|what| format!("not restored: {what}")).collect();
        }
        Ok(Self { up, down })
    }

    /// Whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.up.is_empty()
    }
}
