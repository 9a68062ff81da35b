//! What is wrong with the scripts of a project as a whole.

use thiserror::Error;

use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit, Place};

const SYNTAX: Code = Code::new("alembic-syntax");
const NO_REVISION: Code = Code::new("alembic-no-revision");
const NOT_STATIC: Code = Code::new("alembic-not-static");
const TWICE: Code = Code::new("alembic-revision-twice");
const PARENT: Code = Code::new("alembic-parent-missing");
const CIRCLE: Code = Code::new("alembic-circle");

/// What is wrong with the scripts of a project as a whole.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AlembicError {
    /// A script is no Python.
    #[error("{problem}")]
    Syntax {
        /// The parser's words.
        problem: String,
        /// Where.
        place: Place,
    },
    /// A script has no id.
    #[error("the script has no `revision`")]
    NoRevision {
        /// The file.
        place: Place,
    },
    /// An id is computed.
    #[error("`{name}` cannot be read without running Python")]
    NotStatic {
        /// `revision`, `down_revision`, …
        name: &'static str,
        /// Where.
        place: Place,
    },
    /// Two scripts have one id.
    #[error("two scripts have the revision `{revision}`")]
    Twice {
        /// The id.
        revision: String,
        /// Both files.
        places: Vec<Place>,
    },
    /// A script goes on from one that is not there.
    #[error("there is no revision `{parent}`, which `{revision}` names as its `{name}`")]
    Parent {
        /// The script's id.
        revision: String,
        /// The id that is not there.
        parent: String,
        /// `down_revision` or `depends_on`.
        name: &'static str,
        /// The script.
        place: Place,
    },
    /// Scripts stand below each other in a circle.
    #[error("these revisions stand in a circle: {}", revisions.join(", "))]
    Circle {
        /// Their ids.
        revisions: Vec<String>,
        /// Their files.
        places: Vec<Place>,
    },
}

impl Diagnose for AlembicError {
    fn diagnose(&self) -> Diagnostic {
        let error = |code| Diagnostic::error(code, Exit::Usage, self.to_string());
        match self {
            Self::Syntax { place, .. } => error(SYNTAX)
                .at(place.clone())
                .because("Scripts are read as Python 3; nothing is converted while one of them cannot be read")
                .advise("Correct the file; `print x`, `exec x` and `except E, e` of Python 2 are `print(x)`, `exec(x)` and `except E as e`"),
            Self::NoRevision { place } => error(NO_REVISION)
                .at(place.clone())
                .advise("Give it one (revision = \"…\"), or move the file out of the folder of versions"),
            Self::NotStatic { place, .. } => {
                error(NOT_STATIC).at(place.clone()).advise("Write the id itself as a text")
            }
            Self::Twice { places, .. } => {
                let found = error(TWICE).because("Alembic takes the one that it happens to read last");
                let found = places.iter().fold(found, |found, place| found.at(place.clone()));
                found.advise("Give one of them another id, or remove the copy")
            }
            Self::Parent { place, name, .. } => error(PARENT).at(place.clone()).advise(format!(
                "Bring the missing script back, or correct `{name}`"
            ))
            .try_command("See the scripts that were deleted", "git log --diff-filter=D --name-only --all -- '*.py'"),
            Self::Circle { places, .. } => places
                .iter()
                .fold(error(CIRCLE), |found, place| found.at(place.clone()))
                .advise("Correct `down_revision` or `depends_on` of one of them"),
        }
    }
}
