//! `merge`: one revision that joins several heads.

use crate::context::{Context, Draft};
use crate::diagnostic::Result;

/// Join several heads by a revision that follows all of them
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// The revisions to join; `heads` means all heads
    #[arg(default_value = "heads")]
    revisions: Vec<String>,
    /// What is joined, in one line
    #[arg(short, long, default_value = "Merge heads")]
    message: String,
    /// A name for the branch that starts here
    #[arg(long, value_name = "NAME")]
    branch_label: Vec<String>,
    /// An id other than the time stamp
    #[arg(long, value_name = "ID")]
    rev_id: Option<String>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let revisions = ctx.read_revisions()?;
    ctx.write_merge(
        &revisions,
        Draft {
            message: args.message,
            heads: args.revisions,
            branch_labels: args.branch_label,
            id: args.rev_id,
            ..Draft::default()
        },
    )
}
