//! `ensure-version`: create `alembic_version`, and nothing else.

use crate::context::Context;
use crate::diagnostic::Result;

/// Create the table alembic_version where it is missing
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
    let is_there = state.has_table;
    database.create_version_table(&mut state).await?;
    database.close().await;
    let table = state.table.quoted();
    if ctx.ui.is_json() {
        ctx.ui.json(&serde_json::json!({ "table": table, "created": !is_there }));
    }
    let verb = if is_there { "Already" } else { "Created" };
    ctx.ui.action(verb, if is_there { format!("there: {table}") } else { table });
    Ok(())
}
