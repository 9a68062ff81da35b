//! `schema dump`: the schema of a database as SQL.

use crate::context::Context;
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::plan;
use crate::schema::Schema;

const NOT_WRITTEN: Code = Code::new("schema-not-written");

const EXAMPLES: &str = "\
Examples:
  cargo xtask schema dump                          # the project's database
  cargo xtask schema dump > schema.sql
  cargo xtask schema dump migrations               # what the revisions make
  cargo xtask schema dump models@HEAD~1            # what the models wanted before the last commit
  cargo xtask schema dump --url postgresql://postgres@127.0.0.1/other
  cargo xtask --format json schema dump | jq '.tables[].name'";

/// Print the schema of a database, of models or of revisions as SQL
///
/// The statements create it in an empty database, in the order of what needs what and then of the names, so that two dumps
/// can be compared line by line. Owners, rows and positions of sequences are no part of it, nor is what belongs to extensions,
/// to this tool or to Alembic, or is excluded in xtask.toml.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Args {
    /// What is printed: `models`, `migrations`, `database`, a URL, a .sql file or a folder of these; behind `models`, `migrations`
    /// and paths may stand `@` and a git revision
    #[arg(value_name = "SIDE", default_value = "database", conflicts_with = "url")]
    side: String,
    /// Another database than the project's
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

pub(super) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let mut server = None;
    let schema =
        ctx.side(args.url.as_ref().unwrap_or(&args.side), &Schema::default(), &mut server, "schema dump").await;
    if let Some(server) = server {
        server.close().await;
    }
    let schema = schema?;
    if let Some(warning) = not_written(&schema) {
        ctx.ui.warn(&warning);
    }
    if ctx.ui.is_json() {
        ctx.ui.json(&schema);
    } else {
        ctx.ui.text(plan::dump(&schema)?.text());
    }
    Ok(())
}

/// Objects that the tool does not know how to write.
fn not_written(schema: &Schema) -> Option<Diagnostic> {
    let count = schema.unread.len();
    if count == 0 {
        return None;
    }
    let what = if count == 1 { "1 object is".to_owned() } else { format!("{count} objects are") };
    let found = Diagnostic::warning(NOT_WRITTEN, format!("{what} of a kind that is not written"));
    let found = schema.unread.iter().fold(found, |found, what| found.because(what.clone()));
    Some(found.advise("Where they matter, take `pg_dump --schema-only`"))
}
