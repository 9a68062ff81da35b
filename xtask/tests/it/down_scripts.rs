//! `check-downs`: down scripts that do not bring back what was there before, and what completes them.

use serde_json::json;

use std::process::Stdio;

use crate::support::applying::{Running, until};
use crate::support::postgres::{self, TestDatabase};
use crate::support::project::{Run, TestProject};

struct Project {
    project: TestProject,
    database: TestDatabase,
}

const BASE: &str = "create table runs (id int primary key, yield numeric);\n\
    create materialized view totals as select count(*) as n from runs;\n\
    create unique index uq_totals on totals (n);\n\
    comment on materialized view totals is 'All of them';\n\
    grant select on totals to public;";

/// Loses the view with its index, comment and grant, as a script does that drops what it was about to create anew.
const UP: &str = "drop materialized view totals;\nalter table runs add reactor text;\n\
    create materialized view totals as select count(reactor) as n from runs;";
const LOSSY: &str = "drop materialized view totals;\nalter table runs drop reactor;";

impl Project {
    /// `None` where there is no PostgreSQL.
    fn new(hint: &str) -> Option<Self> {
        if !postgres::present() {
            return None;
        }
        let project = Self { project: TestProject::new(), database: postgres::database(hint) };
        project.revision("1_base", "a1", "", BASE, "drop materialized view totals;\ndrop table runs;");
        Some(project)
    }

    fn revision(&self, file: &str, id: &str, parent: &str, up: &str, down: &str) {
        let header = [format!("revision: {id}"), format!("revises: {parent}")];
        self.project.revision(file, file, &header.each_ref().map(String::as_str), up, down);
    }

    fn run(&self, words: &[&str]) -> Run {
        self.project.run_on(&self.database.url(), &[&["check-downs"], words].concat())
    }

    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.project.path(&format!("migrations/{file}"))).expect("a file")
    }
}

