//! Building the graph: names, parents, dependencies, and everything that makes a set of revisions no graph.
//!
//! After `RevisionMap._revision_map`, `_map_branch_labels`, `_add_depends_on`, `_normalize_depends_on` and
//! `_detect_cycles` of Alembic 1.20.1. Two things are stricter: an unknown parent is an error of its own (Alembic
//! lets a `KeyError` out), and every cycle is found, also one that lies between a base and a head.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::edges::{Edges, Index, NodeSet};
use super::error::GraphError;
use super::{Node, RevisionGraph, Warning};

/// Characters with a meaning in targets, which a revision identifier therefore cannot have.
pub(super) const ILLEGAL_CHARACTERS: [char; 4] = ['+', '-', ':', '@'];

impl RevisionGraph {
    /// The graph of these revisions; their order is the load order, which breaks ties everywhere.
    ///
    /// Where an identifier comes twice the last definition counts, at the place of the first, and
    /// [`RevisionGraph::warnings`] says so.
    ///
    /// # Errors
    ///
    /// Loops, cycles, unknown parents and dependencies, labels used twice, and illegal characters.
    pub fn new(nodes: impl IntoIterator<Item = Node>) -> Result<Self, GraphError> {
        let nodes = nodes.into_iter();
        let mut names = Names::with_capacity(nodes.size_hint().0);
        for node in nodes {
            names.define(node)?;
        }
        names.add_labels()?;
        let dependencies = names.dependencies()?;
        let down = names.parents()?;
        let (order, rank) = sort(&names.nodes, &down, &dependencies)?;

        let next = down.reversed();
        let kept = normalised(&down, &next, dependencies, &rank);
        let (needs, all_next) = match &kept {
            Some((needs, all)) => (needs.clone(), all.reversed()),
            None => (down.clone(), next.clone()),
        };
        let definitions = &names.definitions;
        let is_superseded = |at: usize| names.last[definitions[at].node as usize] != at;
        let pick = |keep: &dyn Fn(usize) -> bool| -> Vec<Index> {
            (0..definitions.len()).filter(|&at| keep(at)).map(|at| definitions[at].node).collect()
        };
        // A definition that another one replaced has no followers, so Alembic counts it among the heads.
        let heads = pick(&|at| is_superseded(at) || next.of(definitions[at].node).is_empty());
        let real_heads = pick(&|at| is_superseded(at) || all_next.of(definitions[at].node).is_empty());
        let bases = pick(&|at| definitions[at].base);
        Ok(Self {
            nodes: names.nodes,
            names: names.index,
            labels: names.labels,
            warnings: names.warnings,
            down,
            needs,
            next,
            all_next,
            order,
            rank,
            heads,
            real_heads,
            bases,
            label_sets: OnceLock::new(),
        })
    }
}

/// One definition of a revision; there is more than one only where an identifier comes twice.
struct Definition {
    node: Index,
    base: bool,
}

/// What is known while names are collected.
struct Names {
    nodes: Vec<Node>,
    index: HashMap<String, Index>,
    labels: Vec<(String, Index)>,
    definitions: Vec<Definition>,
    /// For each node, the definition that counts.
    last: Vec<usize>,
    warnings: Vec<Warning>,
}

impl Names {
    /// Room for so many revisions: in a debug build, growing the table costs more than filling it.
    fn with_capacity(nodes: usize) -> Self {
        Self {
            nodes: Vec::with_capacity(nodes),
            index: HashMap::with_capacity(nodes),
            labels: Vec::new(),
            definitions: Vec::with_capacity(nodes),
            last: Vec::with_capacity(nodes),
            warnings: Vec::new(),
        }
    }

