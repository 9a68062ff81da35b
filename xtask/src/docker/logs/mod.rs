//! The logs of a project: of several services, interleaved by time, and followed.

mod follow;
mod history;
mod lines;
mod since;

use std::ops::ControlFlow;

use jiff::Timestamp;
use serde::Deserialize;

use super::engine::{Docker, query};
use super::error::DockerError;
use crate::event::LogLine;

pub use since::since;

/// The labels by which containers of a project are known.
const PROJECT: &str = "com.docker.compose.project";
const SERVICE: &str = "com.docker.compose.service";
const NUMBER: &str = "com.docker.compose.container-number";
const ONE_OFF: &str = "com.docker.compose.oneoff";

/// Which logs are wanted.
#[derive(Clone, Debug, Default)]
pub struct Logs {
    /// The project.
    pub project: String,
    /// Its services; all where none is named.
    pub services: Vec<String>,
    /// Nothing from before.
    pub since: Option<Timestamp>,
    /// No more than so many last lines of each container.
    pub tail: Option<u64>,
    /// Whether what is written from now on is wanted, too.
    pub follow: bool,
}

/// Who takes the lines, and tells whether more are wanted.
pub type TakeLine<'a> = &'a mut (dyn FnMut(LogLine) -> ControlFlow<()> + Send);

/// A container whose log is read.
#[derive(Clone, Debug)]
struct Source {
    id: String,
    service: String,
    /// As compose names it in front of lines: the service and the number.
    container: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    id: String,
    #[serde(default)]
    labels: std::collections::BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inspected {
    config: InspectedConfig,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InspectedConfig {
    #[serde(default)]
    tty: bool,
}

impl Docker {
    /// Gives the lines of the logs, oldest first. Where they are followed, containers that start meanwhile are, too, and it
    /// ends when none of them runs any more.
    ///
    /// # Errors
    /// The engine does not answer, or keeps no logs for a container (`logging` with another driver).
    pub async fn logs(&self, wanted: &Logs, take: TakeLine<'_>) -> Result<(), DockerError> {
        let sources = self.sources(wanted).await?;
        let Some(ends) = history::read(self, wanted, &sources, take).await? else { return Ok(()) };
        if wanted.follow { follow::follow(self, wanted, ends, take).await } else { Ok(()) }
    }

    /// What stands in front of the lines of each container that is there now.
    ///
    /// # Errors
    /// The engine does not answer.
    pub async fn names_in_logs(&self, wanted: &Logs) -> Result<Vec<String>, DockerError> {
        Ok(self.sources(wanted).await?.into_iter().map(|source| source.container).collect())
    }

    async fn sources(&self, wanted: &Logs) -> Result<Vec<Source>, DockerError> {
        let filters = serde_json::json!({ "label": [format!("{PROJECT}={}", wanted.project)] }).to_string();
        let listed: Vec<Listed> =
            self.get(&format!("/containers/json{}", query([("all", "1"), ("filters", &filters)]))).await?;
        let mut sources: Vec<_> = listed
            .into_iter()
            .filter_map(|listed| source(wanted, listed.id, |name| listed.labels.get(name).cloned()))
            .collect();
        sources.sort_by(|a, b| a.container.cmp(&b.container));
        Ok(sources)
    }

    async fn has_terminal(&self, id: &str) -> Result<bool, DockerError> {
        Ok(self.get::<Inspected>(&format!("/containers/{id}/json")).await?.config.tty)
    }
}

/// The container, where its log is wanted.
fn source(wanted: &Logs, id: String, label: impl Fn(&str) -> Option<String>) -> Option<Source> {
    let service = label(SERVICE)?;
    let is_one_off = label(ONE_OFF).is_some_and(|value| value == "True");
    let is_wanted = wanted.services.is_empty() || wanted.services.contains(&service);
    let container = format!("{service}-{}", label(NUMBER).unwrap_or_else(|| "1".to_owned()));
    (is_wanted && !is_one_off).then_some(Source { id, service, container })
}

/// The path of a log.
fn path(id: &str, since: Option<&str>, tail: Option<u64>, follow: bool) -> String {
    let tail = tail.map_or_else(|| "all".to_owned(), |lines| lines.to_string());
    let mut parameters = vec![("stdout", "1"), ("stderr", "1"), ("timestamps", "1"), ("tail", tail.as_str())];
    parameters.extend(since.map(|since| ("since", since)));
    parameters.extend(follow.then_some(("follow", "1")));
    format!("/containers/{id}/logs{}", query(parameters))
}

/// A time as the engine takes it: seconds since 1970, with nanoseconds.
fn seconds(time: Timestamp) -> String {
    format!("{}.{:09}", time.as_second(), time.subsec_nanosecond())
}
