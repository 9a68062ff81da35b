//! `migrate-autogenerate`, `schema diff` and `check` on projects whose schema stands in `.sql` files.

use crate::support::applying::until;
use crate::support::postgres::{self, TestDatabase};
use crate::support::project::{Run, TestProject};

/// A project that states its schema in `models/schema.sql`, with a database of its own.
struct Project {
    project: TestProject,
    database: TestDatabase,
}

impl Project {
    fn xtask(&self, arguments: &[&str]) -> Run {
        self.project.run_on(&self.database.url(), arguments)
    }

    fn autogenerate(&self, message: &str, more: &[&str]) -> Run {
        self.xtask(&[&["migrate-autogenerate", "-m", message], more].concat())
    }

    fn migrate(&self) {
        self.xtask(&["migrate"]).expect(0);
    }

    fn psql(&self, sql: &str) -> String {
        self.database.psql(sql)
    }

    fn write(&self, file: &str, text: &str) {
        self.project.write(file, text);
    }
}

/// `None` where there is no PostgreSQL.
fn project(hint: &str, schema: &str) -> Option<Project> {
    if !postgres::present() {
        return None;
    }
    let project = Project { project: TestProject::new(), database: postgres::database(hint) };
    project.write("xtask.toml", "[models]\nsource = \"sql\"\n");
    project.write("models/schema.sql", schema);
    Some(project)
}

/// The up file that was written last.
fn newest_up(project: &Project) -> String {
    let names = project.project.migrations();
    let name = names.iter().rfind(|name| name.ends_with(".up.sql")).expect("a revision");
    std::fs::read_to_string(project.project.path(&format!("migrations/{name}"))).expect("a file")
}

const RUNS: &str = "create table runs (id bigint generated always as identity primary key, reactor text);\n";

#[test]
fn what_is_written_applies_and_leaves_nothing_to_write() {
    let Some(project) = project("autogenerate", RUNS) else { return };
    let written = project.autogenerate("first", &[]).expect(0);
    assert!(written.stderr.contains("Proved"), "{}", written.stderr);
    project.migrate();
    let again = project.autogenerate("again", &[]).expect(0);
    assert!(again.stderr.contains("Models and database agree"), "{}", again.stderr);
    project.psql("insert into runs (reactor) values ('a')");

    let view = "create view names as select reactor from runs;\n";
    project.write("models/schema.sql", &format!("{RUNS}{view}"));
    project.autogenerate("view", &[]).expect(0);
    project.migrate();
    let wider = RUNS.replace("reactor text", "reactor varchar(20)");
    project.write("models/schema.sql", &format!("{wider}{view}"));
    project.autogenerate("narrower", &[]).expect(0);
    let up = newest_up(&project);
    assert!(up.contains("DROP VIEW public.names") && up.contains("CREATE VIEW public.names"), "{up}");
    project.migrate();
    assert_eq!(project.psql("select reactor from names"), "a");
    project.xtask(&["check"]).expect(0);
    project.xtask(&["downgrade", "-1", "--yes"]).expect(0);
    assert_eq!(
        project.psql("select format_type(atttypid, atttypmod) from pg_attribute where attname = 'reactor' and attrelid = 'runs'::regclass"),
        "text"
    );
    nothing_is_left_behind(&project);
}

/// Scratch databases that are there now are those of other tests at work, and will be gone soon.
fn nothing_is_left_behind(project: &Project) {
    let names = "select quote_literal(datname) from pg_database where datname like 'xtask_scratch%'";
    let names = project.psql(names).replace('\n', ", ");
    let names = if names.is_empty() { "''".to_owned() } else { names };
    let left = format!("select count(*) from pg_database where datname in ({names})");
    until(&format!("none of {names} is left behind"), || project.psql(&left) == "0");
}

#[test]
fn revisions_that_need_more_than_an_empty_database_are_told() {
    let Some(project) = project("not_from_empty", RUNS) else { return };
    project.psql("create table by_hand (id int)");
    let up = "insert into by_hand values (1);";
    project.project.revision("20260101000000_first", "First", &["revision: 20260101000000", "revises:"], up, "");
    project.migrate();
    project.write("models/schema.sql", &format!("{RUNS}create table by_hand (id int);\n"));
    let written = project.autogenerate("runs", &[]).expect(0);
    assert!(written.stderr.contains("warning[proof-without-revisions]"), "{}", written.stderr);
    assert!(written.stderr.contains("20260101000000_first.up.sql"), "{}", written.stderr);
    assert!(written.stderr.contains("by_hand\" does not exist"), "{}", written.stderr);
    assert!(written.stderr.contains("Proved"), "{}", written.stderr);
}

