//! `branches`: where the history forks.

use crate::context::{Context, Revisions, described};
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
    if points.is_empty() {
        ctx.ui.status("No branch points: no revision has several that follow it");
        return Ok(());
    }
    let texts: Vec<String> = points.iter().map(|id| with_children(&revisions, id, args.verbose)).collect();
    ctx.ui.line(texts.join(described::between(args.verbose)));
    Ok(())
}

fn with_children(revisions: &Revisions, id: &str, verbose: bool) -> String {
    let mut text = if verbose { described::in_full(revisions, id) } else { described::line(revisions, id) };
    for child in revisions.graph.get(id).into_iter().flat_map(|vertex| vertex.children().collect::<Vec<_>>()) {
        text.push_str(&format!("\n  -> {}", described::line(revisions, child.id())));
    }
    text
}
