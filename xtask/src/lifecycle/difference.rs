//! What a container differs in from what the file wants: the reason why it is made anew, as lines that can be read.

use std::collections::BTreeSet;
use std::fmt;

use super::configuration::{Configuration, ImageDefaults, Logging};
use super::{labels, podman};
use crate::secret::{MASK, mask_urls};
use crate::stack::healthcheck::Healthcheck;

/// One thing that is not as the file wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What, as the file names it: `environment.POSTGRES_DB`.
    pub what: String,
    /// How it is. Secrets are masked.
    pub from: Option<String>,
    /// How it is to be.
    pub to: Option<String>,
}

impl Change {
    /// A change of a value that is no secret.
    pub fn new(what: impl Into<String>, from: impl Into<String>, to: impl Into<String>) -> Self {
        Self { what: what.into(), from: Some(from.into()), to: Some(to.into()) }
    }

    /// A change that has no values to show.
    pub fn plain(what: impl Into<String>) -> Self {
        Self { what: what.into(), from: None, to: None }
    }

    fn masked(what: &str, from: Option<&String>, to: Option<&String>) -> Self {
        let shown = |value: Option<&String>| value.map(|value| shown(what, value));
        Self { what: what.to_owned(), from: shown(from), to: shown(to) }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, from, to } = self;
        match (from.as_deref(), to.as_deref()) {
            (None, None) => f.write_str(what),
            (None, Some("yes")) => write!(f, "{what}: added"),
            (Some("yes"), None) => write!(f, "{what}: removed"),
            (from, to) => write!(f, "{what}: {} → {}", from.unwrap_or("(none)"), to.unwrap_or("(none)")),
        }
    }
}

/// Longer values say nothing more to a person who wants to know what has changed.
const LONGEST: usize = 80;

/// A value as it may be shown: a secret masked, a long one cut.
fn shown(what: &str, value: &str) -> String {
    if is_secret(what) {
        return MASK.to_owned();
    }
    let value = mask_urls(value);
    match value.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None if value.is_empty() => "\"\"".to_owned(),
        None => value,
    }
}

/// Whether a name in the environment or in labels looks like that of a secret. In doubt it is one.
fn is_secret(what: &str) -> bool {
    const WORDS: [&str; 9] = ["PASS", "PWD", "SECRET", "TOKEN", "KEY", "CREDENTIAL", "AUTH", "PRIVATE", "SALT"];
    let Some((group, name)) = what.split_once('.') else { return false };
    let upper = name.to_uppercase();
    matches!(group, "environment" | "labels" | "annotations" | "logging")
        && WORDS.iter().any(|word| upper.contains(word))
}

/// What differs between what a container has and what is wanted of it, both made from the image that the container has.
pub(super) fn between(has: &Configuration, wanted: &Configuration, image: &ImageDefaults, id: &str) -> Vec<Change> {
    let wanted = wanted.clone().over(image);
    let wants_logging = wanted.logging.as_ref().is_some_and(|it| it.driver.is_some() || !it.options.is_empty());
    let is_podman = podman::has_made(has);
    let has = settled(podman::settled(has.clone(), &wanted), &wanted, image, id);
    let (has, wanted) = (has.facts(), wanted.facts());
    let names: BTreeSet<&String> = has.keys().chain(wanted.keys()).collect();
    let pairs = names.into_iter().map(|name| (name, has.get(name), wanted.get(name)));
    let changes = pairs.filter(|(_, from, to)| from != to).map(|(name, from, to)| Change::masked(name, from, to));
    let changes = without_defaults(changes.collect(), wants_logging);
    if is_podman { podman::without_hidden(changes) } else { changes }
}

/// An engine may have options of its own for logs, which cannot be told from those that the file had before. They are no
/// reason beside others.
fn without_defaults(mut changes: Vec<Change>, wants_logging: bool) -> Vec<Change> {
    let is_logging = |change: &Change| change.what.starts_with("logging.");
    if !wants_logging && !changes.iter().all(is_logging) {
        changes.retain(|change| !is_logging(change));
    }
    changes
}

