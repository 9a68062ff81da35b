//! Which Compose files are meant.

use camino::{Utf8Path, Utf8PathBuf};

use super::Context;
use crate::config::COMPOSE_FILES;
use crate::stack::{Variables, files};

/// What separates paths in a variable of this system.
const SEPARATOR: char = if cfg!(windows) { ';' } else { ':' };

impl Context {
    /// The first Compose file, relative to the project where it lies in it; `None` where there is none. The env file lies
    /// beside it.
    pub(crate) fn compose_file(&self) -> Option<Utf8PathBuf> {
        if let Some(file) = self.selection.files.first() {
            return Some(self.of_start(file));
        }
        let shell = files::of_variable(&Variables::new(shell()), SEPARATOR);
        if let Some(file) = shell.as_deref().and_then(<[_]>::first) {
            return Some(self.of_start(file));
        }
        let named = self.config.compose.file.clone();
        named.or_else(|| COMPOSE_FILES.iter().map(Utf8PathBuf::from).find(|path| self.project.exists(path)))
    }

    /// All Compose files, later ones over earlier ones: `--file`, `COMPOSE_FILE` of the shell or of the env file, else the
    /// project's and the override beside it.
    pub(crate) fn compose_files(&self, variables: &Variables) -> Vec<Utf8PathBuf> {
        let Some(first) = self.compose_file() else { return Vec::new() };
        if !self.selection.files.is_empty() {
            return self.selection.files.iter().map(|file| self.of_start(file)).collect();
        }
        let is_of_shell = std::env::var_os("COMPOSE_FILE").is_some_and(|value| !value.is_empty());
        match files::of_variable(variables, SEPARATOR) {
            Some(named) if is_of_shell => named.iter().map(|file| self.of_start(file)).collect(),
            // In the env file, paths are those of the folder in which `docker compose` would be run.
            Some(named) => {
                let folder = first.parent().unwrap_or(Utf8Path::new(""));
                named.iter().map(|file| folder.join(file)).collect()
            }
            None => files::with_override(&first, |path| self.project.exists(path)),
        }
    }

    /// A path that a person gave in their working directory, as the project names it.
    fn of_start(&self, path: &Utf8Path) -> Utf8PathBuf {
        let path = self.start.join(path);
        let root = self.project.root();
        path.strip_prefix(root).map_or_else(|_| path.clone(), Utf8Path::to_owned)
    }
}

/// The variables of the shell that are text.
pub(super) fn shell() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}
