//! Work with scratch databases that live long: Ctrl-C drops them before the command ends.

use std::future::Future;
use std::pin::pin;

use super::Context;
use crate::diagnostic::{Code, Diagnostic, Exit, Result};
use crate::postgres::Leftovers;

const INTERRUPTED: Code = Code::new("interrupted");

impl Context {
    /// Does the work. On Ctrl-C, and where it fails half-way, nothing of what it has made is left on the server.
    pub(super) async fn tidily<T>(&self, leftovers: Leftovers, work: impl Future<Output = Result<T>>) -> Result<T> {
        let (mut work, mut interrupted) = (pin!(work), pin!(self.interrupted()));
        let outcome = tokio::select! {
            biased;
            () = &mut interrupted => None,
            outcome = &mut work => Some(outcome),
        };
        let dropped = leftovers.drop_all().await;
        let Some(outcome) = outcome else {
            let found = Diagnostic::error(INTERRUPTED, Exit::Interrupted, "interrupted")
                .advise("Run the command again when you like");
            return Err(match dropped {
                Ok(()) => found.because("the scratch databases are dropped; no file was changed"),
                Err(error) => found
                    .because(format!("scratch databases are left on the server, which a later command drops: {error}")),
            }
            .into());
        };
        outcome
    }
}
