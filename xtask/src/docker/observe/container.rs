//! A container, as the engine tells of it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::configuration::{InspectedConfig, InspectedHost, InspectedNetworks, configuration};
use crate::lifecycle::observed::{Container, Health, HealthStatus, Mounted, ProbeResult, Published, State};

/// The answer to `GET /containers/ID/json`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(in crate::docker) struct InspectedContainer {
    id: String,
    name: String,
    image: String,
    restart_count: u64,
    state: InspectedState,
    config: InspectedConfig,
    host_config: InspectedHost,
    network_settings: InspectedNetworks,
    mounts: Option<Vec<InspectedMount>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct InspectedState {
    status: String,
    #[serde(rename = "OOMKilled")]
    oom_killed: bool,
    exit_code: i64,
    started_at: String,
    finished_at: String,
    health: Option<InspectedHealth>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct InspectedHealth {
    status: String,
    failing_streak: u64,
    log: Option<Vec<InspectedProbe>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct InspectedProbe {
    exit_code: i64,
    output: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct InspectedMount {
    #[serde(rename = "Type")]
    kind: String,
    name: String,
    source: String,
    destination: String,
    #[serde(rename = "RW")]
    writable: bool,
}

/// What the engine writes for a time that never was.
const NEVER: &str = "0001-01-01";

impl InspectedContainer {
    pub(in crate::docker) fn observed(self) -> Container {
        let some_time = |time: String| Some(time).filter(|time| !time.is_empty() && !time.starts_with(NEVER));
        let networks = self.network_settings.networks.as_ref();
        Container {
            name: self.name.trim_start_matches('/').to_owned(),
            labels: self.config.labels.clone().unwrap_or_default(),
            state: self.state.state(),
            health: self.state.health.and_then(InspectedHealth::observed),
            image_id: self.image,
            started_at: some_time(self.state.started_at),
            finished_at: some_time(self.state.finished_at),
            restarts: self.restart_count,
            published: published(&self.network_settings),
            network_ids: networks
                .into_iter()
                .flatten()
                .map(|(name, it)| (name.clone(), it.network_id.clone()))
                .collect(),
            mounted: self.mounts.unwrap_or_default().into_iter().map(InspectedMount::observed).collect(),
            configuration: configuration(self.config, self.host_config, self.network_settings),
            id: self.id,
        }
    }
}

impl InspectedState {
    fn state(&self) -> State {
        match self.status.as_str() {
            // Podman says `configured` and `initialized` of what was never started.
            "created" | "configured" | "initialized" => State::Created,
            "running" => State::Running,
            "paused" => State::Paused,
            "restarting" => State::Restarting,
            "removing" => State::Removing,
            "exited" | "stopped" => State::Exited { code: self.exit_code, out_of_memory: self.oom_killed },
            "dead" => State::Dead,
            other => State::Other(other.to_owned()),
        }
    }
}

impl InspectedHealth {
    /// `None` where there is no probe.
    fn observed(self) -> Option<Health> {
        let status = match self.status.as_str() {
            "starting" => HealthStatus::Starting,
            "healthy" => HealthStatus::Healthy,
            "unhealthy" => HealthStatus::Unhealthy,
            _ => return None,
        };
        let probe = |it: InspectedProbe| ProbeResult { exit_code: it.exit_code, output: it.output };
        let log = self.log.unwrap_or_default().into_iter().map(probe).collect();
        Some(Health { status, failing_streak: self.failing_streak, log })
    }
}

impl InspectedMount {
    fn observed(self) -> Mounted {
        let source = if self.kind == "volume" { self.name } else { self.source };
        Mounted { kind: self.kind, source, target: self.destination, read_only: !self.writable }
    }
}

fn published(settings: &InspectedNetworks) -> Vec<Published> {
    let empty = BTreeMap::new();
    let ports = settings.ports.as_ref().unwrap_or(&empty);
    let mut published: Vec<Published> = Vec::new();
    for (target, bindings) in ports {
        for binding in bindings.iter().flatten() {
            if let Ok(port) = binding.host_port.parse() {
                // Podman before 5 leaves out that it is every address.
                let address = Some(&binding.host_ip).filter(|it| !it.is_empty()).map_or("0.0.0.0", String::as_str);
                published.push(Published { target: target.clone(), address: address.to_owned(), port });
            }
        }
    }
    published.sort();
    published
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_is_every_address() {
        // As Podman 4.3.1 answers.
        let settings = r#"{"Ports": {"5432/tcp": [{"HostIp": "", "HostPort": "25432"}], "80/tcp": null}}"#;
        let expected = Published { target: "5432/tcp".into(), address: "0.0.0.0".into(), port: 25432 };
        assert_eq!(published(&serde_json::from_str(settings).expect("JSON")), [expected]);
    }
}
