//! What every command is given: the project, its configuration, the way to speak, and the ways to the database.

mod address;
mod adopt_downs;
mod adopt_proof;
mod adopt_rows;
mod adopting;
mod adopting_database;
mod adopting_models;
mod adopting_scripts;
mod adopting_views;
mod agreed;
mod at_revision;
mod backend;
mod changes;
mod choose;
mod clock;
mod completed;
mod compose;
mod compose_files;
mod compose_version;
mod container_state;
pub(crate) mod described;
mod down_scripts;
mod drafts;
mod engine;
mod env_file;
mod exact;
mod extensions;
mod images;
mod in_docker;
mod in_the_way;
mod introspection;
mod models;
mod named;
mod offered;
mod offline;
mod on_local;
mod on_rows;
mod onboarding;
mod one_off;
mod pending_scripts;
mod probe;
mod project;
mod proof;
mod pulled;
mod python_views;
mod rehearsal;
mod rendering;
mod revisions;
mod runner;
mod scratch;
mod scratch_server;
mod selection;
mod server_state;
mod service_state;
mod services;
mod settle;
mod side;
mod standing;
mod stated;
mod stated_base;
mod stopped;
mod streams;
mod take_down;
mod tidily;
mod unlike;
mod view_files;
mod views;
mod wanted;

use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use tokio::sync::Notify;

use crate::config::Config;
use crate::diagnostic::{Diagnose, Report, Result};
use crate::docker::Docker;
use crate::files::{CONFIG, Project};
use crate::postgres::{Database, PostgresError, State};
use crate::server::{LocalServer, State as ServerState};
use crate::tools;
use crate::ui::{Confirmation, Ui};

pub(crate) use crate::stack::selection::active_profiles;
pub(crate) use crate::ui::bytes;
pub(crate) use address::{Target, Via};
pub(crate) use adopt_proof::Extent;
pub(crate) use adopting::{Adoption, Answers, REPORT};
use agreed::keep_newest;
pub(crate) use backend::Choice;
pub(crate) use clock::Clock;
pub(crate) use completed::without_views;
pub(crate) use compose::duration;
pub(crate) use down_scripts::{CheckedDown, DownVerdict, DownsWish, Repair};
pub(crate) use drafts::Draft;
pub(crate) use exact::WithPython;
pub(crate) use images::{BuildWish, Presence, Way};
pub(crate) use in_docker::{DockerView, Wish};
use in_the_way::views_in_the_way;
pub(crate) use named::{Applied, Named, range};
pub(crate) use offered::told_of_backfills;
pub(crate) use one_off::OneOff;
pub(crate) use pending_scripts::Unconverted;
pub(crate) use proof::{Proof, Proved};
pub(crate) use rendering::Wish as RenderWish;
pub(crate) use revisions::Revisions;
pub(crate) use runner::{Ran, Runner, Scripts, Work};
pub(crate) use selection::Selection;
pub(crate) use server_state::server_in_words;
pub(crate) use service_state::{ServiceState, ports_in_words, service_json};
pub(crate) use services::STATE_FOLDER;
pub(crate) use settle::Told;
pub(crate) use standing::{Ahead, Unknown};
pub(crate) use stopped::unfinished_warning;
pub(crate) use take_down::Goodbye;
pub(crate) use view_files::{Standing, ViewFile, under_its_comment};
pub(crate) use views::{ViewRun, verdict};

/// What every command is given.
pub(crate) struct Context {
    /// The way to speak.
    pub(crate) ui: Arc<Ui>,
    /// The files.
    pub(crate) project: Project,
    /// What `xtask.toml` says.
    pub(crate) config: Config,
    /// The time.
    pub(crate) clock: Clock,
    /// The folder in which the command is given, absolute.
    start: Utf8PathBuf,
    /// What was said on the command line about services.
    pub(crate) selection: Selection,
    interrupted: Rc<Notify>,
    /// How many wait with [`Context::interrupted`].
    cancellable: Rc<Cell<usize>>,
    person: OnceCell<String>,
    engine: OnceCell<Docker>,
    /// The interpreter that imports the models, where that was said.
    pub(crate) python: OnceCell<Utf8PathBuf>,
}

/// A server that somebody else runs is not started, filled or read by the commands that do so with the project's own.
fn unmanaged(error: &PostgresError, target: &Target) -> Report {
    let mut found = error.diagnose();
    found.next.retain(|step| step.command.is_none());
    if found.next.is_empty() {
        found = found.advise(format!("Look whether that server runs, or correct {}", target.address.origin));
    }
    found.into()
}

impl Context {
    /// Finds the project around `directory` and reads its configuration.
    pub(crate) fn open(directory: &Utf8Path, ui: Arc<Ui>, clock: Clock, selection: Selection) -> Result<Self> {
        let project = Project::find(directory)?;
        let text = project.read(CONFIG)?;
        let (config, errors) = Config::parse(CONFIG, &text);
        match Report::from_all(errors.iter().map(Diagnose::diagnose).collect()) {
            Some(report) => Err(report),
            None => Ok(Self::of(project, config, directory, ui, clock, selection)),
        }
    }

