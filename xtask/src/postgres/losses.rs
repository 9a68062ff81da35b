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
            let sql = format!(
                "SELECT c.oid::regclass::text AS name, pg_size_pretty(pg_total_relation_size(c.oid)) AS size \
                 FROM pg_catalog.pg_class c WHERE c.oid = to_regclass({}) AND c.relkind IN ('r', 'p')",
                literal(&loss.table)
            );
            let rows = self.rows(&sql).await?;
            let Some(row) = rows.first() else { continue };
            let (name, size): (String, String) = (row.get("name"), row.get("size"));
            let counted = self.rows(&format!("SELECT count(*) AS n FROM (SELECT FROM {name} LIMIT 1000001) t")).await?;
            let count: i64 = counted.first().map(|row| row.get("n")).unwrap_or_default();
            if count == 0 {
                continue;
            }
            let count = if count > 1_000_000 { "over 1,000,000".to_owned() } else { count.to_string() };
            lines.push(match &loss.column {
                Some(column) => format!("{}: column {column} of table {name}, with {count} rows", loss.verb),
                None => format!("{}: table {name}, {count} rows, {size}", loss.verb),
            });
        }
        Ok(lines)
    }
}
