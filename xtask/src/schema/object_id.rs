//! What any object of a schema is called by.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{QualifiedName, Signature};
use crate::sql;

/// Names one object. The order is that of kinds and then of names.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectId {
    /// A schema in the sense of SQL.
    Namespace(String),
    /// An extension.
    Extension(String),
    /// A collation.
    Collation(QualifiedName),
    /// An enum, domain, composite or range type.
    Type(QualifiedName),
    /// A sequence that is not that of an identity column.
    Sequence(QualifiedName),
    /// A function, procedure or aggregate.
    Function(Signature),
    /// A table, whole.
    Table(QualifiedName),
    /// A column of a table, view or materialised view.
    Column(QualifiedName, String),
    /// The default or the generating expression of a column.
    Default(QualifiedName, String),
    /// A constraint of a table or domain.
    Constraint(QualifiedName, String),
    /// An index; its schema is that of its table.
    Index(QualifiedName),
    /// A view, whole.
    View(QualifiedName),
    /// A materialised view, whole.
    MaterialisedView(QualifiedName),
    /// A rule of a table or view.
    Rule(QualifiedName, String),
    /// A trigger of a table or view.
    Trigger(QualifiedName, String),
    /// A policy of a table.
    Policy(QualifiedName, String),
    /// Statistics over several columns.
    Statistics(QualifiedName),
    /// An event trigger.
    EventTrigger(String),
}

impl ObjectId {
    /// What `DROP`, `COMMENT ON` and people call the kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Namespace(_) => "SCHEMA",
            Self::Extension(_) => "EXTENSION",
            Self::Collation(_) => "COLLATION",
            Self::Type(_) => "TYPE",
            Self::Sequence(_) => "SEQUENCE",
            Self::Function(_) => "FUNCTION",
            Self::Table(_) => "TABLE",
            Self::Column(..) => "COLUMN",
            Self::Default(..) => "DEFAULT",
            Self::Constraint(..) => "CONSTRAINT",
            Self::Index(_) => "INDEX",
            Self::View(_) => "VIEW",
            Self::MaterialisedView(_) => "MATERIALIZED VIEW",
            Self::Rule(..) => "RULE",
            Self::Trigger(..) => "TRIGGER",
            Self::Policy(..) => "POLICY",
            Self::Statistics(_) => "STATISTICS",
            Self::EventTrigger(_) => "EVENT TRIGGER",
        }
    }
}

impl fmt::Display for ObjectId {
    /// As it is said in a sentence: `view public.v`, `column public.t.a`, `constraint ck on public.t`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.kind().to_lowercase())?;
        match self {
            Self::Namespace(name) | Self::Extension(name) | Self::EventTrigger(name) => {
                write!(formatter, " {}", sql::name(name))
            }
            Self::Collation(name)
            | Self::Type(name)
            | Self::Sequence(name)
            | Self::Table(name)
            | Self::Index(name)
            | Self::View(name)
            | Self::MaterialisedView(name)
            | Self::Statistics(name) => write!(formatter, " {name}"),
            Self::Function(signature) => write!(formatter, " {signature}"),
            Self::Column(table, column) => write!(formatter, " {table}.{}", sql::name(column)),
            Self::Default(table, column) => write!(formatter, " of {table}.{}", sql::name(column)),
            Self::Constraint(table, name)
            | Self::Rule(table, name)
            | Self::Trigger(table, name)
            | Self::Policy(table, name) => write!(formatter, " {} on {table}", sql::name(name)),
        }
    }
}
