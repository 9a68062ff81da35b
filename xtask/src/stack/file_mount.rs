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
    /// `mode`
    pub mode: Option<Mode>,
}

/// Permissions of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Written as a number: `0440` is 288.
    Number(i64),
    /// Written in quotes. Versions of compose before 2.34 took it for a decimal number.
    Text(String),
}

impl Mode {
    /// The permissions as a number: 288 for both `0440` and `"0440"`.
    pub fn bits(&self) -> i64 {
        match self {
            Self::Number(number) => *number,
            Self::Text(text) => i64::from_str_radix(text, 8).unwrap_or_default(),
        }
    }
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
