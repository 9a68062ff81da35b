//! How the engine finds out whether a container is healthy.

use std::time::Duration;

/// `healthcheck` of a service. What is `None` or empty, the image says, and else the engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Healthcheck {
    /// `test`, beginning with `CMD`, `CMD-SHELL` or `NONE`; empty where it is the image's.
    pub test: Vec<String>,
    /// `interval` between two probes.
    pub interval: Option<Duration>,
    /// `timeout`: a probe that takes longer has failed.
    pub timeout: Option<Duration>,
    /// `retries`: as many failures in a row make a container unhealthy.
    pub retries: Option<u64>,
    /// `start_period`: failures in it do not count.
    pub start_period: Option<Duration>,
    /// `start_interval` between two probes during the start period (engines from 25.0 on).
    pub start_interval: Option<Duration>,
    /// `disable`: no probe, not even the image's.
    pub disable: bool,
}

impl Healthcheck {
    /// Whether there is no probe at all.
    pub fn is_disabled(&self) -> bool {
        self.disable || self.test.first().is_some_and(|first| first == "NONE")
    }
}
