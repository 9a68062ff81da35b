//! The database service on this machine: what the Compose file asks for, as the specification of a private server.

use std::net::{IpAddr, Ipv4Addr};

use camino::Utf8PathBuf;

use super::Context;
use super::compose::Compose;
use crate::diagnostic::{Diagnose as _, Result};
use crate::event::Listener;
use crate::server::{How, LocalServer, ServerError, ServerSpec, Started};
use crate::stack::Dialect;
use crate::stack::database::DatabaseService;
use crate::stack::ports::HostPort;
use crate::stack::url::DEFAULT_PORT;

/// The folder in which the tool keeps what is the project's own and not for version control.
pub(crate) const STATE_FOLDER: &str = ".xtask";

impl Context {
    /// The private server that stands in for the database service.
    pub(crate) fn local_server(&self) -> Result<LocalServer> {
        let (compose, service) = self.database_service()?;
        Ok(LocalServer::new(self.specification(&compose, &service)?))
    }

    /// The private server for commands that only need its place: it can be stopped and removed even where the Compose
    /// file cannot be read.
    pub(crate) fn local_server_lenient(&self) -> LocalServer {
        self.local_server().unwrap_or_else(|_| {
            let mut spec = ServerSpec::new(self.project.path(STATE_FOLDER), "unused");
            spec.cluster_dir = self.project.path(&self.config.local.data_dir);
            LocalServer::new(spec)
        })
    }

    /// Starts the private server, after making sure that there is one to start: where no server is installed but one can be
    /// fetched, a person is asked.
    pub(crate) async fn start_database(&self) -> Result<Started> {
        let server = self.local_server()?;
        if server.installations()?.is_empty()
            && let Some(offer) = server.fetch_offer()?
        {
            let question = format!("No PostgreSQL server is installed. Fetch {} ({})?", offer.what, offer.command);
            if !self.ui.ask(&question, true)? {
                let missing = ServerError::BinariesMissing { wanted: server.spec().wanted_major }.diagnose();
                let fetch = format!("Or let the tool fetch {}", offer.what);
                return Err(missing.try_command(fetch, "cargo xtask up --yes").into());
            }
            self.in_background(&server, |server, listener| server.fetch(listener)).await?;
        }
        self.in_background(&server, |server, listener| server.start(listener)).await
    }

    /// Runs something that blocks on a thread of its own, so that Ctrl-C is heard meanwhile.
    pub(crate) async fn in_background<T: Send + 'static>(
        &self,
        server: &LocalServer,
        work: impl FnOnce(&LocalServer, &dyn Listener) -> Result<T, ServerError> + Send + 'static,
    ) -> Result<T> {
        let (server, ui) = (server.clone(), std::sync::Arc::clone(&self.ui));
        let joined = tokio::task::spawn_blocking(move || {
            let listener = ui.listener();
            work(&server, &listener)
        });
        match joined.await {
            Ok(outcome) => Ok(outcome?),
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }

    /// What was done to have a server, in words.
    pub(crate) fn tell_started(&self, started: Started, server: &LocalServer) {
        let at = format!("{}:{}", server.spec().host, server.spec().port);
        let (verb, what) = match started.how {
            How::Already => ("Already", "running"),
            How::Started => ("Started", "from its data"),
            How::Restarted => ("Restarted", "with the present settings"),
            How::Initialised => ("Created", "and started"),
        };
        let elapsed = started.elapsed.as_secs_f64();
        self.ui.action(verb, format!("PostgreSQL {} at {at}, {what} ({elapsed:.2} s)", started.major));
    }

    fn specification(&self, compose: &Compose, service: &DatabaseService) -> Result<ServerSpec> {
        let state_dir = self.project.path(STATE_FOLDER);
        // A service that trusts everybody has no password; the private server always asks for one.
        let password = service.password.as_ref().map_or(service.user.as_str(), |secret| secret.expose());
        let (host, port) = match &service.published {
            Some(address) => (address.host.parse().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)), fixed(&address.port)),
            None => (IpAddr::V4(Ipv4Addr::LOCALHOST), DEFAULT_PORT),
        };
        let mut spec = ServerSpec::new(state_dir, password);
        spec.user = service.user.clone();
        spec.database = service.database.clone();
        spec.host = host;
        spec.port = self.config.local.port.unwrap_or(port);
        spec.port_variable = port_variable(compose, spec.port);
        spec.init_scripts = self.init_scripts(service)?;
        spec.environment = self.environment(compose, service)?;
        spec.wanted_major = service.major;
        spec.initdb_args = service.initdb_args.clone();
        spec.settings = service.settings.portable.clone();
        spec.cluster_dir = self.project.path(&self.config.local.data_dir);
        spec.bin_dir = self.config.local.bin_dir.as_ref().map(|folder| self.project.path(folder));
        Ok(spec)
    }

    fn environment(
        &self,
        compose: &Compose,
        service: &DatabaseService,
    ) -> Result<std::collections::BTreeMap<String, String>> {
        let Some(own) = compose.stack.service(&service.service) else { return Ok(std::collections::BTreeMap::new()) };
        let read = |path: &camino::Utf8Path| self.project.read_optional(path).map_err(|error| error.to_string());
        let environment = compose.stack.environment(own, &compose.variables, Dialect::NEWEST, &read)?;
        Ok(environment.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
    }

    /// The scripts in the order of their names in the container, which is the order in which the image runs them.
    fn init_scripts(&self, service: &DatabaseService) -> Result<Vec<Utf8PathBuf>> {
        let mut named: Vec<(String, Utf8PathBuf)> = Vec::new();
        for script in &service.init_scripts {
            let source = self.project.path(&script.source);
            if source.is_dir() {
                for file in self.project.files_below(&script.source, "")? {
                    // The image looks into the folder itself, not below it.
                    if file.parent() == Some(&script.source) {
                        named.push((file.file_name().unwrap_or_default().to_owned(), self.project.path(&file)));
                    }
                }
            } else {
                named.push((script.target.file_name().unwrap_or_default().to_owned(), source));
            }
        }
        named.sort();
        Ok(named.into_iter().map(|(_, path)| path).collect())
    }
}

/// The variable of the env file that gives the port, for the advice where it is taken.
fn port_variable(compose: &Compose, port: u16) -> Option<String> {
    let gives_it = |(name, value): (&String, &String)| name.ends_with("PORT") && value.parse() == Ok(port);
    compose.variables.env_file().iter().find(|&(name, value)| gives_it((name, value))).map(|(name, _)| name.clone())
}

fn fixed(port: &HostPort) -> u16 {
    match port {
        HostPort::Fixed(port) => *port,
        // A port that the engine would choose: any that stays the same will do.
        _ => DEFAULT_PORT,
    }
}
