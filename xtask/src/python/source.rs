//! Files of the project, read and parsed when they are asked for.

use std::cell::{Cell, OnceCell};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use ruff_python_ast::{Expr, ModModule, PySourceType, Stmt};
use ruff_python_parser::{Parsed, parse_expression, parse_unchecked_source};
use ruff_text_size::TextRange;

use crate::diagnostic::Place;

/// Gives the texts of files. The caller reads the disk; paths are the roots' with the modules' names below them.
pub trait Files: Sync {
    /// The text of a file, if it is there.
    fn read(&self, path: &Utf8Path) -> Option<String>;
    /// Whether there is a folder.
    fn is_folder(&self, path: &Utf8Path) -> bool;
}

/// A file with its syntax tree.
pub struct Source {
    /// The path.
    pub path: Utf8PathBuf,
    /// The text.
    pub text: Arc<str>,
    parsed: Parsed<ModModule>,
    /// Where its lines end.
    ends: OnceCell<Vec<usize>>,
}

impl Source {
    /// A file with this text.
    pub fn new(path: &Utf8Path, text: String) -> Self {
        // As Python reads files: a line ends in the same way in all of them, in texts, too.
        let text = if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text };
        // A byte order mark is no part of the program, but counts as bytes of the file.
        let parsed = parse_unchecked_source(&text, PySourceType::Python);
        Self { path: path.to_owned(), text: text.into(), parsed, ends: OnceCell::new() }
    }

    /// A part of it, to be shown.
    pub fn place(&self, range: TextRange) -> Place {
        Place::on_line(&self.path, &self.text, self.line(range.start().to_usize()), range.into(), "")
    }

    /// The line, from 1, that a byte is in.
    pub fn line(&self, at: usize) -> usize {
        let ends = self.ends.get_or_init(|| self.text.match_indices('\n').map(|(at, _)| at).collect());
        ends.partition_point(|end| *end < at) + 1
    }

    /// Its statements.
    pub fn body(&self) -> &[Stmt] {
        &self.parsed.syntax().body
    }

    /// The text that it begins with, as documentation.
    pub fn docstring(&self) -> Option<String> {
        match self.body().first()? {
            Stmt::Expr(it) => it.value.as_string_literal_expr().map(|text| text.value.to_str().to_owned()),
            _ => None,
        }
    }

    /// What the parser could not read.
    pub fn problems(&self) -> Vec<(String, TextRange)> {
        self.parsed.errors().iter().map(|error| (error.error.to_string(), error.location)).collect()
    }
}

/// Keeps what was parsed for as long as values point into it.
#[derive(Default)]
pub struct Library {
    sources: Shelf<Source>,
    expressions: Shelf<Expr>,
}

impl Library {
    pub(super) fn source(&self, path: &Utf8Path, text: String) -> &Source {
        self.sources.put(Source::new(path, text))
    }

    /// The expression in a string: a forward reference.
    pub(super) fn expression(&self, text: &str) -> Option<&Expr> {
        let parsed = parse_expression(text.trim()).ok()?;
        Some(self.expressions.put(parsed.into_expr()))
    }
}

/// A collection that only grows, so that what is in it can be borrowed while more comes.
struct Shelf<T> {
    first: OnceCell<Box<Board<T>>>,
}

const BOARD: usize = 256;

struct Board<T> {
    items: Vec<OnceCell<T>>,
    used: Cell<usize>,
    next: OnceCell<Box<Board<T>>>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { first: OnceCell::new() }
    }
}

impl<T> Shelf<T> {
    fn put(&self, item: T) -> &T {
        let mut board = self.first.get_or_init(Board::empty);
        while board.used.get() == BOARD {
            board = board.next.get_or_init(Board::empty);
        }
        let at = board.used.get();
        board.used.set(at + 1);
        board.items[at].get_or_init(|| item)
    }
}

impl<T> Board<T> {
    fn empty() -> Box<Self> {
        let items = (0..BOARD).map(|_| OnceCell::new()).collect();
        Box::new(Self { items, used: Cell::new(0), next: OnceCell::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_as_python_reads_them() {
        let source = Source::new(Utf8Path::new("m.py"), "a = \"\"\"x\r\ny\"\"\"\rb = 2\n".to_owned());
        assert_eq!(&*source.text, "a = \"\"\"x\ny\"\"\"\nb = 2\n");
    }

    #[test]
    fn a_line_is_found_as_it_is_counted() {
        let source = Source::new(Utf8Path::new("m.py"), "a = 1\n\nü = 2\nb".to_owned());
        for at in 0..=source.text.len() {
            let range = TextRange::empty(u32::try_from(at).expect("short").into());
            assert_eq!(source.place(range), Place::span("m.py", &source.text, at..at, ""), "{at}");
        }
    }
}
