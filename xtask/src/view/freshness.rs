//! Whether a view shows what the tables hold now, as far as the server's counters tell.

use std::fmt;

use super::graph::ViewGraph;
use super::{LastRefresh, RelationName, Source, SourceKind, Stamp};

/// Whether a view needs a refresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Nothing that it reads has changed since its last refresh.
    Fresh,
    /// Something has changed, or may have; why, most telling first.
    Stale(Vec<Cause>),
}

/// Why a view counts as stale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It holds no data.
    NotPopulated,
    /// This tool has never refreshed it, so nobody knows what it was made from.
    Unknown,
    /// It was dropped and made again.
    Recreated,
    /// The server does not count changes.
    CountsOff,
    /// It reads a table of another server.
    Foreign(RelationName),
    /// It calls a function whose body is text to the server.
    Opaque(RelationName),
    /// It reads something that it did not read then: a new partition.
    Added(RelationName),
    /// It no longer reads something that it read then: a partition is gone.
    Removed,
    /// Truncated, rewritten, refreshed or defined anew.
    Replaced(RelationName, SourceKind),
    /// Rows have changed.
    Changed {
        /// The table or view.
        of: RelationName,
        /// Rows inserted since.
        inserted: u64,
        /// Rows updated since.
        updated: u64,
        /// Rows deleted since.
        deleted: u64,
    },
    /// The counters are below what they were.
    Reset(RelationName),
    /// It reads a view that is itself stale.
    Upstream(RelationName),
}

impl Freshness {
    /// Whether it needs a refresh.
    pub fn is_stale(&self) -> bool {
        matches!(self, Self::Stale(_))
    }

    /// Why it needs one; empty where it does not.
    pub fn causes(&self) -> &[Cause] {
        match self {
            Self::Fresh => &[],
            Self::Stale(causes) => causes,
        }
    }

    /// One word for a list.
    pub fn word(&self) -> &'static str {
        match self.causes().first() {
            None => "fresh",
            Some(Cause::NotPopulated) => "unpopulated",
            Some(Cause::Unknown | Cause::Recreated) => "unknown",
            Some(_) => "stale",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPopulated => formatter.write_str("it is not populated"),
            Self::Unknown => formatter.write_str("it was never refreshed by this tool"),
            Self::Recreated => formatter.write_str("it was created anew since its last refresh"),
            Self::CountsOff => formatter.write_str("the server does not count changes (track_counts is off)"),
            Self::Foreign(name) => write!(formatter, "{name} is on another server, where nobody counts its changes"),
            Self::Opaque(name) => write!(formatter, "what the function {name} reads is not in the catalogue"),
            Self::Added(name) => write!(formatter, "{name} is read now and was not then"),
            Self::Removed => formatter.write_str("something that it read then is gone"),
            Self::Replaced(name, kind) => match kind {
                SourceKind::View => write!(formatter, "view {name} was defined anew"),
                SourceKind::MaterializedView => write!(formatter, "{name} was refreshed"),
                SourceKind::Function | SourceKind::OpaqueFunction => {
                    write!(formatter, "function {name} was defined anew")
                }
                SourceKind::Table | SourceKind::ForeignTable => write!(formatter, "{name} was truncated or rewritten"),
            },
            Self::Changed { of, inserted, updated, deleted } => {
                let parts = [(inserted, "inserted"), (updated, "updated"), (deleted, "deleted")];
                let told = parts.iter().filter(|(rows, _)| **rows > 0).map(|(rows, what)| format!("{rows} {what}"));
                write!(formatter, "{of}: rows {}", told.collect::<Vec<_>>().join(", "))
            }
            Self::Reset(name) => write!(formatter, "the counters of {name} were reset"),
            Self::Upstream(name) => write!(formatter, "{name}, which it reads, is stale"),
        }
    }
}

/// Judges one view; those before it in the order have been judged.
pub(super) fn freshness(graph: &ViewGraph, index: usize, counts: bool) -> Freshness {
    let view = graph.view(index);
    let last = view.last.as_ref().filter(|last| last.at.is_some());
    let decisive = match last {
        _ if !view.populated => Some(Cause::NotPopulated),
        None => Some(Cause::Unknown),
        Some(last) if last.view_oid != view.oid => Some(Cause::Recreated),
        Some(_) if !counts => Some(Cause::CountsOff),
        Some(_) => None,
    };
    let causes = match (decisive, last) {
        (Some(cause), _) => vec![cause],
        (None, Some(last)) => changes(graph, index, last),
        (None, None) => Vec::new(),
    };
    if causes.is_empty() { Freshness::Fresh } else { Freshness::Stale(causes) }
}

fn changes(graph: &ViewGraph, index: usize, last: &LastRefresh) -> Vec<Cause> {
    let view = graph.view(index);
    let own = format!("r{}", view.oid);
    let read = || view.reads.iter().filter(|id| **id != own);
    let mut causes: Vec<Cause> = read()
        .filter_map(|id| graph.source(id))
        .filter_map(|source| change(source, last.sources.get(&source.id)))
        .collect();
    if last.sources.keys().any(|id| !view.reads.contains(id)) {
        causes.push(Cause::Removed);
    }
    let stale = graph.goes_after(index).filter(|&read| graph.judged(read).is_some_and(Freshness::is_stale));
    causes.extend(stale.map(|read| Cause::Upstream(graph.name(read).clone())));
    causes
}

