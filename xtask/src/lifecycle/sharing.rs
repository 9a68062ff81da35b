//! Services whose containers live in namespaces of another service's container.

use crate::stack::Service;
use crate::stack::volumes_from::Source;

/// What a service says of another one: `network_mode: service:db`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shared<'a> {
    /// The key that says so.
    pub(super) key: &'static str,
    /// The other service.
    pub(super) service: &'a str,
}

/// The services whose containers a service shares something with.
pub(super) fn shared(service: &Service) -> Vec<Shared<'_>> {
    let network = service.network_mode.as_ref().map(|mode| mode.value.as_str());
    let modes = [("network_mode", network), ("ipc", service.ipc.as_deref()), ("pid", service.pid.as_deref())];
    let modes =
        modes.into_iter().filter_map(|(key, mode)| Some(Shared { key, service: mode?.strip_prefix("service:")? }));
    let volumes = service.volumes_from.iter().filter_map(|it| it.service());
    modes.chain(volumes.map(|service| Shared { key: "volumes_from", service })).collect()
}

/// A service as compose makes and hashes it: the id of a container stands where the file names a service. What has no
/// container stays as the file has it.
pub fn resolved(service: &Service, id_of: &dyn Fn(&str) -> Option<String>) -> Service {
    let mut service = service.clone();
    let network = service.network_mode.as_mut().map(|mode| &mut mode.value);
    for mode in [network, service.ipc.as_mut(), service.pid.as_mut()].into_iter().flatten() {
        if let Some(id) = mode.strip_prefix("service:").and_then(id_of) {
            *mode = format!("container:{id}");
        }
    }
    for volumes in &mut service.volumes_from {
        let known = match &volumes.from {
            Source::Service(name) => id_of(name),
            Source::Container(name) => Some(name.clone()),
        };
        if let Some(container) = known {
            *volumes = volumes.of_container(&container);
        }
    }
    service
}
