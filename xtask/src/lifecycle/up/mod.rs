//! What is to be done so that services run as the file wants them.

mod surroundings;
#[cfg(test)]
mod tests;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::compare::Comparison;
use super::difference::Change;
use super::names;
use super::observed::{Container, Observed, State};
use super::order::{self, OrderError};
use super::plan::{Kept, Plan, Replica, Step, StepId, Until};
use super::project::Project;
use super::sharing::{self, Shared};
use super::stopping;
use crate::stack::Service;
use crate::stack::dependency::{Condition, Dependency};

/// What somebody wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpOptions {
    /// The services that were named; all where none was.
    pub services: Vec<String>,
    /// The profiles that are active.
    pub profiles: Vec<String>,
    /// Whether the services that were named are made anew though nothing has changed.
    pub force_recreate: bool,
    /// Whether the services that were named are stopped and started though nothing has changed.
    pub restart: bool,
    /// Whether containers of services that the file no longer has are removed.
    pub remove_orphans: bool,
    /// Whether everything is waited for until it is ready.
    pub wait: bool,
    /// Containers that are known to have ended by themselves, with the time at which they did.
    pub finished: BTreeMap<String, String>,
}

/// Why there is no plan: found before anything is touched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The services have no order.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// Something that somebody else was to make does not exist.
    #[error("the external {kind} {name} does not exist")]
    ExternalMissing {
        /// `network` or `volume`.
        kind: &'static str,
        /// Its name.
        name: String,
    },
}

impl Plan {
    /// What is to be done so that services run as the file wants them. What exists and has not changed is left alone, and
    /// volumes are only ever added.
    ///
    /// # Errors
    /// Everything that makes it impossible, at once.
    pub fn up(project: Project<'_>, observed: &Observed, options: &UpOptions) -> Result<Self, Vec<PlanError>> {
        let services = order::selected(project.stack, &options.services, &options.profiles);
        let services = services.map_err(|error| vec![error.into()])?;
        let mut up = Up {
            comparison: Comparison { project, observed },
            options,
            services: services.iter().map(|service| service.name.as_str()).collect(),
            plan: Self::default(),
            networks: BTreeMap::new(),
            volumes: BTreeMap::new(),
            begun: BTreeMap::new(),
            fresh: BTreeMap::new(),
            errors: Vec::new(),
        };
        up.networks(&services);
        up.volumes(&services);
        for service in &services {
            up.service(service);
        }
        if options.wait {
            services.iter().filter(|it| it.replicas() > 0).for_each(|service| up.ready(service));
        }
        up.orphans();
        if up.errors.is_empty() { Ok(up.plan) } else { Err(up.errors) }
    }
}

/// How new what runs of a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fresh {
    Started,
    Recreated,
}

/// A plan while it is made.
struct Up<'a> {
    comparison: Comparison<'a>,
    options: &'a UpOptions,
    services: BTreeSet<&'a str>,
    plan: Plan,
    /// The step that makes a network, by key.
    networks: BTreeMap<String, StepId>,
    /// The step that makes a volume, by key.
    volumes: BTreeMap<String, StepId>,
    /// The steps after which the containers of a service have been started.
    begun: BTreeMap<String, Vec<StepId>>,
    /// Services whose containers do not run on as they did.
    fresh: BTreeMap<String, Fresh>,
    errors: Vec<PlanError>,
}

/// What is done with one container that exists.
enum Fate {
    Leave(Kept),
    Restart,
    Recreate(Vec<Change>),
}

