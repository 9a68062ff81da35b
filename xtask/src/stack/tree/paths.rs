//! Relative paths, resolved against a project directory.
//!
//! Follows the package `paths` of compose-go. An included or extended file has paths of its own; they are resolved
//! before it is merged.

use super::node::{Entry, Node, Value};
use crate::stack::build::is_remote;
use crate::stack::volumes;

/// A folder, and the home of the user for paths that begin with `~`.
pub(super) struct Base<'a> {
    pub(super) directory: &'a str,
    pub(super) home: Option<&'a str>,
    /// Whether a build without a context gets the folder for one.
    pub(super) fills_context: bool,
}

impl Base<'_> {
    /// Resolves all paths of a file.
    pub(super) fn resolve(&self, root: &mut Node) {
        for_each(root.get_mut("services"), |service| self.service(service));
        for key in ["secrets", "configs"] {
            for_each(root.get_mut(key), |object| replace(object.get_mut("file"), |path| self.any(path)));
        }
        for_each(root.get_mut("volumes"), |volume| self.device(volume));
    }

    fn service(&self, service: &mut Node) {
        match service.get_mut("build") {
            Some(build @ Node { value: Value::Text(_), .. }) => replace(Some(build), |path| self.context(path)),
            Some(build) => {
                if self.fills_context && build.get("context").is_none() {
                    build.insert("context", ".");
                }
                replace(build.get_mut("context"), |path| self.context(path));
            }
            None => {}
        }
        if let Some(extends) = service.get_mut("extends") {
            replace(extends.get_mut("file"), |path| self.local(path));
        }
        match service.get_mut("env_file") {
            Some(Node { value: Value::List(files), .. }) => {
                without_repetitions(files);
                files.iter_mut().for_each(|file| self.env_file(file));
            }
            Some(file) => self.env_file(file),
            None => {}
        }
        if let Some(Node { value: Value::List(watch), .. }) =
            service.get_mut("develop").and_then(|it| it.get_mut("watch"))
        {
            watch.iter_mut().for_each(|trigger| replace(trigger.get_mut("path"), |path| self.local(path)));
        }
        match service.get_mut("label_file") {
            Some(Node { value: Value::List(files), .. }) => {
                files.iter_mut().for_each(|file| replace(Some(file), |path| self.local(path)));
            }
            file => replace(file, |path| self.local(path)),
        }
        if let Some(Node { value: Value::List(mounts), .. }) = service.get_mut("volumes") {
            mounts.iter_mut().for_each(|mount| self.mount(mount));
        }
    }

    fn env_file(&self, file: &mut Node) {
        match &file.value {
            Value::Map(_) => replace(file.get_mut("path"), |path| self.local(path)),
            _ => replace(Some(file), |path| self.local(path)),
        }
    }

    /// A short form whose source is a path becomes a long one: a resolved path could not be told from a name.
    fn mount(&self, mount: &mut Node) {
        match &mount.value {
            Value::Map(_) if mount.get("type").and_then(Node::scalar).as_deref() == Some("bind") => {
                replace(mount.get_mut("source"), |path| self.any(path));
            }
            Value::Text(text) => {
                let Ok(parsed) = volumes::parse(text) else { return };
                if let Some(bind) = parsed.bind.as_ref().filter(|_| parsed.kind == "bind") {
                    mount.value = self.long_mount(&parsed, bind, mount.span);
                }
            }
            _ => {}
        }
    }

    fn long_mount(&self, mount: &volumes::Mount, bind: &volumes::Bind, span: super::Span) -> Value {
        let entry = |key: &str, value| Entry { key: key.to_owned(), key_span: span, node: Node { value, span } };
        let text = |key: &str, text: &str| entry(key, Value::Text(text.to_owned()));
        let mut options = vec![entry("create_host_path", Value::Bool(true))];
        options.extend((!bind.selinux.is_empty()).then(|| text("selinux", &bind.selinux)));
        options.extend((!bind.propagation.is_empty()).then(|| text("propagation", &bind.propagation)));
        let mut entries = vec![
            text("type", "bind"),
            text("source", &self.any(&mount.source)),
            text("target", &clean(&mount.target)),
            entry("bind", Value::Map(options)),
        ];
        entries.extend(mount.read_only.then(|| entry("read_only", Value::Bool(true))));
        entries.extend(mount.volume.as_ref().map(|volume| {
            let nocopy = volume.nocopy.then(|| entry("nocopy", Value::Bool(true)));
            entry("volume", Value::Map(nocopy.into_iter().collect()))
        }));
        Value::Map(entries)
    }

    /// The device of a local volume that is a bind mount in disguise.
    fn device(&self, volume: &mut Node) {
        let says =
            |node: &Node, key: &str, wanted: &str| node.get(key).and_then(Node::scalar).as_deref() == Some(wanted);
        if !says(volume, "driver", "local") {
            return;
        }
        if let Some(options) = volume.get_mut("driver_opts").filter(|options| says(options, "o", "bind")) {
            replace(options.get_mut("device"), |path| self.any(path));
        }
    }

    fn context(&self, context: &str) -> String {
        if is_remote(context) || context.starts_with("service:") { context.to_owned() } else { self.local(context) }
    }

    /// A path of this machine; nothing stays nothing.
    fn local(&self, path: &str) -> String {
        let path = self.expand(path);
        if path.is_empty() || path.starts_with('/') || is_windows_absolute(&path) { path } else { self.join(&path) }
    }

    /// A path that may be meant for an engine elsewhere: nothing is the folder itself.
    fn any(&self, path: &str) -> String {
        let path = self.expand(path);
        if path.starts_with('/') || is_windows_absolute(&path) { path } else { self.join(&path) }
    }

    fn join(&self, path: &str) -> String {
        if self.directory.is_empty() { clean(path) } else { clean(&format!("{}/{path}", self.directory)) }
    }

    fn expand(&self, path: &str) -> String {
        match path.strip_prefix('~').zip(self.home) {
            Some((rest, home)) => clean(&format!("{home}/{rest}")),
            None => path.to_owned(),
        }
    }
}

