//! Refreshing: each view in a session and a transaction of its own, several at a time.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use sqlx::Row;

use super::error::RefreshError;
use super::record::{Done, figures_of, stamps_of, upsert_failure};
use super::watch::Watch;
use super::{Views, flush_of};
use crate::event::{Event, Listener, ViewEnd};
use crate::postgres::connect::{Database, Opener};
use crate::postgres::error::PostgresError;
use crate::postgres::lock::Lock;
use crate::view::{MaterializedView, Mode, RelationName, Schedule, ViewGraph};

/// How to refresh.
#[derive(Clone, Debug)]
pub struct RefreshOptions {
    /// How many sessions at most.
    pub jobs: usize,
    /// Whether readers may go on reading where that is possible.
    pub concurrently: bool,
    /// Who asked, for the record: `name@host`.
    pub by: String,
}

/// What became of one view.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It was refreshed.
    Refreshed {
        /// Rows after it, counted; unknown where the role may not read the view.
        rows: Option<u64>,
        /// Bytes after it, indexes included.
        bytes: Option<u64>,
        /// The time that the refresh itself took.
        took: Duration,
    },
    /// It was not.
    Failed(RefreshError),
    /// It was not tried, for it reads a view that failed or was skipped itself.
    Skipped {
        /// That view.
        because: RelationName,
    },
    /// Ctrl-C came before it was done; it holds what it held before.
    Interrupted,
}

/// A view that was to be refreshed.
#[derive(Clone, Debug)]
pub struct Refreshed {
    /// Its place in the graph.
    pub view: usize,
    /// How it was, or would have been, refreshed.
    pub mode: Mode,
    /// What became of it.
    pub outcome: Outcome,
}

/// A run.
#[derive(Clone, Debug)]
pub struct RefreshReport {
    /// The views, in the order of the graph.
    pub views: Vec<Refreshed>,
    /// Whether Ctrl-C ended it.
    pub interrupted: bool,
    /// How long it took.
    pub took: Duration,
}

impl RefreshReport {
    /// Why views were not refreshed, in the order of the graph.
    pub fn failures(&self) -> impl Iterator<Item = &RefreshError> {
        self.views.iter().filter_map(|view| match &view.outcome {
            Outcome::Failed(error) => Some(error),
            _ => None,
        })
    }

    /// How many views were refreshed.
    pub fn refreshed(&self) -> usize {
        self.views.iter().filter(|view| matches!(view.outcome, Outcome::Refreshed { .. })).count()
    }
}

/// How often to look who waits for whom, and to repeat a cancellation that came between two statements.
const LOOK: Duration = Duration::from_millis(500);

/// What does not end for so many cancellations has caught them: its session is ended.
const TRIES_TO_CANCEL: u32 = 4;

impl Database {
    /// Refreshes these views of the graph, which must have been read with the lock held. When `interrupt` is ready,
    /// nothing more is started and what runs is cancelled on the server.
    ///
    /// # Errors
    /// Nothing could be begun. What happens to a single view is in the report.
    pub async fn refresh_views(
        &mut self,
        lock: &mut Lock,
        views: &mut Views,
        chosen: &[usize],
        options: &RefreshOptions,
        interrupt: impl Future<Output = ()>,
        listener: &dyn Listener,
    ) -> Result<RefreshReport, PostgresError> {
        let started = Instant::now();
        let records = self.prepare_recording(&mut views.recording).await?;
        let opener = self.opener();
        let first = Session::of(Held::Lent(self)).await?;
        let shared = Shared {
            opener,
            graph: &views.graph,
            role: &views.role,
            options,
            records,
            pids: RefCell::default(),
            interrupted: Cell::new(false),
            spare: RefCell::new(vec![first]),
        };
        let mut run = Run {
            shared: &shared,
            schedule: Schedule::new(&views.graph, chosen, options.jobs),
            ended: BTreeMap::new(),
            listener,
        };
        listener.on(Event::ViewsBegun { count: chosen.len() });
        run.refuse(chosen);
        run.go(lock, interrupt).await;
        let interrupted = shared.interrupted.get();
        let views = run.finish(chosen);
        let sessions = shared.spare.into_inner();
        futures_util::future::join_all(sessions.into_iter().map(Session::close)).await;
        Ok(RefreshReport { views, interrupted, took: started.elapsed() })
    }
}

