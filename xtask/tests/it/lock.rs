//! One runner a database: waiting, being told who holds the lock, and other programs that know nothing of it.

use crate::support::applying::{Gate, Project, Running, Session, until};

/// A project whose second revision waits for the advisory lock 7 before it makes `t2`.
fn with_gate(hint: &str) -> Option<Project> {
    let project = Project::new(hint)?;
    project.tables(3);
    project.revision(2, "1", "select pg_advisory_xact_lock(7); create table t2 (x int);", "drop table t2;");
    Some(project)
}

const AT_THE_GATE: &str = "wait_event = 'advisory' and application_name like 'xtask migrate tester@desk:%'";

#[test]
fn ten_runners_at_once_apply_each_revision_once() {
    let Some(project) = Project::new("ten_runners") else { return };
    project.tables(4);
    let fill = "create table filled as select n from generate_series(1, 100000) n;";
    project.revision(1, "", fill, "drop table filled;");
    project.bare_revision(
        2,
        "1",
        "create index concurrently i on filled (n);\ncreate table t2 (x int);\n",
        "drop index i;",
    );
    let runners: Vec<Running> = (0..10).map(|_| project.start("migrate")).collect();
    for runner in runners {
        runner.wait().ok();
    }
    assert_eq!(project.history(), "1:upgrade:done 2:upgrade:done 3:upgrade:done 4:upgrade:done");
    assert_eq!((project.version().as_str(), project.relations().as_str()), ("4", "filled i t2 t3 t4"));
    assert_eq!(project.psql("select indisvalid from pg_index where indexrelid = 'i'::regclass"), "t");
}

#[test]
fn a_runner_that_waits_says_for_whom() {
    let Some(project) = with_gate("says_for_whom") else { return };
    let gate = Gate::closed(project.url());
    let first = project.start("migrate");
    project.await_session(AT_THE_GATE);
    let holder = project.psql(
        "select pid from pg_locks where locktype = 'advisory' and classid = x'78746173'::int and objid = 1 and granted \
         and database = (select oid from pg_database where datname = current_database())",
    );
    project.xtask("migrate --lock-wait 1s").fails_with(5).says(&[
        "Waiting at most 1s for the lock of this database, held by xtask migrate tester@desk:",
        &format!("(pid {holder}, role postgres from 127.0.0.1) for "),
        "now running: upgrade of 2 revision 2",
        "error[database-lock-timeout]: another run holds this database's lock; waited 1s",
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'xtask migrate tester@desk:",
    ]);
    project.xtask("migrate --lock-wait 0s").fails_with(5);
    // Looking needs no lock, and neither does a run that has nothing to do.
    project.xtask("current").ok();
    project.xtask("migrate 1").ok();
    gate.open();
    first.wait().ok();
    assert_eq!(project.version(), "3");
}

#[test]
fn a_role_that_may_see_little_still_learns_who_holds_the_lock() {
    let Some(project) = with_gate("sees_little") else { return };
    let role = format!("little_{}", project.database.name());
    project.psql(&format!("create role {role} login password 'x'"));
    let gate = Gate::closed(project.url());
    let first = project.start("migrate");
    project.await_session(AT_THE_GATE);
    let url = format!("postgresql://{role}:x@127.0.0.1:{}/{}", project.database.port(), project.database.name());
    project.psql(&format!("grant select on alembic_version to {role}"));
    let mut second = project.command("migrate --lock-wait 0s");
    Running::of(second.env("DATABASE_URL", url)).wait().fails_with(5).says(&["held by xtask migrate tester@desk:"]);
    gate.open();
    first.wait().ok();
    project.psql(&format!("drop owned by {role}; drop role {role}"));
}

#[test]
fn ctrl_c_ends_waiting_for_the_lock_at_once() {
    let Some(project) = with_gate("interrupted_wait") else { return };
    let mut gate = Gate::closed(project.url());
    let first = project.start("migrate");
    project.await_session(AT_THE_GATE);
    let second = project.start("migrate");
    until("it says that it waits", || second.has_said("Waiting at most"));
    second.interrupt();
    second.wait().fails_with(130).says(&["error[interrupted]"]);
    gate.await_waiting(1);
    gate.open();
    first.wait().ok();
}

#[test]
fn what_a_killed_runner_left_on_the_server_is_waited_for() {
    let Some(project) = with_gate("orphan") else { return };
    let gate = Gate::closed(project.url());
    let first = project.start("migrate");
    project.await_session(AT_THE_GATE);
    let orphan =
        project.psql("select pid from pg_stat_activity where wait_event = 'advisory' and datname = current_database()");
    first.kill();
    let who = format!("(pid {orphan}, role postgres from 127.0.0.1)");
    project.xtask("migrate --lock-wait 100ms").fails_with(5).says(&[&who, "now running: upgrade of 2 revision 2"]);
    let second = project.start("migrate");
    // It has its answer.
    project.await_session("query ~ 'pg_locks' and state = 'idle' and application_name like 'xtask migrate%'");
    gate.open();
    second.wait().ok().says(&["Waiting at most", &who, "Applied 3"]).never_says(&["Applied 2"]);
    assert_eq!(project.history(), "1:upgrade:done 2:upgrade:done 3:upgrade:done");
}