    fn define(&mut self, node: Node) -> Result<(), GraphError> {
        check_alone(&node)?;
        let next = self.nodes.len() as Index;
        let at = *self.index.entry(node.id.clone()).or_insert(next);
        for label in &node.branch_labels {
            self.labels.push((label.clone(), at));
        }
        self.definitions.push(Definition { node: at, base: node.down.is_empty() });
        let definition = self.definitions.len() - 1;
        if at == next {
            self.nodes.push(node);
            self.last.push(definition);
        } else {
            self.warnings.push(Warning::DuplicateId { id: node.id.clone() });
            self.nodes[at as usize] = node;
            self.last[at as usize] = definition;
        }
        Ok(())
    }

    fn add_labels(&mut self) -> Result<(), GraphError> {
        for (label, node) in &self.labels {
            if let Some(&other) = self.index.get(label) {
                return Err(GraphError::DuplicateLabel {
                    label: label.clone(),
                    revision: self.nodes[*node as usize].id.clone(),
                    other: self.nodes[other as usize].id.clone(),
                });
            }
            self.index.insert(label.clone(), *node);
        }
        Ok(())
    }

    /// For each node the revisions it depends on; a dependency may be named by a branch label.
    fn dependencies(&self) -> Result<Vec<(Index, Vec<Index>)>, GraphError> {
        let mut all = Vec::new();
        for (node, it) in self.nodes.iter().enumerate().filter(|(_, it)| !it.depends_on.is_empty()) {
            let mut found = Vec::with_capacity(it.depends_on.len());
            for name in &it.depends_on {
                let dependency = self.index.get(name).copied().ok_or_else(|| self.missing(name, it, true))?;
                if !found.contains(&dependency) {
                    found.push(dependency);
                }
            }
            all.push((node as Index, found));
        }
        Ok(all)
    }

    /// For each node its parents; a parent is named by its full identifier and by nothing else.
    fn parents(&self) -> Result<Edges, GraphError> {
        let mut down = Edges::with_capacity(self.nodes.len());
        let mut found = Vec::new();
        for (at, node) in self.nodes.iter().enumerate() {
            found.clear();
            for name in &node.down {
                found.push(self.parent(at, name).ok_or_else(|| self.missing(name, node, false))?);
            }
            down.push(found.iter().copied());
        }
        Ok(down)
    }

    /// Looks up a parent, first where it nearly always is: right before its child.
    fn parent(&self, child: usize, name: &str) -> Option<Index> {
        match child.checked_sub(1) {
            Some(before) if self.nodes[before].id == name => Some(before as Index),
            _ => self.index.get(name).copied().filter(|&parent| self.nodes[parent as usize].id == name),
        }
    }

    fn missing(&self, name: &str, wanted_by: &Node, dependency: bool) -> GraphError {
        let ids = self.nodes.iter().map(|node| node.id.as_str());
        GraphError::MissingRevision {
            missing: name.to_owned(),
            wanted_by: wanted_by.id.clone(),
            dependency,
            label_of: self.index.get(name).map(|&node| self.nodes[node as usize].id.clone()),
            nearest: super::error::nearest(name, ids),
        }
    }
}

/// The checks that need no other revision.
fn check_alone(node: &Node) -> Result<(), GraphError> {
    if node.down.contains(&node.id) {
        return Err(GraphError::SelfLoop { revision: node.id.clone() });
    }
    if node.depends_on.contains(&node.id) {
        return Err(GraphError::DependencySelfLoop { revision: node.id.clone() });
    }
    if !node.id.bytes().any(|it| matches!(it, b'@' | b'-' | b'+' | b':')) {
        return Ok(());
    }
    let mut characters = ILLEGAL_CHARACTERS.to_vec();
    characters.retain(|it| node.id.contains(*it));
    Err(GraphError::IllegalCharacter { revision: node.id.clone(), characters })
}

