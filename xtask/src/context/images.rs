//! The images of services: which are there, and how the others are had.

use super::Context;
use super::project::Services;
use crate::diagnostic::{Diagnose as _, Report, Result};
use crate::docker::{Credentials, Docker, ImageBuild, Pull};
use crate::stack::Service;
use crate::stack::selection::active_profiles;
use crate::stack::service::PullPolicy;

/// How the image of a service comes to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// It is there, or has to be.
    Keep,
    /// From its registry.
    Pull,
    /// From its Dockerfile.
    Build,
}

/// What somebody wants of images.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ImageWish {
    /// What is built is built anew.
    pub(crate) build: bool,
    /// What is pulled is pulled anew.
    pub(crate) pull: bool,
}

/// How somebody wants images to be built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BuildWish {
    /// Every step is run anew.
    pub(crate) no_cache: bool,
    /// The images that builds begin with are pulled anew.
    pub(crate) pull: bool,
}

impl Way {
    /// What the file and the person want, as compose decides it.
    pub(crate) fn of(service: &Service, is_there: bool, wish: ImageWish) -> Self {
        let policy = service.pull_policy;
        if service.build.is_some() {
            return if wish.build || policy == Some(PullPolicy::Build) || !is_there { Self::Build } else { Self::Keep };
        }
        match policy {
            Some(PullPolicy::Never) => Self::Keep,
            Some(PullPolicy::Always) => Self::Pull,
            _ if wish.pull || !is_there => Self::Pull,
            _ => Self::Keep,
        }
    }
}

impl Context {
    /// Makes sure that the images of these services are there, pulled or built; gives whether any was not.
    pub(crate) async fn ensure_images(
        &self,
        services: &Services,
        chosen: &[&Service],
        wish: ImageWish,
    ) -> Result<bool> {
        let docker = self.docker().await?;
        let (mut pulled, mut built) = (Vec::new(), Vec::new());
        for service in chosen {
            let is_there = docker.image(&services.project().image(service)).await?.is_some();
            match Way::of(service, is_there, wish) {
                Way::Keep => {}
                Way::Pull => pulled.push(*service),
                Way::Build => built.push(*service),
            }
        }
        self.pull_images(&docker, services, &pulled).await?;
        self.build_images(&docker, services, &built, BuildWish::default()).await?;
        Ok(!(pulled.is_empty() && built.is_empty()))
    }

    /// The services that were named, or all that take part.
    pub(crate) fn named_services<'s>(&self, services: &'s Services, names: &[String]) -> Result<Vec<&'s Service>> {
        let profiles = active_profiles(&self.selection.profiles, &services.compose.variables);
        let mut chosen = services.stack.select(&profiles, names)?.services;
        chosen.retain(|service| names.is_empty() || names.contains(&service.name));
        Ok(chosen)
    }

    /// Builds the images of services, each once; gives their names. Every failure is told.
    pub(crate) async fn build_images(
        &self,
        docker: &Docker,
        services: &Services,
        chosen: &[&Service],
        wish: BuildWish,
    ) -> Result<Vec<String>> {
        let (project, version) = (services.project(), &services.identity.version);
        let builds = chosen.iter().filter_map(|service| {
            let tag = project.image(service);
            let mut build = ImageBuild::of(project.name(), service, &tag, &services.identity.working_dir, version)?;
            build.build.no_cache |= wish.no_cache;
            build.build.pull |= wish.pull;
            Some(build)
        });
        let builds = ImageBuild::grouped(builds);
        if builds.is_empty() {
            return Ok(Vec::new());
        }
        let outcomes = {
            let listener = self.ui.listener();
            docker.build_all(&builds, &Credentials::load()?, &listener).await
        };
        let failures = outcomes.into_iter().filter_map(Result::err);
        Report::from_all(failures.map(|error| error.diagnose()).collect()).map_or(Ok(()), Err)?;
        Ok(builds.into_iter().flat_map(|build| build.tags).collect())
    }

    /// Pulls the images of services, each once; gives their names. Every failure is told.
    pub(crate) async fn pull_images(
        &self,
        docker: &Docker,
        services: &Services,
        chosen: &[&Service],
    ) -> Result<Vec<String>> {
        let project = services.project();
        let mut pulls: Vec<Pull> = chosen
            .iter()
            .map(|service| Pull {
                image: project.image(service),
                platform: service.platform.as_ref().map(|platform| platform.value.clone()),
            })
            .collect();
        pulls.sort();
        pulls.dedup();
        if pulls.is_empty() {
            return Ok(Vec::new());
        }
        let outcomes = {
            let listener = self.ui.listener();
            docker.pull_all(&pulls, &Credentials::load()?, &listener).await
        };
        let place_of = |image: &str| {
            let named = chosen.iter().find(|service| project.image(service) == image)?.image.as_ref()?;
            Some(named.place.clone())
        };
        let failures = pulls.iter().zip(outcomes).filter_map(|(pull, outcome)| {
            let mut found = outcome.err()?.diagnose();
            found.places.extend(place_of(&pull.image));
            Some(found)
        });
        Report::from_all(failures.collect()).map_or(Ok(()), Err)?;
        Ok(pulls.into_iter().map(|pull| pull.image).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::{Stack, Variables};

    fn way(service: &str, is_there: bool, wish: ImageWish) -> Way {
        let (stack, errors) =
            Stack::parse("compose.yaml", &format!("services: {{ a: {{ {service} }} }}"), &Variables::default());
        assert!(errors.is_empty(), "{errors:?}");
        Way::of(&stack.services[0], is_there, wish)
    }

    #[test]
    fn what_is_there_is_kept_unless_somebody_wants_it_anew() {
        let (plain, anew) = (ImageWish::default(), ImageWish { build: true, pull: true });
        for (service, there, missing, wanted) in [
            ("image: x", Way::Keep, Way::Pull, Way::Pull),
            ("image: x, pull_policy: always", Way::Pull, Way::Pull, Way::Pull),
            ("image: x, pull_policy: never", Way::Keep, Way::Keep, Way::Keep),
            ("build: .", Way::Keep, Way::Build, Way::Build),
            ("image: x, build: .", Way::Keep, Way::Build, Way::Build),
            ("image: x, build: ., pull_policy: build", Way::Build, Way::Build, Way::Build),
        ] {
            let found = (way(service, true, plain), way(service, false, plain), way(service, true, anew));
            assert_eq!(found, (there, missing, wanted), "{service}");
        }
    }
}
