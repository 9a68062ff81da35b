//! Starting: from whatever is there to a server that answers.

use std::time::{Duration, Instant};

use super::account::Account;
use super::initialise::{initialise, is_needed, scripts_since};
use super::launch::Launch;
use super::layout::Layout;
use super::marker::Marker;
use super::postmaster::{self, Process};
use super::psql::Psql;
use super::stop::{StopMode, stop_in};
use super::{Installation, LocalServer, ServerError, State, conf, orphan, shown};
use crate::event::{Event, Listener};
use crate::tools::port_holder;

/// How long a server that is starting or stopping on somebody else's behalf is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// What starting came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Started {
    /// What had to be done.
    pub how: How,
    /// The server's first process.
    pub pid: u32,
    /// The cluster's major version.
    pub major: u32,
    /// How long it took.
    pub elapsed: Duration,
}

/// What had to be done for a server that answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Nothing: it ran, as it was meant to.
    Already,
    /// The cluster was there; the server was started.
    Started,
    /// The server ran with other settings, or did not answer, and was started anew.
    Restarted,
    /// The cluster was made, init scripts and all.
    Initialised,
}

impl LocalServer {
    /// Makes the cluster where there is none, starts the server where it does not run, and repairs what can be
    /// repaired. When it returns, the server answers with the specified user, password, database and port.
    ///
    /// # Errors
    /// Where the server cannot be made or started, or differs from the specification in a way that only a person can
    /// decide: another user or password.
    pub fn start(&self, listener: &dyn Listener) -> Result<Started, ServerError> {
        let begun = Instant::now();
        self.check_spec()?;
        if let Some((pid, major)) = self.is_as_meant()? {
            return Ok(Started { how: How::Already, pid, major, elapsed: begun.elapsed() });
        }
        let layout = self.layout()?;
        let lock = self.lock(&layout, listener)?;
        // Whoever held the lock may have done all of it.
        if let Some((pid, major)) = self.is_as_meant()? {
            return Ok(Started { how: How::Already, pid, major, elapsed: begun.elapsed() });
        }
        let start = Start { server: self, layout, account: Account::choose(&self.layout()?.base)?, listener };
        let started = start.run(begun);
        drop(lock);
        started
    }

    /// Makes the specified database where it is missing; whether it was. The server must run.
    ///
    /// # Errors
    /// Where `psql` is missing or fails.
    pub fn create_database(&self) -> Result<bool, ServerError> {
        let installation = self.installation(self.major()?)?;
        Psql::new(&self.spec, &installation, self.spec.address())?.create_database()
    }

    fn check_spec(&self) -> Result<(), ServerError> {
        let fields = [("user", &self.spec.user), ("password", &self.spec.password), ("database", &self.spec.database)];
        for (field, value) in fields {
            if value.is_empty() || value.contains(['\0', '\n', '\r']) {
                return Err(ServerError::SpecInvalid { field });
            }
        }
        Ok(())
    }

    /// The process and version of a server that runs just as the specification says.
    fn is_as_meant(&self) -> Result<Option<(u32, u32)>, ServerError> {
        let data = self.layout()?.data();
        let State::Running { pid, port, major, .. } = self.state()? else { return Ok(None) };
        let known = Marker::read(&data)
            .is_some_and(|marker| marker.knows(&self.spec) && marker.databases.contains(&self.spec.database));
        let meant = port == self.spec.port && conf::is_current(&self.spec, &data) && known;
        Ok(meant.then_some((pid, major)))
    }
}

/// A start under way, with the lock held.
struct Start<'a> {
    server: &'a LocalServer,
    layout: Layout,
    account: Option<Account>,
    listener: &'a dyn Listener,
}

