//! Names that another container has.

use super::super::engine::Docker;
use super::{Owner, ServiceError};
use crate::lifecycle::labels;
use crate::lifecycle::observed::Container;

/// Who has the name that a container was to get.
pub(in crate::docker) async fn name_taken(docker: &Docker, service: &str, name: &str) -> Option<ServiceError> {
    let owner = docker.observe_container(name).await.ok().flatten()?;
    Some(ServiceError::NameTaken {
        service: service.to_owned(),
        name: name.to_owned(),
        owner: Box::new(Owner::of(&owner)),
    })
}

impl Owner {
    pub(super) fn of(container: &Container) -> Self {
        Self {
            container: container.name.clone(),
            project: container.label(labels::PROJECT).map(str::to_owned),
            folder: container.working_dir().map(ToOwned::to_owned),
            state: container.state.as_str().to_owned(),
        }
    }
}

impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the container {} ({})", self.container, self.state)?;
        if let Some(project) = &self.project {
            write!(f, " of the project {project}")?;
        }
        match &self.folder {
            Some(folder) => write!(f, " in {folder}"),
            None => Ok(()),
        }
    }
}