/// What all refreshes of a run look at.
struct Shared<'a> {
    opener: Opener,
    graph: &'a ViewGraph,
    role: &'a str,
    options: &'a RefreshOptions,
    records: bool,
    /// The server process that refreshes each view that runs.
    pids: RefCell<BTreeMap<usize, i32>>,
    interrupted: Cell<bool>,
    /// Sessions that nobody uses at the moment.
    spare: RefCell<Vec<Session<'a>>>,
}

struct Session<'a> {
    held: Held<'a>,
    pid: i32,
}

/// The run's own session does its share of the work; the others are opened for it.
enum Held<'a> {
    Lent(&'a mut Database),
    Opened(Database),
}

impl<'a> Session<'a> {
    async fn of(mut held: Held<'a>) -> Result<Self, PostgresError> {
        let rows = held.database().rows("SELECT pg_backend_pid() AS pid").await?;
        Ok(Self { pid: rows[0].get("pid"), held })
    }

    async fn close(self) {
        if let Held::Opened(database) = self.held {
            database.close().await;
        }
    }
}

impl Held<'_> {
    fn database(&mut self) -> &mut Database {
        match self {
            Self::Lent(database) => database,
            Self::Opened(database) => database,
        }
    }
}

struct Run<'a, 's> {
    shared: &'a Shared<'s>,
    schedule: Schedule,
    ended: BTreeMap<usize, Outcome>,
    listener: &'a dyn Listener,
}

impl Run<'_, '_> {
    /// Says first of all what cannot be done. Readers first, so that each is refused for its own sake and not skipped.
    fn refuse(&mut self, chosen: &[usize]) {
        for &view in chosen.iter().rev() {
            let MaterializedView { name, owner, may_refresh, .. } = self.shared.graph.view(view);
            if !may_refresh {
                let role = self.shared.role.to_owned();
                self.failed(view, RefreshError::NotAllowed { view: name.clone(), role, owner: owner.clone() });
            }
        }
    }

    async fn go(&mut self, lock: &mut Lock, interrupt: impl Future<Output = ()>) {
        let shared = self.shared;
        let mut interrupt = std::pin::pin!(interrupt);
        let mut look = tokio::time::interval_at(tokio::time::Instant::now() + LOOK, LOOK);
        let mut watch = Watch::default();
        let mut running = FuturesUnordered::new();
        let mut tries = 0;
        loop {
            if !shared.interrupted.get() {
                for view in self.schedule.start() {
                    self.listener.on(Event::ViewBegun { view: shared.graph.name(view).to_string() });
                    running.push(async move { (view, shared.refresh(view).await) });
                }
            }
            tokio::select! {
                ended = running.next() => match ended {
                    Some((view, outcome)) => self.settle(view, outcome),
                    None => break,
                },
                () = &mut interrupt, if !shared.interrupted.get() => {
                    shared.interrupted.set(true);
                    self.cancel(lock, &mut tries).await;
                }
                _ = look.tick() => {
                    if shared.interrupted.get() {
                        self.cancel(lock, &mut tries).await;
                    } else {
                        let pids = shared.pids.borrow().clone();
                        watch.look(lock.session(), shared.graph, &pids, self.listener).await;
                    }
                }
            }
        }
    }

    async fn cancel(&self, lock: &mut Lock, tries: &mut u32) {
        let pids: Vec<i32> = self.shared.pids.borrow().values().copied().collect();
        for pid in pids {
            if *tries < TRIES_TO_CANCEL {
                lock.cancel(pid).await;
            } else {
                lock.terminate(pid).await;
            }
        }
        *tries += 1;
    }

    fn settle(&mut self, view: usize, outcome: Result<Outcome, RefreshError>) {
        match outcome {
            Ok(outcome) => {
                self.schedule.done(view);
                self.end(view, outcome);
            }
            Err(_) if self.shared.interrupted.get() => self.end(view, Outcome::Interrupted),
            Err(error) => self.failed(view, error),
        }
    }

    fn failed(&mut self, view: usize, error: RefreshError) {
        self.end(view, Outcome::Failed(error));
        for skipped in self.schedule.failed(view) {
            self.end(skipped.view, Outcome::Skipped { because: self.shared.graph.name(skipped.because).clone() });
        }
    }

    fn end(&mut self, view: usize, outcome: Outcome) {
        let end = match &outcome {
            Outcome::Refreshed { rows, took, .. } => {
                ViewEnd::Refreshed { mode: self.shared.mode(view).to_string(), rows: *rows, took: *took }
            }
            Outcome::Failed(error) => ViewEnd::Failed { reason: error.reason() },
            Outcome::Skipped { because } => ViewEnd::Skipped { because: because.to_string() },
            Outcome::Interrupted => ViewEnd::Interrupted,
        };
        self.listener.on(Event::ViewEnded { view: self.shared.graph.name(view).to_string(), end });
        self.ended.insert(view, outcome);
    }

