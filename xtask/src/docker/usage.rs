//! How much room volumes take.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::engine::Docker;
use super::error::DockerError;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DiskUsage {
    volumes: Option<Vec<UsedVolume>>,
    /// Where engines from API 1.52 on have them.
    volume_usage: Option<VolumeUsage>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct VolumeUsage {
    items: Option<Vec<UsedVolume>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct UsedVolume {
    name: String,
    usage_data: Option<UsageData>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct UsageData {
    size: i64,
}

impl Docker {
    /// The bytes in each of these volumes, as far as the engine knows; it counts them now, which takes a while where they are
    /// large.
    ///
    /// # Errors
    /// The engine does not answer.
    pub async fn volume_sizes(&self, names: &[String]) -> Result<BTreeMap<String, u64>, DockerError> {
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let used: DiskUsage = self.get("/system/df?type=volume&verbose=1").await?;
        let newer = used.volume_usage.and_then(|usage| usage.items);
        let volumes = used.volumes.or(newer).unwrap_or_default();
        let sizes = volumes.into_iter().filter(|it| names.contains(&it.name)).filter_map(|it| {
            // Minus one stands for a size that is not known.
            let size = u64::try_from(it.usage_data?.size).ok()?;
            Some((it.name, size))
        });
        Ok(sizes.collect())
    }
}
