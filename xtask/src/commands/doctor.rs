//! `doctor`: what is on this machine, what is missing, and what mends it.

use serde::Serialize;

use crate::context::{Context, STATE_FOLDER, server_in_words};
use crate::diagnostic::{Code, Diagnostic, Exit, Report, Result};
use crate::server::{LocalServer, State};
use crate::tools;

const BLOCKED: Code = Code::new("doctor-blocked");

/// Check this machine and the project: what is missing, and how to mend it
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {}

/// How a row turned out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    /// As it should be.
    Ok,
    /// The work can go on without it.
    Warning,
    /// `up` would fail.
    Missing,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
struct Row {
    what: &'static str,
    verdict: Verdict,
    found: String,
    /// What mends it.
    fix: Option<String>,
}

impl Row {
    fn new(what: &'static str, verdict: Verdict, found: impl Into<String>) -> Self {
        Self { what, verdict, found: found.into(), fix: None }
    }

    fn fix(self, fix: impl Into<String>) -> Self {
        Self { fix: Some(fix.into()), ..self }
    }

    /// A failure of something else as a row: its title, and its first next step.
    fn of(what: &'static str, verdict: Verdict, report: &Report) -> Self {
        let Some(first) = report.diagnostics().first() else { return Self::new(what, verdict, "unknown") };
        let fix = first.next.first().map(|next| next.command.clone().unwrap_or_else(|| next.what.clone()));
        Self { what, verdict, found: first.title.clone(), fix }
    }
}

pub(crate) async fn run(ctx: &Context, _args: Args) -> Result<()> {
    let mut rows = match ctx.target() {
        // Whoever has named a database needs no service of the project's own.
        Ok(target) if !target.is_service() => {
            let origin = &target.address.origin;
            let found = format!("not needed: the database is named by {origin}");
            vec![Row::new("database service", Verdict::Ok, found), migrations(ctx), state_folder(ctx)]
        }
        _ => {
            let mut rows = vec![compose_file(ctx), env_file(ctx), migrations(ctx), state_folder(ctx)];
            match ctx.local_server() {
                Ok(server) => rows.extend([binaries(&server), service(&server)]),
                Err(report) => rows.push(Row::of("database service", Verdict::Missing, &report)),
            }
            rows
        }
    };
    rows.push(psql(ctx));
    rows.push(git());
    rows.push(database(ctx).await);
    let blocked: Vec<&Row> = rows.iter().filter(|row| row.verdict == Verdict::Missing).collect();
    if ctx.ui.is_json() {
        ctx.ui.json(&serde_json::json!({ "ok": blocked.is_empty(), "rows": rows }));
    } else {
        show(ctx, &rows);
    }
    if blocked.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = blocked.iter().map(|row| row.what).collect();
    Err(Diagnostic::error(BLOCKED, Exit::Prerequisite, format!("missing: {}", names.join(", ")))
        .advise("Do what stands beside each, and run `cargo xtask doctor` again")
        .into())
}

fn show(ctx: &Context, rows: &[Row]) {
    let width = rows.iter().map(|row| row.what.len()).max().unwrap_or_default();
    for row in rows {
        let sign = match row.verdict {
            Verdict::Ok => "ok     ",
            Verdict::Warning => "warning",
            Verdict::Missing => "MISSING",
        };
        ctx.ui.line(format!("{sign}  {:<width$}  {}", row.what, row.found));
        if let Some(fix) = &row.fix {
            ctx.ui.line(format!("{:9}{:width$}  -> {fix}", "", ""));
        }
    }
}

fn compose_file(ctx: &Context) -> Row {
    match ctx.database_service() {
        Ok((_, service)) => {
            let file = ctx.compose_file().unwrap_or_default();
            Row::new("compose file", Verdict::Ok, format!("{file}, database service {}", service.service))
        }
        Err(report) => Row::of("compose file", Verdict::Missing, &report),
    }
}

fn env_file(ctx: &Context) -> Row {
    let (path, example) = (ctx.env_file(), ctx.env_example());
    let example = ctx.project.exists(&example).then_some(example);
    match (ctx.project.exists(&path), example) {
        (true, _) => Row::new("env file", Verdict::Ok, path.as_str()),
        (false, Some(example)) => Row::new("env file", Verdict::Warning, format!("{path} is missing"))
            .fix(format!("cargo xtask up (makes it from {example})")),
        (false, None) => Row::new("env file", Verdict::Ok, "none, and no example of one"),
    }
}