#[test]
fn what_a_script_loses_is_named_and_the_script_is_completed_only_when_that_is_asked_for() {
    let Some(project) = Project::new("downs_lossy") else { return };
    project.run(&[]).expect(0);
    project.revision("2_reactor", "b2", "a1", UP, LOSSY);
    let before = project.read("2_reactor.down.sql");
    let found = project.run(&[]).expect(7);
    assert_eq!(found.stdout, "b2: loses materialized view public.totals\n");
    assert!(
        found.stderr.contains("error[check-downs-differ]") && found.stderr.contains("--repair"),
        "{}",
        found.stderr
    );
    let shown = project.run(&["--repair", "--dry-run"]).expect(0);
    assert!(shown.stdout.contains("-- migrations/2_reactor.down.sql\n"), "{}", shown.stdout);
    assert_eq!(project.read("2_reactor.down.sql"), before, "nothing is written that nobody asked for");

    project.run(&["--repair"]).expect(0);
    let text = project.read("2_reactor.down.sql");
    assert!(text.starts_with(&format!("{}\n\n-- xtask: repaired by ", before.trim_end())), "{text}");
    for part in ["CREATE MATERIALIZED VIEW", "CREATE UNIQUE INDEX uq_totals", "'All of them'", "GRANT SELECT"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(project.run(&[]).expect(0).stderr.contains("2 of 2 down scripts bring back"));
    project.project.run_on(&project.database.url(), &["migrate"]).expect(0);
    project.project.run_on(&project.database.url(), &["downgrade", "base", "--yes"]).expect(0);
    assert_eq!(project.read("2_reactor.down.sql"), text);
}

#[test]
fn an_end_that_does_not_do_any_more_is_made_anew() {
    let Some(project) = Project::new("downs_anew") else { return };
    project.revision("2_reactor", "b2", "a1", UP, LOSSY);
    project.run(&["--repair"]).expect(0);
    let base = BASE.replace("count(*)", "count(yield)");
    project.revision("1_base", "a1", "", &base, "drop materialized view totals;\ndrop table runs;");
    assert!(project.run(&[]).expect(7).stdout.starts_with("b2: changes "), "the view is not that of the base any more");
    project.run(&["--repair"]).expect(0);
    let text = project.read("2_reactor.down.sql");
    assert!(text.contains("yield)") && text.matches("-- xtask: repaired").count() == 1, "{text}");
}

#[test]
fn what_a_script_leaves_is_dropped_only_where_the_revision_is_named() {
    let Some(project) = Project::new("downs_left") else { return };
    let up = "create type kind as enum ('a', 'b');\ncreate table things (kind kind);";
    project.revision("2_things", "b2", "a1", up, "drop table things;");
    let found = project.run(&["--repair"]).expect(7);
    assert!(found.stdout.contains("b2: leaves type public.kind\nb2: not completed"), "{}", found.stdout);
    assert!(found.stderr.contains("cargo xtask check-downs --repair b2"), "{}", found.stderr);
    let json = project.run(&["--repair", "b2", "--format", "json"]).expect(0).json();
    assert_eq!((&json[0]["verdict"], &json[0]["repair"]), (&"differs".into(), &"proved".into()), "{json}");
    assert_eq!(
        json[0]["gap"],
        json!({ "lost": [], "left": [{ "kind": "type", "name": "public.kind" }], "changed": [] })
    );
    assert!(project.read("2_things.down.sql").ends_with("DROP TYPE public.kind;\n"));
    project.run(&["b2"]).expect(0);
}

#[test]
fn a_script_that_fails_is_told_and_one_that_refuses_is_as_its_author_wants_it() {
    let Some(project) = Project::new("downs_fails") else { return };
    let refuses = "do $$ begin raise exception 'there is no way back'; end $$;";
    project.revision("2_refuses", "b2", "a1", "create table b (a int);", refuses);
    let found = project.run(&[]).expect(0);
    assert!(found.stdout.contains("b2: has no way back, as it says:") && found.stderr.contains("1 say"), "{found:?}");
    project.revision("3_fails", "c3", "b2", "create table c (a int);", "drop table d;");
    let found = project.run(&["--repair"]).expect(7);
    assert!(found.stdout.contains("c3: fails:") && found.stdout.contains("\"d\" does not exist"), "{}", found.stdout);
    assert!(!project.run(&["b2"]).expect(0).stdout.contains("c3"), "only what is meant");
    let wrong = project.run(&["nowhere"]).expect(1);
    assert!(wrong.stderr.contains("nowhere"), "{}", wrong.stderr);
    project.revision("4_broken", "d4", "c3", "create table c (a int);", "");
    let broken = project.run(&[]).expect(6);
    assert!(broken.stderr.contains("4_broken.up.sql"), "{}", broken.stderr);
}

#[test]
fn the_end_of_a_script_that_is_no_transaction_is_one_and_data_that_needs_a_choice_is_for_a_person() {
    let Some(project) = Project::new("downs_outside") else { return };
    let down = "-- no-transaction\ndrop index concurrently ix;\ndrop materialized view totals;";
    project.revision("2_index", "b2", "a1", "create index ix on runs (yield);", down);
    project.run(&["--repair"]).expect(0);
    let text = project.read("2_index.down.sql");
    assert!(text.contains("\n\nBEGIN;\n") && text.ends_with("\nCOMMIT;\n"), "{text}");
    let down =
        "alter table runs drop yield cascade;\nalter table runs drop constraint runs_pkey;\nalter table runs drop id;";
    project.revision("3_column", "c3", "b2", "select 1;", down);
    let found = project.run(&["--repair"]).expect(7);
    assert!(found.stdout.contains("c3: cannot be completed: a column needs values"), "{}", found.stdout);
}

#[test]
fn ctrl_c_leaves_no_scratch_database_behind() {
    let Some(project) = Project::new("interrupted") else { return };
    let marker = format!("interrupted {}", std::process::id());
    project.revision("2_long", "b2", "a1", &format!("select pg_sleep(60) /* {marker} */;"), "select 1;");
    let sleeping =
        format!("pg_stat_activity where datname like 'xtask_proof%' and state = 'active' and query like '%{marker}%'");
    for signal in ["INT", "TERM"] {
        let mut command = project.project.command(&["check-downs"]);
        command.env("DATABASE_URL", project.database.url());
        let running = Running::of(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()));
        let mut name = String::new();
        until("the revision runs", || {
            name = project.database.psql(&format!("select datname from {sleeping}"));
            !name.is_empty()
        });
        running.signal(signal);
        running.wait().fails_with(130).says(&["the scratch databases are dropped"]);
        // `xtask_proof_<time>_<process>_<count>`
        let (run, _) = name.rsplit_once('_').expect("a count");
        let left = format!("select count(*) from pg_database where datname like '{run}%'");
        assert_eq!(project.database.psql(&left), "0", "{run}");
    }
}
