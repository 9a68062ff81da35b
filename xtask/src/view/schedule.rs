//! Which refresh may start next.

use std::time::Duration;

use super::graph::ViewGraph;

/// The refreshes of one run: what waits, what runs, what is over. It says what may start; somebody else does it.
#[derive(Clone, Debug)]
pub struct Schedule {
    jobs: usize,
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
struct Step {
    view: usize,
    after: Vec<usize>,
    state: State,
    /// The time from its start to the end of everything that waits for it, if all goes as it went last time.
    weight: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Done,
    Failed,
    Skipped,
}

/// A view that is not refreshed because one that it reads could not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The view.
    pub view: usize,
    /// The view that it reads, which failed or was skipped itself.
    pub because: usize,
}

/// What a view that was never refreshed is thought to take.
const GUESS: Duration = Duration::from_millis(100);

impl Schedule {
    /// For these views of a graph (in its order), at most `jobs` at a time and at least one.
    pub fn new(graph: &ViewGraph, views: &[usize], jobs: usize) -> Self {
        let place = |view: usize| views.binary_search(&view).ok();
        let mut steps: Vec<Step> = views
            .iter()
            .map(|&view| Step {
                view,
                after: graph.goes_after(view).filter_map(place).collect(),
                state: State::Waiting,
                weight: graph.view(view).last.as_ref().map_or(GUESS, |last| last.duration),
            })
            .collect();
        for index in (0..steps.len()).rev() {
            let longest =
                steps[index + 1..].iter().filter(|step| step.after.contains(&index)).map(|step| step.weight).max();
            steps[index].weight += longest.unwrap_or_default();
        }
        Self { jobs: jobs.max(1), steps }
    }

    /// The views to start now: those whose turn it is, the one with most time behind it first. They count as running.
    pub fn start(&mut self) -> Vec<usize> {
        let mut ready: Vec<usize> = (0..self.steps.len()).filter(|&index| self.is_ready(index)).collect();
        ready.sort_by_key(|&index| std::cmp::Reverse(self.steps[index].weight));
        ready.truncate(self.jobs.saturating_sub(self.count(State::Running)));
        for &index in &ready {
            self.steps[index].state = State::Running;
        }
        ready.into_iter().map(|index| self.steps[index].view).collect()
    }

    /// A view is refreshed.
    pub fn done(&mut self, view: usize) {
        self.set(view, State::Done);
    }

    /// A view could not be refreshed; what reads it is skipped, however far away.
    pub fn failed(&mut self, view: usize) -> Vec<Skipped> {
        self.set(view, State::Failed);
        let mut skipped = Vec::new();
        // In this order every view comes after all that it waits for: one pass finds them all.
        for index in 0..self.steps.len() {
            let is_lost = |&after: &usize| matches!(self.steps[after].state, State::Failed | State::Skipped);
            let because = self.steps[index].after.iter().copied().find(is_lost);
            if let (State::Waiting, Some(because)) = (self.steps[index].state, because) {
                self.steps[index].state = State::Skipped;
                skipped.push(Skipped { view: self.steps[index].view, because: self.steps[because].view });
            }
        }
        skipped
    }

    /// The views that have not been started.
    pub fn waiting(&self) -> Vec<usize> {
        self.steps.iter().filter(|step| step.state == State::Waiting).map(|step| step.view).collect()
    }

    /// The views that run now.
    pub fn running(&self) -> usize {
        self.count(State::Running)
    }

    fn is_ready(&self, index: usize) -> bool {
        let step = &self.steps[index];
        step.state == State::Waiting && step.after.iter().all(|&after| self.steps[after].state == State::Done)
    }

    fn count(&self, state: State) -> usize {
        self.steps.iter().filter(|step| step.state == state).count()
    }

    fn set(&mut self, view: usize, state: State) {
        if let Some(step) = self.steps.iter_mut().find(|step| step.view == view) {
            step.state = state;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::view::LastRefresh;
    use crate::view::graph::tests::{any_graph, graph, view};

    #[test]
    fn independent_views_start_together_as_far_as_jobs_allow() {
        let graph = graph(vec![view("a", 1, &[]), view("b", 2, &[]), view("c", 3, &[1]), view("d", 4, &[])]);
        let all = [0, 1, 2, 3];
        let mut schedule = Schedule::new(&graph, &all, 2);
        assert_eq!(schedule.start(), [0, 1], "c waits for a, which therefore goes first");
        assert_eq!(schedule.start(), Vec::<usize>::new());
        schedule.done(1);
        assert_eq!(schedule.start(), [3]);
        schedule.done(0);
        assert_eq!(schedule.start(), [2]);
        assert_eq!((schedule.running(), schedule.waiting()), (2, Vec::new()));
    }

    #[test]
    fn what_took_longest_goes_first() {
        let mut views = vec![view("a", 1, &[]), view("b", 2, &[]), view("c", 3, &[])];
        views[2].last = Some(LastRefresh { duration: Duration::from_secs(60), ..LastRefresh::default() });
        assert_eq!(Schedule::new(&graph(views), &[0, 1, 2], 1).start(), [2]);
    }

    #[test]
    fn a_failure_skips_what_reads_it_and_nothing_else() {
        let graph = graph(vec![view("a", 1, &[]), view("b", 2, &[1]), view("c", 3, &[2]), view("d", 4, &[])]);
        let mut schedule = Schedule::new(&graph, &[0, 1, 2, 3], 1);
        assert_eq!(schedule.start(), [0]);
        assert_eq!(schedule.failed(0), [Skipped { view: 1, because: 0 }, Skipped { view: 2, because: 1 }]);
        assert_eq!(schedule.start(), [3]);
    }

    #[test]
    fn a_view_between_that_is_not_refreshed_holds_nobody_up() {
        let graph = graph(vec![view("a", 1, &[]), view("b", 2, &[1]), view("c", 3, &[2])]);
        let mut schedule = Schedule::new(&graph, &[0, 2], 4);
        assert_eq!(schedule.start(), [0, 2]);
        assert!(schedule.failed(0).is_empty());
    }

    proptest! {
        /// Whatever fails and in whichever order things end: each view is started once, skipped once or neither of the
        /// two never, nothing starts before what it reads is done, and never more run than allowed.
        #[test]
        fn every_view_gets_its_turn(
            graph in any_graph(), jobs in 1..5_usize,
            fails in proptest::collection::vec(any::<bool>(), 12), picks in proptest::collection::vec(any::<usize>(), 12),
        ) {
            let all: Vec<usize> = (0..graph.views().len()).collect();
            let mut schedule = Schedule::new(&graph, &all, jobs);
            let (mut running, mut done, mut over) = (Vec::new(), BTreeSet::new(), 0);
            for pick in picks.into_iter().cycle() {
                running.extend(schedule.start());
                prop_assert!(running.len() <= jobs);
                prop_assert!(running.iter().all(|&view| graph.reads(view).iter().all(|read| done.contains(read))));
                if running.is_empty() {
                    break;
                }
                let ended = running.swap_remove(pick % running.len());
                over += 1;
                if fails[ended] {
                    over += schedule.failed(ended).len();
                } else {
                    schedule.done(ended);
                    done.insert(ended);
                }
            }
            prop_assert_eq!(over, all.len());
            prop_assert_eq!(schedule.waiting(), Vec::<usize>::new());
        }
    }
}
