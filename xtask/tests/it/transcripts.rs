//! The command runs of Alembic 1.20.1 (`tests/conformance/alembic/cli_transcripts.json`), replayed with our program: what
//! Alembic does, ours does, except where a table below says why not.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::support::postgres::{self, TestDatabase};
use super::support::project::{Run, TestProject};

/// What ours does instead of what Alembic does.
#[derive(Clone, Copy, Debug)]
enum Otherwise {
    /// There is nothing to run.
    NotThere,
    /// It succeeds where Alembic fails; the rows are the same.
    Succeeds,
    /// The outcome is the same, but these are the rows afterwards.
    Rows(&'static [&'static str]),
    /// It succeeds and these are the rows afterwards.
    SucceedsWith(&'static [&'static str]),
}

use Otherwise::{NotThere, Rows, Succeeds, SucceedsWith};

/// Everything that is not as with Alembic, and why.
const EXCEPTIONS: &[(&str, Otherwise, &str)] = &[
    ("list-templates", NotThere, "a revision is SQL below a header, so there are no templates to choose from"),
    ("init", NotThere, "there is no environment to generate: an xtask.toml, which may be empty, makes a project"),
    ("init-again", NotThere, "as init"),
    ("init-bad-template", NotThere, "as init"),
    ("upgrade-without-target", Succeeds, "the target is head unless told otherwise, as everybody writes it anyway"),
    ("linear/autogen-behind", NotThere, "the comparison with the models is an issue of its own"),
    ("linear/raiseerr", NotThere, "a failure is told in full at once, so there is no stack trace to ask for"),
    (
        "foreign-revision/current",
        Succeeds,
        "a revision that the files lack is named, with what the history knows of it",
    ),
    (
        "foreign-revision/revision---autogenerate--m-x",
        NotThere,
        "the comparison with the models is an issue of its own",
    ),
    ("foreign-revision/show-current", Succeeds, "as current"),
    ("linear/after-dup", Succeeds, "a label that is taken is refused before the file is written, so nothing is broken"),
    ("branches/current --check-heads", Succeeds, "p0 depends on b1, so every head is applied though b1 has no row"),
    (
        "branches/stamp left@head right@head",
        SucceedsWith(&["4d7da3e71196"]),
        "Alembic crashes; both names mean the same revision, which is stamped",
    ),
    ("check/empty-db", Succeeds, "Alembic compares with a model here; without models nothing is pending"),
    ("check/autogen-empty", NotThere, "the comparison with the models is an issue of its own"),
    ("check/autogen-sql", NotThere, "the comparison with the models is an issue of its own"),
    ("failing/upgrade", Rows(&[]), "the empty table is made before the first revision; nothing of a revision is kept"),
    ("concurrently/in-transaction", Rows(&[]), "the empty table is made before the first revision"),
];

/// The file as it was recorded.
#[derive(Debug, Deserialize)]
struct Transcripts {
    format: String,
    transcripts: Vec<Transcript>,
}

/// One run of Alembic.
#[derive(Debug, Deserialize)]
struct Transcript {
    scenario: String,
    argv: Vec<String>,
    /// Missing where two were run at once.
    exit: Option<i32>,
    #[serde(default)]
    stdout: String,
    /// The rows of `alembic_version`; nothing where the table is not there.
    rows_after: Option<Vec<String>>,
    tables_after: Option<Vec<String>>,
}

/// The scenarios of one history, in their order, and what they run on.
struct Group {
    project: TestProject,
    database: TestDatabase,
}

fn transcripts() -> Vec<Transcript> {
    let text = include_str!("../conformance/alembic/cli_transcripts.json");
    let read: Transcripts = serde_json::from_str(text).expect("the transcripts");
    assert_eq!(read.format, "alembic-cli-transcripts/1");
    read.transcripts
}

fn exception(scenario: &str) -> Option<Otherwise> {
    EXCEPTIONS.iter().find(|(name, ..)| *name == scenario).map(|(_, otherwise, _)| *otherwise)
}

