//! Files of the project, read and parsed when they are asked for.

use std::cell::{Cell, OnceCell};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use ruff_python_ast::{Expr, ModModule, PySourceType, Stmt};
use ruff_python_parser::{Parsed, parse_expression, parse_unchecked_source};
use ruff_text_size::TextRange;

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
}

impl Source {
    fn new(path: &Utf8Path, text: String) -> Self {
        // A byte order mark is no part of the program, but counts as bytes of the file.
        let parsed = parse_unchecked_source(&text, PySourceType::Python);
        Self { path: path.to_owned(), text: text.into(), parsed }
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
