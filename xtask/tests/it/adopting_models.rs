//! `adopt` finds the models of a project, wherever `env.py` has its metadata from: `models` lists the tables afterwards.

use crate::adopting::project;
use crate::support::project::TestProject;

/// A project with this `env.py` and these Python files.
fn with(env: &str, files: &[(&str, &str)]) -> TestProject {
    let project = project();
    std::fs::remove_dir_all(project.path("shop")).expect("ours");
    project.write("alembic/env.py", &format!("from alembic import context\n{env}\n"));
    files.iter().for_each(|(path, text)| project.write(path, text));
    project
}

/// The tables that `models` lists after the adoption, and what the adoption noted.
fn adopted(project: &TestProject) -> (Vec<String>, String) {
    let notes = project.run(&["adopt", "--yes", "--format", "json"]).expect(0).json()["notes"].to_string();
    let run = project.run(&["models"]).expect(0);
    let names = run.stdout.lines().skip(1).filter_map(|line| line.split_whitespace().next());
    (names.map(str::to_owned).collect(), notes)
}

const BASE: &str = "from sqlalchemy.orm import declarative_base\nBase = declarative_base()\n";

fn class(import: &str, base: &str, table: &str) -> String {
    format!(
        "import sqlalchemy as sa\n{import}\nclass It({base}):\n    __tablename__ = '{table}'\n    id = sa.Column(sa.Integer, primary_key=True)\n"
    )
}

#[test]
fn classes_that_build_on_the_base_are_found_where_env_imports_the_base_alone() {
    let project = with(
        "from app.store.base import Base\ntarget_metadata = Base.metadata",
        &[
            ("app/__init__.py", ""),
            ("app/store/__init__.py", ""),
            ("app/store/base.py", BASE),
            ("app/store/runs/models.py", &class("from app.store.base import Base", "Base", "runs")),
            ("app/store/registry.py", &class("from .base import Base", "Base", "registry")),
            // Another database's, with a base class of its own.
            ("app/old.py", &class(&BASE.replace("Base =", "Own ="), "Own", "runs")),
        ],
    );
    let (tables, notes) = adopted(&project);
    assert_eq!(tables, ["registry", "runs"]);
    assert!(notes.contains("`app.store.registry`, `app.store.runs.models`"), "{notes}");
    let config = std::fs::read_to_string(project.path("xtask.toml")).expect("written");
    assert!(config.contains("modules = [\"app.store.registry\", \"app.store.runs.models\"]"), "{config}");
}

#[test]
fn modules_that_env_imports_are_the_models_and_others_of_their_metadata_are_told() {
    let project = with(
        "from app import db, models\ndef run():\n    context.configure(target_metadata=db.Base.metadata)",
        &[
            ("app/__init__.py", ""),
            ("app/db.py", "from sqlalchemy.orm import DeclarativeBase\nclass Base(DeclarativeBase):\n    pass\n"),
            ("app/models/__init__.py", "from app.models.user import It\n"),
            ("app/models/user.py", &class("from app.db import Base", "Base", "account")),
            ("app/extra.py", &class("from app.db import Base", "Base", "extra")),
        ],
    );
    let (tables, notes) = adopted(&project);
    assert_eq!(tables, ["account"]);
    assert!(notes.contains("also in `app.extra`, which `env.py` does not import"), "{notes}");
}

#[test]
fn sqlmodel_classes_are_found_where_env_imports_what_uses_them_and_where_it_imports_nothing() {
    let user = "from sqlmodel import Field, SQLModel\nclass User(SQLModel, table=True):\n    id: int = Field(primary_key=True)\n";
    let files = [
        ("app/__init__.py", ""),
        ("app/service.py", "from sqlmodel import SQLModel\nfrom app.models import User\n"),
        ("app/models.py", user),
        ("other.py", "from sqlmodel import SQLModel\nclass Form(SQLModel):\n    name: str\n"),
    ];
    for env in [
        "from app.service import SQLModel\ntarget_metadata = SQLModel.metadata",
        "import importlib\nfrom sqlmodel import SQLModel\nimportlib.import_module('app.models')\ntarget_metadata = SQLModel.metadata",
    ] {
        let (tables, notes) = adopted(&with(env, &files));
        assert_eq!(tables, ["\"user\""], "{env}: {notes}");
    }
}

#[test]
fn what_of_the_models_cannot_be_read_is_told_at_once() {
    let text = "from sqlmodel import Field, SQLModel\nfrom elsewhere import Key\nclass A(SQLModel, table=True):\n    id: Key = Field(primary_key=True)\n";
    let project =
        with("import app\nfrom sqlmodel import SQLModel\ntarget_metadata = SQLModel.metadata", &[("app.py", text)]);
    let notes = project.run(&["adopt", "--dry-run", "--format", "json"]).expect(0).json()["notes"].to_string();
    assert!(notes.contains("1 place cannot be read without Python: `cargo xtask models` names them"), "{notes}");
}
