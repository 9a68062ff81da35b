//! Values of YAML with their places.

use super::source::Span;
use crate::stack::go_text;
use crate::stack::json::Json;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(in crate::stack) struct Node {
    pub(in crate::stack) value: Value,
    /// Where it is written.
    pub(in crate::stack) span: Span,
}

/// A value of YAML 1.2, with the numbers that compose also takes from YAML 1.1 (`0755`, `1_000`).
#[derive(Clone, Debug)]
pub(in crate::stack) enum Value {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    /// A day without quotes, such as `2026-11-27`, of which Go makes a time; written as that.
    Time(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
    /// What an error was already told of.
    Broken,
}

/// One key with its value.
#[derive(Clone, Debug)]
pub(in crate::stack) struct Entry {
    pub(in crate::stack) key: String,
    pub(in crate::stack) key_span: Span,
    pub(in crate::stack) node: Node,
}

impl Node {
    /// What it is, for an error.
    pub(in crate::stack) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "empty",
            Value::Bool(_) => "a boolean",
            Value::Integer(_) => "an integer",
            Value::Float(_) => "a number",
            Value::Text(_) => "a string",
            Value::Time(_) => "a date",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
            Value::Broken => "wrong",
        }
    }

    /// A mapping without entries.
    pub(super) fn empty_map(span: Span) -> Self {
        Self { value: Value::Map(Vec::new()), span }
    }

    pub(super) fn text(text: impl Into<String>, span: Span) -> Self {
        Self { value: Value::Text(text.into()), span }
    }

    /// The entries of a mapping; none of anything else.
    pub(in crate::stack) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The value under a key of a mapping.
    pub(in crate::stack) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        let Value::Map(entries) = &mut self.value else { return None };
        entries.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.node)
    }

    /// Adds a key with a string to a mapping.
    pub(super) fn insert(&mut self, key: &str, text: &str) {
        let span = self.span;
        if let Value::Map(entries) = &mut self.value {
            entries.push(Entry { key: key.to_owned(), key_span: span, node: Self::text(text, span) });
        }
    }

    /// Takes a key out of a mapping.
    pub(super) fn remove(&mut self, key: &str) -> Option<Entry> {
        let Value::Map(entries) = &mut self.value else { return None };
        let position = entries.iter().position(|entry| entry.key == key)?;
        Some(entries.remove(position))
    }

    /// Whether both say the same, wherever they are written. The order of keys does not matter.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Value::List(ours), Value::List(theirs)) => {
                ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(one, two)| one.says_the_same(two))
            }
            (Value::Map(ours), Value::Map(theirs)) => {
                ours.len() == theirs.len()
                    && ours.iter().all(|one| other.get(&one.key).is_some_and(|two| one.node.says_the_same(two)))
            }
            (Value::Null, Value::Null) => true,
            (Value::Text(one), Value::Text(two)) => one == two,
            _ => self.kind() == other.kind() && self.scalar() == other.scalar() && self.scalar().is_some(),
        }
    }

    /// As JSON, with sorted keys.
    pub(in crate::stack) fn to_json(&self) -> Json {
        match &self.value {
            Value::Null | Value::Broken => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Integer(value) => Json::Integer(*value),
            Value::Float(value) if value.is_finite() => Json::Double(*value),
            // JSON has no number for it.
            Value::Float(value) => Json::Text(go_text::float(*value)),
            Value::Text(value) | Value::Time(value) => Json::Text(value.clone()),
            // Go makes nothing of a list without items.
            Value::List(items) if items.is_empty() => Json::Null,
            Value::List(items) => Json::List(items.iter().map(Self::to_json).collect()),
            Value::Map(entries) => {
                let mut entries: Vec<_> = entries.iter().map(|it| (it.key.clone(), it.node.to_json())).collect();
                entries.sort_by(|one, other| one.0.cmp(&other.0));
                Json::Object(entries)
            }
        }
    }

    /// A scalar as the text that compose makes of it; `None` for nothing, a date, a list or a mapping.
    pub(in crate::stack) fn scalar(&self) -> Option<String> {
        match &self.value {
            Value::Bool(value) => Some(value.to_string()),
            Value::Integer(value) => Some(value.to_string()),
            Value::Float(value) => Some(go_text::float(*value)),
            Value::Text(value) => Some(value.clone()),
            Value::Null | Value::Time(_) | Value::List(_) | Value::Map(_) | Value::Broken => None,
        }
    }
}
