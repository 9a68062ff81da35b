//! `views export --python`: views whose source is a module of SQLAlchemy's SELECTs. The interpreter is a script that gives a
//! fixed answer; what a real one finds in modules is tried by `scripts/read-views-forms`.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::support::postgres::{self, TestDatabase};
use crate::support::project::{Run, TestProject};

const TABLES: &str = "create table runs (id bigint primary key, reactor text, yield numeric);\ncreate schema lab;\n";

struct Project {
    project: TestProject,
    database: TestDatabase,
}

impl Project {
    /// `None` where there is no PostgreSQL.
    fn new(hint: &str) -> Option<Self> {
        if !postgres::present() {
            return None;
        }
        let project = Self { project: TestProject::new(), database: postgres::database(hint) };
        project.project.write("xtask.toml", "[models]\nsource = \"sql\"\npython = \"env\"\n");
        project.project.write("models/schema.sql", TABLES);
        project.project.write("env/bin/python", "#!/bin/sh\ncat > /dev/null\necho chatter\ncat answer.json\n");
        let rights = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(project.project.path("env/bin/python"), rights).expect("our own file");
        project.database.psql(TABLES);
        Some(project)
    }

    fn answers(&self, views: &[Value]) {
        let answer = json!({ "python": "3.13.0", "failures": [], "views": views });
        self.project.write("answer.json", &answer.to_string());
    }

    fn export(&self, more: &[&str]) -> Run {
        self.export_of("app.views", more)
    }

    fn export_of(&self, module: &str, more: &[&str]) -> Run {
        let arguments = [&["views", "export", "--python", module], more].concat();
        self.project.run_on(&self.database.url(), &arguments)
    }

    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.project.path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }
}

fn view(name: &str, sql: &str) -> Value {
    json!({ "name": name, "schema": null, "materialised": null, "sql": sql, "indexes": [], "source": format!("app.views:{name}") })
}

#[test]
fn views_of_a_module_become_files() {
    let Some(project) = Project::new("views_python") else { return };
    let totals = "SELECT runs.reactor, count(*) AS runs \nFROM runs GROUP BY runs.reactor";
    // One reads the other, and comes before it.
    let best = json!({
        "name": "best", "schema": "lab", "materialised": true, "source": "app.views:ALL",
        "sql": "SELECT totals.reactor AS reactor FROM totals WHERE totals.runs > 3",
        "indexes": ["CREATE UNIQUE INDEX uq_best ON lab.best (reactor)"],
    });
    project.answers(&[best, view("totals", totals)]);
    let run = project.export(&[]).expect(0);
    assert!(run.stderr.contains("Wrote lab.best as views/lab/best.sql"), "{}", run.stderr);
    let text = project.read("views/public/totals.sql");
    assert!(text.starts_with("CREATE MATERIALIZED VIEW public.totals AS\nSELECT "), "{text}");
    assert!(project.read("views/lab/best.sql").contains("CREATE UNIQUE INDEX uq_best ON lab.best"), "its index");

    let written = ["migrate-autogenerate", "-m", "views"];
    project.project.run_on(&project.database.url(), &["migrate-autogenerate", "-m", "views"]).expect(0);
    project.project.run_on(&project.database.url(), &["migrate"]).expect(0);
    let again = project.project.run_on(&project.database.url(), &written).expect(0);
    assert!(again.stderr.contains("Models and database agree"), "{}", again.stderr);
    let nothing = project.export(&[]).expect(0);
    assert_eq!(nothing.stderr, "     Already stated: all 2 views\n");
}

