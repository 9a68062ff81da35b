//! What the services need of the engine: images, volumes, ports.

use std::net::{IpAddr, SocketAddr};

use super::Verdict;
use super::row::Row;
use crate::context::{Context, DockerView, Way, bytes};
use crate::diagnostic::Result;
use crate::stack::Service;
use crate::stack::ports::{HostPort, Port};
use crate::tools::port_holder;

/// The rows of images, volumes and ports; nothing where the engine or the Compose file cannot be read, which other rows tell.
pub(super) async fn rows(ctx: &Context) -> Vec<Row> {
    let Ok(view) = ctx.docker_view().await else { return Vec::new() };
    let volumes = volumes(ctx, &view).await.unwrap_or_else(|report| Row::of("volumes", Verdict::Warning, &report));
    vec![images(&view), volumes, ports(&view)]
}

/// Images that are not there are pulled or built by `up`.
fn images(view: &DockerView) -> Row {
    let project = view.services.project();
    let is_there = |service: &&Service| view.observed.images.contains_key(&project.image(service));
    let (there, absent): (Vec<&Service>, Vec<&Service>) = view.chosen().into_iter().partition(is_there);
    let names = |services: &[&Service]| {
        let mut names: Vec<String> = services.iter().map(|service| project.image(service)).collect();
        names.sort();
        names.dedup();
        names.join(", ")
    };
    if absent.is_empty() {
        return Row::ok("images", names(&there));
    }
    let ways: Vec<Way> = absent.iter().map(|service| Way::of(service, false, Default::default())).collect();
    let found = format!("not there yet: {}", names(&absent));
    if ways.contains(&Way::Keep) {
        return Row::missing("images", found).fix("load them: the Compose file says never to pull them");
    }
    Row::warning("images", found).fix("cargo xtask up (pulls and builds them)")
}

async fn volumes(ctx: &Context, view: &DockerView) -> Result<Row> {
    let names: Vec<String> = view.observed.volumes.iter().map(|volume| volume.name.clone()).collect();
    if names.is_empty() {
        return Ok(Row::ok("volumes", "none yet"));
    }
    let sizes = ctx.docker().await?.volume_sizes(&names).await?;
    let shown = names.iter().map(|name| match sizes.get(name) {
        Some(size) => format!("{name} ({})", bytes(*size)),
        None => name.clone(),
    });
    Ok(Row::ok("volumes", shown.collect::<Vec<_>>().join(", ")))
}

/// The ports of this machine that the services publish: ours where our containers hold them already.
fn ports(view: &DockerView) -> Row {
    if view.is_elsewhere {
        return Row::ok("ports", "those of the engine's machine, which cannot be looked at from here");
    }
    let running = view.observed.containers.iter().filter(|container| container.is_alive());
    let ours: Vec<u16> = running.flat_map(|container| &container.published).map(|published| published.port).collect();
    let (mut free, mut taken) = (Vec::new(), Vec::new());
    for (service, address) in view.chosen().into_iter().flat_map(fixed_ports) {
        match port_holder(address).filter(|_| !ours.contains(&address.port())) {
            Some(holder) => taken.push(format!("{address}, which {service} publishes, is held by {holder}")),
            None => free.push(address.to_string()),
        }
    }
    match (taken.is_empty(), free.is_empty()) {
        (false, _) => Row::missing("ports", taken.join("; ")).fix("stop it, or choose another port in the env file"),
        (true, false) => Row::ok("ports", free.join(", ")),
        (true, true) => Row::ok("ports", "none is fixed"),
    }
}

fn fixed_ports(service: &Service) -> Vec<(&str, SocketAddr)> {
    let address = |port: &Port| {
        let host: IpAddr = match port.host_ip.as_str() {
            "" | "0.0.0.0" => "127.0.0.1".parse().ok()?,
            "::" => "::1".parse().ok()?,
            address => address.parse().ok()?,
        };
        match port.host_port()? {
            HostPort::Fixed(port_number) if port.protocol == "tcp" => Some(SocketAddr::new(host, port_number)),
            _ => None,
        }
    };
    let ports = service.ports.iter().filter_map(|port| address(&port.value));
    ports.map(|address| (service.name.as_str(), address)).collect()
}
