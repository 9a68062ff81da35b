//! Use of disks, as the engine shows it again.

use serde::Deserialize;

use crate::stack::blkio::{Blkio, ThrottleDevice, WeightDevice};

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct InspectedBlkio {
    blkio_weight: Option<u16>,
    blkio_weight_device: Option<Vec<InspectedWeight>>,
    blkio_device_read_bps: Option<Vec<InspectedThrottle>>,
    #[serde(rename = "BlkioDeviceReadIOps")]
    blkio_device_read_iops: Option<Vec<InspectedThrottle>>,
    blkio_device_write_bps: Option<Vec<InspectedThrottle>>,
    #[serde(rename = "BlkioDeviceWriteIOps")]
    blkio_device_write_iops: Option<Vec<InspectedThrottle>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct InspectedWeight {
    path: String,
    weight: u16,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct InspectedThrottle {
    path: String,
    rate: i64,
}

impl InspectedBlkio {
    pub(super) fn read(&self) -> Blkio {
        let weight = |it: &InspectedWeight| WeightDevice { path: it.path.clone(), weight: it.weight };
        let throttle = |it: &InspectedThrottle| ThrottleDevice { path: it.path.clone(), rate: it.rate };
        let throttles =
            |all: &Option<Vec<InspectedThrottle>>| all.iter().flatten().map(throttle).collect::<Vec<ThrottleDevice>>();
        Blkio {
            weight: self.blkio_weight.filter(|weight| *weight != 0),
            weight_device: self.blkio_weight_device.iter().flatten().map(weight).collect(),
            read_bps: throttles(&self.blkio_device_read_bps),
            read_iops: throttles(&self.blkio_device_read_iops),
            write_bps: throttles(&self.blkio_device_write_bps),
            write_iops: throttles(&self.blkio_device_write_iops),
        }
    }
}
