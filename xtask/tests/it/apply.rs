//! Applying revisions: one transaction each with its bookkeeping, and what a failure says.

use crate::support::applying::Project;

/// A project with a table that failing statements can refer to.
fn with_table(hint: &str) -> Option<Project> {
    let project = Project::new(hint)?;
    project.revision(1, "", "create table t (id int primary key, parent int);\n", "drop table t;");
    Some(project)
}

#[test]
fn a_revision_is_one_transaction_with_its_bookkeeping() {
    let Some(project) = Project::new("one_transaction") else { return };
    project.tables(2);
    project.xtask("migrate").ok();
    assert_eq!(project.relations(), "t1 t2");
    // The rows of one transaction carry its id.
    let same = "select count(*) = 1 from xtask.history h, alembic_version v, pg_class c \
                where h.revision = '2' and c.relname = 't2' and h.xmin::text = v.xmin::text and h.xmin::text = c.xmin::text";
    assert_eq!(project.psql(same), "t");
}

#[test]
fn the_history_tells_everything() {
    let Some(project) = Project::new("history_tells") else { return };
    project.revision(1, "", "create table a (x int); select pg_sleep(0.02);", "drop table a;");
    project.xtask("migrate").ok();
    let told = project.psql(
        "select revision, direction, state, message, file_name, duration between '20ms' and '5s', \
           finished_at - now() < '1 min', applied_by, role, checksum ~ '^sha256:[0-9a-f]{64}$', up_sql, down_sql \
         from xtask.history",
    );
    let up = "-- revision 1\n-- revises: \ncreate table a (x int); select pg_sleep(0.02);";
    assert_eq!(
        told,
        format!("1|upgrade|done|revision 1|1_revision.up.sql|t|t|tester@desk|postgres|t|{up}|drop table a;")
    );
    project.xtask("downgrade base").ok();
    assert_eq!(project.history(), "1:upgrade:done 1:downgrade:done");
    assert_eq!(project.psql("select count(*) from alembic_version"), "0");
}

#[test]
fn the_version_table_is_alembics_to_the_letter() {
    let Some(project) = Project::new("alembics_table") else { return };
    project.tables(1);
    project.xtask("migrate").ok();
    let shape = project.psql(
        "select attname, format_type(atttypid, atttypmod), attnotnull, atthasdef from pg_attribute \
         where attrelid = 'alembic_version'::regclass and attnum > 0; \
         select conname, contype, pg_get_constraintdef(oid) from pg_constraint where conrelid = 'alembic_version'::regclass",
    );
    assert_eq!(shape, "version_num|character varying(32)|t|f\nalembic_version_pkc|p|PRIMARY KEY (version_num)");
}

#[test]
fn a_table_made_by_alembic_is_gone_on_with() {
    let Some(project) = Project::new("made_by_alembic") else { return };
    project.tables(2);
    // What Alembic 1.20 runs for `upgrade 1`.
    project.psql(
        "begin; create table alembic_version (version_num varchar(32) not null, \
           constraint alembic_version_pkc primary key (version_num)); create table t1 (x int); \
         insert into alembic_version (version_num) values ('1'); commit",
    );
    project.xtask("migrate").ok();
    assert_eq!((project.version().as_str(), project.history().as_str()), ("2", "2:upgrade:done"));
    // What Alembic runs for `downgrade -1`, which finds exactly one row to change.
    let moved = "with moved as (update alembic_version set version_num = '1' where version_num = '2' returning 1) \
                 select count(*) from moved";
    assert_eq!(project.psql(moved), "1");
    project.psql("drop table t2");
    project.xtask("migrate").ok();
    assert_eq!(project.version(), "2");
}

#[test]
fn what_a_revision_sets_does_not_reach_the_next() {
    let Some(project) = Project::new("set_leaks") else { return };
    let setting = "set search_path to pg_catalog; set statement_timeout to '1min'; set role pg_monitor;\n\
                   create temp table scratch (x int); prepare q as select 1;";
    project.revision(1, "", setting, "select 1;");
    project.revision(
        2,
        "1",
        &format!("create table made_by as select current_user::text as who;\n{setting}"),
        "select 1;",
    );
    project.revision(
        3,
        "2",
        "alter table made_by add statement_timeout text default current_setting('statement_timeout');",
        "",
    );
    for arguments in ["migrate", "migrate --single-transaction"] {
        project.psql("drop table if exists made_by, alembic_version; drop schema if exists xtask cascade");
        project.xtask(arguments).ok();
        assert_eq!(project.psql("select * from made_by"), "postgres|0", "{arguments}");
    }
}

