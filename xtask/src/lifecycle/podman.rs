//! What Podman shows of a container otherwise than Docker, brought into Docker's form, so that it is no difference.

use super::configuration::{Configuration, Mount};
use super::difference::Change;
use super::observed::{Container, State};
use crate::stack::restart::Restart;
use crate::stack::ulimit::Ulimit;

/// The annotation that Podman gives each of its containers.
const MARK: (&str, &str) = ("io.container.manager", "libpod");

/// How its annotations begin: nobody asks for these.
const ANNOTATIONS: [&str; 4] =
    ["io.container.manager", "io.podman.annotations.", "org.opencontainers.image.stopSignal", "org.systemd.property."];

/// What it adds to the options of a mount of memory.
const TMPFS: [&str; 5] = ["rw", "rprivate", "nosuid", "nodev", "tmpcopyup"];

/// Its own size of `/dev/shm`.
const SHM: i64 = 65_536_000;

/// Its own path for images that have none.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Signals by their numbers on Linux, from 1 on.
const SIGNALS: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
    "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO",
    "PWR", "SYS",
];

/// The variable that it gives each of them, and the name that it has for every runtime: before 5 it shows no annotations.
const VARIABLE: (&str, &str) = ("container", "podman");
const RUNTIME: &str = "oci";

/// Whether Podman has made a container.
pub(super) fn has_made(has: &Configuration) -> bool {
    let has_variable = || has.environment.get(VARIABLE.0).is_some_and(|value| value.as_deref() == Some(VARIABLE.1));
    has.annotations.get(MARK.0).is_some_and(|value| value == MARK.1)
        || (has.isolation.runtime.as_deref() == Some(RUNTIME) && has_variable())
}

/// Whether Podman is about to start a container again that has ended: it has no state for that.
pub(super) fn starts_again(container: &Container) -> bool {
    let State::Exited { code, .. } = container.state else { return false };
    has_made(&container.configuration)
        && match container.configuration.restart {
            Restart::No => false,
            Restart::Always | Restart::UnlessStopped => true,
            Restart::OnFailure { attempts } => code != 0 && (attempts == 0 || container.restarts < attempts),
        }
}

/// Whether the image of a container bears this name. Podman shows names in full: with the registry, or with `localhost`
/// where it was made here.
pub(super) fn is_image(has: &Configuration, name: &str) -> bool {
    let shown = has.image.as_str();
    let tagged = |name: &str| match name.rsplit('/').next() {
        Some(last) if last.contains(':') || name.contains('@') => name.to_owned(),
        _ => format!("{name}:latest"),
    };
    let prefixes = ["localhost/", "docker.io/library/", "docker.io/"];
    shown == name
        || (has_made(has)
            && (tagged(shown) == tagged(name)
                || prefixes
                    .iter()
                    .any(|prefix| shown.strip_prefix(prefix).is_some_and(|it| tagged(it) == tagged(name)))))
}

/// What a container has, without what Podman adds where nothing was asked for.
pub(super) fn settled(mut has: Configuration, wanted: &Configuration) -> Configuration {
    if !has_made(&has) {
        return has;
    }
    if is_image(&has, &wanted.image) {
        has.image.clone_from(&wanted.image);
    }
    has.isolation.init =
        has.isolation.init.or(has.annotations.contains_key("io.podman.annotations.init").then_some(true));
    has.annotations.retain(|name, _| {
        wanted.annotations.contains_key(name) || !ANNOTATIONS.iter().any(|added| name.starts_with(added))
    });
    program(&mut has, wanted);
    memory_mounts(&mut has, wanted);
    // Its networks all are bridges to it, and whoever shares the network of another has that one's.
    if has.network_mode == "bridge" && has.networks.contains_key(&wanted.network_mode) {
        has.network_mode.clone_from(&wanted.network_mode);
    }
    if has.network_mode.starts_with("container:") && wanted.networks.is_empty() {
        has.networks.clear();
    }
    // Where any port will do, it keeps the one that it has found.
    for (target, bindings) in &wanted.ports {
        let is_any = bindings.iter().all(|binding| binding.port.is_empty() || binding.port == "0");
        if is_any && has.ports.get(target).is_some_and(|has| has.len() == bindings.len()) {
            has.ports.insert(target.clone(), bindings.clone());
        }
    }
    isolation(&mut has, wanted);
    has
}

