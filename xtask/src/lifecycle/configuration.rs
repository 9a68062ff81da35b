//! How a container is made: what a file wants and what an engine shows, in the same words, so that they can be compared.

use std::collections::{BTreeMap, BTreeSet};

use crate::stack::blkio::Blkio;
use crate::stack::device::DeviceRequest;
use crate::stack::healthcheck::Healthcheck;
use crate::stack::restart::Restart;
use crate::stack::ulimit::Ulimit;

/// Everything that a container is made with, besides the labels that mark it.
///
/// `None` and empty mean that nothing was asked for, and the image or the engine decides.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Configuration {
    /// The image, as it is named.
    pub image: String,
    /// `platform`; an engine does not show it again.
    pub platform: Option<String>,
    /// Arguments.
    pub command: Option<Vec<String>>,
    /// Program.
    pub entrypoint: Option<Vec<String>>,
    /// Variables; `None` takes one of the image away.
    pub environment: BTreeMap<String, Option<String>>,
    /// Labels that people wrote.
    pub labels: BTreeMap<String, String>,
    /// Annotations, which only engines from 24.0 on know.
    pub annotations: BTreeMap<String, String>,
    /// Account.
    pub user: Option<String>,
    /// More groups.
    pub groups: Vec<String>,
    /// Folder.
    pub working_dir: Option<String>,
    /// Its name for itself.
    pub hostname: Option<String>,
    /// Its domain.
    pub domainname: Option<String>,
    /// Whether it has a terminal.
    pub tty: bool,
    /// Whether its input stays open.
    pub stdin_open: bool,
    /// Probe.
    pub healthcheck: Option<Healthcheck>,
    /// Signal to end it with.
    pub stop_signal: Option<String>,
    /// Seconds until it is killed.
    pub stop_timeout: Option<i64>,
    /// Ports that it tells of: `80/tcp`.
    pub exposed: BTreeSet<String>,
    /// Ports that are published, by the port in the container.
    pub ports: BTreeMap<String, BTreeSet<Binding>>,
    /// Volumes and folders, by their path in the container.
    pub mounts: BTreeMap<String, Mount>,
    /// Containers whose mounts it has, too: `ID` or `ID:ro`.
    pub volumes_from: Vec<String>,
    /// Folders in memory, with their options.
    pub tmpfs: BTreeMap<String, String>,
    /// `bridge`, `host`, `none`, `container:ID` or the name of the first network.
    pub network_mode: String,
    /// Networks, by their name at the engine.
    pub networks: BTreeMap<String, Endpoint>,
    /// Address of the network card.
    pub mac_address: Option<String>,
    /// Further names of other containers where there are no networks: `CONTAINER:NAME`.
    pub links: Vec<String>,
    /// More names with addresses: `NAME:ADDRESS`.
    pub extra_hosts: Vec<String>,
    /// Name servers.
    pub dns: Vec<String>,
    /// Domains to look into.
    pub dns_search: Vec<String>,
    /// Options of the resolver.
    pub dns_options: Vec<String>,
    /// What happens when it has ended.
    pub restart: Restart,
    /// Limits, rights and namespaces.
    pub isolation: Isolation,
    /// Amounts.
    pub resources: Resources,
    /// Where its output goes.
    pub logging: Option<Logging>,
}

/// Rights and namespaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Isolation {
    /// All rights.
    pub privileged: bool,
    /// Whether its own files can be written.
    pub read_only: bool,
    /// A small first process.
    pub init: Option<bool>,
    /// More rights.
    pub cap_add: BTreeSet<String>,
    /// Fewer rights.
    pub cap_drop: BTreeSet<String>,
    /// Labels and profiles.
    pub security: Vec<String>,
    /// Settings of the kernel.
    pub sysctls: BTreeMap<String, String>,
    /// Namespace of IPC.
    pub ipc: Option<String>,
    /// Namespace of processes.
    pub pid: Option<String>,
    /// Namespace of names.
    pub uts: Option<String>,
    /// Namespace of accounts.
    pub userns: Option<String>,
    /// Runtime.
    pub runtime: Option<String>,
    /// Options of the storage.
    pub storage: BTreeMap<String, String>,
    /// Namespace of control groups.
    pub cgroup: Option<String>,
    /// Files of devices, by their path in the container.
    pub devices: BTreeMap<String, DeviceFile>,
    /// Which devices it may use besides.
    pub device_rules: Vec<String>,
    /// What is asked of drivers of devices.
    pub device_requests: Vec<DeviceRequest>,
    /// Control group above it.
    pub cgroup_parent: Option<String>,
}

