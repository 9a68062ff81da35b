//! Models and database that have agreed, and have not changed since, agree still: nothing is made and compared again.
//!
//! Whether they agree follows from what the catalogue says, from the files that were read to know what is wanted, and from
//! this program. The first and the last make the name of a note, and the files stand in it.

use std::time::SystemTime;

use camino::Utf8Path;
use sha2::{Digest as _, Sha256};

use super::{Context, STATE_FOLDER};
use crate::diagnostic::Result;
use crate::files::{CONFIG, Trace, digest};
use crate::postgres::{Catalogue, Database};

/// Where the notes are, in the state folder.
const FOLDER: &str = "cache/agreed";

/// How many notes are kept: a project has a few databases and branches at most.
const KEPT: usize = 8;

/// A note that models and a database agree, which may be there or not.
pub(crate) struct Agreement {
    /// Relative to the project.
    file: String,
}

impl Context {
    /// What the catalogue of this database says.
    pub(crate) async fn catalogue(&self, database: &mut Database) -> Result<Catalogue> {
        Ok(database.catalogue(&self.scope()).await?)
    }

    /// The note for a database that is like this.
    pub(crate) fn agreement(&self, catalogue: &Catalogue) -> Agreement {
        let mut hash = Sha256::new();
        for part in [this_program(), catalogue.server_version().to_string()] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        for answer in catalogue.contents() {
            hash.update(answer.len().to_le_bytes());
            hash.update(answer.as_bytes());
        }
        Agreement { file: format!("{STATE_FOLDER}/{FOLDER}/{}", digest(&hash.finalize())) }
    }

    /// Whether they have agreed before, and nothing has changed. If not, what is read from now on is noted.
    pub(crate) fn have_agreed(&self, agreement: &Agreement) -> bool {
        // What an import gives does not follow from the files alone.
        if self.python.get().is_some() {
            return false;
        }
        let noted = self.project.read_optional(&agreement.file).ok().flatten();
        if noted.and_then(|text| Trace::parse(&text)).is_some_and(|trace| self.project.still_answers(&trace)) {
            return true;
        }
        self.project.begin_trace();
        // The configuration was read before.
        let _ = self.project.read_optional(CONFIG);
        false
    }

    /// Notes that they agree. A folder that cannot be written costs the next run some time, and nobody anything else.
    pub(crate) fn note_agreement(&self, agreement: &Agreement) {
        let Some(text) = self.project.end_trace().and_then(|trace| trace.text()) else { return };
        if self.keep_state_out_of_version_control().is_ok() && self.project.replace(&agreement.file, &text).is_ok() {
            keep_newest(&self.project.path(format!("{STATE_FOLDER}/{FOLDER}")), KEPT);
        }
    }
}

/// Removes the oldest files of a folder until there are so many.
pub(super) fn keep_newest(folder: &Utf8Path, count: usize) {
    let age = |entry: &camino::Utf8DirEntry| entry.metadata().and_then(|it| it.modified()).ok();
    let entries = folder.read_dir_utf8().into_iter().flatten().flatten();
    let mut files: Vec<(Option<SystemTime>, _)> = entries.map(|it| (age(&it), it.into_path())).collect();
    files.sort();
    for (_, old) in files.iter().rev().skip(count) {
        let _ = std::fs::remove_file(old);
    }
}

/// What tells this program from another build of it.
fn this_program() -> String {
    let built = std::env::current_exe().and_then(|path| path.metadata()).map(|it| (it.len(), it.modified().ok()));
    format!("{} {:?}", env!("CARGO_PKG_VERSION"), built.ok())
}
