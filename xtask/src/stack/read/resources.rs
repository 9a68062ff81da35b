//! The networks, volumes, secrets and configs of a project.

use super::Reader;
use super::section::{Keys, Section};
use crate::stack::file_object::{Content, FileObject};
use crate::stack::network::{Ipam, IpamPool, Network};
use crate::stack::tree::{Entry, Node, Value};
use crate::stack::volume::Volume;

const NETWORK: Keys = Keys {
    known: &[
        "name",
        "driver",
        "driver_opts",
        "ipam",
        "external",
        "internal",
        "attachable",
        "labels",
        "enable_ipv4",
        "enable_ipv6",
    ],
    refused: &[],
};
const IPAM: Keys = Keys { known: &["driver", "config"], refused: &["options"] };
const POOL: Keys = Keys { known: &["subnet", "gateway", "ip_range", "aux_addresses"], refused: &[] };
const VOLUME: Keys = Keys { known: &["name", "driver", "driver_opts", "external", "labels"], refused: &[] };
const EXTERNAL: Keys = Keys { known: &["name"], refused: &[] };
const SECRET: Keys = Keys {
    known: &["name", "file", "environment", "external", "labels"],
    refused: &["driver", "driver_opts", "template_driver"],
};
const CONFIG: Keys =
    Keys { known: &["name", "file", "environment", "content", "external", "labels"], refused: &["template_driver"] };

/// Whether something is external, and its name at the engine.
struct Identity {
    external: bool,
    name: String,
}

