//! `adopt`: a project of Alembic becomes one of ours, on the databases that it has. Where an interpreter is needed, it is a
//! script with fixed answers; with Alembic itself `adopt --render` and `--prove` are
//! run by `scripts/adopt_with_alembic`.

use crate::support::postgres;
use crate::support::project::{Run, TestProject};

const INI: &str = "[alembic]\nscript_location = %(here)s/alembic\nprepend_sys_path = .\n";

const ENV: &str = "from alembic import context\nimport shop.models\nfrom sqlmodel import SQLModel\n\
    target_metadata = SQLModel.metadata\n\
    def include_object(obj, name, type_, reflected, compare_to):\n\
    \x20   if type_ == 'table' and name in ['legacy']:\n        return False\n    return True\n";

const PIXI: &str = "[tasks]\nmigrate = \"alembic upgrade head\"\nstart-services = \"docker compose -f infra/docker-compose.yml up -d\"\n\
    lint = \"ruff check\"\ndump = \"pg_dump shop > dump.sql\"\n\
    serve = \"uvicorn web.main:app\"\nscale = \"docker compose up --scale web=3\"\n";

fn script(id: &str, parent: &str, date: &str, up: &str, down: &str) -> String {
    let parent = if parent.is_empty() { "None".to_owned() } else { format!("'{parent}'") };
    format!(
        "\"\"\"make {id}\n\nRevision ID: {id}\nCreate Date: {date}\n\"\"\"\nfrom alembic import op\nimport sqlalchemy as sa\n\n\
         revision = '{id}'\ndown_revision = {parent}\n\ndef upgrade():\n    {up}\n\ndef downgrade():\n    {down}\n"
    )
}

/// A small project on Alembic and pixi.
pub(crate) fn project() -> TestProject {
    let project = TestProject::without_configuration();
    project.write("alembic.ini", INI);
    project.write("alembic/env.py", ENV);
    project.write("pixi.toml", PIXI);
    project.write(".env.example", "POSTGRES_PASSWORD=\n");
    project.write("infra/docker-compose.yml", "services:\n  db:\n    image: postgres:17\n    ports: ['5432:5432']\n");
    project.write("shop/__init__.py", "");
    project.write("lib/web/main.py", "import sqlalchemy\n");
    project.write(
        "shop/models/__init__.py",
        "from sqlmodel import Field, SQLModel\nclass Thing(SQLModel, table=True):\n    id: int = Field(primary_key=True)\n",
    );
    let table = "op.create_table('thing', sa.Column('id', sa.Integer(), primary_key=True))";
    project.write("alembic/versions/a1.py", &script("a1", "", "2024-01-02 03:04:05", table, "op.drop_table('thing')"));
    let view = "op.execute('CREATE MATERIALIZED VIEW things AS SELECT id FROM thing')";
    let drop = "op.execute('DROP MATERIALIZED VIEW things')";
    project.write("alembic/versions/b2.py", &script("b2", "a1", "2024-02-02", view, drop));
    project
}