#[test]
fn a_killed_build_of_an_index_goes_on_and_is_waited_for() {
    let Some(project) = Project::new("orphaned_build") else { return };
    project.psql("create table t (x int)");
    project.bare_revision(1, "", "create index concurrently i on t (x);\n", "drop index i;");
    let mut writer = Session::open(project.url());
    writer.run("begin; insert into t values (1)");
    let first = project.start("migrate");
    project.await_session("query ~ '^create index' and wait_event_type = 'Lock'");
    first.kill();
    let second = project.start("migrate");
    // It has its answer.
    project.await_session("query ~ 'pg_locks' and state = 'idle' and application_name like 'xtask migrate%'");
    writer.run("commit");
    second.wait().ok().says(&["now running: create index concurrently", "Going on with 1"]);
    assert_eq!(project.psql("select indisvalid from pg_index where indexrelid = 'i'::regclass"), "t");
    assert_eq!(project.history(), "1:upgrade:done");
}

#[test]
fn a_statement_that_waits_for_somebody_elses_session_says_for_whom() {
    let Some(project) = Project::new("blocked") else { return };
    project.tables(1);
    project.xtask("migrate").ok();
    project.revision(2, "1", "alter table t1 add y int;", "alter table t1 drop y;");
    let mut reader = Session::open(project.url());
    let pid = reader.run("select pg_backend_pid()");
    reader.run("begin; select count(*) from t1");
    let tool = project.start("migrate");
    // It has its answer, and asked while the other session was already in the way.
    project.await_session(
        "application_name like 'xtask%' and query ~ 'pg_blocking_pids' and state = 'idle' and query_start > \
         (select max(query_start) + interval '50ms' from pg_stat_activity where wait_event_type = 'Lock' \
         and datname = current_database())",
    );
    reader.run("commit");
    let who = format!("Waiting for a lock that is held by the test (pid {pid}, role postgres from 127.0.0.1) for ");
    tool.wait().ok().says(&[&who, "now running: select count(*) from t1"]);
}

/// A project at revision 1 of 3 of which Alembic, in a session of its own, has begun to apply the second.
fn while_alembic_works(hint: &str) -> Option<(Project, Session)> {
    let project = Project::new(hint)?;
    project.tables(3);
    project.xtask("migrate 1").ok();
    let mut alembic = Session::open(project.url());
    alembic.run("begin; create table t2 (x int); update alembic_version set version_num = '2' where version_num = '1'");
    Some((project, alembic))
}

const WAITS_FOR_THE_TABLE: &str =
    "wait_event_type = 'Lock' and wait_event = 'relation' and application_name like 'xtask%'";

#[test]
fn what_alembic_moved_between_plan_and_transaction_is_noticed() {
    let Some((project, mut alembic)) = while_alembic_works("alembic_moves") else { return };
    let tool = project.start("migrate");
    project.await_session(WAITS_FOR_THE_TABLE);
    alembic.run("commit");
    tool.wait().fails_with(5).says(&[
        "error[database-moved]: alembic_version was changed by somebody else meanwhile",
        "expected 1, found 2",
        "while applying revision 2",
        "cargo xtask migrate",
    ]);
    assert_eq!((project.history().as_str(), project.relations().as_str()), ("1:upgrade:done", "t1 t2"));
    project.xtask("migrate").ok();
    assert_eq!((project.version().as_str(), project.relations().as_str()), ("3", "t1 t2 t3"));
}

#[test]
fn what_alembic_gave_up_does_no_harm() {
    let Some((project, mut alembic)) = while_alembic_works("alembic_gives_up") else { return };
    let tool = project.start("migrate");
    project.await_session(WAITS_FOR_THE_TABLE);
    alembic.run("rollback");
    tool.wait().ok();
    assert_eq!((project.version().as_str(), project.relations().as_str()), ("3", "t1 t2 t3"));
}

#[test]
fn alembic_cannot_move_anything_while_a_revision_is_applied() {
    let Some(project) = with_gate("alembic_waits") else { return };
    let gate = Gate::closed(project.url());
    let tool = project.start("migrate");
    project.await_session(AT_THE_GATE);
    let mut alembic = Session::open(project.url());
    alembic.send("with moved as (update alembic_version set version_num = '2' where version_num = '1' returning 1) select count(*) from moved");
    project.await_session("wait_event_type = 'Lock' and application_name = 'the test' and query ~ '^with moved'");
    gate.open();
    // Alembic expects one row to match, and gives up: "expected to match one row … 0 found".
    assert_eq!(alembic.answer(), "0");
    tool.wait().ok();
    assert_eq!(project.version(), "3");
}

#[test]
fn a_bare_revision_that_alembic_overtakes_says_what_is_done() {
    let Some(project) = Project::new("overtaken") else { return };
    project.tables(3);
    project.bare_revision(2, "1", "create table t2 (x int);\nselect pg_advisory_xact_lock(7);\n", "drop table t2;");
    project.xtask("migrate 1").ok();
    let gate = Gate::closed(project.url());
    let tool = project.start("migrate");
    project.await_session(AT_THE_GATE);
    project.psql("update alembic_version set version_num = '2'");
    gate.open();
    tool.wait().fails_with(5).says(&[
        "error[database-moved]: migrations/2_revision.up.sql: all is done, but it could not be recorded",
        "expected 1, found 2",
    ]);
    // What was begun here and what the table says contradict each other: a person has to say what is true.
    project.xtask("migrate").fails_with(5).says(&["error[migration-unfinished]", "cargo xtask stamp"]);
    project.xtask("stamp 2").ok();
    project.xtask("migrate").ok().says(&["Applied 3"]);
    assert_eq!(project.version(), "3");
}
