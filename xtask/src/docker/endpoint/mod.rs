//! Where a Docker engine listens, and who said so.

use std::fmt;

use camino::Utf8PathBuf;

/// An engine's address, with what is needed to be let in and how it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Where it listens.
    pub address: Address,
    /// How a TCP connection is protected; `None` for a plain one, and for all that is not TCP.
    pub tls: Option<Tls>,
    /// Who said so.
    pub origin: Origin,
}

/// The ways to an engine that the docker command line knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A Unix socket.
    Unix(Utf8PathBuf),
    /// A TCP port.
    Tcp {
        /// The host's name or address; an IPv6 address without its brackets.
        host: String,
        /// The port.
        port: u16,
    },
    /// The engine of another machine, through `ssh`.
    Ssh {
        /// The account, if one is named.
        user: Option<String>,
        /// The host, or its alias in the configuration of ssh.
        host: String,
        /// The port, if one is named.
        port: Option<u16>,
        /// The engine's socket over there, if one is named.
        socket: Option<String>,
    },
    /// A named pipe of Windows, as `//./pipe/docker_engine`.
    Pipe(String),
}

/// The files of a TLS connection, all PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// The authorities that may have signed the engine's certificate; `None` for those of this system.
    pub ca: Option<Utf8PathBuf>,
    /// Our own certificate and its key, where the engine asks for one.
    pub identity: Option<(Utf8PathBuf, Utf8PathBuf)>,
    /// Whether the engine has to prove who it is.
    pub verifies: bool,
}

/// Who said where the engine is, in the order in which they are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The option `--host`.
    Option,
    /// The variable `DOCKER_HOST`.
    Host,
    /// A context of the docker command line.
    Context {
        /// Its name.
        name: String,
        /// Who chose it: `DOCKER_CONTEXT`, or the file with `currentContext`.
        chosen_by: String,
    },
    /// Nobody: it is where engines usually listen on this system.
    Default,
}

impl Endpoint {
    /// An endpoint on a Unix socket, without any search.
    pub fn unix(socket: impl Into<Utf8PathBuf>, origin: Origin) -> Self {
        Self { address: Address::Unix(socket.into()), tls: None, origin }
    }

    /// The host on which the engine publishes ports, where that is another machine than this one as far as the address
    /// tells; `None` for an engine of this machine.
    pub fn published_host(&self) -> Option<&str> {
        match &self.address {
            Address::Unix(_) | Address::Pipe(_) => None,
            Address::Tcp { host, .. } | Address::Ssh { host, .. } => Some(host.as_str()).filter(is_elsewhere),
        }
    }
}

fn is_elsewhere(host: &&str) -> bool {
    let loopback = host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    !loopback && *host != "localhost"
}

/// As in `DOCKER_HOST`.
impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(formatter, "unix://{path}"),
            Self::Tcp { host, port } if host.contains(':') => write!(formatter, "tcp://[{host}]:{port}"),
            Self::Tcp { host, port } => write!(formatter, "tcp://{host}:{port}"),
            Self::Pipe(path) => write!(formatter, "npipe://{path}"),
            Self::Ssh { user, host, port, socket } => {
                let user = user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
                let port = port.map(|port| format!(":{port}")).unwrap_or_default();
                write!(formatter, "ssh://{user}{host}{port}{}", socket.as_deref().unwrap_or_default())
            }
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option => write!(formatter, "--host"),
            Self::Host => write!(formatter, "DOCKER_HOST"),
            Self::Context { name, chosen_by } => write!(formatter, "the context {name}, chosen by {chosen_by}"),
            Self::Default => write!(formatter, "the default of this system"),
        }
    }
}
