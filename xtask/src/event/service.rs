//! What becomes of services, networks and volumes while they are brought up or taken down.

use std::time::Duration;

/// Something that happened to one part of a project.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceEvent {
    /// To what.
    pub part: Part,
    /// What.
    pub deed: Deed,
}

/// A part of a project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A service, or one of its containers where it has several.
    Service(String),
    /// A network, by its name at the engine.
    Network(String),
    /// A volume, by its name at the engine.
    Volume(String),
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Service(name) => f.write_str(name),
            Self::Network(name) => write!(f, "network {name}"),
            Self::Volume(name) => write!(f, "volume {name}"),
        }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// Something has begun that may take a while: "stopping", "waiting until it is healthy".
    Begun(&'static str),
    /// What had begun is over, and there is nothing to say of it.
    Over,
    /// It was made.
    Created,
    /// It was made anew.
    Recreated {
        /// Why, a line for each difference.
        why: Vec<String>,
    },
    /// It was started.
    Started,
    /// It was stopped and started.
    Restarted,
    /// It was stopped.
    Stopped,
    /// It was removed.
    Removed,
    /// It got the name that an interrupted run had not come to.
    Renamed,
    /// It was left alone.
    Unchanged {
        /// How it is: "running", "done".
        how: &'static str,
    },
    /// Its probe succeeds.
    Healthy {
        /// Since it was started, or looked at.
        took: Duration,
    },
    /// It answers, as somebody has tried.
    Answers {
        /// Since it was started, or looked at.
        took: Duration,
    },
    /// It runs, and has no probe that would say more.
    Running,
    /// It has done its work.
    Done {
        /// Since it was started, or looked at.
        took: Duration,
    },
    /// It was started again by the engine, after it had failed.
    Restarts {
        /// How often by now.
        times: u64,
    },
    /// It did not come to what was wanted.
    Failed {
        /// In a few words.
        why: String,
    },
}
