//! Services are brought up, stopped and taken down.
//!
//! What is to be done is decided by [`Plan`], from what the file wants and what the engine has; here it is done. Every step can be
//! repeated: whatever ends a run in the middle, the next one looks at what is there and goes on.

mod finished;
mod hooks;
mod lock;
mod make;
mod one_off;
mod podman;
mod preflight;
mod run;
mod step;
mod wait;
mod wake;

use std::cell::RefCell;
use std::pin::pin;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::engine::Docker;
use super::explain::ServiceError;
use super::observe::Scope;
use super::probe::Probe;
use crate::diagnostic::{Report, Result};
use crate::event::{Event, Listener};
use crate::lifecycle::labels;
use crate::lifecycle::observed::{Container, Observed};
use crate::lifecycle::{self, DownOptions, Identity, Plan, Project, UpOptions};
use crate::stack::Stack;
use finished::Finished;
pub use preflight::missing_mounts;
use run::Run;
use wake::Wake;

/// How services are to be brought up.
#[derive(Clone, Debug)]
pub struct UpRequest {
    /// What somebody wants.
    pub options: UpOptions,
    /// How long everything together may take to become ready.
    pub wait_timeout: Duration,
    /// A folder of the tool's own, which exists: for the lock, and for what it remembers.
    pub state_dir: Utf8PathBuf,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct UpReport {
    /// The containers of the project, as they are now.
    pub containers: Vec<Container>,
    /// Whether anything was changed.
    pub changed: bool,
}

/// How services are to be taken down.
#[derive(Clone, Debug)]
pub struct DownRequest {
    /// What somebody wants.
    pub options: DownOptions,
    /// A folder of the tool's own, which exists.
    pub state_dir: Utf8PathBuf,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DownReport {
    /// Whether anything was changed.
    pub changed: bool,
    /// The volumes of the project that are still there.
    pub kept_volumes: Vec<String>,
}

impl Docker {
    /// Makes services run as the file wants them, and waits until they can be used.
    ///
    /// The images must be there. `interrupt` ends when a person presses Ctrl-C; then what is being done is brought to an end, and
    /// nothing more is begun. `probe` is asked whether its service can be used after its health check says so.
    ///
    /// # Errors
    /// Everything that failed, at once; what did not fail is left running.
    pub async fn up(
        &self,
        project: Project<'_>,
        request: &UpRequest,
        listener: &dyn Listener,
        probe: Option<&dyn Probe>,
        interrupt: impl Future<Output = ()>,
    ) -> Result<UpReport> {
        let mut interrupt = pin!(interrupt);
        let _lock = tokio::select! {
            held = lock::lock(&request.state_dir, listener) => held?,
            () = &mut interrupt => return Err(ServiceError::Interrupted { running: Vec::new(), unfinished: Vec::new() }.into()),
        };
        let mut options = request.options.clone();
        let services = lifecycle::selected(project.stack, &options.services, &options.profiles);
        let services = services.map_err(|error| ServiceError::Plan(error.into()))?;
        let observed = self.observe(&Scope::of(project, &services)).await?;
        self.refuse_other_folder(project.identity, &observed, listener)?;
        let mut finished = Finished::read(&request.state_dir);
        finished.learn(self, &observed.containers).await;
        options.finished = finished.ended.clone();
        let plan = Plan::up(project, &observed, &options);
        let plan = plan.map_err(|errors| all(errors.into_iter().map(ServiceError::Plan), project.stack))?;
        self.look_ahead(project, &plan, &observed, listener).await?;
        tell_notices(&plan, listener);

        // Nobody is started before the news are followed.
        let wake = Wake::subscribe(self, project.name()).await;
        let mut run = Run::new(self, listener, &observed, Some(&wake)).of(project, probe, request.wait_timeout);
        run.finished = RefCell::new(finished);
        let outcome = run.run(&plan, interrupt.as_mut()).await;
        let names: Vec<&str> = services.iter().map(|service| service.name.as_str()).collect();
        let is_ours = |container: &Container| names.contains(&container.service());
        let mut containers = self.observe(&Scope::named(project.name())).await?.containers;
        let mut finished = run.finished.take();
        finished.learn(self, &containers).await;
        finished.write(&request.state_dir);
        // What `run` has left behind says nothing of its service.
        containers.retain(|container| !container.is_oneoff());
        outcome.settle(&containers, Some(project.stack))?;
        if options.wait {
            let late = run.last_look(containers.iter().filter(|it| is_ours(it))).await;
            Report::from_all(late).map_or(Ok(()), Err)?;
        }
        Ok(UpReport { containers, changed: plan.changes_anything() })
    }