fn group_of(scenario: &str) -> &str {
    match scenario.split_once('/').map_or("alone", |(group, _)| group) {
        "foreign-revision" => "linear",
        group => group,
    }
}

/// Replays one group and tells everything that is not as expected.
fn replay(name: &str) {
    if !postgres::present() {
        return;
    }
    let mut group = Group { project: TestProject::new(), database: postgres::database(name) };
    group.write_revisions(name);
    let transcripts = transcripts();
    let mut count = 0;
    let mut wrong = Vec::new();
    for transcript in transcripts.iter().filter(|transcript| group_of(&transcript.scenario) == name) {
        count += 1;
        group.prepare(transcript);
        for complaint in group.hold_against(transcript) {
            wrong.push(format!("{} {:?}: {complaint}", transcript.scenario, transcript.argv));
        }
    }
    assert!(count > 0, "no scenario of {name}");
    assert!(wrong.is_empty(), "{} of {count} scenarios:\n{}", wrong.len(), wrong.join("\n"));
}

impl Group {
    fn write_revisions(&mut self, group: &str) {
        let project = &self.project;
        let plain = |version: usize, id: &str, message: &str, revises: &str, more: &[&str], up: &str, down: &str| {
            let (id_line, revises) = (format!("revision: {id}"), format!("revises: {revises}"));
            let header: Vec<&str> = [id_line.as_str(), &revises].into_iter().chain(more.iter().copied()).collect();
            project.revision(&format!("{version}_{id}"), message, &header, up, down);
        };
        match group {
            "linear" => {
                let ids = [("aaa111aaa111", "first", ""), ("bbb222bbb222", "second", "aaa111aaa111")];
                for (at, (id, message, revises)) in
                    ids.into_iter().chain([("ccc333ccc333", "third", "bbb222bbb222")]).enumerate()
                {
                    let table = format!("t{}", at + 1);
                    let (up, down) = (format!("create table {table}(id int);"), format!("drop table {table};"));
                    plain(at + 1, id, message, revises, &[], &up, &down);
                }
            }
            "branches" => {
                let nodes: [(&str, &str, &[&str]); 5] = [
                    ("a0", "", &[]),
                    ("b1", "a0", &["branch-labels: left"]),
                    ("b2", "a0", &["branch-labels: right"]),
                    ("c2", "b2", &[]),
                    ("p0", "", &["depends-on: b1", "branch-labels: plugin"]),
                ];
                for (at, (id, revises, more)) in nodes.into_iter().enumerate() {
                    // They change nothing, as Alembic's did: some are taken back that were only stamped.
                    plain(at + 1, id, &format!("create {id}"), revises, more, "select 1;", "select 1;");
                }
            }
            "failing" => {
                plain(1, "ok1", "create ok1", "", &[], "create table ok1(id int);", "drop table ok1;");
                plain(2, "bad2", "create bad2", "ok1", &[], "select no_such_fn();", "select 1;");
            }
            "concurrently" => {
                let up = "create table ct(i int);\ncreate index concurrently ci on ct(i);";
                plain(1, "i1", "create i1", "", &[], up, "drop table ct;");
            }
            "concurrent" => plain(1, "s1", "create s1", "", &[], "select pg_sleep(0.5);", "select 1;"),
            _ => {}
        }
    }

    /// What happened between two runs.
    fn prepare(&self, transcript: &Transcript) {
        match transcript.scenario.as_str() {
            "foreign-revision/current" => self.set_rows(&["0ther0branch".to_owned()]),
            // Ours found one head and wrote no merge of it; the scenarios that follow have that revision.
            "branches/stamp left@head right@head" => {
                self.project.run(&["revision", "-m", "merge", "--rev-id", "4d7da3e71196"]).expect(0);
            }
            "concurrently/autocommit-then-fail" => {
                let up = "-- no-transaction\n-- create i1\n--\n-- revision: i1\n-- revises:\n\n\
                          create table ct(i int);\ncreate index concurrently ci on ct(i);\nselect no_such_fn();\n";
                self.project.write("migrations/1_i1.up.sql", up);
            }
            _ => {}
        }
    }

