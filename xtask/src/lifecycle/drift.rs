//! How far what runs has gone from the file.

use std::collections::BTreeMap;

use super::compare::Comparison;
use super::difference::Change;
use super::observed::Observed;
use super::project::Project;

/// What has changed in the file since the containers of each service were made; services without changes or without
/// containers are not in it.
pub fn drift(project: Project<'_>, observed: &Observed) -> BTreeMap<String, Vec<Change>> {
    let comparison = Comparison { project, observed };
    let mut drift = BTreeMap::new();
    for service in &project.stack.services {
        let mut changes: Vec<Change> = Vec::new();
        for container in observed.of_service(&service.name) {
            for change in comparison.changes(service, container) {
                if !changes.contains(&change) {
                    changes.push(change);
                }
            }
        }
        if !changes.is_empty() {
            drift.insert(service.name.clone(), changes);
        }
    }
    drift
}
