//! Devices of a container, as the engine shows them again.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::lifecycle::configuration::DeviceFile;
use crate::stack::device::DeviceRequest;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct InspectedDevice {
    path_on_host: String,
    path_in_container: String,
    cgroup_permissions: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct InspectedRequest {
    driver: String,
    count: i64,
    #[serde(rename = "DeviceIDs")]
    ids: Option<Vec<String>>,
    capabilities: Option<Vec<Vec<String>>>,
    options: Option<BTreeMap<String, String>>,
}

impl InspectedDevice {
    pub(super) fn read(&self) -> (String, DeviceFile) {
        let file = DeviceFile { source: self.path_on_host.clone(), permissions: self.cgroup_permissions.clone() };
        (self.path_in_container.clone(), file)
    }
}

impl InspectedRequest {
    pub(super) fn read(&self) -> DeviceRequest {
        DeviceRequest {
            capabilities: self.capabilities.iter().flatten().flatten().cloned().collect(),
            driver: Some(self.driver.clone()).filter(|driver| !driver.is_empty()),
            count: Some(self.count),
            ids: self.ids.clone().unwrap_or_default(),
            options: self.options.clone().unwrap_or_default(),
        }
    }
}