#[test]
fn a_rename_is_never_guessed() {
    let Some(project) = project("rename", RUNS) else { return };
    project.autogenerate("first", &[]).expect(0);
    project.migrate();
    project.psql("insert into runs (reactor) values ('a')");
    project.write("models/schema.sql", &RUNS.replace("reactor", "vessel"));
    let refused = project.autogenerate("rename", &[]).expect(8);
    assert!(refused.stderr.contains("rename-undecided"), "{}", refused.stderr);
    assert!(refused.stderr.contains("--rename public.runs.reactor:vessel"), "{}", refused.stderr);
    let unknown = project.autogenerate("rename", &["--rename", "runs.colour:x"]).expect(2);
    assert!(unknown.stderr.contains("has no column colour"), "{}", unknown.stderr);
    for told in ["runs.reactor:vesel", "runs:batches"] {
        let unwanted = project.autogenerate("rename", &["--rename", told]).expect(2);
        assert!(unwanted.stderr.contains("error[rename-unknown]"), "{}", unwanted.stderr);
        assert!(unwanted.stderr.contains("wanted"), "{}", unwanted.stderr);
    }
    project.autogenerate("rename", &["--rename", "runs.reactor:vessel"]).expect(0);
    project.migrate();
    assert_eq!(project.psql("select vessel from runs"), "a");
}

#[test]
fn a_required_column_is_filled_or_fails_loudly() {
    let Some(project) = project("backfill", RUNS) else { return };
    project.autogenerate("first", &[]).expect(0);
    project.migrate();
    project.psql("insert into runs (reactor) values ('a')");
    project.write("models/schema.sql", &RUNS.replace("reactor text", "reactor text, grade int not null"));
    let written = project.autogenerate("grade", &[]).expect(0);
    assert!(written.stderr.contains("Fill in what rows of public.runs without grade get"), "{}", written.stderr);
    let failed = project.xtask(&["migrate"]).expect(6);
    assert!(failed.stderr.contains("contains null values"), "{}", failed.stderr);
    // What the script asks for can be written where it asks.
    let names = project.project.migrations();
    let up = names.iter().rfind(|name| name.ends_with("_grade.up.sql")).expect("the revision");
    let asked = project.project.path(&format!("migrations/{up}"));
    let text = std::fs::read_to_string(&asked).expect("a file");
    let update = "UPDATE public.runs SET grade = … WHERE grade IS NULL;";
    assert!(text.contains(&format!("--   {update}")), "{text}");
    std::fs::write(&asked, text.replace(&format!("--   {update}"), &update.replace('…', "2"))).expect("our own file");
    project.migrate();
    assert_eq!(project.psql("select grade from runs"), "2");
    project.xtask(&["downgrade", "-1", "--yes"]).expect(0);
    for name in project.project.migrations().iter().filter(|name| name.contains("_grade.")) {
        std::fs::remove_file(project.project.path(&format!("migrations/{name}"))).expect("removed");
    }
    project.autogenerate("grade", &["--backfill", "runs.grade=3"]).expect(0);
    project.migrate();
    assert_eq!(project.psql("select grade from runs"), "3");
}

/// What is shown is a command that can be copied: the message, and what was told already.
#[test]
fn the_command_that_says_what_was_renamed_is_whole() {
    let schema = "create table sites (id int primary key, name text);\ncreate type mood as enum ('very sad', 'ok');\n";
    let Some(project) = project("rename_command", &format!("{RUNS}{schema}")) else { return };
    project.autogenerate("first", &[]).expect(0);
    project.migrate();
    let renamed = format!("{RUNS}{schema}").replace("reactor", "vessel").replace("name text", "title text");
    project.write("models/schema.sql", &renamed.replace("very sad", "blue"));
    let refused = project.autogenerate("What it is now", &["--rename", "sites.name:title"]).expect(8);
    let command = "cargo xtask migrate-autogenerate -m \"What it is now\" --rename sites.name:title";
    let rest = "--rename public.runs.reactor:vessel --rename \"public.mood.very sad:blue\"";
    assert!(refused.stderr.contains(&format!("{command} {rest}\n")), "{}", refused.stderr);
    assert!(refused.stderr.contains(&format!("{command} --no-renames\n")), "{}", refused.stderr);
}

