//! The end of a command by Ctrl-C or SIGTERM.

use std::pin::pin;
use std::time::Duration;

use crate::context::Context;
use crate::diagnostic::{Code, Diagnostic, Exit, Report, Result};
use crate::event::{Event, Listener as _};

const INTERRUPTED: Code = Code::new("interrupted");

/// How long a command may take to cancel what it has begun.
const GRACE: Duration = Duration::from_secs(3);

/// How much longer, on a machine or server that is busy, as long as nobody asks again for the end.
const LONGER: Duration = Duration::from_secs(7);

/// Ctrl-C tells the command first, which may have something to cancel on the server; it ends here soon after.
pub(super) async fn until_interrupted(context: &Context, command: impl Future<Output = Result<u8>>) -> Result<u8> {
    let mut command = pin!(command);
    let is_cancelling = tokio::select! {
        // The handler must be there before the command asks its first question: without one the signal of a Ctrl-C ends
        // the process where it stands.
        biased;
        by_key = told_to_end() => {
            if by_key {
                context.ui.begin_line();
            }
            context.interrupt()
        }
        outcome = &mut command => return outcome,
    };
    if !is_cancelling {
        return Err(interrupted([
            "what was finished is kept; what was not is rolled back or found by the next command",
        ]));
    }
    if let Ok(outcome) = tokio::time::timeout(GRACE, &mut command).await {
        return outcome;
    }
    let (whole, left) = ((GRACE + LONGER).as_secs(), LONGER.as_secs());
    let what = format!("Cancelling takes long; it is given {left} more seconds, and Ctrl-C ends at once");
    context.ui.listener().on(Event::Notice { what });
    tokio::select! {
        outcome = command => outcome,
        by_key = told_to_end() => {
            if by_key {
                context.ui.begin_line();
            }
            Err(cut_short("you did not wait until what had begun was cancelled"))
        }
        () = tokio::time::sleep(LONGER) => Err(cut_short(&format!("what had begun was not cancelled within {whole} seconds"))),
    }
}

/// Ends with Ctrl-C, which is told, or with the SIGTERM that a cancelled job gets: what runs on the server must not go on alone.
async fn told_to_end() -> bool {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        return tokio::select! {
            _ = tokio::signal::ctrl_c() => true,
            _ = terminate.recv() => false,
        };
    }
    let _ = tokio::signal::ctrl_c().await;
    true
}

/// What Ctrl-C ends a command with where something may still run.
fn cut_short(why: &str) -> Report {
    let goes_on = format!("{why}: it may go on where it runs");
    interrupted([goes_on.as_str(), "what was finished is kept; the next command finds what was not"])
}

fn interrupted<const N: usize>(evidence: [&str; N]) -> Report {
    let found = Diagnostic::error(INTERRUPTED, Exit::Interrupted, "interrupted");
    let found = evidence.into_iter().fold(found, Diagnostic::because);
    found.try_command("See where things stand", "cargo xtask status").into()
}