/// The nodes with every parent and dependency before its followers, and for each node its place in that order.
fn sort(
    nodes: &[Node],
    down: &Edges,
    dependencies: &[(Index, Vec<Index>)],
) -> Result<(Vec<Index>, Vec<u32>), GraphError> {
    let all = with_dependencies(down, dependencies);
    let (order, rank) = kahn(&all);
    if order.len() == nodes.len() {
        return Ok((order, rank));
    }
    let (by_parents, parents_rank) = kahn(down);
    let ids = |path: Vec<Index>| path.into_iter().map(|node| nodes[node as usize].id.clone()).collect();
    if by_parents.len() < nodes.len() {
        Err(GraphError::Cycle { path: ids(cycle(down, &parents_rank)) })
    } else {
        Err(GraphError::DependencyCycle { path: ids(cycle(&all, &rank)) })
    }
}

/// Parents and dependencies together.
fn with_dependencies(down: &Edges, dependencies: &[(Index, Vec<Index>)]) -> Edges {
    let mut all = Edges::with_capacity(down.len());
    let mut rest = dependencies;
    for node in 0..down.len() as Index {
        match rest.split_first() {
            Some(((at, own), after)) if *at == node => {
                all.push(down.of(node).iter().chain(own).copied());
                rest = after;
            }
            _ => all.push(down.of(node).iter().copied()),
        }
    }
    all
}

/// Rank of a node that lies on a cycle or above one.
const UNRANKED: u32 = u32::MAX;

/// Kahn's algorithm: nodes on a cycle, and those above it, are left out of the order and stay unranked.
fn kahn(parents: &Edges) -> (Vec<Index>, Vec<u32>) {
    let nodes = parents.len();
    let children = parents.reversed();
    let mut open: Vec<u32> = (0..nodes as Index).map(|node| parents.of(node).len() as u32).collect();
    let mut order: Vec<Index> = (0..nodes as Index).filter(|&node| open[node as usize] == 0).collect();
    let mut rank = vec![UNRANKED; nodes];
    let mut at = 0;
    while at < order.len() {
        let node = order[at];
        rank[node as usize] = at as u32;
        at += 1;
        for &child in children.of(node) {
            let left = &mut open[child as usize];
            *left -= 1;
            if *left == 0 {
                order.push(child);
            }
        }
    }
    (order, rank)
}

/// One cycle, from a node back to the same node, along the edges. Every unranked node has an unranked target, so
/// following those must come back to a node that was met before.
fn cycle(edges: &Edges, rank: &[u32]) -> Vec<Index> {
    let unranked = |node: &Index| rank[*node as usize] == UNRANKED;
    let mut path: Vec<Index> = Vec::new();
    let mut met = NodeSet::new(edges.len());
    let mut next = (0..edges.len() as Index).find(unranked);
    while let Some(node) = next {
        if !met.insert(node) {
            let begin = path.iter().position(|&it| it == node).unwrap_or_default();
            path.drain(..begin);
            path.push(node);
            break;
        }
        path.push(node);
        next = edges.of(node).iter().copied().find(unranked);
    }
    path
}

/// Parents plus those dependencies that no ancestor declares already, and parents plus all dependencies; nothing
/// where no revision has a dependency.
///
/// A dependency can only be redundant where another revision declares it too, so only shared ones are looked at.
fn normalised(
    down: &Edges,
    next: &Edges,
    dependencies: Vec<(Index, Vec<Index>)>,
    rank: &[u32],
) -> Option<(Edges, Edges)> {
    if dependencies.is_empty() {
        return None;
    }
    let all = with_dependencies(down, &dependencies);
    let mut dependents: HashMap<Index, Vec<Index>> = HashMap::new();
    for (node, own) in &dependencies {
        for &dependency in own {
            dependents.entry(dependency).or_default().push(*node);
        }
    }
    let mut redundant: HashMap<Index, NodeSet> = HashMap::new();
    for (dependency, sharing) in dependents.into_iter().filter(|(_, sharing)| sharing.len() > 1) {
        redundant.insert(dependency, proper_descendants(next, &sharing, rank));
    }
    let mut kept = dependencies;
    for (node, own) in &mut kept {
        own.retain(|dependency| !redundant.get(dependency).is_some_and(|below| below.contains(*node)));
    }
    Some((with_dependencies(down, &kept), all))
}

