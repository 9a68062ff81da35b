//! What the engine has of a project, read in two rounds of requests that go out at the same time.
//!
//! Answers are read leniently: a state or a field that only some engines have breaks nothing.

mod blkio;
mod configuration;
mod container;
mod devices;
mod image;
mod mounts;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use camino::Utf8Path;
use futures_util::future::{join_all, try_join4};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::engine::Docker;
use super::error::DockerError;
use crate::lifecycle::labels;
use crate::lifecycle::observed::{Container, Image, Network, Observed, Volume};
use crate::lifecycle::{Project, names};
use crate::stack::Service;

pub(super) use container::InspectedContainer;

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The name of the project.
    project: String,
    /// Names of networks that matter though they may carry no label.
    networks: BTreeSet<String>,
    /// Names of volumes that matter though they may carry no label.
    volumes: BTreeSet<String>,
    /// Names of images.
    images: BTreeSet<String>,
}

impl Scope {
    /// Everything that says itself that it belongs to a project of this name: no file is needed for it.
    pub fn named(project: impl Into<String>) -> Self {
        Self { project: project.into(), ..Self::default() }
    }

    /// That, and what the file names: its networks and volumes, and the images of these services.
    pub fn of(project: Project<'_>, services: &[&Service]) -> Self {
        Self {
            project: project.name().to_owned(),
            networks: project.stack.networks.values().map(|network| network.name.clone()).collect(),
            volumes: project.stack.volumes.values().map(|volume| volume.name.clone()).collect(),
            images: services.iter().map(|service| names::image(project.name(), service)).collect(),
        }
    }
}

/// A container in a listing.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    id: String,
    #[serde(default)]
    state: String,
}

