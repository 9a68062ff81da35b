//! Writing revisions, editing them, and what stays untouched where something is wrong.

use crate::support::project::{Run, TestProject};

fn two_heads() -> TestProject {
    let project = TestProject::new();
    project.revision("1_a", "first", &["revision: a1", "revises:"], "select 1;", "select 1;");
    let left = ["revision: b2", "revises: a1", "branch-labels: left"];
    project.revision("2_b", "left", &left, "select 1;", "select 1;");
    project.revision("3_c", "right", &["revision: c3", "revises: a1"], "select 1;", "select 1;");
    project
}

#[test]
fn nothing_is_written_where_a_revision_would_be_invalid() {
    let project = two_heads();
    let before = project.migrations();
    let cases: [(&[&str], i32, &str); 14] = [
        (&["revision", "-m", "x"], 1, "revision-multiple-heads"),
        (&["revision", "-m", "x", "--head", "nope"], 1, "revision-unknown"),
        (&["revision", "-m", "x", "--head", "a1"], 1, "revision-not-a-head"),
        (&["revision", "-m", "x", "--head", "b2", "--rev-id", "a-b"], 2, "revision-illegal-name"),
        (&["revision", "-m", "x", "--head", "b2", "--rev-id", "c3"], 1, "revision-name-taken"),
        (&["revision", "-m", "x", "--head", "b2", "--branch-label", "left"], 1, "revision-name-taken"),
        (&["revision", "-m", "x", "--head", "b2", "--depends-on", "zz"], 1, "revision-unknown"),
        (&["revision", "-m", "", "--head", "b2"], 2, "revision-message"),
        (&["revision", "-m", "two\nlines", "--head", "b2"], 2, "revision-message"),
        (&["revision", "-m", "x", "--head", "b2", "--rev-id", "head"], 2, "revision-illegal-name"),
        (&["merge", "b2"], 2, "merge-joins-nothing"),
        (&["merge", "b2", "b2"], 1, "revision-duplicate-heads"),
        (&["merge", "a1", "b2"], 1, "revision-not-a-head"),
        (&["merge", "b2", "zz"], 1, "revision-unknown"),
    ];
    for (arguments, code, name) in cases {
        let run = project.run(arguments).expect(code);
        assert!(run.stderr.contains(&format!("error[{name}]: ")), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains("= help: "), "{arguments:?}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{arguments:?}");
        assert_eq!(project.migrations(), before, "{arguments:?}");
    }
}

#[test]
fn revisions_and_merges_are_written_and_named() {
    let project = two_heads();
    let run = project.run(&["merge", "-m", "Join them", "--branch-label", "joined"]).expect(0);
    let files: Vec<&str> = run.stdout.lines().collect();
    let [up, down] = files[..] else { panic!("{}", run.stdout) };
    assert!(up.starts_with("migrations/") && up.ends_with("_join_them.up.sql"), "{up}");
    assert!(down.ends_with("_join_them.down.sql"), "{down}");
    let heads = project.run(&["heads"]).expect(0).stdout;
    assert!(heads.contains("Join them") && heads.contains("(joined)") && heads.lines().count() == 1, "{heads}");

    let value = project.run(&["revision", "-m", "Next", "--rev-id", "n1", "--format", "json"]).expect(0).json();
    assert_eq!(value["revision"], "n1");
    assert!(project.path(value["up_file"].as_str().expect("a path")).is_file());
    // There is one head now.
    let before = project.migrations();
    let run = project.run(&["merge"]).expect(0);
    assert!(run.stderr.contains("merged: there is one head, n1"), "{}", run.stderr);
    assert_eq!(project.migrations(), before);
    project.run(&["check", "--offline"]).expect(0);

    project.run(&["revision", "-m", "Aside", "--head", "a1", "--splice", "--rev-id", "s1"]).expect(0);
    project.run(&["merge", "s1", "c3", "-m", "Odd", "--splice"]).expect(0);
    let run = project.run(&["check", "--offline"]).expect(7);
    assert!(run.stderr.contains("error[check-several-heads]"), "{}", run.stderr);
}

#[test]
fn show_understands_what_people_name() {
    let project = two_heads();
    let ids = |spec: &str| -> Vec<String> {
        let value = project.run(&["show", spec, "--format", "json"]).expect(0).json();
        let list = value.as_array().expect("a list").iter();
        list.map(|entry| entry["revision"].as_str().expect("an id").to_owned()).collect()
    };
    assert_eq!(ids("left@head"), ["b2"]);
    assert_eq!(ids("a1:c3"), ["c3", "a1"]);
    assert_eq!(ids(":b2"), ["b2", "a1"]);
    assert_eq!(ids("base"), [""; 0]);
    let run = project.run(&["show", "a1:b2:c3"]).expect(2);
    assert!(run.stderr.contains("error[history-range]"), "{}", run.stderr);
    let run = project.run(&["show", "hed"]).expect(1);
    assert!(run.stderr.contains("Did you mean head"), "{}", run.stderr);
    let shown = project.run(&["show", "b2", "--down"]).expect(0).stdout;
    assert!(shown.starts_with("Revision:  b2") && shown.matches("select 1;").count() == 2, "{shown}");
}

