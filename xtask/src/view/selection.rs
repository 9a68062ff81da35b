//! Which views a command is about.

use std::collections::BTreeSet;

use super::error::ViewError;
use super::graph::ViewGraph;

/// What was asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wish<'a> {
    /// These views; all where none is named. `view`, `schema.view`, or either as SQL would write it.
    pub names: &'a [String],
    /// Of those only the ones that need it.
    pub only_stale: bool,
}

/// The views to refresh.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// In the order of the graph.
    pub views: Vec<usize>,
    /// Those among them that nobody named.
    pub brought: Vec<Brought>,
    /// Views that were asked for and are fresh.
    pub fresh: usize,
}

/// A view that comes along although it was not named: without data in it, the view that reads it cannot be refreshed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brought {
    /// The view.
    pub view: usize,
    /// The one that reads it.
    pub reader: usize,
}

impl ViewGraph {
    /// The views that a wish means.
    ///
    /// # Errors
    /// A name is unknown or ambiguous; all such names at once.
    pub fn select(&self, wish: &Wish<'_>) -> Result<Selection, Vec<ViewError>> {
        let asked = self.asked(wish.names)?;
        let wanted: BTreeSet<usize> =
            asked.iter().copied().filter(|&view| !wish.only_stale || self.freshness(view).is_stale()).collect();
        let fresh = asked.len() - wanted.len();
        let brought = self.unpopulated_below(&wanted);
        let mut views = wanted;
        views.extend(brought.iter().map(|brought| brought.view));
        Ok(Selection { views: views.into_iter().collect(), brought, fresh })
    }

    fn asked(&self, names: &[String]) -> Result<BTreeSet<usize>, Vec<ViewError>> {
        if names.is_empty() {
            return Ok((0..self.views().len()).collect());
        }
        let mut asked = BTreeSet::new();
        let mut errors = Vec::new();
        for name in names {
            match self.find(name) {
                Ok(view) => {
                    asked.insert(view);
                }
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(asked) } else { Err(errors) }
    }

    /// The one view that is meant.
    ///
    /// # Errors
    /// None is, or several are.
    pub fn find(&self, typed: &str) -> Result<usize, ViewError> {
        let meant: Vec<usize> = (0..self.views().len()).filter(|&view| self.name(view).is_meant_by(typed)).collect();
        match meant[..] {
            [view] => Ok(view),
            [] => Err(self.unknown(typed)),
            _ => {
                let candidates = meant.iter().map(|&view| self.name(view).clone()).collect();
                Err(ViewError::Ambiguous { typed: typed.to_owned(), candidates })
            }
        }
    }

    fn unknown(&self, typed: &str) -> ViewError {
        let other = self.sources().find(|source| source.name.is_meant_by(typed));
        let lower = typed.to_lowercase();
        let likeness = |view: usize| {
            let name = self.name(view);
            let whole = strsim::normalized_damerau_levenshtein(&lower, &name.to_string().to_lowercase());
            whole.max(strsim::normalized_damerau_levenshtein(&lower, &name.name.to_lowercase()))
        };
        let mut near: Vec<(f64, usize)> = (0..self.views().len()).map(|view| (likeness(view), view)).collect();
        near.retain(|(likeness, _)| *likeness > 0.5);
        near.sort_by(|one, other| other.0.total_cmp(&one.0));
        ViewError::Unknown {
            typed: typed.to_owned(),
            other: other.map(|source| (source.name.clone(), source.kind)),
            nearest: near.iter().take(3).map(|&(_, view)| self.name(view).clone()).collect(),
            count: self.views().len(),
        }
    }

    fn unpopulated_below(&self, wanted: &BTreeSet<usize>) -> Vec<Brought> {
        let mut found = BTreeSet::new();
        let mut brought = Vec::new();
        let mut next: Vec<usize> = wanted.iter().copied().collect();
        while let Some(reader) = next.pop() {
            for &view in self.reads(reader) {
                if !self.view(view).populated && !wanted.contains(&view) && found.insert(view) {
                    brought.push(Brought { view, reader });
                    next.push(view);
                }
            }
        }
        brought.sort_by_key(|brought| brought.view);
        brought
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnose;
    use crate::view::RelationName;
    use crate::view::graph::tests::{graph, view};

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn select(graph: &ViewGraph, typed: &[&str]) -> Result<Selection, Vec<ViewError>> {
        graph.select(&Wish { names: &names(typed), only_stale: false })
    }

    #[test]
    fn without_names_all_are_meant() {
        let graph = graph(vec![view("a", 1, &[2]), view("b", 2, &[])]);
        assert_eq!(select(&graph, &[]).expect("all").views, [0, 1]);
        assert_eq!(select(&ViewGraph::default(), &[]).expect("none"), Selection::default());
    }

    #[test]
    fn exactly_the_named_ones_are_refreshed_and_each_once() {
        let graph = graph(vec![view("a", 1, &[2]), view("b", 2, &[3]), view("c", 3, &[])]);
        let selection = select(&graph, &["a", "public.a", "c"]).expect("known");
        assert_eq!((selection.views, selection.brought), (vec![0, 2], Vec::new()));
    }

    #[test]
    fn an_empty_view_below_comes_along() {
        let mut views = vec![view("a", 1, &[2]), view("b", 2, &[3]), view("c", 3, &[]), view("d", 4, &[])];
        views[1].populated = false;
        views[2].populated = false;
        let graph = graph(views);
        let selection = select(&graph, &["a"]).expect("known");
        assert_eq!(selection.views, [0, 1, 2]);
        assert_eq!(selection.brought, [Brought { view: 0, reader: 1 }, Brought { view: 1, reader: 2 }]);
        assert!(select(&graph, &["c"]).expect("known").brought.is_empty());
    }

    #[test]
    fn unknown_names_are_told_with_their_nearest() {
        let mut other = view("runs", 3, &[]);
        other.name = RelationName::new("lab", "runs");
        let graph = graph(vec![view("site_summary", 1, &[]), view("runs", 2, &[]), other]);
        let errors = select(&graph, &["site_sumary", "runs", "zzz", "lab.runs"]).expect_err("wrong names");
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "no materialised view is called `site_sumary`",
                "`runs` may mean lab.runs or public.runs",
                "no materialised view is called `zzz`",
            ]
        );
        let next = errors[0].diagnose().next;
        assert_eq!(next[0].command.as_deref(), Some("cargo xtask refresh-views public.site_summary"));
    }
}
