//! What `adopt` decides by itself, what it asks about, and what it leaves to a person.

use crate::adopting::project;
use crate::support::project::TestProject;

const POSTGRES: &str = "services:\n  db:\n    image: postgis/postgis:17-3.5\n";
const OTHER: &str = "services:\n  web:\n    image: nginx\n";

/// A project whose tasks name no Compose file.
fn without_tasks() -> TestProject {
    let project = project();
    std::fs::remove_file(project.path("pixi.toml")).expect("ours");
    project
}

fn config(project: &TestProject) -> String {
    std::fs::read_to_string(project.path("xtask.toml")).expect("written")
}

#[test]
fn of_several_compose_files_the_one_with_a_postgres_is_taken_and_of_two_of_these_none() {
    let project = without_tasks();
    project.write("infra/docker-compose.yml", POSTGRES);
    project.write("web/docker-compose.yml", OTHER);
    let shown = project.run(&["adopt", "--dry-run", "--format", "json"]).expect(0).json();
    assert_eq!(shown["compose"], "infra/docker-compose.yml");
    project.write("web/docker-compose.yml", POSTGRES);
    let run = project.run(&["adopt", "--yes"]).expect(2);
    assert!(run.stderr.contains("adopt-unsure") && run.stderr.contains("--compose infra/"), "{}", run.stderr);
}

#[test]
fn the_database_of_the_settings_is_kept_where_no_compose_file_has_one_and_no_password_is_copied() {
    let with = |url: &str| {
        let project = without_tasks();
        std::fs::remove_dir_all(project.path("infra")).expect("ours");
        project.write("alembic.ini", &format!("[alembic]\nscript_location = alembic\nsqlalchemy.url = {url}\n"));
        let notes = project.run(&["adopt", "--yes", "--format", "json"]).expect(0).json()["notes"].to_string();
        (config(&project), notes)
    };
    let (text, _) = with("postgresql+asyncpg://me@db.example:5433/shop");
    assert!(text.contains("[database]\nurl = \"postgresql://me@db.example:5433/shop\"\n"), "{text}");
    let (text, notes) = with("postgresql+psycopg2://me:geheim@db.example/shop");
    assert!(!text.contains("[database]") && notes.contains("has a password"), "{text}{notes}");
    assert!(!notes.contains("geheim"), "{notes}");
    let (text, notes) = with("");
    assert!(!text.contains("[database]") && notes.contains("set DATABASE_URL"), "{text}{notes}");
    let (text, notes) = with("sqlite:///shop.db");
    assert!(!text.contains("[database]") && notes.contains("a database of sqlite"), "{text}{notes}");
}

#[test]
fn a_project_with_two_heads_goes_on_with_both() {
    let project = project();
    let one = "\"\"\"one\n\nRevision ID: c3\n\"\"\"\nrevision = 'c3'\ndown_revision = 'b2'\ndef upgrade():\n    pass\n";
    project.write("alembic/versions/c3.py", one);
    project.write("alembic/versions/d4.py", &one.replace("c3", "d4"));
    let run = project.run(&["adopt", "--yes"]).expect(0);
    assert!(run.stdout.contains("4 scripts, heads c3, d4: "), "{}", run.stdout);
    assert!(run.stderr.contains("cargo xtask migrate heads"), "{}", run.stderr);
}

#[test]
fn settings_that_are_no_toml_are_told_with_their_place() {
    let project = project();
    std::fs::remove_file(project.path("alembic.ini")).expect("ours");
    project.write("pyproject.toml", "[tool.alembic]\nscript_location = \"alembic\"\n[project\n");
    let run = project.run(&["adopt", "--yes"]).expect(2);
    assert!(run.stderr.contains("error[adopt-settings]: pyproject.toml is no TOML"), "{}", run.stderr);
    assert!(run.stderr.contains("--> pyproject.toml:3"), "{}", run.stderr);
}

#[test]
fn long_lists_of_files_and_reasons_are_short_on_the_terminal_and_whole_for_programs() {
    let project = project();
    for at in 10..40 {
        let text = format!(
            "\"\"\"r{at}\n\nRevision ID: r{at}\n\"\"\"\nimport app\nfrom alembic import op\nrevision = 'r{at}'\ndown_revision = {}\n\
             def upgrade():\n    op.execute(app.one())\n    op.execute(app.two())\n",
            if at == 10 { "'b2'".to_owned() } else { format!("'r{}'", at - 1) }
        );
        project.write(&format!("alembic/versions/r{at}.py"), &text);
    }
    let shown = project.run(&["adopt", "--dry-run"]).expect(0).stdout;
    assert!(shown.contains("Write:      64 files of revisions, from migrations/"), "{shown}");
    assert_eq!(shown.lines().filter(|line| line.starts_with("To do:")).count(), 30, "{shown}");
    assert!(shown.contains(" (and 1 more)"), "{shown}");
    let whole = project.run(&["adopt", "--dry-run", "--format", "json"]).expect(0).json();
    let files = whole["write"].as_array().expect("a list").iter();
    assert_eq!(files.filter(|it| it.as_str().is_some_and(|it| it.starts_with("migrations/"))).count(), 64);
    assert_eq!(whole["scripts"][2]["up"]["reasons"].as_array().map(Vec::len), Some(2), "{}", whole["scripts"][2]);
}

