//! Building images.
//!
//! BuildKit builds wherever the engine has it. It is used without a session, the second connection over which clients lend it
//! credentials and files: the context is sent with the request, and the images that a build begins with are pulled beforehand, where
//! our credentials count and failures can be told. What needs a session all the same (`RUN --mount=type=secret` and `type=ssh`) is
//! refused by the engine, and told.

mod context;
mod dockerfile;
mod error;
mod ignore;
mod order;
mod request;
mod trace;

use std::time::Instant;

use base64::Engine as _;
use camino::{Utf8Path, Utf8PathBuf};
use futures_util::future::join_all;
use serde::Deserialize;

use super::credentials::Credentials;
use super::engine::Docker;
use super::error::DockerError;
use super::json_lines::JsonLines;
use super::pull::Pull;
use crate::event::{Event, ImageEnd, ImageWork, Listener};
use crate::stack::Service;
use crate::stack::build::Build;

pub use error::BuildError;
use request::Prepared;
use trace::Trace;

/// The message of the stream that carries a trace of BuildKit.
const TRACE: &str = "moby.buildkit.trace";

/// An image that is to be built, for one service or for several that build the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageBuild {
    /// The project.
    pub project: String,
    /// The services, the first of which gives its name to the labels.
    pub services: Vec<String>,
    /// The names that the image gets.
    pub tags: Vec<String>,
    /// The section of the Compose file.
    pub build: Build,
    /// The folder that relative paths of the section begin at.
    pub directory: Utf8PathBuf,
    /// The platform that it is built for, if one is named.
    pub platform: Option<String>,
    /// The version of compose in whose manner the image is labelled.
    pub compose_version: String,
    /// Whether the classic builder is wanted although there is BuildKit: `DOCKER_BUILDKIT=0`.
    pub classic: bool,
}

/// One message of the stream of a build.
#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    id: String,
    #[serde(default)]
    stream: String,
    #[serde(default)]
    aux: serde_json::Value,
    error: Option<String>,
}

impl ImageBuild {
    /// The build of a service, if it has one. `tag` is the name of its image.
    pub fn of(
        project: &str,
        service: &Service,
        tag: &str,
        directory: &Utf8Path,
        compose_version: &str,
    ) -> Option<Self> {
        let build = service.build.clone()?;
        let platform = service.platform.as_ref().map(|platform| platform.value.clone());
        let mut tags = vec![tag.to_owned()];
        tags.extend(build.tags.iter().cloned());
        Some(Self {
            project: project.to_owned(),
            services: vec![service.name.clone()],
            tags,
            platform: platform.or_else(|| build.platforms.first().cloned()),
            build,
            directory: directory.to_owned(),
            compose_version: compose_version.to_owned(),
            classic: std::env::var("DOCKER_BUILDKIT").is_ok_and(|value| matches!(value.as_str(), "0" | "false")),
        })
    }

    /// Joins builds that would make the same image: it is made once, and gets all their names.
    pub fn grouped(builds: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for build in builds {
            match groups.iter_mut().find(|group| group.is_same_as(&build)) {
                Some(group) => {
                    group.services.extend(build.services);
                    group
                        .tags
                        .extend(build.tags.into_iter().filter(|tag| !group.tags.contains(tag)).collect::<Vec<_>>());
                }
                None => groups.push(build),
            }
        }
        groups
    }

    /// Whether everything but names and places is equal.
    fn is_same_as(&self, other: &Self) -> bool {
        let bare = |build: &Build| Build { place: self.build.place.clone(), tags: Vec::new(), ..build.clone() };
        bare(&self.build) == bare(&other.build) && self.platform == other.platform && self.directory == other.directory
    }

    /// The name by which it is spoken of.
    pub fn name(&self) -> &str {
        self.tags.first().map_or("", String::as_str)
    }
}

