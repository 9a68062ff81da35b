//! The SQL of one direction of a revision, checked before anything is sent.

use std::sync::Arc;

use camino::Utf8Path;

use super::error::{FileError, FileErrorKind};
use crate::diagnostic::Place;
use crate::sql::{FaultKind, Fingerprint, Loss, Script, Verb, fingerprint, losses};

/// A script that can be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionScript {
    /// The whole text, header included, so that positions are those of the file.
    pub text: Arc<str>,
    /// The file it was read from, for messages.
    pub path: camino::Utf8PathBuf,
    /// `false` where the first line is `-- no-transaction`.
    pub transactional: bool,
    /// Its statements.
    pub script: Script,
}

impl RevisionScript {
    /// Checks the bytes of a file and splits them.
    ///
    /// # Errors
    /// Everything that is wrong with the file, with its places.
    pub fn parse(path: &Utf8Path, bytes: &[u8]) -> Result<Self, Vec<FileError>> {
        let text = decode(path, bytes).map_err(|error| vec![error])?;
        let script = Self::from_text(path, text);
        let faults = script.faults();
        if faults.is_empty() { Ok(script) } else { Err(faults) }
    }

    /// Takes a text that was checked when it was recorded.
    pub fn from_text(path: &Utf8Path, text: Arc<str>) -> Self {
        let transactional = !text.starts_with("-- no-transaction");
        let script = Script::split(&text);
        Self { text, path: path.to_owned(), transactional, script }
    }

    /// The checksum of its SQL.
    pub fn fingerprint(&self) -> Fingerprint {
        fingerprint(&self.text)
    }

    /// The mark of a script that a person has to complete before it can run.
    pub fn unconverted(&self) -> Option<FileError> {
        let mut at = 0;
        for line in self.text.split_inclusive('\n') {
            if line.starts_with(super::NOT_CONVERTED) {
                let span = at..at + line.trim_end().len();
                return Some(FileError::new(FileErrorKind::Unconverted, self.place(span, "to be completed below")));
            }
            at += line.len();
        }
        None
    }

    /// The place of a byte range in the file.
    pub fn place(&self, span: std::ops::Range<usize>, label: impl Into<String>) -> Place {
        Place::span(&self.path, &self.text, span, label)
    }

    /// Whether a unit that is a block ends with `COMMIT`, or has no end of its own.
    pub fn commits(&self, unit: &std::ops::Range<usize>) -> bool {
        let last = &self.script.statements[unit.end - 1];
        let text = last.text(&self.text).trim_start();
        let is = |word: &str| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        last.verb != Verb::End || is("commit") || is("end")
    }

    /// The statements of a unit that has run that changed settings of the session, beyond their transaction.
    pub fn settings_of(&self, unit: &std::ops::Range<usize>) -> Vec<&str> {
        if !self.commits(unit) {
            return Vec::new();
        }
        let statements = self.script.statements[unit.clone()].iter();
        statements.filter(|it| it.verb == Verb::Set).map(|it| it.text(&self.text)).collect()
    }

    fn faults(&self) -> Vec<FileError> {
        let error = |kind, span, label: &str| FileError::new(kind, self.place(span, label));
        let mut errors: Vec<FileError> = Vec::new();
        for fault in &self.script.faults {
            let what = match fault.kind {
                FaultKind::Unterminated => "a string, a comment or a quoted name that opens here is never closed",
                FaultKind::PsqlCommand => "a psql command cannot be sent to the server",
                FaultKind::Parenthesis => "a closing parenthesis has no opening one",
            };
            errors.push(error(FileErrorKind::Sql(what), fault.span.clone(), "here"));
        }
        for statement in &self.script.statements {
            let span = statement.span.clone();
            match statement.verb {
                Verb::CopyFromStdin => {
                    let what = "COPY … FROM STDIN has no data in a script that is sent as SQL; use INSERT";
                    errors.push(error(FileErrorKind::Sql(what), span, "here"));
                }
                Verb::CopyToStdout => {
                    let what = "COPY … TO STDOUT sends rows that nobody takes in a script";
                    errors.push(error(FileErrorKind::Sql(what), span, "here"));
                }
                Verb::Begin | Verb::End if self.transactional => {
                    let text = statement.text(&self.text).split_whitespace().collect::<Vec<_>>().join(" ");
                    let label = if statement.verb == Verb::Begin { "begins another" } else { "ends it" };
                    errors.push(error(FileErrorKind::TransactionControl(text), span, label));
                }
                _ => {}
            }
        }
        errors
    }

