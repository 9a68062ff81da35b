//! A project with a Compose file of its own, run on the private engine by the tool and by `docker compose`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;

use super::super::applying::{Outcome, Running};
use super::{Engine, compose, engine};

/// How long a command with containers may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(150);

/// A project in a folder of its own; its containers, networks and volumes go with the value.
pub(crate) struct Services {
    folder: tempfile::TempDir,
    pub(crate) engine: &'static Engine,
    name: String,
    /// All digits but the last of the ports that this project may publish.
    ports: usize,
    chooses: bool,
}

impl Services {
    /// A project with this Compose file; `None` where there is no engine, which is said loudly. In all its files `PROJECT` stands for
    /// a name and `HOSTPORT0` to `HOSTPORT9` for ports that no other test has.
    pub(crate) fn new(hint: &str, compose: &str) -> Option<Self> {
        static COUNTER: AtomicUsize = AtomicUsize::new(1);
        let engine = engine()?;
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{hint}-{number}");
        let folder = tempfile::Builder::new().prefix(hint).tempdir().expect("a folder");
        let services = Self { folder, engine, name, ports: 2100 + number, chooses: false };
        std::fs::create_dir(services.path("compose")).expect("a folder");
        services.write("xtask.toml", "");
        services.write("compose/compose.yaml", compose);
        Some(services)
    }

    /// The tool is not told to use Docker, but chooses.
    pub(crate) fn choosing(mut self) -> Self {
        self.chooses = true;
        self
    }

    /// Another folder with a project of the same name.
    pub(crate) fn elsewhere(&self, compose: &str) -> Self {
        let mut other = Self::new("elsewhere", compose).expect("there is an engine");
        other.name.clone_from(&self.name);
        other.ports = self.ports;
        other.write("compose/compose.yaml", compose);
        other
    }

    /// The name of the Compose project.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The project's folder.
    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// A path in the project.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// What `HOSTPORT` with this digit stands for.
    pub(crate) fn port(&self, digit: u8) -> u16 {
        u16::try_from(self.ports * 10 + usize::from(digit)).expect("a port")
    }

    /// Writes a file of the project, and the folders on the way; `PROJECT` and `HOSTPORT0` to `HOSTPORT9` are replaced.
    pub(crate) fn write(&self, relative: &str, text: &str) {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().expect("below the project")).expect("a folder");
        let text = text.replace("PROJECT", &self.name).replace("HOSTPORT", &self.ports.to_string());
        std::fs::write(path, text).expect("written");
    }

    /// The tool with these arguments, separated by blanks.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = self.engine.command(env!("CARGO_BIN_EXE_cargo-xtask"));
        for (variable, _) in std::env::vars_os() {
            let name = variable.to_string_lossy();
            if name.starts_with("PG")
                || name.starts_with("POSTGRES_")
                || ["DATABASE_URL", "XTASK_BACKEND"].contains(&&*name)
            {
                command.env_remove(&variable);
            }
        }
        if !self.chooses {
            command.env("XTASK_BACKEND", "docker");
        }
        command.args(arguments.split_whitespace()).current_dir(self.root());
        command
    }

    /// Runs it to its end.
    #[track_caller]
    pub(crate) fn xtask(&self, arguments: &str) -> Outcome {
        self.start(arguments).wait_for(PATIENCE)
    }

    /// Starts it.
    #[track_caller]
    pub(crate) fn start(&self, arguments: &str) -> Running {
        Running::of(&mut self.command(arguments))
    }

    /// `docker compose` with these arguments, separated by blanks, run to its end; `None` where there is none, which is said loudly.
    #[track_caller]
    pub(crate) fn compose(&self, arguments: &str) -> Option<Outcome> {
        let mut command = self.engine.command(compose::program()?);
        command.args(arguments.split_whitespace()).current_dir(self.path("compose"));
        Some(Running::of(&mut command).wait_for(PATIENCE))
    }

    /// The label by which everything of this project is known.
    pub(crate) fn label(&self) -> String {
        format!("com.docker.compose.project={}", self.name)
    }

    /// The containers of the project, by the name of their service.
    #[track_caller]
    pub(crate) fn containers(&self) -> Vec<(String, Value)> {
        let service = |it: &Value| it["Labels"]["com.docker.compose.service"].as_str().unwrap_or_default().to_owned();
        let mut found: Vec<_> = self
            .engine
            .containers(&self.label())
            .into_iter()
            .map(|container| (service(&container), container))
            .collect();
        found.sort_by(|one, other| one.0.cmp(&other.0));
        found
    }

    /// The services that have a container, with its state: `db=running job=exited`. Each is asked for by itself, for the engine's
    /// list may still have what was before, and it has a container that is being made before the engine knows it by its id.
    #[track_caller]
    pub(crate) fn states(&self) -> String {
        let of = |(service, container): &(String, Value)| {
            let id = container["Id"].as_str().unwrap_or_default();
            let found = self.engine.get_if_there(&format!("/containers/{id}/json"))?;
            Some(format!("{service}={}", found["State"]["Status"].as_str().unwrap_or_default()))
        };
        self.containers().iter().filter_map(of).collect::<Vec<_>>().join(" ")
    }

    /// The id of the container of a service.
    #[track_caller]
    pub(crate) fn id(&self, service: &str) -> String {
        let containers = self.containers();
        let found = containers.iter().find(|(name, _)| name == service);
        let (_, container) = found.unwrap_or_else(|| panic!("{service} has no container"));
        container["Id"].as_str().expect("an id").to_owned()
    }

    /// All ids, to see whether anything was made anew.
    #[track_caller]
    pub(crate) fn ids(&self) -> Vec<String> {
        self.containers().iter().map(|(_, it)| it["Id"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// What the engine knows of the container of a service.
    #[track_caller]
    pub(crate) fn inspect(&self, service: &str) -> Value {
        self.engine.get(&format!("/containers/{}/json", self.id(service)))
    }

    /// The names of the project's volumes, sorted.
    #[track_caller]
    pub(crate) fn volumes(&self) -> Vec<String> {
        names(&self.engine.listed("/volumes?", &self.label())["Volumes"])
    }

    /// The names of the project's networks, sorted.
    #[track_caller]
    pub(crate) fn networks(&self) -> Vec<String> {
        names(&self.engine.listed("/networks?", &self.label()))
    }

    /// Waits until something is so.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        super::super::applying::until_within(PATIENCE, what, &mut is_so);
    }
}

fn names(list: &Value) -> Vec<String> {
    let mut names: Vec<String> =
        list.as_array().into_iter().flatten().filter_map(|it| Some(it["Name"].as_str()?.to_owned())).collect();
    names.sort();
    names
}

impl Drop for Services {
    fn drop(&mut self) {
        // A test that has failed already must show its own message, so nothing here may panic.
        let cleared = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for (_, container) in self.containers() {
                self.engine
                    .delete(&format!("/containers/{}?force=1&v=1", container["Id"].as_str().unwrap_or_default()));
            }
            for network in self.networks() {
                self.engine.delete(&format!("/networks/{network}"));
            }
            for volume in self.volumes() {
                self.engine.delete(&format!("/volumes/{volume}?force=1"));
            }
        }));
        drop(cleared);
    }
}
