//! Making a cluster: whole, or not at all.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use camino::{Utf8Path, Utf8PathBuf};

use super::account::{self, Account};
use super::launch::Launch;
use super::layout::{self, Layout};
use super::marker::Marker;
use super::psql::Psql;
use super::stop::{StopMode, stop_in};
use super::{Installation, ServerError, ServerSpec, conf, init_script};
use crate::event::{Event, Listener, Silent};
use crate::tools;

/// A cluster in the making, in a directory beside its final place. Dropping it removes all of it.
struct Draft<'a> {
    spec: &'a ServerSpec,
    layout: &'a Layout,
    installation: &'a Installation,
    account: Option<&'a Account>,
    dir: Utf8PathBuf,
}

/// Makes the cluster. The caller holds the lock; the layout has its place.
pub(super) fn initialise(
    spec: &ServerSpec,
    layout: &Layout,
    installation: &Installation,
    account: Option<&Account>,
    listener: &dyn Listener,
) -> Result<(), ServerError> {
    clear(layout, listener)?;
    let dir = layout.base.join(format!("data.new-{}", std::process::id()));
    listener.on(Event::Working {
        what: format!("making a PostgreSQL {} cluster in {}", installation.major, layout.show(&layout.data())),
    });
    let draft = Draft { spec, layout, installation, account, dir };
    draft.initdb()?;
    draft.fill(listener)?;
    Marker::new(spec).write(&draft.dir, account)?;
    let data = layout.data();
    std::fs::rename(&draft.dir, &data).map_err(|source| ServerError::io("put into place", &data, source))
}

/// Removes what an interrupted initialisation or removal left. A data directory that looks whole but lacks our note is
/// not ours to destroy: it is put aside.
fn clear(layout: &Layout, listener: &dyn Listener) -> Result<(), ServerError> {
    for leftover in layout.leftovers() {
        stop_in(&leftover, StopMode::Immediate, listener)?;
        std::fs::remove_dir_all(&leftover).map_err(|source| ServerError::io("remove", &leftover, source))?;
        listener.on(Event::Notice {
            what: format!("removed what an interrupted command had left in {}", layout.show(&leftover)),
        });
    }
    let data = layout.data();
    if !data.exists() {
        return Ok(());
    }
    if data.join("global/pg_control").exists() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let aside = layout.base.join(format!("data.aside-{now}"));
        std::fs::rename(&data, &aside).map_err(|source| ServerError::io("put aside", &data, source))?;
        listener.on(Event::Notice {
            what: format!("a cluster that this tool had not finished making was put aside as {}", layout.show(&aside)),
        });
        return Ok(());
    }
    std::fs::remove_dir_all(&data).map_err(|source| ServerError::io("remove", &data, source))?;
    listener.on(Event::Notice { what: format!("removed the half-made cluster in {}", layout.show(&data)) });
    Ok(())
}

