//! How the fate of an object spreads to the objects that stand on it.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::Fate;

/// The fates of the objects that do not simply stay.
pub(super) type Fates<K> = BTreeMap<K, Fate>;

/// Takes objects along that cannot stay while what they stand on is dropped, recreated or reshaped.
///
/// `edges` holds pairs (dependant, what it stands on). `gives_way` says what becomes of the first, standing on the second
/// which has this fate: `None` where it may stay as it is.
pub(super) fn spread<K: Ord + Clone>(
    fates: &mut Fates<K>,
    edges: &BTreeSet<(K, K)>,
    gives_way: impl Fn(&K, &K, Fate) -> Option<Fate>,
) {
    let mut dependants: BTreeMap<&K, Vec<&K>> = BTreeMap::new();
    for (dependant, base) in edges {
        dependants.entry(base).or_default().push(dependant);
    }
    let mut open: Vec<K> = fates.keys().cloned().collect();
    while let Some(base) = open.pop() {
        let Some(&fate) = fates.get(&base) else { continue };
        for &dependant in dependants.get(&base).into_iter().flatten() {
            let Some(wanted) = gives_way(dependant, &base, fate) else { continue };
            if fates.get(dependant).is_none_or(|&now| now < wanted) {
                fates.insert(dependant.clone(), wanted);
                open.push(dependant.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_on_views_go_with_the_column_below_them() {
        let edges =
            BTreeSet::from([("view", "column"), ("view on view", "view"), ("index", "column"), ("other", "table")]);
        let mut fates = Fates::from([("column", Fate::Reshaped)]);
        spread(&mut fates, &edges, |dependant, _, _| dependant.starts_with("view").then_some(Fate::Recreated));
        assert_eq!(fates.get("view on view"), Some(&Fate::Recreated));
        assert_eq!((fates.get("index"), fates.get("other")), (None, None));
    }

    #[test]
    fn what_is_dropped_anyway_stays_dropped() {
        let edges = BTreeSet::from([("view", "column")]);
        let mut fates = Fates::from([("column", Fate::Reshaped), ("view", Fate::Dropped)]);
        spread(&mut fates, &edges, |_, _, _| Some(Fate::Recreated));
        assert_eq!(fates["view"], Fate::Dropped);
    }
}
