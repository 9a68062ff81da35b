//! `history`: the revisions, drawn as a graph.

use std::collections::HashSet;

use crate::context::{Applied, Context, Revisions, described, range};
use crate::diagnostic::Result;
use crate::ui::GraphNode;

const EXAMPLES: &str = "\
Examples:
  cargo xtask history                     everything, newest first
  cargo xtask history -i                  what is applied
  cargo xtask history -r -3:              the last three
  cargo xtask history -r current:         what is pending, from where the database is";

/// Show the history, newest first, drawn as a graph
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// Only this part: FROM:TO, FROM: or :TO, each a revision, `base`, `heads`, `current` (needs a connection), or relative:
    /// `-3:`, `current:+2`
    #[arg(short, long, value_name = "RANGE", allow_hyphen_values = true)]
    rev_range: Option<String>,
    /// Mark what is applied (●) and where the database is (@); needs a connection
    #[arg(short, long)]
    indicate_current: bool,
    /// Show each revision in full
    #[arg(short, long)]
    verbose: bool,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let revisions = ctx.read_revisions()?;
    let (start, end) = match &args.rev_range {
        None => ("", ""),
        Some(text) => range(text)?,
    };
    let needs_database = args.indicate_current || start.contains("current") || end.contains("current");
    let applied = if needs_database { ctx.applied(&revisions, "history").await? } else { Applied::default() };
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
    ctx.ui.line(crate::ui::draw(&nodes).trim_end());
    Ok(())
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
    let mark = if glyph == "@" { " (current)" } else { "" };
    let text = match revision {
        // The mark belongs to the first line, and an empty line sets one revision off from the next.
        Some(_) if verbose => described::in_full(revisions, id).replacen('\n', &format!("{mark}\n"), 1) + "\n\n",
        _ => format!("{}{mark}", described::line(revisions, id)),
    };
    GraphNode { id: id.to_owned(), parents, glyph, text }
}
