//! Models as the project's own Python has them: imported by an interpreter, and read from SQLAlchemy's metadata.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;

use super::Context;
use crate::diagnostic::{Code, Diagnose as _, Diagnostic, Exit, Place, Report, Result};
use crate::sqlmodel::{Exact, Failure, exact};
use crate::tools::{PythonError, interpreter, read_metadata};

const IMPORT: Code = Code::new("models-import-failed");
const COMPILE: Code = Code::new("models-not-compiled");
const NO_SQLALCHEMY: Code = Code::new("python-without-sqlalchemy");

/// Whether models are imported rather than read.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct WithPython {
    /// Import the models with Python, and take what SQLAlchemy has of them; PATH is the interpreter, or its environment
    #[arg(long = "python", value_name = "PATH", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    python: Option<String>,
}

impl Context {
    /// From here on models are imported, if that was said. The interpreter is looked for at once.
    pub(crate) fn use_python(&self, with: &WithPython) -> Result<()> {
        if let Some(told) = &with.python {
            let python = self.interpreter(Some(told.as_str()).filter(|told| !told.is_empty()))?;
            // A command says it once.
            let _ = self.python.set(python);
        }
        Ok(())
    }

    /// The project's interpreter: the one that is told, that of `xtask.toml`, or that of an environment.
    pub(crate) fn interpreter(&self, told: Option<&str>) -> Result<Utf8PathBuf> {
        let told = told.or(self.config.models.python.as_deref());
        Ok(interpreter(self.project.root(), told)?)
    }

    /// Imports the models and reads what they declare.
    pub(crate) fn read_exactly(&self, python: &Utf8Path) -> Result<Exact> {
        let (roots, modules) = self.model_modules();
        let request = json!({
            "modules": modules.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            "roots": roots.iter().map(|root| self.project.path(root)).collect::<Vec<_>>(),
            "top": self.project.root(),
        });
        let answer = read_metadata(python, self.project.root(), &request.to_string())?;
        let exact = exact(&answer).map_err(|error| unknown_answer(python, &error))?;
        Report::from_all(self.import_failures("models", &exact.failures, python, &exact.python)).map_or(Ok(exact), Err)
    }

    /// What did not work, one for each cause. `what` was imported, and `version` is that of the interpreter.
    pub(super) fn import_failures(
        &self,
        what: &str,
        failures: &[Failure],
        python: &Utf8Path,
        version: &str,
    ) -> Vec<Diagnostic> {
        let told = |(failure, subjects): (&Failure, Vec<&str>)| self.told(what, failure, &subjects, (python, version));
        gathered(failures).map(told).collect()
    }

    fn told(
        &self,
        what: &str,
        failure: &Failure,
        subjects: &[&str],
        (python, version): (&Utf8Path, &str),
    ) -> Diagnostic {
        let subject = subjects.join(", ");
        let found = match failure.kind.as_str() {
            "sqlalchemy" => {
                let title = format!("{python} has no SQLAlchemy, without which {what} cannot be imported");
                return Diagnostic::error(NO_SQLALCHEMY, Exit::Prerequisite, title)
                    .because(format!("it is Python {version}; {}", failure.said))
                    .advise("Name the interpreter that has the project's packages: [models] python in xtask.toml, or --python=PATH")
                    .advise("Or leave --python out: models are read without Python");
            }
            "import" => {
                Diagnostic::error(IMPORT, Exit::Failed, format!("the {what} cannot be imported: {}", failure.said))
                    .because(format!("while importing {subject} with {python}"))
            }
            _ => Diagnostic::error(
                COMPILE,
                Exit::Failed,
                format!("SQLAlchemy fails at {subject}, for PostgreSQL: {}", failure.said),
            ),
        };
        let found = match self.place(failure) {
            Some(place) => found.at(place),
            None => found,
        };
        let found = failure.trace.iter().fold(found, |found, line| found.because(line.clone()));
        match &failure.missing {
            Some(module) => found.advise(format!(
                "Install the package that has `{module}` where {python} finds it, or name the interpreter that has the \
                 project's packages: [models] python in xtask.toml, or --python=PATH"
            )),
            None if what == "models" => {
                found.advise("Correct it at that place, or leave --python out: models are read without Python")
            }
            None => found.advise("Correct it at that place"),
        }
    }

    /// The line of the project's own file that an exception came through last.
    fn place(&self, failure: &Failure) -> Option<Place> {
        let path = Utf8Path::new(failure.path.as_deref()?);
        let (Some(line), Ok(text)) = (failure.line, self.project.read(path)) else { return Some(Place::file(path)) };
        let text: Arc<str> = text.into();
        let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let whole = text.get(start..)?.lines().next().unwrap_or_default();
        let start = start + whole.len() - whole.trim_start().len();
        Some(Place::span(path, &text, start..start + whole.trim().len(), ""))
    }
}

/// An interpreter has answered something else.
pub(super) fn unknown_answer(python: &Utf8Path, error: &serde_json::Error) -> Diagnostic {
    PythonError::Answer { python: python.to_owned(), said: error.to_string() }.diagnose()
}

/// Failures with one cause together: a module that fails takes those along that import it.
fn gathered(failures: &[Failure]) -> impl Iterator<Item = (&Failure, Vec<&str>)> {
    let mut found: Vec<(&Failure, Vec<&str>)> = Vec::new();
    for failure in failures {
        let is_same = |other: &Failure| {
            (&other.kind, &other.said, &other.path, other.line)
                == (&failure.kind, &failure.said, &failure.path, failure.line)
        };
        match found.iter_mut().find(|(other, _)| is_same(other)) {
            Some((_, subjects)) => subjects.push(&failure.subject),
            None => found.push((failure, vec![&failure.subject])),
        }
    }
    found.into_iter()
}
