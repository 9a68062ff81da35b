//! The house rules that a machine can hold: layers, crates named in one place, a page for every error code, short files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Which layer a module belongs to (`docs/architecture.md`).
const LAYERS: &[(&str, u8)] = &[
    ("diagnostic", 0),
    ("path", 0),
    ("schema", 0),
    ("secret", 0),
    ("sql", 0),
    ("adoption", 1),
    ("alembic", 1),
    ("config", 1),
    ("diff", 1),
    ("event", 1),
    ("lifecycle", 1),
    ("plan", 1),
    ("python", 1),
    ("revision", 1),
    ("sample", 1),
    ("sqlmodel", 1),
    ("stack", 1),
    ("view", 1),
    ("wanted", 1),
    ("docker", 2),
    ("files", 2),
    ("postgres", 2),
    ("server", 2),
    ("tools", 2),
    ("ui", 2),
    ("cli", 3),
    ("commands", 3),
    ("context", 3),
];

/// Siblings that may be imported all the same, and why.
const NAMED: &[(&str, &str, &str)] = &[
    ("sqlmodel", "python", "models are Python"),
    ("alembic", "python", "revision scripts are Python"),
    ("alembic", "sqlmodel", "their words are SQLAlchemy's"),
    ("alembic", "sql", "they execute SQL text"),
    ("adoption", "alembic", "its scripts are what is adopted"),
    ("adoption", "config", "it writes xtask.toml"),
    ("adoption", "python", "env.py is Python"),
    ("adoption", "revision", "a script becomes a revision"),
    ("adoption", "stack", "the commands of tasks are split into words as those of services are"),
    ("revision", "sql", "a script is SQL"),
    ("lifecycle", "stack", "what is wanted is what the Compose file says"),
    ("docker", "tools", "ssh and the helpers for credentials are programs"),
    ("schema", "sql", "names are shown as SQL"),
    ("plan", "diff", "a plan puts changes in order"),
    ("sample", "diff", "what rows go through is said in its words"),
    ("wanted", "diff", "renames are told in its words"),
    ("wanted", "sqlmodel", "what is wanted is what models say"),
    ("server", "tools", "the server's programs are found and run like any other"),
    ("cli", "commands", "the command line is made of the commands' arguments"),
    ("commands", "context", "a command is given its context"),
    ("cli", "context", "the context is made from the command line"),
];

/// Crates that touch the outside world, and the one module that names each.
const CRATES: &[(&str, &[&str])] = &[
    ("sqlx", &["postgres"]),
    ("bollard", &["docker"]),
    ("hyper", &["docker"]),
    ("hyper_util", &["docker"]),
    ("http_body_util", &["docker"]),
    ("tokio_rustls", &["docker"]),
    ("rustls_native_certs", &["docker"]),
    ("tar", &["docker"]),
    ("which", &["tools"]),
    ("xshell", &["tools"]),
    ("console", &["ui"]),
    ("dialoguer", &["ui"]),
    ("indicatif", &["ui"]),
    ("rustix", &["ui"]),
    ("comfy_table", &["ui"]),
    ("annotate_snippets", &["ui"]),
    ("renderdag", &["ui"]),
    ("serde_saphyr", &["stack"]),
    ("toml", &["adoption", "config"]),
    ("squawk_lexer", &["sql"]),
    ("ruff_python_parser", &["python"]),
    ("tracing", &["postgres"]),
];

/// Set to anything, the index of the error pages is written instead of compared.
const UPDATE: &str = "XTASK_UPDATE_DOCS";

const INDEX_INTRODUCTION: &str = "\
# Error codes

Every error and warning carries a code in brackets: `error[migration-failed]: …`. It is the same in every version, and each has a
page here: what it means, what it looks like, what to do. In scripts, take the code from `--format json`, or the exit status:

| status | meaning |
| --- | --- |
| 0 | done |
| 1 | failed, in a way that has no status of its own |
| 2 | the command line or a configuration file cannot be understood |
| 3 | something that the command needs is not on this machine |
| 4 | a service is unhealthy, or did not answer in time |
| 5 | a conflict: a port, a name, a lock, another checkout |
| 6 | a migration or a view failed |
| 7 | a check found differences or pending work |
| 8 | a confirmation is needed, or was refused |
| 130 | interrupted with Ctrl-C |

This page is made from the first sentence of each other page; a test keeps it current.

| code | meaning |
| --- | --- |
";

/// Lines that a file may have before its tests.
const LONGEST_FILE: usize = 400;

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The text of a file up to its tests.
fn before_tests(text: &str) -> &str {
    text.find("#[cfg(test)]").map_or(text, |at| &text[..at])
}

fn module_of(path: &Path) -> String {
    let relative = path.strip_prefix(source()).expect("below src");
    let first = relative.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

fn layer(module: &str) -> Option<u8> {
    LAYERS.iter().find(|(name, _)| *name == module).map(|(_, layer)| *layer)
}

/// The modules of this crate that a text names: `crate::x`.
fn imports(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        // `pub(crate)` and `$crate` are no paths; `crate::{a, b}` is not used in this house.
        assert!(!rest.starts_with('{'), "write one `use crate::…` a module, so that the layers can be read");
        let name: String = rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
        found.insert(name);
    }
    found
}