#[test]
fn a_value_that_the_server_does_not_take_is_told_as_such() {
    let Some(project) = project("backfill_refused", RUNS) else { return };
    project.autogenerate("first", &[]).expect(0);
    project.migrate();
    project.write("models/schema.sql", &RUNS.replace("reactor text", "reactor text, grade int not null"));
    for (value, why) in
        [("5 +", "syntax error at or near"), ("'x'", "invalid input syntax"), ("best", "does not exist")]
    {
        let refused = project.autogenerate("grade", &["--backfill", &format!("runs.grade={value}")]).expect(2);
        let told =
            format!("error[backfill-refused]: the server does not take {value} as the value of public.runs.grade: ");
        assert!(refused.stderr.contains(&told) && refused.stderr.contains(why), "{}", refused.stderr);
        assert!(project.project.migrations().iter().all(|name| !name.contains("grade")), "nothing is written");
    }
}

#[test]
fn a_side_that_is_none_is_told_with_those_that_there_are() {
    let Some(project) = project("side_unknown", RUNS) else { return };
    project.write("models/notes.txt", "");
    for (side, why) in
        [("modles", "there is no file or folder modles"), ("models/notes.txt", "is neither a .sql file nor a folder")]
    {
        let unknown = project.xtask(&["schema", "diff", "--from", side]).expect(2);
        assert!(unknown.stderr.contains("error[side-unknown]") && unknown.stderr.contains(why), "{}", unknown.stderr);
        assert!(unknown.stderr.contains("a side is models, migrations, database"), "{}", unknown.stderr);
    }
    std::fs::create_dir(project.project.path("empty")).expect("a folder");
    let empty = project.xtask(&["schema", "diff", "--from", "empty"]).expect(2);
    assert!(empty.stderr.contains("error[wanted-missing]"), "{}", empty.stderr);
}

/// What waits for a value is proved with one, also where it is the revisions that put rows into the table.
#[test]
fn a_required_column_of_a_table_that_revisions_fill_waits_for_its_value() {
    let Some(project) = project("backfill_seeded", RUNS) else { return };
    let up = format!("{RUNS}insert into runs (reactor) values ('a'), ('b');");
    project.project.revision("1_a", "First", &["revision: a1", "revises:"], &up, "drop table runs;");
    project.migrate();
    project.write("models/schema.sql", &RUNS.replace("reactor text", "reactor text, grade int not null"));
    let written = project.autogenerate("grade", &[]).expect(0);
    assert!(written.stderr.contains("Fill in what rows of public.runs without grade get"), "{}", written.stderr);
    assert!(written.stderr.contains("Proved"), "{}", written.stderr);
    assert!(newest_up(&project).contains("--   UPDATE public.runs SET grade = … WHERE grade IS NULL;"), "it is open");
}

#[test]
fn a_value_that_no_row_waits_for_is_refused() {
    let Some(project) = project("backfill_unneeded", RUNS) else { return };
    project.autogenerate("first", &[]).expect(0);
    project.migrate();
    let more = "reactor text, grade int not null default 5);\ncreate table labs (code text not null";
    project.write("models/schema.sql", &RUNS.replace("reactor text", more));
    for told in ["runs.reactor='a'", "runs.grade=3", "labs.code='a'", "runs.id=7"] {
        let refused = project.autogenerate("more", &["--backfill", told]).expect(2);
        assert!(refused.stderr.contains("error[backfill-unknown]"), "{told}: {}", refused.stderr);
        assert!(refused.stderr.contains("no row waits for a value"), "{told}: {}", refused.stderr);
    }
    project.write("models/schema.sql", &RUNS.replace("reactor text", "reactor text not null default 'b'"));
    project.psql("insert into runs (reactor) values (null)");
    project.autogenerate("names", &["--backfill", "runs.reactor='a'"]).expect(0);
    project.migrate();
    assert_eq!(project.psql("select reactor from runs"), "a", "a default gives nothing to a column that is there");
}

