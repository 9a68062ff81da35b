//! What the catalogue knows of materialised views, in one query.

use serde::Deserialize;
use sqlx::Row;

use super::Views;
use super::record::{Recorded, Recording};
use crate::postgres::connect::Database;
use crate::postgres::error::PostgresError;
use crate::view::{MaterializedView, RelationName, Source, SourceId, Stamp, ViewGraph, ViewIndex};

/// The stamp of a relation `c` as JSON. A plain view has no file; its rule is a row that `CREATE OR REPLACE` rewrites.
pub(super) const RELATION_STAMP: &str = "json_build_object('version', CASE c.relkind WHEN 'v' THEN \
     (SELECT w.xmin::text::bigint FROM pg_catalog.pg_rewrite w WHERE w.ev_class = c.oid AND w.rulename = '_RETURN') \
     ELSE c.relfilenode::bigint END, 'inserted', pg_stat_get_tuples_inserted(c.oid), \
     'updated', pg_stat_get_tuples_updated(c.oid), 'deleted', pg_stat_get_tuples_deleted(c.oid))";

/// The stamp of a function `p` as JSON.
pub(super) const FUNCTION_STAMP: &str =
    "json_build_object('version', p.xmin::text::bigint, 'inserted', 0, 'updated', 0, 'deleted', 0)";

/// From each view to everything that it reads: through the rules of plain views, the bodies of functions that the server
/// has parsed (`BEGIN ATOMIC`), and down to partitions and inheriting tables; never through another materialised view.
const REACH: &str = "\
WITH RECURSIVE extension_member AS MATERIALIZED (
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d
    WHERE d.deptype = 'e' AND d.classid IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_proc'::regclass)
), view AS MATERIALIZED (
    SELECT c.* FROM pg_catalog.pg_class c
    WHERE c.relkind = 'm' AND NOT EXISTS (SELECT FROM extension_member e
        WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid)
), reach (view, class, id, inherited) AS (
    SELECT v.oid, 'pg_catalog.pg_class'::regclass::oid, v.oid, false FROM view v
    UNION
    SELECT r.view, next.class, next.id, next.inherited
    FROM reach r CROSS JOIN LATERAL (
        SELECT d.refclassid, d.refobjid, false
        FROM pg_catalog.pg_rewrite w JOIN pg_catalog.pg_class c ON c.oid = w.ev_class
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = w.oid
        WHERE r.class = 'pg_catalog.pg_class'::regclass AND w.ev_class = r.id AND w.rulename = '_RETURN'
          AND (r.id = r.view OR c.relkind = 'v')
          AND d.refclassid IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_proc'::regclass)
        UNION ALL
        SELECT d.refclassid, d.refobjid, false
        FROM pg_catalog.pg_depend d
        WHERE r.class = 'pg_catalog.pg_proc'::regclass AND d.classid = r.class AND d.objid = r.id AND d.deptype = 'n'
          AND d.refclassid IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_proc'::regclass)
        UNION ALL
        SELECT 'pg_catalog.pg_class'::regclass, i.inhrelid, true
        FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhparent
        WHERE r.class = 'pg_catalog.pg_class'::regclass AND i.inhparent = r.id AND c.relkind IN ('r', 'p', 'f')
    ) next (class, id, inherited)
), ";

/// What was reached, with its kind. Functions of the server itself and of extensions are taken to read no tables; the
/// same holds for immutable ones, which must not. `prosqlbody` is not there before PostgreSQL 14.
const SOURCES: &str = "\
source AS MATERIALIZED (
    SELECT c.oid AS oid, 'r' || c.oid AS id, n.nspname AS schema, c.relname AS name,
        CASE c.relkind WHEN 'f' THEN 'foreign_table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized_view'
            ELSE 'table' END AS kind, {relation_stamp} AS stamp
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm')
      AND c.oid IN (SELECT r.id FROM reach r WHERE r.class = 'pg_catalog.pg_class'::regclass)
    UNION ALL
    SELECT p.oid, 'f' || p.oid, n.nspname, p.proname,
        CASE WHEN p.provolatile = 'i' OR l.lanname IN ('internal', 'c') OR to_jsonb(p) ->> 'prosqlbody' IS NOT NULL
            THEN 'function' ELSE 'opaque_function' END, {function_stamp}
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang
    WHERE p.oid >= 16384 AND p.oid IN (SELECT r.id FROM reach r WHERE r.class = 'pg_catalog.pg_proc'::regclass)
      AND NOT EXISTS (SELECT FROM extension_member e WHERE e.classid = 'pg_catalog.pg_proc'::regclass AND e.objid = p.oid)
), read AS MATERIALIZED (
    SELECT r.view, s.id, bool_and(r.inherited) AS inherited
    FROM reach r JOIN source s
      ON s.id = CASE r.class WHEN 'pg_catalog.pg_class'::regclass THEN 'r' ELSE 'f' END || r.id
    WHERE NOT (r.class = 'pg_catalog.pg_class'::regclass AND r.id = r.view)
    GROUP BY r.view, s.id
), ";

