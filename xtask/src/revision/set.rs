//! A folder of revisions: pairs put together, every contradiction found.

use std::collections::HashMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::error::{FileError, FileErrorKind};
use super::file_name::{Direction, FileName};
use super::header::{Header, HeaderFault, Value};
use super::script::{check_bytes, not_utf8};
use super::{LONGEST_ID, Revision};
use crate::diagnostic::Place;

/// A file of the folder: its name and, for an up file, its first bytes (at least the whole header).
#[derive(Clone, Debug)]
pub struct HeadOfFile {
    /// The name without its folder.
    pub name: String,
    /// The first bytes; empty for a down file, whose content does not matter here.
    pub bytes: Vec<u8>,
    /// Whether these are all bytes of the file.
    pub is_whole: bool,
}

/// All revisions of a folder, in the order of their file names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RevisionSet {
    revisions: Vec<Revision>,
    by_id: HashMap<String, usize>,
    /// For each revision the whole of its up file, where reading its header had brought it.
    whole: Vec<Option<Vec<u8>>>,
}

impl RevisionSet {
    /// Puts the files of `folder` together. What is wrong comes beside what could be read.
    pub fn read(folder: &Utf8Path, mut files: Vec<HeadOfFile>) -> (Self, Vec<FileError>) {
        files.sort_by(|one, other| one.name.cmp(&other.name));
        let mut errors = Vec::new();
        let mut pairs: Vec<Pair<'_>> = Vec::new();
        for file in &files {
            match FileName::parse(&file.name) {
                Ok(None) => {}
                Err(why) => errors.push(FileError::new(FileErrorKind::Name(why), Place::file(folder.join(&file.name)))),
                Ok(Some(name)) => add_to_pairs(&mut pairs, name, file),
            }
        }
        let mut set = Self::default();
        for pair in &pairs {
            set.take(folder, pair, &mut errors);
        }
        (set, errors)
    }

    /// The revisions, in the order of their file names.
    pub fn revisions(&self) -> &[Revision] {
        &self.revisions
    }

    /// The revision of exactly this id.
    pub fn get(&self, id: &str) -> Option<&Revision> {
        self.by_id.get(id).map(|&index| &self.revisions[index])
    }

    /// The whole of a revision's up file, where reading its header had brought it anyway.
    pub fn whole_up_file(&self, id: &str) -> Option<&[u8]> {
        self.whole[*self.by_id.get(id)?].as_deref()
    }

    /// The highest version in a file name, as a number.
    pub fn last_version(&self) -> Option<i64> {
        self.revisions.iter().filter_map(|revision| revision.version.parse().ok()).max()
    }

    fn take(&mut self, folder: &Utf8Path, pair: &Pair<'_>, errors: &mut Vec<FileError>) {
        let path_of =
            |direction: Direction| folder.join(format!("{}_{}.{}.sql", pair.version, pair.slug, direction.as_str()));
        let (up_file, down_file) = (path_of(Direction::Up), path_of(Direction::Down));
        let missing = |direction: Direction, there: &Utf8PathBuf, expected: &Utf8PathBuf| {
            FileError::new(
                FileErrorKind::Missing { direction: direction.as_str(), expected: expected.clone() },
                Place::file(there),
            )
        };
        if !pair.has_down {
            errors.push(missing(Direction::Down, &up_file, &down_file));
        }
        let Some(up) = pair.up else {
            errors.push(missing(Direction::Up, &down_file, &up_file));
            return;
        };
        let same_version = |other: &&Revision| other.version.parse::<i64>().ok() == pair.version.parse::<i64>().ok();
        // Files are sorted, so a double differs from its neighbour only; leading zeros aside, which sqlx ignores too.
        if let Some(other) = self.revisions.iter().rev().take(8).find(same_version) {
            let kind =
                FileErrorKind::DuplicateVersion { version: pair.version.to_owned(), other: other.up_file.clone() };
            errors.push(FileError::new(kind, Place::file(&up_file)));
        }
        if let Some(revision) = read_revision(pair, &up.bytes, up_file, down_file, errors) {
            self.add(revision, up, errors);
        }
    }

    fn add(&mut self, revision: Revision, up: &HeadOfFile, errors: &mut Vec<FileError>) {
        if let Some(other) = self.get(&revision.id) {
            let kind = FileErrorKind::DuplicateId { id: revision.id.clone(), other: other.up_file.clone() };
            errors.push(FileError::new(kind, Place::file(&revision.up_file)));
            return;
        }
        self.by_id.insert(revision.id.clone(), self.revisions.len());
        self.revisions.push(revision);
        self.whole.push(up.is_whole.then(|| up.bytes.clone()));
    }
}

