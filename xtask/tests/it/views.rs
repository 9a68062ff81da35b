//! Materialised views against a real server: order, modes, failures, staleness, rights, Ctrl-C.

use std::collections::BTreeMap;
use std::future::{Future, pending};
use std::sync::Mutex;
use std::time::Duration;

use xtask::event::{Event, Listener, Silent, ViewEnd};
use xtask::postgres::{Lock, Outcome, RefreshOptions, RefreshReport, Views};
use xtask::view::{Mode, Rows, Wish};

use crate::support::applying::{Gate, Session, until};
use crate::support::postgres::{TestDatabase, database, present};
use crate::support::session::{connect, wait};

/// What is asked of a run, with what most tests ask for.
struct Ask<'a> {
    url: String,
    names: &'a [&'a str],
    only_stale: bool,
    jobs: usize,
    concurrently: bool,
}

impl Ask<'_> {
    fn of(url: String) -> Self {
        Self { url, names: &[], only_stale: false, jobs: 4, concurrently: true }
    }
}

/// A run: the views as they were before it, and what became of them.
struct Ran {
    views: Views,
    report: RefreshReport,
}

impl Ran {
    /// `view=word` for each, in order.
    fn words(&self) -> Vec<String> {
        let each = self.report.views.iter().map(|one| {
            let name = &self.views.graph.name(one.view).name;
            let word = match &one.outcome {
                Outcome::Refreshed { rows, .. } => rows.map_or_else(|| "?".to_owned(), |rows| rows.to_string()),
                Outcome::Failed(error) => format!("failed: {}", error.reason()),
                Outcome::Skipped { because } => format!("skipped: {}", because.name),
                Outcome::Interrupted => "interrupted".to_owned(),
            };
            format!("{name}={word}")
        });
        each.collect()
    }

    fn modes(&self) -> BTreeMap<String, String> {
        let name = |view: usize| self.views.graph.name(view).name.clone();
        self.report.views.iter().map(|one| (name(one.view), one.mode.to_string())).collect()
    }
}

fn run(ask: &Ask<'_>) -> Ran {
    wait(run_with(ask, pending(), &Silent))
}

async fn run_with(ask: &Ask<'_>, interrupt: impl Future<Output = ()>, listener: &dyn Listener) -> Ran {
    let mut database = connect(ask.url.clone()).await;
    let mut lock = Lock::acquire(&database, Duration::from_secs(30), &Silent).await.expect("the lock");
    let mut views = database.views().await.expect("views");
    let names: Vec<String> = ask.names.iter().map(|name| (*name).to_owned()).collect();
    let selection = views.graph.select(&Wish { names: &names, only_stale: ask.only_stale }).expect("known names");
    let options = RefreshOptions { jobs: ask.jobs, concurrently: ask.concurrently, by: "somebody@here".to_owned() };
    let report = database
        .refresh_views(&mut lock, &mut views, &selection.views, &options, interrupt, listener)
        .await
        .expect("a report");
    lock.release().await;
    database.close().await;
    Ran { views, report }
}

fn read(url: &str) -> Views {
    wait(async {
        let mut database = connect(url.to_owned()).await;
        let views = database.views().await.expect("views");
        database.close().await;
        views
    })
}

/// Each view that is not fresh, with its reasons.
fn stale(url: &str) -> BTreeMap<String, String> {
    let graph = read(url).graph;
    let stale = (0..graph.views().len()).filter(|&view| graph.freshness(view).is_stale());
    let because = |view: usize| graph.freshness(view).causes().iter().map(ToString::to_string).collect::<Vec<_>>();
    stale.map(|view| (graph.name(view).name.clone(), because(view).join("; "))).collect()
}

/// Waits until the server has counted what ended sessions did, which takes it a moment.
#[track_caller]
fn soon_stale(url: &str, view: &str, because: &str) {
    until(&format!("{view} is stale because {because}"), || stale(url).get(view).is_some_and(|found| found == because));
}

/// Remembers what it hears.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Listener for Heard {
    fn on(&self, event: Event) {
        let line = match event {
            Event::ViewBegun { view } => format!("begun {view}"),
            Event::ViewEnded { view, end: ViewEnd::Refreshed { .. } } => format!("done {view}"),
            Event::ViewEnded { view, .. } => format!("not done {view}"),
            Event::ViewWaits { view, holder } => format!("{view} waits for {holder}"),
            _ => return,
        };
        self.0.lock().expect("not poisoned").push(line);
    }
}