    fn set_rows(&self, rows: &[String]) {
        self.database.psql("delete from alembic_version");
        for row in rows {
            self.database.psql(&format!("insert into alembic_version values ('{row}')"));
        }
    }

    fn rows(&self) -> Option<Vec<String>> {
        rows_of(&self.database)
    }

    /// Runs our counterpart and compares.
    fn hold_against(&self, transcript: &Transcript) -> Vec<String> {
        let otherwise = exception(&transcript.scenario);
        let Some(exit) = transcript.exit else { return self.two_at_once(transcript) };
        if matches!(otherwise, Some(NotThere)) {
            return Vec::new();
        }
        let arguments = self.counterpart(transcript);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let run = self.run(transcript, &arguments);
        let mut wrong = Vec::new();
        let succeeds = match otherwise {
            Some(Succeeds | SucceedsWith(_)) => true,
            _ => exit == 0,
        };
        if (run.code == 0) != succeeds {
            wrong.push(format!("ended with {}:\n{}{}", run.code, run.stdout, run.stderr));
        }
        if matches!(otherwise, Some(Succeeds | SucceedsWith(_))) && exit == 0 {
            wrong.push("stands in the table of exceptions, and is none".to_owned());
        }
        if run.code != 0 {
            wrong.extend(incomplete(&run));
        }
        wrong.extend(self.compare_rows(transcript, otherwise));
        if succeeds {
            wrong.extend(self.compare_what_is_read(transcript, &arguments, &run, exit == 0));
        }
        wrong
    }

    fn run(&self, transcript: &Transcript, arguments: &[&str]) -> Run {
        if transcript.scenario == "no-config" {
            return TestProject::without_configuration().run(arguments);
        }
        let mut command = self.project.command(arguments);
        command.env("EDITOR", "echo").env("DATABASE_URL", self.database.url());
        if transcript.scenario == "fresh-current-no-driver-url" {
            command.env("DATABASE_URL", "driver://user:pass@localhost/dbname");
        }
        Run::of(&mut command)
    }

    /// Our command line for one of Alembic's.
    fn counterpart(&self, transcript: &Transcript) -> Vec<String> {
        let mut arguments: Vec<String> = transcript
            .argv
            .iter()
            .enumerate()
            .map(|(at, word)| match (at, word.as_str()) {
                (_, "upgrade") => "migrate".to_owned(),
                (_, "ensure_version") => "ensure-version".to_owned(),
                _ => word.clone(),
            })
            .filter(|word| word != "--autogenerate")
            .collect();
        let writes = arguments.first().is_some_and(|word| word == "revision" || word == "merge");
        // Later scenarios name the revisions that Alembic made with ids by chance.
        if writes
            && !arguments.iter().any(|word| word == "--rev-id")
            && let Some(id) = generated(&transcript.stdout)
        {
            arguments.extend(["--rev-id".to_owned(), id.to_owned()]);
        }
        if transcript.scenario == "failing/upgrade" {
            arguments.push("--single-transaction".to_owned());
        }
        arguments
    }

    fn compare_rows(&self, transcript: &Transcript, otherwise: Option<Otherwise>) -> Vec<String> {
        if group_of(&transcript.scenario) == "alone" {
            return Vec::new();
        }
        let mut wrong = Vec::new();
        let found = self.rows();
        let expected = match otherwise {
            Some(Rows(rows) | SucceedsWith(rows)) => Some(rows.iter().map(|row| (*row).to_owned()).collect()),
            _ => transcript.rows_after.clone(),
        };
        // No table is as good as an empty one, but one that Alembic does not make ours must not make, either.
        let rows = |rows: &Option<Vec<String>>| rows.clone().unwrap_or_default();
        if rows(&found) != rows(&expected) || found.is_some() && expected.is_none() {
            wrong.push(format!("the rows are {found:?}, not {expected:?}"));
        }
        if rows(&found) != rows(&transcript.rows_after) {
            // What follows starts from Alembic's rows.
            self.set_rows(&rows(&transcript.rows_after));
        }
        if let Some(tables) = &transcript.tables_after {
            let found = tables_of(&self.database);
            let expected: BTreeSet<String> = tables
                .iter()
                .cloned()
                .chain(found.contains("alembic_version").then(|| "alembic_version".to_owned()))
                .collect();
            if found != expected {
                wrong.push(format!("the tables are {found:?}, not {expected:?}"));
            }
        }
        wrong
    }

