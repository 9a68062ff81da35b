//! Everything that can end a run in its middle, and that the next run makes good.

use camino::Utf8Path;
use xtask::event::Silent;
use xtask::server::{LocalServer, ServerSpec, StopMode};

use crate::support::applying::{Project, Session, until};
use crate::support::postgres;

/// How many revisions are applied.
const REVISIONS: u32 = 10;

/// A statement that waits while the test holds the advisory lock of this number.
fn gate(number: u32) -> String {
    format!("select pg_advisory_xact_lock_shared(7, {number});\n")
}

/// The test's hold on the gates: exactly one is closed.
struct Gates {
    session: Session,
    closed: u32,
}

impl Gates {
    fn new(project: &Project) -> Self {
        Self { session: Session::open(project.url()), closed: 0 }
    }

    /// Closes a gate, and opens the one that was closed.
    fn close(&mut self, number: u32) {
        self.session.run(&format!("select pg_advisory_lock(7, {number})"));
        if self.closed > 0 {
            self.session.run(&format!("select pg_advisory_unlock(7, {})", self.closed));
        }
        self.closed = number;
    }

    /// Waits until somebody stands before the closed gate.
    fn await_somebody(&mut self) {
        let query = format!(
            "select exists (select from pg_locks where locktype = 'advisory' and classid = 7 and objid = {} and not granted \
             and database = (select oid from pg_database where datname = current_database()))",
            self.closed
        );
        crate::support::applying::until("somebody at the gate", || self.session.run(&query) == "t");
    }

    /// Ends the tool's sessions on the server, as a crash of the machine would.
    fn terminate_tool(&mut self) {
        let sessions = "pg_stat_activity where datname = current_database() and application_name like 'xtask %'";
        self.session.run(&format!("select count(pg_terminate_backend(pid)) from {sessions}"));
        let query = format!("select not exists (select from {sessions})");
        crate::support::applying::until("the sessions end", || self.session.run(&query) == "t");
    }
}

/// What the history says of each revision at the end.
fn everything_once() -> String {
    (1..=REVISIONS).map(|number| format!("{number}:upgrade:done")).collect::<Vec<_>>().join(" ")
}

#[test]
fn killed_at_every_statement_of_ten_revisions() {
    let Some(project) = Project::new("killed_everywhere") else { return };
    let mut gates = 0;
    let mut next = || {
        gates += 1;
        gate(gates)
    };
    for number in 1..=REVISIONS {
        let parent = if number == 1 { String::new() } else { (number - 1).to_string() };
        let up = format!(
            "{}create table t{number} (x int);\n{}insert into t{number} values (1);\n{}",
            next(),
            next(),
            next()
        );
        project.revision(number, &parent, &up, &format!("drop table t{number};"));
    }
    let mut closed = Gates::new(&project);
    for gate in 1..=gates {
        closed.close(gate);
        let tool = project.start("migrate");
        closed.await_somebody();
        tool.kill();
        closed.terminate_tool();
        // Revisions before this one are there completely, this one and those after it not at all.
        let before = (gate - 1) / 3;
        let truth = closed.session.run(
            "select (select count(*) from pg_class where relname ~ '^t[0-9]+$'), \
               coalesce((select max(version_num::int) from alembic_version), 0), \
               (select count(*) from xtask.history where state = 'done'), (select count(*) from xtask.history)",
        );
        assert_eq!(truth, format!("{before}|{before}|{before}|{before}"), "killed at gate {gate}");
    }
    closed.close(gates + 1);
    project.xtask("migrate").ok();
    assert_eq!((project.version(), project.history()), (REVISIONS.to_string(), everything_once()));
    let rows: Vec<String> = (1..=REVISIONS).map(|number| format!("select count(*) from t{number}")).collect();
    assert_eq!(project.psql(&rows.join(" union ")), "1", "each table has its one row");
}

