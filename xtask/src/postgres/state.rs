//! What the tool keeps in a database: `alembic_version`, which is Alembic's own, and the schema `xtask`.

use sqlx::Row;

use super::bookkeeping::Unfinished;
use super::connect::Database;
use super::error::PostgresError;
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
    /// Whether the history is there and may be read.
    pub has_history: bool,
    /// What is there already of the two schemas that the state needs.
    pub(super) schemas: Schemas,
    /// Why nothing can be written, if that is so.
    pub(super) read_only: Option<ReadOnly>,
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

/// Which schemas are there. One that somebody else has made needs no right to make schemas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Schemas {
    /// `xtask`.
    pub(super) own: bool,
    /// That of `alembic_version`.
    pub(super) of_table: bool,
    /// The history is there, and this role may not read it.
    pub(super) hidden_history: bool,
}

/// Why a session cannot write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadOnly {
    Standby,
    Setting,
}

/// The schema of the tool, to be created once.
pub const CREATE_SCHEMA: &str = "\
CREATE SCHEMA IF NOT EXISTS xtask;
COMMENT ON SCHEMA xtask IS 'State of cargo xtask: what was applied, when and by whom (format 1)';
";

/// What is in the schema; running it again changes nothing.
///
/// `duration` is what the server's own clock says, the transaction's beginning to its last statement.
pub const CREATE_HISTORY: &str = "\
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
        // The catalogue is asked for the history, and not `to_regclass`, which fails where the role may not use the schema.
        let sql = format!(
            "SELECT current_database()::text AS database, session_user::text AS role, pg_backend_pid() AS pid, \
               coalesce(current_schema()::text, 'public') AS schema, \
               (SELECT n.nspname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE c.oid = to_regclass({})) AS found, \
               (SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') \
                 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE n.nspname = 'xtask' AND c.relname = 'history') AS history, \
               to_regnamespace('xtask') IS NOT NULL AS own, to_regnamespace({}) IS NOT NULL AS of_table, \
               current_setting('transaction_read_only')::bool AS read_only, pg_is_in_recovery() AS standby",
            literal(&table),
            version_schema
                .map_or_else(|| "quote_ident(current_schema())".to_owned(), |name| literal(&identifier(name)))
        );
        let rows = self.rows(&sql).await?;
        let row = &rows[0];
        let found: Option<String> = row.get("found");
        let schema = found.clone().or_else(|| version_schema.map(str::to_owned)).unwrap_or_else(|| row.get("schema"));
        let history: Option<bool> = row.get("history");
        let kind = if row.get("standby") { ReadOnly::Standby } else { ReadOnly::Setting };
        let mut state = State {
            table: VersionTable::in_schema(schema),
            has_table: found.is_some(),
            has_history: history.unwrap_or_default(),
            schemas: Schemas {
                own: row.get("own"),
                of_table: row.get("of_table"),
                hidden_history: history == Some(false),
            },
            read_only: row.get::<bool, _>("read_only").then_some(kind),
            rows: Vec::new(),
            unfinished: None,
            database: row.get("database"),
            role: row.get("role"),
            pid: row.get("pid"),
        };
        if state.has_table {
            state.rows = self.heads(&state.table).await.map_err(|error| unreadable(error, &state))?;
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
    /// As [`Database::create_state`].
    pub async fn create_version_table(&mut self, state: &mut State) -> Result<(), PostgresError> {
        if state.has_table {
            return Ok(());
        }
        self.require_writable(state)?;
        self.create(state, &create_version_table(state)).await?;
        state.has_table = true;
        Ok(())
    }

    /// Creates what is missing of the state, in one transaction. To be called with the lock held.
    ///
    /// # Errors
    /// [`PostgresError::ReadOnly`], [`PostgresError::Privilege`] with the grant that is missing, or what else the server
    /// refuses.
    pub async fn create_state(&mut self, state: &mut State) -> Result<(), PostgresError> {
        self.require_writable(state)?;
        if state.schemas.hidden_history {
            return Err(PostgresError::Privilege {
                message: "the role may not read xtask.history".to_owned(),
                grant: grant_history(state),
            });
        }
        let mut sql = String::new();
        if !state.has_table {
            sql.push_str(&create_version_table(state));
        }
        if !state.has_history {
            sql.push_str(if state.schemas.own { "" } else { CREATE_SCHEMA });
            sql.push_str(CREATE_HISTORY);
        }
        if !sql.is_empty() {
            self.create(state, &sql).await?;
        }
        state.has_table = true;
        state.has_history = true;
        Ok(())
    }

    fn require_writable(&self, state: &State) -> Result<(), PostgresError> {
        match state.read_only {
            None => Ok(()),
            Some(kind) => {
                Err(PostgresError::ReadOnly { shown: self.address.shown.clone(), standby: kind == ReadOnly::Standby })
            }
        }
    }

    async fn create(&mut self, state: &State, sql: &str) -> Result<(), PostgresError> {
        let outcome = self.run(&format!("BEGIN;\n{sql}\nCOMMIT")).await;
        if outcome.is_err() {
            let _ = self.run("ROLLBACK").await;
        }
        outcome.map_err(|error| privilege(error, state))
    }
}

/// With its schema, where a configured one is missing.
fn create_version_table(state: &State) -> String {
    let schema = if state.schemas.of_table {
        String::new()
    } else {
        format!("CREATE SCHEMA IF NOT EXISTS {};\n", identifier(&state.table.schema))
    };
    format!("{schema}{}\n", state.table.create())
}

fn privilege(error: PostgresError, state: &State) -> PostgresError {
    let role = identifier(&state.role);
    match error.sql() {
        Some(sql) if sql.sqlstate == "42501" => PostgresError::Privilege {
            message: sql.message.clone(),
            grant: match sql.message.strip_prefix("permission denied for schema ") {
                Some("xtask") => format!("GRANT CREATE, USAGE ON SCHEMA xtask TO {role};"),
                Some(_) => format!("GRANT CREATE, USAGE ON SCHEMA {} TO {role};", identifier(&state.table.schema)),
                None => format!("GRANT CREATE ON DATABASE {} TO {role};", identifier(&state.database)),
            },
        },
        _ => error,
    }
}

fn unreadable(error: PostgresError, state: &State) -> PostgresError {
    match error.sql() {
        Some(sql) if sql.sqlstate == "42501" => PostgresError::Privilege {
            message: sql.message.clone(),
            grant: format!("GRANT SELECT ON {} TO {};", state.table.quoted(), identifier(&state.role)),
        },
        _ => error,
    }
}

fn grant_history(state: &State) -> String {
    let role = identifier(&state.role);
    format!("GRANT USAGE ON SCHEMA xtask TO {role}; GRANT SELECT, INSERT, UPDATE ON xtask.history TO {role};")
}
