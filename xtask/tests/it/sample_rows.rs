//! Sample rows in the proof of `migrate-autogenerate`: which survive, which are refused, and what would be lost.

use xtask::diff::{Renamed, Renames};
use xtask::plan::{Answers, Plan};
use xtask::postgres::Scope;
use xtask::sample::{Samples, lost};
use xtask::schema::{ObjectId, QualifiedName};

use crate::support::postgres::{self, TestDatabase};
use crate::support::project::{Run, TestProject};
use crate::support::session::session;

/// A project that states its schema in `models/schema.sql`, and a database that has the first of two schemas.
struct Project {
    project: TestProject,
    database: TestDatabase,
}

impl Project {
    /// `None` where there is no PostgreSQL.
    fn with(hint: &str, schema: &str) -> Option<Self> {
        if !postgres::present() {
            return None;
        }
        let it = Self { project: TestProject::new(), database: postgres::database(hint) };
        it.project.write("xtask.toml", "[models]\nsource = \"sql\"\n");
        it.database.psql(schema);
        Some(it)
    }

    /// What autogenerate says of the way to another schema.
    fn change_to(&self, schema: &str, more: &[&str]) -> Run {
        self.project.write("models/schema.sql", schema);
        let arguments = [&["migrate-autogenerate", "-m", "change"], more].concat();
        self.project.run_on(&self.database.url(), &arguments)
    }

    fn up_file(&self) -> String {
        let names = self.project.migrations();
        let name = names.iter().rfind(|name| name.ends_with(".up.sql")).expect("a revision");
        std::fs::read_to_string(self.project.path(&format!("migrations/{name}"))).expect("a file")
    }
}

#[track_caller]
fn says(run: &Run, parts: &[&str]) {
    for part in parts {
        assert!(run.stderr.contains(part), "{part:?} is not said:\n{}", run.stderr);
    }
}

#[track_caller]
fn says_not(run: &Run, part: &str) {
    assert!(!run.stderr.contains(part), "{part:?} is said:\n{}", run.stderr);
}

const SURVIVE: &str = "its sample rows survive";

#[tokio::test]
async fn a_rename_that_loses_values_is_caught() {
    if !postgres::present() {
        return;
    }
    let schema = "create table runs (id int generated always as identity primary key, reactor text not null)";
    for (script, is_lost) in [
        ("ALTER TABLE runs RENAME COLUMN reactor TO vessel", false),
        ("ALTER TABLE runs DROP COLUMN reactor, ADD COLUMN vessel text NOT NULL DEFAULT ''", true),
        ("ALTER TABLE runs RENAME COLUMN reactor TO vessel; DELETE FROM runs WHERE vessel = 'a'", true),
        ("ALTER TABLE runs RENAME COLUMN reactor TO vessel; INSERT INTO runs (vessel) VALUES ('c')", true),
        ("ALTER TABLE runs RENAME COLUMN reactor TO vessel; UPDATE runs SET vessel = 'ab' WHERE vessel = 'b'", true),
    ] {
        let (before, after) = (postgres::database("rename_rows"), postgres::database("rename_rows"));
        before.psql(schema);
        after.psql(&schema.replace("reactor", "vessel"));
        let (mut from, mut to) = (session(&before).await, session(&after).await);
        let current = from.introspect(&Scope::default()).await.expect("a schema");
        let wanted = to.introspect(&Scope::default()).await.expect("a schema");
        let reactor = ObjectId::Column(QualifiedName::public("runs"), "reactor".to_owned());
        let renames = Renames(vec![Renamed::Part(reactor, "vessel".to_owned())]);
        let answers = Answers { renames: renames.clone(), ..Answers::default() };
        let plan = Plan::between(&current, &wanted, &answers).expect("no circle");
        let samples = Samples::of(&current, &wanted, &renames, plan.up.statements());
        assert_eq!(from.insert_samples(&samples).await.expect("a session"), []);
        let rows = from.sample_rows(&samples, false).await.expect("rows");
        assert!(rows[0].count >= 2, "{rows:?}");
        from.run_text(script).await.expect("it applies");
        let now = from.sample_rows(&samples, true).await.expect("rows");
        let what = lost(&samples.tables[0].columns, &rows[0], &now[0], samples.exactly);
        assert_eq!(what.is_some(), is_lost, "{script}: {what:?}");
    }
}

#[test]
fn a_column_that_becomes_required_is_filled() {
    let schema = "create table runs (id int generated always as identity primary key, grade int);";
    let Some(project) = Project::with("sample_not_null", schema) else { return };
    let wanted = schema.replace("grade int", "grade int not null check (grade > 2)");
    let told = project.change_to(&wanted, &["--dry-run"]).expect(0);
    says(&told, &["Fill in", "in the up file", SURVIVE]);
    says_not(&told, "rows-refused");
    let told = project.change_to(&wanted, &["--backfill", "runs.grade=3"]).expect(0);
    says(&told, &[SURVIVE]);
    says_not(&told, "rows-refused");
}