#[test]
fn killed_at_every_statement_of_ten_revisions_outside_of_transactions() {
    let Some(project) = Project::new("killed_bare") else { return };
    let mut gates = 0;
    let mut next = || {
        gates += 1;
        gate(gates)
    };
    for number in 1..=REVISIONS {
        let parent = if number == 1 { String::new() } else { (number - 1).to_string() };
        let up = format!(
            "{}create table t{number} (x int);\n{}begin;\ninsert into t{number} values (1);\n{}commit;\n\
             create index concurrently i{number} on t{number} (x);\n{}insert into t{number} values (2);\n",
            next(),
            next(),
            next(),
            next(),
        );
        project.bare_revision(number, &parent, &up, &format!("drop table t{number};"));
    }
    let mut closed = Gates::new(&project);
    for gate in 1..=gates {
        closed.close(gate);
        let tool = project.start("migrate");
        closed.await_somebody();
        tool.kill();
        closed.terminate_tool();
        let before = (gate - 1) / 4;
        let truth = closed.session.run(
            "select coalesce((select max(version_num::int) from alembic_version), 0), \
               (select count(*) from xtask.history where state = 'done'), \
               (select string_agg(revision, ' ') from xtask.history where state = 'started')",
        );
        assert_eq!(truth, format!("{before}|{before}|{}", before + 1), "killed at gate {gate}");
    }
    closed.close(gates + 1);
    project.xtask("migrate").ok();
    assert_eq!((project.version(), project.history()), (REVISIONS.to_string(), everything_once()));
    let rows: Vec<String> = (1..=REVISIONS).map(|number| format!("select sum(x), count(*) from t{number}")).collect();
    assert_eq!(project.psql(&rows.join(" union ")), "3|2", "each statement was done once");
    let indexes = "select count(*) from pg_index where indexrelid::regclass::text ~ '^i[0-9]+$' and indisvalid";
    assert_eq!(project.psql(indexes), REVISIONS.to_string());
}

#[test]
fn ctrl_c_cancels_what_runs_on_the_server() {
    let Some(project) = Project::new("interrupted") else { return };
    project.tables(3);
    project.revision(2, "1", "create table t2 (x int); select pg_sleep(1000);", "drop table t2;");
    for (arguments, signal) in [("migrate", "INT"), ("migrate --single-transaction", "INT"), ("migrate", "TERM")] {
        let tool = project.start(arguments);
        project.await_session("wait_event = 'PgSleep'");
        tool.signal(signal);
        tool.wait().fails_with(130).says(&[
            "error[interrupted]: interrupted",
            "the statement of revision 2 that was running is cancelled on the server; nothing of 2 was kept",
            "cargo xtask migrate",
        ]);
        let left =
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'";
        assert_eq!(project.psql(left), "0");
        assert_eq!(project.psql("select to_regclass('t2') is null"), "t");
    }
    project.revision(2, "1", "create table t2 (x int);", "drop table t2;");
    project.xtask("migrate").ok();
    assert_eq!(project.history(), "1:upgrade:done 2:upgrade:done 3:upgrade:done");
}

#[test]
fn ctrl_c_ends_the_session_of_a_statement_that_catches_it() {
    let Some(project) = Project::new("interrupted_deaf") else { return };
    let deaf =
        "do $$ begin loop begin perform pg_sleep(1000); exception when query_canceled then end; end loop; end $$;";
    project.revision(1, "", &format!("create table t (x int); {deaf}"), "select 1;");
    let tool = project.start("migrate");
    project.await_session("wait_event = 'PgSleep'");
    tool.interrupt();
    tool.wait().fails_with(130).says(&[
        "error[interrupted]: interrupted",
        "could not be cancelled, and its session is ended on the server, which rolls back what was not committed",
    ]);
    let left = "select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'";
    assert_eq!(project.psql(left), "0");

    project.bare_revision(1, "", &format!("create table t (x int);\n{deaf}\n"), "select 1;");
    let tool = project.start("migrate");
    project.await_session("wait_event = 'PgSleep'");
    tool.interrupt();
    tool.wait()
        .fails_with(130)
        .says(&["its session is ended on the server; the next run finds out whether it was done"]);
    assert_eq!(project.psql(left), "0");
    project.bare_revision(1, "", "create table t (x int);\nselect 1;\n", "select 1;");
    project.xtask("migrate").ok().says(&["Going on with 1", "statements done: 1"]);
}

