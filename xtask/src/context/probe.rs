//! Whether the database in a container answers from outside: `SELECT 1` over its published port.

use super::{Context, Target, Via};
use crate::diagnostic::{Code, Diagnose as _, Diagnostic, Exit, Report, Result};
use crate::docker::{Answer, Asked, Probe};
use crate::lifecycle::observed::{Container, Published};
use crate::postgres::{Database, PostgresError};
use crate::stack::database::DatabaseService;

const FOR_ITSELF: Code = Code::new("database-published-elsewhere");

/// Asks the database service.
pub(crate) struct DatabaseProbe<'c> {
    context: &'c Context,
    service: DatabaseService,
    /// The engine's machine, where it is another one.
    elsewhere: Option<String>,
    /// How ssh comes to that machine, where the engine is reached through it.
    by_ssh: Option<String>,
}

impl Context {
    /// The probe for the database service; nothing where its port is not published, so that nobody outside can ask.
    pub(super) fn database_probe(&self) -> Result<Option<DatabaseProbe<'_>>> {
        let Ok((_, service)) = self.database_service() else { return Ok(None) };
        let endpoint = self.endpoint()?;
        let elsewhere = endpoint.published_host().map(str::to_owned);
        let by_ssh = endpoint.address.ssh_destination();
        let is_published = service.published.is_some();
        Ok(is_published.then_some(DatabaseProbe { context: self, service, elsewhere, by_ssh }))
    }
}

impl DatabaseProbe<'_> {
    async fn answer(&self, container: &Container) -> Answer {
        let port = self.service.container_port;
        let target = format!("{port}/tcp");
        let itself = Published { target: target.clone(), address: String::new(), port };
        let published = container.published.iter().find(|published| published.target == target);
        let Some(published) = published.or(self.service.is_on_host_network.then_some(&itself)) else {
            return Answer::NotYet("its port is not published yet".to_owned());
        };
        if let Some(machine) = self.elsewhere.as_ref().filter(|_| is_loopback(&published.address)) {
            return Answer::Refused(self.published_for_itself(machine, published));
        }
        let target = self.target(published);
        match Database::ask(&target.address, &self.context.application("start-services")).await {
            Ok(database) => {
                database.close().await;
                Answer::Ready
            }
            Err(error) if error.may_pass() => Answer::NotYet(error.to_string()),
            Err(error) => Answer::Refused(self.refused(&error)),
        }
    }

    fn target(&self, published: &Published) -> Target {
        let host = match (&self.elsewhere, published.address.as_str()) {
            (Some(host), _) => host.clone(),
            (None, "" | "0.0.0.0") => "127.0.0.1".to_owned(),
            (None, "::") => "::1".to_owned(),
            (None, address) => address.to_owned(),
        };
        let url = self.service.url_at(host, published.port);
        let name = self.service.service.clone();
        self.context.described(url, format!("the service {name}"), Via::Docker(name))
    }

    /// The engine's machine publishes the port, and only for itself.
    fn published_for_itself(&self, machine: &str, published: &Published) -> Report {
        let (service, Published { address, port, .. }) = (&self.service.service, published);
        let title =
            format!("service {service} is published on {address} of {machine}, where only {machine} itself reaches it");
        Diagnostic::error(FOR_ITSELF, Exit::Unhealthy, title)
            .at(self.service.place.clone())
            .because("the engine runs on another machine, and its ports are published there")
            .advise(format!("Publish it without that address: \"{port}:{}\" in `ports`", self.service.container_port))
            .try_command(
                "Or leave it so, open a tunnel, and name the database at its end with DATABASE_URL",
                format!("ssh -NL {port}:{address}:{port} {}", self.by_ssh.as_deref().unwrap_or(machine)),
            )
            .into()
    }

    /// A volume keeps the user and the password that it was made with, whatever the env file says later.
    fn refused(&self, error: &PostgresError) -> Report {
        let found = error.diagnose();
        let is_login = found.code.as_str() == "database-authentication";
        if !is_login {
            return found.into();
        }
        found
            .because(
                "user and password count when the volume is made; a later change in the env file does not reach it",
            )
            .try_command("Start over with an empty volume", "cargo xtask teardown --volumes")
            .into()
    }
}

fn is_loopback(address: &str) -> bool {
    address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Probe for DatabaseProbe<'_> {
    fn service(&self) -> &str {
        &self.service.service
    }

    fn ask<'a>(&'a self, container: &'a Container) -> Asked<'a> {
        Box::pin(self.answer(container))
    }
}
