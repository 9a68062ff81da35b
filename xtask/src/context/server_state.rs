//! The private server in words.

use crate::diagnostic::{Code, Diagnostic, Exit, Report};
use crate::server::State;

const NOT_RUNNING: Code = Code::new("database-not-running");

/// The state of the private server in words, with the command that helps.
pub(crate) fn server_in_words(state: &State) -> String {
    match state {
        State::Absent => "not there; `cargo xtask up` makes it".to_owned(),
        State::HalfMade { .. } => {
            "half made: its initialisation was interrupted; `cargo xtask up` makes it anew".to_owned()
        }
        State::Stopped { major } => format!("stopped (PostgreSQL {major}); `cargo xtask start-services` starts it"),
        State::Busy { pid } => format!("starting or stopping (pid {pid})"),
        State::Running { pid, port, major, .. } => format!("running (PostgreSQL {major}, port {port}, pid {pid})"),
        State::Unresponsive { pid, port } => {
            format!("does not answer on port {port} (pid {pid}); `cargo xtask logs` says more")
        }
        State::Crashed { pid, .. } => format!("crashed (it had pid {pid}); `cargo xtask start-services` recovers it"),
        State::StalePid { pid, program, .. } => format!("stopped without warning; its old pid {pid} is {program} now"),
        State::OtherMajor { data, installed } => {
            let installed: Vec<String> = installed.iter().map(u32::to_string).collect();
            let here = if installed.is_empty() { "none".to_owned() } else { installed.join(", ") };
            format!("made by PostgreSQL {data}; installed here: {here}")
        }
        State::ForeignPort { holder, .. } => format!("stopped, and its port is in use by {holder}"),
    }
}

/// Why the database does not answer: its server is known not to run.
pub(super) fn not_running(state: &State) -> Report {
    Diagnostic::error(NOT_RUNNING, Exit::Unhealthy, "the project's database is not running")
        .because(server_in_words(state))
        .try_command("Start it", "cargo xtask start-services")
        .try_command("Or do everything from the beginning", "cargo xtask up")
        .into()
}