#[test]
fn ctrl_c_does_not_wait_for_ever_for_a_server_that_stands_still() {
    let Some(project) = Project::new("interrupted_twice") else { return };
    // What stands still holds up others who drop databases.
    let server = Server::start(&project);
    let project = project.with_url(server.url());
    project.revision(1, "", "select pg_sleep(1000);", "select 1;");
    for (second, why) in [
        (Some("INT"), "you did not wait until what had begun was cancelled: it may go on where it runs"),
        (Some("TERM"), "you did not wait until what had begun was cancelled"),
        (None, "what had begun was not cancelled within 10 seconds: it may go on where it runs"),
    ] {
        let tool = project.start("migrate");
        let mut session = Session::open(project.url());
        let sleeps = "select pid from pg_stat_activity where wait_event = 'PgSleep'";
        until("it sleeps", || !session.run(sleeps).is_empty());
        let pid = session.run(sleeps);
        let signal = |name: &str| {
            let sent = std::process::Command::new("kill").args(["-s", name, &pid]).status();
            assert!(sent.expect("kill runs").success());
        };
        signal("STOP");
        tool.interrupt();
        until("it says that it takes long", || tool.has_said("Ctrl-C ends at once"));
        if let Some(second) = second {
            tool.signal(second);
        }
        let said = tool.wait().fails_with(130).says(&["error[interrupted]: interrupted", why, "cargo xtask status"]);
        said.never_says(&["secret"]);
        signal("CONT");
        until("it is ended, as it was told to", || session.run(sleeps).is_empty());
    }
    project.revision(1, "", "select 1;", "select 1;");
    project.xtask("migrate").ok();
}

#[test]
fn ctrl_c_outside_of_a_transaction_is_gone_on_from() {
    let Some(project) = Project::new("interrupted_bare") else { return };
    project.psql("create table t (x int)");
    project.bare_revision(1, "", "create table a (x int);\ncreate index concurrently i on t (x);\n", "drop table a;");
    let mut writer = Session::open(project.url());
    writer.run("begin; insert into t values (1)");
    let tool = project.start("migrate");
    project.await_session("query ~ '^create index' and wait_event_type = 'Lock'");
    tool.interrupt();
    tool.wait().fails_with(130).says(&["the next run goes on there"]);
    writer.run("rollback");
    project.xtask("migrate").ok().says(&["Going on with 1", "statements done: 1"]);
    assert_eq!(project.psql("select indisvalid from pg_index where indexrelid = 'i'::regclass"), "t");
    assert_eq!(project.history(), "1:upgrade:done");
}

#[test]
fn a_session_that_the_server_ends_is_no_error_of_the_sql() {
    let Some(project) = Project::new("terminated") else { return };
    project.tables(2);
    project.revision(2, "1", "create table t2 (x int); select pg_sleep(100);", "drop table t2;");
    let tool = project.start("migrate");
    project.await_session("wait_event = 'PgSleep'");
    project.psql("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'");
    tool.wait().fails_with(4).says(&[
        "error[database-connection-lost]: the connection to postgresql://postgres:***@127.0.0.1:",
        "terminating connection due to administrator command",
        "while applying revision 2",
        "this run had applied 1 before",
    ]);
    project.tables(2);
    project.xtask("migrate").ok();
    assert_eq!(project.history(), "1:upgrade:done 2:upgrade:done");
}

/// A server of the test's own, which may be stopped; removed with the value.
struct Server(LocalServer);

