//! A revision as one message to the server: transaction, guard, script, bookkeeping and commit in a single round trip.
//!
//! The server runs the statements of a message one after the other and stops at the first that fails; how many had
//! succeeded and the position of the error tell which part that was.

use super::apply_error::{ApplyError, Kept, failure};
use super::bookkeeping::Bookkeeping;
use super::connect::Database;
use super::error::{PostgresError, SqlError};
use crate::revision::RevisionScript;
use crate::sql::literal;

/// Run before a revision: what an earlier one left in the session does not reach it.
pub(super) const CLEAN_SESSION: &str = "DEALLOCATE ALL;DISCARD TEMP;";

/// Run after a script, before its bookkeeping, which must not be done with a role or a setting of the script; nor do these
/// reach the next revision.
pub const OWN_SETTINGS: &str = "RESET SESSION AUTHORIZATION;RESET ROLE;RESET ALL;";

/// What sqlx asks the server for at the start of each session, whatever the server's own settings are: the same revision
/// means the same everywhere. Said in scripts for psql.
pub const SESSION: &str = "SET client_encoding TO 'UTF8';SET TimeZone TO 'UTC';SET DateStyle TO 'ISO, MDY';";

/// The statements of [`CLEAN_SESSION`].
const CLEANING: usize = 2;

/// The statements before the script: those of [`CLEAN_SESSION`], `BEGIN`, `LOCK TABLE`, the guard.
const OPENING: usize = CLEANING + 3;

/// A message and where the script stands in it.
pub(super) struct Message {
    text: String,
    /// Characters before the script.
    offset: usize,
    /// Statements before the script.
    opening: usize,
    /// Whether it ends the transaction.
    commits: bool,
}

impl Message {
    /// The whole of a revision.
    pub(super) fn whole(script: &RevisionScript, book: &Bookkeeping<'_>) -> Self {
        Self::compose(format!("{}{}", Self::about(book), opening(book)), OPENING, script, book, true)
    }

    /// A revision inside of a transaction that others begin and end.
    pub(super) fn inside(script: &RevisionScript, book: &Bookkeeping<'_>) -> Self {
        Self::compose(format!("{}{CLEAN_SESSION}", Self::about(book)), CLEANING, script, book, false)
    }

    /// What `pg_stat_activity`, and with it a runner that waits for us, shows.
    fn about(book: &Bookkeeping<'_>) -> String {
        let revision = &book.entry.revision;
        let about = format!("{} of {} {}", book.entry.kind.as_str(), revision.id, revision.message);
        format!("/* {} */\n", about.replace("*/", "* /").replace("/*", "/ *"))
    }

    fn compose(
        opening: String,
        statements: usize,
        script: &RevisionScript,
        book: &Bookkeeping<'_>,
        commits: bool,
    ) -> Self {
        let offset = opening.chars().count();
        let mut text = opening;
        text.push_str(&script.text);
        // The script may end in a comment, or without its last semicolon.
        text.push_str("\n;");
        if commits {
            // What is deferred is checked with the script's own settings still in force, and apart from our bookkeeping.
            text.push_str("SET CONSTRAINTS ALL IMMEDIATE;");
        }
        text.push_str(OWN_SETTINGS);
        text.push_str(&book.row_ops());
        text.push_str(&book.entry.insert_done());
        text.push_str(if commits { "COMMIT" } else { "" });
        Self { text, offset, opening: statements, commits }
    }

    /// Which part of the message failed.
    fn part(&self, script: &RevisionScript, sql: &SqlError) -> Part {
        let end = self.offset + script.text.chars().count();
        let is_syntax = sql.sqlstate == "42601" && sql.statements_done == 0;
        match sql.position {
            // The whole message is parsed before anything runs; a statement that wants more is noticed behind the script.
            Some(position) if is_syntax && position > self.offset => {
                Part::Script(Some((position.min(end)) - self.offset))
            }
            Some(position) if position > self.offset && position <= end => Part::Script(Some(position - self.offset)),
            Some(_) => self.by_count(script, sql, Part::Ours),
            None => self.by_count(script, sql, Part::Script(None)),
        }
    }

    fn by_count(&self, script: &RevisionScript, sql: &SqlError, in_script: Part) -> Part {
        match sql.statements_done.checked_sub(self.opening) {
            None if sql.statements_done + 1 == OPENING => Part::Guard,
            None => Part::Ours,
            Some(done) if done < script.script.statements.len() => in_script,
            Some(done) if self.commits && done == script.script.statements.len() => Part::End,
            Some(_) => Part::Ours,
        }
    }
}

/// Where in a message an error happened.
enum Part {
    /// The rows of `alembic_version` are not the expected ones.
    Guard,
    /// In the script, at this character where the server tells.
    Script(Option<usize>),
    /// At what is deferred to the end of the transaction.
    End,
    /// In our own statements.
    Ours,
}

impl Database {
    /// Sends a message; a failure is rolled back and traced to its place.
    pub(super) async fn send(
        &mut self,
        message: &Message,
        script: &RevisionScript,
        book: &Bookkeeping<'_>,
    ) -> Result<(), ApplyError> {
        let Err(error) = self.run(&message.text).await else { return Ok(()) };
        let _ = self.run("ROLLBACK").await;
        let PostgresError::Sql(mut sql) = error else { return Err(error.into()) };
        Err(match message.part(script, &sql) {
            Part::Guard => self.moved(book).await.into(),
            Part::Ours => PostgresError::Sql(sql).into(),
            Part::End => ApplyError::AtEnd { path: script.path.clone(), sql },
            Part::Script(position) => {
                sql.position = position;
                sql.statements_done = sql.statements_done.saturating_sub(message.opening);
                failure(script, 0, 0, PostgresError::Sql(sql)).with(Kept::Nothing)
            }
        })
    }

    /// What `alembic_version` holds in place of what was expected.
    async fn moved(&mut self, book: &Bookkeeping<'_>) -> PostgresError {
        match self.heads(&book.table).await {
            Ok(found) => PostgresError::Moved { expected: book.expected.clone(), found },
            Err(error) => error,
        }
    }
}

/// Begins a transaction in which nobody else can change `alembic_version` (Alembic takes no lock of its own), and fails
/// unless it is as expected: the guard's cast of a word to a number is an error.
fn opening(book: &Bookkeeping<'_>) -> String {
    let table = book.table.quoted();
    let mut expected = book.expected.clone();
    expected.sort_unstable();
    format!(
        "{CLEAN_SESSION}BEGIN;LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE;\
         SELECT CASE WHEN coalesce(string_agg(version_num, ',' ORDER BY version_num COLLATE \"C\"), '') = {} THEN 0 \
         ELSE ('moved' || count(*))::integer END FROM {table};\n",
        literal(&expected.join(","))
    )
}
