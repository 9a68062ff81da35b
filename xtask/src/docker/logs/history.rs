//! What has been written so far, of all containers, oldest first.

use std::ops::ControlFlow;

use futures_util::future::try_join_all;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use super::lines::{Line, Lines};
use super::{Logs, Source, TakeLine, path, seconds};
use crate::docker::engine::{Docker, get};
use crate::docker::error::DockerError;
use crate::event::LogLine;

/// Where the log of a container was left.
#[derive(Debug)]
pub(super) struct End {
    pub(super) source: Source,
    /// The time of its last line; `None` where there was none.
    pub(super) last: Option<String>,
}

/// A log that is read to its end, one line ahead.
struct Reading {
    end: End,
    body: Incoming,
    lines: Lines,
    ready: std::collections::VecDeque<Line>,
    has_ended: bool,
}

/// Gives the lines of all logs; `None` where no more are wanted.
pub(super) async fn read(
    docker: &Docker,
    wanted: &Logs,
    sources: &[Source],
    take: TakeLine<'_>,
) -> Result<Option<Vec<End>>, DockerError> {
    let mut readings = try_join_all(sources.iter().map(|source| open(docker, wanted, source))).await?;
    loop {
        for reading in &mut readings {
            reading.look_ahead().await?;
        }
        let first =
            readings.iter_mut().filter(|reading| !reading.ready.is_empty()).min_by(|a, b| a.next().cmp(&b.next()));
        let Some(reading) = first else { break };
        let Some(line) = reading.ready.pop_front() else { break };
        if !line.time.is_empty() {
            reading.end.last = Some(line.time.clone());
        }
        if take(told(&reading.end.source, line)) == ControlFlow::Break(()) {
            return Ok(None);
        }
    }
    Ok(Some(readings.into_iter().map(|reading| reading.end).collect()))
}

async fn open(docker: &Docker, wanted: &Logs, source: &Source) -> Result<Reading, DockerError> {
    let lines = Lines::new(docker.has_terminal(&source.id).await?);
    let since = wanted.since.map(seconds);
    let response = docker.send(get(&path(&source.id, since.as_deref(), wanted.tail, false))?).await?;
    let end = End { source: source.clone(), last: None };
    Ok(Reading { end, body: response.into_body(), lines, ready: Default::default(), has_ended: false })
}

impl Reading {
    /// Reads on until there is a line, or none any more.
    async fn look_ahead(&mut self) -> Result<(), DockerError> {
        while self.ready.is_empty() && !self.has_ended {
            match self.body.frame().await {
                Some(Ok(frame)) => {
                    let bytes = frame.into_data().unwrap_or_default();
                    self.ready.extend(self.lines.take(&bytes));
                }
                Some(Err(err)) => return Err(bollard::errors::Error::HyperResponseError { err }.into()),
                None => {
                    self.ready.extend(self.lines.rest());
                    self.has_ended = true;
                }
            }
        }
        Ok(())
    }

    fn next(&self) -> Option<&str> {
        self.ready.front().map(|line| line.time.as_str())
    }
}

/// A line with whose it is.
pub(super) fn told(source: &Source, line: Line) -> LogLine {
    LogLine {
        service: source.service.clone(),
        container: source.container.clone(),
        time: line.time,
        channel: line.channel,
        text: line.text,
    }
}