#[test]
fn what_is_named_must_be_there_and_what_is_no_id_is_told_with_its_script() {
    let project = project();
    for (option, name) in [("--compose", "nowhere.yml"), ("--models", "nowhere"), ("--ini", "nowhere.ini")] {
        let run = project.run(&["adopt", "--yes", option, name]).expect(1);
        assert!(run.stderr.contains("file-unreadable") && run.stderr.contains(name), "{}", run.stderr);
    }
    project.write("alembic/versions/c3.py", "revision = 'base'\ndown_revision = 'b2'\ndef upgrade():\n    pass\n");
    let run = project.run(&["adopt", "--yes"]).expect(2);
    assert!(
        run.stderr.contains("revision-id-invalid") && run.stderr.contains("alembic/versions/c3.py"),
        "{}",
        run.stderr
    );
    assert!(!project.path("xtask.toml").exists());
}

#[test]
fn several_databases_are_told_and_a_project_without_models_is_told_of_no_place_in_them() {
    let project = TestProject::without_configuration();
    project.write("alembic.ini", "[alembic]\nscript_location = alembic\ndatabases = one, two\n");
    project.write("alembic/env.py", "target_metadata = None\n");
    project.write(
        "alembic/versions/a1.py",
        "revision = 'a1'\ndown_revision = None\ndef upgrade(engine_name):\n    pass\n",
    );
    let notes = project.run(&["adopt", "--dry-run", "--format", "json"]).expect(0).json()["notes"].to_string();
    assert!(notes.contains("several databases (one, two)") && !notes.contains("of the models"), "{notes}");
}

#[test]
fn views_that_new_scripts_state_otherwise_get_new_files_unless_somebody_has_changed_these() {
    let project = project();
    project.run(&["adopt", "--yes"]).expect(0);
    let script = |id: &str, parent: &str, sql: &[&str]| {
        let lines: String = sql.iter().map(|it| format!("    op.execute('{it}')\n")).collect();
        let text =
            format!("from alembic import op\nrevision = '{id}'\ndown_revision = '{parent}'\ndef upgrade():\n{lines}");
        project.write(&format!("alembic/versions/{id}.py"), &text);
    };
    let read = |name: &str| std::fs::read_to_string(project.path(&format!("views/{name}.sql"))).expect("a file");
    let anew = "CREATE MATERIALIZED VIEW things AS SELECT id, 2 AS two FROM thing";
    script("c3", "b2", &["DROP MATERIALIZED VIEW things", anew, "CREATE VIEW more AS SELECT 1 AS x"]);
    project.run(&["adopt", "--yes"]).expect(0);
    assert_eq!(read("things"), format!("{anew};\n"));
    assert_eq!(read("more"), "CREATE VIEW more AS SELECT 1 AS x;\n");

    project.write("views/things.sql", "-- ours\nCREATE MATERIALIZED VIEW things AS SELECT 3 AS three;\n");
    let third = "CREATE MATERIALIZED VIEW things AS SELECT id, 3 AS three FROM thing";
    script("d4", "c3", &["DROP MATERIALIZED VIEW things", third, "DROP VIEW more"]);
    let shown = project.run(&["adopt", "--yes", "--format", "json"]).expect(0).json();
    assert_eq!(shown["keep"], serde_json::json!(["views/things.sql"]), "{shown}");
    assert!(shown["notes"].to_string().contains("remove `views/more.sql`"), "{shown}");
    assert!(read("things").starts_with("-- ours"));
    assert!(project.run(&["adopt", "--yes"]).expect(0).stderr.contains("nothing new"));
}

#[test]
fn a_team_that_has_a_revision_of_its_own_goes_on_with_both_heads() {
    let project = project();
    project.run(&["adopt", "--yes"]).expect(0);
    project.run(&["revision", "-m", "Of ours"]).expect(0);
    let script = "revision = 'c3'\ndown_revision = 'b2'\ndef upgrade():\n    pass\n";
    project.write("alembic/versions/c3.py", script);
    let run = project.run(&["adopt", "--yes"]).expect(0);
    assert!(run.stderr.contains("cargo xtask migrate heads"), "{}", run.stderr);
}
