//! Where a Docker engine listens, and who said so.

mod address;
mod context;
mod error;
mod machine;
mod resolve;

use std::fmt;

use camino::Utf8PathBuf;

pub use address::Address;
pub(super) use address::DEFAULT_SOCKET;
pub use error::EndpointError;
pub(super) use machine::Machine;

/// An engine's address, with what is needed to be let in and how it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Where it listens.
    pub address: Address,
    /// How a TCP connection is protected; `None` for a plain one, and for all that is not TCP.
    pub tls: Option<Tls>,
    /// Who said so.
    pub origin: Origin,
    /// What ssh calls a machine that is named by an alias of its configuration.
    pub ssh_name: Option<String>,
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
    /// Finds the engine's address as the docker command line does: `--host`, `DOCKER_HOST`, `DOCKER_CONTEXT`,
    /// `currentContext` of its `config.json`, and the default of this system. Nothing is asked yet whether it answers.
    ///
    /// # Errors
    /// What is said cannot be understood, or names a context that is not there.
    pub fn find(host: Option<&str>) -> Result<Self, EndpointError> {
        let mut endpoint = resolve::resolve(host, &Machine::this())?;
        endpoint.ssh_name = match &endpoint.address {
            Address::Ssh { user, host, port, .. } => super::ssh::real_name(user.as_deref(), host, *port),
            _ => None,
        };
        Ok(endpoint)
    }

    /// An endpoint on a Unix socket, without any search.
    pub fn unix(socket: impl Into<Utf8PathBuf>, origin: Origin) -> Self {
        Self { address: Address::Unix(socket.into()), tls: None, origin, ssh_name: None }
    }

    /// The host on which the engine publishes ports, where that is another machine than this one as far as the address
    /// tells; `None` for an engine of this machine.
    pub fn published_host(&self) -> Option<&str> {
        match &self.address {
            Address::Unix(_) | Address::Pipe(_) => None,
            Address::Tcp { host, .. } => Some(host.as_str()).filter(is_elsewhere),
            Address::Ssh { host, .. } => Some(self.ssh_name.as_deref().unwrap_or(host)).filter(is_elsewhere),
        }
    }
}

fn is_elsewhere(host: &&str) -> bool {
    let loopback = host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    !loopback && *host != "localhost"
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
