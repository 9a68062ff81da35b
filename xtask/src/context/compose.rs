//! The project's Compose file and its variables.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::Context;
use super::compose_files::shell;
use crate::config::COMPOSE_FILES;
use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit, Report, Result};
use crate::stack::database::DatabaseService;
use crate::stack::{Request, SourceFile, Stack, Variables};

/// What a file without a database is refused with.
const NO_DATABASE: &str = "compose-database-not-found";

const NO_COMPOSE: Code = Code::new("compose-missing");

/// The Compose file, read.
pub(crate) struct Compose {
    /// The files, relative to the project where they lie in it.
    pub(crate) files: Vec<Utf8PathBuf>,
    pub(crate) stack: Stack,
    pub(crate) variables: Variables,
    /// What a person should know of, such as a variable that is not set.
    pub(crate) warnings: Vec<Diagnostic>,
}

impl Context {
    /// The env file with the project's values, whether or not it exists.
    pub(crate) fn env_file(&self) -> Utf8PathBuf {
        self.config.env_file(&self.compose_file_or_usual())
    }

    /// The example that the env file is made from, whether or not it exists.
    pub(crate) fn env_example(&self) -> Utf8PathBuf {
        self.config.env_example(&self.compose_file_or_usual())
    }

    fn compose_file_or_usual(&self) -> Utf8PathBuf {
        self.compose_file().unwrap_or_else(|| Utf8PathBuf::from("compose.yaml"))
    }

    /// The variables of the shell, and behind them those of the env file; before `up` has made it, those of its example,
    /// so that a fresh clone can be looked at.
    pub(crate) fn variables(&self) -> Result<Variables> {
        let mut variables = Variables::new(shell());
        for path in [self.env_file(), self.env_example()] {
            if let Some(text) = self.project.read_optional(&path)? {
                variables.read_env_file(&path, &text)?;
                break;
            }
        }
        Ok(variables)
    }

    /// Whether the Compose file is in order but for lines and values of the env file, which `up` adds and asks for.
    pub(crate) fn lacks_only_values(&self) -> bool {
        let Ok(plan) = self.env_plan() else { return false };
        let mut variables = Variables::new(shell());
        if plan.is_done() || variables.read_env_file(&self.env_file(), plan.file.as_str()).is_err() {
            return false;
        }
        for question in &plan.questions {
            // What stands in for it must do for a port as well as for a name.
            variables.stand_in(&question.name, "1");
        }
        self.database_service_with(variables).is_ok()
    }

    /// Reads the Compose file. What it only warns of is kept for [`Context::warn_of_compose`].
    pub(crate) fn compose(&self) -> Result<Compose> {
        self.compose_with(self.variables()?)
    }

    fn compose_with(&self, variables: Variables) -> Result<Compose> {
        let files = self.compose_files(&variables);
        let first = self.project.path(files.first().ok_or_else(no_compose)?);
        let directory = first.parent().unwrap_or(self.project.root());
        let mut sources = Vec::new();
        for path in &files {
            sources.push(SourceFile { path: path.clone(), text: self.project.read(path)? });
        }
        let read = |path: &Utf8Path| self.project.read_optional(path).map_err(|error| error.to_string());
        let name = self.selection.project_name.as_deref();
        let request = Request { files: &sources, directory, name, variables: &variables, read: &read };
        let (stack, errors) = Stack::load(&request);
        let diagnostics: Vec<Diagnostic> = errors.iter().map(Diagnose::diagnose).collect();
        match Report::from_all(diagnostics.clone()) {
            Some(report) => Err(report),
            None => Ok(Compose { files, stack, variables, warnings: diagnostics }),
        }
    }

    /// Shows what the Compose file warns of; for commands that start services.
    pub(crate) fn warn_of_compose(&self, compose: &Compose) {
        compose.warnings.iter().for_each(|warning| self.ui.warn(warning));
    }

    /// The database service of the Compose file.
    pub(crate) fn database_service(&self) -> Result<(Compose, DatabaseService)> {
        self.database_service_with(self.variables()?)
    }

    /// The names of the services; none where the file cannot be read.
    pub(crate) fn service_names(&self) -> Vec<String> {
        let names = |compose: Compose| compose.stack.services.into_iter().map(|service| service.name).collect();
        self.compose().map(names).unwrap_or_default()
    }

    /// Whether there is a database for commands to work with: one that is named, or a service that may be one. Where the
    /// file cannot be read, there may be.
    pub(crate) fn has_database(&self) -> bool {
        let is_none = |report: Report| report.diagnostics().iter().any(|it| it.code.as_str() == NO_DATABASE);
        self.named_target().is_ok_and(|target| target.is_some()) || !self.database_service().is_err_and(is_none)
    }

    fn database_service_with(&self, variables: Variables) -> Result<(Compose, DatabaseService)> {
        let compose = self.compose_with(variables)?;
        let read = |path: &Utf8Path| self.project.read_optional(path).map_err(|error| error.to_string());
        let name = self.config.database.service.as_deref();
        let service =
            DatabaseService::find(&compose.stack, name, &compose.variables, &read).map_err(|error| error.diagnose())?;
        Ok((compose, service))
    }
}

fn no_compose() -> Report {
    Diagnostic::error(NO_COMPOSE, Exit::Prerequisite, "the project has no Compose file")
        .because(format!("looked for {}", COMPOSE_FILES.join(", ")))
        .advise("Name it in xtask.toml: [compose] file = \"…\"")
        .advise("Or name the database itself: set DATABASE_URL=postgresql://USER@HOST:PORT/DATABASE")
        .into()
}

/// A duration on the command line: `30s`, `10m`, `1h30m`.
pub(crate) fn duration(text: &str) -> std::result::Result<Duration, String> {
    let parsed = text.parse::<jiff::SignedDuration>().ok().and_then(|span| Duration::try_from(span).ok());
    parsed.ok_or_else(|| "write a number with its unit, such as 30s, 10m or 1h30m".to_owned())
}
