//! The tree of a YAML document, each node with its place: anchors and merge keys resolved, variables replaced.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use super::error::StackError;
use super::go_text;
use super::interpolate::{Lookup, interpolate};
use crate::diagnostic::Place;
use crate::secret::{is_secret_name, mask_urls};

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    /// Byte range in the text: where the value is written, also where it comes through an alias.
    pub(super) span: Range<usize>,
}

/// A value of YAML 1.2, with the numbers that compose also takes from YAML 1.1 (`0755`, `1_000`).
#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One key with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Range<usize>,
    pub(super) node: Node,
}

impl Node {
    /// What it is, for an error.
    pub(super) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "empty",
            Value::Bool(_) => "a boolean",
            Value::Integer(_) => "an integer",
            Value::Float(_) => "a number",
            Value::Text(_) => "a string",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    /// The value under a key of a mapping; `None` for a key that is missing or has no value.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Value::Map(entries) = &self.value else { return None };
        let entry = entries.iter().find(|entry| entry.key == key)?;
        (!matches!(entry.node.value, Value::Null)).then_some(&entry.node)
    }

    /// A scalar as the text that compose makes of it; `None` for nothing, a list or a mapping.
    pub(super) fn scalar(&self) -> Option<String> {
        match &self.value {
            Value::Bool(value) => Some(value.to_string()),
            Value::Integer(value) => Some(value.to_string()),
            Value::Float(value) => Some(go_text::float(*value)),
            Value::Text(value) => Some(value.clone()),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }
}

/// A parsed file.
#[derive(Clone, Debug)]
pub(super) struct Document {
    path: Utf8PathBuf,
    source: Arc<str>,
    pub(super) root: Node,
}

impl Document {
    /// Parses one YAML document.
    pub(super) fn parse(path: &Utf8Path, text: &str) -> Result<Self, StackError> {
        let options = serde_saphyr::options! {
            strict_booleans: true,
            legacy_octal_numbers: true,
            with_snippet: false,
        };
        let source: Arc<str> = text.into();
        match serde_saphyr::from_str_with_options::<Spanned<Parsed>>(text, options) {
            Ok(parsed) => Ok(Self { path: path.to_owned(), source, root: node(parsed) }),
            Err(error) => {
                let span = error.location().map_or(0..0, |location| byte_range(&source, location));
                let place = Place::span(path, &source, span, "").into();
                Err(StackError::Yaml { problem: problem(&error), place })
            }
        }
    }

    /// The place of a stretch of the text. A line that holds a secret is not shown.
    pub(super) fn place(&self, span: &Range<usize>) -> Place {
        let mut place = Place::span(&self.path, &self.source, span.clone(), "");
        let start = self.source[..span.start].rfind('\n').map_or(0, |newline| newline + 1);
        let line = self.source[start..].lines().next().unwrap_or_default();
        let name = line.trim_start_matches(['-', ' ', '"', '\'']).split([':', '=']).next().unwrap_or_default();
        if is_secret_name(name.trim_end()) || mask_urls(line) != line {
            place.excerpt = None;
        }
        place
    }

    /// Replaces the variables of all strings; keys stay as they are.
    pub(super) fn interpolate(&mut self, lookup: Lookup<'_>) -> Vec<StackError> {
        let mut root = std::mem::replace(&mut self.root, Node { value: Value::Null, span: 0..0 });
        let mut errors = Vec::new();
        self.interpolate_node(&mut root, "", lookup, &mut errors);
        self.root = root;
        errors
    }

