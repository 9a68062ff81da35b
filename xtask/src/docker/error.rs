//! What goes wrong with the engine, with its cause and the way out.

use super::build::BuildError;
use super::elsewhere;
use super::endpoint::{Endpoint, EndpointError};
use super::engine::{Engine, OLDEST_API};
use super::pull::PullError;
use super::unanswered::{self, Unanswered};
use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit};

const TOO_OLD: Code = Code::new("engine-too-old");
const REFUSED: Code = Code::new("engine-refused");
const NOT_RUNNING: Code = Code::new("container-not-running");
const LOST: Code = Code::new("engine-connection-lost");

/// A failure of the engine, or of the way to it.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum DockerError {
    /// Nobody can tell where the engine is.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// Nobody answers as a Docker engine would.
    #[error("no Docker engine answers at {}", endpoint.address)]
    Unanswered { endpoint: Box<Endpoint>, why: Unanswered },
    /// The engine is older than what is spoken here.
    #[error("the Docker engine at {} is too old", endpoint.address)]
    TooOld { endpoint: Box<Endpoint>, engine: Box<Engine> },
    /// The engine answered that it will not, or cannot.
    #[error("the engine refuses: {message}")]
    Refused { status: u16, message: String },
    /// An image cannot be built.
    #[error(transparent)]
    Build(Box<BuildError>),
    /// An image cannot be pulled.
    #[error(transparent)]
    Pull(Box<PullError>),
    /// A container that a command was meant for does not run.
    #[error("the container {container} does not run")]
    NotRunning { container: String, message: String },
    /// The connection broke, or the answer cannot be understood.
    #[error("the connection to the engine broke: {cause}")]
    Lost { cause: String },
}

impl From<BuildError> for DockerError {
    fn from(error: BuildError) -> Self {
        Self::Build(Box::new(error))
    }
}

impl From<PullError> for DockerError {
    fn from(error: PullError) -> Self {
        Self::Pull(Box::new(error))
    }
}

impl From<bollard::errors::Error> for DockerError {
    fn from(error: bollard::errors::Error) -> Self {
        use bollard::errors::Error;
        match error {
            Error::DockerResponseServerError { status_code, message } => {
                Self::Refused { status: status_code, message: message.trim().to_owned() }
            }
            // An error inside of a stream has no status of its own.
            Error::DockerStreamError { error } => Self::Refused { status: 500, message: error },
            error => Self::Lost { cause: error.to_string() },
        }
    }
}

impl Diagnose for DockerError {
    fn diagnose(&self) -> Diagnostic {
        match self {
            Self::Endpoint(error) => error.diagnose(),
            Self::Unanswered { endpoint, why } => unanswered::diagnose(capital(&self.to_string()), endpoint, why),
            Self::TooOld { endpoint, engine } => {
                Diagnostic::error(TOO_OLD, Exit::Prerequisite, capital(&self.to_string()))
                    .because(format!(
                        "{} speaks API {}; at least {OLDEST_API} is needed, which is that of Docker 20.10",
                        engine.product, engine.newest_api
                    ))
                    .because(format!("its address comes from {}", endpoint.origin))
                    .advise("Update the engine: https://docs.docker.com/engine/install/")
            }
            Self::Refused { status, message } => Diagnostic::error(REFUSED, Exit::Failed, "The engine refuses")
                .because(message.clone())
                .because(format!("status {status}"))
                .and_next(elsewhere::log_of_engine()),
            Self::Build(error) => error.diagnose(),
            Self::Pull(error) => error.diagnose(),
            Self::NotRunning { message, .. } => {
                Diagnostic::error(NOT_RUNNING, Exit::Unhealthy, capital(&self.to_string()))
                    .because(message.clone())
                    .try_command("Start the services", "cargo xtask start-services")
                    .try_command("Or see what it said before it ended", "cargo xtask logs")
            }
            Self::Lost { cause } => Diagnostic::error(LOST, Exit::Failed, "The connection to the engine broke")
                .because(cause.clone())
                .try_command("See whether the engine still runs, then run this command again", "cargo xtask doctor"),
        }
    }
}

/// The sentence of an error as a title.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}
