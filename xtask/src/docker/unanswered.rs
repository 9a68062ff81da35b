//! Nobody answers as an engine would: why, which others there are, and how to get to one.

use std::io::{self, ErrorKind};
use std::time::Duration;

use camino::Utf8Path;

use super::elsewhere::{Product, candidates, installed, listening};
use super::endpoint::{Address, DEFAULT_SOCKET, Endpoint, Machine, Origin};
use super::ssh::SshFailure;
use super::tls::{NO_TLS, TlsFailure, explained};
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::tools::{self, PackageManager};

const NOT_INSTALLED: Code = Code::new("engine-not-installed");
const NOT_STARTED: Code = Code::new("engine-not-started");
const PERMISSION: Code = Code::new("engine-permission-denied");
const NOT_ANSWERING: Code = Code::new("engine-not-answering");
const NOT_AN_ENGINE: Code = Code::new("engine-not-docker");
const UNREACHABLE: Code = Code::new("engine-unreachable");
const SSH: Code = Code::new("engine-ssh-failed");
const TLS: Code = Code::new("engine-tls-failed");

/// Why no engine answered.
#[derive(Debug)]
pub enum Unanswered {
    /// There was no connection.
    Connect(io::Error),
    /// There was one, and no answer came over it.
    TimedOut(Duration),
    /// What answers is something else.
    NotAnEngine(String),
    /// ssh did not get through, in its words.
    Ssh(String),
    /// The connection could not be protected.
    Tls(String),
}

impl Unanswered {
    /// Why there was no connection, or none that speaks HTTP. The cause may lie deep inside the error.
    pub(super) fn from_error(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
        let mut causes = std::iter::successors(Some(error), |error| inner(*error));
        causes.find_map(|cause| match () {
            () if cause.is::<SshFailure>() => Some(Self::Ssh(cause.to_string())),
            () if cause.is::<TlsFailure>() => Some(Self::Tls(cause.to_string())),
            // That our certificate is missing or not believed is told behind the handshake.
            () => explained(cause).map(Self::Tls),
        })
    }
}

/// The cause of an error. That of an [`io::Error`] is what it carries, which `source` would step over.
fn inner<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e (dyn std::error::Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(carried) => Some(carried),
        None => error.source(),
    }
}

/// The finding, with what this machine shows at the moment.
pub(super) fn diagnose(title: String, endpoint: &Endpoint, why: &Unanswered) -> Diagnostic {
    let machine = Machine::this();
    let found = match (why, &endpoint.address) {
        (Unanswered::Connect(error), Address::Unix(path)) => no_socket(title, path, error, &machine),
        (Unanswered::Connect(error), Address::Pipe(_)) if error.kind() == ErrorKind::NotFound => {
            not_there(title, Product::Docker, &machine)
        }
        (Unanswered::Connect(error), _) => not_reached(title, error),
        (Unanswered::TimedOut(waited), _) => not_answering(title, endpoint, *waited),
        (Unanswered::NotAnEngine(what), _) => {
            let found = Diagnostic::error(NOT_AN_ENGINE, Exit::Prerequisite, title)
                .because(format!("something listens there that is no Docker engine: {what}"));
            match what.contains("HTTPS") {
                true => found.try_command("Speak TLS with it", "export DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=FOLDER"),
                false => found.advise("Correct the address"),
            }
        }
        (Unanswered::Ssh(said), _) => ssh(title, endpoint, said),
        (Unanswered::Tls(what), _) => tls(title, endpoint, what),
    };
    with_others(named(found, endpoint), endpoint, &machine)
}

/// Who said that it would be there.
fn named(found: Diagnostic, endpoint: &Endpoint) -> Diagnostic {
    match &endpoint.origin {
        Origin::Default => found.because("neither --host nor DOCKER_HOST nor a Docker context names another address"),
        origin => found.because(format!("the address comes from {origin}")),
    }
}

/// Engines that do listen, and how to use them.
fn with_others(mut found: Diagnostic, endpoint: &Endpoint, machine: &Machine) -> Diagnostic {
    let tried = if let Address::Unix(path) = &endpoint.address { Some(path.as_path()) } else { None };
    for socket in listening(machine, tried) {
        found = found.because(format!("{} listens on {}", socket.product.name(), socket.path)).try_command(
            format!("Use {}", socket.product.name()),
            match (socket.path.as_str(), &endpoint.origin) {
                ("/var/run/docker.sock", Origin::Host) => "unset DOCKER_HOST".to_owned(),
                ("/var/run/docker.sock", Origin::Context { .. }) => "docker context use default".to_owned(),
                (path, _) => format!("export DOCKER_HOST=unix://{path}"),
            },
        );
    }
    found
}

