//! Pulling images.

mod error;
mod progress;

use std::time::Instant;

use base64::Engine as _;
use futures_util::future::join_all;
use hyper::Method;
use hyper::body::Bytes;
use hyper::header::{HeaderName, HeaderValue};

use super::credentials::{Credentials, Found};
use super::engine::{Docker, LocalImage, query, request};
use super::error::DockerError;
use super::json_lines::JsonLines;
use crate::event::{Event, ImageEnd, ImageWork, Listener};
use crate::stack::image::Image;

pub use error::{PullError, PullFailure};
use progress::{Message, Progress};

/// Carries the credentials for the registry to the engine.
const REGISTRY_AUTH: HeaderName = HeaderName::from_static("x-registry-auth");

/// An image that is to be pulled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pull {
    /// Its reference, as the Compose file writes it.
    pub image: String,
    /// The platform, `os/architecture[/variant]`; that of the engine where none is named.
    pub platform: Option<String>,
}

impl Docker {
    /// Pulls images at the same time, each once, and tells how far it is. One that cannot be pulled keeps none of the others
    /// from being so. Pulling ends where the future is dropped.
    pub async fn pull_all(
        &self,
        pulls: &[Pull],
        credentials: &Credentials,
        listener: &dyn Listener,
    ) -> Vec<Result<LocalImage, DockerError>> {
        join_all(pulls.iter().map(|pull| self.pull(pull, credentials, listener))).await
    }

    /// Pulls one image, and tells how far it is.
    ///
    /// # Errors
    /// The registry does not have it or does not give it, or the engine cannot get it from there.
    pub async fn pull(
        &self,
        pull: &Pull,
        credentials: &Credentials,
        listener: &dyn Listener,
    ) -> Result<LocalImage, DockerError> {
        listener.on(Event::ImageBegun { image: pull.image.clone(), work: ImageWork::Pull });
        let pulled = self.pull_in_silence(pull, credentials, listener).await;
        let end = match &pulled {
            Ok((_, end)) => end.clone(),
            Err(error) => ImageEnd::Failed { reason: error.to_string() },
        };
        listener.on(Event::ImageEnded { image: pull.image.clone(), end });
        pulled.map(|(image, _)| image)
    }

    async fn pull_in_silence(
        &self,
        pull: &Pull,
        credentials: &Credentials,
        listener: &dyn Listener,
    ) -> Result<(LocalImage, ImageEnd), DockerError> {
        let begun = Instant::now();
        let found = credentials.of(Image::parse(&pull.image).registry()).await;
        let failed = |said: &str| -> DockerError { PullError::new(pull, &found, said).into() };
        let answer = match self.send(pull_request(pull, &found)?).await {
            Ok(response) => response,
            Err(DockerError::Refused { message, .. }) => return Err(failed(&message)),
            Err(error) => return Err(error),
        };
        let mut messages = JsonLines::new(answer.into_body());
        let mut progress = Progress::default();
        while let Some(message) = messages.next::<Message>().await? {
            if let Some(said) = message.error {
                return Err(failed(&said));
            }
            if let Some((done, total)) = progress.take(&message) {
                listener.on(Event::ImageProgress { image: pull.image.clone(), done, total });
            }
        }
        let Some(image) = self.image(&pull.image).await? else {
            return Err(failed("the engine says that it has pulled the image, and does not have it"));
        };
        let end = match progress.is_new() {
            true => ImageEnd::Pulled { bytes: progress.total(), took: begun.elapsed() },
            false => ImageEnd::Current,
        };
        Ok((image, end))
    }
}

/// A reference without tag and digest means `latest` here; the engine would take it for all tags.
fn pull_request(pull: &Pull, found: &Found) -> Result<bollard::BollardRequest, DockerError> {
    let image = Image::parse(&pull.image);
    let mut parameters = vec![("fromImage", image.repository.as_str()), ("tag", image.tag_or_digest())];
    parameters.extend(pull.platform.as_deref().map(|platform| ("platform", platform)));
    let mut request = request(Method::POST, &format!("/images/create{}", query(parameters)), Bytes::new())?;
    if let Some(auth) = found.header() {
        let encoded = base64::engine::general_purpose::URL_SAFE.encode(auth.expose());
        let mut value =
            HeaderValue::from_str(&encoded).map_err(|error| DockerError::Lost { cause: error.to_string() })?;
        value.set_sensitive(true);
        request.headers_mut().insert(REGISTRY_AUTH, value);
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(image: &str, platform: Option<&str>) -> String {
        let pull = Pull { image: image.to_owned(), platform: platform.map(str::to_owned) };
        pull_request(&pull, &Found::Nothing).expect("a request").uri().to_string()
    }

    #[test]
    fn one_tag_or_digest_is_asked_for_and_never_all() {
        assert_eq!(path("postgres", None), "/images/create?fromImage=postgres&tag=latest");
        assert_eq!(path("h:5000/a/b:1", None), "/images/create?fromImage=h%3A5000%2Fa%2Fb&tag=1");
        assert_eq!(path("a:1@sha256:0", None), "/images/create?fromImage=a&tag=sha256%3A0");
        assert_eq!(path("a:1", Some("linux/arm64")), "/images/create?fromImage=a&tag=1&platform=linux%2Farm64");
    }
}
