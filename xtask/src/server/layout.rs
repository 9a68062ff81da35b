//! Where the cluster and what belongs to it lie.

use std::io::ErrorKind;

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use super::account::{self, Account};
use super::{ServerError, shown};
use crate::event::{Event, Listener};
use crate::tools::is_root;

/// The paths of one project's local server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// `<project>/.xtask`.
    pub(super) state_dir: Utf8PathBuf,
    /// The directory of the cluster and its log; belongs to the server's account.
    pub(super) base: Utf8PathBuf,
    /// Whether that is a place outside the project, which we chose.
    elsewhere: bool,
}

impl Layout {
    /// The layout as it is noted, or as it will be.
    pub(super) fn of(state_dir: &Utf8Path, cluster_dir: &Utf8Path) -> Result<Self, ServerError> {
        let usual = Self { state_dir: state_dir.to_owned(), base: cluster_dir.to_owned(), elsewhere: false };
        let note = usual.location_note();
        match std::fs::read_to_string(&note) {
            Ok(base) => {
                let noted = Self { base: base.trim().into(), elsewhere: true, ..usual.clone() };
                Ok(if noted.belongs_to_another_copy() { usual } else { noted })
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(usual),
            Err(source) => Err(ServerError::io("read", &note, source)),
        }
    }

    pub(super) fn data(&self) -> Utf8PathBuf {
        self.base.join("data")
    }

    pub(super) fn log(&self) -> Utf8PathBuf {
        self.base.join("server.log")
    }

    pub(super) fn lock(&self) -> Utf8PathBuf {
        self.state_dir.join("postgres.lock")
    }

    /// Where fetched servers are kept: at the project, or beside the clusters that live elsewhere.
    pub(super) fn dist(&self) -> Utf8PathBuf {
        let beside = self.base.parent().filter(|_| self.elsewhere);
        beside.unwrap_or(&self.state_dir).join("postgres-dist")
    }

    /// Where fetched servers may be found: a cluster that was removed has left its server in the second place.
    pub(super) fn dists(&self) -> Vec<Utf8PathBuf> {
        let elsewhere = is_root().then(|| public_parent().join("postgres-dist"));
        std::iter::once(self.state_dir.join("postgres-dist")).chain(elsewhere).collect()
    }

    /// Directories that an interrupted initialisation or removal left behind.
    pub(super) fn leftovers(&self) -> Vec<Utf8PathBuf> {
        let entries = self.base.read_dir_utf8().into_iter().flatten().flatten();
        let leftovers = entries.filter(|entry| {
            let name = entry.file_name();
            name.starts_with("data.new-") || name.starts_with("data.gone-")
        });
        leftovers.map(camino::Utf8DirEntry::into_path).collect()
    }

    /// The file that names the place of a cluster which is not under the state directory.
    pub(super) fn location_note(&self) -> Utf8PathBuf {
        self.state_dir.join("postgres.location")
    }

    fn owner_note(&self) -> Utf8PathBuf {
        self.base.join("project")
    }

    /// Whether the note came here with a copy of another project's directory, which still uses the cluster.
    fn belongs_to_another_copy(&self) -> bool {
        let Ok(owner) = std::fs::read_to_string(self.owner_note()) else { return false };
        let owner = Utf8Path::new(owner.trim_end_matches('\n'));
        let theirs = Self { state_dir: owner.to_owned(), ..self.clone() };
        let note = std::fs::read_to_string(theirs.location_note());
        owner != self.state_dir && note.is_ok_and(|base| base.trim() == self.base)
    }

    /// Makes the directories, in a place that the account can reach.
    pub(super) fn place(self, account: Option<&Account>, listener: &dyn Listener) -> Result<Self, ServerError> {
        make_state_dir(&self.state_dir)?;
        let above = self.base.ancestors().skip(1).find(|dir| dir.exists()).unwrap_or(&self.state_dir);
        let layout = match account.filter(|account| !account.can_enter(above)) {
            Some(account) if !self.elsewhere => self.elsewhere(account, listener)?,
            _ => self,
        };
        layout.refuse_foreign_files()?;
        make_private_dir(&layout.base)?;
        account::give(&layout.base, account)?;
        if layout.base != layout.state_dir.join("postgres") {
            account::write_private(&layout.owner_note(), layout.state_dir.as_str(), account)?;
        }
        Ok(layout)
    }

    /// Whether a file or directory in the base is one of ours.
    fn is_ours(name: &str) -> bool {
        let named = |start| name.strip_prefix(start).is_some_and(|rest: &str| rest.is_empty() || rest.starts_with('.'));
        named("data") || named("server.log") || ["password", "project"].contains(&name)
    }

    /// A directory with somebody's files in it must not become a cluster, which is closed to others and is removed.
    fn refuse_foreign_files(&self) -> Result<(), ServerError> {
        let mut entries = self.base.read_dir_utf8().into_iter().flatten().flatten();
        match entries.find(|entry| !Self::is_ours(entry.file_name())) {
            Some(entry) => {
                Err(ServerError::DirOccupied { dir: self.base.clone(), found: entry.file_name().to_owned() })
            }
            None => Ok(()),
        }
    }

    /// Removes everything that we put into the base, and the base itself where nothing else is in it.
    pub(super) fn remove_ours(&self) -> std::io::Result<()> {
        for entry in self.base.read_dir_utf8()? {
            let entry = entry?;
            let name = entry.file_name();
            match Self::is_ours(name) && !name.starts_with("data.aside-") {
                true if entry.file_type()?.is_dir() => std::fs::remove_dir_all(entry.path())?,
                true => std::fs::remove_file(entry.path())?,
                false => {}
            }
        }
        // It stays where something else is in it.
        let _ = std::fs::remove_dir(&self.base);
        Ok(())
    }

    /// A place outside the project, for a server account that cannot get into it (`/root` is closed to all others).
    fn elsewhere(self, account: &Account, listener: &dyn Listener) -> Result<Self, ServerError> {
        let parent = public_parent();
        make_public_dir(parent)?;
        let hash = Sha256::digest(self.state_dir.as_str().as_bytes());
        let hash: String = hash.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
        let project = self.state_dir.parent().and_then(Utf8Path::file_name).unwrap_or("project");
        let layout = Self { base: parent.join(format!("{project}-{hash}")), elsewhere: true, ..self };
        let note = layout.location_note();
        std::fs::write(&note, format!("{}\n", layout.base)).map_err(|e| ServerError::io("write", &note, e))?;
        listener.on(Event::Notice {
            what: format!(
                "PostgreSQL runs under the account {}, which cannot get into {}: the cluster lies in {}",
                account.name, layout.state_dir, layout.base
            ),
        });
        Ok(layout)
    }
}

/// The directory for clusters outside their projects: a place that every account can reach.
fn public_parent() -> &'static Utf8Path {
    Utf8Path::new(if Utf8Path::new("/var/lib").is_dir() { "/var/lib/xtask" } else { "/var/tmp/xtask" })
}

