//! Setting `alembic_version` by hand, recorded like everything else.

use super::connect::Database;
use super::error::PostgresError;
use super::history::Entry;
use super::state::State;
use crate::sql::literal;

impl Database {
    /// Makes these the rows of `alembic_version`, in one transaction; runs that were begun and not finished count as given
    /// up. To be called with the lock held.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn stamp(&mut self, state: &State, rows: &[String], entries: &[Entry]) -> Result<(), PostgresError> {
        let table = state.table.quoted();
        let mut sql = format!("BEGIN; LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE; DELETE FROM {table};");
        for row in rows {
            sql.push_str(&format!("INSERT INTO {table} (version_num) VALUES ({});", literal(row)));
        }
        for entry in entries {
            sql.push_str(&entry.insert_done());
        }
        sql.push_str("UPDATE xtask.history SET state = 'abandoned', finished_at = clock_timestamp() WHERE state = 'started';COMMIT");
        let outcome = self.run(&sql).await;
        if outcome.is_err() {
            let _ = self.run("ROLLBACK").await;
        }
        outcome
    }
}
