//! What cannot be read of models, and what is wrong with them.

use thiserror::Error;

use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit, Place};

const SYNTAX: Code = Code::new("models-syntax");
const NOT_STATIC: Code = Code::new("models-not-static");
const INVALID: Code = Code::new("models-invalid");
const MISSING: Code = Code::new("models-missing");
const UNDECIDED: Code = Code::new("models-undecided");

/// What cannot be read of models, and what is wrong with them.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ModelsError {
    /// A file is no Python.
    #[error("{problem}")]
    Syntax {
        /// The parser's words.
        problem: String,
        /// Where.
        place: Place,
    },
    /// Something is known only when the program runs.
    #[error("{what} cannot be read without running Python")]
    NotStatic {
        /// What it is about: "the type of `place.geom`".
        what: String,
        /// Why.
        why: String,
        /// What to write in its stead.
        instead: String,
        /// Where; the second place is where it began.
        places: Vec<Place>,
        /// What else cannot be read because of the same place, each with its own.
        others: Vec<(String, Place)>,
    },
    /// Something that SQLAlchemy or PostgreSQL would refuse.
    #[error("{what}")]
    Invalid {
        /// What is wrong.
        what: String,
        /// How to correct it.
        instead: String,
        /// Where.
        place: Place,
    },
    /// There are no models where they are looked for.
    #[error("{what}")]
    Missing {
        /// What is missing.
        what: String,
        /// What to do.
        instead: String,
        /// The file or folder.
        place: Place,
    },
    /// A block that only a run can choose defines tables, which may or may not be there.
    #[error("this block is left out: {why}")]
    Undecided {
        /// Why.
        why: String,
        /// What to do.
        instead: String,
        /// Where.
        place: Place,
    },
}

impl ModelsError {
    /// Where it is.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::NotStatic { places, .. } => places.first(),
            Self::Syntax { place, .. }
            | Self::Invalid { place, .. }
            | Self::Missing { place, .. }
            | Self::Undecided { place, .. } => Some(place),
        }
    }
}

impl Diagnose for ModelsError {
    fn diagnose(&self) -> Diagnostic {
        let title = self.to_string();
        match self {
            Self::Syntax { place, .. } => {
                Diagnostic::error(SYNTAX, Exit::Usage, title).at(place.clone()).advise("Correct the file")
            }
            Self::NotStatic { why, instead, places, others, .. } => {
                let mut found = Diagnostic::error(NOT_STATIC, Exit::Usage, title).because(why.clone());
                if !others.is_empty() {
                    found = found.because(told(others));
                }
                places.iter().fold(found, |found, place| found.at(place.clone())).advise(instead.clone())
            }
            Self::Invalid { instead, place, .. } => {
                Diagnostic::error(INVALID, Exit::Usage, title).at(place.clone()).advise(instead.clone())
            }
            Self::Missing { instead, place, .. } => {
                Diagnostic::error(MISSING, Exit::Usage, title).at(place.clone()).advise(instead.clone())
            }
            Self::Undecided { instead, place, .. } => {
                Diagnostic::error(UNDECIDED, Exit::Usage, title).at(place.clone()).advise(instead.clone())
            }
        }
    }
}

/// The most things that an error names which have the same cause.
const MOST_OTHERS: usize = 8;

/// What else has the same cause: "nor can 2 others for that reason: the type of `a.b` (models.py:3), …".
fn told(others: &[(String, Place)]) -> String {
    let named = others.iter().take(MOST_OTHERS).map(|(what, place)| format!("{what} ({})", place.display()));
    let named = named.collect::<Vec<_>>().join(", ");
    let count = match others.len() {
        1 => "one other".to_owned(),
        more => format!("{more} others"),
    };
    let rest = if others.len() > MOST_OTHERS { ", …" } else { "" };
    format!("nor can {count}, for the same reason: {named}{rest}")
}