#[test]
fn views_of_databases_follow_renames() {
    let Some(project) = project("diff_from", RUNS) else { return };
    let other = postgres::database("diff_to");
    project.psql("create table t (a int, b text); create view v as select a, b from t");
    other.psql("create table t (x int, b text); create view v as select x as a, b from t");
    let sides = ["schema", "diff", "--from", "database", "--to", &other.url()];
    let undecided = project.xtask(&sides).expect(8);
    assert!(undecided.stderr.contains("cargo xtask schema diff --from database --to"), "{}", undecided.stderr);
    let told = project.xtask(&[&sides[..], &["--rename", "t.a:x"]].concat()).expect(0);
    assert_eq!(told.stdout.trim(), "-- public.t: column a becomes x\nALTER TABLE public.t RENAME COLUMN a TO x;");
}

#[test]
fn check_finds_what_models_and_database_differ_in() {
    let Some(project) = project("check_models", RUNS) else { return };
    project.autogenerate("first", &[]).expect(0);
    let behind = project.autogenerate("second", &[]).expect(5);
    assert!(behind.stderr.contains("autogenerate-behind"), "{}", behind.stderr);
    project.migrate();
    project.xtask(&["check"]).expect(0);
    project.psql("alter table runs add column stray text");
    let found = project.xtask(&["check"]).expect(7);
    assert!(found.stderr.contains("public.runs: column stray dropped"), "{}", found.stderr);
}

#[test]
fn two_files_are_compared_on_the_server() {
    let Some(project) = project("schema_diff", RUNS) else { return };
    project.write("old.sql", "create table t (a int check (a > 0), b text default 'x');");
    project.write(
        "new.sql",
        "create table t (a integer, b text default 'x'::text, constraint t_a_check check ((a) > (0)));",
    );
    let same = project.xtask(&["schema", "diff", "--from", "old.sql", "--to", "new.sql"]).expect(0);
    assert_eq!(same.stdout, "", "only the words differ");
    project.write("new.sql", "create table t (b text);");
    let differs =
        project.xtask(&["schema", "diff", "--from", "old.sql", "--to", "new.sql", "--format", "json"]).expect(0);
    let value: serde_json::Value = serde_json::from_str(&differs.stdout).expect("JSON");
    assert_eq!(value["changes"][0]["destroys"][0], "the column public.t.a and its values");
    project.write("new.sql", "create table t (b text);\ncreate table u (x nonsense);");
    let fails = project.xtask(&["schema", "diff", "--from", "old.sql", "--to", "new.sql"]).expect(1);
    assert!(fails.stderr.contains("wanted-failed") && fails.stderr.contains("new.sql:2:"), "{}", fails.stderr);
    project.xtask(&["schema", "diff", "--from", "nothing.sql", "--to", "new.sql"]).expect(2);
}

/// The note that models and database agree, with the time at which it was written.
fn note(project: &Project) -> Option<(std::path::PathBuf, std::time::SystemTime)> {
    let folder = std::fs::read_dir(project.project.path(".xtask/cache/agreed")).ok()?;
    let notes = folder.map(|entry| entry.expect("an entry"));
    let notes = notes.map(|entry| (entry.path(), entry.metadata().and_then(|it| it.modified()).expect("a time")));
    notes.max_by_key(|(_, written)| *written)
}

#[test]
fn what_has_agreed_is_not_made_and_compared_again() {
    let Some(project) = project("autogenerate_agreed", RUNS) else { return };
    let agrees = || {
        let told = project.autogenerate("again", &[]).expect(0).stderr;
        assert!(told.contains("Models and database agree"), "{told}");
        note(&project).expect("a note")
    };
    project.autogenerate("first", &[]).expect(0);
    assert!(note(&project).is_none(), "they did not agree");
    project.migrate();
    let first = agrees();
    assert_eq!(agrees(), first, "nothing was made again, or the note would be newer");
    project.xtask(&["check"]).expect(0);
    assert_eq!(note(&project).as_ref(), Some(&first), "check and autogenerate know the same");

    // What changes is seen, on either side; a change that means nothing is looked at once.
    project.write("models/schema.sql", &format!("-- a remark\n{RUNS}"));
    let second = agrees();
    assert_ne!(second, first);
    project.write("views/names.sql", "create view names as select reactor from runs;\n");
    project.xtask(&["check"]).expect(7);
    std::fs::remove_file(project.project.path("views/names.sql")).expect("it was written");
    assert_eq!(agrees(), second);
    project.psql("alter table runs add by_hand int");
    project.xtask(&["check"]).expect(7);
    project.psql("alter table runs drop by_hand");
    assert_eq!(agrees(), second);

    // A torn note is none.
    std::fs::write(&second.0, "content\t").expect("it can be written");
    agrees();
    assert!(std::fs::read_to_string(&second.0).expect("a note").ends_with("end\n"));

    // What is told on the command line is judged all the same.
    let told = project.autogenerate("again", &["--rename", "nothing:something"]);
    assert_ne!(told.code, 0, "{}", told.stderr);
}

