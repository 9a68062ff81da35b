//! What the tool keeps in a database: `alembic_version`, which is Alembic's own, and the schema `xtask`.

use sqlx::Row;

use super::connect::Database;
use super::error::PostgresError;
use super::journal::Unfinished;
use crate::revision::graph::RowOp;
use crate::sql::{identifier, literal};

/// Alembic's table of current heads, in the schema in which it is or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionTable {
    schema: String,
}

impl VersionTable {
    /// In this schema.
    pub fn in_schema(schema: impl Into<String>) -> Self {
        Self { schema: schema.into() }
    }

    /// Its name for use in SQL, whatever the search path.
    pub fn quoted(&self) -> String {
        format!("{}.alembic_version", identifier(&self.schema))
    }

    /// What Alembic creates, to the letter.
    pub fn create(&self) -> String {
        format!(
            "CREATE TABLE IF NOT EXISTS {} (\n    version_num varchar(32) NOT NULL,\n    \
             CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)\n);",
            self.quoted()
        )
    }
}

/// One statement on `alembic_version`, with its semicolon.
pub fn row_op(op: &RowOp<'_>, table: &VersionTable) -> String {
    let name = table.quoted();
    match op {
        RowOp::Insert(id) => format!("INSERT INTO {name} (version_num) VALUES ({});", literal(id)),
        RowOp::Update { from, to } => {
            format!("UPDATE {name} SET version_num = {} WHERE version_num = {};", literal(to), literal(from))
        }
        RowOp::Delete(id) => format!("DELETE FROM {name} WHERE version_num = {};", literal(id)),
    }
}

/// What a database says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Where `alembic_version` is, or will be.
    pub table: VersionTable,
    /// Whether it is there.
    pub has_table: bool,
    /// Whether the tool's own schema is there, and may be read.
    pub has_history: bool,
    /// The current heads, in the order in which the server gives them.
    pub rows: Vec<String>,
    /// A revision that was begun outside of a transaction and not finished.
    pub unfinished: Option<Unfinished>,
    /// The name of the database.
    pub database: String,
    /// The role that we are.
    pub role: String,
    /// Our server process.
    pub pid: i32,
}

/// The schema `xtask`, to be created once; running it again changes nothing.
///
/// `duration` is what the server's own clock says, the transaction's beginning to its last statement.
pub const CREATE_HISTORY: &str = "\
CREATE SCHEMA IF NOT EXISTS xtask;
COMMENT ON SCHEMA xtask IS 'State of cargo xtask: what was applied, when and by whom (format 1)';
CREATE TABLE IF NOT EXISTS xtask.history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    revision text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('upgrade', 'downgrade', 'stamp')),
    state text NOT NULL DEFAULT 'done' CHECK (state IN ('started', 'done', 'abandoned')),
    message text,
    file_name text,
    revises text[] NOT NULL DEFAULT '{}',
    depends_on text[] NOT NULL DEFAULT '{}',
    branch_labels text[] NOT NULL DEFAULT '{}',
    checksum text,
    file_digest bigint,
    up_sql text,
    down_sql text,
    statements_done integer,
    statement_running boolean NOT NULL DEFAULT false,
    failure text,
    started_at timestamptz NOT NULL DEFAULT transaction_timestamp(),
    finished_at timestamptz,
    duration interval GENERATED ALWAYS AS (finished_at - started_at) STORED,
    applied_by text,
    role text NOT NULL DEFAULT session_user,
    tool text
);
COMMENT ON TABLE xtask.history IS 'Every revision applied or taken back, with the SQL that ran';
CREATE INDEX IF NOT EXISTS history_started_idx ON xtask.history (id) WHERE state = 'started';
";

impl Database {
    /// Reads the state. `version_schema` is where `alembic_version` must be, if that was configured.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn state(&mut self, version_schema: Option<&str>) -> Result<State, PostgresError> {
        let table = match version_schema {
            Some(schema) => format!("{}.alembic_version", identifier(schema)),
            None => "alembic_version".to_owned(),
        };
        let sql = format!(
            "SELECT current_database()::text AS database, session_user::text AS role, pg_backend_pid() AS pid, \
               coalesce(current_schema()::text, 'public') AS schema, \
               (SELECT n.nspname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE c.oid = to_regclass({})) AS found, \
               coalesce((SELECT has_schema_privilege(n.oid, 'usage') AND has_table_privilege(c.oid, 'select') \
                 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE n.nspname = 'xtask' AND c.relname = 'history'), false) AS has_history",
            literal(&table)
        );
        let rows = self.rows(&sql).await?;
        let row = &rows[0];
        let found: Option<String> = row.get("found");
        let schema = found.clone().or_else(|| version_schema.map(str::to_owned)).unwrap_or_else(|| row.get("schema"));
        let mut state = State {
            table: VersionTable::in_schema(schema),
            has_table: found.is_some(),
            has_history: row.get("has_history"),
            rows: Vec::new(),
            unfinished: None,
            database: row.get("database"),
            role: row.get("role"),
            pid: row.get("pid"),
        };
        if state.has_table {
            state.rows = self.heads(&state.table).await?;
        }
        if state.has_history {
            state.unfinished = self.unfinished().await?;
        }
        Ok(state)
    }

    /// The rows of `alembic_version`.
    pub(super) async fn heads(&mut self, table: &VersionTable) -> Result<Vec<String>, PostgresError> {
        let rows = self.rows(&format!("SELECT version_num::text AS id FROM {}", table.quoted())).await?;
        Ok(rows.iter().map(|row| row.get("id")).collect())
    }

    /// Creates `alembic_version` alone, as `alembic ensure_version` does.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn create_version_table(&mut self, state: &mut State) -> Result<(), PostgresError> {
        if !state.has_table {
            self.run(&state.table.create()).await?;
            state.has_table = true;
        }
        Ok(())
    }

    /// Creates what is missing of the state, in one transaction. To be called with the lock held.
    ///
    /// # Errors
    /// [`PostgresError::Privilege`] with the grant that is missing, or what else the server refuses.
    pub async fn create_state(&mut self, state: &mut State) -> Result<(), PostgresError> {
        if state.has_table && state.has_history {
            return Ok(());
        }
        let sql = format!("BEGIN;\n{}\n{CREATE_HISTORY}COMMIT;", state.table.create());
        if let Err(error) = self.run(&sql).await {
            let _ = self.run("ROLLBACK").await;
            return Err(privilege(error, state));
        }
        state.has_table = true;
        state.has_history = true;
        Ok(())
    }
}

fn privilege(error: PostgresError, state: &State) -> PostgresError {
    match error.sql() {
        Some(sql) if sql.sqlstate == "42501" => PostgresError::Privilege {
            message: sql.message.clone(),
            grant: format!("GRANT CREATE ON DATABASE {} TO {};", identifier(&state.database), identifier(&state.role)),
        },
        _ => error,
    }
}
