//! What a Compose file says about one service, as far as a database on this machine needs it.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use super::ports::Port;
use super::volumes::Mount;
use crate::diagnostic::Place;

/// A value and where the file says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it is written.
    pub place: Place,
}

/// One service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its key under `services`.
    pub name: String,
    /// Where that stands.
    pub place: Place,
    /// `image`; a service without one is built.
    pub image: Option<Located<String>>,
    /// `container_name`: another name under which the other services reach it.
    pub container_name: Option<String>,
    /// `environment`. `None` for a name without a value that the project's variables do not have either.
    pub environment: BTreeMap<String, Option<String>>,
    /// `env_file`, in order; a later file wins.
    pub env_files: Vec<EnvFile>,
    /// `ports`
    pub ports: Vec<Located<Port>>,
    /// `volumes`
    pub volumes: Vec<Located<Mount>>,
    /// `secrets`
    pub secrets: Vec<SecretMount>,
    /// `command` as words; `None` where the image's own runs.
    pub command: Option<Vec<String>>,
    /// `healthcheck.test`, beginning with `CMD`, `CMD-SHELL` or `NONE`.
    pub healthcheck: Option<Vec<String>>,
    /// `profiles`
    pub profiles: Vec<String>,
    /// `depends_on`: the names.
    pub depends_on: Vec<String>,
}

/// A file with variables for a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvFile {
    /// Relative to the project directory.
    pub path: Utf8PathBuf,
    /// Whether it is an error where it does not exist.
    pub required: bool,
    /// Whether its lines are taken as they are: `format: raw`.
    pub raw: bool,
    /// Where it is named.
    pub place: Place,
}

/// A secret that a service sees as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretMount {
    /// Its name under the `secrets` of the file.
    pub source: String,
    /// Its path in the container.
    pub target: Utf8PathBuf,
}

/// Where the content of a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// `file`: relative to the project directory.
    File(Utf8PathBuf),
    /// `environment`: a variable of the project.
    Variable(String),
    /// Kept by the engine (`external: true`).
    External,
}
