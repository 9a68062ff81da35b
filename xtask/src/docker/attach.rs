//! The standard streams of a process in a container, connected with ours.

use std::future::pending;
use std::time::Duration;

use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};

use super::engine::{Docker, query};
use super::error::DockerError;
use super::multiplexed::Multiplexed;
use crate::event::Channel;

/// How many bytes are read at once.
const PIECE: usize = 16 * 1024;

/// Columns and rows.
pub type Size = (u16, u16);

/// Our side of the streams.
pub struct Streams<'a> {
    /// What the process reads; `None` where it reads nothing.
    pub input: Option<Box<dyn AsyncRead + Send + Unpin>>,
    /// Takes what it writes. A terminal has only one output.
    pub output: &'a mut (dyn FnMut(Channel, &[u8]) + Send),
    /// The size of our terminal, asked for again whenever it changes; `None` where there is none.
    pub size: &'a (dyn Fn() -> Option<Size> + Sync),
}

/// What this process reads, for [`Streams::input`].
pub fn standard_input() -> Box<dyn AsyncRead + Send + Unpin> {
    Box::new(tokio::io::stdin())
}

/// A connection that has become a stream in both directions.
pub(super) type Connection = TokioIo<hyper::upgrade::Upgraded>;

impl Docker {
    /// Sends a request after which the connection belongs to the streams of a process.
    pub(super) async fn connect_streams(&self, path: &str, body: String) -> Result<Connection, DockerError> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("Content-Type", "application/json")
            .header("Connection", "Upgrade")
            .header("Upgrade", "tcp")
            .body(bollard::body_full(body.into()))
            .map_err(|error| DockerError::Lost { cause: error.to_string() })?;
        let response = self.send(request).await?;
        let upgraded = hyper::upgrade::on(response).await;
        Ok(TokioIo::new(upgraded.map_err(|err| bollard::errors::Error::HyperResponseError { err })?))
    }

    /// Passes everything on until the process has closed its output. `resize` is the path by which its terminal is told its size.
    pub(super) async fn pass_on(
        &self,
        connection: Connection,
        has_terminal: bool,
        resize: &str,
        streams: Streams<'_>,
    ) -> Result<(), DockerError> {
        let (reading, writing) = tokio::io::split(connection);
        let Streams { input, output, size } = streams;
        tokio::select! {
            passed = receive(reading, has_terminal, output) => passed,
            () = send(writing, has_terminal, input) => Ok(()),
            () = self.tell_sizes(has_terminal, resize, size) => Ok(()),
        }
    }

    /// Tells the size at the begin and at each change. It never ends.
    async fn tell_sizes(&self, has_terminal: bool, path: &str, size: &(dyn Fn() -> Option<Size> + Sync)) {
        if !has_terminal {
            return pending().await;
        }
        let mut told = None;
        let mut changes = Changes::new();
        loop {
            let now = size();
            if let Some((columns, rows)) = now.filter(|_| now != told) {
                let parameters = query([("h", rows.to_string().as_str()), ("w", columns.to_string().as_str())]);
                let request = super::engine::request(Method::POST, &format!("{path}{parameters}"), Default::default());
                // The process may not have started yet, or have ended: then the next change tells it.
                let Ok(request) = request else { return pending().await };
                if self.send(request).await.is_err() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                }
                told = now;
            }
            changes.next().await;
        }
    }
}

async fn receive(
    mut reading: ReadHalf<Connection>,
    has_terminal: bool,
    output: &mut (dyn FnMut(Channel, &[u8]) + Send),
) -> Result<(), DockerError> {
    let mut bytes = vec![0; PIECE];
    let mut pieces = Multiplexed::default();
    loop {
        let count = reading.read(&mut bytes).await.map_err(|error| DockerError::Lost { cause: error.to_string() })?;
        match (count, has_terminal) {
            (0, _) => return Ok(()),
            (count, true) => output(Channel::Output, &bytes[..count]),
            (count, false) => {
                for (channel, piece) in pieces.take(&bytes[..count]) {
                    output(channel, &piece);
                }
            }
        }
    }
}

/// Passes the input on. When it ends, so does that of the process, whose output may still go on: so this never ends.
///
/// A terminal has no end of its input but a key (Ctrl-D); an engine whose side of it is closed closes the output as well.
async fn send(
    mut writing: WriteHalf<Connection>,
    has_terminal: bool,
    input: Option<Box<dyn AsyncRead + Send + Unpin>>,
) {
    if let Some(mut input) = input {
        // A process that does not read any more is no failure of ours.
        let _ = tokio::io::copy(&mut input, &mut writing).await;
        if !has_terminal {
            let _ = writing.shutdown().await;
        }
    }
    pending().await
}

/// Changes of the size of our terminal.
#[cfg(unix)]
struct Changes(Option<tokio::signal::unix::Signal>);

#[cfg(unix)]
impl Changes {
    fn new() -> Self {
        Self(tokio::signal::unix::signal(tokio::signal::unix::SignalKind::window_change()).ok())
    }

    async fn next(&mut self) {
        match &mut self.0 {
            Some(signal) => drop(signal.recv().await),
            None => pending().await,
        }
    }
}

/// Where no signal tells of a change, it is looked for.
#[cfg(not(unix))]
struct Changes;

#[cfg(not(unix))]
impl Changes {
    fn new() -> Self {
        Self
    }

    async fn next(&mut self) {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
