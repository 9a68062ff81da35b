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
    ctx.ensure_migrated(&revisions).await?;
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
    let next = ["cargo xtask views", "cargo xtask history -i", "cargo xtask status"];
    if ctx.ui.is_json() {
        ctx.ui.json(&json!({ "database": address, "psql": "cargo xtask psql", "next": next }));
        return;
    }
    let has_seed =
        ctx.config.seed.files.iter().any(|pattern| ctx.project.matching(pattern).is_ok_and(|files| !files.is_empty()));
    let seed = if has_seed && !seeded { "\n            cargo xtask seed            sample rows" } else { "" };
    ctx.ui.line(format!(
        "\n  Database  {address}\n  psql      cargo xtask psql -- -c 'select version()'\n  Next      {:<27} what can be analysed\n            \
         {:<27} what was applied\n            {:<27} how things are{seed}",
        next[0], next[1], next[2]
    ));
}
