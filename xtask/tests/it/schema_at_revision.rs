//! `schema diff` and `schema dump` of what files were at a git revision.

use std::process::Command;

use crate::support::postgres::{self, TestDatabase};
use crate::support::project::{Run, TestProject};
use crate::support::skip;

/// A project in a folder of a git repository, with two commits of its models and revisions.
struct Project {
    project: TestProject,
    database: TestDatabase,
}

const FIRST: &str = "create table runs (id int primary key);\n";
const SECOND: &str = "create table runs (id int primary key, reactor text);\n";

impl Project {
    /// `None` where there is no PostgreSQL.
    fn new(hint: &str) -> Option<Self> {
        if !postgres::present() {
            return None;
        }
        if which::which("git").is_err() {
            skip("no git on this machine");
            return None;
        }
        let project = Self { project: TestProject::without_configuration(), database: postgres::database(hint) };
        let write = |file: &str, text: &str| project.project.write(&format!("app data/{file}"), text);
        project.git(&["init", "--quiet", "--initial-branch=main"]);
        // The folder had another name at first.
        write("xtask.toml", "[models]\nsource = \"sql\"\ndir = \"tables\"\n");
        write("tables/schema.sql", FIRST);
        write("migrations/1_a.up.sql", &format!("-- first\n--\n-- revision: a1\n-- revises:\n\n{FIRST}"));
        write("migrations/1_a.down.sql", "drop table runs;\n");
        write("pictures/big.bin", "not read");
        project.commit("first");
        project.git(&["tag", "v1"]);
        write("xtask.toml", "[models]\nsource = \"sql\"\n");
        std::fs::remove_dir_all(project.project.path("app data/tables")).expect("removed");
        write("models/schema.sql", SECOND);
        write(
            "migrations/2_b.up.sql",
            "-- second\n--\n-- revision: b2\n-- revises: a1\n\nalter table runs add reactor text;\n",
        );
        write("migrations/2_b.down.sql", "alter table runs drop reactor;\n");
        project.commit("second");
        Some(project)
    }

    fn git(&self, arguments: &[&str]) -> String {
        let named = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"];
        let mut git = self.project.other_command("git");
        let output = git.args(named).args(arguments).output().expect("git");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "-m", message]);
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.project.command(arguments);
        command.current_dir(self.project.path("app data")).env("DATABASE_URL", self.database.url());
        command
    }

    fn xtask(&self, arguments: &[&str]) -> Run {
        Run::of(&mut self.command(arguments))
    }
}

#[test]
fn models_revisions_and_files_are_read_as_they_were() {
    let Some(project) = Project::new("at_revision") else { return };
    // What nobody has committed, staged or not, is neither read nor touched.
    project.project.write("app data/models/schema.sql", "create table other ();\n");
    project.project.write("app data/models/staged.sql", "create table staged ();\n");
    project.git(&["add", "app data/models/staged.sql"]);
    let before = project.git(&["status", "--porcelain"]);

    let added = "-- public.runs: column reactor added\nALTER TABLE public.runs ADD COLUMN reactor text;\n";
    for (from, to) in [
        ("models@HEAD~1", "models@HEAD"),
        ("migrations@v1", "migrations"),
        ("models@v1", "migrations@main"),
        ("tables/schema.sql@v1", "models/schema.sql@main"),
        ("tables@v1", "models@main@{0}"),
    ] {
        let diff = project.xtask(&["schema", "diff", "--from", from, "--to", to]).expect(0);
        assert_eq!(diff.stdout, added, "{from} {to}: {}", diff.stderr);
    }
    let now = project.xtask(&["schema", "diff", "--from", "models@main", "--to", "models", "--no-renames"]).expect(0);
    assert!(
        now.stdout.contains("CREATE TABLE public.other") && now.stdout.contains("DROP TABLE public.runs"),
        "{}",
        now.stdout
    );

    let dumped = project.xtask(&["schema", "dump", "models@v1"]).expect(0);
    assert!(
        dumped
            .stdout
            .starts_with("-- public.runs: table added\nCREATE TABLE public.runs (\n    id integer NOT NULL,\n")
    );
    assert_eq!(project.xtask(&["schema", "dump", "migrations"]).expect(0).stdout.matches("reactor").count(), 1);

    assert_eq!(project.git(&["status", "--porcelain"]), before);
    let temporary = std::fs::read_dir(std::env::temp_dir()).expect("a folder").filter_map(Result::ok);
    let left = temporary.filter(|entry| entry.file_name().to_string_lossy().starts_with("xtask-revision-"));
    // Other tests may be at it just now, but not in a folder with these files.
    assert_eq!(left.filter(|entry| entry.path().join("files/app data/models/schema.sql").exists()).count(), 0);
}

#[test]
fn what_git_does_not_have_is_said() {
    let Some(project) = Project::new("no_revision") else { return };
    let unknown = project.xtask(&["schema", "diff", "--from", "models@nowhere"]).expect(2);
    assert!(
        unknown.stderr.contains("error[git-revision-unknown]: git knows no revision nowhere"),
        "{}",
        unknown.stderr
    );
    let option = project.xtask(&["schema", "diff", "--from", "models@--all"]).expect(2);
    assert!(option.stderr.contains("git knows no revision --all"), "{}", option.stderr);

    let missing = project.xtask(&["schema", "dump", "models/schema.sql@v1"]).expect(2);
    assert!(
        missing.stderr.contains("error[side-unknown]: there is no file or folder models/schema.sql"),
        "{}",
        missing.stderr
    );
    assert!(missing.stderr.contains("the files are those of the git revision v1 ("), "{}", missing.stderr);

    project.project.write("app data/models/schema.sql", "create tabel t ();\n");
    project.commit("wrong");
    project.project.write("app data/models/schema.sql", SECOND);
    let wrong = project.xtask(&["schema", "diff", "--from", "models@HEAD", "--to", "models"]).expect(1);
    assert!(wrong.stderr.contains("models/schema.sql:1:8"), "{}", wrong.stderr);
    assert!(wrong.stderr.contains("the files are those of the git revision HEAD ("), "{}", wrong.stderr);

    let mut without = project.command(&["schema", "dump", "models@v1"]);
    let without = Run::of(without.env("PATH", project.project.path("app data"))).expect(3);
    assert!(
        without.stderr.contains("error[git-missing]: git is needed to read v1, and is not installed"),
        "{}",
        without.stderr
    );

    std::fs::rename(project.project.path(".git"), project.project.path("gone")).expect("renamed");
    let nowhere = project.xtask(&["schema", "dump", "models@v1"]).expect(2);
    assert!(
        nowhere.stderr.contains("the project is in no git repository, so there is no revision v1"),
        "{}",
        nowhere.stderr
    );
}
