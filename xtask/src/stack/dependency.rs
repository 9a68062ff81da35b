//! That one service needs another.

use crate::diagnostic::Place;

/// An entry of `depends_on`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// Where it stands.
    pub place: Place,
    /// What must hold of the other service before this one is started.
    pub condition: Condition,
    /// `required`: without it, a dependency that is missing or fails is only warned of.
    pub required: bool,
    /// `restart`: whether this service is restarted after the other one was, by a command.
    pub restart: bool,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// The container runs.
    #[default]
    Started,
    /// Its health check succeeds.
    Healthy,
    /// It has ended with status 0.
    CompletedSuccessfully,
}

impl Condition {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Started, Self::Healthy, Self::CompletedSuccessfully];

    /// As a file writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "service_started",
            Self::Healthy => "service_healthy",
            Self::CompletedSuccessfully => "service_completed_successfully",
        }
    }
}
