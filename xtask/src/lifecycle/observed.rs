//! What an engine has of a project, in plain words.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::configuration::{Configuration, ImageDefaults};
use super::labels::{self, Labels};

/// Everything that carries the name of one project, and the images that its services are made from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// Its containers, by name; those of `run` too.
    pub containers: Vec<Container>,
    /// Its networks, and networks of the file that exist under their names without being labelled.
    pub networks: Vec<Network>,
    /// Its volumes, and volumes of the file that exist under their names without being labelled.
    pub volumes: Vec<Volume>,
    /// The images that were asked for and are there, by the name that was asked for.
    pub images: BTreeMap<String, Image>,
}

/// A container.
#[derive(Clone, Debug, PartialEq)]
pub struct Container {
    /// Its id.
    pub id: String,
    /// Its name, without the slash.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
    /// What it does.
    pub state: State,
    /// How it is, where there is a probe.
    pub health: Option<Health>,
    /// The id of its image.
    pub image_id: String,
    /// When it was last started, as the engine writes it; `None` if never.
    pub started_at: Option<String>,
    /// When it last ended; `None` if never.
    pub finished_at: Option<String>,
    /// How often the engine has started it again by itself.
    pub restarts: u64,
    /// The addresses of this machine (or the engine's) at which its ports are reached.
    pub published: Vec<Published>,
    /// What it was made with.
    pub configuration: Configuration,
    /// What is mounted, with the names that anonymous volumes got.
    pub mounted: Vec<Mounted>,
    /// The ids of the networks that it is connected to, by their names.
    pub network_ids: BTreeMap<String, String>,
}

/// What a container does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Made and never started.
    Created,
    /// Runs.
    Running,
    /// Frozen.
    Paused,
    /// Has ended and is being started again.
    Restarting,
    /// Is being removed.
    Removing,
    /// Has ended.
    Exited {
        /// Its status.
        code: i64,
        /// Whether the system killed it for want of memory.
        out_of_memory: bool,
    },
    /// Could not be removed.
    Dead,
    /// A word that only this engine uses.
    Other(String),
}

impl State {
    /// As the engine says it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Restarting => "restarting",
            Self::Removing => "removing",
            Self::Exited { .. } => "exited",
            Self::Dead => "dead",
            Self::Other(word) => word,
        }
    }
}

/// How a container is, as its probe says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// What it comes to.
    pub status: HealthStatus,
    /// How many probes in a row have failed.
    pub failing_streak: u64,
    /// The last probes, oldest first.
    pub log: Vec<ProbeResult>,
}

/// What the probes come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HealthStatus {
    /// Not yet known.
    #[default]
    Starting,
    /// Well.
    Healthy,
    /// Too many probes have failed.
    Unhealthy,
}

impl HealthStatus {
    /// As the engine says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
        }
    }
}

/// One probe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProbeResult {
    /// The status of its command.
    pub exit_code: i64,
    /// What it printed.
    pub output: String,
}

/// A port that can be reached from outside.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Published {
    /// The port in the container, with its protocol: `5432/tcp`.
    pub target: String,
    /// The address that it is bound to.
    pub address: String,
    /// The port there.
    pub port: u16,
}

/// Something that is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mounted {
    /// `volume`, `bind` …
    pub kind: String,
    /// The name of the volume, or the path of the host.
    pub source: String,
    /// Where.
    pub target: String,
    /// Whether the container may write.
    pub read_only: bool,
}

/// A network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
    /// Its driver.
    pub driver: String,
    /// The options of the driver.
    pub options: BTreeMap<String, String>,
    /// Whether it has no way out.
    pub internal: bool,
    /// Whether it has IPv6 addresses.
    pub ipv6: bool,
    /// Its ranges of addresses.
    pub subnets: Vec<String>,
}

/// A volume.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
    /// Its driver.
    pub driver: String,
    /// The options of the driver.
    pub options: BTreeMap<String, String>,
}

/// An image.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Image {
    /// Its id.
    pub id: String,
    /// The system and the processor that it is made for: `linux/amd64`.
    pub platform: String,
    /// What it says of the containers that are made from it.
    pub defaults: ImageDefaults,
}

impl Container {
    /// Whether it is connected to a network, by its id. Podman before 5 shows the name of a network for that.
    pub fn is_in(&self, network: &Network) -> bool {
        self.network_ids.values().any(|id| *id == network.id || *id == network.name)
    }

    /// A label.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.get(name).map(String::as_str)
    }

    /// The service that it belongs to.
    pub fn service(&self) -> &str {
        self.label(labels::SERVICE).unwrap_or_default()
    }

    /// Which of the containers of its service it is.
    pub fn number(&self) -> u32 {
        self.label(labels::NUMBER).and_then(|number| number.parse().ok()).unwrap_or(0)
    }

    /// Whether a `run` command made it.
    pub fn is_oneoff(&self) -> bool {
        self.label(labels::ONEOFF).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The folder of the project that made it.
    pub fn working_dir(&self) -> Option<&Utf8Path> {
        self.label(labels::WORKING_DIR).map(Utf8Path::new)
    }

    /// Whether it runs, and is as well as its probe can tell.
    pub fn is_up(&self) -> bool {
        let is_well = self.health.as_ref().is_none_or(|health| health.status == HealthStatus::Healthy);
        self.state == State::Running && is_well
    }

    /// Whether it runs or will soon run again.
    pub fn is_alive(&self) -> bool {
        matches!(self.state, State::Running | State::Restarting | State::Paused)
    }
}

impl Observed {
    /// The containers of a service, by number, without those of `run`.
    pub fn of_service(&self, service: &str) -> Vec<&Container> {
        let is_of_it = |container: &&Container| !container.is_oneoff() && container.service() == service;
        let mut found: Vec<&Container> = self.containers.iter().filter(is_of_it).collect();
        found.sort_by_key(|container| container.number());
        found
    }

    /// Another folder that has a project of this name running, if there is one: the two would take each other's containers.
    pub fn other_folder(&self, is_ours: impl Fn(&Utf8Path) -> bool) -> Option<&Container> {
        self.containers.iter().find(|container| container.working_dir().is_some_and(|folder| !is_ours(folder)))
    }

    /// A network by its name.
    pub fn network(&self, name: &str) -> Option<&Network> {
        self.networks.iter().find(|network| network.name == name)
    }

    /// A volume by its name.
    pub fn volume(&self, name: &str) -> Option<&Volume> {
        self.volumes.iter().find(|volume| volume.name == name)
    }
}