impl Draft<'_> {
    fn initdb(&self) -> Result<(), ServerError> {
        let locale = if cfg!(target_os = "linux") { "C.UTF-8" } else { "C" };
        let mut finished = self.run_initdb(locale)?;
        if finished.complaint().contains("invalid locale name") && locale != "C" {
            // Few systems lack this locale; with `C` only the case of letters beyond ASCII is unknown.
            finished = self.run_initdb("C")?;
        }
        if !finished.success() {
            return Err(ServerError::InitdbFailed {
                major: self.installation.major,
                arguments: self.spec.initdb_args.clone(),
                complaint: finished.complaint().to_owned(),
            });
        }
        for (name, line) in [("postgresql.conf", conf::INCLUDE), ("pg_hba.conf", conf::HBA)] {
            let path = self.dir.join(name);
            let appended = std::fs::OpenOptions::new()
                .append(true)
                .open(&path)
                .and_then(|mut file| std::io::Write::write_all(&mut file, line.as_bytes()));
            appended.map_err(|source| ServerError::io("write", &path, source))?;
        }
        conf::write(self.spec, &self.dir, self.account)
    }

    fn run_initdb(&self, locale: &str) -> Result<tools::Finished, ServerError> {
        let password = self.layout.base.join("password");
        account::write_private(&password, &self.spec.password, self.account)?;
        let mut command = account::command(&self.installation.program("initdb"), self.account);
        command.args(["--username", &self.spec.user, "--pwfile", password.as_str(), "--auth", "scram-sha-256"]);
        command.args(["--encoding", "UTF8", "--locale", locale, "--no-sync", "--no-instructions"]);
        if self.installation.major < 14 {
            // The option came with version 14; `initdb` refuses what it does not know.
            command = self.without(command, "--no-instructions");
        }
        // The last of two equal options counts, so the team's own win.
        command.args(&self.spec.initdb_args).args(["--pgdata", self.dir.as_str()]);
        let finished = tools::run(&mut command);
        let removed = std::fs::remove_file(&password);
        removed.map_err(|source| ServerError::io("remove", &password, source))?;
        Ok(finished?)
    }

    fn without(&self, command: Command, unwanted: &str) -> Command {
        let mut fresh = account::command(&self.installation.program("initdb"), self.account);
        fresh.args(command.get_args().filter(|argument| *argument != unwanted));
        fresh
    }

    /// Makes the database, and runs the init scripts.
    fn fill(&self, listener: &dyn Listener) -> Result<(), ServerError> {
        match self.spec.init_scripts.is_empty() {
            true if self.spec.database == "postgres" => Ok(()),
            true => self.create_database(),
            false => self.run_scripts(listener),
        }
    }

    /// With a stand-alone backend: a tenth of a second, where a server that starts and stops takes several.
    fn create_database(&self) -> Result<(), ServerError> {
        let mut command = account::command(&self.installation.program("postgres"), self.account);
        command.args(["--single", "-D", self.dir.as_str(), "postgres"]);
        let name = self.spec.database.replace('"', "\"\"");
        let finished = tools::run_with_input(&mut command, format!("create database \"{name}\"\n").as_bytes())?;
        // Its exit status is 0 even after an error; what it prints tells.
        let complaint =
            finished.stderr.lines().find(|line| ["ERROR:", "FATAL:", "PANIC:"].iter().any(|w| line.contains(w)));
        match complaint {
            None if finished.success() => Ok(()),
            complaint => Err(ServerError::DatabaseFailed {
                database: self.spec.database.clone(),
                complaint: complaint.unwrap_or(finished.complaint()).to_owned(),
            }),
        }
    }

    /// On a server at a port that nobody knows, so that nobody meets a database that is half filled.
    fn run_scripts(&self, listener: &dyn Listener) -> Result<(), ServerError> {
        let address = self.start_privately(listener)?;
        let psql = Psql::new(self.spec, self.installation, address)?;
        psql.create_database()?;
        for script in &self.spec.init_scripts {
            init_script::run(script, &psql, self.spec, listener)?;
        }
        stop_in(&self.dir, StopMode::Fast, listener)?;
        Ok(())
    }

    fn start_privately(&self, listener: &dyn Listener) -> Result<SocketAddr, ServerError> {
        let mut attempts = 3;
        loop {
            let port =
                tools::any_free_port().map_err(|source| ServerError::io("find a port for", &self.dir, source))?;
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            let launch = Launch {
                installation: self.installation,
                account: self.account,
                data: &self.dir,
                log: &self.layout.log(),
                address,
                overrides: &[format!("port={port}"), "listen_addresses=127.0.0.1".to_owned()],
            };
            attempts -= 1;
            match launch.run(listener) {
                Ok(_) => return Ok(address),
                // Somebody was quicker to take the free port.
                Err(ServerError::PortInUse { .. }) if attempts > 0 => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        if !self.dir.exists() {
            return;
        }
        // The error that led here is what a person must see; what cannot be removed now is removed by the next start.
        if stop_in(&self.dir, StopMode::Immediate, &Silent).is_ok() {
            for _ in 0..20 {
                if std::fs::remove_dir_all(&self.dir).is_ok() || !self.dir.exists() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }
}

/// Whether a cluster must be made: there is none, or its making was interrupted.
pub(super) fn is_needed(layout: &Layout) -> Result<bool, ServerError> {
    let data = layout.data();
    Ok(layout::data_major(&data)?.is_none() || Marker::read(&data).is_none())
}

/// The scripts that a cluster was made without, though the specification names them now.
pub(super) fn scripts_since(data: &Utf8Path, spec: &ServerSpec) -> Vec<Utf8PathBuf> {
    let ran = Marker::read(data).map(|marker| marker.init_scripts).unwrap_or_default();
    spec.init_scripts.iter().filter(|script| !ran.contains(script)).cloned().collect()
}
