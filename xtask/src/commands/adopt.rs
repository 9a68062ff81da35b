//! `adopt`: a project of Alembic and pixi becomes one of this tool.

use camino::Utf8PathBuf;
use serde_json::{Value, json};

use crate::adoption::{Counterpart, Fate, Proof, Rendering, Taken, with_proof};
use crate::alembic::{Outcome, Reason};
use crate::context::{Adoption, Answers, Context, Extent, REPORT, RenderWish};
use crate::diagnostic::{Code, Diagnostic, Exit, Result};
use crate::revision::Direction;
use crate::ui::Confirmation;

const DIFFERS: Code = Code::new("adopt-proof-differs");

const EXAMPLES: &str = "\
Examples:
  cargo xtask adopt --dry-run
  cargo xtask adopt --compose docker/docker-compose.yml
  cargo xtask adopt --views-from-database
  cargo xtask adopt --render --python=.venv
  cargo xtask adopt --prove
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
    /// Take the views as the project's database has them, not as the last script that creates each states it
    #[arg(long)]
    views_from_database: bool,
    /// Run the scripts that cannot be read, with Alembic's offline mode, and take the SQL that it writes
    #[arg(long)]
    render: bool,
    /// Prove the files: Alembic makes one scratch database, they make another, which are compared; this runs the scripts
    #[arg(
        long,
        value_name = "EXTENT",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "every",
        conflicts_with = "dry_run"
    )]
    prove: Option<Extent>,
    /// What the database has before the first revision: SQL that the proof runs on both sides
    #[arg(long, value_name = "FILE", requires = "prove")]
    prove_on: Option<Utf8PathBuf>,
    /// The Python interpreter that has Alembic, or its environment; it runs only with --render and --prove
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
        prove_on: args.prove_on,
        views_from_database: args.views_from_database,
    };
    let found = ctx.adoption(&answers).await?;
    found.warnings.iter().for_each(|warning| ctx.ui.warn(warning));
    // Who only proves has seen all that before.
    let only_proves = args.prove.is_some() && found.files.is_empty();
    if !ctx.ui.is_json() && !only_proves {
        told(&found).iter().for_each(|line| ctx.ui.line(line));
    }
    if args.dry_run {
        ctx.ui.status("Nothing was written: --dry-run");
    } else if only_proves {
        ctx.ui.status("Nothing new is to be written; what is there is proved.");
    } else if found.files.is_empty() {
        ctx.ui.status("There is nothing new to write.");
    } else {
        write(ctx, &found)?;
    }
    let proof = match args.prove {
        Some(extent) => Some(prove(ctx, &found, &answers, extent).await?),
        None => None,
    };
    if ctx.ui.is_json() {
        let mut shown = as_json(&found, args.dry_run);
        shown["proof"] = json!(proof);
        ctx.ui.json(&shown);
    }
    match proof.filter(|proof| !proof.differences.is_empty()) {
        Some(proof) => Err(differs(&proof).into()),
        None => Ok(()),
    }
}

/// Proves what is there now, and writes the result into the report.
async fn prove(ctx: &Context, found: &Adoption, answers: &Answers, extent: Extent) -> Result<Proof> {
    let adopted = ctx.reopened()?;
    let proof = adopted.prove_adoption(found, answers, extent).await?;
    if !ctx.ui.is_json() {
        proof.lines().iter().for_each(|line| ctx.ui.line(line));
    }
    let before = adopted.project.read_optional(REPORT)?.unwrap_or_default();
    adopted.project.write_together(&[(REPORT.into(), with_proof(&before, &proof.section()))])?;
    Ok(proof)
}

fn differs(proof: &Proof) -> Diagnostic {
    let steps = match proof.differences.len() {
        1 => "1 step".to_owned(),
        count => format!("{count} steps"),
    };
    let title = format!("the converted files make another database than {} in {steps}", proof.by);
    let mut found = Diagnostic::error(DIFFERS, Exit::Differences, title);
    found.evidence = proof
        .differences
        .iter()
        .map(|it| format!("{} {}: to be as Alembic's: {}", it.revision, it.direction, it.what.join("; ")))
        .collect();
    found
        .advise("Correct the SQL of these revisions, where it was written by a person, and prove again")
        .advise("Report it with the script where it was converted: what is read must do what Alembic does")
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
    // Databases with several heads go on with several.
    let heads = ctx.reopened()?.read_revisions()?.graph.heads().len();
    let target = if heads == 1 { "" } else { " heads" };
    ctx.ui.action("Next", format!("cargo xtask migrate{target}"));
    Ok(())
}

/// What was found and what becomes of it, for people.
fn told(found: &Adoption) -> Vec<String> {
    let mut lines = vec![
        format!("Alembic:    {}, scripts in {}", found.settings.file, joined(&found.settings.version_locations)),
        format!(
            "Revisions:  {}, {} {}: {}",
            several(found.history.scripts.len(), "script"),
            if found.history.heads().len() == 1 { "head" } else { "heads" },
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
    lines.extend(to_write(found));
    lines.extend(found.differing.iter().map(|path| format!("Keep:       {path}")));
    lines
}

/// How many revisions are listed file by file.
const LISTED: usize = 12;

/// The files that are written; pairs of a long history are counted.
fn to_write(found: &Adoption) -> Vec<String> {
    let is_revision = |path: &Utf8PathBuf| path.starts_with(&found.choices.migrations);
    let (revisions, others): (Vec<&Utf8PathBuf>, Vec<&Utf8PathBuf>) =
        found.files.iter().map(|(path, _)| path).partition(|path| is_revision(path));
    let line = |path: &&Utf8PathBuf| format!("Write:      {path}");
    let mut lines: Vec<String> = match revisions[..] {
        [first, .., last] if revisions.len() > 2 * LISTED => {
            vec![format!("Write:      {} files of revisions, from {first} to {last}", revisions.len())]
        }
        _ => revisions.iter().map(line).collect(),
    };
    lines.extend(others.iter().map(line));
    lines
}

fn several(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
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
    let mut all = reasons(taken.outcome(direction));
    // The file itself has all of them.
    let first = all.next().map(|it| {
        let more = match all.len() {
            0 => String::new(),
            count => format!(" (and {count} more)"),
        };
        format!("To do:      {file}: {}: {}: {}{more}", it.place.display(), it.what, it.why)
    });
    let mut lines: Vec<String> = first.into_iter().collect();
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
