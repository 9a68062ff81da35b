//! A configuration as a flat list of facts, named as the Compose file names them: what two of them differ in can be read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::time::Duration;

use super::configuration::{Binding, Configuration, Endpoint, Isolation, Logging, Mount, Resources};
use crate::stack::device::DeviceRequest;
use crate::stack::healthcheck::Healthcheck;
use crate::stack::restart::Restart;

/// Facts by their names, such as `environment.POSTGRES_DB`.
pub(super) type Facts = BTreeMap<String, String>;

/// Shared memory that an engine gives where nothing is asked for.
const USUAL_SHM: i64 = 64 * 1024 * 1024;

impl Configuration {
    /// Every field takes part: the patterns below have no `..`, so that a new one cannot be forgotten.
    pub(super) fn facts(&self) -> Facts {
        let Self {
            image,
            platform: _, // An engine does not show it again; another platform is another image.
            command,
            entrypoint,
            environment,
            labels,
            annotations,
            user,
            groups,
            working_dir,
            hostname,
            domainname,
            tty,
            stdin_open,
            healthcheck,
            stop_signal,
            stop_timeout,
            exposed,
            ports,
            mounts,
            volumes_from,
            tmpfs,
            network_mode,
            networks,
            mac_address,
            links,
            extra_hosts,
            dns,
            dns_search,
            dns_options,
            restart,
            isolation,
            resources,
            logging,
        } = self;
        let mut list = List::default();
        list.text("image", image);
        list.words("command", command.as_deref().unwrap_or_default());
        list.words("entrypoint", entrypoint.as_deref().unwrap_or_default());
        for (name, value) in environment {
            list.some(&format!("environment.{name}"), value.as_ref());
        }
        list.map("labels", labels);
        list.map("annotations", annotations);
        list.some("user", user.as_ref());
        list.words("group_add", groups);
        list.some("working_dir", working_dir.as_ref());
        list.some("hostname", hostname.as_ref());
        list.some("domainname", domainname.as_ref());
        list.flag("tty", *tty);
        list.flag("stdin_open", *stdin_open);
        list.healthcheck(healthcheck.as_ref());
        list.some("stop_signal", stop_signal.as_ref());
        list.some("stop_grace_period", stop_timeout.map(|seconds| format!("{seconds}s")).as_ref());
        list.set("expose", exposed);
        list.ports(ports);
        for (target, mount) in mounts {
            list.text(&format!("volumes.{target}"), &shown_mount(mount));
        }
        list.words("volumes_from", volumes_from);
        for (target, options) in tmpfs {
            list.text(&format!("tmpfs.{target}"), if options.is_empty() { "yes" } else { options });
        }
        list.text("network_mode", network_mode);
        for (name, endpoint) in networks {
            list.endpoint(name, endpoint);
        }
        list.some("mac_address", mac_address.as_ref());
        list.set("links", &links.iter().cloned().collect());
        list.set("extra_hosts", &extra_hosts.iter().cloned().collect());
        list.words("dns", dns);
        list.words("dns_search", dns_search);
        list.words("dns_opt", dns_options);
        list.text("restart", &shown_restart(*restart));
        list.isolation(isolation);
        list.resources(resources);
        list.logging(logging.as_ref());
        list.0
    }
}

#[derive(Default)]
struct List(Facts);

