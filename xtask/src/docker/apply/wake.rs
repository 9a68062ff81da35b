//! News of the engine, as a reason to look again.

use http_body_util::BodyExt as _;
use hyper::Method;
use hyper::body::Bytes;
use tokio::sync::watch;

use super::super::engine::{Docker, request};
use super::super::observe::filters;
use crate::lifecycle::labels;

/// What may change what is waited for. Probes are told of when their outcome changes.
const NEWS: [&str; 8] = ["start", "die", "health_status", "oom", "destroy", "pause", "unpause", "stop"];

/// Follows the events of a project until it is dropped. What they say is not read: whoever is woken asks the engine how things
/// are, so no event can be misunderstood, and a lost one costs a moment.
pub(super) struct Wake {
    news: watch::Receiver<Stream>,
    reader: tokio::task::JoinHandle<()>,
}

/// How the stream is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    /// So many pieces of news have come.
    News(u64),
    /// It has ended; there will be no news.
    Ended,
}

impl Wake {
    /// Subscribes; nothing that happens from now on is missed.
    pub(super) async fn subscribe(docker: &Docker, project: &str) -> Self {
        let label = format!("{}={project}", labels::PROJECT);
        let mut wanted = vec![("type", "container"), ("label", label.as_str())];
        wanted.extend(NEWS.iter().map(|name| ("event", *name)));
        let path = format!("/events?filters={}", filters(&wanted));
        let (sender, news) = watch::channel(Stream::News(0));
        // Without events there is still looking again and again.
        let opened = match request(Method::GET, &path, Bytes::new()) {
            Ok(request) => docker.send(request).await.ok(),
            Err(_) => None,
        };
        let reader = tokio::spawn(async move {
            let Some(response) = opened else {
                let _ = sender.send(Stream::Ended);
                return;
            };
            let mut body = response.into_body();
            let mut count = 0;
            while let Some(Ok(_)) = body.frame().await {
                count += 1;
                if sender.send(Stream::News(count)).is_err() {
                    return;
                }
            }
            let _ = sender.send(Stream::Ended);
        });
        Self { news, reader }
    }

    /// Somebody to wait for news with.
    pub(super) fn listen(&self) -> watch::Receiver<Stream> {
        self.news.clone()
    }
}

impl Drop for Wake {
    fn drop(&mut self) {
        self.reader.abort();
    }
}
