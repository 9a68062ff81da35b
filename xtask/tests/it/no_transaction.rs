//! Revisions that run outside of a transaction: journalled statement by statement, and resumed where they ended.

use crate::support::applying::{Gate, Project, Session};

/// A project with a table of five rows.
fn with_rows(hint: &str) -> Option<Project> {
    let project = Project::new(hint)?;
    project.psql("create table t (x int, y int); insert into t select n, n from generate_series(1, 5) n");
    Some(project)
}

#[test]
fn a_failed_statement_is_where_the_corrected_file_goes_on() {
    let Some(project) = with_rows("corrected") else { return };
    let script =
        |third: &str| format!("create table a (x int);\nvacuum t;\n{third};\ncreate index concurrently i on t (x);\n");
    project.bare_revision(1, "", &script("insert into a values ('no number')"), "drop table a;");
    project.xtask("migrate").fails_with(6).says(&[
        "error[migration-failed]: revision 1 failed",
        "--> migrations/1_revision.up.sql:6:23",
        "invalid input syntax for type integer",
        "the first 2 statements of this file are done and recorded",
        "cargo xtask migrate",
    ]);
    assert_eq!(project.history(), "1:upgrade:started");
    assert_eq!(project.psql("select statements_done, failure ~ 'invalid input' from xtask.history"), "2|t");

    project.bare_revision(1, "", &script("insert into a values (1)"), "drop table a;");
    project.xtask("migrate").ok().says(&["Going on with 1", "statements done: 2", "Applied 1"]);
    assert_eq!((project.version().as_str(), project.psql("table a")), ("1", "1".to_owned()));
    assert_eq!(project.history(), "1:upgrade:done");
    assert_eq!(project.psql("select up_sql ~ 'values \\(1\\)', failure is null from xtask.history"), "t|t");
    // What is recorded is the corrected file, in every respect.
    project.xtask("check").ok();
    project.bare_revision(1, "", &script("insert into a values (2)"), "drop table a;");
    project.xtask("check").fails_with(7).says(&["error[revision-changed]", "-insert into a values (1)"]);
}

#[test]
fn a_statement_that_has_run_may_not_be_changed() {
    let Some(project) = with_rows("changed_behind") else { return };
    project.bare_revision(1, "", "create table a (x int);\nselect 1/0;\n", "drop table a;");
    project.xtask("migrate").fails_with(6);
    project.bare_revision(1, "", "create table a (x bigint);\nselect 1/1;\n", "drop table a;");
    project.xtask("migrate").fails_with(6).says(&[
        "error[migration-changed-behind]",
        "migrations/1_revision.up.sql: statement 1 has been changed, but it has already run",
        "create table a (x int)",
        "cargo xtask stamp",
    ]);
    // A comment is no change.
    project.bare_revision(1, "", "-- a comment\nCREATE TABLE a(x int);\nselect 1/1;\n", "drop table a;");
    project.xtask("migrate").ok();
    assert_eq!((project.version().as_str(), project.history().as_str()), ("1", "1:upgrade:done"));
}

#[test]
fn settings_are_said_again_when_going_on() {
    let Some(project) = with_rows("settings_again") else { return };
    let up = |last: &str| {
        format!(
            "create schema s;\nset search_path to s;\nbegin;\nset work_mem to '7MB';\ncommit;\n\
             create table a (x int);\n{last};\ncreate table b as select current_setting('work_mem') as work_mem;\n"
        )
    };
    project.bare_revision(1, "", &up("select 1/0"), "drop schema s cascade;");
    project.xtask("migrate").fails_with(6);
    project.bare_revision(1, "", &up("select 1"), "drop schema s cascade;");
    project.xtask("migrate").ok();
    assert_eq!(project.psql("select work_mem from s.b"), "7MB");
}

