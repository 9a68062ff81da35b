//! From how a container, a network or a volume is to be made to the request that makes it.

use std::collections::{BTreeMap, HashMap};

use bollard::models::{
    ContainerCreateBody, DeviceMapping, DeviceRequest, EndpointIpamConfig, EndpointSettings, HealthConfig, HostConfig,
    HostConfigLogConfig, Ipam, IpamConfig, Mount as MountRequest, MountBindOptions, MountTmpfsOptions, MountType,
    MountVolumeOptions, NetworkCreateRequest, NetworkingConfig, PortBinding, ResourcesBlkioWeightDevice,
    ResourcesUlimits, RestartPolicy, RestartPolicyNameEnum, ThrottleDevice, VolumeCreateRequest,
};

use crate::lifecycle::configuration::{Binding, Configuration, DeviceFile, Endpoint, Isolation, Mount, Resources};
use crate::lifecycle::labels::Labels;
use crate::stack;
use crate::stack::healthcheck::Healthcheck;
use crate::stack::network::Network;
use crate::stack::restart::Restart;
use crate::stack::volume::Volume;

/// The request that makes a container. Up to API 1.43 a container is made in one network; the others come after.
pub(super) fn container(
    configuration: &Configuration,
    labels: Labels,
    takes_all_networks: bool,
) -> ContainerCreateBody {
    let it = configuration.clone();
    let host_config = host_config(configuration);
    let first = configuration.network_mode.as_str();
    let endpoints: HashMap<String, EndpointSettings> = configuration
        .networks
        .iter()
        .filter(|(name, _)| takes_all_networks || *name == first)
        .map(|(name, own)| (name.clone(), endpoint(own, it.mac_address.as_ref().filter(|_| name == first))))
        .collect();
    let mut all_labels = it.labels;
    all_labels.extend(labels);
    ContainerCreateBody {
        hostname: it.hostname,
        domainname: it.domainname,
        user: it.user,
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        exposed_ports: Some(it.exposed.into_iter().collect()),
        tty: Some(it.tty),
        open_stdin: Some(it.stdin_open),
        env: Some(it.environment.into_iter().map(|(name, value)| assignment(name, value)).collect()),
        cmd: it.command,
        healthcheck: it.healthcheck.as_ref().map(probe),
        image: Some(it.image),
        working_dir: it.working_dir,
        entrypoint: it.entrypoint,
        labels: Some(all_labels.into_iter().collect()),
        stop_signal: it.stop_signal,
        stop_timeout: it.stop_timeout,
        host_config: Some(host_config),
        networking_config: (!endpoints.is_empty()).then_some(NetworkingConfig { endpoints_config: Some(endpoints) }),
        ..ContainerCreateBody::default()
    }
}

fn assignment(name: String, value: Option<String>) -> String {
    match value {
        Some(value) => format!("{name}={value}"),
        None => name,
    }
}

fn probe(check: &Healthcheck) -> HealthConfig {
    let nanos = |time: Option<std::time::Duration>| time.and_then(|time| i64::try_from(time.as_nanos()).ok());
    let test = if check.is_disabled() { vec!["NONE".to_owned()] } else { check.test.clone() };
    HealthConfig {
        test: Some(test),
        interval: nanos(check.interval),
        timeout: nanos(check.timeout),
        retries: check.retries.and_then(|retries| i64::try_from(retries).ok()),
        start_period: nanos(check.start_period),
        start_interval: nanos(check.start_interval),
    }
}

/// A place in a network. Names are always given: without them nobody finds the service.
pub(super) fn endpoint(endpoint: &Endpoint, mac_address: Option<&String>) -> EndpointSettings {
    let has_address = endpoint.ipv4.is_some() || endpoint.ipv6.is_some() || !endpoint.link_local.is_empty();
    EndpointSettings {
        aliases: Some(endpoint.aliases.iter().cloned().collect()),
        ipam_config: has_address.then(|| EndpointIpamConfig {
            ipv4_address: endpoint.ipv4.clone(),
            ipv6_address: endpoint.ipv6.clone(),
            link_local_ips: Some(endpoint.link_local.clone()).filter(|all| !all.is_empty()),
        }),
        mac_address: endpoint.mac_address.clone().or(mac_address.cloned()),
        driver_opts: map(&endpoint.driver_opts),
        links: (!endpoint.links.is_empty()).then(|| endpoint.links.iter().cloned().collect()),
        gw_priority: Some(endpoint.gw_priority).filter(|priority| *priority != 0),
        ..EndpointSettings::default()
    }
}

fn map(own: &BTreeMap<String, String>) -> Option<HashMap<String, String>> {
    (!own.is_empty()).then(|| own.clone().into_iter().collect())
}

fn list(own: &[String]) -> Option<Vec<String>> {
    (!own.is_empty()).then(|| own.to_vec())
}

