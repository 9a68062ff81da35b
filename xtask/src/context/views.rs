//! Refreshing materialised views: one run a database, what was asked for, and what is said of it.

use std::time::Duration;

use super::Context;
use crate::diagnostic::{Code, Diagnose as _, Diagnostic, Exit, Report, Result};
use crate::postgres::{Database, Lock, Outcome, RefreshOptions, RefreshReport, Views};
use crate::view::{Selection, ViewGraph, Wish};

const INTERRUPTED: Code = Code::new("interrupted");

/// A session that holds the lock and may refresh.
pub(crate) struct ViewRun<'c> {
    context: &'c Context,
    database: Database,
    lock: Lock,
    /// The views, as they were read with the lock held.
    pub(crate) views: Views,
}

impl<'c> ViewRun<'c> {
    /// Takes the lock, which revisions are applied under too, and reads the views.
    pub(crate) async fn start(context: &'c Context, mut database: Database, wait: Option<Duration>) -> Result<Self> {
        let wait = wait.unwrap_or(context.config.database.lock_wait);
        let lock = {
            let listener = context.ui.listener();
            Lock::acquire(&database, wait, &listener).await?
        };
        let views = database.views().await?;
        Ok(Self { context, database, lock, views })
    }

    /// Refreshes views, telling of each; Ctrl-C cancels what runs on the server.
    pub(crate) async fn refresh(&mut self, chosen: &[usize], jobs: usize, concurrently: bool) -> Result<RefreshReport> {
        let options = RefreshOptions { jobs, concurrently, by: self.context.person() };
        let report = {
            let listener = self.context.ui.listener();
            let interrupt = self.context.interrupted();
            self.database.refresh_views(&mut self.lock, &mut self.views, chosen, &options, interrupt, &listener).await?
        };
        if let Some(warning) = self.views.recording.warning(&self.views.role) {
            self.context.ui.warn(&warning);
        }
        Ok(report)
    }

    /// Ends the session and gives the lock back.
    pub(crate) async fn finish(self) {
        self.database.close().await;
        self.lock.release().await;
    }
}

impl Context {
    /// Refreshes what needs it: views without data, views whose tables have changed, and views of which nobody knows.
    /// Takes no lock and says "already" where there is nothing to do.
    pub(crate) async fn ensure_refreshed(&self) -> Result<()> {
        let mut database = self.connect("up").await?;
        let views = database.views().await?;
        let count = views.graph.views().len();
        if stale(&views.graph).views.is_empty() {
            let text = if count == 0 { "there are no materialised views" } else { "every materialised view is fresh" };
            self.ui.action("Already", format!("refreshed: {text}"));
            database.close().await;
            return Ok(());
        }
        let mut run = ViewRun::start(self, database, None).await?;
        // Another run may have been at work while this one waited for the lock.
        let chosen = stale(&run.views.graph).views;
        let report = run.refresh(&chosen, self.config.views.jobs, true).await?;
        run.finish().await;
        verdict(&report)?;
        self.ui.action("Refreshed", format!("{} of {count} materialised views", report.refreshed()));
        Ok(())
    }
}

fn stale(graph: &ViewGraph) -> Selection {
    // Without names nothing can be unknown.
    graph.select(&Wish { names: &[], only_stale: true }).unwrap_or_default()
}

/// What a run ends with: nothing, what failed, or Ctrl-C.
pub(crate) fn verdict(report: &RefreshReport) -> Result<()> {
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    if report.interrupted {
        diagnostics.push(interrupted(report));
    }
    diagnostics.extend(report.failures().map(|failure| failure.diagnose()));
    Report::from_all(diagnostics).map_or(Ok(()), Err)
}

fn interrupted(report: &RefreshReport) -> Diagnostic {
    let left = report.views.iter().filter(|view| matches!(view.outcome, Outcome::Interrupted)).count();
    let title = "interrupted; the refreshes that were running are cancelled on the server";
    Diagnostic::error(INTERRUPTED, Exit::Interrupted, title)
        .because(format!("views refreshed: {}; left as they were: {left}", report.refreshed()))
        .try_command("Refresh the rest", "cargo xtask refresh-views --stale")
}
