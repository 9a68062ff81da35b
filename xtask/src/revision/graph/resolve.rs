//! What a name means: identifiers, parts of identifiers, labels, `head`, `heads`, `base`, `BRANCH@…`.
//!
//! After `RevisionMap.get_revisions`, `get_revision`, `_resolve_revision_number`, `_revision_for_ident`,
//! `_resolve_branch` and `filter_for_lineage` of Alembic 1.20.1.

use super::edges::{Index, NodeSet};
use super::error::{GraphError, nearest};
use super::target::{negative, split_branch};
use super::{RevisionGraph, Vertex};

/// The fewest characters of a name that a part of it can stand for.
const SHORTEST_ABBREVIATED: usize = 4;

/// What a target resolves to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolved<'g> {
    /// A revision.
    Revision(Vertex<'g>),
    /// The state before all revisions, reached by counting down from a head.
    Base,
    /// Counting down from a head went past the base.
    BeyondBase,
}

/// A place in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Point {
    Revision(Index),
    /// The state before all revisions, reached by walking down.
    Base,
    /// No revision: an empty start, or a walk that went too far.
    Nothing,
}

impl Point {
    pub(super) fn revision(self) -> Option<Index> {
        match self {
            Self::Revision(node) => Some(node),
            Self::Base | Self::Nothing => None,
        }
    }
}

impl From<Option<Index>> for Point {
    fn from(node: Option<Index>) -> Self {
        node.map_or(Self::Nothing, Self::Revision)
    }
}

/// A name that is known already, or that is still to be looked up.
#[derive(Clone, Copy)]
pub(super) enum Name<'a> {
    Known(Index),
    Text(&'a str),
}

