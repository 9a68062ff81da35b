//! The texts that a project is read from, and places in them.

use std::ops::Range;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::Place;
use crate::secret::{is_secret_name, mask_urls};

/// A stretch of one of the texts: where a value is written, also where it comes through an alias.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::stack) struct Span {
    /// Which text.
    pub(super) source: usize,
    /// First byte.
    pub(super) start: usize,
    /// Byte behind the last one.
    pub(super) end: usize,
}

/// The texts, each with the name of its file as a person would say it.
#[derive(Clone, Debug, Default)]
pub(in crate::stack) struct Sources {
    texts: Vec<Source>,
}

#[derive(Clone, Debug)]
struct Source {
    path: Utf8PathBuf,
    text: Arc<str>,
    /// Where its lines begin: every key and value has a place, and counting lines for each takes its time.
    lines: Vec<usize>,
}

impl Sources {
    /// Keeps a text, and gives its number.
    pub(super) fn add(&mut self, path: &Utf8Path, text: &str) -> usize {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        self.texts.push(Source { path: path.to_owned(), text: text.into(), lines });
        self.texts.len() - 1
    }

    /// The text before a stretch.
    pub(super) fn before(&self, span: Span) -> &str {
        self.texts.get(span.source).and_then(|source| source.text.get(..span.start)).unwrap_or_default()
    }

    /// What is written there.
    pub(in crate::stack) fn written(&self, span: Span) -> &str {
        self.texts.get(span.source).and_then(|source| source.text.get(span.start..span.end)).unwrap_or_default()
    }

    /// The path of a text.
    pub(super) fn path(&self, source: usize) -> &Utf8Path {
        self.texts.get(source).map_or(Utf8Path::new(""), |source| &source.path)
    }

    /// The place of a stretch. A line that holds a secret is not shown, and of several lines only the first.
    pub(in crate::stack) fn place(&self, span: Span) -> Place {
        let Some(Source { path, text, lines }) = self.texts.get(span.source) else { return Place::file("") };
        let number = lines.partition_point(|begin| *begin <= span.start);
        let line = line_around(text, span.start);
        let end = span.end.min(line.end).max(span.start);
        let mut place = Place::on_line(path, text, number, span.start..end, "");
        if holds_secret(&text[line]) {
            place.excerpt = None;
        }
        place
    }
}

fn line_around(text: &str, at: usize) -> Range<usize> {
    let at = text.floor_char_boundary(at);
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    start..end
}

/// Whether a line gives a secret: under a name such as `DB_PASSWORD`, wherever in the line, or in a URL.
fn holds_secret(line: &str) -> bool {
    let named = line.match_indices([':', '=']).any(|(at, _)| {
        let before = line[..at].trim_end().trim_end_matches(['"', '\'']);
        let start = before.rfind(|character: char| !is_name(character)).map_or(0, |last| last + 1);
        before.get(start..).is_some_and(names_secret)
    });
    named || mask_urls(line) != line
}

/// Variables of services also hold tokens and keys.
fn names_secret(name: &str) -> bool {
    let lower = name.to_lowercase();
    let is_variable = lower != name;
    is_secret_name(name)
        || ["secret", "token", "apikey"].iter().any(|ending| lower.ends_with(ending))
        || (is_variable && lower.ends_with("key"))
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_with_secrets_are_known() {
        for line in [
            "      POSTGRES_PASSWORD: x",
            "environment: { A: b, POSTGRES_PASSWORD: ${ }",
            "  - \"POSTGRES_PASSWORD=x\"",
            "  'POSTGRES_PASSWORD' : x",
            "URL: postgres://me:x@h/d",
            "- CLIENT_SECRET=${X",
            "STRIPE_API_KEY: x",
        ] {
            assert!(holds_secret(line), "{line}");
        }
        for line in ["image: postgres:17", "secrets: [tok]", "unknown_key: x", "  ports: [\"a:1\"]", "é: ${"] {
            assert!(!holds_secret(line), "{line}");
        }
    }
}
