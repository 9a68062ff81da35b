//! `migrate-autogenerate`: a revision for what models and database differ in.

mod watch;

use super::schema::difference;
use crate::context::{Context, Draft, Proof, Proved, Revisions, Told, WithPython, told_of_backfills, without_views};
use crate::diagnostic::{Code, Diagnostic, Exit, Result, shell_word};
use crate::diff::awaited;
use crate::plan::{Answers, Plan};
use crate::postgres::{Database, ScratchServer};
use crate::schema::{ObjectId, Schema};

const BEHIND: Code = Code::new("autogenerate-behind");

const EXAMPLES: &str = "\
Examples:
  cargo xtask migrate-autogenerate -m \"Add reactor names\"
  cargo xtask migrate-autogenerate -m \"Rename\" --rename runs.reactor:vessel
  cargo xtask migrate-autogenerate -m \"Require names\" --backfill \"runs.name='unknown'\"
  cargo xtask migrate-autogenerate --watch";

/// Write the revision that models and database differ in, proved first
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// What the revision does, in one line
    #[arg(short, long, required_unless_present = "watch")]
    message: Option<String>,
    #[command(flatten)]
    told: Told,
    /// Drop this view, which no file states; may be given several times
    #[arg(long, value_name = "NAME")]
    drop_view: Vec<String>,
    /// Write the files without trying them in a scratch database first
    #[arg(long)]
    no_proof: bool,
    /// Show the SQL on stdout and write nothing
    #[arg(long)]
    dry_run: bool,
    /// An id other than the time stamp: letters, digits and `_`, 32 at most
    #[arg(long, value_name = "ID")]
    rev_id: Option<String>,
    /// Write nothing, and show the difference anew each time that a file is saved, until Ctrl-C
    #[arg(long, conflicts_with_all = ["message", "no_proof", "dry_run", "rev_id", "python"])]
    watch: bool,
    #[command(flatten)]
    with: WithPython,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    if args.watch {
        return watch::run(ctx, &args).await;
    }
    ctx.use_python(&args.with)?;
    let revisions = ctx.read_revisions()?;
    let mut database = ctx.connect("migrate-autogenerate").await?;
    require_heads(ctx, &mut database, &revisions).await?;

    let catalogue = ctx.catalogue(&mut database).await?;
    let agreement = ctx.agreement(&catalogue);
    if args.told.is_empty() && args.drop_view.is_empty() && ctx.have_agreed(&agreement) {
        return nothing(ctx);
    }
    let mut server = ctx.scratch_server(&mut database).await?;
    let current = catalogue.schema()?;
    let Compared { wanted, mut plan, answers, left_alone } =
        compared(ctx, &mut server, &current, &args, &args.told).await?;
    tell_left_alone(ctx, &left_alone.views, &left_alone.extensions);
    if plan.is_empty() {
        ctx.note_agreement(&agreement);
        return nothing(ctx);
    }
    let mut proved = None;
    if args.no_proof {
        plan.up.notes.push("not proved: written with --no-proof".to_owned());
    } else {
        let proof = Proof { current: &current, wanted: &wanted, plan: &plan, renames: &answers.renames };
        let shown = ctx.prove(&mut server, &revisions, &proof).await;
        let shown = shown.map_err(|report| told_of_backfills(report, &answers.backfills))?;
        plan.up.notes.extend(shown.notes());
        proved = Some(shown);
    }
    database.close().await;
    server.close().await;
    tell(ctx, &plan, proved.as_ref());
    if args.dry_run {
        if ctx.ui.is_json() {
            ctx.ui.json(&difference(&plan));
        } else {
            ctx.ui.text(plan.up.text());
        }
        return Ok(());
    }
    let draft = Draft { message: args.message.unwrap_or_default(), id: args.rev_id, ..Draft::default() };
    ctx.write_generated(&revisions, draft, &plan)
}

/// What models and database differ in.
struct Compared {
    wanted: Schema,
    plan: Plan,
    /// What was told and asked.
    answers: Answers,
    left_alone: LeftAlone,
}