#[test]
fn in_full_one_revision_is_set_off_from_the_next() {
    let project = two_heads();
    let heads = project.run(&["heads", "-v"]).expect(0).stdout;
    assert_eq!(heads.matches("\n\nRevision:  ").count(), 1, "{heads}");
    let history = project.run(&["history", "-v", "-r", "a1:b2"]).expect(0).stdout;
    let expected = "\
○  Revision:  b2 (left) (head)
│  Message:   left
│  Revises:   a1
│  Labels:    left
│  Up:        migrations/2_b.up.sql
│  Down:      migrations/2_b.down.sql
│
○  Revision:  a1 (branch point)
   Message:   first
   Revises:   <base>
   Followed:  b2, c3
   Up:        migrations/1_a.up.sql
   Down:      migrations/1_a.down.sql
";
    assert_eq!(history, expected);
    let branches = project.run(&["branches"]).expect(0).stdout;
    assert_eq!(branches, "a1 first (branch point)\n  -> b2 left (left) (head)\n  -> c3 right (head)\n");
}

#[test]
fn everything_that_is_wrong_in_the_files_comes_at_once() {
    let project = two_heads();
    project.write("migrations/4_d.up.sql", "-- no parent\n--\n-- revision: d4\n-- revise: b2\n\nselect 1;\n");
    project.write("migrations/4_d.down.sql", "select 1;\n");
    project.write("migrations/5_e.up.sql", "-- no down file\n--\n-- revision: e5\n-- revises: b2\n\nselect 1;\n");
    let run = project.run(&["heads"]);
    assert!(run.code != 0 && run.stderr.matches("error[").count() >= 2, "{}", run.stderr);
    assert!(run.stderr.contains("4_d.up.sql:4") && run.stderr.contains("5_e."), "{}", run.stderr);
    let errors = project.run(&["heads", "--format", "json"]).json_error()["errors"].as_array().map(Vec::len);
    assert!(errors >= Some(2), "{errors:?}");
}

#[cfg(unix)]
#[test]
fn the_editor_of_the_person_is_used_and_what_it_leaves_is_checked() {
    let project = TestProject::new();
    project.revision("1_a", "first", &["revision: a1", "revises:"], "select 1;", "select 1;");
    project.write("editor.sh", "#!/bin/sh\nprintf '%s\\n' \"$@\" >> \"$(dirname \"$0\")/edited\"\n");
    let edit = |editor: &str, arguments: &[&str]| {
        let mut command = project.command(&[&["edit"], arguments].concat());
        Run::of(command.env("EDITOR", editor))
    };
    let script = project.path("editor.sh");
    let script = script.to_str().expect("UTF-8").to_owned();
    edit(&format!("sh {script}"), &[]).expect(0);
    edit(&format!("sh {script} --wait"), &["a1", "--down"]).expect(0);
    let edited = std::fs::read_to_string(project.path("edited")).expect("the editor ran");
    let names: Vec<&str> = edited.lines().map(|line| line.rsplit('/').next().unwrap_or(line)).collect();
    assert_eq!(names, ["1_a.up.sql", "--wait", "1_a.down.sql"]);

    // A path with a blank is quoted as for a shell.
    project.write("my editor", "#!/bin/sh\nexit 0\n");
    let quoted = project.path("my editor");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&quoted, mode).expect("our own file");
    edit(&format!("'{}' --wait", quoted.display()), &[]).expect(0);

    // VISUAL comes first.
    let mut command = project.command(&["edit"]);
    Run::of(command.env("EDITOR", "false").env("VISUAL", "true")).expect(0);

    let run = edit("false", &[]).expect(1);
    assert!(run.stderr.contains("error[editor-failed]: the editor ended with status 1"), "{}", run.stderr);
    let run = edit("/no/such/editor", &[]).expect(3);
    assert!(run.stderr.contains("error[tool-cannot-run]"), "{}", run.stderr);
    let run = edit("true", &["base"]).expect(2);
    assert!(run.stderr.contains("error[edit-nothing]"), "{}", run.stderr);
    let run = edit("true", &["zz"]).expect(1);
    assert!(run.stderr.contains("error[revision-unknown]"), "{}", run.stderr);

    project.write("break.sh", "#!/bin/sh\necho '-- revises: gone' > \"$1\"\n");
    let run = edit(&format!("sh {}", project.path("break.sh").display()), &[]);
    assert!(run.code != 0 && run.stderr.contains("1_a.up.sql"), "{}", run.stderr);
}
