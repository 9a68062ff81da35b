//! The folder of revisions is a sqlx migration directory: sqlx's own migrator applies and reverts it.

use std::path::Path;

use sqlx::migrate::Migrator;
use sqlx::{Connection, PgConnection};

use crate::support::postgres;

fn migrations() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations")
}

#[test]
fn sqlx_applies_and_reverts_the_example() {
    if !postgres::present() {
        return;
    }
    let database = postgres::database("sqlx");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let migrator = Migrator::new(migrations()).await.expect("sqlx reads the folder");
        let pairs = std::fs::read_dir(migrations()).expect("migrations").count() / 2;
        let ups = migrator.iter().filter(|migration| migration.migration_type.is_up_migration()).count();
        assert_eq!(ups, pairs, "sqlx sees each revision");
        assert!(migrator.iter().any(|migration| migration.no_tx), "and which of them run outside of a transaction");

        let mut connection = PgConnection::connect(&database.url()).await.expect("connected");
        migrator.run_direct(None, &mut connection, false).await.expect("sqlx applies all of it");
        assert_eq!(database.psql("select count(*) from _sqlx_migrations where success"), pairs.to_string());
        assert_eq!(database.psql("select count(*) from pg_matviews"), "9");

        migrator.undo(&mut connection, 0).await.expect("sqlx reverts all of it");
        assert_eq!(database.psql("select count(*) from pg_tables where schemaname = 'public'"), "1", "its own");
    });
}
