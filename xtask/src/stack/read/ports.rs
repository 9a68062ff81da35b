//! `ports`.

use super::Reader;
use super::section::Keys;
use crate::stack::StackError;
use crate::stack::located::Located;
use crate::stack::ports::{self, Port};
use crate::stack::tree::{Node, Value};

const PORT: Keys =
    Keys { known: &["name", "mode", "host_ip", "target", "published", "protocol", "app_protocol"], refused: &[] };

impl Reader<'_> {
    pub(super) fn ports(&mut self, node: &Node, what: &str) -> Option<Vec<Located<Port>>> {
        let mut found: Vec<Located<Port>> = Vec::new();
        for item in self.items(node, what)? {
            let ports = match &item.value {
                Value::Map(_) => self.long_port(item, what).into_iter().collect(),
                _ => self.text_or_integer(item, what).map_or_else(Vec::new, |text| self.short_port(item, &text, what)),
            };
            for value in ports {
                let port = Located { value, place: self.place(item.span) };
                match found.iter().position(|there| is_same(&there.value, &port.value)) {
                    Some(position) => found[position] = port,
                    None => found.push(port),
                }
            }
        }
        Some(found)
    }

    fn short_port(&mut self, node: &Node, text: &str, what: &str) -> Vec<Port> {
        let problem = match ports::parse(text) {
            Ok(ports) if ports.iter().all(|port| port.target != 0) => return ports,
            Ok(_) => "0 is no port of a container".to_owned(),
            Err(error) => error.to_string(),
        };
        let (what, place) = (what.to_owned(), self.place(node.span).into());
        self.errors.push(StackError::Port { what, text: text.to_owned(), problem, place });
        Vec::new()
    }

    fn long_port(&mut self, node: &Node, what: &str) -> Option<Port> {
        let section = self.section(node, what, PORT)?;
        let target = self.field(&section, "target", Self::text_or_integer);
        let published = self.field(&section, "published", Self::text_or_integer);
        let mut text = |key: &str| self.field(&section, key, Self::text);
        let port = Port {
            name: text("name").unwrap_or_default(),
            mode: text("mode").unwrap_or_else(|| "ingress".to_owned()),
            host_ip: text("host_ip").unwrap_or_default(),
            target: target.as_ref().and_then(|target| target.parse().ok()).unwrap_or_default(),
            published: published.unwrap_or_default(),
            protocol: text("protocol").unwrap_or_else(|| "tcp".to_owned()),
            app_protocol: text("app_protocol").unwrap_or_default(),
        };
        let problem = match (&port, target) {
            (_, None) if node.get("target").is_some_and(|target| matches!(target.value, Value::Broken)) => return None,
            (_, None) => "`target` is missing".to_owned(),
            (Port { target: 0, .. }, Some(target)) => format!("`target` is no port: {target}"),
            _ if port.host_port().is_none() => format!("`published` is no port: {}", port.published),
            _ => return Some(port),
        };
        let place = self.place(node.span).into();
        self.errors.push(StackError::Port { what: what.to_owned(), text: String::new(), problem, place });
        None
    }
}

/// Whether two ports are one and the same: the later one holds then.
fn is_same(one: &Port, other: &Port) -> bool {
    fn host(port: &Port) -> &str {
        if port.host_ip.is_empty() { "0.0.0.0" } else { &port.host_ip }
    }
    (host(one), &one.published, one.target, &one.protocol)
        == (host(other), &other.published, other.target, &other.protocol)
}
