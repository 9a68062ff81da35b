//! What stands in tables, as digests by which two databases are compared.

use sqlx::Row as _;

use super::connect::Database;
use super::error::PostgresError;
use crate::schema::QualifiedName;
use crate::sql::identifier;

/// The rows of one table, whatever their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// How many there are.
    pub rows: i64,
    /// A digest of all of them.
    pub digest: String,
}

impl Database {
    /// The rows of a table, of each these columns alone.
    ///
    /// # Errors
    /// Where the table cannot be read.
    pub async fn contents(&mut self, table: &QualifiedName, columns: &[&str]) -> Result<Contents, PostgresError> {
        let sql = format!(
            "SELECT count(*) AS rows, coalesce(encode(sha256(string_agg(digest, ''::bytea ORDER BY digest)), 'hex'), '') AS digest \
             FROM (SELECT sha256(convert_to({}, getdatabaseencoding())) AS digest FROM {}) AS each",
            as_text(columns),
            named(table)
        );
        let rows = self.rows(&sql).await?;
        let found = rows.first().map(|row| Contents { rows: row.get("rows"), digest: row.get("digest") });
        Ok(found.unwrap_or(Contents { rows: 0, digest: String::new() }))
    }

    /// The first rows of a table as PostgreSQL writes them, of each these columns alone, in the order of their texts.
    ///
    /// # Errors
    /// Where the table cannot be read.
    pub async fn first_rows(
        &mut self,
        table: &QualifiedName,
        columns: &[&str],
        count: usize,
    ) -> Result<Vec<String>, PostgresError> {
        let (text, table) = (as_text(columns), named(table));
        let sql = format!("SELECT {text} AS line FROM {table} ORDER BY {text} COLLATE \"C\" LIMIT {count}");
        Ok(self.rows(&sql).await?.iter().map(|row| row.get("line")).collect())
    }
}

fn as_text(columns: &[&str]) -> String {
    let names: Vec<String> = columns.iter().map(|name| identifier(name)).collect();
    format!("ROW({})::text", names.join(", "))
}

fn named(table: &QualifiedName) -> String {
    format!("{}.{}", identifier(&table.schema), identifier(&table.name))
}
