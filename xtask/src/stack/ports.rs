//! The short form of a published port: `[[ADDRESS:]HOST:]CONTAINER[/PROTOCOL]`, with ranges.
//!
//! Follows `nat.ParsePortSpec` of go-connections 0.4.0, which is what compose-go asks for: an IPv6 address stands
//! in brackets.

use std::net::IpAddr;

use serde::Serialize;

/// One port of a container, published or only exposed to be published.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Port {
    /// What the file calls it, in the long form.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// `ingress` or `host`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mode: String,
    /// Address on the host; empty for all of them.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub host_ip: String,
    /// Port in the container.
    #[serde(skip_serializing_if = "is_zero")]
    pub target: u16,
    /// Port on the host: a number, a range to choose from, or empty for any.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub published: String,
    /// `tcp`, `udp` or `sctp`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub protocol: String,
    /// What is spoken over it, in the long form.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub app_protocol: String,
}

/// Go leaves a zero out of JSON. Serde hands over a reference.
fn is_zero(port: &u16) -> bool {
    *port == 0
}

/// Which port of the host is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostPort {
    /// Exactly this one.
    Fixed(u16),
    /// Any one from the first to the last.
    Between(u16, u16),
    /// Any free one.
    Any,
}

/// Why a port cannot be understood. The wording is that of compose.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortError {
    /// Brackets or colons of the address do not match.
    #[error("Invalid ip address {address}: address {address}:: {why}")]
    MalformedAddress {
        /// The text before the ports.
        address: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A host name, or no address at all.
    #[error("Invalid ip address: {0}")]
    NoAddress(String),
    /// Nothing where the container's port belongs.
    #[error("No port specified: {0}<empty>")]
    NoPort(String),
    /// The container's port is no number from 0 to 65535.
    #[error("Invalid containerPort: {0}")]
    ContainerPort(String),
    /// The host's port is no number from 0 to 65535.
    #[error("Invalid hostPort: {0}")]
    HostPort(String),
    /// Two ranges of different lengths.
    #[error("Invalid ranges specified for container and host Ports: {container} and {host}")]
    Ranges {
        /// The container's range.
        container: String,
        /// The host's range.
        host: String,
    },
    /// Not `tcp`, `udp` or `sctp`.
    #[error("Invalid proto: {0}")]
    Protocol(String),
}

impl Port {
    /// Which port of the host is asked for; `None` where `published` is no port at all.
    pub fn host_port(&self) -> Option<HostPort> {
        if self.published.is_empty() {
            return Some(HostPort::Any);
        }
        Some(match range(&self.published)? {
            (0, 0) => HostPort::Any,
            (first, last) if first == last => HostPort::Fixed(first),
            (first, last) => HostPort::Between(first, last),
        })
    }
}

/// Reads the short form. A range gives one port each, in the order of compose: that of their text.
pub fn parse(text: &str) -> Result<Vec<Port>, PortError> {
    let (address, host, container) = split(text);
    let mut parts = container.split('/');
    let container = parts.next().unwrap_or_default();
    let protocol = parts.next().filter(|protocol| !protocol.is_empty()).unwrap_or("tcp");

    let address = host_address(address)?;
    if container.is_empty() {
        return Err(PortError::NoPort(text.to_owned()));
    }
    let targets = range(container).ok_or_else(|| PortError::ContainerPort(container.to_owned()))?;
    let hosts = match host {
        "" => None,
        _ => Some(range(host).ok_or_else(|| PortError::HostPort(host.to_owned()))?),
    };
    let length = |(first, last): (u16, u16)| last - first;
    // Many ports of the host for one of the container: any of them will do.
    if hosts.is_some_and(|hosts| length(hosts) != length(targets)) && length(targets) != 0 {
        return Err(PortError::Ranges { container: container.to_owned(), host: host.to_owned() });
    }
    let lower = protocol.to_lowercase();
    if !matches!(lower.as_str(), "tcp" | "udp" | "sctp") {
        return Err(PortError::Protocol(protocol.to_owned()));
    }

    let port = |target: u16| Port {
        mode: "ingress".to_owned(),
        host_ip: address.to_owned(),
        target,
        published: hosts.map_or_else(String::new, |hosts| published(hosts, targets, target)),
        protocol: lower.clone(),
        ..Port::default()
    };
    let mut ports: Vec<Port> = (targets.0..=targets.1).map(port).collect();
    ports.sort_by_cached_key(|port| format!("{}/{}", port.target, port.protocol));
    Ok(ports)
}