    fn compare_what_is_read(&self, transcript: &Transcript, arguments: &[&str], run: &Run, both: bool) -> Vec<String> {
        let mut wrong = Vec::new();
        let command = arguments.first().copied().unwrap_or_default();
        if arguments.contains(&"--sql") {
            return self.compare_scripts(transcript, run);
        }
        if !["heads", "branches", "current", "history", "show", "edit"].contains(&command) || !both {
            return wrong;
        }
        let wanted = listed(&transcript.stdout, "Rev:");
        let found = match command {
            "edit" => listed(&run.stdout, "Revision:").into_iter().flat_map(|path| words(&path)).collect(),
            "show" => listed(
                &run.stdout.lines().filter(|line| line.starts_with("Revision:")).collect::<Vec<_>>().join("\n"),
                "Revision:",
            ),
            _ => listed(&run.stdout, "Revision:"),
        };
        let wanted: BTreeSet<String> =
            if command == "edit" { wanted.into_iter().flat_map(|path| words(&path)).collect() } else { wanted };
        let known = |set: &BTreeSet<String>| set.iter().filter(|id| self.is_id(id)).cloned().collect::<BTreeSet<_>>();
        if known(&found) != known(&wanted) {
            wrong.push(format!("lists {:?}, not {:?}:\n{}", known(&found), known(&wanted), run.stdout));
        }
        if command != "edit" {
            let as_json = self.run(transcript, &[arguments, &["--format", "json"]].concat());
            let found = serde_json::from_str(&as_json.stdout)
                .map(|value| ids_in(&value, command == "branches"))
                .unwrap_or_default();
            if found != known(&wanted) {
                wrong.push(format!(
                    "as JSON lists {found:?}, not {:?}:\n{}{}",
                    known(&wanted),
                    as_json.stdout,
                    as_json.stderr
                ));
            }
        }
        wrong
    }

    fn is_id(&self, word: &str) -> bool {
        let ids = ["a0", "b1", "b2", "c2", "p0", "m9"];
        ids.contains(&word) || word.len() == 12 && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
    }

    /// The script of Alembic and ours, run by psql on two databases: the rows and the tables must be the same.
    fn compare_scripts(&self, transcript: &Transcript, run: &Run) -> Vec<String> {
        let from = transcript.argv.iter().find_map(|word| word.split_once(':')).map(|(from, _)| from);
        let outcome = |script: &str| {
            let database = postgres::database("script");
            if let Some(from) = from {
                self.project.run_on(&database.url(), &["migrate", from]).expect(0);
            }
            database.psql(script);
            (rows_of(&database), tables_of(&database))
        };
        let (theirs, ours) = (outcome(&transcript.stdout), outcome(&run.stdout));
        if theirs == ours { Vec::new() } else { vec![format!("the script leaves {ours:?}, not {theirs:?}")] }
    }

    /// Alembic has no lock, so one of two fails; ours waits.
    fn two_at_once(&self, transcript: &Transcript) -> Vec<String> {
        let arguments = self.counterpart(transcript);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let runs = std::thread::scope(|scope| {
            let start = || scope.spawn(|| self.run(transcript, &arguments));
            let (one, other) = (start(), start());
            [one.join().expect("a run"), other.join().expect("a run")]
        });
        let mut wrong: Vec<String> = runs.iter().filter(|run| run.code != 0).map(|run| run.stderr.clone()).collect();
        if self.rows() != transcript.rows_after {
            wrong.push(format!("the rows are {:?}", self.rows()));
        }
        wrong
    }
}

fn rows_of(database: &TestDatabase) -> Option<Vec<String>> {
    if database.psql("select to_regclass('alembic_version') is null") == "t" {
        return None;
    }
    let rows = database.psql("select version_num from alembic_version order by version_num collate \"C\"");
    Some(rows.lines().map(str::to_owned).collect())
}

