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
use crate::path::in_folder;

/// A file of the folder: its name and, for an up file, what its first bytes say.
#[derive(Clone, Debug)]
pub struct HeadOfFile {
    name: String,
    up: Option<Box<UpFile>>,
}

/// What is known of an up file.
#[derive(Clone, Debug)]
struct UpFile {
    /// Nothing where the errors say why.
    revision: Option<Revision>,
    errors: Vec<FileError>,
    whole: Option<Vec<u8>>,
}

impl HeadOfFile {
    /// A file whose content does not matter here: a down file, or something else.
    pub fn named(name: String) -> Self {
        Self { name, up: None }
    }

    /// An up file of `folder` with its first bytes: at least the whole header. `is_whole` is whether they are all bytes of
    /// the file. The header is read here and not where the set is put together, so that a caller with many files can share
    /// that work among threads.
    pub fn up(folder: &Utf8Path, name: String, bytes: Vec<u8>, is_whole: bool) -> Self {
        // A name that is no revision's is told where the set is put together.
        let Ok(Some(parts)) = FileName::parse(&name) else { return Self::named(name) };
        let mut errors = Vec::new();
        let revision = read_revision(folder, &parts, &bytes, &mut errors);
        let up = UpFile { revision, errors, whole: is_whole.then_some(bytes) };
        Self { name, up: Some(Box::new(up)) }
    }
}

/// All revisions of a folder, in the order of their file names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RevisionSet {
    revisions: Vec<Revision>,
    by_id: HashMap<String, usize>,
    /// For each revision its version as a number.
    numbers: Vec<i64>,
    /// The highest of them.
    last: Option<i64>,
    /// For each revision the whole of its up file, where reading its header had brought it.
    whole: Vec<Option<Vec<u8>>>,
}

impl RevisionSet {
    /// Puts the files of `folder` together. What is wrong comes beside what could be read.
    pub fn read(folder: &Utf8Path, mut files: Vec<HeadOfFile>) -> (Self, Vec<FileError>) {
        files.sort_by(|one, other| one.name.cmp(&other.name));
        let (names, mut ups): (Vec<String>, Vec<_>) = files.into_iter().map(|file| (file.name, file.up)).unzip();
        let mut errors = Vec::new();
        let mut pairs: Vec<Pair<'_>> = Vec::new();
        for (index, name) in names.iter().enumerate() {
            match FileName::parse(name) {
                Ok(None) => {}
                Err(why) => errors.push(FileError::new(FileErrorKind::Name(why), Place::file(in_folder(folder, name)))),
                Ok(Some(name)) => add_to_pairs(&mut pairs, name, index),
            }
        }
        let mut set = Self::default();
        for pair in &pairs {
            let up = pair.up.and_then(|index| ups[index].take());
            set.take(folder, pair, up, &mut errors);
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
        self.last
    }

    fn take(&mut self, folder: &Utf8Path, pair: &Pair<'_>, up: Option<Box<UpFile>>, errors: &mut Vec<FileError>) {
        let path_of = |direction| file_of(folder, &pair.name, direction);
        let missing = |direction: Direction, there| {
            let kind = FileErrorKind::Missing { direction: direction.as_str(), expected: path_of(direction) };
            FileError::new(kind, Place::file(path_of(there)))
        };
        if !pair.has_down {
            errors.push(missing(Direction::Down, Direction::Up));
        }
        let Some(mut up) = up else {
            errors.push(missing(Direction::Up, Direction::Down));
            return;
        };
        if let Some(other) = self.of_version(pair.name.number) {
            let (version, other) = (pair.name.version.to_owned(), other.up_file.clone());
            let place = Place::file(path_of(Direction::Up));
            errors.push(FileError::new(FileErrorKind::DuplicateVersion { version, other }, place));
        }
        errors.append(&mut up.errors);
        if let Some(revision) = up.revision {
            self.add(revision, pair.name.number, up.whole, errors);
        }
    }

    /// The revision of this version. Only leading zeros, which sqlx ignores, and numbers of different lengths make a file's
    /// version lower than one before it.
    fn of_version(&self, number: i64) -> Option<&Revision> {
        if self.last.is_none_or(|last| last < number) {
            return None;
        }
        self.numbers.iter().position(|&other| other == number).map(|index| &self.revisions[index])
    }

    fn add(&mut self, revision: Revision, number: i64, whole: Option<Vec<u8>>, errors: &mut Vec<FileError>) {
        if let Some(other) = self.get(&revision.id) {
            let kind = FileErrorKind::DuplicateId { id: revision.id.clone(), other: other.up_file.clone() };
            errors.push(FileError::new(kind, place_of_id(&revision, whole.as_deref())));
            return;
        }
        self.by_id.insert(revision.id.clone(), self.revisions.len());
        self.revisions.push(revision);
        self.numbers.push(number);
        self.last = self.last.max(Some(number));
        self.whole.push(whole);
    }
}

struct Pair<'a> {
    /// That of one of its files; the direction means nothing.
    name: FileName<'a>,
    /// Where its up file is among the files.
    up: Option<usize>,
    has_down: bool,
}