struct Pair<'a> {
    version: &'a str,
    slug: &'a str,
    up: Option<&'a HeadOfFile>,
    has_down: bool,
}

fn add_to_pairs<'a>(pairs: &mut Vec<Pair<'a>>, name: FileName<'a>, file: &'a HeadOfFile) {
    // Sorted by name, the two files of a pair are neighbours, unless one slug begins with the other.
    let same = |pair: &&mut Pair<'_>| pair.version == name.version && pair.slug == name.slug;
    let at = match pairs.iter_mut().rev().take_while(|pair| pair.version == name.version).find(same) {
        Some(pair) => pair,
        None => {
            pairs.push(Pair { version: name.version, slug: name.slug, up: None, has_down: false });
            let last = pairs.len() - 1;
            &mut pairs[last]
        }
    };
    match name.direction {
        Direction::Up => at.up = Some(file),
        Direction::Down => at.has_down = true,
    }
}

fn read_revision(
    pair: &Pair<'_>,
    bytes: &[u8],
    up_file: Utf8PathBuf,
    down_file: Utf8PathBuf,
    errors: &mut Vec<FileError>,
) -> Option<Revision> {
    let text = match decode_head(&up_file, bytes) {
        Ok(text) => text,
        Err(error) => {
            errors.push(error);
            return None;
        }
    };
    let (header, faults) = Header::parse(text);
    let before = errors.len();
    let mut check = Check { path: &up_file, text, errors };
    // Who wrote `down-revision:` is told so, and not also that `revises:` is missing.
    let is_misspelt = |fault: &HeaderFault| matches!(fault, HeaderFault::NearMiss { meant: "revises", .. });
    if header.revises.is_none() && !faults.iter().any(is_misspelt) {
        check.error(FileErrorKind::NoRevises { version: pair.version.to_owned() }, 0..0);
    }
    check.faults(faults);
    check.header(pair.version, &header);
    if errors.len() > before {
        return None;
    }
    let texts = |values: Vec<Value>| values.into_iter().map(|value| value.text).collect::<Vec<_>>();
    Some(Revision {
        id: header.revision.map_or_else(|| pair.version.to_owned(), |value| value.text),
        version: pair.version.to_owned(),
        message: header.message.unwrap_or_else(|| pair.slug.replace('_', " ")),
        revises: texts(header.revises.unwrap_or_default()),
        depends_on: texts(header.depends_on),
        branch_labels: texts(header.branch_labels),
        up_file,
        down_file,
    })
}

fn decode_head<'a>(path: &Utf8Path, bytes: &'a [u8]) -> Result<&'a str, FileError> {
    check_bytes(path, bytes)?;
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text),
        // The beginning of a file may end inside a character; only a wrong byte is an error.
        Err(error) if error.error_len().is_none() => {
            Ok(std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default())
        }
        Err(error) => Err(not_utf8(path, bytes, error.valid_up_to())),
    }
}

struct Check<'a> {
    path: &'a Utf8Path,
    text: &'a str,
    errors: &'a mut Vec<FileError>,
}

impl Check<'_> {
    fn error(&mut self, kind: FileErrorKind, span: std::ops::Range<usize>) {
        let source: Arc<str> = self.text.into();
        self.errors.push(FileError::new(kind, Place::span(self.path, &source, span, "")));
    }

    fn faults(&mut self, faults: Vec<HeaderFault>) {
        for fault in faults {
            match fault {
                HeaderFault::Twice(key, span) => self.error(FileErrorKind::Twice(key), span),
                HeaderFault::NearMiss { found, meant, span } => {
                    self.error(FileErrorKind::NearMiss { found, meant }, span);
                }
                HeaderFault::NotOneRevision(span) => self.error(FileErrorKind::NotOneRevision, span),
            }
        }
    }

    fn header(&mut self, version: &str, header: &Header) {
        if let Some(id) = &header.revision {
            let is_version = id.text.len() == 14 && id.text.bytes().all(|byte| byte.is_ascii_digit());
            if is_version && id.text != version {
                let kind = FileErrorKind::Contradiction { id: id.text.clone(), version: version.to_owned() };
                self.error(kind, id.span.clone());
            }
        }
        for value in header.revision.iter().chain(header.revises.iter().flatten()).chain(&header.depends_on) {
            self.id(value, "a revision id");
        }
        for value in &header.branch_labels {
            self.id(value, "a branch label");
        }
    }

    fn id(&mut self, value: &Value, what: &'static str) {
        if let Err(why) = check_id(&value.text) {
            let kind = FileErrorKind::InvalidId { id: value.text.clone(), what, why };
            self.error(kind, value.span.clone());
        }
    }
}

