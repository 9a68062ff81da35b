//! What one step does. What somebody else has done meanwhile is no failure.

use std::time::Duration;

use hyper::Method;
use serde_json::json;
use tokio::time::Instant;

use super::super::error::DockerError;
use super::super::explain::{ServiceError, not_started};
use super::super::observe::encoded;
use super::hooks::Moment;
use super::run::{Failure, Run};
use crate::event::{Deed, Event, Part};
use crate::lifecycle::plan::{Kept, Replica, Step};

/// How long a container that is being removed by somebody else may take.
const REMOVAL: Duration = Duration::from_secs(20);

impl Run<'_> {
    pub(super) async fn step(&self, step: &Step) -> Result<(), Failure> {
        match step {
            Step::CreateNetwork { key, name } => self.create_network(key, name).await?,
            Step::RecreateNetwork { key, name, id, .. } => self.recreate_network(key, name, id).await?,
            Step::CreateVolume { key, name } => self.create_volume(key, name).await?,
            Step::Create(replica) => {
                let id = self.create(replica, &replica.name, None).await?;
                self.tell(self.part(replica), Deed::Created);
                self.keep(replica, id);
            }
            Step::Recreate { replica, id, changes } => {
                let new = self.recreate(replica, id).await?;
                let why = changes.iter().map(ToString::to_string).collect();
                self.tell(self.part(replica), Deed::Recreated { why });
                self.keep(replica, new);
            }
            Step::Rename { replica, id } => {
                self.rename(id, &replica.name).await?;
                self.tell(self.part(replica), Deed::Renamed);
            }
            Step::Keep { replica, id, how } => self.leave(replica, id, *how),
            Step::Start(replica) => self.start(replica).await?,
            Step::Restart { replica, id } => {
                self.hooks(&replica.service, id, &self.part(replica), Moment::PreStop).await?;
                self.tell(self.part(replica), Deed::Begun("stopping"));
                self.stop_container(id, &replica.name, None).await?;
                self.keep(replica, id.clone());
                self.start_container(replica, id).await?;
                self.hooks(&replica.service, id, &self.part(replica), Moment::PostStart).await?;
                self.tell(self.part(replica), Deed::Restarted);
            }
            Step::Await { service, until, by, required } => {
                return self.come(service, *until, by.as_deref(), *required).await;
            }
            Step::Stop { service, id, name, grace, .. } => {
                let part = self.part_of(service, name);
                self.hooks(service, id, &part, Moment::PreStop).await?;
                self.tell(part.clone(), Deed::Begun("stopping"));
                self.stop_container(id, name, *grace).await?;
                self.tell(part, Deed::Stopped);
            }
            Step::Remove { service, id, name, volumes } => {
                self.remove_container(id, name, *volumes).await?;
                self.tell(self.part_of(service, name), Deed::Removed);
            }
            Step::RemoveNetwork { id, name } => self.remove_network(id, name).await?,
            Step::RemoveVolume { name } => self.remove_volume(name).await?,
        }
        Ok(())
    }

    fn keep(&self, replica: &Replica, id: String) {
        self.ids.borrow_mut().insert((replica.service.clone(), replica.number), id);
    }

    fn leave(&self, replica: &Replica, id: &str, how: Kept) {
        self.keep(replica, id.to_owned());
        let how = match how {
            Kept::Running => "running",
            Kept::Done => "done",
            Kept::Stopped => return,
        };
        self.told.borrow_mut().insert(id.to_owned());
        self.tell(self.part(replica), Deed::Unchanged { how });
    }

    /// A container that goes, by the name of its service where that has no other.
    fn part_of(&self, service: &str, name: &str) -> Part {
        let has_one = self.observed.of_service(service).len() == 1;
        Part::Service(if has_one { service } else { name }.to_owned())
    }

    async fn start(&self, replica: &Replica) -> Result<(), ServiceError> {
        let id = self.ids.borrow().get(&(replica.service.clone(), replica.number)).cloned();
        // The step before has made it or found it.
        let Some(id) = id else { return Ok(()) };
        self.tell(self.part(replica), Deed::Begun("starting"));
        self.start_container(replica, &id).await?;
        self.hooks(&replica.service, &id, &self.part(replica), Moment::PostStart).await?;
        self.tell(self.part(replica), Deed::Started);
        Ok(())
    }

    async fn start_container(&self, replica: &Replica, id: &str) -> Result<(), ServiceError> {
        let started = self.docker.post(&format!("/containers/{id}/start"), None).await;
        self.started.borrow_mut().insert(id.to_owned(), Instant::now());
        let Err(error) = started else { return Ok(()) };
        let cannot =
            |source| ServiceError::Engine { what: "start", name: replica.name.clone(), source: Box::new(source) };
        let is_paused = matches!(&error, DockerError::Refused { message, .. } if message.contains("paused"));
        if is_paused {
            return self.docker.post(&format!("/containers/{id}/unpause"), None).await.map(drop).map_err(cannot);
        }
        match self.docker.observe_container(id).await {
            Ok(Some(container)) => {
                Err(not_started(self.docker, &replica.service, &container, self.stack(), error).await)
            }
            _ => Err(cannot(error)),
        }
    }

    /// With its own signal and time, unless somebody said how long.
    pub(super) async fn stop_container(
        &self,
        id: &str,
        name: &str,
        grace: Option<Duration>,
    ) -> Result<(), ServiceError> {
        let query = grace.map_or_else(String::new, |grace| format!("?t={}", grace.as_secs()));
        match self.docker.post(&format!("/containers/{id}/stop{query}"), None).await {
            Ok(_) | Err(DockerError::Refused { status: 404, .. }) => Ok(()),
            Err(source) => Err(ServiceError::Engine { what: "stop", name: name.to_owned(), source: Box::new(source) }),
        }
    }

    pub(super) async fn remove_container(&self, id: &str, name: &str, volumes: bool) -> Result<(), ServiceError> {
        let path = format!("/containers/{id}?force=1&v={}", u8::from(volumes));
        match self.docker.act(Method::DELETE, &path, None).await {
            Ok(_) | Err(DockerError::Refused { status: 404, .. }) => Ok(()),
            Err(DockerError::Refused { status: 409, message }) if message.contains("in progress") => {
                self.wait_until_gone(id).await;
                Ok(())
            }
            Err(source) => {
                Err(ServiceError::Engine { what: "remove", name: name.to_owned(), source: Box::new(source) })
            }
        }
    }

    /// Waits for a container that somebody else removes; whether it is gone.
    pub(super) async fn wait_until_gone(&self, id: &str) -> bool {
        let since = Instant::now();
        while matches!(self.docker.observe_container(id).await, Ok(Some(_))) {
            if since.elapsed() > REMOVAL {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        true
    }

    pub(super) async fn rename(&self, id: &str, name: &str) -> Result<(), ServiceError> {
        let path = format!("/containers/{id}/rename?name={}", encoded(name));
        let renamed = self.docker.post(&path, None).await;
        renamed.map(drop).map_err(|source| ServiceError::Engine {
            what: "rename to",
            name: name.to_owned(),
            source: Box::new(source),
        })
    }

    /// A network in which somebody else still is stays.
    async fn remove_network(&self, id: &str, name: &str) -> Result<(), ServiceError> {
        match self.docker.act(Method::DELETE, &format!("/networks/{id}"), None).await {
            Ok(_) => self.tell(Part::Network(name.to_owned()), Deed::Removed),
            Err(DockerError::Refused { status: 404, .. }) => {}
            Err(DockerError::Refused { status: 403, .. }) => {
                let by = self.docker.in_network(id).await.join(", ");
                self.listener.on(Event::Notice { what: format!("network {name} stays: {by} is in it") });
            }
            Err(source) => {
                return Err(ServiceError::Engine {
                    what: "remove network",
                    name: name.to_owned(),
                    source: Box::new(source),
                });
            }
        }
        Ok(())
    }

    async fn remove_volume(&self, name: &str) -> Result<(), ServiceError> {
        match self.docker.act(Method::DELETE, &format!("/volumes/{}", encoded(name)), None).await {
            Ok(_) => self.tell(Part::Volume(name.to_owned()), Deed::Removed),
            Err(DockerError::Refused { status: 404, .. }) => {}
            Err(DockerError::Refused { status: 409, .. }) => {
                let others = self.docker.all_containers().await.unwrap_or_default();
                let users = others.into_iter().filter(|it| it.mounted.iter().any(|mount| mount.source == name));
                let by = users.map(|it| it.name).collect();
                return Err(ServiceError::VolumeInUse { name: name.to_owned(), by });
            }
            Err(source) => {
                return Err(ServiceError::Engine {
                    what: "remove volume",
                    name: name.to_owned(),
                    source: Box::new(source),
                });
            }
        }
        Ok(())
    }

    pub(super) async fn disconnect(&self, network: &str, container: &str) -> Result<(), DockerError> {
        let body = json!({ "Container": container, "Force": true });
        match self.docker.post(&format!("/networks/{network}/disconnect"), Some(&body)).await {
            Ok(_) | Err(DockerError::Refused { status: 404, .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
