//! A revision seen in its graph.

use super::edges::Index;
use super::{Node, RevisionGraph};

/// A revision seen in its graph: its declaration and its neighbours.
#[derive(Clone, Copy)]
pub struct Vertex<'g> {
    pub(super) graph: &'g RevisionGraph,
    pub(super) index: Index,
}

impl<'g> Vertex<'g> {
    /// The revision identifier.
    pub fn id(self) -> &'g str {
        self.graph.id(self.index)
    }

    /// What the file declares.
    pub fn node(self) -> &'g Node {
        &self.graph.nodes[self.index as usize]
    }

    /// The revisions that name this one as a parent, in load order.
    pub fn children(self) -> impl Iterator<Item = Vertex<'g>> {
        self.graph.next.of(self.index).iter().map(move |&index| self.graph.vertex(index))
    }

    /// The revisions that name this one as a dependency and not as a parent, in load order.
    pub fn dependents(self) -> impl Iterator<Item = Vertex<'g>> {
        let children = self.graph.next.of(self.index);
        let followers = self.graph.all_next.of(self.index).iter();
        followers.filter(|index| !children.contains(index)).map(move |&index| self.graph.vertex(index))
    }

    /// The parents, in the order of the file.
    pub fn parents(self) -> impl Iterator<Item = Vertex<'g>> {
        self.graph.down.of(self.index).iter().map(move |&index| self.graph.vertex(index))
    }

    /// What has to be applied right before this revision: its parents, and its dependencies unless an ancestor
    /// has them too.
    pub fn needs(self) -> impl Iterator<Item = Vertex<'g>> {
        self.graph.needs.of(self.index).iter().map(move |&index| self.graph.vertex(index))
    }

    /// The branch labels that cover this revision, sorted; more than those of its own file.
    pub fn labels(self) -> Vec<&'g str> {
        self.graph.labels_of(self.index)
    }

    /// No children.
    pub fn is_head(&self) -> bool {
        self.graph.next.of(self.index).is_empty()
    }

    /// No children, and nobody depends on it: a row of `alembic_version` when everything is applied.
    pub fn is_real_head(&self) -> bool {
        self.graph.all_next.of(self.index).is_empty()
    }

    /// No parent.
    pub fn is_base(&self) -> bool {
        self.graph.down.of(self.index).is_empty()
    }

    /// More than one child.
    pub fn is_branch_point(&self) -> bool {
        self.graph.next.of(self.index).len() > 1
    }

    /// More than one parent.
    pub fn is_merge_point(&self) -> bool {
        self.graph.down.of(self.index).len() > 1
    }
}

impl std::fmt::Debug for Vertex<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vertex({})", self.id())
    }
}

impl PartialEq for Vertex<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.graph, other.graph) && self.index == other.index
    }
}

impl Eq for Vertex<'_> {}

#[cfg(test)]
mod tests {
    use super::super::tests::node;
    use super::super::{Node, RevisionGraph};

    #[test]
    fn children_and_dependents_are_different() {
        let dependent = Node { depends_on: vec!["a".into()], ..node("x", &[]) };
        let graph = RevisionGraph::new(vec![node("a", &[]), node("b", &["a"]), dependent]).unwrap();
        let a = graph.get("a").unwrap();
        assert_eq!(a.children().map(|it| it.id()).collect::<Vec<_>>(), ["b"]);
        assert_eq!(a.dependents().map(|it| it.id()).collect::<Vec<_>>(), ["x"]);
        let x = graph.get("x").unwrap();
        assert_eq!((x.parents().count(), x.needs().count()), (0, 1));
        assert!(a.is_base() && !a.is_head() && !a.is_branch_point());
    }
}
