//! `show`: one revision in full.

use serde_json::Value;

use crate::context::{Context, Revisions, described};
use crate::diagnostic::Result;

const EXAMPLES: &str = "\
Examples:
  cargo xtask show head
  cargo xtask show 20260301 --down        with the SQL that takes it back
  cargo xtask show current                where the database is
  cargo xtask show 20260301:20260406      a range, newest first";

/// Show a revision in full, with its SQL, or several
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// A revision or the beginning of its id, `head`, `heads`, `-1` (one below the head), `BRANCH@head`, `current` (needs a
    /// connection), or a range FROM:TO
    #[arg(allow_negative_numbers = true)]
    revision: String,
    /// Show the down SQL too
    #[arg(long)]
    down: bool,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let revisions = ctx.read_revisions()?;
    let named = ctx.find_named(&revisions, &args.revision, "show").await?;
    if ctx.ui.is_json() {
        let values: Result<Vec<Value>> =
            named.ids.iter().filter_map(|id| with_sql(ctx, &revisions, id).transpose()).collect();
        ctx.ui.json(&values?);
    }
    for unknown in &named.unknown {
        ctx.ui.status(format!("Not in this checkout: {}", unknown.describe()));
    }
    if ctx.ui.is_json() {
        return Ok(());
    }
    for (at, id) in named.ids.iter().enumerate() {
        if at > 0 {
            ctx.ui.line("");
        }
        ctx.ui.line(described::in_full(&revisions, id));
        if let Some(revision) = revisions.get(id) {
            let scripts = ctx.read_scripts(revision)?;
            ctx.ui.text(format!("\n{}", scripts.up.text));
            if args.down {
                ctx.ui.text(format!("\n{}", scripts.down.text));
            }
        }
    }
    if named.ids.is_empty() && named.unknown.is_empty() {
        let name = &args.revision;
        ctx.ui.status(format!("`{name}` stands for no revision: it is the base, below the first one"));
    }
    Ok(())
}

/// The field names are documented in `docs/json.md`.
fn with_sql(ctx: &Context, revisions: &Revisions, id: &str) -> Result<Option<Value>> {
    let (Some(mut value), Some(revision)) = (described::json(revisions, id), revisions.get(id)) else {
        return Ok(None);
    };
    let scripts = ctx.read_scripts(revision)?;
    value["up_sql"] = scripts.up.text.as_ref().into();
    value["down_sql"] = scripts.down.text.as_ref().into();
    Ok(Some(value))
}