fn add_to_pairs<'a>(pairs: &mut Vec<Pair<'a>>, name: FileName<'a>, index: usize) {
    // Sorted by name, the two files of a pair are neighbours, unless one slug begins with the other.
    let same = |pair: &&mut Pair<'_>| pair.name.slug == name.slug;
    let direction = name.direction;
    let at = match pairs.iter_mut().rev().take_while(|pair| pair.name.version == name.version).find(same) {
        Some(pair) => pair,
        None => pairs.push_mut(Pair { name, up: None, has_down: false }),
    };
    match direction {
        Direction::Up => at.up = Some(index),
        Direction::Down => at.has_down = true,
    }
}

fn file_of(folder: &Utf8Path, name: &FileName<'_>, direction: Direction) -> Utf8PathBuf {
    in_folder(folder, &format!("{}_{}.{}.sql", name.version, name.slug, direction.as_str()))
}

fn read_revision(
    folder: &Utf8Path,
    name: &FileName<'_>,
    bytes: &[u8],
    errors: &mut Vec<FileError>,
) -> Option<Revision> {
    let up_file = file_of(folder, name, Direction::Up);
    let text = match decode_head(&up_file, bytes) {
        Ok(text) => text,
        Err(error) => {
            errors.push(error);
            return None;
        }
    };
    let (header, faults) = Header::parse(text);
    let mut check = Check { path: &up_file, text, errors };
    // Who wrote `down-revision:` is told so, and not also that `revises:` is missing.
    let is_misspelt = |fault: &HeaderFault| matches!(fault, HeaderFault::NearMiss { meant: "revises", .. });
    if header.revises.is_none() && !faults.iter().any(is_misspelt) {
        check.error(FileErrorKind::NoRevises { version: name.version.to_owned() }, 0..0);
    }
    check.faults(faults);
    check.header(name.version, &header);
    if !errors.is_empty() {
        return None;
    }
    let texts = |values: Vec<Value>| values.into_iter().map(|value| value.text).collect::<Vec<_>>();
    Some(Revision {
        id: header.revision.map_or_else(|| name.version.to_owned(), |value| value.text),
        version: name.version.to_owned(),
        message: header.message.unwrap_or_else(|| name.slug.replace('_', " ")),
        revises: texts(header.revises.unwrap_or_default()),
        depends_on: texts(header.depends_on),
        branch_labels: texts(header.branch_labels),
        down_file: file_of(folder, name, Direction::Down),
        up_file,
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

/// Where a revision's file states its id; the whole file where it follows from the name.
fn place_of_id(revision: &Revision, whole: Option<&[u8]>) -> Place {
    let text = whole.and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    match Header::parse(text).0.revision {
        Some(value) => Place::span(&revision.up_file, &text.into(), value.span, ""),
        None => Place::file(&revision.up_file),
    }
}

/// Whether a text can be a revision id or a branch label.
pub(super) fn check_id(id: &str) -> Result<(), &'static str> {
    if id.len() > LONGEST_ID && id.chars().count() > LONGEST_ID {
        return Err("it has more than 32 characters");
    }
    // Alembic refuses the first three; the others would end the word in a range, a header or a shell. Nearly every id is
    // made of letters and digits, which need no second look.
    let is_plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let is_reserved = |letter: char| "@-+:,".contains(letter) || letter.is_whitespace() || letter.is_control();
    if !is_plain && id.contains(is_reserved) {
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
        HeadOfFile::up("migrations".into(), name.to_owned(), header.as_bytes().to_vec(), true)
    }

    fn down(name: &str) -> HeadOfFile {
        HeadOfFile::named(name.to_owned())
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
        assert_eq!(errors, ["migrations/2_b.up.sql:2:14: two revisions have the id x"]);
    }

    #[test]
    fn leading_zeros_make_no_other_version() {
        let names = ["0001_a", "0002_b", "0003_c", "1_d", "10_e", "2_f"];
        let files = names.iter().flat_map(|name| {
            let header = format!("-- revises:\n-- revision: {}\n", &name[name.len() - 1..]);
            [up(&format!("{name}.up.sql"), &header), down(&format!("{name}.down.sql"))]
        });
        let (set, errors) = read(files.collect());
        let expected = [
            "migrations/1_d.up.sql: two revisions have the version 1",
            "migrations/2_f.up.sql: two revisions have the version 2",
        ];
        assert_eq!((errors, set.last_version()), (expected.map(str::to_owned).to_vec(), Some(10)));
    }

    #[test]
    fn a_head_cut_inside_a_character_is_no_error() {
        let mut bytes = "-- é\n-- revises:\n-- é".as_bytes().to_vec();
        bytes.pop();
        let file = HeadOfFile::up("migrations".into(), "1_a.up.sql".to_owned(), bytes, false);
        let (set, errors) = read(vec![file, down("1_a.down.sql")]);
        assert_eq!((set.revisions().len(), errors.len()), (1, 0));
    }
}
