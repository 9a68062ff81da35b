//! What the backend `local` does not run, and saying so.

use super::Context;
use crate::diagnostic::{Code, Diagnostic, Exit, Report, Result};
use crate::stack::selection::active_profiles;

const NOT_THE_DATABASE: Code = Code::new("service-not-run");
const NEEDS_DOCKER: Code = Code::new("backend-local");

impl Context {
    /// Makes sure that the services that were named are the database, the only one that runs without Docker.
    pub(crate) fn require_database_alone(&self, names: &[String]) -> Result<()> {
        if names.is_empty() {
            return Ok(());
        }
        let (compose, database) = self.database_service()?;
        let mut others = Vec::new();
        for name in names {
            let service = compose.stack.require(name)?;
            if service.name != database.service {
                others.push(service.name.as_str());
            }
        }
        if others.is_empty() {
            return Ok(());
        }
        let others = others.join(" ");
        Err(Diagnostic::error(NOT_THE_DATABASE, Exit::Usage, format!("the backend local does not run {others}"))
            .because(format!("without Docker only the database service runs: {}", database.service))
            .because(self.why_local())
            .try_command("Run everything in Docker", "cargo xtask --backend docker start-services")
            .try_command("See how the database is", format!("cargo xtask status {}", database.service))
            .into())
    }

    /// A command that only makes sense with containers.
    pub(crate) fn needs_docker(&self, command: &str, instead: Option<(&str, &str)>) -> Report {
        let title = format!("`{command}` needs Docker, and this project's services run on the backend local");
        let mut found = Diagnostic::error(NEEDS_DOCKER, Exit::Prerequisite, title).because(self.why_local());
        if let Some((what, instead)) = instead {
            found = found.try_command(what, instead);
        }
        found.try_command("Run the services in Docker", "cargo xtask --backend docker start-services").into()
    }

    /// Says which services of the Compose file do not run.
    pub(crate) fn tell_left_out(&self) {
        let names = self.left_out();
        if !names.is_empty() {
            let names = names.join(", ");
            self.ui.setback("Left out", format!("{names}: the backend local runs the database alone"));
        }
    }

    /// The services that would run in Docker and do not run here.
    pub(crate) fn left_out(&self) -> Vec<String> {
        let Ok((compose, database)) = self.database_service() else { return Vec::new() };
        let profiles = active_profiles(&self.selection.profiles, &compose.variables);
        let services = compose.stack.services.iter().filter(|service| service.has_profile(&profiles));
        services.map(|service| service.name.clone()).filter(|name| *name != database.service).collect()
    }

    fn why_local(&self) -> String {
        match self.chosen_backend() {
            Ok(Some(choice)) => format!("the backend was chosen by {}", choice.by.in_words()),
            _ => "no Docker engine has containers of this project".to_owned(),
        }
    }
}
