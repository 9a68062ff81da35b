//! A command in a container of its own: what it depends on is started before, and it goes when it has ended.

use super::Context;
use super::images::ImageWish;
use super::in_docker::Wish;
use crate::diagnostic::Result;
use crate::docker::one_off_name;
use crate::stack::{Service, shellwords};

/// What is to be run, and how.
#[derive(Clone, Debug, Default)]
pub(crate) struct OneOff {
    /// The service.
    pub(crate) service: String,
    /// The command; the service's own where it is empty.
    pub(crate) command: Vec<String>,
    /// Another entry point, as words are written.
    pub(crate) entrypoint: Option<String>,
    /// `NAME=VALUE`, or a name whose value the shell has.
    pub(crate) environment: Vec<String>,
    /// Another user.
    pub(crate) user: Option<String>,
    /// Another folder.
    pub(crate) working_dir: Option<String>,
    /// Whether it gets our terminal.
    pub(crate) has_terminal: bool,
    /// Whether what the service depends on is started.
    pub(crate) with_dependencies: bool,
    /// Whether the container stays.
    pub(crate) keep: bool,
}

impl Context {
    /// Runs it to its end, and gives its exit status.
    pub(crate) async fn run_one_off(&self, wanted: &OneOff) -> Result<i32> {
        let services = self.services()?;
        let own = services.stack.require(&wanted.service)?;
        let needed: Vec<String> = own.depends_on.keys().cloned().collect();
        if wanted.with_dependencies && !needed.is_empty() {
            let wait = Some(self.config.services.wait_timeout);
            self.start_in_docker(&Wish { services: needed, wait, ..Wish::default() }).await?;
        }
        self.ensure_images(&services, &[own], ImageWish::default()).await?;
        let service = wanted.applied_to(own.clone());
        let name = one_off_name(&services.identity.name, &service.name);
        let docker = self.docker().await?;
        let id = {
            let listener = self.ui.listener();
            docker.create_one_off(services.project(), &service, &name, &listener).await?
        };
        let code = self
            .with_streams(wanted.has_terminal, async |streams, interrupt| {
                docker.run(&id, wanted.has_terminal, streams, interrupt).await
            })
            .await;
        if !wanted.keep {
            docker.remove_one_off(&id).await?;
        }
        code
    }
}

impl OneOff {
    /// The service as it is run: with what is asked for, without ports, which those that run may hold, and without a restart.
    fn applied_to(&self, mut service: Service) -> Service {
        if !self.command.is_empty() {
            service.command = Some(self.command.clone());
        }
        if let Some(entrypoint) = &self.entrypoint {
            // Words that cannot be split are one word.
            let words = shellwords::split(entrypoint).map(|words| words.words);
            service.entrypoint = Some(words.unwrap_or_else(|_| vec![entrypoint.clone()]));
        }
        for assignment in &self.environment {
            let (name, value) = match assignment.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (assignment.as_str(), std::env::var(assignment).ok()),
            };
            service.environment.insert(name.to_owned(), value);
        }
        service.user = self.user.clone().or(service.user);
        service.working_dir = self.working_dir.clone().or(service.working_dir);
        service.ports = Vec::new();
        service.container_name = None;
        service.restart = None;
        service.tty = self.has_terminal;
        service.stdin_open = true;
        service
    }
}
