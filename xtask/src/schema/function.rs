//! Functions, procedures and aggregates.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::objects::named;
use super::{Privileges, QualifiedName};

/// A function, a procedure or an aggregate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// Its name with the types of its arguments.
    pub name: Signature,
    /// What it is.
    pub kind: FunctionKind,
    /// The whole statement that makes it, as `pg_get_functiondef` prints it (`CREATE OR REPLACE …`), without a semicolon
    /// at its end.
    pub definition: String,
    /// What it gives: `integer`, `TABLE(id integer)`; nothing for a procedure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// All arguments, with names, modes and defaults, as the server prints them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub arguments: String,
    /// Its comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Grants. That everybody may call it goes without saying.
    #[serde(default, skip_serializing_if = "Privileges::is_default")]
    pub privileges: Privileges,
}

/// What a function is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FunctionKind {
    /// `FUNCTION`, window functions included.
    #[default]
    Function,
    /// `PROCEDURE`.
    Procedure,
    /// `AGGREGATE`.
    Aggregate,
}

impl FunctionKind {
    /// As SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Function => "FUNCTION",
            Self::Procedure => "PROCEDURE",
            Self::Aggregate => "AGGREGATE",
        }
    }
}

/// A name with the types of its arguments, which tells functions of one name apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Signature {
    /// The name.
    pub name: QualifiedName,
    /// As `DROP` and `COMMENT` want them between the parentheses: `integer, text`; of an aggregate without arguments `*`.
    pub arguments: String,
}

impl fmt::Display for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}({})", self.name, self.arguments)
    }
}

named!(Function: Signature);
