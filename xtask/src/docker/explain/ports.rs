//! Ports that somebody else has.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::super::engine::Docker;
use super::super::error::DockerError;
use super::{Owner, PortUser, ServiceError};
use crate::lifecycle::labels;
use crate::lifecycle::observed::{Container, Published};
use crate::stack::Stack;
use crate::stack::ports::HostPort;
use crate::tools::{Transport, free_port_but, port_holder, port_user};

/// A port of the engine's machine that a service is to be published on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortWish {
    /// With its address, which may be that for all of them.
    pub address: SocketAddr,
    /// Whether it is one of TCP or of UDP.
    pub transport: Transport,
}

impl Docker {
    /// Who has a port now, other than the containers that `is_own` picks; `None` where nobody does. `containers` are all of the engine.
    pub fn port_user(
        &self,
        wish: PortWish,
        containers: &[Container],
        is_own: impl Fn(&Container) -> bool,
    ) -> Option<PortUser> {
        let others = containers.iter().filter(|container| !is_own(container));
        if let Some(other) = others.into_iter().find(|other| other.published.iter().any(|it| wish.meets(it))) {
            return Some(PortUser::Container(Owner::of(other)));
        }
        if self.endpoint().published_host().is_some() {
            return None;
        }
        wish.process().map(PortUser::Process)
    }

    /// All containers of the engine, for [`Docker::port_user`].
    ///
    /// # Errors
    /// The engine does not answer.
    pub async fn everybodys_containers(&self) -> Result<Vec<Container>, DockerError> {
        self.all_containers().await
    }
}

impl PortUser {
    /// In words, that it has a port, which is called as the sentence before it demands; `None` where nothing is known of it.
    pub fn has(&self, port: &str) -> Option<String> {
        match self {
            Self::Container(owner) => Some(format!("{owner} has {port}")),
            Self::Process(process) => Some(format!("{process} listens on {port}")),
            Self::Unknown => None,
        }
    }
}

impl PortWish {
    fn meets(self, published: &Published) -> bool {
        let is_same = published.port == self.address.port() && published.target.ends_with(self.suffix());
        let theirs = published.address.parse().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let is_any = theirs.is_unspecified() || self.address.ip().is_unspecified();
        is_same && (is_any || theirs == self.address.ip())
    }

    /// Whether two services cannot both be published so.
    pub fn collides_with(self, other: Self) -> bool {
        let (own, others) = (self.address.ip(), other.address.ip());
        let is_same = self.address.port() == other.address.port() && self.transport == other.transport;
        is_same && (own == others || own.is_unspecified() || others.is_unspecified())
    }

    fn suffix(self) -> &'static str {
        match self.transport {
            Transport::Tcp => "/tcp",
            Transport::Udp => "/udp",
        }
    }

    /// The process of this machine that is in the way.
    fn process(self) -> Option<crate::tools::PortHolder> {
        let (ip, port) = (self.address.ip(), self.address.port());
        match self.transport {
            Transport::Udp => port_user(port, self.transport),
            // Nobody can be asked at the address that stands for all of them; what listens at any one is in the way.
            Transport::Tcp if ip.is_unspecified() => {
                let asked = port_holder(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
                asked.or_else(|| port_user(port, self.transport))
            }
            Transport::Tcp => port_holder(self.address),
        }
    }
}

/// Why a container could not be started. The ports that the file publishes are offered to nobody else.
pub(in crate::docker) async fn not_started(
    docker: &Docker,
    service: &str,
    container: &Container,
    stack: Option<&Stack>,
    error: DockerError,
) -> ServiceError {
    let wish = match &error {
        DockerError::Refused { message, .. } if is_about_a_port(message) => wanted(container, message),
        _ => None,
    };
    let Some(wish) = wish else {
        return ServiceError::Engine { what: "start", name: container.name.clone(), source: Box::new(error) };
    };
    let others = docker.all_containers().await.unwrap_or_default();
    let mut holder = docker.port_user(wish, &others, |other| other.id == container.id).unwrap_or(PortUser::Unknown);
    if let PortUser::Container(owner) = &mut holder {
        let found = others.iter().find(|other| other.name == owner.container);
        let sibling = found.filter(|other| other.label(labels::PROJECT) == container.label(labels::PROJECT));
        owner.sibling = sibling.map(|other| other.service().to_owned());
    }
    let mut spoken_for: BTreeSet<u16> = stack.into_iter().flat_map(published).collect();
    spoken_for.extend(others.iter().flat_map(|other| &other.published).map(|published| published.port));
    let is_here = docker.endpoint().published_host().is_none();
    let free = |wish: PortWish| {
        let (ip, port) = (wish.address.ip(), wish.address.port());
        free_port_but(ip, port, wish.transport, |port| spoken_for.contains(&port))
    };
    let free = is_here.then(|| free(wish)).flatten();
    ServiceError::PortInUse { service: service.to_owned(), address: wish.address, holder: Box::new(holder), free }
}

/// Every port that a file publishes.
fn published(stack: &Stack) -> Vec<u16> {
    let ports = stack.services.iter().flat_map(|service| &service.ports);
    let all = ports.filter_map(|port| match port.value.host_port()? {
        HostPort::Fixed(only) => Some(only..=only),
        HostPort::Between(first, last) => Some(first..=last),
        HostPort::Any => None,
    });
    all.flatten().collect()
}

/// In the words of the engine: another container has it, or a process.
fn is_about_a_port(message: &str) -> bool {
    message.contains("port is already allocated") || message.contains("address already in use")
}

/// The published port that the engine complains of. A range has several.
fn wanted(container: &Container, message: &str) -> Option<PortWish> {
    let bindings = container.configuration.ports.iter();
    let bindings = bindings.flat_map(|(target, bindings)| bindings.iter().map(move |binding| (target, binding)));
    let mut named = bindings.filter_map(|(target, binding)| {
        let address = binding.address.parse().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let (first, last) = binding.port.split_once('-').unwrap_or((&binding.port, &binding.port));
        let ports = first.parse::<u16>().ok()?..=last.parse::<u16>().ok()?;
        let port = ports.into_iter().find(|port| names_port(message, *port))?;
        let transport = if target.ends_with("/udp") { Transport::Udp } else { Transport::Tcp };
        Some(PortWish { address: SocketAddr::new(address, port), transport })
    });
    named.next()
}

/// Whether a message has `:PORT`, and no further digit behind it.
fn names_port(message: &str, port: u16) -> bool {
    let wanted = format!(":{port}");
    let mut places = message.match_indices(&wanted);
    places.any(|(at, _)| !message[at + wanted.len()..].starts_with(|next: char| next.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_found_in_the_words_of_the_engine() {
        let allocated = "driver failed programming external connectivity on endpoint shop-db-1 (0a1b): Bind for \
                         0.0.0.0:5439 failed: port is already allocated";
        let process = "driver failed programming external connectivity on endpoint x: Error starting userland proxy: \
                       listen tcp4 0.0.0.0:54390: bind: address already in use";
        assert!(is_about_a_port(allocated) && names_port(allocated, 5439));
        assert!(is_about_a_port(process) && names_port(process, 54390) && !names_port(process, 5439));
    }
}
