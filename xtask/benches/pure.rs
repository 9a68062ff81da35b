//! How long the pure parts take: reading headers, the graph, SQL, Compose, views, findings, models, plans,
//! scripts of Alembic. `cargo bench --bench pure`.

use std::collections::BTreeMap;
use std::hint::black_box;

use camino::{Utf8Path, Utf8PathBuf};
use divan::Bencher;
use serde_json::json;
use xtask::alembic::{Environment, Outcome, convert, read as read_history};
use xtask::diagnostic::{Code, Diagnostic, Exit, Place};
use xtask::plan::{Answers, Plan};
use xtask::python::Files;
use xtask::revision::graph::{Node, RevisionGraph};
use xtask::revision::{HeadOfFile, RevisionSet};
use xtask::schema::Schema;
use xtask::sql::{Script, fingerprint};
use xtask::sqlmodel::{Project, Settings, read};
use xtask::stack::{Stack, Variables};
use xtask::ui::{Manner, Ui};
use xtask::view::{MaterializedView, RelationName, ViewGraph};
use xtask::wanted::{Statement, complete};

fn main() {
    divan::main();
}

/// 3,000 files: the headers of 1,500 revisions and the names of their down files.
#[divan::bench(args = [3_000])]
fn revision_set_read(bencher: Bencher<'_, '_>, files: usize) {
    let folder = Utf8Path::new("migrations");
    let texts: Vec<(String, Vec<u8>)> = chain(files / 2)
        .map(|node| {
            let header = format!("-- A table\n--\n-- revision: {}\n-- revises: {}\n", node.id, node.down.join(", "));
            (format!("{}_a_table", node.id), (header + "\nCREATE TABLE t (id bigint);\n").into_bytes())
        })
        .collect();
    bencher.with_inputs(|| texts.clone()).bench_values(|texts| {
        let heads = texts.into_iter().flat_map(|(stem, bytes)| {
            let down = HeadOfFile::named(format!("{stem}.down.sql"));
            [HeadOfFile::up(folder, format!("{stem}.up.sql"), bytes, true), down]
        });
        let (set, errors) = RevisionSet::read(folder, heads.collect());
        assert!(errors.is_empty());
        set
    });
}

#[divan::bench(args = [3_000, 10_000])]
fn graph_build(bencher: Bencher<'_, '_>, revisions: usize) {
    let nodes: Vec<Node> = branching(revisions).collect();
    bencher.with_inputs(|| nodes.clone()).bench_values(RevisionGraph::new);
}

#[divan::bench(args = [3_000, 10_000])]
fn graph_upgrade_nothing(bencher: Bencher<'_, '_>, revisions: usize) {
    let graph = graph(revisions);
    let rows = graph.real_heads();
    bencher.bench_local(|| graph.upgrade(black_box(&rows), "head").map(|plan| plan.steps.len()));
}

#[divan::bench(args = [3_000, 10_000])]
fn graph_upgrade_everything(bencher: Bencher<'_, '_>, revisions: usize) {
    let graph = graph(revisions);
    bencher.bench_local(|| graph.upgrade(black_box::<&[&str]>(&[]), "head"));
}

#[divan::bench(args = [3_000, 10_000])]
fn graph_downgrade_everything(bencher: Bencher<'_, '_>, revisions: usize) {
    let graph = graph(revisions);
    let rows = graph.real_heads();
    bencher.bench_local(|| graph.downgrade(black_box(&rows), "base"));
}

#[divan::bench]
fn script_split(bencher: Bencher<'_, '_>) {
    let text = view_migration();
    bencher.bench(|| Script::split(black_box(&text)));
}

#[divan::bench]
fn script_fingerprint(bencher: Bencher<'_, '_>) {
    let text = view_migration();
    bencher.bench(|| fingerprint(black_box(&text)));
}

#[divan::bench]
fn stack_parse(bencher: Bencher<'_, '_>) {
    let text = include_str!("../../compose/compose.yaml");
    let variables = Variables::new([("POSTGRES_PASSWORD".to_owned(), "secret".to_owned())]);
    bencher.bench(|| Stack::parse("compose/compose.yaml", black_box(text), &variables));
}

/// Each view reads three of those before it, and the names say nothing of the order.
#[divan::bench(args = [200])]
fn view_graph(bencher: Bencher<'_, '_>, views: u32) {
    let view = |number: u32| MaterializedView {
        oid: number,
        name: RelationName::new("public", format!("view_{}", number * 7919 % views)),
        populated: true,
        reads: [number / 2, number / 3, number / 5].iter().filter(|&&id| id > 0).map(|id| format!("r{id}")).collect(),
        ..MaterializedView::default()
    };
    let views: Vec<MaterializedView> = (1..=views).map(view).collect();
    bencher.with_inputs(|| views.clone()).bench_values(|views| ViewGraph::new(views, Vec::new(), true));
}

