//! Variables in a tree.

use super::node::{Node, Value};
use super::source::Sources;
use crate::stack::StackError;
use crate::stack::interpolate::{Lookup, interpolate};

/// Replaces the variables of all strings; keys stay as they are. A string that is wrong is marked, so that
/// nothing else is said of it.
pub(super) fn replace_variables(node: &mut Node, sources: &Sources, lookup: Lookup<'_>) -> Vec<StackError> {
    let mut replacer = Replacer { sources, lookup, errors: Vec::new() };
    replacer.node(node, "");
    replacer.errors
}

struct Replacer<'a> {
    sources: &'a Sources,
    lookup: Lookup<'a>,
    errors: Vec<StackError>,
}

impl Replacer<'_> {
    fn node(&mut self, node: &mut Node, path: &str) {
        match &mut node.value {
            Value::Text(text) if text.contains('$') => {
                let replaced = self.text(text, path, node.span);
                node.value = replaced.map_or(Value::Broken, Value::Text);
            }
            Value::List(items) => {
                for (position, item) in items.iter_mut().enumerate() {
                    self.node(item, &format!("{path}[{position}]"));
                }
            }
            Value::Map(entries) => {
                for entry in entries {
                    let dot = if path.is_empty() { "" } else { "." };
                    self.node(&mut entry.node, &format!("{path}{dot}{}", entry.key));
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str, path: &str, span: super::Span) -> Option<String> {
        let place = || self.sources.place(span).into();
        let what = || path.to_owned();
        match interpolate(text, self.lookup) {
            Ok(result) => {
                let unset = result.unset.into_iter();
                self.errors.extend(unset.map(|variable| StackError::Unset { variable, what: what(), place: place() }));
                Some(result.text)
            }
            Err(error) => {
                self.errors.push(StackError::Template { what: what(), error, place: place() });
                None
            }
        }
    }
}
