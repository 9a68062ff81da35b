//! `views export`: the views of a database as files of the project.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};
use similar::TextDiff;

use crate::context::{Context, Standing, ViewFile, under_its_comment};
use crate::diagnostic::{Code, Diagnostic, Exit, Place, Report, Result};
use crate::plan::{ViewScript, view_scripts};
use crate::postgres::Database;
use crate::schema::{QualifiedName, Schema};
use crate::ui::Confirmation;
use crate::view::RelationName;

const UNKNOWN: Code = Code::new("view-unknown");
const SHARED: Code = Code::new("view-file-shared");

const EXAMPLES: &str = "\
Examples:
  cargo xtask views export                         # all that the project's database has
  cargo xtask views export analytics.price_trend
  cargo xtask views export --dry-run
  cargo xtask views export --python app.views      # SELECTs of SQLAlchemy are the source";

/// Write the views of the database as files, one a view
///
/// Views and materialised views, with their indexes, comments, grants and options. A view that a file states already stays
/// where it is: a file that makes the same view is left alone, whatever its words; one that makes another is replaced after
/// asking, and keeps the comment at its top. With --python the views are those that a Python module defines, and the database
/// says only what the module does not: indexes, comments, grants.
#[derive(Clone, Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Args {
    /// Only these: `view`, or `schema.view`
    #[arg(value_name = "VIEW")]
    names: Vec<String>,
    /// The folder to write to, if not the one that xtask.toml names for views
    #[arg(long, value_name = "FOLDER")]
    dir: Option<Utf8PathBuf>,
    /// Take the views from a Python module: `module`, whose public variables hold them, or `module:NAME`, a view or a list or
    /// dict of views; may be given several times
    #[arg(long, value_name = "MODULE")]
    python: Vec<String>,
    /// Where a view of Python goes that is nowhere yet
    #[arg(long, value_name = "SCHEMA", requires = "python")]
    schema: Option<String>,
    /// Another database than the project's
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Show what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(ctx: &Context, args: Args) -> Result<()> {
    let dir = args.dir.as_deref().unwrap_or(&ctx.config.views.dir);
    let mut database = ctx.connect_to_read(args.url.as_deref(), "views export").await?;
    let current = ctx.introspect(&mut database).await?;
    let Source { schema, scripts, left_alone } = source(ctx, &mut database, &current, &args).await?;
    let files = ctx.view_files((&mut database, &current), &schema, chosen(scripts, &args.names)?, dir).await?;
    database.close().await;
    if args.dry_run {
        show(ctx, &files, args.source());
    } else {
        shared(&files).map_or(Ok(()), Err)?;
        confirm(ctx, &files, args.source())?;
        write(ctx, &files)?;
    }
    tell(ctx, &files, &args);
    if !left_alone.is_empty() {
        let names: Vec<String> = left_alone.iter().map(ToString::to_string).collect();
        ctx.ui.status(format!("Note: the modules do not define {}, which stays as it is", names.join(", ")));
    }
    Ok(())
}

/// What there is to write.
struct Source {
    schema: Schema,
    scripts: Vec<ViewScript>,
    /// Views that are wanted or there, and that the modules do not define.
    left_alone: Vec<QualifiedName>,
}

impl Args {
    /// Where the views come from, in words.
    fn source(&self) -> &'static str {
        if self.python.is_empty() { "the database" } else { "Python" }
    }
}

/// The views of the database, or those of Python beside it.
async fn source(ctx: &Context, database: &mut Database, current: &Schema, args: &Args) -> Result<Source> {
    if args.python.is_empty() {
        let scripts = view_scripts(current)?;
        return Ok(Source { schema: current.clone(), scripts, left_alone: Vec::new() });
    }
    let mut server = ctx.scratch_server(database).await?;
    let views = ctx.views_of_python(&mut server, current, &args.python, args.schema.as_deref()).await;
    server.close().await;
    let views = views?;
    let mut scripts = view_scripts(&views.schema)?;
    let is_defined = |script: &ViewScript| views.names.contains(&script.name);
    // Whoever names one view means no more.
    let is_all = args.names.is_empty() && (views.names.len() > 1 || !args.python.iter().any(|it| it.contains(':')));
    let others = scripts.iter().filter(|script| is_all && !is_defined(script));
    let left_alone = others.map(|script| script.name.clone()).collect();
    scripts.retain(is_defined);
    Ok(Source { schema: views.schema, scripts, left_alone })
}

/// The views that were named, or all.
fn chosen(scripts: Vec<ViewScript>, names: &[String]) -> Result<Vec<ViewScript>> {
    let is_meant =
        |script: &ViewScript, name: &str| RelationName::new(&script.name.schema, &script.name.name).is_meant_by(name);
    let missing: Vec<Diagnostic> = names
        .iter()
        .filter(|name| !scripts.iter().any(|script| is_meant(script, name)))
        .map(|name| {
            let there: Vec<String> = scripts.iter().map(|script| script.name.to_string()).collect();
            let found = Diagnostic::error(UNKNOWN, Exit::Usage, format!("no view is called `{name}`"));
            match there.is_empty() {
                true => found.because("the database has no views that are the project's business"),
                false => found.because(format!("there are {}", there.join(", "))),
            }
            .try_command("Export all", "cargo xtask views export")
        })
        .collect();
    Report::from_all(missing).map_or(Ok(()), Err)?;
    let is_chosen = |script: &ViewScript| names.is_empty() || names.iter().any(|name| is_meant(script, name));
    Ok(scripts.into_iter().filter(is_chosen).collect())
}