#[test]
fn a_role_given_at_the_connection_stays() {
    let Some(project) = Project::new("connection_role") else { return };
    let role = format!("owner_of_{}", project.database.name());
    project.psql(&format!(
        "create role {role}; grant create on schema public to {role}; \
         grant create on database {0} to {role}; alter role postgres in database {0} set role to {role}",
        project.database.name()
    ));
    project.tables(2);
    project.xtask("migrate").ok();
    assert_eq!(project.psql("select distinct tableowner from pg_tables where tablename ~ '^t'"), role);
    project.psql(&format!("set role postgres; drop owned by {role} cascade; drop role {role}"));
}

#[test]
fn empty_and_unfinished_looking_scripts_work() {
    let Some(project) = Project::new("empty_scripts") else { return };
    project.revision(1, "", "-- nothing but a comment\n", "-- nothing\n");
    project.revision(
        2,
        "1",
        "create table a (x int); create table b (x int) -- no semicolon",
        "drop table a;;;drop table b",
    );
    project.revision(3, "2", ";;\n;", "");
    project.revision(
        4,
        "3",
        "create type mood as enum ('ok'); select 'ok'::mood, row(1, 'a'), array[1]; table a;",
        "drop type mood",
    );
    project.bare_revision(5, "4", "-- nothing\n", "");
    project.xtask("migrate").ok();
    assert_eq!((project.version().as_str(), project.relations().as_str()), ("5", "a b"));
    project.xtask("downgrade base").ok();
    assert_eq!(project.psql("select count(*) from alembic_version"), "0");
}

#[test]
fn an_error_with_a_position_is_shown_there() {
    let Some(project) = with_table("with_position") else { return };
    project.revision(2, "1", "create table kept (x int);\ninsert into t\n  values (1, 'é', missing);\n", "");
    let outcome = project.xtask("migrate").fails_with(6);
    outcome.says(&[
        "error[migration-failed]: revision 2 failed: migrations/2_revision.up.sql:",
        "column \"missing\" does not exist (SQLSTATE 42703)",
        "--> migrations/2_revision.up.sql:5:19",
        "5 |   values (1, 'é', missing);",
        "  |                   ^^^^^^^",
        "nothing of this revision was kept",
        "this run had applied 1 before, and it stays",
        "cargo xtask migrate",
    ]);
    assert_eq!((project.version().as_str(), project.relations().as_str()), ("1", "t t_pkey"));
    assert_eq!(project.history(), "1:upgrade:done");
}

#[test]
fn a_statement_that_ends_too_early_is_an_error_of_the_file() {
    let Some(project) = with_table("ends_early") else { return };
    project.revision(2, "1", "select 1;\nselect 1 +\n", "");
    project.xtask("migrate").fails_with(6).says(&[
        "revision 2 failed",
        "syntax error",
        "migrations/2_revision.up.sql:",
    ]);
}

#[test]
fn an_error_without_a_position_is_shown_at_its_statement() {
    let Some(project) = with_table("without_position") else { return };
    project.revision(2, "1", "insert into t values (1);\nselect 1;\n  insert into t\n  values (1);\n", "");
    project.xtask("migrate").fails_with(6).says(&[
        "--> migrations/2_revision.up.sql:5:3",
        "5 |   insert into t",
        "^^^^^^^^^^^^^",
        "duplicate key value violates unique constraint \"t_pkey\" (SQLSTATE 23505)",
        "detail: Key (id)=(1) already exists.",
    ]);
    assert_eq!(project.psql("select count(*) from t"), "0");
}

#[test]
fn an_error_that_a_block_raises_keeps_its_hint() {
    let Some(project) = with_table("raised") else { return };
    project.revision(
        2,
        "1",
        "select 1;\ndo $$ begin\n  raise exception 'no parcels' using hint = 'load them', detail = 'zero rows';\nend $$;\n",
        "",
    );
    project.xtask("migrate").fails_with(6).says(&[
        "--> migrations/2_revision.up.sql:4:1",
        "no parcels (SQLSTATE P0001)",
        "detail: zero rows",
        "hint: load them",
        "PL/pgSQL function inline_code_block line 2 at RAISE",
    ]);
}

#[test]
fn an_error_inside_a_function_shows_the_functions_sql() {
    let Some(project) = with_table("in_function") else { return };
    project.revision(
        2,
        "1",
        "create function f() returns void language plpgsql as $$ begin perform missing from t; end $$;\nselect f();\n",
        "",
    );
    project.xtask("migrate").fails_with(6).says(&[
        "--> migrations/2_revision.up.sql:4:1",
        "column \"missing\" does not exist (SQLSTATE 42703)",
        "SELECT missing from t",
        "PL/pgSQL function f() line 1 at PERFORM",
    ]);
}