/// Drops files that are named twice, as they are written: the last entry holds, in the place of the first.
fn without_repetitions(files: &mut Vec<Node>) {
    let path = |file: &Node| file.get("path").unwrap_or(file).scalar();
    let mut kept: Vec<Node> = Vec::with_capacity(files.len());
    for file in files.drain(..) {
        match kept.iter().position(|there| path(there).is_some() && path(there) == path(&file)) {
            Some(position) => kept[position] = file,
            None => kept.push(file),
        }
    }
    *files = kept;
}

fn for_each(node: Option<&mut Node>, change: impl Fn(&mut Node)) {
    if let Some(Node { value: Value::Map(entries), .. }) = node {
        entries.iter_mut().for_each(|entry| change(&mut entry.node));
    }
}

fn replace(node: Option<&mut Node>, change: impl Fn(&str) -> String) {
    if let Some(Node { value: Value::Text(text), .. }) = node {
        *text = change(text);
    }
}

/// `C:\x`, `C:/x` or `\\server\share`.
fn is_windows_absolute(path: &str) -> bool {
    let bytes = path.as_bytes();
    let slash = |byte: Option<&u8>| matches!(byte, Some(b'/' | b'\\'));
    let drive = bytes.first().is_some_and(u8::is_ascii_alphabetic) && bytes.get(1) == Some(&b':');
    (drive && slash(bytes.get(2))) || path.starts_with(r"\\")
}

/// The shortest path that means the same, as Go's `path.Clean` makes it.
pub(in crate::stack) fn clean(target: &str) -> String {
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
            [("/a//b/./c/../d/", "/a/b/d"), ("/..", "/"), ("a/..", "."), ("../a/..", ".."), ("", "."), (".", ".")];
        for (path, expected) in cases {
            assert_eq!(clean(path), expected, "{path}");
        }
    }

    #[test]
    fn paths_are_resolved_against_the_folder_and_the_home() {
        let base = Base { directory: "/p/q", home: Some("/home/me"), fills_context: true };
        let cases = [
            ("./a", "/p/q/a"),
            ("../a", "/p/a"),
            ("/a/../b", "/a/../b"),
            ("~/a", "/home/me/a"),
            ("~", "/home/me"),
            ("~a", "/home/me/a"),
            (r"C:\a", r"C:\a"),
            (".", "/p/q"),
        ];
        for (path, expected) in cases {
            assert_eq!(base.any(path), expected, "{path}");
        }
        assert_eq!((base.any(""), base.local("")), ("/p/q".to_owned(), String::new()));
        assert_eq!(base.context("https://x/y.git#main:sub"), "https://x/y.git#main:sub");
        assert_eq!(Base { directory: "", home: None, fills_context: true }.any("~/a"), "~/a");
    }
}