    /// Removes the containers and networks of a project, and its volumes if that is asked for. `stack` is what the file says, where
    /// it can be read.
    ///
    /// # Errors
    /// Everything that failed, at once.
    pub async fn down(
        &self,
        identity: &Identity,
        stack: Option<&Stack>,
        request: &DownRequest,
        listener: &dyn Listener,
        interrupt: impl Future<Output = ()>,
    ) -> Result<DownReport> {
        let plan = |observed: &Observed| Plan::down(stack, observed, &request.options);
        let changed = self.take_down(identity, stack, &request.state_dir, plan, listener, interrupt).await?;
        let left = self.observe(&Scope::named(&identity.name)).await?;
        Ok(DownReport { changed, kept_volumes: left.volumes.into_iter().map(|volume| volume.name).collect() })
    }

    /// Stops the containers of a project, or of the services that are named; removes nothing.
    ///
    /// # Errors
    /// Everything that failed, at once.
    pub async fn stop(
        &self,
        identity: &Identity,
        stack: Option<&Stack>,
        request: &DownRequest,
        listener: &dyn Listener,
        interrupt: impl Future<Output = ()>,
    ) -> Result<bool> {
        let DownOptions { services, grace, .. } = &request.options;
        let plan = |observed: &Observed| Plan::stop(stack, observed, services, *grace);
        self.take_down(identity, stack, &request.state_dir, plan, listener, interrupt).await
    }

    async fn take_down(
        &self,
        identity: &Identity,
        stack: Option<&Stack>,
        state_dir: &Utf8Path,
        plan: impl Fn(&Observed) -> Plan,
        listener: &dyn Listener,
        interrupt: impl Future<Output = ()>,
    ) -> Result<bool> {
        let mut interrupt = pin!(interrupt);
        let _lock = lock::lock(state_dir, listener).await?;
        let observed = self.observe(&Scope::named(&identity.name)).await?;
        self.refuse_other_folder(identity, &observed, listener)?;
        let plan = plan(&observed);
        tell_notices(&plan, listener);
        let run = Run::new(self, listener, &observed, None).beside(stack);
        let outcome = run.run(&plan, interrupt.as_mut()).await;
        if outcome.is_clean() {
            return Ok(plan.changes_anything());
        }
        let containers = self.observe(&Scope::named(&identity.name)).await?.containers;
        outcome.settle(&containers, stack)?;
        Ok(plan.changes_anything())
    }

    /// A project of the same name from another folder would have its containers taken from it.
    fn refuse_other_folder(
        &self,
        identity: &Identity,
        observed: &Observed,
        listener: &dyn Listener,
    ) -> Result<(), ServiceError> {
        let Some(found) = other_folder(identity, observed) else { return Ok(()) };
        if let ServiceError::OtherFolder { theirs, container, .. } = &found
            && self.endpoint().published_host().is_none()
            && !theirs.exists()
        {
            let what = format!("{container} was made from {theirs}, which is gone; it now belongs to this folder");
            listener.on(Event::Notice { what });
            return Ok(());
        }
        Err(found)
    }
}

/// The failure that the containers of the project are those of another folder, for who only looks at them; nothing where they are ours.
pub fn other_folder(identity: &Identity, observed: &Observed) -> Option<ServiceError> {
    let other = observed.other_folder(|folder| is_same_folder(&identity.working_dir, folder))?;
    Some(ServiceError::OtherFolder {
        project: identity.name.clone(),
        ours: identity.working_dir.clone(),
        theirs: other.label(labels::WORKING_DIR).map(Utf8PathBuf::from).unwrap_or_default(),
        container: other.name.clone(),
    })
}

/// Whether two paths are one folder, be it under two names.
fn is_same_folder(one: &Utf8Path, other: &Utf8Path) -> bool {
    one == other || matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn tell_notices(plan: &Plan, listener: &dyn Listener) {
    for what in &plan.notices {
        listener.on(Event::Notice { what: what.clone() });
    }
}

/// Several failures as one report.
fn all(errors: impl IntoIterator<Item = ServiceError>, stack: &Stack) -> Report {
    let found: Vec<_> = errors.into_iter().map(|error| error.diagnose_in(Some(stack))).collect();
    // Failures are errors, so there is always a report.
    Report::from_all(found)
        .unwrap_or_else(|| ServiceError::Interrupted { running: Vec::new(), unfinished: Vec::new() }.into())
}
