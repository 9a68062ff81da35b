//! `ensure-version`: create `alembic_version`, and nothing else.

use crate::context::Context;
use crate::diagnostic::Result;

/// Create the table alembic_version if it is not there
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Write the SQL to stdout instead of running it
    #[arg(long)]
    sql: bool,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    if args.sql {
        ctx.ui.line(ctx.offline_table().create());
        return Ok(());
    }
    let mut database = ctx.connect_to_change("ensure-version").await?;
    let mut state = ctx.state(&mut database).await?;
    let said = if state.has_table { "is there already" } else { "was created" };
    database.create_version_table(&mut state).await?;
    database.close().await;
    ctx.ui.status(format!("{} {said}", state.table.quoted()));
    Ok(())
}