/// What no file states.
struct LeftAlone {
    views: Vec<ObjectId>,
    extensions: Vec<ObjectId>,
}

async fn compared(
    ctx: &Context,
    server: &mut ScratchServer,
    current: &Schema,
    args: &Args,
    told: &Told,
) -> Result<Compared> {
    let stated = ctx.stated(server, current).await?;
    let kept = without_views(current, &args.drop_view)?;
    let beside = stated.beside(&kept);
    let message = args.message.as_deref().unwrap_or("…");
    let command = format!("cargo xtask migrate-autogenerate -m {}", shell_word(message));
    let mut answers = ctx.settle(current, &beside.schema, told, &command)?;
    if !args.watch {
        ctx.offer_backfills(&mut answers, current, &beside.schema, &stated)?;
    }
    let renamed = ctx.renamed(server, stated.schema(), &kept, &answers.renames).await?;
    let wanted = ctx.wanted(server, &stated, &renamed).await?;
    answers.follow(current, &renamed, &wanted);
    let plan = Plan::between(current, &wanted, &answers)?;
    let left_alone = LeftAlone { views: beside.views_left_alone, extensions: beside.extensions_left_alone };
    Ok(Compared { wanted, plan, answers, left_alone })
}

/// A revision is written on top of all others, so the database must have these.
async fn require_heads(ctx: &Context, database: &mut Database, revisions: &Revisions) -> Result<()> {
    let state = ctx.state(database).await?;
    if let Some(ahead) = ctx.ahead(database, &state, revisions).await? {
        return Err(ahead.diagnostic().into());
    }
    let pending = revisions.graph.upgrade(&state.rows, "heads")?;
    match pending.steps.len() {
        0 => Ok(()),
        count => Err(Diagnostic::error(BEHIND, Exit::Conflict, format!("the database lacks {count} of the revisions"))
            .because("what they do would be written a second time")
            .try_command("Apply them first", "cargo xtask migrate heads")
            .into()),
    }
}

fn nothing(ctx: &Context) -> Result<()> {
    if ctx.ui.is_json() {
        ctx.ui.json(&serde_json::Value::Null);
    }
    ctx.ui.status("Models and database agree; there is nothing to write");
    Ok(())
}

/// Views and extensions that nobody has written down. They stay, which is worth knowing.
fn tell_left_alone(ctx: &Context, views: &[ObjectId], extensions: &[ObjectId]) {
    for (left_alone, more) in [(views, "; `cargo xtask views export` writes it"), (extensions, "")] {
        if !left_alone.is_empty() {
            let names: Vec<String> = left_alone.iter().map(ToString::to_string).collect();
            ctx.ui.status(format!("Note: no file states {}, which stays{more}", names.join(", ")));
        }
    }
}

/// What a person should know before they commit the files.
fn tell(ctx: &Context, plan: &Plan, proved: Option<&Proved>) {
    for block in &plan.up.blocks {
        ctx.ui.action("Change", &block.title);
    }
    for what in plan.up.destroys() {
        ctx.ui.setback("Destroys", what);
    }
    for (script, file) in [(&plan.up, "up"), (&plan.down, "down")] {
        for remark in script.statements().flat_map(|it| &it.remarks).filter(|remark| remark.starts_with("backfill: ")) {
            let what = match awaited(remark) {
                Some((table, column)) => format!("what rows of {table} without {column} get"),
                None => "what rows without a value in a required column get".to_owned(),
            };
            ctx.ui.setback("Fill in", format!("{what}: see `-- backfill:` in the {file} file"));
        }
    }
    let Some(proved) = proved else { return };
    proved.refused.iter().for_each(|refused| ctx.ui.warn(&refused.warning()));
    for it in &proved.unsampled {
        ctx.ui.setback("Unproved", format!("on rows of {}: no sample row can be made: {}", it.table, it.why));
    }
    let rows = match proved.tables.len() {
        0 => String::new(),
        1 => "; its sample rows survive".to_owned(),
        count => format!("; sample rows of {count} tables survive"),
    };
    ctx.ui.action("Proved", format!("up reaches what is wanted, down restores what is there{rows}"));
}
