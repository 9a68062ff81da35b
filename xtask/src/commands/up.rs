//! `up`: from a clone to a working database, step by step.

use clap::ValueEnum;
use serde_json::json;

use super::doctor;
use crate::context::{Context, Target};
use crate::diagnostic::Result;

/// From a clone to a working database: services, migrations, views
///
/// Every step looks first and does only what is missing, so it can be repeated at any time, and goes on where it failed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Load the sample rows too, between migrations and views
    #[arg(long)]
    seed: bool,
    /// Take only these steps
    #[arg(long, value_name = "STEP", value_delimiter = ',', num_args = 1..)]
    only: Vec<Step>,
    /// Leave these steps out
    #[arg(long, value_name = "STEP", value_delimiter = ',', num_args = 1.., conflicts_with = "only")]
    skip: Vec<Step>,
}

/// A step, in the order in which they are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// What this machine and the project lack
    Doctor,
    /// The env file, made from its example; asks for what only you know
    Env,
    /// The images of the services, pulled or built
    Images,
    /// The services run, and are healthy
    Services,
    /// The database answers
    Database,
    /// Every revision is applied
    Migrations,
    /// The sample rows that are not loaded yet; taken with --seed or --only seed
    Seed,
    /// Every materialised view is fresh
    Views,
}

impl Step {
    fn needs_database(self) -> bool {
        matches!(self, Self::Database | Self::Migrations | Self::Seed | Self::Views)
    }
}

impl Args {
    fn takes(&self, step: Step) -> bool {
        let is_named = self.only.contains(&step);
        if !self.only.is_empty() {
            return is_named;
        }
        !self.skip.contains(&step) && (step != Step::Seed || self.seed)
    }
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    for step in Step::value_variants().iter().filter(|step| args.takes(**step)) {
        // Services without a database among them are brought up all the same.
        if !step.needs_database() || ctx.has_database() {
            take(ctx, *step).await?;
        }
    }
    if !ctx.has_database() {
        return Ok(());
    }
    if Step::value_variants().iter().any(|step| step.needs_database() && args.takes(*step)) {
        end_card(ctx, &ctx.target().await?).await?;
    }
    Ok(())
}

async fn take(ctx: &Context, step: Step) -> Result<()> {
    match step {
        Step::Doctor => check(ctx).await,
        Step::Env => ctx.ensure_env_file(),
        Step::Images => ctx.ensure_service_images().await,
        Step::Services => ctx.ensure_services().await,
        Step::Database => ctx.ensure_database().await,
        Step::Migrations => super::migrate::ensure(ctx, &ctx.read_revisions()?).await,
        Step::Seed => super::seed::ensure(ctx).await,
        Step::Views => ctx.ensure_refreshed().await,
    }
}

/// What is in the way ends the run before anything is done; what is not is the business of `doctor`.
async fn check(ctx: &Context) -> Result<()> {
    if let Some(report) = doctor::in_the_way(&doctor::before_up(ctx).await) {
        return Err(report);
    }
    ctx.ui.action("Already", "in order: what this machine needs");
    Ok(())
}

/// What a person needs to go on.
pub(crate) async fn end_card(ctx: &Context, target: &Target) -> Result<()> {
    let address = &target.address.shown;
    let mut database = ctx.connect("up").await?;
    let first = if ctx.unloaded_seed(&mut database).await?.is_empty() {
        ("cargo xtask history -i", "what was applied")
    } else {
        ("cargo xtask seed", "load the sample rows")
    };
    database.close().await;
    let next = [first, ("cargo xtask views", "what can be analysed"), ("cargo xtask status", "how things are")];
    if ctx.ui.is_json() {
        let next = next.map(|(command, _)| command);
        ctx.ui.json(&json!({ "database": address, "psql": "cargo xtask psql", "next": next }));
        return Ok(());
    }
    ctx.ui.line(format!("\n  Database  {address}\n  psql      cargo xtask psql"));
    for (at, (command, what)) in next.iter().enumerate() {
        let heading = if at == 0 { "Next" } else { "" };
        ctx.ui.line(format!("  {heading:<9} {command:<24} {what}"));
    }
    Ok(())
}
