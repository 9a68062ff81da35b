//! `xtask.view_refresh`: when each view was refreshed last, and from what.

use std::time::Duration;

use serde::Deserialize;
use sqlx::Row;

use super::catalogue::{FUNCTION_STAMP, RELATION_STAMP};
use crate::diagnostic::{Code, Diagnostic};
use crate::postgres::connect::Database;
use crate::postgres::error::PostgresError;
use crate::sql::{identifier, literal};
use crate::view::{LastRefresh, MaterializedView, Mode, RelationName, Stamp, Stamps};

const UNRECORDED: Code = Code::new("view-refresh-unrecorded");

/// The table, to be created once in the schema `xtask`, by the first refresh.
///
/// One row a view, overwritten by each refresh: `views` and `--stale` need the last state only, and a table that never
/// grows needs no care. A failure is kept beside the last success. `sources` holds a stamp of everything that the view
/// reads, taken before the refresh began, so that a change during it is never missed; `content` one of the view itself,
/// taken after it, so that a refresh by other means is noticed.
pub const CREATE_VIEW_REFRESH: &str = "\
CREATE TABLE IF NOT EXISTS xtask.view_refresh (
    schema_name text NOT NULL,
    view_name text NOT NULL,
    view_oid oid NOT NULL,
    refreshed_at timestamptz,
    duration interval,
    mode text CHECK (mode IN ('concurrently', 'plain')),
    reason text,
    row_count bigint,
    bytes bigint,
    refreshed_by text,
    role text NOT NULL DEFAULT session_user,
    tool text,
    sources jsonb NOT NULL DEFAULT '{}',
    content jsonb,
    failed_at timestamptz,
    failure text,
    PRIMARY KEY (schema_name, view_name)
);
COMMENT ON TABLE xtask.view_refresh IS 'The last refresh of each materialised view, and what it was made from';
";

const CREATE_SCHEMA: &str = "\
CREATE SCHEMA IF NOT EXISTS xtask;
COMMENT ON SCHEMA xtask IS 'State of cargo xtask: what was applied, when and by whom (format 1)';
";

/// What the tool may keep in this database about refreshes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Recording {
    database: String,
    schema: bool,
    table: Option<TableRights>,
    /// Why nothing can be recorded, once that has been tried.
    #[serde(skip)]
    refused: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
struct TableRights {
    read: bool,
    write: bool,
}

/// A row of the table.
pub(super) struct Recorded {
    pub(super) view: RelationName,
    pub(super) last: LastRefresh,
}

/// What is known when a refresh has been done.
pub(super) struct Done<'a> {
    pub(super) view: &'a MaterializedView,
    pub(super) mode: &'a Mode,
    pub(super) took: Duration,
    pub(super) by: &'a str,
    /// The stamps of what was read, as JSON.
    pub(super) sources: &'a str,
}

impl Recording {
    pub(super) fn is_readable(&self) -> bool {
        self.table.is_some_and(|table| table.read)
    }

    /// A warning, where refreshes cannot be recorded.
    pub fn warning(&self, role: &str) -> Option<Diagnostic> {
        let message = match (&self.refused, self.table) {
            (Some(message), _) => message.clone(),
            (None, Some(TableRights { write: false, .. })) => {
                "permission denied for table xtask.view_refresh".to_owned()
            }
            (None, _) => return None,
        };
        let role = identifier(role);
        let grant = match (self.schema, self.table) {
            (_, Some(_)) => format!(
                "GRANT USAGE ON SCHEMA xtask TO {role}; \
                 GRANT SELECT, INSERT, UPDATE ON xtask.view_refresh TO {role};"
            ),
            (true, None) => format!("GRANT USAGE, CREATE ON SCHEMA xtask TO {role};"),
            (false, None) => format!("GRANT CREATE ON DATABASE {} TO {role};", identifier(&self.database)),
        };
        let warning = Diagnostic::warning(UNRECORDED, format!("refreshes cannot be recorded: {message}"))
            .because("the views are refreshed all the same, but count as stale")
            .advise(format!("Ask an administrator of the database for: {grant}"));
        Some(warning)
    }
}

impl Database {
    /// Makes sure that refreshes can be recorded; gives whether they can. To be called with the lock held.
    pub(super) async fn prepare_recording(&mut self, recording: &mut Recording) -> Result<bool, PostgresError> {
        if let Some(table) = recording.table {
            return Ok(table.write);
        }
        let schema = if recording.schema { "" } else { CREATE_SCHEMA };
        let Err(error) = self.run(&format!("BEGIN;\n{schema}{CREATE_VIEW_REFRESH}COMMIT;")).await else {
            *recording =
                Recording { schema: true, table: Some(TableRights { read: true, write: true }), ..recording.clone() };
            return Ok(true);
        };
        let _ = self.run("ROLLBACK").await;
        match error.sql() {
            // insufficient_privilege, read_only_sql_transaction
            Some(sql) if matches!(sql.sqlstate.as_str(), "42501" | "25006") => {
                recording.refused = Some(sql.message.clone());
                Ok(false)
            }
            _ => Err(error),
        }
    }