fn program(has: &mut Configuration, wanted: &Configuration) {
    let hostname = has.hostname.clone();
    has.environment.retain(|name, value| {
        let value = value.as_deref().unwrap_or_default();
        let is_added = match name.as_str() {
            "container" => value == VARIABLE.1,
            "HOSTNAME" => hostname.as_deref() == Some(value) || has.network_mode == "host" || hostname.is_none(),
            "HOME" => true,
            "TERM" => value == "xterm",
            "PATH" => value == PATH,
            _ => false,
        };
        !is_added || wanted.environment.contains_key(name)
    });
    let named = |signal: &String| match signal.parse::<usize>() {
        Ok(number) => SIGNALS.get(number.wrapping_sub(1)).map_or_else(|| signal.clone(), |name| format!("SIG{name}")),
        Err(_) => signal.clone(),
    };
    has.stop_signal = has.stop_signal.as_ref().map(named);
    match &wanted.stop_signal {
        None => has.stop_signal = has.stop_signal.take().filter(|signal| signal != "SIGTERM"),
        // The file may give a number, or the name alone.
        Some(signal) if has.stop_signal == Some(named(signal)) || has.stop_signal == Some(format!("SIG{signal}")) => {
            has.stop_signal = Some(signal.clone());
        }
        Some(_) => {}
    }
    if wanted.stop_timeout.is_none() {
        has.stop_timeout = has.stop_timeout.filter(|seconds| !matches!(seconds, 0 | 10));
    }
    if wanted.working_dir.is_none() {
        has.working_dir = has.working_dir.take().filter(|folder| folder != "/");
    }
}

/// Mounts of memory: it adds options of its own, and shows those of `volumes` among those of `tmpfs`.
fn memory_mounts(has: &mut Configuration, wanted: &Configuration) {
    for (target, options) in &mut has.tmpfs {
        let asked = wanted.tmpfs.get(target).map(String::as_str).unwrap_or_default();
        let is_asked = |option: &&str| !TMPFS.contains(option) || asked.split(',').any(|it| it == *option);
        *options = options.split(',').filter(is_asked).collect::<Vec<_>>().join(",");
    }
    for (target, mount) in &wanted.mounts {
        if mount.kind == "tmpfs" && has.tmpfs.get(target).is_some_and(|options| *options == options_of(mount)) {
            has.tmpfs.remove(target);
            has.mounts.insert(target.clone(), mount.clone());
        }
    }
    for (target, mount) in &mut has.mounts {
        // That a volume is not filled from the image counts when it is made, and is not shown.
        mount.no_copy = wanted.mounts.get(target).is_some_and(|wanted| wanted.no_copy);
    }
}

fn options_of(mount: &Mount) -> String {
    let size = mount.tmpfs_size.map(|size| format!("size={size}"));
    let mode = mount.tmpfs_mode.map(|mode| format!("mode={mode:o}"));
    size.into_iter().chain(mode).collect::<Vec<_>>().join(",")
}

fn isolation(has: &mut Configuration, wanted: &Configuration) {
    let (mine, asked) = (&mut has.isolation, &wanted.isolation);
    let unless_private = |own: Option<String>, asked: &Option<String>| {
        if asked.is_none() { own.filter(|mode| mode != "private") } else { own }
    };
    mine.pid = unless_private(mine.pid.take(), &asked.pid);
    mine.uts = unless_private(mine.uts.take(), &asked.uts);
    if mine.runtime.as_deref() == Some(RUNTIME) {
        mine.runtime.clone_from(&asked.runtime);
    }
    for option in &mut mine.security {
        // It shows the short form of what is simply switched on.
        let long = format!("{option}:true");
        if !asked.security.contains(option) && asked.security.contains(&long) {
            *option = long;
        }
    }
    mine.security.retain(|option| asked.security.contains(option) || !(asked.privileged && option == "unmask=all"));
    if wanted.resources.shm_size.is_none() {
        has.resources.shm_size = has.resources.shm_size.filter(|size| *size != SHM);
    }
    let ulimits = std::mem::take(&mut has.resources.ulimits);
    let named = |(name, limit): (String, Ulimit)| match name.strip_prefix("RLIMIT_") {
        Some(rest) => (rest.to_lowercase(), limit),
        None => (name, limit),
    };
    let is_asked = |name: &String| wanted.resources.ulimits.contains_key(name);
    let of_engine = |name: &String| matches!(name.as_str(), "nofile" | "nproc") && !is_asked(name);
    has.resources.ulimits = ulimits.into_iter().map(named).filter(|(name, _)| !of_engine(name)).collect();
}

/// Takes out what Podman does not show again, unless there is nothing else: then the reason must be among it.
pub(super) fn without_hidden(mut changes: Vec<Change>) -> Vec<Change> {
    if !changes.iter().all(is_hidden) {
        changes.retain(|change| !is_hidden(change));
    }
    changes
}