/// `z_base` is read by `m_middle` through two plain views, and that by `a_top` through one; `b_alone` by nobody.
fn chain(name: &str) -> TestDatabase {
    let database = database(name);
    database.psql(
        "create table t(x int); insert into t select generate_series(1, 10);
         create table u(x int); insert into u values (1);
         create materialized view z_base as select x from t;
         create view p1 as select x from z_base; create view p2 as select x from p1;
         create materialized view m_middle as select count(*) from p2;
         create view p3 as select * from m_middle;
         create materialized view a_top as select * from p3;
         create materialized view b_alone as select 1 / x as y from u;",
    );
    database
}

#[test]
fn the_order_comes_from_the_catalogue_through_plain_views() {
    if !present() {
        return;
    }
    let database = chain("order");
    let heard = Heard::default();
    let ask = Ask { jobs: 1, ..Ask::of(database.url()) };
    let ran = wait(run_with(&ask, pending(), &heard));
    assert_eq!(ran.words(), ["b_alone=1", "z_base=10", "m_middle=1", "a_top=1"]);
    let heard = heard.0.into_inner().expect("not poisoned");
    let place =
        |line: &str| heard.iter().position(|heard| heard == line).unwrap_or_else(|| panic!("{line}: {heard:?}"));
    assert!(place("done public.z_base") < place("begun public.m_middle"));
    assert!(place("done public.m_middle") < place("begun public.a_top"));

    let views = read(&database.url());
    let graph = &views.graph;
    let top = graph.find("a_top").expect("there");
    let reads: Vec<String> = graph.relations_read(top).iter().map(|source| source.name.name.clone()).collect();
    assert_eq!(reads, ["m_middle", "p3"]);
    let base = graph.find("z_base").expect("there");
    assert_eq!(
        graph.read_by(base).iter().map(|&view| graph.name(view).to_string()).collect::<Vec<_>>(),
        ["public.m_middle"]
    );
    assert_eq!(stale(&database.url()), BTreeMap::new());
}

#[test]
fn independent_views_run_at_the_same_time_and_no_more_than_allowed() {
    if !present() {
        return;
    }
    let database = database("parallel");
    for name in ["a", "b", "c", "d"] {
        database.psql(&format!("create materialized view {name} as select {}::text as x with no data", Gate::WAIT));
    }
    for jobs in [4, 2] {
        let mut gate = Gate::closed(&database.url());
        let heard = Heard::default();
        let ask = Ask { jobs, concurrently: false, ..Ask::of(database.url()) };
        std::thread::scope(|scope| {
            let refresh = scope.spawn(|| wait(run_with(&ask, pending(), &heard)));
            gate.await_waiting(jobs);
            // Whoever came too early would be here by now, or has said that it begins.
            std::thread::sleep(Duration::from_millis(200));
            gate.await_waiting(jobs);
            let lines = heard.0.lock().expect("not poisoned").clone();
            assert_eq!(lines.iter().filter(|line| line.starts_with("begun ")).count(), jobs, "{lines:?}");
            gate.open();
            assert_eq!(refresh.join().expect("a report").report.refreshed(), 4);
        });
    }
}

#[test]
fn a_failure_skips_what_reads_it_and_the_rest_goes_on() {
    if !present() {
        return;
    }
    let database = chain("failing");
    database.psql(
        "create materialized view c_reads_alone as select y from b_alone;
         create view through as select y from c_reads_alone;
         create materialized view a_reads_that as select y from through;",
    );
    run(&Ask::of(database.url()));
    database.psql("insert into u values (0)");
    let ran = run(&Ask::of(database.url()));
    assert_eq!(
        ran.words(),
        [
            "b_alone=failed: division by zero",
            "c_reads_alone=skipped: b_alone",
            "a_reads_that=skipped: c_reads_alone",
            "z_base=10",
            "m_middle=1",
            "a_top=1"
        ]
    );
    assert_eq!(database.psql("select y from b_alone"), "1", "the old rows are still there");
    assert_eq!(
        database.psql(
            "select view_name, failure, refreshed_at is not null from xtask.view_refresh where failure is not null"
        ),
        "b_alone|division by zero|t"
    );
    // When the cause is removed, what is stale is exactly what is missing.
    database.psql("delete from u where x = 0");
    soon_stale(&database.url(), "b_alone", "public.u: rows 1 inserted, 1 deleted");
    let ran = run(&Ask { only_stale: true, ..Ask::of(database.url()) });
    assert_eq!(ran.words(), ["b_alone=1", "c_reads_alone=1", "a_reads_that=1"]);
    assert_eq!(database.psql("select count(*) from xtask.view_refresh where failure is not null"), "0");
    assert_eq!(stale(&database.url()), BTreeMap::new());
}

