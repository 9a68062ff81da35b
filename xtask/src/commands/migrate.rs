//! `migrate`: from where the database is to a target.

use std::time::Duration;

use crate::context::{Ahead, Context, Ran, Revisions, Runner, Work, duration};
use crate::diagnostic::{Code, Diagnostic, Exit, Report, Result};
use crate::postgres::{Database, Resume, State};
use crate::revision::graph::{Plan, Step};

const RANGE_ONLINE: Code = Code::new("migrate-range-online");

const EXAMPLES: &str = "\
Examples:
  cargo xtask migrate                     everything up to the head
  cargo xtask migrate heads               the same where there are several heads
  cargo xtask migrate +1                  the next revision only
  cargo xtask migrate --dry-run           say what would be applied
  cargo xtask migrate --sql > all.sql     the script for an empty database
  cargo xtask migrate --sql 20260301:head the script for a database at that revision";

/// Apply revisions up to a target, by default the head
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// How far: a revision or the beginning of its id, `head`, `heads` for all branches, `+2` for two more, `REVISION+2`,
    /// `BRANCH@head`; with --sql also FROM:TO
    #[arg(default_value = "head", allow_negative_numbers = true)]
    pub(crate) target: String,
    /// Write the SQL to stdout instead of applying it: a script from FROM, or else from an empty database
    #[arg(long)]
    pub(crate) sql: bool,
    /// Only say what would be applied
    #[arg(long, conflicts_with = "sql")]
    pub(crate) dry_run: bool,
    /// Apply everything in one transaction: all of it or nothing
    #[arg(long, conflicts_with = "sql")]
    pub(crate) single_transaction: bool,
    /// First take back the revisions that this checkout does not have, with the SQL that was recorded when they were applied
    #[arg(long, conflicts_with = "sql")]
    pub(crate) rewind: bool,
    /// Say what became of a statement that was interrupted outside of a transaction
    #[arg(long, value_enum, value_name = "ANSWER")]
    pub(crate) resume: Option<Answer>,
    /// How long to wait while somebody else migrates, such as 30s or 10m [default: lock-wait in xtask.toml]
    #[arg(long, value_parser = duration, value_name = "TIME")]
    pub(crate) lock_wait: Option<Duration>,
}

/// What became of a statement.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Answer {
    /// It was done; go on with the next
    Done,
    /// It was not; run it again
    Retry,
}

impl From<Answer> for Resume {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Done => Self::Done,
            Answer::Retry => Self::Retry,
        }
    }
}

impl Default for Args {
    fn default() -> Self {
        let target = "head".to_owned();
        Self {
            target,
            sql: false,
            dry_run: false,
            single_transaction: false,
            rewind: false,
            resume: None,
            lock_wait: None,
        }
    }
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let revisions = ctx.read_revisions()?;
    if args.sql {
        return ctx.upgrade_script(&revisions, &args.target);
    }
    if args.target.contains(':') {
        return Err(range_online(&args.target));
    }
    if let Some(unconverted) = ctx.unconverted_scripts(&revisions) {
        ctx.ui.warn(&unconverted.diagnostic());
    }
    let mut database =
        if args.dry_run { ctx.connect("migrate").await? } else { ctx.connect_to_change("migrate").await? };
    let state = ctx.state(&mut database).await?;
    let ahead = ctx.ahead(&mut database, &state, &revisions).await?;
    if args.dry_run {
        return announce(ctx, &revisions, &state, ahead.as_ref(), &args);
    }
    if ahead.is_none() && revisions.graph.upgrade(&state.rows, args.target.as_str())?.steps.is_empty() {
        return nothing_to_do(ctx, &revisions, &state, database).await;
    }
    let ran = upgrade(ctx, database, &revisions, &args, true).await?;
    if ran.is_empty() {
        ctx.ui.status("Nothing left to apply: another run was faster");
    }
    summary(ctx, &ran);
    Ok(())
}

/// Brings the database to the head; says so where it is there already.
pub(crate) async fn ensure(ctx: &Context, revisions: &Revisions) -> Result<()> {
    let mut database = ctx.connect_to_change("up").await?;
    let state = ctx.state(&mut database).await?;
    let args = Args::default();
    let ahead = ctx.ahead(&mut database, &state, revisions).await?;
    let is_there = ahead.is_none() && revisions.graph.upgrade(&state.rows, args.target.as_str())?.steps.is_empty();
    if is_there && state.unfinished.is_none() {
        let at =
            if state.rows.is_empty() { "the base: there are no revisions".to_owned() } else { state.rows.join(", ") };
        ctx.ui.action("Already", format!("migrated, at {at}"));
        database.close().await;
        return Ok(());
    }
    // The views are refreshed by the next step of those who ask for this.
    upgrade(ctx, database, revisions, &args, false).await?;
    Ok(())
}

