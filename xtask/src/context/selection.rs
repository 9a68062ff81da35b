//! What a person says on the command line about services: which backend, engine, files, project and profiles.

use camino::Utf8PathBuf;

use crate::config::Backend;

/// The options that stand before the command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    /// `--backend`
    pub(crate) backend: Option<Backend>,
    /// `--host`: the address of a Docker engine.
    pub(crate) host: Option<String>,
    /// `--file`: Compose files, relative to the working directory.
    pub(crate) files: Vec<Utf8PathBuf>,
    /// `--project-name`
    pub(crate) project_name: Option<String>,
    /// `--profile`
    pub(crate) profiles: Vec<String>,
}
