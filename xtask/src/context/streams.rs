//! The streams of this process, given to a command in a container.

use std::pin::Pin;

use tokio::sync::Notify;

use super::Context;
use crate::diagnostic::{Code, Diagnostic, Exit, Result};
use crate::docker::{DockerError, Exec, Streams, standard_input};
use crate::event::Channel;
use crate::ui::{RawTerminal, terminal_size};

const INTERRUPTED: Code = Code::new("interrupted");
const NOT_RUNNING: Code = Code::new("service-not-running");

/// Ends when what was begun is to end.
pub(crate) type Interrupt<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

impl Context {
    /// Runs something with our standard streams, and with the terminal where it is to have it. It is told to end by Ctrl-C, and when
    /// nobody reads any more what it writes (`| head`).
    pub(crate) async fn with_streams<T>(
        &self,
        has_terminal: bool,
        run: impl AsyncFnOnce(Streams<'_>, Interrupt<'_>) -> Result<T, DockerError>,
    ) -> Result<T> {
        let (ui, closed) = (std::sync::Arc::clone(&self.ui), Notify::new());
        let mut output = |channel: Channel, bytes: &[u8]| {
            ui.bytes(channel, bytes);
            if ui.is_closed() {
                closed.notify_one();
            }
        };
        let interrupt = Box::pin(async {
            tokio::select! {
                () = self.interrupted() => {}
                () = closed.notified() => {}
            }
        });
        let size = || if has_terminal { terminal_size() } else { None };
        let streams = Streams { input: Some(standard_input()), output: &mut output, size: &size };
        let _terminal = has_terminal.then(RawTerminal::enter);
        Ok(run(streams, interrupt).await?)
    }

    /// Runs a command in a running container, with our streams, and gives its exit status.
    pub(crate) async fn exec_in(&self, service: &str, container: &str, exec: &Exec) -> Result<u8> {
        let docker = self.docker().await?;
        let came = self.with_streams(exec.has_terminal, async |streams, interrupt| {
            docker.exec(container, exec, streams, interrupt).await
        });
        match came.await? {
            Some(code) => Ok(u8::try_from(code).unwrap_or(1)),
            None => Err(Diagnostic::error(INTERRUPTED, Exit::Interrupted, "interrupted")
                .because(format!("the command may go on in the container of {service}: it cannot be ended from here"))
                .try_command("End it with everything else there", format!("cargo xtask restart {service}"))
                .into()),
        }
    }

    /// The id of a running container of a service.
    pub(crate) async fn running_container(&self, service: &str, index: u32) -> Result<String> {
        self.require_services(std::slice::from_ref(&service.to_owned()))?;
        let observed = self.observe_by_name().await?;
        let containers = observed.of_service(service);
        let found = containers.iter().find(|container| container.number() == index);
        if let Some(container) = found.filter(|container| container.is_alive()) {
            return Ok(container.id.clone());
        }
        let state = found.map_or("it has no such container", |container| container.state.as_str());
        Err(Diagnostic::error(NOT_RUNNING, Exit::Unhealthy, format!("the service {service} is not running"))
            .because(format!("container {index} of {service}: {state}"))
            .try_command("Start it", format!("cargo xtask start-services {service}"))
            .into())
    }
}
