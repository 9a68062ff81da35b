//! Views.

use serde::{Deserialize, Serialize};

use super::objects::named;
use super::{Objects, Options, Privileges, QualifiedName, Rule, Trigger};

/// `CREATE VIEW`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct View {
    /// Its name.
    pub name: QualifiedName,
    /// In their order.
    pub columns: Vec<ViewColumn>,
    /// The query as `pg_get_viewdef` prints it, without the semicolon at its end.
    pub definition: String,
    /// `security_barrier`, `security_invoker`, `check_option`.
    #[serde(skip_serializing_if = "Options::is_empty")]
    pub options: Options,
    /// `INSTEAD OF` and statement triggers.
    #[serde(skip_serializing_if = "Objects::is_empty")]
    pub triggers: Objects<Trigger>,
    /// Rewrite rules beside that which makes it a view.
    #[serde(skip_serializing_if = "Objects::is_empty")]
    pub rules: Objects<Rule>,
    /// Its comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Grants on the view; those on columns stand at the columns.
    #[serde(skip_serializing_if = "Privileges::is_default")]
    pub privileges: Privileges,
}

/// A column of a view or a materialised view.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ViewColumn {
    /// Its name.
    pub name: String,
    /// As `format_type` prints it.
    pub type_name: String,
    /// The default that `INSERT` through the view takes, as the server prints it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// The statistics target, where it is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statistics: Option<i32>,
    /// Its comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Grants on this column alone.
    #[serde(skip_serializing_if = "Privileges::is_default")]
    pub privileges: Privileges,
}

named!(View: QualifiedName);