/// A device of the host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceFile {
    /// Its path on the host.
    pub source: String,
    /// What may be done with it: `rwm`.
    pub permissions: String,
}

/// Amounts of memory, of time and of everything else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// Bytes of memory.
    pub memory: Option<i64>,
    /// Bytes that are kept free for it.
    pub memory_reservation: Option<i64>,
    /// Bytes of memory and swap.
    pub memory_swap: Option<i64>,
    /// 0 to 100.
    pub swappiness: Option<i64>,
    /// Billionths of a processor.
    pub nano_cpus: Option<i64>,
    /// Microseconds.
    pub cpu_period: Option<i64>,
    /// Microseconds of each period.
    pub cpu_quota: Option<i64>,
    /// Weight.
    pub cpu_shares: Option<i64>,
    /// Which processors.
    pub cpuset: Option<String>,
    /// Processes.
    pub pids: Option<i64>,
    /// Bytes of shared memory.
    pub shm_size: Option<i64>,
    /// Whether it is spared when memory runs out.
    pub oom_kill_disable: bool,
    /// How readily it is killed then.
    pub oom_score_adj: i64,
    /// Limits of the operating system.
    pub ulimits: BTreeMap<String, Ulimit>,
    /// Use of disks.
    pub blkio: Blkio,
}

/// Where output goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logging {
    /// Driver.
    pub driver: Option<String>,
    /// Its options.
    pub options: BTreeMap<String, String>,
}

/// An address and a port of the host.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Binding {
    /// Address; empty for all.
    pub address: String,
    /// Port, range, or empty for any.
    pub port: String,
}

/// Something mounted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mount {
    /// `volume`, `bind`, `tmpfs` …
    pub kind: String,
    /// Name of a volume at the engine, or absolute path of the host; empty for an anonymous volume.
    pub source: String,
    /// Whether the container may only read.
    pub read_only: bool,
    /// How mounts inside of it spread.
    pub propagation: String,
    /// `z` or `Z`.
    pub selinux: String,
    /// Whether a new volume stays empty.
    pub no_copy: bool,
    /// Part of a volume.
    pub subpath: String,
    /// Bytes of a tmpfs.
    pub tmpfs_size: Option<i64>,
    /// Permissions of a tmpfs.
    pub tmpfs_mode: Option<i64>,
    /// How mounts below the source are treated: `disabled`, `writable`, `readonly`; empty for the usual way.
    pub recursive: String,
    /// `consistency`, which engines pass over today.
    pub consistency: String,
    /// Whether the engine is to make a missing folder of the host.
    pub create_host_path: bool,
}

/// A place in a network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    /// Names, without those that the engine adds.
    pub aliases: BTreeSet<String>,
    /// Fixed address.
    pub ipv4: Option<String>,
    /// Fixed address.
    pub ipv6: Option<String>,
    /// More addresses.
    pub link_local: Vec<String>,
    /// Address of the network card.
    pub mac_address: Option<String>,
    /// Options of the driver.
    pub driver_opts: BTreeMap<String, String>,
    /// Further names of other containers: `CONTAINER:NAME`.
    pub links: BTreeSet<String>,
    /// Which network gives the default route.
    pub gw_priority: i64,
}

/// What an image says of the containers that are made from it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImageDefaults {
    /// Arguments.
    pub command: Vec<String>,
    /// Program.
    pub entrypoint: Vec<String>,
    /// Variables.
    pub environment: BTreeMap<String, String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Account.
    pub user: String,
    /// Folder.
    pub working_dir: String,
    /// Probe.
    pub healthcheck: Option<Healthcheck>,
    /// Signal to end it with.
    pub stop_signal: Option<String>,
    /// Ports that it tells of.
    pub exposed: BTreeSet<String>,
    /// Paths that get an anonymous volume.
    pub volumes: BTreeSet<String>,
}