#[test]
fn what_is_made_elsewhere_stays() {
    let Some(project) = project("autogenerate_elsewhere", RUNS) else { return };
    // One that goes into any schema.
    let extension = project
        .psql("select name from pg_available_extension_versions where schema is null and requires is null order by name limit 1");
    project.psql("do $$ begin create role elsewhere; exception when duplicate_object then null; end $$");
    project.psql(&format!("create schema ext; create extension \"{extension}\" schema ext; {RUNS}"));
    project.psql("grant select on runs to elsewhere; grant usage on schema public to elsewhere");
    let told = project.autogenerate("first", &[]).expect(0);
    assert!(told.stderr.contains("Models and database agree"), "{}", told.stderr);
    assert!(told.stderr.contains(&format!("no file states extension {extension}, which stays")), "{}", told.stderr);

    // Whoever states grants states all of them.
    project.write("models/schema.sql", &format!("{RUNS}grant insert on runs to elsewhere;\n"));
    let told = project.autogenerate("grants", &["--dry-run"]).expect(0);
    assert!(told.stdout.contains("GRANT INSERT ON TABLE public.runs TO elsewhere"), "{}", told.stdout);
    assert!(told.stdout.contains("REVOKE SELECT ON TABLE public.runs FROM elsewhere"), "{}", told.stdout);
}

#[test]
fn references_to_what_is_left_out_are_told() {
    let Some(project) = project("autogenerate_left_out", RUNS) else { return };
    project.write("xtask.toml", "[models]\nsource = \"sql\"\n[autogenerate]\nexclude = [\"legacy.*\"]\n");
    let sites = "create schema legacy; create table legacy.sites (id int primary key);\n";
    let without = format!("{sites}create table runs (id bigint primary key, site_id int);\n");
    project.psql(&without);
    project.write("models/schema.sql", &without);
    let told = project.autogenerate("same", &[]).expect(0);
    assert!(!told.stderr.contains("reference-left-out"), "{}", told.stderr);
    project.write("models/schema.sql", &without.replace("site_id int", "site_id int references legacy.sites"));
    for _ in 0..2 {
        let told = project.autogenerate("reference", &[]).expect(0);
        assert!(told.stderr.contains("warning[reference-left-out]"), "it is told each time: {}", told.stderr);
        assert!(told.stderr.contains("foreign key of public.runs (site_id) to legacy.sites"), "{}", told.stderr);
    }
    project.psql("alter table runs add foreign key (site_id) references legacy.sites");
    let told = project.autogenerate("both", &[]).expect(0);
    assert!(!told.stderr.contains("reference-left-out"), "both have it: {}", told.stderr);
}

#[test]
fn what_rests_on_a_renamed_column_stays_where_it_is() {
    let views = "create view names as select reactor as name from runs;\n\
                 create materialized view counts as select reactor as name, count(*) from runs group by reactor;\n\
                 create unique index counts_name on counts (name);\n";
    let Some(project) = project("autogenerate_renamed", &format!("{RUNS}{views}")) else { return };
    project.autogenerate("first", &[]).expect(0);
    project.migrate();
    let wanted = format!("{RUNS}{views}").replace("reactor", "vessel");
    project.write("models/schema.sql", &wanted);
    let told = project.autogenerate("rename", &["--rename", "runs.reactor:vessel"]).expect(0);
    assert!(told.stderr.contains("its sample rows survive"), "{}", told.stderr);
    let up = newest_up(&project);
    assert!(up.contains("RENAME COLUMN reactor TO vessel"), "{up}");
    assert!(!up.contains("VIEW"), "{up}");
    project.migrate();
    project.xtask(&["check"]).expect(0);
}
