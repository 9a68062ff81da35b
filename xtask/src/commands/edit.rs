//! `edit`: the files of a revision in the person's editor.

use crate::context::{Context, Named};
use crate::diagnostic::{Code, Diagnostic, Exit, Report, Result};
use crate::revision::Revision;
use crate::tools;

const NOTHING: Code = Code::new("edit-nothing");
const FAILED: Code = Code::new("editor-failed");

/// Open a revision in your editor (VISUAL, EDITOR), and check it afterwards
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// A revision or the beginning of its id, `head`, `heads`, `current` (needs a connection), or a range FROM:TO
    #[arg(default_value = "head", allow_negative_numbers = true)]
    revision: String,
    /// Open the down file instead of the up file
    #[arg(long)]
    down: bool,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let revisions = ctx.read_revisions()?;
    let named = ctx.find_named(&revisions, &args.revision, "edit").await?;
    let found: Vec<_> = named.ids.iter().filter_map(|id| revisions.get(id)).collect();
    if found.is_empty() {
        return Err(nothing(&args.revision, &named));
    }
    let file = |revision: &Revision| if args.down { revision.down_file.clone() } else { revision.up_file.clone() };
    let files: Vec<_> = found.iter().map(|revision| ctx.project.path(file(revision))).collect();
    let code = tools::edit(&files).await?;
    if code != 0 {
        return Err(failed(code));
    }
    // What an editor leaves behind must still be a revision.
    let revisions = ctx.read_revisions()?;
    ctx.read_all_scripts(found.into_iter().filter_map(|revision| revisions.get(&revision.id)))?;
    Ok(())
}

fn nothing(spec: &str, named: &Named) -> Report {
    let found = Diagnostic::error(NOTHING, Exit::Usage, format!("`{spec}` names no revision to edit"));
    let found = match named.unknown.as_slice() {
        [] => found.because("it stands for the base, below the first revision"),
        unknown => unknown.iter().fold(found, |found, it| found.because(format!("not here: {}", it.describe()))),
    };
    found.try_command("See what is there", "cargo xtask history").into()
}

fn failed(code: i32) -> Report {
    Diagnostic::error(FAILED, Exit::Failed, format!("the editor ended with status {code}"))
        .because("the files are as the editor left them, and were not checked")
        .try_command("Check them", "cargo xtask check --offline")
        .advise("Name another editor in VISUAL or EDITOR")
        .into()
}
