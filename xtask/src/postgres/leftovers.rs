//! Scratch databases of work that does not come to its end: they are dropped in a session of their own.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::connect::{Database, Opener};
use super::error::PostgresError;
use crate::sql::{identifier, literal};

/// How often is looked whether a database is still being made.
const LOOKS: u32 = 40;

/// The time between two looks.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// The names of databases that were made and not dropped yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Made(Arc<Mutex<BTreeSet<String>>>);

impl Made {
    /// One is about to be made.
    pub(super) fn note(&self, name: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
    }

    /// It is gone, or is no scratch database any more.
    pub(super) fn forget(&self, name: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    fn names(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// What a scratch server has made and not dropped, whatever its own session is doing.
pub struct Leftovers {
    opener: Opener,
    made: Made,
}

impl Leftovers {
    pub(super) fn new(opener: Opener, made: Made) -> Self {
        Self { opener, made }
    }

    /// Drops all of it, with the sessions that work in it.
    ///
    /// # Errors
    /// Where no session can be had, and what the server refuses.
    pub async fn drop_all(&self) -> Result<(), PostgresError> {
        let names = self.made.names();
        if names.is_empty() {
            return Ok(());
        }
        let mut session = self.opener.open().await?;
        for name in names {
            end_making(&mut session, &name).await?;
            session.run(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", identifier(&name))).await?;
            self.made.forget(&name);
        }
        session.close().await;
        Ok(())
    }
}

/// A database that is just being made would come after it was dropped.
async fn end_making(session: &mut Database, name: &str) -> Result<(), PostgresError> {
    let making = literal(&format!("CREATE DATABASE {}%", identifier(name)));
    let sql = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE {making}"
    );
    for _ in 0..LOOKS {
        if session.rows(&sql).await?.is_empty() {
            break;
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    Ok(())
}
