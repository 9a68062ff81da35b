//! Secrets and configs: where their content comes from.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use crate::diagnostic::Place;

/// An entry of the file's `secrets` or `configs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileObject {
    /// Where it stands.
    pub place: Place,
    /// `name`, else `PROJECT_KEY`.
    pub name: String,
    /// Where its content comes from.
    pub content: Content,
    /// `labels`
    pub labels: BTreeMap<String, String>,
}

/// Where a content comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// `file`: resolved against the project directory.
    File(Utf8PathBuf),
    /// `environment`: a variable of the project.
    Variable(String),
    /// `content`: as it is written, with its variables replaced.
    Text(String),
    /// Kept by the engine (`external: true`), which only Swarm does.
    External,
}
