//! Other engines on this machine: where they usually listen, and how each of them is started.

use camino::{Utf8Path, Utf8PathBuf};

use super::endpoint::Machine;
use crate::diagnostic::NextStep;
use crate::tools;

/// A program that brings an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Product {
    Docker,
    Rootless,
    Desktop,
    Colima,
    OrbStack,
    Rancher,
    Podman,
    PodmanRoot,
}

/// A socket on which an engine listens, or would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Socket {
    pub(super) product: Product,
    pub(super) path: Utf8PathBuf,
}

impl Product {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Docker => "Docker",
            Self::Rootless => "rootless Docker",
            Self::Desktop => "Docker Desktop",
            Self::Colima => "Colima",
            Self::OrbStack => "OrbStack",
            Self::Rancher => "Rancher Desktop",
            Self::Podman | Self::PodmanRoot => "Podman",
        }
    }

    /// The command that starts it here.
    pub(super) fn start(self) -> &'static str {
        let is_mac = cfg!(target_os = "macos");
        match self {
            Self::Docker if is_mac => "open -a Docker",
            Self::Docker if cfg!(windows) => "docker desktop start",
            Self::Docker if has_systemd() => "sudo systemctl start docker",
            Self::Docker => "sudo service docker start",
            Self::Rootless => "systemctl --user start docker",
            Self::Desktop if is_mac => "open -a Docker",
            Self::Desktop => "systemctl --user start docker-desktop",
            Self::Colima => "colima start",
            Self::OrbStack => "orb start",
            Self::Rancher => "rdctl start",
            Self::Podman if is_mac => "podman machine start",
            Self::Podman => "systemctl --user start podman.socket",
            Self::PodmanRoot => "sudo systemctl start podman.socket",
        }
    }

    /// What an engine that listens there is, as far as the path tells.
    pub(super) fn of(path: &Utf8Path) -> Self {
        let has = |part: &str| path.as_str().contains(part);
        match () {
            () if has("colima") => Self::Colima,
            () if has(".orbstack") => Self::OrbStack,
            () if has("/.rd/") => Self::Rancher,
            () if has("podman") && (path.starts_with("/run/podman") || path.starts_with("/var/run/podman")) => {
                Self::PodmanRoot
            }
            () if has("podman") => Self::Podman,
            () if has("/.docker/") => Self::Desktop,
            () if path.starts_with("/run/user") => Self::Rootless,
            () => Self::Docker,
        }
    }
}

fn has_systemd() -> bool {
    // What `sd_booted(3)` looks at.
    Utf8Path::new("/run/systemd/system").is_dir()
}

/// How one sees what the engine has logged, as far as this machine tells.
pub(super) fn log_of_engine() -> NextStep {
    let (what, command) = match () {
        () if cfg!(any(target_os = "macos", windows)) => (
            "See what the engine has logged: Docker Desktop shows it under Troubleshoot; of another one it lies in its machine, as \
             in `colima ssh -- sudo journalctl -u docker` or `podman machine ssh journalctl -u podman`",
            None,
        ),
        () if has_systemd() => (
            "See what the engine has logged (Podman: -u podman; an engine of your own account: with --user)",
            Some("journalctl -u docker -n 50"),
        ),
        () => ("See what the engine has logged", Some("tail -n 50 /var/log/docker.log")),
    };
    NextStep { what: what.to_owned(), command: command.map(str::to_owned) }
}

/// Where engines listen, the usual one first.
pub(super) fn candidates(machine: &Machine) -> Vec<Utf8PathBuf> {
    let mut paths: Vec<Utf8PathBuf> = vec!["/var/run/docker.sock".into()];
    let runtime = machine.variable("XDG_RUNTIME_DIR").map(Utf8PathBuf::from);
    let runtime = runtime.or_else(|| tools::effective_user().map(|id| format!("/run/user/{id}").into()));
    paths.extend(runtime.iter().flat_map(|folder| [folder.join("docker.sock"), folder.join("podman/podman.sock")]));
    if let Some(home) = machine.home() {
        let own = [
            ".docker/run/docker.sock",
            ".docker/desktop/docker.sock",
            ".colima/default/docker.sock",
            ".config/colima/default/docker.sock",
            ".orbstack/run/docker.sock",
            ".rd/docker.sock",
            ".local/share/containers/podman/machine/podman.sock",
        ];
        paths.extend(own.map(|path| home.join(path)));
        paths.extend(machine.each_socket(&home.join(".colima"), "docker.sock"));
    }
    paths.push("/run/podman/podman.sock".into());
    let mut seen = std::collections::BTreeSet::new();
    paths.retain(|path| seen.insert(path.clone()));
    paths
}

/// The sockets of other engines than the one at `tried` that accept connections right now.
#[cfg(unix)]
pub(super) fn listening(machine: &Machine, tried: Option<&Utf8Path>) -> Vec<Socket> {
    let same =
        |a: &Utf8Path, b: &Utf8Path| a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b);
    let paths = candidates(machine).into_iter().filter(|path| tried.is_none_or(|tried| !same(path, tried)));
    let accepting = paths.filter(|path| std::os::unix::net::UnixStream::connect(path).is_ok());
    accepting.map(|path| Socket { product: Product::of(&path), path }).collect()
}

/// The sockets of other engines; this system has none.
#[cfg(not(unix))]
pub(super) fn listening(_machine: &Machine, _tried: Option<&Utf8Path>) -> Vec<Socket> {
    Vec::new()
}

/// What of the known products is installed here, though it does not listen: the way to an engine that is nearest.
pub(super) fn installed(machine: &Machine) -> Option<Product> {
    let of_home = |path: &str| machine.home().is_some_and(|home| home.join(path).exists());
    match () {
        () if tools::find_any(&["dockerd"]).is_some() || Utf8Path::new("/usr/sbin/dockerd").exists() => {
            Some(Product::Docker)
        }
        () if Utf8Path::new("/Applications/Docker.app").exists() || of_home(".docker/desktop") => {
            Some(Product::Desktop)
        }
        () if tools::find("orb").is_some() => Some(Product::OrbStack),
        () if tools::find("colima").is_some() => Some(Product::Colima),
        () if tools::find("rdctl").is_some() || of_home(".rd") => Some(Product::Rancher),
        () if tools::find("podman").is_some() => Some(Product::Podman),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_tells_whose_socket_it_is() {
        let cases = [
            ("/var/run/docker.sock", Product::Docker),
            ("/run/user/1000/docker.sock", Product::Rootless),
            ("/home/me/.docker/desktop/docker.sock", Product::Desktop),
            ("/Users/me/.colima/work/docker.sock", Product::Colima),
            ("/Users/me/.orbstack/run/docker.sock", Product::OrbStack),
            ("/Users/me/.rd/docker.sock", Product::Rancher),
            ("/run/user/1000/podman/podman.sock", Product::Podman),
            ("/run/podman/podman.sock", Product::PodmanRoot),
        ];
        for (path, product) in cases {
            assert_eq!(Product::of(Utf8Path::new(path)), product, "{path}");
        }
    }
}
