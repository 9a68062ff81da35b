//! `up`: from a clone to a working database.

use serde_json::json;

use crate::context::{Context, Target};
use crate::diagnostic::Result;

/// From a clone to a working database: services, migrations, views
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Load the sample rows too
    #[arg(long)]
    seed: bool,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let revisions = ctx.read_revisions()?;
    ctx.ensure_env_file()?;
    ctx.ensure_database().await?;
    super::migrate::ensure(ctx, &revisions).await?;
    if args.seed {
        super::seed::load(ctx).await?;
    }
    ctx.ensure_refreshed().await?;
    end_card(ctx, &ctx.target()?, args.seed);
    Ok(())
}

/// What a person needs to go on.
pub(crate) fn end_card(ctx: &Context, target: &Target, seeded: bool) {
    let address = &target.address.shown;
    let has_seed =
        ctx.config.seed.files.iter().any(|pattern| ctx.project.matching(pattern).is_ok_and(|files| !files.is_empty()));
    let first = if has_seed && !seeded {
        ("cargo xtask seed", "load the sample rows")
    } else {
        ("cargo xtask history -i", "what was applied")
    };
    let next = [first, ("cargo xtask views", "what can be analysed"), ("cargo xtask status", "how things are")];
    if ctx.ui.is_json() {
        let next = next.map(|(command, _)| command);
        ctx.ui.json(&json!({ "database": address, "psql": "cargo xtask psql", "next": next }));
        return;
    }
    ctx.ui.line(format!("\n  Database  {address}\n  psql      cargo xtask psql"));
    for (at, (command, what)) in next.iter().enumerate() {
        let heading = if at == 0 { "Next" } else { "" };
        ctx.ui.line(format!("  {heading:<9} {command:<24} {what}"));
    }
}
