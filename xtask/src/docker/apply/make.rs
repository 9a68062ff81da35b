//! Networks, volumes and containers are made.

use std::time::{SystemTime, UNIX_EPOCH};

use hyper::Method;
use hyper::body::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::create;
use super::super::error::DockerError;
use super::super::explain::{ServiceError, name_taken};
use super::super::observe::encoded;
use super::run::Run;
use crate::event::{Deed, Event, Part};
use crate::lifecycle::configuration::{Configuration, Mount};
use crate::lifecycle::labels::{self, ContainerLabels, REPLACE};
use crate::lifecycle::observed::{Container, State};
use crate::lifecycle::plan::Replica;
use crate::lifecycle::project::Injected;
use crate::lifecycle::sharing::resolved;
use crate::lifecycle::{Project, names};
use crate::stack::Service;

/// From this version on (engine 25.0) a container is made in all of its networks at once.
const ALL_NETWORKS: u32 = 44;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Made {
    id: String,
    #[serde(default)]
    warnings: Option<Vec<String>>,
}

impl<'a> Run<'a> {
    pub(super) async fn create_network(&self, key: &str, name: &str) -> Result<(), ServiceError> {
        let project = self.project()?;
        let Some(network) = project.stack.networks.get(key) else { return Ok(()) };
        let hash = project.network_hash(network);
        let request = create::network(network, labels::of_network(project.identity, key, hash.as_deref()));
        let mut body = json!(request);
        // Without it older engines make a second network of the same name.
        body["CheckDuplicate"] = Value::Bool(true);
        match self.docker.post("/networks/create", Some(&body)).await {
            // Another run, or compose, was faster.
            Ok(_) | Err(DockerError::Refused { status: 409, .. }) => {}
            Err(DockerError::Refused { message, .. }) if message.to_lowercase().contains("overlap") => {
                return Err(self.overlap(name, network, message).await);
            }
            Err(source) => {
                return Err(ServiceError::Engine {
                    what: "make network",
                    name: name.to_owned(),
                    source: Box::new(source),
                });
            }
        }
        self.tell(Part::Network(name.to_owned()), Deed::Created);
        Ok(())
    }

    async fn overlap(&self, name: &str, network: &crate::stack::network::Network, complaint: String) -> ServiceError {
        let wanted: Vec<String> = network.ipam.pools.iter().filter_map(|pool| pool.subnet.clone()).collect();
        let others = self.docker.all_networks().await.unwrap_or_default();
        let is_in_the_way = |subnets: &[String]| subnets.iter().any(|a| wanted.iter().any(|b| overlaps(a, b)));
        let others = others.into_iter().filter(|other| is_in_the_way(&other.subnets));
        let others = others.map(|other| (other.name, other.subnets)).collect();
        ServiceError::Overlap { name: name.to_owned(), wanted, others, complaint }
    }

    pub(super) async fn recreate_network(&self, key: &str, name: &str, id: &str) -> Result<(), ServiceError> {
        let cannot = |source| ServiceError::Engine {
            what: "make network anew:",
            name: name.to_owned(),
            source: Box::new(source),
        };
        let inside = self.observed.containers.iter().filter(|it| it.network_ids.values().any(|other| other == id));
        for container in inside {
            self.disconnect(id, &container.id).await.map_err(cannot)?;
        }
        match self.docker.act(Method::DELETE, &format!("/networks/{id}"), None).await {
            Ok(_) | Err(DockerError::Refused { status: 404, .. }) => {}
            Err(DockerError::Refused { status: 403, .. }) => {
                let by = self.docker.in_network(id).await;
                return Err(ServiceError::NetworkInUse { name: name.to_owned(), by });
            }
            Err(source) => return Err(cannot(source)),
        }
        self.create_network(key, name).await
    }

