//! What `doctor` finds, and what is said of a database that does not answer.

use crate::support::postgres;
use crate::support::project::TestProject;

#[test]
fn what_blocks_ends_with_3_and_has_its_fix() {
    let project = TestProject::new();
    project.revision("1_a", "broken", &["revision: a1", "revises: gone"], "select 1;", "select 1;");
    let run = project.run(&["doctor"]).expect(3);
    assert!(run.stdout.contains("MISSING  compose file") && run.stdout.contains("-> "), "{}", run.stdout);
    assert!(run.stdout.contains("MISSING  migrations"), "{}", run.stdout);
    assert!(run.stderr.contains("error[doctor-blocked]: missing: compose file, migrations"), "{}", run.stderr);

    let run = project.run(&["doctor", "--format", "json"]).expect(3);
    let value = run.json();
    assert_eq!(value["ok"], false);
    let rows = value["rows"].as_array().expect("rows");
    let missing: Vec<_> = rows.iter().filter(|row| row["verdict"] == "missing").collect();
    assert!(!missing.is_empty() && missing.iter().all(|row| row["fix"].is_string()), "{}", run.stdout);
    assert_eq!(run.json_error()["errors"][0]["code"], "doctor-blocked");
}

#[test]
fn a_database_that_was_named_needs_no_service() {
    if !postgres::present() {
        return;
    }
    let (project, database) = (TestProject::new(), postgres::database("doctor"));
    let run = project.run_on(&database.url(), &["doctor"]).expect(0);
    assert!(run.stdout.contains("not needed: the database is named by DATABASE_URL"), "{}", run.stdout);
    assert!(run.stdout.contains("answers, PostgreSQL"), "{}", run.stdout);
    for command in ["start-services", "reset"] {
        let run = project.run_on(&database.url(), &[command]).expect(5);
        assert!(run.stderr.contains("error[database-named]"), "{}", run.stderr);
    }
}

#[test]
fn an_address_that_does_not_answer_is_told_with_where_it_comes_from() {
    let project = TestProject::new();
    let url = format!("postgresql://me:secret@127.0.0.1:{}/none", postgres::free_port());
    for command in ["current", "status", "migrate", "history -i", "check", "views"] {
        let words: Vec<&str> = command.split(' ').collect();
        let run = project.run_on(&url, &words).expect(4);
        assert!(run.stderr.contains("error[database-unreachable]"), "{command}: {}", run.stderr);
        assert!(run.stderr.contains("the address comes from DATABASE_URL in the environment"), "{}", run.stderr);
        assert!(
            run.stderr.contains("= help: Look whether that server runs, or correct DATABASE_URL"),
            "{}",
            run.stderr
        );
        assert!(!run.stderr.contains("secret") && !run.stdout.contains("secret"), "{}", run.stderr);
    }
    let run = project.run_on("mysql://localhost/x", &["current"]).expect(2);
    assert!(run.stderr.contains("error[url-scheme-unsupported]"), "{}", run.stderr);
}
