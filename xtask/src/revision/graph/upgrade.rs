//! Upgrading: from the rows that are there to a target.
//!
//! After `RevisionMap._parse_upgrade_target` and `_collect_upgrade_revisions`, and `ScriptDirectory._upgrade_revs`,
//! of Alembic 1.20.1.

use super::edges::{Edges, Index, NodeSet};
use super::error::{GraphError, Purpose};
use super::history::{Bound, Traversal};
use super::resolve::Point;
use super::rows::{Bookkeeper, Plan};
use super::target::Relative;
use super::{RevisionGraph, Vertex};

/// Revisions that were selected, and the heads from which to go through them.
pub(super) struct Selection {
    pub(super) members: NodeSet,
    pub(super) heads: Vec<Index>,
}

impl RevisionGraph {
    /// The steps that take a database with these rows up to a target: a revision, `head`, `heads`, `+N`,
    /// `BRANCH@head`, `REV+N` … All that the target needs is included, other branches stay as they are, and a
    /// target that is applied already needs no step. Several targets are reached together.
    ///
    /// # Errors
    ///
    /// Targets that mean nothing or too much, rows that the graph does not know, and rows of which one covers
    /// another.
    pub fn upgrade<'g, 't>(
        &'g self,
        rows: &[impl AsRef<str>],
        target: impl Into<Bound<'t>>,
    ) -> Result<Plan<'g>, GraphError> {
        let rows: Vec<&str> = rows.iter().map(AsRef::as_ref).collect();
        self.plan_upgrade(&rows, target.into()).map_err(|error| error.during(Purpose::Upgrade))
    }

    fn plan_upgrade<'g>(&'g self, rows: &[&str], target: Bound<'_>) -> Result<Plan<'g>, GraphError> {
        for name in target.names() {
            refuse_range(name)?;
        }
        let options = Traversal { implicit_base: true, ..Traversal::default() };
        let selection = self.select_for_upgrade(target, Bound::Rows(rows), options)?;
        if selection.members.is_empty() {
            return Ok(Plan::default());
        }
        let newest_first = self.newest_first(selection.members, &selection.heads);
        let newest_first =
            newest_first.ok_or_else(|| GraphError::not_an_ancestor(&rows.join(", "), &target.to_string()))?;
        let mut books = Bookkeeper::new(self, &self.applied_rows(rows)?);
        let steps = newest_first.into_iter().rev().map(|node| books.up(node)).collect::<Result<_, _>>()?;
        Ok(Plan { steps, warnings: Vec::new() })
    }

    /// The rows that an offline script (`--sql`) starts from, given what stands before the colon of `FROM:TO`;
    /// none where nothing stands there.
    ///
    /// # Errors
    ///
    /// A name that means nothing or several revisions.
    pub fn starting_rows(&self, from: Option<&str>) -> Result<Vec<Vertex<'_>>, GraphError> {
        let Some(from) = from.filter(|it| *it != "base") else { return Ok(Vec::new()) };
        Ok(self.get_revision(from)?.map(|node| self.vertex(node)).into_iter().collect())
    }

    /// The revisions of rows, `base` being none.
    pub(super) fn applied_rows(&self, rows: &[&str]) -> Result<Vec<Index>, GraphError> {
        let nodes = rows.iter().filter(|row| **row != "base");
        nodes.map(|row| self.find(row).ok_or_else(|| self.unknown(row))).collect()
    }

    pub(super) fn select_for_upgrade(
        &self,
        upper: Bound<'_>,
        lower: Bound<'_>,
        options: Traversal,
    ) -> Result<Selection, GraphError> {
        let mut targets = self.upgrade_targets(lower, upper, !options.lenient)?;
        if let Bound::Spec(lower) = lower
            && let Some((branch, _)) = lower.split_once('@')
        {
            let label = self.label_of_branch(branch)?;
            targets.retain(|&node| self.has_label(node, &label));
        }
        let required = self.reach_apart(&self.needs, &targets)?;

        let mut current = self.get_all(lower.names())?;
        let known = |point: &Point| point.revision().is_some_and(|node| required.contains(node));
        if !options.implicit_base && current.iter().any(|point| *point != Point::Nothing && !known(point)) {
            return Err(GraphError::not_an_ancestor(&lower.to_string(), &upper.to_string()));
        }
        // A lower bound such as `-2` counts from the upper one.
        if let (Some(Point::Nothing), Bound::Spec(spec)) = (current.first(), lower) {
            current = match self.downgrade_target(upper, spec, !options.lenient)?.point {
                Point::Base => Vec::new(),
                Point::Nothing => return Err(GraphError::OutOfRange { target: spec.to_owned() }),
                point => vec![point],
            };
        }
        let current = self.only_revisions(&current, lower).map_err(|error| self.overlap_before(&current, error))?;
        let mut members = required;
        let applied = self.reach_apart(&self.needs, &current)?;
        members.subtract(&applied);
        if options.inclusive {
            for &node in &current {
                members.insert(node);
            }
        }
        if !current.is_empty() && !options.implicit_base {
            members.intersect(&self.reach_apart(&self.next, &current)?);
        }
        Ok(Selection { members, heads: targets })
    }

    /// The label that stands for a branch which may be given by one of its revisions.
    fn label_of_branch(&self, branch: &str) -> Result<String, GraphError> {
        let Some(node) = self.get_revision(branch)?.filter(|&node| self.id(node) == branch) else {
            return Ok(branch.to_owned());
        };
        match self.labels_of(node).as_slice() {
            [label] => Ok((*label).to_owned()),
            [] => Err(GraphError::malformed(branch, "the revision has no branch label to select a branch by")),
            labels => Err(GraphError::malformed(
                branch,
                format!("the revision is on several branches; name one of them: {}", labels.join(", ")),
            )),
        }
    }

    pub(super) fn only_revisions(&self, points: &[Point], named: Bound<'_>) -> Result<Vec<Index>, GraphError> {
        let out_of_range = || GraphError::OutOfRange { target: named.to_string() };
        points.iter().map(|point| point.revision().ok_or_else(out_of_range)).collect()
    }

    /// Everything that can be reached from these, none of which may be reachable from another one.
    fn reach_apart(&self, edges: &Edges, starts: &[Index]) -> Result<NodeSet, GraphError> {
        let mut set = NodeSet::new(self.nodes.len());
        if let [start] = starts {
            edges.mark(&[*start], &mut set);
            return Ok(set);
        }
        for &start in starts {
            edges.mark(edges.of(start), &mut set);
        }
        let one_is_included = starts.iter().any(|&start| set.contains(start));
        if one_is_included && let Some(overlap) = starts.iter().find_map(|&one| self.included_in(edges, one, starts)) {
            return Err(overlap);
        }
        for &start in starts {
            set.insert(start);
        }
        Ok(set)
    }

    /// The error that says which of `starts` are included in one of them, if any is.
    fn included_in(&self, edges: &Edges, one: Index, starts: &[Index]) -> Option<GraphError> {
        let reached = edges.reach(&[one]);
        let mut others: Vec<Index> =
            starts.iter().copied().filter(|&other| other != one && reached.contains(other)).collect();
        others.sort_unstable();
        others.dedup();
        let revision = self.id(one).to_owned();
        (!others.is_empty()).then(|| GraphError::Overlap { revision, others: self.owned_ids(&others) })
    }

    /// Alembic goes through points one by one, so an overlap that shows before the first point that is no revision
    /// is what it tells.
    fn overlap_before(&self, points: &[Point], error: GraphError) -> GraphError {
        let all: Vec<Index> = points.iter().filter_map(|it| it.revision()).collect();
        let before = points.iter().map_while(|it| it.revision());
        before.into_iter().find_map(|one| self.included_in(&self.needs, one, &all)).unwrap_or(error)
    }

    fn upgrade_targets(&self, current: Bound<'_>, target: Bound<'_>, strict: bool) -> Result<Vec<Index>, GraphError> {
        let relative = match target {
            Bound::Spec(spec) => Relative::parse(spec).map(|relative| (spec, relative)),
            Bound::Rows(_) => None,
        };
        let Some((spec, relative)) = relative else {
            let points = self.get_all(target.names())?;
            return self.only_revisions(&points, target);
        };
        let Relative { branch, symbol, steps } = relative;
        let out_of_range = || GraphError::OutOfRange { target: spec.to_owned() };
        let point = match symbol {
            None if steps <= 0 => return Err(out_of_range()),
            None => self.walk(self.start_of_upgrade(current, branch, spec)?, steps, branch, strict)?,
            Some(symbol) if steps > 0 => self.walk(self.get_revision(symbol)?.into(), steps, branch, strict)?,
            Some(symbol) => self.walk(self.get_revision_on(branch, symbol)?.into(), steps, None, strict)?,
        };
        Ok(vec![point.revision().ok_or_else(out_of_range)?])
    }

    /// Where `+N` or `BRANCH@+N` counts from.
    fn start_of_upgrade(&self, current: Bound<'_>, branch: Option<&str>, target: &str) -> Result<Point, GraphError> {
        let names = current.names();
        let ambiguous = |rows: Vec<String>| GraphError::AmbiguousStart { target: target.to_owned(), rows };
        let Some(branch) = branch else {
            return match names {
                [] => Ok(Point::Nothing),
                [one] => Ok(self.get_revision(one)?.into()),
                several => Err(ambiguous(several.iter().map(|&it| it.to_owned()).collect())),
            };
        };
        let current = self.only_revisions(&self.get_all(names)?, current)?;
        let mut starts = self.filter_for_lineage(&current, branch, false)?;
        if starts.is_empty() {
            // No current revision is on the branch; its newest applied ones are further down.
            starts = self.newest_applied_on(branch, &current)?;
        }
        match starts.as_slice() {
            [] => Ok(Point::Nothing),
            [one] => Ok(Point::Revision(*one)),
            several => Err(ambiguous(self.owned_ids(several))),
        }
    }

    fn newest_applied_on(&self, branch: &str, current: &[Index]) -> Result<Vec<Index>, GraphError> {
        let applied: Vec<Index> = self.needs.reach(current).iter().collect();
        let on_branch = self.filter_for_lineage(&applied, branch, false)?;
        let mut below = NodeSet::new(self.nodes.len());
        for &node in &on_branch {
            for &need in self.needs.of(node) {
                below.insert(need);
            }
        }
        Ok(on_branch.into_iter().filter(|&node| !below.contains(node)).collect())
    }
}

