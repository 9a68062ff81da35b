//! What the containers of services need around them, and what is left over beside them.

use std::collections::BTreeSet;

use super::super::compare::{Comparison, network_changes};
use super::super::labels;
use super::super::observed::Container;
use super::super::plan::Step;
use super::{PlanError, Up};
use crate::stack::Service;

impl<'a> Up<'a> {
    pub(super) fn networks(&mut self, services: &[&'a Service]) {
        let Comparison { project, observed, .. } = self.comparison;
        let used: BTreeSet<&String> = services.iter().flat_map(|service| service.networks.keys()).collect();
        for key in used {
            let Some(wanted) = project.stack.networks.get(key) else { continue };
            let name = wanted.name.clone();
            match observed.network(&name) {
                None if wanted.external => self.errors.push(PlanError::ExternalMissing { kind: "network", name }),
                None => {
                    let id = self.plan.add(Step::CreateNetwork { key: key.clone(), name }, []);
                    self.networks.insert(key.clone(), id);
                }
                Some(_) if wanted.external => {}
                Some(found) if found.labels.get(labels::PROJECT).is_none_or(|owner| owner != project.name()) => {
                    let owner = found.labels.get(labels::PROJECT).map_or("somebody else", String::as_str);
                    self.plan.notices.push(format!("network {name} was made by {owner}, and is used as it is"));
                }
                Some(found) => {
                    let changes = network_changes(found, wanted);
                    if !changes.is_empty() {
                        let step = Step::RecreateNetwork { key: key.clone(), name, id: found.id.clone(), changes };
                        let id = self.plan.add(step, []);
                        self.networks.insert(key.clone(), id);
                    }
                }
            }
        }
    }

    pub(super) fn volumes(&mut self, services: &[&'a Service]) {
        let Comparison { project, observed, .. } = self.comparison;
        let mounts = services.iter().flat_map(|service| &service.volumes).map(|mount| &mount.value);
        let used: BTreeSet<&String> = mounts.filter(|it| it.kind == "volume").map(|it| &it.source).collect();
        for key in used {
            let Some(wanted) = project.stack.volumes.get(key) else { continue };
            let name = wanted.name.clone();
            let Some(found) = observed.volume(&name) else {
                if wanted.external {
                    self.errors.push(PlanError::ExternalMissing { kind: "volume", name });
                } else {
                    let id = self.plan.add(Step::CreateVolume { key: key.clone(), name }, []);
                    self.volumes.insert(key.clone(), id);
                }
                continue;
            };
            if wanted.external {
                continue;
            }
            let driver = wanted.driver.as_ref().is_some_and(|driver| *driver != found.driver);
            if driver || wanted.driver_opts.iter().any(|(name, value)| found.options.get(name) != Some(value)) {
                self.plan.notices.push(format!(
                    "volume {name} was made with another driver or other options than the file says; it stays as it is"
                ));
            } else if let Some(owner) = found.labels.get(labels::PROJECT).filter(|owner| *owner != project.name()) {
                self.plan.notices.push(format!("volume {name} belongs to the project {owner}, and is used as it is"));
            }
        }
    }

    pub(super) fn orphans(&mut self) {
        let Comparison { project, observed, .. } = self.comparison;
        let is_orphan = |container: &&Container| {
            // A `run` that still goes on is nobody's orphan.
            let is_at_work = container.is_oneoff() && container.is_alive();
            project.stack.service(container.service()).is_none() && !is_at_work
        };
        let orphans: Vec<&Container> = observed.containers.iter().filter(is_orphan).collect();
        if orphans.is_empty() {
            return;
        }
        if self.options.remove_orphans {
            for orphan in orphans {
                self.remove(orphan);
            }
            return;
        }
        let names: Vec<&str> = orphans.iter().map(|container| container.name.as_str()).collect();
        self.plan.notices.push(format!(
            "the file has no service for {}; --remove-orphans removes what is left over",
            names.join(", ")
        ));
    }
}