#[test]
fn the_bookkeeping_does_not_need_the_rights_of_the_scripts_role() {
    let Some(project) = with_rows("bare_role") else { return };
    let up = "set role pg_monitor;\nselect 1;\nvacuum;\nbegin; select 2; commit;\n\
              set session authorization pg_monitor;\nselect 1/0;\n";
    project.bare_revision(1, "", up, "");
    project.xtask("migrate").fails_with(6).says(&["division by zero", "the first 7 statements"]);
    project.bare_revision(1, "", &up.replace("1/0", "current_user::text::regrole"), "");
    project.xtask("migrate").ok();
    assert_eq!((project.version().as_str(), project.history().as_str()), ("1", "1:upgrade:done"));
}

#[test]
fn blocks_procedures_and_vacuum_run_as_they_are_written() {
    let Some(project) = with_rows("blocks") else { return };
    project.revision(
        1,
        "",
        "create table log (n int); create procedure fill() language plpgsql as $$ begin \
         for n in 1..3 loop insert into log values (n); commit; end loop; end $$;",
        "drop procedure fill(); drop table log;",
    );
    let up = "begin;\ninsert into log values (10);\ninsert into log values (11);\ncommit;\ncall fill();\nvacuum full t;\n\
              begin; delete from log; rollback;\ndo $$ begin insert into log values (20); commit; end $$;\n\
              start transaction; insert into log values (30)";
    project.bare_revision(2, "1", up, "delete from log where n > 3;");
    project.xtask("migrate").ok();
    assert_eq!(project.psql("select string_agg(n::text, ' ' order by n) from log"), "1 2 3 10 11 20 30");
    project.xtask("downgrade -1 --yes").ok();
    assert_eq!(project.psql("select string_agg(n::text, ' ' order by n) from log"), "1 2 3");
}

#[test]
fn a_failing_block_leaves_nothing_of_itself() {
    let Some(project) = with_rows("failing_block") else { return };
    project.bare_revision(
        1,
        "",
        "select 1;\nbegin;\ncreate table a (x int);\ninsert into a values (1/0);\ncommit;\n",
        "",
    );
    project.xtask("migrate").fails_with(6).says(&[
        "--> migrations/1_revision.up.sql:7:1",
        "division by zero",
        "the first statement of this file is done",
    ]);
    assert_eq!(project.relations(), "t");
}

#[test]
fn a_deferred_constraint_fails_at_the_end_of_its_block() {
    let Some(project) = with_rows("deferred_block") else { return };
    project.psql("alter table t add primary key (x), add foreign key (y) references t deferrable initially deferred");
    project.bare_revision(1, "", "begin;\ninsert into t values (6, 7);\ncommit;\ninsert into t values (8, 9);\n", "");
    project.xtask("migrate").fails_with(6).says(&[
        "--> migrations/1_revision.up.sql:6:1",
        "6 | commit;",
        "Key (y)=(7)",
    ]);
    project.bare_revision(1, "", "begin;\ninsert into t values (6, 6);\ncommit;\ninsert into t values (8, 9);\n", "");
    project.xtask("migrate").fails_with(6).says(&["--> migrations/1_revision.up.sql:7:1", "Key (y)=(9)"]);
    assert_eq!(project.psql("select count(*) from t"), "6");
}

#[test]
fn an_index_that_could_not_be_built_is_removed_before_it_is_built_again() {
    let Some(project) = with_rows("failed_index") else { return };
    project.psql("insert into t values (1, 1)");
    project.bare_revision(1, "", "create unique index concurrently i on t (x);\n", "drop index concurrently i;\n");
    project.xtask("migrate").fails_with(6).says(&["could not create unique index", "Key (x)=(1) is duplicated"]);
    assert_eq!(project.psql("select indisvalid from pg_index where indexrelid = 'i'::regclass"), "f");
    project.psql("delete from t where ctid = (select max(ctid) from t where x = 1)");
    project.xtask("migrate").ok();
    assert_eq!(project.psql("select indisvalid from pg_index where indexrelid = 'i'::regclass"), "t");
    project.xtask("downgrade base").ok();
    assert_eq!(project.relations(), "t");
}

