//! `refresh-views`: materialised views, each after those that it reads.

use std::num::NonZeroUsize;
use std::time::Duration;

use serde_json::{Value, json};

use crate::context::{Context, ViewRun, bytes, duration, verdict};
use crate::diagnostic::{Diagnose as _, Report, Result};
use crate::postgres::{Outcome, RefreshReport, Refreshed, Views};
use crate::ui::{Table, milliseconds, number, seconds};
use crate::view::{Selection, ViewGraph, Wish};

/// Refresh materialised views, each after the views that it reads
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Only these: `view`, or `schema.view`
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// How many at the same time [default: `views.jobs` in xtask.toml]
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Only those that need it: without data, never refreshed by this tool, or read something that has changed since
    #[arg(long)]
    stale: bool,
    /// Refresh in place, which is faster, while readers wait
    #[arg(long)]
    no_concurrently: bool,
    /// How long to wait while somebody else migrates, such as 30s or 10m [default: lock-wait in xtask.toml]
    #[arg(long, value_parser = duration, value_name = "TIME")]
    lock_wait: Option<Duration>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let database = ctx.connect_to_change("refresh-views").await?;
    let mut run = ViewRun::start(ctx, database, args.lock_wait).await?;
    let selection = select(&run.views.graph, &Wish { names: &args.names, only_stale: args.stale })?;
    announce(ctx, &run.views.graph, &selection);
    let jobs = args.jobs.map_or(ctx.config.views.jobs, NonZeroUsize::get);
    let report = run.refresh(&selection.views, jobs, !args.no_concurrently).await?;
    show(ctx, &run.views, &selection, &report);
    run.finish().await;
    verdict(&report)
}

/// The views that are meant; all that is wrong with the names at once.
pub(super) fn select(graph: &ViewGraph, wish: &Wish<'_>) -> Result<Selection> {
    graph.select(wish).or_else(|errors| {
        let report = Report::from_all(errors.iter().map(|error| error.diagnose()).collect());
        report.map_or_else(|| Ok(Selection::default()), Err)
    })
}

/// Says what a person may not expect.
fn announce(ctx: &Context, graph: &ViewGraph, selection: &Selection) {
    for brought in &selection.brought {
        let (view, reader) = (graph.name(brought.view), graph.name(brought.reader));
        ctx.ui.status(format!("{view} is refreshed too: {reader} reads it, and it is not populated"));
    }
    for &view in &selection.views {
        for &read in graph.reads(view) {
            if graph.freshness(read).is_stale() && !selection.views.contains(&read) {
                let (view, read) = (graph.name(view), graph.name(read));
                ctx.ui.status(format!("{view} reads {read}, which is stale and is not refreshed with it"));
            }
        }
    }
    if graph.views().is_empty() {
        ctx.ui.status(
            "The database has no materialised views; `cargo xtask migrate` applies the revisions that create them",
        );
    } else if selection.views.is_empty() {
        let what = if selection.fresh == 1 {
            "the view is fresh".to_owned()
        } else {
            format!("all {} views are fresh", selection.fresh)
        };
        ctx.ui.status(format!("Nothing to refresh: {what}"));
    }
}

fn show(ctx: &Context, views: &Views, selection: &Selection, report: &RefreshReport) {
    if ctx.ui.is_json() {
        let list: Vec<Value> = report.views.iter().map(|one| as_json(&views.graph, one)).collect();
        ctx.ui.json(&json!({
            "views": list,
            "fresh": selection.fresh,
            "interrupted": report.interrupted,
            "duration_ms": milliseconds(report.took),
        }));
        return;
    }
    if report.views.is_empty() {
        return;
    }
    let mut table = Table::new(&["view", "mode", "rows", "size", "time"]).right(2).right(3).right(4);
    for one in &report.views {
        table.row(cells(&views.graph, one));
    }
    ctx.ui.line(table.render());
    let (refreshed, count) = (report.refreshed(), report.views.len());
    ctx.ui.status(format!("{refreshed} of {count} refreshed in {}", seconds(report.took)));
}

fn cells(graph: &ViewGraph, one: &Refreshed) -> [String; 5] {
    let nothing = || "-".to_owned();
    let mode = match &one.outcome {
        Outcome::Refreshed { .. } => one.mode.to_string(),
        Outcome::Failed(error) => format!("failed: {}", error.reason()),
        Outcome::Skipped { because } => format!("skipped: it reads {because}"),
        Outcome::Interrupted => "interrupted".to_owned(),
    };
    let (rows, size, time) = match &one.outcome {
        Outcome::Refreshed { rows, bytes: size, took } => {
            (rows.map_or_else(nothing, number), size.map_or_else(nothing, bytes), seconds(*took))
        }
        _ => (nothing(), nothing(), nothing()),
    };
    [graph.name(one.view).to_string(), mode, rows, size, time]
}

fn as_json(graph: &ViewGraph, one: &Refreshed) -> Value {
    let name = graph.name(one.view);
    let mut value = json!({
        "schema": name.schema, "name": name.name, "mode": one.mode.word(), "plain_because": one.mode.reason(),
        "outcome": "interrupted", "rows": null, "bytes": null, "duration_ms": null, "error": null, "skipped_because": null,
    });
    match &one.outcome {
        Outcome::Refreshed { rows, bytes, took } => {
            value["outcome"] = json!("refreshed");
            value["rows"] = json!(rows);
            value["bytes"] = json!(bytes);
            value["duration_ms"] = json!(milliseconds(*took));
        }
        Outcome::Failed(error) => {
            value["outcome"] = json!("failed");
            value["error"] = json!(error.reason());
        }
        Outcome::Skipped { because } => {
            value["outcome"] = json!("skipped");
            value["skipped_because"] = json!({ "schema": because.schema, "name": because.name });
        }
        Outcome::Interrupted => {}
    }
    value
}
