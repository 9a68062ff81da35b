//! The Docker engine: found, spoken to over the Engine API, and what goes wrong with it explained.
//!
//! [`Docker`] owns the connection. This is the only module that names bollard and what lies below it.

mod endpoint;
mod engine;
mod error;
mod stream;
mod transport;

pub use endpoint::{Address, Endpoint, Origin, Tls};
pub use engine::{Docker, Engine, EngineInfo, LocalImage};
pub use error::DockerError;
