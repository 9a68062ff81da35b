//! The note in a data directory that its initialisation was completed, and with what.

use std::hash::{BuildHasher, Hasher, RandomState};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::account::{self, Account};
use super::{ServerError, ServerSpec};

const FILE: &str = "xtask.json";

/// What the cluster was made with: a later specification that differs is noticed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Marker {
    /// The superuser.
    pub(super) user: String,
    /// The databases that are known to exist.
    pub(super) databases: Vec<String>,
    /// Random text that the password's digest begins with.
    salt: String,
    /// Tells whether a password is still the same without keeping it.
    password_sha256: String,
    /// The init scripts that ran.
    pub(super) init_scripts: Vec<Utf8PathBuf>,
}

impl Marker {
    pub(super) fn new(spec: &ServerSpec) -> Self {
        let mut marker = Self {
            user: spec.user.clone(),
            databases: vec![spec.database.clone()],
            salt: String::new(),
            password_sha256: String::new(),
            init_scripts: spec.init_scripts.clone(),
        };
        marker.set_password(&spec.password);
        marker
    }

    pub(super) fn set_password(&mut self, password: &str) {
        self.salt = format!("{:016x}", RandomState::new().build_hasher().finish());
        self.password_sha256 = digest(&self.salt, password);
    }

    /// Whether user and password are those that the cluster was made with.
    pub(super) fn knows(&self, spec: &ServerSpec) -> bool {
        self.user == spec.user && self.password_sha256 == digest(&self.salt, &spec.password)
    }

    /// The note of a data directory; `None` where its initialisation was never completed.
    pub(super) fn read(data: &Utf8Path) -> Option<Self> {
        serde_json::from_str(&std::fs::read_to_string(data.join(FILE)).ok()?).ok()
    }

    pub(super) fn write(&self, data: &Utf8Path, account: Option<&Account>) -> Result<(), ServerError> {
        let path = data.join(FILE);
        let text = serde_json::to_string_pretty(self);
        let text = text.map_err(|error| ServerError::io("write", &path, error.into()))?;
        // A crash between truncating and writing must not leave a finished cluster that looks unfinished.
        let new = data.join(format!("{FILE}.new"));
        account::write_private(&new, &text, account)?;
        std::fs::rename(&new, &path).map_err(|source| ServerError::io("write", &path, source))
    }
}

fn digest(salt: &str, password: &str) -> String {
    let bytes = Sha256::new().chain_update(salt).chain_update(password).finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_user_or_password_is_noticed_without_keeping_the_password() {
        let spec = ServerSpec::new("/p/.xtask", "s3cret");
        let marker = Marker::new(&spec);
        assert!(marker.knows(&spec));
        assert!(!marker.knows(&ServerSpec { password: "other".into(), ..spec.clone() }));
        assert!(!marker.knows(&ServerSpec { user: "other".into(), ..spec.clone() }));
        assert!(!format!("{marker:?}").contains("s3cret"));
    }
}
