//! Folders `fixtures/autogenerate/<operation>/<case>/`: what is there, what is wanted, and the scripts that a careful person would
//! have written. Each pair of scripts is run on a real server: up leaves nothing to change, down restores.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `base.sql` | creates what both have (may be missing) |
//! | `database.sql`, `wanted.sql` | create what else is there, and what else is wanted (may be missing) |
//! | `rows.sql` | rows that are there |
//! | `survives.sql` | a condition on them that holds before and after |
//! | `answers` | what a person answers: lines `rename t.a:b` and `backfill public.t.a 'x'` |
//! | `since` | the oldest version of PostgreSQL that knows what the case is about (may be missing) |
//! | `expected.up.sql`, `expected.down.sql` | the scripts; `XTASK_UPDATE_DOCS=1` writes them |
//!
//! Folders with a `models.py` instead of a `wanted.sql` are run by [`crate::autogenerate_fixtures_models`], through the program.
//!
//! `XTASK_FIXTURES_ONLY` runs the cases whose path contains it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use xtask::diff::{Renames, told_rename};
use xtask::plan::{Answers, Plan};
use xtask::schema::{QualifiedName, Schema};

use crate::introspection::create_role;
use crate::support::migrating::{Bench, Migration};
use crate::support::postgres::{database, present};
use crate::support::session::runtime;
use crate::support::{lacks, left_out, say, with_each};

/// The scripts of views and expressions are as this version prints these, or the one that a case needs; on another one they are
/// run and not compared.
pub(crate) const WRITTEN_WITH: u32 = 15;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/autogenerate");
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

pub(crate) struct Case {
    pub(crate) name: String,
    folder: PathBuf,
}

impl Case {
    pub(crate) fn read(&self, file: &str) -> Option<String> {
        std::fs::read_to_string(self.folder.join(file)).ok()
    }

    fn answers(&self, current: &Schema) -> Result<Answers, String> {
        let (mut answers, mut renames) = (Answers::default(), Vec::new());
        for line in self.read("answers").unwrap_or_default().lines() {
            match line.split_once(' ') {
                Some(("rename", told)) => renames.push(told_rename(told, current)?),
                Some(("backfill", told)) => {
                    let (column, value) = told.split_once(' ').ok_or("a backfill is a column and a value")?;
                    let parts: Vec<&str> = column.split('.').collect();
                    let [schema, table, column] = parts[..] else {
                        return Err(format!("{column}: schema.table.column"));
                    };
                    answers.backfills.insert((QualifiedName::new(schema, table), column.to_owned()), value.to_owned());
                }
                _ => return Err(format!("the answer {line:?} is not understood")),
            }
        }
        answers.renames = Renames::told(renames);
        Ok(answers)
    }

    /// The oldest version on which the case can be run.
    fn since(&self) -> u32 {
        self.read("since").map_or(0, |text| text.trim().parse().expect("a version"))
    }

    async fn run(&self, bench: &mut Bench) -> Result<(), String> {
        if bench.major_version() < self.since() {
            left_out(&format!("{}: it is about PostgreSQL {}", self.name, self.since()));
            return Ok(());
        }
        let text = |file: &str| self.read(file).unwrap_or_default();
        let (base, there, wanted) = (text("base.sql"), text("database.sql"), text("wanted.sql"));
        let (rows, survives) = (text("rows.sql"), self.read("survives.sql"));
        let current = bench.schema_of(&[&base, &there]).await.map_err(|error| format!("database.sql: {error}"));
        let wanted = bench.schema_of(&[&base, &wanted]).await.map_err(|error| format!("wanted.sql: {error}"));
        let (current, wanted) = match (current, wanted) {
            (Ok(current), Ok(wanted)) => (current, wanted),
            (Err(error), _) | (_, Err(error)) if lacks(&error) => return Ok(()),
            (Err(error), _) | (_, Err(error)) => return Err(error),
        };
        let plan = Plan::between(&current, &wanted, &self.answers(&current)?).map_err(|error| error.to_string())?;
        let migration = Migration { there: &[&base, &there], rows: &rows, survives: survives.as_deref() };
        let outcome = bench.there_and_back(&migration, (&current, &wanted), &plan).await;
        let (up, down) = (plan.up.text(), plan.down.text());
        outcome.map_err(|error| format!("{error}\n--- up\n{up}\n--- down\n{down}"))?;
        if bench.major_version() != self.since().max(WRITTEN_WITH) {
            return Ok(());
        }
        self.compare("expected.up.sql", &up)?;
        self.compare("expected.down.sql", &down)
    }

