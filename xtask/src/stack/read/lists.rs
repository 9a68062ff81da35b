//! Lists of strings, and mappings that can also be written as lists of `KEY=VALUE`.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use super::Reader;
use crate::stack::located::Located;
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

    /// One path, or a list of them.
    pub(super) fn paths(&mut self, node: &Node, what: &str) -> Option<Vec<Located<Utf8PathBuf>>> {
        let items = match &node.value {
            Value::Text(_) => std::slice::from_ref(node),
            _ => self.items(node, what)?,
        };
        let path = |item: &Node| Some(Located { value: self.text(item, what)?.into(), place: self.place(item.span) });
        Some(items.iter().filter_map(path).collect())
    }

    /// Strings and whole numbers.
    pub(super) fn texts_or_integers(&mut self, node: &Node, what: &str) -> Option<Vec<String>> {
        let items = self.items(node, what)?;
        Some(items.iter().filter_map(|item| self.text_or_integer(item, what)).collect())
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
        if entry.key.is_empty() {
            self.wrong_value(&entry.node, what, "a key is empty", "Write a name, or take the line out");
            return None;
        }
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
    use crate::stack::tests::{findings_of, loaded};

    fn service(line: &str) -> String {
        format!("services:\n  a:\n    image: x\n    {line}\n  b: {{ image: y }}\n")
    }

    #[test]
    fn what_compose_does_not_take_is_told() {
        let lines = [
            ("environment: { \"\": 1 }", "environment: a key is empty"),
            ("environment: { A: 2026-11-27 }", "environment.A is a date, not a string or a number"),
            ("labels: { A: 2026-11-27T10:00:00Z }", "labels.A is a date, not a string or a number"),
            ("user: 2026-1-2", "user is a date, not a string"),
            ("depends_on: [b, b]", "depends_on: it has \"b\" twice"),
            (
                "depends_on: { b: { condition: service_started, required: \"no\" } }",
                "depends_on.b.required is a string, not true or false",
            ),
            ("group_add: [1.5]", "group_add is a number, not a string or an integer"),
            ("device_cgroup_rules: [a, a]", "device_cgroup_rules: it has \"a\" twice"),
            ("external_links: [a, a]", "external_links: it has \"a\" twice"),
            ("extra_hosts: [a=1, a=1]", "extra_hosts: it has \"a=1\" twice"),
            ("networks: [default, default]", "networks: it has \"default\" twice"),
            (
                "networks: { default: { gw_priority: \"1\" } }",
                "networks.default.gw_priority is a string, not a whole number",
            ),
            ("volumes_from: [b, b]", "volumes_from: it has \"b\" twice"),
            ("expose: [1.5]", "expose is a number, not a string or an integer"),
            ("devices: [{ source: /dev/a }]", "devices: an entry has no `target`"),
            ("container_name: x", "container_name: \"x\" is no name of a container"),
            ("container_name: _ab", "container_name: \"_ab\" is no name of a container"),
        ];
        for (line, expected) in lines {
            let found = findings_of(&[("compose.yaml", &service(line))]);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].ends_with(&format!("services.a.{expected}")), "{found:?}");
        }
    }

    #[test]
    fn two_things_at_one_path_are_told() {
        for line in ["tmpfs: [/t, \"/t:size=1m\"]", "tmpfs: /t\n    volumes: [\"/a:/t\"]"] {
            let found = findings_of(&[("compose.yaml", &service(line))]);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].ends_with("mounts two things at /t"), "{found:?}");
        }
    }

    #[test]
    fn numbers_become_the_text_that_compose_makes_of_them() {
        let line = "environment: { A: 12e45678, B: 1000000.0, C: -.inf, D: 2026-13-01, E: 100000.0 }";
        let stack = loaded(&[("compose.yaml", &service(line))]);
        let values: Vec<&str> = stack.services[0].environment.values().filter_map(Option::as_deref).collect();
        assert_eq!(values, ["12e45678", "1e+06", "-Inf", "2026-13-01", "100000"]);
    }

    #[test]
    fn the_last_of_equals_holds_in_the_place_of_the_first() {
        let items = ["/a:size=1", "/b", "/a:size=2", "/b", "/a"].map(str::to_owned);
        assert_eq!(unique(items.to_vec()), ["/a:size=2", "/b", "/a"]);
    }
}
