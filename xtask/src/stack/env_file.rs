//! A file with variables for a service.

use camino::Utf8PathBuf;

use crate::diagnostic::Place;

/// An entry of `env_file`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvFile {
    /// Resolved against the project directory.
    pub path: Utf8PathBuf,
    /// Whether it is an error where it does not exist.
    pub required: bool,
    /// Whether its lines are taken as they are: `format: raw`.
    pub raw: bool,
    /// Where it is named.
    pub place: Place,
}
