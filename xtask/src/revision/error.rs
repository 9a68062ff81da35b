//! What can be wrong with a revision's files.

use camino::Utf8PathBuf;
use thiserror::Error;

use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit, Place};

const FILE_NAME: Code = Code::new("revision-file-name");
const FILE_MISSING: Code = Code::new("revision-file-missing");
const DUPLICATE_VERSION: Code = Code::new("revision-duplicate-version");
const DUPLICATE_ID: Code = Code::new("revision-duplicate-id");
const HEADER: Code = Code::new("revision-header");
const CONTRADICTION: Code = Code::new("revision-header-contradiction");
const ENCODING: Code = Code::new("revision-file-encoding");
const ID: Code = Code::new("revision-id-invalid");
const SQL: Code = Code::new("revision-sql-invalid");
const UNCONVERTED: Code = Code::new("revision-not-converted");
const TRANSACTION: Code = Code::new("revision-transaction-control");

/// Something wrong with one file, and where.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{kind}")]
pub struct FileError {
    /// What it is.
    #[source]
    pub kind: FileErrorKind,
    /// Where it is.
    pub place: Box<Place>,
}

impl FileError {
    pub(super) fn new(kind: FileErrorKind, place: Place) -> Self {
        Self { kind, place: Box::new(place) }
    }
}

