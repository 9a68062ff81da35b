//! Questions on a terminal: yes, no, Ctrl-C, and nobody there to ask.
#![cfg(unix)]

use rexpect::session::PtySession;

use crate::support::postgres::{self, TestDatabase};
use crate::support::project::TestProject;

/// A database at a revision whose table has rows.
fn filled() -> (TestProject, TestDatabase) {
    let (project, database) = (TestProject::new(), postgres::database("prompts"));
    project.revision(
        "1_a",
        "sites",
        &["revision: a1", "revises:"],
        "create table site(id int);\ninsert into site values (1), (2), (3);",
        "drop table site;",
    );
    project.run_on(&database.url(), &["migrate"]).expect(0);
    (project, database)
}

/// Runs our program on a terminal, in a shell that tells its exit status and whether the terminal is as it was before.
fn on_a_terminal(project: &TestProject, url: &str, arguments: &str) -> PtySession {
    let program = env!("CARGO_BIN_EXE_cargo-xtask");
    let script = format!(
        "before=$(stty -g); '{program}' {arguments}; echo \"status $?\"; \
         if [ \"$(stty -g)\" = \"$before\" ]; then echo in order; else echo out of order; fi"
    );
    let mut command = project.other_command("sh");
    command.args(["-c", &script]).env("TERM", "xterm").env("DATABASE_URL", url);
    rexpect::session::spawn_command(command, Some(30_000)).expect("a pseudo-terminal")
}

/// The rest of what is shown; the cursor must be visible at the end.
fn rest(mut session: PtySession) -> String {
    let text = session.exp_eof().expect("the end");
    let (hidden, shown) = (text.rfind("\u{1b}[?25l"), text.rfind("\u{1b}[?25h"));
    assert!(hidden.is_none() || hidden < shown, "the cursor is hidden: {text:?}");
    assert!(text.contains("in order"), "{text:?}");
    text
}

fn rows(database: &TestDatabase) -> String {
    database.psql("select version_num from alembic_version")
}

#[test]
fn a_downgrade_that_drops_rows_asks_and_no_changes_nothing() {
    if !postgres::present() {
        return;
    }
    let (project, database) = filled();
    let mut session = on_a_terminal(&project, &database.url(), "downgrade -1");
    session.exp_string("DROP TABLE: table site, 3 rows").expect("what is lost");
    session.exp_string("Go on?").expect("the question");
    session.send("n").and_then(|_| session.flush()).expect("an answer");
    let text = rest(session);
    assert!(text.contains("status 8") && text.contains("confirmation-refused"), "{text}");
    assert_eq!((rows(&database).as_str(), database.psql("select count(*) from site").as_str()), ("a1", "3"));
}

#[test]
fn yes_takes_it_back() {
    if !postgres::present() {
        return;
    }
    let (project, database) = filled();
    let mut session = on_a_terminal(&project, &database.url(), "downgrade -1");
    session.exp_string("Go on?").expect("the question");
    session.send("y").and_then(|_| session.flush()).expect("an answer");
    let text = rest(session);
    assert!(text.contains("status 0") && text.contains("Took back"), "{text}");
    assert_eq!((rows(&database).as_str(), database.psql("select to_regclass('site')").as_str()), ("", ""));
}

#[test]
fn ctrl_c_at_the_question_ends_with_130_and_leaves_the_terminal_in_order() {
    if !postgres::present() {
        return;
    }
    let (project, database) = filled();
    // What is first, the handler of the signal or the question, must not be a matter of luck.
    for _ in 0..4 {
        let mut session = on_a_terminal(&project, &database.url(), "downgrade -1");
        session.exp_string("Go on?").expect("the question");
        session.send_control('c').expect("Ctrl-C");
        let text = rest(session);
        assert!(text.contains("status 130") && text.contains("error[interrupted]"), "{text}");
        assert_eq!((rows(&database).as_str(), database.psql("select count(*) from site").as_str()), ("a1", "3"));
    }
}

#[test]
fn nobody_to_ask_needs_a_yes_given_beforehand() {
    if !postgres::present() {
        return;
    }
    let (project, database) = filled();
    let url = database.url();
    let run = project.run_on(&url, &["downgrade", "base"]).expect(8);
    assert!(run.stderr.starts_with("error[confirmation-needed]: "), "{}", run.stderr);
    assert_eq!(run.stderr.matches("table site, 3 rows").count(), 1, "{}", run.stderr);
    let error = project.run_on(&url, &["downgrade", "base", "--format", "json"]).expect(8).json_error();
    assert_eq!(error["errors"][0]["code"], "confirmation-needed");
    assert_eq!(rows(&database), "a1");
    project.run_on(&url, &["downgrade", "base", "--yes"]).expect(0);
    assert_eq!(rows(&database), "");
}

