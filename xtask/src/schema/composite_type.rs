//! Composite types.

use serde::{Deserialize, Serialize};

use super::objects::named;
use super::{Privileges, QualifiedName};

/// `CREATE TYPE … AS (…)`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CompositeType {
    /// Its name.
    pub name: QualifiedName,
    /// In their order.
    pub attributes: Vec<Attribute>,
    /// Its comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Grants.
    #[serde(skip_serializing_if = "Privileges::is_default")]
    pub privileges: Privileges,
}

/// One part of a composite type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// As `format_type` prints it.
    pub type_name: String,
    /// The collation, where it is not that of the type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collation: Option<QualifiedName>,
    /// Its comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

named!(CompositeType: QualifiedName);
