//! The order of steps.
//!
//! After `RevisionMap._topological_sort` of Alembic 1.20.1, which follows one line down as far as it can, and gives
//! way to another line only where that one has to come first. The order is the same; what differs is how
//! the question "does another open line still lead here?" is answered. Alembic keeps the ancestors of every open
//! line; here it is answered by looking at what is above a revision and was not emitted yet, which is next to
//! nothing in real histories.

use super::RevisionGraph;
use super::edges::{Edges, Index, NodeSet};

impl RevisionGraph {
    /// The members of `todo`, followers before what they need, walking down from `heads`; nothing where a member
    /// cannot be reached from the heads through members.
    pub(super) fn newest_first(&self, todo: NodeSet, heads: &[Index]) -> Option<Vec<Index>> {
        let mut lines: Vec<Index> = heads.iter().copied().filter(|&head| todo.contains(head)).collect();
        lines.sort_unstable();
        lines.dedup();
        let mut descent = Descent::new(self, todo, lines);
        while !descent.lines.is_empty() {
            match descent.line_above() {
                Some(line) => descent.at = line,
                None => descent.emit(),
            }
        }
        descent.todo.is_empty().then_some(descent.output)
    }
}

/// The state of one ordering.
struct Descent<'g> {
    graph: &'g RevisionGraph,
    todo: NodeSet,
    output: Vec<Index>,
    /// The revision at which each open line has arrived.
    lines: Vec<Index>,
    open: NodeSet,
    /// The line that is being followed.
    at: usize,
    emitted: NodeSet,
    /// No open line is or ever will be above this rank.
    ceiling: u32,
    search: Search,
}

impl<'g> Descent<'g> {
    fn new(graph: &'g RevisionGraph, todo: NodeSet, lines: Vec<Index>) -> Self {
        let nodes = graph.nodes.len();
        let mut open = NodeSet::new(nodes);
        for &line in &lines {
            open.insert(line);
        }
        let ceiling = lines.iter().map(|&line| graph.rank[line as usize]).max().unwrap_or_default();
        let (emitted, search) = (NodeSet::new(nodes), Search::new(nodes));
        Self { graph, todo, output: Vec::new(), lines, open, at: 0, emitted, ceiling, search }
    }

    /// The first other line that leads to where this one is, if any does.
    fn line_above(&mut self) -> Option<usize> {
        if self.lines.len() < 2 {
            return None;
        }
        let candidate = self.lines[self.at];
        let (graph, open, emitted, ceiling) = (self.graph, &self.open, &self.emitted, self.ceiling);
        // Nothing above an emitted revision is still open: it would have been emitted first.
        let blocked = self.search.finds(
            &graph.all_next,
            candidate,
            |node| !emitted.contains(node) && graph.rank[node as usize] <= ceiling,
            |node| node != candidate && open.contains(node),
        );
        if !blocked {
            return None;
        }
        let floor = graph.rank[candidate as usize];
        self.search.start();
        (0..self.lines.len()).filter(|&line| line != self.at).find(|&line| {
            let deep_enough = |node: Index| graph.rank[node as usize] >= floor;
            self.search.goes_on(&graph.needs, self.lines[line], deep_enough, |node| node == candidate)
        })
    }

    /// Emits where the current line is and moves it on; where several lines begin, the first goes on in its place.
    fn emit(&mut self) {
        let candidate = self.lines[self.at];
        self.todo.remove(candidate);
        self.output.push(candidate);
        self.emitted.insert(candidate);
        self.open.remove(candidate);
        let mut replaced = false;
        for &node in self.graph.needs.of(candidate) {
            if !self.todo.contains(node) || !self.open.insert(node) {
                continue;
            }
            if replaced {
                self.lines.push(node);
            } else {
                self.lines[self.at] = node;
                replaced = true;
            }
        }
        if !replaced {
            self.lines.remove(self.at);
            self.at = self.at.saturating_sub(1);
        }
    }
}

/// A depth-first search whose marks are cleared by counting, not by writing.
pub(super) struct Search {
    marks: Vec<u32>,
    round: u32,
    pending: Vec<Index>,
}

impl Search {
    pub(super) fn new(nodes: usize) -> Self {
        Self { marks: vec![0; nodes], round: 0, pending: Vec::new() }
    }

    /// Forgets what was visited.
    fn start(&mut self) {
        self.round += 1;
    }

    /// Whether a node that is sought can be reached from `start` (which counts itself) through nodes that may be
    /// passed.
    pub(super) fn finds(
        &mut self,
        edges: &Edges,
        start: Index,
        passes: impl Fn(Index) -> bool,
        sought: impl Fn(Index) -> bool,
    ) -> bool {
        self.start();
        self.goes_on(edges, start, passes, sought)
    }

    /// The same without visiting again what was visited since the last start.
    fn goes_on(
        &mut self,
        edges: &Edges,
        start: Index,
        passes: impl Fn(Index) -> bool,
        sought: impl Fn(Index) -> bool,
    ) -> bool {
        self.pending.clear();
        self.pending.push(start);
        while let Some(node) = self.pending.pop() {
            if sought(node) {
                return true;
            }
            if std::mem::replace(&mut self.marks[node as usize], self.round) == self.round {
                continue;
            }
            self.pending.extend(edges.of(node).iter().copied().filter(|&next| passes(next)));
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::graph;
    use super::*;

    fn order(graph: &RevisionGraph, heads: &[&str]) -> Option<Vec<String>> {
        let heads: Vec<Index> = heads.iter().map(|id| graph.find(id).unwrap()).collect();
        let todo = graph.needs.reach(&heads);
        graph.newest_first(todo, &heads).map(|order| graph.owned_ids(&order))
    }

    #[test]
    fn a_line_is_followed_to_the_fork_and_then_the_other_one() {
        let graph = graph(&[("a", &[]), ("b1", &["a"]), ("b2", &["a"]), ("c1", &["b1"]), ("c2", &["b2"])]);
        assert_eq!(order(&graph, &["c2", "c1"]).unwrap(), ["c1", "b1", "c2", "b2", "a"]);
    }

    #[test]
    fn what_no_line_leads_to_is_refused() {
        let graph = graph(&[("a", &[]), ("b", &["a"]), ("c", &["b"])]);
        let mut todo = graph.needs.reach(&[2]);
        todo.remove(1);
        assert_eq!(graph.newest_first(todo, &[2]), None);
    }
}
