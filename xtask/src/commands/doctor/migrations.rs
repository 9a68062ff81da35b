//! The revisions: whether they can be read, and whether there is one head.

use super::Verdict;
use super::row::Row;
use crate::context::Context;

/// Their row.
pub(super) fn row(ctx: &Context) -> Row {
    let checked = ctx.read_revisions().and_then(|revisions| {
        ctx.read_all_scripts(revisions.set.revisions().iter())?;
        Ok(revisions)
    });
    let revisions = match checked {
        Ok(revisions) => revisions,
        Err(report) => return Row::of("migrations", Verdict::Missing, &report),
    };
    let (count, heads) = (revisions.set.revisions().len(), revisions.graph.heads());
    let folder = &ctx.config.migrations.dir;
    if count == 0 {
        return Row::ok("migrations", format!("no revisions in {folder} yet"));
    }
    let found = format!("{count} revision(s) in {folder}, head {}", heads.join(", "));
    if heads.len() > 1 {
        return Row::missing("migrations", found).fix("cargo xtask merge -m \"Merge heads\"");
    }
    Row::ok("migrations", found)
}
