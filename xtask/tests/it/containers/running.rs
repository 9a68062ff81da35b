//! Programs inside of containers: exec, run, and what they end with.

use std::time::Duration;

use super::pair;
use crate::support::docker::registry::{Line, Manner};

#[test]
fn exec_passes_arguments_verbatim_and_the_exit_code_on() {
    let Some(project) = pair("exec") else { return };
    project.xtask("start-services").ok();
    let mut command = project.command("exec one --");
    command.args(["printf", "[%s]", "a b", "$HOME", "*", "--help", ""]);
    let said = command.output().expect("it runs");
    assert_eq!(String::from_utf8_lossy(&said.stdout), "[a b][$HOME][*][--help][]", "{said:?}");

    let mut command = project.command("exec one --");
    command.args(["sh", "-c", "echo to stdout; echo to stderr >&2; exit 42"]);
    let said = command.output().expect("it runs");
    assert_eq!(said.status.code(), Some(42), "{said:?}");
    assert_eq!((&*said.stdout, &*said.stderr), (&b"to stdout\n"[..], &b"to stderr\n"[..]));

    // Engines differ about a program that is not there; their number is passed on.
    let absent = project.command("exec one -- no-such-program").output().expect("it runs").status.code();
    assert!([Some(126), Some(127)].contains(&absent), "{absent:?}");
    project.xtask("exec nobody -- true").fails_with(2).says(&["nobody", "one"]);
    project.xtask("stop two").ok();
    project.xtask("exec two -- true").fails_with(4).says(&["two"]);
}

#[test]
fn exec_passes_what_is_piped_in() {
    let Some(project) = pair("pipe") else { return };
    project.xtask("start-services one").ok();
    let mut command = project.command("exec one -- sh -c");
    command.arg("cat; echo; echo end").stdin(std::process::Stdio::piped());
    let mut child = command.spawn().expect("it runs");
    std::io::Write::write_all(child.stdin.as_mut().expect("piped"), b"some\x00bytes").expect("written");
    drop(child.stdin.take());
    let said = child.wait_with_output().expect("it ends");
    assert_eq!(&*said.stdout, b"some\x00bytes\nend\n", "{said:?}");
}

#[test]
fn exec_gives_a_terminal_where_there_is_one() {
    let Some(project) = pair("tty") else { return };
    project.xtask("start-services one").ok();
    let mut command = project.command("exec one -- sh");
    // The terminal is the session's own.
    command.stdin(std::process::Stdio::inherit()).stdout(std::process::Stdio::inherit());
    command.stderr(std::process::Stdio::inherit());
    let mut session = rexpect::session::spawn_command(command, Some(20_000)).expect("a terminal");
    session.send_line("test -t 0 && test -t 1 && echo a-$((40 + 2))-terminal").expect("sent");
    session.exp_string("a-42-terminal").expect("a terminal inside");
    session.send_line("exit 5").expect("sent");
    let status = session.process().wait().expect("it ends");
    assert!(format!("{status:?}").contains(", 5)"), "{status:?}");
}

