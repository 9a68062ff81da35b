//! `docs/from-alembic.md`: every command and option of Alembic has its line, and what is shown is real.

use std::collections::BTreeSet;
use std::path::Path;

use clap::CommandFactory as _;
use serde_json::Value;

use crate::support::postgres;
use crate::support::project::{Run, TestProject};
use crate::support::skip;

/// Set to anything, the sessions in the page are written instead of compared.
const UPDATE: &str = "XTASK_UPDATE_DOCS";

fn page() -> (std::path::PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/from-alembic.md");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    (path, text.replace("\r\n", "\n"))
}

/// The commands, options and positional arguments of Alembic, as the table writes them.
fn surface() -> BTreeSet<String> {
    let surface: Value =
        serde_json::from_str(include_str!("../conformance/alembic/cli_surface.json")).expect("the surface of Alembic");
    let longest = |argument: &Value| {
        let flags = argument["flags"].as_array().expect("flags").iter().map(|flag| flag.as_str().expect("a flag"));
        flags.max_by_key(|flag| flag.len()).expect("a flag").to_owned()
    };
    let list = |value: &Value| value.as_array().expect("a list").iter().map(longest).collect::<Vec<_>>();
    let mut all: BTreeSet<String> = list(&surface["global"]).into_iter().collect();
    for (name, command) in surface["commands"].as_object().expect("commands") {
        all.insert(name.clone());
        all.extend(list(&command["args"]).into_iter().map(|flag| format!("{name} {flag}")));
    }
    all
}

/// Whether our program has what the table says: `--quiet`, `migrate`, `migrate --sql`, `migrate TARGET`.
fn exists(ours: &str) -> bool {
    let root = xtask::cli::Cli::command();
    let (command, argument) = match ours.split_once(' ') {
        Some((name, argument)) => (root.find_subcommand(name), argument),
        None if ours.starts_with('-') => (Some(&root), ours),
        None => return root.find_subcommand(ours).is_some(),
    };
    let Some(command) = command else { return false };
    ours == "--version"
        || command.get_arguments().any(|known| match argument.strip_prefix("--") {
            Some(long) => known.get_long() == Some(long),
            None => known.is_positional() && known.get_id().as_str().eq_ignore_ascii_case(argument),
        })
}

#[test]
fn every_command_and_option_has_a_counterpart_or_a_reason() {
    let (_, text) = page();
    let mut named = BTreeSet::new();
    let mut wrong = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [alembic, ours, remark] = cells[..] else { panic!("{line}") };
        named.insert(alembic.trim_matches('`').to_owned());
        match ours {
            "—" if remark.is_empty() => wrong.push(format!("{alembic}: neither a counterpart nor a reason")),
            "—" => {}
            ours if !exists(ours.trim_matches('`')) => wrong.push(format!("{ours} is not there")),
            _ => {}
        }
    }
    let surface = surface();
    wrong.extend(surface.difference(&named).map(|name| format!("{name} has no line")));
    wrong.extend(named.difference(&surface).map(|name| format!("Alembic has no {name}")));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn example() -> TestProject {
    let project = TestProject::new();
    let revisions: [(&str, &str, &str, &str, &str); 3] = [
        ("20260301090000_sites", "Sites", "1975ea83b712", "create table site(id int);", "drop table site;"),
        ("20260309141500_samples", "Samples", "", "create table sample(id int);", "drop table sample;"),
        (
            "20260323101000_archived_samples",
            "Let samples be archived",
            "",
            "alter table sample add column archived_at timestamptz;",
            "alter table sample drop column archived_at;",
        ),
    ];
    let mut parent = String::new();
    for (file, message, id, up, down) in revisions {
        let id = if id.is_empty() { &file[..14] } else { id };
        project.revision(file, message, &[&format!("revision: {id}"), &format!("revises: {parent}")], up, down);
        parent = id.to_owned();
    }
    for arguments in [&["init", "--quiet", "-b", "main"][..], &["add", "."], &["commit", "--quiet", "-m", "Revisions"]]
    {
        let identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
        Run::of(project.other_command("git").args(identity).args(arguments)).expect(0);
    }
    project
}

/// Runs one line of a session as a person does who has a shell, and gives what a terminal would show.
fn shown(project: &TestProject, url: &str, line: &str) -> String {
    let mut command = project.other_command("sh");
    command.args(["-c", &format!("exec 2>&1; cargo() {{ shift; \"$PROGRAM\" \"$@\"; }}; {line}")]);
    command.env("PROGRAM", env!("CARGO_BIN_EXE_cargo-xtask")).env("DATABASE_URL", url);
    for (name, value) in [("NAME", "Ada"), ("EMAIL", "ada@example.org")] {
        command.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
    }
    command.env("USER", "ada").env("HOSTNAME", "laptop");
    Run::from(command.output().expect("sh")).stdout
}

/// What differs from run to run: times, versions, and what follows from them.
fn without_numbers(text: &str) -> String {
    let mut plain = String::new();
    for letter in text.chars() {
        match letter {
            '0'..='9' | '.' if plain.ends_with('#') => {}
            '0'..='9' => plain.push('#'),
            other => plain.push(other),
        }
    }
    ["#µs", "#ms", "#s"].iter().fold(plain, |plain, unit| plain.replace(unit, "#"))
}

#[cfg(unix)]
#[test]
fn the_sessions_in_the_page_are_real() {
    if !postgres::present() {
        return;
    }
    if which::which("git").is_err() {
        return skip("git is not on this machine");
    }
    let (project, database) = (example(), postgres::database("from_alembic"));
    let (path, text) = page();
    let mut written = String::new();
    let mut in_session = false;
    for line in text.lines() {
        if line.starts_with("```") {
            in_session = line == "```console";
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| in_session) {
            written.push_str(&format!("{line}\n"));
            for line in shown(&project, &database.url(), command).lines() {
                written.push_str(&format!("{}\n", line.trim_end()));
            }
            continue;
        } else if in_session {
            continue;
        }
        written.push_str(&format!("{line}\n"));
    }
    // New times alone are no reason to change the page.
    if std::env::var_os(UPDATE).is_some() && without_numbers(&written) != without_numbers(&text) {
        std::fs::write(&path, &written).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        return;
    }
    for (found, expected) in without_numbers(&written).lines().zip(without_numbers(&text).lines()) {
        assert_eq!(found, expected, "docs/from-alembic.md is not current: run with {UPDATE}=1\n{written}");
    }
    assert_eq!(
        written.lines().count(),
        text.lines().count(),
        "docs/from-alembic.md is not current: run with {UPDATE}=1"
    );
}
