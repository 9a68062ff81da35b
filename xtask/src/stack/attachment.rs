//! A service's place in a network.

use std::collections::BTreeMap;

use super::dialect::Dialect;
use super::json::{Json, Object};

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

impl Attachment {
    /// As a dialect writes it.
    pub(super) fn json(&self, dialect: Dialect) -> Json {
        let mut object = Object::default();
        if dialect.sorts_attachments() {
            return object
                .texts("aliases", &self.aliases)
                .map("driver_opts", &self.driver_opts)
                .integer("gw_priority", Some(self.gw_priority))
                .text("ipv4_address", self.ipv4_address.as_ref())
                .text("ipv6_address", self.ipv6_address.as_ref())
                .texts("link_local_ips", &self.link_local_ips)
                .text("mac_address", self.mac_address.as_ref())
                .integer("priority", Some(self.priority))
                .done();
        }
        let gateway = dialect.knows_gateway_priority().then_some(self.gw_priority);
        object
            .integer("priority", Some(self.priority))
            .integer("gw_priority", gateway)
            .texts("aliases", &self.aliases)
            .text("ipv4_address", self.ipv4_address.as_ref())
            .text("ipv6_address", self.ipv6_address.as_ref())
            .texts("link_local_ips", &self.link_local_ips)
            .text("mac_address", self.mac_address.as_ref())
            .map("driver_opts", &self.driver_opts)
            .done()
    }
}