#[test]
fn a_terminal_without_control_codes_is_told_line_by_line() {
    let Some(project) = pair("dumb") else { return };
    if !project.engine.has_registry() {
        return;
    }
    project.engine.publish_unique("dumb/thing:1", 3000);
    let line = Line::new(project.engine, Manner::default());
    let reference = line.reference("dumb/thing:1");
    project.write("compose/compose.yaml", &format!("name: PROJECT\nservices:\n  one: {{ image: '{reference}' }}\n"));
    let mut command = project.command("pull");
    command.stdin(std::process::Stdio::inherit()).stdout(std::process::Stdio::inherit());
    command.stderr(std::process::Stdio::inherit()).env("TERM", "dumb");
    let mut session = rexpect::session::spawn_command(command, Some(30_000)).expect("a terminal");
    let text = session.exp_eof().expect("it ends");
    assert!(text.contains(&format!("Pulling {reference}")) && text.contains("Pulled"), "{text:?}");
    assert!(!text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn run_makes_a_container_of_its_own_and_takes_it_away() {
    let Some(project) = pair("run") else { return };
    let mut command = project.command("run two --");
    command.args(["sh", "-c", "echo ran beside; exit 6"]);
    let said = crate::support::applying::Running::of(&mut command).wait_for(Duration::from_secs(60));
    let said = said.fails_with(6);
    assert!(said.out.contains("ran beside"), "{}{}", said.out, said.err);
    assert_eq!(project.states(), "one=running", "what it depends on stays, it itself is gone");
    project.xtask("teardown").ok();
    assert_eq!(project.states(), "");
}

#[test]
fn a_failed_run_that_was_kept_is_no_failure_of_its_service() {
    let Some(project) = pair("kept") else { return };
    let mut command = project.command("run --keep two --");
    command.args(["sh", "-c", "echo its last words; exit 6"]);
    crate::support::applying::Running::of(&mut command).wait_for(Duration::from_secs(60)).fails_with(6);
    let said = project.xtask("start-services").ok();
    assert!(!said.err.contains("its last words"), "{}", said.err);
    let states = project.states();
    assert!(states.contains("two=exited") && states.contains("two=running"), "{states}");
}

#[test]
fn ctrl_c_ends_what_runs_in_the_container() {
    let Some(project) = pair("ctrlc") else { return };
    project.xtask("start-services one").ok();
    let processes = || project.xtask("exec -T one -- ps").ok().out;
    // One that ends as it is told to, and one that must be killed.
    for (script, word) in [("sleep 7311; true", "sleep 7311"), ("trap '' INT; sleep 7312; true", "sleep 7312")] {
        let mut command = project.command("exec -T one -- sh -c");
        let running = crate::support::applying::Running::of(command.arg(script));
        project.until("it runs", || processes().contains(word));
        running.interrupt();
        let said = running.wait();
        assert!(!processes().contains(word), "{}{}", said.out, said.err);
    }
    let running = project.start("run -T --no-deps two -- sleep 7313");
    project.until("it runs", || project.engine.run("docker", &["ps", "--no-trunc"]).contains("sleep 7313"));
    running.interrupt();
    running.wait();
    assert!(
        !project.engine.run("docker", &["ps", "-a", "--no-trunc"]).contains("sleep 7313"),
        "its container has gone"
    );
}

#[test]
fn what_nobody_reads_any_more_is_ended() {
    let Some(project) = pair("head") else { return };
    project.xtask("start-services one").ok();
    for arguments in ["exec -T one -- yes", "run -T --no-deps two -- yes"] {
        let mut command = project.command(arguments);
        let mut child = command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::piped()).spawn();
        let child = child.as_mut().expect("it runs");
        // As `head` does it: a piece is read, and the pipe closed.
        let mut piece = [0; 4];
        std::io::Read::read_exact(child.stdout.as_mut().expect("piped"), &mut piece).expect("read");
        drop(child.stdout.take());
        project.until("it has ended", || child.try_wait().expect("ours").is_some());
    }
    assert!(!project.xtask("exec -T one -- ps").ok().out.contains("yes"), "it has ended in the container, too");
    assert_eq!(project.states(), "one=running");
}

#[test]
fn psql_is_that_of_the_container_where_there_is_none_here() {
    let Some(project) = super::three("psql") else { return };
    project.xtask("start-services db").ok();
    let nowhere = tempfile::tempdir().expect("a folder");
    // What brings the tool into the network of the engine is looked for there as well.
    let nsenter = which::which("nsenter").expect("nsenter");
    std::os::unix::fs::symlink(nsenter, nowhere.path().join("nsenter")).expect("a link");
    project.write("xtask.toml", "[local]\nbin-dir = \"nowhere\"\n");
    let psql = |arguments: &[&str]| {
        let mut command = project.command("psql");
        command.args(arguments).env("PATH", nowhere.path()).output().expect("it runs")
    };
    let said = psql(&["-Atc", "select current_user || ' in ' || current_database()"]);
    assert_eq!(String::from_utf8_lossy(&said.stdout), "postgres in app\n", "{said:?}");
    assert!(String::from_utf8_lossy(&said.stderr).contains("the one in the container of db"), "{said:?}");
    assert_eq!(psql(&["-v", "ON_ERROR_STOP=1", "-f", "/no-such-file"]).status.code(), Some(1));
}

#[test]
fn an_image_is_looked_for_anew_when_its_time_is_over() {
    let Some(project) = pair("refresh") else { return };
    if !project.engine.has_registry() {
        return;
    }
    project.engine.publish_unique("refreshed/thing:1", 1_000);
    let line = Line::new(project.engine, Manner::default());
    let reference = line.reference("refreshed/thing:1");
    let start = |policy: &str| {
        let compose = format!(
            "name: PROJECT\nservices:\n  one: {{ image: '{reference}', command: sleep 1000, stop_grace_period: 0s, \
             pull_policy: {policy} }}\n"
        );
        project.write("compose/compose.yaml", &compose);
        let before = line.asked();
        project.xtask("start-services").ok();
        (line.asked() > before, project.id("one"))
    };
    let (was_asked, id) = start("daily");
    assert!(was_asked, "it was not there");
    assert_eq!(start("daily"), (false, id.clone()), "it is new");
    assert_eq!(start("every_1w2d"), (false, id.clone()));
    // By now it has been there for longer than that; what comes is the same, and the container stays.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert_eq!(start("every_1s"), (true, id));
}