    pub(crate) fn compare(&self, file: &str, got: &str) -> Result<(), String> {
        let expected = self.read(file).unwrap_or_default();
        if expected == got {
            return Ok(());
        }
        if std::env::var_os("XTASK_UPDATE_DOCS").is_some() {
            return std::fs::write(self.folder.join(file), got).map_err(|error| error.to_string());
        }
        let changes = similar::TextDiff::from_lines(&expected, got);
        let changes = changes.unified_diff().context_radius(3).to_string();
        Err(format!("{file} is another (XTASK_UPDATE_DOCS=1 writes it):\n{changes}"))
    }
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(of)
        .unwrap_or_else(|error| panic!("{}: {error}", of.display()))
        .map(|entry| entry.expect("an entry of a folder").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

fn name(path: &Path) -> String {
    path.file_stem().expect("a name").to_string_lossy().into_owned()
}

/// The cases whose wanted side is in Python models, or those where it is SQL.
pub(crate) fn cases(of_models: bool) -> Vec<Case> {
    let only = std::env::var("XTASK_FIXTURES_ONLY").unwrap_or_default();
    let all = folders(Path::new(FIXTURES)).into_iter().flat_map(|operation| {
        folders(&operation).into_iter().map(move |folder| {
            let name = format!("{}/{}", name(&operation), name(&folder));
            Case { name, folder }
        })
    });
    all.filter(|case| case.name.contains(&only) && case.folder.join("models.py").exists() == of_models).collect()
}

#[test]
fn each_case_is_written_as_a_careful_person_would_and_goes_there_and_back() {
    if !present() {
        return;
    }
    let cases = cases(false);
    assert!(!cases.is_empty() || std::env::var_os("XTASK_FIXTURES_ONLY").is_some(), "no case");
    let server = database("fixtures_server");
    create_role(&server, "diff_reader");
    server.psql("SET allow_in_place_tablespaces = on; CREATE TABLESPACE \"Fast Disk\" LOCATION ''");
    let failed = Mutex::new(Vec::new());
    with_each(&cases, || {
        let runtime = runtime();
        let mut bench = runtime.block_on(Bench::open("fixtures"));
        if bench.major_version() != WRITTEN_WITH {
            left_out(&format!("the words of the scripts: they are those of PostgreSQL {WRITTEN_WITH}"));
        }
        let failed = &failed;
        move |case: &Case| {
            if let Err(why) = runtime.block_on(case.run(&mut bench)) {
                say(&format!("FAIL {}: {why}", case.name));
                failed.lock().expect("nobody panics").push(case.name.clone());
            }
        }
    });
    let failed = failed.into_inner().expect("nobody panics");
    assert!(failed.is_empty(), "{} of {} cases fail: {failed:?}", failed.len(), cases.len());
}

/// Sources that hold an operation, which are those that say so.
fn operations() -> BTreeSet<String> {
    let files = std::fs::read_dir(Path::new(SOURCES).join("diff")).expect("the sources");
    let files =
        files.map(|entry| entry.expect("an entry").path()).filter(|path| path.extension().is_some_and(|it| it == "rs"));
    files
        .filter(|path| std::fs::read_to_string(path).expect("a source").contains("\nimpl Operation for "))
        .map(|path| name(&path))
        .collect()
}

#[test]
fn each_operation_has_its_folder_and_each_folder_its_source() {
    let operations = operations();
    assert!(operations.contains("create") && operations.contains("type_swap"), "{operations:?}");
    let told: BTreeSet<String> = folders(Path::new(FIXTURES))
        .iter()
        .filter(|folder| !folders(folder).is_empty())
        .map(|folder| name(folder))
        .collect();
    let missing: Vec<&String> = operations.difference(&told).collect();
    assert!(missing.is_empty(), "{FIXTURES}: no case shows what these write: {missing:?}");
    let is_source = |name: &&String| {
        ["diff", "plan"].iter().any(|layer| Path::new(SOURCES).join(layer).join(format!("{name}.rs")).exists())
    };
    let strange: Vec<&String> = told.iter().filter(|name| !is_source(name)).collect();
    assert!(strange.is_empty(), "{FIXTURES}: named after no file of diff or plan: {strange:?}");
}
