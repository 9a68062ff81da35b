//! What runs the services: chosen once, remembered in the project, and changed only after a yes.

use super::{Context, STATE_FOLDER, bytes};
use crate::config::Backend;
use crate::diagnostic::{Code, Diagnostic, Exit, Result};
use crate::ui::Confirmation;

const UNKNOWN: Code = Code::new("backend-unknown");

/// The variable that names a backend for as long as it is set.
const VARIABLE: &str = "XTASK_BACKEND";

/// Where the choice of this machine is remembered, in the state folder.
const FILE: &str = "backend";

/// A backend and who chose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    /// What runs the services.
    pub(crate) backend: Backend,
    /// Who said so.
    pub(crate) by: ChosenBy,
}

/// Who chose a backend, in the order in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChosenBy {
    /// `--backend`
    Option,
    /// `XTASK_BACKEND`
    Variable,
    /// An earlier run on this machine.
    Memory,
    /// `[services] backend`
    Configuration,
    /// There are data of the private server, from before there was a choice.
    Data,
    /// Nobody: this machine can run them so.
    Machine,
}

impl ChosenBy {
    /// In words, to stand behind "chosen by".
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Self::Option => "--backend",
            Self::Variable => "XTASK_BACKEND",
            Self::Memory => "an earlier run on this machine",
            Self::Configuration => "xtask.toml",
            Self::Data => "the data that are there",
            Self::Machine => "what this machine has",
        }
    }
}

impl Context {
    /// What is chosen; nothing where the choice is still to be made.
    pub(crate) fn chosen_backend(&self) -> Result<Option<Choice>> {
        let choice = |by| move |backend| Choice { backend, by };
        let configured = self.config.services.backend;
        Ok(self
            .selection
            .backend
            .map(choice(ChosenBy::Option))
            .or(named_by_variable()?.map(choice(ChosenBy::Variable)))
            .or_else(|| self.remembered_backend().map(choice(ChosenBy::Memory)))
            .or_else(|| configured.map(choice(ChosenBy::Configuration)))
            .or_else(|| self.has_local_data().then_some(Choice { backend: Backend::Local, by: ChosenBy::Data })))
    }

    /// What an earlier run has remembered. A note that cannot be read is none: the choice is made anew.
    pub(crate) fn remembered_backend(&self) -> Option<Backend> {
        let text = self.project.read_optional(format!("{STATE_FOLDER}/{FILE}")).ok().flatten()?;
        Backend::named(text.trim())
    }

    /// Remembers what runs the services from now on. A variable is a memory of its own.
    pub(crate) fn remember_backend(&self, choice: Choice) -> Result<()> {
        if choice.by == ChosenBy::Variable || self.remembered_backend() == Some(choice.backend) {
            return Ok(());
        }
        self.keep_state_out_of_version_control()?;
        Ok(self.project.replace(format!("{STATE_FOLDER}/{FILE}"), &format!("{}\n", choice.backend))?)
    }

    /// Asks before `--backend` changes what an earlier run has chosen, and gives the backend that is left; the data there
    /// stay.
    pub(super) async fn confirm_change_of_backend(&self, to: Choice) -> Result<Option<Backend>> {
        let before = self.remembered_backend().or_else(|| self.has_local_data().then_some(Backend::Local));
        let from = match before {
            Some(before) if to.by == ChosenBy::Option && before != to.backend => before,
            _ => return Ok(None),
        };
        let what = format!("The services of this project run on the backend {from}. This changes it to {}", to.backend);
        let confirmation = Confirmation::to(what).detail(self.data_left_behind(from).await);
        self.ui.confirm(&confirmation)?;
        Ok(Some(from))
    }

    /// What becomes of the data of a backend that is not used any more.
    async fn data_left_behind(&self, backend: Backend) -> String {
        if backend == Backend::Docker {
            let observed = self.observe_by_name().await.unwrap_or_default();
            let names: Vec<&str> = observed.volumes.iter().map(|volume| volume.name.as_str()).collect();
            let data = if names.is_empty() {
                "there are no data".to_owned()
            } else {
                format!("the data stay in the volumes {}", names.join(", "))
            };
            return format!("its containers are stopped; {data}");
        }
        let server = self.local_server_lenient();
        let folder = server.data_dir().unwrap_or_default();
        match server.size() {
            Ok(size) if size > 0 => format!("its server is stopped; the data stay in {folder} ({})", bytes(size)),
            _ => "it has no data".to_owned(),
        }
    }

    fn has_local_data(&self) -> bool {
        self.local_server_lenient().major().is_ok_and(|major| major.is_some())
    }

    pub(super) fn keep_state_out_of_version_control(&self) -> Result<()> {
        let path = format!("{STATE_FOLDER}/.gitignore");
        if !self.project.exists(&path) {
            self.project.replace(&path, "*\n")?;
        }
        Ok(())
    }
}

fn named_by_variable() -> Result<Option<Backend>> {
    let Some(name) = std::env::var(VARIABLE).ok().filter(|name| !name.is_empty()) else { return Ok(None) };
    let Some(backend) = Backend::named(&name) else {
        let names = Backend::ALL.map(Backend::name).join(" and ");
        return Err(Diagnostic::error(UNKNOWN, Exit::Usage, format!("{VARIABLE} names no backend: {name}"))
            .because(format!("there are {names}"))
            .try_command("Take it away, to have the backend chosen", format!("unset {VARIABLE}"))
            .into());
    };
    Ok(Some(backend))
}
