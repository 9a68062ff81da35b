//! The local database: a private PostgreSQL cluster of the project's own, made and run with server binaries of this
//! machine where no Docker engine is at hand.
//!
//! [`LocalServer`] is the whole interface. Every operation looks at the real state first ([`LocalServer::state`]) and
//! does only what is missing, so each may be repeated, and may follow a crash of anything at any moment:
//!
//! - A cluster is made in a directory beside the final one, which is renamed into place when everything, init scripts
//!   included, has succeeded. A directory of that name is therefore always a finished cluster.
//! - The server that a `postmaster.pid` names is believed only if the process exists, is PostgreSQL in this very data
//!   directory, and answers.
//! - Whatever changes something holds a lock on `.xtask/postgres.lock`, which the system releases with its holder.

mod account;
mod binaries;
mod conf;
mod error;
mod extensions;
mod fetch;
mod init_script;
mod initialise;
mod launch;
mod layout;
mod lock;
mod log;
mod marker;
mod orphan;
mod postmaster;
mod psql;
mod remove;
mod spec;
mod start;
mod state;
mod stop;

use camino::{Utf8Path, Utf8PathBuf};

pub use crate::tools::{PortHolder, free_port_after, port_holder};
pub use binaries::Installation;
pub use error::ServerError;
pub use extensions::Missing;
pub use fetch::Offer;
pub use spec::ServerSpec;
pub use start::{How, Started};
pub use state::State;
pub use stop::{StopMode, Stopped};

use layout::Layout;

/// The project's own PostgreSQL on this machine.
#[derive(Clone, Debug)]
pub struct LocalServer {
    spec: ServerSpec,
}

impl LocalServer {
    /// The server that this specification asks for. Nothing is touched yet.
    pub fn new(mut spec: ServerSpec) -> Self {
        // The server's programs run in another directory than this process.
        for path in [&mut spec.state_dir, &mut spec.cluster_dir].into_iter().chain(&mut spec.init_scripts) {
            if let Ok(absolute) = camino::absolute_utf8(&*path) {
                *path = absolute;
            }
        }
        Self { spec }
    }

    /// What the server is meant to be.
    pub fn spec(&self) -> &ServerSpec {
        &self.spec
    }

    /// The directory of the cluster: under the state directory, or elsewhere where root runs the server under an
    /// account that cannot reach it.
    ///
    /// # Errors
    /// Where the note of its place cannot be read.
    pub fn data_dir(&self) -> Result<Utf8PathBuf, ServerError> {
        Ok(self.layout()?.data())
    }

    /// The major version of the cluster; `None` where there is none yet.
    ///
    /// # Errors
    /// Where the data directory cannot be read.
    pub fn major(&self) -> Result<Option<u32>, ServerError> {
        layout::data_major(&self.layout()?.data())
    }

    /// The size of the cluster on disk in bytes: what [`LocalServer::remove`] destroys. 0 where there is none.
    ///
    /// # Errors
    /// Where the directory cannot be read.
    pub fn size(&self) -> Result<u64, ServerError> {
        let data = self.layout()?.data();
        layout::size(&data).map_err(|source| ServerError::io("measure", &data, source))
    }

    /// The server binaries that can be used here: those of the cluster's version first, then of the wanted one, then
    /// the newest.
    ///
    /// # Errors
    /// Where an explicit directory of binaries holds none.
    pub fn installations(&self) -> Result<Vec<Installation>, ServerError> {
        binaries::installations(self.spec.bin_dir.as_deref(), &self.layout()?.dists(), self.spec.wanted_major)
    }

    fn layout(&self) -> Result<Layout, ServerError> {
        Layout::of(&self.spec.state_dir, &self.spec.cluster_dir)
    }

    /// The binaries for a cluster of this version, or the best ones for a new cluster.
    fn installation(&self, major: Option<u32>) -> Result<Installation, ServerError> {
        let installed = self.installations()?;
        let Some(best) = installed.first() else {
            return Err(ServerError::BinariesMissing { wanted: self.spec.wanted_major });
        };
        let Some(major) = major else { return Ok(best.clone()) };
        let installed_majors = installed.iter().map(|installation| installation.major).collect();
        installed.into_iter().find(|installation| installation.major == major).ok_or_else(|| ServerError::OtherMajor {
            data: major,
            installed: installed_majors,
            data_dir: self.layout().map(|layout| layout.data()).unwrap_or_default(),
        })
    }
}

/// A path, shown relative to the project where it lies in it.
fn shown<'a>(path: &'a Utf8Path, state_dir: &Utf8Path) -> &'a Utf8Path {
    state_dir.parent().and_then(|project| path.strip_prefix(project).ok()).unwrap_or(path)
}
