//! Ports that somebody else has.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::super::engine::Docker;
use super::super::error::DockerError;
use super::{Owner, PortUser, ServiceError};
use crate::lifecycle::observed::Container;
use crate::tools::{free_port_after, port_holder};

/// Why a container could not be started.
pub(in crate::docker) async fn not_started(
    docker: &Docker,
    service: &str,
    container: &Container,
    error: DockerError,
) -> ServiceError {
    let address = match &error {
        DockerError::Refused { message, .. } if is_about_a_port(message) => wanted(container, message),
        _ => None,
    };
    let Some(address) = address else {
        return ServiceError::Engine { what: "start", name: container.name.clone(), source: Box::new(error) };
    };
    let holder = Box::new(holder(docker, container, address).await);
    let free =
        if docker.endpoint().published_host().is_none() { free_port_after(address.ip(), address.port()) } else { None };
    ServiceError::PortInUse { service: service.to_owned(), address, holder, free }
}

/// In the words of the engine: another container has it, or a process.
fn is_about_a_port(message: &str) -> bool {
    message.contains("port is already allocated") || message.contains("address already in use")
}

/// The published port that the engine complains of. A range has several.
fn wanted(container: &Container, message: &str) -> Option<SocketAddr> {
    let bindings = container.configuration.ports.values().flatten();
    let named = bindings.filter_map(|binding| {
        let address = binding.address.parse().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let (first, last) = binding.port.split_once('-').unwrap_or((&binding.port, &binding.port));
        let ports = first.parse::<u16>().ok()?..=last.parse::<u16>().ok()?;
        let port = ports.into_iter().find(|port| names_port(message, *port))?;
        Some(SocketAddr::new(address, port))
    });
    named.into_iter().next()
}

/// Whether a message has `:PORT`, and no further digit behind it.
fn names_port(message: &str, port: u16) -> bool {
    let wanted = format!(":{port}");
    let mut places = message.match_indices(&wanted);
    places.any(|(at, _)| !message[at + wanted.len()..].starts_with(|next: char| next.is_ascii_digit()))
}

async fn holder(docker: &Docker, own: &Container, address: SocketAddr) -> PortUser {
    let others = docker.all_containers().await.unwrap_or_default();
    let has_it = |other: &&Container| {
        other.id != own.id && other.published.iter().any(|published| published.port == address.port())
    };
    if let Some(other) = others.iter().find(has_it) {
        return PortUser::Container(Owner::of(other));
    }
    if docker.endpoint().published_host().is_some() {
        return PortUser::Unknown;
    }
    // Nobody can be asked at the address that stands for all of them.
    let ip = if address.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { address.ip() };
    let asked = tokio::task::spawn_blocking(move || port_holder(SocketAddr::new(ip, address.port()))).await;
    asked.ok().flatten().map_or(PortUser::Unknown, PortUser::Process)
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
