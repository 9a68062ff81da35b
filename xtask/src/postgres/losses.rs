//! How much would be lost: rows and bytes of what a script is going to destroy.

use sqlx::Row;

use super::connect::Database;
use super::error::PostgresError;
use crate::sql::{Loss, literal};

impl Database {
    /// One line for each loss that is real: the table is there and has rows.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn sizes_of(&mut self, losses: &[Loss]) -> Result<Vec<String>, PostgresError> {
        let mut lines = Vec::new();
        for loss in losses.iter().filter(|loss| !loss.table.is_empty()) {
            for (name, size) in self.tables_of(loss).await? {
                let sql = format!("SELECT count(*) AS n FROM (SELECT FROM {name} LIMIT 1000001) t");
                let count: i64 = self.rows(&sql).await?.first().map(|row| row.get("n")).unwrap_or_default();
                if count > 0 {
                    lines.push(line(loss, &name, &size, count));
                }
            }
        }
        Ok(lines)
    }

    /// The tables that a loss means, quoted as needed, and their sizes.
    async fn tables_of(&mut self, loss: &Loss) -> Result<Vec<(String, String)>, PostgresError> {
        let is_meant = match loss.verb {
            "DROP SCHEMA" => format!("c.relnamespace = to_regnamespace({})", literal(&loss.table)),
            _ => format!("c.oid = to_regclass({})", literal(&loss.table)),
        };
        let sql = format!(
            "SELECT c.oid::regclass::text AS name, pg_size_pretty(pg_total_relation_size(c.oid)) AS size \
             FROM pg_catalog.pg_class c WHERE {is_meant} AND c.relkind IN ('r', 'p') ORDER BY c.relname"
        );
        Ok(self.rows(&sql).await?.iter().map(|row| (row.get("name"), row.get("size"))).collect())
    }
}

fn line(loss: &Loss, name: &str, size: &str, count: i64) -> String {
    let count = if count > 1_000_000 { "over 1,000,000".to_owned() } else { count.to_string() };
    match &loss.column {
        Some(column) => format!("{}: column {column} of table {name}, with {count} rows", loss.verb),
        None => format!("{}: table {name}, {count} rows, {size}", loss.verb),
    }
}