/// Applies what is pending, with everything read and checked before the first statement.
async fn upgrade(
    ctx: &Context,
    database: Database,
    revisions: &Revisions,
    args: &Args,
    tells_of_views: bool,
) -> Result<Vec<Ran>> {
    let mut runner = Runner::start(ctx, database, args.lock_wait).await?;
    let state = runner.state().clone();
    let ahead = ctx.ahead(runner.database(), &state, revisions).await?;
    let (back, rows) = match &ahead {
        None => (Vec::new(), state.rows),
        Some(ahead) => to_take_back(ctx, &mut runner, revisions, ahead, args).await?,
    };
    let work = ctx.work(revisions, revisions.graph.upgrade(&rows, args.target.as_str())?)?;
    if !back.is_empty() {
        runner.confirm_losses("Taking back the revisions that this checkout does not have", &back).await?;
    }
    let touches_views = work.iter().any(|work| work.script().text.to_ascii_lowercase().contains("materialized"));
    let resume = args.resume.map(Resume::from);
    let ran = if args.single_transaction {
        let all: Vec<Work<'_>> = back.into_iter().chain(work).collect();
        runner.run_together(&all).await?
    } else {
        let mut ran = if back.is_empty() { Vec::new() } else { runner.run(&back, resume).await? };
        ran.extend(runner.run(&work, resume).await?);
        ran
    };
    if tells_of_views && touches_views {
        tell_of_unpopulated_views(ctx, &mut runner).await?;
    }
    runner.finish().await;
    Ok(ran)
}

/// A view that was made `WITH NO DATA` cannot be read until it is refreshed, and nothing else would say so.
async fn tell_of_unpopulated_views(ctx: &Context, runner: &mut Runner<'_>) -> Result<()> {
    let unpopulated = runner.database().unpopulated_views().await?;
    if unpopulated > 0 {
        ctx.ui.status(format!("{unpopulated} materialised view(s) hold no data yet: cargo xtask refresh-views"));
    }
    Ok(())
}

/// The steps that take back what this checkout has not, and the rows after them.
async fn to_take_back<'g>(
    ctx: &Context,
    runner: &mut Runner<'_>,
    revisions: &Revisions,
    ahead: &'g Ahead,
    args: &Args,
) -> Result<(Vec<Work<'g>>, Vec<String>)> {
    if !ahead.can_rewind() || !(args.rewind || wants_rewind(ctx, ahead)?) {
        return Err(ahead.diagnostic().into());
    }
    let rows = runner.state().rows.clone();
    let plan = ahead.rewind(&rows)?;
    let after = plan.rows_after(&rows);
    Ok((ctx.mixed_work(runner.database(), revisions, ahead, plan).await?, after))
}

fn wants_rewind(ctx: &Context, ahead: &Ahead) -> Result<bool> {
    if !ctx.ui.can_ask() || ctx.ui.says_yes() {
        return Ok(false);
    }
    ctx.ui.status("The database is at revisions that this checkout does not have:");
    for unknown in &ahead.unknown {
        ctx.ui.status(format!("  {}", unknown.describe()));
    }
    ctx.ui.ask("Take them back with their recorded SQL, and go on to this checkout's head?", false)
}

async fn nothing_to_do(ctx: &Context, revisions: &Revisions, state: &State, mut database: Database) -> Result<()> {
    for change in ctx.changed_files(&mut database, state, revisions).await? {
        ctx.ui.warn(&change);
    }
    if let Some(unfinished) = &state.unfinished {
        ctx.ui.warn(&crate::context::unfinished_warning(unfinished));
    }
    summary(ctx, &[]);
    let at = if state.rows.is_empty() { "the base".to_owned() } else { state.rows.join(", ") };
    ctx.ui.status(format!("Nothing to apply: the database is at {at}"));
    database.close().await;
    Ok(())
}

fn announce(ctx: &Context, revisions: &Revisions, state: &State, ahead: Option<&Ahead>, args: &Args) -> Result<()> {
    let (back, rows) = match ahead {
        None => (Plan::default(), state.rows.clone()),
        Some(ahead) if args.rewind && ahead.can_rewind() => {
            let plan = ahead.rewind(&state.rows)?;
            let rows = plan.rows_after(&state.rows);
            (plan, rows)
        }
        Some(ahead) => return Err(ahead.diagnostic().into()),
    };
    let plan = revisions.graph.upgrade(&rows, args.target.as_str())?;
    // The files must be right before anybody is told that they would be applied.
    let work = ctx.work(revisions, plan)?;
    if ctx.ui.is_json() {
        let ids = |steps: &[Step<'_>]| steps.iter().map(|step| step.revision.to_owned()).collect::<Vec<_>>();
        let up: Vec<&str> = work.iter().map(|work| work.revision.id.as_str()).collect();
        ctx.ui.json(&serde_json::json!({ "would_take_back": ids(&back.steps), "would_apply": up }));
        return Ok(());
    }
    for step in &back.steps {
        ctx.ui.line(format!("would take back {}", step.revision));
    }
    for work in &work {
        ctx.ui.line(format!("would apply {} {}", work.revision.id, work.revision.message));
    }
    if back.steps.is_empty() && work.is_empty() {
        ctx.ui.status("Nothing to apply");
    }
    Ok(())
}

/// The result for programs; people were told of each step.
pub(crate) fn summary(ctx: &Context, ran: &[Ran]) {
    if ctx.ui.is_json() {
        ctx.ui.json(&serde_json::json!({ "ran": ran }));
    }
}

fn range_online(target: &str) -> Report {
    Diagnostic::error(RANGE_ONLINE, Exit::Usage, format!("`{target}` is a range, which only `--sql` takes"))
        .because("a database is migrated from where it stands; only a script can begin somewhere else")
        .try_command("Write the script", format!("cargo xtask migrate --sql {target}"))
        .try_command("Or apply up to the end of the range", format!("cargo xtask migrate {}", end_of(target)))
        .into()
}

fn end_of(range: &str) -> &str {
    range.split_once(':').map(|(_, end)| end).filter(|end| !end.is_empty()).unwrap_or("head")
}
