//! Which database is reached, with which rights, and what is said where that fails.

use crate::support::applying::{Project, Running};
use crate::support::postgres;

/// A role of the test's own that can log in, dropped with the value.
struct Role<'p> {
    project: &'p Project,
    name: String,
}

impl<'p> Role<'p> {
    fn new(project: &'p Project, password: &str) -> Self {
        let name = format!("role_of_{}", project.database.name());
        project.psql(&format!("create role {name} login password '{password}'"));
        Self { project, name }
    }

    fn url(&self, password: &str) -> String {
        let database = &self.project.database;
        format!("postgresql://{}:{password}@127.0.0.1:{}/{}", self.name, database.port(), database.name())
    }

    fn xtask(&self, arguments: &str) -> crate::support::applying::Outcome {
        let mut command = self.project.command(arguments);
        Running::of(command.env("DATABASE_URL", self.url("pass"))).wait()
    }
}

impl Drop for Role<'_> {
    fn drop(&mut self) {
        let _ = self.project.database.try_psql(&format!("drop owned by {0} cascade; drop role {0}", self.name));
    }
}

#[test]
fn urls_of_sqlalchemy_and_passwords_with_every_sign_are_understood() {
    let Some(project) = Project::new("urls") else { return };
    project.tables(1);
    let role = Role::new(&project, "p@s:s/w?o#r%d &=ä''\"");
    project.psql(&format!(
        "grant all on database {} to {1}; grant all on schema public to {1}",
        project.database.name(),
        role.name
    ));
    let encoded = "p%40s%3As%2Fw%3Fo%23r%25d%20%26%3D%C3%A4%27%22";
    let url = role.url(encoded);
    for scheme in ["postgresql+psycopg2", "postgresql+asyncpg", "postgres", "postgresql+psycopg"] {
        let url = url.replacen("postgresql", scheme, 1);
        let outcome = Running::of(project.command("status").env("DATABASE_URL", url)).wait().ok();
        outcome.prints(&[&format!("{}:***@127.0.0.1", role.name)]).never_says(&[encoded, "p@s"]);
    }
    Running::of(project.command("migrate").env("DATABASE_URL", url)).wait().ok();
    assert_eq!(project.version(), "1");
}

#[test]
fn what_keeps_us_out_is_told_apart_and_no_password_is_shown() {
    let Some(project) = Project::new("kept_out") else { return };
    let role = Role::new(&project, "right");
    let wrong = role.url("w%40ng-secret");
    let missing = project.url().replace(project.database.name(), "no_such_database");
    let unreachable = format!("postgresql://a:w%40ng-secret@127.0.0.1:{}/b", postgres::free_port());
    for (url, status, code) in [
        (wrong, 1, "error[database-authentication]"),
        (missing, 3, "error[database-missing]"),
        (unreachable, 4, "error[database-unreachable]"),
        ("mysql://a:w%40ng-secret@127.0.0.1/b".to_owned(), 2, "error[url-scheme-unsupported]"),
    ] {
        for command in ["migrate", "current", "status"] {
            let outcome = Running::of(project.command(command).env("DATABASE_URL", &url)).wait();
            outcome.fails_with(status).says(&[code, "DATABASE_URL in the environment"]).never_says(&["ng-secret"]);
        }
    }
}

