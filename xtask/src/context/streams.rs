//! The streams of this process, given to a command in a container.

use super::Context;
use crate::diagnostic::{Code, Diagnostic, Exit, Result};
use crate::docker::{DockerError, Streams, standard_input};
use crate::event::Channel;
use crate::ui::{RawTerminal, terminal_size};

const NOT_RUNNING: Code = Code::new("service-not-running");

impl Context {
    /// Runs something with our standard streams, and with the terminal where it is to have it.
    pub(crate) async fn with_streams(
        &self,
        has_terminal: bool,
        run: impl AsyncFnOnce(Streams<'_>) -> Result<i32, DockerError>,
    ) -> Result<i32> {
        let ui = std::sync::Arc::clone(&self.ui);
        let mut output = move |channel: Channel, bytes: &[u8]| ui.bytes(channel, bytes);
        let size = || if has_terminal { terminal_size() } else { None };
        let streams = Streams { input: Some(standard_input()), output: &mut output, size: &size };
        let _terminal = has_terminal.then(RawTerminal::enter);
        Ok(run(streams).await?)
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
