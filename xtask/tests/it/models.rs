//! Models read statically, held against SQLAlchemy's own metadata of the same files, and what is said of what cannot be read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;
use xtask::diagnostic::{Diagnose as _, Diagnostic};
use xtask::python::Files;
use xtask::sqlmodel::{Project, Reading, Settings, Versions, as_json, read};

use crate::support::project::TestProject;
use crate::support::{postgres, skip};

/// Set to anything, the texts of expected errors are written instead of compared.
const UPDATE: &str = "XTASK_UPDATE_FIXTURES";

struct Disk(PathBuf);

impl Files for Disk {
    fn read(&self, path: &Utf8Path) -> Option<String> {
        std::fs::read_to_string(self.0.join(path)).ok()
    }

    fn is_folder(&self, path: &Utf8Path) -> bool {
        self.0.join(path).is_dir()
    }
}

fn fixtures(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(kind);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut folders: Vec<PathBuf> =
        entries.map(|entry| entry.expect("an entry").path()).filter(|it| it.is_dir()).collect();
    folders.sort();
    assert!(!folders.is_empty());
    folders
}

/// The versions of the libraries that stand in `expected.json`, which decide what models mean.
fn read_folder(folder: &Path, expected: &Value) -> Reading {
    let mut versions = Versions::default();
    for (name, slot) in [("sqlmodel", &mut versions.sqlmodel), ("sqlalchemy", &mut versions.sqlalchemy)] {
        *slot = expected["meta"][name].as_str().and_then(xtask::sqlmodel::version);
    }
    let types = expected["types"].as_object().into_iter().flatten();
    let types = types.map(|(name, told)| (name.clone(), told.as_str().expect("a text").to_owned())).collect();
    let disk = Disk(folder.to_owned());
    let modules = vec![("models".to_owned(), Utf8PathBuf::from("models.py"))];
    let project = Project { files: &disk, roots: vec![Utf8PathBuf::new()], modules, folder: Utf8PathBuf::new() };
    read(&project, &Settings { types, versions })
}

/// A value without what is null, false or empty in it, which a dump may leave out.
fn trimmed(value: &Value) -> Option<Value> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::Array(list) if list.is_empty() => None,
        Value::Array(list) => Some(Value::Array(list.iter().map(|it| trimmed(it).unwrap_or(Value::Null)).collect())),
        Value::Object(map) => {
            let kept: serde_json::Map<_, _> =
                map.iter().filter_map(|(key, it)| Some((key.clone(), trimmed(it)?))).collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        other => Some(other.clone()),
    }
}

/// What two readings must agree in, one fact a line.
fn facts(document: &Value) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let pick = |row: &Value, keys: &[&str]| {
        let value = |key: &&str| match &row[*key] {
            Value::Null | Value::Bool(false) => "null".to_owned(),
            Value::String(text) if text.is_empty() => "null".to_owned(),
            Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
            other => trimmed(other).map_or_else(|| "null".to_owned(), |value| value.to_string()),
        };
        keys.iter().map(value).collect::<Vec<_>>().join(" | ")
    };
    for one in list(&document["enums"]) {
        facts.insert(format!("enum {} {}", one["schema"], one["name"]), one["values"].to_string());
    }
    for one in list(&document["domains"]) {
        facts.insert(format!("domain {} {}", one["schema"], one["name"]), one["type"].to_string());
    }
    facts.insert("sequences".to_owned(), document["sequences"].to_string());
    for table in list(&document["tables"]) {
        let of = format!("{} {}", table["schema"], table["name"]);
        facts.insert(format!("table {of}"), pick(&table, &["comment", "prefixes", "options"]));
        let names: Vec<Value> = list(&table["columns"]).iter().map(|column| column["name"].clone()).collect();
        facts.insert(format!("order of columns {of}"), Value::from(names).to_string());
        let keys = [
            "type",
            "nullable",
            "server_default",
            "primary_key",
            "comment",
            "identity",
            "computed",
            "serial",
            "sequence",
        ];
        for column in list(&table["columns"]) {
            facts.insert(format!("column {of} {}", column["name"]), pick(&column, &keys));
        }
        if !table["primary_key"].is_null() {
            facts.insert(format!("primary key {of}"), pick(&table["primary_key"], &["pg_name", "columns"]));
        }
        let deferred = ["name", "deferrable", "initially"];
        for (kind, own) in [
            (
                "foreign_keys",
                &["columns", "ref_schema", "ref_table", "ref_columns", "ondelete", "onupdate", "match"][..],
            ),
            ("uniques", &["columns", "nulls_not_distinct", "include", "comment"][..]),
            ("checks", &["sql"][..]),
            ("excludes", &["using", "where", "elements"][..]),
        ] {
            for one in list(&table[kind]) {
                facts.insert(format!("{kind} {of} {}", one["pg_name"]), pick(&one, &[own, &deferred].concat()));
            }
        }
        let keys =
            ["unique", "expressions", "using", "where", "include", "ops", "with", "nulls_not_distinct", "concurrently"];
        for index in list(&table["indexes"]) {
            facts.insert(format!("index {of} {}", index["name"]), pick(&index, &keys));
        }
    }
    facts
}

