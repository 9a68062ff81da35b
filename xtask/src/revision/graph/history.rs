//! Going through the history, newest first.
//!
//! After `RevisionMap.iterate_revisions`, `ScriptDirectory.walk_revisions` and `command.history` of Alembic 1.20.1.

use std::fmt;

use super::error::GraphError;
use super::{RevisionGraph, Vertex};

/// One or several revisions, as the target of an upgrade or as one end of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound<'a> {
    /// What a person typed.
    Spec(&'a str),
    /// Several names, such as the rows of `alembic_version`; none is the base.
    Rows(&'a [&'a str]),
}

impl<'a> Bound<'a> {
    /// The names in it.
    pub(super) fn names(&self) -> &[&'a str] {
        match self {
            Self::Spec(spec) => std::slice::from_ref(spec),
            Self::Rows(rows) => rows,
        }
    }
}

impl<'a> From<&'a str> for Bound<'a> {
    fn from(spec: &'a str) -> Self {
        Self::Spec(spec)
    }
}

impl<'a> From<&'a [&'a str]> for Bound<'a> {
    fn from(specs: &'a [&'a str]) -> Self {
        Self::Rows(specs)
    }
}

impl fmt::Display for Bound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.names() {
            [] => f.write_str("base"),
            names => f.write_str(&names.join(", ")),
        }
    }
}

/// How to go through a range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traversal {
    /// The lower end belongs to the range.
    pub inclusive: bool,
    /// Going up: what the upper end needs is included even where it does not descend from the lower end.
    /// Going down: branches without the target go back to the base.
    pub implicit_base: bool,
    /// A relative end beyond the history stands for the end of the history.
    pub lenient: bool,
    /// Select what a downgrade from the upper to the lower end takes back.
    pub downgrade: bool,
}

impl RevisionGraph {
    /// The revisions between two ends, newest first: a revision always comes before what it needs, and a line is
    /// followed as far as possible.
    ///
    /// # Errors
    ///
    /// Ends that mean nothing or too much, or that are not on one line of descent.
    pub fn iterate(
        &self,
        upper: Bound<'_>,
        lower: Bound<'_>,
        options: Traversal,
    ) -> Result<Vec<Vertex<'_>>, GraphError> {
        let selection = if options.downgrade {
            self.select_for_downgrade(upper, lower, options)?
        } else {
            self.select_for_upgrade(upper, lower, options)?
        };
        let ordered = self.newest_first(selection.members, &selection.heads);
        let ordered = ordered.ok_or_else(|| GraphError::not_an_ancestor(&lower.to_string(), &upper.to_string()))?;
        Ok(ordered.into_iter().map(|node| self.vertex(node)).collect())
    }

    /// The whole history, newest first.
    ///
    /// # Errors
    ///
    /// None in a valid graph.
    pub fn newest_to_oldest(&self) -> Result<Vec<Vertex<'_>>, GraphError> {
        self.history("", "", &[] as &[&str])
    }

    /// The history between `start` and `end`, both included, newest first. An empty end is open; `current` stands
    /// for the rows, which are only looked at then; where there are none it is open as well.
    ///
    /// # Errors
    ///
    /// Ends that mean nothing or too much, or that are not on one line of descent.
    pub fn history(&self, start: &str, end: &str, rows: &[impl AsRef<str>]) -> Result<Vec<Vertex<'_>>, GraphError> {
        let rows: Vec<&str> = rows.iter().map(AsRef::as_ref).collect();
        let open = |bound: &Bound<'_>| bound.names().iter().all(|name| name.is_empty());
        let (mut lower, mut upper) = (Bound::Spec(start), Bound::Spec(end));
        if end == "current" {
            upper = Bound::Rows(&rows);
        }
        if start == "current" {
            lower = Bound::Rows(&rows);
        }
        if open(&lower) {
            lower = Bound::Spec("base");
        }
        if open(&upper) {
            upper = Bound::Spec("heads");
        }
        self.iterate(upper, lower, Traversal { inclusive: true, lenient: true, ..Traversal::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::graph;
    use super::*;

    fn ids(vertices: Vec<Vertex<'_>>) -> Vec<&str> {
        vertices.into_iter().map(Vertex::id).collect()
    }

    #[test]
    fn a_range_includes_both_ends() {
        let graph = graph(&[("a", &[]), ("b", &["a"]), ("c", &["b"]), ("x", &["a"])]);
        assert_eq!(ids(graph.newest_to_oldest().unwrap()), ["c", "b", "x", "a"]);
        assert_eq!(ids(graph.history("b", "c", &[""; 0]).unwrap()), ["c", "b"]);
        assert_eq!(ids(graph.history("current", "c", &["b"]).unwrap()), ["c", "b"]);
        assert_eq!(ids(graph.history("", "current", &["b"]).unwrap()), ["b", "a"]);
    }

    #[test]
    fn ends_on_different_lines_are_refused() {
        let graph = graph(&[("a", &[]), ("b", &["a"]), ("c", &["a"])]);
        let error = graph.history("b", "c", &[""; 0]).unwrap_err();
        assert_eq!(error, GraphError::NotAnAncestor { lower: "b".into(), upper: "c".into() });
    }
}