/// Whether a text can be a revision id or a branch label.
pub(super) fn check_id(id: &str) -> Result<(), &'static str> {
    if id.chars().count() > LONGEST_ID {
        return Err("it has more than 32 characters");
    }
    // Alembic refuses the first three; the others would end the word in a range, a header or a shell.
    if id.contains(['@', '-', '+', ':', ',']) || id.contains(char::is_whitespace) || id.contains(char::is_control) {
        return Err("it contains one of `@ - + : ,` or white space");
    }
    if matches!(id, "" | "head" | "heads" | "base" | "current") {
        return Err("the word has a meaning of its own");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn up(name: &str, header: &str) -> HeadOfFile {
        HeadOfFile { name: name.to_owned(), bytes: header.as_bytes().to_vec(), is_whole: true }
    }

    fn down(name: &str) -> HeadOfFile {
        up(name, "")
    }

    fn read(files: Vec<HeadOfFile>) -> (RevisionSet, Vec<String>) {
        let (set, errors) = RevisionSet::read("migrations".into(), files);
        (set, errors.iter().map(|error| format!("{}: {}", error.place.display(), error.kind)).collect())
    }

    #[test]
    fn a_pair_is_a_revision_and_its_version_its_id() {
        let (set, errors) = read(vec![
            up("20260101000000_first.up.sql", "-- First\n-- revises:\n"),
            down("20260101000000_first.down.sql"),
            up("README.md", ""),
        ]);
        assert_eq!(errors, Vec::<String>::new());
        let first = set.get("20260101000000").expect("read");
        assert_eq!((first.message.as_str(), first.created().as_deref()), ("First", Some("2026-01-01 00:00")));
        assert_eq!(first.down_file, "migrations/20260101000000_first.down.sql");
    }

    #[test]
    fn pairs_are_kept_apart_by_their_slug() {
        let (set, errors) = read(vec![
            up("1_a.up.sql", "-- revises:\n"),
            down("1_a.down.sql"),
            up("1_a.b.up.sql", "-- revises:\n-- revision: other\n"),
            down("1_a.b.down.sql"),
        ]);
        assert_eq!(set.revisions().len(), 2);
        assert_eq!(errors.len(), 1, "one version twice: {errors:?}");
    }

    #[test]
    fn every_contradiction_is_found_at_once() {
        let (_, errors) = read(vec![
            up("20260101000000_a.up.sql", "-- A\n-- revision: 20260202000000\n-- revises:\n"),
            down("20260101000000_a.down.sql"),
            up("2_b.up.sql", "-- B\n-- revises: a b\n"),
            up("3_c.up.sql", "-- C\n"),
            down("3_c.down.sql"),
            up("notes.sql", ""),
            down("4_d.down.sql"),
        ]);
        assert_eq!(
            errors,
            [
                "migrations/notes.sql: the file name ends in neither `.up.sql` nor `.down.sql`",
                "migrations/20260101000000_a.up.sql:2:14: the header says revision 20260202000000, the file name says 20260101000000",
                "migrations/2_b.up.sql: the revision's down file is missing",
                "migrations/2_b.up.sql:2:13: `a b` cannot be a revision id: it contains one of `@ - + : ,` or white space",
                "migrations/3_c.up.sql:1:1: the header does not say which revision this one follows",
                "migrations/4_d.down.sql: the revision's up file is missing",
            ]
        );
    }

    #[test]
    fn an_id_is_unique_and_keeps_its_first_file() {
        let (set, errors) = read(vec![
            up("1_a.up.sql", "-- revises:\n-- revision: x\n"),
            down("1_a.down.sql"),
            up("2_b.up.sql", "-- revises:\n-- revision: x\n"),
            down("2_b.down.sql"),
        ]);
        assert_eq!(set.revisions().len(), 1);
        assert_eq!(errors, ["migrations/2_b.up.sql: two revisions have the id x"]);
    }

    #[test]
    fn a_head_cut_inside_a_character_is_no_error() {
        let mut file = up("1_a.up.sql", "-- é\n-- revises:\n-- é");
        file.bytes.pop();
        let (set, errors) = read(vec![file, down("1_a.down.sql")]);
        assert_eq!((set.revisions().len(), errors.len()), (1, 0));
    }
}
