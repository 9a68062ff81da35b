//! A command in a container that runs.

use std::time::Duration;

use hyper::Method;
use serde::Deserialize;
use serde_json::json;

use super::attach::Streams;
use super::engine::{Docker, collected, request};
use super::error::DockerError;

/// How often the engine is asked for the exit status of a command whose output has ended, at intervals of 20 ms.
const ASKED: usize = 250;

/// A command, as it is to be run.
#[derive(Clone, Debug, Default)]
pub struct Exec {
    /// The program and its arguments, which no shell touches.
    pub command: Vec<String>,
    /// `NAME=VALUE`, besides those of the container.
    pub environment: Vec<String>,
    /// Another user than the container's.
    pub user: Option<String>,
    /// Another folder than the container's.
    pub working_dir: Option<String>,
    /// With all rights over the engine's machine.
    pub privileged: bool,
    /// Whether it gets a terminal.
    pub has_terminal: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Created {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    running: bool,
    exit_code: Option<i64>,
}

impl Docker {
    /// Runs a command in a container, connected with these streams, and gives its exit status.
    ///
    /// # Errors
    /// The container does not run, or the connection breaks. A command that is not there ends with 126 or 127.
    pub async fn exec(&self, container: &str, exec: &Exec, streams: Streams<'_>) -> Result<i32, DockerError> {
        let id = self.create_exec(container, exec, streams.input.is_some(), true).await?;
        let body = json!({ "Detach": false, "Tty": exec.has_terminal }).to_string();
        let connection = self.connect_streams(&format!("/exec/{id}/start"), body).await?;
        self.pass_on(connection, exec.has_terminal, &format!("/exec/{id}/resize"), streams).await?;
        self.exit_of_exec(&id).await
    }

    /// Starts a command in a container and leaves it to itself.
    ///
    /// # Errors
    /// The container does not run, or the command is not there.
    pub async fn exec_detached(&self, container: &str, exec: &Exec) -> Result<(), DockerError> {
        let id = self.create_exec(container, exec, false, false).await?;
        let body = json!({ "Detach": true, "Tty": exec.has_terminal }).to_string();
        let response = self.send(request(Method::POST, &format!("/exec/{id}/start"), body.into())?).await?;
        collected(response).await.map(drop)
    }

    async fn create_exec(
        &self,
        container: &str,
        exec: &Exec,
        has_input: bool,
        has_output: bool,
    ) -> Result<String, DockerError> {
        let body = json!({
            "AttachStdin": has_input, "AttachStdout": has_output, "AttachStderr": has_output, "Tty": exec.has_terminal,
            "Cmd": exec.command, "Env": exec.environment, "Privileged": exec.privileged,
            "User": exec.user.as_deref().unwrap_or_default(), "WorkingDir": exec.working_dir.as_deref().unwrap_or_default(),
        });
        let path = format!("/containers/{container}/exec");
        let response = match self.send(request(Method::POST, &path, body.to_string().into())?).await {
            Err(DockerError::Refused { status: 409, message }) => {
                return Err(DockerError::NotRunning { container: container.to_owned(), message });
            }
            other => other?,
        };
        let created: Result<Created, _> = serde_json::from_slice(&collected(response).await?);
        created.map(|created| created.id).map_err(|error| DockerError::Lost { cause: error.to_string() })
    }

    /// The output may end shortly before the engine knows the status.
    async fn exit_of_exec(&self, id: &str) -> Result<i32, DockerError> {
        for _ in 0..ASKED {
            let state: State = self.get(&format!("/exec/{id}/json")).await?;
            if let Some(code) = state.exit_code.filter(|_| !state.running) {
                return Ok(i32::try_from(code).unwrap_or(1));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(DockerError::Lost { cause: "the command has closed its output, and does not end".to_owned() })
    }
}
