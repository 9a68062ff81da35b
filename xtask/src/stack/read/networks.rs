//! `networks` of a service.

use std::collections::BTreeMap;

use super::Reader;
use super::section::Keys;
use crate::stack::attachment::Attachment;
use crate::stack::tree::{Node, Value};

const ATTACHMENT: Keys = Keys {
    known: &[
        "aliases",
        "priority",
        "gw_priority",
        "ipv4_address",
        "ipv6_address",
        "link_local_ips",
        "mac_address",
        "driver_opts",
    ],
    refused: &["interface_name"],
};

impl Reader<'_> {
    pub(super) fn attachments(&mut self, node: &Node, what: &str) -> Option<BTreeMap<String, Option<Attachment>>> {
        if let Value::List(_) = &node.value {
            let names = self.texts(node, what);
            let names = self.different(node, what, names)?;
            return Some(names.into_iter().map(|name| (name, None)).collect());
        }
        let mut attachments = BTreeMap::new();
        for entry in self.map_entries(node, what)? {
            let attachment = match entry.node.value {
                Value::Null => None,
                _ => self.attachment(&entry.node, &format!("{what}.{}", entry.key)),
            };
            attachments.insert(entry.key.clone(), attachment);
        }
        Some(attachments)
    }

    fn attachment(&mut self, node: &Node, what: &str) -> Option<Attachment> {
        let section = self.section(node, what, ATTACHMENT)?;
        Some(Attachment {
            aliases: self.field(&section, "aliases", Self::unique_texts).unwrap_or_default(),
            priority: self.field(&section, "priority", Self::plain_integer).unwrap_or_default(),
            gw_priority: self.field(&section, "gw_priority", Self::plain_integer).unwrap_or_default(),
            ipv4_address: self.field(&section, "ipv4_address", Self::text),
            ipv6_address: self.field(&section, "ipv6_address", Self::text),
            link_local_ips: self.field(&section, "link_local_ips", Self::unique_texts).unwrap_or_default(),
            mac_address: self.field(&section, "mac_address", Self::text),
            driver_opts: self.field(&section, "driver_opts", Self::options).unwrap_or_default(),
        })
    }
}
