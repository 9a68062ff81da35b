//! A container of its own for one command.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::pin::pin;
use std::time::Duration;

use hyper::Method;
use hyper::body::Bytes;
use serde::Deserialize;

use super::attach::Streams;
use super::engine::{Docker, collected, query, request};
use super::error::DockerError;

/// How long a command may take to end after a signal.
const GRACE: Duration = Duration::from_millis(1200);

/// How a container ended.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Ended {
    status_code: i64,
}

/// The name of a one-off container, as compose makes them: `PROJECT-SERVICE-run-` and twelve digits that nobody else has.
pub fn one_off_name(project: &str, service: &str) -> String {
    let random = RandomState::new().build_hasher().finish();
    format!("{project}-{service}-run-{:012x}", random >> 16)
}

impl Docker {
    /// Starts a container that was created, connected with these streams from its first byte on, and gives its exit status when
    /// it has ended. `has_terminal` is what it was created with. It must not remove itself: its status would go with it. When
    /// `interrupt` ends, it is told so as by Ctrl-C, and killed if that does not end it.
    ///
    /// # Errors
    /// It cannot be started, or the connection breaks.
    pub async fn run(
        &self,
        container: &str,
        has_terminal: bool,
        streams: Streams<'_>,
        interrupt: impl Future<Output = ()>,
    ) -> Result<i32, DockerError> {
        let mut parameters = vec![("stream", "1"), ("stdout", "1"), ("stderr", "1")];
        parameters.extend(streams.input.is_some().then_some(("stdin", "1")));
        let path = format!("/containers/{container}/attach{}", query(parameters));
        let connection = self.connect_streams(&path, String::new()).await?;
        self.post(&format!("/containers/{container}/start"), None).await?;
        let resize = format!("/containers/{container}/resize");
        let mut passing = pin!(self.pass_on(connection, has_terminal, &resize, streams));
        tokio::select! {
            passed = &mut passing => {
                passed?;
                return self.end_of(container).await;
            }
            () = interrupt => {}
        }
        for signal in ["SIGINT", "SIGKILL"] {
            // It may just have ended.
            let _ = self.kill(container, signal).await;
            if tokio::time::timeout(GRACE, &mut passing).await.is_ok() {
                break;
            }
        }
        self.end_of(container).await
    }

    /// Sends a signal to the process of a container: `SIGINT`.
    ///
    /// # Errors
    /// It does not run any more.
    pub async fn kill(&self, container: &str, signal: &str) -> Result<(), DockerError> {
        self.post(&format!("/containers/{container}/kill{}", query([("signal", signal)])), None).await.map(drop)
    }

    /// The exit status, now or when it has ended.
    async fn end_of(&self, container: &str) -> Result<i32, DockerError> {
        let path = format!("/containers/{container}/wait?condition=not-running");
        let response = self.send(request(Method::POST, &path, Bytes::new())?).await?;
        let ended: Result<Ended, _> = serde_json::from_slice(&collected(response).await?);
        let ended = ended.map_err(|error| DockerError::Lost { cause: error.to_string() })?;
        Ok(i32::try_from(ended.status_code).unwrap_or(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_off_containers_are_named_as_compose_names_them() {
        let (name, other) = (one_off_name("shop", "db"), one_off_name("shop", "db"));
        let digits = name.strip_prefix("shop-db-run-").expect("the prefix");
        assert!(digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
        assert_ne!(name, other);
    }
}