    /// The data that it destroys, as far as its words say.
    pub fn losses(&self) -> Vec<Loss> {
        losses(&self.text, &self.script)
    }
}

fn decode(path: &Utf8Path, bytes: &[u8]) -> Result<Arc<str>, FileError> {
    check_bytes(path, bytes)?;
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.into()),
        Err(error) => Err(not_utf8(path, bytes, error.valid_up_to())),
    }
}

/// The checks that need no decoding, on a whole file or on its beginning.
pub(super) fn check_bytes(path: &Utf8Path, bytes: &[u8]) -> Result<(), FileError> {
    if bytes.starts_with("\u{feff}".as_bytes()) {
        return Err(FileError::new(FileErrorKind::ByteOrderMark, at_line(path, 1)));
    }
    // PostgreSQL's text cannot hold it, and a file that does is no script. `contains` is the quick search for one byte, which
    // is all that the many files without a fault take.
    if bytes.contains(&0) {
        let at = bytes.iter().position(|&byte| byte == 0).unwrap_or_default();
        return Err(not_utf8(path, bytes, at));
    }
    if !bytes.contains(&b'\r') {
        return Ok(());
    }
    match bytes.windows(2).position(|pair| pair == b"\r\n") {
        Some(at) => Err(FileError::new(FileErrorKind::CarriageReturn, at_line(path, line_of(bytes, at)))),
        None => Ok(()),
    }
}

pub(super) fn not_utf8(path: &Utf8Path, bytes: &[u8], at: usize) -> FileError {
    let mut place = at_line(path, line_of(bytes, at));
    let line_start = bytes[..at].iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
    place.column = String::from_utf8_lossy(&bytes[line_start..at]).chars().count() + 1;
    FileError::new(FileErrorKind::NotUtf8, place)
}

fn line_of(bytes: &[u8], at: usize) -> usize {
    bytes[..at].iter().filter(|&&byte| byte == b'\n').count() + 1
}

fn at_line(path: &Utf8Path, line: usize) -> Place {
    Place { line, ..Place::file(path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<FileErrorKind> {
        match RevisionScript::parse("a.up.sql".into(), text.as_bytes()) {
            Ok(_) => Vec::new(),
            Err(errors) => errors.into_iter().map(|error| error.kind).collect(),
        }
    }

    #[test]
    fn transaction_control_is_for_scripts_that_say_so() {
        assert_eq!(kinds("select 1;\nCOMMIT;"), [FileErrorKind::TransactionControl("COMMIT".into())]);
        assert_eq!(kinds("-- no-transaction\nselect 1;\nCOMMIT;"), []);
        assert_eq!(kinds("savepoint a; rollback to savepoint a;"), []);
    }

    #[test]
    fn settings_that_outlive_their_transaction_are_known() {
        let text = "-- no-transaction\nset a = 1; select 1; begin; set b = 2; set local c = 3; commit; \
                    begin; set d = 4; rollback; select set_config('e', '5', false)";
        let script = RevisionScript::from_text("a.up.sql".into(), text.into());
        let settings: Vec<&str> = script.script.units().iter().flat_map(|unit| script.settings_of(unit)).collect();
        assert_eq!(settings, ["set a = 1", "set b = 2", "select set_config('e', '5', false)"]);
    }

    #[test]
    fn bytes_that_are_no_plain_text_are_placed() {
        let error = RevisionScript::parse("a.up.sql".into(), b"-- m\n-- \xff\n").expect_err("not UTF-8");
        assert_eq!((error[0].kind.clone(), error[0].place.display()), (FileErrorKind::NotUtf8, "a.up.sql:2:4".into()));
        let error = RevisionScript::parse("a.up.sql".into(), b"-- m\nselect 1;\r\n").expect_err("CRLF");
        assert_eq!(error[0].place.display(), "a.up.sql:2");
        let error = RevisionScript::parse("a.up.sql".into(), "\u{feff}select 1".as_bytes()).expect_err("BOM");
        assert_eq!(error[0].kind, FileErrorKind::ByteOrderMark);
    }

    #[test]
    fn sql_that_cannot_be_sent_is_refused_at_its_place() {
        let error = RevisionScript::parse("a.up.sql".into(), b"select 1;\ncopy t from stdin;\n").expect_err("copy");
        assert_eq!(error[0].place.display(), "a.up.sql:2:1");
        assert!(matches!(kinds("\\set x 1\n")[..], [FileErrorKind::Sql(_)]));
    }
}
