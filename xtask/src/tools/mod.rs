//! What this machine has: programs to find, run and install, ports, and locks between processes.

mod account;
mod compose;
mod editor;
mod error;
mod find;
mod git;
mod git_revision;
mod install;
mod lock;
mod port;
mod python;
mod run;

pub use account::{effective_user, is_root};
pub use compose::{compose_program, compose_version};
pub use editor::edit;
pub use error::ToolError;
pub use find::{find, find_any};
pub use git::{Origin, origin_of};
pub use git_revision::{Checkout, GitError, checkout};
pub use install::PackageManager;
pub use lock::{Attempt, ProcessLock};
pub(crate) use port::any_free_port;
pub(crate) use port::free_port_but;
pub use port::{PortHolder, Transport, free_port_after, port_holder, port_user};
pub use python::{Alembic, PythonError, Refusal, interpreter, read_metadata, read_views};
pub use run::{Finished, Talking, hand_over, run, run_from, run_with_input, talk_to};