/// Makes the state directory, which no version control should see.
pub(super) fn make_state_dir(state_dir: &Utf8Path) -> Result<(), ServerError> {
    std::fs::create_dir_all(state_dir).map_err(|source| ServerError::io("make", state_dir, source))?;
    let ignore = state_dir.join(".gitignore");
    if !ignore.exists() {
        std::fs::write(&ignore, "*\n").map_err(|source| ServerError::io("write", &ignore, source))?;
    }
    Ok(())
}

fn make_private_dir(dir: &Utf8Path) -> Result<(), ServerError> {
    make_dir(dir, 0o700)
}

/// A directory of root's that everybody may enter. In a directory where everybody may write, somebody else may have
/// made it first: that one is not trusted.
fn make_public_dir(dir: &Utf8Path) -> Result<(), ServerError> {
    make_dir(dir, 0o755)?;
    #[cfg(unix)]
    if let Ok(metadata) = std::fs::symlink_metadata(dir)
        && (std::os::unix::fs::MetadataExt::uid(&metadata) != 0 || !metadata.is_dir())
    {
        return Err(ServerError::io("use", dir, std::io::Error::other("it does not belong to root")));
    }
    Ok(())
}

fn make_dir(dir: &Utf8Path, mode: u32) -> Result<(), ServerError> {
    let made = std::fs::create_dir_all(dir).and_then(|()| {
        #[cfg(unix)]
        std::fs::set_permissions(dir, std::os::unix::fs::PermissionsExt::from_mode(mode))?;
        #[cfg(not(unix))]
        let _ = mode;
        Ok(())
    });
    made.map_err(|source| ServerError::io("make", dir, source))
}

/// The major version that made a data directory; `None` where there is no such directory.
pub(super) fn data_major(data: &Utf8Path) -> Result<Option<u32>, ServerError> {
    let file = data.join("PG_VERSION");
    match std::fs::read_to_string(&file) {
        Ok(text) => Ok(text.trim().split('.').next().and_then(|major| major.parse().ok())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            Err(ServerError::OtherAccount { dir: data.to_owned(), owner: owner(data) })
        }
        Err(source) => Err(ServerError::io("read", &file, source)),
    }
}

/// The user id of the account that owns the cluster's directory.
fn owner(data: &Utf8Path) -> Option<u32> {
    #[cfg(unix)]
    return data.ancestors().find_map(|dir| Some(std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(dir).ok()?)));
    #[cfg(not(unix))]
    {
        let _ = data;
        None
    }
}

/// The bytes in all files of a directory; 0 where it is not there.
pub(super) fn size(dir: &Utf8Path) -> std::io::Result<u64> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        // A running server removes files all the time.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let mut total = 0;
    for entry in entries {
        let entry = entry?;
        total += match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => match Utf8Path::from_path(&entry.path()) {
                Some(path) => size(path)?,
                None => 0,
            },
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
    }
    Ok(total)
}

impl Layout {
    /// A path of this layout as a person would name it.
    pub(super) fn show<'a>(&self, path: &'a Utf8Path) -> &'a Utf8Path {
        shown(path, &self.state_dir)
    }
}
