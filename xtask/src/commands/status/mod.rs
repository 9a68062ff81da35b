//! `status`: how things are.

mod services;

use serde_json::{Value, json};

use crate::config::Backend;
use crate::context::{
    Choice, Context, Revisions, ServiceState, Target, Unconverted, Unknown, described, server_in_words, service_json,
};
use crate::diagnostic::{Code, Diagnostic, Exit, Result};
use crate::server::State;

const NOT_WELL: Code = Code::new("service-not-well");

/// Show how things are: the services, the revision, what is pending, the views
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Only this service of the Compose file
    service: Option<String>,
}

impl Args {
    /// What the old workflow's `check-db-health` means.
    pub(crate) fn of_database(ctx: &Context) -> Result<Self> {
        let (_, database) = ctx.database_service()?;
        Ok(Self { service: Some(database.service) })
    }
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

/// Everything that is shown.
struct Status {
    choice: Option<Choice>,
    target: Option<Target>,
    services: Services,
    unconverted: Option<Unconverted>,
    found: Result<Found>,
}

/// How the services are, on either backend.
enum Services {
    /// Another database is named; the project's own services do not matter.
    Unused,
    /// The private server.
    Local(State),
    /// Containers.
    Docker(Vec<ServiceState>),
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let services = services(ctx, args.service.as_deref()).await?;
    let only = args.service.as_deref();
    if let (Some(name), Services::Docker(states)) = (only, &services)
        && ctx.database_service().is_ok_and(|(_, database)| database.service != name)
    {
        return alone(ctx, states);
    }
    if let (Services::Docker(states), false) = (&services, ctx.has_database()) {
        return alone(ctx, states);
    }
    let target = ctx.target().await;
    let revisions = ctx.read_revisions()?;
    let found = match &target {
        Ok(_) => look(ctx, &revisions).await,
        Err(report) => Err(report.clone()),
    };
    let unconverted = ctx.unconverted_scripts(&revisions);
    let status = Status { choice: ctx.chosen_backend()?, target: target.ok(), services, unconverted, found };
    if ctx.ui.is_json() {
        ctx.ui.json(&status.as_json());
    } else {
        show(ctx, &revisions, &status, only.is_some());
    }
    if let Some(unconverted) = status.unconverted.as_ref().filter(|_| only.is_none()) {
        ctx.ui.warn(&unconverted.diagnostic());
    }
    if let Some(unfinished) = status.found.as_ref().ok().and_then(|found| found.unfinished.as_ref()) {
        ctx.ui.warn(unfinished);
    }
    status.found?;
    match &status.services {
        Services::Docker(states) => all_well(states),
        _ => Ok(()),
    }
}

/// Services without the database: none was asked for, or there is none.
fn alone(ctx: &Context, states: &[ServiceState]) -> Result<()> {
    if ctx.ui.is_json() {
        let states: Vec<Value> = states.iter().map(service_json).collect();
        ctx.ui.json(&json!({ "backend": "docker", "services": states }));
    } else {
        services::show(ctx, states);
    }
    all_well(states)
}

/// A service that nobody has started is no failure, unless nothing runs at all.
fn all_well(states: &[ServiceState]) -> Result<()> {
    let has_none = states.iter().all(|state| state.container.is_none());
    let is_bad = |state: &&ServiceState| !state.is_well() && (has_none || state.container.is_some());
    let bad: Vec<&ServiceState> = states.iter().filter(is_bad).collect();
    let Some(first) = bad.first() else { return Ok(()) };
    let names: Vec<&str> = bad.iter().map(|state| state.service.as_str()).collect();
    let title = format!("not running as it should: {}", names.join(", "));
    let mut found = Diagnostic::error(NOT_WELL, Exit::Unhealthy, title);
    found.evidence = bad.iter().map(|state| format!("{}: {}", state.service, state.in_words())).collect();
    if first.container.is_some() {
        found = found.try_command("See what it has written", format!("cargo xtask logs {}", first.service));
    }
    Err(found.try_command("Start it", format!("cargo xtask start-services {}", names.join(" "))).into())
}

async fn services(ctx: &Context, only: Option<&str>) -> Result<Services> {
    if !ctx.is_service_meant()? {
        return Ok(Services::Unused);
    }
    match ctx.backend_in_use().await? {
        Backend::Local => {
            ctx.require_database_alone(&only.map(str::to_owned).into_iter().collect::<Vec<_>>())?;
            Ok(Services::Local(ctx.local_server()?.state()?))
        }
        Backend::Docker => {
            let mut states = ctx.docker_states().await?;
            if let Some(name) = only {
                ctx.compose()?.stack.require(name)?;
                states.retain(|state| state.service == name);
            }
            Ok(Services::Docker(states))
        }
    }
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

fn show(ctx: &Context, revisions: &Revisions, status: &Status, brief: bool) {
    let line = |name: &str, text: String| ctx.ui.line(format!("{name:<10} {text}"));
    if let Some(target) = &status.target {
        line("Database", target.address.shown.clone());
    }
    match &status.services {
        Services::Unused => {}
        Services::Local(state) => line("Service", server_in_words(state)),
        Services::Docker(states) => services::show(ctx, states),
    }
    if let (Some(choice), Services::Local(_) | Services::Docker(_)) = (&status.choice, &status.services) {
        line("Backend", format!("{}, chosen by {}", choice.backend, choice.by.in_words()));
    }
    let Ok(found) = &status.found else { return };
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

impl Status {
    fn as_json(&self) -> Value {
        let found = self.found.as_ref().ok();
        let target = self.target.as_ref();
        let (backend, service, services) = match &self.services {
            Services::Unused => (None, None, Vec::new()),
            Services::Local(state) => (Some("local"), Some(word(state)), Vec::new()),
            Services::Docker(states) => (Some("docker"), None, states.iter().map(service_json).collect()),
        };
        json!({
            "database": target.map(|target| &target.address.shown),
            "origin": target.map(|target| &target.address.origin),
            "backend": backend,
            "service": service,
            "services": services,
            "answers": found.is_some(),
            "server_version": found.map(|found| found.version),
            "revisions": found.map(|found| &found.rows),
            "pending": found.map(|found| &found.pending),
            "unknown": found.map(|found| found.unknown.iter().map(described::unknown_json).collect::<Vec<_>>()),
            "unconverted": self.unconverted.as_ref().map(|it| &it.ids).unwrap_or(&Vec::new()),
            "unfinished": found.map(|found| found.unfinished.is_some()),
            "views": found.map(|found| &found.views),
        })
    }
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