    fn finish(mut self, chosen: &[usize]) -> Vec<Refreshed> {
        let take = |&view: &usize| Refreshed {
            view,
            mode: self.shared.mode(view),
            // Only what Ctrl-C kept from being started has not ended.
            outcome: self.ended.remove(&view).unwrap_or(Outcome::Interrupted),
        };
        chosen.iter().map(take).collect()
    }
}

impl<'a> Shared<'a> {
    async fn refresh(&self, view: usize) -> Result<Outcome, RefreshError> {
        let name = self.graph.name(view);
        let mut session = self.session().await.map_err(|error| RefreshError::new(name, error, self.mode(view)))?;
        if self.interrupted.get() {
            self.spare.borrow_mut().push(session);
            return Ok(Outcome::Interrupted);
        }
        self.pids.borrow_mut().insert(view, session.pid);
        let database = session.held.database();
        let outcome = self.refresh_in(database, view).await;
        self.pids.borrow_mut().remove(&view);
        let is_usable = match &outcome {
            Ok(_) => true,
            Err(error) => self.clean_up(database, view, error).await.is_ok(),
        };
        if is_usable {
            self.spare.borrow_mut().push(session);
        }
        outcome.map_err(|error| RefreshError::new(name, error, self.mode(view)))
    }

    async fn session(&self) -> Result<Session<'a>, PostgresError> {
        let spare = self.spare.borrow_mut().pop();
        if let Some(session) = spare {
            return Ok(session);
        }
        Session::of(Held::Opened(self.opener.open().await?)).await
    }

    async fn refresh_in(&self, database: &mut Database, view: usize) -> Result<Outcome, PostgresError> {
        let took = self.transaction(database, view).await?;
        let (rows, bytes) = self.figures(database, self.graph.view(view)).await;
        Ok(Outcome::Refreshed { rows, bytes, took })
    }

    /// Makes a session fit for the next view; fails where it is lost.
    async fn clean_up(&self, database: &mut Database, view: usize, error: &PostgresError) -> Result<(), PostgresError> {
        database.run("ROLLBACK").await?;
        if let (Some(sql), true, false) = (error.sql(), self.records, self.interrupted.get()) {
            let _ = database.run(&upsert_failure(self.graph.view(view), &sql.message)).await;
        }
        Ok(())
    }

    fn mode(&self, view: usize) -> Mode {
        Mode::of(self.graph.view(view), self.options.concurrently)
    }

    /// The refresh and its record together, so that a crash leaves both or none.
    async fn transaction(&self, database: &mut Database, index: usize) -> Result<Duration, PostgresError> {
        let view = self.graph.view(index);
        // In any other isolation level the rows would be those of a moment before the counters were read.
        let sql = format!("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {}", stamps_of(view));
        let rows = database.rows(&sql).await?;
        let mode = self.mode(index);
        let concurrently = if mode == Mode::Concurrently { "CONCURRENTLY " } else { "" };
        let started = Instant::now();
        database.run(&format!("REFRESH MATERIALIZED VIEW {concurrently}{}", view.name.quoted())).await?;
        let took = started.elapsed();
        let done = Done { view, mode: &mode, took, by: &self.options.by, sources: rows[0].get("stamps") };
        let record = if self.records { done.upsert() } else { String::new() };
        // What reads this view next compares its counters.
        let flush = flush_of(database.server_version());
        database.run(&format!("{record}COMMIT;{flush}")).await?;
        Ok(took)
    }

    /// Counts, outside of the transaction that keeps readers out. The view is refreshed whatever fails here.
    async fn figures(&self, database: &mut Database, view: &MaterializedView) -> (Option<u64>, Option<u64>) {
        // Who may refresh a view may not always read it: the rows of such a one stay unknown.
        for is_counted in [true, false] {
            if let Ok(rows) = database.rows(&figures_of(view, is_counted, self.records)).await {
                let number = |name| rows.first().and_then(|row| row.get::<Option<i64>, _>(name));
                let unsigned = |name| number(name).and_then(|number| u64::try_from(number).ok());
                return (unsigned("rows"), unsigned("bytes"));
            }
        }
        (None, None)
    }
}