#[test]
fn the_rewind_is_offered_where_the_checkout_lacks_a_revision() {
    if !postgres::present() {
        return;
    }
    let (project, database) = (TestProject::new(), postgres::database("rewind"));
    project.revision("1_a", "first", &["revision: a1", "revises:"], "create table t1();", "drop table t1;");
    project.revision("2_b", "of a branch", &["revision: b2", "revises: a1"], "create table t2();", "drop table t2;");
    project.run_on(&database.url(), &["migrate"]).expect(0);
    for file in ["migrations/2_b.up.sql", "migrations/2_b.down.sql"] {
        std::fs::remove_file(project.path(file)).expect("removed");
    }
    project.revision("3_c", "of this branch", &["revision: c3", "revises: a1"], "create table t3();", "drop table t3;");

    let mut session = on_a_terminal(&project, &database.url(), "migrate");
    session.exp_string("b2 of a branch").expect("the unknown revision");
    session.exp_string("go on to this checkout's head?").expect("the question");
    session.send("n").and_then(|_| session.flush()).expect("an answer");
    let text = rest(session);
    assert!(text.contains("status 5") && text.contains("database-ahead"), "{text}");
    assert_eq!(rows(&database), "b2");

    // Without a terminal nobody is asked, and a yes to everything is no yes to this.
    for arguments in [&["migrate"][..], &["migrate", "--yes"]] {
        let run = project.run_on(&database.url(), arguments).expect(5);
        assert!(run.stderr.contains("cargo xtask migrate --rewind"), "{}", run.stderr);
    }
    let mut session = on_a_terminal(&project, &database.url(), "migrate");
    session.exp_string("go on to this checkout's head?").expect("the question");
    session.send("y").and_then(|_| session.flush()).expect("an answer");
    let text = rest(session);
    assert!(text.contains("status 0"), "{text}");
    assert_eq!(rows(&database), "c3");
    assert_eq!(database.psql("select to_regclass('t2') is null, to_regclass('t3') is null"), "t|f");
}

#[test]
fn a_database_elsewhere_is_named_and_needs_a_yes() {
    // The address is one of those kept for documentation, so nothing answers; it must not even be tried without a yes.
    let project = TestProject::new();
    let url = "postgresql://me:secret@192.0.2.1:5432/shared?connect_timeout=1";
    for arguments in [&["migrate"][..], &["downgrade", "base"], &["stamp", "head"], &["ensure-version"]] {
        let run = project.run_on(url, arguments).expect(8);
        assert!(run.stderr.contains("192.0.2.1") && run.stderr.contains("not on this machine"), "{}", run.stderr);
        assert!(run.stderr.contains("= help: Give --yes to go on"), "{}", run.stderr);
        assert!(!run.stderr.contains("secret"), "{}", run.stderr);
    }
}

/// What rows get in required columns is asked for; an empty answer leaves it to whoever reads the script.
#[test]
fn values_for_required_columns_are_asked_for() {
    if !postgres::present() {
        return;
    }
    let (project, database) = filled();
    project.write("xtask.toml", "[models]\nsource = \"sql\"\n");
    project.write("models/site.sql", "create table site (id int, code text not null, grade int not null);");
    let url = database.url();
    let mut session = on_a_terminal(&project, &url, "migrate-autogenerate -m Codes");
    session.exp_string("need a value in public.site.code").expect("the first column");
    session.exp_string("public.site.code:").expect("the question");
    session.send_line("'none'").expect("an answer");
    session.exp_string("public.site.grade:").expect("the next question");
    session.send_line("").expect("no answer");
    let text = rest(session);
    assert!(text.contains("status 0") && text.contains("without grade get"), "{text}");
    let name = project.migrations().into_iter().find(|name| name.ends_with("codes.up.sql")).expect("a revision");
    let up = std::fs::read_to_string(project.path(&format!("migrations/{name}"))).expect("a file");
    assert!(up.contains("SET code = 'none' WHERE code IS NULL;\n"), "{up}");
    assert!(up.contains("SET grade = … WHERE grade IS NULL;\n"), "{up}");

    // Ctrl-C leaves nothing behind, and its error has lines of its own.
    std::fs::remove_file(project.path(&format!("migrations/{name}"))).expect("removed");
    std::fs::remove_file(project.path(&format!("migrations/{}", name.replace(".up.", ".down.")))).expect("removed");
    let mut session = on_a_terminal(&project, &url, "migrate-autogenerate -m Codes");
    session.exp_string("public.site.code:").expect("the question");
    session.send_control('c').expect("Ctrl-C");
    let text = rest(session);
    assert!(text.contains("status 130") && text.contains("\n\u{1b}[1m\u{1b}[91merror[interrupted]"), "{text:?}");
    assert!(project.migrations().iter().all(|name| !name.contains("codes")), "nothing is written");
}