impl Server {
    fn start(project: &Project) -> Self {
        let dir = project.path("own");
        std::fs::create_dir(&dir).expect("a folder");
        open_to_the_server_account(project.root());
        open_to_the_server_account(&dir);
        let mut spec = ServerSpec::new(Utf8Path::from_path(&dir).expect("UTF-8"), "secret");
        spec.port = postgres::free_port();
        let server = Self(LocalServer::new(spec));
        server.0.start(&Silent).expect("it starts");
        server
    }

    fn url(&self) -> String {
        let spec = self.0.spec();
        format!("postgresql://{}:secret@127.0.0.1:{}/{}", spec.user, spec.port, spec.database)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.remove(&Silent);
    }
}

#[cfg(unix)]
fn open_to_the_server_account(path: &std::path::Path) {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(path, mode).expect("our own folder");
}

#[cfg(not(unix))]
fn open_to_the_server_account(_path: &std::path::Path) {}

#[test]
fn a_server_that_stops_in_the_middle_is_gone_on_with_after_its_start() {
    let Some(project) = Project::new("server_stops") else { return };
    let server = Server::start(&project);
    let project = project.with_url(server.url());
    project.tables(3);
    project.bare_revision(2, "1", "create table a (x int);\nselect pg_sleep(100);\ncreate table b (x int);\n", "");
    for mode in [StopMode::Immediate, StopMode::Fast] {
        let tool = project.start("migrate");
        let mut session = Session::open(project.url());
        let sleeps = "select exists (select from pg_stat_activity where wait_event = 'PgSleep')";
        crate::support::applying::until("it sleeps", || session.run(sleeps) == "t");
        drop(session);
        server.0.stop(mode, &Silent).expect("it stops");
        let outcome = tool.wait().fails_with(4).says(&["error[database-connection-lost]", "while applying revision 2"]);
        outcome.never_says(&["secret"]);
        project.xtask("migrate").fails_with(4).says(&["error[database-unreachable]"]);
        server.0.start(&Silent).expect("it starts");
        project.xtask("status").ok().says(&["warning[migration-unfinished]", "statements done: 1"]);
    }
    project.bare_revision(2, "1", "create table a (x int);\nselect 1;\ncreate table b (x int);\n", "");
    project.xtask("migrate").ok().says(&["Going on with 2"]);
    let mut session = Session::open(project.url());
    let truth = "select string_agg(relname, ' ' order by relname), (select version_num from alembic_version), \
                   (select string_agg(revision || state, ' ' order by id) from xtask.history) \
                 from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'";
    assert_eq!(session.run(truth), "a alembic_version b t1 t3|3|1done 2done 3done");
}

#[test]
fn a_standby_and_a_read_only_session_can_be_read_and_not_changed() {
    let Some(project) = Project::new("read_only") else { return };
    project.tables(2);
    project.xtask("migrate 1").ok();
    let url = project.url().to_owned();
    let project = project.with_url(format!("{url}?options=-c%20default_transaction_read_only%3Don"));
    project.xtask("current").ok().prints(&["1 revision 1"]);
    project.xtask("migrate 1").ok().says(&["Nothing to apply"]);
    project.xtask("migrate --dry-run").ok().prints(&["would apply 2"]);
    for arguments in ["migrate", "downgrade -1", "stamp 2"] {
        project.xtask(arguments).fails_with(3).says(&[
            "error[database-read-only]: the database at postgresql://postgres:***@127.0.0.1:",
            "default_transaction_read_only is on",
        ]);
    }

    let server = Server::start(&project);
    let project = project.with_url(server.url());
    project.xtask("migrate 1").ok();
    server.0.stop(StopMode::Fast, &Silent).expect("it stops");
    let signal = server.0.data_dir().expect("a place").join("standby.signal");
    std::fs::write(signal, "").expect("written");
    server.0.start(&Silent).expect("it starts");
    project.xtask("current").ok().prints(&["1 revision 1"]);
    project.xtask("migrate").fails_with(3).says(&["error[database-read-only]", "the server is a standby"]);
}
