//! A secret or a config as a service sees it.

use camino::Utf8PathBuf;

use crate::diagnostic::Place;

/// An entry of `secrets` or `configs` of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileMount {
    /// Where it stands.
    pub place: Place,
    /// Its name under the `secrets` or `configs` of the file.
    pub source: String,
    /// `target` as it is written; a secret without one has `/run/secrets/SOURCE`.
    pub target: Option<String>,
    /// `uid` of the owner.
    pub uid: Option<String>,
    /// `gid` of the owner.
    pub gid: Option<String>,
    /// `mode`: permissions as a number, 0o440 for `0440`.
    pub mode: Option<i64>,
}

impl FileMount {
    /// The path of a secret in the container.
    pub fn secret_path(&self) -> Utf8PathBuf {
        // A relative target, and that of the short form, is a name in this folder.
        Utf8PathBuf::from("/run/secrets").join(self.target.as_deref().unwrap_or(&self.source))
    }

    /// The path of a config in the container.
    pub fn config_path(&self) -> Utf8PathBuf {
        Utf8PathBuf::from("/").join(self.target.as_deref().unwrap_or(&self.source))
    }
}
