//! What of a machine decides where its engine is: variables, and the files of the docker command line.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use camino::{Utf8Path, Utf8PathBuf};

/// Variables and files, of this machine or of a test.
#[derive(Debug, Default)]
pub(in crate::docker) struct Machine {
    /// The environment; what is not UTF-8 is left out.
    pub(in crate::docker) variables: BTreeMap<String, String>,
    /// The files of a test in the place of the machine's own.
    #[cfg(test)]
    pub(in crate::docker) files: BTreeMap<Utf8PathBuf, String>,
}

impl Machine {
    /// The one on which this process runs.
    pub(in crate::docker) fn this() -> Self {
        let text = |value: std::ffi::OsString| value.into_string().ok();
        let variables = std::env::vars_os().filter_map(|(name, value)| Some((text(name)?, text(value)?))).collect();
        Self {
            variables,
            #[cfg(test)]
            files: BTreeMap::new(),
        }
    }

    /// A variable that is set, and not empty: the docker command line makes no difference between empty and unset.
    pub(in crate::docker) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The person's own folder.
    pub(in crate::docker) fn home(&self) -> Option<&Utf8Path> {
        self.variable("HOME").or_else(|| self.variable("USERPROFILE")).map(Utf8Path::new)
    }

    /// The folder with `config.json` and the contexts.
    pub(in crate::docker) fn docker_folder(&self) -> Option<Utf8PathBuf> {
        let named = self.variable("DOCKER_CONFIG").map(Utf8PathBuf::from);
        named.or_else(|| self.home().map(|home| home.join(".docker")))
    }

    /// The text of a file; `None` where there is none, or where this account may not read it (a `HOME` that `sudo` left
    /// over), which keeps the docker command line from nothing either.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub(in crate::docker) fn read(&self, path: &Utf8Path) -> std::io::Result<Option<String>> {
        #[cfg(test)]
        if !self.files.is_empty() {
            return Ok(self.files.get(path).cloned());
        }
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether there is a file.
    pub(in crate::docker) fn has(&self, path: &Utf8Path) -> bool {
        #[cfg(test)]
        if !self.files.is_empty() {
            return self.files.contains_key(path);
        }
        path.is_file()
    }

    /// The files of this name in the folders below `folder`.
    pub(in crate::docker) fn each_below(&self, folder: &Utf8Path, name: &str) -> Vec<Utf8PathBuf> {
        #[cfg(test)]
        if !self.files.is_empty() {
            return self
                .files
                .keys()
                .filter(|path| path.starts_with(folder) && path.ends_with(name))
                .cloned()
                .collect();
        }
        let Ok(entries) = folder.read_dir_utf8() else { return Vec::new() };
        entries.filter_map(|entry| Some(entry.ok()?.path().join(name))).filter(|path| path.is_file()).collect()
    }

    /// The sockets of this name in the folders below `folder`.
    pub(in crate::docker) fn each_socket(&self, folder: &Utf8Path, name: &str) -> Vec<Utf8PathBuf> {
        let Ok(entries) = folder.read_dir_utf8() else { return Vec::new() };
        entries.filter_map(|entry| Some(entry.ok()?.path().join(name))).filter(|path| path.exists()).collect()
    }
}