    pub(super) async fn create_volume(&self, key: &str, name: &str) -> Result<(), ServiceError> {
        let project = self.project()?;
        let Some(volume) = project.stack.volumes.get(key) else { return Ok(()) };
        let hash = project.volume_hash(volume);
        let request = create::volume(volume, labels::of_volume(project.identity, key, hash.as_deref()));
        let made = self.docker.post("/volumes/create", Some(&json!(request))).await;
        made.map_err(|source| ServiceError::Engine {
            what: "make volume",
            name: name.to_owned(),
            source: Box::new(source),
        })?;
        self.tell(Part::Volume(name.to_owned()), Deed::Created);
        Ok(())
    }

    /// Makes a container under another name, and gives it the place of the old one when that is gone: until then the old one
    /// runs on.
    pub(super) async fn recreate(&self, replica: &Replica, id: &str) -> Result<String, ServiceError> {
        let Some(old) = self.observed.containers.iter().find(|container| container.id == id) else {
            return self.create(replica, &replica.name, None).await;
        };
        if old.name != replica.name
            && let Some(taken) = name_taken(self.docker, &replica.service, &replica.name).await
        {
            // Known only when the old one is gone, it would leave the service without either.
            return Err(taken);
        }
        let name = names::replacement(id, &replica.name);
        let new = self.create(replica, &name, Some(old)).await?;
        self.tell(self.part(replica), Deed::Begun("stopping the old container"));
        self.stop_container(id, &old.name, None).await?;
        self.remove_container(id, &old.name, false).await?;
        self.rename(&new, &replica.name).await?;
        Ok(new)
    }

    /// Makes a container; gives its id. What cannot be finished is removed again.
    pub(super) async fn create(
        &self,
        replica: &Replica,
        name: &str,
        replaced: Option<&Container>,
    ) -> Result<String, ServiceError> {
        let project = self.project()?;
        let Some(service) = project.stack.service(&replica.service) else {
            return Err(refused("make", name, "the file has no such service"));
        };
        self.tell(self.part(replica), Deed::Begun("creating"));
        let files = project.injected(service).map_err(ServiceError::NoContent)?;
        let service = &resolved(service, &|other| self.ids_of(other).into_iter().next());
        let mut configuration = project.configuration(service, replica.number);
        read_profiles(&mut configuration, &project)?;
        if let Some(old) = replaced {
            self.inherit(&mut configuration, old);
        }
        let labels = self.labels(&project, service, replica, replaced);
        let mut made = self.create_container(&configuration, labels.clone(), replica, name).await?;
        if made.is_none() && self.is_gone_soon(name).await {
            made = self.create_container(&configuration, labels, replica, name).await?;
        }
        let Some(id) = made else { return self.existing(replica, name).await };
        let finished = self.finish(&configuration, &id, &files).await;
        if let Err(source) = finished {
            let _ = self.remove_container(&id, name, true).await;
            return Err(ServiceError::Engine { what: "make", name: replica.name.clone(), source: Box::new(source) });
        }
        Ok(id)
    }

    fn labels(
        &self,
        project: &Project<'_>,
        service: &Service,
        replica: &Replica,
        replaced: Option<&Container>,
    ) -> labels::Labels {
        let image = self.observed.images.get(&project.image(service));
        let marks = ContainerLabels {
            project: project.identity,
            service: &service.name,
            number: Some(replica.number),
            config_hash: &project.service_hash(service),
            image_id: image.map_or("", |image| image.id.as_str()),
            depends_on: &service.depends_on,
        };
        let mut labels = marks.labels();
        labels.extend(replaced.map(|old| (REPLACE.to_owned(), old.id.clone())));
        labels
    }

