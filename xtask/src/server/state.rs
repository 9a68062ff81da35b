//! What is there: the one place that decides it.

use std::time::{Duration, SystemTime};

use camino::Utf8PathBuf;

use super::marker::Marker;
use super::postmaster::{self, Process};
use super::{LocalServer, ServerError, layout, log};
use crate::tools::{PortHolder, port_holder};

/// How long a server may take to answer one byte.
const PATIENCE: Duration = Duration::from_secs(2);

/// The state of the local server, as found a moment ago.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// There is no cluster.
    Absent,
    /// An initialisation was interrupted; what it left is removed by the next start.
    HalfMade {
        /// The directories that it left.
        leftovers: Vec<Utf8PathBuf>,
    },
    /// The cluster is whole, and no server runs.
    Stopped {
        /// The cluster's major version.
        major: u32,
    },
    /// The server starts, recovers or stops: it accepts no connections at this moment.
    Busy {
        /// The server's first process.
        pid: u32,
    },
    /// The server answers.
    Running {
        /// The server's first process.
        pid: u32,
        /// The TCP port on which it listens; may differ from a specification that has changed since.
        port: u16,
        /// The cluster's major version.
        major: u32,
        /// When it started.
        since: SystemTime,
    },
    /// The process is there, but does not answer.
    Unresponsive {
        /// The server's first process.
        pid: u32,
        /// The TCP port on which it should answer.
        port: u16,
    },
    /// The server ended without stopping: its `postmaster.pid` names a process that is gone.
    Crashed {
        /// The process that it had.
        pid: u32,
        /// The cluster's major version.
        major: u32,
        /// The last lines of its log.
        last_lines: Vec<String>,
    },
    /// The server ended without stopping, and its number now belongs to another process: usual after a reboot.
    StalePid {
        /// The number.
        pid: u32,
        /// The cluster's major version.
        major: u32,
        /// What has it now.
        program: String,
    },
    /// The cluster was made by a version whose binaries are not here.
    OtherMajor {
        /// The cluster's major version.
        data: u32,
        /// The major versions that are installed, the preferred one first.
        installed: Vec<u32>,
    },
    /// The cluster is stopped, and something else listens on its port.
    ForeignPort {
        /// The cluster's major version.
        major: u32,
        /// What listens there.
        holder: PortHolder,
    },
}

impl LocalServer {
    /// Makes sure that a connection to the specified address does not reach the local server of another project, which
    /// has the same user and password where both were made from one example.
    ///
    /// # Errors
    /// [`ServerError::PortInUse`] where it would.
    pub fn refuse_another_project(&self) -> Result<(), ServerError> {
        let data = self.layout()?.data();
        if let Some(file) = postmaster::read(&data)?
            && file.port == self.spec.port
            && matches!(postmaster::process(file.pid, &data), Process::Ours)
        {
            return Ok(());
        }
        match port_holder(self.spec.address()) {
            Some(holder) if holder.project.is_some() => {
                Err(ServerError::port_in_use(self.spec.address(), self.spec.port_variable.clone()))
            }
            _ => Ok(()),
        }
    }

    /// Looks at what is there. Nothing is changed, no lock is taken; a running server costs a few milliseconds.
    ///
    /// # Errors
    /// Where the data directory cannot be read.
    pub fn state(&self) -> Result<State, ServerError> {
        let layout = self.layout()?;
        let data = layout.data();
        let major = layout::data_major(&data)?;
        let file = postmaster::read(&data)?;
        let process = file.as_ref().map(|file| postmaster::process(file.pid, &data));
        if let (Some(major), Some(file), Some(Process::Ours)) = (major, &file, &process) {
            let address = std::net::SocketAddr::new(self.spec.address().ip(), file.port);
            return Ok(match file.ready {
                false => State::Busy { pid: file.pid },
                true if postmaster::answers(address, PATIENCE) => {
                    State::Running { pid: file.pid, port: file.port, major, since: file.since }
                }
                true => State::Unresponsive { pid: file.pid, port: file.port },
            });
        }
        let Some(major) = major.filter(|_| Marker::read(&data).is_some()) else {
            let mut leftovers = layout.leftovers();
            leftovers.extend(data.exists().then_some(data));
            return Ok(if leftovers.is_empty() { State::Absent } else { State::HalfMade { leftovers } });
        };
        match (file, process) {
            (Some(file), Some(Process::Gone)) => {
                return Ok(State::Crashed { pid: file.pid, major, last_lines: log::last_lines(&layout.log(), 0, 8) });
            }
            (Some(file), Some(Process::Other { program })) => {
                return Ok(State::StalePid { pid: file.pid, major, program });
            }
            _ => {}
        }
        let installed: Vec<u32> = self.installations()?.iter().map(|installation| installation.major).collect();
        if !installed.contains(&major) {
            return Ok(State::OtherMajor { data: major, installed });
        }
        Ok(match port_holder(self.spec.address()) {
            Some(holder) => State::ForeignPort { major, holder },
            None => State::Stopped { major },
        })
    }
}
