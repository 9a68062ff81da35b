//! Changes of models with what Alembic 1.20.1 made of each (`tests/conformance/alembic/sqlmodel_scenarios.json`), run through
//! our program: the change is seen and right, nothing is left to write, down restores, and all of it can be done again.

use serde::Deserialize;

use crate::autogenerate_models::{Project, project};

/// A scenario as it was recorded with Alembic.
#[derive(Debug, Deserialize)]
struct Recorded {
    name: String,
}

/// The models before and after, and what the script must say.
struct Scenario {
    name: &'static str,
    /// What the database has before.
    prepared: &'static str,
    first: &'static str,
    /// What somebody does by hand after the first revision.
    between: &'static str,
    second: Option<&'static str>,
    told: &'static [&'static str],
    says: &'static [&'static str],
}

impl Scenario {
    const NONE: Self = Self { name: "", prepared: "", first: "", between: "", second: None, told: &[], says: &[] };
}

const METADATA: &str = "metadata = sa.MetaData()\n";
const T: &str = "t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True))";
const T_A: &str =
    "t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', sa.Integer))";
const T_TEXT: &str =
    "t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', sa.Text))";
const T_DEFAULT: &str = "t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', sa.Integer, server_default='1'))";
const T_DEFAULT_2: &str = "t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', sa.Integer, server_default='2'))";
const IDENTITY: &str =
    "t = sa.Table('t', metadata, sa.Column('id', sa.Integer, sa.Identity(always=True), primary_key=True))";
const IDENTITY_BY_DEFAULT: &str =
    "t = sa.Table('t', metadata, sa.Column('id', sa.Integer, sa.Identity(always=False), primary_key=True))";

