//! The database service in a container: how it is, in words.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::{Context, Target};
use crate::diagnostic::{Code, Diagnose as _, Diagnostic, Exit, Report, Result};
use crate::docker::{PortWish, Scope};
use crate::lifecycle::Observed;
use crate::lifecycle::observed::{Container, State};
use crate::postgres::PostgresError;
use crate::tools::Transport;

const NOT_RUNNING: Code = Code::new("database-not-running");
const ANOTHER_SERVER: Code = Code::new("database-of-another");

impl Context {
    /// What the engine has under the name of the project.
    pub(crate) async fn observe_by_name(&self) -> Result<Observed> {
        Ok(self.docker().await?.observe(&Scope::named(self.project_name())).await?)
    }

    /// Makes sure that what has let us in is the container of the database service. While that does not run, another project
    /// may have its port, with the same user and password.
    pub(super) async fn refuse_another_server(&self, service: &str, target: &Target) -> Result<()> {
        // An engine that does not answer now says nothing of a server that does.
        let Ok(docker) = self.docker().await else { return Ok(()) };
        if docker.is_service_alive(&self.project_name(), service).await.unwrap_or(true) {
            return Ok(());
        }
        let shown = &target.address.shown;
        let title = format!("another server than the project's answers at {shown}");
        let mut found = Diagnostic::error(ANOTHER_SERVER, Exit::Conflict, title)
            .because(format!("service {service}, in Docker, does not run; nothing was read or changed"));
        if let Some(port) = target.url.port {
            let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
            let wish = PortWish { address, transport: Transport::Tcp };
            let everybody = docker.everybodys_containers().await.unwrap_or_default();
            if let Some(has_it) = docker.port_user(wish, &everybody, |_| false).and_then(|user| user.has("the port")) {
                found = found.because(has_it);
            }
        }
        let found =
            found.try_command("Start the project's own, which says how to get around the other one", "cargo xtask up");
        Err(found.advise("Or name that database with DATABASE_URL, if it is the one that is meant").into())
    }

    /// Why the database service did not let us in: where its container is known not to run, that says more than the
    /// connection; and what answers in its place is somebody else.
    pub(super) async fn why_not_in_docker(&self, service: &str, error: &PostgresError) -> Report {
        let found = error.diagnose();
        let observed = match self.observe_by_name().await {
            Ok(observed) => observed,
            // Where the engine does not answer either, its database cannot.
            Err(report) if matches!(error, PostgresError::Unreachable { .. }) => return report,
            Err(_) => return found.into(),
        };
        let containers = observed.of_service(service);
        if containers.iter().any(|container| container.is_alive()) {
            return found.into();
        }
        if matches!(error, PostgresError::Unreachable { .. }) {
            return not_running(service, containers.first().copied());
        }
        let other = format!("the service {service} is not running: what answers there is another server");
        Diagnostic { ..found }.because(other).try_command("Start the service", "cargo xtask start-services").into()
    }
}

/// The service is not running.
pub(super) fn not_running(service: &str, container: Option<&Container>) -> Report {
    let state = match container.map(|container| &container.state) {
        None => "it has no container".to_owned(),
        Some(State::Exited { code, out_of_memory: true }) => {
            format!("its container has ended with status {code}: it was killed for want of memory")
        }
        Some(State::Exited { code, .. }) => format!("its container has ended with status {code}"),
        Some(state) => format!("its container is {}", state.as_str()),
    };
    let found = Diagnostic::error(NOT_RUNNING, Exit::Unhealthy, "the project's database is not running");
    let found = found
        .because(format!("service {service}, in Docker: {state}"))
        .try_command("Start it", "cargo xtask start-services")
        .try_command("Or do everything from the beginning", "cargo xtask up");
    match container {
        Some(_) => found.try_command("See what it has written", format!("cargo xtask logs {service}")).into(),
        None => found.into(),
    }
}
