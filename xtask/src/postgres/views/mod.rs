//! Materialised views: read from the catalogue, refreshed on several sessions, and what is kept of that.

mod catalogue;
mod error;
mod record;
mod refresh;
mod watch;

pub use error::RefreshError;
pub use record::{CREATE_VIEW_REFRESH, Recording};
pub use refresh::{Outcome, RefreshOptions, RefreshReport, Refreshed};

use sqlx::Row;

use super::connect::Database;
use super::error::PostgresError;
use crate::view::ViewGraph;

/// The materialised views of a database, and what the tool may keep about them.
#[derive(Clone, Debug)]
pub struct Views {
    /// The views.
    pub graph: ViewGraph,
    /// The role that we are.
    pub role: String,
    /// What can be recorded.
    pub recording: Recording,
}

impl Database {
    /// Reads all materialised views that belong to no extension. Two round trips; no view is read, none is locked.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn views(&mut self) -> Result<Views, PostgresError> {
        let found = self.read_catalogue().await?;
        let last = if found.recording.is_readable() { self.last_refreshes().await? } else { Vec::new() };
        Ok(found.with(last))
    }

    /// How many materialised views cannot be read before they are refreshed.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn unpopulated_views(&mut self) -> Result<i64, PostgresError> {
        let sql = "SELECT count(*) AS count FROM pg_catalog.pg_class WHERE relkind = 'm' AND NOT relispopulated";
        Ok(self.rows(sql).await?.first().map(|row| row.get("count")).unwrap_or_default())
    }

    /// Hands what this session has changed to the server's statistics at once, before the next session compares them.
    /// Older servers than PostgreSQL 15 take their time, and views may look stale that are not.
    pub async fn flush_statistics(&mut self) {
        // What cannot be flushed now is flushed a little later.
        let _ = self.run(flush_of(self.server_version())).await;
    }
}

/// The statement for [`Database::flush_statistics`], where the server knows it.
fn flush_of(server_version: u32) -> &'static str {
    if server_version >= 150_000 { "SELECT pg_stat_force_next_flush();" } else { "" }
}
