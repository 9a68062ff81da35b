//! One session with the server.

use std::str::FromStr;
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgDatabaseError, PgRow, PgSeverity, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Either};

use super::error::{PostgresError, SqlError};

/// Which server and database, and how that was decided.
#[derive(Clone)]
pub struct Address {
    /// The connection URL, password included. Never shown.
    pub url: String,
    /// The same with its password masked.
    pub shown: String,
    /// Where it comes from: "DATABASE_URL in the environment".
    pub origin: String,
    /// How long to try while the server refuses or is starting.
    pub connect_timeout: Duration,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Address").field("url", &self.shown).field("origin", &self.origin).finish()
    }
}

/// Opens sessions.
pub(super) struct Opener {
    address: Address,
    application: String,
}

impl Opener {
    pub(super) async fn open(&self) -> Result<Database, PostgresError> {
        Database::connect(&self.address, &self.application).await
    }
}

/// A session.
pub struct Database {
    pub(super) connection: PgConnection,
    pub(super) address: Address,
    application: String,
    /// Whether all that it does is one transaction, which is never committed.
    pub(super) is_rehearsal: bool,
}

impl Database {
    /// Connects, trying again while the server is starting, up to the address's timeout. `application` is what
    /// `pg_stat_activity` shows of us.
    ///
    /// # Errors
    /// Why the server cannot be used, told apart: refused, wrong password, no such database, starting up …
    pub async fn connect(address: &Address, application: &str) -> Result<Self, PostgresError> {
        Self::connect_with(address, application, options(address, application)?).await
    }

    pub(super) async fn connect_with(
        address: &Address,
        application: &str,
        options: PgConnectOptions,
    ) -> Result<Self, PostgresError> {
        let started = Instant::now();
        loop {
            let left = address.connect_timeout.saturating_sub(started.elapsed());
            let attempt =
                tokio::time::timeout(left.max(Duration::from_millis(100)), PgConnection::connect_with(&options));
            let error = match attempt.await {
                Ok(Ok(connection)) => {
                    let (address, application) = (address.clone(), application.to_owned());
                    return Ok(Self { connection, address, application, is_rehearsal: false });
                }
                Ok(Err(error)) => PostgresError::connecting(address, error),
                Err(_) => PostgresError::NoAnswer { address: Box::new(address.clone()), waited: started.elapsed() },
            };
            if !error.is_starting_up() || started.elapsed() >= address.connect_timeout {
                return Err(error);
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// Another session with the same server.
    ///
    /// # Errors
    /// As [`Database::connect`].
    pub async fn another(&self) -> Result<Self, PostgresError> {
        self.opener().open().await
    }

    /// What opens more sessions like this one while this one works.
    pub(super) fn opener(&self) -> Opener {
        Opener { address: self.address.clone(), application: self.application.clone() }
    }

    /// Which server and database.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The server's version as PostgreSQL numbers it: 150018 is 15.18.
    pub fn server_version(&self) -> u32 {
        self.connection.server_version_num().unwrap_or_default()
    }

    /// Says goodbye to the server; a failure to do so matters to nobody.
    pub async fn close(self) {
        let _ = self.connection.close().await;
    }

    /// Sends a text as it stands, in one message, and gives all rows of all its statements.
    pub(super) async fn rows(&mut self, sql: &str) -> Result<Vec<PgRow>, PostgresError> {
        let sent = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch_all(&mut self.connection).await;
        sent.map_err(|error| self.failed(error, 0))
    }

    /// Sends a text as it stands, in one message, and shows each row with the number of its statement, from 0.
    pub(super) async fn each_row(
        &mut self,
        sql: &str,
        mut show: impl FnMut(usize, &PgRow),
    ) -> Result<(), PostgresError> {
        let mut done = 0;
        let outcome = {
            let mut stream = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch_many(&mut self.connection);
            loop {
                match stream.try_next().await {
                    Ok(Some(Either::Left(_))) => done += 1,
                    Ok(Some(Either::Right(row))) => show(done, &row),
                    Ok(None) => break Ok(()),
                    Err(error) => break Err(error),
                }
            }
        };
        outcome.map_err(|error| self.failed(error, done))
    }

    /// Sends a text as it stands and throws the rows away. The error knows how many statements had succeeded.
    pub(super) async fn run(&mut self, sql: &str) -> Result<(), PostgresError> {
        self.each_row(sql, |_, _| {}).await
    }

    fn failed(&self, error: sqlx::Error, statements_done: usize) -> PostgresError {
        match error {
            // The server ends a session for its own reasons, not for the statement's.
            sqlx::Error::Database(error) if ends_session(error.as_ref()) => {
                PostgresError::Lost { shown: self.address.shown.clone(), cause: error.message().to_owned() }
            }
            sqlx::Error::Database(error) => PostgresError::Sql(Box::new(SqlError::of(error.as_ref(), statements_done))),
            other => PostgresError::Lost { shown: self.address.shown.clone(), cause: other.to_string() },
        }
    }
}

fn ends_session(error: &dyn sqlx::error::DatabaseError) -> bool {
    let error = error.try_downcast_ref::<PgDatabaseError>();
    error.is_some_and(|error| matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic))
}

pub(super) fn options(address: &Address, application: &str) -> Result<PgConnectOptions, PostgresError> {
    let options = PgConnectOptions::from_str(&address.url)
        .map_err(|error| PostgresError::Url { address: Box::new(address.clone()), cause: error.to_string() })?;
    // Asking a server on this machine for TLS first costs a round trip and loads every root certificate.
    let is_near = options.get_socket().is_some() || matches!(options.get_host(), "localhost" | "127.0.0.1" | "::1");
    let options = if is_near && matches!(options.get_ssl_mode(), PgSslMode::Prefer) {
        options.ssl_mode(PgSslMode::Disable)
    } else {
        options
    };
    // The server cuts longer names, with a notice.
    let application: String = application.chars().take(60).collect();
    Ok(options.application_name(&application).disable_statement_logging())
}
