//! Small Alembic scripts, one a directive and option: converted, they do what Alembic's own SQL does.
//!
//! `scripts/alembic_cases.py` recorded what Alembic renders. Where our text is another, both are run on databases of their own, and
//! schemas and rows are compared, after `upgrade` and after `downgrade`. `scripts/alembic_runs.py` recorded what scripts send that
//! depend on rows, which offline mode cannot render; there the effect on the same rows is compared. `XTASK_ALEMBIC_CASES` names another file of that form, a
//! folder of such files, or a folder that has one folder a case with its scripts, `up.sql`, `down.sql` and, where needed,
//! `setup.sql` and `before.sql`. `XTASK_ALEMBIC_ONLY` runs the cases whose name contains it. A line a case is printed. Cases that
//! are not mastered yet stand with their reason in `scripts_open.json`.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use xtask::alembic::{Environment, Outcome, convert, read};
use xtask::python::Files;
use xtask::sql::fingerprint;
use xtask::sqlmodel::Settings;

use super::introspection::introspect;
use super::support::postgres::{self, TestDatabase};
use super::support::{say, with_each};

#[derive(Deserialize)]
struct Recorded {
    cases: Vec<Case>,
}

/// A case as it is recorded.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Case {
    name: String,
    /// The scripts, by the names of their files. The last is meant.
    files: BTreeMap<String, String>,
    /// What the database has before.
    setup: String,
    /// The naming convention of the target metadata.
    convention: BTreeMap<String, String>,
    /// Extensions without which the SQL cannot run.
    needs: Vec<String>,
    /// Why the script must not be converted.
    unknown: String,
    /// What Alembic renders for the script before.
    before: Vec<String>,
    up: Vec<String>,
    down: Vec<String>,
}

/// What our conversion of a case says.
struct Ours {
    up: Outcome,
    down: Outcome,
}

/// How a case ended that did not fail.
enum Passed {
    /// The text is Alembic's.
    Text,
    /// The text is another, the effect the same.
    Effect,
    /// It is not converted, as it must not be.
    Unknown,
    /// The text is another, and the server lacks an extension.
    LeftOut,
}

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &Utf8Path) -> Option<String> {
        None
    }

    fn is_folder(&self, _: &Utf8Path) -> bool {
        false
    }
}

fn cases() -> Vec<Case> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/alembic");
    let only = std::env::var("XTASK_ALEMBIC_ONLY").unwrap_or_default();
    let mut cases = match std::env::var_os("XTASK_ALEMBIC_CASES").map(PathBuf::from) {
        Some(path) if path.is_dir() => folder(&path),
        Some(path) => recorded(&path),
        None => [recorded(&own.join("scripts.json")), recorded(&own.join("runs.json"))].concat(),
    };
    cases.retain(|case| case.name.contains(&only));
    assert!(!cases.is_empty(), "no cases");
    cases
}

fn recorded(path: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str::<Recorded>(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())).cases
}

/// The cases that are not mastered yet, and why.
fn open() -> BTreeMap<String, String> {
    let text = include_str!("../conformance/alembic/scripts_open.json");
    let by_reason: BTreeMap<String, Vec<String>> = serde_json::from_str(text).expect("reasons with their cases");
    by_reason
        .into_iter()
        .flat_map(|(reason, names)| names.into_iter().map(move |name| (name, reason.clone())))
        .collect()
}

fn folder(path: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(path).expect("a folder of cases").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for entry in entries {
        if entry.extension().is_some_and(|extension| extension == "json") {
            cases.extend(recorded(&entry));
        } else if entry.is_dir() {
            let text = |name: &str| std::fs::read_to_string(entry.join(name)).unwrap_or_default();
            let scripts = std::fs::read_dir(&entry).expect("a case").map(|file| file.expect("a file").path());
            let scripts = scripts.filter(|file| file.extension().is_some_and(|extension| extension == "py"));
            let named = |file: PathBuf| {
                let name = file.file_name().expect("a name").to_string_lossy().into_owned();
                (name, std::fs::read_to_string(&file).expect("a script"))
            };
            cases.push(Case {
                name: entry.file_name().expect("a name").to_string_lossy().into_owned(),
                files: scripts.map(named).collect(),
                setup: text("setup.sql"),
                before: vec![text("before.sql")],
                up: vec![text("up.sql")],
                down: vec![text("down.sql")],
                ..Case::default()
            });
        }
    }
    cases
}

#[test]
fn every_directive_does_what_alembic_does() {
    if !postgres::present() {
        return;
    }
    let (cases, open) = (cases(), open());
    let (failed, told) = (Mutex::new(Vec::new()), Mutex::new(BTreeMap::<&str, usize>::new()));
    with_each(&cases, || {
        |case| {
            let result = catch_unwind(AssertUnwindSafe(|| run(case))).unwrap_or_else(|_| Err("it panics".to_owned()));
            let word = match result {
                Ok(Passed::Text) => "same text",
                Ok(Passed::Effect) => "same effect",
                Ok(Passed::Unknown) => "not converted, as it must be",
                Ok(Passed::LeftOut) => "left out: an extension is missing",
                Err(why) if open.contains_key(&case.name) => {
                    say(&format!("open {}: {}: {why}", case.name, open[&case.name]));
                    *told.lock().expect("nobody panics").entry("open, with a reason").or_default() += 1;
                    return;
                }
                Err(why) => {
                    say(&format!("FAIL {}: {why}", case.name));
                    failed.lock().expect("nobody panics").push(case.name.clone());
                    return;
                }
            };
            if open.contains_key(&case.name) && !matches!(result, Ok(Passed::LeftOut)) {
                say(&format!("FAIL {}: it passes ({word}) and stands in scripts_open.json", case.name));
                failed.lock().expect("nobody panics").push(case.name.clone());
                return;
            }
            say(&format!("pass {} ({word})", case.name));
            *told.lock().expect("nobody panics").entry(word).or_default() += 1;
        }
    });
    let failed = failed.into_inner().expect("nobody panics");
    say(&format!("{} cases: {:?}, {} fail", cases.len(), told.into_inner().expect("nobody panics"), failed.len()));
    assert!(failed.is_empty(), "{failed:?}");
}

