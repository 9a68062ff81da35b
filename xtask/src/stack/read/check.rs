//! What contradicts itself, or names what is not there.

use super::Reader;
use crate::diagnostic::Place;
use crate::stack::file_object::Content;
use crate::stack::service::Service;
use crate::stack::{Stack, StackError};

impl Reader<'_> {
    /// Looks for contradictions in a stack that could be read as a whole.
    pub(super) fn check(&mut self, stack: &Stack) {
        for service in &stack.services {
            self.check_image(service);
            self.check_numbers(service);
            self.check_names(stack, service);
            self.check_mounted_files(stack, service);
            self.check_targets(service);
        }
        self.check_container_names(stack);
        self.errors.extend(stack.cycle());
    }

    fn contradiction(&mut self, service: &Service, problem: impl Into<String>, advice: impl Into<String>) {
        let (service, place) = (service.name.clone(), service.place.clone().into());
        let (problem, advice) = (problem.into(), advice.into());
        self.errors.push(StackError::Contradiction { service, problem, advice, place });
    }

    fn check_image(&mut self, service: &Service) {
        if service.build.is_none() && service.image.as_ref().is_none_or(|image| image.value.is_empty()) {
            self.contradiction(service, "has neither an image nor a build", "Write image: NAME or build: FOLDER");
        }
        if let (Some(build), Some(platform)) = (&service.build, &service.platform)
            && !build.platforms.is_empty()
            && !build.platforms.contains(&platform.value)
        {
            let problem = format!("runs on {}, which is not among the platforms it is built for", platform.value);
            self.contradiction(service, problem, format!("Add {} to build.platforms", platform.value));
        }
        if service.network_mode.is_some() && !service.networks.is_empty() {
            self.contradiction(service, "has both `network_mode` and `networks`", "Leave out one of them");
        }
    }

    /// The same amount can be said in two places.
    fn check_numbers(&mut self, service: &Service) {
        let Some(deploy) = &service.deploy else {
            return self.check_replicas(service);
        };
        let (limits, reservations) = (deploy.limits.as_ref(), deploy.reservations.as_ref());
        let differs = |own: Option<i64>, deployed: Option<Option<i64>>| {
            own.is_some_and(|own| own != 0 && deployed.is_some_and(|deployed| deployed.unwrap_or(0) != own))
        };
        let cpus = |own: f32| own != 0.0 && limits.is_some_and(|limits| limits.cpus.unwrap_or(0.0) != own);
        let pairs = [
            ("scale", "replicas", service.scale.zip(deploy.replicas).is_some_and(|(one, other)| one != other)),
            ("cpus", "resources.limits.cpus", service.cpus.is_some_and(cpus)),
            ("mem_limit", "resources.limits.memory", differs(service.mem_limit, limits.map(|it| it.memory))),
            (
                "mem_reservation",
                "resources.reservations.memory",
                differs(service.mem_reservation, reservations.map(|it| it.memory)),
            ),
            ("pids_limit", "resources.limits.pids", differs(service.pids_limit, limits.map(|it| it.pids))),
        ];
        for (own, deployed, _) in pairs.into_iter().filter(|(.., differ)| *differ) {
            let problem = format!("says one thing in `{own}` and another in `deploy.{deployed}`");
            self.contradiction(service, problem, format!("Leave out `{own}`, or write the same"));
        }
        self.check_replicas(service);
    }

    fn check_replicas(&mut self, service: &Service) {
        if service.replicas() > 1 && service.container_name.is_some() {
            let problem = format!("has a `container_name`, and {} containers", service.replicas());
            self.contradiction(service, problem, "Leave out `container_name`: each container needs its own name");
        }
    }

    /// A file of the host is mounted as it is.
    fn check_mounted_files(&mut self, stack: &Stack, service: &Service) {
        let secrets = service.secrets.iter().map(|it| ("secrets", it, stack.secrets.get(&it.source)));
        let configs = service.configs.iter().map(|it| ("configs", it, stack.configs.get(&it.source)));
        for (area, mount, object) in secrets.chain(configs) {
            let is_file = object.is_some_and(|object| matches!(object.content, Content::File(_)));
            let said = [("uid", mount.uid.is_some()), ("gid", mount.gid.is_some()), ("mode", mount.mode.is_some())];
            for (key, _) in said.into_iter().filter(|(_, is_said)| is_file && *is_said) {
                let what = format!("services.{}.{area}.{}.{key}", service.name, mount.source);
                self.no_effect(what, "the file is mounted with the owner and the rights it has", mount.place.clone());
            }
        }
    }

    /// Nothing can be mounted twice at one path.
    fn check_targets(&mut self, service: &Service) {
        let in_memory = service.tmpfs.iter().map(|entry| entry.split(':').next().unwrap_or(entry));
        let targets = in_memory.chain(service.volumes.iter().map(|mount| mount.value.target.as_str()));
        let mut seen: Vec<&str> = Vec::new();
        for target in targets {
            if seen.contains(&target) {
                self.contradiction(service, format!("mounts two things at {target}"), "Leave out one of them");
            }
            seen.push(target);
        }
    }

    /// What a service names must be in the file.
    fn check_names(&mut self, stack: &Stack, service: &Service) {
        let services: Vec<&str> = stack.services.iter().map(|service| service.name.as_str()).collect();
        for (name, dependency) in &service.depends_on {
            self.check_name(service, "service", name, &services, &dependency.place);
        }
        let networks: Vec<&str> = stack.networks.keys().map(String::as_str).collect();
        for name in service.networks.keys() {
            self.check_name(service, "network", name, &networks, &service.place);
        }
        let volumes: Vec<&str> = stack.volumes.keys().map(String::as_str).collect();
        for mount in service.volumes.iter().filter(|mount| mount.value.is_named_volume()) {
            self.check_name(service, "volume", &mount.value.source, &volumes, &mount.place);
        }
        let secrets: Vec<&str> = stack.secrets.keys().map(String::as_str).collect();
        for secret in &service.secrets {
            self.check_name(service, "secret", &secret.source, &secrets, &secret.place);
        }
        let configs: Vec<&str> = stack.configs.keys().map(String::as_str).collect();
        for config in &service.configs {
            self.check_name(service, "config", &config.source, &configs, &config.place);
        }
    }

    fn check_name(&mut self, service: &Service, kind: &'static str, name: &str, known: &[&str], place: &Place) {
        if known.contains(&name) {
            return;
        }
        let mut known: Vec<String> = known.iter().map(|name| (*name).to_owned()).collect();
        known.sort_by_key(|known| strsim::damerau_levenshtein(name, known));
        let (service, name, place) = (service.name.clone(), name.to_owned(), place.clone().into());
        self.errors.push(StackError::Undefined { service, kind, name, known, place });
    }

    fn check_container_names(&mut self, stack: &Stack) {
        for (position, service) in stack.services.iter().enumerate() {
            let Some(name) = &service.container_name else { continue };
            let other = stack.services[..position].iter().find(|other| other.container_name.as_ref() == Some(name));
            if let Some(other) = other {
                let problem = format!("has the `container_name` of the service {}: {name}", other.name);
                self.contradiction(service, problem, "Give each its own, or leave it out");
            }
        }
    }
}
