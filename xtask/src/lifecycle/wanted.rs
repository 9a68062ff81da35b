//! From what the file says of a service to how its container is made.

use std::collections::{BTreeMap, BTreeSet};

use super::configuration::{Binding, Configuration, DeviceFile, Endpoint, Isolation, Logging, Mount, Resources};
use super::names;
use super::project::Project;
use crate::stack::attachment::Attachment;
use crate::stack::device::{Device, DeviceRequest};
use crate::stack::file_object::{Content, FileObject};
use crate::stack::service::Service;
use crate::stack::volumes;

impl Project<'_> {
    /// How the container of a service with this number is made, once what it shares with others is
    /// [`resolved`](super::sharing::resolved).
    pub fn configuration(&self, service: &Service, number: u32) -> Configuration {
        Configuration {
            image: self.image(service),
            platform: self.platform(service).map(str::to_owned),
            command: service.command.clone(),
            entrypoint: service.entrypoint.clone(),
            environment: service.environment.clone(),
            labels: service.labels.clone(),
            annotations: service.annotations.clone(),
            user: service.user.clone(),
            groups: service.group_add.clone(),
            working_dir: service.working_dir.clone(),
            hostname: service.hostname.clone(),
            domainname: service.domainname.clone(),
            tty: service.tty,
            stdin_open: service.stdin_open,
            healthcheck: service.healthcheck.clone(),
            stop_signal: service.stop_signal.clone(),
            stop_timeout: service.stop_grace_period.and_then(|period| i64::try_from(period.as_secs()).ok()),
            exposed: exposed(service),
            ports: ports(service),
            mounts: self.mounts(service),
            volumes_from: service.volumes_from.iter().map(|volumes| volumes.for_engine()).collect(),
            tmpfs: tmpfs(service),
            network_mode: self.network_mode(service),
            networks: self.endpoints(service, number),
            mac_address: service.mac_address.clone(),
            links: service.network_mode.as_ref().map_or_else(Vec::new, |_| self.links(service, number)),
            extra_hosts: service.extra_hosts.pairs(':'),
            dns: service.dns.clone(),
            dns_search: service.dns_search.clone(),
            dns_options: service.dns_opt.clone(),
            restart: service.restart_policy(),
            isolation: isolation(service),
            resources: resources(service),
            logging: service
                .logging
                .as_ref()
                .map(|logging| Logging { driver: logging.driver.clone(), options: logging.options.clone() }),
        }
    }

    /// The platform that is asked for: that of the service, else the one that holds for all.
    fn platform<'s>(&'s self, service: &'s Service) -> Option<&'s str> {
        let own = service.platform.as_ref().map(|platform| platform.value.as_str());
        own.or_else(|| self.variables.get("DOCKER_DEFAULT_PLATFORM")).filter(|platform| !platform.is_empty())
    }

    fn network_mode(&self, service: &Service) -> String {
        match &service.network_mode {
            Some(mode) => mode.value.clone(),
            None => match service.networks_by_priority().first() {
                Some(first) => self.network_name(first),
                None => "none".to_owned(),
            },
        }
    }

    /// The names of `links` and `external_links`, as compose makes them.
    fn links(&self, service: &Service, number: u32) -> Vec<String> {
        let mut links = Vec::new();
        for link in &service.links {
            let (other, alias) = link.split_once(':').unwrap_or((link, link));
            let Some(linked) = self.stack.service(other) else { continue };
            for container in (1..=linked.replicas()).map(|it| names::container(self.name(), linked, it)) {
                let usual = [format!("{other}-{number}"), format!("{}-{other}-{number}", self.name())];
                links.push(format!("{container}:{alias}"));
                links.extend(usual.iter().map(|name| format!("{container}:{name}")));
            }
        }
        links.extend(service.external_links.iter().map(|link| {
            let (container, alias) = link.split_once(':').unwrap_or((link, link));
            format!("{container}:{alias}")
        }));
        links
    }

    fn endpoints(&self, service: &Service, number: u32) -> BTreeMap<String, Endpoint> {
        if service.network_mode.is_some() {
            return BTreeMap::new();
        }
        let endpoint = |(key, attachment): (&String, &Option<Attachment>)| {
            let own = attachment.clone().unwrap_or_default();
            let endpoint = Endpoint {
                aliases: names::aliases(self.name(), service, number, key).into_iter().collect(),
                ipv4: own.ipv4_address,
                ipv6: own.ipv6_address,
                link_local: own.link_local_ips,
                mac_address: own.mac_address,
                driver_opts: own.driver_opts,
                links: self.links(service, number).into_iter().collect(),
                gw_priority: own.gw_priority,
            };
            (self.network_name(key), endpoint)
        };
        service.networks.iter().map(endpoint).collect()
    }

    /// Later entries win over earlier ones with the same path, and the volumes of the file over its secrets and configs.
    fn mounts(&self, service: &Service) -> BTreeMap<String, Mount> {
        let mut mounts = BTreeMap::new();
        let configs = service.configs.iter().map(|it| (self.stack.configs.get(&it.source), it.config_path()));
        let secrets = service.secrets.iter().map(|it| (self.stack.secrets.get(&it.source), it.secret_path()));
        for (object, path) in configs.chain(secrets) {
            if let Some(FileObject { content: Content::File(file), .. }) = object {
                let source = self.absolute(file).into_string();
                let mount = Mount { kind: "bind".to_owned(), source, read_only: true, ..Mount::default() };
                mounts.insert(path.into_string(), mount);
            }
        }
        for volume in &service.volumes {
            let target = cleaned_target(&volume.value.target);
            mounts.insert(target, self.mount(&volume.value));
        }
        mounts
    }

    fn mount(&self, mount: &volumes::Mount) -> Mount {
        let bind = mount.bind.clone().filter(|_| mount.kind == "bind").unwrap_or_default();
        let volume = mount.volume.clone().filter(|_| mount.kind == "volume").unwrap_or_default();
        let tmpfs = mount.tmpfs.as_ref().filter(|_| mount.kind == "tmpfs");
        let source = match mount.kind.as_str() {
            "bind" => self.absolute(mount.source.as_str().into()).into_string(),
            "volume" if !mount.source.is_empty() => self.volume_name(&mount.source),
            _ => mount.source.clone(),
        };
        Mount {
            kind: mount.kind.clone(),
            source,
            read_only: mount.read_only,
            propagation: bind.propagation,
            selinux: bind.selinux,
            no_copy: volume.nocopy,
            subpath: volume.subpath,
            tmpfs_size: tmpfs.map(|tmpfs| tmpfs.size),
            tmpfs_mode: tmpfs.map(|tmpfs| i64::from(tmpfs.mode)),
            recursive: bind.recursive,
            consistency: mount.consistency.clone(),
            create_host_path: bind.create_host_path,
        }
    }
}