fn published(hosts: (u16, u16), targets: (u16, u16), target: u16) -> String {
    if targets.0 == targets.1 && hosts.0 != hosts.1 {
        return format!("{}-{}", hosts.0, hosts.1);
    }
    (hosts.0 + (target - targets.0)).to_string()
}

/// Splits at the last two colons: an IPv6 address has colons of its own.
fn split(text: &str) -> (&str, &str, &str) {
    let Some((before, container)) = text.rsplit_once(':') else { return ("", "", text) };
    let (address, host) = before.rsplit_once(':').unwrap_or(("", before));
    (address, host, container)
}

/// The address without the brackets of IPv6, as Go's `net.SplitHostPort` takes it apart.
fn host_address(text: &str) -> Result<&str, PortError> {
    let malformed = |why| PortError::MalformedAddress { address: text.to_owned(), why };
    let address = match text.strip_prefix('[') {
        Some(rest) => {
            let end = rest.find(']').ok_or_else(|| malformed("missing ']' in address"))?;
            match &rest[end + 1..] {
                "" => {}
                behind if behind.starts_with(':') => return Err(malformed("too many colons in address")),
                _ => return Err(malformed("missing port in address")),
            }
            &rest[..end]
        }
        None if text.contains(':') => return Err(malformed("too many colons in address")),
        None => text,
    };
    if address.contains('[') {
        return Err(malformed("unexpected '[' in address"));
    }
    if address.contains(']') {
        return Err(malformed("unexpected ']' in address"));
    }
    if address.is_empty() || address.parse::<IpAddr>().is_ok() {
        return Ok(address);
    }
    Err(PortError::NoAddress(address.to_owned()))
}

/// `first` or `first-last`; what follows a second hyphen is not looked at.
fn range(text: &str) -> Option<(u16, u16)> {
    let mut parts = text.split('-');
    let first = number(parts.next()?)?;
    let last = parts.next().map_or(Some(first), number)?;
    (first <= last).then_some((first, last))
}

/// A decimal number without a sign.
fn number(text: &str) -> Option<u16> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn error(text: &str) -> String {
        parse(text).expect_err(text).to_string()
    }

    #[test]
    fn ranges_come_in_the_order_of_their_text() {
        let targets: Vec<_> = parse("9-10:9-10").expect("a range").into_iter().map(|port| port.target).collect();
        assert_eq!(targets, [10, 9]);
    }

    #[test]
    fn a_range_of_the_host_for_one_port_is_a_choice() {
        let ports = parse("8000-8010:80").expect("a choice");
        assert_eq!((ports.len(), ports[0].host_port()), (1, Some(HostPort::Between(8000, 8010))));
    }

    #[test]
    fn an_ipv6_address_stands_in_brackets() {
        assert_eq!(parse("[::1]:5432:5432").expect("brackets")[0].host_ip, "::1");
        assert_eq!(error("::1:80:80"), "Invalid ip address ::1: address ::1:: too many colons in address");
        assert_eq!(error("[::1:80:80"), "Invalid ip address [::1: address [::1:: missing ']' in address");
    }

    #[test]
    fn what_is_no_port_is_refused() {
        assert_eq!(error(""), "No port specified: <empty>");
        assert_eq!(error("80:"), "No port specified: 80:<empty>");
        assert_eq!(error("80:+80"), "Invalid containerPort: +80");
        assert_eq!(error("9-8:80"), "Invalid hostPort: 9-8");
        assert_eq!(error("1-2:1-3"), "Invalid ranges specified for container and host Ports: 1-3 and 1-2");
        assert_eq!(error("80/icmp"), "Invalid proto: icmp");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r"([0-9]{0,5}|[-:/\[\].]|tcp|é){0,10}") {
            let _ = parse(&text);
        }
    }
}
