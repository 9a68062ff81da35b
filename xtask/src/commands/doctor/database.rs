//! The database itself.

use super::Verdict;
use super::row::Row;
use crate::context::Context;

/// Whether it answers; one that is not started yet is no obstacle.
pub(super) async fn row(ctx: &Context) -> Row {
    let target = match ctx.target().await {
        Ok(target) => target,
        Err(report) if ctx.lacks_only_values() => {
            return Row::of("database", Verdict::Warning, &report).fix("cargo xtask up (completes the env file)");
        }
        Err(report) => return Row::of("database", Verdict::Missing, &report),
    };
    match ctx.connect("doctor").await {
        Ok(database) => {
            let version = database.server_version();
            database.close().await;
            let version = format!("{}.{}", version / 10_000, version % 10_000);
            Row::ok("database", format!("{} answers, PostgreSQL {version}", target.address.shown))
        }
        Err(report) if target.is_service() => Row::of("database", Verdict::Warning, &report).fix("cargo xtask up"),
        Err(report) => Row::of("database", Verdict::Missing, &report),
    }
}