#[test]
fn a_constraint_deferred_to_the_commit_is_an_error_of_the_revision() {
    let Some(project) = with_table("deferred") else { return };
    project.revision(
        2,
        "1",
        "alter table t add foreign key (parent) references t deferrable initially deferred;\ninsert into t values (1, 7);\n",
        "",
    );
    project.revision(3, "2", "", "");
    let what = ["violates foreign key constraint", "(SQLSTATE 23503)", "Key (parent)=(7) is not present", "deferred"];
    let where_it_is = ["error[migration-failed]: revision 2 failed", "--> migrations/2_revision.up.sql"];
    project.xtask("migrate").fails_with(6).says(&what).says(&where_it_is).says(&["this run had applied 1 before"]);
    assert_eq!((project.version(), project.psql("select count(*) from t")), ("1".to_owned(), "0".to_owned()));

    let together =
        ["error[migration-failed]: the transaction of 2 revisions failed at its end", "nothing of this run was kept"];
    project.xtask("migrate --single-transaction").fails_with(6).says(&what).says(&together).never_says(&["Applied"]);
    assert_eq!((project.version(), project.psql("select count(*) from t")), ("1".to_owned(), "0".to_owned()));
}

#[test]
fn what_cannot_run_in_a_transaction_is_told_how_it_can() {
    let Some(project) = with_table("needs_no_transaction") else { return };
    project.revision(2, "1", "create index concurrently i on t (parent);", "");
    project.xtask("migrate").fails_with(6).says(&["(SQLSTATE 25001)", "`-- no-transaction`", "first line"]);
}

#[test]
fn a_single_transaction_is_all_or_nothing() {
    let Some(project) = Project::new("single_transaction") else { return };
    project.tables(3);
    project.revision(3, "2", "create table t3 (x int); select 1/0;", "");
    let outcome = project.xtask("migrate --single-transaction").fails_with(6);
    outcome.says(&["revision 3 failed", "nothing of this run was kept"]).never_says(&["Applied"]);
    assert_eq!((project.relations().as_str(), project.history().as_str()), ("", ""));

    project.tables(3);
    project.xtask("migrate --single-transaction").ok().says(&["Applied 1", "Applied 3"]);
    assert_eq!(project.psql("select count(distinct xmin::text) from xtask.history"), "1");

    project.bare_revision(4, "3", "vacuum t1;", "");
    project.xtask("migrate --single-transaction").fails_with(2).says(&["revision 4 cannot be part of one transaction"]);
}

#[test]
fn what_would_be_lost_is_asked_about() {
    let Some(project) = Project::new("losses") else { return };
    project.tables(2);
    project.revision(
        3,
        "2",
        "alter table t1 add y int; create schema s; create table s.\"A b\" (x int);",
        "alter table t1 drop y; drop schema s cascade;",
    );
    project.xtask("migrate").ok();
    project.psql("insert into t1 select 1, 2 from generate_series(1, 12); insert into s.\"A b\" values (1)");
    project
        .xtask("downgrade base")
        .fails_with(8)
        .says(&[
            "error[confirmation-needed]: Taking back 3 revision(s) destroys data:",
            "DROP COLUMN: column y of table t1, with 12 rows",
            "DROP SCHEMA: table s.\"A b\", 1 rows",
            "DROP TABLE: table t1, 12 rows, 8192 bytes",
            "--yes",
        ])
        .never_says(&["t2"]);
    assert_eq!((project.version().as_str(), project.psql("select count(*) from t1")), ("3", "12".to_owned()));
    project.xtask("downgrade base --yes").ok();
    assert_eq!(project.relations(), "");
    // Empty tables are taken back without a word.
    project.xtask("migrate").ok();
    project.xtask("downgrade base").ok();
}

#[test]
fn copying_to_the_client_is_refused_before_anything_runs() {
    let Some(project) = with_table("copy_out") else { return };
    project.revision(2, "1", "select 1;\ncopy t to stdout;\n", "");
    project.xtask("migrate").fails_with(1).says(&["--> migrations/2_revision.up.sql:4:1", "COPY … TO STDOUT"]);
    assert_eq!(project.relations(), "");
}

#[test]
fn a_dry_run_changes_nothing() {
    let Some(project) = Project::new("dry_run") else { return };
    project.tables(2);
    let nothing = "select count(*) = 0 from pg_class c join pg_namespace n on n.oid = relnamespace \
                   where nspname in ('public', 'xtask')";
    project.xtask("migrate --dry-run").ok().prints(&["would apply 1 revision 1\nwould apply 2 revision 2\n"]);
    project.xtask("downgrade --dry-run base").ok();
    assert_eq!(project.psql(nothing), "t");
    project.xtask("migrate").ok();
    project.xtask("downgrade --dry-run base").ok().prints(&["would take back 2 revision 2\nwould take back 1"]);
    project.xtask("migrate --dry-run").ok().says(&["Nothing to apply"]);
    assert_eq!(project.history(), "1:upgrade:done 2:upgrade:done");
}

