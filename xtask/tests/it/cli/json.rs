//! The JSON of every command, held against `docs/json.md`.

use std::collections::{BTreeMap, BTreeSet};

use clap::CommandFactory as _;
use serde_json::Value;

use crate::support::postgres;
use crate::support::project::{Run, TestProject};

/// The documentation, read: what each command gives, and the fields of each part with their types.
pub(crate) struct Documented {
    results: BTreeMap<String, String>,
    parts: BTreeMap<String, BTreeMap<String, String>>,
}

impl Documented {
    pub(crate) fn read() -> Self {
        let text = include_str!("../../../../docs/json.md");
        let (mut results, mut parts) = (BTreeMap::new(), BTreeMap::<String, BTreeMap<String, String>>::new());
        let mut part: Option<String> = None;
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("### ") {
                part = Some(name.to_owned());
            }
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let Some(name) = cells[0].strip_prefix('`').and_then(|cell| cell.strip_suffix('`')) else { continue };
            let kind = cells.get(1).copied().unwrap_or_default().to_owned();
            match &part {
                None => drop(results.insert(name.to_owned(), kind)),
                Some(part) => drop(parts.entry(part.clone()).or_default().insert(name.to_owned(), kind)),
            }
        }
        Self { results, parts }
    }

    /// Everything in which a value is not what its type says.
    pub(crate) fn complaints(&self, value: &Value, kind: &str, at: &str) -> Vec<String> {
        let kinds: Vec<&str> = kind.split(" or ").collect();
        let fits = |kind: &&&str| match **kind {
            "null" => value.is_null(),
            "string" => value.is_string(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "absent" => false,
            "list" => value.is_array(),
            "map" => value.is_object(),
            list if list.starts_with("list of ") => value.is_array(),
            _ => value.is_object(),
        };
        let Some(kind) = kinds.iter().find(fits) else { return vec![format!("{at}: {value} is no {kind}")] };
        if let Some(element) = kind.strip_prefix("list of ") {
            let list = value.as_array().into_iter().flatten();
            return list.flat_map(|one| self.complaints(one, element, &format!("{at}[]"))).collect();
        }
        let Some(object) = value.as_object().filter(|_| *kind != "map") else { return Vec::new() };
        let Some(fields) = self.parts.get(*kind) else { return vec![format!("{at}: {kind} is not documented")] };
        let mut wrong = Vec::new();
        for (name, value) in object {
            match fields.get(name) {
                Some(kind) => wrong.extend(self.complaints(value, kind, &format!("{at}.{name}"))),
                None => wrong.push(format!("{at}.{name} is not documented")),
            }
        }
        let missing = fields.iter().filter(|(name, kind)| !kind.starts_with("absent") && !object.contains_key(*name));
        wrong.extend(missing.map(|(name, _)| format!("{at}.{name} is documented and missing")));
        wrong
    }

    #[track_caller]
    fn hold(&self, run: &Run, documented: &str) -> Value {
        let kind = self.results.get(documented).unwrap_or_else(|| panic!("{documented} is not documented"));
        let value = run.json();
        let complaints = self.complaints(&value, kind, documented);
        assert!(complaints.is_empty(), "{complaints:#?}\n{}", run.stdout);
        self.hold_errors(run);
        value
    }

    /// Each line of the standard error is a failure or a warning.
    #[track_caller]
    fn hold_errors(&self, run: &Run) {
        for line in run.stderr.lines() {
            let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            let kind = if value.get("warning").is_some() { "warning" } else { "failure" };
            let complaints = self.complaints(&value, kind, kind);
            assert!(complaints.is_empty(), "{complaints:#?}\n{line}");
        }
    }
}

/// One of everything that models can say.
const MODELS: &str = r#"
from sqlalchemy import CheckConstraint, Column, Computed, Identity, Index, Integer
from sqlalchemy.dialects.postgresql import DOMAIN, ExcludeConstraint
from sqlmodel import Field, SQLModel


class Site(SQLModel, table=True):
    __table_args__ = (
        CheckConstraint("id > 0"), ExcludeConstraint(("id", "=")), Index("ix_site", "id"), {"comment": "sites"}
    )
    id: int = Field(sa_column=Column(Integer, Identity(start=5), primary_key=True))
    up_id: int | None = Field(default=None, foreign_key="site.id", unique=True)
    twice: int | None = Field(sa_column=Column(DOMAIN("positive", Integer), Computed("id * 2")))
