//! Reading the schema of a database: everything in it, of one moment, and nothing that belongs to others.

use xtask::postgres::Scope;
use xtask::schema::{ConstraintKind, Grantee, ObjectId, QualifiedName, Schema};

use crate::support::postgres::{TestDatabase, database, present};
use crate::support::session::{session, wait};

/// One of everything.
pub(crate) const EVERYTHING: &str = include_str!("../fixtures/schema/everything.sql");

/// The schema of a database of a test.
pub(crate) fn introspect(database: &TestDatabase) -> Schema {
    wait(async { session(database).await.introspect(&Scope::default()).await.expect("it is read") })
}

/// A database with one of everything.
fn everything(hint: &str) -> Option<TestDatabase> {
    if !present() {
        return None;
    }
    let database = database(hint);
    create_role(&database, "schema_reader");
    if let Err(error) = database.try_psql(EVERYTHING) {
        assert!(error.contains("btree_gist"), "{error}");
        crate::support::skip("the server has no extension btree_gist (install postgresql-contrib)");
        return None;
    }
    Some(database)
}

/// Roles belong to the whole server; tests that run side by side may both want this one.
pub(crate) fn create_role(database: &TestDatabase, name: &str) {
    database.psql(&format!(
        "do $$ begin create role {name}; exception when duplicate_object or unique_violation then null; end $$"
    ));
}

fn lab(name: &str) -> QualifiedName {
    QualifiedName::new("lab", name)
}

#[test]
fn one_of_everything_is_read() {
    let Some(database) = everything("everything") else { return };
    let schema = introspect(&database);
    assert_eq!(schema.namespaces.names().collect::<Vec<_>>(), ["lab", "public"]);
    assert_eq!(schema.extensions.names().collect::<Vec<_>>(), ["btree_gist"]);
    assert_eq!(schema.unread, [""; 0], "nothing of it is of an unknown kind");
    assert!(schema.functions.iter().all(|function| function.name.name.schema == "lab"), "the extension's are its own");

    let site = schema.tables.get(&lab("site")).expect("it is read");
    let id = site.column("id").and_then(|column| column.identity.as_ref()).expect("an identity column");
    assert_eq!((id.always, id.options.start, id.options.increment), (true, 100, 5));
    assert_eq!(site.column("Feels").and_then(|column| column.default.as_deref()), Some("'happy'::lab.mood"));
    assert_eq!(site.column("tags").and_then(|column| column.storage.as_deref()), Some("EXTERNAL"));
    assert_eq!(site.storage_parameters.get("toast.autovacuum_enabled"), Some("false"));
    let revoked: Vec<_> = site.privileges.revoked.iter().map(|grant| (&grant.grantee, &*grant.privilege)).collect();
    assert_eq!(revoked, [(&Grantee::Owner, "TRUNCATE")]);

    let sample = schema.tables.get(&lab("sample")).expect("it is read");
    let Some(ConstraintKind::Exclusion(once)) = sample.constraints.get("sample_once").map(|found| &found.kind) else {
        panic!("an exclusion constraint: {:?}", sample.constraints);
    };
    assert_eq!(
        (once.operators.join(" "), once.predicate.as_deref()),
        ("= &&".to_owned(), Some("(weight > (0)::numeric)"))
    );
    let index = sample.indexes.get("sample_code").expect("an index");
    let class = index.keys[0].operator_class.as_ref().map(|class| class.name.to_string());
    assert_eq!(class.as_deref(), Some("pg_catalog.text_pattern_ops"));
    assert_eq!(index.keys[0].collation.as_ref().map(ToString::to_string).as_deref(), Some("pg_catalog.\"C\""));
    assert!(!sample.indexes.contains("sample_pkey"), "the index of a constraint is part of the constraint");
}

#[test]
fn what_depends_on_what_is_known() {
    let Some(database) = everything("dependencies") else { return };
    let schema = introspect(&database);
    let needs = |id: &ObjectId| schema.dependencies.of(id).map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(needs(&ObjectId::MaterialisedView(lab("empty"))), ["column lab.totals.n"]);
    let default = ObjectId::Default(lab("computed"), "id".to_owned());
    assert_eq!(needs(&default), ["function lab.distance(double precision, double precision)"]);
    let trigger = ObjectId::Trigger(lab("sample"), "touch".to_owned());
    assert_eq!(needs(&trigger), ["function lab.touch()"]);
    let code = ObjectId::Column(lab("sample"), "code".to_owned());
    assert!(schema.dependencies.on(&code).any(|id| *id == ObjectId::View(lab("heavy"))));
}

#[test]
fn what_is_not_the_projects_is_left_out() {
    if !present() {
        return;
    }
    let database = database("left_out");
    database.psql(
        "create schema xtask; create table xtask.history (id int); create table alembic_version (v text); \
         create schema audit; create table audit.log (id int primary key); create table tmp_1 (id int); \
         create table kept (id int references audit.log)",
    );
    let scope = Scope::excluding(["audit.*", "tmp_*"]);
    let schema = wait(async { session(&database).await.introspect(&scope).await.expect("it is read") });
    assert_eq!(schema.tables.names().map(ToString::to_string).collect::<Vec<_>>(), ["public.kept"]);
    assert_eq!(schema.namespaces.names().collect::<Vec<_>>(), ["public"]);
}

#[test]
fn settings_of_the_session_neither_change_what_is_read_nor_are_they_changed() {
    if !present() {
        return;
    }
    let database = database("settings");
    database.psql(
        "create schema lab; create table lab.t (at date default '2026-01-31', span interval default '1 day 2 hours')",
    );
    database.psql(&format!(
        "alter database {0} set search_path = lab; alter database {0} set intervalstyle = 'iso_8601'; \
         alter database {0} set quote_all_identifiers = on",
        database.name()
    ));
    let schema = introspect(&database);
    let table = schema.tables.get(&lab("t")).expect("it is read");
    let defaults: Vec<_> = table.columns.iter().filter_map(|column| column.default.as_deref()).collect();
    assert_eq!(defaults, ["'2026-01-31'::date", "'1 day 02:00:00'::interval"]);
    assert_eq!(introspect(&database), schema);
}

/// Some minor releases (17.12 as Debian has it) note the definition of each column among its options.
#[test]
fn what_the_server_notes_for_itself_is_no_option_of_a_column() {
    if !present() {
        return;
    }
    let database = database("notes");
    database.psql(
        "create table t (a int, b int); update pg_attribute set attoptions = case attname \
         when 'a' then '{pg_attver=7}'::text[] else '{pg_attver=7,n_distinct=3}'::text[] end \
         where attrelid = 't'::regclass and attnum > 0",
    );
    let schema = introspect(&database);
    let table = schema.tables.get(&QualifiedName::public("t")).expect("it is read");
    let options = |column: &str| table.column(column).expect("a column").options.clone();
    assert!(options("a").is_empty(), "{:?}", options("a"));
    assert_eq!((options("b").get("n_distinct"), options("b").get("pg_attver")), (Some("3"), None));
}
