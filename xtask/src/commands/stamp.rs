//! `stamp`: say where the database stands, without running anything.

use std::time::Duration;

use serde_json::json;

use crate::context::{Context, Runner, duration};
use crate::diagnostic::Result;
use crate::revision::graph::{Resolved, RevisionGraph};

const EXAMPLES: &str = "\
Examples:
  cargo xtask stamp head                  a database that was built in another way is up to date
  cargo xtask stamp --purge 20260301      it is at that revision, whatever it says";

/// Record that the database is at a revision, without running its SQL
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// The revisions: ids or their beginnings, `head`, `heads`, `base` for none; with --sql also FROM:TO
    #[arg(required = true, allow_negative_numbers = true)]
    revisions: Vec<String>,
    /// Forget what the database says now, even where nobody knows those revisions
    #[arg(long)]
    purge: bool,
    /// Write the SQL to stdout instead of running it
    #[arg(long, conflicts_with = "purge")]
    sql: bool,
    /// How long to wait while somebody else migrates, such as 30s or 10m [default: lock-wait in xtask.toml]
    #[arg(long, value_parser = duration, value_name = "TIME")]
    lock_wait: Option<Duration>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let revisions = ctx.read_revisions()?;
    if args.sql {
        return ctx.stamp_script(&revisions, &args.revisions);
    }
    let database = ctx.connect_to_change("stamp").await?;
    let mut runner = Runner::start(ctx, database, args.lock_wait).await?;
    let state = runner.state().clone();
    let ahead = if args.purge { None } else { ctx.ahead(runner.database(), &state, &revisions).await? };
    let graph = match &ahead {
        None => &revisions.graph,
        // Where the history tells how they follow the known ones, the rows can be moved away from them.
        Some(ahead) if ahead.can_rewind() => &ahead.graph,
        Some(ahead) => return Err(ahead.diagnostic().into()),
    };
    let before = if args.purge { Vec::new() } else { state.rows.clone() };
    // What a name means is decided by the checkout; what only the database has is no target.
    let targets = distinct(&revisions.graph, &args.revisions)?;
    let after = graph.stamp(&before, &targets)?.rows_after(&before);
    runner.stamp(&revisions, &after).await?;
    runner.finish().await;
    if ctx.ui.is_json() {
        ctx.ui.json(&json!({ "from": state.rows, "to": after }));
    }
    let show = |rows: &[String]| if rows.is_empty() { "the base".to_owned() } else { rows.join(", ") };
    ctx.ui.action("Stamped", format!("{} (was {})", show(&after), show(&state.rows)));
    if let Some(unfinished) = &state.unfinished {
        ctx.ui.status(format!(
            "The {} of {} that was begun counts as given up",
            unfinished.direction, unfinished.revision
        ));
    }
    Ok(())
}

/// What the names mean, each once: `left@head right@head` is one revision after a merge.
fn distinct(graph: &RevisionGraph, names: &[String]) -> Result<Vec<String>> {
    let mut distinct: Vec<String> = Vec::new();
    for name in names {
        let resolved = graph.resolve(name)?;
        let mut ids: Vec<String> = resolved
            .iter()
            .filter_map(|it| match it {
                Resolved::Revision(vertex) => Some(vertex.id().to_owned()),
                Resolved::Base | Resolved::BeyondBase => None,
            })
            .collect();
        if ids.is_empty() {
            ids.push(name.clone());
        }
        distinct.extend(ids.into_iter().filter(|id| !distinct.contains(id)).collect::<Vec<_>>());
    }
    Ok(distinct)
}
