//! What can be wrong with `xtask.toml`.

use super::keys::{self, Key, Kind};
use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit, Place};

const SYNTAX: Code = Code::new("config-syntax");
const UNKNOWN_KEY: Code = Code::new("config-unknown-key");
const WRONG_TYPE: Code = Code::new("config-wrong-type");
const BAD_VALUE: Code = Code::new("config-bad-value");

/// Where to read about every key.
const DOCUMENTATION: &str = "every key is explained in docs/configuration.md";

/// One error in `xtask.toml`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// It is not TOML.
    #[error("xtask.toml cannot be read: {problem}")]
    Syntax {
        /// What the parser says.
        problem: String,
        /// Where.
        place: Place,
    },
    /// A table or key that does not exist.
    #[error("{what}")]
    Unknown {
        /// What does not exist.
        what: String,
        /// What to write instead.
        advice: String,
        /// Where.
        place: Place,
    },
    /// A table that is something else.
    #[error("`{table}` is {found}")]
    NoTable {
        /// Its name.
        table: &'static str,
        /// What it is.
        found: &'static str,
        /// Where.
        place: Place,
    },
    /// A value of the wrong type.
    #[error("`{}` {found}", .key.dotted)]
    Type {
        /// The key.
        key: Key,
        /// What it is, with its verb.
        found: String,
        /// Where.
        place: Place,
    },
    /// A value of the right type that cannot be.
    #[error("`{}` cannot be {found}", .key.dotted)]
    Value {
        /// The key.
        key: Key,
        /// The value.
        found: String,
        /// What to write instead.
        expected: String,
        /// Where.
        place: Place,
    },
}

impl ConfigError {
    /// Where it is.
    pub fn place(&self) -> &Place {
        match self {
            Self::Syntax { place, .. }
            | Self::Unknown { place, .. }
            | Self::NoTable { place, .. }
            | Self::Type { place, .. }
            | Self::Value { place, .. } => place,
        }
    }

    /// A name at the top of the file that is no table.
    pub(super) fn unknown_table(name: &str, place: Place) -> Self {
        let tables = keys::TABLES.map(|(table, _)| table);
        if let Some(key) = keys::ALL.into_iter().find(|key| key.name() == name) {
            let what = format!("xtask.toml has no key `{name}` outside a table");
            return Self::Unknown { what, advice: format!("Write it under `[{}]`", key.table()), place };
        }
        Self::Unknown { what: format!("xtask.toml has no table `{name}`"), advice: instead(name, &tables), place }
    }

    /// A name in a table that is no key.
    pub(super) fn unknown_key(table: &str, name: &str, place: Place) -> Self {
        let what = format!("`[{table}]` has no key `{name}`");
        let names: Vec<_> = keys::ALL.iter().filter(|key| key.table() == table).map(Key::name).collect();
        let elsewhere = keys::ALL.into_iter().find(|key| key.name() == name);
        let advice = match elsewhere {
            Some(key) => format!("Write it under `[{}]`", key.table()),
            None => instead(name, &names),
        };
        Self::Unknown { what, advice, place }
    }
}

/// The nearest of the known names, or all of them.
fn instead(name: &str, known: &[&str]) -> String {
    let distance = |known: &str| strsim::damerau_levenshtein(&name.to_lowercase().replace('_', "-"), known);
    let nearest = known.iter().map(|known| (distance(known), *known)).min();
    match nearest {
        // A third of the letters may differ: `databse`, `view`, `time-out`.
        Some((distance, known)) if distance * 3 <= known.len().max(3) => format!("Write `{known}`"),
        _ => format!("Use one of {}", known.join(", ")),
    }
}

impl Diagnose for ConfigError {
    fn diagnose(&self) -> Diagnostic {
        let error = |code| Diagnostic::error(code, Exit::Usage, self.to_string()).at(self.place().clone());
        match self {
            Self::Syntax { .. } => error(SYNTAX)
                .because("it is a TOML file: `[table]` on a line of its own, below it `key = value`")
                .advise("Correct it at this place; docs/configuration.md explains every key"),
            Self::Unknown { advice, .. } => error(UNKNOWN_KEY).because(DOCUMENTATION).advise(advice),
            Self::NoTable { table, .. } => error(WRONG_TYPE).advise(format!("Write a table: [{table}]")),
            Self::Type { key, .. } => {
                let error = error(WRONG_TYPE).advise(format!("Write {}", key.kind.expected()));
                if matches!(key.kind, Kind::Duration { .. }) {
                    error.because("a number alone has no unit")
                } else {
                    error
                }
            }
            Self::Value { expected, .. } => error(BAD_VALUE).advise(format!("Write {expected}")),
        }
    }
}
