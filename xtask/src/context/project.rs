//! The Compose project: whose it is, and what its services find in their environment.

use camino::{Utf8Path, Utf8PathBuf};

use super::Context;
use super::compose::Compose;
use crate::diagnostic::{Diagnose as _, Report, Result};
use crate::lifecycle::{Identity, Project};
use crate::stack::dialect::Dialect;
use crate::stack::{Stack, project_name};

/// A Compose file, read, and what belongs to it.
pub(crate) struct Services {
    /// The file and its variables.
    pub(crate) compose: Compose,
    /// Whose project it is.
    pub(crate) identity: Identity,
    /// The file with the env files of its services read.
    pub(crate) stack: Stack,
}

impl Services {
    /// As it is compared with what runs.
    pub(crate) fn project(&self) -> Project<'_> {
        Project { identity: &self.identity, stack: &self.stack, variables: &self.compose.variables }
    }
}

impl Context {
    /// Everything that the Compose file says of services.
    pub(crate) fn services(&self) -> Result<Services> {
        let compose = self.compose()?;
        let identity = self.identity(&compose);
        let dialect = Dialect::of_version(&identity.version).unwrap_or(Dialect::NEWEST);
        let read = |path: &Utf8Path| self.project.read_optional(path).map_err(|error| error.to_string());
        let all: Vec<_> = compose.stack.services.iter().collect();
        let stack = compose.stack.with_environment(&all, &compose.variables, dialect, &read);
        let stack = stack.map_err(|errors| {
            let first = errors.first().map(|error| error.diagnose());
            Report::from_all(errors.iter().map(|error| error.diagnose()).collect()).or(first.map(Report::from))
        });
        match stack {
            Ok(stack) => Ok(Services { compose, identity, stack }),
            Err(Some(report)) => Err(report),
            Err(None) => Ok(Services { stack: compose.stack.clone(), compose, identity }),
        }
    }

    /// Whose project it is. The env file is named only where compose would not find it by itself.
    pub(crate) fn identity(&self, compose: &Compose) -> Identity {
        let folder = compose.stack.directory.clone();
        let env_file = self.project.path(self.env_file());
        let is_usual = env_file == folder.join(".env") || !env_file.exists();
        Identity {
            name: compose.stack.name.clone(),
            config_files: compose.files.iter().map(|file| self.project.path(file)).collect(),
            env_files: if is_usual { Vec::new() } else { vec![env_file] },
            version: self.compose_version(),
            working_dir: folder,
        }
    }

    /// Whose project it is, where the file cannot be read: what runs is to be stopped all the same.
    pub(super) fn identity_of_broken_file(&self) -> Identity {
        let file = self.project.path(self.compose_file().unwrap_or_default());
        let folder = file.parent().unwrap_or(self.project.root()).to_owned();
        Identity {
            name: self.name_of_broken_file(&folder),
            config_files: vec![file],
            env_files: Vec::new(),
            version: self.compose_version(),
            working_dir: folder,
        }
    }

    /// The name of the project: that of the file where it can be read.
    pub(crate) fn project_name(&self) -> String {
        self.compose().map_or_else(|_| self.identity_of_broken_file().name, |compose| compose.stack.name)
    }

    /// `--project-name`, `COMPOSE_PROJECT_NAME`, `name` as it is written, the folder.
    fn name_of_broken_file(&self, folder: &Utf8Path) -> String {
        let variable = self.variables().ok().and_then(|it| it.get("COMPOSE_PROJECT_NAME").map(str::to_owned));
        let shell = || std::env::var("COMPOSE_PROJECT_NAME").ok();
        let text = self.compose_file().and_then(|path: Utf8PathBuf| self.project.read_optional(path).ok().flatten());
        let written = text.as_deref().and_then(project_name::written).map(str::to_owned);
        let folder = folder.file_name().map(str::to_owned);
        let names = [self.selection.project_name.clone(), variable.or_else(shell), written, folder];
        let names = names.into_iter().flatten().map(|name| project_name::normalise(&name));
        names.into_iter().find(|name| !name.is_empty()).unwrap_or_default()
    }
}