fn files(project: &TestProject) -> Vec<String> {
    let names = ["xtask.toml", "migrations", "views", "docs"];
    names.iter().filter(|name| project.path(name).exists()).map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_project_is_adopted_as_its_files_say() {
    let project = project();
    let shown = project.run(&["adopt", "--dry-run", "--format", "json"]).expect(0).json();
    assert_eq!(files(&project), [""; 0], "a dry run writes nothing");
    assert_eq!((&shown["revisions"]["static"], &shown["revisions"]["left"]), (&2.into(), &0.into()), "{shown}");
    assert_eq!(shown["compose"], "infra/docker-compose.yml");
    assert!(project.run(&["adopt"]).expect(8).stdout.lines().count() > 5, "it needs a yes");
    assert_eq!(files(&project), [""; 0]);

    project.run(&["adopt", "--yes"]).expect(0);
    let expected = [
        "20240102030405_make_a1.down.sql",
        "20240102030405_make_a1.up.sql",
        "20240202000000_make_b2.down.sql",
        "20240202000000_make_b2.up.sql",
    ];
    assert_eq!(project.migrations(), expected);
    let read = |path: &str| std::fs::read_to_string(project.path(path)).expect("written");
    let config = read("xtask.toml");
    for part in [
        "file = \"infra/docker-compose.yml\"",
        "env-example = \".env.example\"",
        "dir = \"shop/models\"",
        "exclude = [\"legacy\"]",
    ] {
        assert!(config.contains(part), "{config}");
    }
    assert_eq!(read("views/things.sql"), "CREATE MATERIALIZED VIEW things AS SELECT id FROM thing;\n");
    let report = read("docs/adoption-report.md");
    for part in [
        "| `pixi run migrate` | `cargo xtask migrate` |",
        "| `pixi run start-services` | `cargo xtask start-services` |",
    ] {
        assert!(report.contains(part), "{report}");
    }
    for part in [
        "| `pixi run dump` | `pg_dump shop > dump.sql` | it speaks of `pg_dump` |",
        "| `pixi run serve` | `uvicorn web.main:app` | web/main.py speaks of `sqlalchemy` |",
        "| `pixi run scale` | `docker compose up --scale web=3` | `--scale` of `docker compose up` has no like here |",
        "Nothing in these speaks of services or of the database: `lint`.",
    ] {
        assert!(report.contains(part), "{report}");
    }
}

#[test]
fn a_database_that_alembic_made_is_taken_over_as_it_stands() {
    if !postgres::present() {
        return;
    }
    let (project, database) = (project(), postgres::database("adopting"));
    project.run(&["adopt", "--yes"]).expect(0);
    database.psql(
        "create table alembic_version (version_num varchar(32) not null constraint alembic_version_pkc primary key); \
         insert into alembic_version values ('b2'); create table thing (id serial primary key); \
         create materialized view things as select id from thing",
    );
    let run = project.run_on(&database.url(), &["migrate"]).expect(0);
    assert!(run.stderr.contains("Already") || run.stderr.to_lowercase().contains("nothing to"), "{}", run.stderr);
    assert_eq!(database.psql("select version_num from alembic_version"), "b2");
    project.run_on(&database.url(), &["downgrade", "base", "--yes"]).expect(0);
    project.run_on(&database.url(), &["migrate"]).expect(0);
    assert_eq!(database.psql("select version_num, (select count(*) from pg_matviews) from alembic_version"), "b2|1");
}

#[test]
fn what_a_colleague_adds_is_named_and_converted_by_the_next_run() {
    if !postgres::present() {
        return;
    }
    let (project, database) = (project(), postgres::database("adopting_again"));
    project.run(&["adopt", "--yes"]).expect(0);
    let first = std::fs::read_to_string(project.path("migrations/20240102030405_make_a1.up.sql")).expect("there");
    project.write(
        "alembic/versions/c3.py",
        &script("c3", "b2", "2023-01-01", "op.add_column('thing', sa.Column('name', sa.Text()))", "pass"),
    );
    let run = project.run_on(&database.url(), &["migrate"]).expect(0);
    assert!(run.stderr.contains("adopt-pending") && run.stderr.contains("c3"), "{}", run.stderr);
    let changed = script("a1", "", "2024-01-02 03:04:05", "op.execute('SELECT 1')", "pass");
    project.write("alembic/versions/a1.py", &changed);
    let run = project.run(&["adopt", "--yes"]).expect(0);
    assert!(run.stderr.contains("adopt-script-changed"), "{}", run.stderr);
    // Its date is earlier than that of its parent, which the version must not be.
    assert!(project.migrations().contains(&"20240202000001_make_c3.up.sql".to_owned()), "{:?}", project.migrations());
    assert_eq!(
        std::fs::read_to_string(project.path("migrations/20240102030405_make_a1.up.sql")).expect("there"),
        first
    );
    let run = project.run_on(&database.url(), &["migrate"]).expect(0);
    assert!(!run.stderr.contains("adopt-pending"), "{}", run.stderr);
    let run = project.run(&["adopt", "--yes"]).expect(0);
    assert!(run.stderr.contains("nothing new"), "{}", run.stderr);
}

#[test]
fn what_cannot_be_read_refuses_to_be_applied_and_says_where() {
    if !postgres::present() {
        return;
    }
    let (project, database) = (project(), postgres::database("adopting_left"));
    let up = "rows = op.get_bind().execute(sa.text('SELECT id FROM thing'))\n    for row in rows:\n        op.execute(f'DELETE FROM thing WHERE id = {row.id}')";
    project.write("alembic/versions/c3.py", &script("c3", "b2", "2024-03-01", up, "pass"));
    let run = project.run(&["adopt", "--yes"]).expect(0);
    assert!(run.stdout.contains("1 need a person"), "{}", run.stdout);
    let run = project.run_on(&database.url(), &["migrate"]);
    assert!(run.code == 1 && run.stderr.contains("revision-not-converted"), "{}", run.stderr);
    assert_eq!(database.psql("select to_regclass('thing')"), "", "nothing was applied");
    let path = "migrations/20240301000000_make_c3.up.sql";
    let text = std::fs::read_to_string(project.path(path)).expect("there");
    let start = text.find("-- xtask: not converted").expect("the mark");
    project.write(path, &format!("{}DELETE FROM thing;\n", &text[..start]));
    project.run_on(&database.url(), &["migrate"]).expect(0);
    assert_eq!(database.psql("select version_num from alembic_version"), "c3");
}

#[test]
fn bad_input_is_told_with_its_place_and_nothing_is_written_or_run() {
    let cases = [
        ("alembic/versions/z.py", "revision = 'z'\ndown_revision = 'a1'\ndef upgrade(:\n    pass\n", "alembic-syntax"),
        ("alembic/versions/z.py", "revision = 'z'\ndown_revision = 'a1'\nprint 'x'\n", "alembic-syntax"),
        ("alembic/versions/z.py", "revision = 'z'\ndown_revision = 'nowhere'\n", "alembic-parent-missing"),
        ("alembic/versions/z.py", "revision = 'a1'\ndown_revision = None\n", "alembic-revision-twice"),
        ("alembic.ini", "[alembic]\n", "adopt-settings"),
        ("alembic.ini", "[alembic]\nscript_location = nowhere\n", "adopt-no-scripts"),
    ];
    for (path, text, code) in cases {
        let project = project();
        project.write(path, text);
        let run = project.run(&["adopt", "--yes"]);
        assert!(run.code == 2 && run.stderr.contains(&format!("error[{code}]")), "{code}: {}", run.stderr);
        assert_eq!(files(&project), [""; 0], "{code}");
    }
    let empty = TestProject::without_configuration();
    assert!(empty.run(&["adopt"]).expect(2).stderr.contains("adopt-no-alembic"));

    let project = project();
    project.write("precious", "here");
    let text = "import os\nrevision = 'z'\ndown_revision = 'b2'\nos.remove('precious')\n\ndef upgrade():\n    os.remove('precious')\n";
    project.write("alembic/versions/z.py", text);
    project.run(&["adopt", "--yes"]).expect(0);
    assert!(project.path("precious").exists(), "no script is ever run");
}

/// A script that nobody can read, in both directions.
fn unreadable(project: &TestProject) {
    let rows = "[op.execute(f'DELETE FROM thing WHERE id = {i}') for i in __import__('app').ids()]";
    project.write("alembic/versions/c3.py", &script("c3", "b2", "2024-03-01", rows, "__import__('app').back()"));
}

/// An interpreter that starts with this answer and then gives one for each direction.
#[cfg(unix)]
fn interpreter(project: &TestProject, start: &str, up: &str, down: &str) {
    use std::os::unix::fs::PermissionsExt as _;

    let text = format!(
        "#!/bin/sh\necho run >> runs\necho '{start}'\nwhile read -r line; do\n  case $line in\n  \
         *downgrade*) echo '{down}';;\n  *c3.py*) echo '{up}';;\n  esac\ndone\n"
    );
    project.write("env/bin/python", &text);
    let rights = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(project.path("env/bin/python"), rights).expect("our own file");
}

#[cfg(unix)]
const STARTED: &str = r#"{"python": "3.13.0", "alembic": "1.20.1"}"#;
#[cfg(unix)]
const RENDERED: &str =
    r#"{"statements": [{"sql": "DELETE FROM thing WHERE id = 7;", "no_transaction": false, "line": 12}]}"#;
#[cfg(unix)]
const REFUSED: &str = r#"{"failure": {"said": "AttributeError: no execute", "line": 15}}"#;

#[test]
#[cfg(unix)]
fn alembic_renders_what_cannot_be_read_where_that_is_asked_for() {
    let project = project();
    unreadable(&project);
    interpreter(&project, STARTED, RENDERED, REFUSED);
    let asked = ["adopt", "--render", "--python=env", "--dry-run", "--format", "json"];
    let shown = project.run(&asked).expect(0).json();
    assert_eq!((&shown["revisions"]["rendered"], &shown["revisions"]["left"]), (&0.into(), &1.into()), "{shown}");
    let third = &shown["scripts"][2];
    assert_eq!((&third["up"]["rendered_by"], &third["fate"]), (&"Alembic 1.20.1".into(), &"left".into()), "{third}");
    assert_eq!(third["down"]["refused"], "AttributeError: no execute (line 15)");

    project.run(&["adopt", "--render", "--python=env", "--yes"]).expect(0);
    let read = |path: &str| std::fs::read_to_string(project.path(path)).expect("written");
    let (up, down) = ("migrations/20240301000000_make_c3.up.sql", "migrations/20240301000000_make_c3.down.sql");
    assert!(read(up).contains("Rendered by Alembic 1.20.1 in offline mode"), "{}", read(up));
    assert!(read(up).ends_with("\n\nDELETE FROM thing WHERE id = 7;\n"), "{}", read(up));
    assert!(read(down).contains("cannot render it in offline mode:\n--     AttributeError"), "{}", read(down));
    let report = read("docs/adoption-report.md");
    assert!(report.contains("make_c3.up.sql` | up | Alembic 1.20.1 |"), "{report}");
    assert!(report.contains("cannot render it: AttributeError: no execute (line 15)"), "{report}");
}

#[test]
#[cfg(unix)]
fn files_that_wait_are_rendered_later_unless_somebody_has_begun_with_them() {
    let project = project();
    unreadable(&project);
    interpreter(&project, STARTED, RENDERED, RENDERED);
    project.run(&["adopt", "--yes", "--python=env"]).expect(0);
    assert!(!project.path("runs").exists(), "no script is run that nobody asked for");
    let (up, down) = ("migrations/20240301000000_make_c3.up.sql", "migrations/20240301000000_make_c3.down.sql");
    let read = |path: &str| std::fs::read_to_string(project.path(path)).expect("written");
    let begun = format!("{}\nSELECT 'begun';\n", read(down));
    project.write(down, &begun);
    let again = project.run(&["adopt", "--yes", "--render", "--python=env"]).expect(0);
    assert!(again.stdout.contains("1 are rendered by Alembic, 0 need a person (1 of these"), "{}", again.stdout);
    assert!(read(up).contains("Rendered by") && read(up).contains("-- revises: b2\n"), "{}", read(up));
    assert_eq!(read(down), begun, "a person's work stays");
    let last = project.run(&["adopt", "--yes", "--render", "--python=env"]).expect(0);
    assert!(last.stderr.contains("nothing new"), "{}", last.stderr);
}

#[test]
#[cfg(unix)]
fn what_was_rendered_is_there_for_the_guards_of_later_scripts() {
    let project = project();
    unreadable(&project);
    let made = r#"{"statements": [{"sql": "CREATE TABLE made (id INTEGER);", "no_transaction": false, "line": 12}]}"#;
    interpreter(&project, STARTED, made, RENDERED);
    let guarded = "sa.inspect(op.get_bind()).has_table('made') or op.create_table('made', sa.Column('id', sa.Integer))";
    project.write("alembic/versions/d4.py", &script("d4", "c3", "2024-04-01", guarded, "pass"));
    project.run(&["adopt", "--yes", "--render", "--python=env"]).expect(0);
    let read = |path: &str| std::fs::read_to_string(project.path(path)).expect("written");
    let fourth = read("migrations/20240401000000_make_d4.up.sql");
    assert!(fourth.ends_with("-- Nothing is done here.\n"), "{fourth}");

    // The next time it is the file that says so.
    project.write("alembic/versions/e5.py", &script("e5", "d4", "2024-05-01", guarded, "pass"));
    project.run(&["adopt", "--yes"]).expect(0);
    let fifth = read("migrations/20240501000000_make_e5.up.sql");
    assert!(fifth.ends_with("-- Nothing is done here.\n"), "{fifth}");
}

#[test]
#[cfg(unix)]
fn an_interpreter_without_alembic_or_one_that_ends_writes_nothing() {
    let project = project();
    unreadable(&project);
    let without = r#"{"python": "3.13.0", "failure": {"said": "ModuleNotFoundError: alembic", "line": null}}"#;
    for (start, code, status) in [(without, "python-without-alembic", 3), ("oops", "python-answer-unknown", 1)] {
        interpreter(&project, start, RENDERED, RENDERED);
        let run = project.run(&["adopt", "--yes", "--render", "--python=env"]).expect(status);
        assert!(run.stderr.contains(&format!("error[{code}]")), "{}", run.stderr);
    }
    project.write("env/bin/python", &format!("#!/bin/sh\necho '{STARTED}'\nread -r line\necho Killed >&2\nexit 137\n"));
    let run = project.run(&["adopt", "--yes", "--render", "--python=env"]).expect(1);
    assert!(run.stderr.contains("error[python-ended]") && run.stderr.contains("Killed"), "{}", run.stderr);
    let run = project.run(&["adopt", "--yes", "--render", "--python=nowhere"]).expect(3);
    assert!(run.stderr.contains("error[python-missing]"), "{}", run.stderr);
    assert_eq!(files(&project), [""; 0]);
}

/// An interpreter that stands in for Alembic: it has SQL of its own for each step, and runs it in the database that it is told.
#[cfg(unix)]
fn stand_in(project: &TestProject, steps: &[(&str, &str, &str)]) {
    use std::os::unix::fs::PermissionsExt as _;

    let mut text = format!(
        "#!/bin/sh\necho '{STARTED}'\nwhile read -r line; do\n  url=$(echo \"$line\" | sed 's/.*\"url\":\"\\([^\"]*\\)\".*/\\1/')\n  case $line in\n"
    );
    for (revision, is_up, sql) in steps {
        text += &format!("  *'\"revision\":\"{revision}\",\"up\":{is_up}'*) sql=\"{sql}\";;\n");
    }
    text += "  esac\n  if said=$(psql -qX -v ON_ERROR_STOP=1 \"$url\" -c \"$sql\" 2>&1); then echo '{}'; else\n    \
             echo '{\"failure\": {\"said\": \"'$(echo $said | tr -d '\"')'\", \"line\": 7}}'\n  fi\ndone\n";
    project.write("env/bin/python", &text);
    let rights = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(project.path("env/bin/python"), rights).expect("our own file");
}

/// `adopt --prove` beside the stand-in, which needs psql on its path.
#[cfg(unix)]
fn prove(project: &TestProject, url: &str, words: &[&str]) -> Run {
    let mut command = project.command(&[&["adopt", "--yes", "--python=env", "--format", "json"], words].concat());
    let bin = postgres::bin_dir().expect("present");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    Run::of(command.env("DATABASE_URL", url).env("PATH", path))
}

#[cfg(unix)]
const STEPS: [(&str, &str, &str); 4] = [
    ("a1", "true", "CREATE TABLE thing (id serial PRIMARY KEY)"),
    ("a1", "false", "DROP TABLE thing"),
    ("b2", "true", "CREATE MATERIALIZED VIEW things AS SELECT id FROM thing"),
    ("b2", "false", "DROP MATERIALIZED VIEW things"),
];

#[test]
#[cfg(unix)]
fn files_that_do_what_alembic_does_are_proved_at_every_revision_and_back() {
    if !postgres::present() {
        return;
    }
    let (project, database) = (project(), postgres::database("adopting_proof"));
    stand_in(&project, &STEPS);
    let proof = prove(&project, &database.url(), &["--prove"]).expect(0).json()["proof"].clone();
    assert_eq!((&proof["up"]["equal"], &proof["down"]["equal"]), (&2.into(), &2.into()), "{proof}");
    assert_eq!(proof["back"], serde_json::json!({ "steps": 2, "to_base": true, "equal": true }), "{proof}");
    let read = |path: &str| std::fs::read_to_string(project.path(path)).expect("written");
    let report = read("docs/adoption-report.md");
    assert!(report.contains("## Proof\n\n2 revisions, run by Alembic 1.20.1 and by the converted files"), "{report}");
    let heads = prove(&project, &database.url(), &["--prove=heads"]).expect(0).json()["proof"].clone();
    assert_eq!((&heads["every_revision"], &heads["back"]["to_base"]), (&false.into(), &true.into()), "{heads}");
    assert_eq!(read("docs/adoption-report.md").matches("## Proof").count(), 1, "a new proof replaces the one before");
}

#[test]
#[cfg(unix)]
fn a_difference_is_told_with_its_revision_and_does_not_count_for_those_behind() {
    if !postgres::present() {
        return;
    }
    let (project, database) = (project(), postgres::database("adopting_differs"));
    let lossy = "op.execute('DROP MATERIALIZED VIEW things; DROP TABLE more')";
    let more = "op.execute('DROP MATERIALIZED VIEW things; CREATE TABLE more (a int); CREATE MATERIALIZED VIEW things AS SELECT 1 AS a')";
    project.write("alembic/versions/c3.py", &script("c3", "b2", "2024-03-01", more, lossy));
    let theirs =
        "DROP MATERIALIZED VIEW things; CREATE TABLE more (a int); CREATE MATERIALIZED VIEW things AS SELECT 1 AS a";
    let mut steps = STEPS.to_vec();
    steps[0].2 = "CREATE TABLE thing (id serial PRIMARY KEY, extra int)";
    steps.extend([("c3", "true", theirs), ("c3", "false", "DROP MATERIALIZED VIEW things; DROP TABLE more")]);
    stand_in(&project, &steps);
    let run = prove(&project, &database.url(), &["--prove"]).expect(7);
    assert!(run.stderr.contains("adopt-proof-differs"), "{}", run.stderr);
    let proof = run.json()["proof"].clone();
    let found: Vec<String> = proof["differences"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| format!("{} {} {}", it["revision"], it["direction"], it["what"][0]))
        .collect();
    assert!(found.len() == 1 && found[0].contains("\"a1\" \"up\"") && found[0].contains("extra"), "{found:?}");
    assert_eq!(proof["views_lost"], serde_json::json!([{ "revision": "c3", "views": ["public.things"] }]), "{proof}");
    // What the downgrade of c3 has lost, that of b2 does not find.
    assert_eq!((&proof["refused"][0]["revision"], &proof["refused"][0]["direction"]), (&"b2".into(), &"back".into()));
    assert_eq!(proof["back"]["steps"], 1, "{proof}");
}

#[test]
#[cfg(unix)]
fn a_down_file_that_was_completed_is_proved_to_bring_back_what_its_script_loses() {
    if !postgres::present() {
        return;
    }
    let (project, database) = (project(), postgres::database("adopting_completed"));
    let up = "op.execute('DROP MATERIALIZED VIEW things; CREATE TABLE more (a int); CREATE MATERIALIZED VIEW things AS SELECT 1 AS a')";
    let lossy = "op.execute('DROP MATERIALIZED VIEW things; DROP TABLE more')";
    project.write("alembic/versions/c3.py", &script("c3", "b2", "2024-03-01", up, lossy));
    let theirs =
        "DROP MATERIALIZED VIEW things; CREATE TABLE more (a int); CREATE MATERIALIZED VIEW things AS SELECT 1 AS a";
    let mut steps = STEPS.to_vec();
    steps.extend([("c3", "true", theirs), ("c3", "false", "DROP MATERIALIZED VIEW things; DROP TABLE more")]);
    stand_in(&project, &steps);
    let lost = serde_json::json!([{ "revision": "c3", "views": ["public.things"] }]);
    assert_eq!(prove(&project, &database.url(), &["--prove"]).expect(0).json()["proof"]["views_lost"], lost);
    let report = || std::fs::read_to_string(project.path("docs/adoption-report.md")).expect("written");
    assert!(report().contains("- To do: `cargo xtask check-downs --repair` completes"), "{}", report());

    project.run_on(&database.url(), &["check-downs", "--repair"]).expect(0);
    let proof = prove(&project, &database.url(), &["--prove"]).expect(0).json()["proof"].clone();
    assert_eq!((&proof["views_lost"], &proof["views_completed"]), (&serde_json::json!([]), &lost), "{proof}");
    assert_eq!((&proof["down"]["equal"], &proof["incomplete"]), (&3.into(), &serde_json::json!([])), "{proof}");
    let down = "migrations/20240301000000_make_c3.down.sql";
    let text = std::fs::read_to_string(project.path(down)).expect("written");
    project
        .write(down, &text.replace("CREATE MATERIALIZED VIEW public.things", "CREATE MATERIALIZED VIEW public.others"));
    let proof = prove(&project, &database.url(), &["--prove"]).expect(0).json()["proof"].clone();
    assert_eq!((&proof["views_lost"], &proof["incomplete"][0]["revision"]), (&lost, &"c3".into()), "{proof}");
}

#[test]
fn views_that_filters_leave_out_have_files_and_are_compared() {
    if !postgres::present() {
        return;
    }
    let (project, database) = (project(), postgres::database("adopting_filters"));
    project.write("alembic/env.py", &ENV.replace("['legacy']", "['legacy', 'things']"));
    project.run(&["adopt", "--yes"]).expect(0);
    let config = std::fs::read_to_string(project.path("xtask.toml")).expect("written");
    assert!(config.contains("exclude = [\"legacy\"]"), "{config}");
    project.run_on(&database.url(), &["migrate"]).expect(0);
    database.psql("DROP MATERIALIZED VIEW things; CREATE MATERIALIZED VIEW things AS SELECT id + 1 AS id FROM thing");
    let check = project.run_on(&database.url(), &["check"]).expect(7);
    assert!(check.stderr.contains("check-models-differ") && check.stderr.contains("things"), "{}", check.stderr);
}

#[test]
fn views_are_taken_from_the_database_where_that_is_asked_for() {
    if !postgres::present() {
        return;
    }
    let (project, database) = (project(), postgres::database("adopting_views"));
    let view = "op.execute('CREATE VIEW gone AS SELECT 1 AS a')";
    project.write("alembic/versions/c3.py", &script("c3", "b2", "2024-03-01", view, "op.execute('DROP VIEW gone')"));
    database.psql(
        "CREATE TABLE thing (id int PRIMARY KEY); CREATE SCHEMA lab; \
         CREATE MATERIALIZED VIEW things AS SELECT id + 1 AS id FROM thing; CREATE INDEX ix ON things (id); \
         CREATE VIEW lab.seen AS SELECT id FROM things",
    );
    let run = |words: &[&str]| project.run_on(&database.url(), &[&["adopt", "--views-from-database"], words].concat());
    let shown = run(&["--dry-run", "--format", "json"]).expect(0).json();
    let names: Vec<&str> =
        shown["views"].as_array().expect("a list").iter().filter_map(|it| it["name"].as_str()).collect();
    assert_eq!((names, &shown["views"][0]["revision"]), (vec!["lab.seen", "public.things"], &serde_json::Value::Null));
    assert!(shown["notes"].to_string().contains("the database does not have, so they have no file: gone"), "{shown}");
    run(&["--yes"]).expect(0);
    let read = |path: &str| std::fs::read_to_string(project.path(path)).expect("written");
    let things = read("views/things.sql");
    assert!(things.contains("+ 1") && things.contains("CREATE INDEX ix ON"), "{things}");
    assert!(read("views/lab.seen.sql").contains("CREATE VIEW lab.seen"));
    assert!(read("docs/adoption-report.md").contains("| `views/things.sql` | the database |"));
    // Later, too: files that are there stay as they are.
    std::fs::remove_file(project.path("views/things.sql")).expect("ours");
    run(&["--yes"]).expect(0);
    assert_eq!(read("views/things.sql"), things);
}

#[test]
#[cfg(unix)]
fn what_waits_for_a_person_is_run_by_alembic_and_what_stands_on_it_is_proved_with_reserve() {
    if !postgres::present() {
        return;
    }
    let (project, database) = (project(), postgres::database("adopting_reserve"));
    let rows = "[op.execute(it) for it in __import__('app').sql()]";
    project.write("alembic/versions/c3.py", &script("c3", "b2", "2024-03-01", rows, "op.drop_table('more')"));
    let column = "op.add_column('more', sa.Column('b', sa.Integer()))";
    project.write("alembic/versions/d4.py", &script("d4", "c3", "2024-04-01", column, "op.drop_column('more', 'b')"));
    project.write("alembic/versions/e5.py", &script("e5", "d4", "2024-05-01", "op.execute('SELECT 1')", "pass"));
    let mut steps = STEPS.to_vec();
    steps.extend([
        ("c3", "true", "CREATE TABLE more (a int)"),
        ("c3", "false", "DROP TABLE more"),
        ("d4", "true", "ALTER TABLE more ADD b int"),
        ("d4", "false", "ALTER TABLE more DROP b"),
        ("e5", "true", "SELECT no_such_function()"),
    ]);
    stand_in(&project, &steps);
    let proof = prove(&project, &database.url(), &["--prove"]).expect(0).json()["proof"].clone();
    assert_eq!(proof["left"], serde_json::json!([{ "revision": "c3", "direction": "up" }]), "{proof}");
    assert_eq!(proof["up"], serde_json::json!({ "equal": 3, "conditional": 1 }), "{proof}");
    assert_eq!(proof["not_reached"], serde_json::json!(["e5"]), "{proof}");
    assert!(proof["refused"][0]["why"].as_str().is_some_and(|it| it.contains("no_such_function")), "{proof}");
    assert_eq!((&proof["back"]["steps"], &proof["back"]["equal"]), (&4.into(), &true.into()), "{proof}");
}

#[test]
#[cfg(unix)]
fn rows_are_compared_without_what_alembic_fills_otherwise_in_each_run() {
    if !postgres::present() {
        return;
    }
    let (project, database) = (project(), postgres::database("adopting_rows"));
    let sql = |value: u8| {
        format!(
            "CREATE TABLE log (a int, made timestamptz DEFAULT clock_timestamp()); INSERT INTO log (a) VALUES (1), ({value})"
        )
    };
    let up = format!("op.execute('{}')", sql(2));
    project.write("alembic/versions/c3.py", &script("c3", "b2", "2024-03-01", &up, "op.drop_table('log')"));
    let with = |value: u8| {
        let theirs = sql(value);
        let steps = [("c3", "true", theirs.as_str()), ("c3", "false", "DROP TABLE log")];
        stand_in(&project, &[&STEPS[..], &steps].concat());
    };
    with(2);
    let proof = prove(&project, &database.url(), &["--prove=heads"]).expect(0).json()["proof"].clone();
    let expected = serde_json::json!({ "tables": 1, "rows": 2, "left_out": ["public.log.made"] });
    assert_eq!((&proof["rows"], &proof["differences"]), (&expected, &serde_json::json!([])), "{proof}");

    with(3);
    let run = prove(&project, &database.url(), &["--prove"]).expect(7);
    assert!(run.stderr.contains("adopt-proof-differs"), "{}", run.stderr);
    let found = run.json()["proof"]["differences"].clone();
    let what = "rows of public.log that differ in a, Alembic's (3), ours (2)";
    assert_eq!(found, serde_json::json!([{ "revision": "c3", "direction": "up", "what": [what] }]));
}

#[test]
#[cfg(unix)]
fn a_branch_that_alembic_cannot_run_keeps_no_other_from_being_proved() {
    if !postgres::present() {
        return;
    }
    let (project, database) = (project(), postgres::database("adopting_branches"));
    let nothing = "op.execute('SELECT 1')";
    project.write("alembic/versions/c3.py", &script("c3", "b2", "2024-03-01", nothing, "pass"));
    project.write("alembic/versions/d4.py", &script("d4", "c3", "2024-03-02", nothing, "pass"));
    let more = "op.create_table('more', sa.Column('a', sa.Integer()))";
    project.write("alembic/versions/e5.py", &script("e5", "b2", "2024-03-03", more, "op.drop_table('more')"));
    let steps = [
        ("c3", "true", "SELECT no_such_function()"),
        ("e5", "true", "CREATE TABLE more (a int)"),
        ("e5", "false", "DROP TABLE more"),
    ];
    stand_in(&project, &[&STEPS[..], &steps].concat());
    for extent in ["--prove", "--prove=heads"] {
        let run = prove(&project, &database.url(), &[extent]).expect(0);
        let proof = run.json()["proof"].clone();
        assert_eq!(proof["not_reached"], serde_json::json!(["c3", "d4"]), "{proof}");
        assert_eq!(proof["back"], serde_json::json!({ "steps": 3, "to_base": true, "equal": true }), "{proof}");
    }
    let report = std::fs::read_to_string(project.path("docs/adoption-report.md")).expect("written");
    assert!(report.contains("equal as far as Alembic comes; equal back to the base"), "{report}");
}

#[test]
#[cfg(unix)]
fn a_role_that_may_not_create_databases_proves_on_a_server_of_this_machine() {
    if !postgres::present() {
        return;
    }
    let (project, database) = (project(), postgres::database("adopting_poor"));
    stand_in(&project, &STEPS);
    let bin = postgres::bin_dir().expect("present");
    project.run(&["adopt", "--yes"]).expect(0);
    let config = std::fs::read_to_string(project.path("xtask.toml")).expect("written");
    project.write("xtask.toml", &format!("{config}\n[local]\nbin-dir = \"{}\"\n", bin.display()));
    database
        .psql("do $$ begin create role poor login password 'poor'; exception when duplicate_object then null; end $$");
    let url = database.url();
    let at = url.split_once('@').expect("a URL with a password").1;
    let run = prove(&project, &format!("postgresql://poor:poor@{at}"), &["--prove"]).expect(0);
    assert!(project.path(".xtask/scratch-server").exists(), "a server of its own was there");
    assert_eq!(run.json()["proof"]["back"]["to_base"], true);
}

#[test]
#[cfg(unix)]
fn a_proof_needs_a_server_and_says_so() {
    let project = project();
    stand_in(&project, &STEPS);
    let run = prove(&project, "postgresql://nobody@127.0.0.1:9/none", &["--prove"]).expect(4);
    assert!(run.stderr.contains("database-unreachable") && run.stderr.contains("127.0.0.1:9"), "{}", run.stderr);
    assert!(project.path("xtask.toml").exists(), "the project is adopted all the same");
}

#[test]
fn check_and_status_name_scripts_that_are_not_converted() {
    if !postgres::present() {
        return;
    }
    let (project, database) = (project(), postgres::database("adopting_pending"));
    project.run(&["adopt", "--yes"]).expect(0);
    project.run_on(&database.url(), &["migrate"]).expect(0);
    let run = |words: &[&str]| project.run_on(&database.url(), words);
    assert_eq!(run(&["status", "--format", "json"]).expect(0).json()["unconverted"], serde_json::json!([]));
    let column = "op.add_column('thing', sa.Column('name', sa.Text()))";
    project.write("alembic/versions/c3.py", &script("c3", "b2", "2024-03-01", column, "pass"));
    let status = run(&["status"]).expect(0);
    assert!(
        status.stderr.contains("warning[adopt-pending]: 1 script of Alembic is not converted: c3"),
        "{}",
        status.stderr
    );
    assert_eq!(run(&["status", "--format", "json"]).expect(0).json()["unconverted"], serde_json::json!(["c3"]));
    let check = project.run(&["check", "--offline"]).expect(7);
    assert!(check.stderr.contains("error[adopt-pending]") && check.stderr.contains("c3"), "{}", check.stderr);
    // Where alembic.ini is elsewhere, the first revision remembers where its script was.
    std::fs::rename(project.path("alembic.ini"), project.path("infra/alembic.ini")).expect("moved");
    assert!(project.run(&["check", "--offline"]).expect(7).stderr.contains("found in alembic/versions"));
    std::fs::rename(project.path("infra/alembic.ini"), project.path("alembic.ini")).expect("moved back");
    project.run(&["adopt", "--yes"]).expect(0);
    project.run(&["check", "--offline"]).expect(0);
}