#[test]
fn a_backfill_that_rows_refuse_is_told() {
    let schema = "create table runs (id int generated always as identity primary key, grade int);";
    let Some(project) = Project::with("sample_backfill", schema) else { return };
    let wanted = schema.replace("grade int", "grade int not null check (grade > 2)");
    let told = project.change_to(&wanted, &["--backfill", "runs.grade=1"]).expect(0);
    says(&told, &["warning[rows-refused]", "the up script:", "ADD CONSTRAINT", "it was tried with", "Proved"]);
}

#[test]
fn a_new_type_takes_the_values_that_it_can_read() {
    let schema = "create table runs (id int generated always as identity primary key, grade text, made timestamptz, \
                  note varchar(50));";
    let Some(project) = Project::with("sample_types", schema) else { return };
    let wanted = schema.replace("grade text", "grade int").replace("timestamptz", "date").replace("(50)", "(5)");
    let told = project.change_to(&wanted, &[]).expect(0);
    says(&told, &["warning[rows-refused]", "public.runs", "a row whose value does not fit the new type", SURVIVE]);
    let file = project.up_file();
    assert!(file.contains("-- up may fail on rows of public.runs: "), "{file}");
}

/// Rows are made of domains over an enum, of arrays of these, and of composite types with them, though checks refuse some labels.
#[test]
fn an_enum_below_other_types_loses_a_value() {
    let schema = "create type mood as enum ('sad', 'ok', 'happy');\n\
                  create domain good_mood as mood constraint is_good check (value <> 'sad');\n\
                  create type moods as (before mood, after good_mood);\n\
                  create table person (id int generated always as identity primary key, later good_mood not null,\n    \
                  all_of_them good_mood[] not null, moods moods not null);";
    let Some(project) = Project::with("sample_nested", schema) else { return };
    let told = project.change_to(&schema.replace(", 'happy'", ""), &[]).expect(0);
    says(&told, &["public.mood: 'happy' removed", SURVIVE]);
    says_not(&told, "Unproved");
}

#[test]
fn a_wider_type_refuses_nothing() {
    let schema =
        "create table runs (id int generated always as identity primary key, note varchar(50), n numeric(4,1));";
    let Some(project) = Project::with("sample_wider", schema) else { return };
    let told = project.change_to(&schema.replace("(50)", "(500)").replace("(4,1)", "(6,1)"), &[]).expect(0);
    says(&told, &[SURVIVE]);
    says_not(&told, "rows-refused");
}

#[test]
fn rows_keep_the_values_that_an_enum_keeps() {
    let schema = "create type mood as enum ('sad', 'ok', 'happy');\n\
                  create table people (id int generated always as identity primary key, mood mood not null default 'ok', \
                  moods mood[]);";
    let Some(project) = Project::with("sample_enum", schema) else { return };
    let told = project.change_to(&schema.replace("'sad', ", ""), &[]).expect(0);
    says(&told, &["warning[rows-refused]", "public.people", "invalid input value for enum mood: \"sad\"", SURVIVE]);
}

#[test]
fn equal_rows_and_references_to_nothing_are_told() {
    let schema = "create table sites (code text primary key);\n\
                  create table runs (id int generated always as identity primary key, site text, name text);";
    let Some(project) = Project::with("sample_keys", schema) else { return };
    let unique = schema.replace("name text", "name text unique");
    let told = project.change_to(&unique, &["--dry-run"]).expect(0);
    says(&told, &["warning[rows-refused]", "a row that has the same values as another one", "is duplicated", SURVIVE]);
    let tied = schema.replace("site text", "site text references sites");
    let told = project.change_to(&tied, &["--dry-run"]).expect(0);
    says(&told, &["warning[rows-refused]", "a row that refers to nothing", "foreign key", SURVIVE]);
}

#[test]
fn a_table_that_is_split_keeps_what_is_not_dropped() {
    let schema = "create table runs (id int generated always as identity primary key, name text not null unique, \
                  operator text not null, phone text);";
    let Some(project) = Project::with("sample_split", schema) else { return };
    let wanted = "create table operators (id int generated always as identity primary key, operator text not null, \
                  phone text);\n\
                  create table runs (id int generated always as identity primary key, name text not null unique, \
                  operator_id int references operators);";
    let told = project.change_to(wanted, &["--no-renames"]).expect(0);
    says(&told, &["Destroys the column public.runs.operator and its values", SURVIVE]);
    says(&told, &["see `-- backfill:` in the down file"]);
    says_not(&told, "rows-refused");
}

#[test]
fn partitions_get_the_rows_that_they_take() {
    let schema = "create table logs (day date not null, kind text not null, note varchar(9), primary key (day, kind)) \
                  partition by range (day);\n\
                  create table logs_24 partition of logs for values from ('2024-01-01') to ('2025-01-01');\n\
                  create table logs_25 partition of logs for values from ('2025-01-01') to ('2026-01-01') \
                  partition by list (kind);\n\
                  create table logs_25_a partition of logs_25 for values in ('a', 'b');\n\
                  create table logs_rest partition of logs default;";
    let Some(project) = Project::with("sample_partitions", schema) else { return };
    let told =
        project.change_to(&schema.replace("note varchar(9)", "note varchar(20), more int not null default 0"), &[]);
    says(&told.expect(0), &["sample rows of 3 tables survive"]);
}

