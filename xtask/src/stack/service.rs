//! What a Compose file says about one service.

use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8PathBuf;

use super::attachment::Attachment;
use super::blkio::Blkio;
use super::build::Build;
use super::dependency::Dependency;
use super::deploy::Deploy;
use super::develop::Develop;
use super::device::{Device, DeviceRequest};
use super::env_file::EnvFile;
use super::extra_hosts::ExtraHosts;
use super::file_mount::FileMount;
use super::healthcheck::Healthcheck;
use super::hook::Hook;
use super::located::Located;
use super::logging::Logging;
use super::ports::Port;
use super::ulimit::Ulimit;
use super::volumes::Mount;
use super::volumes_from::VolumesFrom;
use crate::diagnostic::Place;

/// One service. What is `None` or empty is left to the image or to the engine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Service {
    /// Its key under `services`.
    pub name: String,
    /// Where that stands.
    pub place: Place,
    /// `profiles`: it takes part if it has none, or one of them is active.
    pub profiles: Vec<String>,
    /// `annotations`
    pub annotations: BTreeMap<String, String>,
    /// `attach`: whether a command that follows the services shows its output.
    pub attach: Option<bool>,
    /// `blkio_config`
    pub blkio: Option<Blkio>,
    /// `build`
    pub build: Option<Build>,
    /// `cap_add`
    pub cap_add: Vec<String>,
    /// `cap_drop`
    pub cap_drop: Vec<String>,
    /// `cgroup`: `host` or `private`.
    pub cgroup: Option<String>,
    /// `cgroup_parent`
    pub cgroup_parent: Option<String>,
    /// `cpu_period` in microseconds.
    pub cpu_period: Option<i64>,
    /// `cpu_quota` in microseconds of each period.
    pub cpu_quota: Option<i64>,
    /// `cpus`: how many processors; 0.5 is half the time of one.
    pub cpus: Option<f32>,
    /// `cpuset`: which processors, such as `0-3`.
    pub cpuset: Option<String>,
    /// `cpu_shares`: weight beside the other containers; the engine takes 1024 where there is none.
    pub cpu_shares: Option<i64>,
    /// `command` as words; empty words clear the image's own.
    pub command: Option<Vec<String>>,
    /// `configs`
    pub configs: Vec<FileMount>,
    /// `container_name`: another name under which the other services reach it.
    pub container_name: Option<String>,
    /// `depends_on`, and the services whose network or namespace is shared, by name.
    pub depends_on: BTreeMap<String, Dependency>,
    /// `deploy`
    pub deploy: Option<Deploy>,
    /// `develop`
    pub develop: Option<Develop>,
    /// `device_cgroup_rules`
    pub device_cgroup_rules: Vec<String>,
    /// `devices`
    pub devices: Vec<Device>,
    /// `dns` servers.
    pub dns: Vec<String>,
    /// `dns_opt`
    pub dns_opt: Vec<String>,
    /// `dns_search` domains.
    pub dns_search: Vec<String>,
    /// `domainname`
    pub domainname: Option<String>,
    /// `entrypoint` as words; empty words clear the image's own.
    pub entrypoint: Option<Vec<String>>,
    /// `environment`. `None` for a name without a value that the project's variables do not have either.
    pub environment: BTreeMap<String, Option<String>>,
    /// `env_file`, in order; a later file wins.
    pub env_files: Vec<EnvFile>,
    /// `expose`: ports, or ranges of them, that are told but not published.
    pub expose: Vec<String>,
    /// `external_links`: containers of other projects, `NAME` or `NAME:ALIAS`.
    pub external_links: Vec<String>,
    /// `extra_hosts`
    pub extra_hosts: ExtraHosts,
    /// `gpus`
    pub gpus: Vec<DeviceRequest>,
    /// `group_add`
    pub group_add: Vec<String>,
    /// `healthcheck`
    pub healthcheck: Option<Healthcheck>,
    /// `hostname`
    pub hostname: Option<String>,
    /// `image`; a service without one is built.
    pub image: Option<Located<String>>,
    /// `init`: whether a small process 1 passes on signals and reaps children.
    pub init: Option<bool>,
    /// `ipc`
    pub ipc: Option<String>,
    /// `labels`
    pub labels: BTreeMap<String, String>,
    /// `label_file`: files with further labels, in order; a later file wins, and `labels` over all of them.
    pub label_files: Vec<Located<Utf8PathBuf>>,
    /// `links`: services that are reached under further names, `NAME` or `NAME:ALIAS`.
    pub links: Vec<String>,
    /// `logging`
    pub logging: Option<Logging>,
    /// `mac_address`
    pub mac_address: Option<String>,
    /// `mem_limit` in bytes.
    pub mem_limit: Option<i64>,
    /// `mem_reservation` in bytes.
    pub mem_reservation: Option<i64>,
    /// `mem_swappiness`: 0 to 100.
    pub mem_swappiness: Option<i64>,
    /// `memswap_limit` in bytes, memory and swap together; -1 is no limit.
    pub memswap_limit: Option<i64>,
    /// `network_mode`: `host`, `none`, `bridge`, `service:NAME`, `container:NAME`.
    pub network_mode: Option<Located<String>>,
    /// The networks by key: `networks`, or `default` where there is neither that nor `network_mode`. `None` where
    /// nothing more is said than the key.
    pub networks: BTreeMap<String, Option<Attachment>>,
    /// `oom_kill_disable`
    pub oom_kill_disable: bool,
    /// `oom_score_adj`: -1000 to 1000.
    pub oom_score_adj: Option<i64>,
    /// `pid`
    pub pid: Option<String>,
    /// `pids_limit`: how many processes; -1 is no limit.
    pub pids_limit: Option<i64>,
    /// `platform`, such as `linux/amd64`.
    pub platform: Option<Located<String>>,
    /// `ports`
    pub ports: Vec<Located<Port>>,
    /// `post_start`: what is run in its container when that has started.
    pub post_start: Vec<Hook>,
    /// `pre_stop`: what is run in its container before that is stopped.
    pub pre_stop: Vec<Hook>,
    /// `privileged`
    pub privileged: bool,
    /// `pull_policy`
    pub pull_policy: Option<PullPolicy>,
    /// `read_only`: whether its root file system is.
    pub read_only: bool,
    /// `restart` as it is written; see [`Service::restart_policy`].
    pub restart: Option<String>,
    /// `runtime`
    pub runtime: Option<String>,
    /// `scale`: how many containers.
    pub scale: Option<u32>,
    /// `secrets`
    pub secrets: Vec<FileMount>,
    /// `security_opt`
    pub security_opt: Vec<String>,
    /// `shm_size` in bytes.
    pub shm_size: Option<i64>,
    /// `stdin_open`
    pub stdin_open: bool,
    /// `stop_grace_period`: how long it has to end before it is killed; the engine takes 10 seconds where there is none.
    pub stop_grace_period: Option<Duration>,
    /// `stop_signal`
    pub stop_signal: Option<String>,
    /// `storage_opt`
    pub storage_opt: BTreeMap<String, String>,
    /// `sysctls`
    pub sysctls: BTreeMap<String, String>,
    /// `tmpfs`: `PATH` or `PATH:OPTIONS`.
    pub tmpfs: Vec<String>,
    /// `tty`
    pub tty: bool,
    /// `ulimits` by name.
    pub ulimits: BTreeMap<String, Ulimit>,
    /// `user`: `USER` or `USER:GROUP`, names or numbers.
    pub user: Option<String>,
    /// `userns_mode`
    pub userns_mode: Option<String>,
    /// `uts`
    pub uts: Option<String>,
    /// `volumes`
    pub volumes: Vec<Located<Mount>>,
    /// `volumes_from`
    pub volumes_from: Vec<VolumesFrom>,
    /// `working_dir`
    pub working_dir: Option<String>,
}

