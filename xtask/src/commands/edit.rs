//! `edit`: the files of a revision in the person's editor.

use crate::context::Context;
use crate::diagnostic::{Code, Diagnostic, Exit, Report, Result};
use crate::tools;

const NOTHING: Code = Code::new("edit-nothing");

/// Open the files of revisions in your editor (`VISUAL`, `EDITOR`)
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// A revision, the beginning of its id, `head`, `heads` …
    #[arg(default_value = "head", allow_hyphen_values = true)]
    revision: String,
    /// Open the down file instead of the up file
    #[arg(long)]
    down: bool,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let revisions = ctx.read_revisions()?;
    let found = revisions.graph.revisions(&args.revision)?;
    let found: Vec<_> = found.iter().filter_map(|vertex| revisions.get(vertex.id())).collect();
    if found.is_empty() {
        return Err(nothing(&args.revision));
    }
    let files: Vec<_> = found
        .iter()
        .map(|revision| ctx.project.path(if args.down { &revision.down_file } else { &revision.up_file }))
        .collect();
    tools::edit(&files).await?;
    for revision in found {
        // What an editor leaves behind must still be a revision.
        ctx.read_scripts(revision)?;
    }
    ctx.read_revisions()?;
    Ok(())
}

fn nothing(spec: &str) -> Report {
    Diagnostic::error(NOTHING, Exit::Usage, format!("`{spec}` names no revision to edit"))
        .try_command("See what is there", "cargo xtask history")
        .into()
}
