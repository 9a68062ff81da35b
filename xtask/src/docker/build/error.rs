//! Why an image cannot be built.

use camino::Utf8PathBuf;

use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit, Place};
use crate::docker::error::capital;

const FAILED: Code = Code::new("build-failed");
const CONTEXT_MISSING: Code = Code::new("build-context-missing");
const CONTEXT_UNREADABLE: Code = Code::new("build-context-unreadable");
const DOCKERFILE_MISSING: Code = Code::new("build-dockerfile-missing");

/// An image that cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum BuildError {
    /// A step failed, or the Dockerfile has a mistake.
    #[error("the image {image} cannot be built")]
    Failed { image: String, said: String, step: Option<String>, lines: Vec<String>, place: Option<Box<Place>> },
    /// The folder is not there.
    #[error("the context of the image {image} is not there: {folder}")]
    ContextMissing { image: String, folder: Utf8PathBuf, place: Box<Place> },
    /// A file of the context cannot be read.
    #[error("the context of the image {image} cannot be read")]
    ContextUnreadable { image: String, cause: String },
    /// The Dockerfile cannot be read.
    #[error("the Dockerfile of the image {image} cannot be read: {path}")]
    DockerfileMissing { image: String, path: Utf8PathBuf, cause: String, place: Box<Place> },
}

impl Diagnose for BuildError {
    fn diagnose(&self) -> Diagnostic {
        let title = capital(&self.to_string());
        match self {
            Self::Failed { said, step, lines, place, .. } => {
                let mut found = Diagnostic::error(FAILED, Exit::Failed, title);
                if let Some(place) = place {
                    found = found.at((**place).clone());
                }
                if let Some(step) = step {
                    found = found.because(format!("step {}", step.trim_start_matches("Step ")));
                }
                if !lines.is_empty() {
                    found = found.because(lines.join("\n"));
                }
                found = found.because(said.clone());
                next(found, said, &lines.join("\n"))
            }
            Self::ContextMissing { place, .. } => Diagnostic::error(CONTEXT_MISSING, Exit::Usage, title)
                .at((**place).clone())
                .advise("Correct `context`: it begins at the folder of the Compose file"),
            Self::DockerfileMissing { cause, place, .. } => Diagnostic::error(DOCKERFILE_MISSING, Exit::Usage, title)
                .at((**place).clone())
                .because(cause.clone())
                .advise("Correct `dockerfile`: it begins at the context"),
            Self::ContextUnreadable { cause, .. } => Diagnostic::error(CONTEXT_UNREADABLE, Exit::Failed, title)
                .because(cause.clone())
                .advise("Give this account the right to read it, or leave it out with a line in .dockerignore"),
        }
    }
}

/// What can be done about it, as far as the words tell.
fn next(found: Diagnostic, said: &str, output: &str) -> Diagnostic {
    let says = |text: &str| said.contains(text) || output.contains(text);
    let found = match () {
        () if says("no space left on device") => {
            found.try_command("Make room: remove what builds have left", "docker builder prune")
        }
        () if says("no active session") || says("secret") && says("not found") => found.advise(
            "RUN with a mount of type secret or ssh is not supported; build this image with docker compose build",
        ),
        () if says("Could not resolve") || says("Temporary failure") || says("network is unreachable") => found.advise(
            "The build has no network: see whether the engine's machine is online; `network: host` in `build` may help",
        ),
        () => found.advise("Correct the step"),
    };
    found.try_command("Build it again, without what is kept of the last time", "cargo xtask build --no-cache")
}
