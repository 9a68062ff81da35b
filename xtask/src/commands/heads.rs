//! `heads`: the revisions that nothing follows.

use crate::context::{Context, Revisions, described};
use crate::diagnostic::Result;

/// List the heads: the revisions that nothing follows
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Leave out the heads that a revision of another branch depends on
    #[arg(long)]
    resolve_dependencies: bool,
    /// Show each revision in full
    #[arg(short, long)]
    verbose: bool,
}

pub(crate) fn run(ctx: &Context, args: Args) -> Result<()> {
    let revisions = ctx.read_revisions()?;
    let graph = &revisions.graph;
    let heads = if args.resolve_dependencies { graph.real_heads() } else { graph.heads() };
    list(ctx, &revisions, &heads, args.verbose);
    if heads.is_empty() {
        ctx.ui.status(format!(
            "No revisions in {}; `cargo xtask revision -m …` writes the first",
            ctx.config.migrations.dir
        ));
    }
    if heads.len() > 1 {
        ctx.ui.status(format!("{} heads; `cargo xtask merge -m \"Merge heads\"` joins them", heads.len()));
    }
    Ok(())
}

/// Lists revisions, one a line or each in full.
pub(crate) fn list(ctx: &Context, revisions: &Revisions, ids: &[&str], verbose: bool) {
    if ctx.ui.is_json() {
        let values: Vec<_> = ids.iter().filter_map(|id| described::json(revisions, id)).collect();
        ctx.ui.json(&values);
        return;
    }
    let text = |id: &&str| if verbose { described::in_full(revisions, id) } else { described::line(revisions, id) };
    let texts: Vec<String> = ids.iter().map(text).collect();
    if !texts.is_empty() {
        ctx.ui.line(texts.join(described::between(verbose)));
    }
}
