//! Results on one stream and everything else on the other, plain in a pipe, and a reader that goes away.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use crate::support::postgres;
use crate::support::project::{Run, TestProject};

fn long_project() -> TestProject {
    let project = TestProject::new();
    let mut parent = String::new();
    for number in 1..=300 {
        let id = format!("r{number:04}");
        let header = [format!("revision: {id}"), format!("revises: {parent}")];
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        // Long enough that what a command prints does not fit into a pipe.
        let up = format!("select '{}';", "x".repeat(400));
        project.revision(&format!("{number}_{id}"), &format!("number {number}"), &header, &up, "select 1;");
        parent = id;
    }
    project
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let project = long_project();
    let commands: [&[&str]; 5] = [
        &["history"],
        &["history", "-v"],
        &["migrate", "--sql"],
        &["history", "--format", "json"],
        &["completions", "bash"],
    ];
    for arguments in commands {
        let mut child =
            project.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("our program");
        let mut reader = BufReader::with_capacity(64, child.stdout.take().expect("piped"));
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line");
        drop(reader);
        let mut stderr = String::new();
        child.stderr.take().expect("piped").read_to_string(&mut stderr).expect("read");
        let status = child.wait().expect("ended");
        assert!(!line.is_empty());
        assert_eq!((status.code(), stderr.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

/// Linux has a file that refuses whatever is written to it.
#[cfg(target_os = "linux")]
#[test]
fn results_that_cannot_be_written_are_a_failure() {
    let project = long_project();
    for arguments in [&["history"][..], &["migrate", "--sql"], &["history", "--format", "json"]] {
        let full = std::fs::File::options().write(true).open("/dev/full").expect("it is there");
        let run = Run::of(project.command(arguments).stdout(full)).expect(1);
        assert!(run.stderr.contains("output-unwritable") && run.stderr.contains("No space left"), "{}", run.stderr);
    }
}

#[test]
fn what_is_written_is_plain_in_a_pipe_and_coloured_where_told_so() {
    let project = TestProject::new();
    project.revision("1_a", "first", &["revision: a1", "revises:"], "select 1;", "select 1;");
    let escapes = |run: &Run| (run.stdout.contains('\u{1b}'), run.stderr.contains('\u{1b}'));

    assert_eq!(escapes(&project.run(&["show", "nope"]).expect(1)), (false, false));
    assert_eq!(escapes(&project.run(&["show", "nope", "--color", "never"]).expect(1)), (false, false));
    assert_eq!(escapes(&project.run(&["show", "nope", "--color", "always"]).expect(1)), (false, true));
    // The option is the more specific wish.
    let mut command = project.command(&["show", "nope", "--color=always"]);
    assert_eq!(escapes(&Run::of(command.env("NO_COLOR", "1"))), (false, true));
    assert_eq!(escapes(&project.run(&["mgrate"]).expect(2)), (false, false));
    assert_eq!(escapes(&project.run(&["mgrate", "--color", "always"]).expect(2)), (false, true));
    assert!(!escapes(&project.run(&["--color", "always", "--help"]).expect(0)).1);
    // JSON is for programs, whatever the colours.
    assert_eq!(escapes(&project.run(&["heads", "--format", "json", "--color", "always"])), (false, false));
    assert_eq!(escapes(&project.run(&["show", "nope", "--format", "json", "--color", "always"])), (false, false));
}

#[cfg(unix)]
#[test]
fn on_a_terminal_no_color_and_dumb_terminals_are_respected() {
    let project = TestProject::new();
    let seen = |variables: &[(&str, &str)]| {
        let mut command = project.command(&["show", "nope"]);
        command.env("TERM", "xterm").envs(variables.iter().copied());
        let mut session = rexpect::session::spawn_command(command, Some(20_000)).expect("a pseudo-terminal");
        session.exp_eof().expect("the end")
    };
    assert!(seen(&[]).contains('\u{1b}'));
    for variables in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let text = seen(&[variables]);
        assert!(text.contains("revision-none") && !text.contains('\u{1b}'), "{variables:?}: {text:?}");
    }
}

#[test]
fn quiet_leaves_results_warnings_and_errors() {
    if !postgres::present() {
        return;
    }
    let (project, database) = (TestProject::new(), postgres::database("quiet"));
    project.revision("1_a", "first", &["revision: a1", "revises:"], "create table t1();", "drop table t1;");
    let url = database.url();
    let loud = project.run_on(&url, &["migrate", "--dry-run"]).expect(0);
    assert_eq!(loud.stdout, "would apply a1 first\n");
    let quiet = project.run_on(&url, &["-q", "migrate"]).expect(0);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
    let loud = project.run_on(&url, &["migrate"]).expect(0);
    assert_eq!((loud.stdout.as_str(), loud.stderr.as_str()), ("", "Nothing to apply: the database is at a1\n"));
    assert_eq!(project.run_on(&url, &["heads", "--quiet"]).expect(0).stdout, "a1 first (head)\n");

    project.revision("1_a", "first", &["revision: a1", "revises:"], "create table t2();", "drop table t1;");
    let warned = project.run_on(&url, &["-q", "migrate"]).expect(0);
    assert!(warned.stderr.starts_with("warning[revision-changed]: "), "{}", warned.stderr);
    let failed = project.run_on(&url, &["-q", "check"]).expect(7);
    assert!(failed.stderr.contains("error[revision-changed]: "), "{}", failed.stderr);
}
