//! `doctor`: what is on this machine, what is missing, and what mends it. One file a group of rows.

mod compose;
mod containers;
mod database;
mod engine;
mod env_file;
mod local;
mod machine;
mod migrations;
mod row;

use crate::config::Backend;
use crate::context::Context;
use crate::diagnostic::{Code, Diagnostic, Exit, Report, Result};

use row::{Row, Verdict};

const BLOCKED: Code = Code::new("doctor-blocked");

/// Check this machine and the project: what is missing, and how to mend it
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) async fn run(ctx: &Context, _args: Args) -> Result<()> {
    let mut rows = before_up(ctx).await;
    if ctx.is_service_meant().unwrap_or(true) {
        // Where nobody has chosen yet, an engine that answers is what the first `up` would take.
        let backend = ctx.chosen_backend().ok().flatten().map(|choice| choice.backend);
        let is_docker = match backend {
            Some(backend) => backend == Backend::Docker,
            None => ctx.docker().await.is_ok(),
        };
        match is_docker {
            true => rows.extend(containers::rows(ctx).await),
            false => rows.extend(ctx.local_server().ok().map(|server| local::service(&server))),
        }
    }
    rows.extend([machine::psql(ctx), machine::git()]);
    if ctx.has_database() {
        rows.push(database::row(ctx).await);
    }
    let blocked = blocked(&rows);
    if ctx.ui.is_json() {
        ctx.ui.json(&serde_json::json!({ "ok": blocked.is_none(), "rows": rows }));
    } else {
        show(ctx, &rows);
    }
    blocked.map_or(Ok(()), Err)
}

/// What must be in order before `up` can do its work.
pub(crate) async fn before_up(ctx: &Context) -> Vec<Row> {
    // Whoever has named a database needs no service of the project's own.
    if let Ok(Some(target)) = ctx.named_target() {
        let found = format!("not needed: the database is named by {}", target.address.origin);
        return vec![Row::ok("database service", found), migrations::row(ctx), machine::state_folder(ctx)];
    }
    let mut rows = vec![compose::row(ctx)];
    rows.extend(env_file::rows(ctx));
    let engine = engine::row(ctx).await;
    let backend = ctx.chosen_backend().ok().flatten().map(|choice| choice.backend);
    let local = match backend {
        Some(Backend::Docker) => None,
        _ => ctx.local_server().ok().map(|server| local::binaries(&server)),
    };
    rows.extend([migrations::row(ctx), machine::state_folder(ctx), engine::backend(ctx)]);
    // Where nobody has chosen yet, one of the two is enough.
    let has_engine = backend.is_none() && engine.verdict == Verdict::Ok;
    rows.push(engine);
    rows.extend(local.map(|row| if has_engine { row.not_in_the_way() } else { row }));
    rows
}

/// What is in the way, as the end of the command; nothing where nothing is.
fn blocked(rows: &[Row]) -> Option<Report> {
    let blocked: Vec<&Row> = rows.iter().filter(|row| row.verdict == Verdict::Missing).collect();
    let names: Vec<&str> = blocked.iter().map(|row| row.what).collect();
    let found = Diagnostic::error(BLOCKED, Exit::Prerequisite, format!("missing: {}", names.join(", ")))
        .advise("Do what stands beside each, and run `cargo xtask doctor` again");
    (!blocked.is_empty()).then(|| found.into())
}

/// What is in the way in full, as the commands themselves would say it, for one that ends with it.
pub(crate) fn in_the_way(rows: &[Row]) -> Option<Report> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for row in rows.iter().filter(|row| row.verdict == Verdict::Missing) {
        for diagnostic in row.diagnostics() {
            if !found.contains(&diagnostic) {
                found.push(diagnostic);
            }
        }
    }
    Report::from_all(found)
}

/// A line a row, and a second one for what mends it.
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
