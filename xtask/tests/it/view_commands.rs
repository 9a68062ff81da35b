//! `refresh-views` and `views` as a person runs them.

use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::applying::{Gate, until};
use crate::support::postgres::{TestDatabase, database, present};

/// A project without any files of its own, on a database of its own.
struct Project {
    dir: tempfile::TempDir,
    database: TestDatabase,
}

impl Project {
    fn new(name: &str) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("xtask.toml"), "[views]\njobs = 2\n").expect("written");
        Self { dir, database: database(name) }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-xtask"));
        command.args(arguments).current_dir(self.dir.path()).env("DATABASE_URL", self.database.url());
        command.env("USER", "somebody").env("HOSTNAME", "here").stdin(Stdio::null());
        command
    }

    /// Exit status, stdout, stderr.
    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        told(self.command(arguments).output().expect("it runs"))
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let (code, out, err) = self.run(&[&["--format", "json"], arguments].concat());
        assert_eq!(code, 0, "{err}");
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
    }
}

fn told(output: Output) -> (i32, String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// The lines of a table as its cells, which are two blanks or more apart.
fn cells(table: &str) -> Vec<Vec<&str>> {
    table.lines().map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()).collect()
}

const VIEWS: &str = "
    create table t(x int); insert into t select generate_series(1, 1200);
    create schema lab;
    create materialized view lab.base as select x from t; create unique index base_idx on lab.base (x);
    create view through as select x from lab.base;
    create materialized view top as select count(*) as n from through;";

#[test]
fn a_database_without_views_says_what_to_do() {
    if !present() {
        return;
    }
    let project = Project::new("cli_none");
    for command in ["views", "schema-analytics-list", "refresh-views"] {
        let (code, out, err) = project.run(&[command]);
        assert_eq!((code, out.as_str()), (0, ""), "{command}: {err}");
        assert!(err.contains("no materialised views; `cargo xtask migrate`"), "{err}");
    }
    assert_eq!(project.json(&["views"]), Value::Array(Vec::new()));
    assert_eq!(project.json(&["refresh-views"])["views"], Value::Array(Vec::new()));
    let (code, _, err) = project.run(&["refresh-views", "any"]);
    assert_eq!(code, 2);
    assert!(err.contains("error[view-unknown]") && err.contains("the database has no materialised views"), "{err}");
}

#[test]
fn the_table_at_the_end_has_mode_rows_size_and_time() {
    if !present() {
        return;
    }
    let project = Project::new("cli_table");
    project.database.psql(VIEWS);
    let (code, out, err) = project.run(&["refresh-views"]);
    assert_eq!(code, 0, "{err}");
    let table = cells(&out);
    assert_eq!(table[0], ["VIEW", "MODE", "ROWS", "SIZE", "TIME"]);
    assert_eq!(table[1][..3], ["lab.base", "concurrently", "1,200"]);
    assert_eq!(table[2][..3], ["public.top", "plain: it has no unique index", "1"]);
    assert!(table[1][3].ends_with("kB") && table[1][4].ends_with(" s"), "{out}");
    let place = |text: &str| err.find(text).unwrap_or_else(|| panic!("{text}: {err}"));
    assert!(place("Refreshed lab.base (concurrently): 1,200 rows, ") < place("Refreshed public.top"));
    assert!(err.contains("2 of 2 refreshed in "), "{err}");
    let (code, out, err) = project.run(&["refresh-views", "--stale"]);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "", "Nothing to refresh: all 2 views are fresh\n"));
    let (_, out, err) = project.run(&["-q", "refresh-views", "LAB.BASE"]);
    assert_eq!((cells(&out).len(), err.as_str()), (2, ""));
}

#[test]
fn the_list_says_what_reads_what_and_how_fresh_it_is() {
    if !present() {
        return;
    }
    let project = Project::new("cli_list");
    project.database.psql(VIEWS);
    project.run(&["refresh-views", "base"]);
    let (code, out, err) = project.run(&["views"]);
    assert_eq!(code, 0, "{err}");
    let table = cells(&out);
    assert_eq!(table[1][..4], ["lab", "base", "yes", "1,200"]);
    assert_eq!(table[1][5..], ["1", "just now", "fresh", "t", "top"]);
    assert_eq!(table[2][..4], ["public", "top", "yes", "?"]);
    assert_eq!(table[2][5..], ["0", "never", "unknown", "base", "-"]);
    assert_eq!(err, "To refresh: 1 of 2, with `cargo xtask refresh-views --stale`\n");
    let (_, out, _) = project.run(&["views", "top", "-v"]);
    assert!(out.contains("it was never refreshed by this tool"), "{out}");
    assert!(out.contains("reads         lab.base (materialised view)"), "{out}");

    let list = project.json(&["views"]);
    let base = &list[0];
    let expected = serde_json::json!({
        "schema": "lab", "name": "base", "owner": "postgres", "may_refresh": true, "populated": true,
        "rows": 1200, "rows_exact": true, "mode": "concurrently", "plain_because": null, "last_failure": null,
        "state": "fresh", "stale": false, "stale_because": [],
        "indexes": [{ "name": "base_idx", "unique": true, "valid": true, "partial": false, "expression": false }],
        "reads": [{ "schema": "public", "name": "t", "kind": "table" }],
        "read_by": [{ "schema": "public", "name": "top" }],
    });
    for (field, value) in expected.as_object().expect("an object") {
        assert_eq!(&base[field], value, "{field}");
    }
    assert_eq!(base["last_refresh"]["by"], "somebody@here");
    assert!(base["bytes"].as_u64().is_some_and(|bytes| bytes > 0));
    assert_eq!(list[1]["reads"].as_array().map(Vec::len), Some(2), "the plain view in between is told to programs");
    let documented =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/views.md")).expect("docs/views.md");
    let refreshed = project.json(&["refresh-views"]);
    for value in [base, &refreshed, &refreshed["views"][0]] {
        for field in value.as_object().expect("an object").keys() {
            assert!(documented.contains(&format!("| `{field}` ")), "docs/views.md does not explain {field}");
        }
    }
}

