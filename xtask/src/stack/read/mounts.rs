//! `volumes`, `secrets` and `configs` of a service.

use super::Reader;
use super::section::Keys;
use crate::stack::StackError;
use crate::stack::file_mount::{FileMount, Mode};
use crate::stack::located::Located;
use crate::stack::tree::{Node, Value, clean};
use crate::stack::volumes::{self, Bind, Mount, Tmpfs, VolumeOptions};

const MOUNT: Keys = Keys {
    known: &["type", "source", "target", "read_only", "consistency", "bind", "volume", "tmpfs"],
    refused: &["image", "cluster"],
};
const BIND: Keys = Keys { known: &["propagation", "create_host_path", "selinux", "recursive"], refused: &[] };
const VOLUME: Keys = Keys { known: &["nocopy", "subpath"], refused: &["labels"] };
const TMPFS: Keys = Keys { known: &["size", "mode"], refused: &[] };
const FILE: Keys = Keys { known: &["source", "target", "uid", "gid", "mode"], refused: &[] };

impl Reader<'_> {
    pub(super) fn mounts(&mut self, node: &Node, what: &str) -> Option<Vec<Located<Mount>>> {
        let mut mounts: Vec<Located<Mount>> = Vec::new();
        for item in self.items(node, what)? {
            let value = match &item.value {
                Value::Map(_) => self.long_mount(item, what),
                _ => self.text(item, what).and_then(|text| self.short_mount(item, &text, what)),
            };
            self.unknown_option(item, what);
            let Some(value) = value else { continue };
            let mount = Located { value, place: self.place(item.span) };
            match mounts.iter().position(|there| there.value.target == mount.value.target) {
                Some(position) => mounts[position] = mount,
                None => mounts.push(mount),
            }
        }
        for mount in &mut mounts {
            mount.value.target = clean(&mount.value.target);
        }
        Some(mounts)
    }

    /// Warns of an option that nobody knows, as compose does not. A path of the host has become a long form already, so the
    /// text is that of the file; where a variable may stand for anything nothing is said.
    fn unknown_option(&mut self, item: &Node, what: &str) {
        let written = self.sources.written(item.span).trim_matches(['"', '\'']);
        if written.contains(['$', '{', '\n']) {
            return;
        }
        if let Some(option) = volumes::unknown_option(written) {
            let (what, place) = (format!("{what}: the option `{option}`"), self.place(item.span));
            self.no_effect(what, "no mount has such an option", place);
        }
    }

    fn short_mount(&mut self, node: &Node, text: &str, what: &str) -> Option<Mount> {
        match volumes::parse(text) {
            Ok(mount) => Some(Mount { target: clean(&mount.target), ..mount }),
            Err(error) => self.wrong_mount(node, what, error.to_string()),
        }
    }

    fn wrong_mount(&mut self, node: &Node, what: &str, problem: String) -> Option<Mount> {
        let (what, place) = (what.to_owned(), self.place(node.span).into());
        self.errors.push(StackError::Volume { what, problem, place });
        None
    }

    fn long_mount(&mut self, node: &Node, what: &str) -> Option<Mount> {
        let section = self.section(node, what, MOUNT)?;
        let mut text = |key: &str| self.field(&section, key, Self::text);
        let (kind, source, target) = (text("type"), text("source"), text("target"));
        let consistency = text("consistency").unwrap_or_default();
        let broken = |key: &str| node.get(key).is_some_and(|value| !matches!(value.value, Value::Text(_)));
        if ["type", "source", "target"].into_iter().any(broken) {
            return None;
        }
        let problem = match (kind.as_deref(), source.as_deref(), target.as_deref()) {
            (None, ..) => "`type` is missing: volume, bind or tmpfs".to_owned(),
            (Some("volume" | "tmpfs"), _, None | Some("")) | (Some("bind"), Some(_), None | Some("")) => {
                "`target` is missing".to_owned()
            }
            (Some("bind"), None, _) => "`source` is missing".to_owned(),
            (Some("volume" | "bind" | "tmpfs"), ..) => String::new(),
            (Some(other), ..) => format!("`type` is {other}, which is none of volume, bind and tmpfs"),
        };
        if !problem.is_empty() {
            return self.wrong_mount(node, what, problem);
        }
        Some(Mount {
            kind: kind.unwrap_or_default(),
            source: source.unwrap_or_default(),
            target: target.unwrap_or_default(),
            read_only: self.field(&section, "read_only", Self::flag).unwrap_or(false),
            consistency,
            bind: self.field(&section, "bind", Self::bind),
            volume: self.field(&section, "volume", Self::volume_options),
            tmpfs: self.field(&section, "tmpfs", Self::tmpfs),
        })
    }

    fn bind(&mut self, node: &Node, what: &str) -> Option<Bind> {
        let section = self.section(node, what, BIND)?;
        let mut one_of = |key: &str, choices: &'static [&'static str]| {
            self.field(&section, key, |reader, node, what| reader.one_of(node, what, choices)).unwrap_or_default()
        };
        let selinux = one_of("selinux", &["z", "Z"]);
        let recursive = one_of("recursive", &["enabled", "disabled", "writable", "readonly"]);
        Some(Bind {
            propagation: self.field(&section, "propagation", Self::text).unwrap_or_default(),
            selinux,
            create_host_path: self.field(&section, "create_host_path", Self::flag).unwrap_or(false),
            recursive,
        })
    }

    /// A string that can only be one of a few.
    pub(super) fn one_of(&mut self, node: &Node, what: &str, choices: &'static [&'static str]) -> Option<String> {
        let text = self.text(node, what)?;
        if !choices.contains(&text.as_str()) {
            let problem = format!("{text:?} is none of {}", choices.join(", "));
            self.wrong_value(node, what, problem, "Write one of them");
            return None;
        }
        Some(text)
    }

    fn volume_options(&mut self, node: &Node, what: &str) -> Option<VolumeOptions> {
        let section = self.section(node, what, VOLUME)?;
        Some(VolumeOptions {
            nocopy: self.field(&section, "nocopy", Self::flag).unwrap_or(false),
            subpath: self.field(&section, "subpath", Self::text).unwrap_or_default(),
        })
    }

    fn tmpfs(&mut self, node: &Node, what: &str) -> Option<Tmpfs> {
        let section = self.section(node, what, TMPFS)?;
        Some(Tmpfs {
            size: self.field(&section, "size", Self::bytes).unwrap_or_default(),
            mode: self.field(&section, "mode", Self::count).unwrap_or_default(),
        })
    }

    /// `secrets` of a service.
    pub(super) fn secret_mounts(&mut self, node: &Node, what: &str) -> Option<Vec<FileMount>> {
        let mut mounts = self.file_mounts(node, what, "/run/secrets")?;
        for mount in &mut mounts {
            mount.target.get_or_insert_with(|| format!("/run/secrets/{}", mount.source));
        }
        Some(mounts)
    }

    /// `configs` of a service.
    pub(super) fn config_mounts(&mut self, node: &Node, what: &str) -> Option<Vec<FileMount>> {
        self.file_mounts(node, what, "")
    }

    /// Files at the same path are one; those without a path have one in `folder`.
    fn file_mounts(&mut self, node: &Node, what: &str, folder: &str) -> Option<Vec<FileMount>> {
        let target = |mount: &FileMount| mount.target.clone().unwrap_or_else(|| format!("{folder}/{}", mount.source));
        let mut mounts: Vec<FileMount> = Vec::new();
        for mount in self.items(node, what)?.iter().filter_map(|item| self.file_mount(item, what)) {
            match mounts.iter().position(|there| target(there) == target(&mount)) {
                Some(position) => mounts[position] = mount,
                None => mounts.push(mount),
            }
        }
        Some(mounts)
    }

    fn file_mount(&mut self, node: &Node, what: &str) -> Option<FileMount> {
        let place = self.place(node.span);
        if !matches!(node.value, Value::Map(_)) {
            let source = self.text(node, what)?;
            return Some(FileMount { place, source, target: None, uid: None, gid: None, mode: None });
        }
        let section = self.section(node, what, FILE)?;
        let mut text = |key: &str| self.field(&section, key, Self::text);
        let (source, target, uid, gid) = (text("source"), text("target"), text("uid"), text("gid"));
        if source.is_none() && node.get("source").is_none() {
            self.wrong_value(node, what, "an entry has no `source`", "Name the secret or config: source: NAME");
        }
        let mode = self.field(&section, "mode", Self::mode_of_file);
        Some(FileMount { place, source: source?, target, uid, gid, mode })
    }

    fn mode_of_file(&mut self, node: &Node, what: &str) -> Option<Mode> {
        let mode = match &node.value {
            Value::Integer(number) => u32::try_from(*number).ok().map(|number| Mode::Number(number.into())),
            Value::Text(text) => i64::from_str_radix(text, 8).ok().map(|_| Mode::Text(text.clone())),
            _ => None,
        };
        if mode.is_none() {
            self.shape(node, what, "permissions such as 0440");
        }
        mode
    }
}
