//! The connection to an engine: found out who answers, agreed upon a version, and then asked.

use std::time::Duration;

use bollard::{API_DEFAULT_VERSION, ClientVersion, body_full};
use futures_util::TryFutureExt as _;
use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};
use hyper::{HeaderMap, Method, Request, Response};
use serde::de::DeserializeOwned;

use super::endpoint::{Endpoint, Machine};
use super::error::DockerError;
use super::proxies::{self, Proxies};
use super::transport::{SendError, Transport};
use super::unanswered::Unanswered;

/// The oldest API that is spoken here: that of engine 20.10.
pub(super) const OLDEST_API: ClientVersion = ClientVersion { major_version: 1, minor_version: 41 };

/// How long an engine may take to say that it is there.
const AT_MOST: Duration = Duration::from_secs(10);

/// A Docker engine that has answered.
#[derive(Clone)]
pub struct Docker {
    endpoint: Endpoint,
    engine: Engine,
    proxies: Proxies,
    transport: Transport,
    api: bollard::Docker,
}

/// What an engine says of itself with its first answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Engine {
    /// Its name and version: `Docker/26.1.5`.
    pub product: String,
    /// The newest version of the API that it speaks.
    pub newest_api: String,
    /// The version that is spoken with it.
    pub api: String,
    /// The system of its containers: `linux` or `windows`.
    pub os: String,
    /// Whether it builds with BuildKit unless told otherwise.
    pub prefers_buildkit: bool,
    /// Whether it is Podman behind Docker's API.
    pub is_podman: bool,
}

/// What an engine tells of itself and its machine; what it leaves out is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct EngineInfo {
    /// The name of its machine.
    pub name: String,
    /// Its version.
    pub server_version: String,
    /// The operating system of its machine in words: "Debian GNU/Linux 12 (bookworm)", "Docker Desktop".
    pub operating_system: String,
    /// The processor's architecture as the kernel names it: `x86_64`, `aarch64`.
    pub architecture: String,
    /// Where it keeps images and volumes.
    pub docker_root_dir: String,
    /// What keeps its layers: `overlay2` and the like.
    pub driver: String,
    /// What limits it: `name=rootless` and the like.
    pub security_options: Vec<String>,
}

/// An image that an engine has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalImage {
    /// Its id, with the algorithm: `sha256:…`.
    pub id: String,
    /// The system it is made for.
    pub os: String,
    /// The processor it is made for: `amd64`, `arm64`.
    pub architecture: String,
    /// What registries call it: `postgres@sha256:…`; none for one that was built or loaded here.
    pub digests: Vec<String>,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last given a name here, by a build or by hand, and with some stores by a pull.
    pub tagged_at: Option<jiff::Timestamp>,
}

impl Docker {
    /// Opens a connection, and agrees upon a version of the API.
    ///
    /// # Errors
    /// Nobody answers there, what answers is no engine, or it is older than API 1.41.
    pub async fn connect(endpoint: &Endpoint) -> Result<Self, DockerError> {
        let unanswered = |why| DockerError::Unanswered { endpoint: Box::new(endpoint.clone()), why };
        let transport = Transport::new(endpoint.clone());
        let answer = tokio::time::timeout(AT_MOST, transport.send(get("/_ping")?))
            .await
            .map_err(|_| unanswered(Unanswered::TimedOut(AT_MOST)))?
            .map_err(|error| unanswered(why(error, endpoint)))?;
        let Some(engine) = Engine::introduced(answer.headers()) else {
            return Err(unanswered(stranger(answer).await));
        };
        let Some(version) = agreed(&engine.newest_api) else {
            return Err(DockerError::TooOld { endpoint: Box::new(endpoint.clone()), engine: Box::new(engine) });
        };
        transport.speak(&version.to_string());
        let api = transport.bollard(&version)?;
        // The rest of the answer is read so that the connection can be used again.
        let _ = answer.into_body().collect().await;
        let proxies = proxies::of(&Machine::this(), &endpoint.address);
        Ok(Self {
            proxies,
            endpoint: endpoint.clone(),
            engine: Engine { api: version.to_string(), ..engine },
            transport,
            api,
        })
    }