"#;

/// A project with everything, whose database is a private server of its own.
struct Whole {
    project: TestProject,
}

impl Drop for Whole {
    fn drop(&mut self) {
        self.project.run(&["teardown", "--volumes", "--yes"]);
    }
}

impl Whole {
    fn new() -> Self {
        let project = TestProject::new();
        let port = postgres::free_port();
        project.write(
            "compose/compose.yaml",
            &format!(
                "services:\n  db:\n    image: postgres:15\n    environment:\n      POSTGRES_USER: me\n      \
                 POSTGRES_PASSWORD: secret\n      POSTGRES_DB: whole\n    ports:\n      - \"127.0.0.1:{port}:5432\"\n"
            ),
        );
        project.revision(
            "20260301090000_a",
            "A table and its view",
            &["revision: 20260301090000", "revises:"],
            "create table site(id int);\ncreate materialized view sites as select count(*) from site;\n\
             create unique index on sites(count);",
            "drop materialized view sites;\ndrop table site;",
        );
        project.revision("2_b", "Nothing much", &["revision: b2", "revises: 20260301090000"], "select 1;", "select 1;");
        project.write("models/site.py", MODELS);
        project.write("seed/rows.sql", "insert into site values (1), (2);\n");
        Self { project }
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.project.run(&[arguments, &["--format", "json"]].concat())
    }

    /// States the wanted schema in a `.sql` file.
    fn state_schema(&self, sql: &str) {
        self.project.write("xtask.toml", "[models]\nsource = \"sql\"\n");
        self.project.write("models/wanted.sql", sql);
    }

    fn lose_a_view_on_the_way_back(&self) {
        let header = ["revision: b2", "revises: 20260301090000"];
        self.project.revision("2_b", "Nothing much", &header, "select 1;", "drop materialized view sites;");
    }

    fn lose_the_merge_and_change_a_file(&self) {
        for file in ["up", "down"] {
            let mut names = self.project.migrations().into_iter();
            let name = names.find(|name| name.ends_with(&format!("merge_heads.{file}.sql"))).expect("the merge");
            std::fs::remove_file(self.project.path(&format!("migrations/{name}"))).expect("removed");
        }
        let header = ["revision: b2", "revises: 20260301090000"];
        self.project.revision("2_b", "Nothing much", &header, "select 2;", "select 1;");
    }
}

/// A down script that loses a view is found and completed; the name of what was run.
fn hold_downs(documented: &Documented, whole: &Whole) -> &'static str {
    let name = "check-downs";
    whole.lose_a_view_on_the_way_back();
    let found = documented.hold(&whole.run(&[name]).expect(7), name);
    assert_eq!(found[1]["gap"]["lost"][0]["name"], "public.sites", "{found}");
    assert_eq!(documented.hold(&whole.run(&[name, "--repair"]).expect(0), name)[1]["repair"], "proved");
    name
}

/// A project of Alembic is adopted; the names of what was run.
fn hold_adoption(documented: &Documented) -> [&'static str; 2] {
    let project = crate::adopting::project();
    let left = "\"\"\"left\"\"\"\nfrom alembic import op\nrevision = 'c3'\ndown_revision = 'b2'\n\ndef upgrade():\n    \
                op.execute(input())\n\ndef downgrade():\n    pass\n";
    project.write("alembic/versions/c3.py", left);
    let runs = [("adopt --dry-run", "--dry-run"), ("adopt", "--yes")];
    for (name, last) in runs {
        let value = documented.hold(&project.run(&["adopt", last, "--format", "json"]).expect(0), name);
        assert_eq!(value["scripts"][2]["up"]["reasons"].as_array().map(Vec::len), Some(1), "{value}");
    }
    runs.map(|(name, _)| name)
}

fn hold_log_lines(documented: &Documented, whole: &Whole) {
    let lines = whole.run(&["logs", "-n", "3"]).expect(0).stdout;
    for line in lines.lines() {
        let value = serde_json::from_str(line).expect("a line of JSON");
        assert_eq!(documented.complaints(&value, "log line", "logs"), [""; 0]);
    }
    assert_eq!(lines.lines().count(), 3);
}

