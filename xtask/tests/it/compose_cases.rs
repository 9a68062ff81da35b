//! Text dialects of Compose against what the reference implementation makes of them.
//!
//! A case is one line, tab separated: input (a JSON string), `OK` or `ERR`, result (JSON, or the message). Another
//! folder of the same form is taken with `XTASK_COMPOSE_CASES`.

use std::path::PathBuf;

use serde_json::{Value, json};
use xtask::stack::{dotenv, interpolate, ports, project_name, shellwords, volumes};

/// What one dialect makes of an input: the value, or the message of the error.
type Answer = Result<Value, String>;

/// Runs all cases of a file.
fn check(name: &str, answer: impl Fn(&str, &dyn Fn(&str) -> Option<String>) -> Answer) {
    let path = folder().join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (header, cases): (Vec<_>, Vec<_>) =
        text.lines().filter(|line| !line.is_empty()).partition(|line| line.starts_with('#'));
    let environment = header.first().map_or_else(Vec::new, |header| environment(header));
    let lookup = |wanted: &str| environment.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
    assert!(!cases.is_empty(), "{}: no cases", path.display());
    let wrong: Vec<String> = cases.iter().filter_map(|line| mismatch(line, &answer, &lookup)).collect();
    assert!(wrong.is_empty(), "{name}: {} of {} cases differ\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

fn folder() -> PathBuf {
    std::env::var_os("XTASK_COMPOSE_CASES")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/compose")), PathBuf::from)
}

/// The `NAME=value` words of a header line, up to its semicolon.
fn environment(header: &str) -> Vec<(String, String)> {
    let words = header.split(" ; ").next().unwrap_or(header).split_whitespace();
    words.filter_map(|word| word.split_once('=')).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn mismatch(
    line: &str,
    answer: impl Fn(&str, &dyn Fn(&str) -> Option<String>) -> Answer,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Option<String> {
    let fields: Vec<&str> = line.splitn(3, '\t').collect();
    let input: String = serde_json::from_str(fields[0]).unwrap_or_else(|error| panic!("{line}: {error}"));
    let expected: Answer = match fields[1..] {
        // The file of project names has no column for errors: there are none.
        [name] => Ok(serde_json::from_str(name).unwrap_or_else(|error| panic!("{line}: {error}"))),
        ["OK", value] => Ok(serde_json::from_str(value).unwrap_or_else(|error| panic!("{line}: {error}"))),
        ["ERR", message] => Err(message.to_owned()),
        _ => panic!("not a case: {line}"),
    };
    let got = answer(&input, lookup);
    (got != expected).then(|| format!("{}\n  expected {expected:?}\n  got      {got:?}", fields[0]))
}

#[test]
fn interpolation() {
    check("interpolation.tsv", |input, lookup| {
        interpolate::interpolate(input, lookup).map(|result| json!(result.text)).map_err(|error| error.to_string())
    });
}

#[test]
fn dotenv_files() {
    check("dotenv.tsv", |input, lookup| {
        dotenv::parse(input, lookup).map(|values| json!(values)).map_err(|error| error.to_string())
    });
}

#[test]
fn published_ports() {
    check("ports.tsv", |input, _| ports::parse(input).map(|ports| json!(ports)).map_err(|error| error.to_string()));
}

#[test]
fn mounts() {
    check("volumes.tsv", |input, _| volumes::parse(input).map(|mount| json!(mount)).map_err(|error| error.to_string()));
}

#[test]
fn words_of_a_command() {
    check("shellwords.tsv", |input, _| {
        shellwords::split(input).map(|words| json!(words.words)).map_err(|error| error.to_string())
    });
}

#[test]
fn project_names() {
    check("project-names.tsv", |input, _| Ok(json!(project_name::normalise(input))));
}