fn tables_of(database: &TestDatabase) -> BTreeSet<String> {
    database.psql("select tablename from pg_tables where schemaname = 'public'").lines().map(str::to_owned).collect()
}

/// The id of the revision that Alembic wrote: `Generating $PROJ/s/versions/<id>_<slug>.py`.
fn generated(stdout: &str) -> Option<&str> {
    stdout.split_once("/versions/")?.1.split_once('_').map(|(id, _)| id)
}

fn words(text: &str) -> BTreeSet<String> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric()).map(str::to_owned).collect()
}

/// The revisions that an output lists, each in full behind `mark` or one a line.
fn listed(output: &str, mark: &str) -> BTreeSet<String> {
    let in_full = output.contains(mark);
    let lines = output.lines().filter_map(|line| {
        let line = line.split_once("-> ").map_or(line, |(_, child)| child);
        let is_child = line.len() < output.len() && output.contains(&format!("-> {line}"));
        let text = match line.split_once(mark) {
            Some((_, id)) => id,
            None if in_full && !is_child => return None,
            None => line,
        };
        let signs = |letter: char| letter.is_whitespace() || "○●@│├─┐┘┌┤└┴┼~╷╭╮╯╰".contains(letter);
        let first = text.trim_start_matches(signs).split_whitespace().next()?;
        Some(first.trim_end_matches(',').to_owned())
    });
    lines.collect()
}

/// The revisions in JSON of ours: `revision` and, of branch points, `children`.
fn ids_in(value: &Value, is_branches: bool) -> BTreeSet<String> {
    let list = value.as_array().or_else(|| value["current"].as_array()).cloned().unwrap_or_default();
    let mut ids = BTreeSet::new();
    for entry in &list {
        ids.extend(entry["revision"].as_str().map(str::to_owned));
        if entry["is_branch_point"] == true && is_branches {
            let children = entry["children"].as_array().into_iter().flatten();
            ids.extend(children.filter_map(|child| child.as_str().map(str::to_owned)));
        }
    }
    ids
}

/// What a failure lacks: a code with its page, a reason, a next step.
fn incomplete(run: &Run) -> Vec<String> {
    // The command line itself was wrong: clap speaks, and says what would be right.
    if run.code == 2 && run.stderr.contains("\nUsage: cargo xtask ") {
        return Vec::new();
    }
    let has = |mark: &str| run.stderr.lines().any(|line| line.trim_start().starts_with(mark));
    let parts = BTreeMap::from([
        ("a code", run.stderr.starts_with("error[") || run.stderr.contains("\nerror[")),
        ("a reason", has("= note: ") || has("--> ")),
        ("a next step", has("= help: ")),
        ("its page", has("= docs: docs/errors/")),
    ]);
    let missing = parts.into_iter().filter(|(_, there)| !there).map(|(name, _)| name);
    missing.map(|name| format!("the failure lacks {name}:\n{}", run.stderr)).collect()
}

#[test]
fn alone() {
    replay("alone");
}

#[test]
fn linear() {
    replay("linear");
}

#[test]
fn branches() {
    replay("branches");
}

#[test]
fn check() {
    replay("check");
}

#[test]
fn failing() {
    replay("failing");
}

#[test]
fn concurrently() {
    replay("concurrently");
}

#[test]
fn concurrent() {
    replay("concurrent");
}

#[test]
fn every_scenario_is_replayed_and_every_exception_is_of_one() {
    let transcripts = transcripts();
    assert_eq!(transcripts.len(), 130);
    let groups: BTreeSet<&str> = transcripts.iter().map(|transcript| group_of(&transcript.scenario)).collect();
    let replayed = ["alone", "branches", "check", "concurrent", "concurrently", "failing", "linear"];
    assert_eq!(groups, BTreeSet::from(replayed));
    for (name, ..) in EXCEPTIONS {
        assert!(transcripts.iter().any(|transcript| transcript.scenario == *name), "{name}");
    }
}
