//! From the text of a file to its tree: anchors and merge keys are resolved.

use std::fmt;

use camino::Utf8Path;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use super::loader::SourceFile;
use super::node::{Entry, Node, Value};
use super::source::{Sources, Span};
use super::time;
use crate::stack::StackError;

/// How many parts a file may have: far more than any that a person writes or a program makes.
const LARGEST: usize = 50_000_000;

/// Parses one YAML document, whose text is kept in `sources`.
pub(super) fn parse(sources: &mut Sources, path: &Utf8Path, text: &str) -> Result<Node, StackError> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        legacy_octal_numbers: true,
        // What is too large for a number is a text, see below.
        non_finite_float_policy: serde_saphyr::NonFiniteFloatPolicy::PassThrough,
        with_snippet: false,
        // Compose files of many services name a few anchors again and again.
        budget: serde_saphyr::budget! {
            enforce_alias_anchor_ratio: false,
            max_events: LARGEST,
            max_nodes: LARGEST,
            max_merge_keys: LARGEST,
        },
    };
    let source = sources.add(path, text);
    match serde_saphyr::from_str_with_options::<Spanned<Parsed>>(text, options) {
        Ok(parsed) => Ok(Tree { source, text }.node(parsed)),
        Err(error) => {
            let (start, end) = error.location().map_or((0, 0), |location| byte_range(text, location));
            let place = sources.place(Span { source, start, end }).into();
            let (problem, advice) = problem(&error);
            Err(StackError::Yaml { problem, advice, place })
        }
    }
}

/// `name` at the top of a file, as it is written.
pub(in crate::stack) fn name_of(file: &SourceFile) -> Option<String> {
    let root = parse(&mut Sources::default(), &file.path, &file.text).ok()?;
    root.get("name").and_then(Node::scalar).filter(|name| !name.is_empty())
}

/// Every string of a file, as it is written.
pub(in crate::stack) fn texts(path: &Utf8Path, text: &str) -> Result<Vec<String>, StackError> {
    let root = parse(&mut Sources::default(), path, text)?;
    let (mut open, mut texts) = (vec![root], Vec::new());
    while let Some(node) = open.pop() {
        match node.value {
            Value::Text(text) => texts.push(text),
            Value::List(items) => open.extend(items),
            Value::Map(entries) => open.extend(entries.into_iter().map(|entry| entry.node)),
            _ => {}
        }
    }
    Ok(texts)
}

/// What the YAML library says, without the place and without its advice about its own options; and what to do.
fn problem(error: &serde_saphyr::Error) -> (String, &'static str) {
    let text = error.to_string();
    let said = text.split(" at line ").next().unwrap_or(&text).to_owned();
    let twice = "Take out one of them, or give it another name";
    match error {
        serde_saphyr::Error::DuplicateMappingKey { key: Some(key), .. } => {
            (format!("the key `{key}` stands here twice"), twice)
        }
        serde_saphyr::Error::DuplicateMappingKey { .. } => ("a key stands here twice".to_owned(), twice),
        serde_saphyr::Error::MultipleDocuments { .. } => (
            "a second document begins here".to_owned(),
            "Put it into a file of its own, which `include` or --file names",
        ),
        _ if said.contains("tab") => (said, "Indent with blanks: YAML takes no tabs there"),
        _ if said.contains("unknown anchor") => (said, "Write the anchor above this line: `&NAME` before its value"),
        _ if said.contains("recursive") => {
            ("an anchor is named inside of its own value".to_owned(), "Take out the alias, or move the anchor")
        }
        _ if said.contains("merge value") => (said, "Write `<<: *NAME`, where NAME is the anchor of a mapping"),
        _ if said.contains("budget") => {
            ("it is too large, or too deep".to_owned(), "Split it, and name the parts under `include`")
        }
        _ => (
            said,
            "Look at this line and at those before it: a bracket or quote may be open, or an indentation differ from its neighbours'",
        ),
    }
}

/// Where a location stands in the text. The library gives bytes where it can, else characters.
fn byte_range(source: &str, location: Location) -> (usize, usize) {
    let span = location.span();
    let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    if let (Some(offset), Some(length)) = (span.byte_offset(), span.byte_len()) {
        let start = number(offset).min(source.len());
        return (start, start.saturating_add(number(length)).min(source.len()));
    }
    let start = source.char_indices().nth(number(span.offset())).map_or(source.len(), |(at, _)| at);
    let end = source[start..].char_indices().nth(number(span.len())).map_or(source.len(), |(at, _)| start + at);
    (start, end)
}

/// What the YAML library gives, before it becomes [`Node`].
enum Parsed {
    Scalar(Value),
    List(Vec<Spanned<Parsed>>),
    Map(Vec<(Spanned<String>, Spanned<Parsed>)>),
}

/// Makes the tree of what the library gives.
struct Tree<'t> {
    source: usize,
    text: &'t str,
}

impl Tree<'_> {
    fn span(&self, location: Location) -> Span {
        let number = |value: Option<u64>| usize::try_from(value.unwrap_or(0)).unwrap_or(0);
        let start = number(location.span().byte_offset());
        Span { source: self.source, start, end: start + number(location.span().byte_len()) }
    }

    fn node(&self, parsed: Spanned<Parsed>) -> Node {
        let span = self.span(parsed.defined);
        let value = match parsed.value {
            Parsed::Scalar(Value::Text(text)) if self.text.get(span.start..span.end) == Some(&text) => {
                time::written(&text).map_or(Value::Text(text), Value::Time)
            }
            // The beginning of a digest such as `12e4567` is no number.
            Parsed::Scalar(Value::Float(number)) if number.is_infinite() => match self.text.get(span.start..span.end) {
                Some(written) if written.bytes().any(|byte| byte.is_ascii_digit()) => Value::Text(written.to_owned()),
                _ => Value::Float(number),
            },
            Parsed::Scalar(value) => value,
            Parsed::List(items) => Value::List(items.into_iter().map(|item| self.node(item)).collect()),
            Parsed::Map(entries) => Value::Map(entries.into_iter().map(|entry| self.entry(entry)).collect()),
        };
        Node { value, span }
    }

    fn entry(&self, (key, value): (Spanned<String>, Spanned<Parsed>)) -> Entry {
        Entry { key_span: self.span(key.defined), key: key.value, node: self.node(value) }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_is_used_as_often_as_there_are_services() {
        let services: String =
            (0..500).map(|number| format!("  s{number}: {{ <<: *base, labels: *base }}\n")).collect();
        let text = format!("x-base: &base {{ a: 1 }}\nservices:\n{services}");
        let root = parse(&mut Sources::default(), Utf8Path::new("compose.yaml"), &text).expect("a tree");
        assert_eq!(root.get("services").map(|services| services.entries().len()), Some(500));
    }
}
