//! `branches`: where the history forks.

use crate::context::{Context, described};
use crate::diagnostic::Result;

/// List the branch points: revisions that several others follow
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Show each revision in full
    #[arg(short, long)]
    verbose: bool,
}

pub(crate) fn run(ctx: &Context, args: Args) -> Result<()> {
    let revisions = ctx.read_revisions()?;
    let points = revisions.graph.branch_points();
    if ctx.ui.is_json() {
        let values: Vec<_> = points.iter().filter_map(|id| described::json(&revisions, id)).collect();
        ctx.ui.json(&values);
        return Ok(());
    }
    for id in &points {
        let line = if args.verbose { described::in_full(&revisions, id) } else { described::line(&revisions, id) };
        ctx.ui.line(line);
        let children = revisions.graph.get(id).into_iter().flat_map(|vertex| vertex.children().collect::<Vec<_>>());
        for child in children {
            ctx.ui.line(format!("  -> {}", described::line(&revisions, child.id())));
        }
    }
    if points.is_empty() {
        ctx.ui.status("No branch points: no revision has several that follow it");
    }
    Ok(())
}
