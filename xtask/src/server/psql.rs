//! SQL on the cluster, by the cluster's own `psql`.

#[cfg(unix)]
use std::ffi::OsString;
use std::net::SocketAddr;
use std::process::Command;

use super::{Installation, ServerError, ServerSpec, account};
use crate::tools::{self, Finished};

/// A way to run SQL on a running server as its superuser.
#[derive(Clone, Debug)]
pub(super) struct Psql<'a> {
    spec: &'a ServerSpec,
    installation: &'a Installation,
    address: SocketAddr,
}

impl<'a> Psql<'a> {
    /// # Errors
    /// Where the installation has no `psql`.
    pub(super) fn new(
        spec: &'a ServerSpec,
        installation: &'a Installation,
        address: SocketAddr,
    ) -> Result<Self, ServerError> {
        match installation.program("psql").is_file() {
            true => Ok(Self { spec, installation, address }),
            false => Err(ServerError::PsqlMissing { bin: installation.bin.clone(), major: installation.major }),
        }
    }

    /// Sets what a client needs to reach the server without further words.
    pub(super) fn connect(&self, command: &mut Command) {
        command.env("PGHOST", self.address.ip().to_string()).env("PGPORT", self.address.port().to_string());
        command.env("PGUSER", &self.spec.user).env("PGPASSWORD", &self.spec.password).env("PGCLIENTENCODING", "UTF8");
    }

    /// The search path for programs, with those of this server first.
    #[cfg(unix)]
    pub(super) fn path(&self) -> OsString {
        let before = std::env::var_os("PATH").unwrap_or_default();
        let bin = self.installation.bin.clone().into_std_path_buf();
        std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&before))).unwrap_or(before)
    }

    /// `psql` as the image runs it: no personal settings, and the first error ends it.
    ///
    /// It runs under this process's own account: scripts may lie where the server's account cannot read.
    pub(super) fn command(&self, database: &str) -> Command {
        let mut command = account::command(&self.installation.program("psql"), None);
        self.connect(&mut command);
        command.args(["-v", "ON_ERROR_STOP=1", "--no-psqlrc", "--no-password", "--quiet", "--dbname"]);
        // A name with `=` in it or with a scheme before it would be taken for a whole connection string.
        command.arg(format!("dbname='{}'", database.replace('\\', r"\\").replace('\'', r"\'")));
        command
    }

    /// Whether the user and the password of the specification are accepted.
    pub(super) fn accepts_credentials(&self) -> Result<Finished, ServerError> {
        Ok(tools::run_with_input(&mut self.command("template1"), b"select 1;\n")?)
    }

    /// Makes the database of the specification where it is missing; whether it was.
    pub(super) fn create_database(&self) -> Result<bool, ServerError> {
        const SCRIPT: &[u8] =
            b"select 'missing' where not exists (select from pg_catalog.pg_database where datname = :'name');\n\
            select format('create database %I', :'name')\n\
            where not exists (select from pg_catalog.pg_database where datname = :'name') \\gexec\n";
        let mut command = self.command("postgres");
        command.args(["--no-align", "--tuples-only"]).arg("-v").arg(format!("name={}", self.spec.database));
        let finished = tools::run_with_input(&mut command, SCRIPT)?;
        match finished.success() {
            true => Ok(finished.stdout.trim() == "missing"),
            false => Err(ServerError::DatabaseFailed {
                database: self.spec.database.clone(),
                complaint: finished.complaint().to_owned(),
            }),
        }
    }
}
