//! Whether rows survive a crash.

use serde::{Deserialize, Serialize};

/// Whether rows survive a crash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Persistence {
    /// They do.
    #[default]
    Permanent,
    /// `UNLOGGED`: they do not.
    Unlogged,
}

impl Persistence {
    /// Whether it is the ordinary one.
    pub fn is_permanent(&self) -> bool {
        *self == Self::Permanent
    }
}
