//! Which view reads which, and the order that follows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::freshness::{Freshness, freshness};
use super::{MaterializedView, RelationName, Source, SourceId, SourceKind};

/// The materialised views of a database, in an order in which they can be refreshed: each after those that it reads,
/// and by name where nothing else decides. A view is named by its place in that order.
#[derive(Clone, Debug, Default)]
pub struct ViewGraph {
    views: Vec<MaterializedView>,
    sources: BTreeMap<SourceId, Source>,
    reads: Vec<Vec<usize>>,
    read_by: Vec<Vec<usize>>,
    freshness: Vec<Freshness>,
}

impl ViewGraph {
    /// Of these views and everything that they read. `counts` is whether the server counts changes (`track_counts`).
    pub fn new(mut views: Vec<MaterializedView>, sources: Vec<Source>, counts: bool) -> Self {
        views.sort_by(|one, other| one.name.cmp(&other.name));
        let order = order(&edges(&views));
        let mut taken: Vec<Option<MaterializedView>> = views.into_iter().map(Some).collect();
        let views: Vec<MaterializedView> = order.into_iter().filter_map(|index| taken[index].take()).collect();
        let reads = edges(&views);
        let mut read_by = vec![Vec::new(); views.len()];
        for (reader, read) in reads.iter().enumerate() {
            for &view in read {
                read_by[view].push(reader);
            }
        }
        let sources = sources.into_iter().map(|source| (source.id.clone(), source)).collect();
        let mut graph = Self { views, sources, reads, read_by, freshness: Vec::new() };
        for view in 0..graph.views.len() {
            let freshness = freshness(&graph, view, counts);
            graph.freshness.push(freshness);
        }
        graph
    }

    /// The views, in order.
    pub fn views(&self) -> &[MaterializedView] {
        &self.views
    }

    /// One of the views.
    ///
    /// # Panics
    /// Where there are not so many views.
    pub fn view(&self, index: usize) -> &MaterializedView {
        &self.views[index]
    }

    /// The name of one of the views.
    ///
    /// # Panics
    /// Where there are not so many views.
    pub fn name(&self, index: usize) -> &RelationName {
        &self.views[index].name
    }

    /// The materialised views that one reads, directly or through plain views.
    pub fn reads(&self, index: usize) -> &[usize] {
        &self.reads[index]
    }

    /// The materialised views that read one, directly or through plain views.
    pub fn read_by(&self, index: usize) -> &[usize] {
        &self.read_by[index]
    }

    /// The views that have to be refreshed before this one, where they are refreshed at all. Not the same as
    /// [`ViewGraph::reads`] only where views read each other in a circle, which `CREATE OR REPLACE VIEW` makes possible.
    pub fn goes_after(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        self.reads[index].iter().copied().filter(move |&read| read < index)
    }

    /// All views that read one of these, however far away, and these themselves; in order.
    pub fn with_dependents(&self, of: &[usize]) -> Vec<usize> {
        let mut found: BTreeSet<usize> = BTreeSet::new();
        let mut next = of.to_vec();
        while let Some(view) = next.pop() {
            if found.insert(view) {
                next.extend(&self.read_by[view]);
            }
        }
        found.into_iter().collect()
    }

    /// Whether a view needs a refresh, and why.
    pub fn freshness(&self, index: usize) -> &Freshness {
        &self.freshness[index]
    }

    /// What is known of something that a view reads.
    pub fn source(&self, id: &str) -> Option<&Source> {
        self.sources.get(id)
    }

    /// All relations that a view reads, by name: tables, plain and materialised views, without the partitions and
    /// inheriting tables of a table that is itself among them.
    pub fn relations_read(&self, index: usize) -> Vec<&Source> {
        let view = &self.views[index];
        let is_function = |kind| matches!(kind, SourceKind::Function | SourceKind::OpaqueFunction);
        let named = view.reads.iter().filter(|id| !view.inherited.contains(id)).filter_map(|id| self.source(id));
        let mut relations: Vec<&Source> = named.filter(|source| !is_function(source.kind)).collect();
        relations.sort_by(|one, other| one.name.cmp(&other.name));
        relations
    }

    /// Everything that any view reads, in no order that means something.
    pub(super) fn sources(&self) -> impl Iterator<Item = &Source> {
        self.sources.values()
    }

