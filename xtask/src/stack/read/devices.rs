//! `devices`, `gpus`, and the devices that `deploy` reserves; `volumes_from`.

use super::Reader;
use super::section::Keys;
use crate::stack::device::{Device, DeviceRequest};
use crate::stack::tree::{Node, Value};
use crate::stack::volumes_from::VolumesFrom;

const DEVICE: Keys = Keys { known: &["source", "target", "permissions"], refused: &[] };
const REQUEST: Keys = Keys { known: &["capabilities", "driver", "count", "device_ids", "options"], refused: &[] };

impl Reader<'_> {
    /// `devices` of a service.
    pub(super) fn devices(&mut self, node: &Node, what: &str) -> Option<Vec<Device>> {
        let items = self.items(node, what)?;
        // The last one with a path in the container holds, in the place of the first.
        let mut devices: Vec<Device> = Vec::with_capacity(items.len());
        for device in items.iter().filter_map(|item| self.device(item, what)) {
            match devices.iter().position(|there| there.written_target() == device.written_target()) {
                Some(position) => devices[position] = device,
                None => devices.push(device),
            }
        }
        Some(devices)
    }

    fn device(&mut self, node: &Node, what: &str) -> Option<Device> {
        let advice = "Write \"/dev/NAME\", \"/dev/NAME:/dev/OTHER\" or \"/dev/NAME:/dev/OTHER:rwm\"";
        if !matches!(node.value, Value::Map(_)) {
            let text = self.text(node, what)?;
            let device = Device::parse(&text);
            if device.is_none() {
                self.wrong_value(node, what, format!("{text:?} is no device"), advice);
            }
            return device;
        }
        let section = self.section(node, what, DEVICE)?;
        let mut text = |key: &str| self.field(&section, key, Self::text);
        let (source, target, permissions) = (text("source"), text("target"), text("permissions"));
        for (key, problem) in [("source", "an entry has no `source`"), ("target", "an entry has no `target`")] {
            if node.get(key).is_none() {
                self.wrong_value(node, what, problem, advice);
                return None;
            }
        }
        Some(Device { short: None, target: target?, source: source?, permissions: permissions.unwrap_or_default() })
    }

    /// `gpus` of a service: `all`, or what is asked of the driver.
    pub(super) fn gpus(&mut self, node: &Node, what: &str) -> Option<Vec<DeviceRequest>> {
        match &node.value {
            Value::Text(text) if text == "all" => Some(vec![DeviceRequest::default()]),
            Value::Text(text) => {
                self.wrong_value(
                    node,
                    what,
                    format!("{text:?} is not `all`"),
                    "Write gpus: all, or a list with counts",
                );
                None
            }
            _ => self.device_requests(node, what),
        }
    }

    /// What is asked of drivers.
    pub(super) fn device_requests(&mut self, node: &Node, what: &str) -> Option<Vec<DeviceRequest>> {
        let items = self.items(node, what)?;
        Some(items.iter().filter_map(|item| self.device_request(item, what)).collect())
    }

    fn device_request(&mut self, node: &Node, what: &str) -> Option<DeviceRequest> {
        let section = self.section(node, what, REQUEST)?;
        let count = self.field(&section, "count", Self::device_count);
        let ids = self.field(&section, "device_ids", Self::different_texts).unwrap_or_default();
        // A list without names asks for none.
        let count = count.or_else(|| section.node.get("device_ids").and(Some(0)).filter(|_| ids.is_empty()));
        if count.is_some() && !ids.is_empty() {
            self.wrong_value(node, what, "it has both `count` and `device_ids`", "Leave out one of them");
        }
        Some(DeviceRequest {
            capabilities: self.field(&section, "capabilities", Self::different_texts).unwrap_or_default(),
            driver: self.field(&section, "driver", Self::text),
            count,
            ids,
            options: self.field(&section, "options", Self::labels).unwrap_or_default(),
        })
    }

    fn device_count(&mut self, node: &Node, what: &str) -> Option<i64> {
        if matches!(&node.value, Value::Text(text) if text.eq_ignore_ascii_case("all")) {
            return Some(-1);
        }
        self.integer(node, what)
    }

    /// `volumes_from` of a service.
    pub(super) fn volumes_from(&mut self, node: &Node, what: &str) -> Option<Vec<VolumesFrom>> {
        let texts = self.texts(node, what);
        self.different(node, what, texts)?;
        let mut found = Vec::new();
        for item in self.items(node, what)? {
            let Some(text) = self.text(item, what) else { continue };
            match VolumesFrom::parse(&text) {
                Some(volumes) => found.push(volumes),
                None => {
                    let advice = "Write SERVICE, SERVICE:ro or container:NAME";
                    self.wrong_value(item, what, format!("{text:?} names no service"), advice);
                }
            }
        }
        Some(found)
    }
}
