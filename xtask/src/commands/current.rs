//! `current`: where the database is.

use serde_json::json;

use crate::context::{Context, described};
use crate::diagnostic::{Code, Diagnostic, Exit, Result};

const NOT_AT_HEADS: Code = Code::new("not-at-heads");

/// Show which revision the database is at, or revisions where there are branches
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Fail, with status 7, unless every head is applied
    #[arg(short, long)]
    check_heads: bool,
    /// Show each revision in full
    #[arg(short, long)]
    verbose: bool,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let revisions = ctx.read_revisions()?;
    let mut database = ctx.connect("current").await?;
    let state = ctx.state(&mut database).await?;
    let ahead = ctx.ahead(&mut database, &state, &revisions).await?;
    database.close().await;

    let graph = ahead.as_ref().map_or(&revisions.graph, |ahead| &ahead.graph);
    let current: Vec<&str> = graph.current(&state.rows)?.into_iter().map(|vertex| vertex.id()).collect();
    let unknown = ahead.as_ref().map(|ahead| ahead.unknown.as_slice()).unwrap_or_default();
    let at_heads = ahead.is_none() && revisions.graph.check_heads(&state.rows);
    if ctx.ui.is_json() {
        let known: Vec<_> = current.iter().filter_map(|id| described::json(&revisions, id)).collect();
        let unknown: Vec<_> = unknown.iter().map(described::unknown_json).collect();
        ctx.ui.json(&json!({ "rows": state.rows, "current": known, "unknown": unknown, "at_heads": at_heads }));
    } else {
        let text = |id: &&str| match unknown.iter().find(|unknown| unknown.id == *id) {
            Some(unknown) => format!("{} (not in this checkout)", unknown.describe()),
            None if args.verbose => described::in_full(&revisions, id),
            None => described::line(&revisions, id),
        };
        let texts: Vec<String> = current.iter().map(text).collect();
        if texts.is_empty() {
            ctx.ui.status("The database is at the base: no revision is applied");
        } else {
            ctx.ui.line(texts.join(described::between(args.verbose)));
        }
    }
    if let Some(unfinished) = &state.unfinished {
        ctx.ui.warn(&crate::context::unfinished_warning(unfinished));
    }
    if args.check_heads && !at_heads {
        return Err(not_at_heads(&state.rows, &revisions.graph.heads()).into());
    }
    Ok(())
}

fn not_at_heads(rows: &[String], heads: &[&str]) -> Diagnostic {
    let at = if rows.is_empty() { "the base".to_owned() } else { rows.join(", ") };
    Diagnostic::error(NOT_AT_HEADS, Exit::Differences, "the database is not at all heads")
        .because(format!("it is at {at}; the heads are {}", heads.join(", ")))
        .try_command("Apply what is pending", "cargo xtask migrate heads")
}
