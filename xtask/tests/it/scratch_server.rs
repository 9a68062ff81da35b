//! Comparing and proving where the role may not create databases: on a server that lives as long as the command.

use std::process::{Child, Command, Stdio};

use crate::support::applying::until;
use crate::support::postgres::{self, TestDatabase};
use crate::support::project::{Run, TestProject};

/// A project on a database whose role may not create others.
struct Project {
    project: TestProject,
    database: TestDatabase,
}

const SCHEMA: &str = "create table runs (id bigint generated always as identity primary key, reactor text);\n";

/// The role, a grant to another one, and nothing else that the first may do.
const ROLES: &str = "do $$ begin create role poor login password 'poor'; exception when duplicate_object then null; end $$;\n\
                     do $$ begin create role poor_reader; exception when duplicate_object then null; end $$;";

impl Project {
    /// `None` where there is no PostgreSQL.
    fn new(hint: &str) -> Option<Self> {
        if !postgres::present() {
            return None;
        }
        let it = Self { project: TestProject::new(), database: postgres::database(hint) };
        let bin = postgres::bin_dir().expect("it is present");
        it.project
            .write("xtask.toml", &format!("[models]\nsource = \"sql\"\n[local]\nbin-dir = \"{}\"\n", bin.display()));
        it.project.write("models/schema.sql", &format!("{SCHEMA}grant select on runs to poor_reader;\n"));
        it.database.psql(ROLES);
        it.database.psql(&format!("{SCHEMA}alter table runs owner to poor"));
        Some(it)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let url = self.database.url();
        let at = url.split_once('@').expect("a URL with a password").1;
        let mut command = self.project.command(arguments);
        command.env("DATABASE_URL", format!("postgresql://poor:poor@{at}"));
        command
    }

    fn xtask(&self, arguments: &[&str]) -> Run {
        Run::of(&mut self.command(arguments))
    }

    /// The folders of servers that are there now.
    fn servers(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.project.path(".xtask/scratch-server")).into_iter().flatten();
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    }

    /// A command that has begun to make its server.
    fn begun(&self) -> Child {
        let mut command = self.command(&["migrate-autogenerate", "-m", "grant", "--dry-run"]);
        let tool = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("our program");
        let own = self.project.path(&format!(".xtask/scratch-server/{}/in-use.lock", tool.id()));
        until("the server is begun", || own.exists());
        tool
    }
}

#[test]
fn a_role_without_the_right_proves_on_a_server_of_this_machine() {
    let Some(project) = Project::new("poor_proof") else { return };
    let told = project.xtask(&["migrate-autogenerate", "-m", "grant"]).expect(0);
    assert!(told.stderr.contains("the role poor may not create the scratch database"), "{}", told.stderr);
    assert!(told.stderr.contains("on a PostgreSQL of this machine"), "{}", told.stderr);
    assert!(told.stderr.contains("Proved"), "{}", told.stderr);
    assert_eq!(project.servers(), Vec::<String>::new(), "it is removed");
    let differs = project.xtask(&["schema", "diff"]).expect(0);
    assert!(differs.stdout.contains("GRANT SELECT ON TABLE public.runs TO poor_reader"), "{}", differs.stdout);
    assert_eq!(project.servers(), Vec::<String>::new());
}

#[test]
fn without_such_a_server_the_missing_right_is_named() {
    let Some(project) = Project::new("poor_alone") else { return };
    let (configuration, folder) = ("xtask.toml", project.project.path("nothing"));
    std::fs::create_dir(&folder).expect("a folder");
    project.project.write(configuration, "[models]\nsource = \"sql\"\n[local]\nbin-dir = \"nothing\"\n");
    let told = project.xtask(&["migrate-autogenerate", "-m", "grant"]).expect(3);
    assert!(told.stderr.contains("error[scratch-not-allowed]"), "{}", told.stderr);
    assert!(told.stderr.contains("CREATEDB") && told.stderr.contains("nothing"), "{}", told.stderr);
}

#[test]
fn an_extension_that_this_machine_lacks_is_named() {
    let Some(project) = Project::new("poor_extension") else { return };
    let available = "select name from pg_available_extensions where name <> 'plpgsql' order by name limit 1";
    let name = project.database.psql(available);
    assert!(!name.is_empty(), "the server comes without any extension");
    project.database.psql(&format!("create extension \"{name}\""));
    project.database.psql(&format!("update pg_extension set extversion = '99.9' where extname = '{name}'"));
    let told = project.xtask(&["migrate-autogenerate", "-m", "grant"]).expect(3);
    assert!(told.stderr.contains(&format!("lacks the extension {name} 99.9")), "{}", told.stderr);
    assert_eq!(project.servers(), Vec::<String>::new(), "it is removed");
}

#[cfg(unix)]
#[test]
fn the_server_goes_with_a_command_that_is_interrupted_or_killed() {
    let Some(project) = Project::new("poor_interrupted") else { return };
    let mut tool = project.begun();
    let sent = Command::new("kill").args(["-INT", &tool.id().to_string()]).status().expect("kill");
    assert!(sent.success());
    assert_eq!(tool.wait().expect("its end").code(), Some(130));
    assert_eq!(project.servers(), Vec::<String>::new(), "interrupted");

    let mut tool = project.begun();
    tool.kill().expect("it runs");
    tool.wait().expect("its end");
    assert_eq!(project.servers().len(), 1, "nobody could remove it");
    project.xtask(&["migrate-autogenerate", "-m", "grant", "--dry-run"]).expect(0);
    assert_eq!(project.servers(), Vec::<String>::new(), "the next command has");
}
