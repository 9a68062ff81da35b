//! The project's Compose file and its variables.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::Context;
use crate::config::COMPOSE_FILES;
use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit, Report, Result};
use crate::stack::database::DatabaseService;
use crate::stack::{Request, SourceFile, Stack, Variables, files};

const NOT_THE_DATABASE: Code = Code::new("service-not-run");
const NO_COMPOSE: Code = Code::new("compose-missing");

/// The Compose file, read.
pub(crate) struct Compose {
    pub(crate) stack: Stack,
    pub(crate) variables: Variables,
    /// What a person should know of, such as a variable that is not set.
    pub(crate) warnings: Vec<Diagnostic>,
}

impl Context {
    /// Where the Compose file is, relative to the project; `None` where there is none under the usual names.
    pub(crate) fn compose_file(&self) -> Option<Utf8PathBuf> {
        let named = self.config.compose.file.clone();
        named.or_else(|| COMPOSE_FILES.iter().map(Utf8PathBuf::from).find(|path| self.project.exists(path)))
    }

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
        let shell =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let mut variables = Variables::new(shell);
        for path in [self.env_file(), self.env_example()] {
            if let Some(text) = self.project.read_optional(&path)? {
                variables.read_env_file(&path, &text)?;
                break;
            }
        }
        Ok(variables)
    }

    /// Whether the Compose file is in order but for values of the env file that `up` asks for.
    pub(crate) fn lacks_only_values(&self) -> bool {
        let Ok(plan) = self.env_plan() else { return false };
        let Ok(mut variables) = self.variables() else { return false };
        if plan.questions.is_empty() {
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
        let path = self.compose_file().ok_or_else(no_compose)?;
        let directory = match path.parent() {
            Some(folder) if !folder.as_str().is_empty() => self.project.path(folder),
            _ => self.project.root().to_owned(),
        };
        let mut sources = Vec::new();
        for path in files::with_override(&path, |path| self.project.exists(path)) {
            let text = self.project.read(&path)?;
            sources.push(SourceFile { path, text });
        }
        let read = |path: &Utf8Path| self.project.read_optional(path).map_err(|error| error.to_string());
        let request =
            Request { files: &sources, directory: &directory, name: None, variables: &variables, read: &read };
        let (stack, errors) = Stack::load(&request);
        let diagnostics: Vec<Diagnostic> = errors.iter().map(Diagnose::diagnose).collect();
        match Report::from_all(diagnostics.clone()) {
            Some(report) => Err(report),
            None => Ok(Compose { stack, variables, warnings: diagnostics }),
        }
    }

    /// Shows what the Compose file warns of; for commands that start services.
    pub(crate) fn warn_of_compose(&self) {
        for warning in self.compose().map(|compose| compose.warnings).unwrap_or_default() {
            self.ui.warn(&warning);
        }
    }

    /// Makes sure that a service that was named is the database, the only one that runs without Docker.
    pub(crate) fn require_database_service(&self, name: &str) -> Result<()> {
        let (compose, database) = self.database_service()?;
        let service = compose.stack.require(name)?;
        if service.name == database.service {
            return Ok(());
        }
        Err(Diagnostic::error(NOT_THE_DATABASE, Exit::Usage, format!("service {name} is not run by this tool"))
            .because(format!("without Docker only the database service runs: {}", database.service))
            .try_command("See how it is", format!("cargo xtask status {}", database.service))
            .into())
    }

    /// The database service of the Compose file.
    pub(crate) fn database_service(&self) -> Result<(Compose, DatabaseService)> {
        self.database_service_with(self.variables()?)
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
