//! `xtask.history`: what was applied, when, by whom, and the SQL that can take it back.

use sqlx::Row;

use super::connect::Database;
use super::error::PostgresError;
use crate::revision::Revision;
use crate::sql::{digest, literal};

/// What happened to a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// It was applied.
    Upgrade,
    /// It was taken back.
    Downgrade,
    /// `alembic_version` was set by hand.
    Stamp,
}

impl EntryKind {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
            Self::Stamp => "stamp",
        }
    }
}

/// A line of the history to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What happened.
    pub kind: EntryKind,
    /// To which revision.
    pub revision: Revision,
    /// The checksum of the up SQL.
    pub checksum: Option<String>,
    /// The up SQL.
    pub up_sql: Option<String>,
    /// The down SQL.
    pub down_sql: Option<String>,
    /// The person: `name@host`.
    pub applied_by: String,
}

const COLUMNS: &str = "revision, direction, message, file_name, revises, depends_on, branch_labels, checksum, \
                       file_digest, up_sql, down_sql, applied_by, tool";

impl Entry {
    /// The statement that records it as done, with its semicolon.
    pub fn insert_done(&self) -> String {
        format!("INSERT INTO xtask.history ({COLUMNS}, finished_at) VALUES ({}, clock_timestamp());", self.values())
    }

    /// The statement that records that it was begun; its one row is the line's `id`.
    pub(super) fn insert_started(&self) -> String {
        format!(
            "INSERT INTO xtask.history ({COLUMNS}, state, statements_done) VALUES ({}, 'started', 0) RETURNING id;",
            self.values()
        )
    }

    /// The assignments that record the scripts as they are now: before a run that is resumed, its file may have been
    /// corrected.
    pub(super) fn scripts(&self) -> String {
        let text = |text: Option<&String>| text.map_or_else(|| "NULL".to_owned(), |text| literal(text));
        format!(
            "checksum = {}, file_digest = {}, up_sql = {}, down_sql = {}",
            text(self.checksum.as_ref()),
            self.file_digest(),
            text(self.up_sql.as_ref()),
            text(self.down_sql.as_ref())
        )
    }

    fn file_digest(&self) -> String {
        self.up_sql.as_ref().map_or_else(|| "NULL".to_owned(), |sql| digest(sql.as_bytes()).to_string())
    }

    fn values(&self) -> String {
        let text = |text: Option<&str>| text.map_or_else(|| "NULL".to_owned(), literal);
        let array = |ids: &[String]| {
            let ids: Vec<String> = ids.iter().map(|id| literal(id)).collect();
            format!("ARRAY[{}]::text[]", ids.join(", "))
        };
        let revision = &self.revision;
        [
            literal(&revision.id),
            literal(self.kind.as_str()),
            literal(&revision.message),
            text(revision.up_file.file_name()),
            array(&revision.revises),
            array(&revision.depends_on),
            array(&revision.branch_labels),
            text(self.checksum.as_deref()),
            self.file_digest(),
            text(self.up_sql.as_deref()),
            text(self.down_sql.as_deref()),
            literal(&self.applied_by),
            literal(concat!("cargo xtask ", env!("CARGO_PKG_VERSION"))),
        ]
        .join(", ")
    }
}

/// A revision as the history knows it: the last time that it was applied and not taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The line of the history.
    pub entry: i64,
    /// Its id.
    pub id: String,
    /// Its message.
    pub message: String,
    /// The name of its up file.
    pub file_name: String,
    /// Its parents.
    pub revises: Vec<String>,
    /// What it depends on.
    pub depends_on: Vec<String>,
    /// The labels of the branch that starts with it.
    pub branch_labels: Vec<String>,
    /// The checksum of the up SQL that ran.
    pub checksum: String,
    /// Who applied it.
    pub applied_by: String,
    /// When, in the server's time zone, to the minute.
    pub applied_at: String,
}

impl Database {
    /// All revisions that were applied and not taken back since, as the history knows them. Call it only where the
    /// state says that there is a history.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn recorded(&mut self) -> Result<Vec<Recorded>, PostgresError> {
        // Text arrays come as JSON: this protocol gives every value as text.
        let sql = "SELECT * FROM (SELECT DISTINCT ON (revision) id, revision, direction, coalesce(message, '') AS message, \
                     coalesce(file_name, '') AS file_name, array_to_json(revises)::text AS revises, \
                     array_to_json(depends_on)::text AS depends_on, array_to_json(branch_labels)::text AS branch_labels, \
                     coalesce(checksum, '') AS checksum, coalesce(applied_by, '') AS applied_by, \
                     to_char(finished_at, 'YYYY-MM-DD HH24:MI') AS applied_at \
                   FROM xtask.history WHERE state = 'done' AND direction <> 'stamp' ORDER BY revision, id DESC) last \
                   WHERE direction = 'upgrade' ORDER BY id";
        let rows = self.rows(sql).await?;
        let list = |text: &str| serde_json::from_str::<Vec<String>>(text).unwrap_or_default();
        Ok(rows
            .iter()
            .map(|row| Recorded {
                entry: row.get("id"),
                id: row.get("revision"),
                message: row.get("message"),
                file_name: row.get("file_name"),
                revises: list(row.get("revises")),
                depends_on: list(row.get("depends_on")),
                branch_labels: list(row.get("branch_labels")),
                checksum: row.get("checksum"),
                applied_by: row.get("applied_by"),
                applied_at: row.get("applied_at"),
            })
            .collect())
    }

    /// For each revision that was applied and not taken back since, the [`digest`] of the up file as it ran. Call it only
    /// where the state says that there is a history.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn applied_digests(&mut self) -> Result<Vec<(String, i64)>, PostgresError> {
        // One value in place of many rows: a project may have thousands of revisions, and every `migrate` asks.
        let sql = "SELECT coalesce(string_agg(revision || ' ' || file_digest, E'\\n'), '') AS lines FROM ( \
                     SELECT DISTINCT ON (revision) revision, direction, coalesce(file_digest, 0) AS file_digest \
                     FROM xtask.history WHERE state = 'done' AND direction <> 'stamp' ORDER BY revision, id DESC) last \
                   WHERE direction = 'upgrade'";
        let rows = self.rows(sql).await?;
        let lines: String = rows.first().map(|row| row.get("lines")).unwrap_or_default();
        let pairs = lines.lines().filter_map(|line| line.rsplit_once(' '));
        Ok(pairs.filter_map(|(id, digest)| Some((id.to_owned(), digest.parse().ok()?))).collect())
    }

    /// The up and down SQL of one line of the history.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn recorded_sql(&mut self, entry: i64) -> Result<(String, String), PostgresError> {
        let sql = format!(
            "SELECT coalesce(up_sql, '') AS up, coalesce(down_sql, '') AS down FROM xtask.history WHERE id = {entry}"
        );
        let rows = self.rows(&sql).await?;
        Ok(rows.first().map(|row| (row.get("up"), row.get("down"))).unwrap_or_default())
    }
}
