//! `adopt`: a project of Alembic and pixi becomes one of this tool.

use camino::Utf8PathBuf;
use serde_json::{Value, json};

use crate::adoption::{Counterpart, Fate};
use crate::alembic::Outcome;
use crate::context::{Adoption, Answers, Context};
use crate::diagnostic::Result;
use crate::ui::Confirmation;

const EXAMPLES: &str = "\
Examples:
  cargo xtask adopt --dry-run
  cargo xtask adopt --compose docker/docker-compose.yml
  cargo xtask adopt --yes --format json";

/// Take over a project of Alembic and pixi, without Python
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// Show what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// The settings of Alembic: an alembic.ini, or a pyproject.toml with [tool.alembic]
    #[arg(long, value_name = "FILE")]
    ini: Option<Utf8PathBuf>,
    /// The Compose file with the database
    #[arg(long, value_name = "FILE")]
    compose: Option<Utf8PathBuf>,
    /// The folder of the SQLModel classes
    #[arg(long, value_name = "FOLDER")]
    models: Option<Utf8PathBuf>,
    /// The folder for the revisions
    #[arg(long, value_name = "FOLDER")]
    migrations: Option<Utf8PathBuf>,
}

pub(crate) fn run(ctx: &Context, args: Args) -> Result<()> {
    let answers = Answers { ini: args.ini, compose: args.compose, models: args.models, migrations: args.migrations };
    let found = ctx.adoption(&answers)?;
    found.warnings.iter().for_each(|warning| ctx.ui.warn(warning));
    if !ctx.ui.is_json() {
        told(&found).iter().for_each(|line| ctx.ui.line(line));
    }
    if args.dry_run {
        ctx.ui.status("Nothing was written: --dry-run");
    } else if found.files.is_empty() {
        ctx.ui.status("There is nothing new to write.");
    } else {
        write(ctx, &found)?;
    }
    if ctx.ui.is_json() {
        ctx.ui.json(&as_json(&found, args.dry_run));
    }
    Ok(())
}

fn write(ctx: &Context, found: &Adoption) -> Result<()> {
    let places: Vec<&str> =
        found.files.iter().map(|(path, _)| path.as_str()).filter(|it| !it.ends_with(".sql")).collect();
    let what = format!("`adopt` will write {} files in {}", found.files.len(), ctx.project.root());
    ctx.ui.confirm(&Confirmation::to(what).detail(format!("besides .sql files: {}", places.join(", "))))?;
    ctx.project.write_together(&found.files)?;
    ctx.ui.action("Wrote", format!("{} files", found.files.len()));
    if found.converted.iter().any(|(it, _)| Fate::of(it) == Fate::Left) {
        ctx.ui.setback("To do", "some scripts need a person: see docs/adoption-report.md");
    }
    ctx.ui.action("Next", "cargo xtask migrate");
    Ok(())
}

/// What was found and what becomes of it, for people.
fn told(found: &Adoption) -> Vec<String> {
    let of = |fate| found.converted.iter().filter(|(it, _)| Fate::of(it) == fate).count();
    let mut lines = vec![
        format!("Alembic:    {}, scripts in {}", found.settings.file, joined(&found.settings.version_locations)),
        format!(
            "Revisions:  {} scripts, heads {}: {} become SQL, {} need a person, {} are there already",
            found.history.scripts.len(),
            found.history.heads().join(", "),
            of(Fate::Static),
            of(Fate::Left),
            found.kept
        ),
    ];
    let models = &found.choices.models;
    let place = match (&models.dir, models.modules.is_empty()) {
        (Some(dir), _) => dir.to_string(),
        (None, false) => models.modules.join(", "),
        (None, true) => "not found; give --models FOLDER, or set [models] in xtask.toml".to_owned(),
    };
    lines.push(format!("Models:     {place}"));
    if let Some(compose) = &found.choices.compose {
        lines.push(format!("Compose:    {compose}"));
    }
    lines.push(format!("Views:      {}", found.views.len()));
    for (task, counterpart) in &found.tasks {
        match counterpart {
            Counterpart::Commands(commands) => {
                lines.push(format!("Task:       {}: {}", task.name, commands.join(" && ")))
            }
            Counterpart::Eye(reason) => lines.push(format!("Task:       {}: for you to look at: {reason}", task.name)),
            Counterpart::Unrelated => {}
        }
    }
    for (one, file) in found.converted.iter().filter(|(it, _)| Fate::of(it) == Fate::Left) {
        for reason in reasons(&one.up).chain(reasons(&one.down)) {
            lines.push(format!("To do:      {file}: {}: {}: {}", reason.place.display(), reason.what, reason.why));
        }
    }
    lines.extend(found.notes.iter().map(|note| format!("Note:       {note}")));
    lines.extend(found.files.iter().map(|(path, _)| format!("Write:      {path}")));
    lines.extend(found.differing.iter().map(|path| format!("Keep:       {path}")));
    lines
}

fn joined(paths: &[Utf8PathBuf]) -> String {
    paths.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn reasons(outcome: &Outcome) -> std::slice::Iter<'_, crate::alembic::Reason> {
    match outcome {
        Outcome::Unknown { reasons, .. } => reasons.iter(),
        Outcome::Sql(_) => [].iter(),
    }
}

fn as_json(found: &Adoption, is_dry_run: bool) -> Value {
    let outcome = |it: &Outcome| {
        let reasons: Vec<Value> =
            reasons(it).map(|it| json!({ "what": it.what, "why": it.why, "place": it.place.display() })).collect();
        json!({ "converted": matches!(it, Outcome::Sql(_)), "reasons": reasons })
    };
    let scripts: Vec<Value> = found
        .converted
        .iter()
        .map(|(it, file)| {
            json!({
                "revision": it.script.revision, "script": it.script.path, "up_file": file,
                "fate": if Fate::of(it) == Fate::Static { "static" } else { "left" },
                "up": outcome(&it.up), "down": outcome(&it.down),
            })
        })
        .collect();
    let of = |fate| found.converted.iter().filter(|(it, _)| Fate::of(it) == fate).count();
    let tasks = found.tasks.iter().filter_map(|(task, counterpart)| match counterpart {
        Counterpart::Commands(commands) => Some(json!({ "task": task.name, "before": task.command, "now": commands })),
        Counterpart::Eye(reason) => Some(json!({ "task": task.name, "before": task.command, "look": reason })),
        Counterpart::Unrelated => None,
    });
    json!({
        "dry_run": is_dry_run,
        "alembic": { "file": found.settings.file, "script_location": found.settings.script_location,
            "version_locations": found.settings.version_locations },
        "revisions": { "scripts": found.history.scripts.len(), "heads": found.history.heads(),
            "static": of(Fate::Static), "left": of(Fate::Left), "kept": found.kept },
        "scripts": scripts,
        "models": { "dir": found.choices.models.dir, "roots": found.choices.models.roots,
            "modules": found.choices.models.modules },
        "compose": found.choices.compose,
        "views": found.views.iter().map(|it| json!({ "name": it.name, "revision": it.revision,
            "materialized": it.is_materialised })).collect::<Vec<_>>(),
        "tasks": tasks.collect::<Vec<_>>(),
        "notes": found.notes,
        "write": found.files.iter().map(|(path, _)| path).collect::<Vec<_>>(),
        "keep": found.differing,
    })
}