impl List {
    fn text(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.0.insert(name.to_owned(), value.to_owned());
        }
    }

    fn some(&mut self, name: &str, value: Option<&impl Display>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.to_string());
        }
    }

    /// A number of which zero means that nothing was asked for.
    fn number(&mut self, name: &str, value: Option<i64>) {
        self.some(name, value.filter(|value| *value != 0).as_ref());
    }

    fn flag(&mut self, name: &str, value: bool) {
        self.some(name, value.then_some("true").as_ref());
    }

    fn words(&mut self, name: &str, words: &[String]) {
        let quoted = words.iter().map(|word| quoted(word)).collect::<Vec<_>>();
        self.text(name, &quoted.join(" "));
    }

    fn map(&mut self, name: &str, map: &BTreeMap<String, String>) {
        for (key, value) in map {
            self.some(&format!("{name}.{key}"), Some(value));
        }
    }

    fn set(&mut self, name: &str, set: &BTreeSet<String>) {
        for value in set {
            self.text(&format!("{name}.{value}"), "yes");
        }
    }

    fn ports(&mut self, ports: &BTreeMap<String, BTreeSet<Binding>>) {
        for (target, bindings) in ports {
            let shown: Vec<String> = bindings.iter().map(shown_binding).collect();
            self.text(&format!("ports.{target}"), &shown.join(", "));
        }
    }

    fn healthcheck(&mut self, healthcheck: Option<&Healthcheck>) {
        let Some(check) = healthcheck else { return };
        let Healthcheck { test, interval, timeout, retries, start_period, start_interval, disable } = check;
        if *disable || check.is_disabled() {
            return self.text("healthcheck", "disabled");
        }
        self.words("healthcheck.test", test);
        let durations = [("interval", interval), ("timeout", timeout), ("start_period", start_period)];
        for (name, duration) in durations.into_iter().chain([("start_interval", start_interval)]) {
            let duration = duration.filter(|duration| !duration.is_zero());
            self.some(&format!("healthcheck.{name}"), duration.map(shown_duration).as_ref());
        }
        self.some("healthcheck.retries", retries.filter(|retries| *retries != 0).as_ref());
    }

    fn endpoint(&mut self, name: &str, endpoint: &Endpoint) {
        let Endpoint { aliases, ipv4, ipv6, link_local, mac_address, driver_opts, links, gw_priority } = endpoint;
        let prefix = format!("networks.{name}");
        self.text(&prefix, "yes");
        self.set(&format!("{prefix}.aliases"), aliases);
        self.some(&format!("{prefix}.ipv4_address"), ipv4.as_ref());
        self.some(&format!("{prefix}.ipv6_address"), ipv6.as_ref());
        self.words(&format!("{prefix}.link_local_ips"), link_local);
        self.some(&format!("{prefix}.mac_address"), mac_address.as_ref());
        self.map(&format!("{prefix}.driver_opts"), driver_opts);
        self.set(&format!("{prefix}.links"), links);
        self.number(&format!("{prefix}.gw_priority"), Some(*gw_priority));
    }

    fn isolation(&mut self, isolation: &Isolation) {
        let Isolation {
            privileged,
            read_only,
            init,
            cap_add,
            cap_drop,
            security,
            sysctls,
            ipc,
            pid,
            uts,
            userns,
            runtime,
            storage,
            cgroup,
            devices,
            device_rules,
            device_requests,
            cgroup_parent,
        } = isolation;
        self.flag("privileged", *privileged);
        self.flag("read_only", *read_only);
        self.some("init", init.as_ref());
        self.set("cap_add", &cap_add.iter().map(|name| capability(name)).collect());
        self.set("cap_drop", &cap_drop.iter().map(|name| capability(name)).collect());
        self.set("security_opt", &security.iter().cloned().collect());
        self.map("sysctls", sysctls);
        let namespaces = [("ipc", ipc), ("pid", pid), ("uts", uts), ("userns_mode", userns), ("cgroup", cgroup)];
        for (name, value) in namespaces.into_iter().chain([("runtime", runtime), ("cgroup_parent", cgroup_parent)]) {
            self.text(name, value.as_deref().unwrap_or_default());
        }
        self.map("storage_opt", storage);
        for (target, device) in devices {
            self.text(&format!("devices.{target}"), &format!("{}, {}", device.source, device.permissions));
        }
        self.set("device_cgroup_rules", &device_rules.iter().cloned().collect());
        for (number, request) in device_requests.iter().enumerate() {
            self.text(&format!("device_requests.{number}"), &shown_request(request));
        }
    }

    fn resources(&mut self, resources: &Resources) {
        let Resources {
            memory,
            memory_reservation,
            memory_swap,
            swappiness,
            nano_cpus,
            cpu_period,
            cpu_quota,
            cpu_shares,
            cpuset,
            pids,
            shm_size,
            oom_kill_disable,
            oom_score_adj,
            ulimits,
            blkio,
        } = resources;
        self.number("mem_limit", *memory);
        self.number("mem_reservation", *memory_reservation);
        // An engine gives twice the memory where only that is asked for.
        let twice = memory.map(|memory| memory.saturating_mul(2));
        self.number("memswap_limit", memory_swap.filter(|swap| Some(*swap) != twice));
        self.number("mem_swappiness", swappiness.filter(|swappiness| *swappiness != -1));
        self.some("cpus", nano_cpus.filter(|cpus| *cpus != 0).map(shown_cpus).as_ref());
        self.number("cpu_period", *cpu_period);
        self.number("cpu_quota", *cpu_quota);
        self.number("cpu_shares", *cpu_shares);
        self.text("cpuset", cpuset.as_deref().unwrap_or_default());
        self.number("pids_limit", *pids);
        self.number("shm_size", shm_size.filter(|size| *size != USUAL_SHM));
        self.flag("oom_kill_disable", *oom_kill_disable);
        self.number("oom_score_adj", Some(*oom_score_adj));
        for (name, limit) in ulimits {
            let (soft, hard) = limit.limits();
            self.text(&format!("ulimits.{name}"), &format!("{soft}:{hard}"));
        }
        self.number("blkio_config.weight", blkio.weight.map(i64::from));
        for device in &blkio.weight_device {
            self.some(&format!("blkio_config.weight_device.{}", device.path), Some(&device.weight));
        }
        for (name, devices) in blkio.throttles() {
            for device in devices {
                self.some(&format!("blkio_config.{name}.{}", device.path), Some(&device.rate));
            }
        }
    }

    fn logging(&mut self, logging: Option<&Logging>) {
        let Some(Logging { driver, options }) = logging else { return };
        self.some("logging.driver", driver.as_ref());
        self.map("logging.options", options);
    }
}