impl Reader<'_> {
    pub(super) fn network_of_project(&mut self, entry: &Entry, project: &str) -> Option<Network> {
        let place = Some(self.place(entry.key_span));
        let what = format!("networks.{}", entry.key);
        if matches!(entry.node.value, Value::Null) {
            return Some(Network { place, name: format!("{project}_{}", entry.key), ..Network::default() });
        }
        let section = self.section(&entry.node, &what, NETWORK)?;
        let Identity { external, name } = self.identity(&section, entry, project);
        Some(Network {
            place,
            name,
            external,
            driver: self.field(&section, "driver", Self::text),
            driver_opts: self.field(&section, "driver_opts", Self::options).unwrap_or_default(),
            ipam: self.field(&section, "ipam", Self::ipam).unwrap_or_default(),
            internal: self.field(&section, "internal", Self::flag).unwrap_or(false),
            attachable: self.field(&section, "attachable", Self::flag).unwrap_or(false),
            enable_ipv4: self.field(&section, "enable_ipv4", Self::flag),
            enable_ipv6: self.field(&section, "enable_ipv6", Self::flag),
            labels: self.field(&section, "labels", Self::labels).unwrap_or_default(),
        })
    }

    fn ipam(&mut self, node: &Node, what: &str) -> Option<Ipam> {
        let section = self.section(node, what, IPAM)?;
        let driver = self.field(&section, "driver", Self::text);
        let pools = self.field(&section, "config", |reader, node, what| {
            let items = reader.items(node, what)?;
            Some(items.iter().filter_map(|item| reader.pool(item, what)).collect())
        });
        Some(Ipam { driver, pools: pools.unwrap_or_default() })
    }

    fn pool(&mut self, node: &Node, what: &str) -> Option<IpamPool> {
        let section = self.section(node, what, POOL)?;
        Some(IpamPool {
            subnet: self.field(&section, "subnet", Self::text),
            gateway: self.field(&section, "gateway", Self::text),
            ip_range: self.field(&section, "ip_range", Self::text),
            aux_addresses: self.field(&section, "aux_addresses", Self::options).unwrap_or_default(),
        })
    }

    pub(super) fn volume_of_project(&mut self, entry: &Entry, project: &str) -> Option<Volume> {
        let mut volume = Volume {
            place: self.place(entry.key_span),
            name: format!("{project}_{}", entry.key),
            external: false,
            driver: None,
            driver_opts: std::collections::BTreeMap::new(),
            labels: std::collections::BTreeMap::new(),
        };
        if matches!(entry.node.value, Value::Null) {
            return Some(volume);
        }
        let what = format!("volumes.{}", entry.key);
        let section = self.section(&entry.node, &what, VOLUME)?;
        Identity { external: volume.external, name: volume.name } = self.identity(&section, entry, project);
        volume.driver = self.field(&section, "driver", Self::text);
        volume.driver_opts = self.field(&section, "driver_opts", Self::options).unwrap_or_default();
        volume.labels = self.field(&section, "labels", Self::labels).unwrap_or_default();
        if volume.external {
            let other = entry
                .node
                .entries()
                .iter()
                .find(|other| !matches!(other.key.as_str(), "name" | "external") && !other.key.starts_with("x-"));
            if let Some(other) = other {
                let problem = format!("it is external, and has `{}`", other.key);
                self.wrong_value(&entry.node, &what, problem, "An external volume has nothing but a name");
            }
        }
        Some(volume)
    }

    pub(super) fn secret_of_project(&mut self, entry: &Entry, project: &str) -> Option<FileObject> {
        self.file_object(entry, project, "secrets", SECRET, &["file", "environment"])
    }

    pub(super) fn config_of_project(&mut self, entry: &Entry, project: &str) -> Option<FileObject> {
        self.file_object(entry, project, "configs", CONFIG, &["file", "environment", "content"])
    }

    fn file_object(
        &mut self,
        entry: &Entry,
        project: &str,
        area: &str,
        keys: Keys,
        sources: &'static [&'static str],
    ) -> Option<FileObject> {
        let what = format!("{area}.{}", entry.key);
        let section = self.section(&entry.node, &what, keys)?;
        let Identity { external, name } = self.identity(&section, entry, project);
        let given: Vec<&str> = sources.iter().copied().filter(|key| entry.node.get(key).is_some()).collect();
        let mut text = |key: &str| self.field(&section, key, Self::text);
        let content = match given[..] {
            ["file"] => Content::File(text("file")?.into()),
            ["environment"] => Content::Variable(text("environment")?),
            ["content"] => Content::Text(text("content")?),
            [] if external => Content::External,
            [] => {
                let problem = format!("it has none of {}", sources.join(", "));
                self.wrong_value(&entry.node, &what, problem, "Say where its content comes from, such as file: PATH");
                return None;
            }
            _ => {
                let problem = format!("it has {}, and may have one of them only", given.join(" and "));
                self.wrong_value(&entry.node, &what, problem, "Leave out all but one of them");
                return None;
            }
        };
        if external && content != Content::External {
            let problem = "it is external, and says where its content comes from";
            self.wrong_value(&entry.node, &what, problem, "Leave out one of them");
        }
        let labels = self.field(&section, "labels", Self::labels).unwrap_or_default();
        Some(FileObject { place: self.place(entry.key_span), name, content, labels })
    }

    /// `name` and `external`, which in old files is a mapping with the name.
    fn identity(&mut self, section: &Section<'_>, entry: &Entry, project: &str) -> Identity {
        let named = self.field(section, "name", Self::text);
        let mut old_name = None;
        let external = self.field(section, "external", |reader, node, what| match node.value {
            Value::Map(_) => {
                let section = reader.section(node, what, EXTERNAL)?;
                old_name = reader.field(&section, "name", Self::text);
                Some(true)
            }
            _ => reader.flag(node, what),
        });
        let external = external.unwrap_or(false);
        if named.as_ref().zip(old_name.as_ref()).is_some_and(|(one, other)| one != other) {
            let what = format!("{}.external", section.path);
            self.wrong_value(
                section.node,
                &what,
                "it has a name of its own beside `name`",
                "Write name: NAME and external: true",
            );
        }
        let from_key = || if external { entry.key.clone() } else { format!("{project}_{}", entry.key) };
        Identity { external, name: named.or(old_name).unwrap_or_else(from_key) }
    }
}
