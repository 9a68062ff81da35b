//! Mappings whose keys are known.

use super::Reader;
use crate::diagnostic::Place;
use crate::stack::StackError;
use crate::stack::tree::{Node, Value};

/// A mapping of the file, and the keys that lead to it.
#[derive(Clone, Debug)]
pub(super) struct Section<'n> {
    pub(super) node: &'n Node,
    pub(super) path: String,
}

/// The keys that a mapping may have.
#[derive(Clone, Copy)]
pub(super) struct Keys {
    /// Those that are honoured.
    pub(super) known: &'static [&'static str],
    /// Those that compose knows, too.
    pub(super) refused: &'static [&'static str],
}

impl Reader<'_> {
    /// A mapping, after a look at its keys: what is unknown is told, and what begins with `x-` is passed over.
    pub(super) fn section<'n>(&mut self, node: &'n Node, path: &str, keys: Keys) -> Option<Section<'n>> {
        if !matches!(node.value, Value::Map(_)) {
            self.shape(node, path, "a mapping");
            return None;
        }
        for entry in node.entries().iter().filter(|entry| !entry.key.starts_with("x-")) {
            let key = entry.key.as_str();
            if keys.known.contains(&key) {
                continue;
            }
            let (what, place) = (joined(path, key), self.place(entry.key_span).into());
            self.errors.push(if keys.refused.contains(&key) {
                StackError::Unsupported { what, advice: super::keys::advice(key), place }
            } else {
                StackError::UnknownKey { what, nearest: nearest(key, keys), place }
            });
        }
        Some(Section { node, path: path.to_owned() })
    }

    /// The value of a key, read by `read`; `None` where the key is missing or its value is wrong.
    pub(super) fn field<'n, T>(
        &mut self,
        section: &Section<'n>,
        key: &str,
        read: impl FnOnce(&mut Self, &'n Node, &str) -> Option<T>,
    ) -> Option<T> {
        let node = section.node.get(key)?;
        read(self, node, &joined(&section.path, key))
    }

    /// As [`Reader::field`], where nothing at all is a value, too.
    pub(super) fn field_or_null<'n, T>(
        &mut self,
        section: &Section<'n>,
        key: &str,
        read: impl FnOnce(&mut Self, &'n Node, &str) -> Option<T>,
    ) -> Option<T> {
        let node = section.node.get(key).filter(|node| !matches!(node.value, Value::Null))?;
        read(self, node, &joined(&section.path, key))
    }

    /// Tells that a value is of the wrong type, unless an error was already told.
    pub(super) fn shape(&mut self, node: &Node, what: &str, expected: &'static str) {
        if !matches!(node.value, Value::Broken) {
            let place = self.place(node.span).into();
            self.errors.push(StackError::Shape { what: what.to_owned(), expected, found: node.kind(), place });
        }
    }

    /// Warns of what is read and changes nothing.
    pub(super) fn no_effect(&mut self, what: String, why: &'static str, place: Place) {
        self.errors.push(StackError::NoEffect { what, why, place: place.into() });
    }

    /// Tells that a value cannot be.
    pub(super) fn wrong_value(&mut self, node: &Node, what: &str, problem: impl Into<String>, advice: &'static str) {
        let (what, place) = (what.to_owned(), self.place(node.span).into());
        self.errors.push(StackError::Value { what, problem: problem.into(), advice, place });
    }
}

pub(super) fn joined(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// The known key that was probably meant.
fn nearest(key: &str, keys: Keys) -> Option<String> {
    let distance = |known: &&&str| strsim::damerau_levenshtein(&key.to_lowercase(), known);
    let near = keys.known.iter().min_by_key(distance)?;
    (distance(&near) <= 2.max(key.len() / 3)).then(|| (*near).to_owned())
}