const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "sqlmodel-autostring",
        first: "class Hero(SQLModel, table=True):\n    id: int = Field(primary_key=True)\n    name: str",
        ..Scenario::NONE
    },
    Scenario {
        name: "enum-add-value",
        first: "t = sa.Table('m', metadata, sa.Column('id', sa.Integer, primary_key=True), \
                sa.Column('mood', sa.Enum('sad', 'ok', name='mood'), nullable=False))",
        between: "insert into m (mood) values ('ok')",
        second: Some(
            "t = sa.Table('m', metadata, sa.Column('id', sa.Integer, primary_key=True), \
             sa.Column('mood', sa.Enum('sad', 'ok', 'happy', name='mood'), nullable=False))",
        ),
        says: &["ALTER TYPE public.mood ADD VALUE 'happy'"],
        ..Scenario::NONE
    },
    Scenario {
        name: "enum-new-column",
        first: T,
        second: Some(
            "t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True), \
             sa.Column('v', sa.Enum('a', 'b', name='abenum')))",
        ),
        says: &["CREATE TYPE public.abenum AS ENUM ('a', 'b')", "ALTER TABLE public.t ADD COLUMN v public.abenum"],
        ..Scenario::NONE
    },
    Scenario {
        name: "rename-column",
        first: T_TEXT,
        between: "insert into t (a) values ('kept')",
        second: Some(
            "t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True), sa.Column('b', sa.Text))",
        ),
        told: &["--rename", "t.a:b"],
        says: &["ALTER TABLE public.t RENAME COLUMN a TO b"],
        ..Scenario::NONE
    },
    Scenario {
        name: "server-default-change-stock",
        first: T_DEFAULT,
        second: Some(T_DEFAULT_2),
        says: &["ALTER COLUMN a SET DEFAULT 2"],
        ..Scenario::NONE
    },
    Scenario {
        name: "server-default-change-optin",
        first: T_DEFAULT,
        second: Some(T_DEFAULT_2),
        says: &["ALTER COLUMN a SET DEFAULT 2"],
        ..Scenario::NONE
    },
    Scenario {
        name: "check-add-stock",
        first: T_A,
        second: Some(
            "t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', sa.Integer), \
             sa.CheckConstraint('a > 0', name='a_pos'))",
        ),
        says: &["ADD CONSTRAINT a_pos CHECK (a > 0)"],
        ..Scenario::NONE
    },
    Scenario {
        name: "check-expr-change",
        first: "t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', sa.Integer), \
                sa.CheckConstraint('a > 0', name='a_pos'))",
        second: Some(
            "t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', sa.Integer), \
             sa.CheckConstraint('a > 10', name='a_pos'))",
        ),
        says: &["DROP CONSTRAINT a_pos", "ADD CONSTRAINT a_pos CHECK (a > 10)"],
        ..Scenario::NONE
    },
    Scenario {
        name: "exclude-add",
        first: "from sqlalchemy.dialects.postgresql import TSRANGE\n\
                t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True), sa.Column('r', TSRANGE))",
        second: Some(
            "from sqlalchemy.dialects.postgresql import TSRANGE, ExcludeConstraint\n\
             t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True), sa.Column('r', TSRANGE), \
             ExcludeConstraint(('r', '&&'), name='no_overlap'))",
        ),
        says: &["ADD CONSTRAINT no_overlap EXCLUDE USING gist (r WITH &&)"],
        ..Scenario::NONE
    },
    Scenario {
        name: "fk-unnamed-add",
        first: "p = sa.Table('p', metadata, sa.Column('id', sa.Integer, primary_key=True))\n\
                t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True), sa.Column('p_id', sa.Integer))",
        second: Some(
            "p = sa.Table('p', metadata, sa.Column('id', sa.Integer, primary_key=True))\n\
             t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True), \
             sa.Column('p_id', sa.Integer, sa.ForeignKey('p.id')))",
        ),
        says: &["ADD CONSTRAINT t_p_id_fkey FOREIGN KEY (p_id) REFERENCES public.p"],
        ..Scenario::NONE
    },
    Scenario {
        name: "unique-unnamed-add",
        first: T_TEXT,
        second: Some(
            "t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', sa.Text, unique=True))",
        ),
        says: &["ADD CONSTRAINT t_a_key UNIQUE (a)"],
        ..Scenario::NONE
    },
    Scenario {
        name: "pk-change",
        first: "t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True, autoincrement=False), \
                sa.Column('k', sa.Integer, nullable=False))",
        between: "insert into t (id, k) values (1, 1)",
        second: Some(
            "t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True, autoincrement=False), \
             sa.Column('k', sa.Integer, primary_key=True, autoincrement=False))",
        ),
        says: &["DROP CONSTRAINT t_pkey", "ADD CONSTRAINT t_pkey PRIMARY KEY (id, k)"],
        ..Scenario::NONE
    },
    Scenario {
        name: "sequence-add",
        first: T,
        second: Some(
            "t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True))\n\
             s = sa.Sequence('order_numbers', metadata=metadata, start=100)",
        ),
        says: &["CREATE SEQUENCE public.order_numbers", "START WITH 100"],
        ..Scenario::NONE
    },
    Scenario {
        name: "partial-index-predicate",
        first: "t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', sa.Integer), \
                sa.Index('ix', 'a', postgresql_where=sa.text('a > 0')))",
        second: Some(
            "t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', sa.Integer), \
             sa.Index('ix', 'a', postgresql_where=sa.text('a > 10')))",
        ),
        says: &["DROP INDEX public.ix", "CREATE INDEX ix ON public.t (a) WHERE (a > 10)"],
        ..Scenario::NONE
    },
    Scenario {
        name: "index-opclass",
        first: "t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', sa.Text), \
                sa.Index('ix', 'a'))",
        second: Some(
            "t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', sa.Text), \
             sa.Index('ix', 'a', postgresql_ops={'a': 'text_pattern_ops'}))",
        ),
        says: &["DROP INDEX public.ix", "text_pattern_ops"],
        ..Scenario::NONE
    },
    Scenario {
        name: "computed-expr-change",
        first: "t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', sa.Integer), \
                sa.Column('g', sa.Integer, sa.Computed('a*2')))",
        between: "insert into t (a) values (7)",
        second: Some(
            "t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True), sa.Column('a', sa.Integer), \
             sa.Column('g', sa.Integer, sa.Computed('a*3')))",
        ),
        says: &["GENERATED ALWAYS AS (a * 3) STORED"],
        ..Scenario::NONE
    },
    Scenario { name: "postgis-stock", prepared: "create extension postgis", first: T, ..Scenario::NONE },
    Scenario {
        name: "postgis-tiger",
        prepared: "create extension postgis_tiger_geocoder cascade; create extension postgis_topology",
        first: T,
        ..Scenario::NONE
    },
    Scenario {
        name: "existing-view-untouched",
        first: T,
        between: "create view v as select id from t",
        ..Scenario::NONE
    },
    Scenario {
        name: "drop-column-used-by-matview",
        first: T_A,
        between: "create materialized view mv as select a from t",
        second: Some(T),
        told: &["--drop-view", "mv"],
        says: &["DROP MATERIALIZED VIEW public.mv", "DROP COLUMN a"],
        ..Scenario::NONE
    },
    Scenario {
        name: "fk-cycle",
        first: T,
        second: Some(
            "t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True))\n\
             x = sa.Table('x', metadata, sa.Column('id', sa.Integer, primary_key=True), \
             sa.Column('y_id', sa.Integer, sa.ForeignKey('y.id', name='fxy')))\n\
             y = sa.Table('y', metadata, sa.Column('id', sa.Integer, primary_key=True), \
             sa.Column('x_id', sa.Integer, sa.ForeignKey('x.id', name='fyx')))",
        ),
        says: &["CONSTRAINT fxy FOREIGN KEY (y_id)", "CONSTRAINT fyx FOREIGN KEY (x_id)"],
        ..Scenario::NONE
    },
    Scenario {
        name: "new-schema",
        first: T,
        second: Some(
            "t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True))\n\
             u = sa.Table('u', metadata, sa.Column('id', sa.Integer, primary_key=True), schema='app')",
        ),
        says: &["CREATE SCHEMA app", "CREATE TABLE app.u"],
        ..Scenario::NONE
    },
    Scenario {
        name: "identity-always-to-default-stock",
        first: IDENTITY,
        between: "insert into t default values",
        second: Some(IDENTITY_BY_DEFAULT),
        says: &["ALTER COLUMN id SET GENERATED BY DEFAULT"],
        ..Scenario::NONE
    },
    Scenario {
        name: "identity-always-to-default-optin",
        first: IDENTITY,
        between: "insert into t default values",
        second: Some(IDENTITY_BY_DEFAULT),
        says: &["ALTER COLUMN id SET GENERATED BY DEFAULT"],
        ..Scenario::NONE
    },
    Scenario {
        name: "identity-drop-optin",
        first: IDENTITY,
        between: "insert into t default values",
        second: Some("t = sa.Table('t', metadata, sa.Column('id', sa.Integer, primary_key=True, autoincrement=False))"),
        says: &["ALTER COLUMN id DROP IDENTITY"],
        ..Scenario::NONE
    },
];