impl Docker {
    /// Builds images, at the same time where none needs another; the ids of the images come in the order of the builds. One
    /// that fails keeps none of the others from being built, except those that begin with it.
    pub async fn build_all(
        &self,
        builds: &[ImageBuild],
        credentials: &Credentials,
        listener: &dyn Listener,
    ) -> Vec<Result<String, DockerError>> {
        let mut results: Vec<Option<Result<String, DockerError>>> = builds.iter().map(|_| None).collect();
        for wave in order::waves(builds) {
            let built = wave.iter().map(|number| self.build(&builds[*number], credentials, listener));
            for (number, result) in wave.iter().zip(join_all(built).await) {
                results[*number] = Some(result);
            }
        }
        // Each build is in one wave.
        results.into_iter().flatten().collect()
    }

    /// Builds one image, and gives its id. Building ends where the future is dropped.
    ///
    /// # Errors
    /// The context or the Dockerfile cannot be read, a base image cannot be pulled, or a step fails.
    pub async fn build(
        &self,
        build: &ImageBuild,
        credentials: &Credentials,
        listener: &dyn Listener,
    ) -> Result<String, DockerError> {
        let begun = Instant::now();
        let mut prepared = Prepared::read(build)?;
        prepared.add_args(self.proxies());
        self.pull_bases(build, &prepared, credentials, listener).await?;
        let image = build.name().to_owned();
        listener.on(Event::ImageBegun { image: image.clone(), work: ImageWork::Build });
        let built = self.build_from(build, &prepared, listener).await;
        let end = match &built {
            Ok(_) => ImageEnd::Built { took: begun.elapsed() },
            Err(error) => ImageEnd::Failed { reason: error.to_string() },
        };
        listener.on(Event::ImageEnded { image, end });
        built
    }

    /// Pulls the images that it begins with: those that are missing, or all where `pull` asks for it.
    async fn pull_bases(
        &self,
        build: &ImageBuild,
        prepared: &Prepared,
        credentials: &Credentials,
        listener: &dyn Listener,
    ) -> Result<(), DockerError> {
        let mut pulls = Vec::new();
        for image in prepared.images() {
            if build.build.pull || self.image(&image).await?.is_none() {
                pulls.push(Pull { image, platform: build.platform.clone() });
            }
        }
        for pulled in self.pull_all(&pulls, credentials, listener).await {
            pulled?;
        }
        Ok(())
    }

    async fn build_from(
        &self,
        build: &ImageBuild,
        prepared: &Prepared,
        listener: &dyn Listener,
    ) -> Result<String, DockerError> {
        let (request, sent) = prepared.request(build, self.has_buildkit() && !build.classic)?;
        let mut trace = Trace::default();
        let outcome = async {
            let mut messages = JsonLines::new(self.send(request).await?.into_body());
            while let Some(message) = messages.next::<Message>().await? {
                for line in told(&mut trace, &message) {
                    listener.on(Event::ImageOutput { image: build.name().to_owned(), line });
                }
                if let Some(message) = message.error {
                    return Err(DockerError::Refused { status: 500, message });
                }
            }
            Ok(())
        };
        let outcome = outcome.await;
        if let Some(cause) = sent.failure() {
            return Err(BuildError::ContextUnreadable { image: build.name().to_owned(), cause }.into());
        }
        match outcome {
            Err(DockerError::Refused { message, .. }) => Err(prepared.failed(build, &message, trace.failed()).into()),
            Err(error) => Err(error),
            Ok(()) => match self.image(build.name()).await? {
                Some(image) => Ok(image.id),
                None => {
                    Err(prepared.failed(build, "the engine says that it is built, and does not have it", None).into())
                }
            },
        }
    }

    /// Whether the engine builds with BuildKit: all do that are new enough to be spoken with, except for containers of Windows and
    /// Podman.
    fn has_buildkit(&self) -> bool {
        !self.engine().is_podman && self.engine().os == "linux"
    }
}

/// The lines of a message that a person should see.
fn told(trace: &mut Trace, message: &Message) -> Vec<String> {
    if message.id == TRACE {
        let encoded = message.aux.as_str().unwrap_or_default();
        let bytes = base64::engine::general_purpose::STANDARD.decode(encoded).unwrap_or_default();
        return trace.take_trace(&bytes);
    }
    trace.take_text(&message.stream)
}
