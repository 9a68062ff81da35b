//! Properties that hold on every graph, tried on random ones.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::Index as Choice;

use super::{Direction, GraphError, Node, Plan, RevisionGraph, Rows};

/// What decides about one revision: candidates for its parents, and for its dependencies.
type Draft = (Vec<Choice>, Vec<Choice>);

fn drafts() -> impl Strategy<Value = Vec<Draft>> {
    let choices = |most| prop::collection::vec(any::<Choice>(), 0..=most);
    prop::collection::vec((choices(3), choices(2)), 1..24)
}

/// Revisions in an order in which each follows what it needs.
fn revisions(drafts: &[Draft]) -> Vec<Node> {
    let mut nodes: Vec<Node> = Vec::new();
    let mut ancestors: Vec<BTreeSet<usize>> = Vec::new();
    for (at, (parents, dependencies)) in drafts.iter().enumerate() {
        let pick = |choices: &[Choice]| -> Vec<usize> {
            if at == 0 { Vec::new() } else { choices.iter().map(|choice| choice.index(at)).collect() }
        };
        let (mut down, mut needs) = (pick(parents), pick(dependencies));
        // What another need includes is left out: of such, Alembic cannot record a merge, and may leave a row too
        // many on the way down.
        let all: Vec<usize> = down.iter().chain(&needs).copied().collect();
        let included = |it: &usize| all.iter().any(|other| ancestors[*other].contains(it));
        down.retain(|it| !included(it));
        needs.retain(|it| !included(it) && !down.contains(it));
        for list in [&mut down, &mut needs] {
            list.sort_unstable();
            list.dedup();
        }
        let mut above: BTreeSet<usize> = down.iter().chain(&needs).copied().collect();
        above.extend(above.clone().into_iter().flat_map(|it| ancestors[it].clone()));
        ancestors.push(above);
        let ids = |list: Vec<usize>| list.into_iter().map(|it| format!("r{it:02}")).collect();
        nodes.push(Node { id: format!("r{at:02}"), down: ids(down), depends_on: ids(needs), ..Node::default() });
    }
    nodes
}

fn needs(node: &Node) -> impl Iterator<Item = &String> {
    node.down.iter().chain(&node.depends_on)
}

/// The applied revisions that no applied one needs.
fn tips<'n>(nodes: &'n [Node], applied: &BTreeSet<&str>) -> BTreeSet<&'n str> {
    let is_applied = |node: &&Node| applied.contains(node.id.as_str());
    let needed: BTreeSet<&str> = nodes.iter().filter(is_applied).flat_map(needs).map(String::as_str).collect();
    nodes.iter().filter(is_applied).map(|node| node.id.as_str()).filter(|id| !needed.contains(id)).collect()
}

/// Runs a plan, and checks at each step that it could run and that the rows say what is applied.
fn run<'g>(
    nodes: &[Node],
    plan: &Plan<'g>,
    applied: &mut BTreeSet<&'g str>,
    rows: &mut Rows,
) -> Result<(), TestCaseError> {
    for step in &plan.steps {
        let node = nodes.iter().find(|node| node.id == step.revision).unwrap();
        match step.direction {
            Direction::Up => {
                prop_assert!(needs(node).all(|need| applied.contains(need.as_str())), "{} runs too early", node.id);
                prop_assert!(applied.insert(step.revision));
            }
            Direction::Down => {
                prop_assert!(applied.remove(step.revision));
                let dependent = |it: &&Node| applied.contains(it.id.as_str()) && needs(it).any(|need| *need == node.id);
                prop_assert_eq!(nodes.iter().find(dependent), None, "{} is still needed", node.id);
            }
        }
        rows.apply(&step.row_ops);
        prop_assert_eq!(rows.iter().collect::<BTreeSet<_>>(), tips(nodes, applied), "after {}", step.revision);
    }
    Ok(())
}

fn list(rows: &Rows) -> Vec<String> {
    rows.iter().map(str::to_owned).collect()
}

proptest! {
    #[test]
    fn rows_always_say_what_is_applied(
        (nodes, order) in drafts().prop_map(|it| revisions(&it)).prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle())),
        target in any::<Choice>(),
    ) {
        let graph = RevisionGraph::new(order).unwrap();
        let (mut applied, mut rows) = (BTreeSet::new(), Rows::default());

        run(&nodes, &graph.upgrade(&list(&rows), "heads").unwrap(), &mut applied, &mut rows)?;
        prop_assert_eq!(applied.len(), nodes.len());
        prop_assert!(graph.check_heads(&list(&rows)));
        prop_assert_eq!(graph.up_to_date(&list(&rows)), Ok(true));

        let target = &nodes[target.index(nodes.len())].id;
        match graph.downgrade(&list(&rows), target) {
            Ok(plan) => run(&nodes, &plan, &mut applied, &mut rows)?,
            // What only a dependency keeps from being a head has no child that could go.
            Err(error) => prop_assert!(matches!(error, GraphError::NothingToTakeBack { .. }), "{error}"),
        }
        prop_assert!(applied.contains(target.as_str()));

        run(&nodes, &graph.upgrade(&list(&rows), "heads").unwrap(), &mut applied, &mut rows)?;
        prop_assert_eq!(applied.len(), nodes.len());

        run(&nodes, &graph.downgrade(&list(&rows), "base").unwrap(), &mut applied, &mut rows)?;
        prop_assert_eq!(list(&rows), Vec::<String>::new());
        prop_assert!(applied.is_empty());
    }

    #[test]
    fn the_history_is_whole_and_newest_first(nodes in drafts().prop_map(|it| revisions(&it))) {
        let graph = RevisionGraph::new(nodes.clone()).unwrap();
        let history: Vec<&str> = graph.newest_to_oldest().unwrap().into_iter().map(|it| it.id()).collect();
        prop_assert_eq!(history.iter().collect::<BTreeSet<_>>().len(), nodes.len());
        let place = |id: &str| history.iter().position(|it| *it == id);
        for node in &nodes {
            prop_assert!(needs(node).all(|need| place(need) > place(&node.id)));
        }
    }

    #[test]
    fn no_text_makes_it_panic(nodes in drafts().prop_map(|it| revisions(&it)), spec in "([r0-9@+:-]|head|heads|base|é| ){0,6}") {
        let graph = RevisionGraph::new(nodes).unwrap();
        let rows: Vec<String> = graph.real_heads().into_iter().map(str::to_owned).collect();
        for rows in [rows.as_slice(), &[], &["r00".to_owned()]] {
            let _ = graph.upgrade(rows, spec.as_str());
            let _ = graph.downgrade(rows, &spec);
            let _ = graph.stamp(rows, &[&spec]);
            let _ = graph.history(&spec, &spec, rows);
        }
        let _ = graph.resolve(&spec);
    }
}
