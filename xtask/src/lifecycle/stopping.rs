//! What is to be done so that nothing runs any more: in the reverse order of starting.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::labels;
use super::observed::{Container, Observed};
use super::order;
use super::plan::{Plan, Step, StepId};
use crate::stack::Stack;

/// The time that an engine gives a container that was made without one.
const USUAL_GRACE: Duration = Duration::from_secs(10);

/// What somebody wants to be gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DownOptions {
    /// The services that were named, with everything that needs them; all where none was.
    pub services: Vec<String>,
    /// Whether the volumes of the project go, with what is in them.
    pub volumes: bool,
    /// Whether containers go of which the file knows nothing, and those of `run`.
    pub remove_orphans: bool,
    /// How long each container has to end, where somebody said so.
    pub grace: Option<Duration>,
}

impl Plan {
    /// Removes what runs. It needs no file: everything says itself whose it is. With a file, what that does not know is left
    /// alone unless it is asked for, as compose does.
    pub fn down(stack: Option<&Stack>, observed: &Observed, options: &DownOptions) -> Self {
        let mut plan = Self::default();
        let is_orphan = |container: &Container| stack.is_some_and(|it| it.service(container.service()).is_none());
        let (gone, left): (Vec<&Container>, Vec<&Container>) = observed.containers.iter().partition(|it| {
            options.remove_orphans || !(is_orphan(it) || (it.is_oneoff() && it.is_alive() && stack.is_some()))
        });
        let gone = chosen(gone, stack, observed, &options.services);
        let stopped = plan.stop_all(&gone, stack, observed, options.grace);
        let removed: Vec<StepId> = gone
            .iter()
            .map(|container| plan.add(remove(container, options.volumes), stopped.get(&container.id).copied()))
            .collect();
        if !options.services.is_empty() {
            return plan;
        }
        let still = || left.iter().map(|container| container.name.as_str()).collect::<Vec<_>>().join(", ");
        if !left.is_empty() {
            plan.notices.push(format!("{} stays: the file has no such service (--remove-orphans)", still()));
        }
        for network in observed.networks.iter().filter(|it| it.labels.contains_key(labels::NETWORK)) {
            if left.iter().any(|container| container.is_in(network)) {
                plan.notices.push(format!("network {} stays: {} uses it", network.name, still()));
                continue;
            }
            let step = Step::RemoveNetwork { id: network.id.clone(), name: network.name.clone() };
            plan.add(step, removed.iter().copied());
        }
        if options.volumes {
            for name in removable_volumes(stack, observed) {
                plan.add(Step::RemoveVolume { name }, removed.iter().copied());
            }
        }
        plan
    }

    /// Stops what runs, and removes nothing.
    pub fn stop(stack: Option<&Stack>, observed: &Observed, services: &[String], grace: Option<Duration>) -> Self {
        let mut plan = Self::default();
        let running = observed.containers.iter().filter(|container| !container.is_oneoff()).collect();
        let running: Vec<&Container> = match services {
            [] => running,
            // Stopping one service is no reason to stop another, unlike removing it.
            named => running.into_iter().filter(|it| named.iter().any(|name| name == it.service())).collect(),
        };
        plan.stop_all(&running, stack, observed, grace);
        plan
    }

    /// Each container after those of the services that depend on its own. Gives the steps by id.
    fn stop_all(
        &mut self,
        containers: &[&Container],
        stack: Option<&Stack>,
        observed: &Observed,
        grace: Option<Duration>,
    ) -> BTreeMap<String, StepId> {
        let dependents = order::dependents(stack, observed);
        let mut steps: BTreeMap<String, StepId> = BTreeMap::new();
        let mut waiting: BTreeSet<&str> = containers.iter().map(|container| container.service()).collect();
        while !waiting.is_empty() {
            // Not only those that need it directly: one in between may have ended long ago, as jobs do.
            let needed_by = |name: &str| order::with_dependents(&[name.to_owned()], &dependents);
            let is_needed =
                |name: &&str| needed_by(name).iter().any(|other| other != *name && waiting.contains(other.as_str()));
            let mut free: Vec<&str> = waiting.iter().copied().filter(|name| !is_needed(name)).collect();
            if free.is_empty() {
                // Labels of a file that has changed meanwhile may tell of a circle; then all of them stop at once.
                free = waiting.iter().copied().collect();
            }
            for service in free {
                waiting.remove(service);
                let needed_by = needed_by(service);
                let is_before = |it: &&&Container| it.service() != service && needed_by.contains(it.service());
                let before = containers.iter().filter(is_before);
                let after: Vec<StepId> = before.filter_map(|it| steps.get(&it.id)).copied().collect();
                for container in containers.iter().filter(|it| it.service() == service && it.is_alive()) {
                    let step = self.add(stop(container, grace), after.iter().copied());
                    steps.insert(container.id.clone(), step);
                }
            }
        }
        steps
    }
}

/// Without names, all; else those of the services that were named, and of all that need them.
fn chosen<'o>(
    containers: Vec<&'o Container>,
    stack: Option<&Stack>,
    observed: &Observed,
    names: &[String],
) -> Vec<&'o Container> {
    if names.is_empty() {
        return containers;
    }
    let wanted = order::with_dependents(names, &order::dependents(stack, observed));
    containers.into_iter().filter(|container| wanted.contains(container.service())).collect()
}

/// The volumes that go with the project: those that it has made, unless the file now calls them external.
pub fn removable_volumes(stack: Option<&Stack>, observed: &Observed) -> Vec<String> {
    let is_external =
        |name: &str| stack.is_some_and(|it| it.volumes.values().any(|volume| volume.external && volume.name == name));
    let own = observed.volumes.iter().filter(|volume| volume.labels.contains_key(labels::VOLUME));
    own.filter(|volume| !is_external(&volume.name)).map(|volume| volume.name.clone()).collect()
}

/// The step that stops a container.
pub(super) fn stop(container: &Container, grace: Option<Duration>) -> Step {
    let made_with = container.configuration.stop_timeout.and_then(|seconds| u64::try_from(seconds).ok());
    Step::Stop {
        service: container.service().to_owned(),
        id: container.id.clone(),
        name: container.name.clone(),
        grace,
        usual: made_with.map_or(USUAL_GRACE, Duration::from_secs),
    }
}

/// The step that removes a container.
pub(super) fn remove(container: &Container, volumes: bool) -> Step {
    Step::Remove {
        service: container.service().to_owned(),
        id: container.id.clone(),
        name: container.name.clone(),
        volumes,
    }
}
