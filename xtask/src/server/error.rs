//! What goes wrong with the local server, with its cause and the way out.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit, NextStep, Place};
use crate::tools::{PackageManager, PortHolder, ToolError, find, free_port_after, port_holder};

const BINARIES_MISSING: Code = Code::new("server-binaries-missing");
const BIN_DIR_INVALID: Code = Code::new("server-bin-dir-invalid");
const SPEC_INVALID: Code = Code::new("server-spec-invalid");
const PSQL_MISSING: Code = Code::new("server-psql-missing");
const NO_ACCOUNT: Code = Code::new("server-no-account");
const OTHER_ACCOUNT: Code = Code::new("server-other-account");
const DIR_OCCUPIED: Code = Code::new("server-dir-occupied");
const STATE_UNUSABLE: Code = Code::new("server-state-unusable");
const LOCKED: Code = Code::new("server-locked");
const INITDB_FAILED: Code = Code::new("server-initdb-failed");
const DATABASE_FAILED: Code = Code::new("server-database-failed");
const INIT_SCRIPT_FAILED: Code = Code::new("server-init-script-failed");
const INIT_SCRIPT_UNSUPPORTED: Code = Code::new("server-init-script-unsupported");
const START_FAILED: Code = Code::new("server-start-failed");
const START_TIMED_OUT: Code = Code::new("server-start-timed-out");
const STOP_TIMED_OUT: Code = Code::new("server-stop-timed-out");
const PORT_IN_USE: Code = Code::new("server-port-in-use");
const OTHER_MAJOR: Code = Code::new("server-other-major");
const CREDENTIALS_CHANGED: Code = Code::new("server-credentials-changed");
const NO_LOG: Code = Code::new("server-no-log");
const FETCH_NO_INSTALLER: Code = Code::new("server-fetch-no-installer");
const FETCH_FAILED: Code = Code::new("server-fetch-failed");
const FETCH_CORRUPT: Code = Code::new("server-fetch-corrupt");

const START_OVER: (&str, &str) = ("Start over with an empty database", "cargo xtask reset");

