//! What the services need of the engine: images, volumes, ports.

use std::net::{IpAddr, SocketAddr};

use super::Verdict;
use super::row::Row;
use crate::context::{Context, DockerView, Presence, Way, bytes};
use crate::diagnostic::Result;
use crate::docker::{self, PortWish};
use crate::lifecycle::labels;
use crate::lifecycle::observed::Container;
use crate::stack::Service;
use crate::stack::ports::{HostPort, Port};
use crate::tools::Transport;

/// The rows of images, volumes and ports; nothing where the engine or the Compose file cannot be read, which other rows tell.
pub(super) async fn rows(ctx: &Context) -> Vec<Row> {
    let Ok(view) = ctx.docker_view().await else { return Vec::new() };
    let volumes = volumes(ctx, &view).await.unwrap_or_else(|report| Row::of("volumes", Verdict::Warning, &report));
    let volumes = missing_mounts(&view).unwrap_or(volumes);
    vec![images(&view), volumes, ports(ctx, &view).await]
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
    let ways: Vec<Way> = absent.iter().map(|service| Way::of(service, Presence::Absent, Default::default())).collect();
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

/// What services mount of this machine and is not there, which would end every start; nothing where all is there.
fn missing_mounts(view: &DockerView) -> Option<Row> {
    let project = view.services.project();
    let services = view.chosen().into_iter().filter(|_| !view.is_elsewhere);
    let missing = services.flat_map(|service| docker::missing_mounts(project, service));
    let told: Vec<String> = missing
        .map(|it| {
            let place = it.place.as_ref().map(|place| format!(" ({})", place.display())).unwrap_or_default();
            format!("{}, which {} mounts, is not there{place}", it.source, it.service)
        })
        .collect();
    let fix = "correct the path in the Compose file, or put there what the service needs";
    (!told.is_empty()).then(|| Row::missing("volumes", told.join("; ")).fix(fix))
}

/// The ports of the engine's machine that the services publish: ours where our containers hold them already.
async fn ports(ctx: &Context, view: &DockerView) -> Row {
    if view.is_elsewhere {
        return Row::ok("ports", "those of the engine's machine, which cannot be looked at from here");
    }
    let Ok(docker) = ctx.docker().await else { return Row::ok("ports", "unknown") };
    let containers = docker.everybodys_containers().await.unwrap_or_default();
    let running = view.observed.containers.iter().filter(|container| container.is_alive());
    let ours: Vec<u16> = running.flat_map(|container| &container.published).map(|published| published.port).collect();
    let project = view.services.project().name();
    let wishes: Vec<(&str, PortWish)> = view.chosen().into_iter().flat_map(fixed_ports).collect();
    let (mut free, mut taken) = (Vec::new(), Vec::new());
    for (index, (service, wish)) in wishes.iter().enumerate() {
        let (address, earlier) = (shown(wish), wishes[..index].iter().find(|(_, other)| other.collides_with(*wish)));
        if let Some((other, _)) = earlier {
            taken.push(format!("{address} is published by {other} and by {service}"));
            continue;
        }
        let is_own = |container: &_| is_of(container, project);
        let user = docker.port_user(*wish, &containers, is_own).filter(|_| !ours.contains(&wish.address.port()));
        match user.and_then(|user| user.has(&format!("{address}, which {service} publishes"))) {
            Some(is_taken) => taken.push(is_taken),
            None => free.push(address),
        }
    }
    match (taken.is_empty(), free.is_empty()) {
        (false, _) => Row::missing("ports", taken.join("; ")).fix("stop it, or choose another port in the env file"),
        (true, false) => Row::ok("ports", free.join(", ")),
        (true, true) => Row::ok("ports", "none is fixed"),
    }
}

fn is_of(container: &Container, project: &str) -> bool {
    container.label(labels::PROJECT) == Some(project)
}

/// Without the protocol where it is the usual one.
fn shown(wish: &PortWish) -> String {
    match wish.transport {
        Transport::Tcp => wish.address.to_string(),
        Transport::Udp => format!("{}/udp", wish.address),
    }
}

/// The ports that are not left to the engine to choose.
fn fixed_ports(service: &Service) -> Vec<(&str, PortWish)> {
    let wish = |port: &Port| {
        let ip: IpAddr = match port.host_ip.as_str() {
            "" => "0.0.0.0".parse().ok()?,
            address => address.parse().ok()?,
        };
        let transport = match port.protocol.as_str() {
            "tcp" => Transport::Tcp,
            "udp" => Transport::Udp,
            _ => return None,
        };
        match port.host_port()? {
            HostPort::Fixed(number) => Some(PortWish { address: SocketAddr::new(ip, number), transport }),
            _ => None,
        }
    };
    let ports = service.ports.iter().filter_map(|port| wish(&port.value));
    ports.map(|wish| (service.name.as_str(), wish)).collect()
}
