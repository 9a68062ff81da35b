//! Which services take part, and in which order.

use std::collections::{BTreeMap, BTreeSet};

use super::labels::{self, read_dependencies};
use super::observed::Observed;
use crate::stack::{Service, Stack};

/// Why there is no order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// A service that was named is not in the file.
    #[error("there is no service {name}")]
    Unknown {
        /// What was named.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
}

/// The services that take part when some are named: these, and what they depend on. Without names, all that have no profile
/// or an active one. They come in the order in which they can be started.
pub fn selected<'a>(stack: &'a Stack, named: &[String], profiles: &[String]) -> Result<Vec<&'a Service>, OrderError> {
    let is_active = |profile: &String| profiles.iter().any(|active| active == profile || active == "*");
    let mut open: Vec<&Service> = Vec::new();
    if named.is_empty() {
        open.extend(stack.services.iter().filter(|it| it.profiles.is_empty() || it.profiles.iter().any(is_active)));
    }
    for name in named {
        let known = || stack.services.iter().map(|service| service.name.clone()).collect();
        open.push(stack.service(name).ok_or_else(|| OrderError::Unknown { name: name.clone(), known: known() })?);
    }
    let mut chosen: BTreeMap<&str, &Service> = BTreeMap::new();
    while let Some(service) = open.pop() {
        if chosen.insert(&service.name, service).is_some() {
            continue;
        }
        for name in service.depends_on.keys() {
            // Reading the file has found those that it does not define.
            open.extend(stack.service(name));
        }
    }
    Ok(sorted(&chosen))
}

/// Each after those that it depends on; in the order of their names where nothing else decides.
fn sorted<'a>(chosen: &BTreeMap<&'a str, &'a Service>) -> Vec<&'a Service> {
    let mut waiting: BTreeSet<&str> = chosen.keys().copied().collect();
    let mut sorted = Vec::new();
    while !waiting.is_empty() {
        let is_free = |name: &&str| !chosen[*name].depends_on.keys().any(|other| waiting.contains(other.as_str()));
        let mut free: Vec<&str> = waiting.iter().copied().filter(|name| is_free(name)).collect();
        if free.is_empty() {
            // A circle, which reading the file has refused, has no first one.
            free = waiting.iter().copied().collect();
        }
        for name in free {
            waiting.remove(name);
            sorted.push(chosen[name]);
        }
    }
    sorted
}

/// The services that directly depend on each service: those of the file where it can be read, and those that labels of
/// containers tell of.
pub(super) fn dependents(stack: Option<&Stack>, observed: &Observed) -> BTreeMap<String, BTreeSet<String>> {
    let mut dependents: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut add = |needed: &str, by: &str| {
        if needed != by {
            dependents.entry(needed.to_owned()).or_default().insert(by.to_owned());
        }
    };
    for service in stack.iter().flat_map(|stack| &stack.services) {
        service.depends_on.keys().for_each(|needed| add(needed, &service.name));
    }
    for container in &observed.containers {
        // What the file says now counts more than what it said when the container was made.
        if stack.is_none_or(|stack| stack.service(container.service()).is_none()) {
            let label = container.label(labels::DEPENDS_ON).unwrap_or_default();
            read_dependencies(label).iter().for_each(|needed| add(&needed.service, container.service()));
        }
    }
    dependents
}

/// A service and everything that needs it, directly or not.
pub(super) fn with_dependents(names: &[String], dependents: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&String> = names.iter().collect();
    while let Some(name) = open.pop() {
        if found.insert(name.clone()) {
            open.extend(dependents.get(name).into_iter().flatten());
        }
    }
    found
}