    /// As [`Context::open`], where there need be no `xtask.toml` yet.
    pub(crate) fn begin(directory: &Utf8Path, ui: Arc<Ui>, clock: Clock, selection: Selection) -> Result<Self> {
        let project = Project::find_or_begin(directory)?;
        if project.exists(CONFIG) {
            return Self::open(directory, ui, clock, selection);
        }
        Ok(Self::of(project, Config::default(), directory, ui, clock, selection))
    }

    /// The same project, as its `xtask.toml` is now.
    pub(crate) fn reopened(&self) -> Result<Self> {
        let again = Self::open(self.project.root(), Arc::clone(&self.ui), self.clock, self.selection.clone())?;
        // Who presses Ctrl-C means both.
        let (interrupted, cancellable) = (Rc::clone(&self.interrupted), Rc::clone(&self.cancellable));
        Ok(Self { interrupted, cancellable, ..again })
    }

    fn of(
        project: Project,
        config: Config,
        directory: &Utf8Path,
        ui: Arc<Ui>,
        clock: Clock,
        selection: Selection,
    ) -> Self {
        Self {
            ui,
            project,
            config,
            clock,
            start: directory.canonicalize_utf8().unwrap_or_else(|_| directory.to_owned()),
            selection,
            interrupted: Rc::default(),
            cancellable: Rc::default(),
            person: OnceCell::new(),
            engine: OnceCell::new(),
            python: OnceCell::new(),
        }
    }

    /// Tells a command that waits with [`Context::interrupted`] to cancel what it has begun; `false` where none waits, and
    /// the process may simply end.
    pub(crate) fn interrupt(&self) -> bool {
        let waits = self.cancellable.get() > 0;
        if waits {
            self.interrupted.notify_one();
        }
        waits
    }

    /// Ends when the person presses Ctrl-C.
    pub(crate) async fn interrupted(&self) {
        struct Waiting<'c>(&'c Cell<usize>);
        impl Drop for Waiting<'_> {
            fn drop(&mut self) {
                self.0.set(self.0.get() - 1);
            }
        }
        self.cancellable.set(self.cancellable.get() + 1);
        let _waiting = Waiting(&self.cancellable);
        self.interrupted.notified().await;
    }

    /// Connects to the project's database, to read. A database on another machine is named.
    pub(crate) async fn connect(&self, command: &str) -> Result<Database> {
        let target = self.target().await?;
        if !target.is_local {
            self.ui.status(format!("Reading {} (from {})", target.address.shown, target.address.origin));
        }
        self.connect_to(&target, command).await
    }

    /// Connects to the project's database, to change it. One on another machine needs a yes.
    pub(crate) async fn connect_to_change(&self, command: &str) -> Result<Database> {
        let target = self.target().await?;
        if !target.is_local {
            let what = format!("`{command}` will change {}, which is not on this machine", target.address.shown);
            self.ui
                .confirm(&Confirmation::to(what).detail(format!("the address comes from {}", target.address.origin)))?;
        }
        self.connect_to(&target, command).await
    }

    async fn connect_to(&self, target: &Target, command: &str) -> Result<Database> {
        if let Via::Local(server) = &target.via {
            server.refuse_another_project()?;
        }
        let application = self.application(command);
        let connected = Database::connect(&target.address, &application);
        let (connected, is_own) = match &target.via {
            Via::Docker(service) => tokio::join!(connected, self.refuse_another_server(service, target)),
            _ => (connected.await, Ok(())),
        };
        match connected {
            Ok(database) => is_own.map(|()| database),
            Err(error) => Err(match &target.via {
                Via::Local(server) => why_not(server, &error),
                Via::Docker(service) => self.why_not_in_docker(service, &error).await,
                Via::Name => unmanaged(&error, target),
            }),
        }
    }

    /// What the database says of itself.
    pub(crate) async fn state(&self, database: &mut Database) -> Result<State> {
        Ok(database.state(self.config.database.version_table_schema.as_deref()).await?)
    }

    /// What `pg_stat_activity` and the lock's waiters see of us.
    pub(super) fn application(&self, command: &str) -> String {
        format!("xtask {command} {}:{}", self.person(), std::process::id())
    }

    /// Who runs the command, for the history: `name@host`. It is asked for with each revision, and found out once.
    pub(crate) fn person(&self) -> String {
        self.person.get_or_init(person_at_host).clone()
    }
}

fn person_at_host() -> String {
    let variable = |names: [&str; 2]| {
        names.into_iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    };
    let user = variable(["USER", "USERNAME"])
        .or_else(|| variable(["LOGNAME", "LOGNAME"]))
        .unwrap_or_else(|| if tools::is_root() { "root" } else { "unknown" }.to_owned());
    let host = variable(["HOSTNAME", "COMPUTERNAME"]).or_else(|| std::fs::read_to_string("/etc/hostname").ok());
    match host.as_deref().map(str::trim).filter(|host| !host.is_empty()) {
        Some(host) => format!("{user}@{host}"),
        None => user,
    }
}

/// Why the project's own server did not let us in: where it is known not to run, that says more than the connection.
fn why_not(server: &LocalServer, error: &PostgresError) -> Report {
    match server.state() {
        Ok(ServerState::Running { .. } | ServerState::Busy { .. }) | Err(_) => error.diagnose().into(),
        Ok(state) if matches!(error, PostgresError::Unreachable { .. }) => server_state::not_running(&state),
        Ok(_) => error.diagnose().into(),
    }
}
