//! One schema migrated into another and back, in a transaction that is rolled back: no database is made for it.
//!
//! Where a script has to commit in between, because it adds values to an enum, a database is made all the same.

use similar::TextDiff;
use xtask::plan::{Answers, Plan};
use xtask::postgres::{Database, Scope};
use xtask::revision::RevisionScript;
use xtask::schema::{NotNull, Schema};

use super::postgres::{TestDatabase, database};
use super::session::session;

/// A session with an empty database, which it leaves empty.
pub(crate) struct Bench {
    session: Database,
    _database: TestDatabase,
}

/// Two schemas and what is done with them.
#[derive(Default)]
pub(crate) struct Migration<'m> {
    /// Creates what is there.
    pub(crate) there: &'m [&'m str],
    /// Puts rows into it.
    pub(crate) rows: &'m str,
    /// A condition that holds with these rows, after up, and after down again.
    pub(crate) survives: Option<&'m str>,
}

impl Bench {
    /// A bench with a database of its own.
    pub(crate) async fn open(hint: &str) -> Self {
        let database = database(hint);
        Self { session: session(&database).await, _database: database }
    }

    /// The major version of the server.
    pub(crate) fn major_version(&self) -> u32 {
        self.session.server_version() / 10_000
    }

    /// The schema that these scripts make.
    pub(crate) async fn schema_of(&mut self, scripts: &[&str]) -> Result<Schema, String> {
        self.run("BEGIN").await?;
        let outcome = self.made_and_read(scripts).await;
        self.run("ROLLBACK").await?;
        outcome
    }

    /// Migrates what is there with this plan to what is wanted, and back.
    ///
    /// # Errors
    /// A script fails, something remains to be changed, or the start is not restored.
    pub(crate) async fn there_and_back(
        &mut self,
        migration: &Migration<'_>,
        (current, wanted): (&Schema, &Schema),
        plan: &Plan,
    ) -> Result<(), String> {
        let commits = [&plan.up, &plan.down]
            .iter()
            .any(|script| script.outside_transaction || script.statements().any(|statement| statement.commits_first));
        if commits {
            let mut other = Self::open("committed").await;
            return other.migrate(migration, (current, wanted), plan).await;
        }
        self.run("BEGIN").await?;
        let outcome = self.migrate(migration, (current, wanted), plan).await;
        self.run("ROLLBACK").await?;
        outcome
    }

    async fn migrate(
        &mut self,
        migration: &Migration<'_>,
        (current, wanted): (&Schema, &Schema),
        plan: &Plan,
    ) -> Result<(), String> {
        for script in migration.there.iter().chain([&migration.rows, &"SET CONSTRAINTS ALL IMMEDIATE"]) {
            self.run(script).await.map_err(|error| format!("the start fails: {error}"))?;
        }
        self.assert(migration.survives, "at the start").await?;
        self.send(&plan.up.text()).await.map_err(|error| format!("up fails: {error}"))?;
        let reached = self.read().await?;
        same("after up", wanted, &reached)?;
        self.assert(migration.survives, "after up").await?;
        self.send(&plan.down.text()).await.map_err(|error| format!("down fails: {error}"))?;
        same("after down", current, &self.read().await?)?;
        self.assert(migration.survives, "after down").await
    }

    async fn assert(&mut self, condition: Option<&str>, when: &str) -> Result<(), String> {
        let Some(condition) = condition else { return Ok(()) };
        let condition = condition.trim().trim_end_matches(';');
        let text = format!("DO $assert$ BEGIN ASSERT ({condition}), 'rows are not what they were'; END $assert$");
        self.run(&text).await.map_err(|error| format!("{when}: {error}"))
    }

    /// Runs a script as `migrate` does: unit by unit where it says so.
    async fn send(&mut self, text: &str) -> Result<(), String> {
        let script = RevisionScript::parse("script.sql".into(), text.as_bytes());
        let script = script.map_err(|errors| format!("{errors:?}"))?;
        if script.transactional {
            return self.run(text).await;
        }
        self.session.run_script(&script).await.map_err(|error| error.to_string())
    }

    async fn made_and_read(&mut self, scripts: &[&str]) -> Result<Schema, String> {
        for script in scripts {
            self.run(script).await?;
        }
        self.read().await
    }

    async fn read(&mut self) -> Result<Schema, String> {
        self.session.introspect_inside(&Scope::default()).await.map_err(|error| error.to_string())
    }

    async fn run(&mut self, sql: &str) -> Result<(), String> {
        self.session.run_text(sql).await.map_err(|error| error.to_string())
    }
}

/// Whether two schemas are the same to the comparison, and in all else but the order of columns.
pub(crate) fn same(when: &str, expected: &Schema, got: &Schema) -> Result<(), String> {
    let (expected_text, got_text) = (written(expected), written(got));
    if expected_text != got_text {
        let changes = TextDiff::from_lines(&expected_text, &got_text);
        return Err(format!("{when} (- expected, + got):\n{}", changes.unified_diff().context_radius(4)));
    }
    let rest = Plan::between(got, expected, &Answers::default()).map_err(|error| error.to_string())?;
    if rest.is_empty() { Ok(()) } else { Err(format!("{when} something remains:\n{}", rest.up.text())) }
}

/// Takes away what no statement can bring back of a `NOT NULL` that a parent demands, too, and the number of a chosen name.
fn settle(required: &mut NotNull) {
    if required.inherited {
        (required.name, required.only_inherited) = (String::new(), false);
    }
    let plain = required.name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    if plain.ends_with("_not_null") {
        required.name.truncate(plain.len());
    }
}

/// A schema as text, with the columns of tables in the order of their names: one that is added comes last, whatever is wanted.
fn written(schema: &Schema) -> String {
    let mut schema = schema.clone();
    let names: Vec<_> = schema.tables.names().cloned().collect();
    for name in &names {
        let table = schema.tables.get_mut(name).expect("it has this name");
        table.columns.sort_by(|one, other| one.name.cmp(&other.name));
        for required in table.columns.iter_mut().filter_map(|column| column.required.as_mut()) {
            settle(required);
        }
    }
    schema.dependencies = Default::default();
    serde_json::to_string_pretty(&schema).expect("it can be written")
}
