//! A revision as one message to the server: transaction, guard, script, bookkeeping and commit in a single round trip.
//!
//! The server runs the statements of a message one after the other and stops at the first that fails; how many had
//! succeeded and the position of the error tell which part that was.

use super::apply::{ApplyError, Bookkeeping, failure};
use super::connect::Database;
use super::error::PostgresError;
use super::state::row_op;
use crate::revision::RevisionScript;
use crate::sql::literal;

/// What ends the script's own settings: what a revision says with `SET` reaches neither our bookkeeping nor the next one.
pub(super) const FRESH_SESSION: &str = "RESET SESSION AUTHORIZATION; RESET ALL;";

/// The statements before the script: `BEGIN`, `LOCK TABLE`, the guard.
const OPENING: usize = 3;

/// A message and where the script stands in it.
pub(super) struct Message {
    text: String,
    /// Characters before the script.
    offset: usize,
    /// Statements before the script.
    opening: usize,
}

impl Message {
    /// The whole of a revision.
    pub(super) fn whole(script: &RevisionScript, book: &Bookkeeping<'_>) -> Self {
        let opening = format!("{}{}", Self::about(book), opening(book));
        Self::compose(opening, OPENING, script, book, "COMMIT")
    }

    /// A revision inside of a transaction that others begin and end.
    pub(super) fn inside(script: &RevisionScript, book: &Bookkeeping<'_>) -> Self {
        Self::compose(Self::about(book), 0, script, book, "")
    }

    /// What `pg_stat_activity`, and with it a runner that waits for us, shows.
    fn about(book: &Bookkeeping<'_>) -> String {
        let revision = &book.entry.revision;
        let about = format!("{} of {} {}", book.entry.kind.as_str(), revision.id, revision.message);
        format!("/* {} */\n", about.replace("*/", "* /").replace("/*", "/ *"))
    }

    fn compose(opening: String, statements: usize, script: &RevisionScript, book: &Bookkeeping<'_>, end: &str) -> Self {
        let offset = opening.chars().count();
        let mut text = opening;
        text.push_str(&script.text);
        // The script may end in a comment, or without its last semicolon.
        text.push_str("\n;");
        text.push_str(FRESH_SESSION);
        for change in &book.changes {
            text.push_str(&row_op(change, &book.table));
        }
        text.push_str(&book.entry.insert_done());
        text.push_str(end);
        Self { text, offset, opening: statements }
    }
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
        let in_script = sql
            .position
            .map(|position| position > message.offset && position <= message.offset + script.text.chars().count());
        if in_script != Some(true) && message.opening > 0 && sql.statements_done + 1 == message.opening {
            return Err(self.moved(book).await.into());
        }
        let statements = script.script.statements.len();
        let before = sql.statements_done.saturating_sub(message.opening);
        let is_ours = match in_script {
            Some(in_script) => !in_script,
            // Behind the script there is only the commit that can fail for the script's sake.
            None => sql.statements_done < message.opening,
        };
        if is_ours {
            return Err(PostgresError::Sql(sql).into());
        }
        sql.position = sql.position.filter(|_| in_script == Some(true)).map(|position| position - message.offset);
        sql.statements_done = before.min(statements);
        Err(match failure(script, 0, 0, PostgresError::Sql(sql)) {
            ApplyError::Statement { place, sql, before, .. } => {
                ApplyError::Statement { place, sql, rolled_back: true, before }
            }
            other => other,
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
        "BEGIN;LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE;\
         SELECT CASE WHEN coalesce(string_agg(version_num, ',' ORDER BY version_num COLLATE \"C\"), '') = {} THEN 0 \
         ELSE ('moved' || count(*))::integer END FROM {table};\n",
        literal(&expected.join(","))
    )
}
