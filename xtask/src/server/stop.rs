//! Stopping the server.

use std::process::Command;
use std::time::{Duration, Instant};

use camino::Utf8Path;

use super::postmaster::{self, Process};
use super::{LocalServer, ServerError};
use crate::event::{Event, Listener};
use crate::tools;

/// How long a fast shutdown may take: it writes a checkpoint, which can be much data.
const FAST_PATIENCE: Duration = Duration::from_secs(30);

/// How long an immediate one may take.
const IMMEDIATE_PATIENCE: Duration = Duration::from_secs(10);

/// How to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopMode {
    /// Sessions are ended, everything is written: the next start needs no recovery.
    Fast,
    /// At once, without writing: the next start recovers from the write-ahead log. Nothing committed is lost.
    Immediate,
}

/// What stopping came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Whether a server was running at all.
    pub was_running: bool,
    /// Whether the fast way had to be given up for the immediate one.
    pub forced: bool,
    /// How long it took.
    pub elapsed: Duration,
}

impl LocalServer {
    /// Stops the server, waiting until it is gone; nothing happens where none is running.
    ///
    /// # Errors
    /// Where it does not end even when it is told to at once, or another command holds the lock for too long.
    pub fn stop(&self, mode: StopMode, listener: &dyn Listener) -> Result<Stopped, ServerError> {
        let layout = self.layout()?;
        if !layout.base.exists() {
            return Ok(Stopped { was_running: false, forced: false, elapsed: Duration::ZERO });
        }
        let _lock = self.lock(&layout, listener)?;
        for leftover in layout.leftovers() {
            stop_in(&leftover, StopMode::Immediate, listener)?;
        }
        super::layout::data_major(&layout.data())?;
        stop_in(&layout.data(), mode, listener)
    }
}

/// Stops the server of a data directory. The caller holds the lock.
pub(super) fn stop_in(data: &Utf8Path, mode: StopMode, listener: &dyn Listener) -> Result<Stopped, ServerError> {
    let begun = Instant::now();
    let mut stopped = Stopped { was_running: false, forced: false, elapsed: Duration::ZERO };
    let Some(file) = postmaster::read(data)? else { return Ok(stopped) };
    if postmaster::process(file.pid, data) != Process::Ours {
        return Ok(stopped);
    }
    stopped.was_running = true;
    if mode == StopMode::Fast {
        signal(file.pid, "INT");
        if !gone_within(file.pid, data, FAST_PATIENCE, Some(listener)) {
            listener.on(Event::Notice {
                what: format!("PostgreSQL did not stop within {} s; it is stopped at once", FAST_PATIENCE.as_secs()),
            });
            stopped.forced = true;
        }
    }
    if mode == StopMode::Immediate || stopped.forced {
        signal(file.pid, "QUIT");
        if !gone_within(file.pid, data, IMMEDIATE_PATIENCE, None) {
            return Err(ServerError::StopTimedOut { pid: file.pid, waited: begun.elapsed() });
        }
    }
    stopped.elapsed = begun.elapsed();
    Ok(stopped)
}

fn gone_within(pid: u32, data: &Utf8Path, patience: Duration, listener: Option<&dyn Listener>) -> bool {
    let begun = Instant::now();
    let mut listener = listener;
    while postmaster::process(pid, data) == Process::Ours {
        if begun.elapsed() > patience {
            return false;
        }
        if begun.elapsed() > Duration::from_secs(1)
            && let Some(listener) = listener.take()
        {
            listener.on(Event::Working { what: "stopping PostgreSQL".to_owned() });
        }
        std::thread::sleep(Duration::from_millis(3));
    }
    true
}

/// Sends a signal by its name. That the process is gone meanwhile is no error.
#[cfg(unix)]
pub(super) fn signal(pid: u32, name: &str) {
    // The shell has `kill` built in; the program of that name is not on every machine.
    let _ = tools::run(Command::new("sh").args(["-c", "kill -s \"$1\" \"$2\"", "sh", name, &pid.to_string()]));
}

/// Sends a signal by its name. Windows has none: `pg_ctl` has the server's own substitute for them.
#[cfg(not(unix))]
pub(super) fn signal(pid: u32, name: &str) {
    let number = pid.to_string();
    let sent = tools::run(Command::new("pg_ctl").args(["kill", name, &number]));
    if !sent.is_ok_and(|finished| finished.success()) {
        let _ = tools::run(Command::new("taskkill").args(["/T", "/F", "/PID", &number]));
    }
}
