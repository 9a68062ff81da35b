//! Why a service does not run, with the evidence and the ways out.

mod diagnose;
mod ended;
mod names;
mod places;
mod ports;
mod secrets;

use std::net::SocketAddr;
use std::time::Duration;

use camino::Utf8PathBuf;

use super::error::DockerError;
use crate::diagnostic::{Place, Report};
use crate::lifecycle::PlanError;
use crate::lifecycle::project::NoContent;

pub(super) use ended::{ended, unhealthy};
pub(super) use names::name_taken;
pub use ports::PortWish;
pub(super) use ports::not_started;

/// A failure of a service, of a network or of a volume.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum ServiceError {
    /// A container has ended that was to run.
    #[error("service {service} {}", ending.words())]
    Exited { service: String, container: String, ending: Ending, log: Vec<String> },
    /// A command fails that a service has run in its container.
    #[error("{} of service {service} ended with status {}", hook.moment, hook.code)]
    Hook { service: String, hook: Box<FailedHook> },
    /// The probe of a container fails.
    #[error("service {service} is unhealthy")]
    Unhealthy { service: String, container: String, probe: Box<FailedProbe>, log: Vec<String> },
    /// A container is waited for to become healthy, and has no probe.
    #[error("service {service} has no health check, and {} waits until it is healthy", by.as_deref().unwrap_or("nothing"))]
    NoProbe { service: String, by: Option<String> },
    /// Something else listens on a port.
    #[error("port {} for service {service} is taken", address.port())]
    PortInUse { service: String, address: SocketAddr, holder: Box<PortUser>, free: Option<u16> },
    /// Another container has the name.
    #[error("the container name {name} is taken")]
    NameTaken { service: String, name: String, owner: Box<Owner> },
    /// Folders or files that are to be mounted are not there.
    #[error("{} that services mount {} not there", things(missing.len()), if missing.len() == 1 { "is" } else { "are" })]
    MountMissing { missing: Vec<MissingMount> },
    /// A data volume was made by another major version of PostgreSQL.
    #[error("the data of service {service} was made by PostgreSQL {data}, and the image has {server}")]
    OtherMajor { service: String, data: String, server: String, volume: Option<String> },
    /// Images are not there.
    #[error("the image {image} of service {service} is not there")]
    ImageMissing { service: String, image: String, is_built: bool },
    /// The image that is there is made for another platform than the file names.
    #[error("the image {image} of service {service} is not made for {wanted}")]
    OtherPlatform { service: String, image: String, wanted: String, complaint: String },
    /// The addresses of a network are taken.
    #[error("the addresses of network {name} overlap with those of another network")]
    Overlap { name: String, wanted: Vec<String>, others: Vec<(String, Vec<String>)>, complaint: String },
    /// A network cannot be removed, because containers of others are in it.
    #[error("network {name} is still in use")]
    NetworkInUse { name: String, by: Vec<String> },
    /// A volume cannot be removed, because a container of somebody else has it.
    #[error("volume {name} is still in use")]
    VolumeInUse { name: String, by: Vec<String> },
    /// A project of the same name runs from another folder.
    #[error("a project named {project} already runs from another folder")]
    OtherFolder { project: String, ours: Utf8PathBuf, theirs: Utf8PathBuf, container: String },
    /// Services did not become ready in time.
    #[error("{} not ready after {} s", several(waiting), waited.as_secs())]
    NotReady { waiting: Vec<Waiting>, waited: Duration },
    /// What the probe from outside said for good.
    #[error("service {service} cannot be used")]
    Refused { service: String, report: Report },
    /// There is no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A secret or a config has no content.
    #[error("the {} {} of service {} has no content", .0.kind, .0.name, .0.service)]
    NoContent(NoContent),
    /// A container cannot be made, started, stopped or removed.
    #[error("cannot {what} {name}")]
    Engine { what: &'static str, name: String, source: Box<DockerError> },
    /// Another command takes too long.
    #[error("another command changes the services of this project for more than {} s", waited.as_secs())]
    Locked { holder: Option<u32>, waited: Duration, lock: Utf8PathBuf },
    /// A file of the tool's own cannot be used.
    #[error("cannot use {path}: {source}")]
    State { path: Utf8PathBuf, source: std::io::Error },
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted { running: Vec<String>, unfinished: Vec<String> },
}

/// How a container ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    /// Its status.
    pub code: i64,
    /// Whether the system killed it for want of memory.
    pub out_of_memory: bool,
    /// How often the engine has started it again.
    pub restarts: u64,
    /// Its limit of memory in bytes, if it has one.
    pub memory: Option<i64>,
    /// What was waited for, where ending was what it was to do.
    pub was_to_end: bool,
}

/// A command in a container that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedHook {
    /// `post_start` or `pre_stop`.
    pub moment: &'static str,
    /// Its words.
    pub command: Vec<String>,
    /// Its status.
    pub code: i32,
    /// What it printed last.
    pub output: String,
    /// Where the file says it.
    pub place: Place,
}

/// The last probe that failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailedProbe {
    /// Its command.
    pub command: String,
    /// The words that run it in the container.
    pub to_try: String,
    /// Its status.
    pub exit_code: i64,
    /// What it printed.
    pub output: String,
    /// How many in a row have failed.
    pub attempts: u64,
}

/// Who has a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortUser {
    /// A container.
    Container(Owner),
    /// A process of this machine.
    Process(crate::tools::PortHolder),
    /// It cannot be known: the engine runs on another machine, or does not say.
    Unknown,
}

/// A container of somebody, with its project where it says one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// The name of the container.
    pub container: String,
    /// Its service, where it belongs to this project itself.
    pub sibling: Option<String>,
    /// Its project.
    pub project: Option<String>,
    /// The folder of the project.
    pub folder: Option<Utf8PathBuf>,
    /// What it does: "running", "exited".
    pub state: String,
}

/// A folder or file that is to be mounted and is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingMount {
    /// The service that wants it.
    pub service: String,
    /// Where it should be.
    pub source: Utf8PathBuf,
    /// Where it would be mounted.
    pub target: String,
    /// The line of the Compose file that mounts it.
    pub place: Option<Place>,
}

/// A service that is not ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its name.
    pub service: String,
    /// How it is, in a few words.
    pub state: String,
    /// What the last probe said.
    pub probe: Option<String>,
}

impl Ending {
    fn words(&self) -> String {
        match (self.out_of_memory, self.restarts) {
            (true, _) => "ran out of memory and was killed".to_owned(),
            (false, 0) => format!("ended with status {}", self.code),
            (false, times) => format!("ends again and again, with status {} ({times} times by now)", self.code),
        }
    }
}

fn things(count: usize) -> String {
    if count == 1 { "a folder or file".to_owned() } else { format!("{count} folders or files") }
}

fn several(waiting: &[Waiting]) -> String {
    let names: Vec<&str> = waiting.iter().map(|it| it.service.as_str()).collect();
    let (word, verb) = if names.len() == 1 { ("service", "is") } else { ("services", "are") };
    format!("{word} {} {verb}", names.join(", "))
}
