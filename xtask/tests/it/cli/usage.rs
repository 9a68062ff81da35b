//! What cannot be understood, and where the project is.

use crate::support::postgres;
use crate::support::project::{Run, TestProject};

#[test]
fn a_wrong_command_line_ends_with_2_and_says_what_would_be_right() {
    let project = TestProject::new();
    let cases: [(&[&str], &str); 6] = [
        (&["mgrate"], "'migrate'"),
        (&["migrate", "--dryrun"], "'--dry-run'"),
        (&["downgrade"], "<TARGET>"),
        (&["migrate", "--sql", "--dry-run"], "cannot be used with"),
        (&["heads", "--format", "xml"], "[possible values: human, json]"),
        (&["migrate", "--lock-wait", "ten"], "30s, 10m or 1h30m"),
    ];
    for (arguments, hint) in cases {
        let run = project.run(arguments).expect(2);
        assert!(run.stderr.contains(hint), "{arguments:?}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{arguments:?}");
    }
}

#[test]
fn without_a_command_the_help_is_shown_and_the_status_is_2() {
    let run = TestProject::new().run(&[]).expect(2);
    assert!(run.stderr.contains("Usage: cargo xtask [OPTIONS] <COMMAND>"), "{}", run.stderr);
}

#[test]
fn a_wrong_command_line_is_json_where_json_is_asked_for() {
    let project = TestProject::new();
    for arguments in [["--format=json", "mgrate", "-y"], ["mgrate", "--format", "json"]] {
        let run = project.run(&arguments).expect(2);
        let error = run.json_error();
        assert_eq!(error["errors"][0]["code"], "usage");
        assert_eq!(error["errors"][0]["title"], "unrecognized subcommand 'mgrate'");
        assert_eq!(error["exit"], 2);
    }
    // What psql is given is no option of ours.
    let run = project.run(&["mgrate", "--", "--format", "json"]).expect(2);
    assert!(run.stderr.starts_with("error: unrecognized subcommand"), "{}", run.stderr);
}

