//! The rows of `alembic_version`: what each step does to them.
//!
//! After `HeadMaintainer` and `RevisionStep` in `alembic/runtime/migration.py` (1.20.1). A row stands for a
//! revision and all that it needs; a step moves, adds or removes as few rows as keep that true.

use std::collections::BTreeSet;

use super::edges::{Index, NodeSet};
use super::error::GraphError;
use super::order::Search;
use super::{RevisionGraph, Warning};

/// Which way a step goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The up file is run.
    Up,
    /// The down file is run.
    Down,
}

/// One statement on `alembic_version`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowOp<'g> {
    /// A new row.
    Insert(&'g str),
    /// A row that changes its value.
    Update {
        /// The value that is there.
        from: &'g str,
        /// The value afterwards.
        to: &'g str,
    },
    /// A row that goes.
    Delete(&'g str),
}

/// One revision to run, and what that does to `alembic_version`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<'g> {
    /// The revision.
    pub revision: &'g str,
    /// Up or down.
    pub direction: Direction,
    /// In the order in which they are to be executed; never empty.
    pub row_ops: Vec<RowOp<'g>>,
}

/// The steps from one state to another, in the order in which they run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan<'g> {
    /// What to run; empty where there is nothing to do.
    pub steps: Vec<Step<'g>>,
    /// What a person should know before it runs.
    pub warnings: Vec<Warning>,
}

/// The content of `alembic_version`, to be moved along by the operations of steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows(BTreeSet<String>);

impl Rows {
    /// What a SELECT returned.
    pub fn new(rows: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(rows.into_iter().map(Into::into).collect())
    }

    /// Does what the operations say.
    pub fn apply(&mut self, ops: &[RowOp<'_>]) {
        for op in ops {
            if let RowOp::Delete(row) | RowOp::Update { from: row, .. } = op {
                self.0.remove(*row);
            }
            if let RowOp::Insert(row) | RowOp::Update { to: row, .. } = op {
                self.0.insert((*row).to_owned());
            }
        }
    }

    /// The rows, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// Computes the operations of one step after the other.
pub(super) struct Bookkeeper<'g> {
    graph: &'g RevisionGraph,
    /// The revisions that have a row, and how many they are.
    heads: NodeSet,
    count: usize,
    /// The revisions that have run and were not taken back. Exactly these are covered by the rows.
    applied: NodeSet,
    search: Search,
}

impl<'g> Bookkeeper<'g> {
    pub(super) fn new(graph: &'g RevisionGraph, rows: &[Index]) -> Self {
        let nodes = graph.nodes.len();
        let mut heads = NodeSet::new(nodes);
        let count = rows.iter().filter(|&&row| heads.insert(row)).count();
        Self { graph, heads, count, applied: graph.needs.reach(rows), search: Search::new(nodes) }
    }

    /// The step that applies a revision whose needs are applied.
    pub(super) fn up(&mut self, node: Index) -> Result<Step<'g>, GraphError> {
        let graph = self.graph;
        let needs = graph.needs.of(node);
        let present = needs.iter().filter(|&&it| self.heads.contains(it)).count();
        let row_ops = match present {
            0 => vec![self.insert(node)?],
            1 => {
                let from = needs.iter().copied().find(|&it| self.heads.contains(it)).unwrap_or(node);
                vec![self.update(from, node)?]
            }
            _ => {
                let mut merged = needs.to_vec();
                if self.count > present {
                    merged.retain(|&need| !self.is_covered_by_others(need, |head| needs.contains(&head)));
                }
                let kept = merged.pop().ok_or_else(|| self.unrecordable(node, node))?;
                let mut ops = merged.into_iter().map(|row| self.delete(row, node)).collect::<Result<Vec<_>, _>>()?;
                ops.push(self.update(kept, node)?);
                ops
            }
        };
        self.applied.insert(node);
        Ok(Step { revision: graph.id(node), direction: Direction::Up, row_ops })
    }

