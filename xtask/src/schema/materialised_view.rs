//! Materialised views.

use serde::{Deserialize, Serialize};

use super::objects::named;
use super::{Index, Objects, Options, Privileges, QualifiedName, ViewColumn};

/// `CREATE MATERIALIZED VIEW`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MaterialisedView {
    /// Its name.
    pub name: QualifiedName,
    /// In their order.
    pub columns: Vec<ViewColumn>,
    /// The query as `pg_get_viewdef` prints it, without the semicolon at its end.
    pub definition: String,
    /// Indexes.
    #[serde(skip_serializing_if = "Objects::is_empty")]
    pub indexes: Objects<Index>,
    /// Storage parameters.
    #[serde(skip_serializing_if = "Options::is_empty")]
    pub storage_parameters: Options,
    /// The access method, where it is not `heap`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_method: Option<String>,
    /// The tablespace, where it is not that of the database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tablespace: Option<String>,
    /// The index that `CLUSTER` last used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clustered_on: Option<String>,
    /// Whether it holds rows, and can be read.
    pub populated: bool,
    /// Its comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Grants on the view; those on columns stand at the columns.
    #[serde(skip_serializing_if = "Privileges::is_default")]
    pub privileges: Privileges,
}

named!(MaterialisedView: QualifiedName);
