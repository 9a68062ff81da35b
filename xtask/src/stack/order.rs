//! In which order services are started and stopped.

use std::collections::{BTreeMap, BTreeSet};

use super::service::Service;
use super::{Stack, StackError};

/// Who must wait for whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// For each service those that come before it.
    before: BTreeMap<String, BTreeSet<String>>,
}

/// A rule in the making: see [`Order::must_start`].
pub struct MustStart<'o> {
    order: &'o mut Order,
    service: String,
}

impl MustStart<'_> {
    /// Says that it starts after another one.
    pub fn after(self, other: &str) {
        self.order.before.entry(other.to_owned()).or_default();
        self.order.before.entry(self.service).or_default().insert(other.to_owned());
    }
}

impl Order {
    /// The order of some services. What they depend on outside of these does not count.
    pub fn of<'s>(services: impl IntoIterator<Item = &'s Service>) -> Self {
        let services: Vec<&Service> = services.into_iter().collect();
        let mut order = Self::default();
        for service in &services {
            order.before.entry(service.name.clone()).or_default();
        }
        for service in &services {
            let names = service.depends_on.keys();
            for name in names.filter(|name| services.iter().any(|other| other.name == **name)) {
                order.must_start(&service.name).after(name);
            }
        }
        order
    }

    /// Begins a rule: `order.must_start("api").after("db")`.
    pub fn must_start(&mut self, service: &str) -> MustStart<'_> {
        MustStart { order: self, service: service.to_owned() }
    }

    /// Those that a service waits for, directly.
    pub fn waits_for(&self, service: &str) -> impl Iterator<Item = &str> {
        self.before.get(service).into_iter().flatten().map(String::as_str)
    }

    /// Those that wait for a service, directly.
    pub fn wait_for(&self, service: &str) -> impl Iterator<Item = &str> {
        let waits =
            move |(name, before): (&'_ String, &BTreeSet<String>)| before.contains(service).then(|| name.clone());
        let names: BTreeSet<String> = self.before.iter().filter_map(waits).collect();
        self.before.keys().filter(move |name| names.contains(*name)).map(String::as_str)
    }

    /// From first to last; services of one step may start at the same time. `Err` with a circle, if there is one.
    pub fn steps(&self) -> Result<Vec<Vec<&str>>, Vec<&str>> {
        let mut steps: Vec<Vec<&str>> = Vec::new();
        let mut done: BTreeSet<&str> = BTreeSet::new();
        while done.len() < self.before.len() {
            let open = self.before.iter().filter(|(name, _)| !done.contains(name.as_str()));
            let ready = open.filter(|(_, before)| before.iter().all(|name| done.contains(name.as_str())));
            let step: Vec<&str> = ready.map(|(name, _)| name.as_str()).collect();
            if step.is_empty() {
                return Err(self.circle(&done));
            }
            done.extend(&step);
            steps.push(step);
        }
        Ok(steps)
    }

    /// A circle among those that are not done: whoever waits for one of them is followed until somebody comes again.
    fn circle(&self, done: &BTreeSet<&str>) -> Vec<&str> {
        let mut path: Vec<&str> = Vec::new();
        let mut next = self.before.keys().map(String::as_str).find(|name| !done.contains(name));
        while let Some(name) = next {
            if let Some(start) = path.iter().position(|there| *there == name) {
                return path.split_off(start);
            }
            path.push(name);
            next = self.waits_for(name).find(|name| !done.contains(name));
        }
        path
    }
}

impl Stack {
    /// The error of services that wait for each other.
    pub(super) fn cycle(&self) -> Option<StackError> {
        let order = Order::of(&self.services);
        let circle = order.steps().err()?;
        let names: Vec<String> = circle.iter().map(|name| (*name).to_owned()).collect();
        let first = self.service(names.first()?)?;
        let second = names.get(1).or(names.first())?;
        let place = first.depends_on.get(second).map_or(&first.place, |dependency| &dependency.place);
        Some(StackError::Cycle { place: place.clone().into(), services: names })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(rules: &[(&str, &str)]) -> Order {
        let mut order = Order::default();
        for (service, other) in rules {
            order.must_start(service).after(other);
        }
        order
    }

    #[test]
    fn whoever_waits_comes_later() {
        let order = order(&[("api", "db"), ("web", "api"), ("web", "cache"), ("job", "db")]);
        assert_eq!(order.steps(), Ok(vec![vec!["cache", "db"], vec!["api", "job"], vec!["web"]]));
        assert!(order.waits_for("web").eq(["api", "cache"]) && order.wait_for("db").eq(["api", "job"]));
    }

    #[test]
    fn a_circle_is_found_without_those_that_lead_to_it() {
        let order = order(&[("a", "b"), ("b", "c"), ("c", "b"), ("d", "e")]);
        assert_eq!(order.steps(), Err(vec!["b", "c"]));
        let mut alone = Order::default();
        alone.must_start("x").after("x");
        assert_eq!(alone.steps(), Err(vec!["x"]));
    }
}
