//! What goes wrong with an interpreter.

use camino::Utf8PathBuf;

use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit};
use crate::tools::ToolError;

const MISSING: Code = Code::new("python-missing");
const NO_ANSWER: Code = Code::new("python-no-answer");
const ANSWER: Code = Code::new("python-answer-unknown");
const NO_ALEMBIC: Code = Code::new("python-without-alembic");
const ENDED: Code = Code::new("python-ended");

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
    #[error("{python} ended with status {code} and did not say what was asked")]
    NoAnswer {
        /// The interpreter.
        python: Utf8PathBuf,
        /// Its exit status.
        code: i32,
        /// The end of what it wrote.
        said: String,
    },
    /// It cannot import Alembic.
    #[error("{python} has no Alembic")]
    NoAlembic {
        /// The interpreter.
        python: Utf8PathBuf,
        /// Its version.
        version: String,
        /// The exception.
        said: String,
    },
    /// It ended while a script was run.
    #[error("{python} ended with status {code} while it ran scripts of Alembic")]
    Ended {
        /// The interpreter.
        python: Utf8PathBuf,
        /// Its exit status.
        code: i32,
        /// The end of what it wrote.
        said: String,
    },
    /// It gave an answer that is none.
    #[error("the answer of {python} is not what was asked for")]
    Answer {
        /// The interpreter.
        python: Utf8PathBuf,
        /// What is wrong with it.
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
                    .advise("Or leave Python out: models and scripts are read without it")
            }
            Self::Run(error) => error.diagnose(),
            Self::NoAlembic { python, version, said } => {
                Diagnostic::error(NO_ALEMBIC, Exit::Prerequisite, self.to_string())
                    .because(format!("it is Python {version}; {said}"))
                    .advise("Name the interpreter that has it: [models] python in xtask.toml, or --python=PATH")
                    .try_command("Or install it there", format!("{python} -m pip install alembic psycopg2-binary"))
            }
            Self::Ended { said, .. } => {
                let found = Diagnostic::error(ENDED, Exit::Failed, self.to_string());
                let found = if said.is_empty() { found } else { found.because(said.clone()) };
                found.advise("A script, or a package that it imports, ends the interpreter: adopt without --render and --prove, which run them")
            }
            Self::Answer { said, .. } => Diagnostic::error(ANSWER, Exit::Failed, self.to_string())
                .because(said.clone())
                .advise("Report it with the versions of Python, SQLAlchemy and Alembic"),
            Self::NoAnswer { said, .. } => {
                let found = Diagnostic::error(NO_ANSWER, Exit::Failed, self.to_string());
                let found = if said.is_empty() { found } else { found.because(said.clone()) };
                found.advise("Look whether the models can be imported by that interpreter alone, and whether it is Python 3.9 or later")
            }
        }
    }
}
