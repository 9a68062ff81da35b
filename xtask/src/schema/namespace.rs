//! Schemas in the sense of `CREATE SCHEMA`.

use serde::{Deserialize, Serialize};

use super::Privileges;
use super::objects::named;

/// What SQL calls a schema; [`super::Schema`] is the whole of a database here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Namespace {
    /// Its name.
    pub name: String,
    /// Its comment; that which `public` is born with does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Grants.
    #[serde(skip_serializing_if = "Privileges::is_default")]
    pub privileges: Privileges,
}

named!(Namespace: String);