/// The nodes that descend from one of `starts` (a start only if it descends from another one); nodes that rank
/// above all starts are left out, since nobody asks for them.
fn proper_descendants(next: &Edges, starts: &[Index], rank: &[u32]) -> NodeSet {
    let ceiling = starts.iter().map(|&node| rank[node as usize]).max().unwrap_or_default();
    let mut below = NodeSet::new(next.len());
    let mut pending = starts.to_vec();
    while let Some(node) = pending.pop() {
        for &child in next.of(node) {
            if rank[child as usize] <= ceiling && below.insert(child) {
                pending.push(child);
            }
        }
    }
    below
}

#[cfg(test)]
mod tests {
    use super::super::tests::{graph, node};
    use super::*;

    fn refusal(nodes: Vec<Node>) -> GraphError {
        RevisionGraph::new(nodes).expect_err("this is no graph")
    }

    #[test]
    fn a_cycle_between_a_base_and_a_head_is_found_and_shown() {
        // Alembic reaches all of these from both ends and lets them pass.
        let error = refusal(vec![
            node("a", &[]),
            node("b", &["a", "d"]),
            node("c", &["b"]),
            node("d", &["c"]),
            node("e", &["d"]),
        ]);
        let GraphError::Cycle { path } = error else { panic!("{error:?}") };
        assert_eq!(path.first(), path.last());
        let mut members = path[1..].to_vec();
        members.sort();
        assert_eq!(members, ["b", "c", "d"]);
    }

    #[test]
    fn a_dependency_on_the_label_of_oneself_is_a_dependency_cycle() {
        let labelled = Node { branch_labels: vec!["own".into()], depends_on: vec!["own".into()], ..node("a", &[]) };
        assert_eq!(refusal(vec![labelled]), GraphError::DependencyCycle { path: vec!["a".into(), "a".into()] });
    }

    #[test]
    fn a_label_is_no_parent() {
        let labelled = Node { branch_labels: vec!["lab".into()], ..node("a", &[]) };
        let error = refusal(vec![labelled, node("b", &["lab"])]);
        assert!(matches!(error, GraphError::MissingRevision { label_of: Some(of), .. } if of == "a"));
    }

    #[test]
    fn a_dependency_that_an_ancestor_declares_counts_once() {
        let needs_x = |id: &str, down: &[&str]| Node { depends_on: vec!["x".into()], ..node(id, down) };
        let graph = RevisionGraph::new(vec![node("x", &[]), needs_x("a", &[]), needs_x("b", &["a"])]).unwrap();
        assert_eq!(graph.needs.of(1), [0]);
        assert_eq!(graph.needs.of(2), [1]);
        assert_eq!(graph.real_heads(), ["b"]);
        assert_eq!(graph.heads(), ["x", "b"]);
    }

    #[test]
    fn of_two_definitions_the_last_counts_at_the_first_place() {
        let graph = graph(&[("a", &[]), ("b", &["a"]), ("c", &["b"]), ("c", &["a"])]);
        assert_eq!(graph.warnings(), [Warning::DuplicateId { id: "c".into() }]);
        assert_eq!(graph.heads(), ["b", "c", "c"]);
    }

    #[test]
    fn ten_thousand_revisions_in_a_line_overflow_no_stack() {
        let nodes = (0..10_000).map(|at: u32| Node {
            id: format!("{at:05}"),
            down: at.checked_sub(1).map(|parent| format!("{parent:05}")).into_iter().collect(),
            ..Node::default()
        });
        let graph = RevisionGraph::new(nodes).unwrap();
        assert_eq!(graph.heads(), ["09999"]);
        assert_eq!(graph.upgrade(&[""; 0], "head").unwrap().steps.len(), 10_000);
        assert_eq!(graph.downgrade(&["09999"], "base").unwrap().steps.len(), 10_000);
        assert_eq!(graph.newest_to_oldest().unwrap().len(), 10_000);
    }
}