fn quoted(word: &str) -> String {
    let is_plain =
        !word.is_empty() && word.chars().all(|letter| letter.is_alphanumeric() || "-_./:=@,+%".contains(letter));
    if is_plain { word.to_owned() } else { format!("{word:?}") }
}

fn shown_binding(binding: &Binding) -> String {
    let port = if binding.port.is_empty() || binding.port == "0" { "any" } else { &binding.port };
    match binding.address.as_str() {
        // An empty address is all of them, for people and for engines.
        "" | "0.0.0.0" => port.to_owned(),
        address => format!("{address}:{port}"),
    }
}

fn shown_mount(mount: &Mount) -> String {
    let Mount {
        kind,
        source,
        read_only,
        propagation,
        selinux,
        no_copy,
        subpath,
        tmpfs_size,
        tmpfs_mode,
        recursive,
        consistency: _,
        create_host_path: _, // It matters before a container is made, and not to the container.
    } = mount;
    let source = if source.is_empty() { "anonymous" } else { source };
    let mut shown = if kind == "tmpfs" { kind.clone() } else { format!("{kind} {source}") };
    let words = [read_only.then_some("read-only"), no_copy.then_some("nocopy")];
    let recursive = if recursive == "enabled" { "" } else { recursive };
    let texts =
        [propagation.as_str(), selinux, subpath, recursive].map(|text| Some(text).filter(|text| !text.is_empty()));
    for word in words.into_iter().chain(texts).flatten().filter(|word| *word != "rprivate") {
        shown.push_str(", ");
        shown.push_str(word);
    }
    for (name, number) in [("size", tmpfs_size), ("mode", tmpfs_mode)] {
        if let Some(number) = number.filter(|number| number != &0) {
            shown.push_str(&format!(", {name} {number}"));
        }
    }
    shown
}

/// What is asked of a driver of devices.
fn shown_request(request: &DeviceRequest) -> String {
    let DeviceRequest { capabilities, driver, count: _, ids, options } = request;
    let count = match request.count() {
        -1 => "all".to_owned(),
        0 => ids.join(" "),
        count => count.to_string(),
    };
    let options = options.iter().map(|(name, value)| format!("{name}={value}"));
    let words = [driver.clone().unwrap_or_default(), count].into_iter().chain(capabilities.iter().cloned());
    words.chain(options).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn shown_restart(restart: Restart) -> String {
    match restart {
        Restart::No => "no".to_owned(),
        Restart::Always => "always".to_owned(),
        Restart::UnlessStopped => "unless-stopped".to_owned(),
        Restart::OnFailure { attempts: 0 } => "on-failure".to_owned(),
        Restart::OnFailure { attempts } => format!("on-failure:{attempts}"),
    }
}

fn shown_duration(duration: Duration) -> String {
    format!("{duration:?}")
}

fn shown_cpus(nano: i64) -> String {
    let text = format!("{}.{:09}", nano / 1_000_000_000, nano % 1_000_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Engines and people write `NET_ADMIN`, `CAP_NET_ADMIN` and `net_admin`.
fn capability(name: &str) -> String {
    let upper = name.to_uppercase();
    upper.strip_prefix("CAP_").unwrap_or(&upper).to_owned()
}