#[test]
fn a_database_that_is_not_on_this_machine_needs_a_yes_before_anything_is_sent() {
    let Some(project) = Project::new("far_away") else { return };
    project.tables(1);
    // An address for documentation (RFC 5737), at which nobody answers: the question comes before the first packet.
    let far = format!("postgresql://me:secret@203.0.113.7:{}/b", project.database.port());
    for command in ["migrate", "downgrade -1", "stamp head"] {
        let outcome = Running::of(project.command(command).env("DATABASE_URL", &far)).wait().fails_with(8);
        outcome
            .says(&["will change postgresql://me:***@203.0.113.7", "which is not on this machine", "--yes"])
            .never_says(&["secret"]);
    }
    // A name that is no name of this machine, though its server is here.
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let is_here = |host: &str| {
        let found = std::net::ToSocketAddrs::to_socket_addrs(&(host, 0)).map(Iterator::collect::<Vec<_>>);
        found.is_ok_and(|found| found.iter().any(|it| it.ip().is_loopback()))
    };
    if is_here(host.trim()) {
        let named = project.url().replace("127.0.0.1", host.trim());
        Running::of(project.command("migrate").env("DATABASE_URL", &named)).wait().fails_with(8);
        Running::of(project.command("migrate --dry-run").env("DATABASE_URL", &named)).wait().ok();
        Running::of(project.command("migrate --yes").env("DATABASE_URL", &named)).wait().ok();
    }
}

#[test]
fn a_role_that_may_not_create_is_told_what_to_ask_for() {
    let Some(project) = Project::new("may_not_create") else { return };
    project.tables(1);
    let role = Role::new(&project, "pass");
    let name = project.database.name();
    role.xtask("migrate").fails_with(3).says(&[
        "error[database-privilege]",
        &format!("GRANT CREATE, USAGE ON SCHEMA \"public\" TO \"{}\";", role.name),
    ]);
    project.psql(&format!("grant create on schema public to {}", role.name));
    role.xtask("migrate")
        .fails_with(3)
        .says(&["error[database-privilege]", &format!("GRANT CREATE ON DATABASE \"{name}\" TO \"{}\";", role.name)]);
    assert_eq!(project.relations(), "");
    // An administrator may make the schema instead.
    project.psql(&format!("create schema xtask authorization {}", role.name));
    role.xtask("migrate").ok();
    assert_eq!((project.version().as_str(), project.relations().as_str()), ("1", "t1"));
}

#[test]
fn a_role_that_may_only_read_can_look() {
    let Some(project) = Project::new("may_only_read") else { return };
    project.tables(2);
    project.xtask("migrate 1").ok();
    let role = Role::new(&project, "pass");
    let grant = format!("GRANT SELECT ON \"public\".alembic_version TO \"{}\";", role.name);
    role.xtask("current").fails_with(3).says(&["error[database-privilege]", &grant]);
    project.psql(&grant);
    role.xtask("current").ok().prints(&["1 revision 1"]);
    role.xtask("history -i").ok().prints(&["@  1 revision 1"]);
    role.xtask("migrate").fails_with(3).says(&[
        "error[database-privilege]",
        "the role may not read xtask.history",
        &format!("GRANT SELECT, INSERT, UPDATE ON xtask.history TO \"{}\";", role.name),
    ]);
}

#[test]
fn the_version_table_may_be_in_another_schema() {
    let Some(project) = Project::new("other_schema") else { return };
    project.write("xtask.toml", "[database]\nversion-table-schema = \"Book Keeping\"\n");
    project.tables(2);
    project.xtask("migrate").ok();
    assert_eq!(project.psql("select version_num from \"Book Keeping\".alembic_version"), "2");
    assert_eq!(project.relations(), "t1 t2");
    project.xtask("downgrade -1").ok();
    project.xtask("current").ok().prints(&["1 revision 1"]);
    let script = project.xtask("migrate --sql 1:head").ok().out;
    project.psql(&script);
    project.xtask("current").ok().prints(&["2 revision 2"]);
}

#[test]
fn the_version_table_is_found_along_the_search_path() {
    let Some(project) = Project::new("search_path") else { return };
    project.tables(2);
    project
        .psql(&format!("create schema app; alter database {} set search_path to app, public", project.database.name()));
    project.xtask("migrate").ok();
    let place = "select string_agg(relnamespace::regnamespace::text, ' ') from pg_class where relname in ('alembic_version', 't1')";
    assert_eq!(project.psql(place), "app app");
    project.xtask("migrate").ok().says(&["Nothing to apply"]);
}
