//! What every failure says: a code, a place, the evidence, and the next step.
//!
//! A module owns its error enum and answers [`Diagnose`]; commands return [`Report`]; only `ui` renders.

use std::ops::Range;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

/// The result of anything that can fail in front of a user.
pub type Result<T, E = Report> = std::result::Result<T, E>;

/// The stable name of one kind of failure; `docs/errors/<code>.md` explains it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(&'static str);

impl Code {
    /// Names a code. The literal is found by the test that asks for a page for each code.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name as it stands in output and in `docs/errors/`.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

/// The exit status of the process: what kind of failure it was, for scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Anything that has no status of its own.
    Failed = 1,
    /// The command line or a configuration file cannot be understood.
    Usage = 2,
    /// Something that the command needs is not on this machine.
    Prerequisite = 3,
    /// A service is unhealthy, or did not answer in time.
    Unhealthy = 4,
    /// A port, a name or a lock is held by somebody else.
    Conflict = 5,
    /// A migration or a view failed.
    Migration = 6,
    /// A check found differences or pending work.
    Differences = 7,
    /// A confirmation is needed, or was refused.
    Confirmation = 8,
    /// Ctrl-C.
    Interrupted = 130,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The command cannot go on.
    Error,
    /// The command goes on; a person should know.
    Warning,
}

/// Where in a file: what an editor jumps to, and the excerpt that is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The file, as a person would name it (relative to the project where possible).
    pub path: Utf8PathBuf,
    /// 1-based line; 0 where the whole file is meant.
    pub line: usize,
    /// 1-based column, in characters; 0 where the whole line is meant.
    pub column: usize,
    /// The text around the place, with what to underline.
    pub excerpt: Option<Excerpt>,
}

/// A stretch of source text with the part that matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The whole text that `span` points into.
    pub source: Arc<str>,
    /// Byte range of the part to underline.
    pub span: Range<usize>,
    /// What stands beside the underline; may be empty.
    pub label: String,
}

impl Place {
    /// A whole file.
    pub fn file(path: impl AsRef<Utf8Path>) -> Self {
        Self { path: path.as_ref().to_owned(), line: 0, column: 0, excerpt: None }
    }

    /// A byte range in the text of a file; line and column follow from it.
    pub fn span(path: impl AsRef<Utf8Path>, source: &Arc<str>, span: Range<usize>, label: impl Into<String>) -> Self {
        let start = source.floor_char_boundary(span.start);
        let line = source[..start].bytes().filter(|&byte| byte == b'\n').count() + 1;
        Self::on_line(path, source, line, span, label)
    }

    /// The same, where the line is known: to count it takes its time in a long file of which many places are told.
    pub fn on_line(
        path: impl AsRef<Utf8Path>,
        source: &Arc<str>,
        line: usize,
        span: Range<usize>,
        label: impl Into<String>,
    ) -> Self {
        let start = source.floor_char_boundary(span.start);
        let end = source.ceil_char_boundary(span.end).max(start);
        let line_start = source[..start].rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            path: path.as_ref().to_owned(),
            line,
            column: source[line_start..start].chars().count() + 1,
            excerpt: Some(Excerpt { source: Arc::clone(source), span: start..end, label: label.into() }),
        }
    }

    /// `path:line:column`, leaving out what is not known.
    pub fn display(&self) -> String {
        match (self.line, self.column) {
            (0, _) => self.path.to_string(),
            (line, 0) => format!("{}:{line}", self.path),
            (line, column) => format!("{}:{line}:{column}", self.path),
        }
    }
}

/// One thing to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextStep {
    /// What it achieves, as the start of a sentence: "Join the heads".
    pub what: String,
    /// The command to copy, if one does it.
    pub command: Option<String>,
}

/// One finding, complete: what, why, where and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable name.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// The exit status if this is what ends the command.
    pub exit: Exit,
    /// What failed, in one sentence without a full stop.
    pub title: String,
    /// Where; the first is the most telling.
    pub places: Vec<Place>,
    /// Why: each entry a line (or several) of evidence.
    pub evidence: Vec<String>,
    /// What to do, best first.
    pub next: Vec<NextStep>,
}

impl Diagnostic {
    /// An error of this code.
    pub fn error(code: Code, exit: Exit, title: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            exit,
            title: title.into(),
            places: Vec::new(),
            evidence: Vec::new(),
            next: Vec::new(),
        }
    }

    /// A warning of this code; it never decides the exit status.
    pub fn warning(code: Code, title: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, Exit::Failed, title) }
    }

    /// Adds a place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.places.push(place);
        self
    }

    /// Adds evidence.
    #[must_use]
    pub fn because(mut self, evidence: impl Into<String>) -> Self {
        self.evidence.push(evidence.into());
        self
    }

    /// Adds a next step in words.
    #[must_use]
    pub fn advise(mut self, what: impl Into<String>) -> Self {
        self.next.push(NextStep { what: what.into(), command: None });
        self
    }

    /// Adds a next step.
    #[must_use]
    pub fn and_next(mut self, step: NextStep) -> Self {
        self.next.push(step);
        self
    }

    /// Adds a next step with the command that does it.
    #[must_use]
    pub fn try_command(mut self, what: impl Into<String>, command: impl Into<String>) -> Self {
        self.next.push(NextStep { what: what.into(), command: Some(command.into()) });
        self
    }

    /// The same, with these options of the command line in every command of ours that is advised: `-f other.yaml`.
    #[must_use]
    pub fn repeating(&self, options: &str) -> Self {
        let mut told = self.clone();
        if !options.is_empty() {
            for step in &mut told.next {
                step.what = with_options(&step.what, options);
                step.command = step.command.as_deref().map(|command| with_options(command, options));
            }
        }
        told
    }
}

