//! What is said where a run ends before its end: a statement failed, Ctrl-C, or a revision that was begun before.

use super::runner::{Ran, Work};
use crate::diagnostic::{Code, Diagnose as _, Diagnostic, Exit, Report, Severity};
use crate::postgres::{ApplyError, PostgresError, SqlError, Unfinished};
use crate::revision::graph::Direction;

const INTERRUPTED: Code = Code::new("interrupted");
const FAILED: Code = Code::new("migration-failed");
const UNFINISHED: Code = Code::new("migration-unfinished");
const NOT_TRANSACTIONAL: Code = Code::new("migration-not-transactional");

/// Of a run that is one transaction.
pub(super) const NOTHING_KEPT: &str = "nothing of this run was kept: it is one transaction";

/// How a step came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Itself,
    /// After Ctrl-C the server was asked to cancel it.
    Cancelled,
    /// It did not end for that, and the server was asked to end its session.
    Terminated,
}

impl End {
    /// Whether a step that was ended so fails with this.
    pub(super) fn explains(self, error: &ApplyError) -> bool {
        // `query_canceled`
        let is_cancelled = error.sql().is_some_and(|sql| sql.sqlstate == "57014");
        let is_lost = matches!(error, ApplyError::Postgres(PostgresError::Lost { .. }));
        match self {
            Self::Itself => false,
            Self::Cancelled => is_cancelled,
            Self::Terminated => is_cancelled || is_lost,
        }
    }
}

pub(super) fn cancelled(work: &Work<'_>, ran: &[Ran], end: End) -> Report {
    let is_done = ran.last().is_some_and(|last| last.revision == work.revision.id);
    let mut diagnostic = Diagnostic::error(INTERRUPTED, Exit::Interrupted, "interrupted").because(applied_before(ran));
    if !is_done {
        let id = &work.revision.id;
        let statement = format!("the statement of revision {id} that was running");
        let statement = match end {
            End::Itself | End::Cancelled => format!("{statement} is cancelled on the server"),
            End::Terminated => format!("{statement} could not be cancelled, and its session is ended on the server"),
        };
        diagnostic = diagnostic.because(match work.script().transactional {
            true if end == End::Terminated => format!("{statement}, which rolls back what was not committed"),
            true => format!("{statement}; nothing of {id} was kept"),
            false if end == End::Terminated => format!("{statement}; the next run finds out whether it was done"),
            false => format!("{statement}; the next run goes on there"),
        });
    }
    match work.step.direction {
        Direction::Up => diagnostic.try_command("Go on", "cargo xtask migrate").into(),
        Direction::Down => diagnostic.advise("Give the same command again to go on").into(),
    }
}

pub(super) fn applied_before(ran: &[Ran]) -> String {
    let done = |one: &Ran| if one.direction == "downgrade" { "taken back" } else { "applied" };
    match ran {
        [] => "no other revision was applied or taken back by this run".to_owned(),
        [one] => format!("this run had {} {} before, and it stays so", done(one), one.revision),
        [first, .., last] => {
            let (count, done) = (ran.len(), done(first));
            format!(
                "this run had {done} {count} revisions before, {} to {}, and they stay so",
                first.revision, last.revision
            )
        }
    }
}

pub(super) fn failed(error: &ApplyError, work: &Work<'_>, before: String) -> Report {
    let mut diagnostic = error.diagnose();
    let id = &work.revision.id;
    match error {
        ApplyError::Statement { .. } | ApplyError::AtEnd { .. } => {
            diagnostic.title = format!("revision {id} failed: {error}");
            diagnostic = diagnostic.because(before);
            let path = &work.script().path;
            diagnostic = match work.step.direction {
                _ if work.is_recorded => diagnostic
                    .because(format!("the SQL is what the history recorded; this checkout has no {path}"))
                    .try_command(
                        "Take it back by hand, then say where the database stands",
                        "cargo xtask stamp REVISION",
                    ),
                Direction::Up => diagnostic.try_command(format!("Correct {path}, then"), "cargo xtask migrate"),
                Direction::Down => diagnostic.advise(format!("Correct {path}, then give the same command again")),
            };
        }
        ApplyError::Postgres(_) => {
            let verb = match work.step.direction {
                Direction::Up => "applying",
                Direction::Down => "taking back",
            };
            diagnostic = diagnostic.because(format!("while {verb} revision {id}")).because(before);
        }
        ApplyError::NotRecorded { .. } | ApplyError::ChangedBehind { .. } | ApplyError::InDoubt { .. } => {
            diagnostic = diagnostic.because(before);
        }
    }
    diagnostic.into()
}

pub(super) fn ended_together(sql: &SqlError, count: usize) -> Report {
    let title = format!("the transaction of {count} revisions failed at its end: {sql}");
    let mut diagnostic = Diagnostic::error(FAILED, Exit::Migration, title);
    diagnostic.evidence = sql.evidence();
    diagnostic
        .because("every statement succeeded; a constraint that is deferred is checked after the last")
        .because(NOTHING_KEPT)
        .try_command("See which revision it is", "cargo xtask migrate")
        .into()
}

pub(super) fn not_transactional(work: &Work<'_>) -> Diagnostic {
    let title = format!("revision {} cannot be part of one transaction", work.revision.id);
    Diagnostic::error(NOT_TRANSACTIONAL, Exit::Usage, title)
        .because(format!("{} begins with `-- no-transaction`", work.script().path))
        .try_command("Apply each revision in a transaction of its own", "cargo xtask migrate")
}

/// For commands that only look.
pub(crate) fn unfinished_warning(unfinished: &Unfinished) -> Diagnostic {
    Diagnostic { severity: Severity::Warning, ..unfinished_first(unfinished) }
}

pub(super) fn unfinished_first(unfinished: &Unfinished) -> Diagnostic {
    let Unfinished { revision, direction, started_at, applied_by, done, .. } = unfinished;
    let mut diagnostic = Diagnostic::error(
        UNFINISHED,
        Exit::Conflict,
        format!("the {direction} of revision {revision} was begun and not finished"),
    )
    .because(format!("begun {started_at} by {applied_by}, outside of a transaction; statements done: {done}"));
    if let Some(failure) = &unfinished.failure {
        diagnostic = diagnostic.because(format!("it failed with: {failure}"));
    }
    let command = if direction == "upgrade" { format!("migrate {revision}") } else { "downgrade -1".to_owned() };
    diagnostic
        .try_command("Finish it", format!("cargo xtask {command}"))
        .try_command("Or undo it by hand, and say where the database stands", "cargo xtask stamp REVISION")
}
