//! Devices that a container is given: files of the host, and what drivers such as that of NVIDIA lend.

use std::collections::BTreeMap;

use super::dialect::Dialect;
use super::json::{Json, Object};

/// One of `devices`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The short form as it is written; `None` for the long one.
    pub short: Option<String>,
    /// The file of the host, or the name of a device of the Container Device Interface.
    pub source: String,
    /// The file in the container.
    pub target: String,
    /// `r`, `w` and `m` for reading, writing and making; empty where the long form says nothing.
    pub permissions: String,
}

impl Device {
    /// Reads the short form: `SOURCE[:TARGET[:PERMISSIONS]]`. `None` where it has more parts, or no source.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let (source, target, permissions) = match parts[..] {
            [source] => (source, source, "rwm"),
            [source, target] => (source, target, "rwm"),
            [source, target, permissions] => (source, target, permissions),
            _ => return None,
        };
        let target = if target.is_empty() { source } else { target };
        let device = |source: &str| Self {
            short: Some(text.to_owned()),
            source: source.to_owned(),
            target: target.to_owned(),
            permissions: permissions.to_owned(),
        };
        (!source.is_empty()).then(|| device(source))
    }

    /// The path in the container as it is written, by which entries replace each other.
    pub(super) fn written_target(&self) -> &str {
        let mut parts = self.short.as_deref().unwrap_or(&self.target).split(':');
        match (&self.short, parts.next(), parts.next()) {
            (Some(_), Some(first), second) => second.unwrap_or(first),
            _ => &self.target,
        }
    }

    /// What may be done with it.
    pub fn rights(&self) -> &str {
        if self.permissions.is_empty() { "rwm" } else { &self.permissions }
    }

    /// Whether it is the name of a device of the Container Device Interface: `vendor.com/class=name`.
    pub fn is_interface(&self) -> bool {
        let parts = || {
            let (kind, name) = self.source.split_once('=')?;
            let (vendor, class) = kind.split_once('/')?;
            Some(!vendor.is_empty() && !class.is_empty() && !name.is_empty() && !class.contains('/'))
        };
        self.source == self.target && parts().unwrap_or(false)
    }

    /// As a dialect writes it: older ones kept the short form.
    pub(super) fn json(&self, dialect: Dialect) -> Json {
        match &self.short {
            Some(short) if !dialect.knows_device_mappings() => Json::Text(short.clone()),
            _ => Object::default()
                .text("source", Some(&self.source))
                .text("target", Some(&self.target))
                .text("permissions", Some(&self.permissions))
                .done(),
        }
    }
}

/// What is asked of a driver: one of `gpus`, or of `deploy.resources.reservations.devices`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceRequest {
    /// `capabilities`: what a device must be good for.
    pub capabilities: Vec<String>,
    /// `driver`
    pub driver: Option<String>,
    /// `count`; -1 is all of them.
    pub count: Option<i64>,
    /// `device_ids`
    pub ids: Vec<String>,
    /// `options` of the driver.
    pub options: BTreeMap<String, String>,
}

impl DeviceRequest {
    /// How many: all, where neither a number nor names are given.
    pub fn count(&self) -> i64 {
        self.count.unwrap_or(if self.ids.is_empty() { -1 } else { 0 })
    }

    pub(super) fn json(&self, dialect: Dialect) -> Json {
        let count = if dialect.counts_devices() { Some(self.count()) } else { self.count };
        Object::default()
            .texts("capabilities", &self.capabilities)
            .text("driver", self.driver.as_ref())
            .integer("count", count)
            .texts("device_ids", &self.ids)
            .map("options", &self.options)
            .done()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_form_has_up_to_three_parts() {
        let read = |text: &str| Device::parse(text).map(|it| [it.source, it.target, it.permissions].join(" "));
        let cases = [
            ("/dev/a", Some("/dev/a /dev/a rwm")),
            ("/dev/a:/dev/b", Some("/dev/a /dev/b rwm")),
            ("/dev/a:/dev/b:r", Some("/dev/a /dev/b r")),
            ("/dev/a::r", Some("/dev/a /dev/a r")),
            ("", None),
            (":/dev/b", None),
            ("/a:/b:r:x", None),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text).as_deref(), expected, "{text}");
        }
        let is_interface = |text: &str| Device::parse(text).is_some_and(|device| device.is_interface());
        assert!(is_interface("nvidia.com/gpu=all") && !is_interface("/dev/a") && !is_interface("/dev/a=b"));
    }
    #[test]
    fn the_last_device_of_a_path_holds_and_what_is_not_said_is_not_written() {
        let text = "services: { a: { image: x, devices: [\"/dev/a:/dev/c\", { source: /dev/d, target: /dev/d }, \"/dev/b:/dev/c:r\"], gpus: [{ device_ids: [] }] } }";
        let stack = crate::stack::tests::loaded(&[("compose.yaml", text)]);
        let written: Vec<_> = stack.services[0].devices.iter().map(|it| it.json(Dialect::V2_36).compact()).collect();
        let expected =
            [r#"{"source":"/dev/b","target":"/dev/c","permissions":"r"}"#, r#"{"source":"/dev/d","target":"/dev/d"}"#];
        assert_eq!(written, expected);
        assert_eq!(stack.services[0].devices[1].rights(), "rwm");
        assert_eq!(stack.services[0].gpus[0].json(Dialect::V2_36).compact(), "{}");
    }
}
