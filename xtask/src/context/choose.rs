//! The choice of what runs the services, where nobody has made it: Docker where it can run the database, else this machine.

use super::backend::{Choice, ChosenBy};
use super::{Context, bytes};
use crate::config::Backend;
use crate::diagnostic::{Report, Result};
use crate::server::{State as ServerState, StopMode};

impl Context {
    /// What runs the services from now on: what is chosen, after a question where that is a change, or the first choice of this
    /// machine. It is remembered.
    pub(crate) async fn settle_backend(&self) -> Result<Backend> {
        let choice = match self.chosen_backend()? {
            Some(choice) => {
                if let Some(from) = self.confirm_change_of_backend(choice).await? {
                    self.leave_backend(from).await?;
                }
                choice
            }
            None => self.choose_backend().await?,
        };
        self.remember_backend(choice)?;
        Ok(choice.backend)
    }

    /// What runs the services now, for commands that start nothing: what is chosen, or an engine that has containers of this
    /// project, as `docker compose` makes them.
    pub(crate) async fn backend_in_use(&self) -> Result<Backend> {
        if let Some(choice) = self.chosen_backend()? {
            return Ok(choice.backend);
        }
        let observed = self.observe_by_name().await;
        let has_containers = observed.is_ok_and(|observed| !observed.containers.is_empty());
        Ok(if has_containers { Backend::Docker } else { Backend::Local })
    }

    async fn choose_backend(&self) -> Result<Choice> {
        let (backend, why) = match self.why_docker().await {
            Ok(why) => (Backend::Docker, why),
            // Without a database there is nothing that could run here instead.
            Err(report) if !self.has_database() => return Err(report),
            Err(report) => (Backend::Local, title(&report)),
        };
        self.ui.action("Backend", format!("{backend}: {why}"));
        Ok(Choice { backend, by: ChosenBy::Machine })
    }

    /// Why Docker can run the database, or why it cannot.
    async fn why_docker(&self) -> Result<String> {
        let docker = self.docker().await?;
        let services = self.services()?;
        let engine = format!("{} at {}", docker.engine().product, docker.endpoint().address);
        if !self.has_database() {
            return Ok(engine);
        }
        let (_, database) = self.database_service()?;
        let service = services.compose.stack.require(&database.service)?;
        let image = services.project().image(service);
        if docker.image(&image).await?.is_some() {
            return Ok(format!("{engine} has the image {image}"));
        }
        if service.build.is_some() {
            return Ok(format!("{engine} builds the image of {}", service.name));
        }
        self.pull_images(&docker, &services, &[service]).await?;
        Ok(format!("{engine} has got the image {image}"))
    }

    /// Stops what runs on a backend that is not used any more: both would want the same ports. Its data stay.
    async fn leave_backend(&self, backend: Backend) -> Result<()> {
        match backend {
            Backend::Local => {
                let server = self.local_server_lenient();
                if matches!(server.state()?, ServerState::Absent) {
                    return Ok(());
                }
                self.in_background(&server, |server, listener| server.stop(StopMode::Fast, listener)).await?;
                let size = bytes(server.size()?);
                self.ui.action(
                    "Stopped",
                    format!("PostgreSQL of the backend local; its data stay in {} ({size})", server.data_dir()?),
                );
            }
            // An engine that does not answer runs nothing that could be in the way here.
            Backend::Docker => drop(self.stop_in_docker(&[], None).await),
        }
        Ok(())
    }
}

fn title(report: &Report) -> String {
    report.diagnostics().first().map(|first| first.title.clone()).unwrap_or_default()
}
