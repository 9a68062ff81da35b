//! Downgrading: from the rows that are there back to a target.
//!
//! After `RevisionMap._parse_downgrade_target` and `_collect_downgrade_revisions`, and
//! `ScriptDirectory._downgrade_revs`, of Alembic 1.20.1.

use super::edges::Index;
use super::error::{GraphError, Purpose};
use super::history::{Bound, Traversal};
use super::resolve::{Name, Point};
use super::rows::{Bookkeeper, Plan};
use super::target::Relative;
use super::upgrade::{Selection, refuse_range};
use super::{RevisionGraph, Warning};

/// Where a downgrade ends, and the branch it is kept to.
pub(super) struct DowngradeTarget {
    pub(super) branch: Option<String>,
    pub(super) point: Point,
    warning: Option<Warning>,
}

impl DowngradeTarget {
    fn new(branch: Option<&str>, point: Point) -> Self {
        Self { branch: branch.map(str::to_owned), point, warning: None }
    }
}

impl RevisionGraph {
    /// The steps that take a database with these rows back to a target: a revision (which stays), `base`, `-N`,
    /// `REV-N`, `BRANCH@-N`, `BRANCH@base` … All that builds on what goes, goes too.
    ///
    /// # Errors
    ///
    /// Targets that mean nothing or too much or are not below the rows, and rows that the graph does not know.
    pub fn downgrade<'g>(&'g self, rows: &[impl AsRef<str>], target: &str) -> Result<Plan<'g>, GraphError> {
        let rows: Vec<&str> = rows.iter().map(AsRef::as_ref).collect();
        self.plan_downgrade(&rows, target).map_err(|error| error.during(Purpose::Downgrade))
    }

    fn plan_downgrade<'g>(&'g self, rows: &[&str], target: &str) -> Result<Plan<'g>, GraphError> {
        refuse_range(target)?;
        let upper = Bound::Rows(rows);
        let parsed = self.downgrade_target(upper, target, true)?;
        let selection = self.select_below(upper, target, &parsed, Traversal::default())?;
        let newest_first = self.newest_first(selection.members, &selection.heads);
        let newest_first = newest_first.ok_or_else(|| GraphError::not_an_ancestor(target, &rows.join(", ")))?;
        let mut books = Bookkeeper::new(self, &self.applied_rows(rows)?);
        let steps = newest_first.into_iter().map(|node| books.down(node)).collect::<Result<_, _>>()?;
        Ok(Plan { steps, warnings: parsed.warning.into_iter().collect() })
    }

    pub(super) fn select_for_downgrade(
        &self,
        upper: Bound<'_>,
        lower: Bound<'_>,
        options: Traversal,
    ) -> Result<Selection, GraphError> {
        let spec = match lower {
            Bound::Spec(spec) => spec,
            Bound::Rows([]) => "base",
            Bound::Rows(_) => return Err(GraphError::malformed(&lower.to_string(), "one target is expected")),
        };
        let target = self.downgrade_target(upper, spec, !options.lenient)?;
        self.select_below(upper, spec, &target, options)
    }

    fn select_below(
        &self,
        upper: Bound<'_>,
        spec: &str,
        target: &DowngradeTarget,
        options: Traversal,
    ) -> Result<Selection, GraphError> {
        let roots = self.roots_above(target, options.inclusive, upper)?;
        let points = self.get_all(upper.names())?;
        let heads = self.only_revisions(&points, upper)?;

        let active = self.needs.reach(&heads);
        let mut members = self.all_next.reach(&roots);
        members.intersect(&active);
        if options.implicit_base {
            let mut others = active;
            others.subtract(&self.needs.reach(&roots));
            members.unite(&others);
        }
        let stays_where_it_is = target.point.revision().is_none_or(|node| heads.contains(&node));
        if members.is_empty() && !stays_where_it_is {
            let rows = upper.names().iter().map(|&row| row.to_owned()).collect();
            return Err(GraphError::NothingToTakeBack { target: spec.to_owned(), rows });
        }
        Ok(Selection { members, heads })
    }

    /// The lowest revisions that have to go.
    fn roots_above(
        &self,
        target: &DowngradeTarget,
        inclusive: bool,
        upper: Bound<'_>,
    ) -> Result<Vec<Index>, GraphError> {
        let mut names = 0;
        let mut roots: Vec<Index> = match target.point.revision() {
            None => {
                let bases = (0..self.nodes.len() as Index).filter(|&node| self.down.of(node).is_empty());
                // Alembic goes through names here, so a label of a base makes it two.
                names = self.labels.iter().filter(|(_, node)| self.down.of(*node).is_empty()).count();
                bases.collect()
            }
            Some(node) if inclusive => vec![node],
            Some(node) => self.next.of(node).to_vec(),
        };
        if let Some(branch) = &target.branch
            && roots.len() + names > 1
        {
            let of_branch = self.down.reach(&[self.resolve_branch(branch)?]);
            roots.retain(|&root| of_branch.contains(root));
            if roots.is_empty() {
                return Err(GraphError::NotADowngradeTarget {
                    branch: branch.clone(),
                    rows: upper.names().iter().map(|&row| row.to_owned()).collect(),
                });
            }
        }
        Ok(roots)
    }

    /// Reads the target of a downgrade from these rows.
    pub(super) fn downgrade_target(
        &self,
        current: Bound<'_>,
        target: &str,
        strict: bool,
    ) -> Result<DowngradeTarget, GraphError> {
        let Some(Relative { branch, symbol, steps }) = Relative::parse(target) else {
            let (branch, symbol) = target.rsplit_once('@').unwrap_or(("", target));
            let point = self.get_revision(symbol)?.into();
            return Ok(DowngradeTarget::new((!branch.is_empty()).then_some(branch), point));
        };
        let too_far = |point: Point| match point {
            Point::Nothing => Err(GraphError::OutOfRange { target: target.to_owned() }),
            point => Ok(point),
        };
        if steps >= 0 {
            let symbol = symbol.ok_or_else(|| GraphError::OutOfRange { target: target.to_owned() })?;
            let point = self.walk(self.get_revision(symbol)?.into(), steps, branch, strict)?;
            return Ok(DowngradeTarget::new(branch, too_far(point)?));
        }
        let (branch, symbol, warning) = match (symbol, branch) {
            (Some(symbol), branch) => (branch, symbol, None),
            (None, Some(branch)) => (Some(branch), self.current_on(branch, current)?, None),
            (None, None) => {
                let rows = current.names();
                let first = *rows.first().ok_or_else(|| GraphError::OutOfRange { target: target.to_owned() })?;
                let ambiguous = rows.iter().any(|row| *row != first);
                let warning = ambiguous.then(|| Warning::AmbiguousRelativeDowngrade { from: first.to_owned() });
                // Where branches are involved it goes down the one of that row.
                (Some(first), first, warning)
            }
        };
        let start = self.get_revision_on(branch, symbol)?;
        let point = too_far(self.walk(start.into(), steps, None, strict)?)?;
        Ok(DowngradeTarget { warning, ..DowngradeTarget::new(branch, point) })
    }

    /// The one current revision of a branch, which may be covered by the row of another one.
    fn current_on<'s>(&'s self, branch: &str, current: Bound<'_>) -> Result<&'s str, GraphError> {
        // In Alembic's order, so that of several faults the same one is told: the branch as such, the first row,
        // what the branch names, the other rows.
        self.expand(branch)?;
        let mut rows: Vec<Index> = Vec::new();
        for row in current.names() {
            rows.push(self.look_up(Name::Text(row), None)?);
            if rows.len() == 1 {
                self.lineage_tests(branch, &rows)?;
            }
        }
        let mut found = self.filter_for_lineage(&rows, branch, false)?;
        if found.is_empty() {
            found = self.filter_for_lineage(&self.tips_of(&rows), branch, false)?;
        }
        match found.as_slice() {
            [one] => Ok(self.id(*one)),
            several => {
                Err(GraphError::BranchNotCurrent { branch: branch.to_owned(), current: self.owned_ids(several) })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::graph;
    use super::*;

    fn steps(graph: &RevisionGraph, rows: &[&str], target: &str) -> Vec<String> {
        let plan = graph.downgrade(rows, target).unwrap();
        plan.steps.iter().map(|step| step.revision.to_owned()).collect()
    }

    #[test]
    fn absolute_and_relative_targets() {
        let graph = graph(&[("a", &[]), ("b", &["a"]), ("c", &["b"])]);
        assert_eq!(steps(&graph, &["c"], "base"), ["c", "b", "a"]);
        assert_eq!(steps(&graph, &["c"], "-1"), ["c"]);
        assert_eq!(steps(&graph, &["c"], "c-2"), ["c", "b"]);
        assert_eq!(steps(&graph, &["c"], "c"), Vec::<String>::new());
        let error = graph.downgrade(&["b"], "-3").unwrap_err();
        assert_eq!(error, GraphError::OutOfRange { target: "-3".into() });
    }

    #[test]
    fn a_target_above_the_rows_is_refused() {
        let graph = graph(&[("a", &[]), ("b", &["a"]), ("c", &["b"])]);
        let error = graph.downgrade(&["a"], "b").unwrap_err();
        assert_eq!(error, GraphError::NothingToTakeBack { target: "b".into(), rows: vec!["a".into()] });
    }

    #[test]
    fn a_bare_step_back_from_two_heads_takes_the_first_row_and_says_so() {
        let graph = graph(&[("a", &[]), ("b", &["a"]), ("c", &["a"])]);
        let plan = graph.downgrade(&["c", "b"], "-1").unwrap();
        assert_eq!(plan.steps[0].revision, "c");
        assert_eq!(plan.warnings, [Warning::AmbiguousRelativeDowngrade { from: "c".into() }]);
    }

    #[test]
    fn a_branch_that_is_not_applied_cannot_be_counted_down() {
        let graph = graph(&[("a", &[]), ("b", &["a"])]);
        let error = graph.downgrade(&[] as &[&str], "b@-1").unwrap_err();
        assert_eq!(error, GraphError::BranchNotCurrent { branch: "b".into(), current: Vec::new() });
    }
}
