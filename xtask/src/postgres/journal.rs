//! Scripts that run outside of a transaction, statement by statement, so that the next run can go on where this one ended.
//!
//! Whatever can run in a transaction does, together with its line in the journal, and then it cannot be in doubt. Only what
//! PostgreSQL refuses in a transaction block (`CREATE INDEX CONCURRENTLY`, `VACUUM`, procedures that commit …) is announced
//! before and confirmed after; what became of it after a crash is read from the catalogue where that is possible.

use std::ops::Range;

use sqlx::Row;

use super::apply_error::{ApplyError, Kept, failure};
use super::bookkeeping::{Bookkeeping, Resume, Unfinished};
use super::connect::Database;
use super::error::{PostgresError, SqlError};
use super::message::OWN_SETTINGS;
use crate::revision::RevisionScript;
use crate::sql::{Verb, fingerprint, identifier, literal};

/// Where to go on.
struct Journal {
    entry: i64,
    done: usize,
}

impl Database {
    pub(super) async fn unfinished(&mut self) -> Result<Option<Unfinished>, PostgresError> {
        let sql = "SELECT id, revision, direction, statements_done, statement_running, failure, \
                     coalesce(CASE direction WHEN 'upgrade' THEN up_sql ELSE down_sql END, '') AS sql, \
                     to_char(started_at, 'YYYY-MM-DD HH24:MI') AS started_at, coalesce(applied_by, '') AS applied_by \
                   FROM xtask.history WHERE state = 'started' ORDER BY id DESC LIMIT 1";
        let rows = self.rows(sql).await?;
        Ok(rows.first().map(|row| Unfinished {
            entry: row.get("id"),
            revision: row.get("revision"),
            direction: row.get("direction"),
            done: usize::try_from(row.get::<i32, _>("statements_done")).unwrap_or_default(),
            running: row.get("statement_running"),
            failure: row.get("failure"),
            sql: row.get("sql"),
            started_at: row.get("started_at"),
            applied_by: row.get("applied_by"),
        }))
    }

    /// Runs a script part by part, going on where an unfinished run of it ended.
    pub(super) async fn run_journalled(
        &mut self,
        script: &RevisionScript,
        book: &Bookkeeping<'_>,
        resume: Option<Resume>,
    ) -> Result<(), ApplyError> {
        let units = script.script.units();
        let journal = match &book.unfinished {
            Some(unfinished) => self.go_on(script, &units, unfinished, resume).await?,
            None => self.begin_journal(book).await?,
        };
        for (index, unit) in units.iter().enumerate().skip(journal.done) {
            self.run_unit(script, unit, &journal, index).await?;
        }
        self.finish_journal(book, &journal)
            .await
            .map_err(|error| ApplyError::NotRecorded { path: script.path.clone(), error: Box::new(error) })
    }

    async fn finish_journal(&mut self, book: &Bookkeeping<'_>, journal: &Journal) -> Result<(), PostgresError> {
        self.check_rows(book, OWN_SETTINGS).await?;
        let sql = format!(
            "{}UPDATE xtask.history SET state = 'done', finished_at = clock_timestamp(), failure = NULL, \
             statement_running = false, {} WHERE id = {};COMMIT",
            book.row_ops(),
            book.entry.scripts(),
            journal.entry
        );
        self.run(&sql).await
    }

    async fn begin_journal(&mut self, book: &Bookkeeping<'_>) -> Result<Journal, ApplyError> {
        self.check_rows(book, "").await?;
        let rows = self.rows(&format!("{}COMMIT;", book.entry.insert_started())).await?;
        let entry = rows.first().map(|row| row.get("id")).unwrap_or_default();
        Ok(Journal { entry, done: 0 })
    }