/// When an image is pulled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PullPolicy {
    /// At each start.
    Always,
    /// Never: it is an error where it is not there.
    Never,
    /// Where it is not there.
    Missing,
    /// Never: it is built at each start.
    Build,
    /// Where it is not there, or got its name longer ago than this.
    Every {
        /// As it is written: `daily`, `weekly`, `every_12h`.
        written: String,
        /// How long it is taken for new.
        period: Duration,
    },
}

impl PullPolicy {
    /// As compose writes it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Always => "always",
            Self::Never => "never",
            Self::Missing => "missing",
            Self::Build => "build",
            Self::Every { written, .. } => written,
        }
    }
}

impl Service {
    /// A service of which the file says nothing.
    pub(super) fn empty(name: impl Into<String>, place: Place) -> Self {
        Self { name: name.into(), place, ..Self::default() }
    }

    /// How many containers it has: `scale`, else `deploy.replicas`, else one.
    pub fn replicas(&self) -> u32 {
        let deployed = || self.deploy.as_ref().and_then(|deploy| deploy.replicas);
        self.scale.or_else(deployed).unwrap_or(1)
    }

    /// The networks it is connected to, in that order: by falling priority, then by key.
    pub fn networks_by_priority(&self) -> Vec<&str> {
        let priority = |attachment: &Option<Attachment>| attachment.as_ref().map_or(0, |it| it.priority);
        let mut networks: Vec<_> = self.networks.iter().collect();
        networks.sort_by_key(|(_, attachment)| -priority(attachment));
        networks.into_iter().map(|(key, _)| key.as_str()).collect()
    }
}