    pub(super) async fn last_refreshes(&mut self) -> Result<Vec<Recorded>, PostgresError> {
        let sql = "SELECT schema_name, view_name, view_oid::bigint AS view_oid, \
                     to_char(refreshed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS refreshed_at, \
                     coalesce(extract(epoch FROM duration), 0)::float8 AS duration, coalesce(mode, '') AS mode, row_count, \
                     coalesce(refreshed_by, '') AS refreshed_by, sources::text AS sources, content::text AS content, failure \
                   FROM xtask.view_refresh";
        let rows = self.rows(sql).await?;
        let read = |row: &sqlx::postgres::PgRow| {
            // What cannot be read is as good as never recorded: the view counts as stale.
            let content: Option<&str> = row.get("content");
            let last = LastRefresh {
                view_oid: u32::try_from(row.get::<i64, _>("view_oid")).unwrap_or_default(),
                at: row.get("refreshed_at"),
                duration: Duration::try_from_secs_f64(row.get("duration")).unwrap_or_default(),
                mode: row.get("mode"),
                rows: row.get::<Option<i64>, _>("row_count").and_then(|rows| u64::try_from(rows).ok()),
                by: row.get("refreshed_by"),
                sources: serde_json::from_str::<Stamps>(row.get("sources")).unwrap_or_default(),
                content: content.and_then(|content| serde_json::from_str::<Stamp>(content).ok()),
                failure: row.get("failure"),
            };
            let view = RelationName::new(row.get::<&str, _>("schema_name"), row.get::<&str, _>("view_name"));
            Recorded { view, last }
        };
        Ok(rows.iter().map(read).collect())
    }
}

/// The query for the stamps of everything that a view reads, as one JSON text named `stamps`.
pub(super) fn stamps_of(view: &MaterializedView) -> String {
    let oids = |letter: char| {
        let oids: Vec<&str> = view.reads.iter().filter_map(|id| id.strip_prefix(letter)).collect();
        // A list cannot be empty in SQL; 0 is the oid of nothing.
        if oids.is_empty() { "0".to_owned() } else { oids.join(", ") }
    };
    format!(
        "SELECT coalesce(json_object_agg(s.id, s.stamp), '{{}}')::text AS stamps FROM (\
           SELECT 'r' || c.oid AS id, {RELATION_STAMP} AS stamp FROM pg_catalog.pg_class c WHERE c.oid IN ({}) \
           UNION ALL SELECT 'f' || p.oid, {FUNCTION_STAMP} FROM pg_catalog.pg_proc p WHERE p.oid IN ({})) s",
        oids('r'),
        oids('f')
    )
}

impl Done<'_> {
    /// The statement that records it. Rows, size and content are added once they are known.
    pub(super) fn upsert(&self) -> String {
        let reason = self.mode.reason().map_or_else(|| "NULL".to_owned(), |reason| literal(&reason));
        format!(
            "INSERT INTO xtask.view_refresh (schema_name, view_name, view_oid, refreshed_at, duration, mode, reason, \
               refreshed_by, tool, sources) \
             VALUES ({}, {}, {}, clock_timestamp(), make_interval(secs => {}), {}, {reason}, {}, {}, {}) \
             ON CONFLICT (schema_name, view_name) DO UPDATE SET view_oid = excluded.view_oid, \
               refreshed_at = excluded.refreshed_at, duration = excluded.duration, mode = excluded.mode, \
               reason = excluded.reason, row_count = NULL, bytes = NULL, refreshed_by = excluded.refreshed_by, \
               role = excluded.role, tool = excluded.tool, sources = excluded.sources, content = NULL, \
               failed_at = NULL, failure = NULL;",
            literal(&self.view.name.schema),
            literal(&self.view.name.name),
            self.view.oid,
            self.took.as_secs_f64(),
            literal(self.mode.word()),
            literal(self.by),
            literal(TOOL),
            literal(self.sources),
        )
    }
}

/// The statement that counts what is there after a refresh, and records it where that is possible: one row with `rows`
/// and `bytes`.
pub(super) fn figures_of(view: &MaterializedView, is_counted: bool, is_recorded: bool) -> String {
    let rows =
        if is_counted { format!("(SELECT count(*) FROM {})", view.name.quoted()) } else { "NULL::bigint".to_owned() };
    let bytes = format!("pg_total_relation_size({})", view.oid);
    if !is_recorded {
        return format!("SELECT {rows} AS rows, {bytes} AS bytes");
    }
    format!(
        "UPDATE xtask.view_refresh SET row_count = {rows}, bytes = {bytes}, \
           content = (SELECT ({RELATION_STAMP})::jsonb FROM pg_catalog.pg_class c WHERE c.oid = {}) \
         WHERE schema_name = {} AND view_name = {} AND view_oid = {} RETURNING row_count AS rows, bytes",
        view.oid,
        literal(&view.name.schema),
        literal(&view.name.name),
        view.oid
    )
}

/// The statement that records a failure beside the last success.
pub(super) fn upsert_failure(view: &MaterializedView, message: &str) -> String {
    format!(
        "INSERT INTO xtask.view_refresh (schema_name, view_name, view_oid, tool, failed_at, failure) \
         VALUES ({}, {}, {}, {}, clock_timestamp(), {}) \
         ON CONFLICT (schema_name, view_name) DO UPDATE SET failed_at = excluded.failed_at, failure = excluded.failure",
        literal(&view.name.schema),
        literal(&view.name.name),
        view.oid,
        literal(TOOL),
        literal(message)
    )
}

const TOOL: &str = concat!("cargo xtask ", env!("CARGO_PKG_VERSION"));
