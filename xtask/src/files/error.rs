//! What the file system refuses.

use camino::{Utf8Path, Utf8PathBuf};
use thiserror::Error;

use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit, Place};

const NO_PROJECT: Code = Code::new("project-not-found");
const READ: Code = Code::new("file-unreadable");
const WRITE: Code = Code::new("file-unwritable");
const EXISTS: Code = Code::new("file-exists");

/// What the file system refuses.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum FilesError {
    /// No folder above holds an `xtask.toml`.
    #[error("no xtask.toml in {start} or above it")]
    NoProject {
        /// Where the search began.
        start: Utf8PathBuf,
    },
    /// The folder that was named is not there.
    #[error("there is no folder {start}")]
    NoFolder {
        /// The folder.
        start: Utf8PathBuf,
    },
    /// Reading failed.
    #[error("cannot read {path}: {cause}")]
    Read {
        /// The file or folder.
        path: Utf8PathBuf,
        /// The operating system's words.
        cause: String,
    },
    /// Writing failed.
    #[error("cannot write {path}: {cause}")]
    Write {
        /// The file.
        path: Utf8PathBuf,
        /// The operating system's words.
        cause: String,
    },
    /// Something is there already.
    #[error("{path} exists already")]
    Exists {
        /// The file.
        path: Utf8PathBuf,
    },
}

impl FilesError {
    pub(super) fn read(path: &Utf8Path, cause: &std::io::Error) -> Self {
        let cause = match cause.kind() {
            std::io::ErrorKind::InvalidData => "it is not UTF-8".to_owned(),
            _ => cause.to_string(),
        };
        Self::Read { path: path.to_owned(), cause }
    }

    pub(super) fn write(path: &Utf8Path, cause: &std::io::Error) -> Self {
        Self::Write { path: path.to_owned(), cause: cause.to_string() }
    }
}

impl Diagnose for FilesError {
    fn diagnose(&self) -> Diagnostic {
        let title = self.to_string();
        match self {
            Self::NoProject { .. } => Diagnostic::error(NO_PROJECT, Exit::Usage, title)
                .because("xtask.toml marks the top folder of a project and says where things are; it may be empty")
                .advise("Change into the project, or name it with --directory"),
            Self::NoFolder { .. } => Diagnostic::error(NO_PROJECT, Exit::Usage, title)
                .because("--directory names a folder in the project, or its top")
                .advise("Correct the path, or change into the project and leave the option out"),
            Self::Read { path, cause } if cause.ends_with("UTF-8") => Diagnostic::error(READ, Exit::Failed, title)
                .at(Place::file(path))
                .advise("Save it as UTF-8, which is what all files of a project are read as"),
            Self::Read { path, .. } => Diagnostic::error(READ, Exit::Failed, title)
                .at(Place::file(path))
                .advise("Look whether it is there and may be read; xtask.toml says where things are"),
            Self::Write { path, .. } => Diagnostic::error(WRITE, Exit::Failed, title)
                .at(Place::file(path))
                .because("nothing was left behind")
                .advise("Look whether the folder may be written and the disk has room"),
            Self::Exists { path } => Diagnostic::error(EXISTS, Exit::Conflict, title)
                .at(Place::file(path))
                .advise("Remove or rename it, or choose another message"),
        }
    }
}
