//! Domains.

use serde::{Deserialize, Serialize};

use super::objects::named;
use super::{Objects, Privileges, QualifiedName};

/// `CREATE DOMAIN`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Domain {
    /// Its name.
    pub name: QualifiedName,
    /// The type below it, as `format_type` prints it.
    pub base_type: String,
    /// The collation, where it is not that of the type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collation: Option<QualifiedName>,
    /// Whether it refuses NULL.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not_null: bool,
    /// The default, as the server prints it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// What holds for each value.
    #[serde(skip_serializing_if = "Objects::is_empty")]
    pub checks: Objects<DomainCheck>,
    /// Its comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Grants.
    #[serde(skip_serializing_if = "Privileges::is_default")]
    pub privileges: Privileges,
}

/// A check of a domain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DomainCheck {
    /// Its name.
    pub name: String,
    /// As the server prints it: `(VALUE > 0)`.
    pub expression: String,
    /// Values that were there before have not been checked.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not_valid: bool,
    /// Its comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

named!(Domain: QualifiedName, DomainCheck: String);