fn is_hidden(change: &Change) -> bool {
    let what = change.what.as_str();
    let is_unshown = ["domainname", "annotations.", "sysctls.", "logging.options.", "userns_mode", "cgroup_parent"]
        .iter()
        .any(|name| what.starts_with(name));
    let is_address =
        what.starts_with("networks.") && [".ipv4_address", ".ipv6_address"].iter().any(|it| what.ends_with(it));
    let is_device = what.starts_with("devices.") && change.from.as_ref().is_some_and(|from| from.ends_with(", "));
    // Before 5 it shows none.
    let is_time = what == "stop_grace_period" && change.from.as_deref() == Some("0s");
    // It shows what is left of its own list of rights.
    is_time || (change.from.is_none() && (is_unshown || is_address)) || is_device || what.starts_with("cap_drop.")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::configuration::{Binding, DeviceFile, Endpoint, ImageDefaults, Isolation, Logging, Resources};
    use super::super::difference::between;
    use super::*;

    const ID: &str = "ab32eff969dd40a3";

    fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, Option<String>> {
        texts(pairs).into_iter().map(|(name, value)| (name, Some(value))).collect()
    }

    fn network(name: &str, endpoint: Endpoint) -> BTreeMap<String, Endpoint> {
        BTreeMap::from([(name.to_owned(), endpoint)])
    }

    fn any_port(port: &str) -> BTreeMap<String, std::collections::BTreeSet<Binding>> {
        BTreeMap::from([("80/tcp".to_owned(), [Binding { port: port.to_owned(), ..Binding::default() }].into())])
    }

    fn memory_mount() -> Mount {
        let (tmpfs_size, tmpfs_mode) = (Some(1_048_576), Some(0o700));
        Mount { kind: "tmpfs".into(), tmpfs_size, tmpfs_mode, ..Mount::default() }
    }

    /// What a file asks for.
    fn wanted() -> Configuration {
        Configuration {
            image: "busybox:1".into(),
            command: Some(vec!["sleep".into(), "1000".into()]),
            environment: environment(&[("A", "1")]),
            annotations: texts(&[("x.y", "z")]),
            tty: true,
            domainname: Some("example.org".into()),
            stop_signal: Some("SIGQUIT".into()),
            ports: any_port(""),
            network_mode: "big_back".into(),
            networks: network("big_back", Endpoint { ipv4: Some("10.231.7.9".into()), ..Endpoint::default() }),
            tmpfs: texts(&[("/t1", ""), ("/t2", "size=1m,mode=1770,nosuid")]),
            mounts: BTreeMap::from([("/longtmp".to_owned(), memory_mount())]),
            isolation: Isolation {
                init: Some(true),
                cap_drop: ["MKNOD".to_owned()].into(),
                security: vec!["no-new-privileges:true".into()],
                sysctls: texts(&[("net.core.somaxconn", "1024")]),
                devices: BTreeMap::from([(
                    "/dev/nought".to_owned(),
                    DeviceFile { source: "/dev/zero".into(), permissions: "rwm".into() },
                )]),
                ..Isolation::default()
            },
            resources: Resources {
                ulimits: BTreeMap::from([("nofile".to_owned(), Ulimit::Pair { soft: 1000, hard: 2000 })]),
                ..Resources::default()
            },
            logging: Some(Logging { driver: Some("json-file".into()), options: texts(&[("max-size", "1m")]) }),
            ..Configuration::default()
        }
    }

    /// What Podman 5.8.6 shows of a container that was made with that.
    fn shown() -> Configuration {
        let limit = |soft, hard| Ulimit::Pair { soft, hard };
        Configuration {
            image: "localhost/busybox:1".into(),
            environment: environment(&[
                ("A", "1"),
                ("HOME", ""),
                ("HOSTNAME", "ab32eff969dd"),
                ("PATH", PATH),
                ("TERM", "xterm"),
                ("container", "podman"),
            ]),
            annotations: texts(&[
                ("io.container.manager", "libpod"),
                ("io.podman.annotations.init", "TRUE"),
                ("org.opencontainers.image.stopSignal", "3"),
                ("org.systemd.property.KillSignal", "3"),
                ("org.systemd.property.TimeoutStopUSec", "uint64 10000000"),
                ("x.y", "z"),
            ]),
            hostname: Some("ab32eff969dd".into()),
            domainname: None,
            working_dir: Some("/".into()),
            stop_signal: Some("3".into()),
            stop_timeout: Some(10),
            ports: any_port("34403"),
            network_mode: "bridge".into(),
            networks: network(
                "big_back",
                Endpoint { mac_address: Some("ee:82:f8:be:57:07".into()), ..Endpoint::default() },
            ),
            tmpfs: texts(&[
                ("/longtmp", "size=1048576,mode=700,rprivate,nosuid,nodev,tmpcopyup"),
                ("/t1", "rprivate,nosuid,nodev,tmpcopyup"),
                ("/t2", "size=1m,mode=1770,rprivate,nosuid,nodev,tmpcopyup"),
            ]),
            mounts: BTreeMap::new(),
            isolation: Isolation {
                init: None,
                security: vec!["no-new-privileges".into()],
                ipc: Some("shareable".into()),
                pid: Some("private".into()),
                uts: Some("private".into()),
                cgroup: Some("private".into()),
                runtime: Some("oci".into()),
                devices: BTreeMap::from([(
                    "/dev/nought".to_owned(),
                    DeviceFile { source: "/dev/zero".into(), ..DeviceFile::default() },
                )]),
                ..Isolation::default()
            },
            resources: Resources {
                shm_size: Some(SHM),
                ulimits: BTreeMap::from([
                    ("RLIMIT_NOFILE".to_owned(), limit(1000, 2000)),
                    ("RLIMIT_NPROC".to_owned(), limit(96365, 96365)),
                ]),
                ..Resources::default()
            },
            logging: Some(Logging { driver: Some("json-file".into()), options: BTreeMap::new() }),
            ..wanted()
        }
    }

    fn lines(has: &Configuration, wanted: &Configuration) -> Vec<String> {
        between(has, wanted, &ImageDefaults::default(), ID).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn only_what_has_changed_is_told() {
        let mut other = wanted();
        other.command = Some(vec!["sleep".into(), "1001".into()]);
        other.stop_signal = Some("SIGTERM".into());
        other.environment.insert("HOME".into(), Some("/x".into()));
        other.resources.ulimits.insert("nofile".to_owned(), Ulimit::Pair { soft: 1000, hard: 3000 });
        other.mounts.insert("/longtmp".to_owned(), Mount { tmpfs_size: Some(2), ..memory_mount() });
        let expected = [
            "command: sleep 1000 → sleep 1001",
            "environment.HOME: \"\" → /x",
            "stop_signal: SIGQUIT → SIGTERM",
            "tmpfs./longtmp: size=1048576,mode=700 → (none)",
            "ulimits.nofile: 1000:2000 → 1000:3000",
            "volumes./longtmp: (none) → tmpfs, size 2, mode 448",
        ];
        assert_eq!(lines(&shown(), &other), expected);
    }

    #[test]
    fn what_podman_does_not_show_again_is_a_reason_where_there_is_no_other() {
        let expected = [
            "cap_drop.MKNOD: added",
            "devices./dev/nought: /dev/zero,  → /dev/zero, rwm",
            "domainname: (none) → example.org",
            "logging.options.max-size: (none) → 1m",
            "networks.big_back.ipv4_address: (none) → 10.231.7.9",
            "sysctls.net.core.somaxconn: (none) → 1024",
        ];
        assert_eq!(lines(&shown(), &wanted()), expected);
    }

    /// Podman 4.3.1 shows no annotations, and always the same time to stop.
    #[test]
    fn older_versions_are_known_by_other_marks() {
        let mut has = shown();
        has.annotations.clear();
        has.stop_timeout = Some(0);
        let asked = Configuration { stop_timeout: Some(3), ..wanted() };
        let other = Configuration { working_dir: Some("/x".into()), ..asked.clone() };
        has.isolation.init = Some(true);
        assert_eq!(lines(&has, &other), ["working_dir: / → /x"]);
        assert!(lines(&has, &asked).contains(&"stop_grace_period: 0s → 3s".to_owned()));
        has.isolation.runtime = Some("runc".into());
        assert!(!has_made(&has) && has_made(&shown()));
    }

    #[test]
    fn docker_shows_what_was_asked_for() {
        let mut has = wanted();
        has.environment.insert("HOME".into(), Some("/x".into()));
        has.resources.shm_size = Some(SHM);
        assert_eq!(lines(&has, &wanted()), ["environment.HOME: /x → (none)", "shm_size: 65536000 → (none)"]);
    }

    #[test]
    fn an_image_is_known_by_its_short_name() {
        let made = |image: &str| Configuration { image: image.to_owned(), ..shown() };
        for (image, name, is_it) in [
            ("localhost/shop-web:latest", "shop-web", true),
            ("docker.io/library/postgres:17", "postgres:17", true),
            ("docker.io/postgis/postgis:17-3.5", "postgis/postgis:17-3.5", true),
            ("localhost:5000/x:1", "localhost:5000/x:1", true),
            ("quay.io/x/y:1", "y:1", false),
            ("docker.io/library/postgres:17", "postgres:18", false),
            ("localhost/postgres:17", "postgres", false),
        ] {
            assert_eq!(is_image(&made(image), name), is_it, "{image} {name}");
        }
        let of_docker = Configuration { image: "localhost/x:1".into(), ..wanted() };
        assert!(!is_image(&of_docker, "x:1") && is_image(&of_docker, "localhost/x:1"));
    }
}
