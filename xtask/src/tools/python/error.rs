//! What goes wrong with an interpreter.

use camino::Utf8PathBuf;

use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit};
use crate::tools::ToolError;

const MISSING: Code = Code::new("python-missing");
const NO_ANSWER: Code = Code::new("python-no-answer");

/// What goes wrong with an interpreter.
#[derive(Debug, thiserror::Error)]
pub enum PythonError {
    /// There is none.
    #[error("no Python interpreter was found{}", .told.as_ref().map_or(String::new(), |told| format!(" at {told}")))]
    Missing {
        /// The one that was named.
        told: Option<String>,
        /// Where it was looked for.
        tried: Vec<String>,
    },
    /// It could not be run.
    #[error(transparent)]
    Run(ToolError),
    /// It ended without saying what the models are.
    #[error("{python} ended with status {code} and did not say what the models are")]
    NoAnswer {
        /// The interpreter.
        python: Utf8PathBuf,
        /// Its exit status.
        code: i32,
        /// The end of what it wrote.
        said: String,
    },
}

impl Diagnose for PythonError {
    fn diagnose(&self) -> Diagnostic {
        match self {
            Self::Missing { tried, .. } => {
                let found = Diagnostic::error(MISSING, Exit::Prerequisite, self.to_string());
                let found = tried.iter().fold(found, |found, place| found.because(format!("tried {place}")));
                found
                    .advise("Name the interpreter that has the project's packages: [models] python in xtask.toml, or --python=PATH")
                    .advise("Or leave --python out: models are read without Python")
            }
            Self::Run(error) => error.diagnose(),
            Self::NoAnswer { said, .. } => {
                let found = Diagnostic::error(NO_ANSWER, Exit::Failed, self.to_string());
                let found = if said.is_empty() { found } else { found.because(said.clone()) };
                found.advise("Look whether the models can be imported by that interpreter alone, and whether it is Python 3.9 or later")
            }
        }
    }
}
