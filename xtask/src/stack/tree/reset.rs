//! The tags `!reset` and `!override`, with which a later file takes away what an earlier one says.

use super::node::{Node, Value};
use super::source::Sources;

/// What a file takes away: paths of keys.
#[derive(Clone, Debug, Default)]
pub(super) struct Resets {
    paths: Vec<Vec<String>>,
}

impl Resets {
    /// Finds the tags of a file, and takes out the values that are only there to be tagged `!reset`.
    pub(super) fn take(root: &mut Node, sources: &Sources) -> Self {
        let mut resets = Self::default();
        resets.visit(root, &mut Vec::new(), sources);
        resets
    }

    fn visit(&mut self, node: &mut Node, path: &mut Vec<String>, sources: &Sources) {
        match &mut node.value {
            Value::Map(entries) => entries.retain_mut(|entry| {
                path.push(entry.key.clone());
                let tag = Tag::of(&entry.node, sources);
                match tag {
                    Some(_) => self.paths.push(path.clone()),
                    None => self.visit(&mut entry.node, path, sources),
                }
                path.pop();
                tag != Some(Tag::Reset)
            }),
            Value::List(items) => {
                items.retain(|item| Tag::of(item, sources) != Some(Tag::Reset));
                items.iter_mut().for_each(|item| self.visit(item, path, sources));
            }
            _ => {}
        }
    }

    /// Takes away what stands at these paths.
    pub(super) fn apply(&self, root: &mut Node) {
        for path in &self.paths {
            let Some((key, parents)) = path.split_last() else { continue };
            let parent = parents.iter().try_fold(&mut *root, |node, key| node.get_mut(key));
            if let Some(parent) = parent {
                parent.remove(key);
            }
        }
    }

    /// As [`Resets::apply`], for a service that stands by itself.
    pub(super) fn apply_to_service(&self, name: &str, service: &mut Node) {
        let of_service = |path: &Vec<String>| match &path[..] {
            [services, service, rest @ ..] if services == "services" && service == name && !rest.is_empty() => {
                Some(rest.to_vec())
            }
            _ => None,
        };
        Self { paths: self.paths.iter().filter_map(of_service).collect() }.apply(service);
    }

    /// Both together.
    pub(super) fn and(mut self, other: &Self) -> Self {
        self.paths.extend(other.paths.iter().cloned());
        self
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tag {
    Reset,
    Override,
}

impl Tag {
    /// The tag that stands before a value: the YAML library passes over it.
    fn of(node: &Node, sources: &Sources) -> Option<Self> {
        let before = sources.before(node.span).trim_end();
        let word = before.rsplit([' ', '\t', '\n', '[', ',', '{']).next()?;
        match word {
            "!reset" => Some(Self::Reset),
            "!override" => Some(Self::Override),
            _ => None,
        }
    }
}