impl Configuration {
    /// What an engine makes of it together with what the image says.
    fn over(mut self, image: &ImageDefaults) -> Self {
        let mut environment =
            image.environment.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect();
        std::mem::swap(&mut self.environment, &mut environment);
        self.environment.extend(environment);
        let mut labels = image.labels.clone();
        labels.append(&mut self.labels);
        self.labels = labels;
        // As the engine merges them: arguments of the image belong to the program of the image.
        if self.entrypoint.is_none() {
            if self.command.as_ref().is_none_or(Vec::is_empty) {
                self.command = Some(image.command.clone());
            }
            self.entrypoint = Some(image.entrypoint.clone());
        }
        let or_else = |own: Option<String>, image: &str| own.filter(|own| !own.is_empty()).or(non_empty(image));
        self.user = or_else(self.user.take(), &image.user);
        self.working_dir = or_else(self.working_dir.take(), &image.working_dir);
        self.stop_signal = self.stop_signal.take().or(image.stop_signal.clone());
        self.exposed.extend(image.exposed.iter().cloned());
        self.healthcheck = merged(self.healthcheck.take(), image.healthcheck.as_ref());
        self
    }
}

fn non_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// What the file does not say of a probe, the image does.
fn merged(own: Option<Healthcheck>, image: Option<&Healthcheck>) -> Option<Healthcheck> {
    let (Some(own), Some(image)) = (&own, image) else { return own.or(image.cloned()) };
    if own.is_disabled() {
        return Some(own.clone());
    }
    Some(Healthcheck {
        test: if own.test.is_empty() { image.test.clone() } else { own.test.clone() },
        interval: own.interval.or(image.interval),
        timeout: own.timeout.or(image.timeout),
        retries: own.retries.or(image.retries),
        start_period: own.start_period.or(image.start_period),
        start_interval: own.start_interval.or(image.start_interval),
        disable: false,
    })
}

/// What a container has, without what engines and others add where nothing was asked for.
fn settled(mut has: Configuration, wanted: &Configuration, image: &ImageDefaults, id: &str) -> Configuration {
    has.labels.retain(|name, _| !is_foreign_label(name) || wanted.labels.contains_key(name));
    // The client of docker adds the proxies of its own configuration.
    has.environment.retain(|name, _| !is_proxy(name) || wanted.environment.contains_key(name));
    let own_id = super::names::short_id(id);
    // Whoever has the network of the host or of a container has its name, too.
    let has_own_name = has.network_mode != "host" && !has.network_mode.starts_with("container:");
    has.hostname = has.hostname.filter(|name| wanted.hostname.is_some() || (name != own_id && has_own_name));
    // One of the engine's own networks.
    if wanted.networks.is_empty() {
        has.networks.retain(|name, _| *name != has.network_mode);
    }
    has.exposed = has.exposed.iter().flat_map(|port| super::wanted::expose(port)).collect();
    // The engine adds it to whoever has all rights, or the processes or the IPC of the host.
    has.isolation.security.retain(|option| option != "label=disable" || wanted.isolation.security.contains(option));
    has.mounts.retain(|target, mount| {
        let is_of_image = mount.kind == "volume" && image.volumes.contains(target);
        wanted.mounts.contains_key(target) || !is_of_image
    });
    for (target, mount) in &mut has.mounts {
        // A volume that the engine named is still anonymous.
        let is_anonymous = wanted.mounts.get(target).is_some_and(|wanted| wanted.source.is_empty());
        if mount.kind == "volume" && is_anonymous && is_generated(&mount.source) {
            mount.source.clear();
        }
    }
    for (name, endpoint) in &mut has.networks {
        let named = |alias: &String| wanted.networks.get(name).is_some_and(|wanted| wanted.aliases.contains(alias));
        let is_of_engine = |alias: &String| alias == own_id || Some(alias) == has.hostname.as_ref();
        endpoint.aliases.retain(|alias| !is_of_engine(alias) || named(alias));
        // The engine gives each card an address of its own.
        if wanted.networks.get(name).is_none_or(|wanted| wanted.mac_address.is_none()) {
            endpoint.mac_address = None;
        }
    }
    if wanted.isolation.ipc.is_none() {
        has.isolation.ipc = has.isolation.ipc.filter(|ipc| ipc != "private" && ipc != "shareable");
    }
    if wanted.isolation.cgroup.is_none() {
        has.isolation.cgroup = None;
    }
    if wanted.isolation.runtime.is_none() {
        has.isolation.runtime = None;
    }
    // A kernel that weighs no disks makes the engine drop what was asked for.
    let (blkio, asked) = (&mut has.resources.blkio, &wanted.resources.blkio);
    blkio.weight = blkio.weight.or(asked.weight);
    if blkio.weight_device.is_empty() {
        blkio.weight_device.clone_from(&asked.weight_device);
    }
    let says_nothing = |logging: &Logging| logging.options.is_empty();
    if wanted.logging.as_ref().is_none_or(|wanted| wanted.driver.is_none() && wanted.options.is_empty())
        && has.logging.as_ref().is_some_and(says_nothing)
    {
        has.logging = None;
    }
    has
}

