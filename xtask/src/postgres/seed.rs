//! `xtask.seed`: which files of sample rows were loaded, so that nobody loads them twice without asking for it.

use std::collections::BTreeMap;
use std::time::Duration;

use sqlx::Row as _;

use super::connect::Database;
use super::error::PostgresError;
use super::state::CREATE_SCHEMA;
use crate::sql::literal;

/// The table, to be created once in the schema `xtask`, with the first file that is loaded.
pub const CREATE_SEED: &str = "\
CREATE TABLE IF NOT EXISTS xtask.seed (
    file_name text PRIMARY KEY,
    checksum text NOT NULL,
    loaded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    duration interval NOT NULL,
    loaded_by text,
    role text NOT NULL DEFAULT session_user,
    tool text
);
COMMENT ON TABLE xtask.seed IS 'The files of sample rows that were loaded, as they were then';
";

/// A file of sample rows that was loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeded<'a> {
    /// Its path in the project.
    pub file: &'a str,
    /// What it said.
    pub checksum: &'a str,
    /// How long that took.
    pub took: Duration,
    /// Who did it.
    pub by: &'a str,
}

impl Database {
    /// The files of sample rows that were loaded, with their checksums. A downgrade since then may have taken rows along, so
    /// what was loaded before one does not count; nothing does where it may not be read.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn seeded(&mut self) -> Result<BTreeMap<String, String>, PostgresError> {
        let tables = self.own_tables().await?;
        let is_readable = |name: &str| tables.get(name).is_some_and(|readable| *readable);
        if !is_readable("seed") {
            return Ok(BTreeMap::new());
        }
        let since =
            " WHERE NOT EXISTS (SELECT FROM xtask.history WHERE direction = 'downgrade' AND started_at > it.loaded_at)";
        let since = if is_readable("history") { since } else { "" };
        let rows = self.rows(&format!("SELECT file_name, checksum FROM xtask.seed AS it{since}")).await?;
        Ok(rows.iter().map(|row| (row.get("file_name"), row.get("checksum"))).collect())
    }

    /// Records that a file of sample rows was loaded; gives whether that is allowed.
    ///
    /// # Errors
    /// What else the server refuses.
    pub async fn record_seeded(&mut self, seeded: &Seeded<'_>) -> Result<bool, PostgresError> {
        let tables = self.own_tables().await?;
        // The table may be there without the right to make tables, and the schema without that to make schemas.
        let make = match (tables.contains_key("seed"), tables.contains_key("")) {
            (true, _) => String::new(),
            (false, true) => CREATE_SEED.to_owned(),
            (false, false) => format!("{CREATE_SCHEMA}{CREATE_SEED}"),
        };
        let Err(error) = self.run(&format!("{make}{}", seeded.upsert())).await else { return Ok(true) };
        match error.sql() {
            // insufficient_privilege, read_only_sql_transaction
            Some(sql) if matches!(sql.sqlstate.as_str(), "42501" | "25006") => Ok(false),
            _ => Err(error),
        }
    }

    /// The tables in the schema of the tool, with whether they may be read; the schema itself is the one without a name.
    async fn own_tables(&mut self) -> Result<BTreeMap<String, bool>, PostgresError> {
        // The catalogue is asked and not `to_regclass`, which fails where the role may not use the schema.
        let sql = "SELECT coalesce(c.relname::text, '') AS name, has_schema_privilege(n.oid, 'USAGE') \
                     AND coalesce(has_table_privilege(c.oid, 'SELECT'), true) AS readable \
                   FROM pg_catalog.pg_namespace n LEFT JOIN pg_catalog.pg_class c \
                     ON c.relnamespace = n.oid AND c.relkind = 'r' \
                   WHERE n.nspname = 'xtask'";
        let rows = self.rows(sql).await?;
        let found = rows.iter().map(|row| (row.get("name"), row.get("readable")));
        let schema = (!rows.is_empty()).then(|| (String::new(), true));
        Ok(found.chain(schema).collect())
    }
}

impl Seeded<'_> {
    fn upsert(&self) -> String {
        format!(
            "INSERT INTO xtask.seed (file_name, checksum, duration, loaded_by, tool) \
             VALUES ({}, {}, make_interval(secs => {}), {}, {}) \
             ON CONFLICT (file_name) DO UPDATE SET checksum = excluded.checksum, loaded_at = excluded.loaded_at, \
               duration = excluded.duration, loaded_by = excluded.loaded_by, role = excluded.role, tool = excluded.tool;",
            literal(self.file),
            literal(self.checksum),
            self.took.as_secs_f64(),
            literal(self.by),
            literal(concat!("cargo xtask ", env!("CARGO_PKG_VERSION"))),
        )
    }
}