fn models(text: &str) -> String {
    format!("{METADATA}{text}\n")
}

/// Runs a scenario; says what of it went otherwise.
fn run(scenario: &Scenario, project: &Project) {
    if !scenario.prepared.is_empty() && project.database.try_psql(scenario.prepared).is_err() {
        crate::support::skip(&format!("{}: the server has no PostGIS", scenario.name));
        return;
    }
    let up = project.evolve("first", &[]);
    assert!(!up.contains("DROP"), "{up}");
    assert_eq!(up.matches("CREATE TABLE").count(), scenario.first.matches("a.Table(").count().max(1), "{up}");
    if !scenario.between.is_empty() {
        project.database.psql(scenario.between);
    }
    let before = project.dump();
    if let Some(second) = scenario.second {
        project.models(&models(second));
        if scenario.told.contains(&"--drop-view") {
            let refused = project.autogenerate("second", &[]).expect(8);
            assert!(refused.stderr.contains("error[view-in-the-way]"), "{}", refused.stderr);
        }
        let up = project.evolve("second", scenario.told);
        for words in scenario.says {
            assert!(up.contains(words), "{words} is not in\n{up}");
        }
        project.xtask(&["downgrade", "-1", "--yes"]).expect(0);
        assert_eq!(project.dump(), before);
        project.xtask(&["migrate"]).expect(0);
    }
    let nothing = project.autogenerate("nothing", &[]).expect(0);
    assert!(nothing.stderr.contains("Models and database agree"), "{}", nothing.stderr);
    if scenario.between.starts_with("insert") {
        let table = if scenario.first.contains("'m'") { "m" } else { "t" };
        assert_eq!(project.database.psql(&format!("select count(*) from {table}")), "1");
    }
    // A view that somebody made by hand is in the way of going back to nothing.
    if !scenario.between.contains("view") {
        project.xtask(&["downgrade", "base", "--yes"]).expect(0);
        project.xtask(&["migrate"]).expect(0);
    }
}

fn run_those(is_meant: impl Fn(usize) -> bool) {
    for (_, scenario) in SCENARIOS.iter().enumerate().filter(|(at, _)| is_meant(*at)) {
        let Some(project) = project(scenario.name, &models(scenario.first)) else { return };
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(scenario, &project)));
        assert!(outcome.is_ok(), "scenario {} is not as it should be: see above", scenario.name);
    }
}

#[test]
fn changes_that_alembic_gets_wrong_are_right_1_of_2() {
    run_those(|at| at % 2 == 0);
}

#[test]
fn changes_that_alembic_gets_wrong_are_right_2_of_2() {
    run_those(|at| at % 2 == 1);
}

#[test]
fn every_recorded_scenario_is_here() {
    let text = include_str!("../conformance/alembic/sqlmodel_scenarios.json");
    let recorded: Vec<Recorded> = serde_json::from_str(text).expect("the recorded scenarios");
    let recorded: Vec<&str> = recorded.iter().map(|it| it.name.as_str()).collect();
    let here: Vec<&str> = SCENARIOS.iter().map(|it| it.name).collect();
    assert_eq!(here, recorded);
}
