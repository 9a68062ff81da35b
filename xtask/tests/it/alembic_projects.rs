//! A real project's scripts, converted into a folder: what `scripts/alembic_projects.py` compares with Alembic.
//!
//! `XTASK_ALEMBIC_PROJECT` names the folder of the scripts, `XTASK_ALEMBIC_ROOTS` the folders that imports start from (separated by
//! colons), `XTASK_ALEMBIC_OUT` the file that is written.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};
use xtask::alembic::{Environment, Outcome, convert, read};
use xtask::python::Files;
use xtask::sqlmodel::Settings;

struct Disk;

impl Files for Disk {
    fn read(&self, path: &Utf8Path) -> Option<String> {
        std::fs::read_to_string(path).ok()
    }

    fn is_folder(&self, path: &Utf8Path) -> bool {
        path.is_dir()
    }
}

fn shown(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Sql(statements) => {
            let told = |it: &xtask::alembic::Statement| json!({"sql": it.sql, "no_transaction": it.no_transaction});
            json!({"statements": statements.iter().map(told).collect::<Vec<_>>()})
        }
        Outcome::Unknown { reasons, .. } => {
            json!({"reasons": reasons.iter().map(|it| format!("{}: {}", it.what, it.why)).collect::<Vec<_>>()})
        }
    }
}

#[test]
#[ignore = "a tool of scripts/alembic_projects.py: it wants the folder of a project"]
fn a_project_is_converted() {
    let told = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let folder = Utf8PathBuf::from(told("XTASK_ALEMBIC_PROJECT"));
    let roots = std::env::var("XTASK_ALEMBIC_ROOTS").unwrap_or_default();
    let mut files: Vec<(Utf8PathBuf, String)> = folder
        .read_dir_utf8()
        .expect("the folder of scripts")
        .map(|entry| entry.expect("an entry").into_path())
        .filter(|path| path.extension() == Some("py"))
        .map(|path| (path.clone(), std::fs::read_to_string(&path).expect("a script")))
        .collect();
    files.sort();
    let start = std::time::Instant::now();
    let (history, errors) = read(&files);
    assert!(errors.is_empty(), "{errors:#?}");
    let environment = Environment {
        files: &Disk,
        roots: roots.split(':').filter(|root| !root.is_empty()).map(Utf8PathBuf::from).collect(),
        naming_convention: &BTreeMap::new(),
        models: &Settings::default(),
    };
    let converted = convert(&history, &environment);
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!(converted.len(), history.scripts.len());
    let revisions: Vec<Value> = converted
        .iter()
        .map(|it| {
            let parents: Vec<&String> = it.script.down_revisions.iter().chain(&it.script.depends_on).collect();
            json!({"revision": it.script.revision, "parents": parents, "up": shown(&it.up), "down": shown(&it.down)})
        })
        .collect();
    let all = json!({"seconds": seconds, "revisions": revisions});
    std::fs::write(told("XTASK_ALEMBIC_OUT"), serde_json::to_string_pretty(&all).expect("JSON"))
        .expect("it is written");
}
