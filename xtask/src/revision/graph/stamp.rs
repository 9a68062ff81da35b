//! Stamping: setting the rows without running anything.
//!
//! After `ScriptDirectory._stamp_revs` and `StampStep` of Alembic 1.20.1. The rows are moved as if the database had
//! been migrated towards each target in turn; a target on a branch that has no row yet adds one. To stamp a database
//! whatever its rows are (`--purge`), delete them and stamp from none.

use std::collections::BTreeSet;

use super::RevisionGraph;
use super::edges::Index;
use super::error::GraphError;
use super::history::Bound;
use super::resolve::Point;
use super::rows::RowOp;

/// One move of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StampStep<'g> {
    /// The rows that move.
    pub from: Vec<&'g str>,
    /// Where they go; nothing where they are deleted.
    pub to: Option<&'g str>,
    /// Whether that is up.
    pub up: bool,
    /// A branch appears in the rows, or disappears from them.
    pub branch_move: bool,
    /// In the order in which they are to be executed.
    pub row_ops: Vec<RowOp<'g>>,
}

/// The moves, in their order; none where the rows are right already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StampPlan<'g> {
    /// The moves.
    pub steps: Vec<StampStep<'g>>,
}

/// A move before its operations are known.
struct Move {
    from: Vec<Index>,
    to: Option<Index>,
    up: bool,
    branch_move: bool,
}

impl RevisionGraph {
    /// The moves that take these rows to the targets; no target is `base`.
    ///
    /// # Errors
    ///
    /// Targets that mean nothing or too much, rows that the graph does not know, and targets that contradict each
    /// other.
    pub fn stamp<'g>(
        &'g self,
        rows: &[impl AsRef<str>],
        targets: &[impl AsRef<str>],
    ) -> Result<StampPlan<'g>, GraphError> {
        let rows: Vec<&str> = rows.iter().map(AsRef::as_ref).collect();
        let mut targets: Vec<&str> = targets.iter().map(AsRef::as_ref).collect();
        if targets.is_empty() {
            targets.push("base");
        }
        let points = self.get_all(&rows)?;
        let rows = self.only_revisions(&points, Bound::Rows(&rows))?;
        let moves = self.stamp_moves(&rows, &targets)?;
        let mut stamper = Stamper { graph: self, heads: rows.into_iter().collect() };
        let steps = moves.into_iter().map(|it| stamper.step(it)).collect::<Result<_, _>>()?;
        Ok(StampPlan { steps })
    }

    fn stamp_moves(&self, rows: &[Index], targets: &[&str]) -> Result<Vec<Move>, GraphError> {
        let mut concerned: Vec<Index> = Vec::new();
        for target in targets.iter().filter(|it| !it.is_empty()) {
            for row in self.filter_for_lineage(rows, target, true)? {
                if !concerned.contains(&row) {
                    concerned.push(row);
                }
            }
        }
        let mut points = self.get_all(targets)?;
        if points.is_empty() {
            points.push(Point::Nothing);
        }
        let mut moves = Vec::new();
        for point in points {
            match point {
                Point::Nothing => moves.extend(concerned.iter().map(|&row| Move {
                    from: vec![row],
                    to: None,
                    up: false,
                    branch_move: true,
                })),
                Point::Base => return Err(GraphError::OutOfRange { target: targets.join(" ") }),
                Point::Revision(node) if concerned.contains(&node) => {}
                Point::Revision(node) => moves.push(self.stamp_move(node, &concerned)?),
            }
        }
        Ok(moves)
    }

    fn stamp_move(&self, to: Index, concerned: &[Index]) -> Result<Move, GraphError> {
        let descendants = self.all_next.reach(&[to]);
        let ancestors = self.needs.reach(&[to]);
        let above: Vec<Index> = concerned.iter().copied().filter(|&row| descendants.contains(row)).collect();
        let below: Vec<Index> = concerned.iter().copied().filter(|&row| ancestors.contains(row)).collect();
        let (from, up) = match (above.is_empty(), below.is_empty()) {
            (false, false) => {
                return Err(GraphError::StampBothWays {
                    target: self.id(to).to_owned(),
                    above: self.owned_ids(&above),
                    below: self.owned_ids(&below),
                });
            }
            (true, true) => return Ok(Move { from: Vec::new(), to: Some(to), up: true, branch_move: true }),
            (above_is_empty, _) => (concerned.to_vec(), above_is_empty),
        };
        Ok(Move { from, to: Some(to), up, branch_move: false })
    }
}

