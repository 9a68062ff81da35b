//! One command at a time changes the server.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::time::{Duration, Instant};

use super::layout::{self, Layout};
use super::{LocalServer, ServerError};
use crate::event::{Event, Listener};

/// How long another command may take before this one gives up: longer than any start.
const PATIENCE: Duration = Duration::from_secs(150);

/// Held while something is changed; the system releases it with the process, whatever ends it.
pub(super) struct Lock {
    _file: File,
}

impl LocalServer {
    /// Waits until no other command changes the server.
    pub(super) fn lock(&self, layout: &Layout, listener: &dyn Listener) -> Result<Lock, ServerError> {
        layout::make_state_dir(&layout.state_dir)?;
        let path = layout.lock();
        let fail = |source| ServerError::io("lock", &path, source);
        let mut options = OpenOptions::new();
        let mut file = options.read(true).write(true).create(true).truncate(false).open(&path).map_err(fail)?;
        let begun = Instant::now();
        let mut told = false;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(source)) => return Err(fail(source)),
                Err(TryLockError::WouldBlock) => {}
            }
            let mut holder = String::new();
            // Windows refuses to read what another process has locked; then the holder has no name.
            let _ = File::open(&path).and_then(|mut file| file.read_to_string(&mut holder));
            let holder = holder.trim().parse::<u32>().ok();
            if begun.elapsed() > PATIENCE {
                return Err(ServerError::Locked { holder, waited: PATIENCE, lock: path });
            }
            if !std::mem::replace(&mut told, true) {
                let pid = holder.map(|pid| format!(" (process {pid})")).unwrap_or_default();
                listener.on(Event::Working { what: format!("waiting for another command{pid} that uses the server") });
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        // The number only helps whoever waits; the lock is what counts.
        let _ = file.set_len(0).and_then(|()| file.write_all(std::process::id().to_string().as_bytes()));
        Ok(Lock { _file: file })
    }
}
