//! `check`: whether files and database are as they should be; for CI.

use serde_json::json;

use crate::context::{Context, Revisions, WithPython};
use crate::diagnostic::{Code, Diagnostic, Exit, Report, Result, Severity};
use crate::plan::{Answers, Plan};
use crate::postgres::Database;

const PENDING: Code = Code::new("check-pending");
const MODELS: Code = Code::new("check-models-differ");
const HEADS: Code = Code::new("check-several-heads");

/// Check, for CI: valid files, one head, all applied, unchanged; models agree
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Check the files only, without a connection
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    with: WithPython,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    ctx.use_python(&args.with)?;
    let revisions = ctx.read_revisions()?;
    // Every script is read, so that what would fail on the day is found today.
    ctx.read_all_scripts(revisions.set.revisions().iter())?;
    let mut findings = Vec::new();
    let heads = revisions.graph.heads();
    if heads.len() > 1 {
        findings.push(several_heads(&heads));
    }
    if let Some(unconverted) = ctx.unconverted_scripts(&revisions) {
        findings.push(Diagnostic { severity: Severity::Error, exit: Exit::Differences, ..unconverted.diagnostic() });
    }
    if !args.offline {
        let mut database = ctx.connect("check").await?;
        let state = ctx.state(&mut database).await?;
        if let Some(ahead) = ctx.ahead(&mut database, &state, &revisions).await? {
            findings.push(Diagnostic { exit: Exit::Differences, ..ahead.diagnostic() });
        } else {
            let pending = revisions.graph.upgrade(&state.rows, "heads")?;
            let pending: Vec<&str> = pending.steps.iter().map(|step| step.revision).collect();
            if !pending.is_empty() {
                findings.push(not_applied(&pending));
            }
        }
        if let Some(unfinished) = &state.unfinished {
            let unfinished = crate::context::unfinished_warning(unfinished);
            findings.push(Diagnostic { severity: Severity::Error, exit: Exit::Differences, ..unfinished });
        }
        let changed = ctx.changed_files(&mut database, &state, &revisions).await?;
        findings.extend(changed.into_iter().map(|it| Diagnostic {
            severity: Severity::Error,
            exit: Exit::Differences,
            ..it
        }));
        if findings.is_empty() {
            findings.extend(models_differ(ctx, &mut database).await?);
        }
        database.close().await;
    }
    if ctx.ui.is_json() {
        let codes: Vec<_> = findings
            .iter()
            .map(|it| json!({ "code": it.code.as_str(), "title": it.title, "evidence": it.evidence }))
            .collect();
        ctx.ui.json(&json!({ "ok": findings.is_empty(), "findings": codes }));
    }
    match Report::from_all(findings) {
        Some(report) => Err(report),
        None => {
            ctx.ui.status(all_right(&revisions, args.offline));
            Ok(())
        }
    }
}

/// What models and database differ in. A database that lacks revisions differs anyway, and is not asked.
async fn models_differ(ctx: &Context, database: &mut Database) -> Result<Option<Diagnostic>> {
    if !ctx.states_models() {
        return Ok(None);
    }
    let catalogue = ctx.catalogue(database).await?;
    let agreement = ctx.agreement(&catalogue);
    if ctx.have_agreed(&agreement) {
        return Ok(None);
    }
    let mut server = ctx.scratch_server(database).await?;
    let current = catalogue.schema()?;
    let wanted = ctx.wanted_beside(&mut server, &current).await?;
    server.close().await;
    let plan = Plan::between(&current, &wanted, &Answers::default())?;
    if plan.is_empty() {
        ctx.note_agreement(&agreement);
        return Ok(None);
    }
    let title = "models and database differ";
    let mut found = Diagnostic::error(MODELS, Exit::Differences, title);
    found.evidence = plan.up.blocks.iter().map(|block| block.title.clone()).collect();
    Ok(Some(
        found
            .try_command("Write the revision that is missing", "cargo xtask migrate-autogenerate -m \"…\"")
            .try_command("Or see the SQL first", "cargo xtask schema diff"),
    ))
}

fn all_right(revisions: &Revisions, offline: bool) -> String {
    let files = match (revisions.set.revisions().len(), revisions.graph.heads().as_slice()) {
        (0, _) => "no revisions".to_owned(),
        (1, heads) => format!("1 revision, head {}", heads.join(", ")),
        (count, heads) => format!("{count} revisions, one head, {}", heads.join(", ")),
    };
    let rest = if offline { "the database was not asked" } else { "nothing pending, nothing changed since applied" };
    format!("{files}; {rest}")
}

fn several_heads(heads: &[&str]) -> Diagnostic {
    Diagnostic::error(HEADS, Exit::Differences, format!("there are {} heads: {}", heads.len(), heads.join(", ")))
        .because("with several heads `migrate` cannot know where to go")
        .try_command("Join them", "cargo xtask merge heads -m \"Merge heads\"")
}

fn not_applied(pending: &[&str]) -> Diagnostic {
    Diagnostic::error(PENDING, Exit::Differences, format!("not applied yet: {}", shortened(pending)))
        .because("the files have them and the database does not")
        .try_command("Apply them", "cargo xtask migrate heads")
}

/// The first few of many, and how many more there are.
fn shortened(ids: &[&str]) -> String {
    let shown = &ids[..ids.len().min(5)];
    match ids.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
