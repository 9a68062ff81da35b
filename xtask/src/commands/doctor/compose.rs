//! The Compose file.

use super::Verdict;
use super::row::Row;
use crate::context::Context;

/// Whether it can be read, and which service is the database. A value that `up` asks for is no fault of it.
pub(super) fn row(ctx: &Context) -> Row {
    let report = match ctx.database_service() {
        Ok((_, service)) => {
            let file = ctx.compose_file().unwrap_or_default();
            return Row::ok("compose file", format!("{file}, database service {}", service.service));
        }
        Err(report) => report,
    };
    if let (false, Ok(compose)) = (ctx.has_database(), ctx.compose()) {
        let (file, count) = (&compose.stack.path, compose.stack.services.len());
        let services = if count == 1 { "service" } else { "services" };
        return Row::ok("compose file", format!("{file}, {count} {services}, no database among them"));
    }
    if ctx.lacks_only_values() {
        return Row::of("compose file", Verdict::Warning, &report).fix("cargo xtask up (completes the env file)");
    }
    Row::of("compose file", Verdict::Missing, &report)
}
