//! Programs and folders that commands need.

use super::Verdict;
use super::row::Row;
use crate::commands::psql;
use crate::context::{Context, STATE_FOLDER};
use crate::tools;

/// The folder in which the tool keeps its own things.
pub(super) fn state_folder(ctx: &Context) -> Row {
    match ctx.project.can_write(STATE_FOLDER) {
        Ok(()) => Row::ok("state folder", format!("{STATE_FOLDER} can be written")),
        Err(error) => Row::of("state folder", Verdict::Missing, &error.into()),
    }
}

/// The real psql.
pub(super) fn psql(ctx: &Context) -> Row {
    match psql::program(ctx) {
        Some(program) => Row::ok("psql", program.as_str()),
        None => Row::warning(
            "psql",
            "not installed; only `cargo xtask psql` needs it, and in Docker takes the one of the database's container",
        ),
    }
}

/// git.
pub(super) fn git() -> Row {
    match tools::find("git") {
        Some(program) => Row::ok("git", program.as_str()),
        None => Row::warning("git", "not installed; revisions of other branches cannot be named"),
    }
}
