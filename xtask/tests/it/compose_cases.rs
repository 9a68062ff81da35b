//! Compose files and their dialects of text against what the reference implementation makes of them.
//!
//! A case of text is one line, tab separated: input (a JSON string), `OK` or `ERR`, result (JSON, or the message). A case
//! of a whole project is a folder with `config.json` (`docker compose config --format json`), `config-hash.tsv` and
//! `warnings.txt`, recorded with the folder standing at `/srv/demo`; what another version makes of it has that in its name
//! (`config-2.40.json`). Another folder of the same form is taken with
//! `XTASK_COMPOSE_CASES`.

use std::path::{Path, PathBuf};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};
use xtask::stack::{
    Dialect, Request, Selection, SourceFile, Stack, StackError, Variables, dotenv, files, interpolate, ports,
    project_name, selection, shellwords, volumes,
};

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

/// Where the folders stood when the reference implementation saw them.
const RECORDED_AT: &str = "/srv/demo";

/// The versions that recorded them, and what the names of their files have behind `config` and `config-hash`.
const RECORDED_BY: [(&str, Dialect); 2] = [("", Dialect::Debian2_26), ("-2.40", Dialect::V2_36)];

/// A whole project.
struct Project {
    folder: PathBuf,
    variables: Variables,
    stack: Stack,
    findings: Vec<StackError>,
}

impl Project {
    fn load(folder: &Path) -> Self {
        let variables = variables(folder);
        let sources: Vec<SourceFile> = files_of(folder).into_iter().map(|path| source(folder, path)).collect();
        let directory = Utf8Path::new(RECORDED_AT);
        let read = |path: &Utf8Path| Ok(read_recorded(folder, path));
        let request = Request { files: &sources, directory, name: None, variables: &variables, read: &read };
        let (stack, findings) = Stack::load(&request);
        let errors: Vec<_> = findings.iter().filter(|finding| !finding.is_warning()).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", folder.display());
        Self { folder: folder.to_owned(), variables, stack, findings }
    }

    fn text(&self, name: &str) -> String {
        let path = self.folder.join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// What was recorded under this name. The usual files are always there.
    fn recorded(&self, name: &str) -> Option<String> {
        let is_usual = matches!(name, "config.json" | "config-hash.tsv");
        (is_usual || self.folder.join(name).is_file()).then(|| self.text(name))
    }

    fn selection<'s>(&self, stack: &'s Stack) -> Selection<'s> {
        stack.select(&selection::active_profiles(&[], &self.variables), &[]).expect("services that take part")
    }

    /// The project with its env files read.
    fn with_environment(&self, dialect: Dialect) -> Stack {
        let read = |path: &Utf8Path| Ok(read_recorded(&self.folder, path));
        let services = self.selection(&self.stack).services;
        self.stack.with_environment(&services, &self.variables, dialect, &read).expect("env files")
    }
}

/// All folders with a whole project.
fn projects() -> Vec<Project> {
    let entries = std::fs::read_dir(folder()).expect("the folder of the cases");
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    folders.retain(|folder| folder.join("config.json").is_file());
    folders.sort();
    assert!(!folders.is_empty(), "no project in {}", folder().display());
    folders.iter().map(|folder| Project::load(folder)).collect()
}

/// The variables of the recording: those of `env.txt`, or of the head of `config-hash.tsv`, and behind them `.env`.
fn variables(folder: &Path) -> Variables {
    let shell = std::fs::read_to_string(folder.join("env.txt")).unwrap_or_else(|_| {
        let hashes = std::fs::read_to_string(folder.join("config-hash.tsv")).unwrap_or_default();
        let head = hashes.lines().next().unwrap_or_default();
        head.split_whitespace().filter(|word| word.starts_with("COMPOSE_")).collect::<Vec<_>>().join("\n")
    });
    let pairs = shell.lines().filter_map(|line| line.split_once('='));
    let home = ("HOME".to_owned(), "/home/me".to_owned());
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut variables = Variables::new(std::iter::once(home).chain(pairs));
    if let Ok(text) = std::fs::read_to_string(folder.join(".env")) {
        variables.read_env_file(Utf8Path::new(".env"), &text).expect("an env file");
    }
    variables
}