#[test]
fn a_failure_ends_with_code_6_after_the_rest_is_done() {
    if !present() {
        return;
    }
    let project = Project::new("cli_failure");
    project.database.psql(VIEWS);
    project.database.psql(
        "create materialized view bad as select 1 / 0 as x with no data;
         create materialized view worse as select x from bad with no data;",
    );
    let (code, out, err) = project.run(&["refresh-views"]);
    assert_eq!(code, 6);
    let table = cells(&out);
    assert_eq!(table.len(), 5, "{out}");
    assert!(out.contains("public.bad    failed: division by zero"), "{out}");
    assert!(out.contains("public.worse  skipped: it reads public.bad"), "{out}");
    assert!(err.contains("error[view-refresh-failed]: public.bad could not be refreshed: division by zero"), "{err}");
    assert!(err.contains("the view still holds no data") && err.contains(r"psql -- -c '\d+ public.bad'"), "{err}");
    let (code, out, _) = project.run(&["--format", "json", "refresh-views", "worse"]);
    let value: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, &value["views"][0]["outcome"]), (6, &Value::from("failed")));
    assert_eq!(value["views"][1]["skipped_because"]["name"], "bad");
    let failure = &project.json(&["views", "bad"])[0]["last_failure"];
    assert_eq!(failure, "division by zero");
}

#[test]
fn wrong_names_are_told_together() {
    if !present() {
        return;
    }
    let project = Project::new("cli_names");
    project.database.psql(VIEWS);
    for command in ["refresh-views", "views"] {
        let (code, out, err) = project.run(&[command, "bse", "top", "through"]);
        assert_eq!((code, out.as_str()), (2, ""));
        assert!(err.contains("cargo xtask refresh-views lab.base"), "{err}");
        assert!(err.contains("public.through is a plain view, which has nothing to refresh"), "{err}");
    }
    assert_eq!(project.run(&["refresh-views", "--jobs", "0"]).0, 2);
}

/// Sends the signal of Ctrl-C.
#[cfg(unix)]
fn interrupt(process: u32) {
    let status = Command::new("kill").args(["-INT", &process.to_string()]).status().expect("kill");
    assert!(status.success());
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_code_130_and_a_table_of_what_was_done() {
    if !present() {
        return;
    }
    let project = Project::new("cli_interrupt");
    project.database.psql(VIEWS);
    project.database.psql("create materialized view slow as select pg_sleep(600)::text as x with no data");
    let mut command = project.command(&["refresh-views"]);
    let process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let active = "select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'";
    until("the slow view is refreshed, and the others are done", || {
        project.database.psql(active) != "0"
            && project.database.psql("select count(*) from xtask.view_refresh where row_count is not null") == "2"
    });
    interrupt(process.id());
    let (code, out, err) = told(process.wait_with_output().expect("it ends"));
    assert_eq!(code, 130, "{err}");
    assert!(cells(&out).contains(&vec!["public.slow", "interrupted", "-", "-", "-"]), "{out}");
    assert!(err.contains("views refreshed: 2; left as they were: 1"), "{err}");
    assert_eq!(project.database.psql(active), "0", "cancelled on the server");
}

#[test]
fn two_refreshes_do_not_double_the_work_and_the_second_is_told_who_is_first() {
    if !present() {
        return;
    }
    let project = Project::new("cli_two");
    let slow = format!("create materialized view slow as select {}::text as x with no data", Gate::WAIT);
    project.database.psql(&slow);
    let mut gate = Gate::closed(&project.database.url());
    let arguments = ["refresh-views", "--stale"];
    let first = project.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    gate.await_waiting(1);
    let (code, _, err) = project.run(&["refresh-views", "--lock-wait", "1ms"]);
    assert_eq!(code, 5, "{err}");
    assert!(
        err.contains("held by xtask refresh-views somebody@here") && err.contains("REFRESH MATERIALIZED VIEW"),
        "{err}"
    );
    let sessions = || {
        project.database.psql("select count(*) from pg_stat_activity where application_name like 'xtask refresh-views%' and datname = current_database()")
    };
    let before = sessions();
    let second = project.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    until("the second has come", || sessions() != before);
    gate.open();
    let (code, _, err) = told(first.wait_with_output().expect("it ends"));
    assert_eq!(code, 0, "{err}");
    let (code, _, err) = told(second.wait_with_output().expect("it ends"));
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("Nothing to refresh: the view is fresh"), "{err}");
}