/// A failure of the local server.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum ServerError {
    /// There is no PostgreSQL server on this machine.
    #[error("no PostgreSQL server is installed on this machine")]
    BinariesMissing { wanted: Option<u32> },
    /// The directory that the team names holds no server.
    #[error("{dir} holds no PostgreSQL server")]
    BinDirInvalid { dir: Utf8PathBuf },
    /// A value that PostgreSQL cannot take.
    #[error("the {field} of the database service is empty or has a line break in it")]
    SpecInvalid { field: &'static str },
    /// The server is installed without its client.
    #[error("the PostgreSQL {major} in {bin} has no psql")]
    PsqlMissing { bin: Utf8PathBuf, major: u32 },
    /// Root has no other account to run the server under.
    #[error("PostgreSQL does not run as root, and there is neither an account postgres nor nobody")]
    NoAccount,
    /// The cluster belongs to another account.
    #[error("the cluster in {dir} belongs to another account")]
    OtherAccount { dir: Utf8PathBuf, owner: Option<u32> },
    /// The directory for the cluster has other files in it.
    #[error("{dir} cannot hold the cluster: it has other files in it")]
    DirOccupied { dir: Utf8PathBuf, found: String },
    /// A file or directory could not be used.
    #[error("cannot {what} {path}: {source}")]
    Io { what: &'static str, path: Utf8PathBuf, source: std::io::Error },
    /// Another command took too long.
    #[error("another command uses the local server for more than {} s", waited.as_secs())]
    Locked { holder: Option<u32>, waited: Duration, lock: Utf8PathBuf },
    /// No cluster could be made.
    #[error("PostgreSQL {major} cannot make a cluster")]
    InitdbFailed { major: u32, arguments: Vec<String>, complaint: String },
    /// The database could not be made.
    #[error("the database {database} cannot be created")]
    DatabaseFailed { database: String, complaint: String },
    /// An init script failed; nothing of the cluster was kept.
    #[error("the init script {script} failed")]
    InitScriptFailed { script: Utf8PathBuf, code: i32, line: Option<usize>, complaint: String },
    /// An init script cannot be run here.
    #[error("the init script {script} cannot be run here: {why}")]
    InitScriptUnsupported { script: Utf8PathBuf, why: String },
    /// The server ended before it answered.
    #[error("PostgreSQL {major} does not start")]
    StartFailed { major: u32, log: Utf8PathBuf, lines: Vec<String> },
    /// The server did not answer in time.
    #[error("PostgreSQL did not answer within {} s", waited.as_secs())]
    StartTimedOut { waited: Duration, log: Utf8PathBuf, lines: Vec<String> },
    /// The server does not end.
    #[error("PostgreSQL (process {pid}) did not stop within {} s", waited.as_secs())]
    StopTimedOut { pid: u32, waited: Duration },
    /// Something else listens on the port.
    #[error("port {} is taken", address.port())]
    PortInUse { address: SocketAddr, holder: Box<PortHolder>, free: Option<u16>, variable: Option<String> },
    /// The cluster was made by a version that is not installed.
    #[error("the cluster was made by PostgreSQL {data}, which is not installed")]
    OtherMajor { data: u32, installed: Vec<u32>, data_dir: Utf8PathBuf },
    /// The cluster was made with another user or password.
    #[error("the cluster was made with another user or password")]
    CredentialsChanged { made_with: String, asked_for: String, complaint: String },
    /// No server has ever run.
    #[error("there is no log at {path}")]
    NoLog { path: Utf8PathBuf },
    /// Neither pip nor uv is there.
    #[error("neither pip nor uv is there to fetch PostgreSQL with")]
    FetchNoInstaller,
    /// The download failed.
    #[error("PostgreSQL cannot be fetched")]
    FetchFailed { installer: String, complaint: String },
    /// A file is not what it should be.
    #[error("the fetched file {file} is not what it should be")]
    FetchCorrupt { file: String },
    /// A program could not be run.
    #[error(transparent)]
    Tool(#[from] ToolError),
}

impl Diagnose for ServerError {
    fn diagnose(&self) -> Diagnostic {
        let mut diagnostic = self.describe();
        if diagnostic.evidence.iter().any(|evidence| evidence.contains("No space left on device")) {
            diagnostic.next.insert(0, NextStep { what: "Make room".to_owned(), command: Some("df -h".to_owned()) });
        }
        diagnostic
    }
}

impl ServerError {
    pub(super) fn io(what: &'static str, path: &Utf8Path, source: std::io::Error) -> Self {
        Self::Io { what, path: path.to_owned(), source }
    }

    /// Looks up who holds the port and which one is free.
    pub(super) fn port_in_use(address: SocketAddr, variable: Option<String>) -> Self {
        let holder = Box::new(port_holder(address).unwrap_or_default());
        Self::PortInUse { address, holder, free: free_port_after(address.ip(), address.port()), variable }
    }

    fn error(&self, code: Code, exit: Exit) -> Diagnostic {
        let title = self.to_string();
        let mut letters = title.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
        Diagnostic::error(code, exit, first + letters.as_str())
    }

    fn describe(&self) -> Diagnostic {
        match self {
            Self::BinariesMissing { .. } | Self::BinDirInvalid { .. } | Self::PsqlMissing { .. } => self.binaries(),
            Self::NoAccount | Self::OtherAccount { .. } | Self::DirOccupied { .. } => self.machine(),
            Self::Io { .. } | Self::Locked { .. } => self.machine(),
            Self::SpecInvalid { .. } | Self::InitdbFailed { .. } | Self::DatabaseFailed { .. } => self.making(),
            Self::InitScriptFailed { .. } | Self::InitScriptUnsupported { .. } => self.script(),
            Self::StartFailed { .. } | Self::StartTimedOut { .. } | Self::StopTimedOut { .. } => self.running(),
            Self::PortInUse { address, holder, free, variable } => {
                self.port(*address, holder, *free, variable.as_deref())
            }
            Self::OtherMajor { .. } | Self::CredentialsChanged { .. } | Self::NoLog { .. } => self.cluster(),
            Self::FetchNoInstaller | Self::FetchFailed { .. } | Self::FetchCorrupt { .. } => self.fetching(),
            Self::Tool(error) => error.diagnose(),
        }
    }

    fn binaries(&self) -> Diagnostic {
        match self {
            Self::BinDirInvalid { .. } => self
                .error(BIN_DIR_INVALID, Exit::Usage)
                .because("initdb, postgres and pg_ctl have to be in it")
                .advise("Name the directory that `pg_config --bindir` prints, or none at all to have it searched for"),
            Self::PsqlMissing { major, .. } => {
                let diagnostic = self
                    .error(PSQL_MISSING, Exit::Prerequisite)
                    .because("init scripts and later changes to the cluster run through psql");
                match PackageManager::detect() {
                    Some(PackageManager::Apt) => diagnostic.try_command(
                        "Install the client",
                        PackageManager::Apt.install(&[&format!("postgresql-client-{major}")]),
                    ),
                    _ => diagnostic.advise("Install the PostgreSQL client of the same version"),
                }
            }
            _ => {
                let wanted = if let Self::BinariesMissing { wanted } = self { *wanted } else { None };
                let diagnostic = self.error(BINARIES_MISSING, Exit::Prerequisite).because(
                    "initdb and postgres are neither on PATH nor in the usual places of packages and installers",
                );
                match PackageManager::detect() {
                    Some(manager) => diagnostic.try_command("Install PostgreSQL", manager.install_postgresql(wanted)),
                    None => diagnostic.advise("Install PostgreSQL: https://www.postgresql.org/download/"),
                }
                .advise("Or start the service with `docker compose up --wait`, and go on with `cargo xtask migrate`")
            }
        }
    }

    fn machine(&self) -> Diagnostic {
        match self {
            Self::OtherAccount { owner, .. } => {
                let owner = owner.map(|id| format!(" (id {id})")).unwrap_or_default();
                self.error(OTHER_ACCOUNT, Exit::Conflict)
                    .because(format!("it was made by another account{owner}, or by root; this account may not read it"))
                    .advise("Run this command as that account, or as root, to go on with the same data")
                    .try_command("Or remove it as root, then start again", "sudo cargo xtask teardown --volumes")
            }
            Self::DirOccupied { found, .. } => self
                .error(DIR_OCCUPIED, Exit::Usage)
                .because(format!(
                    "{found} is in it; the directory of a cluster is closed to others and removed with it"
                ))
                .advise("Name a directory of the cluster's own in xtask.toml, or none at all for the usual one"),
            Self::Locked { holder, lock, .. } => {
                let who = holder.map_or("its process is not known".to_owned(), |pid| format!("it is process {pid}"));
                self.error(LOCKED, Exit::Conflict)
                    .because(format!("{who}; the lock is {lock}"))
                    .advise("Wait for that command or end it, then run this one again")
            }
            Self::Io { path, source, .. } => {
                let diagnostic = self.error(STATE_UNUSABLE, Exit::Failed).at(Place::file(path));
                match source.kind() {
                    ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                        diagnostic.try_command("Make room on the disk", format!("df -h {path}"))
                    }
                    ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => diagnostic
                        .try_command("See who may write there", format!("ls -ld {path} {}", parent(path)))
                        .advise("Give the directory to this account, or run as the account that owns it"),
                    _ => diagnostic.advise("Check the path, then run the command again: it goes on where it stopped"),
                }
            }
            _ => self
                .error(NO_ACCOUNT, Exit::Prerequisite)
                .try_command("Make an account for it", "useradd --system postgres")
                .advise("Or run this command as a user other than root"),
        }
    }

    fn making(&self) -> Diagnostic {
        match self {
            Self::InitdbFailed { arguments, complaint, .. } => {
                let diagnostic = self.error(INITDB_FAILED, Exit::Failed).because(complaint.clone());
                match arguments.is_empty() {
                    true => diagnostic.advise("Correct what initdb says, then run the command again"),
                    false => diagnostic.advise(format!(
                        "Correct what initdb says; POSTGRES_INITDB_ARGS in the Compose file gives it: {}",
                        arguments.join(" ")
                    )),
                }
            }
            Self::DatabaseFailed { complaint, .. } => self
                .error(DATABASE_FAILED, Exit::Failed)
                .because(complaint.clone())
                .advise("Correct what PostgreSQL says, then run the command again"),
            _ => self
                .error(SPEC_INVALID, Exit::Usage)
                .advise("Set POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB in the Compose file or its .env"),
        }
    }

    fn script(&self) -> Diagnostic {
        match self {
            Self::InitScriptFailed { script, code, line, complaint } => {
                let mut place = Place::file(script);
                place.line = line.unwrap_or(0);
                let ended = format!("it ended with status {code}; the cluster was not kept, so nothing is half made");
                let evidence = if complaint.is_empty() { "it printed nothing".to_owned() } else { complaint.clone() };
                self.error(INIT_SCRIPT_FAILED, Exit::Failed)
                    .at(place)
                    .because(evidence)
                    .because(ended)
                    .try_command("Correct the script, then start again", "cargo xtask up")
            }
            _ => {
                let script = if let Self::InitScriptUnsupported { script, .. } = self { script.as_str() } else { "" };
                self.error(INIT_SCRIPT_UNSUPPORTED, Exit::Prerequisite)
                    .at(Place::file(script))
                    .advise("Write it as .sql, or install what is missing")
                    .advise("Or start it with `docker compose up --wait`: the image has what its init scripts need")
            }
        }
    }

    fn running(&self) -> Diagnostic {
        match self {
            Self::StopTimedOut { pid, .. } => self
                .error(STOP_TIMED_OUT, Exit::Unhealthy)
                .because("it was asked to stop, then told to stop at once")
                .try_command("See what it does", format!("ps -o pid,stat,wchan,args -p {pid}"))
                .try_command("End it; nothing committed is lost", format!("kill -KILL {pid}")),
            Self::StartTimedOut { log, lines, .. } => self
                .error(START_TIMED_OUT, Exit::Unhealthy)
                .because(evidence(lines))
                .try_command("Read the whole log", format!("cat {log}")),
            Self::StartFailed { log, lines, .. } => self
                .error(START_FAILED, Exit::Unhealthy)
                .because(evidence(lines))
                .try_command("Read the whole log", format!("cat {log}"))
                .advise("Settings come from `command:` of the service in the Compose file"),
            _ => self.error(START_FAILED, Exit::Unhealthy),
        }
    }

    fn port(&self, address: SocketAddr, holder: &PortHolder, free: Option<u16>, variable: Option<&str>) -> Diagnostic {
        let port = address.port();
        let mut diagnostic = self.error(PORT_IN_USE, Exit::Conflict).because(format!("{address} is held by {holder}"));
        if let Some(project) = &holder.project {
            let command = format!("(cd {project} && cargo xtask teardown)");
            diagnostic = diagnostic.try_command("Stop the local server of the other project", command);
        }
        if holder.program.as_deref().is_some_and(|program| program.contains("docker")) {
            let command = format!("docker ps --filter publish={port}");
            diagnostic = diagnostic.try_command("See which container publishes the port", command);
        }
        let other_server =
            holder.project.is_none() && holder.program.as_deref().is_some_and(|p| p.contains("postgres"));
        if other_server && find("systemctl").is_some() {
            diagnostic =
                diagnostic.try_command("Stop the PostgreSQL of this machine", "sudo systemctl stop postgresql");
        }
        match (free, variable) {
            (Some(free), Some(variable)) => diagnostic.try_command(
                format!("Use port {free}, which is free: put this line into .env"),
                format!("{variable}={free}"),
            ),
            (Some(free), None) => {
                diagnostic.advise(format!("Publish another port in the Compose file; {free} is free"))
            }
            (None, _) => diagnostic.advise("Publish another port in the Compose file"),
        }
    }

    fn cluster(&self) -> Diagnostic {
        match self {
            Self::OtherMajor { data, installed, data_dir } => {
                let installed: Vec<String> = installed.iter().map(ToString::to_string).collect();
                let here = match installed.is_empty() {
                    true => "no PostgreSQL is installed".to_owned(),
                    false => format!("installed here: PostgreSQL {}", installed.join(", ")),
                };
                let install = match PackageManager::detect() {
                    Some(PackageManager::Apt) => PackageManager::Apt.install(&[&format!("postgresql-{data}")]),
                    Some(manager) => manager.install_postgresql(Some(*data)),
                    None => "https://www.postgresql.org/download/".to_owned(),
                };
                self.error(OTHER_MAJOR, Exit::Prerequisite)
                    .because(format!("{data_dir} was made by PostgreSQL {data}; {here}"))
                    .because("a cluster can be read only by the major version that made it")
                    .try_command(format!("Install PostgreSQL {data}, which keeps the data"), install)
                    .advise(format!(
                        "To move to another version, save the data with the pg_dump of PostgreSQL {data} first"
                    ))
                    .try_command(START_OVER.0, START_OVER.1)
            }
            Self::CredentialsChanged { made_with, asked_for, complaint } => {
                let changed = match made_with == asked_for {
                    true => format!("the cluster was made with another password for the user {made_with}"),
                    false => format!("the cluster was made with the user {made_with}; now it is {asked_for}"),
                };
                let alter = format!("alter role {made_with} with password '…'");
                self.error(CREDENTIALS_CHANGED, Exit::Conflict)
                    .because(changed)
                    .because(complaint.clone())
                    .because("user and password count only when a cluster is made, just as with the image in Docker")
                    .advise("Put the old user and password back into the Compose file or its .env")
                    .try_command("Or change the password in the database, with the old one", alter)
                    .try_command(format!("Or: {}", START_OVER.0.to_lowercase()), START_OVER.1)
            }
            _ => self
                .error(NO_LOG, Exit::Failed)
                .because("the local server has not run since it was made or removed")
                .try_command("Start it", "cargo xtask start-services"),
        }
    }

    fn fetching(&self) -> Diagnostic {
        let diagnostic = match self {
            Self::FetchFailed { installer, complaint } => {
                self.error(FETCH_FAILED, Exit::Prerequisite).because(format!("{installer} says: {complaint}"))
            }
            Self::FetchCorrupt { .. } => self
                .error(FETCH_CORRUPT, Exit::Failed)
                .because("its digest is not the one that the package lists; nothing of the package was kept")
                .advise(
                    "Run the command again; if it happens again, do not trust the package index that is configured",
                ),
            _ => self.error(FETCH_NO_INSTALLER, Exit::Prerequisite),
        };
        match PackageManager::detect() {
            Some(manager) => diagnostic.try_command("Install PostgreSQL instead", manager.install_postgresql(None)),
            None => diagnostic.advise("Install PostgreSQL instead: https://www.postgresql.org/download/"),
        }
    }
}

fn evidence(lines: &[String]) -> String {
    match lines.is_empty() {
        true => "it wrote nothing to its log".to_owned(),
        false => lines.join("\n"),
    }
}

fn parent(path: &Utf8Path) -> &Utf8Path {
    path.parent().unwrap_or(path)
}
