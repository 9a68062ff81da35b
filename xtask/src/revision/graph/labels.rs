//! Branch labels: which revisions a label covers.
//!
//! After `RevisionMap._add_branches` of Alembic 1.20.1. A label covers the revision that declares it and all that
//! descend from it (dependencies do not count). It also covers the revisions before it, down to the next branch or
//! merge point, but only where nothing branches or merges above it either.

use std::sync::Arc;

use super::RevisionGraph;
use super::edges::Index;

/// Positions in the list of labels, ascending. Shared, since most revisions have the labels of their parent.
pub(super) type LabelSet = Arc<[u32]>;

impl RevisionGraph {
    /// The labels that cover a revision, sorted.
    pub(super) fn labels_of(&self, node: Index) -> Vec<&str> {
        let mut labels: Vec<&str> =
            self.label_set(node).iter().map(|&label| self.labels[label as usize].0.as_str()).collect();
        labels.sort_unstable();
        labels
    }

    /// Whether this label covers the revision.
    pub(super) fn has_label(&self, node: Index, label: &str) -> bool {
        self.label_set(node).iter().any(|&at| self.labels[at as usize].0 == label)
    }

    fn label_set(&self, node: Index) -> &[u32] {
        if self.labels.is_empty() {
            return &[];
        }
        &self.label_sets.get_or_init(|| self.spread_labels())[node as usize]
    }

    fn spread_labels(&self) -> Vec<LabelSet> {
        let mut own: Vec<Vec<u32>> = vec![Vec::new(); self.nodes.len()];
        for (at, (_, node)) in self.labels.iter().enumerate() {
            own[*node as usize].push(at as u32);
        }
        let mut sets: Vec<LabelSet> = vec![Arc::default(); self.nodes.len()];
        for &node in &self.order {
            sets[node as usize] = match (self.down.of(node), own[node as usize].as_slice()) {
                ([], own) => own.into(),
                ([parent], []) => Arc::clone(&sets[*parent as usize]),
                (parents, own) => {
                    let inherited = parents.iter().flat_map(|&parent| sets[parent as usize].iter());
                    union(inherited.chain(own))
                }
            };
        }
        for (at, (_, node)) in self.labels.iter().enumerate() {
            for below in self.line_below(*node) {
                let set = &mut sets[below as usize];
                *set = union(set.iter().chain(&[at as u32]));
            }
        }
        sets
    }

    /// The revisions that a label covers although they come before it.
    fn line_below(&self, labelled: Index) -> Vec<Index> {
        let plain = |node: Index| self.all_next.of(node).len() < 2 && self.down.of(node).len() < 2;
        let mut above = labelled;
        loop {
            if !plain(above) {
                return Vec::new();
            }
            match self.next.of(above) {
                [child] => above = *child,
                _ => break,
            }
        }
        let mut line = Vec::new();
        let mut at = labelled;
        while let &[parent] = self.down.of(at) {
            if !plain(parent) {
                break;
            }
            line.push(parent);
            at = parent;
        }
        line
    }
}

fn union<'a>(labels: impl Iterator<Item = &'a u32>) -> LabelSet {
    let mut all: Vec<u32> = labels.copied().collect();
    all.sort_unstable();
    all.dedup();
    all.into()
}

#[cfg(test)]
mod tests {
    use super::super::tests::node;
    use super::super::{Node, RevisionGraph};

    fn labels(graph: &RevisionGraph) -> Vec<String> {
        graph.iter().map(|it| format!("{}: {}", it.id(), it.labels().join(" "))).collect()
    }

    fn labelled(id: &str, down: &[&str], label: &str) -> Node {
        Node { branch_labels: vec![label.into()], ..node(id, down) }
    }

    #[test]
    fn on_a_plain_line_a_label_covers_what_comes_before_it_too() {
        let graph = RevisionGraph::new(vec![node("a", &[]), labelled("b", &["a"], "x"), node("c", &["b"])]).unwrap();
        assert_eq!(labels(&graph), ["a: x", "b: x", "c: x"]);
    }

    #[test]
    fn a_label_stops_below_itself_at_a_branch_point() {
        let graph =
            RevisionGraph::new(vec![node("a", &[]), labelled("b", &["a"], "left"), labelled("c", &["a"], "right")])
                .unwrap();
        assert_eq!(labels(&graph), ["a: ", "b: left", "c: right"]);
    }

    #[test]
    fn a_fork_above_keeps_a_label_from_what_comes_before_it() {
        let graph =
            RevisionGraph::new(vec![node("a", &[]), labelled("b", &["a"], "x"), node("c", &["b"]), node("d", &["b"])])
                .unwrap();
        assert_eq!(labels(&graph), ["a: ", "b: x", "c: x", "d: x"]);
    }
}
