//! `downgrade`: back to a target, saying first what would be lost.

use std::time::Duration;

use crate::context::{Ahead, Context, Revisions, Runner, Work, duration};
use crate::diagnostic::Result;
use crate::postgres::{Database, Resume, State};

use super::migrate::{Answer, summary};

const EXAMPLES: &str = "\
Examples:
  cargo xtask downgrade -1                the last revision
  cargo xtask downgrade 20260301          everything above that revision
  cargo xtask downgrade base              all of them
  cargo xtask downgrade --sql head:base   the script that does it";

/// Take revisions back, down to a target, after asking where data would be lost
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// How far: `-1` for one back, a revision to go back to, which stays, `base` for all, `BRANCH@-1`; with --sql FROM:TO
    #[arg(allow_negative_numbers = true)]
    target: String,
    /// Write the SQL to stdout instead of running it; the target is FROM:TO
    #[arg(long)]
    sql: bool,
    /// Only say what would be taken back
    #[arg(long, conflicts_with = "sql")]
    dry_run: bool,
    /// Say what became of a statement that was interrupted outside of a transaction
    #[arg(long, value_enum, value_name = "ANSWER")]
    resume: Option<Answer>,
    /// How long to wait while somebody else migrates, such as 30s or 10m [default: lock-wait in xtask.toml]
    #[arg(long, value_parser = duration, value_name = "TIME")]
    lock_wait: Option<Duration>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let revisions = ctx.read_revisions()?;
    if args.sql {
        return ctx.downgrade_script(&revisions, &args.target);
    }
    if args.dry_run {
        let mut database = ctx.connect("downgrade").await?;
        let state = ctx.state(&mut database).await?;
        let ahead = ctx.ahead(&mut database, &state, &revisions).await?;
        announce(ctx, &to_take_back(ctx, &mut database, &revisions, ahead.as_ref(), &state, &args.target).await?);
        return Ok(());
    }
    let database = ctx.connect_to_change("downgrade").await?;
    let mut runner = Runner::start(ctx, database, args.lock_wait).await?;
    let state = runner.state().clone();
    let ahead = ctx.ahead(runner.database(), &state, &revisions).await?;
    let work = to_take_back(ctx, runner.database(), &revisions, ahead.as_ref(), &state, &args.target).await?;
    let count = work.len();
    runner.confirm_losses(&format!("Taking back {count} revision(s)"), &work).await?;
    let ran = runner.run(&work, args.resume.map(Resume::from)).await?;
    if ran.is_empty() {
        ctx.ui.status("Nothing to take back");
    }
    let rows = runner.state().rows.clone();
    runner.finish().await;
    summary(ctx, &ran);
    tell_where(ctx, &revisions, &rows);
    Ok(())
}

/// The steps down to a target. The history has the down SQL of what the files do not know.
async fn to_take_back<'g>(
    ctx: &Context,
    database: &mut Database,
    revisions: &'g Revisions,
    ahead: Option<&'g Ahead>,
    state: &State,
    target: &str,
) -> Result<Vec<Work<'g>>> {
    match ahead {
        Some(ahead) => {
            let plan = ahead.graph.downgrade(&state.rows, target)?;
            ctx.mixed_work(database, revisions, ahead, plan).await
        }
        None => ctx.work(revisions, revisions.graph.downgrade(&state.rows, target)?),
    }
}

fn announce(ctx: &Context, work: &[Work<'_>]) {
    if ctx.ui.is_json() {
        let ids: Vec<&str> = work.iter().map(|work| work.revision.id.as_str()).collect();
        ctx.ui.json(&serde_json::json!({ "would_take_back": ids, "would_apply": [] }));
        return;
    }
    for work in work {
        ctx.ui.line(format!("would take back {} {}", work.revision.id, work.revision.message));
    }
}

fn tell_where(ctx: &Context, revisions: &Revisions, rows: &[String]) {
    if rows.is_empty() {
        ctx.ui.status("The database is at the base: no revision is applied");
    }
    for row in rows {
        let message = revisions.get(row).map(|revision| revision.message.as_str()).unwrap_or_default();
        ctx.ui.status(format!("The database is at {row} {message}").trim_end());
    }
}