/// Asking for the size of a view that somebody refreshes would wait for the end of that refresh.
const VIEWS: &str = "\
busy AS MATERIALIZED (
    SELECT DISTINCT l.relation FROM pg_catalog.pg_locks l
    WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
      AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())
), found AS (
    SELECT json_build_object('oid', c.oid::bigint, 'schema', n.nspname, 'name', c.relname,
        'owner', pg_get_userbyid(c.relowner), 'may_refresh', {may_refresh}, 'populated', c.relispopulated,
        'bytes', CASE WHEN c.oid IN (SELECT relation FROM busy) THEN NULL ELSE pg_total_relation_size(c.oid) END,
        'estimated_rows', CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END, 'content', {relation_stamp},
        'reads', coalesce((SELECT json_agg(r.id ORDER BY r.id) FROM read r WHERE r.view = c.oid), '[]'),
        'inherited', coalesce((SELECT json_agg(r.id) FROM read r WHERE r.view = c.oid AND r.inherited), '[]'),
        'indexes', coalesce((SELECT json_agg(json_build_object('name', x.relname, 'unique', i.indisunique,
                'valid', i.indisvalid, 'immediate', i.indimmediate, 'partial', i.indpred IS NOT NULL,
                'expression', 0 = ANY (i.indkey)) ORDER BY x.relname)
            FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
            WHERE i.indrelid = c.oid), '[]')) AS view
    FROM view c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
)
SELECT json_build_object(
    'views', (SELECT coalesce(json_agg(f.view), '[]') FROM found f),
    'sources', (SELECT coalesce(json_agg(json_build_object('id', s.id, 'schema', s.schema, 'name', s.name, 'kind', s.kind,
        'stamp', s.stamp)), '[]') FROM source s),
    'counts', current_setting('track_counts') = 'on',
    'role', current_user,
    'recording', json_build_object('database', current_database(),
        'schema', EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'xtask'),
        'table', (SELECT json_build_object(
                'read', has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'),
                'write', has_schema_privilege(n.oid, 'USAGE')
                    AND has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
                    AND has_table_privilege(c.oid, 'UPDATE'))
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'xtask' AND c.relname = 'view_refresh'))
)::text AS found";

/// The answer.
#[derive(Deserialize)]
pub(super) struct Found {
    views: Vec<FoundView>,
    sources: Vec<Source>,
    counts: bool,
    role: String,
    pub(super) recording: Recording,
}

#[derive(Deserialize)]
struct FoundView {
    oid: u32,
    #[serde(flatten)]
    name: RelationName,
    owner: String,
    may_refresh: bool,
    populated: bool,
    bytes: Option<u64>,
    estimated_rows: Option<u64>,
    content: Stamp,
    reads: Vec<SourceId>,
    inherited: Vec<SourceId>,
    indexes: Vec<ViewIndex>,
}

impl Found {
    /// Puts the last refreshes to their views.
    pub(super) fn with(self, last: Vec<Recorded>) -> Views {
        let mut last: std::collections::HashMap<RelationName, _> =
            last.into_iter().map(|recorded| (recorded.view, recorded.last)).collect();
        let views = self.views.into_iter().map(|found| MaterializedView {
            last: last.remove(&found.name),
            oid: found.oid,
            name: found.name,
            owner: found.owner,
            may_refresh: found.may_refresh,
            populated: found.populated,
            bytes: found.bytes,
            estimated_rows: found.estimated_rows,
            indexes: found.indexes,
            content: found.content,
            reads: found.reads,
            inherited: found.inherited,
        });
        let graph = ViewGraph::new(views.collect(), self.sources, self.counts);
        Views { graph, role: self.role, recording: self.recording }
    }
}

impl Database {
    pub(super) async fn read_catalogue(&mut self) -> Result<Found, PostgresError> {
        // The planner takes the recursion for more work than it is; compiling it would take longer than running it.
        let sql = format!("BEGIN READ ONLY; SET LOCAL jit = off; {}; COMMIT", query(self.server_version()));
        let outcome = self.rows(&sql).await;
        if outcome.is_err() {
            let _ = self.run("ROLLBACK").await;
        }
        let rows = outcome?;
        let text: &str = rows[0].get("found");
        serde_json::from_str(text)
            .map_err(|error| PostgresError::Answer { what: "its materialised views", cause: error.to_string() })
    }
}

fn query(server_version: u32) -> String {
    // PostgreSQL 17 has a privilege for this; before, only the owner may.
    let may_refresh = if server_version >= 170_000 {
        "pg_has_role(c.relowner, 'USAGE') OR has_table_privilege(c.oid, 'MAINTAIN')"
    } else {
        "pg_has_role(c.relowner, 'USAGE')"
    };
    [REACH, SOURCES, VIEWS]
        .concat()
        .replace("{relation_stamp}", RELATION_STAMP)
        .replace("{function_stamp}", FUNCTION_STAMP)
        .replace("{may_refresh}", may_refresh)
}
