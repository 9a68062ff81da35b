//! Starting the server process, and waiting until it answers.

use std::net::SocketAddr;
use std::process::Child;
use std::time::{Duration, Instant};

use camino::Utf8Path;

use super::account::{self, Account};
use super::postmaster::{self, Process};
use super::{Installation, ServerError, log};
use crate::event::{Event, Listener};
use crate::tools::ToolError;

/// How long a server may take before it is said to hang. Recovery after a crash is the slow case.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often is looked: `pg_ctl` looks ten times a second, which is what most of its time goes into.
const INTERVAL: Duration = Duration::from_millis(3);

/// A server that is to be started.
pub(super) struct Launch<'a> {
    pub(super) installation: &'a Installation,
    pub(super) account: Option<&'a Account>,
    pub(super) data: &'a Utf8Path,
    pub(super) log: &'a Utf8Path,
    /// Where it will answer.
    pub(super) address: SocketAddr,
    /// Settings that override those of the files, as `name=value`.
    pub(super) overrides: &'a [String],
}

impl Launch<'_> {
    /// Starts the server and waits until it answers. It lives on when this process ends.
    pub(super) fn run(&self, listener: &dyn Listener) -> Result<u32, ServerError> {
        let (log, begin) = log::open(self.log, self.account)?;
        let mut child = self.spawn(log)?;
        let begun = Instant::now();
        let mut told = false;
        while !self.is_ready(&child)? {
            if self.has_failed(&mut child, begun)? {
                return Err(self.failure(begin));
            }
            if begun.elapsed() > PATIENCE {
                let lines = log::last_lines(self.log, begin, 12);
                return Err(ServerError::StartTimedOut { waited: PATIENCE, log: self.log.to_owned(), lines });
            }
            if begun.elapsed() > Duration::from_secs(1) && !std::mem::replace(&mut told, true) {
                listener.on(Event::Working { what: format!("starting PostgreSQL {}", self.installation.major) });
            }
            std::thread::sleep(INTERVAL);
        }
        Ok(postmaster::read(self.data)?.map_or_else(|| child.id(), |file| file.pid))
    }

    fn is_ready(&self, child: &Child) -> Result<bool, ServerError> {
        let Some(file) = postmaster::read(self.data)? else { return Ok(false) };
        // On Unix the child is the server itself, and an older file may still lie there.
        let same = !cfg!(unix) || file.pid == child.id();
        Ok(same && file.ready && postmaster::answers(self.address, Duration::from_secs(2)))
    }

    fn failure(&self, begin: u64) -> ServerError {
        let lines = log::last_lines(self.log, begin, 12);
        let says = |text| lines.iter().any(|line| line.contains(text));
        if says("Address already in use") || says("could not bind") && says("in use") {
            return ServerError::port_in_use(self.address, None);
        }
        ServerError::StartFailed { major: self.installation.major, log: self.log.to_owned(), lines }
    }

    /// The server is our child until we end. It has a process group of its own, so a Ctrl-C in the terminal does not
    /// reach it, and none of our streams, so whoever reads our output is not kept waiting for it.
    #[cfg(unix)]
    fn spawn(&self, log: std::fs::File) -> Result<Child, ServerError> {
        use std::os::unix::process::CommandExt;

        let program = self.installation.program("postgres");
        let mut command = account::command(&program, self.account);
        command.arg("-D").arg(self.data).process_group(0);
        command.args(self.overrides.iter().flat_map(|setting| ["-c", setting]));
        let errors = log.try_clone().map_err(|source| ServerError::io("write", self.log, source))?;
        command.stdin(std::process::Stdio::null()).stdout(log).stderr(errors);
        Ok(command.spawn().map_err(|source| ToolError::CannotRun { program, source })?)
    }

    /// `pg_ctl` gives up the rights of an administrator, with which the server would refuse to run, and hides its window.
    #[cfg(not(unix))]
    fn spawn(&self, _log: std::fs::File) -> Result<Child, ServerError> {
        let program = self.installation.program("pg_ctl");
        let mut command = account::command(&program, self.account);
        command.args(["start", "-W", "-s", "-D", self.data.as_str(), "-l", self.log.as_str()]);
        if !self.overrides.is_empty() {
            let options: Vec<String> = self.overrides.iter().map(|setting| format!("-c \"{setting}\"")).collect();
            command.arg("-o").arg(options.join(" "));
        }
        command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
        command.stderr(std::process::Stdio::null());
        Ok(command.spawn().map_err(|source| ToolError::CannotRun { program, source })?)
    }

    /// Whether the server ended before it was ready.
    fn has_failed(&self, child: &mut Child, begun: Instant) -> Result<bool, ServerError> {
        let ended = child.try_wait().map_err(|source| ServerError::io("wait for", self.data, source))?;
        if cfg!(unix) || ended.is_none() {
            return Ok(ended.is_some());
        }
        // `pg_ctl` has ended, as it should; the server that it started shows itself in its file within moments.
        match postmaster::read(self.data)? {
            Some(file) => Ok(postmaster::process(file.pid, self.data) == Process::Gone),
            None => Ok(begun.elapsed() > Duration::from_secs(10)),
        }
    }
}