/// A command that has options already is meant for another project.
fn with_options(text: &str, options: &str) -> String {
    const OURS: &str = "cargo xtask ";
    let mut parts = text.split(OURS);
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        whole.push_str(OURS);
        if part.starts_with(|letter: char| letter.is_ascii_lowercase()) {
            whole.extend([options, " "]);
        }
        whole.push_str(part);
    }
    whole
}

/// Implemented by each module's error enum.
pub trait Diagnose: std::error::Error {
    /// The finding, in full.
    fn diagnose(&self) -> Diagnostic;
}

/// What a command fails with: one finding or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    diagnostics: Vec<Diagnostic>,
}

impl Report {
    /// Several findings at once; `None` where none of them is an error.
    pub fn from_all(diagnostics: Vec<Diagnostic>) -> Option<Self> {
        let fails = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
        fails.then_some(Self { diagnostics })
    }

    /// The same, with these options in every command of ours that is advised.
    #[must_use]
    pub fn repeating(&self, options: &str) -> Self {
        Self { diagnostics: self.diagnostics.iter().map(|one| one.repeating(options)).collect() }
    }

    /// The findings, in the order in which they are shown.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The exit status: that of the first error.
    pub fn exit(&self) -> Exit {
        let error = self.diagnostics.iter().find(|diagnostic| diagnostic.severity == Severity::Error);
        error.map_or(Exit::Failed, |diagnostic| diagnostic.exit)
    }
}

impl From<Diagnostic> for Report {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { diagnostics: vec![diagnostic] }
    }
}

impl<E: Diagnose> From<E> for Report {
    fn from(error: E) -> Self {
        error.diagnose().into()
    }
}

/// One word of a command that is shown, as a shell takes it.
pub fn shell_word(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./:=@%+,".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    if !word.contains(['"', '$', '`', '\\']) {
        return format!("\"{word}\"");
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_knows_its_line_and_its_column_in_characters() {
        let source: Arc<str> = "select 1;\nselect 'é', x;\n".into();
        let at = source.find('x').expect("x is there");
        let place = Place::span("a.sql", &source, at..at + 1, "");
        assert_eq!(place.display(), "a.sql:2:13");
    }

    #[test]
    fn a_span_inside_a_character_is_widened_to_it() {
        let source: Arc<str> = "é".into();
        let place = Place::span("a.sql", &source, 1..1, "");
        assert_eq!(place.excerpt.map(|excerpt| excerpt.span), Some(0..2));
    }

    #[test]
    fn warnings_alone_are_no_report() {
        let code = Code::new("revision-duplicate-id");
        assert_eq!(Report::from_all(vec![Diagnostic::warning(code, "w")]), None);
        let both = vec![Diagnostic::warning(code, "w"), Diagnostic::error(code, Exit::Conflict, "e")];
        assert_eq!(Report::from_all(both).map(|report| report.exit()), Some(Exit::Conflict));
    }

    #[test]
    fn advice_repeats_the_options_that_lead_to_the_project() {
        let told = Diagnostic::error(Code::new("interrupted"), Exit::Interrupted, "interrupted")
            .try_command("Start over", "cargo xtask teardown --volumes && cargo xtask up")
            .try_command("Or stop the other one", "cargo xtask -C /srv/shop stop")
            .advise("Run `cargo xtask doctor` again");
        let repeated = told.repeating("-f other.yaml -p two");
        let commands: Vec<_> = repeated.next.iter().map(|step| step.command.as_deref().unwrap_or(&step.what)).collect();
        let expected = [
            "cargo xtask -f other.yaml -p two teardown --volumes && cargo xtask -f other.yaml -p two up",
            "cargo xtask -C /srv/shop stop",
            "Run `cargo xtask -f other.yaml -p two doctor` again",
        ];
        assert_eq!(commands, expected);
        assert_eq!(told.repeating(""), told);
    }

    #[test]
    fn words_are_quoted_where_a_shell_would_take_them_apart() {
        let quoted =
            ["runs.reactor:vessel", "mood.very sad:blue", "runs.note='it'", "a$b", "it's 5 $", ""].map(shell_word);
        let expected =
            ["runs.reactor:vessel", "\"mood.very sad:blue\"", "\"runs.note='it'\"", "'a$b'", "'it'\\''s 5 $'", "\"\""];
        assert_eq!(quoted, expected);
    }
}