/// A range is for scripts (`--sql`); whoever makes one takes it apart first.
pub(super) fn refuse_range(target: &str) -> Result<(), GraphError> {
    if target.contains(':') {
        return Err(GraphError::malformed(target, "a range FROM:TO can only be written as a script, with `--sql`"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::graph;
    use super::*;

    fn steps(graph: &RevisionGraph, rows: &[&str], target: &str) -> Vec<String> {
        let plan = graph.upgrade(rows, target).unwrap();
        plan.steps.iter().map(|step| step.revision.to_owned()).collect()
    }

    #[test]
    fn absolute_and_relative_targets() {
        let graph = graph(&[("a", &[]), ("b", &["a"]), ("c", &["b"])]);
        assert_eq!(steps(&graph, &[], "head"), ["a", "b", "c"]);
        assert_eq!(steps(&graph, &["a"], "+1"), ["b"]);
        assert_eq!(steps(&graph, &[], "c-1"), ["a", "b"]);
        assert_eq!(steps(&graph, &["c"], "a"), Vec::<String>::new());
        let error = graph.upgrade(&["b"], "+2").unwrap_err();
        assert_eq!(error, GraphError::OutOfRange { target: "+2".into() });
    }

    #[test]
    fn two_heads_need_a_decision() {
        let graph = graph(&[("a", &[]), ("b", &["a"]), ("c", &["a"])]);
        let error = graph.upgrade(&["a"], "head").unwrap_err();
        let GraphError::MultipleHeads { heads, purpose: Purpose::Upgrade, .. } = error else { panic!("{error:?}") };
        assert_eq!(heads, ["b", "c"]);
        assert_eq!(steps(&graph, &["a"], "heads"), ["c", "b"]);
    }

    #[test]
    fn rows_that_cover_each_other_are_refused() {
        let graph = graph(&[("a", &[]), ("b", &["a"]), ("c", &["b"])]);
        let error = graph.upgrade(&["a", "b"], "head").unwrap_err();
        assert_eq!(error, GraphError::Overlap { revision: "b".into(), others: vec!["a".into()] });
    }

    #[test]
    fn an_offline_script_starts_where_it_is_told() {
        let graph = graph(&[("aaaa1", &[]), ("bbbb1", &["aaaa1"])]);
        let rows = |from| graph.starting_rows(from).unwrap().into_iter().map(|it| it.id()).collect::<Vec<_>>();
        assert_eq!(rows(None), Vec::<&str>::new());
        assert_eq!(rows(Some("base")), Vec::<&str>::new());
        assert_eq!(rows(Some("aaaa")), ["aaaa1"]);
        assert!(graph.upgrade(&[] as &[&str], "aaaa1:head").is_err());
    }
}