impl<'a> Up<'a> {
    fn service(&mut self, service: &'a Service) {
        let Comparison { project, observed, .. } = self.comparison;
        let replicas = service.replicas();
        let (present, leftovers) = present(project, service, observed);
        let fates: Vec<_> = present.into_iter().map(|container| (self.fate(service, container), container)).collect();
        // What is as it should be stays first, then what has the lowest number.
        let mut ranked = fates;
        ranked.sort_by_key(|(fate, container)| (matches!(fate, Fate::Recreate(_)), container.number()));
        let superfluous = ranked.split_off(ranked.len().min(replicas as usize));
        let mut gone: Vec<StepId> =
            leftovers.into_iter().chain(superfluous.iter().map(|(_, it)| *it)).map(|it| self.remove(it)).collect();
        let highest = observed.of_service(&service.name).iter().map(|it| it.number()).max().unwrap_or(0);
        let missing = replicas.saturating_sub(u32::try_from(ranked.len()).unwrap_or(u32::MAX));
        for (fate, container) in ranked {
            self.existing(service, container, fate, &gone);
        }
        // A name that a leftover has is free only after it has gone.
        for number in highest + 1..=highest + missing {
            let replica = self.replica(service, number);
            let mut after = self.before_start(service);
            after.append(&mut gone.clone());
            let created = self.plan.add(Step::Create(replica.clone()), after);
            self.begin(service, replica, created);
        }
        gone.clear();
    }

    fn replica(&self, service: &Service, number: u32) -> Replica {
        let name = names::container(self.comparison.project.name(), service, number);
        Replica { service: service.name.clone(), number, name }
    }

    /// What becomes of a container that exists.
    fn fate(&self, service: &Service, container: &Container) -> Fate {
        let is_named = self.options.services.is_empty() || self.options.services.contains(&service.name);
        let mut changes = self.comparison.changes(service, container);
        let shared = sharing::shared(service);
        for Shared { key, service: other } in &shared {
            if self.fresh.get(*other) == Some(&Fresh::Recreated) {
                changes.push(Change::plain(format!("{key}: the container of {other} is made anew")));
            }
        }
        for key in service.networks.keys().filter(|key| self.networks.contains_key(*key)) {
            let name = self.comparison.project.network_name(key);
            if !changes.iter().any(|change| change.what.starts_with(&format!("networks.{name}"))) {
                changes.push(Change::plain(format!("networks.{name}: the network is made anew")));
            }
        }
        if changes.is_empty() && is_named && self.options.force_recreate {
            changes.push(Change::plain("asked for with --force-recreate"));
        }
        if !changes.is_empty() {
            return Fate::Recreate(changes);
        }
        let after_restart = service.depends_on.iter().any(|(name, it)| it.restart && self.fresh.contains_key(name));
        let is_sharing = shared.iter().any(|it| self.fresh.contains_key(it.service));
        if (is_named && self.options.restart) || (container.is_alive() && (after_restart || is_sharing)) {
            return Fate::Restart;
        }
        Fate::Leave(match &container.state {
            State::Running | State::Restarting => Kept::Running,
            State::Exited { code: 0, .. } if self.is_done(service, container) => Kept::Done,
            _ => Kept::Stopped,
        })
    }

    /// Whether a service that has ended with 0 was to end: others wait for that, or it was seen to end by itself.
    fn is_done(&self, service: &Service, container: &Container) -> bool {
        let is_seen =
            self.options.finished.get(&container.id).is_some_and(|at| Some(at) == container.finished_at.as_ref());
        is_seen || ends_by_itself(self.comparison.project, &service.name)
    }

    fn existing(&mut self, service: &'a Service, container: &Container, fate: Fate, gone: &[StepId]) {
        let replica = self.replica(service, container.number().max(1));
        let id = container.id.clone();
        let mut ready = gone.to_vec();
        let is_misnamed = container.name != replica.name;
        let begun = match fate {
            Fate::Recreate(changes) => {
                ready.extend(self.before_start(service));
                self.fresh.insert(service.name.clone(), Fresh::Recreated);
                let made = self.plan.add(Step::Recreate { replica: replica.clone(), id, changes }, ready);
                return self.begin(service, replica, made);
            }
            Fate::Restart => {
                ready.extend(self.before_start(service));
                self.fresh.entry(service.name.clone()).or_insert(Fresh::Started);
                self.plan.add(Step::Restart { replica: replica.clone(), id: id.clone() }, ready)
            }
            Fate::Leave(Kept::Stopped) => {
                ready.extend(self.before_start(service));
                let step = Step::Keep { replica: replica.clone(), id: id.clone(), how: Kept::Stopped };
                let kept = self.plan.add(step, ready);
                self.begin(service, replica.clone(), kept);
                kept
            }
            Fate::Leave(how) => self.plan.add(Step::Keep { replica: replica.clone(), id: id.clone(), how }, ready),
        };
        self.begun.entry(service.name.clone()).or_default().push(begun);
        // An interrupted run may have left the name of a replacement.
        if is_misnamed && names::final_name(&container.name) == Some(replica.name.as_str()) {
            self.plan.add(Step::Rename { replica, id }, [begun]);
        }
    }

