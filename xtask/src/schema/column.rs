//! Columns of tables.

use serde::{Deserialize, Serialize};

use super::{NotNull, Options, Privileges, QualifiedName, SequenceOptions};

/// A column of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type as `format_type` prints it with an empty search path, so that everything outside of `pg_catalog` is
    /// qualified: `character varying(20)`, `public.mood[]`, `public.geometry(Point,4326)`.
    pub type_name: String,
    /// The collation, where it is not that of the type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collation: Option<QualifiedName>,
    /// Whether it refuses NULL. Always so for the columns of a primary key and for identity columns.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not_null: bool,
    /// The constraint behind this, where the server keeps one (PostgreSQL 18).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<NotNull>,
    /// The default as the server prints it: `nextval('public.runs_id_seq'::regclass)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// `GENERATED … AS IDENTITY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// `GENERATED ALWAYS AS (…)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generated: Option<Generated>,
    /// `PLAIN`, `EXTERNAL`, `EXTENDED`, `MAIN`, where it is not what the type has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage: Option<String>,
    /// `pglz` or `lz4`, where it is said for this column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compression: Option<String>,
    /// The statistics target, where it is said for this column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statistics: Option<i32>,
    /// `n_distinct` and its like.
    #[serde(skip_serializing_if = "Options::is_empty")]
    pub options: Options,
    /// Whether it is there only because a parent table has it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub inherited: bool,
    /// Whether a parent table has it, too: its type changes with that of the parent.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub of_parent: bool,
    /// Its comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Grants on this column alone.
    #[serde(skip_serializing_if = "Privileges::is_default")]
    pub privileges: Privileges,
}

/// `GENERATED { ALWAYS | BY DEFAULT } AS IDENTITY (…)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// `ALWAYS`, and not `BY DEFAULT`.
    pub always: bool,
    /// The name of its sequence, which is in the schema of the table.
    pub sequence: QualifiedName,
    /// How it counts.
    pub options: SequenceOptions,
}

/// `GENERATED ALWAYS AS (expression) { STORED | VIRTUAL }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generated {
    /// As the server prints it, with its outer parentheses where it has some.
    pub expression: String,
    /// Stored, and not computed when it is read (PostgreSQL 18).
    pub stored: bool,
}

impl Column {
    /// A column that may be NULL.
    pub fn new(name: impl Into<String>, type_name: impl Into<String>) -> Self {
        Self { name: name.into(), type_name: type_name.into(), ..Self::default() }
    }

    /// Whether rows that were there before have been checked for NULL.
    pub fn is_unchecked(&self) -> bool {
        self.required.as_ref().is_some_and(|it| it.not_valid)
    }

    /// Whether its default takes values from this sequence.
    pub fn counts_with(&self, sequence: &QualifiedName) -> bool {
        self.default.as_ref().is_some_and(|it| *it == sequence.next_value())
    }
}
