//! What is recorded with a script, and what an earlier run of it has left.

use super::history::Entry;
use super::state::{VersionTable, row_op};
use crate::revision::graph::RowOp;

/// What is recorded with a script.
#[derive(Clone, Debug)]
pub struct Bookkeeping<'g> {
    /// Alembic's table.
    pub table: VersionTable,
    /// The rows that must be there before.
    pub expected: Vec<String>,
    /// How they change.
    pub changes: Vec<RowOp<'g>>,
    /// The line for the history.
    pub entry: Entry,
    /// The run of this revision that was begun before and is to be finished.
    pub unfinished: Option<Unfinished>,
}

impl Bookkeeping<'_> {
    /// The statements on `alembic_version`.
    pub(super) fn row_ops(&self) -> String {
        self.changes.iter().map(|change| row_op(change, &self.table)).collect()
    }
}

/// A revision that was begun and not finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// The line of the history.
    pub entry: i64,
    /// The revision.
    pub revision: String,
    /// `upgrade` or `downgrade`.
    pub direction: String,
    /// How many parts of the script are done.
    pub done: usize,
    /// Whether the next part was begun outside of a transaction.
    pub running: bool,
    /// What the server said, if it said something.
    pub failure: Option<String>,
    /// The script that was being run.
    pub sql: String,
    /// When it was begun.
    pub started_at: String,
    /// By whom.
    pub applied_by: String,
}

/// What a person says of a statement whose outcome cannot be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// It was done; go on with the next.
    Done,
    /// Run it again.
    Retry,
}
