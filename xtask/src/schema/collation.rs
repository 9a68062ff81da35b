//! Collations.

use serde::{Deserialize, Serialize};

use super::objects::named;
use super::{Options, QualifiedName};

/// `CREATE COLLATION`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Collation {
    /// Its name.
    pub name: QualifiedName,
    /// What is between the parentheses: `provider`, `locale` or `lc_collate` and `lc_ctype`, `deterministic`, `rules`; the
    /// version of the library is left out.
    pub options: Options,
    /// Its comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

named!(Collation: QualifiedName);
