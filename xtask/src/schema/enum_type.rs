//! Enum types.

use serde::{Deserialize, Serialize};

use super::objects::named;
use super::{Privileges, QualifiedName};

/// `CREATE TYPE … AS ENUM`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EnumType {
    /// Its name.
    pub name: QualifiedName,
    /// In their order.
    pub values: Vec<String>,
    /// Its comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Grants.
    #[serde(skip_serializing_if = "Privileges::is_default")]
    pub privileges: Privileges,
}

named!(EnumType: QualifiedName);
