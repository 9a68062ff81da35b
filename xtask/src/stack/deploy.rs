//! The part of `deploy` that means something on one machine.

use std::collections::BTreeMap;
use std::time::Duration;

use super::device::DeviceRequest;

/// `deploy` of a service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Deploy {
    /// `mode`: `replicated`, the only one that is taken.
    pub mode: Option<String>,
    /// `replicas`: how many containers.
    pub replicas: Option<u32>,
    /// `labels`: those of a Swarm service; containers do not get them.
    pub labels: BTreeMap<String, String>,
    /// `resources.limits`
    pub limits: Option<Resource>,
    /// `resources.reservations`
    pub reservations: Option<Resource>,
    /// `restart_policy`, which wins over `restart`.
    pub restart_policy: Option<DeployRestart>,
}

/// An amount of resources.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resource {
    /// `cpus`: how many processors; 0.5 is half the time of one.
    pub cpus: Option<f32>,
    /// `memory` in bytes.
    pub memory: Option<i64>,
    /// `pids`: how many processes.
    pub pids: Option<i64>,
    /// `devices`, of reservations.
    pub devices: Vec<DeviceRequest>,
}

/// `deploy.restart_policy`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeployRestart {
    /// `condition`: `none`, `on-failure` or `any`.
    pub condition: Option<String>,
    /// `delay` between attempts; the engine has its own, and takes no other.
    pub delay: Option<Duration>,
    /// `max_attempts`
    pub max_attempts: Option<u64>,
    /// `window`: how long a container must run to count as restarted; only Swarm knows it.
    pub window: Option<Duration>,
}
