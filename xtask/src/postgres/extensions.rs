//! Which extensions a server has.

use sqlx::Row;

use super::connect::Database;
use super::error::PostgresError;
use crate::sql::literal;

impl Database {
    /// Those of the names that the server has no extension for.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn lacking_extensions(&mut self, names: &[String]) -> Result<Vec<String>, PostgresError> {
        let names: Vec<String> = names.iter().map(|name| literal(name)).collect();
        let sql = format!(
            "SELECT name FROM unnest(ARRAY[{}]::text[]) AS name \
             WHERE name NOT IN (SELECT a.name FROM pg_catalog.pg_available_extensions a)",
            names.join(", ")
        );
        Ok(self.rows(&sql).await?.iter().map(|row| row.get("name")).collect())
    }
}