fn said(errors: &[Diagnostic]) -> String {
    let line = |error: &Diagnostic| {
        let places: Vec<String> = error.places.iter().map(xtask::diagnostic::Place::display).collect();
        let advice: Vec<&str> = error.next.iter().map(|step| step.what.as_str()).collect();
        let why = error.evidence.iter().map(|why| format!("\n    {why}")).collect::<String>();
        let place = places.join(" <- ");
        format!("{place} {} {}{why}\n    {}\n", error.code.as_str(), error.title, advice.join("; "))
    };
    errors.iter().map(line).collect()
}

fn diagnosed(reading: &Reading) -> Vec<Diagnostic> {
    reading.errors.iter().map(|error| error.diagnose()).collect()
}

#[test]
fn readings_agree_with_sqlalchemys_own_metadata() {
    let mut wrong = String::new();
    for folder in fixtures("models") {
        let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
        let text =
            std::fs::read_to_string(folder.join("expected.json")).unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let reading = read_folder(&folder, &expected);
        wrong.push_str(&said(&diagnosed(&reading)));
        let (wanted, got) = (facts(&expected), facts(&as_json(&reading.metadata)));
        for fact in wanted.keys().chain(got.keys().filter(|fact| !wanted.contains_key(*fact))) {
            if wanted.get(fact) != got.get(fact) {
                wrong.push_str(&format!(
                    "{name}: {fact}\n  wanted {:?}\n  got    {:?}\n",
                    wanted.get(fact),
                    got.get(fact)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_cannot_be_read_is_told_with_its_place_and_what_to_write() {
    for folder in fixtures("models-errors") {
        let reading = read_folder(&folder, &Value::Null);
        let tables: Vec<&str> = reading.metadata.tables.iter().map(|table| table.name.as_str()).collect();
        let got = format!("{}tables: {}\n", said(&diagnosed(&reading)), tables.join(", "));
        let path = folder.join("expected.txt");
        if std::env::var_os(UPDATE).is_some() {
            std::fs::write(&path, &got).expect("written");
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
        assert_eq!(got, expected, "{}", folder.display());
    }
}

/// The example: every class is read, and the command says so.
#[test]
fn the_example_is_read_in_full() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let project = TestProject::new();
    let directory = root.to_string_lossy().into_owned();
    let run = project.run(&["-C", &directory, "models", "--format", "json"]).expect(0);
    let value = run.json();
    let counts = &value["meta"]["counts"];
    assert_eq!((&counts["tables"], &counts["columns"], &counts["enums"]), (&28.into(), &254.into(), &16.into()));
    let run = project.run(&["-C", &directory, "models", "site", "--verbose"]).expect(0);
    assert!(run.stdout.starts_with("site ("), "{}", run.stdout);
    assert!(
        run.stdout.contains("foreign key site_region_id_fkey (region_id) to region (id) on delete restrict"),
        "{}",
        run.stdout
    );
    let run = project.run(&["-C", &directory, "models", "Site", "site"]).expect(2);
    assert!(run.stderr.contains("no table of the models is called `Site`"), "{}", run.stderr);
}

#[test]
fn where_there_are_no_models_the_command_says_what_to_set() {
    let run = TestProject::new().run(&["models"]).expect(2);
    assert!(run.stderr.contains("models-missing") && run.stderr.contains("[models] dir"), "{}", run.stderr);
    let project = TestProject::new();
    project.write("xtask.toml", "[models]\nmodules = [\"app.models\"]\nroots = [\"src\"]\n");
    project.write("src/app/models/__init__.py", "from .user import User\n");
    project.write(
        "src/app/models/user.py",
        "from sqlmodel import Field, SQLModel\n\n\nclass User(SQLModel, table=True):\n    id: int = Field(primary_key=True)\n",
    );
    let run = project.run(&["models"]).expect(0);
    assert!(run.stdout.contains("src/app/models/user.py:4"), "{}", run.stdout);
}

/// SQLModel 0.0.45 made `datetime` a `timestamptz`; the lock file tells which one a project has.
#[test]
fn the_lock_file_decides_what_datetime_is() {
    let project = TestProject::new();
    project.write(
        "models/event.py",
        "from datetime import datetime\nfrom sqlmodel import Field, SQLModel\n\n\nclass Event(SQLModel, table=True):\n    \
         at: datetime = Field(primary_key=True)\n",
    );
    let kind = || {
        let value = project.run(&["models", "--format", "json"]).expect(0).json();
        value["tables"][0]["columns"][0]["type"].as_str().expect("a type").to_owned()
    };
    assert_eq!(kind(), "TIMESTAMP WITH TIME ZONE");
    project.write("uv.lock", "[[package]]\nname = \"sqlmodel\"\nversion = \"0.0.44\"\n");
    assert_eq!(kind(), "TIMESTAMP WITHOUT TIME ZONE");
    project.write("xtask.toml", "[models]\nsqlmodel = \"0.0.45\"\n");
    assert_eq!(kind(), "TIMESTAMP WITH TIME ZONE");
}

/// The server takes what the models become as SQL, and calls what has no name as the reading says.
#[test]
fn the_server_takes_the_sql_and_chooses_the_same_names() {
    if !postgres::present() {
        return;
    }
    let mut wrong = String::new();
    // PostGIS and pgvector are on few machines.
    for folder in fixtures("models").iter().filter(|folder| !folder.ends_with("spatial_and_vectors")) {
        let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
        let reading = read_folder(folder, &Value::Null);
        let mut script = xtask::sqlmodel::ddl::script(&reading.metadata);
        let mut names = Vec::new();
        for table in &reading.metadata.tables {
            let uniques = table.uniques.iter().filter(|key| !key.absorbed_by_pk).map(|key| &key.named);
            let keys = table.primary_key.iter().map(|key| &key.named).chain(uniques);
            let rest = table.checks.iter().map(|it| &it.named).chain(table.foreign_keys.iter().map(|it| &it.named));
            for named in keys.chain(rest).chain(table.excludes.iter().map(|it| &it.named)) {
                names.push(named.pg_name.clone());
                let is_folded =
                    table.uniques.iter().any(|key| key.absorbed_by_pk && key.named.pg_name == named.pg_name);
                if named.name.is_none() && !is_folded {
                    let written = format!("CONSTRAINT {} ", xtask::sqlmodel::quote(&named.pg_name));
                    script = script.replacen(&written, "", 1);
                }
            }
        }
        let database = postgres::database(&format!("models_{name}"));
        let extensions = "create extension hstore; create extension citext; create extension btree_gist";
        if database.try_psql(extensions).is_err() {
            return skip("the server has no extensions hstore, citext and btree_gist");
        }
        if let Err(error) = database.try_psql(&script) {
            wrong.push_str(&format!("{name}: {error}\n{script}\n"));
            continue;
        }
        let all = "select conname from pg_constraint where conrelid >= 16384 and contype <> 'n' order by conname collate \"C\"";
        names.sort();
        let chosen = database.psql(all);
        if chosen.lines().ne(names.iter().map(String::as_str)) {
            wrong.push_str(&format!("{name}: the server chose\n{chosen}\nexpected\n{}\n", names.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
