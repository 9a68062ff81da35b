//! A migrations folder that cannot be written: nothing is left behind.

#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use crate::support::applying::{Outcome, Running};
use crate::support::project::TestProject;
use crate::support::skip;

/// A project with two heads, so that there is something to merge.
fn two_heads() -> TestProject {
    let project = TestProject::new();
    project.revision("1_one", "One", &["revises:"], "select 1;", "select 1;");
    project.revision("2_two", "Two", &["revises: 1"], "select 1;", "select 1;");
    project.revision("3_three", "Three", &["revises: 1"], "select 1;", "select 1;");
    project
}

const FILES: [&str; 6] =
    ["1_one.down.sql", "1_one.up.sql", "2_two.down.sql", "2_two.up.sql", "3_three.down.sql", "3_three.up.sql"];

const COMMANDS: [&str; 2] = ["revision -m new --head 2", "merge -m joined"];

/// Runs a shell script in the project; `$1` is the binary.
fn shell(project: &TestProject, before: &[&str], script: &str) -> Outcome {
    let mut words = before.to_vec();
    words.extend(["sh", "-c", script, "sh", env!("CARGO_BIN_EXE_cargo-xtask")]);
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).current_dir(project.root()).env_remove("DATABASE_URL");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Running::of(&mut command).wait()
}

fn can_run(words: &[&str]) -> bool {
    Command::new(words[0])
        .args(&words[1..])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[test]
fn a_folder_that_may_not_be_written_stays_as_it_is() {
    let project = two_heads();
    let mode = |path: &str, mode: u32| {
        std::fs::set_permissions(project.path(path), PermissionsExt::from_mode(mode)).expect("our own folder");
    };
    mode(".", 0o755);
    mode("migrations", 0o555);
    // Rights do not stop root, so the tool runs as somebody else then.
    let is_root = xtask::tools::is_root();
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let before: &[&str] = if is_root { &nobody } else { &[] };
    if is_root && !can_run(&[&nobody[..], &[env!("CARGO_BIN_EXE_cargo-xtask"), "--version"]].concat()) {
        return skip("as root without setpriv, or with a build folder that others cannot reach");
    }
    for command in COMMANDS {
        shell(&project, before, &format!("$1 {command}")).fails_with(1).says(&[
            "error[file-unwritable]: cannot write migrations/",
            "Permission denied",
            "nothing was left behind",
        ]);
    }
    assert_eq!(project.migrations(), FILES);
    shell(&project, before, "$1 heads").ok().prints(&["2 Two (head)"]);
    mode("migrations", 0o755);
}

#[test]
fn a_write_that_fails_in_its_middle_leaves_nothing() {
    let project = two_heads();
    for command in COMMANDS {
        // No file may grow beyond nothing: the files can be made, and not filled.
        shell(&project, &[], &format!("trap '' XFSZ; ulimit -f 0; $1 {command}"))
            .fails_with(1)
            .says(&["error[file-unwritable]: cannot write migrations/"]);
        assert_eq!(project.migrations(), FILES);
    }
}

#[test]
fn a_full_disk_leaves_nothing() {
    let project = two_heads();
    let namespace = ["unshare", "--mount"];
    if !can_run(&[&namespace[..], &["sh", "-c", "mount -t tmpfs tmpfs /mnt"]].concat()) {
        return crate::support::left_out("no right to mount; the test before this one covers the same path");
    }
    // With no page left the first file does not fit, with one page left the second does not.
    for pages in [0, 1] {
        for command in COMMANDS {
            let script = format!(
                "cp -r migrations copy && mount -t tmpfs -o size=64k tmpfs migrations && cp copy/* migrations && rm -r copy && \
                 dd if=/dev/zero of=migrations/ballast bs=4096 2>/dev/null; truncate -s -{} migrations/ballast; \
                 $1 {command}; code=$?; ls -A migrations; exit $code",
                pages * 4096
            );
            let outcome = shell(&project, &namespace, &script).fails_with(1);
            let names: Vec<&str> = outcome.out.split_whitespace().collect();
            assert_eq!(names, [&FILES[..], &["ballast"]].concat(), "{}", outcome.err);
            outcome.says(&["error[file-unwritable]", "No space left on device"]);
        }
    }
}

#[test]
fn what_is_wrong_between_files_is_shown_at_its_line() {
    let project = two_heads();
    project.revision("4_four", "Four", &["revises: 2, nowhere"], "select 1;", "select 1;");
    let heads = || shell(&project, &[], "$1 heads").fails_with(1);
    heads().says(&["error[revision-parent-missing]", "migrations/4_four.up.sql:3:16", "^^^^^^^"]);
    project.revision("4_four", "Four", &["revision: 2", "revises: 3"], "select 1;", "select 1;");
    heads().says(&["error[revision-duplicate-id]", "migrations/4_four.up.sql:3:14"]);
    project.revision("4_four", "Four", &["revises: 4"], "select 1;", "select 1;");
    heads().says(&["error[revision-cycle]", "migrations/4_four.up.sql:3:13"]);
}