#[test]
fn each_command_gives_what_is_documented() {
    if !postgres::present() {
        return;
    }
    let (documented, whole) = (Documented::read(), Whole::new());
    let mut seen = BTreeSet::new();
    let mut hold = |name: &'static str, arguments: &[&str], code: i32| {
        seen.insert(name);
        documented.hold(&whole.run(arguments).expect(code), name)
    };
    // In the order in which a life goes.
    hold("doctor", &["doctor"], 0);
    assert_eq!(hold("status", &["status"], 4)["service"], "absent");
    hold("up", &["up", "--seed"], 0);
    hold("up", &["up"], 0);
    assert_eq!(hold("status", &["status"], 0)["views"]["count"], 1);
    hold("seed", &["seed"], 0);
    assert_eq!(hold("views", &["views"], 0)[0]["stale"], true);
    hold("refresh-views", &["refresh-views"], 0);
    hold("views", &["views"], 0);
    assert_eq!(hold("views export", &["views", "export", "--dir", "out"], 0)[0]["file"], "out/public/sites.sql");
    assert_eq!(hold("schema dump", &["schema", "dump"], 0)["materialised_views"][0]["populated"], true);
    hold("refresh-views", &["refresh-views", "--stale"], 0);
    hold("heads", &["heads"], 0);
    assert_eq!(hold("models", &["models"], 0)["tables"][0]["name"], "site");
    hold("models check", &["models", "check"], 0);
    // No database of this test has what these models say.
    std::fs::remove_file(whole.project.path("models/site.py")).expect("the models");
    hold("branches", &["branches"], 0);
    hold("history", &["history"], 0);
    assert_eq!(hold("history", &["history", "-i"], 0)[0]["applied"], true);
    hold("show REVISION", &["show", "heads"], 0);
    hold("current", &["current"], 0);
    hold("revision", &["revision", "-m", "left", "--rev-id", "c3"], 0);
    hold("revision", &["revision", "-m", "right", "--rev-id", "d4", "--head", "b2", "--splice"], 0);
    assert_eq!(hold("branches", &["branches"], 0)[0]["children"].as_array().map(Vec::len), Some(2));
    let found = &hold("check", &["check"], 7)["findings"][0];
    assert_eq!((&found["code"], found["evidence"][0].is_string()), (&"check-several-heads".into(), true));
    hold("merge", &["merge"], 0);
    assert_eq!(hold("merge", &["merge"], 0)["revision"], Value::Null);
    hold("current", &["current", "--check-heads"], 7);
    let plan = hold("migrate --dry-run", &["migrate", "--dry-run"], 0);
    assert_eq!(plan["would_apply"].as_array().map(Vec::len), Some(3));
    assert_eq!(hold("migrate", &["migrate"], 0)["ran"].as_array().map(Vec::len), Some(3));
    hold("check", &["check"], 0);
    hold("downgrade TARGET --dry-run", &["downgrade", "b2", "--dry-run"], 0);
    hold("downgrade TARGET", &["downgrade", "b2"], 0);
    hold("stamp REVISION", &["stamp", "c3", "d4"], 0);
    hold("ensure-version", &["ensure-version"], 0);
    let downs = hold_downs(&documented, &whole);
    whole.lose_the_merge_and_change_a_file();
    // A warning is a line of JSON, too.
    let run = whole.run(&["migrate", "heads"]).expect(0);
    documented.hold(&run, "migrate");
    assert!(run.stderr.starts_with("{\"warning\":"), "{}", run.stderr);
    hold("start-services", &["start-services"], 0);
    hold("teardown", &["teardown"], 0);
    hold("start-services", &["start-services"], 0);
    hold("stop", &["stop"], 0);
    hold("restart", &["restart"], 0);
    assert_eq!(hold("config --services", &["config", "--services"], 0), serde_json::json!(["db"]));
    assert_eq!(hold("config --hash", &["config", "--hash"], 0)[0]["service"], "db");
    hold_log_lines(&documented, &whole);
    // Several heads: it could not be built again, so it is not removed.
    documented.hold_errors(&whole.run(&["reset", "--yes"]).expect(1));
    assert_eq!(hold("status", &["status"], 0)["answers"], true);
    hold("merge", &["merge"], 0);
    documented.hold_errors(&whole.run(&["reset"]).expect(8));
    hold("reset", &["reset", "--yes"], 0);
    whole.state_schema("create table wanted (a int);");
    let autogenerate = ["migrate-autogenerate", "-m", "Wanted", "--no-renames"];
    let difference = hold("schema diff", &["schema", "diff", "--from", "migrations", "--no-renames"], 0);
    assert!(difference["up"].as_str().is_some_and(|up| up.contains("CREATE TABLE public.wanted")), "{difference}");
    hold("migrate-autogenerate --dry-run", &[&autogenerate[..], &["--dry-run"]].concat(), 0);
    hold("migrate-autogenerate", &autogenerate, 0);
    hold("teardown", &["teardown", "--volumes", "--yes"], 0);

    seen.extend(hold_adoption(&documented));
    seen.insert(downs);
    // Two are no single value (`watch` holds the other), and two need an engine.
    seen.extend(["logs", "build", "pull", "migrate-autogenerate --watch"]);
    let all: BTreeSet<&str> = documented.results.keys().map(String::as_str).collect();
    assert_eq!(seen, all);
}

