//! A new revision as the text of its two files.

use camino::{Utf8Path, Utf8PathBuf};
use thiserror::Error;

use super::file_name::slug;
use super::header::Header;
use super::set::{RevisionSet, check_id};
use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit};
use crate::path::in_folder;

const ID: Code = Code::new("revision-id-invalid");
const TAKEN: Code = Code::new("revision-id-taken");
const MESSAGE: Code = Code::new("revision-message");

/// What a new revision is to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewRevision {
    /// The number for the file name, usually a time stamp.
    pub version: String,
    /// The id, where it is not the version.
    pub id: Option<String>,
    /// The first line of the header.
    pub message: String,
    /// The parents.
    pub revises: Vec<String>,
    /// Revisions of other branches that must be there first.
    pub depends_on: Vec<String>,
    /// Names for the branch that starts here.
    pub branch_labels: Vec<String>,
    /// The SQL below the header of the up file.
    pub up: String,
    /// The SQL below the header of the down file.
    pub down: String,
}

/// Why a new revision cannot be written.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum WriteError {
    /// An id or label that cannot be one.
    #[error("`{id}` cannot be {what}: {why}")]
    Invalid {
        /// The word.
        id: String,
        /// `a revision id`, `a branch label`.
        what: &'static str,
        /// The reason.
        why: &'static str,
    },
    /// An id, a version or a label that another revision has.
    #[error("{what} `{id}` is taken")]
    Taken {
        /// The word.
        id: String,
        /// `the revision id`, `the version`, `the branch label`.
        what: &'static str,
        /// Whose it is.
        by: Utf8PathBuf,
    },
    /// A message that is empty or has several lines.
    #[error("the message {0}")]
    Message(&'static str),
}

impl Diagnose for WriteError {
    fn diagnose(&self) -> Diagnostic {
        match self {
            Self::Invalid { .. } => Diagnostic::error(ID, Exit::Usage, self.to_string())
                .advise("Choose letters, digits and underscores, at most 32"),
            Self::Taken { by, .. } => Diagnostic::error(TAKEN, Exit::Failed, self.to_string())
                .because(format!("{by} has it"))
                .advise("Choose another one, or leave the option out"),
            Self::Message(_) => Diagnostic::error(MESSAGE, Exit::Usage, self.to_string())
                .try_command("Say in one line what the revision does", "cargo xtask revision -m \"Add reactor names\""),
        }
    }
}

impl NewRevision {
    /// The id that the revision will have.
    pub fn id(&self) -> &str {
        self.id.as_deref().unwrap_or(&self.version)
    }

    /// The names of its two files in `folder`.
    pub fn paths(&self, folder: &Utf8Path) -> (Utf8PathBuf, Utf8PathBuf) {
        let stem = format!("{}_{}", self.version, slug(&self.message));
        (in_folder(folder, &format!("{stem}.up.sql")), in_folder(folder, &format!("{stem}.down.sql")))
    }

    /// Checks it against the revisions that are there, and renders both files.
    ///
    /// # Errors
    /// What would make the folder invalid; nothing has been written then.
    pub fn render(&self, existing: &RevisionSet) -> Result<(String, String), WriteError> {
        self.check(existing)?;
        let mut header = format!("-- {}\n--\n-- revision: {}\n", self.message.trim(), self.id());
        // An empty list leaves no blank at the end of the line, which editors would take away.
        let mut line = |key: &str, values: &[String]| {
            let values = values.join(", ");
            header.push_str(format!("-- {key}: {values}").trim_end());
            header.push('\n');
        };
        line("revises", &self.revises);
        if !self.depends_on.is_empty() {
            line("depends-on", &self.depends_on);
        }
        if !self.branch_labels.is_empty() {
            line("branch-labels", &self.branch_labels);
        }
        let up = with_header(&format!("{header}\n"), &self.up);
        let down = with_header(&format!("-- Take back: {}\n\n", self.message.trim()), &self.down);
        Ok((up, down))
    }