#[divan::bench]
fn diagnostic_render(bencher: Bencher<'_, '_>) {
    let source: std::sync::Arc<str> = view_migration().into();
    let at = source.len() / 2..source.len() / 2 + 1;
    let diagnostic = Diagnostic::error(Code::new("migration-failed"), Exit::Migration, "a statement failed")
        .at(Place::span("migrations/1_views.up.sql", &source, at, "here"))
        .because("SQLSTATE 42703")
        .try_command("Correct the file, then", "cargo xtask migrate");
    let ui = Ui::new(Manner::default());
    bencher.bench_local(|| ui.rendered(black_box(&diagnostic)));
}

/// As many files, each with a class that inherits, an enum, 20 columns, a relationship, constraints and indexes.
struct ModelFiles(usize);

impl Files for ModelFiles {
    fn read(&self, path: &Utf8Path) -> Option<String> {
        if path == "models/base.py" {
            let field = "id: int | None = Field(default=None, primary_key=True)";
            return Some(format!("from sqlmodel import Field, SQLModel\n\n\nclass Base(SQLModel):\n    {field}\n"));
        }
        let number: usize = path.as_str().strip_prefix("models/m")?.strip_suffix(".py")?.parse().ok()?;
        let columns: String =
            (0..20).map(|at| format!("    c{at}: str | None = Field(default=None, max_length={})\n", at + 1)).collect();
        let other = (number + 1) % self.0;
        Some(format!(
            "import enum\nfrom typing import TYPE_CHECKING, Optional\n\nfrom sqlalchemy import CheckConstraint, Index, text\n\
             from sqlmodel import Field, Relationship\n\nfrom models.base import Base\n\nif TYPE_CHECKING:\n    \
             from models.m{other} import Model{other}\n\n\nclass Kind{number}(str, enum.Enum):\n    a = \"a\"\n    b = \"b\"\n\n\n\
             class Model{number}(Base, table=True):\n    __table_args__ = (CheckConstraint(\"c1 <> c2\", name=\"ck_{number}\"), \
             Index(\"ix_{number}\", \"c3\", postgresql_where=text(\"c4 IS NULL\")))\n{columns}    kind: Kind{number}\n    \
             other_id: int = Field(foreign_key=\"model{other}.id\", index=True)\n    \
             other: Optional[\"Model{other}\"] = Relationship()\n"
        ))
    }

    fn is_folder(&self, path: &Utf8Path) -> bool {
        path == "models"
    }
}

#[divan::bench(args = [100, 2_000])]
fn models_read(bencher: Bencher<'_, '_>, files: usize) {
    let disk = ModelFiles(files);
    let modules: Vec<_> =
        (0..files).map(|number| (format!("models.m{number}"), format!("models/m{number}.py").into())).collect();
    let settings = Settings::default();
    bencher.bench(|| {
        let project =
            Project { files: &disk, roots: vec!["".into()], modules: modules.clone(), folder: "models".into() };
        let reading = read(&project, black_box(&settings));
        assert!(reading.errors.is_empty() && reading.metadata.tables.len() == files);
        reading
    });
}

/// No files besides the scripts.
struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &Utf8Path) -> Option<String> {
        None
    }

    fn is_folder(&self, _: &Utf8Path) -> bool {
        false
    }
}

/// As many scripts of Alembic, each with a table, an index, a loop over names and a view of 100 lines, and the way back.
#[divan::bench(args = [300])]
fn alembic_convert(bencher: Bencher<'_, '_>, scripts: usize) {
    let files: Vec<(Utf8PathBuf, String)> = (0..scripts).map(alembic_script).collect();
    let (naming, models) = (BTreeMap::new(), Settings::default());
    bencher.bench_local(|| {
        let (history, errors) = read_history(black_box(&files));
        assert!(errors.is_empty());
        let environment =
            Environment { files: &NoFiles, roots: Vec::new(), naming_convention: &naming, models: &models };
        let converted = convert(&history, &environment);
        assert!(
            converted
                .iter()
                .all(|it| matches!((&it.up, &it.down), (Outcome::Sql(up), Outcome::Sql(_)) if up.len() == 5))
        );
        converted
    });
}