fn files_of(folder: &Path) -> Vec<Utf8PathBuf> {
    match std::fs::read_to_string(folder.join("files.txt")) {
        Ok(names) => names.split_whitespace().map(Utf8PathBuf::from).collect(),
        Err(_) => files::in_folder(Utf8Path::new(""), |path| folder.join(path).is_file()),
    }
}

fn source(folder: &Path, path: Utf8PathBuf) -> SourceFile {
    let text = std::fs::read_to_string(folder.join(&path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    SourceFile { path, text }
}

/// A file that stood at its recorded place.
fn read_recorded(folder: &Path, path: &Utf8Path) -> Option<String> {
    let path = path.strip_prefix(RECORDED_AT).ok()?;
    std::fs::read_to_string(folder.join(path)).ok()
}

#[test]
fn whole_projects_have_the_canonical_form_of_compose() {
    for (version, dialect) in RECORDED_BY {
        for project in projects() {
            let Some(theirs) = project.recorded(&format!("config{version}.json")) else { continue };
            let stack = project.with_environment(dialect);
            let ours = stack.canonical(&project.selection(&stack), dialect);
            let differences = similar::TextDiff::from_lines(theirs.trim_end(), &ours).unified_diff().to_string();
            assert!(differences.is_empty(), "{} {dialect:?}\n{differences}", project.folder.display());
        }
    }
}

#[test]
fn services_have_the_config_hashes_of_compose() {
    for (version, dialect) in RECORDED_BY {
        for project in projects() {
            let Some(hashes) = project.recorded(&format!("config-hash{version}.tsv")) else { continue };
            let theirs: Vec<&str> = hashes.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
            let mut ours: Vec<String> = Vec::new();
            for service in project.selection(&project.stack).services {
                let hash = service.config_hash(dialect);
                assert!(hash.exact, "{}", service.name);
                ours.push(format!("{}\t{}", service.name, hash.value));
            }
            ours.sort();
            assert_eq!(ours, theirs, "{} {dialect:?}", project.folder.display());
        }
    }
}

/// Bind mounts of the short form are the only thing in `syntax` of which newer versions write another hash.
#[test]
fn from_5_on_a_short_bind_hashes_without_a_word_about_its_source() {
    for project in projects() {
        let stack = project.with_environment(Dialect::V5);
        let json: Value =
            serde_json::from_str(&stack.canonical(&project.selection(&stack), Dialect::V5)).expect("JSON");
        let services = json["services"].as_object().expect("services").values();
        let binds = services.flat_map(|service| service["volumes"].as_array().cloned().unwrap_or_default());
        for bind in binds.filter(|mount| mount["type"] == "bind" && mount.get("bind").is_some()) {
            assert_ne!(bind["bind"].get("create_host_path"), Some(&json!(true)), "{bind}");
        }
    }
}

#[test]
fn compose_warns_of_the_same_variables() {
    for project in projects() {
        let warnings = project.text("warnings.txt");
        for finding in &project.findings {
            if let StackError::Unset { variable, .. } = finding {
                let told = format!("The \\\"{variable}\\\" variable is not set");
                assert!(warnings.contains(&told), "{}: {variable}", project.folder.display());
            }
        }
        let ours = |name: &str| {
            project.findings.iter().any(|it| matches!(it, StackError::Unset { variable, .. } if variable == name))
        };
        let files = files_of(&project.folder).into_iter().map(|path| source(&project.folder, path).text);
        let texts: Vec<String> = files.collect();
        let names = warnings.lines().filter_map(|line| line.split("The \\\"").nth(1)?.split("\\\"").next());
        // Compose also warns of variables in env files.
        for name in names.filter(|name| texts.iter().any(|text| text.contains(&format!("${{{name}")))) {
            assert!(ours(name), "{}: {name} is not told", project.folder.display());
        }
    }
}