/// Follows the rows from move to move.
struct Stamper<'g> {
    graph: &'g RevisionGraph,
    heads: BTreeSet<Index>,
}

impl<'g> Stamper<'g> {
    fn step(&mut self, it: Move) -> Result<StampStep<'g>, GraphError> {
        let row_ops = self.operations(&it)?;
        let graph = self.graph;
        Ok(StampStep {
            from: graph.ids(&it.from),
            to: it.to.map(|node| graph.id(node)),
            up: it.up,
            branch_move: it.branch_move,
            row_ops,
        })
    }

    fn operations(&mut self, it: &Move) -> Result<Vec<RowOp<'g>>, GraphError> {
        let Some(to) = it.to else {
            return it.from.iter().map(|&row| self.delete(row, row)).collect();
        };
        let appears = it.branch_move || it.from.iter().any(|row| !self.heads.contains(row));
        if it.up && appears && self.heads.insert(to) {
            return Ok(vec![RowOp::Insert(self.graph.id(to))]);
        }
        let Some((&last, others)) = it.from.split_last() else {
            return Err(self.contradiction(to, to));
        };
        let mut ops = others.iter().map(|&row| self.delete(row, to)).collect::<Result<Vec<_>, _>>()?;
        if !self.heads.remove(&last) || !self.heads.insert(to) {
            return Err(self.contradiction(to, last));
        }
        ops.push(RowOp::Update { from: self.graph.id(last), to: self.graph.id(to) });
        Ok(ops)
    }

    fn delete(&mut self, row: Index, at: Index) -> Result<RowOp<'g>, GraphError> {
        if !self.heads.remove(&row) {
            return Err(self.contradiction(at, row));
        }
        Ok(RowOp::Delete(self.graph.id(row)))
    }

    fn contradiction(&self, revision: Index, row: Index) -> GraphError {
        GraphError::Unrecordable { revision: self.graph.id(revision).to_owned(), row: self.graph.id(row).to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::graph;
    use super::*;

    fn ops<'g>(graph: &'g RevisionGraph, rows: &[&str], targets: &[&str]) -> Vec<Vec<RowOp<'g>>> {
        graph.stamp(rows, targets).unwrap().steps.into_iter().map(|step| step.row_ops).collect()
    }

    #[test]
    fn up_down_aside_and_away() {
        let graph = graph(&[("a", &[]), ("b", &["a"]), ("c", &["a"])]);
        assert_eq!(ops(&graph, &["a"], &["b"]), [[RowOp::Update { from: "a", to: "b" }]]);
        assert_eq!(ops(&graph, &["b", "c"], &["a"]), [[RowOp::Delete("b"), RowOp::Update { from: "c", to: "a" }]]);
        assert_eq!(ops(&graph, &["b"], &["c"]), [[RowOp::Insert("c")]]);
        assert_eq!(ops(&graph, &["b"], &["base"]), [[RowOp::Delete("b")]]);
        assert_eq!(ops(&graph, &["b"], &["b"]), Vec::<Vec<RowOp<'_>>>::new());
    }

    #[test]
    fn targets_that_contradict_each_other_are_refused() {
        let graph = graph(&[("a", &[]), ("b", &["a"]), ("c", &["b"])]);
        let error = graph.stamp(&["c"], &["b", "a"]).unwrap_err();
        assert_eq!(error, GraphError::Unrecordable { revision: "a".into(), row: "c".into() });
    }

    #[test]
    fn rows_on_both_sides_of_the_target_are_refused() {
        let graph = graph(&[("a", &[]), ("b", &["a"]), ("c", &["b"])]);
        let error = graph.stamp(&["a", "c"], &["b"]).unwrap_err();
        assert!(matches!(error, GraphError::StampBothWays { .. }));
    }
}
