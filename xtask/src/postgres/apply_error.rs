//! Why a revision was not applied, and where in its file.

use camino::Utf8PathBuf;
use thiserror::Error;

use super::error::{PostgresError, SqlError};
use super::position::word_at;
use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit, Place};
use crate::revision::RevisionScript;

const FAILED: Code = Code::new("migration-failed");
const CHANGED_BEHIND: Code = Code::new("migration-changed-behind");
const IN_DOUBT: Code = Code::new("migration-in-doubt");

/// What became of a revision of which a statement failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is one transaction, which was rolled back.
    Nothing,
    /// It runs outside of a transaction: so many of its statements are done and recorded.
    Statements(usize),
}

/// Why a revision was not applied.
#[derive(Debug, Error)]
pub enum ApplyError {
    /// A statement of the script failed.
    #[error("{}: {sql}", .place.path)]
    Statement {
        /// Where.
        place: Place,
        /// What the server said.
        sql: Box<SqlError>,
        /// What is left of the revision.
        kept: Kept,
    },
    /// All statements were done; what is checked at the end of the transaction failed.
    #[error("{path}: at the end of the transaction: {sql}")]
    AtEnd {
        /// The file.
        path: Utf8PathBuf,
        /// What the server said.
        sql: Box<SqlError>,
    },
    /// A part that has already run was changed in the file.
    #[error("{path}: statement {number} has been changed, but it has already run")]
    ChangedBehind {
        /// The file.
        path: Utf8PathBuf,
        /// 1-based.
        number: usize,
        /// What ran.
        then: String,
    },
    /// A statement was running outside of a transaction when its session ended.
    #[error("it is not known whether this statement of revision {revision} was done")]
    InDoubt {
        /// Where.
        place: Place,
        /// The revision.
        revision: String,
        /// The command that runs the revision again.
        command: &'static str,
    },
    /// All statements of a script that runs outside of a transaction are done; recording that failed.
    #[error("{path}: all is done, but it could not be recorded: {error}")]
    NotRecorded {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        error: Box<PostgresError>,
    },
    /// Anything else between here and the server.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
}

impl ApplyError {
    /// The same failure, with what is left of the revision.
    pub(super) fn with(self, kept: Kept) -> Self {
        match self {
            Self::Statement { place, sql, .. } => Self::Statement { place, sql, kept },
            other => other,
        }
    }

    /// What the server said, where a statement failed.
    pub fn sql(&self) -> Option<&SqlError> {
        match self {
            Self::Statement { sql, .. } | Self::AtEnd { sql, .. } => Some(sql),
            Self::Postgres(error) => error.sql(),
            Self::NotRecorded { error, .. } => error.sql(),
            Self::ChangedBehind { .. } | Self::InDoubt { .. } => None,
        }
    }
}

const ROLLED_BACK: &str = "nothing of this revision was kept: it is one transaction, rolled back";

impl Diagnose for ApplyError {
    fn diagnose(&self) -> Diagnostic {
        match self {
            Self::Statement { place, sql, kept } => {
                let mut diagnostic = Diagnostic::error(FAILED, Exit::Migration, self.to_string()).at(place.clone());
                diagnostic.evidence = sql.evidence();
                if *kept == Kept::Nothing && sql.wants_no_transaction() {
                    diagnostic = diagnostic.advise(
                        "Begin the file with `-- no-transaction` as its first line: its statements then run one by one",
                    );
                }
                diagnostic.because(match kept {
                    Kept::Nothing => ROLLED_BACK.to_owned(),
                    Kept::Statements(0) => "nothing of this revision was done".to_owned(),
                    Kept::Statements(1) => {
                        "the first statement of this file is done and recorded: it runs outside of a transaction".to_owned()
                    }
                    Kept::Statements(done) => format!(
                        "the first {done} statements of this file are done and recorded: it runs outside of a transaction"
                    ),
                })
            }
            Self::AtEnd { path, sql } => {
                let mut diagnostic = Diagnostic::error(FAILED, Exit::Migration, self.to_string()).at(Place::file(path));
                diagnostic.evidence = sql.evidence();
                diagnostic
                    .because("every statement succeeded; a constraint that is deferred is checked after the last")
                    .because(ROLLED_BACK)
            }
            Self::ChangedBehind { path, then, .. } => {
                Diagnostic::error(CHANGED_BEHIND, Exit::Migration, self.to_string())
                    .at(Place::file(path))
                    .because(format!("what ran:\n{then}"))
                    .advise("Put the statement back as it ran; what follows it may change")
                    .try_command("Or finish by hand, and say where the database stands", "cargo xtask stamp REVISION")
            }
            Self::InDoubt { place, command, .. } => Diagnostic::error(IN_DOUBT, Exit::Migration, self.to_string())
                .at(place.clone())
                .because("the last run ended while this statement ran outside of a transaction")
                .try_command("If it was done, go on with the next", format!("cargo xtask {command} --resume done"))
                .try_command("If it was not, run it again", format!("cargo xtask {command} --resume retry")),
            Self::NotRecorded { path, error } => {
                let diagnostic = Diagnostic { title: self.to_string(), ..error.diagnose() };
                diagnostic
                    .at(Place::file(path))
                    .because("no statement will be run again: the journal says that they are done")
            }
            Self::Postgres(error) => error.diagnose(),
        }
    }
}

/// Finds the place of a server's error in a script. `sent_from` is the byte at which the text that was sent begins, and
/// `first` the first statement in it.
pub(super) fn failure(script: &RevisionScript, first: usize, sent_from: usize, error: PostgresError) -> ApplyError {
    let PostgresError::Sql(sql) = error else { return error.into() };
    let statement = first + sql.statements_done;
    let place = match (sql.position, script.script.statements.get(statement)) {
        (Some(position), _) => {
            let word = word_at(&script.text[sent_from..], position);
            script.place(sent_from + word.start..sent_from + word.end, sql.message.clone())
        }
        // Without a position the statement's first line says most.
        (None, Some(statement)) => {
            let text = statement.text(&script.text);
            let end = statement.span.start + text.find('\n').unwrap_or(text.len());
            script.place(statement.span.start..end, sql.message.clone())
        }
        (None, None) => Place::file(&script.path),
    };
    ApplyError::Statement { place, sql, kept: Kept::Statements(statement) }
}
