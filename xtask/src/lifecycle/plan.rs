//! What is to be done: a closed list of steps, and what each must wait for.

use std::time::Duration;

use super::difference::Change;
use crate::stack::dependency::Condition;

/// Steps, each after those that it must wait for. What does not wait for each other may be done at the same time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    nodes: Vec<Node>,
    /// What a person should know before anything is done.
    pub notices: Vec<String>,
}

/// The number of a step in its plan.
pub type StepId = usize;

/// A step and what it waits for.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What is done.
    pub step: Step,
    /// Steps that must have been done before; all of them have smaller numbers.
    pub after: Vec<StepId>,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Makes a network of the file.
    CreateNetwork {
        /// Its key in the file.
        key: String,
        /// Its name.
        name: String,
    },
    /// Makes a network anew, because the file wants another one. Our containers in it are taken out before.
    RecreateNetwork {
        /// Its key in the file.
        key: String,
        /// Its name.
        name: String,
        /// The id of the old one.
        id: String,
        /// Why.
        changes: Vec<Change>,
    },
    /// Makes a volume of the file.
    CreateVolume {
        /// Its key in the file.
        key: String,
        /// Its name.
        name: String,
    },
    /// Makes a container.
    Create(Replica),
    /// Makes a container in the place of another one, whose anonymous volumes it takes over.
    Recreate {
        /// The new one.
        replica: Replica,
        /// The id of the old one.
        id: String,
        /// Why.
        changes: Vec<Change>,
    },
    /// Gives a container the name that it lacks, because an earlier run was interrupted.
    Rename {
        /// The container.
        replica: Replica,
        /// Its id.
        id: String,
    },
    /// Leaves a container as it is.
    Keep {
        /// The container.
        replica: Replica,
        /// Its id.
        id: String,
        /// In words: "running", "done".
        how: Kept,
    },
    /// Starts a container.
    Start(Replica),
    /// Stops a container and starts it again.
    Restart {
        /// The container.
        replica: Replica,
        /// Its id.
        id: String,
    },
    /// Waits until something holds of all containers of a service.
    Await {
        /// The service.
        service: String,
        /// What.
        until: Until,
        /// For whom: a service that depends on it. Nobody where a person waits.
        by: Option<String>,
        /// Whether it is a failure if it does not come to hold.
        required: bool,
    },
    /// Stops a container.
    Stop {
        /// Its service.
        service: String,
        /// Its id.
        id: String,
        /// Its name.
        name: String,
        /// How long it has, where somebody said so; else what it was made with.
        grace: Option<Duration>,
        /// The time that it was made with, to know how long to expect.
        usual: Duration,
    },
    /// Removes a container that does not run.
    Remove {
        /// Its service.
        service: String,
        /// Its id.
        id: String,
        /// Its name.
        name: String,
        /// Whether its anonymous volumes go, too.
        volumes: bool,
    },
    /// Removes a network.
    RemoveNetwork {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
    },
    /// Removes a volume, with what is in it.
    RemoveVolume {
        /// Its name.
        name: String,
    },
}

/// One container of a service, which may not be there yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Replica {
    /// The service.
    pub service: String,
    /// Which of its containers, from 1.
    pub number: u32,
    /// Its name.
    pub name: String,
}

/// Why a container is left as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It runs, and nothing has changed.
    Running,
    /// Nothing has changed, and it is only to be started.
    Stopped,
    /// It has done its work.
    Done,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// What another service wants of it.
    Condition(Condition),
    /// It is healthy; without a probe, it runs; a service that ends by itself has ended with 0.
    Ready,
}

impl Plan {
    /// Adds a step; gives its number.
    pub(super) fn add(&mut self, step: Step, after: impl IntoIterator<Item = StepId>) -> StepId {
        let mut after: Vec<StepId> = after.into_iter().collect();
        after.sort_unstable();
        after.dedup();
        self.nodes.push(Node { step, after });
        self.nodes.len() - 1
    }

    /// The steps, in an order in which they could be done one by one.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Whether it changes anything: only waiting and leaving alone does not.
    pub fn changes_anything(&self) -> bool {
        self.nodes.iter().any(|node| !matches!(node.step, Step::Keep { .. } | Step::Await { .. }))
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::CreateNetwork { name, .. } => write!(f, "create network {name}"),
            Self::RecreateNetwork { name, .. } => write!(f, "recreate network {name}"),
            Self::CreateVolume { name, .. } => write!(f, "create volume {name}"),
            Self::Create(replica) => write!(f, "create {}", replica.name),
            Self::Recreate { replica, .. } => write!(f, "recreate {}", replica.name),
            Self::Rename { replica, .. } => write!(f, "rename to {}", replica.name),
            Self::Keep { replica, .. } => write!(f, "keep {}", replica.name),
            Self::Start(replica) => write!(f, "start {}", replica.name),
            Self::Restart { replica, .. } => write!(f, "restart {}", replica.name),
            Self::Await { service, until, .. } => match until {
                Until::Ready => write!(f, "wait until {service} is ready"),
                Until::Condition(Condition::Started) => write!(f, "wait until {service} runs"),
                Until::Condition(Condition::Healthy) => write!(f, "wait until {service} is healthy"),
                Until::Condition(Condition::CompletedSuccessfully) => write!(f, "wait until {service} is done"),
            },
            Self::Stop { name, .. } => write!(f, "stop {name}"),
            Self::Remove { name, .. } => write!(f, "remove {name}"),
            Self::RemoveNetwork { name, .. } => write!(f, "remove network {name}"),
            Self::RemoveVolume { name } => write!(f, "remove volume {name}"),
        }
    }
}

/// A step a line, with the numbers of those that it waits for.
impl std::fmt::Display for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (id, node) in self.nodes.iter().enumerate() {
            write!(f, "{id}. {}", node.step)?;
            if !node.after.is_empty() {
                let after: Vec<String> = node.after.iter().map(ToString::to_string).collect();
                write!(f, " (after {})", after.join(", "))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