fn host_config(configuration: &Configuration) -> HostConfig {
    let it = configuration;
    // Labels of SELinux are only understood in the older form.
    let (binds, mounts): (Vec<_>, Vec<_>) = it.mounts.iter().partition(|(_, mount)| !mount.selinux.is_empty());
    let host = HostConfig {
        binds: Some(binds.into_iter().map(|(target, mount)| bind(target, mount)).collect()),
        mounts: Some(mounts.into_iter().map(|(target, own)| mount(target, own)).collect()),
        volumes_from: list(&it.volumes_from),
        links: list(&it.links),
        tmpfs: map(&it.tmpfs),
        network_mode: Some(it.network_mode.clone()),
        port_bindings: Some(it.ports.iter().map(|(target, all)| (target.clone(), Some(bindings(all)))).collect()),
        restart_policy: Some(restart(it.restart)),
        extra_hosts: list(&it.extra_hosts),
        dns: list(&it.dns),
        dns_search: list(&it.dns_search),
        dns_options: list(&it.dns_options),
        group_add: list(&it.groups),
        annotations: map(&it.annotations),
        log_config: it
            .logging
            .as_ref()
            .map(|logging| HostConfigLogConfig { typ: logging.driver.clone(), config: map(&logging.options) }),
        ..HostConfig::default()
    };
    with_isolation(with_resources(host, &it.resources), &it.isolation)
}

fn with_isolation(host: HostConfig, it: &Isolation) -> HostConfig {
    // A word of the command line that is no option of the engine.
    let (unconfined, security): (Vec<String>, Vec<String>) =
        it.security.iter().cloned().partition(|option| option == "systempaths=unconfined");
    let paths = (!unconfined.is_empty()).then(Vec::new);
    HostConfig {
        privileged: Some(it.privileged),
        readonly_rootfs: Some(it.read_only),
        init: it.init,
        cap_add: (!it.cap_add.is_empty()).then(|| it.cap_add.iter().cloned().collect()),
        cap_drop: (!it.cap_drop.is_empty()).then(|| it.cap_drop.iter().cloned().collect()),
        security_opt: list(&security),
        masked_paths: paths.clone(),
        readonly_paths: paths,
        sysctls: map(&it.sysctls),
        ipc_mode: it.ipc.clone(),
        pid_mode: it.pid.clone(),
        uts_mode: it.uts.clone(),
        userns_mode: it.userns.clone(),
        runtime: it.runtime.clone(),
        storage_opt: map(&it.storage),
        cgroupns_mode: it.cgroup.as_deref().and_then(|mode| mode.parse().ok()),
        devices: (!it.devices.is_empty()).then(|| it.devices.iter().map(device).collect()),
        device_cgroup_rules: list(&it.device_rules),
        device_requests: (!it.device_requests.is_empty())
            .then(|| it.device_requests.iter().map(device_request).collect()),
        cgroup_parent: it.cgroup_parent.clone(),
        ..host
    }
}

fn device((target, own): (&String, &DeviceFile)) -> DeviceMapping {
    DeviceMapping {
        path_on_host: Some(own.source.clone()),
        path_in_container: Some(target.clone()),
        cgroup_permissions: Some(own.permissions.clone()),
    }
}

fn device_request(own: &stack::device::DeviceRequest) -> DeviceRequest {
    DeviceRequest {
        driver: own.driver.clone(),
        count: Some(own.count()).filter(|count| *count != 0),
        device_ids: list(&own.ids),
        capabilities: (!own.capabilities.is_empty()).then(|| vec![own.capabilities.clone()]),
        options: map(&own.options),
    }
}

fn with_resources(host: HostConfig, it: &Resources) -> HostConfig {
    let ulimit = |(name, limit): (&String, &crate::stack::ulimit::Ulimit)| {
        let (soft, hard) = limit.limits();
        ResourcesUlimits { name: Some(name.clone()), soft: Some(soft), hard: Some(hard) }
    };
    HostConfig {
        memory: it.memory,
        memory_reservation: it.memory_reservation,
        memory_swap: it.memory_swap,
        memory_swappiness: it.swappiness,
        nano_cpus: it.nano_cpus,
        cpu_period: it.cpu_period,
        cpu_quota: it.cpu_quota,
        cpu_shares: it.cpu_shares,
        cpuset_cpus: it.cpuset.clone(),
        pids_limit: it.pids,
        shm_size: it.shm_size,
        oom_kill_disable: it.oom_kill_disable.then_some(true),
        oom_score_adj: Some(it.oom_score_adj).filter(|score| *score != 0),
        blkio_weight: it.blkio.weight,
        blkio_weight_device: weights(&it.blkio.weight_device),
        blkio_device_read_bps: throttles(&it.blkio.read_bps),
        blkio_device_read_iops: throttles(&it.blkio.read_iops),
        blkio_device_write_bps: throttles(&it.blkio.write_bps),
        blkio_device_write_iops: throttles(&it.blkio.write_iops),
        ulimits: (!it.ulimits.is_empty()).then(|| it.ulimits.iter().map(ulimit).collect()),
        ..host
    }
}

fn weights(own: &[stack::blkio::WeightDevice]) -> Option<Vec<ResourcesBlkioWeightDevice>> {
    let weight = |it: &stack::blkio::WeightDevice| ResourcesBlkioWeightDevice {
        path: Some(it.path.clone()),
        weight: Some(it.weight.into()),
    };
    (!own.is_empty()).then(|| own.iter().map(weight).collect())
}

