//! `reset`: the database from empty.

use crate::config::Backend;
use crate::context::{Context, Goodbye};
use crate::diagnostic::Result;

/// Start over: remove the database with its data, and build it anew
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Load the sample rows too
    #[arg(long)]
    seed: bool,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    ctx.require_service()?;
    // Nothing is removed before it is clear that it can be built again.
    let revisions = ctx.read_revisions()?;
    ctx.read_all_scripts(revisions.set.revisions().iter())?;
    revisions.graph.upgrade(&[] as &[&str], "head")?;
    match ctx.settle_backend().await? {
        Backend::Local => drop(super::teardown::remove(ctx).await?),
        Backend::Docker => {
            let everything = Goodbye { volumes: true, ..Goodbye::default() };
            ctx.take_down_in_docker(&everything).await.map(drop)?;
        }
    }
    ctx.ensure_services().await?;
    ctx.ensure_database().await?;
    super::migrate::ensure(ctx, &revisions).await?;
    if args.seed {
        super::seed::load(ctx).await?;
    }
    ctx.ensure_refreshed().await?;
    super::up::end_card(ctx, &ctx.target().await?).await
}
