//! Constraints of tables.

use serde::{Deserialize, Serialize};

use super::objects::named;
use super::{IndexKey, Options, QualifiedName};

/// A named constraint of a table. `NOT NULL` is a property of the column, with all that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constraint {
    /// Its name, which is also that of its index.
    pub name: String,
    /// What it demands.
    #[serde(flatten)]
    pub kind: ConstraintKind,
    /// When it is checked.
    #[serde(default, skip_serializing_if = "Deferrable::is_not")]
    pub deferrable: Deferrable,
    /// Rows that were there before have not been checked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not_valid: bool,
    /// `NOT ENFORCED` (PostgreSQL 18).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not_enforced: bool,
    /// It is there because a parent table has it, and cannot be dropped here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inherited: bool,
    /// Its comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// What a constraint demands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ConstraintKind {
    /// `PRIMARY KEY`.
    PrimaryKey(Key),
    /// `UNIQUE`.
    Unique(Key),
    /// `FOREIGN KEY`.
    ForeignKey(ForeignKey),
    /// `CHECK`.
    Check(Check),
    /// `EXCLUDE`.
    Exclusion(Exclusion),
}

/// The columns of a primary key or a unique constraint, and the index below it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Key {
    /// In the order of the index.
    pub columns: Vec<String>,
    /// `INCLUDE`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// `NULLS NOT DISTINCT`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub nulls_not_distinct: bool,
    /// `WITHOUT OVERLAPS`, which is said of the last column.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub without_overlaps: bool,
    /// Storage parameters of the index.
    #[serde(skip_serializing_if = "Options::is_empty")]
    pub options: Options,
    /// The tablespace of the index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tablespace: Option<String>,
}

/// A reference to the rows of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ForeignKey {
    /// Columns of this table.
    pub columns: Vec<String>,
    /// The other table.
    pub table: QualifiedName,
    /// Columns of the other table, one for each of this one's.
    pub referenced: Vec<String>,
    /// `ON UPDATE`.
    #[serde(skip_serializing_if = "Action::is_none")]
    pub on_update: Action,
    /// `ON DELETE`.
    #[serde(skip_serializing_if = "Action::is_none")]
    pub on_delete: Action,
    /// `ON DELETE SET NULL (columns)`: those alone, where they are named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on_delete_columns: Vec<String>,
    /// `MATCH FULL`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub match_full: bool,
    /// `PERIOD`, which is said of the last column.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub period: bool,
}

/// What happens to a row whose reference loses its target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is an error at the end of the statement, or later.
    #[default]
    NoAction,
    /// It is an error at once.
    Restrict,
    /// The row follows.
    Cascade,
    /// Its columns become NULL.
    SetNull,
    /// Its columns become their defaults.
    SetDefault,
}

impl Action {
    /// Whether it is the one that need not be written.
    pub fn is_none(&self) -> bool {
        *self == Self::NoAction
    }

    /// As SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Self::NoAction => "NO ACTION",
            Self::Restrict => "RESTRICT",
            Self::Cascade => "CASCADE",
            Self::SetNull => "SET NULL",
            Self::SetDefault => "SET DEFAULT",
        }
    }
}

/// A condition that holds for each row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Check {
    /// As `pg_get_expr` prints it: `(amount > 0)`.
    pub expression: String,
    /// `NO INHERIT`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub no_inherit: bool,
}

/// No two rows for which all operators say yes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Exclusion {
    /// The access method: `gist`.
    pub method: String,
    /// What is compared.
    pub keys: Vec<IndexKey>,
    /// With which operator, one for each key: `&&`, `OPERATOR(public.=)`.
    pub operators: Vec<String>,
    /// `INCLUDE`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// For which rows alone, as the server prints it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predicate: Option<String>,
    /// Storage parameters of the index.
    #[serde(skip_serializing_if = "Options::is_empty")]
    pub options: Options,
    /// The tablespace of the index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tablespace: Option<String>,
}

/// When a constraint is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deferrable {
    /// With each statement, always.
    #[default]
    Not,
    /// `DEFERRABLE`: with each statement, unless the transaction says otherwise.
    Immediate,
    /// `DEFERRABLE INITIALLY DEFERRED`: at the end of the transaction, unless that says otherwise.
    Deferred,
}

impl Deferrable {
    /// Whether it is the ordinary one.
    pub fn is_not(&self) -> bool {
        *self == Self::Not
    }
}

impl Constraint {
    /// A constraint that is checked at once and for all rows.
    pub fn new(name: impl Into<String>, kind: ConstraintKind) -> Self {
        Self {
            name: name.into(),
            kind,
            deferrable: Deferrable::Not,
            not_valid: false,
            not_enforced: false,
            inherited: false,
            comment: None,
        }
    }

    /// Whether an index of the same name stands below it.
    pub fn has_index(&self) -> bool {
        matches!(self.kind, ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_) | ConstraintKind::Exclusion(_))
    }
}

named!(Constraint: String);