    /// Settles what became of the last run, and says again what its session had been told.
    async fn go_on(
        &mut self,
        script: &RevisionScript,
        units: &[Range<usize>],
        unfinished: &Unfinished,
        resume: Option<Resume>,
    ) -> Result<Journal, ApplyError> {
        let recorded = RevisionScript::from_text(&script.path, unfinished.sql.as_str().into());
        let recorded_units = recorded.script.units();
        let part = |script: &RevisionScript, units: &[Range<usize>], index: usize| {
            units.get(index).map(|unit| script.text[script.script.span(unit)].to_owned())
        };
        for index in 0..unfinished.done {
            let (then, now) = (part(&recorded, &recorded_units, index), part(script, units, index));
            let same = matches!((&then, &now), (Some(then), Some(now)) if fingerprint(then) == fingerprint(now));
            if !same {
                return Err(ApplyError::ChangedBehind {
                    path: script.path.clone(),
                    number: index + 1,
                    then: then.unwrap_or_default(),
                });
            }
        }
        for unit in &units[..unfinished.done.min(units.len())] {
            for statement in script.settings_of(unit) {
                self.run(statement).await?;
            }
        }
        let mut done = unfinished.done;
        if unfinished.running
            && let Some(unit) = recorded_units.get(done)
        {
            let is_done = match resume {
                Some(answer) => answer == Resume::Done,
                None => self.became_of(&recorded, unit, unfinished).await?,
            };
            done += usize::from(is_done);
        }
        self.update_journal(
            unfinished.entry,
            &format!(
                "statements_done = {done}, statement_running = false, failure = NULL, {} = {}",
                if unfinished.direction == "upgrade" { "up_sql" } else { "down_sql" },
                literal(&script.text)
            ),
        )
        .await?;
        Ok(Journal { entry: unfinished.entry, done })
    }

    /// Whether a statement that was running outside of a transaction when its session ended was done.
    async fn became_of(
        &mut self,
        script: &RevisionScript,
        unit: &Range<usize>,
        unfinished: &Unfinished,
    ) -> Result<bool, ApplyError> {
        let statement = &script.script.statements[unit.start];
        let has_failed = unfinished.failure.is_some();
        match &statement.verb {
            Verb::Repeatable => Ok(false),
            Verb::CreateIndexConcurrently { name: Some(name), table } => {
                // What the server refused was not done, even if a valid index of this name is there.
                Ok(self.index_was_built(name, table).await? && !has_failed)
            }
            // The server said that it failed: it is to be run again.
            _ if has_failed => Ok(false),
            Verb::DropIndexConcurrently { name } => {
                let rows = self.rows(&format!("SELECT to_regclass({}) IS NULL AS gone", literal(name))).await?;
                Ok(rows.first().is_some_and(|row| row.get("gone")))
            }
            _ => Err(ApplyError::InDoubt {
                place: script.place(script.script.span(unit), "was running"),
                revision: unfinished.revision.clone(),
                command: if unfinished.direction == "upgrade" { "migrate" } else { "downgrade -1" },
            }),
        }
    }

    /// An index that was left invalid is dropped, so that its statement can run again.
    async fn index_was_built(&mut self, name: &str, table: &str) -> Result<bool, ApplyError> {
        let sql = format!(
            "SELECT i.indisvalid AS valid, n.nspname::text AS schema, c.relname::text AS name \
             FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE i.indrelid = to_regclass({}) AND c.relname = (parse_ident({}))[1]",
            literal(table),
            literal(name)
        );
        let rows = self.rows(&sql).await?;
        let Some(row) = rows.first() else { return Ok(false) };
        if row.get("valid") {
            return Ok(true);
        }
        let (schema, name): (String, String) = (row.get("schema"), row.get("name"));
        self.run(&format!("DROP INDEX CONCURRENTLY {}.{}", identifier(&schema), identifier(&name))).await?;
        Ok(false)
    }

    async fn run_unit(
        &mut self,
        script: &RevisionScript,
        unit: &Range<usize>,
        journal: &Journal,
        index: usize,
    ) -> Result<(), ApplyError> {
        let statements = &script.script.statements[unit.clone()];
        let progress = format!("statements_done = {}, statement_running = false", index + 1);
        let outcome = match (&statements[0].verb, statements.len()) {
            (Verb::CreateIndexConcurrently { .. } | Verb::DropIndexConcurrently { .. } | Verb::Repeatable, _) => {
                self.run_alone(script, unit, journal, &progress).await
            }
            (Verb::Begin, 2..) => self.run_block(script, unit, journal, &progress).await,
            _ => match self.run_with_journal(script, unit, journal, &progress).await {
                Err(UnitError::Script(error)) if error.sql().is_some_and(SqlError::wants_no_transaction) => {
                    self.run_alone(script, unit, journal, &progress).await
                }
                outcome => outcome,
            },
        };
        let error = match outcome {
            Ok(()) => return Ok(()),
            Err(UnitError::Script(error)) => failure(script, unit.start, script.script.span(unit).start, error),
            Err(UnitError::End(PostgresError::Sql(mut sql))) => {
                // Its last statement is what ended it; a position would be one in our own text.
                (sql.position, sql.statements_done) = (None, 0);
                failure(script, unit.end - 1, 0, PostgresError::Sql(sql))
            }
            Err(UnitError::End(error)) => return Err(error.into()),
            // What became of the statement is known, only not written down: nothing may be recorded as failed.
            Err(UnitError::Journal(error)) => return Err(error.into()),
        };
        // The server's answer tells the next run that this statement failed, and did not just end with its session.
        if let ApplyError::Statement { sql, .. } = &error {
            let _ = self.update_journal(journal.entry, &format!("failure = {}", literal(&sql.to_string()))).await;
        }
        Err(error.with(Kept::Statements(unit.start)))
    }

