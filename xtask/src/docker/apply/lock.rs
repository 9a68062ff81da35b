//! One command at a time changes the services of a project, on this machine.

use std::time::{Duration, Instant};

use camino::Utf8Path;

use super::super::explain::ServiceError;
use crate::event::{Event, Listener};
use crate::tools::{Attempt, ProcessLock};

/// How long another command may take before this one gives up: longer than most starts.
const PATIENCE: Duration = Duration::from_secs(300);

/// Waits until no other command of this project changes its services.
pub(super) async fn lock(state_dir: &Utf8Path, listener: &dyn Listener) -> Result<ProcessLock, ServiceError> {
    let path = state_dir.join("services.lock");
    let begun = Instant::now();
    let mut told = false;
    loop {
        let attempt = ProcessLock::attempt(&path);
        let holder = match attempt.map_err(|source| ServiceError::State { path: path.clone(), source })? {
            Attempt::Taken(lock) => return Ok(lock),
            Attempt::Held(holder) => holder,
        };
        if begun.elapsed() > PATIENCE {
            return Err(ServiceError::Locked { holder, waited: PATIENCE, lock: path });
        }
        if !std::mem::replace(&mut told, true) {
            let pid = holder.map(|pid| format!(" (process {pid})")).unwrap_or_default();
            let what = format!("Waiting for another command{pid} that changes the services of this project");
            listener.on(Event::Done { what });
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
