//! Who keeps a refresh waiting.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::Row;

use crate::event::{Event, Listener};
use crate::postgres::connect::Database;
use crate::view::ViewGraph;

/// Looks from time to time, and tells of each pair of view and blocker once.
#[derive(Debug, Default)]
pub(super) struct Watch {
    told: BTreeSet<(usize, i32)>,
}

impl Watch {
    /// Looks at the server processes that refresh views. Whatever fails here is not worth a word: it only watches.
    pub(super) async fn look(
        &mut self,
        session: &mut Database,
        graph: &ViewGraph,
        pids: &BTreeMap<usize, i32>,
        listener: &dyn Listener,
    ) {
        let list: Vec<String> = pids.values().map(ToString::to_string).collect();
        if list.is_empty() {
            return;
        }
        let sql = format!(
            "SELECT w.pid, b.pid AS blocker, b.application_name AS application, coalesce(b.usename::text, '') AS usename, \
               coalesce(b.state, '') AS state, \
               coalesce(extract(epoch FROM clock_timestamp() - b.state_change), 0)::bigint AS age \
             FROM pg_catalog.pg_stat_activity w CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS blocking (pid) \
             JOIN pg_catalog.pg_stat_activity b ON b.pid = blocking.pid \
             WHERE w.wait_event_type = 'Lock' AND w.pid IN ({})",
            list.join(", ")
        );
        for row in session.rows(&sql).await.unwrap_or_default() {
            let (pid, blocker): (i32, i32) = (row.get("pid"), row.get("blocker"));
            let Some((&view, _)) = pids.iter().find(|(_, other)| **other == pid) else { continue };
            if self.told.insert((view, blocker)) {
                let (application, user): (&str, &str) = (row.get("application"), row.get("usename"));
                let application = if application.is_empty() { "a session" } else { application };
                let (state, age): (&str, i64) = (row.get("state"), row.get("age"));
                let holder = format!("{application} (pid {blocker}, role {user}), {state} for {age} s");
                listener.on(Event::ViewWaits { view: graph.name(view).to_string(), holder });
            }
        }
    }
}