impl Listed {
    /// Whether it runs, or will soon run again.
    fn is_alive(&self) -> bool {
        ["running", "restarting", "paused"].contains(&self.state.as_str())
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ListedContainer {
    labels: Option<BTreeMap<String, String>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ListedNetwork {
    id: String,
    name: String,
    labels: Option<BTreeMap<String, String>>,
    driver: String,
    options: Option<BTreeMap<String, String>>,
    internal: bool,
    #[serde(rename = "EnableIPv6")]
    enable_ipv6: bool,
    #[serde(rename = "IPAM")]
    ipam: ListedIpam,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ListedIpam {
    config: Option<Vec<ListedPool>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ListedPool {
    subnet: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ListedVolumes {
    volumes: Option<Vec<ListedVolume>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ListedVolume {
    name: String,
    labels: Option<BTreeMap<String, String>>,
    driver: String,
    options: Option<BTreeMap<String, String>>,
}

impl Docker {
    /// What the engine has of a project.
    ///
    /// # Errors
    /// The engine does not answer.
    pub async fn observe(&self, scope: &Scope) -> Result<Observed, DockerError> {
        let (containers, networks, volumes, mut images) = try_join4(
            self.observe_containers(scope),
            self.observe_networks(scope),
            self.observe_volumes(scope),
            self.observe_images(scope.images.iter().cloned()),
        )
        .await?;
        // What a container was made from says what it would be without the file; the name may mean another image now.
        let known: BTreeSet<&String> = images.values().map(|image| &image.id).collect();
        let others: BTreeSet<String> =
            containers.iter().map(|it| it.image_id.clone()).filter(|id| !known.contains(id)).collect();
        let by_id = images.values().map(|image| (image.id.clone(), image.clone())).collect::<Vec<_>>();
        images.extend(by_id);
        if !scope.images.is_empty() {
            images.extend(self.observe_images(others.into_iter()).await?);
        }
        Ok(Observed { containers, networks, volumes, images })
    }

    /// Whether a service of a project has a container that runs, or will soon run again.
    ///
    /// # Errors
    /// The engine does not answer.
    pub async fn is_service_alive(&self, project: &str, service: &str) -> Result<bool, DockerError> {
        let (project, service) = (format!("{}={project}", labels::PROJECT), format!("{}={service}", labels::SERVICE));
        let filters = filters(&[("label", &project), ("label", &service)]);
        // Not filtered by state: Podman refuses the names of states that it does not have.
        let listed: Vec<Listed> = self.get(&format!("/containers/json?all=1&filters={filters}")).await?;
        Ok(listed.iter().any(Listed::is_alive))
    }

    async fn observe_containers(&self, scope: &Scope) -> Result<Vec<Container>, DockerError> {
        let filters = filters(&[("label", &format!("{}={}", labels::PROJECT, scope.project))]);
        let listed: Vec<Listed> = self.get(&format!("/containers/json?all=1&filters={filters}")).await?;
        let inspected = join_all(listed.iter().map(|it| self.observe_container(&it.id))).await;
        let mut containers = Vec::new();
        for container in inspected {
            containers.extend(container?);
        }
        containers.sort_by(|a: &Container, b: &Container| a.name.cmp(&b.name));
        Ok(containers)
    }

    /// A container by its id or name; `None` where there is none, or none any more.
    ///
    /// # Errors
    /// The engine does not answer.
    pub async fn observe_container(&self, id: &str) -> Result<Option<Container>, DockerError> {
        let found: Option<InspectedContainer> = self.find(&format!("/containers/{}/json", encoded(id))).await?;
        Ok(found.map(InspectedContainer::observed))
    }

    async fn observe_networks(&self, scope: &Scope) -> Result<Vec<Network>, DockerError> {
        let listed: Vec<ListedNetwork> = self.get("/networks").await?;
        let ours = listed.into_iter().filter(|it| scope.networks.contains(&it.name) || scope.owns(it.labels.as_ref()));
        Ok(ours.map(ListedNetwork::observed).collect())
    }

    /// All networks of the engine, of whatever project.
    pub(super) async fn all_networks(&self) -> Result<Vec<Network>, DockerError> {
        let listed: Vec<ListedNetwork> = self.get("/networks").await?;
        Ok(listed.into_iter().map(ListedNetwork::observed).collect())
    }

    async fn observe_volumes(&self, scope: &Scope) -> Result<Vec<Volume>, DockerError> {
        let listed: ListedVolumes = self.get("/volumes").await?;
        let volumes = listed.volumes.unwrap_or_default();
        let ours = volumes.into_iter().filter(|it| scope.volumes.contains(&it.name) || scope.owns(it.labels.as_ref()));
        let observed = |it: ListedVolume| Volume {
            name: it.name,
            labels: it.labels.unwrap_or_default(),
            driver: it.driver,
            options: it.options.unwrap_or_default(),
        };
        Ok(ours.map(observed).collect())
    }

    async fn observe_images(
        &self,
        names: impl Iterator<Item = String>,
    ) -> Result<BTreeMap<String, Image>, DockerError> {
        let ask = async |name: String| {
            let path = format!("/images/{}/json", encoded(&name));
            let found: Option<image::InspectedImage> = self.find(&path).await?;
            Ok::<_, DockerError>((name, found))
        };
        let found = join_all(names.map(ask)).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(found.into_iter().filter_map(|(name, image)| Some((name, image?.observed()))).collect())
    }

    /// The projects whose containers were made from a folder.
    ///
    /// # Errors
    /// The engine does not answer.
    pub async fn projects_of(&self, folder: &Utf8Path) -> Result<BTreeSet<String>, DockerError> {
        let filters = filters(&[("label", &format!("{}={folder}", labels::WORKING_DIR))]);
        let listed: Vec<ListedContainer> = self.get(&format!("/containers/json?all=1&filters={filters}")).await?;
        let labels = listed.into_iter().filter_map(|it| it.labels);
        Ok(labels.filter_map(|mut labels| labels.remove(labels::PROJECT)).collect())
    }

    /// Every container of the engine, of whatever project, running or not.
    pub(super) async fn all_containers(&self) -> Result<Vec<Container>, DockerError> {
        let listed: Vec<Listed> = self.get("/containers/json?all=1").await?;
        let inspected = join_all(listed.iter().map(|it| self.observe_container(&it.id))).await;
        Ok(inspected.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }

    /// Asks for something that may not be there.
    async fn find<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, DockerError> {
        match self.get(path).await {
            Ok(found) => Ok(Some(found)),
            Err(DockerError::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Scope {
    fn owns(&self, labels: Option<&BTreeMap<String, String>>) -> bool {
        labels.and_then(|labels| labels.get(labels::PROJECT)).is_some_and(|project| *project == self.project)
    }
}

impl ListedNetwork {
    fn observed(self) -> Network {
        let pools = self.ipam.config.unwrap_or_default();
        Network {
            id: self.id,
            name: self.name,
            labels: self.labels.unwrap_or_default(),
            driver: self.driver,
            options: self.options.unwrap_or_default(),
            internal: self.internal,
            ipv6: self.enable_ipv6,
            subnets: pools.into_iter().map(|pool| pool.subnet).filter(|subnet| !subnet.is_empty()).collect(),
        }
    }
}

/// The filters of a listing as a part of its address.
pub(super) fn filters(filters: &[(&str, &str)]) -> String {
    let mut map: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in filters {
        map.entry(name).or_default().push(value);
    }
    // A map of strings can always be written.
    let json = serde_json::to_string(&map).unwrap_or_default();
    utf8_percent_encode(&json, NON_ALPHANUMERIC).to_string()
}

/// A name as a part of an address; the slashes of images stay.
pub(super) fn encoded(name: &str) -> String {
    const KEPT: &percent_encoding::AsciiSet =
        &NON_ALPHANUMERIC.remove(b'/').remove(b':').remove(b'.').remove(b'-').remove(b'_').remove(b'@');
    utf8_percent_encode(name, KEPT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_tells_what_is_alive() {
        for (state, is_alive) in
            [("running", true), ("restarting", true), ("paused", true), ("exited", false), ("initialized", false)]
        {
            let listed: Listed = serde_json::from_str(&format!(r#"{{"Id":"1","State":"{state}"}}"#)).expect("JSON");
            assert_eq!(listed.is_alive(), is_alive, "{state}");
        }
    }
}
