//! From a clone to a working database, and back: `up`, `reset`, `teardown` and what looks at the result, on the example
//! project with a private server of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::postgres;

/// A copy of the example project, as a clone of it would be, with a port of its own.
struct Clone {
    folder: tempfile::TempDir,
}

impl Clone {
    fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let folder = tempfile::tempdir().expect("a temporary folder");
        for part in ["compose", "migrations", "seed", "views"] {
            copy(&root.join(part), &folder.path().join(part));
        }
        std::fs::copy(root.join("xtask.toml"), folder.path().join("xtask.toml")).expect("xtask.toml");
        let _ = std::fs::remove_file(folder.path().join("compose/.env"));
        let example = folder.path().join("compose/.env.example");
        let text = std::fs::read_to_string(&example).expect(".env.example");
        assert!(text.contains("POSTGRES_PORT=5439"), "the example names its port: {text}");
        let port = postgres::free_port();
        std::fs::write(&example, text.replace("POSTGRES_PORT=5439", &format!("POSTGRES_PORT={port}")))
            .expect("written");
        Self { folder }
    }

    fn xtask(&self, arguments: &[&str]) -> Run {
        self.xtask_at(None, arguments)
    }

    /// On the database that is named, or the project's own.
    fn xtask_at(&self, url: Option<&str>, arguments: &[&str]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-xtask"));
        command.args(arguments).current_dir(self.folder.path()).env("XTASK_BACKEND", "local");
        for variable in ["DATABASE_URL", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB", "POSTGRES_PORT"] {
            command.env_remove(variable);
        }
        command.envs(url.map(|url| ("DATABASE_URL", url)));
        Run::of(&command.output().expect("the tool runs"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Clone {
    fn drop(&mut self) {
        self.xtask(&["teardown", "--volumes", "--yes"]);
    }
}

struct Run {
    code: i32,
    out: String,
    err: String,
}

impl Run {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            std::fs::copy(entry.path(), to.join(entry.file_name())).expect("copied");
        }
    }
}

#[test]
fn a_clone_becomes_a_working_database_with_one_command() {
    if !postgres::present() {
        return;
    }
    let project = Clone::new();
    let before = project.xtask(&["doctor"]).ok();
    assert!(before.out.contains("compose/.env is missing"), "{}", before.out);
    assert_eq!(project.xtask(&["status"]).code, 4, "nothing runs yet");

    let first = project.xtask(&["up", "--seed"]).ok();
    for step in ["Wrote compose/.env", "Created PostgreSQL", "Applied 20260706093000", "Loaded seed/", "Refreshed"] {
        assert!(first.err.contains(step), "{step}: {}", first.err);
    }
    assert!(first.out.contains("cargo xtask psql") && !first.out.contains("biositing_dev"), "{}", first.out);

    for again in [&["up"][..], &["up", "--seed"]] {
        let second = project.xtask(again).ok();
        let told: Vec<&str> = second.err.lines().filter(|line| !line.trim().is_empty()).collect();
        assert!(told.iter().all(|line| line.trim_start().starts_with("Already")), "{told:#?}");
        assert!(second.out.contains("history -i"), "the rows are there: {}", second.out);
    }

    let status: serde_json::Value =
        serde_json::from_str(&project.xtask(&["status", "--format", "json"]).ok().out).expect("JSON");
    assert_eq!(status["revisions"], serde_json::json!(["20260706093000"]));
    assert_eq!(status["pending"], serde_json::json!([]));
    let views: serde_json::Value =
        serde_json::from_str(&project.xtask(&["views", "--format", "json"]).ok().out).expect("JSON");
    let views = views.as_array().expect("a list");
    assert_eq!(views.len(), 9);
    assert!(views.iter().all(|view| view["populated"] == true), "{views:#?}");

    project.xtask(&["check"]).ok();
    let counted = project.xtask(&["psql", "--", "-Atc", "select count(*) > 1000 from measurement"]).ok();
    assert_eq!(counted.out.trim(), "t");
}

/// Which files the last words of a run of `up --seed` name.
fn loaded(project: &Clone) -> Vec<String> {
    let ran = project.xtask(&["up", "--seed"]).ok();
    let files = ran.err.lines().filter_map(|line| line.trim_start().strip_prefix("Loaded "));
    files.filter_map(|line| line.split(' ').next().map(str::to_owned)).collect()
}

#[test]
fn sample_rows_are_loaded_once_unless_they_change_or_a_downgrade_may_have_taken_them() {
    if !postgres::present() {
        return;
    }
    let project = Clone::new();
    assert!(project.xtask(&["up"]).ok().out.contains("cargo xtask seed"));
    assert_eq!(loaded(&project).len(), 7);
    let file = project.path("seed/02_places.sql");
    let text = std::fs::read_to_string(&file).expect("a file");
    std::fs::write(&file, format!("{text}-- Something else.\n")).expect("written");
    let offered = project.xtask(&["up"]).ok();
    assert!(offered.out.contains("cargo xtask seed"), "{}", offered.out);
    assert_eq!(loaded(&project), ["seed/02_places.sql"]);
    assert!(loaded(&project).is_empty());
    assert_eq!(project.xtask(&["seed"]).ok().err.matches("Loaded seed/").count(), 7, "whoever asks gets them");

    project.xtask(&["downgrade", "base", "--yes"]).ok();
    assert_eq!(loaded(&project).len(), 7);

    // What may not be written down is loaded all the same.
    let guest = "create role guest login password 'guest'; create table other (a int); grant insert on other to guest";
    project.xtask(&["psql", "--", "-qc", guest]).ok();
    std::fs::remove_dir_all(project.path("seed")).expect("removed");
    std::fs::create_dir(project.path("seed")).expect("made");
    std::fs::write(project.path("seed/a.sql"), "insert into other values (1);\n").expect("written");
    let shown: serde_json::Value =
        serde_json::from_str(&project.xtask(&["up", "--format", "json"]).ok().out).expect("JSON");
    let address = shown["database"].as_str().expect("an address");
    let (_, place) = address.split_once('@').expect("a host");
    let url = format!("postgresql://guest:guest@{place}");
    let told = project.xtask_at(Some(&url), &["seed"]).ok();
    assert!(told.err.contains("cannot be recorded"), "{}", told.err);
    let counted = "select count(*), (select count(*) from xtask.seed where file_name = 'seed/a.sql') from other";
    assert_eq!(project.xtask(&["psql", "--", "-Atc", counted]).ok().out.trim(), "1|0");
}

#[test]
fn reset_starts_over_only_after_a_yes_and_teardown_keeps_the_data() {
    if !postgres::present() {
        return;
    }
    let project = Clone::new();
    project.xtask(&["up"]).ok();
    project.xtask(&["psql", "--", "-qc", "create table left_over (a int)"]).ok();

    let refused = project.xtask(&["reset"]);
    assert_eq!(refused.code, 8, "{}", refused.err);
    assert!(refused.err.contains("--yes") && refused.err.contains("MB"), "{}", refused.err);
    project.xtask(&["psql", "--", "-qc", "select from left_over"]).ok();

    let stopped = project.xtask(&["teardown"]).ok();
    assert!(stopped.err.contains("Its data stays"), "{}", stopped.err);
    project.xtask(&["start-services"]).ok();
    project.xtask(&["psql", "--", "-qc", "select from left_over"]).ok();

    project.xtask(&["reset", "--yes"]).ok();
    assert_ne!(project.xtask(&["psql", "--", "-qc", "select from left_over"]).code, 0, "it is gone");
    project.xtask(&["check"]).ok();

    project.xtask(&["teardown", "--volumes", "--yes"]).ok();
    assert_eq!(project.xtask(&["status"]).code, 4);
    let again = project.xtask(&["teardown", "--volumes"]).ok();
    assert!(again.err.contains("Already"), "{}", again.err);
    assert!(project.path("migrations").is_dir(), "files are nobody's to remove");
}

#[test]
fn two_projects_do_not_get_into_each_others_way() {
    if !postgres::present() {
        return;
    }
    let (one, other) = (Clone::new(), Clone::new());
    std::fs::copy(one.path("compose/.env.example"), other.path("compose/.env.example")).expect("the same port");
    one.xtask(&["up"]).ok();
    let refused = other.xtask(&["up"]);
    assert_eq!(refused.code, 5, "{}", refused.err);
    assert!(refused.err.contains("local server of the project"), "{}", refused.err);
    assert!(refused.err.contains("POSTGRES_PORT="), "a free port, as the line for the env file: {}", refused.err);
    for command in ["migrate", "current", "views", "refresh-views"] {
        let refused = other.xtask(&[command]);
        assert_eq!(refused.code, 5, "{command} must not reach the other project's database: {}", refused.err);
    }
}