impl RevisionGraph {
    /// What a person's name for revisions means: a full or partial identifier, a label, `head`, `heads`, `base`,
    /// `BRANCH@` before any of these, or `-N` for so many steps down from each head. `base` is nothing at all.
    ///
    /// # Errors
    ///
    /// Unknown and ambiguous names.
    pub fn resolve(&self, spec: &str) -> Result<Vec<Resolved<'_>>, GraphError> {
        let points = self.get_revisions(spec)?;
        Ok(points.into_iter().map(|point| self.resolved(point)).collect())
    }

    /// The revisions that a name means, for commands that need revisions to work on (`show`, `edit`).
    ///
    /// # Errors
    ///
    /// Unknown and ambiguous names, and names that mean no revision.
    pub fn revisions(&self, spec: &str) -> Result<Vec<Vertex<'_>>, GraphError> {
        let points = self.get_revisions(spec)?;
        let revisions: Vec<_> = points.iter().filter_map(|it| it.revision()).map(|it| self.vertex(it)).collect();
        if revisions.len() < points.len() || revisions.is_empty() {
            return Err(GraphError::OutOfRange { target: spec.to_owned() });
        }
        Ok(revisions)
    }

    fn resolved(&self, point: Point) -> Resolved<'_> {
        match point {
            Point::Revision(node) => Resolved::Revision(self.vertex(node)),
            Point::Base => Resolved::Base,
            Point::Nothing => Resolved::BeyondBase,
        }
    }

    pub(super) fn get_revisions(&self, spec: &str) -> Result<Vec<Point>, GraphError> {
        let (names, branch) = self.expand(spec)?;
        if let &[Name::Text(text)] = names.as_slice()
            && let Some(steps) = negative(text)
        {
            return self.walk_down_from_heads(steps, branch);
        }
        names.into_iter().map(|name| self.look_up(name, branch).map(Point::Revision)).collect()
    }

    /// The points of several names, one after the other.
    pub(super) fn get_all(&self, specs: &[&str]) -> Result<Vec<Point>, GraphError> {
        let mut points = Vec::with_capacity(specs.len());
        for spec in specs {
            points.extend(self.get_revisions(spec)?);
        }
        Ok(points)
    }

    fn walk_down_from_heads(&self, steps: i64, branch: Option<&str>) -> Result<Vec<Point>, GraphError> {
        let heads = self.real_heads.iter().filter(|&&head| branch.is_none_or(|label| self.has_label(head, label)));
        heads.map(|&head| self.walk(Point::Revision(head), -steps, None, true)).collect()
    }

    /// The one revision that a name means; nothing for `base`, and for `head` where there is no revision.
    pub(super) fn get_revision(&self, spec: &str) -> Result<Option<Index>, GraphError> {
        let (names, branch) = self.expand(spec)?;
        match names.as_slice() {
            [] => {
                if let Some(branch) = branch.filter(|it| !it.is_empty()) {
                    self.resolve_branch(branch)?;
                }
                Ok(None)
            }
            [name] => self.look_up(*name, branch).map(Some),
            several => {
                let heads: Vec<_> = several.iter().filter_map(|name| self.known(*name)).collect();
                Err(self.multiple_heads(spec, &heads))
            }
        }
    }

    /// [`RevisionGraph::get_revision`] with a branch that is given beside the name.
    pub(super) fn get_revision_on(&self, branch: Option<&str>, name: &str) -> Result<Option<Index>, GraphError> {
        match branch {
            Some(branch) => self.get_revision(&format!("{branch}@{name}")),
            None => self.get_revision(name),
        }
    }

    /// Replaces the symbols `head`, `heads` and `base`; everything else stays a text to be looked up.
    pub(super) fn expand<'a>(&self, spec: &'a str) -> Result<(Vec<Name<'a>>, Option<&'a str>), GraphError> {
        let (branch, name) = split_branch(spec);
        let known = |nodes: Vec<Index>| nodes.into_iter().map(Name::Known).collect();
        let names = match name {
            "heads" => match branch.filter(|it| !it.is_empty()) {
                Some(branch) => known(self.filter_for_lineage(&self.heads, branch, false)?),
                None => known(self.real_heads.clone()),
            },
            "head" => known(self.single_head(branch)?.into_iter().collect()),
            "base" => Vec::new(),
            name => vec![Name::Text(name)],
        };
        Ok((names, branch))
    }

    fn single_head(&self, branch: Option<&str>) -> Result<Option<Index>, GraphError> {
        let heads = match branch.filter(|it| !it.is_empty()) {
            Some(branch) => self.filter_for_lineage(&self.heads, branch, false)?,
            None => self.heads.clone(),
        };
        match heads.as_slice() {
            [] => Ok(None),
            [head] => Ok(Some(*head)),
            several => {
                let asked = branch.map_or_else(|| "head".to_owned(), |branch| format!("{branch}@head"));
                Err(self.multiple_heads(&asked, several))
            }
        }
    }

    fn multiple_heads(&self, asked: &str, heads: &[Index]) -> GraphError {
        GraphError::MultipleHeads {
            asked: asked.to_owned(),
            heads: self.owned_ids(heads),
            purpose: super::Purpose::default(),
        }
    }

    fn known(&self, name: Name<'_>) -> Option<Index> {
        match name {
            Name::Known(node) => Some(node),
            Name::Text(text) => self.names.get(text).copied(),
        }
    }

    /// Looks up an identifier, a label or the beginning of one, on a branch where one is given.
    pub(super) fn look_up(&self, name: Name<'_>, branch: Option<&str>) -> Result<Index, GraphError> {
        let branch = branch.filter(|it| !it.is_empty());
        let root = branch.map(|branch| self.resolve_branch(branch)).transpose()?;
        let node = match (self.known(name), name) {
            (Some(node), _) | (None, Name::Known(node)) => node,
            (None, Name::Text("")) => {
                return Err(GraphError::malformed("", "a name of a revision is expected"));
            }
            (None, Name::Text(text)) => self.look_up_part(text, branch)?,
        };
        if let (Some(root), Some(branch)) = (root, branch)
            && !self.lineage(&[root], false).contains(node)
        {
            return Err(GraphError::NotInBranch {
                revision: self.id(node).to_owned(),
                branch: branch.to_owned(),
                labels: self.labels_of(node).into_iter().map(str::to_owned).collect(),
            });
        }
        Ok(node)
    }

    fn look_up_part(&self, part: &str, branch: Option<&str>) -> Result<Index, GraphError> {
        let ids = self.nodes.iter().enumerate().map(|(index, node)| (node.id.as_str(), index as Index));
        let labels = self.labels.iter().map(|(label, index)| (label.as_str(), *index));
        let mut found: Vec<(&str, Index)> = ids
            .chain(labels)
            .filter(|(name, _)| name.starts_with(part) && name.chars().count() >= SHORTEST_ABBREVIATED)
            .collect();
        if let Some(branch) = branch {
            let nodes: Vec<Index> = found.iter().map(|(_, node)| *node).collect();
            let kept = self.filter_for_lineage(&nodes, branch, false)?;
            found.retain(|(_, node)| kept.contains(node));
        }
        match found.as_slice() {
            [] => Err(self.unknown(part)),
            [(_, node)] => Ok(*node),
            several => Err(GraphError::Ambiguous {
                part: part.to_owned(),
                candidates: several.iter().map(|(name, _)| (*name).to_owned()).collect(),
            }),
        }
    }

    pub(super) fn unknown(&self, name: &str) -> GraphError {
        GraphError::Unknown { name: name.to_owned(), nearest: nearest(name, self.all_names()) }
    }

    fn all_names(&self) -> impl Iterator<Item = &str> {
        let labels = self.labels.iter().map(|(label, _)| label.as_str());
        self.nodes.iter().map(|node| node.id.as_str()).chain(labels)
    }

    /// The revision that stands for a branch: the one that declares the label, or any revision of it.
    pub(super) fn resolve_branch(&self, branch: &str) -> Result<Index, GraphError> {
        self.look_up(Name::Text(branch), None).map_err(|error| match error {
            GraphError::Unknown { name, .. } => {
                let labels = self.labels.iter().map(|(label, _)| label.as_str());
                GraphError::UnknownBranch { nearest: nearest(&name, labels), name, candidates: Vec::new() }
            }
            GraphError::Ambiguous { part, candidates } => {
                GraphError::UnknownBranch { name: part, nearest: Vec::new(), candidates }
            }
            other => other,
        })
    }

    /// The nodes that descend from one of these or that these descend from, these included.
    pub(super) fn lineage(&self, nodes: &[Index], dependencies: bool) -> NodeSet {
        let (below, above) = if dependencies { (&self.needs, &self.all_next) } else { (&self.down, &self.next) };
        let mut lineage = below.reach(nodes);
        lineage.unite(&above.reach(nodes));
        lineage
    }

    /// The targets that share a line of descent with what `check` names; all of them where it names nothing.
    pub(super) fn filter_for_lineage(
        &self,
        targets: &[Index],
        check: &str,
        dependencies: bool,
    ) -> Result<Vec<Index>, GraphError> {
        let tests = self.lineage_tests(check, targets)?;
        if tests.is_empty() {
            return Ok(targets.to_vec());
        }
        let lineage = self.lineage(&tests, dependencies);
        Ok(targets.iter().copied().filter(|&target| lineage.contains(target)).collect())
    }

    /// The revisions by which lineage is judged. Where there is nothing to judge they are not looked up, so that an
    /// unknown name is no error there.
    pub(super) fn lineage_tests(&self, check: &str, targets: &[Index]) -> Result<Vec<Index>, GraphError> {
        let (names, branch) = self.expand(check)?;
        if targets.is_empty() {
            return Ok(Vec::new());
        }
        let branch = branch.filter(|it| !it.is_empty()).map(Name::Text);
        branch.into_iter().chain(names).map(|name| self.look_up(name, None)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{graph, node};
    use super::super::{GraphError, Node, RevisionGraph};

    fn ids(graph: &RevisionGraph, spec: &str) -> Vec<String> {
        graph.revisions(spec).unwrap().into_iter().map(|it| it.id().to_owned()).collect()
    }

    #[test]
    fn a_part_must_be_of_a_name_of_four_characters_and_unambiguous() {
        let graph = graph(&[("abcd1", &[]), ("abcd2", &["abcd1"]), ("xyz", &["abcd2"])]);
        assert_eq!(ids(&graph, "abcd2"), ["abcd2"]);
        let error = graph.resolve("abc").unwrap_err();
        assert_eq!(
            error,
            GraphError::Ambiguous { part: "abc".into(), candidates: vec!["abcd1".into(), "abcd2".into()] }
        );
        assert!(matches!(graph.resolve("xy"), Err(GraphError::Unknown { .. })));
    }

    #[test]
    fn an_unknown_name_tells_the_nearest() {
        let graph = graph(&[("3f2a9c01", &[]), ("77bb20ee", &["3f2a9c01"])]);
        let error = graph.resolve("3f2a9c10").unwrap_err();
        assert_eq!(error, GraphError::Unknown { name: "3f2a9c10".into(), nearest: vec!["3f2a9c01".into()] });
    }

    #[test]
    fn a_branch_narrows_a_part() {
        let labelled =
            |id: &str, down: &[&str], label: &str| Node { branch_labels: vec![label.into()], ..node(id, down) };
        let graph = RevisionGraph::new(vec![
            node("root", &[]),
            labelled("aaaa1", &["root"], "left"),
            labelled("aaaa2", &["root"], "right"),
        ])
        .unwrap();
        assert_eq!(ids(&graph, "right@aaaa"), ["aaaa2"]);
        assert_eq!(ids(&graph, "left@head"), ["aaaa1"]);
        let error = graph.resolve("left@aaaa2").unwrap_err();
        let labels = vec!["right".into()];
        assert_eq!(error, GraphError::NotInBranch { revision: "aaaa2".into(), branch: "left".into(), labels });
    }

    #[test]
    fn counting_down_from_the_heads_may_leave_the_history() {
        let graph = graph(&[("a", &[]), ("b", &["a"])]);
        assert_eq!(ids(&graph, "-1"), ["a"]);
        assert!(graph.revisions("-2").is_err());
        assert_eq!(graph.resolve("-3"), Ok(vec![super::Resolved::BeyondBase]));
    }
}
