//! Statistics over several columns.

use serde::{Deserialize, Serialize};

use super::QualifiedName;
use super::objects::named;

/// `CREATE STATISTICS`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExtendedStatistics {
    /// Its name.
    pub name: QualifiedName,
    /// The table.
    pub table: QualifiedName,
    /// The whole statement as `pg_get_statisticsobjdef` prints it.
    pub definition: String,
    /// The statistics target, where it is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statistics: Option<i32>,
    /// Its comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

named!(ExtendedStatistics: QualifiedName);
