//! An engine's address, as `DOCKER_HOST` writes it.

use std::fmt;

use camino::Utf8PathBuf;

/// Where the engine of a Unix system listens unless told otherwise.
pub(in crate::docker) const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// Where that of Windows does.
const DEFAULT_PIPE: &str = "//./pipe/docker_engine";

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

impl Address {
    /// What ssh is given to come to the engine's machine, as `host` or `ssh://user@host:port`; `None` where ssh does not lead there.
    pub fn ssh_destination(&self) -> Option<String> {
        match self {
            Self::Ssh { user: None, host, port: None, .. } => Some(host.clone()),
            Self::Ssh { user, host, port, .. } => {
                let (user, host, port) = (user.clone(), host.clone(), *port);
                Some(Self::Ssh { user, host, port, socket: None }.to_string())
            }
            _ => None,
        }
    }

    /// Where engines listen on this system.
    pub(super) fn usual() -> Self {
        if cfg!(windows) { Self::Pipe(DEFAULT_PIPE.to_owned()) } else { Self::Unix(DEFAULT_SOCKET.into()) }
    }

    /// Reads an address as the docker command line does; `has_tls` decides the port of a TCP address that names none.
    ///
    /// # Errors
    /// Why it is none.
    pub(super) fn parse(text: &str, has_tls: bool) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("tcp", text));
        match scheme {
            "unix" if rest.is_empty() => Ok(Self::Unix(DEFAULT_SOCKET.into())),
            "unix" => Ok(Self::Unix(rest.into())),
            "npipe" if rest.is_empty() => Ok(Self::Pipe(DEFAULT_PIPE.to_owned())),
            "npipe" => Ok(Self::Pipe(rest.replace('\\', "/"))),
            "tcp" => tcp(rest, has_tls),
            "ssh" => ssh(rest),
            "http" | "https" => Err(format!("the docker command line knows no {scheme}://; write tcp:// instead")),
            "fd" => Err("fd:// is for the engine itself; a client cannot use it".to_owned()),
            _ => Err(format!("{scheme}:// is none of unix, tcp, ssh and npipe")),
        }
    }
}

fn tcp(rest: &str, has_tls: bool) -> Result<Address, String> {
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.contains('/') {
        return Err("a path behind the port is not supported".to_owned());
    }
    let (host, port) = host_and_port(rest)?;
    let host = if host.is_empty() { "localhost" } else { host };
    Ok(Address::Tcp { host: host.to_owned(), port: port.unwrap_or(if has_tls { 2376 } else { 2375 }) })
}

fn ssh(rest: &str) -> Result<Address, String> {
    let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    if user.is_some_and(|user| user.contains(':')) {
        return Err("a password in an address of ssh is not supported; use a key".to_owned());
    }
    let (host, port) = host_and_port(host)?;
    // What begins with a dash would be an option to ssh.
    if host.is_empty() || host.starts_with('-') || user.is_some_and(|user| user.is_empty() || user.starts_with('-')) {
        return Err("it names no host for ssh".to_owned());
    }
    Ok(Address::Ssh {
        user: user.map(str::to_owned),
        host: host.to_owned(),
        port,
        socket: Some(path).filter(|path| !matches!(*path, "" | "/")).map(str::to_owned),
    })
}

/// Takes `host`, `host:port`, `[address]` and `[address]:port` apart.
fn host_and_port(text: &str) -> Result<(&str, Option<u16>), String> {
    let (host, port) = match text.strip_prefix('[') {
        Some(bracketed) => {
            let (host, behind) = bracketed.split_once(']').ok_or("a bracket is not closed")?;
            match behind.strip_prefix(':') {
                Some(port) => (host, port),
                None if behind.is_empty() => (host, ""),
                None => return Err("something stands between the bracket and the port".to_owned()),
            }
        }
        None => text.rsplit_once(':').unwrap_or((text, "")),
    };
    if host.contains(char::is_whitespace) {
        return Err("a host has no spaces".to_owned());
    }
    let is_address = text.starts_with('[') && host.parse::<std::net::Ipv6Addr>().is_ok();
    if host.contains(':') && !is_address {
        return Err("an IPv6 address stands in brackets: [::1]:2375".to_owned());
    }
    match port {
        "" => Ok((host, None)),
        port => port.parse().map(|port| (host, Some(port))).map_err(|_| format!("{port} is no port")),
    }
}

/// As in `DOCKER_HOST`.
impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(formatter, "unix://{path}"),
            Self::Tcp { host, port } => write!(formatter, "tcp://{}:{port}", bracketed(host)),
            Self::Pipe(path) => write!(formatter, "npipe://{path}"),
            Self::Ssh { user, host, port, socket } => {
                let user = user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
                let port = port.map(|port| format!(":{port}")).unwrap_or_default();
                write!(formatter, "ssh://{user}{}{port}{}", bracketed(host), socket.as_deref().unwrap_or_default())
            }
        }
    }
}

fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_the_docker_command_line_reads_them() {
        let cases = [
            ("unix:///run/user/1000/docker.sock", "unix:///run/user/1000/docker.sock"),
            ("unix://", "unix:///var/run/docker.sock"),
            ("tcp://", "tcp://localhost:2375"),
            ("tcp://:7777", "tcp://localhost:7777"),
            ("build-host", "tcp://build-host:2375"),
            ("10.0.0.5:2376", "tcp://10.0.0.5:2376"),
            ("tcp://[::1]:2375/", "tcp://[::1]:2375"),
            ("tcp://[fe80::1]", "tcp://[fe80::1]:2375"),
            ("npipe://", "npipe:////./pipe/docker_engine"),
            (r"npipe://\\.\pipe\docker_engine", "npipe:////./pipe/docker_engine"),
            ("ssh://me@host:2222/run/docker.sock", "ssh://me@host:2222/run/docker.sock"),
            ("ssh://alias/", "ssh://alias"),
            ("ssh://[::1]:22", "ssh://[::1]:22"),
        ];
        for (text, expected) in cases {
            assert_eq!(
                Address::parse(text, false).map(|address| address.to_string()).as_deref(),
                Ok(expected),
                "{text}"
            );
        }
        assert_eq!(Address::parse("tcp://h", true).map(|address| address.to_string()).as_deref(), Ok("tcp://h:2376"));
    }

    #[test]
    fn ssh_is_told_the_way_in_words_of_its_own() {
        let destination = |text| Address::parse(text, false).unwrap().ssh_destination();
        assert_eq!(destination("ssh://engine/run/docker.sock").as_deref(), Some("engine"));
        assert_eq!(destination("ssh://me@engine:2222/run/docker.sock").as_deref(), Some("ssh://me@engine:2222"));
        assert_eq!(destination("tcp://engine:2375"), None);
    }

    #[test]
    fn what_is_no_address_is_told_why() {
        for (text, expected) in [
            ("http://h:2375", "write tcp://"),
            ("fd://", "for the engine itself"),
            ("ftp://h", "ftp:// is none of"),
            ("tcp://h:port", "port is no port"),
            ("tcp://h:99999", "99999 is no port"),
            ("tcp://::1:2375", "in brackets"),
            ("tcp://h/prefix", "a path"),
            ("ssh://me:secret@h", "use a key"),
            ("ssh://", "names no host"),
            ("ssh://-oProxyCommand=x", "names no host"),
        ] {
            let why = Address::parse(text, false).expect_err(text);
            assert!(why.contains(expected) && !why.contains("secret"), "{text}: {why}");
        }
    }
}
