//! What was asked of a project's files, and whether they would answer the same again.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use camino::Utf8Path;
use sha2::{Digest as _, Sha256};

use super::Project;

/// Questions about files with what the answers were, as far as it takes to know them again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    answers: BTreeMap<(Question, String), String>,
    spoilt: bool,
}

/// What can be asked of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Question {
    Content,
    Exists,
    IsFolder,
    /// The names of the files below it that end in some way; the path stands behind the suffix and a bar.
    Below,
}

/// The last line of the text.
const END: &str = "end\n";

const KINDS: [(Question, &str); 4] = [
    (Question::Content, "content"),
    (Question::Exists, "exists"),
    (Question::IsFolder, "folder"),
    (Question::Below, "below"),
];

impl Trace {
    pub(super) fn note(&mut self, question: Question, path: &str, answer: String) {
        // A line break in a name would break the lines of the text.
        self.spoilt |= path.contains(['\n', '\t']);
        self.answers.insert((question, path.to_owned()), answer);
    }

    /// As text, for [`Trace::parse`]; nothing where it does not tell everything.
    pub fn text(&self) -> Option<String> {
        let mut text = String::new();
        for ((question, path), answer) in &self.answers {
            let kind = KINDS.iter().find(|(kind, _)| kind == question).map_or("", |(_, name)| name);
            let _ = writeln!(text, "{kind}\t{answer}\t{path}");
        }
        text.push_str(END);
        (!self.spoilt).then_some(text)
    }

    /// Reads what [`Trace::text`] wrote; nothing where it was not that.
    pub fn parse(text: &str) -> Option<Self> {
        let mut trace = Self::default();
        for line in text.strip_suffix(END)?.lines() {
            let mut parts = line.splitn(3, '\t');
            let kind = parts.next()?;
            let (answer, path) = (parts.next()?, parts.next()?);
            let (question, _) = KINDS.iter().find(|(_, name)| *name == kind)?;
            trace.answers.insert((*question, path.to_owned()), answer.to_owned());
        }
        Some(trace)
    }
}

impl Project {
    /// From now on, what is asked of the files is noted.
    pub fn begin_trace(&self) {
        *self.trace.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(Trace::default());
    }

    /// What was asked since [`Project::begin_trace`], which ends.
    pub fn end_trace(&self) -> Option<Trace> {
        self.trace.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take()
    }

    /// What is asked now does not tell everything that counts: the trace will have no text.
    pub fn spoil_trace(&self) {
        if let Some(trace) = self.trace.lock().unwrap_or_else(std::sync::PoisonError::into_inner).as_mut() {
            trace.spoilt = true;
        }
    }

    /// Whether all files that a trace asked for are as they were.
    pub fn still_answers(&self, trace: &Trace) -> bool {
        trace.answers.iter().all(|((question, path), answer)| {
            let now = match question {
                Question::Content => content(self.read_bytes(path).ok().as_deref()),
                Question::Exists => self.exists(path).to_string(),
                Question::IsFolder => self.is_folder(path).to_string(),
                Question::Below => {
                    let (suffix, folder) = path.split_once('|').unwrap_or(("", path));
                    self.files_below(folder, suffix).map_or_else(|_| String::new(), |files| names(&files))
                }
            };
            now == *answer
        })
    }

    pub(super) fn noted(&self, question: Question, path: &str, answer: impl FnOnce() -> String) {
        if let Some(trace) = self.trace.lock().unwrap_or_else(std::sync::PoisonError::into_inner).as_mut() {
            trace.note(question, path, answer());
        }
    }
}

/// A digest of what a file holds; a dash for one that cannot be read.
pub(super) fn content(bytes: Option<&[u8]>) -> String {
    bytes.map_or_else(|| "-".to_owned(), digest)
}

/// A digest of a list of names.
pub(super) fn names<P: AsRef<Utf8Path>>(files: &[P]) -> String {
    let lines: Vec<&str> = files.iter().map(|file| file.as_ref().as_str()).collect();
    digest(lines.join("\n").as_bytes())
}

/// SHA-256 in hexadecimal digits.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> (tempfile::TempDir, Project) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("xtask.toml"), "").unwrap();
        std::fs::create_dir(folder.path().join("models")).unwrap();
        std::fs::write(folder.path().join("models/a.py"), "a = 1\n").unwrap();
        let project = Project::find(Utf8Path::from_path(folder.path()).unwrap()).unwrap();
        (folder, project)
    }

    fn traced(project: &Project) -> Trace {
        project.begin_trace();
        let files = project.files_below("models", ".py").unwrap();
        files.iter().for_each(|file| drop(project.read_optional(file)));
        assert!(project.read_optional("uv.lock").unwrap().is_none() && !project.exists("models/__init__.py"));
        assert!(project.is_folder("models"));
        Trace::parse(&project.end_trace().unwrap().text().unwrap()).unwrap()
    }

    #[test]
    fn nothing_changed() {
        let (_folder, project) = project();
        let trace = traced(&project);
        assert!(project.still_answers(&trace));
        std::fs::write(project.path("beside.py"), "nobody asked for this\n").unwrap();
        assert!(project.still_answers(&trace));
    }

    #[test]
    fn any_answer_that_changes_counts() {
        type Change = (&'static str, fn(&Project));
        let changes: [Change; 5] = [
            ("content", |it| std::fs::write(it.path("models/a.py"), "a = 2\n").unwrap()),
            ("removed", |it| std::fs::remove_file(it.path("models/a.py")).unwrap()),
            ("a file more", |it| std::fs::write(it.path("models/b.py"), "").unwrap()),
            ("what was not there", |it| std::fs::write(it.path("uv.lock"), "").unwrap()),
            ("a package", |it| std::fs::write(it.path("models/__init__.py"), "").unwrap()),
        ];
        for (what, change) in changes {
            let (_folder, project) = project();
            let trace = traced(&project);
            change(&project);
            assert!(!project.still_answers(&trace), "{what}");
        }
    }

    #[test]
    fn torn_text_is_no_trace() {
        let (_folder, project) = project();
        project.begin_trace();
        project.exists("models");
        let text = project.end_trace().unwrap().text().unwrap();
        assert!(Trace::parse(&text).is_some());
        for end in 0..text.len() {
            assert!(Trace::parse(&text[..end]).is_none(), "{end}");
        }
        assert!(Trace::parse("something\telse\tentirely\nend\n").is_none());
    }

    #[test]
    fn what_is_spoilt_has_no_text() {
        let (_folder, project) = project();
        project.begin_trace();
        project.spoil_trace();
        assert!(project.end_trace().unwrap().text().is_none() && project.end_trace().is_none());
    }
}
