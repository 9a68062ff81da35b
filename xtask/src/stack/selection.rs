//! Which services take part: profiles, names on the command line, and what these depend on.

use std::collections::BTreeSet;

use super::service::Service;
use super::{Stack, StackError, Variables};

/// Services that take part, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Selection<'s> {
    /// The services.
    pub services: Vec<&'s Service>,
}

/// The profiles that are active: those given, else those of `COMPOSE_PROFILES`. `*` is all of them.
pub fn active_profiles(given: &[String], variables: &Variables) -> Vec<String> {
    if !given.is_empty() {
        return given.to_vec();
    }
    let named = variables.get("COMPOSE_PROFILES").unwrap_or_default();
    // Where nothing is named, the profile without a name is.
    named.split(',').map(|profile| profile.trim().to_owned()).collect()
}

impl Service {
    /// Whether it takes part where these profiles are active.
    pub fn has_profile(&self, active: &[String]) -> bool {
        self.profiles.is_empty() || active.iter().any(|active| active == "*" || self.profiles.contains(active))
    }
}

impl Stack {
    /// All profiles that services have, sorted.
    pub fn profiles(&self) -> BTreeSet<&str> {
        self.services.iter().flat_map(|service| &service.profiles).map(String::as_str).collect()
    }

    /// The services that take part where these profiles are active: all of them, or those that are named with what
    /// they depend on. Naming a service activates its own profiles. `Err` for a name that is not in the file, and for
    /// a dependency that does not take part.
    pub fn select(&self, profiles: &[String], names: &[String]) -> Result<Selection<'_>, StackError> {
        let mut active = profiles.to_vec();
        for name in names {
            active.extend(self.require(name)?.profiles.iter().cloned());
        }
        let enabled: Vec<&Service> = self.services.iter().filter(|service| service.has_profile(&active)).collect();
        let wanted: Vec<&Service> = match names {
            [] => enabled.clone(),
            _ => enabled.iter().copied().filter(|service| names.contains(&service.name)).collect(),
        };
        let mut chosen: BTreeSet<&str> = wanted.iter().map(|service| service.name.as_str()).collect();
        let mut open = wanted;
        while let Some(service) = open.pop() {
            for (name, dependency) in &service.depends_on {
                match enabled.iter().find(|other| other.name == *name) {
                    Some(other) if chosen.insert(&other.name) => open.push(other),
                    None if dependency.required => return Err(self.disabled(service, name)),
                    _ => {}
                }
            }
        }
        let services = enabled.into_iter().filter(|service| chosen.contains(service.name.as_str())).collect();
        Ok(Selection { services })
    }

    fn disabled(&self, service: &Service, name: &str) -> StackError {
        let profiles = self.service(name).map(|other| other.profiles.clone()).unwrap_or_default();
        let place = service.depends_on.get(name).map_or(&service.place, |dependency| &dependency.place);
        let (service, dependency, place) = (service.name.clone(), name.to_owned(), place.clone().into());
        StackError::DependencyDisabled { service, dependency, profiles, place }
    }
}

impl<'s> Selection<'s> {
    /// The keys of the networks that they are in.
    pub fn networks(&self) -> Vec<&'s str> {
        self.used(|service| service.networks.keys().map(String::as_str).collect())
    }

    /// The keys of the volumes that they mount by name.
    pub fn volumes(&self) -> Vec<&'s str> {
        let named = |service: &'s Service| service.volumes.iter().filter(|mount| mount.value.is_named_volume());
        self.used(|service| named(service).map(|mount| mount.value.source.as_str()).collect())
    }

    /// The keys of the secrets that they see.
    pub fn secrets(&self) -> Vec<&'s str> {
        self.used(|service| service.secrets.iter().map(|secret| secret.source.as_str()).collect())
    }

    /// The keys of the configs that they see.
    pub fn configs(&self) -> Vec<&'s str> {
        self.used(|service| service.configs.iter().map(|config| config.source.as_str()).collect())
    }

    fn used(&self, of: impl Fn(&'s Service) -> Vec<&'s str>) -> Vec<&'s str> {
        let all: BTreeSet<&str> = self.services.iter().flat_map(|service| of(service)).collect();
        all.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::tests::loaded;

    #[test]
    fn a_profile_without_a_name_is_active_where_none_is_named() {
        let stack = loaded(&[("compose.yaml", "services: { a: { image: x, profiles: [\"\"] } }")]);
        let services = |given: &[String], variables: &Variables| {
            stack.select(&active_profiles(given, variables), &[]).map_or(0, |selection| selection.services.len())
        };
        let named = Variables::new([("COMPOSE_PROFILES".to_owned(), "b".to_owned())]);
        assert_eq!(services(&[], &Variables::default()), 1);
        assert_eq!((services(&["b".to_owned()], &Variables::default()), services(&[], &named)), (0, 0));
    }
}
