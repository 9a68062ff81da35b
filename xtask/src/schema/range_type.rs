//! Range types.

use serde::{Deserialize, Serialize};

use super::objects::named;
use super::{Privileges, QualifiedName};

/// `CREATE TYPE … AS RANGE`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RangeType {
    /// Its name.
    pub name: QualifiedName,
    /// The type of its ends, as `format_type` prints it.
    pub subtype: String,
    /// The operator class that orders the ends, where it is not the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator_class: Option<QualifiedName>,
    /// The collation, where it is not that of the type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collation: Option<QualifiedName>,
    /// The function that brings equal ranges into one form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canonical: Option<QualifiedName>,
    /// The function that gives the distance of two ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subtype_diff: Option<QualifiedName>,
    /// The type of its sets (PostgreSQL 14).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multirange: Option<QualifiedName>,
    /// Its comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Grants.
    #[serde(skip_serializing_if = "Privileges::is_default")]
    pub privileges: Privileges,
}

named!(RangeType: QualifiedName);