    /// Every string, as it is written.
    pub(super) fn texts(&self) -> Vec<&str> {
        let (mut open, mut texts) = (vec![&self.root], Vec::new());
        while let Some(node) = open.pop() {
            match &node.value {
                Value::Text(text) => texts.push(text.as_str()),
                Value::List(items) => open.extend(items),
                Value::Map(entries) => open.extend(entries.iter().map(|entry| &entry.node)),
                Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) => {}
            }
        }
        texts
    }

    fn interpolate_node(&self, node: &mut Node, path: &str, lookup: Lookup<'_>, errors: &mut Vec<StackError>) {
        match &mut node.value {
            Value::Text(text) => match interpolate(text, lookup) {
                Ok(result) => {
                    *text = result.text;
                    let unset = result.unset.into_iter().map(|variable| StackError::Unset {
                        variable,
                        what: path.to_owned(),
                        place: self.place(&node.span).into(),
                    });
                    errors.extend(unset);
                }
                Err(error) => {
                    errors.push(StackError::Template {
                        what: path.to_owned(),
                        error,
                        place: self.place(&node.span).into(),
                    });
                }
            },
            Value::List(items) => {
                for (position, item) in items.iter_mut().enumerate() {
                    self.interpolate_node(item, &format!("{path}[{position}]"), lookup, errors);
                }
            }
            Value::Map(entries) => {
                for entry in entries {
                    let dot = if path.is_empty() { "" } else { "." };
                    self.interpolate_node(&mut entry.node, &format!("{path}{dot}{}", entry.key), lookup, errors);
                }
            }
            Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) => {}
        }
    }
}

/// What the YAML library says, without the place and without its advice about its own options.
fn problem(error: &serde_saphyr::Error) -> String {
    match error {
        serde_saphyr::Error::DuplicateMappingKey { key: Some(key), .. } => format!("the key `{key}` stands here twice"),
        serde_saphyr::Error::DuplicateMappingKey { .. } => "a key stands here twice".to_owned(),
        serde_saphyr::Error::MultipleDocuments { .. } => "a second document begins here".to_owned(),
        _ => {
            let text = error.to_string();
            text.split(" at line ").next().unwrap_or(&text).to_owned()
        }
    }
}

/// Where a location stands in the text. The library gives bytes where it can, else characters.
fn byte_range(source: &str, location: Location) -> Range<usize> {
    let span = location.span();
    let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    if let (Some(offset), Some(length)) = (span.byte_offset(), span.byte_len()) {
        let start = number(offset).min(source.len());
        return start..start.saturating_add(number(length)).min(source.len());
    }
    let start = source.char_indices().nth(number(span.offset())).map_or(source.len(), |(at, _)| at);
    let end = source[start..].char_indices().nth(number(span.len())).map_or(source.len(), |(at, _)| start + at);
    start..end
}

/// What the YAML library gives, before it becomes [`Node`].
enum Parsed {
    Scalar(Value),
    List(Vec<Spanned<Parsed>>),
    Map(Vec<(Spanned<String>, Spanned<Parsed>)>),
}

fn range(location: Location) -> Range<usize> {
    let number = |value: Option<u64>| usize::try_from(value.unwrap_or(0)).unwrap_or(0);
    let start = number(location.span().byte_offset());
    start..start + number(location.span().byte_len())
}

fn node(parsed: Spanned<Parsed>) -> Node {
    let value = match parsed.value {
        Parsed::Scalar(value) => value,
        Parsed::List(items) => Value::List(items.into_iter().map(node).collect()),
        Parsed::Map(entries) => Value::Map(entries.into_iter().map(entry).collect()),
    };
    Node { value, span: range(parsed.defined) }
}

fn entry((key, value): (Spanned<String>, Spanned<Parsed>)) -> Entry {
    Entry { key_span: range(key.defined), key: key.value, node: node(value) }
}

impl<'de> Deserialize<'de> for Parsed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Parsed;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Parsed, E> {
        Ok(Parsed::Scalar(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Parsed, E> {
        Ok(Parsed::Scalar(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Parsed, E> {
        Ok(Parsed::Scalar(Value::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Parsed, E> {
        Ok(Parsed::Scalar(Value::Integer(value.into())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Parsed, E> {
        Ok(Parsed::Scalar(Value::Integer(value.into())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Parsed, E> {
        Ok(Parsed::Scalar(Value::Float(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Parsed, E> {
        Ok(Parsed::Scalar(Value::Text(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Parsed, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Parsed::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Parsed, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Parsed::Map(entries))
    }
}
