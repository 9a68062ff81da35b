//! `adopt`: a project of Alembic and pixi becomes one of this tool.

use camino::Utf8PathBuf;
use serde_json::{Value, json};

use crate::adoption::{Counterpart, Fate, Rendering, Taken};
use crate::alembic::{Outcome, Reason};
use crate::context::{Adoption, Answers, Context, RenderWish};
use crate::diagnostic::Result;
use crate::revision::Direction;
use crate::ui::Confirmation;

const EXAMPLES: &str = "\
Examples:
  cargo xtask adopt --dry-run
  cargo xtask adopt --compose docker/docker-compose.yml
  cargo xtask adopt --render --python=.venv
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
    /// Run the scripts that cannot be read, with Alembic's offline mode, and take the SQL that it writes
    #[arg(long)]
    render: bool,
    /// The Python interpreter that has Alembic, or its environment; it runs only with --render
    #[arg(long, value_name = "PATH", require_equals = true)]
    python: Option<String>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let may_ask = ctx.ui.can_ask() && !ctx.ui.says_yes() && !ctx.ui.is_json() && !args.dry_run;
    let answers = Answers {
        ini: args.ini,
        compose: args.compose,
        models: args.models,
        migrations: args.migrations,
        render: match (args.render, may_ask) {
            (true, _) => RenderWish::Yes,
            (false, true) => RenderWish::Ask,
            (false, false) => RenderWish::No,
        },
        python: args.python,
    };
    let found = ctx.adoption(&answers).await?;
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
    if found.taken.iter().any(|it| it.fate() == Fate::Left) {
        ctx.ui.setback("To do", "some scripts need a person: see docs/adoption-report.md");
    }
    ctx.ui.action("Next", "cargo xtask migrate");
    Ok(())
}

/// What was found and what becomes of it, for people.
fn told(found: &Adoption) -> Vec<String> {
    let mut lines = vec![
        format!("Alembic:    {}, scripts in {}", found.settings.file, joined(&found.settings.version_locations)),
        format!(
            "Revisions:  {} scripts, heads {}: {}",
            found.history.scripts.len(),
            found.history.heads().join(", "),
            counted(found)
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
    lines.extend(found.taken.iter().flat_map(|it| [(it, Direction::Up), (it, Direction::Down)]).flat_map(to_do));
    lines.extend(found.notes.iter().map(|note| format!("Note:       {note}")));
    lines.extend(found.files.iter().map(|(path, _)| format!("Write:      {path}")));
    lines.extend(found.differing.iter().map(|path| format!("Keep:       {path}")));
    lines
}

/// How many there are of each kind.
fn counted(found: &Adoption) -> String {
    let of = |fate| found.taken.iter().filter(|it| it.fate() == fate).count();
    let rendered = match of(Fate::Rendered) {
        0 => String::new(),
        count => format!("{count} are rendered by Alembic, "),
    };
    let replaced = match found.replaced {
        0 => String::new(),
        count => format!(" ({count} of these in files that waited for a person)"),
    };
    let (read, left, kept) = (of(Fate::Static), of(Fate::Left), found.kept);
    format!("{read} become SQL, {rendered}{left} need a person{replaced}, {kept} are there already")
}

/// What a person has to do for one direction of a script.
fn to_do((taken, direction): (&Taken, Direction)) -> Vec<String> {
    let file = &taken.up_file;
    let mut lines: Vec<String> = reasons(taken.outcome(direction))
        .map(|it| format!("To do:      {file}: {}: {}: {}", it.place.display(), it.what, it.why))
        .collect();
    if let Some(Rendering::Refused { by, why }) = taken.rendering(direction) {
        let (name, script) = (direction.as_str(), &taken.converted.script.path);
        lines.push(format!("            {by} cannot render {name} of {script}: {}", why.replace('\n', " ")));
    }
    lines
}

fn joined(paths: &[Utf8PathBuf]) -> String {
    paths.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn reasons(outcome: &Outcome) -> std::slice::Iter<'_, Reason> {
    match outcome {
        Outcome::Unknown { reasons, .. } => reasons.iter(),
        Outcome::Sql(_) => [].iter(),
    }
}

fn as_json(found: &Adoption, is_dry_run: bool) -> Value {
    let outcome = |it: &Taken, direction: Direction| {
        let (outcome, rendering) = (it.outcome(direction), it.rendering(direction));
        let (rendered, refused) = match rendering {
            Some(Rendering::Done { by }) => (Some(by), None),
            Some(Rendering::Refused { why, .. }) => (None, Some(why)),
            None => (None, None),
        };
        let reasons: Vec<Value> =
            reasons(outcome).map(|it| json!({ "what": it.what, "why": it.why, "place": it.place.display() })).collect();
        json!({ "converted": matches!(outcome, Outcome::Sql(_)), "rendered_by": rendered, "refused": refused,
            "reasons": reasons })
    };
    let scripts: Vec<Value> = found
        .taken
        .iter()
        .map(|it| {
            json!({
                "revision": it.converted.script.revision, "script": it.converted.script.path, "up_file": it.up_file,
                "fate": it.fate().as_str(),
                "up": outcome(it, Direction::Up), "down": outcome(it, Direction::Down),
            })
        })
        .collect();
    let of = |fate| found.taken.iter().filter(|it| it.fate() == fate).count();
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
            "static": of(Fate::Static), "rendered": of(Fate::Rendered), "left": of(Fate::Left),
            "kept": found.kept, "replaced": found.replaced },
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
