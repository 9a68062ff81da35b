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