fn no_socket(title: String, path: &Utf8Path, error: &io::Error, machine: &Machine) -> Diagnostic {
    let product = Product::of(path);
    match error.kind() {
        ErrorKind::NotFound if candidates(machine).iter().any(|usual| usual == path) => {
            not_there(title, product, machine)
        }
        // Nobody's usual place: most likely the address is wrong.
        ErrorKind::NotFound => Diagnostic::error(NOT_STARTED, Exit::Prerequisite, title)
            .because(format!("there is no {path}"))
            .advise("Start the engine that listens there, or correct the address"),
        ErrorKind::ConnectionRefused if !is_socket(path) => Diagnostic::error(NOT_AN_ENGINE, Exit::Prerequisite, title)
            .because(format!("{path} is no socket"))
            .advise("Correct the address"),
        // Of an engine at a place of its own nobody knows how it is started.
        ErrorKind::ConnectionRefused
            if product == Product::Docker && path != DEFAULT_SOCKET && path != "/run/docker.sock" =>
        {
            Diagnostic::error(NOT_STARTED, Exit::Prerequisite, title)
                .because(format!("{path} is left over: no process listens on it"))
                .advise("Start the engine that listens there, or correct the address")
        }
        ErrorKind::ConnectionRefused => Diagnostic::error(NOT_STARTED, Exit::Prerequisite, title)
            .because(format!("{path} is left over: no process listens on it"))
            .try_command(format!("Start {}", product.name()), product.start()),
        ErrorKind::PermissionDenied => permission(path),
        _ if path.as_str().len() > 107 => Diagnostic::error(UNREACHABLE, Exit::Usage, title)
            .because("the path of a Unix socket may be 107 bytes long at most")
            .advise("Make a link with a shorter path, and name that"),
        _ => Diagnostic::error(UNREACHABLE, Exit::Prerequisite, title)
            .because(format!("{path}: {error}"))
            .try_command("See what it is", format!("ls -l {path}")),
    }
}

#[cfg(unix)]
fn is_socket(path: &Utf8Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket())
}

#[cfg(not(unix))]
fn is_socket(_path: &Utf8Path) -> bool {
    true
}

/// There is no socket: the product does not run, or is not there at all.
fn not_there(title: String, expected: Product, machine: &Machine) -> Diagnostic {
    // A socket of a product that is named by its path belongs to that one, whatever else is installed.
    let product = match expected {
        Product::Docker => installed(machine),
        named => Some(named),
    };
    match product {
        Some(product) => Diagnostic::error(NOT_STARTED, Exit::Prerequisite, title)
            .because(match expected {
                Product::Docker => format!("{} is installed, and does not run", product.name()),
                _ => format!("{} does not run: its socket is not there", product.name()),
            })
            .try_command(format!("Start {}", product.name()), product.start()),
        None => {
            let found = Diagnostic::error(NOT_INSTALLED, Exit::Prerequisite, title)
                .because("no Docker engine is installed on this machine, and nothing that brings one");
            match PackageManager::detect() {
                Some(PackageManager::Apt) => {
                    found.try_command("Install one", PackageManager::Apt.install(&["docker.io"]))
                }
                _ => found.advise("Install one: https://docs.docker.com/engine/install/"),
            }
            .try_command("Or use the local database, which needs none", "cargo xtask up --backend local")
        }
    }
}

fn permission(path: &Utf8Path) -> Diagnostic {
    let title = format!("This account may not use the Docker engine at unix://{path}");
    let found = Diagnostic::error(PERMISSION, Exit::Prerequisite, title);
    let Some(group) = group_of(path) else {
        let found = found.because(format!("{path} is for others")).try_command("See for whom", format!("ls -l {path}"));
        return match Product::of(path) {
            Product::PodmanRoot => found.try_command("Or start the one of your own account", Product::Podman.start()),
            _ => found,
        };
    };
    let found = found.because(format!("{path} is for root and the group {group}"));
    match is_member(&group) {
        true => found
            .because(format!("you are a member of {group}, but were not when you logged in"))
            .try_command("Take it up in this terminal, or log in anew", format!("newgrp {group}")),
        false => found
            .try_command(
                "Become a member of the group, which means root's rights",
                format!("sudo usermod -aG {group} \"$USER\""),
            )
            .try_command("Take it up in this terminal, or log in anew", format!("newgrp {group}")),
    }
}

