//! `migrate-autogenerate --watch`: the difference, shown anew each time that a file is saved.
//!
//! The files are asked for rather than waited for. Which ones count is known exactly, since reading them leaves a trace, also
//! of those that were not there; a notification of the operating system knows folders only, and differs between systems and
//! file systems (none over NFS or in containers on macOS). Some hundred small files are read in a few milliseconds.

use std::pin::pin;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Args, Compared, compared, require_heads};
use crate::commands::schema::difference;
use crate::context::Context;
use crate::diagnostic::{Report, Result};
use crate::diff::{in_words, rename_candidates};
use crate::files::Trace;
use crate::plan::Plan;
use crate::postgres::{Database, ScratchServer};

/// How often files are asked whether they have changed.
const PAUSE: Duration = Duration::from_millis(300);

/// How long a file that was saved has to be as it is: editors write in several goes.
const REST: Duration = Duration::from_millis(150);

/// After how many pauses the database is asked whether somebody has migrated it.
const PAUSES_OF_DATABASE: u32 = 7;

/// The connection that is kept, the place for scratch databases, and the revisions that the database had when it was looked at.
#[derive(Default)]
struct Kept {
    database: Option<Database>,
    server: Option<ScratchServer>,
    rows: Vec<String>,
}

impl Kept {
    async fn close(&mut self) {
        if let Some(server) = self.server.take() {
            server.close().await;
        }
        if let Some(database) = self.database.take() {
            database.close().await;
        }
    }
}

/// What a look has found.
struct Look {
    plan: Plan,
    /// What may be a rename, in words.
    renames: Vec<String>,
}

pub(super) async fn run(ctx: &Context, args: &Args) -> Result<()> {
    let mut kept = Kept::default();
    let mut shown = None;
    loop {
        ctx.project.begin_trace();
        // What looking itself has to say, such as warnings about models, stands above what it finds.
        ctx.ui.clear();
        let outcome = {
            let mut look = pin!(look(ctx, args, &mut kept));
            tokio::select! {
                outcome = &mut look => outcome,
                // Its scratch databases go when it is done, and not before.
                () = ctx.interrupted() => {
                    let _ = look.await;
                    break;
                }
            }
        };
        let trace = ctx.project.end_trace().unwrap_or_default();
        let text = as_json(&outcome).to_string();
        if ctx.ui.clears() || shown.as_ref() != Some(&text) {
            show(ctx, &outcome, &text);
            shown = Some(text);
        }
        if ctx.ui.is_closed() {
            break;
        }
        tokio::select! {
            () = changed(ctx, &trace, &mut kept) => {}
            () = ctx.interrupted() => break,
        }
    }
    kept.close().await;
    Ok(())
}

/// Compares once. The connection is kept for the next time.
async fn look(ctx: &Context, args: &Args, kept: &mut Kept) -> Result<Look> {
    let revisions = ctx.read_revisions()?;
    // Reading revisions leaves no trace; a new one changes what there is to say.
    let _ = ctx.project.files_below(&ctx.config.migrations.dir, ".sql");
    let database = match &mut kept.database {
        Some(database) => database,
        none => none.insert(ctx.connect("migrate-autogenerate").await?),
    };
    kept.rows = ctx.state(database).await?.rows;
    require_heads(ctx, database, &revisions).await?;
    let current = ctx.catalogue(database).await?.schema()?;
    let server = match &mut kept.server {
        Some(server) => server,
        none => none.insert(ctx.scratch_server(database).await?),
    };
    let told = args.told.without_questions();
    let Compared { wanted, plan, answers, .. } = compared(ctx, server, &current, args, &told).await?;
    let open = rename_candidates(&answers.renames.applied(&current), &wanted);
    Ok(Look { plan, renames: open.0.iter().map(in_words).collect() })
}

/// Comes back when a file has changed, or the database has got other revisions.
async fn changed(ctx: &Context, trace: &Trace, kept: &mut Kept) {
    for pause in 1u32.. {
        tokio::time::sleep(PAUSE).await;
        if !ctx.project.still_answers(trace) {
            tokio::time::sleep(REST).await;
            return;
        }
        let Some(database) = kept.database.as_mut().filter(|_| pause % PAUSES_OF_DATABASE == 0) else { continue };
        match ctx.state(database).await {
            Ok(state) if state.rows == kept.rows => {}
            Ok(_) => return,
            // The connection is lost; the next look makes a new one, or says why not.
            Err(_) => {
                kept.close().await;
                return;
            }
        }
    }
}

fn as_json(outcome: &Result<Look>) -> Value {
    match outcome {
        Ok(look) => {
            let mut value = difference(&look.plan);
            let state = if look.plan.is_empty() { "agree" } else { "differ" };
            value["state"] = state.into();
            value["may_be_renames"] = json!(look.renames);
            value
        }
        Err(report) => json!({ "state": "error", "errors": errors(report) }),
    }
}

fn errors(report: &Report) -> Vec<Value> {
    let one = |it: &crate::diagnostic::Diagnostic| {
        let places: Vec<String> = it.places.iter().map(crate::diagnostic::Place::display).collect();
        json!({ "code": it.code.as_str(), "title": it.title, "places": places })
    };
    report.diagnostics().iter().map(one).collect()
}

fn show(ctx: &Context, outcome: &Result<Look>, line: &str) {
    if ctx.ui.is_json() {
        ctx.ui.line(line);
        return;
    }
    match outcome {
        Err(report) => ctx.ui.report(report),
        Ok(look) if look.plan.is_empty() => ctx.ui.status("Models and database agree"),
        Ok(look) => {
            ctx.ui.text(look.plan.up.text());
            for block in &look.plan.up.blocks {
                ctx.ui.action("Change", &block.title);
            }
            for what in look.plan.up.destroys() {
                ctx.ui.setback("Destroys", what);
            }
            for rename in &look.renames {
                ctx.ui.setback("A rename?", format!("it looks as if {rename}; `--rename` tells"));
            }
        }
    }
    ctx.ui.status("Watching the files; nothing is written, Ctrl-C ends");
}
