//! Services in Docker: brought up, stopped and taken down, with what commands share around it.

use std::time::Duration;

use camino::Utf8PathBuf;

use super::images::ImageWish;
use super::project::Services;
use super::service_state::ServiceState;
use super::{Context, STATE_FOLDER};
use crate::diagnostic::{Diagnose as _, Diagnostic, Result, Severity};
use crate::docker::{DownRequest, Probe, Scope, ServiceError, UpRequest, other_folder};
use crate::lifecycle::observed::Observed;
use crate::lifecycle::{DownOptions, Identity, UpOptions, selected};
use crate::stack::selection::active_profiles;
use crate::stack::{Service, Stack, project_name};

/// How somebody wants services to run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wish {
    /// The services that were named; all where none was.
    pub(crate) services: Vec<String>,
    /// Images are built anew.
    pub(crate) build: bool,
    /// Images are pulled anew.
    pub(crate) pull: bool,
    /// Containers are made anew.
    pub(crate) force_recreate: bool,
    /// What runs is stopped and started.
    pub(crate) restart: bool,
    /// What the file does not have any more is removed.
    pub(crate) remove_orphans: bool,
    /// How long to wait until they are ready; not at all where there is nothing.
    pub(crate) wait: Option<Duration>,
}

/// The file beside what the engine has.
pub(crate) struct DockerView {
    /// What the file says.
    pub(crate) services: Services,
    /// What the engine has.
    pub(crate) observed: Observed,
    /// Whether the engine's machine is another one.
    pub(crate) is_elsewhere: bool,
    profiles: Vec<String>,
}

impl DockerView {
    /// The services that take part.
    pub(crate) fn chosen(&self) -> Vec<&Service> {
        selected(&self.services.compose.stack, &[], &self.profiles).unwrap_or_default()
    }
}

impl Context {
    /// What the file says and what the engine has.
    pub(crate) async fn docker_view(&self) -> Result<DockerView> {
        let services = self.services()?;
        let docker = self.docker().await?;
        let profiles = active_profiles(&self.selection.profiles, &services.compose.variables);
        let scope = {
            let project = services.project();
            Scope::of(project, &project.stack.services.iter().collect::<Vec<_>>())
        };
        let observed = docker.observe(&scope).await?;
        Ok(DockerView { services, observed, is_elsewhere: docker.endpoint().published_host().is_some(), profiles })
    }

    /// How every service is.
    pub(crate) async fn docker_states(&self) -> Result<Vec<ServiceState>> {
        let view = self.docker_view().await?;
        let finished = self.docker().await?.finished(&self.project.path(STATE_FOLDER), &view.observed.containers).await;
        let mut states = self.service_states(&view.services, &view.observed, &finished);
        let is_gone =
            |other: &ServiceError| matches!(other, ServiceError::OtherFolder { theirs, .. } if !theirs.exists());
        let other = other_folder(&view.services.identity, &view.observed);
        if let Some(other) = other.filter(|other| view.is_elsewhere || !is_gone(other)) {
            // They are as another file has them, and nothing that starts services would make them anew.
            states.iter_mut().for_each(|state| state.drift.clear());
            self.ui.warn(&Diagnostic { severity: Severity::Warning, ..other.diagnose() });
        }
        Ok(states)
    }

    /// Makes services run as the file has them: images, networks, volumes, containers, health, and for the database an answer.
    pub(crate) async fn start_in_docker(&self, wish: &Wish) -> Result<()> {
        let services = self.services()?;
        self.warn_of_compose(&services.compose);
        require_all(Some(&services.stack), &wish.services)?;
        let profiles = active_profiles(&self.selection.profiles, &services.compose.variables);
        let chosen = selected(&services.compose.stack, &wish.services, &profiles)
            .map_err(|error| ServiceError::Plan(error.into()))?;
        self.ensure_images(&services, &chosen, ImageWish { build: wish.build, pull: wish.pull }).await?;
        let request = UpRequest {
            options: UpOptions {
                services: wish.services.clone(),
                profiles,
                force_recreate: wish.force_recreate,
                restart: wish.restart,
                remove_orphans: wish.remove_orphans,
                wait: wish.wait.is_some(),
                ..UpOptions::default()
            },
            // Not to wait for everything is still to wait for what others need.
            wait_timeout: wish.wait.unwrap_or(self.config.services.wait_timeout),
            state_dir: self.state_dir()?,
        };
        let probe = self.database_probe()?;
        let probe = probe.as_ref().map(|probe| probe as &dyn Probe);
        let listener = self.ui.listener();
        let docker = self.docker().await?;
        docker.up(services.project(), &request, &listener, probe, self.interrupted()).await?;
        Ok(())
    }

    /// A slip in the name of a service is told, where the file can be read.
    pub(crate) fn require_services(&self, names: &[String]) -> Result<()> {
        require_all(self.compose().ok().map(|compose| compose.stack).as_ref(), names)
    }

    /// Stops services and removes nothing; gives whether anything ran.
    pub(crate) async fn stop_in_docker(&self, services: &[String], grace: Option<Duration>) -> Result<bool> {
        let (identity, stack) = self.whose_project().await?;
        let options = DownOptions { services: services.to_vec(), grace, ..DownOptions::default() };
        require_all(stack.as_ref(), services)?;
        let request = DownRequest { options, state_dir: self.state_dir()? };
        let docker = self.docker().await?;
        let changed = {
            let listener = self.ui.listener();
            docker.stop(&identity, stack.as_ref(), &request, &listener, self.interrupted()).await?
        };
        if !changed {
            self.ui.action("Already", "stopped");
        }
        Ok(changed)
    }

    /// Whose project it is, also where the file cannot be read; and the file, where it can.
    pub(super) async fn whose_project(&self) -> Result<(Identity, Option<Stack>)> {
        if let Ok(compose) = self.compose() {
            return Ok((self.identity(&compose), Some(compose.stack)));
        }
        let mut identity = self.identity_of_broken_file();
        let guessed = identity.working_dir.file_name().map(project_name::normalise);
        if guessed.as_ref() == Some(&identity.name) {
            // What was made from this folder says what it belongs to.
            let there = self.docker().await?.projects_of(&identity.working_dir).await?;
            if there.len() == 1 {
                identity.name = there.into_iter().collect();
            }
        }
        Ok((identity, None))
    }

    /// The folder of the tool's own, which is made and kept out of version control.
    pub(super) fn state_dir(&self) -> Result<Utf8PathBuf> {
        self.keep_state_out_of_version_control()?;
        Ok(self.project.path(STATE_FOLDER))
    }
}

/// A slip in a name is told, where the file can be read.
pub(super) fn require_all(stack: Option<&Stack>, names: &[String]) -> Result<()> {
    for name in names {
        if let Some(stack) = stack {
            stack.require(name)?;
        }
    }
    Ok(())
}