#[test]
fn what_the_server_refused_never_counts_as_done() {
    let Some(project) = with_rows("refused") else { return };
    project.psql("create index i on t (y)");
    project.bare_revision(1, "", "create index concurrently i on t (x);\n", "drop index concurrently j;\n");
    for _ in 0..2 {
        project.xtask("migrate").fails_with(6).says(&["relation \"i\" already exists"]);
    }
    project.psql("drop index i");
    project.xtask("migrate").ok();
    for _ in 0..2 {
        project.xtask("downgrade base").fails_with(6).says(&["index \"j\" does not exist"]);
    }
    assert_eq!(project.version(), "1");
}

#[test]
fn a_downgrade_is_resumed_too() {
    let Some(project) = with_rows("resumed_downgrade") else { return };
    project.tables(1);
    project.bare_revision(2, "1", "create index concurrently i on t (x);", "drop index concurrently i;\nselect 1/0;\n");
    project.xtask("migrate").ok();
    project
        .xtask("downgrade -1")
        .fails_with(6)
        .says(&["revision 2 failed", "the first statement of this file is done"]);
    assert_eq!(project.version(), "2");
    project.bare_revision(2, "1", "create index concurrently i on t (x);", "drop index concurrently i;\nselect 1;\n");
    project.xtask("downgrade -1").ok().says(&["Going on with 2", "Took back 2"]);
    assert_eq!(
        (project.version().as_str(), project.history().as_str()),
        ("1", "1:upgrade:done 2:upgrade:done 2:downgrade:done")
    );
}

#[test]
fn while_a_revision_is_unfinished_every_command_says_so() {
    let Some(project) = with_rows("unfinished") else { return };
    project.tables(1);
    project.bare_revision(2, "1", "create table a (x int);\nselect 1/0;\n", "drop table a;");
    project.xtask("migrate").fails_with(6);
    let what = "the upgrade of revision 2 was begun and not finished";
    let told = [what, "by tester@desk, outside of a transaction; statements done: 1", "division by zero"];
    for arguments in ["current", "status"] {
        project.xtask(arguments).ok().says(&["warning[migration-unfinished]"]).says(&told);
    }
    project.xtask("check").fails_with(7).says(&["error[migration-unfinished]"]).says(&told);
    project.xtask("migrate 1").ok().says(&told).says(&["Nothing to apply"]);
    let refused = project.xtask("downgrade -1").fails_with(5);
    refused.says(&["error[migration-unfinished]"]).says(&told).says(&["cargo xtask migrate 2", "cargo xtask stamp"]);
    project.xtask("migrate --single-transaction").fails_with(2);
    assert_eq!(project.version(), "1");

    // A person finishes by hand.
    project.xtask("stamp 2").ok().says(&["Stamped 2 (was 1)", "The upgrade of 2 that was begun counts as given up"]);
    assert_eq!(project.history(), "1:upgrade:done 2:upgrade:abandoned 2:stamp:done");
    project.xtask("current").ok().never_says(&["unfinished"]);
    project.xtask("downgrade -1").ok();
    assert_eq!((project.version().as_str(), project.relations().as_str()), ("1", "t t1"));
}

#[test]
fn an_unfinished_downgrade_is_not_forgotten_at_the_head() {
    let Some(project) = with_rows("unfinished_downgrade") else { return };
    project.bare_revision(1, "", "select 1;", "select 1/0;");
    project.xtask("migrate").ok();
    project.xtask("downgrade base").fails_with(6);
    project.xtask("check").fails_with(7).says(&["the downgrade of revision 1 was begun and not finished"]);
    project.xtask("migrate").ok().says(&["warning[migration-unfinished]", "cargo xtask downgrade -1"]);
}

/// Kills the tool while `query` runs outside of a transaction, and the server's process too: nobody can say what it did.
fn killed_during_a_call(project: &Project) {
    let gate = Gate::closed(project.url());
    let tool = project.start("migrate");
    project.await_session("query ~ '^call' and wait_event = 'advisory'");
    tool.kill();
    project.terminate_tool();
    drop(gate);
}

