//! A command in a container that runs.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::pin::pin;
use std::time::Duration;

use hyper::Method;
use serde::Deserialize;
use serde_json::json;

use super::attach::Streams;
use super::engine::{Docker, collected, request};
use super::error::DockerError;

/// How often the engine is asked for the exit status of a command whose output has ended, at intervals of 20 ms.
const ASKED: usize = 250;

/// The variable by which the processes of a command are found again.
const MARK: &str = "XTASK_EXEC";

/// How long a command may take to end after a signal.
const GRACE: Duration = Duration::from_millis(1200);

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
    /// Runs a command in a container, connected with these streams, and gives its exit status. When `interrupt` ends, the command is
    /// ended, too; `None` where it cannot be and runs on.
    ///
    /// # Errors
    /// The container does not run, or the connection breaks. A command that is not there ends with 126 or 127.
    pub async fn exec(
        &self,
        container: &str,
        exec: &Exec,
        streams: Streams<'_>,
        interrupt: impl Future<Output = ()>,
    ) -> Result<Option<i32>, DockerError> {
        let mark = format!("{MARK}={:016x}", RandomState::new().build_hasher().finish());
        let mut marked = exec.clone();
        // A terminal passes the key on; without one the command must be found among the processes of the container.
        marked.environment.extend((!exec.has_terminal).then(|| mark.clone()));
        let id = self.create_exec(container, &marked, streams.input.is_some(), true).await?;
        let body = json!({ "Detach": false, "Tty": exec.has_terminal }).to_string();
        let connection = self.connect_streams(&format!("/exec/{id}/start"), body).await?;
        let resize = format!("/exec/{id}/resize");
        let mut passing = pin!(self.pass_on(connection, exec.has_terminal, &resize, streams));
        tokio::select! {
            passed = &mut passing => {
                passed?;
                return self.exit_of_exec(&id).await.map(Some);
            }
            () = interrupt => {}
        }
        for signal in ["INT", "KILL"] {
            let told = self.signal_marked(container, exec, &mark, signal).await;
            if told.is_ok() && tokio::time::timeout(GRACE, &mut passing).await.is_ok() {
                return self.exit_of_exec(&id).await.map(Some);
            }
        }
        Ok(None)
    }

    /// Sends a signal to the processes of a container that have this variable. The engine has no call for it, and tells ids of
    /// processes as its machine counts them, not as the container does.
    async fn signal_marked(&self, container: &str, exec: &Exec, mark: &str, signal: &str) -> Result<(), DockerError> {
        let script = "for it in /proc/[0-9]*; do grep -q \"$1\" $it/environ && kill -s \"$2\" ${it#/proc/}; done";
        let words = ["sh", "-c", script, "sh", mark, signal];
        let command = words.map(str::to_owned).to_vec();
        let exec = Exec { command, user: exec.user.clone(), privileged: exec.privileged, ..Exec::default() };
        self.exec_detached(container, &exec).await
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
