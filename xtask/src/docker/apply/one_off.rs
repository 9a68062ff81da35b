//! A container of its own for one command: made as its service has it, beside those that run.

use std::time::Duration;

use super::super::engine::Docker;
use super::super::explain::ServiceError;
use super::super::observe::Scope;
use super::run::Run;
use crate::event::Listener;
use crate::lifecycle::Project;
use crate::lifecycle::labels::ContainerLabels;
use crate::lifecycle::plan::Replica;
use crate::lifecycle::sharing::resolved;
use crate::stack::Service;

impl Docker {
    /// Makes the container, and the networks and volumes that it needs; gives its id. It is not started. `service` is the one
    /// of the file with what is asked for put into it.
    ///
    /// # Errors
    /// Something of it cannot be made.
    pub async fn create_one_off(
        &self,
        project: Project<'_>,
        service: &Service,
        name: &str,
        listener: &dyn Listener,
    ) -> Result<String, ServiceError> {
        let cannot = |source| ServiceError::Engine { what: "make", name: name.to_owned(), source: Box::new(source) };
        let observed = self.observe(&Scope::of(project, &[service])).await.map_err(cannot)?;
        let run = Run::new(self, listener, &observed, None).of(project, None, Duration::ZERO);
        for key in service.networks.keys() {
            let network = project.network_name(key);
            if observed.network(&network).is_none() {
                run.create_network(key, &network).await?;
            }
        }
        for mount in service.volumes.iter().filter(|mount| mount.value.is_named_volume()) {
            let volume = project.volume_name(&mount.value.source);
            if observed.volume(&volume).is_none() {
                run.create_volume(&mount.value.source, &volume).await?;
            }
        }
        let service = &resolved(service, &|other| observed.of_service(other).first().map(|it| it.id.clone()));
        let configuration = project.configuration(service, 1);
        let files = project.injected(service).map_err(ServiceError::NoContent)?;
        let image = observed.images.get(&project.image(service));
        let labels = ContainerLabels {
            project: project.identity,
            service: &service.name,
            // Without a number it is a one-off to everybody.
            number: None,
            config_hash: &project.service_hash(service),
            image_id: image.map_or("", |image| image.id.as_str()),
            depends_on: &service.depends_on,
        };
        let replica = Replica { service: service.name.clone(), number: 1, name: name.to_owned() };
        let made = run.create_container(&configuration, labels.labels(), &replica, name).await?;
        let Some(id) = made else {
            let taken = super::super::explain::name_taken(self, &service.name, name).await;
            return Err(
                taken.unwrap_or_else(|| ServiceError::Interrupted { running: Vec::new(), unfinished: Vec::new() })
            );
        };
        run.finish(&configuration, &id, &files).await.map_err(cannot)?;
        Ok(id)
    }

    /// Removes a container with its anonymous volumes, whether it runs or not.
    ///
    /// # Errors
    /// The engine does not do it.
    pub async fn remove_one_off(&self, id: &str) -> Result<(), ServiceError> {
        let removed = self.act(hyper::Method::DELETE, &format!("/containers/{id}?force=1&v=1"), None).await;
        let cannot = |source| ServiceError::Engine { what: "remove", name: id.to_owned(), source: Box::new(source) };
        removed.map(drop).map_err(cannot)
    }
}
