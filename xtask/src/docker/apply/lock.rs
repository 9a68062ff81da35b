//! One command at a time changes the services of a project, on this machine.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use camino::Utf8Path;

use super::super::explain::ServiceError;
use crate::event::{Event, Listener};

/// How long another command may take before this one gives up: longer than most starts.
const PATIENCE: Duration = Duration::from_secs(300);

/// Held while something is changed; the system releases it with the process, whatever ends it.
pub(super) struct Lock {
    _file: File,
}

/// Waits until no other command of this project changes its services.
pub(super) async fn lock(state_dir: &Utf8Path, listener: &dyn Listener) -> Result<Lock, ServiceError> {
    let path = state_dir.join("services.lock");
    let fail = |source: std::io::Error| ServiceError::State { path: path.clone(), source };
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(fail)?;
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
            return Err(ServiceError::Locked { holder, waited: PATIENCE, lock: path });
        }
        if !std::mem::replace(&mut told, true) {
            let pid = holder.map(|pid| format!(" (process {pid})")).unwrap_or_default();
            let what = format!("Waiting for another command{pid} that changes the services of this project");
            listener.on(Event::Done { what });
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // The number only helps whoever waits; the lock is what counts.
    let _ = file.set_len(0).and_then(|()| file.write_all(std::process::id().to_string().as_bytes()));
    Ok(Lock { _file: file })
}
