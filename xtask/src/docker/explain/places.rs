//! Where in the Compose file a failure has its cause.

use super::ServiceError;
use crate::diagnostic::{Diagnose as _, Diagnostic, Place};
use crate::lifecycle::PlanError;
use crate::stack::ports::HostPort;
use crate::stack::{Service, Stack};

impl ServiceError {
    /// The finding, with the lines of the Compose file that it is about.
    pub(in crate::docker) fn diagnose_in(&self, stack: Option<&Stack>) -> Diagnostic {
        let mut found = self.diagnose();
        found.places.extend(stack.map(|stack| self.places(stack)).unwrap_or_default());
        found
    }

    fn places(&self, stack: &Stack) -> Vec<Place> {
        let of = |name: &str, line: fn(&Service) -> Option<&Place>| {
            let place = stack.service(name).and_then(|service| line(service).or(Some(&service.place)));
            place.cloned().into_iter().collect()
        };
        match self {
            Self::MountMissing { missing } => {
                let mut places: Vec<Place> = missing.iter().filter_map(|it| it.place.clone()).collect();
                places.dedup();
                places
            }
            Self::PortInUse { service, address, .. } => stack
                .service(service)
                .and_then(|service| port(service, address.port()).or(Some(&service.place)))
                .cloned()
                .into_iter()
                .collect(),
            Self::OtherMajor { service, .. } | Self::ImageMissing { service, .. } => {
                of(service, |service| service.image.as_ref().map(|image| &image.place))
            }
            Self::OtherPlatform { service, .. } => {
                of(service, |service| service.platform.as_ref().map(|platform| &platform.place))
            }
            Self::Hook { hook, .. } => vec![hook.place.clone()],
            Self::NameTaken { service, .. } | Self::NoProbe { service, .. } => of(service, |_| None),
            Self::Plan(PlanError::Order(_) | PlanError::ExternalMissing { .. })
            | Self::Exited { .. }
            | Self::Unhealthy { .. }
            | Self::Overlap { .. }
            | Self::NetworkInUse { .. }
            | Self::VolumeInUse { .. }
            | Self::OtherFolder { .. }
            | Self::NotReady { .. }
            | Self::Refused { .. }
            | Self::NoContent(_)
            | Self::Engine { .. }
            | Self::Locked { .. }
            | Self::State { .. }
            | Self::Interrupted { .. } => Vec::new(),
        }
    }
}

/// The line that publishes a port.
fn port(service: &Service, wanted: u16) -> Option<&Place> {
    let publishes = |port: &HostPort| match port {
        HostPort::Fixed(only) => *only == wanted,
        HostPort::Between(first, last) => (*first..=*last).contains(&wanted),
        HostPort::Any => false,
    };
    let line = service.ports.iter().find(|port| port.value.host_port().as_ref().is_some_and(publishes))?;
    Some(&line.place)
}
