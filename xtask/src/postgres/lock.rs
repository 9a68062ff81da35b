//! One runner a database: a session-level advisory lock on a session of its own.
//!
//! The lock is polled, never waited for: a blocking `pg_advisory_lock` keeps a snapshot open, for which
//! `CREATE INDEX CONCURRENTLY` in the holder would wait for ever.

use std::time::{Duration, Instant};

use sqlx::Row;
use sqlx::postgres::PgRow;

use super::connect::Database;
use super::error::PostgresError;
use crate::event::{Event, Listener};

/// `xtask` in ASCII; advisory locks belong to one database.
const CLASS: i32 = 0x7874_6173;

/// "There is a runner", which applies revisions or refreshes views; these exclude each other, for a revision may drop what
/// a refresh reads. Held by a session that does nothing else, and so ends with the runner.
const RUNNER: i32 = 1;

/// "There is a session that applies": held by that session itself. The server goes on with the statement of a client that
/// was killed; as long as it does, this lock keeps the next runner from taking the same revision for unfinished.
const WORKER: i32 = 2;

/// The lock, held as long as this value and its session live.
pub struct Lock {
    session: Database,
}

/// Who holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The server process.
    pub pid: i32,
    /// What the holder calls itself.
    pub application: String,
    /// Its role.
    pub user: String,
    /// From where it connects; empty for a local socket.
    pub client: String,
    /// For how long the session has been open, where the server tells.
    pub age: Option<Duration>,
    /// What it, or another session of the same program, is doing now.
    pub query: String,
}

/// The columns of [`Holder`] but its query, from `pg_stat_activity a`. Another role's session shows less than one's own.
const SESSION_COLUMNS: &str = "a.pid, coalesce(a.application_name, '') AS application_name, \
     coalesce(a.usename::text, '') AS usename, coalesce(host(a.client_addr), '') AS client, \
     extract(epoch FROM clock_timestamp() - a.backend_start)::float8 AS age";

impl Holder {
    fn of(row: &PgRow) -> Self {
        Self {
            pid: row.get("pid"),
            application: row.get("application_name"),
            user: row.get("usename"),
            client: row.get("client"),
            age: row.get::<Option<f64>, _>("age").map(|seconds| Duration::from_secs_f64(seconds.max(0.0))),
            query: row.get("query"),
        }
    }

    /// One line for a person.
    pub fn describe(&self) -> String {
        let from = if self.client.is_empty() { String::new() } else { format!(" from {}", self.client) };
        // Our own messages begin with what they are about.
        let about = self.query.strip_prefix("/* ").and_then(|query| query.split_once(" */")).map(|(about, _)| about);
        let query = about.unwrap_or(&self.query).split_whitespace().collect::<Vec<_>>().join(" ");
        let query: String = query.chars().take(120).collect();
        let age = self.age.map_or_else(String::new, |age| format!(" for {} s", age.as_secs()));
        let Self { pid, application, user, .. } = self;
        let application = if application.is_empty() { "a session" } else { application };
        format!("held by {application} (pid {pid}, role {user}{from}){age}, now running: {query}")
    }
}

impl Lock {
    /// Takes the lock, polling for at most `wait`.
    ///
    /// # Errors
    /// [`PostgresError::Locked`] with the holder when the time is up.
    pub async fn acquire(database: &Database, wait: Duration, listener: &dyn Listener) -> Result<Self, PostgresError> {
        let mut session = database.another().await?;
        poll(&mut session, RUNNER, wait, listener).await?;
        Ok(Self { session })
    }

    /// Makes a session the one that applies, after waiting for one that a runner left behind.
    ///
    /// # Errors
    /// As [`Lock::acquire`].
    pub async fn admit(
        &self,
        worker: &mut Database,
        wait: Duration,
        listener: &dyn Listener,
    ) -> Result<(), PostgresError> {
        poll(worker, WORKER, wait, listener).await
    }

    /// Asks the server to cancel what another session is running.
    pub async fn cancel(&mut self, pid: i32) {
        let _ = self.session.run(&format!("SELECT pg_catalog.pg_cancel_backend({pid})")).await;
    }

    /// Asks the server to end another session, whatever it is running: what has caught a cancellation, or goes on without an end.
    pub async fn terminate(&mut self, pid: i32) {
        let _ = self.session.run(&format!("SELECT pg_catalog.pg_terminate_backend({pid})")).await;
    }

    /// The sessions for which a server process waits. What fails here is not worth a word: it only looks.
    pub async fn blockers(&mut self, pid: i32) -> Vec<Holder> {
        let from = format!(
            "unnest(pg_catalog.pg_blocking_pids({pid})) AS b (pid) JOIN pg_catalog.pg_stat_activity a USING (pid)"
        );
        let rows =
            self.session.rows(&format!("SELECT {SESSION_COLUMNS}, coalesce(a.query, '') AS query FROM {from}")).await;
        rows.unwrap_or_default().iter().map(Holder::of).collect()
    }

    /// The session that holds it, for questions that must not wait for the one that works.
    pub(super) fn session(&mut self) -> &mut Database {
        &mut self.session
    }

    /// Gives the lock back. Dropping the value does so too, as soon as the server notices.
    pub async fn release(self) {
        self.session.close().await;
    }
}

async fn poll(
    session: &mut Database,
    object: i32,
    wait: Duration,
    listener: &dyn Listener,
) -> Result<(), PostgresError> {
    let started = Instant::now();
    let mut pause = Duration::from_millis(20);
    let mut told: Option<Option<i32>> = None;
    loop {
        if try_lock(session, object).await? {
            return Ok(());
        }
        let holder = holder(session, object).await?;
        let waited = started.elapsed();
        if waited >= wait {
            return Err(PostgresError::Locked { holder: holder.map(Box::new), waited });
        }
        let pid = holder.as_ref().map(|holder| holder.pid);
        if told != Some(pid) {
            listener.on(Event::LockAwaited { holder: holder.as_ref().map(Holder::describe), at_most: wait });
            told = Some(pid);
        }
        tokio::time::sleep(pause.min(wait.saturating_sub(waited))).await;
        pause = (pause * 2).min(Duration::from_millis(500));
    }
}

async fn try_lock(session: &mut Database, object: i32) -> Result<bool, PostgresError> {
    let sql = format!("SELECT pg_catalog.pg_try_advisory_lock({CLASS}, {object}) AS taken");
    Ok(session.rows(&sql).await?.first().is_some_and(|row| row.get::<bool, _>("taken")))
}

async fn holder(session: &mut Database, object: i32) -> Result<Option<Holder>, PostgresError> {
    // The runner's own session is idle; the one that works has the same application name.
    let sql = format!(
        "SELECT {SESSION_COLUMNS}, \
           coalesce((SELECT w.query FROM pg_catalog.pg_stat_activity w WHERE w.application_name = a.application_name \
             AND w.datname = a.datname AND w.pid <> a.pid AND w.pid <> pg_backend_pid() \
             AND w.state IN ('active', 'idle in transaction') ORDER BY w.query_start DESC LIMIT 1), a.query, '') AS query \
         FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid) \
         WHERE l.locktype = 'advisory' AND l.granted AND l.classid = {CLASS} AND l.objid = {object} AND l.objsubid = 2 \
           AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())"
    );
    Ok(session.rows(&sql).await?.first().map(Holder::of))
}
