//! `merge`: one revision that joins several heads.

use crate::context::{Context, Draft, Revisions};
use crate::diagnostic::Result;

const EXAMPLES: &str = "\
Examples:
  cargo xtask merge                               all heads
  cargo xtask merge left@head right@head -m \"Join left and right\"";

/// Join several heads by a revision that follows all of them
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// The revisions to join; `heads` means all of them
    #[arg(default_value = "heads")]
    revisions: Vec<String>,
    /// What is joined, in one line
    #[arg(short, long, default_value = "Merge heads")]
    message: String,
    /// Allow to join revisions that are no heads, which leaves what follows them as branches
    #[arg(long)]
    splice: bool,
    /// A name for the branch that starts here; may be given several times
    #[arg(long, value_name = "NAME")]
    branch_label: Vec<String>,
    /// An id other than the time stamp: letters, digits and `_`, 32 at most
    #[arg(long, value_name = "ID")]
    rev_id: Option<String>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let revisions = ctx.read_revisions()?;
    if revisions.graph.heads().len() < 2 && args.revisions.iter().all(|name| name == "heads" || name == "head") {
        return nothing_to_do(ctx, &revisions);
    }
    ctx.write_merge(
        &revisions,
        Draft {
            message: args.message,
            heads: args.revisions,
            splice: args.splice,
            branch_labels: args.branch_label,
            id: args.rev_id,
            ..Draft::default()
        },
    )
}

/// Whoever asks for one head has it.
fn nothing_to_do(ctx: &Context, revisions: &Revisions) -> Result<()> {
    let heads = revisions.graph.heads();
    if ctx.ui.is_json() {
        ctx.ui.json(&serde_json::json!({ "revision": null, "revises": heads, "up_file": null, "down_file": null }));
    }
    let is_at = heads.first().map_or_else(|| "no revision".to_owned(), |head| format!("one head, {head}"));
    ctx.ui.action("Already", format!("merged: there is {is_at}"));
    Ok(())
}
