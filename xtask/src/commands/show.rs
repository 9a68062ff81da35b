//! `show`: one revision in full.

use crate::context::{Context, described};
use crate::diagnostic::Result;

/// Show revisions in full, with their SQL
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// A revision, the beginning of its id, `head`, `heads`, `current` …
    #[arg(allow_hyphen_values = true)]
    revision: String,
    /// Show the down SQL too
    #[arg(long)]
    down: bool,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let revisions = ctx.read_revisions()?;
    if args.revision == "current" {
        return super::current::run(ctx, super::current::Args::verbose()).await;
    }
    let found = revisions.graph.revisions(&args.revision)?;
    let ids: Vec<&str> = found.iter().map(|vertex| vertex.id()).collect();
    if ctx.ui.is_json() {
        let mut values = Vec::new();
        for id in &ids {
            let Some(mut value) = described::json(&revisions, id) else { continue };
            if let Some(revision) = revisions.get(id) {
                let scripts = ctx.read_scripts(revision)?;
                value["up_sql"] = scripts.up.text.as_ref().into();
                value["down_sql"] = scripts.down.text.as_ref().into();
            }
            values.push(value);
        }
        ctx.ui.json(&values);
        return Ok(());
    }
    for id in &ids {
        ctx.ui.line(described::in_full(&revisions, id));
        if let Some(revision) = revisions.get(id) {
            let scripts = ctx.read_scripts(revision)?;
            ctx.ui.text(format!("\n{}", scripts.up.text));
            if args.down {
                ctx.ui.text(format!("\n{}", scripts.down.text));
            }
        }
    }
    if ids.is_empty() {
        ctx.ui.status(format!("`{}` is the base: no revision", args.revision));
    }
    Ok(())
}