#[test]
fn help_and_version_are_results() {
    let project = TestProject::without_configuration();
    for arguments in [&["--help"][..], &["help"], &["migrate", "-h"], &["help", "migrate"], &["--version"]] {
        let run = project.run(arguments).expect(0);
        assert!(!run.stdout.is_empty() && run.stderr.is_empty(), "{arguments:?}: {}", run.stderr);
    }
    assert_eq!(project.run(&["-V"]).stdout, format!("cargo-xtask {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_project_is_found_from_below_and_by_its_folder() {
    let project = TestProject::new();
    project.revision("1_a", "first", &["revision: a1", "revises:"], "select 1;", "select 1;");
    let expected = "a1 first (head)\n";
    assert_eq!(project.run(&["heads"]).expect(0).stdout, expected);
    let mut below = project.command(&["heads"]);
    below.current_dir(project.path("migrations"));
    assert_eq!(crate::support::project::Run::of(&mut below).expect(0).stdout, expected);

    let elsewhere = TestProject::without_configuration();
    let folder = project.path("migrations");
    let folder = folder.to_str().expect("UTF-8");
    for arguments in [["-C", folder, "heads"], ["heads", "--directory", folder]] {
        assert_eq!(elsewhere.run(&arguments).expect(0).stdout, expected);
    }
}

#[test]
fn outside_of_a_project_it_says_what_makes_one() {
    let elsewhere = TestProject::without_configuration();
    let run = elsewhere.run(&["heads"]).expect(2);
    assert!(run.stderr.contains("error[project-not-found]: no xtask.toml in "), "{}", run.stderr);
    assert!(run.stderr.contains("= help: "), "{}", run.stderr);
    let run = elsewhere.run(&["-C", "not/there", "heads"]).expect(2);
    assert!(run.stderr.contains("error[project-not-found]: there is no folder not/there"), "{}", run.stderr);
}

#[test]
fn everything_that_is_wrong_in_the_configuration_comes_at_once_with_its_place() {
    let project = TestProject::new();
    project.write("xtask.toml", "[migrations]\ndirr = \"x\"\n\n[databse]\nconnect-timeout = 5\n");
    let run = project.run(&["heads"]).expect(2);
    for part in [
        "error[config-unknown-key]: `[migrations]` has no key `dirr`",
        "--> xtask.toml:2:1",
        "help: Write `dir`",
        "error[config-unknown-key]: xtask.toml has no table `databse`",
        "--> xtask.toml:4:2",
        "help: Write `database`",
    ] {
        assert!(run.stderr.contains(part), "{part} is not in\n{}", run.stderr);
    }
    let error = project.run(&["heads", "--format", "json"]).expect(2).json_error();
    let places: Vec<_> = (0..2).map(|at| &error["errors"][at]["places"][0]["line"]).collect();
    assert_eq!(places, [2, 4]);
    assert_eq!(error["errors"].as_array().map(Vec::len), Some(2));

    project.write("xtask.toml", "[migrations\n");
    let run = project.run(&["heads"]).expect(2);
    assert!(run.stderr.contains("error[config-syntax]: "), "{}", run.stderr);
    assert!(run.stderr.contains("--> xtask.toml:1:") && run.stderr.contains("= help: "), "{}", run.stderr);
}

#[test]
fn each_kind_of_failure_has_its_status() {
    if !postgres::present() {
        return;
    }
    let (project, database) = (TestProject::new(), postgres::database("statuses"));
    let url = database.url();
    project.revision("1_a", "first", &["revision: a1", "revises:"], "create table t(id int);", "drop table t;");
    project.revision("2_b", "fails", &["revision: b2", "revises: a1"], "select oops;", "select 1;");
    let nobody = format!("postgresql://me@127.0.0.1:{}/none", postgres::free_port());
    let cases: [(&str, &[&str], i32, &str); 9] = [
        (&url, &["current"], 0, ""),
        (&url, &["show", "nope"], 1, "revision-unknown"),
        (&url, &["migrate", "a1:b2"], 2, "migrate-range-online"),
        (&url, &["seed"], 3, "seed-missing"),
        (&nobody, &["current"], 4, "database-unreachable"),
        (&url, &["start-services"], 5, "database-named"),
        (&url, &["migrate"], 6, "migration-failed"),
        (&url, &["check"], 7, "check-pending"),
        ("postgresql://me@192.0.2.1/shared", &["migrate"], 8, "confirmation-needed"),
    ];
    for (url, arguments, status, code) in cases {
        let run = project.run_on(url, arguments).expect(status);
        assert!(code.is_empty() || run.stderr.contains(&format!("error[{code}]: ")), "{arguments:?}: {}", run.stderr);
        let as_json = project.run_on(url, &[arguments, &["--format", "json"]].concat()).expect(status);
        if !code.is_empty() {
            let error = as_json.json_error();
            assert_eq!((&error["exit"], &error["errors"][0]["code"]), (&status.into(), &code.into()));
        }
    }
}

#[test]
fn an_unknown_option_is_no_target() {
    // A target may begin with a minus sign, `-1`, and must not swallow what looks like an option.
    let project = TestProject::new();
    for command in ["migrate", "downgrade", "stamp", "show", "edit"] {
        let run = project.run(&[command, "head", "--nonsense"]).expect(2);
        assert!(run.stderr.contains("unexpected argument '--nonsense'"), "{command}: {}", run.stderr);
        let run = project.run(&[command, "-1", "--nonsense"]).expect(2);
        assert!(run.stderr.contains("unexpected argument '--nonsense'"), "{command}: {}", run.stderr);
    }
}

#[test]
fn cargo_finds_the_program_on_the_path_where_there_is_no_alias() {
    let project = TestProject::new();
    project.revision("1_a", "first", &["revision: a1", "revises:"], "select 1;", "select 1;");
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_cargo-xtask"));
    let of_others = std::env::var_os("PATH").unwrap_or_default();
    let folders = program.parent().map(Into::into).into_iter().chain(std::env::split_paths(&of_others));
    let path = std::env::join_paths(folders).expect("folders that can be joined");
    for (words, expected) in
        [(&["heads"][..], "a1 first (head)\n"), (&["show", "a1", "--help"], "Usage: cargo xtask show")]
    {
        let mut command = project.other_command(env!("CARGO"));
        let run = Run::of(command.arg("xtask").args(words).env("PATH", &path)).expect(0);
        assert!(run.stdout.contains(expected), "{words:?}: {}", run.stdout);
    }
}
