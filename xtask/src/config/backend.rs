//! Where services run.

use std::fmt;

/// What runs the services of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Backend {
    /// A Docker engine runs them all, in containers
    Docker,
    /// A private PostgreSQL on this machine stands in for the database service; nothing else runs
    Local,
}

impl Backend {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Docker, Self::Local];

    /// Its name: in `xtask.toml`, on the command line, and where a choice is remembered.
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Local => "local",
        }
    }

    /// The backend of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|backend| backend.name() == name)
    }

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Docker => Self::Local,
            Self::Local => Self::Docker,
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
