//! Sessions of ours with a database of a test.

use std::time::Duration;

use xtask::postgres::{Address, Database};

use super::postgres::TestDatabase;

/// Runs the future with a runtime of its own, which no session of it outlives.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    runtime().block_on(future)
}

/// A runtime, for sessions that go on from one future to the next.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// How one gets to what this URL names.
pub(crate) fn address(url: String) -> Address {
    let connect_timeout = Duration::from_secs(10);
    Address { url, shown: "the test server".to_owned(), origin: "the test".to_owned(), connect_timeout }
}

/// A session with a database of a test.
pub(crate) async fn session(database: &TestDatabase) -> Database {
    connect(database.url()).await
}

/// A session with what this URL names.
pub(crate) async fn connect(url: String) -> Database {
    Database::connect(&address(url), "xtask test").await.expect("the server answers")
}
