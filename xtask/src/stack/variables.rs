//! The variables of a project: those of the shell, and behind them those of its env file.

use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};

use super::dotenv::{self, Values};
use super::error::StackError;

/// Variables for interpolation and for keys of `environment` without a value.
#[derive(Clone, Default)]
pub struct Variables {
    shell: Values,
    file: Values,
}

impl Variables {
    /// The variables of the shell.
    pub fn new(shell: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { shell: shell.into_iter().collect(), file: Values::new() }
    }

    /// Adds an env file of the project, given its text. Variables of the shell win over it, also inside its values.
    pub fn read_env_file(&mut self, path: &Utf8Path, text: &str) -> Result<(), StackError> {
        let Self { shell, file } = self;
        let lookup = |name: &str| shell.get(name).cloned();
        dotenv::parse_file(text, file, &lookup).map_err(|error| StackError::env_file(path, text, &error))
    }

    /// Puts a value in the place of one that nobody has given yet.
    pub fn stand_in(&mut self, name: &str, value: &str) {
        self.shell.insert(name.to_owned(), value.to_owned());
    }

    /// These variables, and behind them those of env files of which later ones win over earlier ones.
    pub(super) fn with_files_behind(&self, files: &[(Utf8PathBuf, String)]) -> Result<Self, StackError> {
        let mut values = Values::new();
        for (path, text) in files {
            let parsed = dotenv::parse_file(text, &mut values, &|name| self.owned(name));
            parsed.map_err(|error| StackError::env_file(path, text, &error))?;
        }
        values.extend(self.file.clone());
        Ok(Self { shell: self.shell.clone(), file: values })
    }

    /// These variables, with one that wins over all others.
    pub(super) fn with(&self, name: &str, value: &str) -> Self {
        let mut variables = self.clone();
        variables.shell.insert(name.to_owned(), value.to_owned());
        variables
    }

    /// The value that holds.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.shell.get(name).or_else(|| self.file.get(name)).map(String::as_str)
    }

    /// What the env file says, whether or not the shell wins over it.
    pub fn env_file(&self) -> &Values {
        &self.file
    }

    pub(super) fn owned(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }
}

/// Values may be secrets: only the names of the env file are shown.
impl fmt::Debug for Variables {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.file.keys().collect();
        formatter.debug_struct("Variables").field("file", &names).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shell_wins_over_the_file() {
        let mut variables = Variables::new([("A".to_owned(), "shell".to_owned())]);
        variables.read_env_file(Utf8Path::new(".env"), "A=file\nB=${A}!\n").expect("a file");
        assert_eq!((variables.get("A"), variables.get("B")), (Some("shell"), Some("shell!")));
        assert_eq!(variables.env_file().get("A").map(String::as_str), Some("file"));
        assert!(!format!("{variables:?}").contains("shell"));
    }
}
