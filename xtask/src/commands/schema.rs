//! `schema`: schemas compared and printed.

mod dump;

use serde_json::json;

use crate::context::{Context, Told, WithPython};
use crate::diagnostic::Result;
use crate::plan::{Plan, Script};
use crate::schema::Schema;
use crate::secret::mask_urls;

const EXAMPLES: &str = "\
Examples:
  cargo xtask schema diff                          # what models want of the database
  cargo xtask schema diff --from migrations --to database
  cargo xtask schema diff --from old.sql --to new.sql
  cargo xtask schema diff --from models@main       # what this branch changes
  cargo xtask schema diff --from migrations@v1.2 --to migrations";

/// Compare schemas, and print them
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Command {
    Diff(DiffArgs),
    Dump(dump::Args),
}

/// Show the SQL that turns one schema into another
///
/// A side is `models`, `migrations`, `database`, the URL of a database, a .sql file or a folder of these. Behind `models`,
/// `migrations` and paths may stand `@` and a git revision: then it is what the files were there.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
struct DiffArgs {
    /// Where it begins
    #[arg(long, value_name = "SIDE", default_value = "database")]
    from: String,
    /// Where it goes
    #[arg(long, value_name = "SIDE", default_value = "models")]
    to: String,
    /// Show the way back instead
    #[arg(long)]
    down: bool,
    #[command(flatten)]
    told: Told,
    #[command(flatten)]
    with: WithPython,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    match args.command {
        Command::Diff(args) => diff(ctx, args).await,
        Command::Dump(args) => dump::run(ctx, args).await,
    }
}

async fn diff(ctx: &Context, args: DiffArgs) -> Result<()> {
    ctx.use_python(&args.with)?;
    let (mut server, nothing) = (None, Schema::default());
    // Models are completed by what they cannot say, from the other side.
    let is_models = |side: &str| side == "models" || side.starts_with("models@");
    let (from, to) = if is_models(&args.from) && !is_models(&args.to) {
        let to = ctx.side(&args.to, &nothing, &mut server, "schema diff").await?;
        (ctx.side(&args.from, &to, &mut server, "schema diff").await?, to)
    } else {
        let from = ctx.side(&args.from, &nothing, &mut server, "schema diff").await?;
        let to = ctx.side(&args.to, &from, &mut server, "schema diff").await?;
        (from, to)
    };
    let command = format!("cargo xtask schema diff --from {} --to {}", mask_urls(&args.from), mask_urls(&args.to));
    let mut answers = ctx.settle(&from, &to, &args.told, &command)?;
    if server.is_none() && !answers.renames.0.is_empty() && has_views(&from) {
        server = ctx.scratch_beside(&args.from, "schema diff").await?;
    }
    if let Some(mut server) = server {
        let renamed = ctx.renamed(&mut server, &to, &from, &answers.renames).await?;
        answers.follow(&from, &renamed, &to);
        server.close().await;
    }
    let plan = Plan::between(&from, &to, &answers)?;
    if ctx.ui.is_json() {
        ctx.ui.json(&difference(&plan));
    } else if plan.is_empty() {
        ctx.ui.status(format!("{} and {} agree", args.from, args.to));
    } else {
        ctx.ui.text(if args.down { plan.down.text() } else { plan.up.text() });
    }
    Ok(())
}

/// Whether there are views that may follow renames.
fn has_views(schema: &Schema) -> bool {
    schema.views.iter().next().is_some() || schema.materialised_views.iter().next().is_some()
}

/// A plan, for programs.
pub(crate) fn difference(plan: &Plan) -> serde_json::Value {
    json!({ "changes": changes(&plan.up), "up": plan.up.text(), "down": plan.down.text() })
}

/// The blocks of a script.
fn changes(script: &Script) -> Vec<serde_json::Value> {
    let block = |block: &crate::plan::Block| {
        let statements: Vec<String> = block.statements.iter().map(crate::diff::Statement::text).collect();
        let destroys: Vec<&String> = block.statements.iter().flat_map(|it| &it.destroys).collect();
        json!({ "title": block.title, "statements": statements, "destroys": destroys })
    };
    script.blocks.iter().map(block).collect()
}
