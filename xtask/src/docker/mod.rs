//! The Docker engine: found, spoken to over the Engine API, and what goes wrong with it explained.
//!
//! [`Docker`] owns the connection. This is the only module that names bollard and what lies below it.

mod credentials;
mod elsewhere;
mod endpoint;
mod engine;
mod error;
mod json_lines;
mod logs;
mod multiplexed;
mod pull;
mod ssh;
mod stream;
mod tls;
mod transport;
mod unanswered;

pub use credentials::Credentials;
pub use endpoint::{Address, Endpoint, EndpointError, Origin, Tls};
pub use engine::{Docker, Engine, EngineInfo, LocalImage};
pub use error::DockerError;
pub use logs::{Logs, TakeLine, since};
pub use pull::{Pull, PullError, PullFailure};
pub use unanswered::Unanswered;
