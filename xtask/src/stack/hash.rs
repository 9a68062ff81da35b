//! Config hashes: how compose finds out whether a container, a network or a volume is still what the file says.

use sha2::{Digest, Sha256};

use super::canonical::{network_json, service_json, volume_json};
use super::dialect::Dialect;
use super::json::Json;
use super::network::Network;
use super::service::Service;
use super::volume::Volume;

/// The value of the label `com.docker.compose.config-hash`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigHash {
    /// 64 hexadecimal digits.
    pub value: String,
    /// Whether compose computes the same. It does not where a path depends on something that is not known here: such
    /// a hash compares with our own only, and belongs on no volume, which compose would offer to delete for it.
    pub exact: bool,
}

impl Service {
    /// The hash of its container, where its environment holds its env files (see [`super::Stack::with_environment`]).
    /// Else it is what `docker compose config --hash` printed before 5.2, and no container has.
    pub fn config_hash(&self, dialect: Dialect) -> ConfigHash {
        let mut service = Self { build: None, pull_policy: None, scale: None, ..self.clone() };
        if let Some(deploy) = &mut service.deploy {
            deploy.replicas = None;
        }
        if !dialect.hashes_dependencies() {
            service.depends_on.clear();
        }
        if !dialect.hashes_profiles() {
            service.profiles.clear();
        }
        let exact = service.volumes.iter().all(|mount| mount.value.kind != "bind" || is_plain(&mount.value.source));
        ConfigHash { value: digest(&service_json(&service, dialect)), exact }
    }
}

impl Network {
    /// The hash of a network; `None` in dialects in which networks have none.
    pub fn config_hash(&self, dialect: Dialect) -> Option<ConfigHash> {
        let hash = || ConfigHash { value: digest(&network_json(self)), exact: true };
        dialect.hashes_resources().then(hash)
    }
}

impl Volume {
    /// The hash of a volume; `None` in dialects in which volumes have none.
    pub fn config_hash(&self, dialect: Dialect) -> Option<ConfigHash> {
        let driver = self.driver.clone().filter(|driver| !driver.is_empty());
        let volume = Self { driver: Some(driver.unwrap_or_else(|| "local".to_owned())), ..self.clone() };
        let bound = volume.driver_opts.get("o").is_some_and(|options| options == "bind");
        let exact = !bound || volume.driver_opts.get("device").is_none_or(|device| is_plain(device));
        let hash = || ConfigHash { value: digest(&volume_json(&volume)), exact };
        dialect.hashes_resources().then(hash)
    }
}

/// Whether a path is the same for everybody: absolute, and in the form of Unix.
fn is_plain(path: &str) -> bool {
    path.starts_with('/')
}

fn digest(json: &Json) -> String {
    use std::fmt::Write as _;
    let digest = Sha256::digest(json.compact().as_bytes());
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
