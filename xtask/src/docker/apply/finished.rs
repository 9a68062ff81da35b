//! Which services were seen to end by themselves, so that a job that is done is not done again at each start, and one that is
//! known for a job is waited for.
//!
//! An engine does not say of a container whether it ended or was stopped. Who waited for it knows; else the engine's events tell
//! it while they go back so far: what is stopped was sent a signal before it ended. What is known is written down with the time at
//! which the container ended: if somebody else has started it again since, that no longer fits, and it is forgotten.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use camino::{Utf8Path, Utf8PathBuf};
use hyper::Method;
use hyper::body::Bytes;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::super::engine::{Docker, request};
use super::super::json_lines::JsonLines;
use super::super::observe::filters;
use crate::lifecycle::observed::{Container, State};

/// How long the engine may take to tell what it remembers.
const PATIENCE: Duration = Duration::from_secs(1);

/// The first word of a line about a job; ids of containers have no such letters.
const JOB: &str = "job";

/// The same of a program that goes on.
const LASTING: &str = "lasting";

/// What is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Finished {
    /// Containers that have ended by themselves, with the time at which they did.
    pub(super) ended: BTreeMap<String, String>,
    /// What ends by itself: the service with what it runs.
    jobs: BTreeSet<String>,
    /// What looked like a job and goes on.
    lasting: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Told {
    action: String,
    actor: Actor,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Actor {
    #[serde(rename = "ID")]
    id: String,
}

impl Docker {
    /// Which of these containers have ended with 0 by themselves, by id, with the time at which they did.
    pub async fn finished(&self, state_dir: &Utf8Path, containers: &[Container]) -> BTreeMap<String, String> {
        let mut known = Finished::read(state_dir);
        known.learn(self, containers).await;
        known.ended
    }

    /// What the engine remembers of the end of containers: whether it came by itself, by id.
    async fn remembered_ends(&self, ids: &[&str]) -> BTreeMap<String, bool> {
        let mut wanted = vec![("type", "container"), ("event", "die"), ("event", "kill"), ("event", "start")];
        wanted.extend(ids.iter().map(|id| ("container", *id)));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let path = format!("/events?since=1&until={now}&filters={}", filters(&wanted));
        let mut ends = BTreeMap::new();
        let read = async {
            let response = self.send(request(Method::GET, &path, Bytes::new())?).await?;
            let mut events = JsonLines::new(response.into_body());
            let mut was_sent_a_signal = BTreeSet::new();
            while let Some(Told { action, actor }) = events.next::<Told>().await? {
                match action.as_str() {
                    "start" => drop(was_sent_a_signal.remove(&actor.id)),
                    "kill" => drop(was_sent_a_signal.insert(actor.id)),
                    _ => drop(ends.insert(actor.id.clone(), !was_sent_a_signal.contains(&actor.id))),
                }
            }
            Ok::<(), super::super::error::DockerError>(())
        };
        // Without an answer nothing is known, and a job is done once more.
        let _ = tokio::time::timeout(PATIENCE, read).await;
        ends
    }
}

impl Finished {
    /// What was written down. Nothing where it cannot be read; then a job is done once more.
    pub(super) fn read(state_dir: &Utf8Path) -> Self {
        let text = std::fs::read_to_string(path(state_dir)).unwrap_or_default();
        let mut known = Self::default();
        for (first, rest) in text.lines().filter_map(|line| line.split_once(' ')) {
            match first {
                JOB => drop(known.jobs.insert(rest.to_owned())),
                LASTING => drop(known.lasting.insert(rest.to_owned())),
                id => drop(known.ended.insert(id.to_owned(), rest.to_owned())),
            }
        }
        known
    }

    /// Adds those of the containers that have ended by themselves as far as the engine remembers, and forgets what no longer fits.
    pub(super) async fn learn(&mut self, docker: &Docker, containers: &[Container]) {
        let ended_well = |it: &&Container| matches!(it.state, State::Exited { code: 0, .. });
        self.ended.retain(|id, at| containers.iter().any(|it| it.id == *id && it.finished_at.as_ref() == Some(at)));
        let unknown: Vec<&Container> =
            containers.iter().filter(ended_well).filter(|it| !self.ended.contains_key(&it.id)).collect();
        if !unknown.is_empty() {
            let ids: Vec<&str> = unknown.iter().map(|it| it.id.as_str()).collect();
            let ends = docker.remembered_ends(&ids).await;
            unknown.into_iter().filter(|it| ends.get(&it.id) == Some(&true)).for_each(|it| self.saw_end(it));
        }
    }

    /// It has ended by itself.
    pub(super) fn saw_end(&mut self, container: &Container) {
        if let Some(at) = container.finished_at.clone() {
            self.ended.insert(container.id.clone(), at);
        }
        if container.health.is_none() {
            self.lasting.remove(&job(container));
            self.jobs.insert(job(container));
        }
    }

    /// It has not ended in all the time that its end was waited for.
    pub(super) fn saw_last(&mut self, container: &Container) {
        self.jobs.remove(&job(container));
        self.lasting.insert(job(container));
    }

    /// Whether the end of the same program was waited for in vain.
    pub(super) fn is_lasting(&self, container: &Container) -> bool {
        self.lasting.contains(&job(container))
    }

    /// Whether the same program has ended by itself before, in this container or an earlier one of its service.
    pub(super) fn is_job(&self, container: &Container) -> bool {
        self.jobs.contains(&job(container))
    }

    /// Writes it down.
    pub(super) fn write(&self, state_dir: &Utf8Path) {
        let jobs = self.jobs.iter().map(|job| format!("{JOB} {job}\n"));
        let lasting = self.lasting.iter().map(|job| format!("{LASTING} {job}\n"));
        let ended = self.ended.iter().map(|(id, at)| format!("{id} {at}\n"));
        let text: String = ended.chain(jobs).chain(lasting).collect();
        if text != std::fs::read_to_string(path(state_dir)).unwrap_or_default() {
            // Without it a job is done once more, which is what compose does anyway.
            let _ = std::fs::write(path(state_dir), text);
        }
    }
}

fn path(state_dir: &Utf8Path) -> Utf8PathBuf {
    state_dir.join("services.finished")
}

/// A service and what it runs: with another program it may not be a job any more.
fn job(container: &Container) -> String {
    let runs = &container.configuration;
    let mut hash = Sha256::new();
    hash.update(format!("{:?}", (&runs.image, &runs.entrypoint, &runs.command)));
    let digits: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{} {digits}", container.service())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let set = |text: &str| BTreeSet::from([text.to_owned()]);
        let ended = BTreeMap::from([("0a1b".to_owned(), "2026-11-28T05:26:23.1Z".to_owned())]);
        let known = Finished { ended, jobs: set("seed 01"), lasting: set("worker 02") };
        known.write(folder);
        assert_eq!(Finished::read(folder), known);
        std::fs::write(path(folder), "torn").unwrap();
        assert_eq!(Finished::read(folder), Finished::default());
    }
}