/// Files that hold more than the view that they would be replaced with.
fn shared(files: &[ViewFile]) -> Option<Report> {
    let shared = files.iter().filter(|file| file.standing == Standing::Shared);
    let told = shared.map(|file| {
        let (name, path) = (&file.script.name, &file.path);
        Diagnostic::error(
            SHARED,
            Exit::Conflict,
            format!("{path} is not the file of {name} alone, and does not make it as it is"),
        )
        .at(Place::file(path))
        .because("replacing the file would lose the rest of it; nothing was written")
        .advise(format!("Take {name} out of it, so that it gets a file of its own, or correct it there"))
        .try_command("See what the database has", format!("cargo xtask views export {name} --dry-run"))
    });
    Report::from_all(told.collect())
}

fn confirm(ctx: &Context, files: &[ViewFile], source: &str) -> Result<()> {
    let paths: Vec<&Utf8Path> =
        files.iter().filter(|it| matches!(it.standing, Standing::Differs(_))).map(|it| it.path.as_path()).collect();
    let what = match paths.len() {
        0 => return Ok(()),
        1 => format!("1 file makes another view than {source} has, and will be replaced"),
        count => format!("{count} files make other views than {source} has, and will be replaced"),
    };
    let confirmation = paths.iter().fold(Confirmation::to(what), |it, path| it.detail(path.as_str()));
    ctx.ui.confirm(&confirmation.detail("what differs is shown by `cargo xtask views export --dry-run`"))
}

fn write(ctx: &Context, files: &[ViewFile]) -> Result<()> {
    let new = files.iter().filter(|file| file.standing == Standing::New);
    let new: Vec<(&Utf8Path, &str)> = new.map(|file| (file.path.as_path(), file.script.text.as_str())).collect();
    ctx.project.write_new(&new)?;
    for file in files {
        if let Standing::Differs(old) = &file.standing {
            ctx.project.replace(&file.path, &under_its_comment(old, &file.script.text))?;
        }
    }
    Ok(())
}

/// What would be written: new files whole, others as a difference.
fn show(ctx: &Context, files: &[ViewFile], source: &str) {
    if ctx.ui.is_json() {
        return;
    }
    let texts = files.iter().filter_map(|file| match &file.standing {
        Standing::New | Standing::Shared => Some(format!("-- {}\n\n{}", file.path, file.script.text)),
        Standing::Differs(old) => {
            let new = under_its_comment(old, &file.script.text);
            let path = file.path.as_str();
            Some(TextDiff::from_lines(old.as_str(), &new).unified_diff().header(path, source).to_string())
        }
        Standing::Same => None,
    });
    ctx.ui.text(texts.collect::<Vec<String>>().join("\n"));
}

fn tell(ctx: &Context, files: &[ViewFile], args: &Args) {
    if ctx.ui.is_json() {
        ctx.ui.json(&files.iter().map(as_json).collect::<Vec<Value>>());
    }
    let mut same = 0;
    for file in files {
        let text = format!("{} as {}", file.script.name, file.path);
        match (&file.standing, args.dry_run) {
            (Standing::New, false) => ctx.ui.action("Wrote", text),
            (Standing::New, true) => ctx.ui.action("Would write", text),
            (Standing::Differs(_), false) => ctx.ui.action("Replaced", text),
            (Standing::Differs(_), true) => ctx.ui.setback("Would replace", text),
            (Standing::Shared, _) => ctx.ui.setback("Would refuse", text),
            (Standing::Same, _) => same += 1,
        }
    }
    match (files.len(), same) {
        (0, _) => ctx.ui.status("There are no views that are the project's business"),
        (_, 0) => {}
        (1, 1) => ctx.ui.action("Already", format!("stated: {} in {}", files[0].script.name, files[0].path)),
        (count, same) if count == same => ctx.ui.action("Already", format!("stated: all {count} views")),
        (_, 1) => ctx.ui.action("Already", "stated: 1 other view"),
        (_, same) => ctx.ui.action("Already", format!("stated: {same} other views")),
    }
}

fn as_json(file: &ViewFile) -> Value {
    let outcome = match file.standing {
        Standing::New => "new",
        Standing::Differs(_) => "replaced",
        Standing::Shared => "refused",
        Standing::Same => "unchanged",
    };
    json!({
        "schema": file.script.name.schema,
        "name": file.script.name.name,
        "materialised": file.script.is_materialised,
        "file": file.path,
        "outcome": outcome,
        "sql": file.script.text,
    })
}
