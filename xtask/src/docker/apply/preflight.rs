//! What can be known to go wrong before anything is touched.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use super::super::engine::Docker;
use super::super::explain::{MissingMount, ServiceError};
use super::all;
use super::make::minor;
use crate::diagnostic::Result;
use crate::event::{Event, Listener};
use crate::lifecycle::Project;
use crate::lifecycle::observed::Observed;
use crate::lifecycle::plan::{Plan, Step};
use crate::stack::Service;

/// The version of the API from which on a health check may have another interval while its container starts.
const START_INTERVAL: u32 = 44;

impl Docker {
    /// Looks ahead at what the plan will need, and says what is missing, all at once.
    pub(super) async fn look_ahead(
        &self,
        project: Project<'_>,
        plan: &Plan,
        observed: &Observed,
        listener: &dyn Listener,
    ) -> Result<()> {
        let (made, started) = (made(plan), started(plan));
        let service = |name: &&str| project.stack.service(name);
        let made: Vec<&Service> = made.iter().filter_map(service).collect();
        let started: Vec<&Service> = started.iter().filter_map(service).collect();
        let mut errors = Vec::new();
        for service in &made {
            let image = project.image(service);
            if !observed.images.contains_key(&image) {
                let (service, is_built) = (service.name.clone(), service.build.is_some());
                errors.push(ServiceError::ImageMissing { service, image, is_built });
            }
            errors.extend(project.injected(service).err().map(ServiceError::NoContent));
        }
        // Only an engine of this machine mounts what is here.
        if self.endpoint().published_host().is_none() {
            let missing: Vec<MissingMount> = started.iter().flat_map(|it| missing_mounts(project, it)).collect();
            if !missing.is_empty() {
                errors.push(ServiceError::MountMissing { missing });
            }
        }
        if !errors.is_empty() {
            return Err(all(errors, project.stack));
        }
        self.tell_of_platforms(project, &made, observed, listener).await;
        let has_interval = |it: &&&Service| it.healthcheck.as_ref().is_some_and(|check| check.start_interval.is_some());
        if let Some(service) = made.iter().find(has_interval).filter(|_| minor(&self.engine().api) < START_INTERVAL) {
            let name = &service.name;
            let what =
                format!("start_interval of the health check of {name} needs engine 25.0, and has no effect here");
            listener.on(Event::Notice { what });
        }
        Ok(())
    }

    /// One line where an image is made for another processor than that of the engine.
    async fn tell_of_platforms(
        &self,
        project: Project<'_>,
        services: &[&Service],
        observed: &Observed,
        listener: &dyn Listener,
    ) {
        let platforms = services.iter().filter_map(|service| {
            let image = project.image(service);
            Some((image.clone(), observed.images.get(&image)?.platform.clone()))
        });
        let platforms: BTreeSet<(String, String)> = platforms.collect();
        if platforms.is_empty() {
            return;
        }
        let Ok(info) = self.info().await else { return };
        let own = architecture(&info.architecture);
        for (image, platform) in platforms {
            let made_for = platform.split('/').nth(1).unwrap_or_default();
            if !made_for.is_empty() && !own.is_empty() && architecture(made_for) != own {
                let what = format!(
                    "image {image} is made for {platform}, the engine runs on {own}: it is slow, if it runs at all"
                );
                listener.on(Event::Notice { what });
            }
        }
    }
}

/// Kernels and images name processors differently.
fn architecture(name: &str) -> &str {
    match name {
        "x86_64" | "x86-64" => "amd64",
        "aarch64" => "arm64",
        "armv7l" | "armhf" => "arm",
        "i386" | "i686" => "386",
        other => other,
    }
}

/// The services of which containers are made.
fn made(plan: &Plan) -> BTreeSet<&str> {
    let service = |step| match step {
        &Step::Create(ref replica) | &Step::Recreate { ref replica, .. } => Some(replica.service.as_str()),
        _ => None,
    };
    plan.nodes().iter().filter_map(|node| service(&node.step)).collect()
}

/// The services of which containers are made or started.
fn started(plan: &Plan) -> BTreeSet<&str> {
    let service = |step| match step {
        &Step::Start(ref replica) | &Step::Restart { ref replica, .. } => Some(replica.service.as_str()),
        _ => None,
    };
    plan.nodes().iter().filter_map(|node| service(&node.step)).chain(made(plan)).collect()
}

/// The folders and files of this machine that a service mounts and that are not there.
pub fn missing_mounts(project: Project<'_>, service: &Service) -> Vec<MissingMount> {
    let mounts = project.configuration(service, 1).mounts;
    let binds = mounts.into_iter().filter(|(_, mount)| mount.kind == "bind");
    let missing = binds.filter_map(|(target, mount)| {
        let source = Utf8PathBuf::from(mount.source);
        // On Windows a path of Unix is one of the machine in which the engine runs.
        let is_of_engine = cfg!(windows) && source.as_str().starts_with('/');
        let is_there = is_of_engine || source.exists();
        (!is_there).then(|| {
            // Secrets and configs are mounted, too, and have no line of their own.
            let line = service.volumes.iter().find(|line| line.value.target == target);
            let place = Some(line.map_or(&service.place, |line| &line.place).clone());
            MissingMount { service: service.name.clone(), source, target, place }
        })
    });
    missing.collect()
}