fn converted(case: &Case) -> Result<Ours, String> {
    let files: Vec<(Utf8PathBuf, String)> =
        case.files.iter().map(|(name, text)| (Utf8PathBuf::from(name), text.clone())).collect();
    let (history, errors) = read(&files);
    if !errors.is_empty() {
        return Err(format!("{errors:?}"));
    }
    let environment = Environment {
        files: &NoFiles,
        roots: Vec::new(),
        naming_convention: &case.convention,
        models: &Settings::default(),
    };
    let last = convert(&history, &environment).pop().ok_or("no script was found")?;
    Ok(Ours { up: last.up, down: last.down })
}

fn run(case: &Case) -> Result<Passed, String> {
    let ours = converted(case)?;
    if !case.unknown.is_empty() {
        return match &ours.up {
            Outcome::Unknown { .. } => Ok(Passed::Unknown),
            Outcome::Sql(_) => Err(format!("it depends on {} and is converted:\n{}", case.unknown, script(&ours.up)?)),
        };
    }
    let (up, down) = (script(&ours.up)?, script(&ours.down)?);
    let (alembic_up, alembic_down) = (rendered(&case.up), rendered(&case.down));
    if same_text(&up, &alembic_up) && same_text(&down, &alembic_down) {
        return Ok(Passed::Text);
    }
    let told = format!(
        "\n--- Alembic\n{alembic_up}\n--- ours\n{up}\n--- Alembic, down\n{alembic_down}\n--- ours, down\n{down}"
    );
    let (theirs, own) = (postgres::database(&case.name), postgres::database(&case.name));
    let known = theirs.psql("select name from pg_available_extensions");
    if case.needs.iter().any(|needed| !known.lines().any(|name| name == needed)) {
        return Ok(Passed::LeftOut);
    }
    for database in [&theirs, &own] {
        database.try_psql(&case.setup).map_err(|error| format!("setup: {error}"))?;
        database.try_psql(&runnable(&rendered(&case.before))).map_err(|error| format!("before: {error}"))?;
    }
    for (word, alembic, own_text) in [("upgrade", &alembic_up, &up), ("downgrade", &alembic_down, &down)] {
        theirs.try_psql(&runnable(alembic)).map_err(|error| format!("{word} of Alembic: {error}{told}"))?;
        own.try_psql(&runnable(own_text)).map_err(|error| format!("our {word}: {error}{told}"))?;
        let (theirs, own) = (shown(&theirs), shown(&own));
        if theirs != own {
            let changes = similar::TextDiff::from_lines(&theirs, &own);
            return Err(format!(
                "after {word} (- Alembic, + ours):\n{}{told}",
                changes.unified_diff().context_radius(2)
            ));
        }
    }
    Ok(Passed::Effect)
}

/// The statements of an outcome, with the ends of transactions that Alembic would write.
fn script(outcome: &Outcome) -> Result<String, String> {
    let statements = match outcome {
        Outcome::Sql(statements) => statements,
        Outcome::Unknown { reasons, .. } => {
            let told: Vec<String> = reasons.iter().map(|it| format!("{}: {}", it.what, it.why)).collect();
            return Err(format!("it is not converted: {}", told.join("; ")));
        }
    };
    let (mut text, mut inside) = (String::new(), true);
    for statement in statements {
        if statement.no_transaction == inside {
            text.push_str(if inside { "COMMIT\n;\n" } else { "BEGIN\n;\n" });
            inside = !inside;
        }
        text.push_str(statement.sql.trim());
        text.push_str("\n;\n");
    }
    Ok(text)
}

fn rendered(statements: &[String]) -> String {
    // The last line may be a comment, behind which a semicolon would not count.
    let ended = |text: &String| format!("{}\n;\n", text.trim().trim_end_matches(';'));
    statements.iter().filter(|text| !text.trim().is_empty()).map(ended).collect()
}

/// Without `BEGIN` and `COMMIT`: psql runs each statement on its own.
fn runnable(text: &str) -> String {
    text.replace("BEGIN\n;\n", "").replace("COMMIT\n;\n", "")
}

fn same_text(ours: &str, alembic: &str) -> bool {
    fingerprint(ours) == fingerprint(alembic)
}

/// The schema and the rows of every table, as text. A server need not know XML for that.
fn shown(database: &TestDatabase) -> String {
    let queries = database.psql(
        "select format('select %L; select r::text from %I.%I r order by 1;', schemaname || '.' || tablename, schemaname, tablename)
         from pg_tables where schemaname not in ('pg_catalog', 'information_schema') and tablename <> 'spatial_ref_sys'
         order by schemaname, tablename",
    );
    let rows = if queries.trim().is_empty() { String::new() } else { database.psql(&queries) };
    format!("{:#?}\n{rows}", introspect(database))
}