#[test]
fn concurrently_only_where_the_server_can() {
    if !present() {
        return;
    }
    let database = database("modes");
    database.psql(
        "create table t(x int, y text); insert into t values (1, 'a'), (2, 'b');
         create function f(int) returns int language plpgsql immutable as 'begin return $1; end';
         create materialized view good as select * from t; create unique index on good (x);
         create materialized view bare as select * from t; create index on bare (x);
         create materialized view partial as select * from t; create unique index part_idx on partial (x) where x > 0;
         create materialized view expr as select * from t; create unique index expr_idx on expr ((x + 1));
         create materialized view empty as select * from t with no data; create unique index on empty (x);
         create materialized view broken as select 1 as x;",
    );
    // What a failed CREATE UNIQUE INDEX CONCURRENTLY leaves behind.
    database.psql(
        "create unique index broken_idx on broken (x);
         update pg_index set indisvalid = false where indexrelid = 'broken_idx'::regclass",
    );
    let ran = run(&Ask::of(database.url()));
    let expected = [
        ("bare", "plain: it has no unique index"),
        ("broken", "plain: unique index broken_idx is invalid"),
        ("empty", "plain: it was not populated"),
        ("expr", "plain: unique index expr_idx is over an expression"),
        ("good", "concurrently"),
        ("partial", "plain: unique index part_idx is partial"),
    ];
    let expected: BTreeMap<String, String> =
        expected.iter().map(|(name, mode)| ((*name).to_owned(), (*mode).to_owned())).collect();
    assert_eq!(ran.modes(), expected);
    assert_eq!(ran.report.failures().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
    assert_eq!(
        database.psql("select view_name, mode, reason, row_count, bytes > 0 from xtask.view_refresh where view_name in ('good', 'bare') order by 1"),
        "bare|plain|it has no unique index|2|t\ngood|concurrently||2|t"
    );
    let ran = run(&Ask { names: &["good", "empty"], concurrently: false, ..Ask::of(database.url()) });
    assert!(ran.modes().values().all(|mode| mode == "plain: --no-concurrently"), "{:?}", ran.modes());
    let ran = run(&Ask { names: &["empty"], ..Ask::of(database.url()) });
    assert_eq!(ran.modes()["empty"], "concurrently", "it is populated now");

    // The server's own words where it cannot compare rows, and what helps.
    database.psql("alter table t drop column if exists z; insert into t values (1, 'a')");
    let ran = run(&Ask { names: &["good"], ..Ask::of(database.url()) });
    let report = xtask::diagnostic::Report::from(ran.report.failures().next().expect("duplicates").clone());
    let diagnostic = &report.diagnostics()[0];
    assert_eq!((diagnostic.code.as_str(), diagnostic.exit as u8), ("view-refresh-failed", 6));
    assert!(diagnostic.next[0].what.contains("--no-concurrently"), "{diagnostic:?}");
}

#[test]
fn a_concurrent_refresh_leaves_readers_alone_and_a_plain_one_says_who_it_waits_for() {
    if !present() {
        return;
    }
    let database = database("readers");
    database.psql(
        "create table t(x int); create materialized view a as select * from t; create unique index on a (x);
         create materialized view b as select * from t;",
    );
    let heard = Heard::default();
    let mut reader = Session::open(&database.url());
    reader.run("set application_name = 'slow reader'; begin; select * from a; select * from b");
    run(&Ask { names: &["a"], ..Ask::of(database.url()) });
    assert_eq!(reader.run("select 'it reads on'"), "it reads on", "nobody waited for the reader");
    let says_who = |line: &String| line.starts_with("public.b waits for slow reader (pid ");
    let ask = Ask { names: &["b"], ..Ask::of(database.url()) };
    std::thread::scope(|scope| {
        let refresh = scope.spawn(|| wait(run_with(&ask, pending(), &heard)));
        until("it says for whom it waits", || heard.0.lock().expect("not poisoned").iter().any(says_who));
        reader.run("commit");
        assert_eq!(refresh.join().expect("a report").words(), ["b=0"]);
    });
}

#[test]
fn staleness_is_what_the_counters_tell() {
    if !present() {
        return;
    }
    let database = database("stale");
    let url = database.url();
    database.psql(
        "create table t(x int primary key); insert into t values (1);
         create view p as select x from t;
         create materialized view a as select x from p; create unique index on a (x);
         create materialized view z as select x from a;",
    );
    let unknown = "it was never refreshed by this tool".to_owned();
    let expected = BTreeMap::from([("a".to_owned(), unknown.clone()), ("z".to_owned(), unknown)]);
    assert_eq!(stale(&url), expected);
    let refresh_stale = || run(&Ask { only_stale: true, ..Ask::of(url.clone()) }).words();
    assert_eq!(refresh_stale(), ["a=1", "z=1"]);
    assert_eq!(refresh_stale(), Vec::<String>::new());

    let steps = [
        ("insert into t values (2), (3)", "public.t: rows 2 inserted", "3"),
        ("update t set x = 9 where x = 3", "public.t: rows 1 updated", "3"),
        ("delete from t where x = 9", "public.t: rows 1 deleted", "2"),
        ("truncate t", "public.t was truncated or rewritten", "0"),
        ("create or replace view p as select x + 1 as x from t", "view public.p was defined anew", "0"),
    ];
    for (change, because, rows) in steps {
        database.psql(change);
        soon_stale(&url, "a", because);
        assert_eq!(stale(&url)["z"], "public.a, which it reads, is stale");
        assert_eq!(refresh_stale(), [format!("a={rows}"), format!("z={rows}")]);
        assert_eq!(stale(&url), BTreeMap::new(), "after {change}");
    }
    // Only the upper view is refreshed: the one that reads it has become stale.
    database.psql("insert into t values (5)");
    soon_stale(&url, "a", "public.t: rows 1 inserted");
    run(&Ask { names: &["a"], ..Ask::of(url.clone()) });
    soon_stale(&url, "z", "public.a: rows 1 inserted");
    assert_eq!(refresh_stale(), ["z=1"]);
    database.psql("drop materialized view z; create materialized view z as select x from a");
    assert_eq!(stale(&url)["z"], "it was created anew since its last refresh");
    database.psql("refresh materialized view z with no data");
    assert_eq!(stale(&url)["z"], "it is not populated");
}

#[test]
fn a_change_while_a_refresh_runs_is_not_missed() {
    if !present() {
        return;
    }
    let database = database("meanwhile");
    database.psql(&format!(
        "create table t(x int); create materialized view v as select x, {0}::text from t
         union all select 0, {0}::text with no data;",
        Gate::WAIT
    ));
    let mut gate = Gate::closed(&database.url());
    std::thread::scope(|scope| {
        let refresh = scope.spawn(|| run(&Ask::of(database.url())).words());
        gate.await_waiting(1);
        assert_eq!(read(&database.url()).graph.view(0).bytes, None, "its size cannot be asked for now");
        assert!(!refresh.is_finished(), "looking waited for the refresh");
        database.psql("insert into t values (1)");
        gate.open();
        assert_eq!(refresh.join().expect("refreshed"), ["v=1"]);
    });
    soon_stale(&database.url(), "v", "public.t: rows 1 inserted");
}

#[test]
fn partitions_functions_and_what_nobody_counts() {
    if !present() {
        return;
    }
    let database = database("sources");
    let url = database.url();
    database.psql(
        "create table parted(x int) partition by list (x);
         create table part_1 partition of parted for values in (1);
         create table hidden(x int); create table seen(x int);
         create function opaque() returns bigint language sql stable as 'select count(*) from public.hidden';
         create function clear() returns bigint language sql stable begin atomic select count(*) from seen; end;
         create materialized view by_parts as select x from parted;
         create materialized view by_opaque as select opaque() as n;
         create materialized view by_clear as select clear() as n;",
    );
    run(&Ask::of(url.clone()));
    let opaque = "what the function public.opaque reads is not in the catalogue".to_owned();
    assert_eq!(stale(&url), BTreeMap::from([("by_opaque".to_owned(), opaque)]));
    database.psql("insert into parted values (1); insert into seen values (1)");
    soon_stale(&url, "by_parts", "public.part_1: rows 1 inserted");
    soon_stale(&url, "by_clear", "public.seen: rows 1 inserted");
    let graph = read(&url).graph;
    let reads = |name: &str| {
        let view = graph.find(name).expect("there");
        graph.relations_read(view).iter().map(|source| source.name.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        (reads("by_parts"), reads("by_clear"), reads("by_opaque").len()),
        (vec!["parted".to_owned()], vec!["seen".to_owned()], 0)
    );
    run(&Ask::of(url.clone()));
    database.psql("create table part_2 partition of parted for values in (2)");
    assert_eq!(stale(&url)["by_parts"], "public.part_2 is read now and was not then");
    run(&Ask::of(url.clone()));
    database.psql("alter table parted detach partition part_2");
    assert_eq!(stale(&url)["by_parts"], "something that it read then is gone");
}

#[test]
fn rows_are_counted_once_and_doubted_after_a_refresh_by_hand() {
    if !present() {
        return;
    }
    let database = database("rows");
    database
        .psql("create table t(x int); insert into t values (1), (2); create materialized view v as select * from t");
    let rows = || read(&database.url()).graph.view(0).rows();
    assert_eq!(rows(), Rows::Unknown, "nothing has counted them");
    run(&Ask::of(database.url()));
    assert_eq!(rows(), Rows::Exact(2));
    database.psql("refresh materialized view v");
    assert_ne!(rows(), Rows::Exact(2));
    database.psql("analyze v");
    assert_eq!(rows(), Rows::Estimated(2));
    database.psql("refresh materialized view v with no data");
    assert_eq!(rows(), Rows::Exact(0));
}

#[test]
fn any_name_will_do() {
    if !present() {
        return;
    }
    let database = database("names");
    database.psql(
        r#"create schema "Lab & Co"; create table "Lab & Co"."My ""T""" (x int);
           create materialized view "Lab & Co"."The 'Best' ""View"" \ ." as select x from "Lab & Co"."My ""T""";
           create materialized view public.upper as select 1 as x; create materialized view "Lab & Co".upper as select 2;"#,
    );
    let graph = read(&database.url()).graph;
    let names: Vec<String> = graph.views().iter().map(|view| view.name.to_string()).collect();
    assert_eq!(names, [r#""Lab & Co"."The 'Best' ""View"" \ .""#, r#""Lab & Co".upper"#, "public.upper"]);
    for typed in [r#"The 'Best' "View" \ ."#, &names[0]] {
        let ran = run(&Ask { names: &[typed], ..Ask::of(database.url()) });
        assert_eq!(ran.report.refreshed(), 1, "{typed}: {:?}", ran.words());
    }
    assert_eq!(stale(&database.url()).len(), 1, "both views called upper share a name here");
    let errors = graph.select(&Wish { names: &["upper".to_owned()], only_stale: false }).expect_err("two of them");
    assert_eq!(errors[0].to_string(), r#"`upper` may mean "Lab & Co".upper or public.upper"#);
    assert!(graph.select(&Wish { names: &["Lab & Co.upper".to_owned()], only_stale: false }).is_ok());
}

#[test]
fn views_of_extensions_are_left_alone() {
    if !present() {
        return;
    }
    let database = database("extension");
    database.psql(
        "create materialized view theirs as select 1 as x; alter extension plpgsql add materialized view theirs;
         create materialized view ours as select x from theirs;",
    );
    assert_eq!(run(&Ask::of(database.url())).words(), ["ours=1"]);
    let graph = read(&database.url()).graph;
    assert_eq!(graph.relations_read(0).len(), 1, "it is seen as something that is read");
}

#[test]
fn an_empty_view_below_is_filled_first() {
    if !present() {
        return;
    }
    let database = database("below");
    database.psql(
        "create materialized view z as select 1 as x with no data;
         create materialized view a as select x from z with no data;
         create materialized view other as select 1 with no data;",
    );
    assert_eq!(run(&Ask { names: &["a"], ..Ask::of(database.url()) }).words(), ["z=1", "a=1"]);
    assert_eq!(run(&Ask { names: &["a"], ..Ask::of(database.url()) }).words(), ["a=1"]);
}

#[test]
fn views_that_read_each_other_in_a_circle_are_refreshed_all_the_same() {
    if !present() {
        return;
    }
    let database = database("circle");
    database.psql(
        "create view p as select 1 as x; create materialized view a as select x from p;
         create materialized view b as select x from a; create or replace view p as select x from b;",
    );
    assert_eq!(run(&Ask::of(database.url())).words(), ["a=1", "b=1"]);
}

/// The URL of another role with a password, made for this test.
fn role(database: &TestDatabase) -> (String, String) {
    let role = format!("role_of_{}", database.name());
    database.psql(&format!("create role {role} login password 'secret'"));
    (format!("postgresql://{role}:secret@127.0.0.1:{}/{}", database.port(), database.name()), role)
}

#[test]
fn a_role_without_rights_is_told_before_and_does_what_it_may() {
    if !present() {
        return;
    }
    let database = database("rights");
    let (url, role) = role(&database);
    database.psql(&format!(
        "create materialized view theirs as select 1 as x; create materialized view theirs_too as select x from theirs;
         create materialized view mine as select 2 as x; alter materialized view mine owner to {role};
         revoke create on schema public from public; revoke create on database {} from public;",
        database.name()
    ));
    let heard = Heard::default();
    let ran = wait(run_with(&Ask::of(url.clone()), pending(), &heard));
    let refused = format!("failed: it belongs to postgres, and role {role} may not refresh it");
    assert_eq!(ran.words(), ["mine=1".to_owned(), format!("theirs={refused}"), "theirs_too=".to_owned() + &refused]);
    assert_eq!(
        heard.0.into_inner().expect("not poisoned")[..2],
        ["not done public.theirs_too", "not done public.theirs"],
        "said first"
    );
    let warning = ran.views.recording.warning(&role).expect("it may not create the table");
    let grant = format!("GRANT CREATE ON DATABASE \"{}\" TO \"{role}\";", database.name());
    assert!(warning.next[0].what.ends_with(&grant), "{warning:?}");

    // The state is there, but belongs to somebody else: read, not written.
    run(&Ask::of(database.url()));
    let ran = run(&Ask { names: &["mine"], ..Ask::of(url.clone()) });
    assert_eq!(ran.words(), ["mine=1"]);
    let grant = ran.views.recording.warning(&role).expect("not granted").next[0].what.clone();
    database.psql(grant.split_once(": ").expect("a statement").1);
    let ran = run(&Ask { names: &["mine"], ..Ask::of(url.clone()) });
    assert_eq!((ran.words(), ran.views.recording.warning(&role)), (vec!["mine=1".to_owned()], None));
    assert_eq!(database.psql("select role from xtask.view_refresh where view_name = 'mine'"), role);
}

#[test]
fn ctrl_c_cancels_on_the_server_and_starts_nothing_more() {
    if !present() {
        return;
    }
    let database = database("interrupted");
    database.psql(
        "create materialized view a as select 1 as x; create materialized view b as select x, pg_sleep(600)::text from a with no data;
         create materialized view c as select x from b with no data;
         create function deaf() returns int language plpgsql as
           'begin loop begin perform pg_sleep(600); exception when query_canceled then end; end loop; end';
         create materialized view d as select deaf() as x with no data;",
    );
    let heard = Heard::default();
    let b_has_begun = async {
        let begun =
            |view: &str| heard.0.lock().expect("not poisoned").iter().any(|line| line == &format!("begun {view}"));
        while !(begun("public.b") && begun("public.d")) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let ran = wait(run_with(&Ask::of(database.url()), b_has_begun, &heard));
    assert!(ran.report.interrupted);
    let mut words = ran.words();
    words.sort();
    assert_eq!(words, ["a=1", "b=interrupted", "c=interrupted", "d=interrupted"]);
    assert_eq!(
        database.psql("select count(*) from pg_stat_activity where datname = current_database() and query like 'REFRESH%' and state = 'active'"),
        "0"
    );
    assert_eq!(database.psql("select view_name, failure is null from xtask.view_refresh"), "a|t");
}

#[test]
fn a_lost_session_costs_one_view_only() {
    if !present() {
        return;
    }
    let database = database("lost");
    database.psql(
        "create materialized view a as select pg_sleep(600)::text as x with no data;
         create materialized view b as select x from a with no data; create materialized view c as select 1;",
    );
    std::thread::scope(|scope| {
        let refresh = scope.spawn(|| run(&Ask { jobs: 1, ..Ask::of(database.url()) }));
        let kill = "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and query like 'REFRESH%' and wait_event = 'PgSleep'";
        until("its session is killed", || database.psql(kill) != "0");
        let ran = refresh.join().expect("a report");
        let outcomes: Vec<bool> =
            ran.report.views.iter().map(|one| matches!(one.outcome, Outcome::Refreshed { .. })).collect();
        assert_eq!(outcomes, [false, false, true], "{:?}", ran.words());
        assert!(matches!(&ran.report.views[1].outcome, Outcome::Skipped { because } if because.name == "a"));
        assert_eq!(ran.report.views[2].mode, Mode::Plain(xtask::view::PlainReason::NoUniqueIndex));
    });
}