#[test]
fn a_partition_that_is_detached_takes_its_rows_along() {
    let schema = "create table logs (day date not null, note text) partition by range (day);\n\
                  create table logs_24 partition of logs for values from ('2024-01-01') to ('2025-01-01');\n";
    let Some(project) = Project::with("sample_detached", schema) else { return };
    let wanted = schema.replace(
        " partition of logs for values from ('2024-01-01') to ('2025-01-01')",
        " (day date not null, note text)",
    );
    says(&project.change_to(&wanted, &[]).expect(0), &["detached", SURVIVE]);
}

#[test]
fn rows_refer_to_each_other_in_circles_and_meet_checks() {
    let schema = "create table a (id int primary key, b_id int not null, up int not null references a, \
                  code text not null check (length(code) = 5), low int, high int, check (high > low + 100), x int);\n\
                  create table b (id int primary key, a_id int not null references a deferrable initially deferred);\n\
                  alter table a add foreign key (b_id) references b deferrable;";
    let Some(project) = Project::with("sample_circle", schema) else { return };
    let told = project.change_to(&schema.replace("x int)", "x bigint)"), &[]).expect(0);
    says(&told, &[SURVIVE]);
    says_not(&told, "rows-refused");
    says_not(&told, "Unproved");
}

#[test]
fn a_table_that_takes_no_row_is_named() {
    let schema = "create table odd (a int, b int, check (a < 0 and a > 0));";
    let Some(project) = Project::with("sample_none", schema) else { return };
    let told = project.change_to(&schema.replace("b int", "b bigint"), &[]).expect(0);
    says(&told, &["Unproved", "public.odd", "violates check constraint", "Proved"]);
    assert!(project.up_file().contains("-- not proved on rows of public.odd"), "{}", project.up_file());
}

#[test]
fn rows_move_into_the_new_partitions_of_a_table() {
    let schema = "create table logs (id bigserial, day date not null, kind text not null, note text, \
                  primary key (id, day, kind)) partition by range (day);\n\
                  create table logs_a partition of logs for values from ('2024-01-01') to ('2025-01-01');\n\
                  create table logs_b partition of logs default;\n\
                  create view notes as select note from logs;\n\
                  create index logs_note on logs (note);";
    let Some(project) = Project::with("sample_repartition", schema) else { return };
    project
        .database
        .psql("insert into logs (day, kind, note) values ('2024-05-01', 'a', 'x'), ('2023-05-01', 'b', 'y')");
    let wanted = "create table logs (id bigserial, day date not null, kind text not null, note text, \
                  primary key (id, day, kind)) partition by list (kind);\n\
                  create table logs_a partition of logs for values in ('a');\n\
                  create table logs_c partition of logs default;\n\
                  create view notes as select note from logs;\n\
                  create index logs_note on logs (note);";
    let told = project.change_to(wanted, &[]).expect(0);
    says(&told, &["rows set aside", "rows brought back", "sample rows of 2 tables survive"]);
    says_not(&told, "Destroys");
    let tool = |arguments: &[&str]| project.project.run_on(&project.database.url(), arguments);
    tool(&["migrate"]).expect(0);
    let rows = "select tableoid::regclass, id, day, kind, note from logs order by id";
    assert_eq!(project.database.psql(rows), "logs_a|1|2024-05-01|a|x\nlogs_c|2|2023-05-01|b|y");
    project.database.psql("insert into logs (day, kind, note) values ('2024-05-01', 'c', 'z')");
    tool(&["downgrade", "-1", "--yes"]).expect(0);
    assert_eq!(
        project.database.psql(rows),
        "logs_a|1|2024-05-01|a|x\nlogs_b|2|2023-05-01|b|y\nlogs_a|3|2024-05-01|c|z"
    );
}

#[test]
fn a_table_becomes_partitioned_with_its_rows() {
    let schema = "create table sites (id int primary key);\n\
                  create table logs (id int primary key, site int not null references sites, note text);\n\
                  create table marks (log int references logs, n int);";
    let Some(project) = Project::with("sample_becomes_partitioned", schema) else { return };
    project
        .database
        .psql("insert into sites values (1); insert into logs values (7, 1, 'x'); insert into marks values (7, 1)");
    let wanted = schema.replace("note text)", "note text) partition by range (id)")
        + "\ncreate table logs_all partition of logs default;";
    let told = project.change_to(&wanted, &[]).expect(0);
    says(&told, &["rows brought back", SURVIVE]);
    project.project.run_on(&project.database.url(), &["migrate"]).expect(0);
    assert_eq!(project.database.psql("select * from logs_all, marks"), "7|1|x|7|1");
}