#[test]
fn what_the_database_has_and_the_checkout_lacks_is_told_in_parts() {
    if !postgres::present() {
        return;
    }
    let (documented, project, database) = (Documented::read(), TestProject::new(), postgres::database("unknown"));
    let url = database.url();
    project.revision("1_a", "gone", &["revision: a1", "revises:"], "select 1;", "select 1;");
    project.run_on(&url, &["migrate"]).expect(0);
    for file in ["migrations/1_a.up.sql", "migrations/1_a.down.sql"] {
        std::fs::remove_file(project.path(file)).expect("removed");
    }
    for command in ["current", "status"] {
        let value = documented.hold(&project.run_on(&url, &[command, "--format", "json"]).expect(0), command);
        assert_eq!((&value["unknown"][0]["revision"], &value["unknown"][0]["message"]), (&"a1".into(), &"gone".into()));
    }
    let run = project.run_on(&url, &["migrate", "--format", "json"]).expect(5);
    documented.hold_errors(&run);
    assert_eq!(run.json_error()["errors"][0]["code"], "database-ahead");
    assert_eq!(run.stdout, "");
}

#[test]
fn every_command_is_documented_or_has_none() {
    let documented = Documented::read();
    let named: BTreeSet<&str> = documented.results.keys().filter_map(|name| name.split(' ').next()).collect();
    let none = BTreeSet::from(["completions", "edit", "exec", "help", "man", "psql", "run"]);
    let command = xtask::cli::Cli::command();
    let all = command.get_subcommands().filter(|it| !it.is_hide_set()).map(clap::Command::get_name);
    assert_eq!(all.filter(|name| !none.contains(name)).collect::<BTreeSet<_>>(), named);
}

#[cfg(target_os = "linux")]
#[test]
fn services_in_docker_are_told_in_the_same_form() {
    use crate::support::docker::services::Services;

    let compose = "name: PROJECT\nservices:\n  db:\n    image: postgres:17\n    environment: { POSTGRES_PASSWORD: secret }\n    \
                   ports: [\"127.0.0.1:0:5432\"]\n    volumes: [\"data:/var/lib/postgresql/data\"]\n    \
                   healthcheck: { test: pg_isready, interval: 300ms, retries: 100 }\nvolumes: { data: }\n";
    let Some(services) = Services::new("json", compose) else { return };
    if !services.engine.postgres("postgres:17") {
        return;
    }
    let documented = Documented::read();
    let run = |arguments: &str| {
        Run::of(services.command(arguments).args(["--format", "json"]).env("XTASK_BACKEND", "docker"))
    };
    let hold = |name: &str, arguments: &str, code: i32| documented.hold(&run(arguments).expect(code), name);
    assert_eq!(hold("status", "status", 4)["services"][0]["state"], "absent");
    let started = hold("start-services", "start-services", 0);
    assert_eq!((&started["backend"], &started["services"][0]["health"]), (&"docker".into(), &"healthy".into()));
    // The engine has chosen the port, and every command finds it.
    let status = hold("status", "status", 0);
    assert_eq!((&status["answers"], &status["services"][0]["state"]), (&true.into(), &"running".into()));
    hold("restart", "restart", 0);
    for line in run("logs -n 3").expect(0).stdout.lines() {
        let value = serde_json::from_str(line).expect("a line of JSON");
        assert_eq!(documented.complaints(&value, "log line", "logs"), [""; 0]);
    }
    assert_eq!(hold("build", "build", 0)["images"], serde_json::json!([]));
    hold("doctor", "doctor", 0);
    hold("stop", "stop", 0);
    documented.hold_errors(&run("pull").expect(3));
    documented.hold_errors(&run("teardown --volumes").expect(8));
    assert_eq!(hold("teardown", "teardown --volumes --yes", 0)["changed"], true);
}
