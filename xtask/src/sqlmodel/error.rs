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
            Self::NotStatic { why, instead, places, .. } => {
                let found = Diagnostic::error(NOT_STATIC, Exit::Usage, title).because(why.clone());
                places.iter().fold(found, |found, place| found.at(place.clone())).advise(instead.clone())
            }
            Self::Invalid { instead, place, .. } => {
                Diagnostic::error(INVALID, Exit::Usage, title).at(place.clone()).advise(instead.clone())
            }
            Self::Missing { instead, place, .. } => {
                Diagnostic::error(MISSING, Exit::Usage, title).at(place.clone()).advise(instead.clone())
            }
            Self::Undecided { place, .. } => Diagnostic::error(UNDECIDED, Exit::Usage, title)
                .at(place.clone())
                .advise("Move classes of tables out of the condition; a table that is always there can be read"),
        }
    }
}
