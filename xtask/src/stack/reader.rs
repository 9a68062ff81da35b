//! From the tree of a Compose file to services: short and long forms, with every error at its place.

use std::collections::BTreeMap;
use std::ops::Range;

use super::dependency::{Condition, Dependency};
use super::env_file::EnvFile;
use super::error::StackError;
use super::file_mount::FileMount;
use super::file_object::{Content, FileObject};
use super::healthcheck::Healthcheck;
use super::located::Located;
use super::node::{Document, Entry, Node, Value};
use super::ports::{self, Port};
use super::service::Service;
use super::variables::Variables;
use super::volume::Volume;
use super::volumes::{self, Mount};
use super::{Stack, shellwords};
use crate::diagnostic::Place;

/// Reads a document and gathers what is wrong with it.
pub(super) struct Reader<'a> {
    document: &'a Document,
    variables: &'a Variables,
    pub(super) errors: Vec<StackError>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(document: &'a Document, variables: &'a Variables) -> Self {
        Self { document, variables, errors: Vec::new() }
    }

    /// Fills a stack from the top of the document.
    pub(super) fn stack(&mut self, stack: &mut Stack) {
        let root = &self.document.root;
        if !matches!(root.value, Value::Map(_)) {
            self.shape(root, "the Compose file", "a mapping with a key `services`");
            return;
        }
        stack.name = root.get("name").and_then(|name| self.text(name, "name"));
        for entry in self.entries(root.get("services"), "services") {
            if let Some(service) = self.service(entry) {
                stack.services.push(service);
            }
        }
        for entry in self.entries(root.get("volumes"), "volumes") {
            let volume = Volume {
                place: self.place(&entry.key_span),
                name: entry.key.clone(),
                external: false,
                driver: None,
                driver_opts: BTreeMap::new(),
                labels: BTreeMap::new(),
            };
            stack.volumes.insert(entry.key.clone(), volume);
        }
        for entry in self.entries(root.get("secrets"), "secrets") {
            let content = self.secret_source(&entry.node, &format!("secrets.{}", entry.key));
            let place = self.place(&entry.key_span);
            let secret = FileObject { place, name: entry.key.clone(), content, labels: BTreeMap::new() };
            stack.secrets.insert(entry.key.clone(), secret);
        }
    }

    fn place(&self, span: &Range<usize>) -> Place {
        self.document.place(span)
    }

    fn shape(&mut self, node: &Node, what: &str, expected: &'static str) {
        let place = self.place(&node.span).into();
        self.errors.push(StackError::Shape { what: what.to_owned(), expected, found: node.kind(), place });
    }

    fn entries(&mut self, node: Option<&'a Node>, what: &str) -> &'a [Entry] {
        match node.map(|node| (node, &node.value)) {
            None => &[],
            Some((_, Value::Map(entries))) => entries,
            Some((node, _)) => {
                self.shape(node, what, "a mapping");
                &[]
            }
        }
    }

    fn items(&mut self, node: Option<&'a Node>, what: &str) -> &'a [Node] {
        match node.map(|node| (node, &node.value)) {
            None => &[],
            Some((_, Value::List(items))) => items,
            Some((node, _)) => {
                self.shape(node, what, "a list");
                &[]
            }
        }
    }

    fn text(&mut self, node: &Node, what: &str) -> Option<String> {
        if let Value::Text(text) = &node.value {
            return Some(text.clone());
        }
        self.shape(node, what, "a string");
        None
    }

    fn scalar(&mut self, node: &Node, what: &str) -> Option<String> {
        let scalar = node.scalar();
        if scalar.is_none() {
            self.shape(node, what, "a string or a number");
        }
        scalar
    }

    /// A truth value, which variables can only give as text.
    fn flag(&mut self, node: &Node, what: &str) -> Option<bool> {
        let flag = match node.scalar().as_deref().map(str::to_lowercase).as_deref() {
            Some("true" | "y" | "yes" | "on") => Some(true),
            Some("false" | "n" | "no" | "off") => Some(false),
            _ => None,
        };
        if flag.is_none() {
            self.shape(node, what, "true or false");
        }
        flag
    }

    fn service(&mut self, entry: &'a Entry) -> Option<Service> {
        let node = &entry.node;
        let path = format!("services.{}", entry.key);
        if !matches!(node.value, Value::Map(_)) {
            self.shape(node, &path, "a mapping");
            return None;
        }
        let at = |key: &str| format!("{path}.{key}");
        let image = node.get("image").and_then(|image| {
            let value = self.text(image, &at("image"))?;
            Some(Located { value, place: self.place(&image.span) })
        });
        Some(Service {
            image,
            container_name: node.get("container_name").and_then(|name| self.text(name, &at("container_name"))),
            environment: self.environment(node.get("environment"), &at("environment")),
            env_files: self.env_files(node.get("env_file"), &at("env_file")),
            ports: self.ports(node.get("ports"), &at("ports")),
            volumes: self.volumes(node.get("volumes"), &at("volumes")),
            secrets: self.secrets(node.get("secrets"), &at("secrets")),
            command: node.get("command").and_then(|command| self.command(command, &at("command"))),
            healthcheck: node.get("healthcheck").and_then(|check| self.healthcheck(check, &at("healthcheck"))),
            profiles: self.texts(node.get("profiles"), &at("profiles")),
            depends_on: self.depends_on(node.get("depends_on"), &at("depends_on")),
            ..Service::empty(&entry.key, self.place(&entry.key_span))
        })
    }

    fn texts(&mut self, node: Option<&'a Node>, what: &str) -> Vec<String> {
        self.items(node, what).iter().filter_map(|item| self.text(item, what)).collect()
    }

    fn depends_on(&mut self, node: Option<&'a Node>, what: &str) -> BTreeMap<String, Dependency> {
        let dependency = |place| Dependency { place, condition: Condition::Started, required: true, restart: false };
        if let Some(Value::Map(entries)) = node.map(|node| &node.value) {
            let place = |entry: &Entry| self.document.place(&entry.key_span);
            return entries.iter().map(|entry| (entry.key.clone(), dependency(place(entry)))).collect();
        }
        let items = self.items(node, what).iter();
        items.filter_map(|item| Some((self.text(item, what)?, dependency(self.place(&item.span))))).collect()
    }

    fn environment(&mut self, node: Option<&'a Node>, what: &str) -> BTreeMap<String, Option<String>> {
        let mut environment = BTreeMap::new();
        match node.map(|node| (node, &node.value)) {
            None => {}
            Some((_, Value::Map(entries))) => {
                for entry in entries {
                    let value = match entry.node.value {
                        Value::Null => self.variables.owned(&entry.key),
                        _ => self.scalar(&entry.node, &format!("{what}.{}", entry.key)),
                    };
                    environment.insert(entry.key.clone(), value);
                }
            }
            Some((_, Value::List(items))) => {
                for item in items {
                    let Some(text) = self.scalar(item, what) else { continue };
                    let (name, value) = match text.split_once('=') {
                        Some((name, value)) => (name, Some(value.to_owned())),
                        None => (text.as_str(), self.variables.owned(&text)),
                    };
                    environment.insert(name.to_owned(), value);
                }
            }
            Some((node, _)) => self.shape(node, what, "a mapping or a list"),
        }
        environment
    }

    fn env_files(&mut self, node: Option<&'a Node>, what: &str) -> Vec<EnvFile> {
        match node.map(|node| (node, &node.value)) {
            Some((node, Value::Text(_))) => self.env_file(node, what).into_iter().collect(),
            Some((_, Value::List(items))) => items.iter().filter_map(|item| self.env_file(item, what)).collect(),
            Some((node, _)) => {
                self.shape(node, what, "a path or a list of paths");
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    fn env_file(&mut self, node: &'a Node, what: &str) -> Option<EnvFile> {
        let place = self.place(&node.span);
        if !matches!(node.value, Value::Map(_)) {
            let path = self.text(node, what)?.into();
            return Some(EnvFile { path, required: true, raw: false, place });
        }
        let Some(path) = node.get("path") else {
            let (what, place) = (what.to_owned(), place.into());
            let (found, expected) = ("a mapping without `path`", "a path or a mapping with one");
            self.errors.push(StackError::Shape { what, expected, found, place });
            return None;
        };
        let required = node.get("required").and_then(|flag| self.flag(flag, &format!("{what}.required")));
        let format = node.get("format").and_then(|format| self.text(format, &format!("{what}.format")));
        let path = self.text(path, &format!("{what}.path"))?.into();
        Some(EnvFile { path, required: required.unwrap_or(true), raw: format.as_deref() == Some("raw"), place })
    }

    fn ports(&mut self, node: Option<&'a Node>, what: &str) -> Vec<Located<Port>> {
        let mut found = Vec::new();
        for item in self.items(node, what) {
            let ports = match &item.value {
                Value::Map(_) => self.long_port(item, what).into_iter().collect(),
                _ => self.scalar(item, what).map_or_else(Vec::new, |text| self.short_port(item, &text, what)),
            };
            let place = self.place(&item.span);
            found.extend(ports.into_iter().map(|value| Located { value, place: place.clone() }));
        }
        found
    }

    fn short_port(&mut self, node: &Node, text: &str, what: &str) -> Vec<Port> {
        ports::parse(text).unwrap_or_else(|error| {
            let (what, place) = (what.to_owned(), self.place(&node.span).into());
            self.errors.push(StackError::Port { what, text: text.to_owned(), problem: error.to_string(), place });
            Vec::new()
        })
    }

    fn long_port(&mut self, node: &'a Node, what: &str) -> Option<Port> {
        let field = |reader: &mut Self, key: &str| {
            let value = node.get(key)?;
            reader.scalar(value, &format!("{what}.{key}"))
        };
        let target = field(self, "target").unwrap_or_default();
        let port = Port {
            name: field(self, "name").unwrap_or_default(),
            mode: field(self, "mode").unwrap_or_else(|| "ingress".to_owned()),
            host_ip: field(self, "host_ip").unwrap_or_default(),
            target: target.parse().unwrap_or_default(),
            published: field(self, "published").unwrap_or_default(),
            protocol: field(self, "protocol").unwrap_or_else(|| "tcp".to_owned()),
            app_protocol: field(self, "app_protocol").unwrap_or_default(),
        };
        let problem = match &port {
            _ if target.is_empty() => "`target` is missing".to_owned(),
            port if port.target == 0 => format!("`target` is no port: {target}"),
            port if port.host_port().is_none() => format!("`published` is no port: {}", port.published),
            _ => return Some(port),
        };
        let place = self.place(&node.span).into();
        self.errors.push(StackError::Port { what: what.to_owned(), text: String::new(), problem, place });
        None
    }

    fn volumes(&mut self, node: Option<&'a Node>, what: &str) -> Vec<Located<Mount>> {
        let items = self.items(node, what);
        let mounts = items.iter().filter_map(|item| {
            let value = match &item.value {
                Value::Map(_) => self.long_volume(item, what),
                _ => self.text(item, what).and_then(|text| self.short_volume(item, &text, what)),
            };
            Some(Located { value: value?, place: self.place(&item.span) })
        });
        mounts.collect()
    }

    fn short_volume(&mut self, node: &Node, text: &str, what: &str) -> Option<Mount> {
        match volumes::parse(text) {
            Ok(mount) => Some(Mount { target: clean(&mount.target), ..mount }),
            Err(error) => {
                let (what, place) = (what.to_owned(), self.place(&node.span).into());
                self.errors.push(StackError::Volume { what, problem: error.to_string(), place });
                None
            }
        }
    }

    fn long_volume(&mut self, node: &'a Node, what: &str) -> Option<Mount> {
        let field = |reader: &mut Self, key: &str| {
            let value = node.get(key)?;
            reader.text(value, &format!("{what}.{key}"))
        };
        let kind = field(self, "type");
        let Some(kind) = kind else {
            let place = self.place(&node.span).into();
            let problem = "`type` is missing: volume, bind or tmpfs".to_owned();
            self.errors.push(StackError::Volume { what: what.to_owned(), problem, place });
            return None;
        };
        let read_only = node.get("read_only").and_then(|flag| self.flag(flag, &format!("{what}.read_only")));
        Some(Mount {
            source: field(self, "source").unwrap_or_default(),
            target: field(self, "target").unwrap_or_default(),
            read_only: read_only.unwrap_or(false),
            bind: (kind == "bind").then(Default::default),
            volume: (kind == "volume").then(Default::default),
            kind,
            ..Mount::default()
        })
    }

    fn secrets(&mut self, node: Option<&'a Node>, what: &str) -> Vec<FileMount> {
        let items = self.items(node, what);
        let mounts = items.iter().filter_map(|item| {
            let (source, target) = match &item.value {
                Value::Map(_) => {
                    let source = item.get("source").and_then(|source| self.text(source, what))?;
                    (source, item.get("target").and_then(|target| self.text(target, what)))
                }
                _ => (self.text(item, what)?, None),
            };
            Some(FileMount { place: self.place(&item.span), source, target, uid: None, gid: None, mode: None })
        });
        mounts.collect()
    }

    fn secret_source(&mut self, node: &'a Node, what: &str) -> Content {
        if let Some(file) = node.get("file").and_then(|file| self.text(file, what)) {
            return Content::File(file.into());
        }
        match node.get("environment").and_then(|variable| self.text(variable, what)) {
            Some(variable) => Content::Variable(variable),
            None => Content::External,
        }
    }

    fn command(&mut self, node: &'a Node, what: &str) -> Option<Vec<String>> {
        let Value::Text(text) = &node.value else {
            let items = self.items(Some(node), what);
            return Some(items.iter().filter_map(|item| self.scalar(item, what)).collect());
        };
        match shellwords::split(text) {
            Ok(words) => Some(words.words),
            Err(_) => {
                let place = self.place(&node.span).into();
                self.errors.push(StackError::Command { what: what.to_owned(), place });
                None
            }
        }
    }

    fn healthcheck(&mut self, node: &'a Node, what: &str) -> Option<Healthcheck> {
        let disable = node.get("disable").and_then(|flag| self.flag(flag, &format!("{what}.disable")));
        let test = match node.get("test") {
            Some(Node { value: Value::Text(command), .. }) => vec!["CMD-SHELL".to_owned(), command.clone()],
            test => self.texts(test, &format!("{what}.test")),
        };
        Some(Healthcheck { test, disable: disable == Some(true), ..Healthcheck::default() })
    }
}

/// The shortest path that means the same, as Go's `path.Clean` makes it of an absolute one.
fn clean(target: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if target.starts_with('/') => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (target.starts_with('/'), joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) if target.is_empty() => joined,
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_as_go_does() {
        let cases =
            [("/a//b/./c/../d/", "/a/b/d"), ("/..", "/"), ("a/..", "."), ("../a/..", ".."), ("", ""), (".", ".")];
        for (path, expected) in cases {
            assert_eq!(clean(path), expected, "{path}");
        }
    }
}
