//! Scratch databases: made, copied from a template, gone afterwards; and what is said where the role may not.

use xtask::diagnostic::Diagnose as _;
use xtask::postgres::{Scope, ScratchServer};
use xtask::revision::RevisionScript;

use super::support::postgres::{self, TestDatabase};
use super::support::session::{connect, session};

fn run(hint: &str, test: impl AsyncFnOnce(&TestDatabase, &mut ScratchServer)) {
    if !postgres::present() {
        return;
    }
    let database = postgres::database(hint);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let session = session(&database).await;
        let mut server = ScratchServer::of(&session).await.expect("a second session");
        test(&database, &mut server).await;
    });
}

fn names(database: &TestDatabase, like: &str) -> String {
    database.psql(&format!("select count(*) from pg_database where datname like '{like}'"))
}

#[test]
fn a_copy_has_what_its_template_has() {
    run("scratch_copy", async |database, server| {
        assert!(server.copy_of("head 1").await.expect("asked").is_none());
        let mut first = server.empty().await.expect("made");
        first.database.run_text("create table t (x int)").await.expect("applied");
        server.keep(first, "head 1").await.expect("kept");
        let mut copy = server.copy_of("head 1").await.expect("asked").expect("there");
        copy.database.run_text("insert into t values (1)").await.expect("the table is there");
        let name = copy.database.address().url.rsplit('/').next().expect("a name").to_owned();
        server.discard(copy).await.expect("dropped");
        assert_eq!(names(database, &name), "0");
        assert!(server.copy_of("head 2").await.expect("asked").is_none(), "another head has another template");
    });
}

#[test]
fn a_role_that_may_not_create_databases_is_told_which_grant_is_missing() {
    run("scratch_grant", async |database, _| {
        database.psql("create role \"No Maker\" login password 'x'");
        let url = database.url();
        let at = url.find('@').expect("a URL with a role");
        let session = connect(format!("postgresql://No%20Maker:x{}", &url[at..])).await;
        let mut server = ScratchServer::of(&session).await.expect("a session");
        let error = server.empty().await.expect_err("not allowed").diagnose();
        assert_eq!(error.code.as_str(), "scratch-not-allowed");
        assert!(error.title.contains("No Maker"), "{}", error.title);
        let command = error.next[0].command.clone().expect("a command");
        assert_eq!(command, "psql -c 'ALTER ROLE \"No Maker\" CREATEDB'");
        session.close().await;
        server.close().await;
        database.psql("drop role \"No Maker\"");
    });
}

#[test]
fn a_rehearsal_leaves_nothing_in_its_template() {
    run("scratch_rehearsal", async |database, server| {
        let keys = ["head 2".to_owned(), "head 1".to_owned()];
        assert!(server.rehearsal(&keys).await.expect("asked").is_none());
        let mut first = server.empty().await.expect("made");
        first.database.run_text("create table t (x int)").await.expect("applied");
        server.keep(first, "head 1").await.expect("kept");

        let (at, mut rehearsal) = server.rehearsal(&keys).await.expect("asked").expect("there");
        assert_eq!(at, 1, "the nearest that there is");
        let script = |text: &str| RevisionScript::from_text("a.sql".into(), text.into());
        rehearsal.database.run_script(&script("drop table t; create table u (y int)")).await.expect("applied");
        // What fails is taken back alone.
        rehearsal.database.run_script(&script("drop table u; select 1/0")).await.expect_err("no number");
        let schema = rehearsal.database.introspect(&Scope::default()).await.expect("read");
        assert_eq!(schema.tables.names().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["u"]);
        // Outside of its transaction nothing can be written.
        rehearsal.database.run_text("rollback").await.expect("ended");
        let refused = rehearsal.database.run_text("create table v (z int)").await.expect_err("read only").to_string();
        assert!(refused.contains("read-only"), "{refused}");
        server.discard(rehearsal).await.expect("closed");

        let mut copy = server.copy_of("head 1").await.expect("asked").expect("there");
        let schema = copy.database.introspect(&Scope::default()).await.expect("read");
        assert_eq!(schema.tables.names().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["t"]);
        let name = copy.database.address().url.rsplit('/').next().expect("a name").to_owned();
        server.discard(copy).await.expect("dropped");
        assert_eq!(names(database, &name), "0");
    });
}

#[test]
fn a_role_does_not_get_what_another_one_has_made() {
    run("scratch_roles", async |database, server| {
        let first = server.empty().await.expect("made");
        server.keep(first, "head 1").await.expect("kept");
        database.psql("create role scratch_other login createdb password 'x'");
        let url = database.url();
        let at = url.find('@').expect("a URL with a role");
        let session = connect(format!("postgresql://scratch_other:x{}", &url[at..])).await;
        let mut other = ScratchServer::of(&session).await.expect("a session");
        assert!(other.copy_of("head 1").await.expect("asked").is_none());
        assert!(other.rehearsal(&["head 1".to_owned()]).await.expect("asked").is_none());
        session.close().await;
        other.close().await;
        database.psql("drop role scratch_other");
    });
}
