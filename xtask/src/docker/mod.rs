//! The Docker engine: found, spoken to over the Engine API, and what goes wrong with it explained.
//!
//! [`Docker`] owns the connection. This is the only module that names bollard and what lies below it.

mod act;
mod apply;
mod attach;
mod build;
mod create;
mod credentials;
mod elsewhere;
mod endpoint;
mod engine;
mod error;
mod exec;
mod explain;
mod json_lines;
mod logs;
mod multiplexed;
mod observe;
mod probe;
mod proxies;
mod pull;
mod run;
mod ssh;
mod stream;
mod tls;
mod transport;
mod unanswered;
mod usage;

pub use apply::{DownReport, DownRequest, UpReport, UpRequest, missing_mounts, other_folder};
pub use attach::{Size, Streams, standard_input};
pub use build::{BuildError, ImageBuild};
pub use credentials::Credentials;
pub use endpoint::{Address, Endpoint, EndpointError, Origin, Tls};
pub use engine::{Docker, Engine, EngineInfo, LocalImage};
pub use error::DockerError;
pub use exec::Exec;
pub use explain::{MissingMount, Owner, PortUser, PortWish, ServiceError};
pub use logs::{Logs, TakeLine, since};
pub use observe::Scope;
pub use probe::{Answer, Asked, Probe};
pub use pull::{Pull, PullError, PullFailure};
pub use run::one_off_name;
pub use unanswered::Unanswered;
