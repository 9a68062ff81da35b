//! Nodes as numbers: adjacency in two flat vectors, sets of nodes, and the one walk that everything uses.
//!
//! A command runs in a debug build and a project may have thousands of revisions, so nothing here allocates per
//! node and nothing recurses.

/// The position of a revision in load order.
pub(super) type Index = u32;

/// For each node, the nodes that it points to.
#[derive(Clone, Debug)]
pub(super) struct Edges {
    /// Where the targets of a node start in `to`; one entry more than there are nodes.
    start: Vec<u32>,
    to: Vec<Index>,
}

impl Edges {
    /// No nodes yet; they follow one by one with [`Edges::push`].
    pub(super) fn with_capacity(nodes: usize) -> Self {
        let mut start = Vec::with_capacity(nodes + 1);
        start.push(0);
        Self { start, to: Vec::with_capacity(nodes) }
    }

    /// Adds the next node with its targets; a target that is named twice counts once.
    pub(super) fn push(&mut self, targets: impl IntoIterator<Item = Index>) {
        let begin = self.to.len();
        for target in targets {
            if !self.to[begin..].contains(&target) {
                self.to.push(target);
            }
        }
        self.start.push(self.to.len() as u32);
    }

    /// The targets of a node.
    pub(super) fn of(&self, node: Index) -> &[Index] {
        let node = node as usize;
        &self.to[self.start[node] as usize..self.start[node + 1] as usize]
    }

    /// The number of nodes.
    pub(super) fn len(&self) -> usize {
        self.start.len() - 1
    }

    /// The same edges the other way round; targets come in load order.
    pub(super) fn reversed(&self) -> Self {
        let nodes = self.len();
        let mut start = vec![0_u32; nodes + 1];
        for &target in &self.to {
            start[target as usize + 1] += 1;
        }
        for node in 0..nodes {
            start[node + 1] += start[node];
        }
        let mut next = start.clone();
        let mut to = vec![0; self.to.len()];
        for node in 0..nodes as u32 {
            for &target in self.of(node) {
                let slot = &mut next[target as usize];
                to[*slot as usize] = node;
                *slot += 1;
            }
        }
        Self { start, to }
    }

    /// Adds to `set` every node that can be reached from `starts`, the starts included.
    pub(super) fn mark(&self, starts: &[Index], set: &mut NodeSet) {
        let mut pending = starts.to_vec();
        while let Some(node) = pending.pop() {
            if set.insert(node) {
                pending.extend_from_slice(self.of(node));
            }
        }
    }

    /// Every node that can be reached from `starts`, the starts included.
    pub(super) fn reach(&self, starts: &[Index]) -> NodeSet {
        let mut set = NodeSet::new(self.len());
        self.mark(starts, &mut set);
        set
    }
}

/// A set of nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NodeSet(Vec<bool>);

impl NodeSet {
    /// The empty set over this many nodes.
    pub(super) fn new(nodes: usize) -> Self {
        Self(vec![false; nodes])
    }

    /// Adds a node; false where it was a member already.
    pub(super) fn insert(&mut self, node: Index) -> bool {
        !std::mem::replace(&mut self.0[node as usize], true)
    }

    /// Takes a node out; false where it was no member.
    pub(super) fn remove(&mut self, node: Index) -> bool {
        std::mem::replace(&mut self.0[node as usize], false)
    }

    /// Whether the node is a member.
    pub(super) fn contains(&self, node: Index) -> bool {
        self.0[node as usize]
    }

    /// The members in load order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Index> + '_ {
        self.0.iter().enumerate().filter(|(_, member)| **member).map(|(node, _)| node as u32)
    }

    /// Whether there is no member.
    pub(super) fn is_empty(&self) -> bool {
        !self.0.contains(&true)
    }

    /// Keeps the members that are in `other` too.
    pub(super) fn intersect(&mut self, other: &Self) {
        for (member, &there) in self.0.iter_mut().zip(&other.0) {
            *member &= there;
        }
    }

    /// Takes out the members of `other`.
    pub(super) fn subtract(&mut self, other: &Self) {
        for (member, &there) in self.0.iter_mut().zip(&other.0) {
            *member &= !there;
        }
    }

    /// Adds the members of `other`.
    pub(super) fn unite(&mut self, other: &Self) {
        for (member, &there) in self.0.iter_mut().zip(&other.0) {
            *member |= there;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diamond() -> Edges {
        let mut edges = Edges::with_capacity(4);
        edges.push([]);
        edges.push([0]);
        edges.push([0, 0]);
        edges.push([1, 2]);
        edges
    }

    #[test]
    fn a_target_named_twice_counts_once() {
        assert_eq!(diamond().of(2), [0]);
    }

    #[test]
    fn reversing_gives_the_children_in_load_order() {
        let children = diamond().reversed();
        assert_eq!(children.of(0), [1, 2]);
        assert_eq!(children.of(1), [3]);
        assert!(children.of(3).is_empty());
    }

    #[test]
    fn reach_includes_the_start() {
        assert_eq!(diamond().reach(&[2]).iter().collect::<Vec<_>>(), [0, 2]);
    }
}