    /// The proxies that what runs on this engine is to use.
    pub(super) fn proxies(&self) -> &Proxies {
        &self.proxies
    }

    /// Where the engine is.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// What it said of itself.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What the engine tells of itself and its machine at length.
    ///
    /// # Errors
    /// The engine does not answer.
    pub async fn info(&self) -> Result<EngineInfo, DockerError> {
        self.get("/info").await
    }

    /// The image of this name that the engine has; `None` where it has none.
    ///
    /// # Errors
    /// The engine does not answer, or finds the name invalid.
    pub async fn image(&self, reference: &str) -> Result<Option<LocalImage>, DockerError> {
        match self.api().inspect_image(reference).await {
            Ok(found) => Ok(Some(LocalImage {
                id: found.id.unwrap_or_default(),
                os: found.os.unwrap_or_default(),
                architecture: found.architecture.unwrap_or_default(),
                digests: found.repo_digests.unwrap_or_default(),
                size: found.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
                tagged_at: found.metadata.and_then(|it| it.last_tag_time).and_then(|time| time.parse().ok()),
            })),
            Err(bollard::errors::Error::DockerResponseServerError { status_code: 404, .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The Engine API, typed.
    pub(super) fn api(&self) -> &bollard::Docker {
        &self.api
    }

    /// Asks for a value that bollard's types cannot hold, such as a state that only Podman has. `path` begins with a
    /// slash and has its query.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, DockerError> {
        let bytes = collected(self.send(get(path)?).await?).await?;
        serde_json::from_slice(&bytes)
            .map_err(|error| DockerError::Lost { cause: format!("what it answers to {path} cannot be read: {error}") })
    }

    /// Sends a request as it is; an answer that tells a failure is an error.
    pub(super) async fn send(&self, request: bollard::BollardRequest) -> Result<Response<Incoming>, DockerError> {
        let response = self.transport.send(request).map_err(bollard::errors::Error::from).await?;
        let status = response.status();
        if status.is_success() || status.is_informational() || status.as_u16() == 304 {
            return Ok(response);
        }
        let bytes = collected(response).await?;
        let told = serde_json::from_slice::<serde_json::Value>(&bytes).ok();
        let told = told.as_ref().and_then(|value| value["message"].as_str()).map(str::to_owned);
        let message = told.unwrap_or_else(|| String::from_utf8_lossy(&bytes).trim().to_owned());
        Err(DockerError::Refused { status: status.as_u16(), message })
    }
}

impl std::fmt::Debug for Docker {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Docker").field("endpoint", &self.endpoint).field("engine", &self.engine).finish()
    }
}

impl Engine {
    /// Reads the heads of the answer to a ping; `None` where no engine wrote them.
    fn introduced(headers: &HeaderMap) -> Option<Self> {
        let head = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let newest_api = head("Api-Version")?;
        let server = head("Server").unwrap_or_default();
        Some(Self {
            product: match server.split(" (").next().filter(|name| !name.is_empty()) {
                // The name of a library in it.
                Some(name) => name.replacen("Libpod/", "Podman/", 1),
                None => "an engine".to_owned(),
            },
            api: newest_api.clone(),
            newest_api,
            os: head("Ostype").unwrap_or_else(|| "linux".to_owned()),
            prefers_buildkit: head("Builder-Version").as_deref() == Some("2"),
            is_podman: head("Libpod-Api-Version").is_some() || server.starts_with("Libpod"),
        })
    }
}

fn why(error: SendError, endpoint: &Endpoint) -> Unanswered {
    match (Unanswered::from_error(&error), error) {
        (Some(why), _) => why,
        (None, SendError::Connect(error)) => Unanswered::Connect(error),
        (None, error) if endpoint.tls.is_some() => Unanswered::Tls(root_cause(&error)),
        (None, error) => Unanswered::NotAnEngine(root_cause(&error)),
    }
}

/// The innermost cause: what wraps it says no more than "connection error".
fn root_cause(error: &dyn std::error::Error) -> String {
    let last = std::iter::successors(Some(error), |error| error.source()).last();
    last.map(ToString::to_string).unwrap_or_default()
}

/// Something that speaks HTTP, and is no engine.
async fn stranger(answer: Response<Incoming>) -> Unanswered {
    let status = answer.status();
    let body = collected(answer).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&body);
    match text.lines().next().map(str::trim).filter(|line| !line.is_empty() && line.len() < 200) {
        Some(line) => Unanswered::NotAnEngine(format!("it answers {status}: {line}")),
        None => Unanswered::NotAnEngine(format!("it answers {status}")),
    }
}

/// The version that both sides speak; `None` where the engine's is too old, or no version at all.
fn agreed(newest: &str) -> Option<ClientVersion> {
    let (major, minor) = newest.split_once('.')?;
    let newest = ClientVersion { major_version: major.parse().ok()?, minor_version: minor.parse().ok()? };
    let version = if newest < *API_DEFAULT_VERSION { newest } else { *API_DEFAULT_VERSION };
    (version >= OLDEST_API).then_some(version)
}

/// A request for what is there.
pub(super) fn get(path: &str) -> Result<bollard::BollardRequest, DockerError> {
    request(Method::GET, path, Bytes::new())
}

/// A request with a body that is at hand.
pub(super) fn request(method: Method, path: &str, body: Bytes) -> Result<bollard::BollardRequest, DockerError> {
    let request = Request::builder().method(method).uri(path).header("Content-Type", "application/json");
    request.body(body_full(body)).map_err(|error| DockerError::Lost { cause: error.to_string() })
}

/// The query of a path, with `?`; values may hold anything.
pub(super) fn query<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let encoded =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let pairs: Vec<_> =
        parameters.into_iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

/// The whole body of an answer.
pub(super) async fn collected(response: Response<Incoming>) -> Result<Bytes, DockerError> {
    let body = response.into_body().collect().await;
    Ok(body.map_err(|err| bollard::errors::Error::HyperResponseError { err })?.to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_of_both_versions_is_spoken() {
        let cases = [("1.41", Some("1.41")), ("1.45", Some("1.45")), ("1.99", Some("1.53")), ("2.0", Some("1.53"))];
        for (newest, expected) in cases {
            assert_eq!(agreed(newest).map(|version| version.to_string()).as_deref(), expected, "{newest}");
        }
        for newest in ["1.40", "1.9", "0.50", "", "new", "1.x"] {
            assert_eq!(agreed(newest), None, "{newest}");
        }
    }

    #[test]
    fn an_engine_introduces_itself_in_its_heads() {
        let mut headers = HeaderMap::new();
        assert_eq!(Engine::introduced(&headers), None);
        for (name, value) in [
            ("api-version", "1.45"),
            ("server", "Docker/26.1.5 (linux)"),
            ("ostype", "linux"),
            ("builder-version", "2"),
        ] {
            headers.insert(name, value.parse().expect("a value"));
        }
        let engine = Engine::introduced(&headers).expect("an engine");
        assert_eq!((engine.product.as_str(), engine.newest_api.as_str()), ("Docker/26.1.5", "1.45"));
        assert!(engine.prefers_buildkit && !engine.is_podman);
        // As Podman 5.8.6 answers.
        headers.insert("server", "Libpod/5.8.6 (linux)".parse().expect("a value"));
        headers.insert("libpod-api-version", "5.8.6".parse().expect("a value"));
        headers.insert("builder-version", "1".parse().expect("a value"));
        let engine = Engine::introduced(&headers).expect("an engine");
        assert!(engine.product == "Podman/5.8.6" && !engine.prefers_buildkit && engine.is_podman);
    }

    #[test]
    fn anything_may_stand_in_a_query() {
        assert_eq!(
            query([("filters", r#"{"a":["b=c"]}"#), ("all", "1")]),
            "?filters=%7B%22a%22%3A%5B%22b%3Dc%22%5D%7D&all=1"
        );
        assert_eq!(query([]), "");
    }
}
