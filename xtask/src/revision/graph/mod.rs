//! The revision graph: which revisions follow which, what a target means, and what `alembic_version` holds after
//! each step.
//!
//! The semantics are those of Alembic 1.20.1 (`alembic/script/revision.py`, `alembic/script/base.py`,
//! `alembic/runtime/migration.py` and `alembic/command.py`), so that a team can go back and forth between the two
//! tools on one database. Inputs on which Alembic itself crashes are refused here. Everything is computed with
//! numbers in place of identifiers, without recursion, and in linear time for the histories that teams have.
//!
//! Vocabulary: a *parent* is named by `revises`, a *dependency* by `depends-on`. A *head* has no children; a
//! *real head* has, besides, nobody who depends on it, and is what `alembic_version` holds once everything is
//! applied.

use std::collections::HashMap;
use std::sync::OnceLock;

mod build;
mod current;
mod downgrade;
mod edges;
mod error;
mod explain;
mod history;
mod labels;
mod order;
#[cfg(test)]
mod properties;
mod resolve;
mod rewind;
mod rows;
mod stamp;
mod target;
mod upgrade;
mod vertex;
mod walk;
mod write;

pub use error::{GraphError, Purpose};
pub use history::{Bound, Traversal};
pub use resolve::Resolved;
pub use rows::{Direction, Plan, RowOp, Rows, Step};
pub use stamp::{StampPlan, StampStep};
pub use target::{MAX_REVISION_LENGTH, TargetRange};
pub use vertex::Vertex;
pub use write::NewRevision;

use edges::{Edges, Index};
use labels::LabelSet;

/// One revision as its file declares it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// The revision identifier.
    pub id: String,
    /// The parents (`revises`): none for a base, two or more for a merge.
    pub down: Vec<String>,
    /// Revisions of other branches that must be applied before this one: identifiers or branch labels.
    pub depends_on: Vec<String>,
    /// Names that this revision gives to its branch.
    pub branch_labels: Vec<String>,
}

/// Something about a set of revisions that is no error for the graph, but that a person should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// An identifier comes more than once; the last definition counts.
    DuplicateId {
        /// The identifier.
        id: String,
    },
    /// A bare `-N` was asked for while several revisions are current; it counts from the first row.
    AmbiguousRelativeDowngrade {
        /// The row that was chosen.
        from: String,
    },
}

/// The revisions of a project and how they follow each other.
#[derive(Clone, Debug)]
pub struct RevisionGraph {
    /// In load order.
    nodes: Vec<Node>,
    /// Identifiers and branch labels.
    names: HashMap<String, Index>,
    labels: Vec<(String, Index)>,
    warnings: Vec<Warning>,
    /// Parents.
    down: Edges,
    /// Parents and those dependencies that no ancestor declares already.
    needs: Edges,
    /// Children.
    next: Edges,
    /// Children and dependents.
    all_next: Edges,
    /// Parents and dependencies before their followers.
    order: Vec<Index>,
    /// For each node, its place in `order`.
    rank: Vec<u32>,
    heads: Vec<Index>,
    real_heads: Vec<Index>,
    bases: Vec<Index>,
    /// Computed when first asked for: most commands never do.
    label_sets: OnceLock<Vec<LabelSet>>,
}

impl RevisionGraph {
    /// The number of revisions.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no revision at all.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The revision with exactly this identifier; for everything else a person may type there is
    /// [`RevisionGraph::resolve`].
    pub fn get(&self, id: &str) -> Option<Vertex<'_>> {
        self.find(id).map(|index| self.vertex(index))
    }

    /// All revisions in load order.
    pub fn iter(&self) -> impl Iterator<Item = Vertex<'_>> {
        (0..self.nodes.len() as Index).map(|index| self.vertex(index))
    }

    /// What was odd while loading.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The branch labels and the revisions that declare them, in load order.
    pub fn branch_labels(&self) -> impl Iterator<Item = (&str, Vertex<'_>)> {
        self.labels.iter().map(|(label, index)| (label.as_str(), self.vertex(*index)))
    }

    /// Revisions without children.
    pub fn heads(&self) -> Vec<&str> {
        self.ids(&self.heads)
    }

    /// Heads on which no other revision depends: the rows of `alembic_version` when everything is applied.
    pub fn real_heads(&self) -> Vec<&str> {
        self.ids(&self.real_heads)
    }

    /// Revisions without a parent.
    pub fn bases(&self) -> Vec<&str> {
        self.ids(&self.bases)
    }

    /// Revisions with more than one child.
    pub fn branch_points(&self) -> Vec<&str> {
        self.iter().filter(Vertex::is_branch_point).map(|it| it.id()).collect()
    }

    /// Revisions with more than one parent.
    pub fn merge_points(&self) -> Vec<&str> {
        self.iter().filter(Vertex::is_merge_point).map(|it| it.id()).collect()
    }

    fn vertex(&self, index: Index) -> Vertex<'_> {
        Vertex { graph: self, index }
    }

    fn id(&self, index: Index) -> &str {
        &self.nodes[index as usize].id
    }

    fn ids(&self, nodes: &[Index]) -> Vec<&str> {
        nodes.iter().map(|&node| self.id(node)).collect()
    }

    fn owned_ids(&self, nodes: &[Index]) -> Vec<String> {
        nodes.iter().map(|&node| self.id(node).to_owned()).collect()
    }

    /// The node with exactly this identifier (a label is none).
    fn find(&self, id: &str) -> Option<Index> {
        self.names.get(id).copied().filter(|&index| self.id(index) == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A revision without dependencies and labels.
    pub(super) fn node(id: &str, down: &[&str]) -> Node {
        Node { id: id.into(), down: down.iter().map(|&it| it.into()).collect(), ..Node::default() }
    }

    /// A graph of such revisions.
    pub(super) fn graph(nodes: &[(&str, &[&str])]) -> RevisionGraph {
        RevisionGraph::new(nodes.iter().map(|(id, down)| node(id, down))).expect("a valid graph")
    }

    #[test]
    fn heads_bases_branches_and_merges() {
        let graph = graph(&[("a", &[]), ("b", &["a"]), ("c", &["a"]), ("m", &["b", "c"]), ("x", &[])]);
        assert_eq!(graph.heads(), ["m", "x"]);
        assert_eq!(graph.bases(), ["a", "x"]);
        assert_eq!(graph.branch_points(), ["a"]);
        assert_eq!(graph.merge_points(), ["m"]);
        assert_eq!(graph.get("a").unwrap().children().map(|it| it.id()).collect::<Vec<_>>(), ["b", "c"]);
    }

    #[test]
    fn an_empty_graph_has_no_heads() {
        let graph = graph(&[]);
        assert!(graph.is_empty());
        assert_eq!(graph.heads(), Vec::<&str>::new());
    }
}
