//! The reference of the commands is what the program says of itself.

use std::fmt::Write as _;
use std::path::Path;

use clap::CommandFactory as _;

/// Set to anything, the page is written instead of compared.
const UPDATE: &str = "XTASK_UPDATE_DOCS";

const INTRODUCTION: &str = "\
# Commands

What `cargo xtask COMMAND --help` says, for every command. Results go to stdout, everything else to stderr; the fields of
`--format json` are in [json.md](json.md), and each error has [a page of its own](errors/). Whoever knows Alembic finds its
commands in [from-alembic.md](from-alembic.md).

This page is made from the program; a test keeps it current.
";

fn command() -> clap::Command {
    let mut command = xtask::cli::Cli::command().term_width(100);
    command.build();
    command
}

/// The page.
fn reference() -> String {
    let mut command = command();
    let mut page = INTRODUCTION.to_owned();
    let overview = command.render_long_help().to_string();
    write!(page, "\n## cargo xtask\n\n```text\n{}\n```\n", overview.trim_end()).expect("written");
    for command in command.get_subcommands_mut() {
        if command.is_hide_set() || command.get_name() == "help" {
            continue;
        }
        let name = command.get_name().to_owned();
        let help = without_global_options(&command.render_long_help().to_string());
        write!(page, "\n## cargo xtask {name}\n\n```text\n{}\n```\n", help.trim_end()).expect("written");
    }
    page.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// They are the same everywhere, and stand at the top of the page.
fn without_global_options(help: &str) -> String {
    let Some((before, rest)) = help.split_once("Global options:\n") else { return help.to_owned() };
    // What follows begins at the margin; the options do not.
    let rest: Vec<&str> = rest.lines().skip_while(|line| line.is_empty() || line.starts_with(' ')).collect();
    format!("{before}{}", rest.join("\n"))
}

#[test]
fn the_page_is_current() {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/commands.md"));
    let wanted = reference();
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(path, &wanted).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    let page = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(page.replace("\r\n", "\n") == wanted, "docs/commands.md is not current: run with {UPDATE}=1");
}

#[test]
fn everything_that_can_be_said_is_explained() {
    let mut wrong = Vec::new();
    for command in command().get_subcommands() {
        let name = command.get_name();
        match command.get_about().map(ToString::to_string) {
            Some(about) if about.lines().count() == 1 && about.len() <= 80 && !about.ends_with('.') => {}
            // It is another name for a command that is listed.
            None if command.is_hide_set() => {}
            about => wrong.push(format!("{name}: not one line without a full stop: {about:?}")),
        }
        for argument in command.get_arguments() {
            if argument.get_help().is_none() {
                wrong.push(format!("{name} {}: no help", argument.get_id()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
