//! One command at a time changes the server.

use std::time::{Duration, Instant};

use super::layout::{self, Layout};
use super::{LocalServer, ServerError};
use crate::event::{Event, Listener};
use crate::tools::{Attempt, ProcessLock};

/// How long another command may take before this one gives up: longer than any start.
const PATIENCE: Duration = Duration::from_secs(150);

impl LocalServer {
    /// Waits until no other command changes the server.
    pub(super) fn lock(&self, layout: &Layout, listener: &dyn Listener) -> Result<ProcessLock, ServerError> {
        layout::make_state_dir(&layout.state_dir)?;
        let path = layout.lock();
        let begun = Instant::now();
        let mut told = false;
        loop {
            let holder = match ProcessLock::attempt(&path).map_err(|source| ServerError::io("lock", &path, source))? {
                Attempt::Taken(lock) => return Ok(lock),
                Attempt::Held(holder) => holder,
            };
            if begun.elapsed() > PATIENCE {
                return Err(ServerError::Locked { holder, waited: PATIENCE, lock: path });
            }
            if !std::mem::replace(&mut told, true) {
                let pid = holder.map(|pid| format!(" (process {pid})")).unwrap_or_default();
                listener.on(Event::Working { what: format!("waiting for another command{pid} that uses the server") });
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