    fn check(&self, existing: &RevisionSet) -> Result<(), WriteError> {
        let message = self.message.trim();
        if message.is_empty() {
            return Err(WriteError::Message("is empty"));
        }
        if message.contains(['\n', '\r']) {
            return Err(WriteError::Message("has more than one line"));
        }
        let words = self.branch_labels.iter().map(|label| (label.as_str(), "a branch label"));
        for (id, what) in words.chain([(self.id(), "a revision id")]) {
            check_id(id).map_err(|why| WriteError::Invalid { id: id.to_owned(), what, why })?;
        }
        // A message such as `revises: a` would be read back as something else.
        if Header::parse(&format!("-- {message}\n")).0.message.as_deref() != Some(message) {
            return Err(WriteError::Message("would be read as a line of the header"));
        }
        let taken = |id: &str, what, by: &Utf8Path| WriteError::Taken { id: id.to_owned(), what, by: by.to_owned() };
        for other in existing.revisions() {
            if other.id == self.id() || other.branch_labels.iter().any(|label| label == self.id()) {
                return Err(taken(self.id(), "the revision id", &other.up_file));
            }
            if other.version == self.version {
                return Err(taken(&self.version, "the version", &other.up_file));
            }
            if let Some(label) =
                self.branch_labels.iter().find(|label| other.branch_labels.contains(label) || other.id == **label)
            {
                return Err(taken(label, "the branch label", &other.up_file));
            }
        }
        Ok(())
    }
}

/// A script below its header; `-- no-transaction` counts on the first line of a file only.
fn with_header(header: &str, script: &str) -> String {
    const FIRST: &str = "-- no-transaction\n";
    match script.strip_prefix(FIRST) {
        Some(rest) => format!("{FIRST}{header}{rest}"),
        None => format!("{header}{script}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::revision::{HeadOfFile, RevisionScript};

    fn new() -> NewRevision {
        NewRevision {
            version: "20261123101530".into(),
            message: "Add names".into(),
            revises: vec!["a".into(), "b".into()],
            branch_labels: vec!["side".into()],
            up: "select 1;\n".into(),
            down: "select 2;\n".into(),
            ..NewRevision::default()
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let (up, down) = new().render(&RevisionSet::default()).expect("valid");
        let (up_path, down_path) = new().paths("migrations".into());
        let name = |path: &Utf8Path| path.file_name().expect("named").to_owned();
        let up_file = HeadOfFile::up("migrations".into(), name(&up_path), up.into_bytes(), true);
        let files = vec![up_file, HeadOfFile::named(name(&down_path))];
        let (set, errors) = RevisionSet::read("migrations".into(), files);
        assert_eq!(errors, []);
        let read = set.get("20261123101530").expect("there");
        assert_eq!((read.revises.as_slice(), read.message.as_str()), (&new().revises[..], "Add names"));
        assert!(RevisionScript::parse(&down_path, down.as_bytes()).is_ok());
    }

    #[test]
    fn a_script_outside_of_a_transaction_says_so_on_the_first_line() {
        let new = NewRevision { up: "-- no-transaction\nselect 1;\n".into(), ..new() };
        let (up, down) = new.render(&RevisionSet::default()).expect("valid");
        assert!(up.starts_with("-- no-transaction\n-- Add names\n"), "{up}");
        assert!(!RevisionScript::from_text("a.up.sql".into(), up.as_str().into()).transactional);
        assert!(down.starts_with("-- Take back"), "{down}");
    }

    #[test]
    fn a_base_leaves_no_blank_at_the_end_of_its_line() {
        let base = NewRevision { revises: vec![], ..new() };
        let (up, _) = base.render(&RevisionSet::default()).expect("valid");
        assert!(up.contains("-- revises:\n"), "{up}");
    }

    #[test]
    fn nothing_invalid_is_rendered() {
        let none = RevisionSet::default();
        for bad in [
            NewRevision { message: " ".into(), ..new() },
            NewRevision { message: "a\nselect 1".into(), ..new() },
            NewRevision { message: "revises: a".into(), ..new() },
            NewRevision { message: "no-transaction".into(), ..new() },
            NewRevision { id: Some("a-b".into()), ..new() },
            NewRevision { id: Some("x".repeat(33)), ..new() },
            NewRevision { branch_labels: vec!["head".into()], ..new() },
        ] {
            assert!(bad.render(&none).is_err(), "{bad:?}");
        }
    }
}
