//! The text files of a project as they were at a git revision, in a folder of their own. The work tree and the index of the
//! repository stay untouched.

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Finished, find, run, run_with_input};
use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit};

const MISSING: Code = Code::new("git-missing");
const UNKNOWN: Code = Code::new("git-revision-unknown");
const FAILED: Code = Code::new("git-failed");

/// The ends of the names of files that are read of a project: its settings, SQL, Python, and what says which versions are locked.
const READ: [&str; 6] = [".sql", ".py", ".toml", ".lock", ".txt", ".pyi"];

/// Files of a revision, which are removed with the value.
#[derive(Debug)]
pub struct Checkout {
    folder: Utf8PathBuf,
    /// Where the project is in it.
    pub root: Utf8PathBuf,
    /// The commit, abbreviated.
    pub commit: String,
}

impl Drop for Checkout {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Why there is nothing to read.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is no git.
    #[error("git is needed to read {revision}, and is not installed")]
    Missing {
        /// What was asked for.
        revision: String,
    },
    /// The project is in no repository.
    #[error("the project is in no git repository, so there is no revision {revision}")]
    NoRepository {
        /// What was asked for.
        revision: String,
        /// Git's words.
        said: String,
    },
    /// No commit is called so.
    #[error("git knows no revision {revision}")]
    Unknown {
        /// What was asked for.
        revision: String,
        /// Git's words.
        said: String,
    },
    /// Git refused something else.
    #[error("git could not give the files of {revision}")]
    Failed {
        /// What was asked for.
        revision: String,
        /// Git's words.
        said: String,
    },
}

/// Takes the project's text files out of a revision: a commit, branch, tag, `HEAD~1`, `main@{yesterday}` …
///
/// # Errors
/// There is no git, no repository, or no such revision.
pub fn checkout(root: &Utf8Path, revision: &str) -> Result<Checkout, GitError> {
    let Some(git) = find("git") else { return Err(GitError::Missing { revision: revision.to_owned() }) };
    let failed = |said: String| GitError::Failed { revision: revision.to_owned(), said };
    let git = Git { program: git, root, index: None };
    let prefix = git.ask(&["rev-parse", "--show-prefix"]).map_err(&failed)?;
    if !prefix.success() {
        return Err(GitError::NoRepository { revision: revision.to_owned(), said: prefix.complaint().to_owned() });
    }
    let wanted = format!("{revision}^{{commit}}");
    let commit = git.ask(&["rev-parse", "--verify", "--short", "--end-of-options", &wanted]).map_err(&failed)?;
    if !commit.success() {
        return Err(GitError::Unknown { revision: revision.to_owned(), said: commit.complaint().to_owned() });
    }
    let commit = commit.stdout.trim().to_owned();
    let folder = new_folder().map_err(|error| failed(error.to_string()))?;
    // From here on the folder goes with the value, whatever happens.
    let checkout = Checkout { root: folder.join("files").join(prefix.stdout.trim_end_matches('\n')), folder, commit };
    git.fill(&checkout).map_err(&failed)?;
    Ok(checkout)
}

struct Git<'r> {
    program: Utf8PathBuf,
    root: &'r Utf8Path,
    index: Option<Utf8PathBuf>,
}

impl Git<'_> {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("-C").arg(self.root).args(arguments);
        if let Some(index) = &self.index {
            command.env("GIT_INDEX_FILE", index);
        }
        command
    }

    fn ask(&self, arguments: &[&str]) -> Result<Finished, String> {
        run(&mut self.command(arguments)).map_err(|error| error.to_string())
    }

    /// Writes the files through an index of our own.
    fn fill(self, checkout: &Checkout) -> Result<(), String> {
        let git = Self { index: Some(checkout.folder.join("index")), ..self };
        let good = |finished: Finished| match finished.success() {
            true => Ok(finished.stdout),
            false => Err(finished.complaint().to_owned()),
        };
        good(git.ask(&["read-tree", &checkout.commit])?)?;
        let listed = good(git.ask(&["ls-files", "-z"])?)?;
        let is_read = |path: &&str| READ.iter().any(|end| path.ends_with(end));
        let paths: String = listed.split('\0').filter(is_read).map(|path| format!("{path}\0")).collect();
        std::fs::create_dir_all(&checkout.root).map_err(|error| error.to_string())?;
        // It joins the two as they are, so that the slash at the end matters.
        let prefix = format!("--prefix={}/", checkout.folder.join("files"));
        let mut command = git.command(&["checkout-index", "--force", "-z", "--stdin", &prefix]);
        let written = run_with_input(&mut command, paths.as_bytes()).map_err(|error| error.to_string())?;
        good(written).map(drop)
    }
}

/// An empty folder of this process alone.
fn new_folder() -> std::io::Result<Utf8PathBuf> {
    let above = Utf8PathBuf::from_path_buf(std::env::temp_dir())
        .map_err(|path| std::io::Error::other(format!("{} is not UTF-8", path.display())))?;
    for count in 0.. {
        let folder = above.join(format!("xtask-revision-{}-{count}", std::process::id()));
        match std::fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    unreachable!("there are more numbers than folders")
}

impl Diagnose for GitError {
    fn diagnose(&self) -> Diagnostic {
        let title = self.to_string();
        match self {
            Self::Missing { .. } => Diagnostic::error(MISSING, Exit::Prerequisite, title)
                .advise("Install git, or name a side without @: models, migrations, database, a path or a URL"),
            Self::NoRepository { said, .. } => Diagnostic::error(UNKNOWN, Exit::Usage, title)
                .because(said.clone())
                .advise("Name a side without @: models, migrations, database, a path or a URL"),
            Self::Unknown { said, .. } => Diagnostic::error(UNKNOWN, Exit::Usage, title)
                .because(said.clone())
                .try_command("See which there are", "git log --oneline --all")
                .try_command("One that only the server has must be fetched first", "git fetch"),
            Self::Failed { said, .. } => Diagnostic::error(FAILED, Exit::Failed, title)
                .because(said.clone())
                .try_command("Look whether the repository is whole", "git fsck"),
        }
    }
}
