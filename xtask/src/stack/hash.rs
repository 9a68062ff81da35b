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
        if !dialect.hashes_label_files() {
            service.label_files.clear();
        }
        let exact = service.volumes.iter().all(|mount| mount.value.kind != "bind" || is_plain(&mount.value.source))
            && service.label_files.iter().all(|file| is_plain(file.value.as_str()));
        ConfigHash { value: digest(&service_json(&service, dialect)), exact }
    }
}

impl Network {
    /// The hash of a network; `None` in dialects in which networks have none.
    pub fn config_hash(&self, dialect: Dialect) -> Option<ConfigHash> {
        let hash = || ConfigHash { value: digest(&network_json(self)), exact: true };
        dialect.hashes_networks().then(hash)
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
        dialect.hashes_volumes().then(hash)
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

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::super::{Request, SourceFile, Stack, Variables};
    use super::*;

    const TEXT: &str = "
name: p
services:
  a:
    image: x
    build: .
    pull_policy: build
    scale: 2
    profiles: [one]
    depends_on: [b]
    deploy: { replicas: 2 }
    configs: [{ source: c, mode: 0440 }]
    volumes: [./d:/d, { type: bind, source: ~/e, target: /e, bind: { create_host_path: false } }]
  b: { image: y }
configs: { c: { content: z } }
volumes: { v: { driver_opts: { o: bind, device: ./x } }, w: }
";

    fn stack(directory: &str) -> Stack {
        let variables = Variables::new([("HOME".to_owned(), "/h".to_owned())]);
        let files = [SourceFile { path: "compose.yaml".into(), text: TEXT.to_owned() }];
        let directory = Utf8Path::new(directory);
        let request = Request { files: &files, directory, name: None, variables: &variables, read: &|_| Ok(None) };
        let (stack, errors) = Stack::load(&request);
        assert!(errors.is_empty(), "{errors:?}");
        stack
    }

    /// What a dialect hashes of the first service, between what it always hashes.
    fn hashed(profiles: &str, mode: &str, depends_on: &str, binds: [&str; 2]) -> String {
        let [short, long] = binds;
        let json = format!(
            r#"{{{profiles}"command":null,"configs":[{{"source":"c","mode":{mode}}}],{depends_on}"deploy":{{"resources":{{}},"placement":{{}}}},"entrypoint":null,"image":"x","networks":{{"default":null}},"volumes":[{{"type":"bind","source":"/p/d","target":"/d","bind":{short}}},{{"type":"bind","source":"/h/e","target":"/e","bind":{long}}}]}}"#
        );
        let digest = Sha256::digest(json.as_bytes());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn each_dialect_hashes_what_its_versions_hash() {
        let stack = stack("/p");
        let hash = |dialect| stack.services[0].config_hash(dialect);
        let profiles = r#""profiles":["one"],"#;
        let depends_on = r#""depends_on":{"b":{"condition":"service_started","required":true}},"#;
        let old = [r#"{"create_host_path":true}"#, "{}"];
        let new = ["{}", r#"{"create_host_path":false}"#];
        let cases = [
            (Dialect::V2_24, hashed(profiles, "288", depends_on, old)),
            (Dialect::V2_29, hashed(profiles, "288", "", old)),
            (Dialect::V2_30, hashed("", "288", "", old)),
            (Dialect::V2_34, hashed("", r#""0440""#, "", old)),
            (Dialect::V5, hashed("", r#""0440""#, "", new)),
        ];
        for (dialect, value) in cases {
            assert_eq!(hash(dialect), ConfigHash { value, exact: true }, "{dialect:?}");
        }
    }

    #[test]
    fn what_a_service_says_of_a_network_is_sorted_since_2_36() {
        let text = "services: { a: { image: x, networks: { n: { priority: 5, mac_address: m, driver_opts: { o: v }, aliases: [z], gw_priority: 2, ipv4_address: i } } } }\nnetworks: { n: }";
        let stack = super::super::tests::loaded(&[("compose.yaml", text)]);
        let old = r#"{"priority":5,"gw_priority":2,"aliases":["z"],"ipv4_address":"i","mac_address":"m","driver_opts":{"o":"v"}}"#;
        let new = r#"{"aliases":["z"],"driver_opts":{"o":"v"},"gw_priority":2,"ipv4_address":"i","mac_address":"m","priority":5}"#;
        for (dialect, network) in [(Dialect::V2_35, old), (Dialect::V2_36, new), (Dialect::V5, new)] {
            let json = format!(r#"{{"command":null,"entrypoint":null,"image":"x","networks":{{"n":{network}}}}}"#);
            let digest = Sha256::digest(json.as_bytes());
            let value: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(stack.services[0].config_hash(dialect).value, value, "{dialect:?}");
        }
    }

    #[test]
    fn networks_have_hashes_since_2_31_and_volumes_since_2_32() {
        let stack = stack("/p");
        let (network, volume) = (&stack.networks["default"], &stack.volumes["w"]);
        assert_eq!((network.config_hash(Dialect::V2_30), volume.config_hash(Dialect::V2_31)), (None, None));
        let digest = |json: &str| -> String {
            Sha256::digest(json.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
        };
        let value = |hash: Option<ConfigHash>| hash.map(|hash| (hash.value, hash.exact));
        let expected = digest(r#"{"name":"p_default","ipam":{}}"#);
        assert_eq!(value(network.config_hash(Dialect::V5)), Some((expected, true)));
        let expected = digest(r#"{"name":"p_w","driver":"local"}"#);
        assert_eq!(value(volume.config_hash(Dialect::V2_32)), Some((expected, true)));
    }

    #[test]
    fn a_path_that_is_only_known_in_part_makes_no_exact_hash() {
        let stack = stack("p");
        assert!(!stack.services[0].config_hash(Dialect::V5).exact && stack.services[1].config_hash(Dialect::V5).exact);
        let exact = |key: &str| stack.volumes[key].config_hash(Dialect::V5).map(|hash| hash.exact);
        assert_eq!((exact("v"), exact("w")), (Some(false), Some(true)));
    }
}
