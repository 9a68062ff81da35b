//! `--python`: models that an interpreter imports. The interpreter is a script that gives a fixed answer, or a plain Python
//! without any package; with SQLAlchemy itself it is tried by `scripts/compare-with-python`.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;

use crate::support::project::TestProject;
use crate::support::{postgres, skip};

const MODELS: &str = "from sqlmodel import Field, SQLModel\n\n\nclass Run(SQLModel, table=True):\n    id: int = Field(primary_key=True)\n    \
                      reactor: str = Field(max_length=20)\n";

/// What SQLAlchemy has of these models, with another type for one column.
fn answer(sql_type: &str) -> String {
    let column = |name: &str, sql_type: &str, serial: bool| {
        serde_json::json!({
            "name": name, "type": sql_type, "nullable": false, "primary_key": serial, "serial": serial,
        })
    };
    let key = serde_json::json!({ "name": null, "pg_name": "run_pkey", "columns": ["id"] });
    serde_json::json!({
        "failures": [], "python": "3.13.0", "sqlalchemy": "2.0.40",
        "tables": [{
            "schema": null, "name": "run", "primary_key": key,
            "columns": [column("id", "INTEGER", true), column("reactor", sql_type, false)],
            "declared": { "path": "models/run.py", "line": 4 },
        }],
        "extra": ["CREATE FUNCTION run_count() RETURNS bigint LANGUAGE sql AS 'select count(*) from run'"],
    })
    .to_string()
}

/// A project with models and a program in the place of its interpreter.
fn project(script: &str) -> TestProject {
    let project = TestProject::new();
    project.write("models/run.py", MODELS);
    project.write("env/bin/python", &format!("#!/bin/sh\n{script}\n"));
    let rights = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(project.path("env/bin/python"), rights).expect("our own file");
    project
}

/// A project whose interpreter says this, whatever it is asked.
fn answering(answer: &str) -> TestProject {
    let project = project("cat > /dev/null\necho 'models are chatty'\ncat answer.json");
    project.write("answer.json", answer);
    project.write("xtask.toml", "[models]\npython = \"env\"\n");
    project
}

#[test]
fn an_interpreter_that_is_not_there_is_said_with_what_was_tried() {
    let project = project("exit 0");
    let run = project.run(&["models", "--python=no/where"]).expect(3);
    assert!(
        run.stderr.contains("error[python-missing]: no Python interpreter was found at no/where"),
        "{}",
        run.stderr
    );
    for tried in ["no/where\n", "no/where/bin/python\n"] {
        assert!(run.stderr.contains(tried), "{tried}: {}", run.stderr);
    }
    let mut nothing = project.command(&["models", "--python"]);
    nothing.env("PATH", "/nowhere").env_remove("VIRTUAL_ENV").env_remove("CONDA_PREFIX");
    let run = crate::support::project::Run::of(&mut nothing).expect(3);
    for tried in [".venv/bin/python", ".pixi/envs/default/bin/python", "tried python3 on PATH"] {
        assert!(run.stderr.contains(tried), "{tried}: {}", run.stderr);
    }
    let silent = project.run(&["models", "--python=env"]).expect(1);
    assert!(silent.stderr.contains("error[python-no-answer]"), "{}", silent.stderr);
}

#[test]
fn both_readings_are_held_against_each_other() {
    let project = answering(&answer("VARCHAR(20)"));
    let listed = project.run(&["models", "--python", "--format", "json"]).expect(0).json();
    assert_eq!(listed["tables"][0]["declared"]["line"], 4);
    let same = project.run(&["models", "check", "--python"]).expect(0);
    assert!(same.stderr.contains("1 tables, read and imported with"), "{}", same.stderr);
    project.run(&["models", "check"]).expect(0);

    project.write("answer.json", &answer("TEXT"));
    let differs = project.run(&["models", "check", "--python"]).expect(7);
    assert!(
        differs
            .stderr
            .contains("error[models-readings-differ]: reading the models and importing them differ in 1 fact")
    );
    let row: Vec<&str> =
        differs.stdout.lines().nth(1).expect("a row").split("  ").filter(|it| !it.is_empty()).collect();
    assert_eq!(
        row.iter().map(|it| it.trim()).collect::<Vec<_>>(),
        ["column run.reactor", "type", "VARCHAR(20)", "TEXT"]
    );
    let json = project.run(&["models", "check", "--python", "--format", "json"]).expect(7).json();
    assert_eq!(json["differences"][0]["imported"], "TEXT");
}

#[test]
fn what_was_imported_is_what_is_wanted() {
    if !postgres::present() {
        return;
    }
    let (project, database) = (answering(&answer("TEXT")), postgres::database("python"));
    let run = |arguments: &[&str]| project.run_on(&database.url(), arguments);
    run(&["migrate-autogenerate", "-m", "first", "--python"]).expect(0);
    run(&["migrate"]).expect(0);
    assert_eq!(database.psql("select data_type from information_schema.columns where column_name = 'reactor'"), "text");
    let again = run(&["migrate-autogenerate", "-m", "again", "--python"]).expect(0);
    assert!(again.stderr.contains("Models and database agree"), "{}", again.stderr);
    run(&["check", "--python"]).expect(0);
    run(&["check"]).expect(7);
    let diff = run(&["schema", "diff", "--python"]).expect(0);
    assert_eq!(diff.stdout, "", "{}", diff.stderr);
}

#[test]
fn an_exception_is_told_at_its_place() {
    if which::which("python3").is_err() {
        skip("no python3 on this machine");
        return;
    }
    // Without `site` it finds no installed packages.
    let project = project("exec python3 -S -E \"$@\"");
    let bare = project.run(&["models", "--python=env"]).expect(3);
    assert!(bare.stderr.contains("error[python-without-sqlalchemy]"), "{}", bare.stderr);
    assert!(bare.stderr.contains("No module named 'sqlalchemy'"), "{}", bare.stderr);

    // As much of it as is needed to come to the models.
    project.write("sqlalchemy/__init__.py", "");
    project.write("sqlalchemy/orm.py", "");
    project.write("sqlalchemy/schema.py", "CreateIndex = None\n");
    project.write("sqlalchemy/dialects/__init__.py", "");
    project.write("sqlalchemy/dialects/postgresql.py", "");
    project
        .write("models/run.py", "def table():\n    raise ValueError('no such table')\n\n\nprint('hello')\ntable()\n");
    project.write("models/other.py", "from models.run import table\n");
    project.write("models/lacks.py", "import geoalchemy_of_nobody\n");
    let raised = project.run(&["models", "--python=env"]).expect(1);
    assert!(
        raised.stderr.contains("error[models-import-failed]: the models cannot be imported: ValueError: no such table"),
        "{}",
        raised.stderr
    );
    assert!(raised.stderr.contains("models/run.py:2:5"), "{}", raised.stderr);
    assert!(raised.stderr.contains("models/run.py:6 in <module>: table()"), "{}", raised.stderr);
    assert!(raised.stderr.contains("while importing models.other, models.run with"), "{}", raised.stderr);
    assert!(raised.stderr.contains("Install the package that has `geoalchemy_of_nobody`"), "{}", raised.stderr);
    let whole = raised.stderr.matches("error[models-import-failed]").count();
    assert_eq!(whole, 2, "one a cause: {}", raised.stderr);
}