/// The name of the group that may use a socket, from `/etc/group`.
#[cfg(unix)]
fn group_of(path: &Utf8Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;

    let metadata = std::fs::metadata(path).ok()?;
    let may_write = metadata.mode() & 0o020 != 0;
    let id = metadata.gid().to_string();
    let groups = std::fs::read_to_string("/etc/group").ok()?;
    let mut fields = groups.lines().map(|line| line.split(':').collect::<Vec<_>>());
    // Members of root's own group are not what anybody should be made.
    fields
        .find(|line| line.get(2) == Some(&id.as_str()) && may_write && id != "0")?
        .first()
        .map(|name| (*name).to_owned())
}

#[cfg(not(unix))]
fn group_of(_path: &Utf8Path) -> Option<String> {
    None
}

/// Whether the account is a member of the group as `/etc/group` stands now; its session may know an older one.
fn is_member(group: &str) -> bool {
    let mine = tools::run(std::process::Command::new("id").arg("-un")).ok().map(|id| id.stdout.trim().to_owned());
    let groups = std::fs::read_to_string("/etc/group").unwrap_or_default();
    let line = groups.lines().find(|line| line.split(':').next() == Some(group));
    let members = line.and_then(|line| line.rsplit(':').next()).unwrap_or_default();
    mine.is_some_and(|mine| members.split(',').any(|member| member == mine))
}

fn not_reached(title: String, error: &io::Error) -> Diagnostic {
    let found = Diagnostic::error(UNREACHABLE, Exit::Prerequisite, title);
    match error.kind() {
        ErrorKind::TimedOut => found
            .because("no connection came about in time")
            .advise("See whether the machine runs and a firewall lets the port through"),
        ErrorKind::ConnectionRefused => found
            .because("the machine is there, and nothing listens on that port")
            .advise("Start the engine there, or correct the address"),
        _ => found.because(error.to_string()).advise("Correct the address, or see whether the machine runs"),
    }
}

fn not_answering(title: String, endpoint: &Endpoint, waited: Duration) -> Diagnostic {
    let found = Diagnostic::error(NOT_ANSWERING, Exit::Unhealthy, title)
        .because(format!("it accepts the connection and says nothing for {} s", waited.as_secs()));
    match &endpoint.address {
        Address::Unix(path) => {
            let product = Product::of(path);
            let start = product.start().replace(" start", " restart");
            found.try_command(format!("Start {} anew", product.name()), start)
        }
        _ => found.advise("See what the engine there is doing, or start it anew"),
    }
}

fn ssh(title: String, endpoint: &Endpoint, said: &str) -> Diagnostic {
    let found = Diagnostic::error(SSH, Exit::Prerequisite, title).because(match said {
        "" => "ssh ended without a word".to_owned(),
        said => format!("ssh says: {said}"),
    });
    let Address::Ssh { user, host, port, .. } = &endpoint.address else { return found };
    let user = user.as_ref().map(|user| format!("-l {user} ")).unwrap_or_default();
    let port = port.map(|port| format!("-p {port} ")).unwrap_or_default();
    found.try_command("See how far it gets by hand", format!("ssh {user}{port}{host} docker version"))
}

fn tls(title: String, endpoint: &Endpoint, what: &str) -> Diagnostic {
    let found = Diagnostic::error(TLS, Exit::Prerequisite, title)
        .because(format!("the connection cannot be protected: {what}"));
    if what.starts_with(NO_TLS) {
        let advice = "Correct the port (engines with TLS usually listen on 2376), or speak with it without TLS";
        return match endpoint.origin {
            Origin::Host | Origin::Option => found.try_command(advice, "unset DOCKER_TLS_VERIFY DOCKER_TLS"),
            _ => found.advise(advice),
        };
    }
    match endpoint.tls.as_ref().and_then(|tls| tls.ca.as_ref()) {
        Some(ca) => found
            .because(format!("the authorities that are believed stand in {ca}"))
            .advise("Correct the certificates: ca.pem, cert.pem and key.pem of that folder"),
        None => found.advise("Correct the certificates of the context, or DOCKER_CERT_PATH"),
    }
}
