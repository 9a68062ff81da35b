//! Sequences.

use serde::{Deserialize, Serialize};

use super::objects::named;
use super::{Persistence, Privileges, QualifiedName};

/// A sequence that stands by itself or belongs to a `serial` column; that of an identity column is part of the column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    /// Its name.
    pub name: QualifiedName,
    /// How it counts.
    #[serde(flatten)]
    pub options: SequenceOptions,
    /// `OWNED BY`: table and column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owned_by: Option<OwnedBy>,
    /// Whether its position survives a crash.
    #[serde(default, skip_serializing_if = "Persistence::is_permanent")]
    pub persistence: Persistence,
    /// Its comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Grants.
    #[serde(default, skip_serializing_if = "Privileges::is_default")]
    pub privileges: Privileges,
}

/// The column with which a sequence is dropped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OwnedBy {
    /// The table.
    pub table: QualifiedName,
    /// Its column.
    pub column: String,
}

/// How a sequence counts. Its position is data and no part of the schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceOptions {
    /// `smallint`, `integer` or `bigint`.
    pub type_name: String,
    /// `START WITH`.
    pub start: i64,
    /// `INCREMENT BY`.
    pub increment: i64,
    /// `MINVALUE`.
    pub minimum: i64,
    /// `MAXVALUE`.
    pub maximum: i64,
    /// `CACHE`.
    pub cache: i64,
    /// `CYCLE`.
    pub cycle: bool,
}

impl SequenceOptions {
    /// What `CREATE SEQUENCE … AS type_name` makes of it where nothing else is said.
    pub fn of_type(type_name: impl Into<String>) -> Self {
        let type_name = type_name.into();
        let maximum = Self::greatest(&type_name);
        Self { type_name, start: 1, increment: 1, minimum: 1, maximum, cache: 1, cycle: false }
    }

    /// The same type and step with everything else as the server would choose it.
    #[must_use]
    pub fn defaults_for_step(&self) -> Self {
        let greatest = Self::greatest(&self.type_name);
        let (minimum, maximum) = if self.increment < 0 { (-greatest - 1, -1) } else { (1, greatest) };
        let start = if self.increment < 0 { self.maximum } else { self.minimum };
        Self {
            type_name: self.type_name.clone(),
            start,
            increment: self.increment,
            minimum,
            maximum,
            cache: 1,
            cycle: false,
        }
    }

    fn greatest(type_name: &str) -> i64 {
        match type_name {
            "smallint" => i64::from(i16::MAX),
            "integer" => i64::from(i32::MAX),
            _ => i64::MAX,
        }
    }
}

impl Sequence {
    /// `CREATE SEQUENCE name`.
    pub fn new(name: QualifiedName) -> Self {
        Self {
            name,
            options: SequenceOptions::of_type("bigint"),
            owned_by: None,
            persistence: Persistence::Permanent,
            comment: None,
            privileges: Privileges::default(),
        }
    }
}

named!(Sequence: QualifiedName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_that_counts_down_begins_at_its_maximum() {
        let down = SequenceOptions { increment: -2, maximum: -1, ..SequenceOptions::of_type("integer") };
        let usual = down.defaults_for_step();
        assert_eq!((usual.start, usual.minimum, usual.maximum), (-1, i64::from(i32::MIN), -1));
        let up = SequenceOptions::of_type("smallint");
        assert_eq!(up.defaults_for_step(), up);
    }
}
