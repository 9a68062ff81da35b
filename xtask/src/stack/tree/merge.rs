//! How a later file changes an earlier one.
//!
//! Follows the package `override` of compose-go: mappings are merged, lists are appended, everything else is
//! replaced, with the exceptions of [`rule`]. Duplicates in lists are settled where the lists are read, because
//! several spellings can mean the same.

use super::node::{Entry, Node, Value};
use super::source::Sources;
use crate::stack::StackError;

/// A special rule for a key.
enum Rule {
    /// The later value stands alone.
    Replace,
    /// Both become lists of `KEY=VALUE`, the later one behind.
    Sequence,
    /// As [`Rule::Sequence`], without what is there already.
    NewOnly,
    /// Lists of names become mappings.
    Names,
    /// A path alone is the context.
    Build,
    /// Options are merged where both have the same driver, or one has none.
    Logging,
    /// Pools are merged by their subnet.
    Pools,
}

/// The special rule for a path, if there is one.
fn rule(path: &[&str]) -> Option<Rule> {
    match path {
        ["networks", _, "ipam", "config"] => Some(Rule::Pools),
        ["networks" | "volumes", _, "labels"] => Some(Rule::Sequence),
        ["services", _, rest @ ..] => service_rule(rest),
        _ => None,
    }
}

fn service_rule(path: &[&str]) -> Option<Rule> {
    match path {
        ["command" | "entrypoint"] | ["healthcheck", "test"] | ["ulimits", _] => Some(Rule::Replace),
        [
            "annotations" | "dns" | "dns_opt" | "dns_search" | "env_file" | "environment" | "label_file" | "labels"
            | "sysctls" | "tmpfs",
        ]
        | ["build", "args" | "additional_contexts" | "labels"]
        | ["deploy", "labels"] => Some(Rule::Sequence),
        ["extra_hosts"] | ["build", "extra_hosts"] => Some(Rule::NewOnly),
        ["depends_on" | "networks"] => Some(Rule::Names),
        ["build"] => Some(Rule::Build),
        ["logging"] => Some(Rule::Logging),
        _ => None,
    }
}

/// Changes `base` by `over`, whose path in the file is `path`.
pub(super) fn merge(base: &mut Node, over: Node, path: &[&str], sources: &Sources, errors: &mut Vec<StackError>) {
    Merger { sources, errors }.merge(base, over, path);
}

struct Merger<'a> {
    sources: &'a Sources,
    errors: &'a mut Vec<StackError>,
}

impl Merger<'_> {
    fn merge(&mut self, base: &mut Node, over: Node, path: &[&str]) {
        match rule(path) {
            None => self.merge_plain(base, over, path),
            Some(Rule::Replace) => *base = over,
            Some(Rule::Sequence) => append(base, over, false),
            Some(Rule::NewOnly) => append(base, over, true),
            Some(Rule::Names) => {
                let entry = if path.last() == Some(&"depends_on") { started } else { nothing };
                names_to_map(base, entry);
                let mut over = over;
                names_to_map(&mut over, entry);
                self.merge_plain(base, over, path);
            }
            Some(Rule::Build) => {
                let mut over = over;
                context_to_map(base);
                context_to_map(&mut over);
                self.merge_plain(base, over, path);
            }
            Some(Rule::Logging) => {
                let driver = |node: &Node| node.get("driver").and_then(Node::scalar);
                match (driver(base), driver(&over)) {
                    (Some(ours), Some(theirs)) if ours != theirs => *base = over,
                    _ => self.merge_plain(base, over, path),
                }
            }
            Some(Rule::Pools) => self.merge_pools(base, over, path),
        }
    }

    fn merge_plain(&mut self, base: &mut Node, over: Node, path: &[&str]) {
        match (&mut base.value, over.value) {
            (_, Value::Null) | (Value::Broken, _) => {}
            (_, Value::Broken) => base.value = Value::Broken,
            (Value::Map(_), Value::Map(entries)) => self.merge_entries(base, entries, path),
            (Value::List(items), Value::List(more)) => items.extend(more),
            (Value::Map(_) | Value::List(_), value) => {
                let (expected, over) = (base.kind(), Node { value, span: over.span });
                let place = self.sources.place(over.span).into();
                self.errors.push(StackError::Shape { what: path.join("."), expected, found: over.kind(), place });
            }
            (_, value) => *base = Node { value, span: over.span },
        }
    }

    fn merge_entries(&mut self, base: &mut Node, entries: Vec<Entry>, path: &[&str]) {
        let Value::Map(ours) = &mut base.value else { return };
        for entry in entries {
            let position = ours.iter().position(|our| our.key == entry.key);
            match position {
                Some(position) if !entry.key.starts_with("x-") => {
                    let path = [path, &[entry.key.as_str()]].concat();
                    self.merge(&mut ours[position].node, entry.node, &path);
                }
                Some(position) => ours[position] = entry,
                None => ours.push(entry),
            }
        }
    }

    fn merge_pools(&mut self, base: &mut Node, over: Node, path: &[&str]) {
        let (Value::List(ours), Value::List(_)) = (&mut base.value, &over.value) else {
            return self.merge_plain(base, over, path);
        };
        let Value::List(theirs) = over.value else { return };
        let subnet = |pool: &Node| pool.get("subnet").and_then(Node::scalar);
        let mut pools: Vec<Node> = Vec::new();
        for our in std::mem::take(ours) {
            for their in &theirs {
                if subnet(&our) != subnet(their) && !pools.iter().any(|pool| subnet(pool) == subnet(their)) {
                    pools.push(their.clone());
                    continue;
                }
                let mut merged = our.clone();
                self.merge_plain(&mut merged, their.clone(), path);
                match pools.iter().position(|pool| subnet(pool) == subnet(&merged)) {
                    Some(position) => pools[position] = merged,
                    None => pools.push(merged),
                }
            }
        }
        *ours = pools;
    }
}

