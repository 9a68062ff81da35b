//! What is written from now on, of containers that run and of those that start meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};
use serde::Deserialize;

use super::history::{End, told};
use super::lines::Lines;
use super::{Logs, PROJECT, TakeLine, path, seconds, source};
use crate::docker::engine::{Docker, get, query};
use crate::docker::error::DockerError;
use crate::docker::json_lines::JsonLines;
use crate::event::LogLine;

/// How long the last container may be gone before nothing more is expected: one that is restarted comes back sooner.
const GONE: Duration = Duration::from_secs(3);

/// An event of the engine, as far as it matters here.
#[derive(Deserialize)]
struct Happened {
    #[serde(rename = "Actor")]
    actor: Actor,
}

#[derive(Deserialize)]
struct Actor {
    #[serde(rename = "ID")]
    id: String,
    #[serde(rename = "Attributes", default)]
    attributes: BTreeMap<String, String>,
}

/// A log that is followed.
struct Following {
    end: End,
    body: Incoming,
    lines: Lines,
    /// Until when its lines have been told, where they may come once more.
    told_until: Option<jiff::Timestamp>,
}

/// What the next piece of a log was; `None` at its end.
type Piece = (Following, Option<Result<Bytes, hyper::Error>>);

/// Gives the lines as they come.
pub(super) async fn follow(
    docker: &Docker,
    wanted: &Logs,
    ends: Vec<End>,
    take: TakeLine<'_>,
) -> Result<(), DockerError> {
    // The events are asked for first, so that no container starts unseen.
    let mut events = starts(docker, wanted).await?;
    let mut followed = BTreeSet::new();
    // Where the logs of containers were left that have ended, and may start again.
    let mut left = BTreeMap::new();
    let mut pieces = FuturesUnordered::new();
    for end in ends {
        // Where there was nothing yet, nothing is left out.
        let tail = wanted.tail.filter(|_| end.last.is_none());
        followed.insert(end.source.id.clone());
        pieces.push(next(open(docker, wanted, end, tail).await?));
    }
    loop {
        let is_over = pieces.is_empty();
        tokio::select! {
            Some((following, bytes)) = pieces.next() => match taken(following, bytes, take)? {
                Step::Next(following) => pieces.push(next(*following)),
                Step::Ended(end) => {
                    followed.remove(&end.source.id);
                    left.insert(end.source.id, end.last);
                }
                Step::Enough => return Ok(()),
            },
            happened = next_start(&mut events, is_over) => {
                let Some(happened) = happened? else { return Ok(()) };
                let attributes = &happened.actor.attributes;
                let Some(source) = source(wanted, happened.actor.id, |name| attributes.get(name).cloned()) else { continue };
                if followed.insert(source.id.clone()) {
                    // Its first lines may be older than the event, so only what has been told is left out.
                    let last = left.remove(&source.id).flatten();
                    pieces.push(next(open(docker, wanted, End { source, last }, None).await?));
                }
            }
        }
    }
}

/// What to do after a piece.
enum Step {
    Next(Box<Following>),
    Ended(End),
    Enough,
}

/// Gives the lines of a piece.
fn taken(
    mut following: Following,
    bytes: Option<Result<Bytes, hyper::Error>>,
    take: &mut (dyn FnMut(LogLine) -> ControlFlow<()> + Send),
) -> Result<Step, DockerError> {
    let (lines, has_ended) = match bytes {
        Some(Ok(bytes)) => (following.lines.take(&bytes), false),
        Some(Err(err)) => return Err(bollard::errors::Error::HyperResponseError { err }.into()),
        None => (following.lines.rest(), true),
    };
    for line in lines {
        if is_told(&mut following.told_until, &line.time) {
            continue;
        }
        if !line.time.is_empty() {
            following.end.last = Some(line.time.clone());
        }
        if take(told(&following.end.source, line)) == ControlFlow::Break(()) {
            return Ok(Step::Enough);
        }
    }
    Ok(if has_ended { Step::Ended(following.end) } else { Step::Next(Box::new(following)) })
}

async fn next(mut following: Following) -> Piece {
    let bytes = loop {
        match following.body.frame().await {
            Some(Ok(frame)) => match frame.into_data() {
                Ok(bytes) => break Some(Ok(bytes)),
                Err(_) => continue,
            },
            Some(Err(error)) => break Some(Err(error)),
            None => break None,
        }
    };
    (following, bytes)
}

/// Goes on where a log was left.
async fn open(docker: &Docker, wanted: &Logs, end: End, tail: Option<u64>) -> Result<Following, DockerError> {
    let id = &end.source.id;
    let lines = Lines::new(docker.has_terminal(id).await?);
    let told_until = end.last.as_ref().and_then(|last| last.parse::<jiff::Timestamp>().ok());
    let since = if end.last.is_some() { told_until.map(just_after) } else { wanted.since };
    let response = docker.send(get(&path(id, since.map(seconds).as_deref(), tail, true))?).await?;
    Ok(Following { end, body: response.into_body(), lines, told_until })
}

/// Whether a line has been told before: Podman gives those again that are no second old.
fn is_told(until: &mut Option<jiff::Timestamp>, time: &str) -> bool {
    let Some(last) = until else { return false };
    let is_told = time.parse::<jiff::Timestamp>().is_ok_and(|time| time <= *last);
    if !is_told {
        // Lines come in the order of their times.
        *until = None;
    }
    is_told
}

/// The stream of containers of this project that start.
async fn starts(docker: &Docker, wanted: &Logs) -> Result<JsonLines, DockerError> {
    let filters = serde_json::json!({
        "type": ["container"],
        "event": ["start"],
        "label": [format!("{PROJECT}={}", wanted.project)],
    });
    let response = docker.send(get(&format!("/events{}", query([("filters", filters.to_string().as_str())])))?).await?;
    Ok(JsonLines::new(response.into_body()))
}

/// The next container that starts; `None` where none does after the last one has ended.
async fn next_start(events: &mut JsonLines, is_over: bool) -> Result<Option<Happened>, DockerError> {
    match is_over {
        true => tokio::time::timeout(GONE, events.next()).await.unwrap_or(Ok(None)),
        false => events.next().await,
    }
}

fn just_after(time: jiff::Timestamp) -> jiff::Timestamp {
    time.checked_add(jiff::SignedDuration::from_nanos(1)).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_an_engine_gives_once_more_are_passed_over() {
        let mut until = "2026-11-28T09:49:29.941206174Z".parse().ok();
        let cases = [
            ("2026-11-28T09:49:29.2Z", true),
            ("2026-11-28T09:49:29.941206174Z", true),
            ("2026-11-28T09:49:29.941206175Z", false),
            ("2026-11-28T09:49:29.941206174Z", false),
        ];
        for (time, is_passed_over) in cases {
            assert_eq!(is_told(&mut until, time), is_passed_over, "{time}");
        }
        assert!(!is_told(&mut None, "2026-11-28T09:49:29Z"));
    }
}
