//! An order of steps in which each runs after what it needs.
//!
//! Dependencies read as English: `order.must_run(&view_dropped).before(&column_altered)`.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::hash::Hash;

/// Steps with what must run before what.
#[derive(Clone, Debug)]
pub struct Order<K> {
    steps: Vec<K>,
    places: HashMap<K, usize>,
    after: Vec<BTreeSet<usize>>,
}

/// Steps that wait for each other in a circle; the first waits for the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circle<K>(pub Vec<K>);

/// The first half of the sentence `must_run(a).before(b)`.
pub struct MustRun<'o, K> {
    order: &'o mut Order<K>,
    first: Option<usize>,
}

impl<K> Default for Order<K> {
    fn default() -> Self {
        Self { steps: Vec::new(), places: HashMap::new(), after: Vec::new() }
    }
}

impl<K: Clone + Eq + Hash> Order<K> {
    /// An order of these steps, which wait for nothing yet.
    pub fn of(steps: impl IntoIterator<Item = K>) -> Self {
        let mut order = Self::default();
        for step in steps {
            if !order.places.contains_key(&step) {
                order.places.insert(step.clone(), order.steps.len());
                order.steps.push(step);
                order.after.push(BTreeSet::new());
            }
        }
        order
    }

    /// Whether it is one of the steps.
    pub fn contains(&self, step: &K) -> bool {
        self.places.contains_key(step)
    }

    /// Begins the sentence `must_run(a).before(b)`. A step that is not there waits for nothing and keeps nobody waiting.
    pub fn must_run(&mut self, first: &K) -> MustRun<'_, K> {
        let first = self.places.get(first).copied();
        MustRun { order: self, first }
    }

    /// The steps, each after all that must run before it. Among those that may run, the one of lowest rank comes first, and
    /// of equal ranks the one that was added first.
    ///
    /// # Errors
    /// Steps that wait for each other: circles of which no two have a step in common.
    pub fn sorted<R: Ord>(&self, rank: impl Fn(&K) -> R) -> Result<Vec<K>, Vec<Circle<K>>> {
        let mut waits_for = vec![0_usize; self.steps.len()];
        self.after.iter().flatten().for_each(|&later| waits_for[later] += 1);
        let mut ready: BinaryHeap<Reverse<(R, usize)>> = BinaryHeap::new();
        let enter = |ready: &mut BinaryHeap<_>, step: usize| ready.push(Reverse((rank(&self.steps[step]), step)));
        (0..self.steps.len()).filter(|&step| waits_for[step] == 0).for_each(|step| enter(&mut ready, step));
        let mut sorted = Vec::with_capacity(self.steps.len());
        while let Some(Reverse((_, step))) = ready.pop() {
            sorted.push(self.steps[step].clone());
            for &later in &self.after[step] {
                waits_for[later] -= 1;
                if waits_for[later] == 0 {
                    enter(&mut ready, later);
                }
            }
        }
        if sorted.len() == self.steps.len() { Ok(sorted) } else { Err(self.circles(&waits_for)) }
    }

    /// Circles among the steps that still wait, at least one wherever some wait for each other: whoever follows one of these that each
    /// waits for comes round at last, or to where somebody has been.
    fn circles(&self, waits_for: &[usize]) -> Vec<Circle<K>> {
        let waiting: Vec<usize> = (0..self.steps.len()).filter(|&step| waits_for[step] > 0).collect();
        let mut earlier: Vec<Vec<usize>> = vec![Vec::new(); self.steps.len()];
        for &first in &waiting {
            self.after[first].iter().for_each(|&later| earlier[later].push(first));
        }
        let component = self.components(&waiting, &earlier);
        let before = |step: usize| earlier[step].iter().copied().find(|&first| component[first] == component[step]);
        let mut walks: Vec<Option<usize>> = vec![None; self.steps.len()];
        let mut circles = Vec::new();
        for &start in &waiting {
            let (mut path, mut at) = (Vec::new(), Some(start));
            while let Some(step) = at.filter(|&step| walks[step].is_none()) {
                walks[step] = Some(start);
                path.push(step);
                at = before(step);
            }
            if at.is_some_and(|at| walks[at] == Some(start)) {
                let circle = path.iter().skip_while(|&&step| Some(step) != at);
                circles.push(Circle(circle.map(|&step| self.steps[step].clone()).collect()));
            }
        }
        circles
    }

    /// The strongly connected component of each step that waits (Kosaraju): steps of one wait for each other, and for none of another
    /// that waits for them.
    fn components(&self, waiting: &[usize], earlier: &[Vec<usize>]) -> Vec<Option<usize>> {
        let (mut finished, mut seen) = (Vec::with_capacity(waiting.len()), vec![false; self.steps.len()]);
        for &start in waiting {
            if std::mem::replace(&mut seen[start], true) {
                continue;
            }
            let mut open = vec![(start, self.after[start].iter())];
            while let Some((step, later)) = open.last_mut() {
                match later.find(|later| !seen[**later]) {
                    Some(&next) => {
                        seen[next] = true;
                        open.push((next, self.after[next].iter()));
                    }
                    None => {
                        finished.push(*step);
                        open.pop();
                    }
                }
            }
        }
        let mut component = vec![None; self.steps.len()];
        for &root in finished.iter().rev() {
            let mut open = vec![root];
            while let Some(step) = open.pop() {
                if component[step].is_none() {
                    component[step] = Some(root);
                    open.extend(&earlier[step]);
                }
            }
        }
        component
    }
}

impl<K: Clone + Eq + Hash> MustRun<'_, K> {
    /// Ends the sentence.
    pub fn before(self, second: &K) {
        if let (Some(first), Some(&second)) = (self.first, self.order.places.get(second))
            && first != second
        {
            self.order.after[first].insert(second);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_comes_first_and_otherwise_the_lowest_rank() {
        let mut order = Order::of(["view", "table", "index", "schema"]);
        order.must_run(&"schema").before(&"table");
        order.must_run(&"table").before(&"view");
        order.must_run(&"table").before(&"index");
        order.must_run(&"nobody").before(&"schema");
        let rank = |step: &&str| usize::from(*step == "view");
        assert_eq!(order.sorted(rank), Ok(vec!["schema", "table", "index", "view"]));
    }

    #[test]
    fn steps_without_a_reason_keep_their_order() {
        assert_eq!(Order::of([3, 1, 2, 1]).sorted(|_| 0), Ok(vec![3, 1, 2]));
    }

    #[test]
    fn a_circle_is_told() {
        let mut order = Order::of(["x", "a", "b", "c"]);
        order.must_run(&"a").before(&"b");
        order.must_run(&"b").before(&"c");
        order.must_run(&"c").before(&"a");
        order.must_run(&"c").before(&"x");
        let Err(mut circles) = order.sorted(|_| 0) else { panic!("there is a circle") };
        circles.iter_mut().for_each(|it| it.0.sort_unstable());
        assert_eq!(circles, [Circle(vec!["a", "b", "c"])]);
    }

    #[test]
    fn circles_without_a_common_step_are_told_at_once() {
        let mut order = Order::of(["x", "a", "b", "c", "d", "e"]);
        for (first, second) in [("a", "b"), ("b", "a"), ("b", "x"), ("b", "c"), ("c", "d"), ("d", "e"), ("e", "c")] {
            order.must_run(&first).before(&second);
        }
        let Err(mut circles) = order.sorted(|_| 0) else { panic!("there are circles") };
        circles.iter_mut().for_each(|it| it.0.sort_unstable());
        assert_eq!(circles, [Circle(vec!["a", "b"]), Circle(vec!["c", "d", "e"])]);
    }
}
