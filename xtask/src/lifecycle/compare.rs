//! Whether a container is still what the file wants, the way compose decides it, and why not.

use super::difference::{self, Change};
use super::labels;
use super::names::short_id;
use super::observed::{Container, Image, Network, Observed};
use super::podman;
use super::project::Project;
use super::sharing::resolved;
use crate::stack::dialect::Dialect;
use crate::stack::network;
use crate::stack::service::Service;

/// What a container is compared with.
#[derive(Clone, Copy)]
pub(super) struct Comparison<'a> {
    pub(super) project: Project<'a>,
    pub(super) observed: &'a Observed,
}

impl Comparison<'_> {
    /// What has changed since a container was made; nothing where it is as the file wants it.
    ///
    /// A hash that is one of ours settles the configuration. Another one need not mean a difference: older versions of compose
    /// put more into it. Then the configurations themselves are compared.
    pub(super) fn changes(&self, service: &Service, container: &Container) -> Vec<Change> {
        let mut changes = self.image_changes(service, container);
        changes.extend(self.network_changes(service, container));
        changes.extend(self.volume_changes(service, container));
        let service = &resolved(service, &|other| self.container_of(other));
        let hash = container.label(labels::CONFIG_HASH).unwrap_or_default();
        if !Dialect::ALL.iter().any(|dialect| service.config_hash(*dialect).value == hash) {
            let wanted = self.project.configuration(service, container.number());
            let image = self.image_of(container, &wanted.image);
            let defaults = image.map(|image| image.defaults.clone()).unwrap_or_default();
            changes.extend(difference::between(&container.configuration, &wanted, &defaults, &container.id));
        }
        let mut told = std::collections::BTreeSet::new();
        changes.retain(|change| told.insert(change.what.clone()));
        changes
    }

    /// The container of a service that others share namespaces with.
    fn container_of(&self, service: &str) -> Option<String> {
        self.observed.of_service(service).first().map(|container| container.id.clone())
    }

    /// The image that a container was made from, or else the one that it would be made from now.
    fn image_of(&self, container: &Container, name: &str) -> Option<&Image> {
        self.observed.images.get(&container.image_id).or_else(|| self.observed.images.get(name))
    }

    fn image_changes(&self, service: &Service, container: &Container) -> Vec<Change> {
        let name = self.project.image(service);
        let Some(image) = self.observed.images.get(&name) else { return Vec::new() };
        let is_same = image.id == container.image_id || container.label(labels::IMAGE) == Some(&image.id);
        // Another name is told by the configuration, and says more.
        if is_same || !podman::is_image(&container.configuration, &name) {
            return Vec::new();
        }
        let shown = |id: &str| format!("{name} ({})", short_id(id));
        vec![Change::new("image", shown(&container.image_id), shown(&image.id))]
    }

    fn network_changes(&self, service: &Service, container: &Container) -> Vec<Change> {
        if service.network_mode.is_some() {
            return Vec::new();
        }
        let mut changes = Vec::new();
        for key in service.networks.keys() {
            let name = self.project.network_name(key);
            let has = container.network_ids.get(&name);
            match (self.observed.network(&name), has) {
                (Some(network), Some(id)) if !container.is_in(network) && !id.is_empty() => {
                    changes.push(Change::plain(format!("networks.{name}: the network was made anew")));
                }
                (None, Some(_)) => changes.push(Change::plain(format!("networks.{name}: the network is gone"))),
                (_, None) => {
                    changes.push(Change { what: format!("networks.{name}"), from: None, to: Some("yes".into()) })
                }
                _ => {}
            }
        }
        changes
    }

    fn volume_changes(&self, service: &Service, container: &Container) -> Vec<Change> {
        let named = service.volumes.iter().filter(|it| it.value.kind == "volume" && !it.value.source.is_empty());
        let mut changes = Vec::new();
        for mount in named {
            let name = self.project.volume_name(&mount.value.source);
            let target = super::wanted::cleaned_target(&mount.value.target);
            let has = container.mounted.iter().find(|it| it.target == target);
            if has.is_none_or(|it| it.source != name) {
                let from = has.map(|it| format!("{} {}", it.kind, it.source));
                changes.push(Change { what: format!("volumes.{target}"), from, to: Some(format!("volume {name}")) });
            }
        }
        changes
    }
}

/// What has changed of a network since it was made. What the file does not say the engine decides, and is no difference.
pub(super) fn network_changes(has: &Network, wanted: &network::Network) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut compare = |what: &str, from: &str, to: &str| {
        if from != to {
            changes.push(Change::new(what, from, to));
        }
    };
    if let Some(driver) = &wanted.driver {
        compare("driver", &has.driver, driver);
    }
    for (name, value) in &wanted.driver_opts {
        compare(&format!("driver_opts.{name}"), has.options.get(name).map_or("(none)", String::as_str), value);
    }
    compare("internal", &has.internal.to_string(), &wanted.internal.to_string());
    if let Some(ipv6) = wanted.enable_ipv6 {
        compare("enable_ipv6", &has.ipv6.to_string(), &ipv6.to_string());
    }
    let mut subnets: Vec<&str> = wanted.ipam.pools.iter().filter_map(|pool| pool.subnet.as_deref()).collect();
    let mut present: Vec<&str> = has.subnets.iter().map(String::as_str).collect();
    subnets.sort_unstable();
    present.sort_unstable();
    if !subnets.is_empty() {
        compare("ipam.subnet", &present.join(", "), &subnets.join(", "));
    }
    changes
}
