//! An image, as the engine tells of it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::configuration::{Probe, environment};
use crate::lifecycle::configuration::ImageDefaults;
use crate::lifecycle::observed::Image;

/// The answer to `GET /images/NAME/json`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct InspectedImage {
    id: String,
    os: String,
    architecture: String,
    variant: Option<String>,
    config: Option<InspectedConfig>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct InspectedConfig {
    user: String,
    env: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
    entrypoint: Option<Vec<String>>,
    healthcheck: Option<Probe>,
    volumes: Option<BTreeMap<String, Value>>,
    working_dir: String,
    labels: Option<BTreeMap<String, String>>,
    stop_signal: Option<String>,
    exposed_ports: Option<BTreeMap<String, Value>>,
}

impl InspectedImage {
    pub(super) fn observed(self) -> Image {
        let config = self.config.unwrap_or_default();
        let platform = [Some(self.os), Some(self.architecture), self.variant];
        let platform: Vec<String> = platform.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        let environment = environment(config.env.as_deref().unwrap_or_default());
        Image {
            id: self.id,
            platform: platform.join("/"),
            defaults: ImageDefaults {
                command: config.cmd.unwrap_or_default(),
                entrypoint: config.entrypoint.unwrap_or_default(),
                environment: environment.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
                labels: config.labels.unwrap_or_default(),
                user: config.user,
                working_dir: config.working_dir,
                healthcheck: config.healthcheck.map(Probe::observed),
                stop_signal: config.stop_signal.filter(|signal| !signal.is_empty()),
                exposed: config.exposed_ports.unwrap_or_default().into_keys().collect(),
                volumes: config.volumes.unwrap_or_default().into_keys().collect(),
            },
        }
    }
}
