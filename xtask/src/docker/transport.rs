//! HTTP over such streams: what bollard and our own raw requests are sent through.
//!
//! bollard brings transports of its own, but none for ssh without another library, none for TLS without a client
//! certificate, none that keeps the version of the API in the path (see `Docker::build_request`, whose `join` loses it),
//! and none that tells why a connection failed. With this one it needs none of its features.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bollard::{BollardRequest, ClientVersion};
use http_body_util::{Either, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{HOST, HeaderValue};
use hyper::http::uri::PathAndQuery;
use hyper::{Response, Uri};
use hyper_util::rt::TokioIo;

use super::endpoint::Endpoint;
use super::stream;

/// bollard counts the time until an answer begins, which for stopping or building may be long; Ctrl-C is the limit.
const NO_LIMIT: u64 = 24 * 60 * 60;

/// What bollard sends as a body.
pub(super) type Body =
    Either<Full<Bytes>, StreamBody<Pin<Box<dyn futures_util::Stream<Item = Result<Frame<Bytes>, io::Error>> + Send>>>>;

/// Why no answer came.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    /// No connection came about.
    #[error("no connection: {0}")]
    Connect(#[source] io::Error),
    /// The connection broke, or what came was not HTTP.
    #[error(transparent)]
    Http(#[from] hyper::Error),
    /// The request cannot be written down.
    #[error("not a valid request: {0}")]
    Request(#[from] hyper::http::Error),
}

impl From<SendError> for bollard::errors::Error {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Connect(err) => Self::IOError { err },
            SendError::Http(err) => Self::HyperResponseError { err },
            SendError::Request(err) => Self::HttpClientError { err },
        }
    }
}

/// Connections to one engine. A connection whose answer was read to the end serves the next request.
#[derive(Clone)]
pub(super) struct Transport(Arc<Shared>);

struct Shared {
    endpoint: Endpoint,
    /// The version of the API that both sides know, as the first part of each path: `/v1.41`.
    version: OnceLock<String>,
    idle: Mutex<Vec<SendRequest<Body>>>,
}

impl Transport {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Self(Arc::new(Shared { endpoint, version: OnceLock::new(), idle: Mutex::default() }))
    }

    /// From now on requests speak this version of the API.
    pub(super) fn speak(&self, version: &str) {
        // Only the first one counts: a version is agreed upon once.
        let _ = self.0.version.set(format!("/v{version}"));
    }

    /// Sends a request and waits for the head of its answer.
    pub(super) async fn send(&self, mut request: BollardRequest) -> Result<Response<Incoming>, SendError> {
        *request.uri_mut() = self.path_of(request.uri())?;
        // A host is demanded by HTTP, and of no meaning here.
        request.headers_mut().insert(HOST, HeaderValue::from_static("docker"));
        while let Some(mut sender) = self.take_idle() {
            // The engine may have closed it meanwhile; then the request comes back and is sent anew.
            match sender.try_send_request(request).await {
                Ok(response) => return Ok(self.answered(sender, response)),
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(error.into_error().into()),
                },
            }
        }
        let mut sender = self.open().await?;
        let response = sender.send_request(request).await?;
        Ok(self.answered(sender, response))
    }

    /// The path of a request with the version in front, and without the address that bollard writes before it.
    fn path_of(&self, uri: &Uri) -> Result<Uri, hyper::http::Error> {
        let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
        let version = self.0.version.get().map(String::as_str).unwrap_or_default();
        Ok(Uri::try_from(format!("{version}{path}"))?)
    }

    /// bollard over these connections.
    pub(super) fn bollard(&self, version: &ClientVersion) -> Result<bollard::Docker, bollard::errors::Error> {
        let transport = self.clone();
        let send = move |request: BollardRequest| {
            let transport = transport.clone();
            async move { Ok(transport.send(request).await?) }
        };
        bollard::Docker::connect_with_custom_transport(send, Some("http://docker"), NO_LIMIT, version)
    }

    async fn open(&self) -> Result<SendRequest<Body>, SendError> {
        let stream = stream::open(&self.0.endpoint).await.map_err(SendError::Connect)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection.with_upgrades());
        Ok(sender)
    }

    fn take_idle(&self) -> Option<SendRequest<Body>> {
        let mut idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(sender) = idle.pop() {
            if !sender.is_closed() {
                return Some(sender);
            }
        }
        None
    }

    /// The connection is put aside once the answer has been read; that of a stream that was dropped never is.
    fn answered(&self, mut sender: SendRequest<Body>, response: Response<Incoming>) -> Response<Incoming> {
        let shared = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            let is_free = sender.ready().await.is_ok();
            if let Some(shared) = shared.upgrade().filter(|_| is_free) {
                shared.idle.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
            }
        });
        response
    }
}
