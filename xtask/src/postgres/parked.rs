//! Scratch databases that other programs work in, and that are copied: without a session of ours while they wait.

use super::connect::{Address, Database};
use super::error::PostgresError;
use super::scratch::{Scratch, ScratchServer};
use super::scratch_error::ScratchError;
use crate::sql::identifier;

/// The beginning of their names. A proof of a long history takes its time, so they may become older than others.
pub(super) const PARKED: &str = "xtask_proof_";

/// A scratch database without a session. [`ScratchServer::remove`] drops it.
#[derive(Debug)]
pub struct Parked {
    name: String,
    address: Address,
}

impl Parked {
    /// What was just made, without its session.
    async fn of(scratch: Scratch) -> Self {
        let Scratch { database, name } = scratch;
        let address = database.address().clone();
        database.close().await;
        Self { name: name.unwrap_or_default(), address }
    }

    /// Where it is, with the password.
    pub fn url(&self) -> &str {
        &self.address.url
    }

    /// A session in it.
    ///
    /// # Errors
    /// Where none can be had.
    pub async fn open(&self) -> Result<Database, PostgresError> {
        let mut database = Database::connect(&self.address, "xtask proof").await?;
        database.run("SET synchronous_commit TO off").await?;
        Ok(database)
    }
}

impl ScratchServer {
    /// An empty database in which this SQL has run.
    ///
    /// # Errors
    /// As [`ScratchServer::empty`], and what the server says of the SQL.
    pub async fn parked(&mut self, sql: &str) -> Result<Parked, ScratchError> {
        let mut scratch = self.empty_as(PARKED).await?;
        let outcome = scratch.database.run_text(sql).await;
        let parked = Parked::of(scratch).await;
        match outcome {
            Ok(()) => Ok(parked),
            Err(error) => {
                self.remove(parked).await?;
                Err(error.into())
            }
        }
    }

    /// A copy of a database.
    ///
    /// # Errors
    /// As [`ScratchServer::empty`].
    pub async fn copied(&mut self, parked: &Parked) -> Result<Parked, ScratchError> {
        let scratch = self.create(PARKED, &format!("TEMPLATE {}", identifier(&parked.name))).await?;
        Ok(Parked::of(scratch).await)
    }

    /// Drops it.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn remove(&mut self, parked: Parked) -> Result<(), ScratchError> {
        self.drop_database(&parked.name).await
    }
}