fn is_foreign_label(name: &str) -> bool {
    name.starts_with(labels::PREFIX) || name.starts_with("desktop.docker.io/")
}

fn is_proxy(name: &str) -> bool {
    name.to_lowercase().ends_with("_proxy")
}

/// Whether an engine made up the name of a volume: 64 digits of a hash.
fn is_generated(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::super::configuration::{Endpoint, Mount, Resources};
    use super::*;

    const ID: &str = "0123456789abcdef";

    fn image() -> ImageDefaults {
        ImageDefaults {
            command: vec!["postgres".into()],
            entrypoint: vec!["docker-entrypoint.sh".into()],
            environment: BTreeMap::from([("PATH".into(), "/bin".into()), ("PGDATA".into(), "/data".into())]),
            stop_signal: Some("SIGINT".into()),
            exposed: ["5432/tcp".to_owned()].into(),
            volumes: ["/data".to_owned()].into(),
            ..ImageDefaults::default()
        }
    }

    /// What an engine shows of a container that was made with `wanted`.
    fn made(wanted: &Configuration) -> Configuration {
        let mut has = wanted.clone().over(&image());
        has.hostname = Some(ID[..12].to_owned());
        has.labels.insert(labels::PROJECT.into(), "shop".into());
        has.mounts.insert("/data".into(), Mount { kind: "volume".into(), source: "a".repeat(64), ..Mount::default() });
        has.isolation.ipc = Some("private".into());
        has.isolation.runtime = Some("runc".into());
        has.resources.shm_size = Some(USUAL_SHM);
        has.logging = Some(Logging { driver: Some("json-file".into()), options: BTreeMap::new() });
        if let Some(endpoint) = has.networks.get_mut("shop_default") {
            endpoint.aliases.insert(ID[..12].to_owned());
        }
        has
    }

    const USUAL_SHM: i64 = 64 << 20;

    fn wanted() -> Configuration {
        Configuration {
            image: "postgres:17".into(),
            environment: BTreeMap::from([
                ("POSTGRES_DB".into(), Some("a".into())),
                ("POSTGRES_PASSWORD".into(), Some("hunter2".into())),
            ]),
            network_mode: "shop_default".into(),
            networks: BTreeMap::from([(
                "shop_default".into(),
                Endpoint { aliases: ["db".to_owned()].into(), ..Endpoint::default() },
            )]),
            ..Configuration::default()
        }
    }

    fn lines(has: &Configuration, wanted: &Configuration) -> Vec<String> {
        between(has, wanted, &image(), ID).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_an_engine_adds_is_no_difference() {
        assert_eq!(lines(&made(&wanted()), &wanted()), [""; 0]);
        let limited = Configuration {
            resources: Resources { memory: Some(1 << 30), ..Resources::default() },
            healthcheck: Some(Healthcheck { test: vec!["CMD".into(), "true".into()], ..Healthcheck::default() }),
            ..wanted()
        };
        let mut has = made(&limited);
        has.resources.memory_swap = Some(2 << 30);
        assert_eq!(lines(&has, &limited), [""; 0]);
    }

    #[test]
    fn values_are_named_as_in_the_file_and_secrets_are_masked() {
        let mut other = wanted();
        other.image = "postgres:18".into();
        other.environment.insert("POSTGRES_DB".into(), Some("b".into()));
        other.environment.insert("POSTGRES_PASSWORD".into(), Some("hunter3".into()));
        other.environment.insert("DATABASE_URL".into(), Some("postgres://me:hunter2@db/x".into()));
        other.command = Some(vec!["postgres".into(), "-c".into(), "fsync=off".into()]);
        other.exposed.insert("80/tcp".into());
        let expected = [
            "command: postgres → postgres -c fsync=off",
            "environment.DATABASE_URL: (none) → postgres://me:***@db/x",
            "environment.POSTGRES_DB: a → b",
            "environment.POSTGRES_PASSWORD: *** → ***",
            "expose.80/tcp: added",
            "image: postgres:17 → postgres:18",
        ];
        assert_eq!(lines(&made(&wanted()), &other), expected);
    }

    #[test]
    fn what_the_file_no_longer_says_is_a_difference_too() {
        let mut before = wanted();
        before.environment.insert("EXTRA".into(), Some("1".into()));
        before.environment.insert("PGDATA".into(), Some("/elsewhere".into()));
        before.hostname = Some("db.local".into());
        before.stop_signal = Some("SIGTERM".into());
        before.mounts.insert("/x".into(), Mount { kind: "bind".into(), source: "/src".into(), ..Mount::default() });
        let mut has = made(&before);
        has.hostname = Some("db.local".into());
        let expected = [
            "environment.EXTRA: 1 → (none)",
            "environment.PGDATA: /elsewhere → /data",
            "hostname: db.local → (none)",
            "stop_signal: SIGTERM → SIGINT",
            "volumes./x: bind /src → (none)",
        ];
        assert_eq!(lines(&has, &wanted()), expected);
    }

    #[test]
    fn a_program_of_the_file_takes_no_arguments_of_the_image() {
        let own = Configuration { entrypoint: Some(vec!["sh".into()]), ..wanted() };
        let expected = ["command: postgres → (none)", "entrypoint: docker-entrypoint.sh → sh"];
        assert_eq!(lines(&made(&wanted()), &own), expected);
    }

    #[test]
    fn a_probe_is_compared_with_what_the_image_adds_to_it() {
        let check = |seconds| Healthcheck {
            test: vec!["CMD-SHELL".into(), "pg_isready -U app".into()],
            interval: Some(Duration::from_secs(seconds)),
            ..Healthcheck::default()
        };
        let before = Configuration { healthcheck: Some(check(5)), ..wanted() };
        let after = Configuration { healthcheck: Some(check(90)), ..wanted() };
        assert_eq!(lines(&made(&before), &after), ["healthcheck.interval: 5s → 90s"]);
        let off = Configuration { healthcheck: Some(Healthcheck { disable: true, ..check(5) }), ..wanted() };
        let expected = [
            "healthcheck: (none) → disabled",
            "healthcheck.interval: 5s → (none)",
            "healthcheck.test: CMD-SHELL \"pg_isready -U app\" → (none)",
        ];
        assert_eq!(lines(&made(&before), &off), expected);
    }

    #[test]
    fn options_that_the_engine_has_for_logs_are_no_reason_beside_others() {
        let mut has = made(&wanted());
        let options = BTreeMap::from([("max-size".to_owned(), "10m".to_owned())]);
        has.logging = Some(Logging { driver: Some("json-file".into()), options });
        let mut other = wanted();
        other.environment.insert("POSTGRES_DB".into(), Some("b".into()));
        assert_eq!(lines(&has, &other), ["environment.POSTGRES_DB: a → b"]);
        assert_eq!(lines(&has, &wanted()).len(), 2);
    }

    #[test]
    fn what_an_engine_adds_to_namespaces_and_networks_is_no_difference() {
        let mut alone = Configuration { network_mode: "none".into(), networks: BTreeMap::new(), ..wanted() };
        alone.isolation.pid = Some("host".into());
        let mut has = made(&alone);
        has.networks.insert("none".into(), Endpoint::default());
        has.isolation.security.push("label=disable".into());
        assert_eq!(lines(&has, &alone), [""; 0]);
        let mut named =
            Configuration { hostname: Some("shop".into()), exposed: ["80/tcp".to_owned()].into(), ..wanted() };
        let mut has = made(&named);
        has.hostname = Some("shop".into());
        has.exposed.remove("80/tcp");
        // As compose writes it.
        has.exposed.insert("80".into());
        has.networks.values_mut().for_each(|it| it.aliases.extend(["shop".to_owned()]));
        assert_eq!(lines(&has, &named), [""; 0]);
        named.network_mode = "container:0123".into();
        named.networks.clear();
        named.hostname = None;
        let mut has = made(&named);
        has.hostname = Some("of the other".into());
        assert_eq!(lines(&has, &named), [""; 0]);
    }

    #[test]
    fn long_values_are_cut_and_empty_ones_are_seen() {
        let mut other = wanted();
        other.environment.insert("LONG".into(), Some("x".repeat(200)));
        other.environment.insert("POSTGRES_DB".into(), Some(String::new()));
        let lines = lines(&made(&wanted()), &other);
        assert_eq!(lines[0], format!("environment.LONG: (none) → {}…", "x".repeat(80)));
        assert_eq!(lines[1], "environment.POSTGRES_DB: a → \"\"");
    }
}