#[test]
fn a_bad_file_among_the_pending_ones_stops_everything_before_it_begins() {
    let Some(project) = Project::new("torn_file") else { return };
    project.tables(3);
    project.revision(3, "2", "create table t3 (x int);\ncomment on table t3 is 'torn off he", "");
    project.xtask("migrate").fails_with(1).says(&["migrations/3_revision.up.sql:4:24", "never closed"]);
    assert_eq!(project.relations(), "");
}

#[test]
fn an_edit_of_layout_is_no_change_and_a_real_one_is_shown() {
    let Some(project) = Project::new("changed_files") else { return };
    project.tables(2);
    project.xtask("migrate").ok();
    project.revision(1, "", "-- a note\nCREATE  TABLE t1(x int) ;\n", "drop table t1;");
    project.xtask("check").ok();
    project.xtask("migrate").ok().never_says(&["warning"]);

    project.revision(1, "", "create table t1 (x bigint);", "drop table t1;");
    project.xtask("check").fails_with(7).says(&[
        "error[revision-changed]: migrations/1_revision.up.sql was changed after it had been applied",
        "-create table t1 (x int);",
        "+create table t1 (x bigint);",
        "by tester@desk",
    ]);
    project.xtask("migrate").ok().says(&[
        "warning[revision-changed]",
        "+create table t1 (x bigint);",
        "Nothing to apply",
    ]);
    // What is not applied any more was not changed.
    project.xtask("downgrade base").ok();
    project.xtask("stamp base").ok();
    project.xtask("check").fails_with(7).never_says(&["revision-changed"]);
}

#[test]
fn a_script_for_psql_makes_the_same_database() {
    let Some(project) = Project::new("offline") else { return };
    project.revision(
        1,
        "",
        "set search_path to pg_temp; create table public.a (x int default 1)",
        "drop table public.a",
    );
    project.bare_revision(
        2,
        "1",
        "create index concurrently i on a (x);\ncomment on index i is E'it''s \\\\ :here' -- end",
        "drop index i;",
    );
    project.revision(3, "2", "create table b (at timestamptz default '2026-01-01 00:00');", "drop table b;");
    let script = project.xtask("migrate --sql").ok().out;
    project.xtask("migrate").ok();
    let other = crate::support::postgres::database("offline_other");
    other.psql(
        "alter role postgres in database \"x\" set timezone to 'Asia/Tokyo'".replace("\"x\"", other.name()).as_str(),
    );
    other.psql(&script);
    let dump = "set timezone to 'UTC'; select string_agg(concat_ws(' ', c.oid::regclass, relkind, attname, atttypid::regtype, \
                  pg_get_expr(adbin, adrelid), pg_get_indexdef(c.oid), obj_description(c.oid)), E'\\n' \
                  order by c.oid::regclass::text, attnum) \
                from pg_class c join pg_attribute on attrelid = c.oid left join pg_attrdef on (adrelid, adnum) = (attrelid, attnum) \
                where relnamespace in ('public'::regnamespace, 'xtask'::regnamespace); \
                select version_num from alembic_version; \
                select revision, direction, state, checksum, up_sql, down_sql from xtask.history order by id";
    assert_eq!(project.psql(dump), other.psql(dump));

    let script = project.xtask("downgrade --sql head:1").ok().out;
    project.psql(&script);
    assert_eq!((project.version().as_str(), project.relations().as_str()), ("1", "a"));
    let script = project.xtask("migrate --sql 1:2").ok().out;
    project.psql(&script);
    assert_eq!((project.version().as_str(), project.relations().as_str()), ("2", "a i"));
    project.xtask("migrate").ok();
    assert_eq!(project.version(), "3");
}

#[test]
fn what_a_revision_says_is_shown() {
    let Some(project) = Project::new("notices") else { return };
    let speaking = "do $$ begin raise notice 'moved % rows', 3; raise debug 'not for everybody'; end $$;";
    project.revision(1, "", speaking, "select 1;");
    let outcome = project.xtask("migrate").ok().says(&["Notice moved 3 rows", "Applied 1"]);
    assert_eq!(outcome.err.matches("Notice").count(), 1, "nothing of the tool's own: {}", outcome.err);
}

#[test]
fn an_extension_that_the_server_lacks_is_named_before_anything_is_applied() {
    let Some(project) = Project::new("lacks_extension") else { return };
    project.tables(1);
    project.revision(2, "1", "create extension if not exists no_such_extension;", "drop extension no_such_extension;");
    project.xtask("migrate").fails_with(3).says(&[
        "error[extension-missing]: the migrations need the extension no_such_extension, which the server does not have",
        "nothing was applied",
    ]);
    assert_eq!(project.relations(), "", "not even what comes before it");
}
