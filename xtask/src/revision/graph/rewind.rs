//! Beyond Alembic: taking back chosen revisions, whatever their place, and what a set of rows includes.

use super::edges::NodeSet;
use super::error::GraphError;
use super::history::Bound;
use super::rows::{Bookkeeper, Plan, RowOp, Rows};
use super::stamp::StampPlan;
use super::{RevisionGraph, Vertex};

impl RevisionGraph {
    /// The steps that take back those of `ids` that are applied, newest first. Nothing that stays applied may need one of
    /// them: this is for revisions that only the database knows, which no file can name.
    ///
    /// # Errors
    /// Rows or ids that the graph does not know, or a revision that a row above it still needs.
    pub fn take_back<'g>(&'g self, rows: &[impl AsRef<str>], ids: &[&str]) -> Result<Plan<'g>, GraphError> {
        let rows: Vec<&str> = rows.iter().map(AsRef::as_ref).collect();
        let heads = self.applied_rows(&rows)?;
        let applied = self.needs.reach(&heads);
        let mut members = NodeSet::new(self.nodes.len());
        for id in ids {
            let node =
                self.find(id).ok_or_else(|| GraphError::Unknown { name: (*id).to_owned(), nearest: Vec::new() })?;
            if applied.contains(node) {
                members.insert(node);
            }
        }
        let newest_first = self
            .newest_first(members, &heads)
            .ok_or_else(|| GraphError::not_an_ancestor(&ids.join(", "), &rows.join(", ")))?;
        let mut books = Bookkeeper::new(self, &heads);
        let steps = newest_first.into_iter().map(|node| books.down(node)).collect::<Result<_, _>>()?;
        Ok(Plan { steps, warnings: Vec::new() })
    }

    /// The rows' revisions and all that they need.
    ///
    /// # Errors
    /// Rows that the graph does not know.
    pub fn needed_by(&self, rows: &[impl AsRef<str>]) -> Result<Vec<Vertex<'_>>, GraphError> {
        let rows: Vec<&str> = rows.iter().map(AsRef::as_ref).collect();
        let points = self.get_all(&rows)?;
        let nodes = self.only_revisions(&points, Bound::Rows(&rows))?;
        Ok(self.needs.reach(&nodes).iter().map(|node| self.vertex(node)).collect())
    }
}

impl Plan<'_> {
    /// What `alembic_version` holds after all steps, sorted.
    pub fn rows_after(&self, rows: &[String]) -> Vec<String> {
        moved(rows, self.steps.iter().map(|step| step.row_ops.as_slice()))
    }
}

impl StampPlan<'_> {
    /// What `alembic_version` holds after all moves, sorted.
    pub fn rows_after(&self, rows: &[String]) -> Vec<String> {
        moved(rows, self.steps.iter().map(|step| step.row_ops.as_slice()))
    }
}

fn moved<'a>(rows: &[String], ops: impl Iterator<Item = &'a [RowOp<'a>]>) -> Vec<String> {
    let mut moving = Rows::new(rows.iter().cloned());
    for ops in ops {
        moving.apply(ops);
    }
    moving.iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::graph;

    fn strings(rows: &[&str]) -> Vec<String> {
        rows.iter().map(|&row| row.to_owned()).collect()
    }

    #[test]
    fn what_only_the_database_knows_is_taken_back_newest_first() {
        let graph = graph(&[("a", &[]), ("b", &["a"]), ("x", &["a"]), ("y", &["x"])]);
        let plan = graph.take_back(&["y"], &["x", "y"]).unwrap();
        assert_eq!(plan.steps.iter().map(|step| step.revision).collect::<Vec<_>>(), ["y", "x"]);
        assert_eq!(plan.rows_after(&strings(&["y"])), ["a"]);
    }

    #[test]
    fn other_branches_keep_their_rows() {
        let graph = graph(&[("a", &[]), ("b", &["a"]), ("x", &["a"])]);
        let plan = graph.take_back(&["b", "x"], &["x"]).unwrap();
        assert_eq!(plan.rows_after(&strings(&["b", "x"])), ["b"]);
        assert!(graph.take_back(&["b"], &["x"]).unwrap().steps.is_empty());
    }

    #[test]
    fn what_something_applied_needs_is_not_taken_from_under_it() {
        let graph = graph(&[("a", &[]), ("b", &["a"])]);
        assert!(graph.take_back(&["b"], &["a"]).is_err());
    }

    #[test]
    fn rows_include_all_that_they_need() {
        let graph = graph(&[("a", &[]), ("b", &["a"]), ("c", &["a"])]);
        assert_eq!(graph.needed_by(&["b"]).unwrap().iter().map(|it| it.id()).collect::<Vec<_>>(), ["a", "b"]);
    }
}