fn change(source: &Source, then: Option<&Stamp>) -> Option<Cause> {
    let name = source.name.clone();
    match (source.kind, then) {
        (SourceKind::ForeignTable, _) => Some(Cause::Foreign(name)),
        (SourceKind::OpaqueFunction, _) => Some(Cause::Opaque(name)),
        (_, None) => Some(Cause::Added(name)),
        (_, Some(then)) if *then == source.stamp => None,
        (kind, Some(then)) if then.version != source.stamp.version => Some(Cause::Replaced(name, kind)),
        (_, Some(then)) => Some(counted(name, *then, source.stamp)),
    }
}

fn counted(of: RelationName, then: Stamp, now: Stamp) -> Cause {
    let since = |now: i64, then: i64| u64::try_from(now - then);
    match (since(now.inserted, then.inserted), since(now.updated, then.updated), since(now.deleted, then.deleted)) {
        (Ok(inserted), Ok(updated), Ok(deleted)) => Cause::Changed { of, inserted, updated, deleted },
        _ => Cause::Reset(of),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::MaterializedView;
    use crate::view::graph::tests::view;

    fn table(stamp: Stamp) -> Source {
        Source { id: "r100".to_owned(), name: RelationName::new("public", "t"), kind: SourceKind::Table, stamp }
    }

    fn refreshed(mut view: MaterializedView, sources: &[(&str, Stamp)]) -> MaterializedView {
        let sources = sources.iter().map(|(id, stamp)| ((*id).to_owned(), *stamp)).collect();
        let at = Some("2026-11-23T10:15:00Z".to_owned());
        view.last = Some(LastRefresh { view_oid: view.oid, at, sources, ..LastRefresh::default() });
        view
    }

    fn words(views: Vec<MaterializedView>, sources: Vec<Source>) -> Vec<String> {
        let graph = ViewGraph::new(views, sources, true);
        let each = |index| {
            let causes: Vec<String> = graph.freshness(index).causes().iter().map(ToString::to_string).collect();
            [vec![graph.freshness(index).word().to_owned()], causes].concat().join("; ")
        };
        (0..graph.views().len()).map(each).collect()
    }

    const THEN: Stamp = Stamp { version: 7, inserted: 10, updated: 5, deleted: 1 };

    #[test]
    fn equal_stamps_are_fresh_and_others_say_what_happened() {
        let cases = [
            (THEN, "fresh"),
            (Stamp { inserted: 13, deleted: 2, ..THEN }, "stale; public.t: rows 3 inserted, 1 deleted"),
            (Stamp { updated: 6, ..THEN }, "stale; public.t: rows 1 updated"),
            (Stamp { version: 8, ..THEN }, "stale; public.t was truncated or rewritten"),
            (Stamp { inserted: 20, updated: 0, ..THEN }, "stale; the counters of public.t were reset"),
        ];
        for (now, expected) in cases {
            let views = vec![refreshed(view("v", 1, &[100]), &[("r100", THEN)])];
            assert_eq!(words(views, vec![table(now)]), [expected]);
        }
    }

    #[test]
    fn what_nobody_knows_counts_as_stale() {
        let mut empty = refreshed(view("a", 1, &[]), &[]);
        empty.populated = false;
        let mut again = refreshed(view("b", 2, &[]), &[]);
        again.last.as_mut().expect("set").view_oid = 99;
        let mut failed = refreshed(view("c", 3, &[]), &[]);
        failed.last.as_mut().expect("set").at = None;
        let views = vec![empty, again, failed, view("d", 4, &[])];
        assert_eq!(
            words(views, Vec::new()),
            [
                "unpopulated; it is not populated",
                "unknown; it was created anew since its last refresh",
                "unknown; it was never refreshed by this tool",
                "unknown; it was never refreshed by this tool"
            ]
        );
        let graph = ViewGraph::new(vec![refreshed(view("v", 1, &[]), &[])], Vec::new(), false);
        assert_eq!(graph.freshness(0).causes(), [Cause::CountsOff]);
    }

    #[test]
    fn sources_that_come_and_go_are_noticed() {
        let views = vec![refreshed(view("v", 1, &[100]), &[("r200", THEN)])];
        let expected = "stale; public.t is read now and was not then; something that it read then is gone";
        assert_eq!(words(views, vec![table(THEN)]), [expected]);
    }

    #[test]
    fn staleness_is_handed_on() {
        let upstream = Source {
            id: "r1".to_owned(),
            name: RelationName::new("public", "a"),
            kind: SourceKind::MaterializedView,
            stamp: THEN,
        };
        let views =
            vec![refreshed(view("a", 1, &[100]), &[("r100", THEN)]), refreshed(view("b", 2, &[1]), &[("r1", THEN)])];
        let now = table(Stamp { inserted: 11, ..THEN });
        assert_eq!(
            words(views, vec![now, upstream]),
            ["stale; public.t: rows 1 inserted", "stale; public.a, which it reads, is stale"]
        );
    }
}
