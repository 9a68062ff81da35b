//! Extensions.

use serde::{Deserialize, Serialize};

use super::objects::named;

/// `CREATE EXTENSION`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Extension {
    /// Its name.
    pub name: String,
    /// The schema of its objects.
    pub schema: String,
    /// The version that is installed; empty where any will do.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
}

named!(Extension: String);
