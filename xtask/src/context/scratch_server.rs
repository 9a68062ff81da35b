//! Where scratch databases are made: on the server of the project's database, or, where the role may not, on a server that
//! is made for this one command.

use std::any::Any;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::thread::JoinHandle;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use tokio::sync::oneshot;

use super::{Context, STATE_FOLDER};
use crate::diagnostic::{Diagnose as _, Result};
use crate::event::Silent;
use crate::postgres::{Address, Database, ScratchError, ScratchServer};
use crate::secret::Secret;
use crate::server::{LocalServer, ServerError, ServerSpec};
use crate::stack::url::DatabaseUrl;
use crate::tools::{Attempt, ProcessLock, any_free_port};

/// Where the servers are that live as long as a command, below the state folder.
const FOLDER: &str = "scratch-server";

/// How often another port is tried where somebody was faster.
const TRIES: u32 = 3;

/// A server that goes with this value: stopped and removed, whatever ends the command. One that was killed leaves it to the
/// next.
struct Passing {
    server: LocalServer,
    folder: Utf8PathBuf,
    lock: Option<ProcessLock>,
    /// What starts it, which must have ended before it is removed.
    starting: Option<JoinHandle<()>>,
}

impl Drop for Passing {
    fn drop(&mut self) {
        let _ = self.starting.take().map(JoinHandle::join);
        // What cannot be removed now is removed by the next command that needs such a server.
        if self.server.remove(&Silent).is_ok() {
            drop(self.lock.take());
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

impl Context {
    /// The place for scratch databases of this database.
    pub(crate) async fn scratch_server(&self, database: &mut Database) -> Result<ScratchServer> {
        let Some(refusal) = database.may_not_create_databases().await? else {
            return Ok(ScratchServer::of(database).await?);
        };
        match self.passing_server(database).await? {
            Ok(server) => {
                self.ui.status(format!(
                    "{refusal}; what is wanted is made on a PostgreSQL of this machine, for as long as the command runs"
                ));
                Ok(server)
            }
            Err(why_not) => Err(refusal.without_another(why_not).diagnose().into()),
        }
    }

    /// A server for this command alone, of the same version; or why there is none.
    async fn passing_server(&self, database: &mut Database) -> Result<std::result::Result<ScratchServer, String>> {
        let major = database.server_version() / 10_000;
        let folder = self.project.path(STATE_FOLDER).join(FOLDER);
        self.keep_state_out_of_version_control()?;
        remove_left_behind(&folder);
        let own = folder.join(std::process::id().to_string());
        let mut spec = ServerSpec::new(&own, password());
        spec.user = database.role().await?;
        spec.wanted_major = Some(major);
        spec.bin_dir = self.config.local.bin_dir.as_ref().map(|dir| self.project.path(dir));
        // It does not outlive the command, so nothing of it has to survive a crash.
        spec.settings = ["fsync", "full_page_writes"].map(|name| (name.to_owned(), "off".to_owned())).to_vec();
        let found = LocalServer::new(spec.clone()).installations();
        match found.as_ref().map(|installed| installed.iter().any(|it| it.major == major)) {
            Ok(true) => {}
            Ok(false) => return Ok(Err(format!("no PostgreSQL {major} is installed here that could make it instead"))),
            Err(error) => return Ok(Err(error.to_string())),
        }
        let passing = match self.start_passing(spec, &own).await? {
            Ok(passing) => passing,
            Err(error) => return Ok(Err(format!("the PostgreSQL {major} of this machine does not start: {error}"))),
        };
        let address = address_of(passing.server.spec());
        let server = ScratchServer::elsewhere(database, &address, Box::new(passing) as Box<dyn Any>).await;
        match server {
            Ok(server) => Ok(Ok(server)),
            Err(ScratchError::Lacks { what }) => {
                Ok(Err(format!("the PostgreSQL {major} of this machine, which could make it instead, lacks {what}")))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn start_passing(
        &self,
        mut spec: ServerSpec,
        folder: &Utf8Path,
    ) -> Result<std::result::Result<Passing, ServerError>> {
        for left in (0..TRIES).rev() {
            if let Ok(port) = any_free_port() {
                spec.port = port;
            }
            let lock = held(folder);
            // From here on it is removed, even if the command is interrupted while it is being made.
            let server = LocalServer::new(spec.clone());
            let mut passing = Passing { server: server.clone(), folder: folder.to_owned(), lock, starting: None };
            let (tell, told) = oneshot::channel();
            passing.starting = Some(std::thread::spawn(move || drop(tell.send(server.start(&Silent)))));
            match told.await {
                Ok(Ok(_)) => return Ok(Ok(passing)),
                Ok(Err(ServerError::PortInUse { .. })) if left > 0 => {}
                Ok(Err(error)) => return Ok(Err(error)),
                // It ended without a word, which only a panic does, and that has been shown.
                Err(_) => break,
            }
        }
        Ok(Err(ServerError::SpecInvalid { field: "port" }))
    }
}

/// The lock that says that the folder is in use.
fn held(folder: &Utf8Path) -> Option<ProcessLock> {
    std::fs::create_dir_all(folder).ok()?;
    match ProcessLock::attempt(&folder.join("in-use.lock")) {
        Ok(Attempt::Taken(lock)) => Some(lock),
        _ => None,
    }
}

/// Removes the servers of commands that were killed.
fn remove_left_behind(folder: &Utf8Path) {
    for entry in folder.read_dir_utf8().into_iter().flatten().flatten() {
        let left = entry.into_path();
        if let Some(lock) = held(&left) {
            let server = LocalServer::new(ServerSpec::new(&left, "unused"));
            drop(Passing { server, folder: left, lock: Some(lock), starting: None });
        }
    }
}

/// The standard library's source of randomness is enough to keep other accounts of this machine out for a few seconds.
fn password() -> String {
    format!("{:016x}{:016x}", RandomState::new().build_hasher().finish(), RandomState::new().build_hasher().finish())
}

fn address_of(spec: &ServerSpec) -> Address {
    let url = DatabaseUrl {
        user: Some(spec.user.clone()),
        password: Some(Secret::new(spec.password.clone())),
        host: Some(spec.host.to_string()),
        port: Some(spec.port),
        database: Some(spec.database.clone()),
        ..DatabaseUrl::default()
    };
    Address {
        url: url.to_connection_string(),
        shown: url.masked(),
        origin: "a server for this command".to_owned(),
        connect_timeout: Duration::from_secs(10),
    }
}
