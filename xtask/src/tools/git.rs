//! What git knows of a file that the checkout does not have.

use camino::Utf8Path;
use xshell::{Shell, cmd};

use super::find;

/// Who wrote a file, and where it still is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The author of the commit that added it.
    pub author: String,
    /// The day of that commit: `2026-11-23`.
    pub date: String,
    /// The branches that contain the commit, local ones first.
    pub branches: Vec<String>,
}

/// Asks git for the commit that added a revision's up file: by its name where that is known, else by its id in the
/// name. `None` where there is no git, no repository, or no such file.
pub fn origin_of(root: &Utf8Path, folder: &Utf8Path, file_name: &str, id: &str) -> Option<Origin> {
    let git = find("git")?;
    let shell = Shell::new().ok()?;
    let ask = |arguments: &[&str]| cmd!(shell, "{git} -C {root} {arguments...}").quiet().ignore_stderr().read().ok();
    // A name from the database must not be read as a pattern or an option.
    let is_plain = |text: &str| text.chars().all(|letter| letter.is_alphanumeric() || "_.-".contains(letter));
    let pattern = match file_name {
        "" if is_plain(id) => format!("{folder}/*{id}*.up.sql"),
        name if is_plain(name) && !name.is_empty() => format!("{folder}/{name}"),
        _ => return None,
    };
    // Not `--all`: a stash is on no branch that anybody could switch to.
    let added = ["log", "--branches", "--remotes", "--diff-filter=A", "-1", "--format=%H%x09%an%x09%as", "--"];
    let log = ask(&[&added[..], &[pattern.as_str()]].concat())?;
    let mut parts = log.trim().split('\t');
    let (commit, author, date) = (parts.next()?, parts.next()?, parts.next()?);
    let branches = ask(&["branch", "--all", "--contains", commit, "--format=%(refname:short)"])?;
    let branches = branches.lines().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    Some(Origin { author: author.to_owned(), date: date.to_owned(), branches })
}
