//! Running steps: one runner a database, everything checked before the first statement, Ctrl-C cancelled on the server.

use std::pin::pin;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::stopped::{
    End, NOTHING_KEPT, applied_before, cancelled, ended_together, failed, not_transactional, unfinished_first,
};
use super::{Context, Revisions};
use crate::diagnostic::Result;
use crate::postgres::{
    ApplyError, Bookkeeping, Database, Entry, EntryKind, Lock, Resume, State, Unfinished, hear_notices, take_notices,
};
use crate::revision::graph::{Direction, Rows, Step};
use crate::revision::{Revision, RevisionScript};
use crate::sql::Loss;
use crate::ui::{Confirmation, milliseconds};

/// How often to look whether somebody else's session keeps a statement waiting.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// A cancel request reaches what the server runs at that moment, and may come between two statements. What does not end for all of
/// these has caught them, and its session is ended.
const TRIES_TO_CANCEL: u32 = 8;
const BETWEEN_TRIES: Duration = Duration::from_millis(250);

/// The two scripts of a revision.
#[derive(Clone, Debug)]
pub(crate) struct Scripts {
    pub(crate) up: RevisionScript,
    pub(crate) down: RevisionScript,
}

/// A step with all that it needs.
#[derive(Clone, Debug)]
pub(crate) struct Work<'g> {
    pub(crate) step: Step<'g>,
    pub(crate) revision: Revision,
    pub(crate) scripts: Scripts,
    /// Whether the scripts come from the history, because the checkout does not have them.
    pub(crate) is_recorded: bool,
}

/// A step that was run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Ran {
    pub(crate) revision: String,
    pub(crate) message: String,
    /// `upgrade` or `downgrade`.
    pub(crate) direction: &'static str,
    /// In milliseconds.
    pub(crate) duration_ms: f64,
}

/// A session that holds the lock and may apply.
pub(crate) struct Runner<'c> {
    context: &'c Context,
    database: Database,
    lock: Lock,
    state: State,
}

impl Work<'_> {
    /// The script that this step runs.
    pub(crate) fn script(&self) -> &RevisionScript {
        match self.step.direction {
            Direction::Up => &self.scripts.up,
            Direction::Down => &self.scripts.down,
        }
    }

    /// The line for the history.
    pub(crate) fn entry(&self, person: String) -> Entry {
        Entry {
            kind: kind_of(self.step.direction),
            revision: self.revision.clone(),
            checksum: Some(self.scripts.up.fingerprint().as_str().to_owned()),
            up_sql: Some(self.scripts.up.text.to_string()),
            down_sql: Some(self.scripts.down.text.to_string()),
            applied_by: person,
        }
    }
}

impl<'c> Runner<'c> {
    /// Takes the lock and reads the state again: another runner may have been at work meanwhile.
    pub(crate) async fn start(context: &'c Context, mut database: Database, wait: Option<Duration>) -> Result<Self> {
        let wait = wait.unwrap_or(context.config.database.lock_wait);
        let lock = {
            let (listener, started) = (context.ui.listener(), Instant::now());
            let lock = Lock::acquire(&database, wait, &listener).await?;
            lock.admit(&mut database, wait.saturating_sub(started.elapsed()), &listener).await?;
            lock
        };
        let mut state = context.state(&mut database).await?;
        database.create_state(&mut state).await?;
        hear_notices();
        Ok(Self { context, database, lock, state })
    }

    /// What the database says of itself, as it was read with the lock held or left by the last step.
    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// The session, for reading.
    pub(crate) fn database(&mut self) -> &mut Database {
        &mut self.database
    }

