//! `deploy`, as far as it means something on one machine.

use super::Reader;
use super::section::{Keys, Section};
use crate::stack::deploy::{Deploy, DeployRestart, Resource};
use crate::stack::restart::Restart;
use crate::stack::tree::Node;

const DEPLOY: Keys = Keys {
    known: &["mode", "replicas", "labels", "resources", "restart_policy"],
    refused: &["update_config", "rollback_config", "placement", "endpoint_mode"],
};
const RESOURCES: Keys = Keys { known: &["limits", "reservations"], refused: &[] };
const RESOURCE: Keys = Keys { known: &["cpus", "memory", "pids", "devices"], refused: &["generic_resources"] };
const RESTART: Keys = Keys { known: &["condition", "delay", "max_attempts", "window"], refused: &[] };

impl Reader<'_> {
    pub(super) fn deploy(&mut self, node: &Node, what: &str) -> Option<Deploy> {
        let section = self.section(node, what, DEPLOY)?;
        let resources = self.field(&section, "resources", |reader, node, what| reader.section(node, what, RESOURCES));
        let resource = |reader: &mut Self, key: &str| {
            let resources: &Section<'_> = resources.as_ref()?;
            reader.field(resources, key, Self::resource)
        };
        self.only_of_swarm(node, &section.path);
        Some(Deploy {
            mode: self.field(&section, "mode", Self::mode),
            replicas: self.field(&section, "replicas", Self::count),
            labels: self.field(&section, "labels", Self::labels).unwrap_or_default(),
            limits: resource(self, "limits"),
            reservations: resource(self, "reservations"),
            restart_policy: self.field(&section, "restart_policy", Self::deploy_restart),
        })
    }

    /// What Swarm does and one engine does not.
    fn only_of_swarm(&mut self, deploy: &Node, what: &str) {
        const PARTS: [(&[&str], &str); 5] = [
            (&["labels"], "containers do not get the labels of a Swarm service"),
            (&["resources", "reservations", "cpus"], "only Swarm reserves processors"),
            (&["resources", "reservations", "pids"], "nobody reserves processes"),
            (&["restart_policy", "delay"], "the engine has its own pauses"),
            (&["restart_policy", "window"], "the engine has its own measure of success"),
        ];
        for (path, why) in PARTS {
            if let Some(found) = path.iter().try_fold(deploy, |node, key| node.get(key)) {
                let place = self.place(found.span);
                self.no_effect(format!("{what}.{}", path.join(".")), why, place);
            }
        }
    }

    fn mode(&mut self, node: &Node, what: &str) -> Option<String> {
        let mode = self.text(node, what)?;
        if mode != "replicated" {
            let problem = format!("{mode:?} means something to Swarm only");
            self.wrong_value(node, what, problem, "Write mode: replicated, or leave it out");
            return None;
        }
        Some(mode)
    }

    fn resource(&mut self, node: &Node, what: &str) -> Option<Resource> {
        let section = self.section(node, what, RESOURCE)?;
        Some(Resource {
            cpus: self.field(&section, "cpus", Self::number),
            memory: self.field(&section, "memory", Self::text_bytes),
            pids: self.field(&section, "pids", Self::integer),
            devices: self.field(&section, "devices", Self::device_requests).unwrap_or_default(),
        })
    }

    fn deploy_restart(&mut self, node: &Node, what: &str) -> Option<DeployRestart> {
        let section = self.section(node, what, RESTART)?;
        Some(DeployRestart {
            condition: self.field(&section, "condition", Self::deploy_condition),
            delay: self.field(&section, "delay", Self::duration),
            max_attempts: self.field(&section, "max_attempts", Self::unsigned),
            window: self.field(&section, "window", Self::duration),
        })
    }

    fn deploy_condition(&mut self, node: &Node, what: &str) -> Option<String> {
        let condition = self.text(node, what)?;
        if Restart::parse(&condition).is_none() {
            self.wrong_value(node, what, format!("{condition:?} is no condition"), "Write none, on-failure or any");
            return None;
        }
        Some(condition)
    }

    /// `restart` of a service.
    pub(super) fn restart(&mut self, node: &Node, what: &str) -> Option<String> {
        let restart = self.text(node, what)?;
        if Restart::parse(&restart).is_none() {
            let advice = "Write \"no\", always, unless-stopped, on-failure or on-failure:TIMES";
            self.wrong_value(node, what, format!("{restart:?} is no restart policy"), advice);
            return None;
        }
        Some(restart)
    }
}
