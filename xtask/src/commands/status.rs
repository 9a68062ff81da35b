//! `status`: how things are.

use serde_json::{Value, json};

use crate::context::{Context, Revisions, Target, Unknown, described, server_in_words};
use crate::diagnostic::{Diagnostic, Result};
use crate::server::State;

/// Show how things are: the service, the revision, what is pending, the views
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Only this service of the Compose file
    service: Option<String>,
}

/// What the database says of itself.
struct Found {
    version: u32,
    rows: Vec<String>,
    pending: Vec<String>,
    unknown: Vec<Unknown>,
    unfinished: Option<Diagnostic>,
    views: Value,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let target = ctx.target()?;
    if let Some(name) = &args.service {
        ctx.require_database_service(name)?;
    }
    let service = if target.is_service() { Some(ctx.local_server()?.state()?) } else { None };
    let revisions = ctx.read_revisions()?;
    let found = look(ctx, &revisions).await;
    if ctx.ui.is_json() {
        ctx.ui.json(&as_json(&target, service.as_ref(), found.as_ref().ok()));
    } else {
        show(ctx, &revisions, &target, service.as_ref(), found.as_ref().ok(), args.service.is_some());
    }
    if let Some(unfinished) = found.as_ref().ok().and_then(|found| found.unfinished.as_ref()) {
        ctx.ui.warn(unfinished);
    }
    found.map(|_| ())
}

async fn look(ctx: &Context, revisions: &Revisions) -> Result<Found> {
    let mut database = ctx.connect("status").await?;
    let state = ctx.state(&mut database).await?;
    let ahead = ctx.ahead(&mut database, &state, revisions).await?;
    let pending = match &ahead {
        Some(_) => Vec::new(),
        None => {
            revisions.graph.upgrade(&state.rows, "heads")?.steps.iter().map(|step| step.revision.to_owned()).collect()
        }
    };
    let views = super::views::counts(&mut database).await?;
    let version = database.server_version();
    database.close().await;
    let unknown = ahead.map(|ahead| ahead.unknown).unwrap_or_default();
    let unfinished = state.unfinished.as_ref().map(crate::context::unfinished_warning);
    Ok(Found { version, rows: state.rows, pending, unknown, unfinished, views })
}

fn show(
    ctx: &Context,
    revisions: &Revisions,
    target: &Target,
    service: Option<&State>,
    found: Option<&Found>,
    brief: bool,
) {
    let line = |name: &str, text: String| ctx.ui.line(format!("{name:<10} {text}"));
    line("Database", target.address.shown.clone());
    if let Some(state) = service {
        line("Service", server_in_words(state));
    }
    let Some(found) = found else { return };
    line("Server", format!("PostgreSQL {}.{}", found.version / 10_000, found.version % 10_000));
    if brief {
        return;
    }
    if found.rows.is_empty() {
        line("Revision", "none: the base".to_owned());
    }
    for row in found.rows.iter().filter(|row| revisions.get(row).is_some()) {
        line("Revision", described::line(revisions, row));
    }
    if found.unknown.is_empty() {
        let list = if found.pending.is_empty() { "nothing".to_owned() } else { found.pending.join(", ") };
        line("Pending", list);
    }
    for unknown in &found.unknown {
        line("Unknown", unknown.describe());
    }
    if !found.unknown.is_empty() {
        line("", "`cargo xtask migrate --rewind` takes back what this checkout does not have".to_owned());
    }
    let number = |name: &str| found.views[name].as_u64().unwrap_or_default();
    let (count, stale) = (number("count"), number("stale"));
    line(
        "Views",
        match (count, stale) {
            (0, _) => "none".to_owned(),
            (_, 0) => format!("{count} materialised, all fresh"),
            _ => format!("{count} materialised, {stale} to refresh: `cargo xtask refresh-views --stale`"),
        },
    );
}

fn as_json(target: &Target, service: Option<&State>, found: Option<&Found>) -> Value {
    json!({
        "database": target.address.shown,
        "origin": target.address.origin,
        "service": service.map(word),
        "answers": found.is_some(),
        "server_version": found.map(|found| found.version),
        "revisions": found.map(|found| &found.rows),
        "pending": found.map(|found| &found.pending),
        "unknown": found.map(|found| found.unknown.iter().map(described::unknown_json).collect::<Vec<_>>()),
        "unfinished": found.map(|found| found.unfinished.is_some()),
        "views": found.map(|found| &found.views),
    })
}

/// The state in a word that stays; `docs/json.md` lists them.
fn word(state: &State) -> &'static str {
    match state {
        State::Absent => "absent",
        State::HalfMade { .. } => "half-made",
        State::Stopped { .. } => "stopped",
        State::Busy { .. } => "busy",
        State::Running { .. } => "running",
        State::Unresponsive { .. } => "unresponsive",
        State::Crashed { .. } => "crashed",
        State::StalePid { .. } => "stale-pid",
        State::OtherMajor { .. } => "other-major",
        State::ForeignPort { .. } => "port-in-use",
    }
}