    /// The step that takes back a revision of which nothing applied depends.
    pub(super) fn down(&mut self, node: Index) -> Result<Step<'g>, GraphError> {
        let graph = self.graph;
        if !self.heads.contains(node) {
            return Err(self.unrecordable(node, node));
        }
        self.applied.remove(node);
        let mut uncovered = self.left_uncovered_by(node);
        let row_ops = match uncovered.pop() {
            None => vec![self.delete(node, node)?],
            Some(last) => {
                let mut ops = uncovered.into_iter().map(|row| self.insert(row)).collect::<Result<Vec<_>, _>>()?;
                ops.push(self.update(node, last)?);
                ops
            }
        };
        Ok(Step { revision: graph.id(node), direction: Direction::Down, row_ops })
    }

    /// What needs rows of its own once a head has gone: its needs, without those that another row covers or, where
    /// there is no other row, that another need covers.
    fn left_uncovered_by(&mut self, node: Index) -> Vec<Index> {
        let graph = self.graph;
        let needs = graph.needs.of(node);
        let mut uncovered = needs.to_vec();
        if self.count > 1 {
            uncovered.retain(|&need| !self.is_covered_by_others(need, |head| head == node));
        } else if needs.len() > 1 {
            let applied = &self.applied;
            uncovered.retain(|&need| {
                let another = |it: Index| it != need && needs.contains(&it);
                !self.search.finds(&graph.all_next, need, |it| applied.contains(it), another)
            });
        }
        uncovered
    }

    /// Whether a row that does not count as `own` stands for this revision too.
    fn is_covered_by_others(&mut self, node: Index, own: impl Fn(Index) -> bool) -> bool {
        let (applied, heads) = (&self.applied, &self.heads);
        let other = |it: Index| heads.contains(it) && !own(it);
        self.search.finds(&self.graph.all_next, node, |it| applied.contains(it), other)
    }

    fn insert(&mut self, row: Index) -> Result<RowOp<'g>, GraphError> {
        if !self.heads.insert(row) {
            return Err(self.unrecordable(row, row));
        }
        self.count += 1;
        Ok(RowOp::Insert(self.graph.id(row)))
    }

    fn delete(&mut self, row: Index, at: Index) -> Result<RowOp<'g>, GraphError> {
        if !self.heads.remove(row) {
            return Err(self.unrecordable(at, row));
        }
        self.count -= 1;
        Ok(RowOp::Delete(self.graph.id(row)))
    }

    fn update(&mut self, from: Index, to: Index) -> Result<RowOp<'g>, GraphError> {
        if !self.heads.remove(from) || !self.heads.insert(to) {
            return Err(self.unrecordable(to, from));
        }
        Ok(RowOp::Update { from: self.graph.id(from), to: self.graph.id(to) })
    }

    fn unrecordable(&self, revision: Index, row: Index) -> GraphError {
        GraphError::Unrecordable { revision: self.graph.id(revision).to_owned(), row: self.graph.id(row).to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{graph, node};
    use super::super::{Node, RevisionGraph};
    use super::*;

    fn ops<'g>(plan: &Plan<'g>) -> Vec<Vec<RowOp<'g>>> {
        plan.steps.iter().map(|step| step.row_ops.clone()).collect()
    }

    #[test]
    fn a_merge_takes_the_rows_of_its_parents_together_and_apart() {
        let graph = graph(&[("a", &[]), ("b", &["a"]), ("c", &["a"]), ("m", &["b", "c"])]);
        let up = graph.upgrade(&["b", "c"], "head").unwrap();
        assert_eq!(ops(&up), [[RowOp::Delete("b"), RowOp::Update { from: "c", to: "m" }]]);
        let down = graph.downgrade(&["m"], "m-1").unwrap_err();
        assert!(matches!(down, GraphError::AmbiguousWalk { .. }));
        let down = graph.downgrade(&["m"], "b").unwrap();
        assert_eq!(ops(&down), [[RowOp::Insert("b"), RowOp::Update { from: "m", to: "c" }]]);
    }

    #[test]
    fn a_dependency_is_covered_by_the_row_of_its_dependent() {
        let dependent = Node { depends_on: vec!["x".into()], ..node("y", &[]) };
        let graph = RevisionGraph::new(vec![node("x", &[]), dependent]).unwrap();
        let up = graph.upgrade(&[] as &[&str], "heads").unwrap();
        assert_eq!(ops(&up), [[RowOp::Insert("x")], [RowOp::Update { from: "x", to: "y" }]]);
        let down = graph.downgrade(&["y"], "y@base").unwrap();
        assert_eq!(ops(&down), [[RowOp::Update { from: "y", to: "x" }]]);
    }

    #[test]
    fn rows_follow_operations() {
        let mut rows = Rows::new(["b", "c"]);
        rows.apply(&[RowOp::Delete("b"), RowOp::Update { from: "c", to: "m" }, RowOp::Insert("a")]);
        assert_eq!(rows.iter().collect::<Vec<_>>(), ["a", "m"]);
    }
}
