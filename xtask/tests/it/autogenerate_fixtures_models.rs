//! The folders of [`crate::autogenerate_fixtures`] whose wanted side is Python models, run as a person does: the program reads
//! models and database, writes the revision and proves it; it is applied, leaves nothing to write, and is reverted.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `models.py` | the models |
//! | `views.sql` | a file below `views/` (may be missing) |
//! | `database.sql` | the revision that is applied before (may be missing) |
//! | `rows.sql`, `survives.sql`, `answers`, `expected.*.sql` | as for the others |

use std::sync::Mutex;

use crate::autogenerate_fixtures::{Case, WRITTEN_WITH, cases};
use crate::support::postgres::{TestDatabase, database, present};
use crate::support::project::{Run, TestProject};
use crate::support::{left_out, say, with_each};

/// A case set up as a project, with what stood in the database before.
struct Scene<'c> {
    case: &'c Case,
    project: TestProject,
    database: TestDatabase,
}

impl<'c> Scene<'c> {
    fn set(case: &'c Case) -> Result<Self, String> {
        let scene = Self { case, project: TestProject::new(), database: database("models_fixtures") };
        scene.project.write("models/tables.py", &case.read("models.py").unwrap_or_default());
        if let Some(views) = case.read("views.sql") {
            scene.project.write("views/views.sql", &views);
        }
        if let Some(there) = case.read("database.sql") {
            scene.project.revision(
                "20260101000000_there",
                "There",
                &["revision: 20260101000000", "revises:"],
                &there,
                "",
            );
            scene.xtask(&["migrate"])?;
        }
        scene.database.psql(&case.read("rows.sql").unwrap_or_default());
        Ok(scene)
    }

    fn xtask(&self, arguments: &[&str]) -> Result<Run, String> {
        let run = self.project.run_on(&self.database.url(), arguments);
        match run.code {
            0 => Ok(run),
            code => Err(format!("{}: exit {code}\n{}{}", arguments.join(" "), run.stdout, run.stderr)),
        }
    }

    fn dump(&self) -> Result<String, String> {
        Ok(self.xtask(&["schema", "dump"])?.stdout)
    }

    fn assert_survives(&self, when: &str) -> Result<(), String> {
        let Some(condition) = self.case.read("survives.sql") else { return Ok(()) };
        let condition = condition.trim().trim_end_matches(';');
        let held = self.database.psql(&format!("SELECT ({condition})"));
        if held == "t" { Ok(()) } else { Err(format!("{when}: rows are not what they were: {held}")) }
    }

    /// The options of the command that give the answers of the case.
    fn answers(&self) -> Vec<String> {
        let answers = self.case.read("answers").unwrap_or_default();
        let options = answers.lines().flat_map(|line| match line.split_once(' ') {
            Some(("backfill", told)) => ["--backfill".to_owned(), told.replacen(' ', "=", 1)],
            Some((kind, told)) => [format!("--{kind}"), told.to_owned()],
            None => panic!("the answer {line:?} is not understood"),
        });
        options.collect()
    }

    fn newest(&self, suffix: &str) -> String {
        let names = self.project.migrations();
        let name = names.iter().rfind(|name| name.ends_with(suffix)).expect("a script");
        std::fs::read_to_string(self.project.path(&format!("migrations/{name}"))).expect("a file")
    }

    fn play(&self, compares: bool) -> Result<(), String> {
        self.assert_survives("at the start")?;
        let before = self.dump()?;
        let answers = self.answers();
        let arguments = ["migrate-autogenerate", "-m", "change"].into_iter().chain(answers.iter().map(String::as_str));
        let written = self.xtask(&arguments.collect::<Vec<_>>())?;
        if !written.stderr.contains("Proved") {
            return Err(format!("not proved:\n{}", written.stderr));
        }
        let (up, down) = (without_header(&self.newest(".up.sql")), self.newest(".down.sql"));
        let outcome = self.there_and_back(&before);
        outcome.map_err(|error| format!("{error}\n--- up\n{up}\n--- down\n{down}"))?;
        if !compares {
            return Ok(());
        }
        self.case.compare("expected.up.sql", &up)?;
        self.case.compare("expected.down.sql", &down)
    }

    fn there_and_back(&self, before: &str) -> Result<(), String> {
        self.xtask(&["migrate"])?;
        self.assert_survives("after up")?;
        let again = self.xtask(&["migrate-autogenerate", "-m", "again"])?;
        if !again.stderr.contains("Models and database agree") {
            return Err(format!("something remains after up:\n{}{}", again.stderr, self.newest(".up.sql")));
        }
        self.xtask(&["downgrade", "-1", "--yes"])?;
        self.assert_survives("after down")?;
        let after = self.dump()?;
        if after == before {
            return Ok(());
        }
        let changes = similar::TextDiff::from_lines(before, after.as_str());
        Err(format!("after down (- before, + after):\n{}", changes.unified_diff().context_radius(3)))
    }
}

/// The script without its first comment, which holds the time at which it was written.
fn without_header(text: &str) -> String {
    let body = text.lines().skip_while(|line| line.starts_with("--")).skip_while(|line| line.is_empty());
    body.flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn each_change_of_models_is_written_as_a_careful_person_would_and_goes_there_and_back() {
    if !present() {
        return;
    }
    let cases = cases(true);
    assert!(!cases.is_empty() || std::env::var_os("XTASK_FIXTURES_ONLY").is_some(), "no case");
    let version: u32 = database("models_version").psql("SHOW server_version_num").parse().expect("a number");
    let compares = version / 10_000 == WRITTEN_WITH;
    if !compares {
        left_out(&format!("the words of the scripts: they are those of PostgreSQL {WRITTEN_WITH}"));
    }
    let failed = Mutex::new(Vec::new());
    with_each(&cases, || {
        |case| {
            if let Err(why) = Scene::set(case).and_then(|scene| scene.play(compares)) {
                say(&format!("FAIL {}: {why}", case.name));
                failed.lock().expect("nobody panics").push(case.name.clone());
            }
        }
    });
    let failed = failed.into_inner().expect("nobody panics");
    assert!(failed.is_empty(), "{} of {} cases fail: {failed:?}", failed.len(), cases.len());
}
