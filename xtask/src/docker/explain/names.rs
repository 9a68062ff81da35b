//! Names that another container has.

use camino::Utf8PathBuf;

use super::super::engine::Docker;
use super::{Owner, ServiceError};
use crate::diagnostic::shell_word;
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
            sibling: None,
            project: container.label(labels::PROJECT).map(str::to_owned),
            folder: container.working_dir().map(ToOwned::to_owned),
            state: container.state.as_str().to_owned(),
        }
    }

    /// The command that ends its project: `verb` where that is one of this tool's, `of_compose` where it is one of compose alone.
    pub(super) fn command(&self, verb: &str, of_compose: &str) -> Option<String> {
        let is_ours = |folder: &&Utf8PathBuf| folder.ancestors().any(|folder| folder.join("xtask.toml").is_file());
        if let Some(folder) = self.folder.as_ref().filter(is_ours) {
            return Some(format!("cargo xtask -C {} {verb}", shell_word(folder.as_str())));
        }
        // A project may have been made with `-f` and `--env-file`; its name is enough to end it.
        Some(format!("docker compose -p {} {of_compose}", shell_word(self.project.as_deref()?)))
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
