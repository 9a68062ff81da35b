//! Materialised views: what they read, in which order they are refreshed, how, and whether they need it.

mod error;
mod freshness;
mod graph;
mod mode;
mod name;
mod schedule;
mod selection;

pub use error::ViewError;
pub use freshness::{Cause, Freshness};
pub use graph::ViewGraph;
pub use mode::{IndexFault, Mode, PlainReason};
pub use name::RelationName;
pub use schedule::{Schedule, Skipped};
pub use selection::{Brought, Selection, Wish};

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a server keeps of everything that a view reads, by [`SourceId`].
pub type Stamps = BTreeMap<SourceId, Stamp>;

/// What identifies something that a view reads, in one database: `r` or `f` (relation, function) and its oid.
pub type SourceId = String;

/// A mark of the content of a table or view: where two are equal, nothing has changed in between.
///
/// The counters are the server's statistics, which it brings up to date some time after a commit (within a second, or
/// ten where the session that wrote goes idle), and which start from zero after a crash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Changes whenever everything is replaced at once: the file of a table or of a materialised view (`TRUNCATE`, a
    /// rewrite, a refresh), the row version of a plain view's rule or of a function (`CREATE OR REPLACE`).
    pub version: i64,
    /// Rows ever inserted.
    pub inserted: i64,
    /// Rows ever updated.
    pub updated: i64,
    /// Rows ever deleted.
    pub deleted: i64,
}

/// What kind of thing a view reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A table, partitioned or not.
    Table,
    /// A table of another server: nobody counts its changes here.
    ForeignTable,
    /// A plain view.
    View,
    /// A materialised view.
    MaterializedView,
    /// A function whose body the catalogue understands, or which reads nothing.
    Function,
    /// A function whose body is text: what it reads is not in the catalogue.
    OpaqueFunction,
}

/// Something that a view reads.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Source {
    /// What identifies it.
    pub id: SourceId,
    /// Its name.
    #[serde(flatten)]
    pub name: RelationName,
    /// What it is.
    pub kind: SourceKind,
    /// Its content now.
    pub stamp: Stamp,
}

/// An index of a materialised view.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct ViewIndex {
    /// Its name, in the schema of the view.
    pub name: String,
    /// It forbids duplicates.
    pub unique: bool,
    /// It is complete; a failed `CREATE INDEX CONCURRENTLY` leaves one that is not.
    pub valid: bool,
    /// It has a `WHERE`.
    pub partial: bool,
    /// It is over an expression.
    pub expression: bool,
    /// It is checked at once, not at the end of the transaction.
    pub immediate: bool,
}

/// The last refresh that this tool did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastRefresh {
    /// The view that was refreshed; another one may have its name now.
    pub view_oid: u32,
    /// When it ended, as RFC 3339 in UTC; `None` where it has only ever failed.
    pub at: Option<String>,
    /// How long it took.
    pub duration: Duration,
    /// `concurrently` or `plain`.
    pub mode: String,
    /// The rows after it.
    pub rows: Option<u64>,
    /// Who did it.
    pub by: String,
    /// What it read, as it was before the refresh began.
    pub sources: Stamps,
    /// The content after it.
    pub content: Option<Stamp>,
    /// The server's message where a later refresh failed.
    pub failure: Option<String>,
}

/// A materialised view as it is in the database now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MaterializedView {
    /// The object id.
    pub oid: u32,
    /// Its name.
    pub name: RelationName,
    /// The role that owns it.
    pub owner: String,
    /// Whether the role that we are may refresh it.
    pub may_refresh: bool,
    /// Whether it holds data; one made `WITH NO DATA` cannot be read before its first refresh.
    pub populated: bool,
    /// Bytes on the server's disk, indexes included; unknown while somebody refreshes it.
    pub bytes: Option<u64>,
    /// The planner's estimate of its rows.
    pub estimated_rows: Option<u64>,
    /// Its indexes, by name.
    pub indexes: Vec<ViewIndex>,
    /// Its content now.
    pub content: Stamp,
    /// Everything that it reads, through plain views and functions, as far as the next materialised view.
    pub reads: Vec<SourceId>,
    /// Those of `reads` that are read only as a partition or an inheriting table of another one.
    pub inherited: Vec<SourceId>,
    /// The last refresh.
    pub last: Option<LastRefresh>,
}

/// How many rows a view has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// Counted after the last refresh, and not changed since.
    Exact(u64),
    /// The planner's estimate.
    Estimated(u64),
    /// Nobody has counted.
    Unknown,
}

impl MaterializedView {
    /// How many rows it has, as far as that is known without counting.
    pub fn rows(&self) -> Rows {
        let counted = self.last.as_ref().filter(|last| last.view_oid == self.oid && last.content == Some(self.content));
        match (self.populated, counted.and_then(|last| last.rows), self.estimated_rows) {
            (false, _, _) => Rows::Exact(0),
            (true, Some(rows), _) => Rows::Exact(rows),
            (true, None, Some(rows)) => Rows::Estimated(rows),
            (true, None, None) => Rows::Unknown,
        }
    }
}