    fn begin(&mut self, service: &Service, replica: Replica, after: StepId) {
        let started = self.plan.add(Step::Start(replica), [after]);
        self.fresh.entry(service.name.clone()).or_insert(Fresh::Started);
        self.begun.entry(service.name.clone()).or_default().push(started);
    }

    /// What must have been done before a container of a service is made or started.
    fn before_start(&mut self, service: &'a Service) -> Vec<StepId> {
        let mut after: Vec<StepId> =
            service.networks.keys().filter_map(|key| self.networks.get(key)).copied().collect();
        let volumes = service.volumes.iter().filter_map(|mount| self.volumes.get(&mount.value.source));
        after.extend(volumes.copied());
        for (name, dependency) in &service.depends_on {
            after.extend(self.after_dependency(service, name, dependency));
        }
        after
    }

    fn after_dependency(&mut self, service: &Service, name: &str, dependency: &Dependency) -> Vec<StepId> {
        let needed = self.comparison.project.stack.service(name);
        if !self.services.contains(name) || needed.is_none_or(|needed| needed.replicas() == 0) {
            return Vec::new();
        }
        let begun = self.begun.get(name).cloned().unwrap_or_default();
        if dependency.condition == Condition::Started && dependency.required {
            return begun;
        }
        let step = Step::Await {
            service: name.to_owned(),
            until: Until::Condition(dependency.condition),
            by: Some(service.name.clone()),
            required: dependency.required,
        };
        let known = self.plan.nodes().iter().position(|node| node.step == step);
        vec![known.unwrap_or_else(|| self.plan.add(step, begun))]
    }

    fn ready(&mut self, service: &Service) {
        let begun = self.begun.get(&service.name).cloned().unwrap_or_default();
        let step = Step::Await { service: service.name.clone(), until: Until::Ready, by: None, required: true };
        self.plan.add(step, begun);
    }

    fn remove(&mut self, container: &Container) -> StepId {
        let stopped = container.is_alive().then(|| self.plan.add(stopping::stop(container, None), []));
        self.plan.add(stopping::remove(container, false), stopped)
    }
}

/// Whether some other service waits for this one to end.
pub fn ends_by_itself(project: Project<'_>, service: &str) -> bool {
    let waits = |other: &Service| {
        other.depends_on.get(service).is_some_and(|it| it.condition == Condition::CompletedSuccessfully)
    };
    project.stack.services.iter().any(waits)
}

/// The containers of a service, one for each number; and those that are left over from interrupted runs.
fn present<'o>(
    project: Project<'_>,
    service: &Service,
    observed: &'o Observed,
) -> (Vec<&'o Container>, Vec<&'o Container>) {
    let mut present: BTreeMap<u32, &Container> = BTreeMap::new();
    let mut leftovers = Vec::new();
    for container in observed.of_service(&service.name).into_iter().filter(|it| it.state != State::Removing) {
        let is_named = container.name == names::container(project.name(), service, container.number());
        if container.state == State::Dead {
            leftovers.push(container);
            continue;
        }
        match present.entry(container.number()) {
            Entry::Vacant(place) => {
                place.insert(container);
            }
            Entry::Occupied(mut place) if is_named => leftovers.push(place.insert(container)),
            Entry::Occupied(_) => leftovers.push(container),
        }
    }
    (present.into_values().collect(), leftovers)
}
