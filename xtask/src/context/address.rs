//! Which database is meant: `DATABASE_URL`, the configuration, or the database service of the Compose file.

use super::Context;
use super::container_state::not_running;
use crate::config::Backend;
use crate::diagnostic::{Diagnose as _, Report, Result};
use crate::postgres::Address;
use crate::server::LocalServer;
use crate::stack::StackError;
use crate::stack::database::DatabaseService;
use crate::stack::ports::HostPort;
use crate::stack::url::DatabaseUrl;

/// Which database is meant.
pub(crate) struct Target {
    /// For connecting.
    pub(crate) address: Address,
    /// The URL in parts.
    pub(crate) url: DatabaseUrl,
    /// Whether it is on this machine.
    pub(crate) is_local: bool,
    /// How it was found.
    pub(crate) via: Via,
}

/// How a database was found.
pub(crate) enum Via {
    /// A person named it.
    Name,
    /// It is the private server that stands for the database service.
    Local(Box<LocalServer>),
    /// It is the database service of this name, in a container.
    Docker(String),
}

impl Target {
    /// Whether it is what the database service gives; otherwise it was named.
    pub(crate) fn is_service(&self) -> bool {
        !matches!(self.via, Via::Name)
    }
}

impl Context {
    /// Decides which database is meant: the environment's `DATABASE_URL`, `[database] url`, the env file's
    /// `DATABASE_URL`, and else the database service.
    pub(crate) async fn target(&self) -> Result<Target> {
        match self.named_target()? {
            Some(target) => Ok(target),
            None => self.service_target().await,
        }
    }

    /// Whether the project's own services matter: no other database is named.
    pub(crate) fn is_service_meant(&self) -> Result<bool> {
        Ok(self.named_target()?.is_none())
    }

    /// What runs the database service decides where it is. Where nobody has chosen yet, a fixed port is the same on both.
    async fn service_target(&self) -> Result<Target> {
        match self.chosen_backend()?.map(|choice| choice.backend) {
            Some(Backend::Docker) => self.docker_target().await,
            Some(Backend::Local) => self.local_target(),
            None if self.has_fixed_port() => self.local_target(),
            None => match self.docker_target().await {
                Ok(target) => Ok(target),
                Err(_) => self.local_target(),
            },
        }
    }

    fn has_fixed_port(&self) -> bool {
        let published = self.database_service().ok().and_then(|(_, service)| service.published);
        published.is_some_and(|address| matches!(address.port, HostPort::Fixed(_)))
    }

    /// The container's published port. The engine is asked only where it has chosen that port itself.
    async fn docker_target(&self) -> Result<Target> {
        let (compose, service) = self.database_service()?;
        let published = service.published.clone().ok_or_else(|| unpublished(&service))?;
        let port = match published.port {
            HostPort::Fixed(port) => port,
            _ => self.chosen_port(&service).await?,
        };
        let endpoint = self.endpoint()?;
        let host = endpoint.published_host().map_or(published.host, str::to_owned);
        let origin = format!("the service {} in {}", service.service, compose.stack.path);
        Ok(self.described(service.url_at(host, port), origin, Via::Docker(service.service)))
    }

    /// The port that the engine has chosen for the running container.
    async fn chosen_port(&self, service: &DatabaseService) -> Result<u16> {
        let observed = self.observe_by_name().await?;
        let target = format!("{}/tcp", service.container_port);
        let running = observed.of_service(&service.service);
        let ports = running.iter().filter(|container| container.is_alive()).flat_map(|container| &container.published);
        let port = ports.into_iter().find(|published| published.target == target).map(|published| published.port);
        port.ok_or_else(|| not_running(&service.service, running.first().copied()))
    }

    /// The database that a person named, in one of the three places.
    pub(crate) fn named_target(&self) -> Result<Option<Target>> {
        if let Some(text) = std::env::var("DATABASE_URL").ok().filter(|value| !value.trim().is_empty()) {
            return self.named(&text, "DATABASE_URL in the environment".to_owned()).map(Some);
        }
        if let Some(secret) = &self.config.database.url {
            return self.named(secret.expose(), "[database] url in xtask.toml".to_owned()).map(Some);
        }
        let env_file = self.env_file();
        let variables = self.variables()?;
        let text = variables.env_file().get("DATABASE_URL").filter(|value| !value.trim().is_empty());
        let named = text.map(|text| self.named(text, format!("DATABASE_URL in {env_file}"))).transpose()?;
        Ok(named.filter(|target| !self.is_own_service(target)))
    }

    /// Whether a URL says again, for other programs, where the project's own database service is. An env file that is
    /// meant for the containers as well often has such a line.
    fn is_own_service(&self, target: &Target) -> bool {
        let Ok((_, service)) = self.database_service() else { return false };
        let published = service.published.as_ref().map(|address| &address.port);
        let same_port = target.url.port.is_some_and(|port| published == Some(&HostPort::Fixed(port)));
        let same = |named: &Option<String>, own: &str| named.as_deref().is_none_or(|named| named == own);
        target.is_local
            && same_port
            && same(&target.url.user, &service.user)
            && same(&target.url.database, &service.database)
    }

    /// The private server.
    fn local_target(&self) -> Result<Target> {
        let server = self.local_server()?;
        let spec = server.spec();
        let url = DatabaseUrl {
            user: Some(spec.user.clone()),
            password: Some(crate::secret::Secret::new(spec.password.clone())),
            database: Some(spec.database.clone()),
            ..DatabaseUrl::default()
        };
        let host = match spec.host {
            host if host.is_unspecified() => "127.0.0.1".to_owned(),
            host => host.to_string(),
        };
        let url = url.with_address(host, spec.port);
        let origin = format!("the database service in {}", self.compose_file().unwrap_or_default());
        Ok(self.described(url, origin, Via::Local(server.into())))
    }

    /// A URL that a person wrote, which may be meant for the inside of a container (`@db:5432`).
    pub(super) fn named(&self, text: &str, origin: String) -> Result<Target> {
        let mut url =
            DatabaseUrl::parse(text).map_err(|error| error.diagnose().because(format!("it comes from {origin}")))?;
        if !url.is_local(&self.config.database.local_hosts) && self.compose_file().is_some() {
            // A Compose file that cannot be read matters only to somebody who uses it.
            if let Ok(compose) = self.compose() {
                url = url.with_published_address(&compose.stack)?;
            }
        }
        Ok(self.described(url, origin, Via::Name))
    }

    pub(super) fn described(&self, url: DatabaseUrl, origin: String, via: Via) -> Target {
        let is_local = url.is_local(&self.config.database.local_hosts);
        let address = Address {
            url: url.to_connection_string(),
            shown: url.masked(),
            origin,
            connect_timeout: self.config.database.connect_timeout,
        };
        Target { address, url, is_local, via }
    }
}

/// A container whose port is not published is reached from other containers alone.
fn unpublished(service: &DatabaseService) -> Report {
    let (name, place) = (service.service.clone(), service.place.clone().into());
    StackError::Unpublished { service: name, port: service.container_port, by_chance: false, place }.into()
}
