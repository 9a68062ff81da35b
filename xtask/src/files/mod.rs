//! The project's files: found, read, and written so that a reader never sees half of one.

mod error;
mod revisions;
mod spelling;
mod trace;
mod wildcard;
mod write;

use std::io::ErrorKind;
use std::sync::{Arc, Mutex};

use camino::{Utf8Path, Utf8PathBuf};
use trace::Question;

use crate::path::in_folder;

pub use error::FilesError;
pub use spelling::Spelling;
pub use trace::{Trace, digest};

/// The file that marks the top of a project.
pub const CONFIG: &str = "xtask.toml";

/// A project on disk. Paths are given relative to its root, with `/`.
#[derive(Clone, Debug)]
pub struct Project {
    root: Utf8PathBuf,
    /// What is asked, while somebody wants to know.
    trace: Arc<Mutex<Option<Trace>>>,
}

impl Project {
    /// The project that contains `start`: the nearest folder above with an `xtask.toml`.
    ///
    /// # Errors
    /// [`FilesError::NoProject`] where there is none.
    pub fn find(start: &Utf8Path) -> Result<Self, FilesError> {
        let start = start.canonicalize_utf8().map_err(|cause| match cause.kind() {
            ErrorKind::NotFound => FilesError::NoFolder { start: start.to_owned() },
            _ => FilesError::read(start, &cause),
        })?;
        let root = start.ancestors().find(|folder| folder.join(CONFIG).is_file());
        root.map(Self::at).ok_or(FilesError::NoProject { start })
    }

    /// The project whose top folder this is, with or without an `xtask.toml`.
    pub fn at(root: &Utf8Path) -> Self {
        Self { root: root.to_owned(), trace: Arc::default() }
    }

    /// The project around `start` where it has no `xtask.toml` yet: that of the version control, else `start` itself.
    ///
    /// # Errors
    /// The folder is not there.
    pub fn find_or_begin(start: &Utf8Path) -> Result<Self, FilesError> {
        match Self::find(start) {
            Err(FilesError::NoProject { start }) => {
                let top = start.ancestors().find(|folder| folder.join(".git").exists());
                Ok(Self::at(top.unwrap_or(&start)))
            }
            found => found,
        }
    }

    /// The top folder, absolute.
    pub fn root(&self) -> &Utf8Path {
        &self.root
    }

    /// Where a relative path is.
    pub fn path(&self, relative: impl AsRef<Utf8Path>) -> Utf8PathBuf {
        self.root.join(relative.as_ref())
    }

    /// Reads a text file.
    ///
    /// # Errors
    /// It is not there, cannot be read, or is not UTF-8.
    pub fn read(&self, relative: impl AsRef<Utf8Path>) -> Result<String, FilesError> {
        let relative = relative.as_ref();
        let text = std::fs::read_to_string(self.path(relative));
        self.noted(Question::Content, relative.as_str(), || trace::content(text.as_ref().ok().map(String::as_bytes)));
        text.map_err(|cause| FilesError::read(relative, &cause))
    }

    /// Reads a text file that need not be there.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub fn read_optional(&self, relative: impl AsRef<Utf8Path>) -> Result<Option<String>, FilesError> {
        let relative = relative.as_ref();
        let text = std::fs::read_to_string(self.path(relative));
        self.noted(Question::Content, relative.as_str(), || trace::content(text.as_ref().ok().map(String::as_bytes)));
        match text {
            Ok(text) => Ok(Some(text)),
            Err(cause) if matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(cause) => Err(FilesError::read(relative, &cause)),
        }
    }

    /// Reads a file as it is.
    ///
    /// # Errors
    /// It is not there or cannot be read.
    pub fn read_bytes(&self, relative: impl AsRef<Utf8Path>) -> Result<Vec<u8>, FilesError> {
        let relative = relative.as_ref();
        let bytes = std::fs::read(self.path(relative));
        self.noted(Question::Content, relative.as_str(), || trace::content(bytes.as_deref().ok()));
        bytes.map_err(|cause| FilesError::read(relative, &cause))
    }

    /// Whether something is there.
    pub fn exists(&self, relative: impl AsRef<Utf8Path>) -> bool {
        let exists = self.path(&relative).exists();
        self.noted(Question::Exists, relative.as_ref().as_str(), || exists.to_string());
        exists
    }

    /// Whether there is a folder.
    pub fn is_folder(&self, relative: impl AsRef<Utf8Path>) -> bool {
        let is_folder = self.path(&relative).is_dir();
        self.noted(Question::IsFolder, relative.as_ref().as_str(), || is_folder.to_string());
        is_folder
    }

    /// All files below a folder whose name ends with `suffix`, relative to the project, sorted; none where the folder is
    /// missing.
    ///
    /// # Errors
    /// A folder cannot be read.
    pub fn files_below(&self, folder: impl AsRef<Utf8Path>, suffix: &str) -> Result<Vec<Utf8PathBuf>, FilesError> {
        let asked = folder.as_ref();
        let mut found = Vec::new();
        let mut folders = vec![asked.to_owned()];
        while let Some(folder) = folders.pop() {
            let entries = match self.path(&folder).read_dir_utf8() {
                Ok(entries) => entries,
                Err(cause) if cause.kind() == ErrorKind::NotFound => continue,
                Err(cause) => return Err(FilesError::read(&folder, &cause)),
            };
            for entry in entries {
                let entry = entry.map_err(|cause| FilesError::read(&folder, &cause))?;
                let path = in_folder(&folder, entry.file_name());
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push(path);
                } else if entry.file_name().ends_with(suffix) {
                    found.push(path);
                }
            }
        }
        found.sort();
        self.noted(Question::Below, &format!("{suffix}|{asked}"), || trace::names(&found));
        Ok(found)
    }
}
