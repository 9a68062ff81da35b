//! `revision`: a new, empty revision.

use crate::context::{Context, Draft};
use crate::diagnostic::Result;

const EXAMPLES: &str = "\
Examples:
  cargo xtask revision -m \"Add reactor names\"
  cargo xtask revision -m \"Archive\" --head base --branch-label archive
  cargo xtask revision -m \"Try it\" --head 20260301 --splice";

/// Write a new, empty revision for SQL of your own
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// What the revision does, in one line
    #[arg(short, long)]
    message: String,
    /// The revision to follow; `base` starts a new line of revisions [default: head]
    #[arg(long, value_name = "REVISION")]
    head: Vec<String>,
    /// Allow to follow a revision that others follow already, which makes a branch
    #[arg(long)]
    splice: bool,
    /// A name for the branch that starts here; may be given several times
    #[arg(long, value_name = "NAME")]
    branch_label: Vec<String>,
    /// An id other than the time stamp: letters, digits and `_`, 32 at most
    #[arg(long, value_name = "ID")]
    rev_id: Option<String>,
    /// A revision of another branch that must be applied first; may be given several times
    #[arg(long, value_name = "REVISION")]
    depends_on: Vec<String>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let revisions = ctx.read_revisions()?;
    let draft = Draft {
        message: args.message,
        heads: args.head,
        splice: args.splice,
        branch_labels: args.branch_label,
        id: args.rev_id,
        depends_on: args.depends_on,
    };
    ctx.write_revision(&revisions, draft)
}
