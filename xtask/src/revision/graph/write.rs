//! What a new revision or a merge would be, checked before anything is written.
//!
//! After `ScriptDirectory.generate_revision` of Alembic 1.20.1, which writes the file first and finds out about a
//! label that is taken, or an identifier that is not unique, when it loads the file again.

use super::edges::Index;
use super::error::{GraphError, Purpose, nearest};
use super::history::Bound;
use super::target::objection;
use super::{Node, RevisionGraph};

/// A revision that somebody wants to add.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewRevision {
    /// Its identifier.
    pub id: String,
    /// What it follows, as a person names it; nothing is `head`. Several make it a merge.
    pub heads: Vec<String>,
    /// It may follow a revision that has children already, and so open a branch.
    pub splice: bool,
    /// Revisions of other branches that it needs, as a person names them.
    pub depends_on: Vec<String>,
    /// Labels that it gives to its branch.
    pub branch_labels: Vec<String>,
}

impl NewRevision {
    /// A merge of these revisions (`heads` for all of them).
    pub fn merge(id: impl Into<String>, revisions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { id: id.into(), heads: revisions.into_iter().map(Into::into).collect(), ..Self::default() }
    }
}

impl RevisionGraph {
    /// What would be written for a new revision, with every name resolved: parents and dependencies are full
    /// identifiers, except that a dependency named by a branch label stays a label.
    ///
    /// # Errors
    ///
    /// Everything that would make the revision, or the graph with it, invalid.
    pub fn new_revision(&self, wanted: &NewRevision) -> Result<Node, GraphError> {
        self.check_names(wanted)?;
        let parents = self.parents_of_new(&wanted.heads).map_err(|error| error.during(Purpose::Write))?;
        let mut distinct = parents.clone();
        distinct.sort_unstable();
        distinct.dedup();
        if distinct.len() < parents.len() {
            return Err(GraphError::DuplicateHeads { revisions: self.owned_ids(&parents) });
        }
        let followed = parents.iter().find(|&&parent| !self.next.of(parent).is_empty());
        if let Some(&parent) = followed.filter(|_| !wanted.splice) {
            return Err(GraphError::NotAHead {
                revision: self.id(parent).to_owned(),
                children: self.owned_ids(self.next.of(parent)),
            });
        }
        let depends_on = wanted.depends_on.iter().map(|name| self.dependency_of_new(name));
        Ok(Node {
            id: wanted.id.clone(),
            down: self.owned_ids(&parents),
            depends_on: depends_on.collect::<Result<_, _>>()?,
            branch_labels: wanted.branch_labels.clone(),
        })
    }

    /// The graph with one more revision.
    ///
    /// # Errors
    ///
    /// As for [`RevisionGraph::new`].
    pub fn with(&self, node: Node) -> Result<Self, GraphError> {
        Self::new(self.nodes.iter().cloned().chain([node]))
    }

    fn check_names(&self, wanted: &NewRevision) -> Result<(), GraphError> {
        let mut names = vec![wanted.id.as_str()];
        names.extend(wanted.branch_labels.iter().map(String::as_str));
        for (at, &name) in names.iter().enumerate() {
            if let Some(reason) = objection(name) {
                return Err(GraphError::IllegalName { name: name.to_owned(), label: at > 0, reason });
            }
            let taken_by = self.names.get(name).map(|&node| self.id(node));
            if let Some(other) = taken_by.or_else(|| names[..at].contains(&name).then_some(&wanted.id)) {
                return Err(GraphError::NameTaken { name: name.to_owned(), label: at > 0, by: other.to_owned() });
            }
        }
        Ok(())
    }

    fn parents_of_new(&self, heads: &[String]) -> Result<Vec<Index>, GraphError> {
        let heads: Vec<&str> = if heads.is_empty() { vec!["head"] } else { heads.iter().map(String::as_str).collect() };
        let points = self.get_all(&heads)?;
        self.only_revisions(&points, Bound::Rows(&heads))
    }

    fn dependency_of_new(&self, name: &str) -> Result<String, GraphError> {
        let node = self.get_revision(name)?.ok_or_else(|| GraphError::Unknown {
            name: name.to_owned(),
            nearest: nearest(name, self.nodes.iter().map(|node| node.id.as_str())),
        })?;
        Ok(if self.has_label(node, name) { name.to_owned() } else { self.id(node).to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{graph, node};
    use super::*;

    fn wanted(id: &str, heads: &[&str]) -> NewRevision {
        NewRevision::merge(id, heads.iter().copied())
    }

    #[test]
    fn a_new_revision_follows_the_head() {
        let graph = graph(&[("a", &[]), ("b", &["a"])]);
        assert_eq!(graph.new_revision(&wanted("c", &[])), Ok(node("c", &["b"])));
        assert_eq!(graph.new_revision(&wanted("c", &["base"])), Ok(node("c", &[])));
    }

    #[test]
    fn what_has_children_is_followed_only_when_asked_for() {
        let graph = graph(&[("a", &[]), ("b", &["a"])]);
        let refused = graph.new_revision(&wanted("c", &["a"])).unwrap_err();
        assert_eq!(refused, GraphError::NotAHead { revision: "a".into(), children: vec!["b".into()] });
        let spliced = NewRevision { splice: true, ..wanted("c", &["a"]) };
        assert_eq!(graph.new_revision(&spliced), Ok(node("c", &["a"])));
    }

    #[test]
    fn names_are_checked_before_anything_is_written() {
        let graph = RevisionGraph::new(vec![Node { branch_labels: vec!["lab".into()], ..node("a", &[]) }]).unwrap();
        let refuse = |id: &str, label: &str| {
            let labelled = NewRevision { branch_labels: vec![label.into()], ..wanted(id, &[]) };
            graph.new_revision(&labelled).unwrap_err()
        };
        assert!(matches!(refuse("a", "x"), GraphError::NameTaken { label: false, .. }));
        assert!(matches!(refuse("b", "lab"), GraphError::NameTaken { label: true, .. }));
        assert!(matches!(refuse("b", "b"), GraphError::NameTaken { label: true, .. }));
        assert!(matches!(refuse("b-c", "x"), GraphError::IllegalName { label: false, .. }));
        assert!(matches!(refuse("b", "heads"), GraphError::IllegalName { label: true, .. }));
    }

    #[test]
    fn a_dependency_named_by_its_label_stays_a_label() {
        let labelled = Node { branch_labels: vec!["lab".into()], ..node("aaaa1", &[]) };
        let graph = RevisionGraph::new(vec![labelled, node("bbbb1", &[])]).unwrap();
        let new = NewRevision { depends_on: vec!["lab".into(), "bbbb".into()], ..wanted("c", &["base"]) };
        assert_eq!(graph.new_revision(&new).unwrap().depends_on, ["lab", "bbbb1"]);
    }
}