fn alembic_script(number: usize) -> (Utf8PathBuf, String) {
    let parent = number.checked_sub(1).map_or_else(|| "None".to_owned(), |before| format!("'r{before}'"));
    let columns: String = (0..100).map(|at| format!("        coalesce(t.c{at}, 'none') AS c{at},\n")).collect();
    let text = format!(
        "\"\"\"Table {number}\n\nRevision ID: r{number}\nCreate Date: 2026-01-01 00:00:00\n\"\"\"\nimport sqlalchemy as sa\n\
         from alembic import op\n\nrevision = 'r{number}'\ndown_revision = {parent}\n\nNAMES = ['x', 'y']\n\
         VIEW = \"\"\"\n    CREATE VIEW v{number} AS SELECT\n{columns}        1 AS one\n    FROM t{number} t\n\"\"\"\n\n\n\
         def upgrade():\n    op.create_table('t{number}', sa.Column('id', sa.Integer(), nullable=False), \
         sa.Column('c', sa.String(length=40)), sa.ForeignKeyConstraint(['id'], ['t0.id']), sa.PrimaryKeyConstraint('id'))\n    \
         op.create_index(op.f('ix_t{number}_c'), 't{number}', ['c'], unique=False)\n    for name in NAMES:\n        \
         op.execute(f'ALTER TABLE t{number} ADD COLUMN {{name}} int')\n    op.execute(VIEW)\n\n\n\
         def downgrade():\n    op.execute('DROP VIEW v{number}')\n    op.drop_table('t{number}')\n"
    );
    (format!("versions/r{number}.py").into(), text)
}

/// As many tables with what models give them: a serial key, a unique index, a reference to the table before.
fn tables(count: usize) -> Schema {
    let table = |number: usize| {
        let name = json!({ "schema": "public", "name": format!("model_{number}") });
        let before = json!({ "schema": "public", "name": format!("model_{}", number.saturating_sub(1)) });
        let default = format!("nextval('public.model_{number}_id_seq'::regclass)");
        json!({
            "name": name,
            "columns": [
                { "name": "id", "type_name": "integer", "not_null": true, "default": default },
                { "name": "code", "type_name": "character varying(64)", "not_null": true },
                { "name": "amount", "type_name": "numeric(12,4)" },
                { "name": "created_at", "type_name": "timestamp with time zone" },
                { "name": "before_id", "type_name": "integer" },
            ],
            "constraints": [
                { "name": format!("model_{number}_pkey"), "kind": "primary_key", "columns": ["id"] },
                { "name": format!("model_{number}_before_id_fkey"), "kind": "foreign_key", "columns": ["before_id"],
                  "table": before, "referenced": ["id"] },
            ],
            "indexes": [
                { "name": format!("ix_model_{number}_code"), "method": "btree", "keys": [{ "column": "code" }], "unique": true },
            ],
        })
    };
    let sequence = |number: usize| {
        json!({
            "name": { "schema": "public", "name": format!("model_{number}_id_seq") },
            "type_name": "integer", "start": 1, "increment": 1, "minimum": 1, "maximum": i32::MAX, "cache": 1, "cycle": false,
            "owned_by": { "table": { "schema": "public", "name": format!("model_{number}") }, "column": "id" },
        })
    };
    let tables: Vec<_> = (0..count).map(table).collect();
    let sequences: Vec<_> = (0..count).map(sequence).collect();
    serde_json::from_value(json!({ "tables": tables, "sequences": sequences })).expect("the form of `schema dump`")
}

/// Models and database agree.
#[divan::bench(args = [100, 2_000, 10_000])]
fn plan_nothing(bencher: Bencher<'_, '_>, count: usize) {
    let (current, stated) = (tables(count), Statement { schema: tables(count), ..Statement::default() });
    bencher.bench_local(|| {
        let wanted = complete(black_box(&stated), &current).schema;
        let plan = Plan::between(&current, &wanted, &Answers::default()).expect("a plan");
        assert!(plan.is_empty());
    });
}

/// Every table is new.
#[divan::bench(args = [100, 2_000, 10_000])]
fn plan_everything(bencher: Bencher<'_, '_>, count: usize) {
    let (current, wanted) = (Schema::default(), tables(count));
    bencher.bench_local(|| Plan::between(black_box(&current), &wanted, &Answers::default()).expect("a plan"));
}

/// Revisions one after the other.
fn chain(count: usize) -> impl Iterator<Item = Node> {
    let id = |number: usize| format!("2026{number:010}");
    (0..count).map(move |number| Node {
        id: id(number),
        down: number.checked_sub(1).map(id).into_iter().collect(),
        ..Node::default()
    })
}

/// The same with a branch and its merge in each ten.
fn branching(count: usize) -> impl Iterator<Item = Node> {
    chain(count).enumerate().map(|(number, mut node)| {
        let id = |number: usize| format!("2026{number:010}");
        match number % 10 {
            5 => node.down = vec![id(number - 2)],
            6 => node.down = vec![id(number - 1), id(number - 2)],
            _ => {}
        }
        node
    })
}

fn graph(revisions: usize) -> RevisionGraph {
    RevisionGraph::new(branching(revisions)).expect("a valid graph")
}

/// 500 lines of the example project's revisions that create views.
fn view_migration() -> String {
    let analytics = include_str!("../../migrations/20260504100000_analytics_views.up.sql");
    let reporting = include_str!("../../migrations/20260706093000_reporting_views.up.sql");
    let lines = analytics.lines().chain(reporting.lines()).cycle().take(500);
    lines.flat_map(|line| [line, "\n"]).collect()
}