fn throttles(own: &[stack::blkio::ThrottleDevice]) -> Option<Vec<ThrottleDevice>> {
    let throttle =
        |it: &stack::blkio::ThrottleDevice| ThrottleDevice { path: Some(it.path.clone()), rate: Some(it.rate) };
    (!own.is_empty()).then(|| own.iter().map(throttle).collect())
}

fn bindings(all: &std::collections::BTreeSet<Binding>) -> Vec<PortBinding> {
    let binding = |it: &Binding| PortBinding {
        host_ip: Some(it.address.clone()).filter(|address| !address.is_empty()),
        host_port: Some(it.port.clone()),
    };
    all.iter().map(binding).collect()
}

fn restart(policy: Restart) -> RestartPolicy {
    let (name, attempts) = match policy {
        Restart::No => (RestartPolicyNameEnum::NO, None),
        Restart::Always => (RestartPolicyNameEnum::ALWAYS, None),
        Restart::UnlessStopped => (RestartPolicyNameEnum::UNLESS_STOPPED, None),
        Restart::OnFailure { attempts } => (RestartPolicyNameEnum::ON_FAILURE, i64::try_from(attempts).ok()),
    };
    RestartPolicy { name: Some(name), maximum_retry_count: attempts }
}

fn bind(target: &str, mount: &Mount) -> String {
    let mut options = vec![if mount.read_only { "ro" } else { "rw" }, mount.selinux.as_str()];
    options.extend(Some(mount.propagation.as_str()).filter(|text| !text.is_empty()));
    format!("{}:{target}:{}", mount.source, options.join(","))
}

/// In this form the engine makes no folder of the host where there is none.
fn mount(target: &str, mount: &Mount) -> MountRequest {
    let propagation = mount.propagation.parse().ok().filter(|_| !mount.propagation.is_empty());
    let bind = MountBindOptions {
        propagation,
        non_recursive: (mount.recursive == "disabled").then_some(true),
        read_only_non_recursive: (mount.recursive == "writable").then_some(true),
        read_only_force_recursive: (mount.recursive == "readonly").then_some(true),
        ..MountBindOptions::default()
    };
    let has_options = propagation.is_some() || !matches!(mount.recursive.as_str(), "" | "enabled");
    let volume = MountVolumeOptions {
        no_copy: mount.no_copy.then_some(true),
        subpath: Some(mount.subpath.clone()).filter(|path| !path.is_empty()),
        ..MountVolumeOptions::default()
    };
    let tmpfs = MountTmpfsOptions {
        size_bytes: mount.tmpfs_size.filter(|size| *size != 0),
        mode: mount.tmpfs_mode.filter(|mode| *mode != 0),
        ..MountTmpfsOptions::default()
    };
    let kind: Option<MountType> = mount.kind.parse().ok();
    MountRequest {
        target: Some(target.to_owned()),
        source: Some(mount.source.clone()).filter(|source| !source.is_empty()),
        read_only: Some(mount.read_only),
        consistency: Some(mount.consistency.clone()).filter(|consistency| !consistency.is_empty()),
        bind_options: (kind == Some(MountType::BIND) && has_options).then_some(bind),
        volume_options: (mount.no_copy || !mount.subpath.is_empty()).then_some(volume),
        tmpfs_options: (kind == Some(MountType::TMPFS)).then_some(tmpfs),
        typ: kind,
        ..MountRequest::default()
    }
}

/// The request that makes a network.
pub(super) fn network(network: &Network, mut labels: Labels) -> NetworkCreateRequest {
    let mut all = network.labels.clone();
    all.append(&mut labels);
    let pools = network.ipam.pools.iter().map(|pool| IpamConfig {
        subnet: pool.subnet.clone(),
        ip_range: pool.ip_range.clone(),
        gateway: pool.gateway.clone(),
        auxiliary_addresses: map(&pool.aux_addresses),
    });
    let has_ipam = network.ipam.driver.is_some() || !network.ipam.pools.is_empty();
    NetworkCreateRequest {
        name: network.name.clone(),
        driver: network.driver.clone(),
        internal: Some(network.internal),
        attachable: Some(network.attachable),
        ipam: has_ipam.then(|| Ipam {
            driver: network.ipam.driver.clone(),
            config: Some(pools.collect()),
            ..Ipam::default()
        }),
        enable_ipv4: network.enable_ipv4,
        enable_ipv6: network.enable_ipv6,
        options: map(&network.driver_opts),
        labels: Some(all.into_iter().collect()),
        ..NetworkCreateRequest::default()
    }
}

/// The request that makes a volume.
pub(super) fn volume(volume: &Volume, mut labels: Labels) -> VolumeCreateRequest {
    let mut all = volume.labels.clone();
    all.append(&mut labels);
    VolumeCreateRequest {
        name: Some(volume.name.clone()),
        driver: volume.driver.clone(),
        driver_opts: map(&volume.driver_opts),
        labels: Some(all.into_iter().collect()),
        ..VolumeCreateRequest::default()
    }
}