    /// Runs steps in order, each in its own transaction.
    pub(crate) async fn run(&mut self, work: &[Work<'_>], resume: Option<Resume>) -> Result<Vec<Ran>> {
        self.check_unfinished(work)?;
        self.context.require_extensions(&mut self.database, work).await?;
        let mut ran = Vec::with_capacity(work.len());
        for work in work {
            let book = self.bookkeeping(work);
            let applying = self.database.apply(work.script(), &book, resume);
            let (applied, end) = or_cancel(self.context, &mut self.lock, self.state.pid, applying).await;
            self.tell_notices();
            match applied {
                Ok(duration) => {
                    self.take_note(work);
                    ran.push(self.tell(work, duration));
                }
                Err(error) if !end.explains(&error) => return Err(failed(&error, work, applied_before(&ran))),
                Err(_) => {}
            }
            if end != End::Itself {
                return Err(cancelled(work, &ran, end));
            }
        }
        Ok(ran)
    }

    /// Runs steps in one transaction: all of them or none.
    pub(crate) async fn run_together(&mut self, work: &[Work<'_>]) -> Result<Vec<Ran>> {
        self.check_unfinished(work)?;
        self.context.require_extensions(&mut self.database, work).await?;
        if let Some(work) = work.iter().find(|work| !work.script().transactional) {
            return Err(not_transactional(work).into());
        }
        let Some(first) = work.first() else { return Ok(Vec::new()) };
        let book = self.bookkeeping(first);
        self.database.begin(&book).await?;
        let mut durations = Vec::with_capacity(work.len());
        for work in work {
            let book = self.bookkeeping(work);
            let applying = self.database.apply_inside(work.script(), &book);
            let (applied, end) = or_cancel(self.context, &mut self.lock, self.state.pid, applying).await;
            self.tell_notices();
            if end != End::Itself {
                return Err(cancelled(work, &[], end));
            }
            durations.push(applied.map_err(|error| failed(&error, work, NOTHING_KEPT.to_owned()))?);
            self.take_note(work);
        }
        if let Some(last) = work.last() {
            let ended = self.database.commit(last.script()).await;
            ended.map_err(|error| match error {
                // Which of them broke what is deferred, the server does not tell.
                ApplyError::AtEnd { sql, .. } if work.len() > 1 => ended_together(&sql, work.len()),
                error => failed(&error, last, NOTHING_KEPT.to_owned()),
            })?;
        }
        Ok(work.iter().zip(durations).map(|(work, duration)| self.tell(work, duration)).collect())
    }

    /// Says which data steps would destroy, with sizes, and asks; goes on silently where nothing is lost.
    pub(crate) async fn confirm_losses(&mut self, what: &str, work: &[Work<'_>]) -> Result<()> {
        let mut losses: Vec<Loss> = Vec::new();
        for loss in work.iter().flat_map(|work| work.script().losses()) {
            if !losses.contains(&loss) {
                losses.push(loss);
            }
        }
        let losses = self.database.sizes_of(&losses).await?;
        if losses.is_empty() {
            return Ok(());
        }
        let mut confirmation = Confirmation::to(format!("{what} destroys data:"));
        confirmation.details.extend(losses);
        self.context.ui.confirm(&confirmation)
    }

    /// Sets the rows of `alembic_version`, and records that in the history.
    pub(crate) async fn stamp(&mut self, revisions: &Revisions, rows: &[String]) -> Result<()> {
        let stamped = rows.iter().filter_map(|row| revisions.get(row));
        let entries: Vec<Entry> = stamped
            .map(|revision| Entry {
                kind: EntryKind::Stamp,
                revision: revision.clone(),
                checksum: None,
                up_sql: None,
                down_sql: None,
                applied_by: self.context.person(),
            })
            .collect();
        self.database.stamp(&self.state, rows, &entries).await?;
        self.state.rows = rows.to_vec();
        Ok(())
    }

    /// Ends the session and gives the lock back.
    pub(crate) async fn finish(mut self) {
        // A revision may have changed rows that views show.
        self.database.flush_statistics().await;
        self.database.close().await;
        self.lock.release().await;
    }

    fn bookkeeping<'g>(&self, work: &Work<'g>) -> Bookkeeping<'g> {
        let unfinished = self.state.unfinished.as_ref().filter(|unfinished| is_same_run(unfinished, work));
        Bookkeeping {
            table: self.state.table.clone(),
            expected: self.state.rows.clone(),
            changes: work.step.row_ops.clone(),
            entry: work.entry(self.context.person()),
            unfinished: unfinished.cloned(),
        }
    }

    /// What the revision said with `RAISE`, and what the server remarked on it.
    fn tell_notices(&self) {
        for notice in take_notices() {
            self.context.ui.action("Notice", notice);
        }
    }

    fn take_note(&mut self, work: &Work<'_>) {
        let mut rows = Rows::new(self.state.rows.iter().cloned());
        rows.apply(&work.step.row_ops);
        self.state.rows = rows.iter().map(str::to_owned).collect();
        self.state.unfinished = None;
    }

    fn tell(&self, work: &Work<'_>, duration: Duration) -> Ran {
        let verb = match work.step.direction {
            Direction::Up => "Applied",
            Direction::Down => "Took back",
        };
        let (id, message) = (&work.revision.id, &work.revision.message);
        self.context.ui.action(verb, format!("{id} {message} ({:.0?})", Duration::from_micros(rounded(duration))));
        let direction = kind_of(work.step.direction).as_str();
        Ran { revision: id.clone(), message: message.clone(), direction, duration_ms: milliseconds(duration) }
    }

    /// A revision that was begun outside of a transaction must be finished before anything else moves.
    fn check_unfinished(&self, work: &[Work<'_>]) -> Result<()> {
        let Some(unfinished) = &self.state.unfinished else { return Ok(()) };
        match work.first() {
            Some(first) if is_same_run(unfinished, first) => {
                let by = &unfinished.applied_by;
                self.context.ui.status(format!(
                    "Going on with {}, begun {} by {by}; statements done: {}",
                    unfinished.revision, unfinished.started_at, unfinished.done
                ));
                Ok(())
            }
            _ => Err(unfinished_first(unfinished).into()),
        }
    }
}

/// Runs a step; on Ctrl-C cancels it on the server and says how it ended all the same, for the lock may be given back only
/// when the server has let go. How long that may take is up to the command line.
async fn or_cancel<T>(context: &Context, lock: &mut Lock, pid: i32, applying: impl Future<Output = T>) -> (T, End) {
    let (mut applying, mut interrupted) = (pin!(applying), pin!(context.interrupted()));
    let mut looks = tokio::time::interval_at(tokio::time::Instant::now() + BETWEEN_LOOKS, BETWEEN_LOOKS);
    let mut told = Vec::new();
    loop {
        tokio::select! {
            biased;
            applied = &mut applying => return (applied, End::Itself),
            () = &mut interrupted => break,
            _ = looks.tick() => tell_of_blockers(context, lock, pid, &mut told).await,
        }
    }
    for _ in 0..TRIES_TO_CANCEL {
        lock.cancel(pid).await;
        if let Ok(applied) = tokio::time::timeout(BETWEEN_TRIES, &mut applying).await {
            return (applied, End::Cancelled);
        }
    }
    lock.terminate(pid).await;
    (applying.await, End::Terminated)
}

/// Tells once of each session that a statement waits for: otherwise nobody would know why nothing happens.
async fn tell_of_blockers(context: &Context, lock: &mut Lock, pid: i32, told: &mut Vec<i32>) {
    for blocker in lock.blockers(pid).await {
        if !told.contains(&blocker.pid) {
            context.ui.status(format!("Waiting for a lock that is {}", blocker.describe()));
            told.push(blocker.pid);
        }
    }
}

fn kind_of(direction: Direction) -> EntryKind {
    match direction {
        Direction::Up => EntryKind::Upgrade,
        Direction::Down => EntryKind::Downgrade,
    }
}

fn rounded(duration: Duration) -> u64 {
    let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    if micros < 1000 { micros } else { micros / 1000 * 1000 }
}

fn is_same_run(unfinished: &Unfinished, work: &Work<'_>) -> bool {
    unfinished.revision == work.revision.id && unfinished.direction == kind_of(work.step.direction).as_str()
}
