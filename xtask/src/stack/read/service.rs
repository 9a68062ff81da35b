//! One service.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Reader;
use super::keys::SERVICE;
use super::section::{Keys, Section};
use crate::stack::dependency::{Condition, Dependency};
use crate::stack::extra_hosts::ExtraHosts;
use crate::stack::logging::Logging;
use crate::stack::service::{PullPolicy, Service};
use crate::stack::tree::{Entry, Node, Value};
use crate::stack::ulimit::Ulimit;
use crate::stack::units;

const DEPENDENCY: Keys = Keys { known: &["condition", "required", "restart"], refused: &[] };
const LOGGING: Keys = Keys { known: &["driver", "options"], refused: &[] };
const ULIMIT: Keys = Keys { known: &["soft", "hard"], refused: &[] };

impl Reader<'_> {
    pub(super) fn service(&mut self, entry: &Entry) -> Option<Service> {
        let section = self.section(&entry.node, &format!("services.{}", entry.key), SERVICE)?;
        let mut service = Service::empty(&entry.key, self.place(entry.key_span));
        self.process(&section, &mut service);
        self.life(&section, &mut service);
        self.limits(&section, &mut service);
        self.rights(&section, &mut service);
        self.network(&section, &mut service);
        self.storage(&section, &mut service);
        Some(service)
    }

    /// What runs, and in which environment.
    fn process(&mut self, section: &Section<'_>, service: &mut Service) {
        service.image = self.field(section, "image", Self::located_text);
        service.build = self.field(section, "build", Self::build);
        service.platform = self.field(section, "platform", Self::located_text);
        service.pull_policy = self.field(section, "pull_policy", Self::pull_policy);
        service.command = self.field_or_null(section, "command", Self::command);
        service.entrypoint = self.field_or_null(section, "entrypoint", Self::command);
        service.environment = self.field(section, "environment", Self::environment).unwrap_or_default();
        service.env_files = self.field(section, "env_file", Self::env_files).unwrap_or_default();
        service.user = self.field(section, "user", Self::text);
        service.group_add = self.field(section, "group_add", Self::different_groups).unwrap_or_default();
        service.working_dir = self.field(section, "working_dir", Self::text);
        service.tty = self.field(section, "tty", Self::flag).unwrap_or(false);
        service.stdin_open = self.field(section, "stdin_open", Self::flag).unwrap_or(false);
        service.init = self.field(section, "init", Self::flag);
        service.runtime = self.field(section, "runtime", Self::text);
    }

    /// When it runs, how often, and under which names.
    fn life(&mut self, section: &Section<'_>, service: &mut Service) {
        service.profiles = self.field(section, "profiles", Self::unique_texts).unwrap_or_default();
        service.container_name = self.field(section, "container_name", Self::container_name);
        service.depends_on = self.field(section, "depends_on", Self::dependencies).unwrap_or_default();
        service.healthcheck = self.field(section, "healthcheck", Self::healthcheck);
        service.restart = self.field(section, "restart", Self::restart);
        service.deploy = self.field_or_null(section, "deploy", Self::deploy);
        service.scale = self.field(section, "scale", Self::count);
        service.stop_signal = self.field(section, "stop_signal", Self::text);
        service.stop_grace_period = self.field(section, "stop_grace_period", Self::duration);
        service.labels = self.field(section, "labels", Self::labels).unwrap_or_default();
        service.label_files = self.field(section, "label_file", Self::paths).unwrap_or_default();
        service.annotations = self.field(section, "annotations", Self::labels).unwrap_or_default();
        service.logging = self.field(section, "logging", Self::logging);
        service.develop = self.field_or_null(section, "develop", Self::develop);
        service.post_start = self.field(section, "post_start", Self::hooks).unwrap_or_default();
        service.pre_stop = self.field(section, "pre_stop", Self::hooks).unwrap_or_default();
        service.attach = self.field(section, "attach", Self::flag);
    }

    /// How much it may use.
    fn limits(&mut self, section: &Section<'_>, service: &mut Service) {
        service.blkio = self.field(section, "blkio_config", Self::blkio);
        service.cpus = self.field(section, "cpus", Self::number);
        service.cpuset = self.field(section, "cpuset", Self::text);
        service.cpu_shares = self.field(section, "cpu_shares", Self::integer);
        service.cpu_period = self.field(section, "cpu_period", Self::integer);
        service.cpu_quota = self.field(section, "cpu_quota", Self::integer);
        service.mem_limit = self.field(section, "mem_limit", Self::bytes);
        service.mem_reservation = self.field(section, "mem_reservation", Self::bytes);
        service.memswap_limit = self.field(section, "memswap_limit", Self::bytes);
        service.mem_swappiness = self.field(section, "mem_swappiness", Self::bytes);
        service.oom_kill_disable = self.field(section, "oom_kill_disable", Self::flag).unwrap_or(false);
        service.oom_score_adj = self.field(section, "oom_score_adj", Self::integer);
        service.pids_limit = self.field(section, "pids_limit", Self::integer);
        service.shm_size = self.field(section, "shm_size", Self::bytes);
        service.ulimits = self.field(section, "ulimits", Self::ulimits).unwrap_or_default();
        service.cgroup_parent = self.field(section, "cgroup_parent", Self::text);
        service.cgroup = self.field(section, "cgroup", Self::cgroup);
    }

    /// What it may do.
    fn rights(&mut self, section: &Section<'_>, service: &mut Service) {
        service.devices = self.field(section, "devices", Self::devices).unwrap_or_default();
        let rules = self.field(section, "device_cgroup_rules", Self::different_texts);
        service.device_cgroup_rules = rules.unwrap_or_default();
        service.gpus = self.field(section, "gpus", Self::gpus).unwrap_or_default();
        service.cap_add = self.field(section, "cap_add", Self::unique_texts).unwrap_or_default();
        service.cap_drop = self.field(section, "cap_drop", Self::unique_texts).unwrap_or_default();
        service.privileged = self.field(section, "privileged", Self::flag).unwrap_or(false);
        service.security_opt = self.field(section, "security_opt", Self::different_texts).unwrap_or_default();
        service.sysctls = self.field(section, "sysctls", Self::labels).unwrap_or_default();
        service.ipc = self.field(section, "ipc", Self::text);
        service.pid = self.field_or_null(section, "pid", Self::text);
        service.userns_mode = self.field(section, "userns_mode", Self::text);
        service.uts = self.field(section, "uts", Self::text);
    }

    /// How it is reached, and whom it reaches.
    fn network(&mut self, section: &Section<'_>, service: &mut Service) {
        service.ports = self.field(section, "ports", Self::ports).unwrap_or_default();
        service.expose = self.field(section, "expose", Self::exposed).unwrap_or_default();
        service.networks = self.field(section, "networks", Self::attachments).unwrap_or_default();
        service.links = self.field(section, "links", Self::unique_texts).unwrap_or_default();
        service.external_links = self.field(section, "external_links", Self::different_texts).unwrap_or_default();
        service.network_mode = self.field(section, "network_mode", Self::located_text);
        service.hostname = self.field(section, "hostname", Self::text);
        service.domainname = self.field(section, "domainname", Self::text);
        service.mac_address = self.field(section, "mac_address", Self::text);
        service.dns = self.field(section, "dns", Self::dns).unwrap_or_default();
        service.dns_opt = self.field(section, "dns_opt", Self::unique_texts).unwrap_or_default();
        service.dns_search = self.field(section, "dns_search", Self::text_or_texts).unwrap_or_default();
        service.extra_hosts = self.field(section, "extra_hosts", Self::extra_hosts).unwrap_or_default();
    }

    /// What it reads and writes.
    fn storage(&mut self, section: &Section<'_>, service: &mut Service) {
        service.volumes = self.field(section, "volumes", Self::mounts).unwrap_or_default();
        service.volumes_from = self.field(section, "volumes_from", Self::volumes_from).unwrap_or_default();
        service.tmpfs = self.field(section, "tmpfs", Self::text_or_texts).unwrap_or_default();
        service.secrets = self.field(section, "secrets", Self::secret_mounts).unwrap_or_default();
        service.configs = self.field(section, "configs", Self::config_mounts).unwrap_or_default();
        service.read_only = self.field(section, "read_only", Self::flag).unwrap_or(false);
        service.storage_opt = self.field(section, "storage_opt", Self::optional_options).unwrap_or_default();
    }

    fn container_name(&mut self, node: &Node, what: &str) -> Option<String> {
        let name = self.text(node, what)?;
        let is_word = |letter: char| letter.is_ascii_alphanumeric() || "_.-".contains(letter);
        if name.len() < 2
            || !name.starts_with(|first: char| first.is_ascii_alphanumeric())
            || !name.chars().all(is_word)
        {
            let advice = "Write two or more letters, digits, `_`, `.` and `-`, a letter or digit first";
            self.wrong_value(node, what, format!("{name:?} is no name of a container"), advice);
            return None;
        }
        Some(name)
    }

    fn cgroup(&mut self, node: &Node, what: &str) -> Option<String> {
        self.one_of(node, what, &["host", "private"])
    }

    fn pull_policy(&mut self, node: &Node, what: &str) -> Option<PullPolicy> {
        let text = self.text(node, what)?;
        match text.as_str() {
            "always" => Some(PullPolicy::Always),
            "never" => Some(PullPolicy::Never),
            "missing" | "if_not_present" => Some(PullPolicy::Missing),
            "build" => Some(PullPolicy::Build),
            _ => {
                if let Some(period) = refresh_period(&text) {
                    return Some(PullPolicy::Every { written: text, period });
                }
                let advice = "Write always, missing, never, build, daily, weekly or every_12h (with w, d, h, m, s)";
                self.wrong_value(node, what, format!("{text:?} is no pull policy of this tool"), advice);
                None
            }
        }
    }

    fn dependencies(&mut self, node: &Node, what: &str) -> Option<BTreeMap<String, Dependency>> {
        if let Value::Map(entries) = &node.value {
            let mut found = BTreeMap::new();
            for entry in entries {
                let dependency = self.dependency(entry, &format!("{what}.{}", entry.key));
                found.extend(dependency.map(|dependency| (entry.key.clone(), dependency)));
            }
            return Some(found);
        }
        let started = |place| Dependency { place, condition: Condition::Started, required: true, restart: false };
        let names = self.texts(node, what);
        self.different(node, what, names)?;
        let items = self.items(node, what)?.iter();
        Some(items.filter_map(|item| Some((self.text(item, what)?, started(self.place(item.span))))).collect())
    }

    fn dependency(&mut self, entry: &Entry, what: &str) -> Option<Dependency> {
        let section = self.section(&entry.node, what, DEPENDENCY)?;
        if entry.node.get("condition").is_none() {
            let advice = "Write condition: service_started, service_healthy or service_completed_successfully";
            self.wrong_value(&entry.node, what, "it has no `condition`", advice);
        }
        let condition = self.field(&section, "condition", |reader, node, what| {
            const NAMES: [&str; 3] =
                [Condition::ALL[0].as_str(), Condition::ALL[1].as_str(), Condition::ALL[2].as_str()];
            let text = reader.one_of(node, what, &NAMES)?;
            Condition::ALL.into_iter().find(|condition| condition.as_str() == text)
        });
        let required = self.field(&section, "required", Self::plain_flag).unwrap_or(true);
        let restart = self.field(&section, "restart", Self::flag).unwrap_or(false);
        Some(Dependency { place: self.place(entry.key_span), condition: condition?, required, restart })
    }

    fn logging(&mut self, node: &Node, what: &str) -> Option<Logging> {
        let section = self.section(node, what, LOGGING)?;
        Some(Logging {
            driver: self.field(&section, "driver", Self::text),
            options: self.field(&section, "options", Self::optional_options).unwrap_or_default(),
        })
    }

    pub(super) fn ulimits(&mut self, node: &Node, what: &str) -> Option<BTreeMap<String, Ulimit>> {
        let mut ulimits = BTreeMap::new();
        for entry in self.map_entries(node, what)? {
            let limit = self.ulimit(&entry.node, &format!("{what}.{}", entry.key));
            ulimits.extend(limit.map(|limit| (entry.key.clone(), limit)));
        }
        Some(ulimits)
    }

    fn ulimit(&mut self, node: &Node, what: &str) -> Option<Ulimit> {
        if !matches!(node.value, Value::Map(_)) {
            return self.integer(node, what).map(Ulimit::Single);
        }
        let section = self.section(node, what, ULIMIT)?;
        let (soft, hard) = (self.field(&section, "soft", Self::integer), self.field(&section, "hard", Self::integer));
        if node.get("soft").is_none() || node.get("hard").is_none() {
            self.wrong_value(node, what, "it needs both `soft` and `hard`", "Write both, or one number for both");
        }
        Some(Ulimit::Pair { soft: soft?, hard: hard? })
    }

    pub(super) fn different_texts(&mut self, node: &Node, what: &str) -> Option<Vec<String>> {
        let texts = self.texts(node, what);
        self.different(node, what, texts)
    }

    fn different_groups(&mut self, node: &Node, what: &str) -> Option<Vec<String>> {
        let texts = self.texts_or_integers(node, what);
        self.different(node, what, texts)
    }

    fn exposed(&mut self, node: &Node, what: &str) -> Option<Vec<String>> {
        self.texts_or_integers(node, what).map(super::lists::unique)
    }

    fn dns(&mut self, node: &Node, what: &str) -> Option<Vec<String>> {
        let mut servers = self.text_or_texts(node, what)?;
        servers.retain(|server| !server.is_empty());
        Some(servers)
    }

    pub(super) fn extra_hosts(&mut self, node: &Node, what: &str) -> Option<ExtraHosts> {
        let mut hosts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut add = |host: &str, address: &str| {
            // An IPv6 address may stand in brackets.
            let bare = address.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
            hosts.entry(host.to_owned()).or_default().push(bare.unwrap_or(address).to_owned());
        };
        match &node.value {
            Value::Map(entries) => {
                for entry in entries {
                    let addresses = match &entry.node.value {
                        Value::List(_) => self.texts(&entry.node, what)?,
                        _ => vec![self.text(&entry.node, what)?],
                    };
                    addresses.iter().for_each(|address| add(&entry.key, address));
                }
            }
            _ => {
                for (text, item) in self.different_texts(node, what)?.iter().zip(self.items(node, what)?) {
                    let Some((host, address)) = text.split_once('=').or_else(|| text.split_once(':')) else {
                        self.wrong_value(item, what, format!("{text:?} has no address"), "Write \"NAME=ADDRESS\"");
                        continue;
                    };
                    add(host, address);
                }
            }
        }
        let no_name = hosts.keys().find(|name| name.is_empty() || name.contains([':', '=']));
        if let Some(name) = no_name {
            self.wrong_value(node, what, format!("{name:?} is no name of a host"), "Write \"NAME=ADDRESS\"");
        }
        Some(ExtraHosts(hosts))
    }
}

/// How long `daily`, `weekly` and `every_1d12h` take an image for new.
fn refresh_period(policy: &str) -> Option<Duration> {
    let text = match policy {
        "daily" => "1d",
        "weekly" => "1w",
        _ => policy.strip_prefix("every_")?,
    };
    // Compose takes whole numbers and these units alone.
    let is_whole = text.chars().all(|letter| letter.is_ascii_digit() || "wdhms".contains(letter));
    let has_whole_units = !text.contains("ms") && text != "0";
    if is_whole && has_whole_units { units::duration(text) } else { None }
}