impl Start<'_> {
    fn run(mut self, begun: Instant) -> Result<Started, ServerError> {
        let spec = &self.server.spec;
        let mut how = How::Started;
        let installation = if is_needed(&self.layout)? && !self.runs()? {
            let installation = self.server.installation(None)?;
            self.layout = self.layout.place(self.account.as_ref(), self.listener)?;
            // An initialisation takes a while, and would be in vain.
            self.check_port()?;
            initialise(spec, &self.layout, &installation, self.account.as_ref(), self.listener)?;
            how = How::Initialised;
            installation
        } else {
            self.server.installation(super::layout::data_major(&self.layout.data())?)?
        };
        self.tell_of_other_major(&installation);
        if self.has_to_end()? {
            stop_in(&self.layout.data(), StopMode::Fast, self.listener)?;
            how = How::Restarted;
        }
        let pid = match self.running()? {
            Some(pid) => pid,
            None => self.launch(&installation)?,
        };
        if how != How::Initialised {
            self.reconcile(&installation)?;
        }
        Ok(Started { how, pid, major: installation.major, elapsed: begun.elapsed() })
    }

    fn launch(&self, installation: &Installation) -> Result<u32, ServerError> {
        let data = self.layout.data();
        self.explain_crash()?;
        self.check_port()?;
        conf::write(&self.server.spec, &data, self.account.as_ref())?;
        let launch = Launch {
            installation,
            account: self.account.as_ref(),
            data: &data,
            log: &self.layout.log(),
            address: self.server.spec.address(),
            overrides: &[],
        };
        launch.run(self.listener).map_err(|error| match error {
            ServerError::PortInUse { .. } => self.port_in_use(),
            error => error,
        })
    }

    /// Clears the way after a server that did not stop. It recovers by itself; only its file may be in the way.
    fn explain_crash(&self) -> Result<(), ServerError> {
        let data = self.layout.data();
        let Some(file) = postmaster::read(&data)? else { return Ok(()) };
        let path = data.join("postmaster.pid");
        let what = match postmaster::process(file.pid, &data) {
            Process::Ours => return Ok(()),
            Process::Gone => format!("PostgreSQL (process {}) had ended without stopping; it recovers now", file.pid),
            Process::Other { program } => format!(
                "{} named process {}, which is now another program ({program}); PostgreSQL recovers now",
                self.layout.show(&path),
                file.pid
            ),
        };
        orphan::end(&data, self.listener);
        // The server takes any living process of that number for itself, and would not start.
        std::fs::remove_file(&path).map_err(|source| ServerError::io("remove", &path, source))?;
        self.listener.on(Event::Notice { what });
        Ok(())
    }

    fn check_port(&self) -> Result<(), ServerError> {
        match port_holder(self.server.spec.address()) {
            Some(_) => Err(self.port_in_use()),
            None => Ok(()),
        }
    }

    fn port_in_use(&self) -> ServerError {
        ServerError::port_in_use(self.server.spec.address(), self.server.spec.port_variable.clone())
    }

    fn runs(&self) -> Result<bool, ServerError> {
        Ok(matches!(self.server.state()?, State::Running { .. } | State::Busy { .. } | State::Unresponsive { .. }))
    }

    /// Whether a server runs that must be stopped first, because it hangs or has other settings. One that is just
    /// starting or stopping is waited for.
    fn has_to_end(&self) -> Result<bool, ServerError> {
        let begun = Instant::now();
        loop {
            match self.server.state()? {
                State::Busy { .. } if begun.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(10)),
                State::Busy { pid } | State::Unresponsive { pid, .. } => {
                    let what = format!("PostgreSQL (process {pid}) does not answer; it is started anew");
                    self.listener.on(Event::Notice { what });
                    return Ok(true);
                }
                State::Running { port, .. } => {
                    let spec = &self.server.spec;
                    let same = port == spec.port && conf::is_current(spec, &self.layout.data());
                    if !same {
                        let what = "the settings have changed; PostgreSQL is started anew".to_owned();
                        self.listener.on(Event::Notice { what });
                    }
                    return Ok(!same);
                }
                _ => return Ok(false),
            }
        }
    }

    fn running(&self) -> Result<Option<u32>, ServerError> {
        Ok(match self.server.state()? {
            State::Running { pid, .. } => Some(pid),
            _ => None,
        })
    }

    /// Brings the databases, the user and the password of an older cluster in line with the specification, or says
    /// why that is not for us to do.
    fn reconcile(&self, installation: &Installation) -> Result<(), ServerError> {
        let spec = &self.server.spec;
        let data = self.layout.data();
        let Some(mut marker) = Marker::read(&data) else { return Ok(()) };
        let before = marker.clone();
        let psql = Psql::new(spec, installation, spec.address())?;
        if !marker.knows(spec) {
            // Somebody may have changed the role in the database as well: then all is well.
            let finished = psql.accepts_credentials()?;
            if !finished.success() {
                return Err(ServerError::CredentialsChanged {
                    made_with: marker.user,
                    asked_for: spec.user.clone(),
                    complaint: finished.complaint().to_owned(),
                });
            }
            marker.user.clone_from(&spec.user);
            marker.set_password(&spec.password);
        }
        if psql.create_database()? {
            self.listener.on(Event::Done { what: format!("created the database {}", spec.database) });
        }
        if !marker.databases.contains(&spec.database) {
            marker.databases.push(spec.database.clone());
        }
        for script in scripts_since(&data, spec) {
            let script = shown(&script, &spec.state_dir);
            let what =
                format!("the init script {script} does not run: it is for new clusters only, and this one exists");
            self.listener.on(Event::Notice { what });
        }
        if marker != before { marker.write(&data, self.account.as_ref()) } else { Ok(()) }
    }

    fn tell_of_other_major(&self, installation: &Installation) {
        if let Some(wanted) = self.server.spec.wanted_major
            && wanted != installation.major
        {
            let major = installation.major;
            let what = format!("the Compose file asks for PostgreSQL {wanted}; this is PostgreSQL {major}");
            self.listener.on(Event::Notice { what });
        }
    }
}