    async fn run_with_journal(
        &mut self,
        script: &RevisionScript,
        unit: &Range<usize>,
        journal: &Journal,
        progress: &str,
    ) -> Result<(), UnitError> {
        self.run("BEGIN").await.map_err(UnitError::Journal)?;
        let sent = self.run(&script.text[script.script.span(unit)]).await;
        self.end_with_journal(sent, journal, progress, "COMMIT").await
    }

    /// A `BEGIN … COMMIT` of the script's own: the journal's line goes in before its end.
    async fn run_block(
        &mut self,
        script: &RevisionScript,
        unit: &Range<usize>,
        journal: &Journal,
        progress: &str,
    ) -> Result<(), UnitError> {
        let span = script.script.span(unit);
        let last = &script.script.statements[unit.end - 1];
        let (body_end, end) = match last.verb {
            Verb::End => (last.span.start, last.text(&script.text)),
            _ => (span.end, "COMMIT"),
        };
        if script.commits(unit) {
            let sent = self.run(&script.text[span.start..body_end]).await;
            return self.end_with_journal(sent, journal, progress, end).await;
        }
        // `ROLLBACK` and `PREPARE TRANSACTION` would take the journal's line with them.
        if let Err(error) = self.run(&script.text[span]).await {
            let _ = self.run("ROLLBACK").await;
            return Err(UnitError::Script(error));
        }
        self.update_journal(journal.entry, progress).await.map_err(UnitError::Journal)
    }

    async fn end_with_journal(
        &mut self,
        sent: Result<(), PostgresError>,
        journal: &Journal,
        progress: &str,
        end: &str,
    ) -> Result<(), UnitError> {
        if let Err(error) = sent {
            let _ = self.run("ROLLBACK").await;
            return Err(UnitError::Script(error));
        }
        // What is deferred is checked before the journal's line, with the script's own settings still in force.
        let sql = format!(
            "SET CONSTRAINTS ALL IMMEDIATE;{OWN_ROLE}UPDATE xtask.history SET {progress} WHERE id = {};{end}",
            journal.entry
        );
        let outcome = self.run(&sql).await;
        if outcome.is_err() {
            let _ = self.run("ROLLBACK").await;
        }
        outcome.map_err(UnitError::End)
    }

    async fn run_alone(
        &mut self,
        script: &RevisionScript,
        unit: &Range<usize>,
        journal: &Journal,
        progress: &str,
    ) -> Result<(), UnitError> {
        self.update_journal(journal.entry, "statement_running = true").await.map_err(UnitError::Journal)?;
        self.run(&script.text[script.script.span(unit)]).await.map_err(UnitError::Script)?;
        self.update_journal(journal.entry, progress).await.map_err(UnitError::Journal)
    }

    async fn update_journal(&mut self, entry: i64, set: &str) -> Result<(), PostgresError> {
        self.run(&format!("BEGIN;{OWN_ROLE}UPDATE xtask.history SET {set} WHERE id = {entry};COMMIT")).await
    }
}

/// What went wrong with a part of a script.
enum UnitError {
    /// A statement of the script failed, and what it did is undone, or it ran alone.
    Script(PostgresError),
    /// The end of its transaction failed, and with it all that it did.
    End(PostgresError),
    /// Our own line could not be written.
    Journal(PostgresError),
}

/// For the rest of a transaction: a script may have taken a role that cannot write the journal, and wants it back after.
const OWN_ROLE: &str = "SET LOCAL SESSION AUTHORIZATION DEFAULT;SET LOCAL role TO DEFAULT;";
