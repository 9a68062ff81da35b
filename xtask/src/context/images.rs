//! The images of services: which are there, and how the others are had.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Context;
use super::project::Services;
use super::pulled::Pulled;
use crate::diagnostic::{Diagnose as _, Report, Result};
use crate::docker::{Credentials, Docker, ImageBuild, LocalImage, Pull};
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

/// Whether an image is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    Absent,
    /// It was pulled or built so long ago; unknown where nobody tells.
    For(Option<SignedDuration>),
}

impl Presence {
    /// How it is now, if it was pulled then.
    fn of(image: Option<&LocalImage>, pulled_at: Option<Timestamp>, now: Timestamp) -> Self {
        let age = |image: &LocalImage| image.tagged_at.max(pulled_at).map(|at| now.duration_since(at));
        image.map_or(Self::Absent, |image| Self::For(age(image)))
    }

    fn is_older_than(self, period: Duration) -> bool {
        match self {
            Self::Absent | Self::For(None) => true,
            Self::For(Some(age)) => Duration::try_from(age).is_ok_and(|age| age > period),
        }
    }
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
    pub(crate) fn of(service: &Service, there: Presence, wish: ImageWish) -> Self {
        let policy = service.pull_policy.as_ref();
        let is_there = there != Presence::Absent;
        if service.build.is_some() {
            return if wish.build || policy == Some(&PullPolicy::Build) || !is_there {
                Self::Build
            } else {
                Self::Keep
            };
        }
        match policy {
            Some(PullPolicy::Never) => Self::Keep,
            Some(PullPolicy::Always) => Self::Pull,
            Some(PullPolicy::Every { period, .. }) if there.is_older_than(*period) => Self::Pull,
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
        let known = Pulled::read(&self.state_dir()?);
        for service in chosen {
            let name = services.project().image(service);
            let image = docker.image(&name).await?;
            match Way::of(service, Presence::of(image.as_ref(), known.at(&name), Timestamp::now()), wish) {
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
        let is_refreshed = |image: &str| {
            let of_it = |it: &&&Service| project.image(it) == image;
            chosen.iter().filter(of_it).any(|it| matches!(it.pull_policy, Some(PullPolicy::Every { .. })))
        };
        let came = pulls.iter().zip(&outcomes).filter(|(_, outcome)| outcome.is_ok());
        let came: Vec<&str> = came.map(|(pull, _)| pull.image.as_str()).filter(|image| is_refreshed(image)).collect();
        if !came.is_empty() {
            let state_dir = self.state_dir()?;
            Pulled::read(&state_dir).note(&came, Timestamp::now(), &state_dir);
        }
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

    fn way(service: &str, there: Presence, wish: ImageWish) -> Way {
        let (stack, errors) =
            Stack::parse("compose.yaml", &format!("services: {{ a: {{ {service} }} }}"), &Variables::default());
        assert!(errors.is_empty(), "{errors:?}");
        Way::of(&stack.services[0], there, wish)
    }

    #[test]
    fn what_is_there_is_kept_unless_somebody_wants_it_anew() {
        let (plain, anew) = (ImageWish::default(), ImageWish { build: true, pull: true });
        for (service, kept, missing, wanted) in [
            ("image: x", Way::Keep, Way::Pull, Way::Pull),
            ("image: x, pull_policy: always", Way::Pull, Way::Pull, Way::Pull),
            ("image: x, pull_policy: never", Way::Keep, Way::Keep, Way::Keep),
            ("build: .", Way::Keep, Way::Build, Way::Build),
            ("image: x, build: .", Way::Keep, Way::Build, Way::Build),
            ("image: x, build: ., pull_policy: build", Way::Build, Way::Build, Way::Build),
        ] {
            let there = Presence::For(None);
            let found = (way(service, there, plain), way(service, Presence::Absent, plain), way(service, there, anew));
            assert_eq!(found, (kept, missing, wanted), "{service}");
        }
    }

    #[test]
    fn what_is_to_be_refreshed_is_pulled_once_it_is_old() {
        let hours = |hours| Presence::For(Some(SignedDuration::from_hours(hours)));
        for (policy, new, old) in [
            ("daily", hours(23), hours(25)),
            ("weekly", hours(7 * 24 - 1), hours(7 * 24 + 1)),
            ("every_1d12h", hours(35), hours(37)),
            // A clock that was set back makes nothing old; an age that nobody knows is no reason to trust it.
            ("every_1s", hours(-5), Presence::For(None)),
        ] {
            let way = |there| way(&format!("image: x, pull_policy: {policy}"), there, ImageWish::default());
            assert_eq!((way(new), way(old), way(Presence::Absent)), (Way::Keep, Way::Pull, Way::Pull), "{policy}");
        }
    }
}
