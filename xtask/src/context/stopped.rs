//! What is said where a run ends before its end: a statement failed, Ctrl-C, or a revision that was begun before.

use super::runner::{Ran, Work};
use crate::diagnostic::{Code, Diagnose as _, Diagnostic, Exit, Report, Severity};
use crate::postgres::{ApplyError, SqlError, Unfinished};
use crate::revision::graph::Direction;

const INTERRUPTED: Code = Code::new("interrupted");
const FAILED: Code = Code::new("migration-failed");
const UNFINISHED: Code = Code::new("migration-unfinished");
const NOT_TRANSACTIONAL: Code = Code::new("migration-not-transactional");

/// Of a run that is one transaction.
pub(super) const NOTHING_KEPT: &str = "nothing of this run was kept: it is one transaction";

/// `query_canceled`.
pub(super) fn is_cancelled(error: &ApplyError) -> bool {
    error.sql().is_some_and(|sql| sql.sqlstate == "57014")
}

pub(super) fn cancelled(work: &Work<'_>, ran: &[Ran]) -> Report {
    let is_done = ran.last().is_some_and(|last| last.revision == work.revision.id);
    let mut diagnostic = Diagnostic::error(INTERRUPTED, Exit::Interrupted, "interrupted").because(applied_before(ran));
    if !is_done {
        let id = &work.revision.id;
        diagnostic = diagnostic.because(if work.script().transactional {
            format!(
                "the statement of revision {id} that was running is cancelled on the server; nothing of {id} was kept"
            )
        } else {
            format!(
                "the statement of revision {id} that was running is cancelled on the server; the next run goes on there"
            )
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
