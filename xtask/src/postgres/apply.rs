//! Applying one revision, its row in `alembic_version` and its line in the history together.

use std::time::{Duration, Instant};

use sqlx::Row;

use super::apply_error::{ApplyError, Kept, failure};
use super::bookkeeping::{Bookkeeping, Resume};
use super::connect::Database;
use super::error::PostgresError;
use super::message::{CLEAN_SESSION, Message};
use crate::revision::RevisionScript;

impl Database {
    /// Runs a script and records it: in one transaction, or statement by statement where the script asks for that.
    ///
    /// # Errors
    /// What failed, and where in the file.
    pub async fn apply(
        &mut self,
        script: &RevisionScript,
        book: &Bookkeeping<'_>,
        resume: Option<Resume>,
    ) -> Result<Duration, ApplyError> {
        let started = Instant::now();
        if script.transactional {
            self.send(&Message::whole(script, book), script, book).await?;
        } else {
            self.run(CLEAN_SESSION).await?;
            self.run_journalled(script, book, resume).await?;
        }
        Ok(started.elapsed())
    }

    /// Runs a script and records it inside of a transaction that the caller began and will end.
    ///
    /// # Errors
    /// What failed, and where in the file.
    pub async fn apply_inside(
        &mut self,
        script: &RevisionScript,
        book: &Bookkeeping<'_>,
    ) -> Result<Duration, ApplyError> {
        let started = Instant::now();
        self.send(&Message::inside(script, book), script, book).await?;
        Ok(started.elapsed())
    }

    /// Begins a transaction in which `alembic_version` cannot change under us.
    ///
    /// # Errors
    /// [`PostgresError::Moved`] where it has changed already.
    pub async fn begin(&mut self, book: &Bookkeeping<'_>) -> Result<(), PostgresError> {
        self.check_rows(book, "").await
    }

    /// Ends a transaction of several revisions, of which `last` is the last.
    ///
    /// # Errors
    /// What the server refuses, such as a deferred constraint.
    pub async fn commit(&mut self, last: &RevisionScript) -> Result<(), ApplyError> {
        let Err(error) = self.run("COMMIT").await else { return Ok(()) };
        let _ = self.run("ROLLBACK").await;
        Err(match error {
            PostgresError::Sql(sql) => ApplyError::AtEnd { path: last.path.clone(), sql },
            other => other.into(),
        })
    }

    /// Begins a transaction, locks `alembic_version` against other writers (Alembic takes no lock of its own), and makes
    /// sure that it is as expected. `before` is SQL to run first.
    pub(super) async fn check_rows(&mut self, book: &Bookkeeping<'_>, before: &str) -> Result<(), PostgresError> {
        let table = book.table.quoted();
        let sql = format!(
            "{before}BEGIN; LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE; SELECT version_num::text AS id FROM {table}"
        );
        let mut found: Vec<String> = self.rows(&sql).await?.iter().map(|row| row.get("id")).collect();
        let mut expected = book.expected.clone();
        found.sort_unstable();
        expected.sort_unstable();
        if found == expected {
            return Ok(());
        }
        let _ = self.run("ROLLBACK").await;
        Err(PostgresError::Moved { expected, found })
    }

    /// Runs a script that is no revision: nothing is recorded. It is one transaction unless it has its own.
    ///
    /// # Errors
    /// What failed, and where in the file.
    pub async fn run_file(&mut self, script: &RevisionScript) -> Result<(), ApplyError> {
        if self.is_rehearsal {
            return self.rehearse(script).await;
        }
        let Err(error) = self.run(&script.text).await else { return Ok(()) };
        let _ = self.run("ROLLBACK").await;
        Err(failure(script, 0, 0, error).with(Kept::Nothing))
    }
}
