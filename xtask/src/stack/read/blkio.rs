//! `blkio_config`.

use super::Reader;
use super::section::{Keys, Section};
use crate::stack::blkio::{Blkio, ThrottleDevice, WeightDevice};
use crate::stack::tree::Node;

const BLKIO: Keys = Keys {
    known: &["weight", "weight_device", "device_read_bps", "device_read_iops", "device_write_bps", "device_write_iops"],
    refused: &[],
};
const WEIGHT: Keys = Keys { known: &["path", "weight"], refused: &[] };
const THROTTLE: Keys = Keys { known: &["path", "rate"], refused: &[] };

impl Reader<'_> {
    pub(super) fn blkio(&mut self, node: &Node, what: &str) -> Option<Blkio> {
        let section = self.section(node, what, BLKIO)?;
        Some(Blkio {
            weight: self.field(&section, "weight", Self::weight),
            weight_device: self.field(&section, "weight_device", Self::weight_devices).unwrap_or_default(),
            read_bps: self.field(&section, "device_read_bps", Self::throttle_devices).unwrap_or_default(),
            read_iops: self.field(&section, "device_read_iops", Self::throttle_devices).unwrap_or_default(),
            write_bps: self.field(&section, "device_write_bps", Self::throttle_devices).unwrap_or_default(),
            write_iops: self.field(&section, "device_write_iops", Self::throttle_devices).unwrap_or_default(),
        })
    }

    fn weight_devices(&mut self, node: &Node, what: &str) -> Option<Vec<WeightDevice>> {
        let items = self.items(node, what)?;
        let device = |item| {
            let section = self.whole_entry(item, what, WEIGHT)?;
            let path = self.field(&section, "path", Self::text)?;
            Some(WeightDevice { path, weight: self.field(&section, "weight", Self::weight)? })
        };
        Some(items.iter().filter_map(device).collect())
    }

    fn throttle_devices(&mut self, node: &Node, what: &str) -> Option<Vec<ThrottleDevice>> {
        let items = self.items(node, what)?;
        let device = |item| {
            let section = self.whole_entry(item, what, THROTTLE)?;
            let path = self.field(&section, "path", Self::text)?;
            Some(ThrottleDevice { path, rate: self.field(&section, "rate", Self::bytes)? })
        };
        Some(items.iter().filter_map(device).collect())
    }

    /// An entry that has all of its keys.
    fn whole_entry<'n>(&mut self, node: &'n Node, what: &str, keys: Keys) -> Option<Section<'n>> {
        let section = self.section(node, what, keys)?;
        let missing = keys.known.iter().find(|key| node.get(key).is_none());
        if let Some(key) = missing {
            let problem = format!("an entry has no `{key}`");
            self.wrong_value(node, what, problem, "Write both keys: the path of the device, and its number");
            return None;
        }
        Some(section)
    }

    fn weight(&mut self, node: &Node, what: &str) -> Option<u16> {
        let number = self.plain_integer(node, what)?;
        let weight = u16::try_from(number).ok().filter(|weight| *weight <= 1000);
        if weight.is_none() {
            self.wrong_value(node, what, "it is none of 0 to 1000", "Write a weight from 10 to 1000");
        }
        weight
    }
}
