//! The life of services, pure: what the file wants against what an engine has, and the steps from one to the other.

mod compare;
pub mod configuration;
mod difference;
mod drift;
mod facts;
pub mod labels;
pub mod names;
pub mod observed;
mod order;
pub mod plan;
mod podman;
pub mod project;
pub mod sharing;
mod stopping;
mod up;
mod verdict;
mod wanted;

pub use difference::Change;
pub use drift::drift;
pub use observed::Observed;
pub use order::{OrderError, selected};
pub use plan::Plan;
pub use project::{Identity, Project};
pub use stopping::{DownOptions, removable_volumes};
pub use up::{PlanError, UpOptions, ends_by_itself};
pub use verdict::{Come, Verdict, Why, judge};
