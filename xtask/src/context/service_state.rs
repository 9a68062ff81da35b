//! How each service is: what the file says beside what the engine has, for `status` and for what a start came to.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Context;
use super::project::Services;
use crate::lifecycle::observed::{Container, HealthStatus, Observed, State};
use crate::lifecycle::{drift, ends_by_itself};
use crate::stack::Service;
use crate::stack::selection::active_profiles;

/// A service, or one of its containers where it has several.
#[derive(Clone, Debug)]
pub(crate) struct ServiceState {
    /// The service.
    pub(crate) service: String,
    /// Its container, if it has one.
    pub(crate) container: Option<Container>,
    /// Whether it has ended, as it was to.
    pub(crate) is_done: bool,
    /// What has changed in the file since the container was made.
    pub(crate) drift: Vec<String>,
    /// The profiles without which it does not take part, where none of them is active.
    pub(crate) off: Vec<String>,
    /// Whether the file has it.
    pub(crate) is_orphan: bool,
}

impl ServiceState {
    /// Whether nothing is wanting: it runs and is well, has done its work, or does not take part.
    pub(crate) fn is_well(&self) -> bool {
        match &self.container {
            Some(container) => self.is_done || container.is_up(),
            None => !self.off.is_empty(),
        }
    }

    /// The state in words.
    pub(crate) fn in_words(&self) -> String {
        let Some(container) = &self.container else {
            return match self.off.as_slice() {
                [] => "no container".to_owned(),
                profiles => format!("off (profile {})", profiles.join(", ")),
            };
        };
        let health = container.health.as_ref().map(|health| health.status);
        match (&container.state, health) {
            (State::Exited { .. }, _) if self.is_done => "done".to_owned(),
            (State::Exited { code, out_of_memory: true }, _) => format!("exited ({code}), out of memory"),
            (State::Exited { code, .. }, _) => format!("exited ({code})"),
            (State::Running, Some(HealthStatus::Healthy)) => "running, healthy".to_owned(),
            (State::Running, Some(status)) => format!("running, {}", status.as_str()),
            (state, _) => state.as_str().to_owned(),
        }
    }

    /// Where its ports are reached: `127.0.0.1:5439->5432/tcp`.
    pub(crate) fn ports(&self) -> Vec<String> {
        let published = self.container.iter().flat_map(|container| &container.published);
        published.map(|port| format!("{}:{}->{}", bracketed(&port.address), port.port, port.target)).collect()
    }
}

/// The same, shorter: what stands open at all addresses is not told once more for IPv6.
pub(crate) fn ports_in_words(ports: &[String]) -> String {
    let is_twin = |port: &&String| {
        let rest = port.strip_prefix("[::]:");
        rest.is_some_and(|rest| ports.contains(&format!("0.0.0.0:{rest}")))
    };
    ports.iter().filter(|port| !is_twin(port)).map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// An IPv6 address stands in brackets where a port follows it.
fn bracketed(address: &str) -> String {
    if address.contains(':') { format!("[{address}]") } else { address.to_owned() }
}

/// A service as JSON; `docs/json.md` names the fields.
pub(crate) fn service_json(state: &ServiceState) -> Value {
    let container = state.container.as_ref();
    let health = container.and_then(|container| container.health.as_ref());
    let exit_code = container.and_then(|container| match container.state {
        State::Exited { code, .. } => Some(code),
        _ => None,
    });
    json!({
        "service": state.service,
        "container": container.map(|container| &container.name),
        "image": container.map(|container| &container.configuration.image),
        "state": container.map_or("absent", |container| container.state.as_str()),
        "health": health.map(|health| health.status.as_str()),
        "exit_code": exit_code,
        "done": state.is_done,
        "ports": state.ports(),
        "started_at": container.and_then(|container| container.started_at.as_ref()),
        "restarts": container.map(|container| container.restarts),
        "drift": state.drift,
        "off": state.off,
        "orphan": state.is_orphan,
    })
}

impl Context {
    /// How the services are: those of the file in its order, then containers of which it knows nothing.
    /// `finished` are the containers that have ended by themselves, with the time at which they did.
    pub(crate) fn service_states(
        &self,
        services: &Services,
        observed: &Observed,
        finished: &BTreeMap<String, String>,
    ) -> Vec<ServiceState> {
        let project = services.project();
        let drift = drift(project, observed);
        let profiles = active_profiles(&self.selection.profiles, &services.compose.variables);
        let mut states = Vec::new();
        for service in &project.stack.services {
            let off = if service.has_profile(&profiles) { Vec::new() } else { service.profiles.clone() };
            let changes = drift.get(&service.name).into_iter().flatten().map(ToString::to_string).collect::<Vec<_>>();
            let state = |container: Option<&Container>| ServiceState {
                service: service.name.clone(),
                container: container.cloned(),
                is_done: container.is_some_and(|container| is_done(services, service, container, finished)),
                drift: changes.clone(),
                off: off.clone(),
                is_orphan: false,
            };
            match observed.of_service(&service.name).as_slice() {
                [] => states.push(state(None)),
                containers => states.extend(containers.iter().map(|container| state(Some(container)))),
            }
        }
        let known = |container: &&Container| project.stack.service(container.service()).is_some();
        let orphans = observed.containers.iter().filter(|it| !it.is_oneoff() && !known(it));
        states.extend(orphans.map(|container| ServiceState {
            service: container.service().to_owned(),
            container: Some(container.clone()),
            is_done: false,
            drift: Vec::new(),
            off: Vec::new(),
            is_orphan: true,
        }));
        states
    }
}

/// What others wait for until it has ended, or what has ended by itself: it is not started again. What somebody has stopped is not
/// done, whatever its status.
fn is_done(services: &Services, service: &Service, container: &Container, finished: &BTreeMap<String, String>) -> bool {
    let ended_well = matches!(container.state, State::Exited { code: 0, .. });
    let by_itself = finished.get(&container.id).is_some_and(|at| Some(at) == container.finished_at.as_ref());
    ended_well && (by_itself || ends_by_itself(services.project(), &service.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_at_all_addresses_is_told_once() {
        let told = |ports: &[&str]| ports_in_words(&ports.iter().map(|port| (*port).to_owned()).collect::<Vec<_>>());
        assert_eq!(told(&["0.0.0.0:5432->5432/tcp", "[::]:5432->5432/tcp"]), "0.0.0.0:5432->5432/tcp");
        let different = ["0.0.0.0:32768->80/tcp", "[::]:32769->80/tcp", "127.0.0.1:81->81/tcp"];
        assert_eq!(told(&different), different.join(", "));
    }
}
