//! What becomes of a script.

use super::script::Script;
use crate::diagnostic::Place;

/// A script with what becomes of its two functions.
#[derive(Clone, Debug)]
pub struct Converted {
    /// The script.
    pub script: Script,
    /// `upgrade()`
    pub up: Outcome,
    /// `downgrade()`
    pub down: Outcome,
}

/// What becomes of one function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All that it does, as SQL.
    Sql(Vec<Statement>),
    /// Something of it is known only when it runs.
    Unknown {
        /// What, where and why; at least one.
        reasons: Vec<Reason>,
        /// What is known, in order, with the places of what is not.
        known: Vec<Part>,
        /// The function as it stands in the script.
        source: String,
    },
}

/// A statement, without a semicolon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The statement.
    pub sql: String,
    /// Whether it has to run outside of a transaction.
    pub no_transaction: bool,
    /// The line of the script (1-based) that it comes from.
    pub line: usize,
}

/// A part of a function of which not all is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A statement.
    Statement(Statement),
    /// Something that is not known: the reason of that number.
    Gap(usize),
}

/// Why something is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What it is about.
    pub what: String,
    /// Why.
    pub why: String,
    /// Where.
    pub place: Place,
}