fn append(base: &mut Node, over: Node, new_only: bool) {
    if matches!(over.value, Value::Broken) {
        base.value = Value::Broken;
        return;
    }
    let mut items = sequence(std::mem::replace(&mut base.value, Value::Null), base.span);
    let mut more = sequence(over.value, over.span);
    if new_only {
        more.retain(|item| !items.iter().any(|there| there.says_the_same(item)));
    }
    items.extend(more);
    base.value = Value::List(items);
}

/// A mapping as a list of `KEY=VALUE`, sorted; a string as a list of it.
fn sequence(value: Value, span: super::Span) -> Vec<Node> {
    match value {
        Value::List(items) => items,
        Value::Text(text) => vec![Node::text(text, span)],
        Value::Map(entries) => {
            let mut items: Vec<Node> = entries.into_iter().flat_map(pairs).collect();
            items.sort_by_cached_key(Node::scalar);
            items
        }
        _ => Vec::new(),
    }
}

fn pairs(entry: Entry) -> Vec<Node> {
    let Entry { key, key_span, node } = entry;
    let pair = |value: &Node| match value.scalar() {
        // It is told where the list is read.
        None if matches!(value.value, Value::Time(_)) => value.clone(),
        Some(text) => Node::text(format!("{key}={text}"), value.span),
        None => Node::text(key.clone(), key_span),
    };
    match &node.value {
        Value::List(values) => values.iter().map(pair).collect(),
        _ => vec![pair(&node)],
    }
}

fn nothing(span: super::Span) -> Node {
    Node { value: Value::Null, span }
}

/// What a name alone in `depends_on` means.
fn started(span: super::Span) -> Node {
    let entry = |key: &str, node| Entry { key: key.to_owned(), key_span: span, node };
    let required = Node { value: Value::Bool(true), span };
    let entries = vec![entry("condition", Node::text("service_started", span)), entry("required", required)];
    Node { value: Value::Map(entries), span }
}

fn names_to_map(node: &mut Node, value: fn(super::Span) -> Node) {
    let Value::List(items) = &node.value else { return };
    let entry = |item: &Node| Some(Entry { key: item.scalar()?, key_span: item.span, node: value(item.span) });
    node.value = Value::Map(items.iter().filter_map(entry).collect());
}

fn context_to_map(node: &mut Node) {
    let Value::Text(context) = &node.value else { return };
    let context = Entry { key: "context".to_owned(), key_span: node.span, node: Node::text(context, node.span) };
    node.value = Value::Map(vec![context]);
}

#[cfg(test)]
mod tests {
    use crate::stack::tests::{findings_of_all, merged};

    #[test]
    fn a_later_file_adds_to_lists_and_replaces_values() {
        let stack = merged(
            "services: { a: { image: one, command: [x], ports: ['80:80'], environment: { A: 1, B: 2 }, cap_add: [X] } }",
            "services: { a: { image: two, command: null, ports: ['80:80', '81:81'], environment: [B=3, C], cap_add: [Y, X] } }",
        );
        let a = &stack.services[0];
        assert_eq!((a.image.as_ref().map(|image| image.value.as_str()), &a.command), (Some("two"), &None));
        assert_eq!(a.ports.iter().map(|port| port.value.target).collect::<Vec<_>>(), [80, 81]);
        let environment: Vec<_> = a.environment.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect();
        assert_eq!(environment, [("A", Some("1")), ("B", Some("3")), ("C", None)]);
        assert_eq!(a.cap_add, ["X", "Y"]);
        assert_eq!(a.place.display(), "compose.yaml:1:13");
        assert_eq!(a.image.as_ref().map(|image| image.place.display()).as_deref(), Some("over.yaml:1:25"));
    }

    #[test]
    fn options_of_another_log_driver_are_not_kept() {
        let logging = |over: &str| {
            let base = "services: { a: { image: x, logging: { driver: one, options: { a: b } } } }";
            let over = format!("services: {{ a: {{ logging: {over} }} }}");
            merged(base, &over).services[0].logging.as_ref().map_or(0, |logging| logging.options.len())
        };
        assert_eq!((logging("{ driver: two }"), logging("{ options: { c: d } }")), (0, 2));
    }

    #[test]
    fn what_is_tagged_is_taken_away() {
        let stack = merged(
            "services: { a: { image: x, ports: ['80:80'], labels: { a: b }, user: u, tty: true } }",
            "services:\n  a:\n    ports: !override ['81:81']\n    labels: !override\n      c: d\n    user: !reset null\n    tty: !reset\n",
        );
        let a = &stack.services[0];
        assert_eq!(a.ports.iter().map(|port| port.value.target).collect::<Vec<_>>(), [81]);
        assert_eq!((a.labels.len(), &a.user, a.tty), (1, &None, false));
    }

    #[test]
    fn a_list_cannot_replace_a_mapping() {
        let found = findings_of_all(
            &["compose.yaml", "over.yaml"],
            &[("compose.yaml", "services: { a: { image: x } }"), ("over.yaml", "services: [a]")],
        );
        assert_eq!(found, ["over.yaml:1:11 compose-wrong-type services is a list, not a mapping"]);
    }
}
