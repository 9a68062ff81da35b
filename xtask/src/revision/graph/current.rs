//! What the rows of `alembic_version` say: where a database is, and whether that is the end.
//!
//! After `RevisionMap._get_all_current`, `command.current` and `RevisionContext._run_environment` of Alembic 1.20.1.

use super::edges::Index;
use super::error::GraphError;
use super::{RevisionGraph, Vertex};

impl RevisionGraph {
    /// The newest applied revision of each branch, in load order. There can be more of them than rows: a head on
    /// which another revision depends is applied, and has no row of its own.
    ///
    /// # Errors
    ///
    /// Rows that the graph does not know.
    pub fn current(&self, rows: &[impl AsRef<str>]) -> Result<Vec<Vertex<'_>>, GraphError> {
        let rows: Vec<&str> = rows.iter().map(AsRef::as_ref).collect();
        let points = self.get_all(&rows)?;
        let nodes = self.only_revisions(&points, super::Bound::Rows(&rows))?;
        Ok(self.tips_of(&nodes).into_iter().map(|node| self.vertex(node)).collect())
    }

    /// The applied revisions without an applied child.
    pub(super) fn tips_of(&self, rows: &[Index]) -> Vec<Index> {
        let applied = self.needs.reach(rows);
        let is_tip = |node: &Index| !self.next.of(*node).iter().any(|&child| applied.contains(child));
        applied.iter().filter(is_tip).collect()
    }

    /// Whether a database with these rows is at all heads (`current --check-heads`).
    ///
    /// Each real head must have a row, and no row may be anything but a head. Here this differs from Alembic
    /// 1.20.1, which asks for a row of each head, and so never finds a database at its heads where one head is
    /// the dependency of another: after `upgrade heads` that one is applied, and has no row.
    pub fn check_heads(&self, rows: &[impl AsRef<str>]) -> bool {
        let rows: Option<Vec<Index>> = rows.iter().map(|row| self.find(row.as_ref())).collect();
        rows.is_some_and(|rows| {
            rows.iter().all(|row| self.heads.contains(row)) && self.real_heads.iter().all(|head| rows.contains(head))
        })
    }

    /// Whether a new revision can be made from the difference to a database with these rows: they are exactly the
    /// real heads.
    ///
    /// # Errors
    ///
    /// Rows that the graph does not know.
    pub fn up_to_date(&self, rows: &[impl AsRef<str>]) -> Result<bool, GraphError> {
        let rows: Vec<&str> = rows.iter().map(AsRef::as_ref).collect();
        let points = self.get_all(&rows)?;
        let mut nodes = self.only_revisions(&points, super::Bound::Rows(&rows))?;
        let mut heads = self.real_heads.clone();
        for list in [&mut nodes, &mut heads] {
            list.sort_unstable();
            list.dedup();
        }
        Ok(nodes == heads)
    }

    /// The rows that no revision of this graph has as its identifier: the database has seen another checkout.
    pub fn unknown_rows<'r>(&self, rows: &'r [impl AsRef<str>]) -> Vec<&'r str> {
        rows.iter().map(AsRef::as_ref).filter(|row| self.find(row).is_none()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::node;
    use super::super::{Node, RevisionGraph};

    fn with_dependency() -> RevisionGraph {
        let dependent = Node { depends_on: vec!["b".into()], ..node("x", &[]) };
        RevisionGraph::new(vec![node("a", &[]), node("b", &["a"]), dependent]).unwrap()
    }

    #[test]
    fn a_head_that_is_only_a_dependency_is_current_without_a_row() {
        let graph = with_dependency();
        let current: Vec<&str> = graph.current(&["x"]).unwrap().into_iter().map(|it| it.id()).collect();
        assert_eq!(current, ["b", "x"]);
    }

    #[test]
    fn at_all_heads() {
        let graph = with_dependency();
        assert!(graph.check_heads(&["x"]));
        assert!(graph.check_heads(&["b", "x"]));
        assert!(!graph.check_heads(&["b"]));
        assert!(!graph.check_heads(&["a", "x"]));
        assert!(!graph.check_heads(&["gone", "x"]));
        assert_eq!(graph.up_to_date(&["x"]), Ok(true));
        assert_eq!(graph.up_to_date(&["b", "x"]), Ok(false));
    }

    #[test]
    fn rows_of_another_checkout() {
        assert_eq!(with_dependency().unknown_rows(&["x", "gone"]), ["gone"]);
    }
}