fn migrations(ctx: &Context) -> Row {
    let checked = ctx.read_revisions().and_then(|revisions| {
        ctx.read_all_scripts(revisions.set.revisions().iter())?;
        Ok(revisions)
    });
    let revisions = match checked {
        Ok(revisions) => revisions,
        Err(report) => return Row::of("migrations", Verdict::Missing, &report),
    };
    let (count, heads) = (revisions.set.revisions().len(), revisions.graph.heads());
    let folder = &ctx.config.migrations.dir;
    if count == 0 {
        return Row::new("migrations", Verdict::Ok, format!("no revisions in {folder} yet"));
    }
    let found = format!("{count} revision(s) in {folder}, head {}", heads.join(", "));
    if heads.len() > 1 {
        return Row::new("migrations", Verdict::Missing, found).fix("cargo xtask merge -m \"Merge heads\"");
    }
    Row::new("migrations", Verdict::Ok, found)
}

fn state_folder(ctx: &Context) -> Row {
    match ctx.project.can_write(STATE_FOLDER) {
        Ok(()) => Row::new("state folder", Verdict::Ok, format!("{STATE_FOLDER} can be written")),
        Err(error) => Row::of("state folder", Verdict::Missing, &error.into()),
    }
}

fn binaries(server: &LocalServer) -> Row {
    let wanted = server.spec().wanted_major;
    let install = || tools::PackageManager::detect().map(|manager| manager.install_postgresql(wanted));
    let found = match server.installations() {
        Ok(found) => found,
        Err(error) => return Row::of("PostgreSQL server", Verdict::Missing, &error.into()),
    };
    let Some(best) = found.first() else {
        let offer = server.fetch_offer().ok().flatten();
        let row = Row::new("PostgreSQL server", Verdict::Missing, "no server binaries on this machine");
        return match (offer, install()) {
            (Some(offer), _) => row.fix(format!("cargo xtask up (offers to fetch {})", offer.what)),
            (None, Some(command)) => row.fix(command),
            (None, None) => row.fix("install PostgreSQL"),
        };
    };
    let text = format!("PostgreSQL {} in {}", best.major, best.bin);
    match wanted {
        Some(wanted) if wanted != best.major => {
            Row::new("PostgreSQL server", Verdict::Warning, format!("{text}; the Compose file names {wanted}"))
        }
        _ => Row::new("PostgreSQL server", Verdict::Ok, text),
    }
}

fn service(server: &LocalServer) -> Row {
    match server.state() {
        Ok(state @ (State::ForeignPort { .. } | State::OtherMajor { .. } | State::Unresponsive { .. })) => {
            Row::new("database service", Verdict::Missing, server_in_words(&state))
                .fix("cargo xtask start-services (says more)")
        }
        Ok(state @ State::HalfMade { .. }) => {
            Row::new("database service", Verdict::Warning, server_in_words(&state)).fix("cargo xtask up")
        }
        Ok(state) => Row::new("database service", Verdict::Ok, server_in_words(&state)),
        Err(error) => Row::of("database service", Verdict::Missing, &error.into()),
    }
}

fn psql(ctx: &Context) -> Row {
    match super::psql::program(ctx) {
        Some(program) => Row::new("psql", Verdict::Ok, program.as_str()),
        None => Row::new("psql", Verdict::Warning, "not installed; only `cargo xtask psql` needs it"),
    }
}

fn git() -> Row {
    match tools::find("git") {
        Some(program) => Row::new("git", Verdict::Ok, program.as_str()),
        None => Row::new("git", Verdict::Warning, "not installed; revisions of other branches cannot be named"),
    }
}

/// Whether the database answers; one that is not started yet is no obstacle.
async fn database(ctx: &Context) -> Row {
    let target = match ctx.target() {
        Ok(target) => target,
        Err(report) => return Row::of("database", Verdict::Missing, &report),
    };
    match ctx.connect("doctor").await {
        Ok(database) => {
            let version = database.server_version();
            database.close().await;
            Row::new(
                "database",
                Verdict::Ok,
                format!("{} answers, PostgreSQL {}.{}", target.address.shown, version / 10_000, version % 10_000),
            )
        }
        Err(report) if target.is_service() => Row::of("database", Verdict::Warning, &report).fix("cargo xtask up"),
        Err(report) => Row::of("database", Verdict::Missing, &report),
    }
}
