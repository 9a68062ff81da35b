//! The printed schema: loaded into an empty database it gives the same schema, to us and to `pg_dump`.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Mutex;

use serde_json::Value;
use similar::TextDiff;
use xtask::plan::dump;

use super::introspection::{EVERYTHING, create_role, introspect};
use crate::diff_cases::WRITTEN_FOR;
use crate::support::applying::Project;
use crate::support::postgres::{TestDatabase, bin_dir, database, present};
use crate::support::{lacks, predates, with_each};

/// The same pairs of schemas that are migrated into each other.
const CASES: &str = include_str!("../conformance/diff/pg_diff_cases.json");

/// How the reason begins where the server refuses the schema itself.
const REFUSED: &str = "no schema: ";

/// What `pg_dump` prints of a schema, without what is new in each run.
fn pg_dump(database: &TestDatabase) -> String {
    let program = bin_dir().expect("binaries").join("pg_dump");
    let output = Command::new(program).args(["--schema-only", "--dbname", &database.url()]).output();
    let output = output.expect("pg_dump runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout);
    // Newer versions write a random word that psql compares.
    text.lines().filter(|line| !line.starts_with('\\')).fold(String::new(), |text, line| text + line + "\n")
}

fn difference(what: &str, expected: &str, got: &str) -> Result<(), String> {
    if expected == got {
        return Ok(());
    }
    let changes = TextDiff::from_lines(expected, got);
    Err(format!("{what} (- expected, + got):\n{}", changes.unified_diff().context_radius(2)))
}

/// Makes a schema, prints it, loads what was printed, and compares.
fn round_trip(hint: &str, sql: &str) -> Result<(), String> {
    let (first, second) = (database(hint), database(hint));
    first.try_psql(sql).map_err(|error| format!("{REFUSED}{error}"))?;
    let schema = introspect(&first);
    let printed = dump(&schema).map_err(|error| error.to_string())?.text();
    second.try_psql(&printed).map_err(|error| format!("{error}\nin:\n{printed}"))?;
    let again = introspect(&second);
    if again != schema {
        let json = |schema| serde_json::to_string_pretty(schema).expect("it can be written");
        difference("the schema is another", &json(&schema), &json(&again))?;
    }
    difference("it is printed in another way", &printed, &dump(&again).map_err(|error| error.to_string())?.text())?;
    difference("pg_dump sees a difference", &pg_dump(&first), &pg_dump(&second))
        .map_err(|error| error + "\n" + &printed)
}

#[test]
fn every_schema_of_the_conformance_cases_survives() {
    if !present() {
        return;
    }
    let cases: Value = serde_json::from_str(CASES).expect("cases as JSON");
    let only = std::env::var("XTASK_DIFF_ONLY").unwrap_or_default();
    let text = |case: &Value, key: &str| case[key].as_str().unwrap_or_default().to_owned();
    let (mut schemas, mut known): (Vec<(String, String)>, BTreeSet<String>) = (Vec::new(), BTreeSet::new());
    for case in cases["cases"].as_array().expect("a list").iter().filter(|case| text(case, "name").contains(&only)) {
        for side in ["before", "after"] {
            let sql = text(case, "base") + ";" + &text(case, side);
            if known.insert(sql.clone()) {
                schemas.push((format!("{} {side}", text(case, "name")), sql));
            }
        }
    }
    assert!(!schemas.is_empty(), "no case is called so");
    let role = database("role");
    create_role(&role, "diff_reader");
    let major = role.major_version();
    let failed = Mutex::new(Vec::new());
    with_each(&schemas, || {
        |(name, sql)| match round_trip(name, sql) {
            Err(error) if lacks(&error) || error.starts_with(REFUSED) && predates(&error, major, WRITTEN_FOR) => {}
            Err(error) => failed.lock().expect("nobody panics").push(format!("{name}: {error}")),
            Ok(()) => {}
        }
    });
    let failed = failed.into_inner().expect("nobody panics");
    assert!(failed.is_empty(), "{} of {} fail\n{}", failed.len(), schemas.len(), failed.join("\n\n"));
}

#[test]
fn one_of_everything_survives() {
    if !present() {
        return;
    }
    create_role(&database("role"), "schema_reader");
    match round_trip("everything", EVERYTHING) {
        Err(error) if lacks(&error) => {}
        outcome => outcome.unwrap_or_else(|error| panic!("{error}")),
    }
}

#[test]
fn the_command_prints_what_belongs_to_the_project() {
    let Some(project) = Project::new("schema_dump") else { return };
    project.revision(
        1,
        "",
        "create table kept (id int primary key); create schema audit; create table audit.log ();",
        "",
    );
    project.xtask("migrate").ok();
    project.psql("create operator === (function = int4eq, leftarg = int, rightarg = int)");
    project.write("xtask.toml", "[autogenerate]\nexclude = [\"audit.*\"]\n");

    let dumped = project.xtask("schema dump").ok();
    let printed = "\
-- not written: operator public.===(integer,integer)

-- public.kept: table added
CREATE TABLE public.kept (
    id integer NOT NULL,
    CONSTRAINT kept_pkey PRIMARY KEY (id)
);
";
    assert_eq!(dumped.out, printed);
    assert!(
        dumped.err.contains("warning[schema-not-written]: 1 object is of a kind that is not written"),
        "{}",
        dumped.err
    );

    let json: Value = serde_json::from_str(&project.xtask("--format json schema dump").ok().out).expect("JSON");
    assert_eq!(json["tables"][0]["name"], serde_json::json!({ "schema": "public", "name": "kept" }));
    assert_eq!(json["unread"][0], "operator public.===(integer,integer)");

    let elsewhere = database("elsewhere");
    elsewhere.psql("create view seen as select 1 as one");
    let other = project.xtask(&format!("schema dump --url {}", elsewhere.url())).ok();
    assert_eq!(other.out, "-- public.seen: view added\nCREATE VIEW public.seen (one) AS\nSELECT 1 AS one;\n");
}