#[test]
fn what_the_module_does_not_say_stays() {
    let Some(project) = Project::new("views_python_kept") else { return };
    let own = "-- Why it is there.\n\nCREATE MATERIALIZED VIEW lab.totals AS SELECT reactor, count(*) AS runs FROM runs GROUP BY 1;\n\
               CREATE UNIQUE INDEX uq_totals ON lab.totals (reactor);\nCOMMENT ON COLUMN lab.totals.runs IS 'how many';\n\
               GRANT SELECT ON lab.totals TO PUBLIC;\n";
    project.project.write("views/mine.sql", own);
    project.project.write("views/plain.sql", "CREATE VIEW plain AS SELECT id FROM runs;\n");
    // The same in other words: the server is the judge, and the view is where the project has it.
    let same = "SELECT r.reactor, count(*) AS runs FROM runs AS r GROUP BY r.reactor";
    project.answers(&[view("totals", &same.replace("r.", "runs.").replace(" AS r ", " "))]);
    let same = project.export(&[]).expect(0).stderr;
    assert_eq!(
        same,
        "     Already stated: lab.totals in views/mine.sql\n\
         Note: the modules do not define public.plain, which stays as it is\n"
    );
    assert_eq!(project.read("views/mine.sql"), own);

    let other = "SELECT runs.reactor, count(*) AS runs, max(runs.yield) AS best FROM runs GROUP BY runs.reactor";
    project.answers(&[view("totals", other), view("plain", "SELECT runs.id FROM runs WHERE runs.id > 0")]);
    let refused = project.export(&[]).expect(8);
    assert!(refused.stderr.contains("2 files make other views than Python has"), "{}", refused.stderr);
    let shown = project.export(&["--dry-run", "lab.totals"]).expect(0);
    assert!(shown.stdout.contains("+++ Python"), "{}", shown.stdout);
    assert_eq!(project.read("views/mine.sql"), own, "nothing was written");
    project.export(&["--yes"]).expect(0);
    let text = project.read("views/mine.sql");
    for part in ["-- Why it is there.\n\nCREATE MATERIALIZED", "max(", "uq_totals", "'how many'", "TO PUBLIC"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let plain = project.read("views/plain.sql");
    assert!(plain.starts_with("CREATE VIEW public.plain AS"), "it stays what it is: {plain}");
}

/// A name in a module may be all views of it; one that is a single view says nothing of others.
#[test]
fn views_without_a_source_are_named_unless_one_view_was_asked_for() {
    let Some(project) = Project::new("views_python_others") else { return };
    project.project.write("views/plain.sql", "CREATE VIEW plain AS SELECT id FROM runs;\n");
    let (one, other) = (view("a", "SELECT 1 AS n"), view("b", "SELECT 2 AS n"));
    let note = "the modules do not define public.plain, which stays as it is";
    project.answers(&[one.clone(), other]);
    let all = project.export_of("app.views:ALL", &["--dry-run"]).expect(0);
    assert!(all.stderr.contains(note), "{}", all.stderr);
    let named = project.export_of("app.views:ALL", &["--dry-run", "public.a"]).expect(0);
    assert!(!named.stderr.contains(note), "{}", named.stderr);
    project.answers(&[one]);
    let single = project.export_of("app.views:a", &["--dry-run"]).expect(0);
    assert!(!single.stderr.contains(note), "{}", single.stderr);
    let whole = project.export_of("app.views", &["--dry-run"]).expect(0);
    assert!(whole.stderr.contains(note), "{}", whole.stderr);
}

#[test]
fn what_is_wrong_with_a_module_is_told() {
    let Some(project) = Project::new("views_python_wrong") else { return };
    project.answers(&[view("a", "SELECT 1 AS n"), view("a", "SELECT 2 AS n")]);
    let twice = project.export(&[]).expect(2);
    assert!(twice.stderr.contains("error[python-view-twice]: two queries are called public.a"), "{}", twice.stderr);
    project.answers(&[view("a", "SELECT runs.colour FROM runs")]);
    let fails = project.export(&[]).expect(1);
    assert!(fails.stderr.contains("error[wanted-failed]") && fails.stderr.contains("app.views:a"), "{}", fails.stderr);
    assert!(fails.stderr.contains("column runs.colour does not exist"), "{}", fails.stderr);
    let nothing = json!({ "kind": "nothing", "subject": "app.views" });
    project.project.write("answer.json", &json!({ "python": "3.13.0", "failures": [nothing] }).to_string());
    let missing = project.export(&[]).expect(2);
    assert!(missing.stderr.contains("error[python-views-missing]: app.views defines no views"), "{}", missing.stderr);
    let failure = json!({ "kind": "import", "subject": "app.views", "said": "ValueError: no", "trace": [] });
    project.project.write("answer.json", &json!({ "python": "3.13.0", "failures": [failure] }).to_string());
    let raised = project.export(&[]).expect(1);
    assert!(raised.stderr.contains("the modules cannot be imported: ValueError: no"), "{}", raised.stderr);
    project.project.write("answer.json", "{\"views\": 1}");
    project.export(&[]).expect(1);
}