    /// `None` where the name is taken.
    pub(super) async fn create_container(
        &self,
        configuration: &Configuration,
        labels: labels::Labels,
        replica: &Replica,
        name: &str,
    ) -> Result<Option<String>, ServiceError> {
        let takes_all = minor(&self.docker.engine().api) >= ALL_NETWORKS;
        let is_one_off = !labels.contains_key(labels::NUMBER);
        let mut configuration = configuration.clone();
        let (own, proxies) = (configuration.environment, self.docker.proxies());
        configuration.environment = proxies.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect();
        configuration.environment.extend(own);
        let mut body = json!(create::container(&configuration, labels, takes_all));
        // Engines with one network at first have one address for the container.
        if let Some(address) = configuration.mac_address.as_ref().filter(|_| !takes_all) {
            body["MacAddress"] = json!(address);
        }
        // What a command reads ends where ours does.
        body["StdinOnce"] = Value::Bool(is_one_off && configuration.stdin_open);
        let platform = configuration.platform.as_deref().map(|it| format!("&platform={}", encoded(it)));
        let path = format!("/containers/create?name={}{}", encoded(name), platform.unwrap_or_default());
        let cannot =
            |source| ServiceError::Engine { what: "make", name: replica.name.clone(), source: Box::new(source) };
        let answer = match self.docker.post(&path, Some(&body)).await {
            Ok(answer) => answer,
            Err(DockerError::Refused { status: 409, .. }) => return Ok(None),
            Err(DockerError::Refused { status: 404, message }) if message.to_lowercase().contains("no such image") => {
                let (service, image) = (replica.service.clone(), configuration.image.clone());
                let written = self.stack().and_then(|stack| stack.service(&service));
                let is_built = written.is_some_and(|it| it.build.is_some());
                return Err(ServiceError::ImageMissing { service, image, is_built });
            }
            Err(DockerError::Refused { message, .. }) if message.contains("does not match the specified platform") => {
                let (service, image) = (replica.service.clone(), configuration.image.clone());
                let wanted = configuration.platform.clone().unwrap_or_default();
                return Err(ServiceError::OtherPlatform { service, image, wanted, complaint: message });
            }
            Err(error) => return Err(cannot(error)),
        };
        let made: Made = serde_json::from_slice(&answer)
            .map_err(|error| cannot(DockerError::Lost { cause: format!("what it answers cannot be read: {error}") }))?;
        for warning in made.warnings.into_iter().flatten() {
            self.listener.on(Event::Notice { what: format!("{}: {warning}", replica.service) });
        }
        Ok(Some(made.id))
    }

    /// Whether the container that has the name was just being removed, and is gone now.
    async fn is_gone_soon(&self, name: &str) -> bool {
        match self.docker.observe_container(name).await {
            Ok(Some(other)) if other.state == State::Removing => self.wait_until_gone(&other.id).await,
            Ok(found) => found.is_none(),
            Err(_) => false,
        }
    }

    /// The container that has the name already, if another run or compose has just made it for this very service.
    async fn existing(&self, replica: &Replica, name: &str) -> Result<String, ServiceError> {
        let project = self.project()?;
        if let Ok(Some(other)) = self.docker.observe_container(name).await
            && other.label(labels::PROJECT) == Some(project.name())
            && other.service() == replica.service
            && other.number() == replica.number
        {
            return Ok(other.id);
        }
        let taken = name_taken(self.docker, &replica.service, name).await;
        Err(taken.unwrap_or_else(|| refused("make", name, "its name is taken")))
    }

    /// The networks that it is not made in, and the files that come from no file.
    pub(super) async fn finish(
        &self,
        configuration: &Configuration,
        id: &str,
        files: &[Injected],
    ) -> Result<(), DockerError> {
        if minor(&self.docker.engine().api) < ALL_NETWORKS {
            let others = configuration.networks.iter().filter(|(name, _)| **name != configuration.network_mode);
            for (name, endpoint) in others {
                let body = json!({ "Container": id, "EndpointConfig": create::endpoint(endpoint, None) });
                self.docker.post(&format!("/networks/{}/connect", encoded(name)), Some(&body)).await?;
            }
        }
        if files.is_empty() {
            return Ok(());
        }
        let archive = archive(files).map_err(|error| DockerError::Lost { cause: error.to_string() })?;
        let owned = files.iter().any(|file| file.uid != 0 || file.gid != 0);
        let path = format!("/containers/{id}/archive?path=%2F{}", if owned { "&copyUIDGID=1" } else { "" });
        self.docker.act(Method::PUT, &path, Some(archive)).await.map(drop)
    }

