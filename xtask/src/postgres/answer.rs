//! Asking a server that somebody else has just started.

use std::time::Duration;

use super::connect::{Address, Database};
use super::error::PostgresError;

/// One attempt is short, so that the next one meets a server that has come up meanwhile.
const ATTEMPT: Duration = Duration::from_secs(2);

impl Database {
    /// Connects once, and asks `SELECT 1`. A container that has been started refuses connections, breaks them or has no database
    /// yet, while its image sets everything up: see [`PostgresError::may_pass`].
    ///
    /// # Errors
    /// It does not answer.
    pub async fn ask(address: &Address, application: &str) -> Result<Self, PostgresError> {
        let mut database = Self::connect(&Address { connect_timeout: ATTEMPT, ..address.clone() }, application).await?;
        database.rows("SELECT 1").await?;
        database.address = address.clone();
        Ok(database)
    }
}

impl PostgresError {
    /// Whether it may be otherwise in a moment, with a server that is just being set up.
    pub fn may_pass(&self) -> bool {
        match self {
            // Nor will the name of a machine that nobody knows.
            Self::Unreachable { cause, .. } => !cause.contains("failed to lookup address information"),
            Self::NoAnswer { .. } | Self::Lost { .. } => true,
            // A missing database will not come: the images make it before their server listens on TCP.
            Self::Refused { error, .. } => matches!(error.sqlstate.as_str(), "57P03" | "57P01"),
            _ => false,
        }
    }
}