/// A path in a container without a slash at its end and without doubled ones, as engines keep it.
pub(super) fn cleaned_target(target: &str) -> String {
    let parts: Vec<&str> = target.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if target.starts_with('/') { format!("/{}", parts.join("/")) } else { target.to_owned() }
}

fn exposed(service: &Service) -> BTreeSet<String> {
    let published = service.ports.iter().map(|port| target(port.value.target, &port.value.protocol));
    published.chain(service.expose.iter().flat_map(|text| expose(text))).collect()
}

/// `80`, `80/udp` or a range of ports.
pub(super) fn expose(text: &str) -> Vec<String> {
    let (ports, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    match (first.trim().parse::<u16>(), last.trim().parse::<u16>()) {
        (Ok(first), Ok(last)) => (first..=last).map(|port| target(port, protocol)).collect(),
        _ => Vec::new(),
    }
}

fn target(port: u16, protocol: &str) -> String {
    format!("{port}/{}", if protocol.is_empty() { "tcp" } else { protocol })
}

fn ports(service: &Service) -> BTreeMap<String, BTreeSet<Binding>> {
    let mut ports: BTreeMap<String, BTreeSet<Binding>> = BTreeMap::new();
    for port in &service.ports {
        let binding = Binding { address: port.value.host_ip.clone(), port: port.value.published.clone() };
        ports.entry(target(port.value.target, &port.value.protocol)).or_default().insert(binding);
    }
    ports
}

fn tmpfs(service: &Service) -> BTreeMap<String, String> {
    let split = |entry: &String| {
        let (path, options) = entry.split_once(':').unwrap_or((entry, ""));
        (path.to_owned(), options.to_owned())
    };
    service.tmpfs.iter().map(split).collect()
}

fn isolation(service: &Service) -> Isolation {
    Isolation {
        privileged: service.privileged,
        read_only: service.read_only,
        init: service.init,
        cap_add: service.cap_add.iter().cloned().collect(),
        cap_drop: service.cap_drop.iter().cloned().collect(),
        security: service.security_opt.clone(),
        sysctls: service.sysctls.clone(),
        ipc: service.ipc.clone(),
        pid: service.pid.clone(),
        uts: service.uts.clone(),
        userns: service.userns_mode.clone(),
        runtime: service.runtime.clone(),
        storage: service.storage_opt.clone(),
        cgroup: service.cgroup.clone(),
        devices: device_files(service),
        device_rules: service.device_cgroup_rules.clone(),
        device_requests: device_requests(service),
        cgroup_parent: service.cgroup_parent.clone(),
    }
}

fn device_files(service: &Service) -> BTreeMap<String, DeviceFile> {
    let files = service.devices.iter().filter(|device| !device.is_interface());
    let file = |device: &Device| {
        let file = DeviceFile { source: device.source.clone(), permissions: device.rights().to_owned() };
        (device.target.clone(), file)
    };
    files.map(file).collect()
}

/// What is asked of drivers: reserved devices first, then those of the Container Device Interface, then graphics cards.
fn device_requests(service: &Service) -> Vec<DeviceRequest> {
    let reserved = service.deploy.as_ref().and_then(|deploy| deploy.reservations.as_ref());
    let mut requests = reserved.map(|reserved| reserved.devices.clone()).unwrap_or_default();
    let named = service.devices.iter().filter(|device| device.is_interface());
    let ids: Vec<String> = named.map(|device| device.source.clone()).collect();
    if !ids.is_empty() {
        requests.push(DeviceRequest { driver: Some("cdi".to_owned()), ids, ..DeviceRequest::default() });
    }
    let card = |request: &DeviceRequest| {
        let mut request = request.clone();
        request.capabilities.push("gpu".to_owned());
        request
    };
    requests.extend(service.gpus.iter().map(card));
    requests
}

/// The limits of `deploy` win over those of the service itself, as with compose.
fn resources(service: &Service) -> Resources {
    let limits = service.deploy.as_ref().and_then(|deploy| deploy.limits.clone()).unwrap_or_default();
    let reserved = service.deploy.as_ref().and_then(|deploy| deploy.reservations.clone()).unwrap_or_default();
    Resources {
        memory: limits.memory.or(service.mem_limit),
        memory_reservation: reserved.memory.or(service.mem_reservation),
        memory_swap: service.memswap_limit,
        swappiness: service.mem_swappiness,
        nano_cpus: limits.cpus.or(service.cpus).map(nano),
        cpu_period: service.cpu_period,
        cpu_quota: service.cpu_quota,
        cpu_shares: service.cpu_shares,
        cpuset: service.cpuset.clone(),
        pids: limits.pids.or(service.pids_limit),
        shm_size: service.shm_size,
        oom_kill_disable: service.oom_kill_disable,
        oom_score_adj: service.oom_score_adj.unwrap_or(0),
        ulimits: service.ulimits.clone(),
        blkio: service.blkio.clone().unwrap_or_default(),
    }
}

/// Compose multiplies in 32 bits, and what it comes to is compared.
#[allow(clippy::cast_possible_truncation, reason = "no machine has as many processors as an i64 of billionths holds")]
fn nano(cpus: f32) -> i64 {
    f64::from(cpus * 1e9) as i64
}