    /// What has been judged so far, while the graph is being made.
    pub(super) fn judged(&self, index: usize) -> Option<&Freshness> {
        self.freshness.get(index)
    }
}

/// For each view the views that it reads.
fn edges(views: &[MaterializedView]) -> Vec<Vec<usize>> {
    let by_id: HashMap<SourceId, usize> =
        views.iter().enumerate().map(|(index, view)| (format!("r{}", view.oid), index)).collect();
    let reads = |(index, view): (usize, &MaterializedView)| {
        let read: BTreeSet<usize> = view.reads.iter().filter_map(|id| by_id.get(id).copied()).collect();
        read.into_iter().filter(|&other| other != index).collect()
    };
    views.iter().enumerate().map(reads).collect()
}

/// Each index after all that it reads; the smallest first where several may come. In a circle, where none may, the
/// smallest of those that are left opens it.
fn order(reads: &[Vec<usize>]) -> Vec<usize> {
    let mut left: BTreeSet<usize> = (0..reads.len()).collect();
    let mut order = Vec::with_capacity(reads.len());
    while let Some(&smallest) = left.first() {
        let free = |index: &&usize| reads[**index].iter().all(|read| !left.contains(read));
        let next = left.iter().find(free).copied().unwrap_or(smallest);
        left.remove(&next);
        order.push(next);
    }
    order
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A populated view with its place as its oid, which reads these views and the table `r1000 + its place`.
    pub(crate) fn view(name: &str, oid: u32, reads: &[u32]) -> MaterializedView {
        MaterializedView {
            oid,
            name: RelationName::new("public", name),
            owner: "me".to_owned(),
            may_refresh: true,
            populated: true,
            reads: reads.iter().map(|read| format!("r{read}")).collect(),
            ..MaterializedView::default()
        }
    }

    pub(crate) fn graph(views: Vec<MaterializedView>) -> ViewGraph {
        ViewGraph::new(views, Vec::new(), true)
    }

    fn names(graph: &ViewGraph) -> Vec<&str> {
        graph.views().iter().map(|view| view.name.name.as_str()).collect()
    }

    #[test]
    fn the_order_follows_what_is_read_and_then_the_names() {
        let graph = graph(vec![view("a", 1, &[3]), view("b", 2, &[]), view("z", 3, &[4, 9]), view("y", 4, &[])]);
        assert_eq!(names(&graph), ["b", "y", "z", "a"]);
        assert_eq!((graph.reads(3), graph.read_by(2), graph.read_by(0)), (&[2][..], &[3][..], &[][..]));
        assert_eq!(graph.with_dependents(&[1]), [1, 2, 3]);
    }

    #[test]
    fn a_circle_is_opened_and_nothing_waits_for_itself() {
        let graph = graph(vec![view("a", 1, &[2, 1]), view("b", 2, &[1]), view("c", 3, &[2])]);
        assert_eq!(names(&graph), ["a", "b", "c"]);
        assert_eq!(graph.goes_after(0).count(), 0);
        assert_eq!(graph.goes_after(1).collect::<Vec<_>>(), [0]);
        assert_eq!(graph.reads(0), [1]);
    }

    /// Views whose names say nothing of the order: each may read any of those before it in `reads`, and its name comes
    /// from a shuffle.
    pub(crate) fn any_graph() -> impl Strategy<Value = ViewGraph> {
        (1..12_usize)
            .prop_flat_map(|count| {
                let reads = proptest::collection::vec(proptest::collection::vec(any::<bool>(), count), count);
                let names = Just((0..count).collect::<Vec<_>>()).prop_shuffle();
                (reads, names)
            })
            .prop_map(|(reads, names)| {
                let views = reads.iter().enumerate().map(|(index, reads)| {
                    let read: Vec<u32> = (0..index).filter(|&other| reads[other]).map(|other| other as u32).collect();
                    view(&format!("v{:02}", names[index]), index as u32, &read)
                });
                graph(views.collect())
            })
    }

    proptest! {
        #[test]
        fn every_view_comes_after_all_that_it_reads(graph in any_graph()) {
            for index in 0..graph.views().len() {
                prop_assert!(graph.reads(index).iter().all(|&read| read < index));
                prop_assert!(graph.read_by(index).iter().all(|&reader| graph.reads(reader).contains(&index)));
                prop_assert_eq!(graph.view(index).reads.len(), graph.reads(index).len());
            }
        }
    }
}