    /// Anonymous volumes of the old container go on in the new one.
    fn inherit(&self, configuration: &mut Configuration, old: &Container) {
        let image = self.observed.images.get(&configuration.image);
        for mounted in old.mounted.iter().filter(|mounted| mounted.kind == "volume") {
            let is_of_image = image.is_some_and(|image| image.defaults.volumes.contains(&mounted.target));
            let wanted = configuration.mounts.get(&mounted.target);
            let is_anonymous = wanted.is_some_and(|mount| mount.kind == "volume" && mount.source.is_empty());
            if is_anonymous || (wanted.is_none() && is_of_image) {
                let mount = Mount {
                    kind: "volume".to_owned(),
                    source: mounted.source.clone(),
                    read_only: mounted.read_only,
                    ..Mount::default()
                };
                configuration.mounts.insert(mounted.target.clone(), mount);
            }
        }
    }
}

pub(super) fn refused(what: &'static str, name: &str, message: &str) -> ServiceError {
    let source = DockerError::Refused { status: 409, message: message.to_owned() };
    ServiceError::Engine { what, name: name.to_owned(), source: Box::new(source) }
}

/// The second number of a version of the API.
pub(super) fn minor(version: &str) -> u32 {
    version.split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap_or(0)
}

/// The engine takes profiles of seccomp as text, not as the path of a file.
fn read_profiles(configuration: &mut Configuration, project: &Project<'_>) -> Result<(), ServiceError> {
    for option in &mut configuration.isolation.security {
        let Some(profile) = option.strip_prefix("seccomp=").or_else(|| option.strip_prefix("seccomp:")) else {
            continue;
        };
        if ["unconfined", "builtin"].contains(&profile) {
            continue;
        }
        let path = project.absolute(profile.into());
        let read = || {
            let text = std::fs::read_to_string(&path)?;
            let value: Value = serde_json::from_str(&text).map_err(std::io::Error::other)?;
            Ok(value.to_string())
        };
        let text = read().map_err(|source| ServiceError::State { path: path.clone(), source })?;
        *option = format!("seccomp={text}");
    }
    Ok(())
}

/// Files as the engine unpacks them at the root of a container.
fn archive(files: &[Injected]) -> std::io::Result<Bytes> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let mut archive = tar::Builder::new(Vec::new());
    for file in files {
        let content = file.content.expose().as_bytes();
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(file.mode);
        header.set_uid(file.uid);
        header.set_gid(file.gid);
        header.set_mtime(now);
        archive.append_data(&mut header, file.path.as_str().trim_start_matches('/'), content)?;
    }
    Ok(archive.into_inner()?.into())
}

/// Whether two ranges in CIDR form have an address in common.
fn overlaps(one: &str, other: &str) -> bool {
    let parse = |text: &str| {
        let (address, bits) = text.split_once('/')?;
        let address: std::net::Ipv4Addr = address.parse().ok()?;
        let bits: u32 = bits.parse().ok().filter(|bits| *bits <= 32)?;
        Some((u32::from(address), bits))
    };
    let (Some((one, a)), Some((other, b))) = (parse(one), parse(other)) else { return one == other };
    let mask = u32::MAX.checked_shl(32 - a.min(b)).unwrap_or(0);
    one & mask == other & mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_addresses_overlap_where_one_holds_the_other() {
        assert!(overlaps("172.20.0.0/16", "172.20.5.0/24") && overlaps("10.0.0.0/8", "10.0.0.0/8"));
        assert!(!overlaps("172.20.0.0/16", "172.21.0.0/16"));
        assert!(overlaps("0.0.0.0/0", "192.168.1.0/24"));
    }

    #[test]
    fn versions_of_the_api_are_compared_by_number() {
        assert!(minor("1.45") >= ALL_NETWORKS && minor("1.41") < ALL_NETWORKS);
    }
}
