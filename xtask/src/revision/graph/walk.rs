//! Walking so many steps up or down.
//!
//! After `RevisionMap._walk` of Alembic 1.20.1.

use super::RevisionGraph;
use super::edges::{Index, NodeSet};
use super::error::GraphError;
use super::resolve::Point;

impl RevisionGraph {
    /// Walks `steps` up (positive) or down (negative). A walk up can be kept to a branch. At the end of the
    /// history a strict walk answers [`Point::Nothing`], and a lenient one stays there.
    pub(super) fn walk(
        &self,
        start: Point,
        steps: i64,
        branch: Option<&str>,
        strict: bool,
    ) -> Result<Point, GraphError> {
        let mut at = start;
        let mut lineage = None;
        for _ in 0..steps.unsigned_abs() {
            let mut choices = if steps > 0 { self.above(at).to_vec() } else { self.below(at).to_vec() };
            if let Some(branch) = branch.filter(|_| steps > 0) {
                let lineage = match &mut lineage {
                    Some(lineage) => lineage,
                    unknown => unknown.insert(self.branch_lineage(branch, &choices)?),
                };
                if let Some(lineage) = lineage {
                    choices.retain(|&node| lineage.contains(node));
                }
            }
            at = match choices.as_slice() {
                [next] => Point::Revision(*next),
                [] if steps < 0 && at != Point::Base => Point::Base,
                [] => return Ok(if strict { Point::Nothing } else { at }),
                several => {
                    return Err(GraphError::AmbiguousWalk {
                        from: at.revision().map(|node| self.id(node).to_owned()),
                        up: steps > 0,
                        choices: self.owned_ids(several),
                    });
                }
            };
        }
        Ok(at)
    }

    fn above(&self, at: Point) -> &[Index] {
        at.revision().map_or(&self.bases, |node| self.next.of(node))
    }

    fn below(&self, at: Point) -> &[Index] {
        match at {
            Point::Revision(node) => self.down.of(node),
            Point::Nothing => &self.heads,
            Point::Base => &[],
        }
    }

    /// What a walk is kept to; nothing where the name (`base`) does not restrict it, or where the walk ends here.
    fn branch_lineage(&self, branch: &str, choices: &[Index]) -> Result<Option<NodeSet>, GraphError> {
        let tests = self.lineage_tests(branch, choices)?;
        Ok((!tests.is_empty()).then(|| self.lineage(&tests, false)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::graph;
    use super::*;

    #[test]
    fn a_walk_up_needs_a_branch_where_the_line_forks() {
        let graph = graph(&[("a", &[]), ("b1", &["a"]), ("b2", &["a"]), ("c2", &["b2"])]);
        let walk = |steps, branch, strict| graph.walk(Point::Revision(0), steps, branch, strict);
        assert!(matches!(walk(1, None, true), Err(GraphError::AmbiguousWalk { up: true, .. })));
        assert_eq!(walk(2, Some("c2"), true), Ok(Point::Revision(3)));
        assert_eq!(walk(3, Some("c2"), true), Ok(Point::Nothing));
        assert_eq!(walk(3, Some("c2"), false), Ok(Point::Revision(3)));
    }

    #[test]
    fn a_walk_down_reaches_the_base_and_then_nothing() {
        let graph = graph(&[("a", &[]), ("b", &["a"])]);
        let walk = |steps, strict| graph.walk(Point::Revision(1), steps, None, strict);
        assert_eq!(walk(-2, true), Ok(Point::Base));
        assert_eq!(walk(-3, true), Ok(Point::Nothing));
        assert_eq!(walk(i64::MIN, false), Ok(Point::Base));
    }
}
