//! Pairs of schemas with rows that must survive: what `pg_dump` prints after migrating is what it prints of the wanted side.
//!
//! Another file of the same form is taken with `XTASK_DIFF_CASES`; `XTASK_DIFF_ONLY` runs the cases whose name contains it. A
//! line a case is printed. Every rename that is found by likeness is taken, as somebody who answers yes would.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use xtask::plan::{Answers, Plan};
use xtask::postgres::{Database, Scope};
use xtask::schema::Schema;

use super::support::postgres::{self, TestDatabase};
use super::support::session::{session, wait};
use super::support::{lacks, predates, say, with_each};

/// The version of PostgreSQL that knows everything of which the cases are made.
pub(crate) const WRITTEN_FOR: u32 = 15;

const ROLE: &str = "do $$ begin create role diff_reader; exception when duplicate_object then null; end $$";

struct Case<'c> {
    name: &'c str,
    value: &'c Value,
}

impl Case<'_> {
    fn text(&self, key: &str) -> &str {
        self.value[key].as_str().unwrap_or_default()
    }

    fn survives(&self, which: usize) -> Option<&str> {
        self.value["survives"][which].as_str()
    }
}

fn cases_file() -> PathBuf {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/diff/pg_diff_cases.json");
    std::env::var_os("XTASK_DIFF_CASES").map_or_else(|| PathBuf::from(own), PathBuf::from)
}

#[test]
fn every_pair_is_migrated_there_and_back() {
    if !postgres::present() {
        return;
    }
    let path = cases_file();
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let cases: Value = serde_json::from_str(&text).expect("cases as JSON");
    let only = std::env::var("XTASK_DIFF_ONLY").unwrap_or_default();
    let cases: Vec<Case<'_>> = cases["cases"]
        .as_array()
        .expect("a list of cases")
        .iter()
        .map(|value| Case { name: value["name"].as_str().expect("a name"), value })
        .filter(|case| case.name.contains(&only))
        .collect();
    assert!(!cases.is_empty(), "{}: no cases", path.display());
    let role = postgres::database("diff_role");
    role.psql(ROLE);
    let major = role.major_version();
    let (failed, left_out) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
    with_each(&cases, || {
        |case| match run(case) {
            Ok(()) => say(&format!("pass {}", case.name)),
            Err(why) if lacks(&why) || is_of_the_case(&why) && predates(&why, major, WRITTEN_FOR) => {
                say(&format!("none {}", case.name));
                left_out.fetch_add(1, Ordering::Relaxed);
            }
            Err(why) => {
                say(&format!("FAIL {}: {why}", case.name));
                failed.lock().expect("nobody panics").push(case.name);
            }
        }
    });
    let failed = failed.into_inner().expect("nobody panics");
    let left_out = left_out.into_inner();
    let passed = cases.len() - failed.len() - left_out;
    say(&format!("{passed} of {} cases pass, {left_out} are left out", cases.len()));
    assert!(failed.is_empty(), "{failed:?}");
}

/// Whether it is the case itself that the server refuses, and not what is made of it.
fn is_of_the_case(why: &str) -> bool {
    ["base: ", "before: ", "after: "].iter().any(|step| why.starts_with(step))
}

fn run(case: &Case<'_>) -> Result<(), String> {
    let (live, wanted) = (postgres::database(case.name), postgres::database(case.name));
    for (database, then) in [(&live, "before"), (&wanted, "after")] {
        database.try_psql(case.text("base")).map_err(|error| format!("base: {error}"))?;
        database.try_psql(case.text(then)).map_err(|error| format!("{then}: {error}"))?;
    }
    live.try_psql(case.text("data")).map_err(|error| format!("data: {error}"))?;
    let start = dump(&live);
    let kept = case.survives(0).map(|query| live.psql(query));
    wait(async {
        let mut from = session(&live).await;
        let mut to = session(&wanted).await;
        let wanted_schema = introspect(&mut to).await?;
        let current = introspect(&mut from).await?;
        let plan = plan(&current, &wanted_schema)?;
        let told = || format!("\n--- up\n{}\n--- down\n{}", plan.up.text(), plan.down.text());
        send(&mut from, &plan.up.text()).await.map_err(|error| format!("up fails: {error}{}", told()))?;
        differs("after up", &dump(&wanted), &dump(&live)).map_err(|error| error + &told())?;
        let reached = introspect(&mut from).await?;
        let rest = Plan::between(&reached, &wanted_schema, &Answers::default()).map_err(|error| error.to_string())?;
        if !rest.is_empty() {
            return Err(format!("the second diff is not empty:\n{}{}", rest.up.text(), told()));
        }
        if let (Some(kept), Some(query)) = (kept, case.survives(1)) {
            let now = live.psql(query);
            if now != kept {
                return Err(format!("rows were {kept:?} and are {now:?}{}", told()));
            }
        }
        send(&mut from, &plan.down.text()).await.map_err(|error| format!("down fails: {error}{}", told()))?;
        differs("after down", &start, &dump(&live)).map_err(|error| error + &told())
    })
}

/// The plan with every question answered as a person would who means what the pair says.
fn plan(current: &Schema, wanted: &Schema) -> Result<Plan, String> {
    let answers = Answers::yes_to_all(current, wanted);
    Plan::between(current, wanted, &answers).map_err(|error| error.to_string())
}

async fn introspect(database: &mut Database) -> Result<Schema, String> {
    database.introspect(&Scope::default()).await.map_err(|error| error.to_string())
}

/// Runs a script as `migrate` does: as one transaction, or unit by unit.
async fn send(database: &mut Database, text: &str) -> Result<(), String> {
    let script = xtask::revision::RevisionScript::parse("script.sql".into(), text.as_bytes());
    let script = script.map_err(|errors| format!("{errors:?}"))?;
    database.run_script(&script).await.map_err(|error| error.to_string())
}

/// What `pg_dump` prints of a schema, without the parts that are different in every run.
fn dump(database: &TestDatabase) -> String {
    let program = postgres::bin_dir().map_or_else(|| PathBuf::from("pg_dump"), |folder| folder.join("pg_dump"));
    assert!(Path::new(&program).exists(), "{} is missing", program.display());
    let output =
        Command::new(program).args(["--schema-only", "--dbname", &database.url()]).output().expect("pg_dump runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    normalised(&String::from_utf8_lossy(&output.stdout))
}

/// Columns of a table in the order of their names: adding one puts it last, whatever the wanted side says.
fn normalised(dump: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut columns: Option<Vec<String>> = None;
    for line in dump.lines().filter(|line| !line.starts_with("--") && !line.starts_with('\\') && !line.is_empty()) {
        match &mut columns {
            Some(gathered) if line.starts_with(')') => {
                gathered.sort();
                lines.append(gathered);
                lines.push(line.to_owned());
                columns = None;
            }
            Some(gathered) => gathered.push(line.trim_end_matches(',').to_owned()),
            None => {
                lines.push(line.to_owned());
                let opens = line.starts_with("CREATE TABLE") || line.starts_with("CREATE UNLOGGED TABLE");
                columns = (opens && line.ends_with('(')).then(Vec::new);
            }
        }
    }
    lines.join("\n")
}

fn differs(when: &str, expected: &str, got: &str) -> Result<(), String> {
    if expected == got {
        return Ok(());
    }
    let changes = similar::TextDiff::from_lines(expected, got);
    Err(format!("{when} the dump differs (- expected, + got):\n{}", changes.unified_diff().context_radius(1)))
}
