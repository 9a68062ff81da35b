//! A service's place in a network.

use std::collections::BTreeMap;

/// What `networks` of a service says about one network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attachment {
    /// `aliases`: more names under which the others in the network reach it.
    pub aliases: Vec<String>,
    /// `priority`: the network with the highest is connected first, and gives the container its default route.
    pub priority: i64,
    /// `gw_priority`: which network gives the default route, on engines from 28.0 on.
    pub gw_priority: i64,
    /// `ipv4_address`
    pub ipv4_address: Option<String>,
    /// `ipv6_address`
    pub ipv6_address: Option<String>,
    /// `link_local_ips`
    pub link_local_ips: Vec<String>,
    /// `mac_address`
    pub mac_address: Option<String>,
    /// `driver_opts`
    pub driver_opts: BTreeMap<String, String>,
}
