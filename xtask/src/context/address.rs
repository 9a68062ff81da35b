//! Which database is meant: `DATABASE_URL`, the configuration, or the database service of the Compose file.

use super::Context;
use crate::diagnostic::{Diagnose as _, Result};
use crate::postgres::Address;
use crate::server::LocalServer;
use crate::stack::url::DatabaseUrl;

/// Which database is meant.
pub(crate) struct Target {
    /// For connecting.
    pub(crate) address: Address,
    /// The URL in parts.
    pub(crate) url: DatabaseUrl,
    /// Whether it is on this machine.
    pub(crate) is_local: bool,
    /// The private server that stands for the database service; nothing where the database was named.
    pub(crate) server: Option<LocalServer>,
}

impl Target {
    /// Whether it is what the database service gives; otherwise it was named.
    pub(crate) fn is_service(&self) -> bool {
        self.server.is_some()
    }
}

impl Context {
    /// Decides which database is meant: the environment's `DATABASE_URL`, `[database] url`, the env file's
    /// `DATABASE_URL`, and else the database service.
    pub(crate) fn target(&self) -> Result<Target> {
        if let Some(text) = std::env::var("DATABASE_URL").ok().filter(|value| !value.trim().is_empty()) {
            return self.named(&text, "DATABASE_URL in the environment".to_owned());
        }
        if let Some(secret) = &self.config.database.url {
            return self.named(secret.expose(), "[database] url in xtask.toml".to_owned());
        }
        let env_file = self.env_file();
        let variables = self.variables()?;
        if let Some(text) = variables.env_file().get("DATABASE_URL").filter(|value| !value.trim().is_empty()) {
            return self.named(text, format!("DATABASE_URL in {env_file}"));
        }
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
        Ok(self.described(url, origin, Some(server)))
    }

    /// A URL that a person wrote, which may be meant for the inside of a container (`@db:5432`).
    fn named(&self, text: &str, origin: String) -> Result<Target> {
        let mut url =
            DatabaseUrl::parse(text).map_err(|error| error.diagnose().because(format!("it comes from {origin}")))?;
        if !url.is_local(&self.config.database.local_hosts) && self.compose_file().is_some() {
            // A Compose file that cannot be read matters only to somebody who uses it.
            if let Ok(compose) = self.compose() {
                url = url.with_published_address(&compose.stack)?;
            }
        }
        Ok(self.described(url, origin, None))
    }

    fn described(&self, url: DatabaseUrl, origin: String, server: Option<LocalServer>) -> Target {
        let is_local = url.is_local(&self.config.database.local_hosts);
        let address = Address {
            url: url.to_connection_string(),
            shown: url.masked(),
            origin,
            connect_timeout: self.config.database.connect_timeout,
        };
        Target { address, url, is_local, server }
    }
}
