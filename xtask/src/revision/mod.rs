//! Revisions: the pair of SQL files, their header, and what makes a folder of them one history.

mod error;
mod file_name;
pub mod graph;
mod header;
mod repair;
mod script;
mod set;
mod write;

pub use error::{FileError, FileErrorKind};
pub use file_name::{Direction, FileName, slug};
pub use header::Header;
pub use repair::{is_repaired, with_repair, without_repair};
pub use script::RevisionScript;
pub use set::{HeadOfFile, RevisionSet};
pub use write::{NewRevision, WriteError};

use camino::Utf8PathBuf;

/// The beginning of the line that marks a script as not converted: it refuses to run until a person has completed it.
pub const NOT_CONVERTED: &str = "-- xtask: not converted";

/// The longest revision id: the width of `alembic_version.version_num`, in characters.
pub const LONGEST_ID: usize = 32;

/// One revision, as its files' names and its header state it; the SQL itself is read when it is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// What `alembic_version` holds.
    pub id: String,
    /// The number in the file name, as it is written there.
    pub version: String,
    /// The first line of the header.
    pub message: String,
    /// The revisions that this one follows; none for a base, several for a merge.
    pub revises: Vec<String>,
    /// Revisions of other branches that must be there first.
    pub depends_on: Vec<String>,
    /// Names for the branch that starts here.
    pub branch_labels: Vec<String>,
    /// The file with the SQL that applies it, relative to the project.
    pub up_file: Utf8PathBuf,
    /// The file with the SQL that takes it back, relative to the project.
    pub down_file: Utf8PathBuf,
}

impl Revision {
    /// What the graph has to know of it.
    pub fn node(&self) -> graph::Node {
        graph::Node {
            id: self.id.clone(),
            down: self.revises.clone(),
            depends_on: self.depends_on.clone(),
            branch_labels: self.branch_labels.clone(),
        }
    }

    /// When it was made, where the version is a time stamp (`YYYYMMDDhhmmss`, UTC): `2026-11-23 10:15`.
    pub fn created(&self) -> Option<String> {
        let digits = self.version.as_bytes();
        let looks_right = digits.len() == 14 && digits.iter().all(u8::is_ascii_digit);
        let part = |range: std::ops::Range<usize>| &self.version[range];
        let in_range = |text: &str, low: u32, high: u32| text.parse().is_ok_and(|n: u32| (low..=high).contains(&n));
        let plausible = looks_right
            && in_range(part(0..4), 1970, 9999)
            && in_range(part(4..6), 1, 12)
            && in_range(part(6..8), 1, 31)
            && in_range(part(8..10), 0, 23)
            && in_range(part(10..12), 0, 59);
        plausible.then(|| format!("{}-{}-{} {}:{}", part(0..4), part(4..6), part(6..8), part(8..10), part(10..12)))
    }
}
