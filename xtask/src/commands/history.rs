//! `history`: the revisions, drawn as a graph.

use std::collections::HashSet;

use crate::context::{Context, Revisions, described};
use crate::diagnostic::{Code, Diagnostic, Exit, Report, Result};
use crate::ui::GraphNode;

const RANGE: Code = Code::new("history-range");

/// Show the history, newest first, drawn as a graph
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// FROM:TO, each a revision, `base`, `heads`, `current`, or relative such as `-3:` and `current:+2`
    #[arg(short, long, value_name = "RANGE", allow_hyphen_values = true)]
    rev_range: Option<String>,
    /// Mark what the database has; needs a connection
    #[arg(short, long)]
    indicate_current: bool,
    /// Show each revision in full
    #[arg(short, long)]
    verbose: bool,
}

/// What the database has: nothing is known where it was not asked.
#[derive(Default)]
struct Applied {
    asked: bool,
    rows: Vec<String>,
    all: HashSet<String>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let revisions = ctx.read_revisions()?;
    let (start, end) = match &args.rev_range {
        None => ("", ""),
        Some(range) => range.split_once(':').ok_or_else(|| bad_range(range))?,
    };
    let needs_database = args.indicate_current || start.contains("current") || end.contains("current");
    let applied = if needs_database { applied(ctx, &revisions).await? } else { Applied::default() };
    let shown = revisions.graph.history(start, end, &applied.rows)?;
    let ids: Vec<&str> = shown.iter().map(|vertex| vertex.id()).collect();
    if ctx.ui.is_json() {
        let values = ids.iter().filter_map(|id| {
            let mut value = described::json(&revisions, id)?;
            if applied.asked {
                value["applied"] = applied.all.contains(*id).into();
            }
            Some(value)
        });
        ctx.ui.json(&values.collect::<Vec<_>>());
        return Ok(());
    }
    if ids.is_empty() {
        ctx.ui.status("No revisions there");
        return Ok(());
    }
    let nodes: Vec<GraphNode> = ids.iter().map(|id| node(&revisions, id, &applied, args.verbose)).collect();
    ctx.ui.line(crate::ui::draw(&nodes));
    Ok(())
}

async fn applied(ctx: &Context, revisions: &Revisions) -> Result<Applied> {
    let mut database = ctx.connect("history").await?;
    let state = ctx.state(&mut database).await?;
    database.close().await;
    let (known, unknown): (Vec<String>, Vec<String>) =
        state.rows.into_iter().partition(|row| revisions.get(row).is_some());
    for row in &unknown {
        ctx.ui.status(format!("The database is at {row}, which this checkout has not; see `cargo xtask current`"));
    }
    let all = revisions.graph.needed_by(&known)?.into_iter().map(|vertex| vertex.id().to_owned()).collect();
    Ok(Applied { asked: true, rows: known, all })
}

fn node(revisions: &Revisions, id: &str, applied: &Applied, verbose: bool) -> GraphNode {
    let revision = revisions.get(id);
    let mut parents: Vec<(String, bool)> = Vec::new();
    if let Some(vertex) = revisions.graph.get(id) {
        let of_line: HashSet<&str> = vertex.parents().map(|parent| parent.id()).collect();
        parents.extend(vertex.parents().map(|parent| (parent.id().to_owned(), false)));
        let others = vertex.needs().filter(|need| !of_line.contains(need.id()));
        parents.extend(others.map(|need| (need.id().to_owned(), true)));
    }
    let glyph = match (applied.asked, applied.rows.iter().any(|row| row == id), applied.all.contains(id)) {
        (true, true, _) => "@",
        (true, false, true) => "●",
        _ => "○",
    };
    let text = match revision {
        Some(_) if verbose => described::in_full(revisions, id),
        _ => described::line(revisions, id),
    };
    let text = if glyph == "@" { format!("{text} (current)") } else { text };
    GraphNode { id: id.to_owned(), parents, glyph, text }
}

fn bad_range(range: &str) -> Report {
    Diagnostic::error(RANGE, Exit::Usage, format!("`{range}` is no range of revisions"))
        .because("a range has a colon: FROM:TO, FROM: or :TO")
        .try_command("Show one revision", format!("cargo xtask show {range}"))
        .try_command("Show everything from there on", format!("cargo xtask history -r {range}:"))
        .into()
}
