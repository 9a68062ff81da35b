//! Commands that a service has run in its container, after that has started and before it is stopped.

use super::super::attach::Streams;
use super::super::error::DockerError;
use super::super::exec::Exec;
use super::super::explain::{FailedHook, ServiceError};
use super::run::Run;
use crate::event::{Channel, Deed, Part};
use crate::stack::hook::Hook;

/// How many of the last bytes that a command prints are kept, for its failure.
const KEPT: usize = 16 * 1024;

/// When a hook is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// Its container has started.
    PostStart,
    /// Its container is about to be stopped.
    PreStop,
}

impl Moment {
    /// As the file names it.
    fn key(self) -> &'static str {
        match self {
            Self::PostStart => "post_start",
            Self::PreStop => "pre_stop",
        }
    }
}

impl Run<'_> {
    /// Runs the hooks of a service in one of its containers, one after the other; none after one that fails. What does not run any
    /// more has nothing to be told before it is stopped.
    pub(super) async fn hooks(&self, service: &str, id: &str, part: &Part, moment: Moment) -> Result<(), ServiceError> {
        let hooks = self.stack().and_then(|stack| stack.service(service)).map(|service| match moment {
            Moment::PostStart => &service.post_start,
            Moment::PreStop => &service.pre_stop,
        });
        for hook in hooks.into_iter().flatten() {
            self.tell(part.clone(), Deed::Begun(moment.key()));
            match self.hook(service, id, hook, moment).await {
                Err(HookError::Gone) if moment == Moment::PreStop => return Ok(()),
                Err(HookError::Gone) => {
                    let source = DockerError::NotRunning { container: service.to_owned(), message: String::new() };
                    let name = format!("post_start in {service}");
                    return Err(ServiceError::Engine { what: "run", name, source: Box::new(source) });
                }
                Err(HookError::Failed(error)) => return Err(error),
                Ok(()) => {}
            }
        }
        Ok(())
    }

    async fn hook(&self, service: &str, id: &str, hook: &Hook, moment: Moment) -> Result<(), HookError> {
        let exec = Exec {
            command: hook.command.clone().unwrap_or_default(),
            environment: hook.assignments(),
            user: hook.user.clone(),
            working_dir: hook.working_dir.clone(),
            privileged: hook.privileged,
            has_terminal: false,
        };
        let mut printed = Vec::new();
        let mut output = |_: Channel, bytes: &[u8]| {
            printed.extend_from_slice(bytes);
            printed.drain(..printed.len().saturating_sub(KEPT));
        };
        let streams = Streams { input: None, output: &mut output, size: &|| None };
        let mut halt = self.halt.subscribe();
        let interrupted = async {
            // The sender lives as long as the run.
            let _ = halt.wait_for(|halted| *halted).await;
        };
        let code = match self.docker.exec(id, &exec, streams, interrupted).await {
            Ok(code) => code,
            Err(DockerError::NotRunning { .. } | DockerError::Refused { status: 404, .. }) => {
                return Err(HookError::Gone);
            }
            Err(source) => {
                let name = format!("{} in {service}", moment.key());
                return Err(HookError::Failed(ServiceError::Engine { what: "run", name, source: Box::new(source) }));
            }
        };
        // What Ctrl-C has ended is no failure of its own.
        if code == Some(0) || *self.halt.borrow() {
            return Ok(());
        }
        let failed = FailedHook {
            moment: moment.key(),
            command: exec.command,
            code: code.unwrap_or(1),
            output: String::from_utf8_lossy(&printed).trim_end().to_owned(),
            place: hook.place.clone(),
        };
        Err(HookError::Failed(ServiceError::Hook { service: service.to_owned(), hook: Box::new(failed) }))
    }
}

/// Why a hook was not run to its end.
enum HookError {
    /// Its container does not run.
    Gone,
    /// It failed.
    Failed(ServiceError),
}
