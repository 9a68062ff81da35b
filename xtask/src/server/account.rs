//! The account that the server runs under: PostgreSQL refuses to run as root.

use std::process::Command;

use camino::Utf8Path;

use super::ServerError;
use crate::tools;

/// An unprivileged account of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    /// Its name, for messages.
    pub(super) name: String,
    /// Its user and group ids.
    pub(super) ids: (u32, u32),
}

impl Account {
    /// The account to run the server under; `None` where this process's own account does.
    ///
    /// As root it is the account that owns `base` already, else `postgres`, which packages of the server make, else
    /// `nobody`.
    #[cfg(unix)]
    pub(super) fn choose(base: &Utf8Path) -> Result<Option<Self>, ServerError> {
        use std::os::unix::fs::MetadataExt;

        if !tools::is_root() {
            return Ok(None);
        }
        if let Ok(owner) = std::fs::metadata(base)
            && owner.uid() != 0
        {
            let name = tools::run(Command::new("id").args(["-un", &owner.uid().to_string()]));
            let name = name.ok().filter(tools::Finished::success).map(|finished| finished.stdout.trim().to_owned());
            let name = name.unwrap_or_else(|| format!("of id {}", owner.uid()));
            return Ok(Some(Self { name, ids: (owner.uid(), owner.gid()) }));
        }
        ["postgres", "nobody"].into_iter().find_map(Self::named).map(Some).ok_or(ServerError::NoAccount)
    }

    /// The account to run the server under; systems without numeric accounts use this process's own.
    #[cfg(not(unix))]
    pub(super) fn choose(_base: &Utf8Path) -> Result<Option<Self>, ServerError> {
        Ok(None)
    }

    #[cfg(unix)]
    fn named(name: &str) -> Option<Self> {
        let id = |flag| -> Option<u32> {
            let finished = tools::run(Command::new("id").args([flag, name])).ok()?;
            finished.stdout.trim().parse().ok()
        };
        Some(Self { name: name.to_owned(), ids: (id("-u")?, id("-g")?) }).filter(|account| account.ids.0 != 0)
    }

    /// Whether the account can get into a directory: asked of the system itself, which knows access lists, too.
    pub(super) fn can_enter(&self, dir: &Utf8Path) -> bool {
        let mut shell = command(Utf8Path::new("sh"), Some(self));
        tools::run(shell.args(["-c", "cd -- \"$1\"", "sh", dir.as_str()])).is_ok_and(|finished| finished.success())
    }
}

/// A program of the server, under the account, free of the caller's own PostgreSQL variables and language.
pub(super) fn command(program: &Utf8Path, account: Option<&Account>) -> Command {
    let mut command = Command::new(program);
    for (variable, _) in std::env::vars_os() {
        // PGDATA, PGPORT, PGSERVICE and the like would point the programs somewhere else.
        if variable.to_string_lossy().starts_with("PG") {
            command.env_remove(variable);
        }
    }
    command.env("LC_ALL", "C");
    as_account(&mut command, account);
    command
}

#[cfg(unix)]
fn as_account(command: &mut Command, account: Option<&Account>) {
    use std::os::unix::process::CommandExt;

    // The caller's directory may be one that the account cannot read; initdb and postgres complain of that.
    command.current_dir("/");
    if let Some(Account { ids: (uid, gid), .. }) = account {
        command.uid(*uid).gid(*gid);
    }
}

#[cfg(not(unix))]
fn as_account(_command: &mut Command, _account: Option<&Account>) {}

/// Whether files have an owner here, and this process may choose it.
pub(super) fn can_change_owner() -> bool {
    cfg!(unix) && tools::is_root()
}

/// Gives a file or directory to the account; nothing where the server runs under this process's own.
pub(super) fn give(path: &Utf8Path, account: Option<&Account>) -> Result<(), ServerError> {
    #[cfg(unix)]
    if let Some(Account { ids: (uid, gid), .. }) = account {
        std::os::unix::fs::chown(path, Some(*uid), Some(*gid))
            .map_err(|source| ServerError::io("give to the server's account", path, source))?;
    }
    #[cfg(not(unix))]
    let _ = (path, account);
    Ok(())
}

/// Writes a file that only the server's account may read.
pub(super) fn write_private(path: &Utf8Path, text: &str, account: Option<&Account>) -> Result<(), ServerError> {
    use std::io::Write;

    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|source| ServerError::io("write", path, source))?;
    give(path, account)
}
