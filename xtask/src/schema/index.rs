//! Indexes of tables and materialised views.

use serde::{Deserialize, Serialize};

use super::objects::named;
use super::{Options, QualifiedName};

/// An index, which is in the schema of its table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// The access method: `btree`.
    pub method: String,
    /// What is indexed, in order.
    pub keys: Vec<IndexKey>,
    /// `INCLUDE`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// `UNIQUE`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unique: bool,
    /// `NULLS NOT DISTINCT`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub nulls_not_distinct: bool,
    /// For which rows alone, as `pg_get_expr` prints it: `(amount > 0)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predicate: Option<String>,
    /// Storage parameters: `fillfactor`.
    #[serde(skip_serializing_if = "Options::is_empty")]
    pub options: Options,
    /// The tablespace, where it is not that of the database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tablespace: Option<String>,
    /// The index of the partitioned table that it is a part of; it comes and goes with that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition_of: Option<QualifiedName>,
    /// It was not finished (`CREATE INDEX CONCURRENTLY` that failed) and is not used, or is that of a partitioned table
    /// made with `ONLY`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub invalid: bool,
    /// Its comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// One column or expression of an index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexKey {
    /// What is indexed.
    #[serde(flatten)]
    pub what: Indexed,
    /// The collation, where it is not that of the column or expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<QualifiedName>,
    /// The operator class, where it is not the default for the type or has options.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator_class: Option<OperatorClass>,
    /// `DESC`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub descending: bool,
    /// `NULLS FIRST`, which goes without saying for `DESC`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nulls_first: bool,
    /// The statistics target of an expression, where it is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statistics: Option<i32>,
}

/// What is indexed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Indexed {
    /// A column.
    Column(String),
    /// An expression as the server prints it: `lower(name)`, `((a + b))` comes as `(a + b)`.
    Expression(String),
}

/// How values are compared in an index.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OperatorClass {
    /// Its name.
    pub name: QualifiedName,
    /// Its options: `siglen` → `32`.
    #[serde(skip_serializing_if = "Options::is_empty")]
    pub options: Options,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            name: String::new(),
            method: "btree".to_owned(),
            keys: Vec::new(),
            include: Vec::new(),
            unique: false,
            nulls_not_distinct: false,
            predicate: None,
            options: Options::default(),
            tablespace: None,
            partition_of: None,
            invalid: false,
            comment: None,
        }
    }
}

impl Index {
    /// A B-tree without keys.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

impl IndexKey {
    /// A column, ascending.
    pub fn column(name: impl Into<String>) -> Self {
        Self::of(Indexed::Column(name.into()))
    }

    /// An expression, ascending.
    pub fn expression(expression: impl Into<String>) -> Self {
        Self::of(Indexed::Expression(expression.into()))
    }

    fn of(what: Indexed) -> Self {
        Self { what, collation: None, operator_class: None, descending: false, nulls_first: false, statistics: None }
    }
}

named!(Index: String);
