//! `blkio_config`: how much of its disks a service may use.

use super::json::{Json, Object};

/// Limits and weights of block devices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blkio {
    /// `weight` beside the other containers: 10 to 1000.
    pub weight: Option<u16>,
    /// `weight_device`
    pub weight_device: Vec<WeightDevice>,
    /// `device_read_bps`: bytes a second.
    pub read_bps: Vec<ThrottleDevice>,
    /// `device_read_iops`: operations a second.
    pub read_iops: Vec<ThrottleDevice>,
    /// `device_write_bps`: bytes a second.
    pub write_bps: Vec<ThrottleDevice>,
    /// `device_write_iops`: operations a second.
    pub write_iops: Vec<ThrottleDevice>,
}

/// The weight of one device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WeightDevice {
    /// `path` on the host.
    pub path: String,
    /// `weight`: 10 to 1000.
    pub weight: u16,
}

/// The limit of one device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThrottleDevice {
    /// `path` on the host.
    pub path: String,
    /// `rate` a second.
    pub rate: i64,
}

impl Blkio {
    /// As compose writes it: the devices under the names of its own fields.
    pub(super) fn json(&self) -> Json {
        let weight = |device: &WeightDevice| {
            let mut object = Object::default();
            object.always("Path", Json::Text(device.path.clone()));
            object.always("Weight", Json::Integer(device.weight.into())).done()
        };
        let throttle = |device: &ThrottleDevice| {
            let mut object = Object::default();
            object.always("Path", Json::Text(device.path.clone()));
            object.always("Rate", Json::Text(device.rate.to_string())).done()
        };
        let throttles = |devices: &[ThrottleDevice]| devices.iter().map(throttle).collect();
        Object::default()
            .integer("weight", self.weight.map(i64::from))
            .list("weight_device", self.weight_device.iter().map(weight).collect())
            .list("device_read_bps", throttles(&self.read_bps))
            .list("device_read_iops", throttles(&self.read_iops))
            .list("device_write_bps", throttles(&self.write_bps))
            .list("device_write_iops", throttles(&self.write_iops))
            .done()
    }

    /// The limits, each list under its name.
    pub fn throttles(&self) -> [(&'static str, &[ThrottleDevice]); 4] {
        [
            ("device_read_bps", &self.read_bps),
            ("device_read_iops", &self.read_iops),
            ("device_write_bps", &self.write_bps),
            ("device_write_iops", &self.write_iops),
        ]
    }
}

#[cfg(test)]
mod tests {
    use crate::stack::tests::{findings_of, loaded};

    #[test]
    fn it_is_written_as_compose_writes_it() {
        let text = "services: { a: { image: x, blkio_config: { device_write_iops: [{ path: /dev/b, rate: 30 }], weight: 300, \
                    weight_device: [{ path: /dev/a, weight: 400 }], device_read_bps: [{ path: /dev/b, rate: 12mb }] } }, \
                    b: { image: x, blkio_config: {} } }";
        let stack = loaded(&[("compose.yaml", text)]);
        let written: Vec<_> = stack.services.iter().flat_map(|it| &it.blkio).map(|it| it.json().compact()).collect();
        let expected = r#"{"weight":300,"weight_device":[{"Path":"/dev/a","Weight":400}],"device_read_bps":[{"Path":"/dev/b","Rate":"12582912"}],"device_write_iops":[{"Path":"/dev/b","Rate":"30"}]}"#;
        assert_eq!(written, [expected, "{}"]);
    }

    #[test]
    fn what_cannot_be_is_told() {
        let found = |blkio: &str| {
            let text = format!("services:\n  a:\n    image: x\n    blkio_config: {blkio}\n");
            findings_of(&[("compose.yaml", &text)]).join(", ")
        };
        assert!(found("{ weight: \"300\" }").ends_with("blkio_config.weight is a string, not a whole number"));
        assert!(
            found("{ weight: 70000 }").ends_with("weight: it is none of 0 to 1000"),
            "{}",
            found("{ weight: 70000 }")
        );
        assert!(found("{ device_read_bps: [{ rate: 1 }] }").ends_with("device_read_bps: an entry has no `path`"));
        assert!(found("{ weight_device: [{ path: a }] }").ends_with("weight_device: an entry has no `weight`"));
    }
}
