//! A network of the project.

use std::collections::BTreeMap;

use crate::diagnostic::Place;

/// An entry of the file's `networks`, or the network `default` that compose adds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Where it stands; `None` for `default` where the file does not mention it.
    pub place: Option<Place>,
    /// Its name at the engine: `name`, else `PROJECT_KEY`, and the key alone if it is external.
    pub name: String,
    /// `external`: made by somebody else; nothing else of it is said then.
    pub external: bool,
    /// `driver`
    pub driver: Option<String>,
    /// `driver_opts`
    pub driver_opts: BTreeMap<String, String>,
    /// `ipam`
    pub ipam: Ipam,
    /// `internal`: without a way out.
    pub internal: bool,
    /// `attachable`
    pub attachable: bool,
    /// `enable_ipv4`; `None` leaves it to the engine.
    pub enable_ipv4: Option<bool>,
    /// `enable_ipv6`; `None` leaves it to the engine.
    pub enable_ipv6: Option<bool>,
    /// `labels`
    pub labels: BTreeMap<String, String>,
}

/// How addresses are given out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ipam {
    /// `driver`
    pub driver: Option<String>,
    /// `config`
    pub pools: Vec<IpamPool>,
}

/// A range of addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IpamPool {
    /// `subnet` in CIDR form.
    pub subnet: Option<String>,
    /// `gateway`
    pub gateway: Option<String>,
    /// `ip_range` for containers, in CIDR form.
    pub ip_range: Option<String>,
    /// `aux_addresses`: addresses that are taken, by host name.
    pub aux_addresses: BTreeMap<String, String>,
}
