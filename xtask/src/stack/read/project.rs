//! The top of the tree.

use std::collections::BTreeMap;

use super::Reader;
use super::section::Keys;
use crate::stack::dependency::{Condition, Dependency};
use crate::stack::network::Network;
use crate::stack::tree::{Entry, Node};
use crate::stack::{Stack, StackError};

const PROJECT: Keys =
    Keys { known: &["name", "version", "services", "networks", "volumes", "secrets", "configs"], refused: &["models"] };

impl Reader<'_> {
    pub(super) fn project(&mut self, root: &Node, stack: &mut Stack) {
        let Some(section) = self.section(root, "", PROJECT) else { return };
        self.version(root);
        // The name was found before; here it is only looked at.
        self.field(&section, "name", Self::text);
        self.field(&section, "version", Self::text);
        let project = stack.name.clone();
        if let Some(entries) = self.field(&section, "services", Self::map_entries) {
            for entry in entries {
                self.name_of_key(entry, "services");
                stack.services.extend(self.service(entry));
            }
        }
        stack.networks = self.all(root, "networks", |reader, entry| reader.network_of_project(entry, &project));
        stack.volumes = self.all(root, "volumes", |reader, entry| reader.volume_of_project(entry, &project));
        stack.secrets = self.all(root, "secrets", |reader, entry| reader.secret_of_project(entry, &project));
        stack.configs = self.all(root, "configs", |reader, entry| reader.config_of_project(entry, &project));
        let extensions = root.entries().iter().filter(|entry| entry.key.starts_with("x-"));
        stack.extensions = extensions.map(|entry| (entry.key.clone(), entry.node.to_json())).collect();
        add_default_network(stack);
        add_implied_dependencies(stack);
    }

    fn version(&mut self, root: &Node) {
        if let Some(version) = root.entries().iter().find(|entry| entry.key == "version") {
            let place = self.place(version.key_span).into();
            self.errors.push(StackError::Obsolete { what: "version".to_owned(), place });
        }
    }

    fn all<T>(&mut self, root: &Node, key: &str, read: impl Fn(&mut Self, &Entry) -> Option<T>) -> BTreeMap<String, T> {
        let Some(node) = root.get(key) else { return BTreeMap::new() };
        let mut found = BTreeMap::new();
        for entry in self.map_entries(node, key).unwrap_or_default() {
            self.name_of_key(entry, key);
            found.extend(read(self, entry).map(|value| (entry.key.clone(), value)));
        }
        found
    }

    /// Names of services and the like become parts of names of containers and volumes.
    fn name_of_key(&mut self, entry: &Entry, area: &str) {
        let fits = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-');
        if entry.key.is_empty() || !entry.key.chars().all(fits) {
            let (what, place) = (format!("{area}.{}", entry.key), self.place(entry.key_span).into());
            let problem = "its name has a character that names may not have".to_owned();
            let advice = "Use letters, digits, `.`, `_` and `-`";
            self.errors.push(StackError::Value { what, problem, advice, place });
        }
    }
}

/// A service without a word about networks is in the network `default`.
fn add_default_network(stack: &mut Stack) {
    for service in stack.services.iter_mut().filter(|service| service.network_mode.is_none()) {
        if service.networks.is_empty() {
            service.networks.insert("default".to_owned(), None);
        }
    }
    if stack.services.iter().any(|service| service.networks.contains_key("default")) {
        let default = || Network { name: format!("{}_default", stack.name), ..Network::default() };
        stack.networks.entry("default".to_owned()).or_insert_with(default);
    }
}

/// A service that shares a namespace or volumes of a service, or links to it, depends on it.
fn add_implied_dependencies(stack: &mut Stack) {
    for service in &mut stack.services {
        let network = service.network_mode.as_ref().map(|mode| mode.value.clone());
        let shared = [network, service.ipc.clone(), service.pid.clone(), service.uts.clone()];
        let shared = shared.iter().flatten().filter_map(|mode| mode.strip_prefix("service:"));
        let linked = service.links.iter().map(|link| link.split(':').next().unwrap_or(link));
        let mut needed: Vec<(String, bool)> = linked.chain(shared).map(|name| (name.to_owned(), true)).collect();
        let volumes = service.volumes_from.iter().filter_map(|volumes| volumes.service());
        needed.extend(volumes.map(|name| (name.to_owned(), false)));
        for (name, restart) in needed {
            let place = service.place.clone();
            let condition = Condition::Started;
            service.depends_on.entry(name).or_insert(Dependency { place, condition, required: true, restart });
        }
    }
}
