//! Programs of this machine: finding them, running them, and naming the command that installs them.

mod account;
mod error;
mod find;
mod install;
mod run;

pub use account::{effective_user, is_root};
pub use error::ToolError;
pub use find::{find, find_any};
pub use install::PackageManager;
pub use run::{Finished, hand_over, run, run_from, run_with_input};