/// The kinds of [`FileError`].
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum FileErrorKind {
    /// A `.sql` file that sqlx would not read, or would read as something else.
    #[error("the file name {0}")]
    Name(&'static str),
    /// One file of a pair is not there.
    #[error("the revision's {direction} file is missing")]
    Missing {
        /// `up` or `down`.
        direction: &'static str,
        /// Where it should be.
        expected: Utf8PathBuf,
    },
    /// Two revisions with one version.
    #[error("two revisions have the version {version}")]
    DuplicateVersion {
        /// The number.
        version: String,
        /// The other file.
        other: Utf8PathBuf,
    },
    /// Two revisions with one id.
    #[error("two revisions have the id {id}")]
    DuplicateId {
        /// The id.
        id: String,
        /// The other file.
        other: Utf8PathBuf,
    },
    /// The header has no `revises:` line.
    #[error("the header does not say which revision this one follows")]
    NoRevises {
        /// The version, to show what the header should look like.
        version: String,
    },
    /// A key that is nearly right.
    #[error("`{found}` is no header key; `{meant}` is")]
    NearMiss {
        /// What stands there.
        found: String,
        /// What is meant.
        meant: &'static str,
    },
    /// A key that stands there twice.
    #[error("`{0}` stands in the header twice")]
    Twice(&'static str),
    /// `revision:` without exactly one id.
    #[error("`revision:` takes exactly one id")]
    NotOneRevision,
    /// The id is a version, but not this file's.
    #[error("the header says revision {id}, the file name says {version}")]
    Contradiction {
        /// In the header.
        id: String,
        /// In the file name.
        version: String,
    },
    /// A byte order mark.
    #[error("the file begins with a byte order mark")]
    ByteOrderMark,
    /// A carriage return at a line's end.
    #[error("the file has Windows line endings (CRLF)")]
    CarriageReturn,
    /// Not UTF-8.
    #[error("the file is not UTF-8 text")]
    NotUtf8,
    /// An id that `alembic_version` or the command line cannot hold.
    #[error("`{id}` cannot be {what}: {why}")]
    InvalidId {
        /// The id.
        id: String,
        /// `a revision id`, `a branch label`.
        what: &'static str,
        /// The reason.
        why: &'static str,
    },
    /// SQL that no server can take.
    #[error("{0}")]
    Sql(&'static str),
    /// A script that a person has to complete first.
    #[error("the script is not converted from Alembic yet")]
    Unconverted,
    /// `BEGIN` or `COMMIT` in a script that runs in a transaction of the tool's.
    #[error("`{0}` in a revision that runs in one transaction")]
    TransactionControl(String),
}

impl Diagnose for FileError {
    fn diagnose(&self) -> Diagnostic {
        let title = format!("{}: {}", self.place.path, self.kind);
        let diagnostic = |code| Diagnostic::error(code, Exit::Failed, title.clone()).at((*self.place).clone());
        match &self.kind {
            FileErrorKind::Name(_) => diagnostic(FILE_NAME)
                .because("a revision is a pair of files named <version>_<slug>.up.sql and <version>_<slug>.down.sql")
                .advise("Rename the file, or move it out of the migrations folder"),
            FileErrorKind::Missing { expected, .. } => missing(diagnostic(FILE_MISSING), expected),
            FileErrorKind::DuplicateVersion { other, .. } => diagnostic(DUPLICATE_VERSION)
                .at(Place::file(other))
                .because("sqlx and the order of files need each version once")
                .advise("Give one of the two pairs a later version in its file names"),
            FileErrorKind::DuplicateId { other, .. } => diagnostic(DUPLICATE_ID)
                .at(Place::file(other))
                .because("the id names the revision in alembic_version, so it must be unique")
                .advise("Change the `revision:` line of the one that no database has yet"),
            FileErrorKind::NoRevises { version } => diagnostic(HEADER)
                .because(format!("expected header:\n-- What this revision does\n--\n-- revision: {version}\n-- revises: <parent id, or nothing for the first one>"))
                .try_command("See which revision is the head now", "cargo xtask heads"),
            FileErrorKind::NearMiss { meant, .. } => {
                diagnostic(HEADER).advise(format!("Write `-- {meant}: …`"))
            }
            FileErrorKind::Twice(key) => {
                diagnostic(HEADER).advise(format!("Keep one `{key}:` line; several ids are separated by commas"))
            }
            FileErrorKind::NotOneRevision => {
                diagnostic(HEADER).advise("Write one id, or leave the line out: the version in the file name is the id then")
            }
            FileErrorKind::Contradiction { version, .. } => diagnostic(CONTRADICTION)
                .because("an id of 14 digits is a version, and must be the one in the file's own name")
                .advise(format!("Write `-- revision: {version}`, or rename both files")),
            FileErrorKind::ByteOrderMark | FileErrorKind::CarriageReturn | FileErrorKind::NotUtf8 => {
                encoding(diagnostic(ENCODING), &self.kind)
            }
            FileErrorKind::InvalidId { .. } => diagnostic(ID)
                .because("ids have at most 32 characters (alembic_version.version_num), and `@`, `+`, `-`, `:`, `,` and white space mean something else on the command line")
                .advise("Choose letters, digits and underscores"),
            FileErrorKind::Sql(_) => diagnostic(SQL).advise("Correct the script; nothing was sent to the database"),
            FileErrorKind::Unconverted => diagnostic(UNCONVERTED)
                .because("what it does could not be read from the Python script, which is quoted below this line")
                .advise("Write the SQL where it is marked, and remove the marked part; docs/adoption-report.md lists the reasons"),
            FileErrorKind::TransactionControl(_) => diagnostic(TRANSACTION)
                .because("the revision and its row in alembic_version are one transaction, which the tool begins and ends")
                .advise("Remove it, or put `-- no-transaction` on the first line and control transactions yourself"),
        }
    }
}

fn missing(diagnostic: Diagnostic, expected: &Utf8PathBuf) -> Diagnostic {
    diagnostic
        .because(format!("{expected} does not exist"))
        .because(
            "every revision has an up and a down file; a down file that cannot restore anything says so in a comment",
        )
        .advise(format!("Create {expected}, or take it from version control"))
}

fn encoding(diagnostic: Diagnostic, kind: &FileErrorKind) -> Diagnostic {
    match kind {
        FileErrorKind::CarriageReturn => diagnostic
            .because("the carriage returns would become part of every string and function body in the database")
            .advise("Save it with LF line endings, and keep `*.sql text eol=lf` in .gitattributes"),
        FileErrorKind::ByteOrderMark => diagnostic
            .because("PostgreSQL takes it for a syntax error")
            .advise("Save it as UTF-8 without a byte order mark"),
        _ => diagnostic.advise("Save it as UTF-8"),
    }
}
