//! A project that is to run: its file, whose it is, and what its services find in their environment.

use camino::{Utf8Path, Utf8PathBuf};

use super::names;
use crate::stack::dialect::Dialect;
use crate::stack::file_object::{Content, FileObject};
use crate::stack::network::Network;
use crate::stack::volume::Volume;
use crate::stack::{Service, Stack, Variables};

/// What marks everything that a project has on an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its name.
    pub name: String,
    /// The absolute path of its folder: that of the first Compose file, unless another one was named.
    pub working_dir: Utf8PathBuf,
    /// The absolute paths of its Compose files.
    pub config_files: Vec<Utf8PathBuf>,
    /// The env files that were named on the command line.
    pub env_files: Vec<Utf8PathBuf>,
    /// The version of compose in whose manner everything is written.
    pub version: String,
}

/// A project, ready to be compared with what runs.
#[derive(Clone, Copy, Debug)]
pub struct Project<'a> {
    /// Whose it is.
    pub identity: &'a Identity,
    /// What the file says, with the env files of services read into their `environment`.
    pub stack: &'a Stack,
    /// The project's variables, from which secrets and configs may take their content.
    pub variables: &'a Variables,
}

/// A file that is written into a container, because its content stands in the Compose file or in a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Injected {
    /// Where, in the container.
    pub path: Utf8PathBuf,
    /// What. It may be a secret: it is never shown.
    pub content: crate::secret::Secret,
    /// Permissions.
    pub mode: u32,
    /// Owner.
    pub uid: u64,
    /// Group.
    pub gid: u64,
}

/// A secret or a config whose content is not to be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoContent {
    /// The service that wants it.
    pub service: String,
    /// `secret` or `config`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Why not.
    pub why: String,
}

impl<'a> Project<'a> {
    /// The name of the project.
    pub fn name(&self) -> &'a str {
        &self.identity.name
    }

    /// The image that a service is made from.
    pub fn image(&self, service: &Service) -> String {
        names::image(self.name(), service)
    }

    /// A path of the file as an absolute one.
    pub fn absolute(&self, path: &Utf8Path) -> Utf8PathBuf {
        let text = path.as_str();
        // Paths of Windows and of a remote engine are absolute in their own way.
        let is_windows = text.starts_with(r"\\") || text.as_bytes().get(1) == Some(&b':');
        if path.is_absolute() || text.starts_with('/') || is_windows {
            return path.to_owned();
        }
        cleaned(&self.identity.working_dir.join(path))
    }

    /// The name of a volume at the engine.
    pub fn volume_name(&self, key: &str) -> String {
        self.stack.volumes.get(key).map_or_else(|| key.to_owned(), |volume| volume.name.clone())
    }

    /// The name of a network at the engine.
    pub fn network_name(&self, key: &str) -> String {
        self.stack.networks.get(key).map_or_else(|| format!("{}_{key}", self.name()), |network| network.name.clone())
    }

    /// The dialect of compose in which everything is written.
    fn dialect(&self) -> Dialect {
        Dialect::of_version(&self.identity.version).unwrap_or(Dialect::NEWEST)
    }

    /// The hash that the container of a service gets, once what it shares with others is
    /// [`resolved`](super::sharing::resolved).
    pub fn service_hash(&self, service: &Service) -> String {
        // One that is not exact makes compose make the container anew, which loses nothing.
        service.config_hash(self.dialect()).value
    }

    /// The hash that a network gets, where compose would compute the same.
    pub fn network_hash(&self, network: &Network) -> Option<String> {
        network.config_hash(self.dialect()).filter(|hash| hash.exact).map(|hash| hash.value)
    }

    /// The hash that a volume gets, where compose would compute the same.
    pub fn volume_hash(&self, volume: &Volume) -> Option<String> {
        volume.config_hash(self.dialect()).filter(|hash| hash.exact).map(|hash| hash.value)
    }

    /// The secrets and configs of a service that are no files of this machine.
    pub fn injected(&self, service: &Service) -> Result<Vec<Injected>, NoContent> {
        let secrets =
            service.secrets.iter().map(|it| (it, "secret", self.stack.secrets.get(&it.source), it.secret_path()));
        let configs =
            service.configs.iter().map(|it| (it, "config", self.stack.configs.get(&it.source), it.config_path()));
        let mut injected = Vec::new();
        for (mount, kind, object, path) in secrets.chain(configs) {
            let fail = |why: String| NoContent { service: service.name.clone(), kind, name: mount.source.clone(), why };
            let number = |text: &Option<String>, what: &str| match text.as_deref() {
                None | Some("") => Ok(0),
                Some(text) => text.parse().map_err(|_| fail(format!("its {what} {text:?} is no number"))),
            };
            let Some(content) = self.content(object, &fail)? else { continue };
            injected.push(Injected {
                path,
                content: crate::secret::Secret::new(content),
                mode: mount.mode.as_ref().and_then(|mode| u32::try_from(mode.bits()).ok()).unwrap_or(0o444),
                uid: number(&mount.uid, "uid")?,
                gid: number(&mount.gid, "gid")?,
            });
        }
        Ok(injected)
    }

    fn content(
        &self,
        object: Option<&FileObject>,
        fail: &dyn Fn(String) -> NoContent,
    ) -> Result<Option<String>, NoContent> {
        match object.map(|object| &object.content) {
            Some(Content::File(_)) => Ok(None),
            Some(Content::Text(text)) => Ok(Some(text.clone())),
            Some(Content::Variable(name)) => {
                let value = self.variables.get(name).map(str::to_owned);
                value.map(Some).ok_or_else(|| fail(format!("the variable {name}, which holds its content, is not set")))
            }
            Some(Content::External) => Err(fail("it is external, which only a swarm has".to_owned())),
            None => Err(fail("the file does not define it".to_owned())),
        }
    }
}

/// A path without `.` and `..`, as Go's `filepath.Clean` makes it.
fn cleaned(path: &Utf8Path) -> Utf8PathBuf {
    let mut cleaned = Utf8PathBuf::new();
    for part in path.components() {
        match part {
            camino::Utf8Component::CurDir => {}
            camino::Utf8Component::ParentDir => {
                cleaned.pop();
            }
            part => cleaned.push(part),
        }
    }
    cleaned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned() {
        assert_eq!(cleaned(Utf8Path::new("/srv/shop/./compose/../init/")), "/srv/shop/init");
    }
}
