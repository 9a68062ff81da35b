//! How a container was made, as the engine shows it again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::blkio::InspectedBlkio;
use super::devices::{InspectedDevice, InspectedRequest};
use super::mounts::{InspectedMount, read_bind};
use crate::lifecycle::configuration::{Binding, Configuration, Endpoint, Isolation, Logging, Mount, Resources};
use crate::stack::healthcheck::Healthcheck;
use crate::stack::restart::Restart;
use crate::stack::ulimit::Ulimit;

/// `Config`: what belongs to the program.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct InspectedConfig {
    hostname: String,
    domainname: String,
    user: String,
    tty: bool,
    open_stdin: bool,
    env: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
    healthcheck: Option<Probe>,
    image: String,
    working_dir: String,
    entrypoint: Option<Vec<String>>,
    pub(super) labels: Option<BTreeMap<String, String>>,
    stop_signal: Option<String>,
    stop_timeout: Option<i64>,
    exposed_ports: Option<BTreeMap<String, Value>>,
    mac_address: Option<String>,
}

/// A probe, whose times are billionths of a second.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Probe {
    test: Option<Vec<String>>,
    interval: u64,
    timeout: u64,
    start_period: u64,
    start_interval: u64,
    retries: u64,
}

/// `HostConfig`: what belongs to the machine.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct InspectedHost {
    binds: Option<Vec<String>>,
    mounts: Option<Vec<InspectedMount>>,
    volumes_from: Option<Vec<String>>,
    links: Option<Vec<String>>,
    tmpfs: Option<BTreeMap<String, String>>,
    network_mode: String,
    port_bindings: Option<BTreeMap<String, Option<Vec<InspectedBinding>>>>,
    restart_policy: InspectedRestart,
    extra_hosts: Option<Vec<String>>,
    dns: Option<Vec<String>>,
    dns_search: Option<Vec<String>>,
    dns_options: Option<Vec<String>>,
    group_add: Option<Vec<String>>,
    annotations: Option<BTreeMap<String, String>>,
    log_config: InspectedLog,
    privileged: bool,
    readonly_rootfs: bool,
    init: Option<bool>,
    cap_add: Option<Vec<String>>,
    cap_drop: Option<Vec<String>>,
    security_opt: Option<Vec<String>>,
    sysctls: Option<BTreeMap<String, String>>,
    ipc_mode: String,
    pid_mode: String,
    #[serde(rename = "UTSMode")]
    uts_mode: String,
    userns_mode: String,
    runtime: Option<String>,
    storage_opt: Option<BTreeMap<String, String>>,
    cgroupns_mode: String,
    devices: Option<Vec<InspectedDevice>>,
    device_cgroup_rules: Option<Vec<String>>,
    device_requests: Option<Vec<InspectedRequest>>,
    cgroup_parent: String,
    memory: i64,
    memory_reservation: i64,
    memory_swap: i64,
    memory_swappiness: Option<i64>,
    nano_cpus: i64,
    cpu_period: i64,
    cpu_quota: i64,
    cpu_shares: i64,
    cpuset_cpus: String,
    pids_limit: Option<i64>,
    shm_size: i64,
    oom_kill_disable: Option<bool>,
    oom_score_adj: i64,
    ulimits: Option<Vec<InspectedUlimit>>,
    #[serde(flatten)]
    blkio: InspectedBlkio,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct InspectedBinding {
    pub(super) host_ip: String,
    pub(super) host_port: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct InspectedRestart {
    name: String,
    maximum_retry_count: u64,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct InspectedLog {
    #[serde(rename = "Type")]
    driver: String,
    config: Option<BTreeMap<String, String>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct InspectedUlimit {
    name: String,
    soft: i64,
    hard: i64,
}

/// `NetworkSettings`: where it is reached.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct InspectedNetworks {
    pub(super) ports: Option<BTreeMap<String, Option<Vec<InspectedBinding>>>>,
    pub(super) networks: Option<BTreeMap<String, InspectedEndpoint>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct InspectedEndpoint {
    #[serde(rename = "NetworkID")]
    pub(super) network_id: String,
    aliases: Option<Vec<String>>,
    #[serde(rename = "IPAMConfig")]
    ipam: Option<InspectedAddresses>,
    links: Option<Vec<String>>,
    driver_opts: Option<BTreeMap<String, String>>,
    gw_priority: i64,
    mac_address: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct InspectedAddresses {
    #[serde(rename = "IPv4Address")]
    ipv4: String,
    #[serde(rename = "IPv6Address")]
    ipv6: String,
    #[serde(rename = "LinkLocalIPs")]
    link_local: Option<Vec<String>>,
}

/// Puts the parts together.
pub(super) fn configuration(
    config: InspectedConfig,
    host: InspectedHost,
    networks: InspectedNetworks,
) -> Configuration {
    let isolation = isolation(&host);
    let resources = resources(&host);
    let mut mounts: BTreeMap<String, Mount> = host.binds.iter().flatten().filter_map(|bind| read_bind(bind)).collect();
    mounts.extend(host.mounts.into_iter().flatten().map(InspectedMount::read));
    Configuration {
        image: config.image,
        platform: None,
        command: config.cmd,
        entrypoint: config.entrypoint,
        environment: environment(config.env.as_deref().unwrap_or_default()),
        labels: config.labels.unwrap_or_default(),
        annotations: host.annotations.unwrap_or_default(),
        user: non_empty(config.user),
        groups: host.group_add.unwrap_or_default(),
        working_dir: non_empty(config.working_dir),
        hostname: non_empty(config.hostname),
        domainname: non_empty(config.domainname),
        tty: config.tty,
        stdin_open: config.open_stdin,
        healthcheck: config.healthcheck.map(Probe::observed),
        stop_signal: config.stop_signal.filter(|signal| !signal.is_empty()),
        stop_timeout: config.stop_timeout,
        exposed: config.exposed_ports.unwrap_or_default().into_keys().collect(),
        ports: ports(host.port_bindings.unwrap_or_default()),
        mounts,
        volumes_from: host.volumes_from.unwrap_or_default(),
        tmpfs: host.tmpfs.unwrap_or_default(),
        network_mode: host.network_mode,
        networks: networks.networks.unwrap_or_default().into_iter().map(|(name, it)| (name, it.read())).collect(),
        mac_address: config.mac_address.filter(|address| !address.is_empty()),
        links: host.links.unwrap_or_default().iter().map(|link| read_link(link)).collect(),
        extra_hosts: host.extra_hosts.unwrap_or_default(),
        dns: host.dns.unwrap_or_default(),
        dns_search: host.dns_search.unwrap_or_default(),
        dns_options: host.dns_options.unwrap_or_default(),
        restart: host.restart_policy.read(),
        isolation,
        resources,
        logging: Some(Logging {
            driver: non_empty(host.log_config.driver),
            options: host.log_config.config.unwrap_or_default(),
        }),
    }
}

/// `NAME=value`, and `NAME` alone for one without a value.
pub(super) fn environment(entries: &[String]) -> BTreeMap<String, Option<String>> {
    let split = |entry: &String| match entry.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (entry.clone(), None),
    };
    entries.iter().map(split).collect()
}

fn non_empty(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn non_zero(number: i64) -> Option<i64> {
    Some(number).filter(|number| *number != 0)
}

impl Probe {
    pub(super) fn observed(self) -> Healthcheck {
        let time = |nanos: u64| Some(Duration::from_nanos(nanos)).filter(|time| !time.is_zero());
        let test = self.test.unwrap_or_default();
        Healthcheck {
            disable: test.first().is_some_and(|first| first == "NONE"),
            test,
            interval: time(self.interval),
            timeout: time(self.timeout),
            retries: Some(self.retries).filter(|retries| *retries != 0),
            start_period: time(self.start_period),
            start_interval: time(self.start_interval),
        }
    }
}

fn ports(bindings: BTreeMap<String, Option<Vec<InspectedBinding>>>) -> BTreeMap<String, BTreeSet<Binding>> {
    let binding = |it: InspectedBinding| Binding { address: it.host_ip, port: it.host_port };
    bindings.into_iter().map(|(target, all)| (target, all.into_iter().flatten().map(binding).collect())).collect()
}

impl InspectedRestart {
    fn read(&self) -> Restart {
        match self.name.as_str() {
            "always" => Restart::Always,
            "unless-stopped" => Restart::UnlessStopped,
            "on-failure" => Restart::OnFailure { attempts: self.maximum_retry_count },
            _ => Restart::No,
        }
    }
}

/// `/CONTAINER:/OWN/ALIAS` as it was asked for: `CONTAINER:ALIAS`.
fn read_link(link: &str) -> String {
    let (container, alias) = link.split_once(':').unwrap_or((link, link));
    format!("{}:{}", container.trim_start_matches('/'), alias.rsplit('/').next().unwrap_or(alias))
}

impl InspectedEndpoint {
    fn read(self) -> Endpoint {
        let addresses = self.ipam.unwrap_or_default();
        Endpoint {
            aliases: self.aliases.unwrap_or_default().into_iter().collect(),
            ipv4: non_empty(addresses.ipv4),
            ipv6: non_empty(addresses.ipv6),
            link_local: addresses.link_local.unwrap_or_default(),
            mac_address: non_empty(self.mac_address),
            links: self.links.unwrap_or_default().into_iter().collect(),
            driver_opts: self.driver_opts.unwrap_or_default(),
            gw_priority: self.gw_priority,
        }
    }
}

fn isolation(host: &InspectedHost) -> Isolation {
    let set = |list: &Option<Vec<String>>| list.iter().flatten().cloned().collect();
    Isolation {
        privileged: host.privileged,
        read_only: host.readonly_rootfs,
        init: host.init,
        cap_add: set(&host.cap_add),
        cap_drop: set(&host.cap_drop),
        security: host.security_opt.clone().unwrap_or_default(),
        sysctls: host.sysctls.clone().unwrap_or_default(),
        ipc: non_empty(host.ipc_mode.clone()),
        pid: non_empty(host.pid_mode.clone()),
        uts: non_empty(host.uts_mode.clone()),
        userns: non_empty(host.userns_mode.clone()),
        runtime: host.runtime.clone().and_then(non_empty),
        storage: host.storage_opt.clone().unwrap_or_default(),
        cgroup: non_empty(host.cgroupns_mode.clone()),
        devices: host.devices.iter().flatten().map(InspectedDevice::read).collect(),
        device_rules: host.device_cgroup_rules.clone().unwrap_or_default(),
        device_requests: host.device_requests.iter().flatten().map(InspectedRequest::read).collect(),
        cgroup_parent: non_empty(host.cgroup_parent.clone()),
    }
}

fn resources(host: &InspectedHost) -> Resources {
    let ulimit = |it: &InspectedUlimit| (it.name.clone(), Ulimit::Pair { soft: it.soft, hard: it.hard });
    Resources {
        memory: non_zero(host.memory),
        memory_reservation: non_zero(host.memory_reservation),
        memory_swap: non_zero(host.memory_swap),
        swappiness: host.memory_swappiness,
        nano_cpus: non_zero(host.nano_cpus),
        cpu_period: non_zero(host.cpu_period),
        cpu_quota: non_zero(host.cpu_quota),
        cpu_shares: non_zero(host.cpu_shares),
        cpuset: non_empty(host.cpuset_cpus.clone()),
        pids: host.pids_limit.and_then(non_zero),
        shm_size: non_zero(host.shm_size),
        oom_kill_disable: host.oom_kill_disable.unwrap_or(false),
        oom_score_adj: host.oom_score_adj,
        ulimits: host.ulimits.iter().flatten().map(ulimit).collect(),
        blkio: host.blkio.read(),
    }
}