/// A project whose second statement commits something, and then waits.
fn with_a_call(hint: &str) -> Option<Project> {
    let project = Project::new(hint)?;
    project.psql(
        "create table log (n int); create procedure p() language plpgsql as $$ begin insert into log values (1); commit; \
         perform pg_advisory_xact_lock(7); insert into log values (2); end $$",
    );
    project.bare_revision(1, "", "create table a (x int);\ncall p();\ncreate table b (x int);\n", "");
    Some(project)
}

#[test]
fn a_statement_in_doubt_is_asked_about() {
    let Some(project) = with_a_call("in_doubt") else { return };
    killed_during_a_call(&project);
    for _ in 0..2 {
        project.xtask("migrate").fails_with(6).says(&[
            "error[migration-in-doubt]: it is not known whether this statement of revision 1 was done",
            "--> migrations/1_revision.up.sql:5:1",
            "5 | call p();",
            "cargo xtask migrate --resume done",
            "cargo xtask migrate --resume retry",
        ]);
    }
    project.xtask("migrate --resume done").ok();
    assert_eq!((project.psql("table log"), project.relations()), ("1".to_owned(), "a b log".to_owned()));
}

#[test]
fn a_statement_in_doubt_is_run_again_if_told() {
    let Some(project) = with_a_call("retried") else { return };
    killed_during_a_call(&project);
    project.xtask("migrate --resume retry").ok();
    assert_eq!((project.psql("table log"), project.relations()), ("1\n1\n2".to_owned(), "a b log".to_owned()));
    assert_eq!(project.history(), "1:upgrade:done");
}

#[test]
fn a_killed_build_of_an_index_is_begun_again() {
    let Some(project) = with_rows("killed_build") else { return };
    project.bare_revision(1, "", "create index concurrently i on t (x);", "");
    let mut writer = Session::open(project.url());
    writer.run("begin; insert into t values (6, 6)");
    let tool = project.start("migrate");
    project.await_session("query ~ '^create index' and wait_event_type = 'Lock'");
    tool.kill();
    project.terminate_tool();
    assert_eq!(project.psql("select indisvalid from pg_index where indexrelid = 'i'::regclass"), "f");
    writer.run("commit");
    project.xtask("migrate").ok();
    assert_eq!(project.psql("select indisvalid from pg_index where indexrelid = 'i'::regclass"), "t");
    assert_eq!((project.version().as_str(), project.history().as_str()), ("1", "1:upgrade:done"));
}

#[test]
fn an_index_that_was_built_before_its_line_was_written_counts_as_done() {
    let Some(project) = with_rows("unconfirmed") else { return };
    project.bare_revision(1, "", "create index concurrently i on t (x);\ndrop index concurrently j;\n", "");
    project.psql("create index j on t (y)");
    for (index, there) in [("i", "t"), ("j", "f")] {
        let (mut writer, mut line) = (Session::open(project.url()), Session::open(project.url()));
        writer.run("begin; insert into t values (6, 6)");
        let tool = project.start("migrate");
        project.await_session(&format!(
            "query ~ '^(create|drop) index concurrently {index}' and wait_event_type = 'Lock'"
        ));
        // From here on the line of the history cannot be written.
        line.run("begin; select from xtask.history for update");
        let file = project.psql("select pg_relation_filenode('i')");
        writer.run("commit");
        project.await_session("query ~ 'UPDATE xtask.history' and wait_event_type = 'Lock'");
        tool.kill();
        project.terminate_tool();
        line.run("rollback");
        let is_there =
            format!("select count(*) = 1 from pg_index where indexrelid = to_regclass('{index}') and indisvalid");
        assert_eq!(project.psql(&is_there), there);
        if index == "j" {
            project.xtask("migrate").ok();
        }
        assert_eq!(project.psql("select pg_relation_filenode('i')"), file, "it was not built a second time");
    }
    assert_eq!((project.version().as_str(), project.history().as_str()), ("1", "1:upgrade:done"));
}
