//! Lists of strings, and mappings that can also be written as lists of `KEY=VALUE`.

use std::collections::BTreeMap;

use super::Reader;
use crate::stack::tree::{Entry, Node, Value};

impl Reader<'_> {
    pub(super) fn items<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Node]> {
        if let Value::List(items) = &node.value {
            return Some(items);
        }
        self.shape(node, what, "a list");
        None
    }

    pub(super) fn map_entries<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Entry]> {
        if let Value::Map(entries) = &node.value {
            return Some(entries);
        }
        self.shape(node, what, "a mapping");
        None
    }

    pub(super) fn texts(&mut self, node: &Node, what: &str) -> Option<Vec<String>> {
        let items = self.items(node, what)?;
        Some(items.iter().filter_map(|item| self.text(item, what)).collect())
    }

    /// Strings without repetitions.
    pub(super) fn unique_texts(&mut self, node: &Node, what: &str) -> Option<Vec<String>> {
        self.texts(node, what).map(unique)
    }

    /// One string, or a list of them, without repetitions.
    pub(super) fn text_or_texts(&mut self, node: &Node, what: &str) -> Option<Vec<String>> {
        match &node.value {
            Value::Text(text) => Some(vec![text.clone()]),
            _ => self.unique_texts(node, what),
        }
    }

    /// Strings and numbers.
    pub(super) fn texts_or_numbers(&mut self, node: &Node, what: &str) -> Option<Vec<String>> {
        let items = self.items(node, what)?;
        Some(items.iter().filter_map(|item| self.text_or_number(item, what)).collect())
    }

    /// Strings of which none may be there twice.
    pub(super) fn different(&mut self, node: &Node, what: &str, texts: Option<Vec<String>>) -> Option<Vec<String>> {
        let texts = texts?;
        let twice = texts.iter().enumerate().find(|(position, text)| texts[..*position].contains(text));
        if let Some((_, text)) = twice {
            self.wrong_value(node, what, format!("it has {text:?} twice"), "Take out one of them");
            return None;
        }
        Some(texts)
    }

    /// Names with values, as a mapping or a list of `KEY=VALUE`. A name alone has no value.
    pub(super) fn pairs(&mut self, node: &Node, what: &str) -> Option<BTreeMap<String, Option<String>>> {
        match &node.value {
            Value::Map(entries) => Some(entries.iter().filter_map(|entry| self.pair(entry, what)).collect()),
            Value::List(items) => {
                let texts = items.iter().filter_map(|item| self.text(item, what));
                let pair = |text: String| match text.split_once('=') {
                    Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                    None => (text, None),
                };
                Some(texts.map(pair).collect())
            }
            _ => {
                self.shape(node, what, "a mapping or a list");
                None
            }
        }
    }

    fn pair(&mut self, entry: &Entry, what: &str) -> Option<(String, Option<String>)> {
        let value = match &entry.node.value {
            Value::Null => None,
            _ => Some(self.scalar(&entry.node, &format!("{what}.{}", entry.key))?),
        };
        Some((entry.key.clone(), value))
    }

    /// As [`Reader::pairs`], where a name alone has an empty value.
    pub(super) fn labels(&mut self, node: &Node, what: &str) -> Option<BTreeMap<String, String>> {
        let pairs = self.pairs(node, what)?;
        Some(pairs.into_iter().map(|(name, value)| (name, value.unwrap_or_default())).collect())
    }

    /// A mapping with strings and numbers.
    pub(super) fn options(&mut self, node: &Node, what: &str) -> Option<BTreeMap<String, String>> {
        let entries = self.map_entries(node, what)?;
        let pairs = entries.iter().filter_map(|entry| {
            Some((entry.key.clone(), self.text_or_number(&entry.node, &format!("{what}.{}", entry.key))?))
        });
        Some(pairs.collect())
    }

    /// As [`Reader::options`], where nothing is an empty string.
    pub(super) fn optional_options(&mut self, node: &Node, what: &str) -> Option<BTreeMap<String, String>> {
        let entries = self.map_entries(node, what)?;
        let pairs = entries.iter().filter_map(|entry| match entry.node.value {
            Value::Null => Some((entry.key.clone(), String::new())),
            _ => Some((entry.key.clone(), self.text_or_number(&entry.node, &format!("{what}.{}", entry.key))?)),
        });
        Some(pairs.collect())
    }
}

/// Drops repetitions. Items are the same if they are up to the first equals sign, and then the last one holds, in
/// the place of the first.
pub(super) fn unique(items: Vec<String>) -> Vec<String> {
    fn name(item: &str) -> &str {
        item.split('=').next().unwrap_or(item)
    }
    let mut kept: Vec<String> = Vec::with_capacity(items.len());
    for item in items {
        match kept.iter().position(|there| name(there) == name(&item)) {
            Some(position) => kept[position] = item,
            None => kept.push(item),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::unique;

    #[test]
    fn the_last_of_equals_holds_in_the_place_of_the_first() {
        let items = ["/a:size=1", "/b", "/a:size=2", "/b", "/a"].map(str::to_owned);
        assert_eq!(unique(items.to_vec()), ["/a:size=2", "/b", "/a"]);
    }
}