#[test]
fn layers_point_down_only() {
    let mut wrong = Vec::new();
    for path in rust_files(&source()) {
        let module = module_of(&path);
        if module == "lib" || module == "main" {
            continue;
        }
        let Some(own) = layer(&module) else {
            wrong.push(format!("{module} has no layer"));
            continue;
        };
        let text = std::fs::read_to_string(&path).expect("a source");
        for other in imports(&text) {
            if other == module {
                continue;
            }
            let named = NAMED.iter().any(|(from, to, _)| *from == module && *to == other);
            match layer(&other) {
                Some(layer) if layer < own || named => {}
                Some(_) => wrong.push(format!("{}: {module} imports {other}", path.display())),
                None => wrong.push(format!("{}: crate::{other} is no module of the table", path.display())),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The cells of each row of the table in `docs/architecture.md` whose heading begins so.
fn table_of_architecture(heading: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/architecture.md");
    let page = std::fs::read_to_string(path).expect("docs/architecture.md");
    let rows =
        page.lines().skip_while(|line| !line.starts_with(heading)).skip(2).take_while(|line| line.starts_with('|'));
    let cells = |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect();
    rows.map(cells).collect()
}

#[test]
fn the_architecture_names_the_same_layers() {
    let mut written: Vec<(String, u8)> = table_of_architecture("| layer | module |")
        .into_iter()
        .map(|row| (row[1].clone(), row[0].parse().expect("the number of a layer")))
        .collect();
    written.sort();
    let mut meant: Vec<(String, u8)> = LAYERS.iter().map(|(name, layer)| ((*name).to_owned(), *layer)).collect();
    meant.sort();
    assert_eq!(written, meant, "the table of layers in docs/architecture.md, and LAYERS");

    let written = table_of_architecture("| module | may import |");
    let meant: Vec<Vec<String>> = NAMED.iter().map(|(a, b, c)| [a, b, c].map(|it| (*it).to_owned()).to_vec()).collect();
    assert_eq!(written, meant, "the table of exceptions in docs/architecture.md, and NAMED");
}

#[test]
fn each_crate_is_named_in_one_module_only() {
    let mut wrong = Vec::new();
    for path in rust_files(&source()) {
        let module = module_of(&path);
        let text = std::fs::read_to_string(&path).expect("a source");
        for (name, modules) in CRATES {
            let names_it = [format!("use {name}::"), format!(" {name}::"), format!("({name}::"), format!("<{name}::")];
            if names_it.iter().any(|way| text.contains(way.as_str())) && !modules.contains(&module.as_str()) {
                wrong.push(format!("{}: names {name}, which belongs to {modules:?}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_domain_is_pure() {
    let impure = [
        "std::fs",
        "std::env",
        "std::process",
        "std::net::Tcp",
        "tokio",
        "SystemTime",
        "Instant",
        "Timestamp",
        "Zoned",
    ];
    let mut wrong = Vec::new();
    for path in rust_files(&source()) {
        if layer(&module_of(&path)).is_none_or(|layer| layer > 1) {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a source");
        for name in impure.iter().filter(|name| before_tests(&text).contains(**name)) {
            wrong.push(format!("{}: {name}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_error_code_has_a_page_and_every_page_a_code() {
    let mut codes: BTreeMap<String, PathBuf> = BTreeMap::new();
    for path in rust_files(&source()) {
        let text = std::fs::read_to_string(&path).expect("a source");
        for (at, _) in before_tests(&text).match_indices("Code::new(\"") {
            let rest = &text[at + "Code::new(\"".len()..];
            let code = &rest[..rest.find('"').expect("a closing quote")];
            codes.insert(code.to_owned(), path.clone());
        }
    }
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors");
    let mut wrong = Vec::new();
    for (code, path) in &codes {
        match std::fs::read_to_string(pages.join(format!("{code}.md"))) {
            Ok(page) if page.starts_with(&format!("# {code}\n")) => {}
            Ok(_) => wrong.push(format!("docs/errors/{code}.md does not begin with `# {code}`")),
            Err(_) => wrong.push(format!("docs/errors/{code}.md is missing ({})", path.display())),
        }
    }
    for page in std::fs::read_dir(&pages).expect("docs/errors") {
        let name = page.expect("a page").file_name().to_string_lossy().into_owned();
        let code = name.trim_end_matches(".md");
        if code != "README" && !codes.contains_key(code) {
            wrong.push(format!("docs/errors/{name} explains a code that nothing uses"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The first sentence of a page, as one line of the index.
fn first_sentence(page: &str) -> String {
    let paragraph = page.split("\n\n").nth(1).expect("a page says first what it is about");
    let paragraph = paragraph.replace('\n', " ");
    let paragraph = paragraph.trim().trim_start_matches("**What it means.** ");
    let sentence = paragraph.find(". ").map_or(paragraph.trim_end_matches('.'), |end| &paragraph[..end]);
    sentence.replace('|', "\\|")
}

#[test]
fn the_index_of_error_pages_is_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/errors");
    let mut codes: Vec<String> = std::fs::read_dir(&folder)
        .expect("docs/errors")
        .map(|page| page.expect("a page").file_name().to_string_lossy().trim_end_matches(".md").to_owned())
        .filter(|code| code != "README")
        .collect();
    codes.sort();
    let mut wanted = INDEX_INTRODUCTION.to_owned();
    for code in codes {
        let page = std::fs::read_to_string(folder.join(format!("{code}.md"))).expect("a page").replace("\r\n", "\n");
        wanted.push_str(&format!("| [{code}]({code}.md) | {} |\n", first_sentence(&page)));
    }
    let path = folder.join("README.md");
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, &wanted).expect("written");
    }
    let index = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(index == wanted, "docs/errors/README.md is not current: run with {UPDATE}=1");
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let mut wrong = Vec::new();
    for path in rust_files(&source()) {
        let text = std::fs::read_to_string(&path).expect("a source");
        let lines = before_tests(&text).lines().count();
        if lines > LONGEST_FILE {
            wrong.push(format!("{}: {lines} lines before its tests", path.display()));
        }
        if !text.starts_with("//! ") {
            wrong.push(format!("{}: no line of purpose", path.display()));
        }
        let module = path.file_stem().expect("a name").to_string_lossy().into_owned();
        if ["util", "utils", "helper", "helpers", "common", "manager", "misc"].contains(&module.as_str()) {
            wrong.push(format!("{}: the name says nothing", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
