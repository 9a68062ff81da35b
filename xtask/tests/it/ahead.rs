//! A database that is ahead of the checkout, as after `git switch`: every command works, and the way back is known.

use std::process::Command;

use crate::support::applying::Project;
use crate::support::skip;

/// A repository with the branch `main`, whose head is revision 2, and the branch `feature`, whose head is 4, after 3 and 2.
/// The database is at 4, the checkout at `main`.
fn ahead(hint: &str) -> Option<Project> {
    let project = Project::new(hint)?;
    if which::which("git").is_err() {
        skip("no git on this machine");
        return None;
    }
    git(&project, "init --quiet --initial-branch=main");
    project.tables(2);
    commit(&project, "two revisions");
    git(&project, "switch --quiet --create feature");
    project.tables(4);
    commit(&project, "two more");
    project.xtask("migrate").ok();
    git(&project, "switch --quiet main");
    Some(project)
}

fn git(project: &Project, arguments: &str) {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=Mara Field", "-c", "user.email=mara@example.org"]).args(arguments.split(' '));
    // A git hook that runs the tests sets these.
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(variable);
    }
    let output = command.current_dir(project.root()).output().expect("git runs");
    assert!(output.status.success(), "git {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

fn commit(project: &Project, message: &str) {
    git(project, "add .");
    git(project, &format!("commit --quiet --message={}", message.replace(' ', "-")));
}

/// Message, author, date and branch of an unknown revision.
fn described(number: u32) -> [String; 3] {
    [
        format!("{number} revision {number} (applied 20"),
        "by tester@desk; written by Mara Field on 20".to_owned(),
        "its file is on feature".to_owned(),
    ]
}

#[test]
fn commands_that_look_name_what_the_checkout_has_not() {
    let Some(project) = ahead("looks") else { return };
    let of_four = described(4);
    let of_four: Vec<&str> = of_four.iter().map(String::as_str).collect();
    project.xtask("current").ok().prints(&of_four).prints(&["not in this checkout"]);
    project.xtask("current --check-heads").fails_with(7);
    project.xtask("status").ok().prints(&of_four).prints(&["Unknown    3 revision 3"]);
    project.xtask("heads").ok().prints(&["2 revision 2 (head)"]);
    project.xtask("check").fails_with(7).says(&["error[database-ahead]"]).says(&of_four);
    let history =
        project.xtask("history -i").ok().says(&["Not in this checkout: 4 revision 4"]).says(&["3 revision 3"]);
    history.prints(&["@  2 revision 2 (head) (current)", "●  1 revision 1"]);
}

#[test]
fn migrate_tells_the_ways_out_and_changes_nothing() {
    let Some(project) = ahead("ways_out") else { return };
    let of_three = described(3);
    let of_three: Vec<&str> = of_three.iter().map(String::as_str).collect();
    for arguments in ["migrate", "migrate --yes", "migrate --dry-run"] {
        project.xtask(arguments).fails_with(5).says(&of_three).says(&[
            "error[database-ahead]: the database is at revisions that this checkout does not have",
            "git switch feature",
            "cargo xtask migrate --rewind",
        ]);
    }
    assert_eq!((project.version().as_str(), project.relations().as_str()), ("4", "t1 t2 t3 t4"));
    project.xtask("migrate --rewind --dry-run").ok().prints(&["would take back 4\nwould take back 3\n"]);
    assert_eq!(project.version(), "4");
}

#[test]
fn rewinding_takes_back_and_goes_on() {
    let Some(project) = ahead("rewinds") else { return };
    project.revision(5, "2", "create table t5 (x int);", "drop table t5;");
    project.xtask("migrate --rewind").ok().says(&["Took back 4", "Took back 3", "Applied 5"]);
    assert_eq!((project.version().as_str(), project.relations().as_str()), ("5", "t1 t2 t5"));
    let ends = "3:upgrade:done 4:upgrade:done 4:downgrade:done 3:downgrade:done 5:upgrade:done";
    assert!(project.history().ends_with(ends), "{}", project.history());
}

#[test]
fn rewinding_in_one_transaction_is_all_or_nothing() {
    let Some(project) = ahead("rewinds_together") else { return };
    project.revision(5, "2", "select 1/0;", "");
    project.xtask("migrate --rewind --single-transaction").fails_with(6);
    assert_eq!((project.version().as_str(), project.relations().as_str()), ("4", "t1 t2 t3 t4"));
    project.revision(5, "2", "select 1;", "");
    project.xtask("migrate --rewind --single-transaction").ok();
    assert_eq!((project.version().as_str(), project.relations().as_str()), ("5", "t1 t2"));
}

#[test]
fn nothing_is_taken_back_where_the_files_to_go_on_with_are_bad() {
    let Some(project) = ahead("bad_file") else { return };
    project.revision(5, "2", "select 'torn", "");
    project.xtask("migrate --rewind").fails_with(1).says(&["migrations/5_revision.up.sql:3:8"]);
    assert_eq!(project.version(), "4");
}

#[test]
fn rewinding_asks_before_rows_are_lost() {
    let Some(project) = ahead("loses") else { return };
    project.psql("insert into t4 select generate_series(1, 1234)");
    project.xtask("migrate --rewind").fails_with(8).says(&[
        "error[confirmation-needed]: Taking back the revisions that this checkout does not have destroys data:",
        "DROP TABLE: table t4, 1234 rows,",
        "--yes",
    ]);
    assert_eq!((project.version().as_str(), project.psql("select count(*) from t4")), ("4", "1234".to_owned()));
    project.xtask("migrate --rewind --yes").ok();
    assert_eq!((project.version().as_str(), project.relations().as_str()), ("2", "t1 t2"));
}

#[test]
fn a_recorded_script_that_fails_is_not_told_to_be_corrected() {
    let Some(project) = ahead("recorded_fails") else { return };
    project.psql("drop table t4");
    let outcome = project.xtask("migrate --rewind").fails_with(6);
    outcome
        .says(&[
            "revision 4 failed",
            "table \"t4\" does not exist",
            "this checkout has no migrations/4_revision.down.sql",
        ])
        .never_says(&["Correct"]);
    assert_eq!(project.version(), "4");
}

#[test]
fn downgrade_and_stamp_work_on_what_was_recorded() {
    let Some(project) = ahead("downgrades") else { return };
    project.xtask("downgrade --dry-run -1").ok().prints(&["would take back 4 revision 4"]);
    project.xtask("downgrade -1").ok().says(&["Took back 4"]);
    assert_eq!((project.version().as_str(), project.relations().as_str()), ("3", "t1 t2 t3"));
    project.xtask("downgrade 2").ok().says(&["Took back 3"]);
    project.xtask("migrate").ok().says(&["Nothing to apply"]);

    let Some(project) = ahead("stamps") else { return };
    project.xtask("stamp 1").ok().says(&["Stamped 1 (was 4)"]);
    assert_eq!(project.version(), "1");
}

#[test]
fn what_runs_outside_of_a_transaction_is_taken_back_so_too() {
    let Some(project) = ahead("bare_ahead") else { return };
    git(&project, "switch --quiet feature");
    project.bare_revision(5, "4", "create index concurrently i on t1 (x);", "drop index concurrently i;");
    commit(&project, "an index");
    project.xtask("migrate").ok();
    git(&project, "switch --quiet main");
    project.xtask("migrate --rewind").ok();
    assert_eq!((project.version().as_str(), project.relations().as_str()), ("2", "t1 t2"));
}

#[test]
fn what_was_begun_on_another_branch_is_not_forgotten() {
    let Some(project) = ahead("begun_elsewhere") else { return };
    git(&project, "switch --quiet feature");
    project.bare_revision(5, "4", "create table t5 (x int);\nselect 1/0;\n", "drop table t5;");
    commit(&project, "a mistake");
    project.xtask("migrate").fails_with(6);
    git(&project, "switch --quiet main");
    project.xtask("migrate --rewind").fails_with(5).says(&["the upgrade of revision 5 was begun and not finished"]);
    assert_eq!(project.version(), "4");
}

#[test]
fn without_a_repository_the_history_says_enough() {
    let Some(project) = Project::new("no_repository") else { return };
    project.tables(2);
    project.xtask("migrate").ok();
    for name in ["migrations/2_revision.up.sql", "migrations/2_revision.down.sql"] {
        std::fs::remove_file(project.path(name)).expect("removed");
    }
    project.xtask("migrate").fails_with(5).says(&["2 revision 2 (applied 20", "by tester@desk)"]);
    project.xtask("migrate --rewind").ok();
    assert_eq!((project.version().as_str(), project.relations().as_str()), ("1", "t1"));
}

#[test]
fn what_alembic_made_is_explained() {
    let Some(project) = Project::new("made_elsewhere") else { return };
    project.tables(2);
    project.psql(
        "create table alembic_version (version_num varchar(32) not null constraint alembic_version_pkc primary key); \
         insert into alembic_version values ('ae1027a6acf')",
    );
    for arguments in ["migrate", "migrate --rewind", "downgrade -1", "stamp 2"] {
        project.xtask(arguments).fails_with(5).says(&[
            "error[database-ahead-unrecorded]: the database is at a revision that this checkout does not have",
            "ae1027a6acf (neither the history nor git knows it)",
            "cargo xtask stamp --purge head",
        ]);
    }
    project.xtask("current").ok().prints(&["ae1027a6acf"]);
    project.xtask("status").ok().prints(&["ae1027a6acf"]);
    project.xtask("history -i").ok().says(&["ae1027a6acf"]).prints(&["○  2 revision 2"]);
    assert_eq!(project.version(), "ae1027a6acf");
    project.xtask("stamp --purge 1").ok();
    assert_eq!(project.version(), "1");
}

#[test]
fn a_branch_of_the_graph_is_taken_back_alone() {
    let Some(project) = ahead("branch_alone") else { return };
    // Revision 5 of this checkout follows 2, as revision 3 of the other branch does; the database has both.
    project.revision(5, "2", "create table t5 (x int);", "drop table t5;");
    project.psql("create table t5 (x int); insert into alembic_version values ('5')");
    project.xtask("history -i").ok().prints(&["@  5 revision 5 (head) (current)"]);
    project.xtask("migrate --rewind").ok().says(&["Took back 4", "Took back 3"]).never_says(&["Took back 5"]);
    assert_eq!((project.version().as_str(), project.relations().as_str()), ("5", "t1 t2 t5"));
}

#[test]
fn a_dependency_may_be_named_by_its_label() {
    let Some(project) = ahead("by_label") else { return };
    git(&project, "switch --quiet feature");
    project.write("migrations/5_revision.up.sql", "-- revision 5\n-- revises:\n-- branch-labels: extra\nselect 1;\n");
    project.write("migrations/5_revision.down.sql", "select 1;");
    project.write("migrations/6_revision.up.sql", "-- revision 6\n-- revises: 4\n-- depends-on: extra\nselect 1;\n");
    project.write("migrations/6_revision.down.sql", "select 1;");
    commit(&project, "a dependency");
    project.xtask("migrate heads").ok();
    assert_eq!(project.version(), "6");
    git(&project, "switch --quiet main");
    project.xtask("current").ok().prints(&["6 revision 6"]);
    project.xtask("migrate --rewind").ok().says(&["Took back 6", "Took back 5", "Took back 4", "Took back 3"]);
    assert_eq!(project.version(), "2");
}
