//! Images of one layer, written in the form of `docker save`: no builder, no base image, the same bytes each time.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::engine::Engine;

/// Changed when the archives of an earlier version of this code must not be used again.
const FORM: &str = "3";

/// What stands at a path of the layer.
#[derive(Clone)]
enum Entry {
    Folder {
        mode: u32,
        owner: u64,
    },
    Link(PathBuf),
    Text {
        text: String,
        mode: u32,
    },
    /// A file of this machine.
    Copy(PathBuf),
}

/// The one layer of an image, by path.
#[derive(Clone, Default)]
pub(crate) struct Layer {
    entries: BTreeMap<String, Entry>,
    /// What the image says it was made for, where that is not this machine.
    foreign: Option<&'static str>,
}

impl Layer {
    /// A layer with the folders and accounts of a small Debian, and busybox for every command.
    pub(crate) fn busybox() -> Self {
        let mut layer = Self::default();
        for folder in ["usr", "usr/bin", "usr/lib", "usr/sbin", "etc", "proc", "sys", "dev", "root", "var", "run"] {
            layer.folder(folder, 0o755, 0);
        }
        layer.folder("tmp", 0o1777, 0);
        for name in ["bin", "sbin", "lib"] {
            layer.link(name, &format!("usr/{name}"));
        }
        layer.link("var/run", "/run");
        layer.text("etc/passwd", "root:x:0:0::/root:/bin/sh\npostgres:x:999:999::/var/lib/postgresql:/bin/sh\n", 0o644);
        layer.text("etc/group", "root:x:0:\npostgres:x:999:\n", 0o644);
        layer.text("etc/nsswitch.conf", "hosts: files dns\n", 0o644);
        let busybox = which::which("busybox").expect("busybox is installed");
        let applets = Command::new(&busybox).arg("--list").output().expect("busybox runs");
        for applet in String::from_utf8_lossy(&applets.stdout).lines() {
            layer.link(&format!("usr/bin/{applet}"), "busybox");
        }
        layer.copy("usr/bin/busybox", &busybox);
        layer
    }

    /// A folder.
    pub(crate) fn folder(&mut self, path: &str, mode: u32, owner: u64) {
        self.entries.insert(path.to_owned(), Entry::Folder { mode, owner });
    }

    /// A symbolic link.
    pub(crate) fn link(&mut self, path: &str, target: &str) {
        self.entries.insert(path.to_owned(), Entry::Link(target.into()));
    }

    /// A file with this text.
    pub(crate) fn text(&mut self, path: &str, text: &str, mode: u32) {
        self.entries.insert(path.to_owned(), Entry::Text { text: text.to_owned(), mode });
    }

    /// A file of this machine.
    pub(crate) fn copy(&mut self, path: &str, from: &Path) {
        self.entries.insert(path.to_owned(), Entry::Copy(from.to_owned()));
    }

    /// A folder of this machine with all that is below it, except what `wanted` does not want. Links that lead out of it are
    /// followed.
    pub(crate) fn copy_folder(&mut self, path: &str, from: &Path, wanted: &dyn Fn(&str) -> bool) {
        self.folder(path, 0o755, 0);
        let mut entries: Vec<_> =
            std::fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry")).collect();
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let inside = format!("{path}/{}", entry.file_name().to_string_lossy());
            if !wanted(&inside) {
                continue;
            }
            match (entry.file_type().expect("a type"), std::fs::read_link(entry.path())) {
                (kind, _) if kind.is_dir() => self.copy_folder(&inside, &entry.path(), wanted),
                (_, Ok(target)) if target.is_relative() => self.link(&inside, &target.to_string_lossy()),
                _ => self.copy(&inside, &entry.path()),
            }
        }
    }

    /// Says that the image was made for another architecture.
    pub(crate) fn made_for(mut self, architecture: &'static str) -> Self {
        self.foreign = Some(architecture);
        self
    }

    /// The files of this machine in it.
    pub(crate) fn copies(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.entries.iter().filter_map(|(path, entry)| match entry {
            Entry::Copy(from) => Some((path.as_str(), from.as_path())),
            _ => None,
        })
    }

    /// What the archive depends on: two layers with the same digest make the same archive.
    fn digest(&self, config: &Value) -> String {
        let mut text = format!("{FORM}\n{config}\n{:?}\n", self.foreign);
        for (path, entry) in &self.entries {
            let _ = match entry {
                Entry::Folder { mode, owner } => writeln!(text, "{path} folder {mode} {owner}"),
                Entry::Link(target) => writeln!(text, "{path} -> {}", target.display()),
                Entry::Text { text: content, mode } => writeln!(text, "{path} {mode} {content}"),
                Entry::Copy(from) => {
                    let state = std::fs::metadata(from).expect("a file");
                    writeln!(
                        text,
                        "{path} = {} {} {}.{}",
                        from.display(),
                        state.len(),
                        state.mtime(),
                        state.mtime_nsec()
                    )
                }
            };
        }
        hex(&Sha256::digest(text))
    }

    /// The archive of an image with this layer, from the cache if it has been made before.
    pub(crate) fn archive(&self, config: &Value) -> PathBuf {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("images");
        let path = cache.join(format!("{}.tar", self.digest(config)));
        if !path.exists() {
            std::fs::create_dir_all(&cache).expect("a folder for the cache");
            let half = tempfile::NamedTempFile::new_in(&cache).expect("a file");
            self.write(config, half.as_file());
            // Another test process may have been faster: the bytes are the same.
            half.persist(&path).expect("renamed");
        }
        path
    }

    fn write(&self, config: &Value, into: &std::fs::File) {
        let layer = self.tar();
        let digest = format!("sha256:{}", hex(&Sha256::digest(&layer)));
        let described = json!({
            "architecture": self.foreign.unwrap_or_else(architecture), "os": "linux", "created": EPOCH, "config": config,
            "rootfs": { "type": "layers", "diff_ids": [digest] },
            "history": [{ "created": EPOCH, "created_by": "the tests of xtask" }],
        });
        // The cache has no name in it: whoever loads the image names it.
        let manifest =
            json!([{ "Config": "config.json", "RepoTags": ["xtask-test/loaded:latest"], "Layers": ["layer.tar"] }]);
        let mut archive = tar::Builder::new(std::io::BufWriter::new(into));
        append(&mut archive, "manifest.json", manifest.to_string().as_bytes(), 0o644);
        append(&mut archive, "config.json", described.to_string().as_bytes(), 0o644);
        append(&mut archive, "layer.tar", &layer, 0o644);
        let mut writer = archive.into_inner().expect("written");
        std::io::Write::flush(&mut writer).expect("written");
    }

    fn tar(&self) -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        for (path, entry) in &self.entries {
            match entry {
                Entry::Folder { mode, owner } => {
                    let mut header = header(tar::EntryType::Directory, 0, *mode);
                    header.set_uid(*owner);
                    header.set_gid(*owner);
                    archive.append_data(&mut header, format!("{path}/"), std::io::empty()).expect("appended");
                }
                Entry::Link(target) => {
                    let mut header = header(tar::EntryType::Symlink, 0, 0o777);
                    archive.append_link(&mut header, path, target).expect("appended");
                }
                Entry::Text { text, mode } => append(&mut archive, path, text.as_bytes(), *mode),
                Entry::Copy(from) => {
                    let bytes = std::fs::read(from).expect("a file");
                    let mode = std::fs::metadata(from).expect("a file").permissions().mode() & 0o777;
                    append(&mut archive, path, &bytes, mode);
                }
            }
        }
        archive.into_inner().expect("written")
    }
}

const EPOCH: &str = "1970-01-01T00:00:00Z";

fn header(kind: tar::EntryType, size: usize, mode: u32) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size as u64);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

fn append(archive: &mut tar::Builder<impl std::io::Write>, path: &str, bytes: &[u8], mode: u32) {
    let mut header = header(tar::EntryType::Regular, bytes.len(), mode);
    archive.append_data(&mut header, path, bytes).expect("appended");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The architecture of this machine, in the words of images.
pub(crate) fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

impl Engine {
    /// Sees to it that the engine has this image under this name.
    #[track_caller]
    pub(crate) fn image(&self, reference: &str, layer: &Layer, config: &Value) {
        static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());
        // A test that failed while it held this has loaded its image or not; both are fine.
        let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let own = format!("xtask-test/{}:1", &layer.digest(config)[..16]);
        if !self.has_image(&own) {
            self.load(&layer.archive(config));
            self.tag("xtask-test/loaded:latest", &own);
            self.delete("/images/xtask-test/loaded:latest");
        }
        if reference != own {
            self.tag(&own, reference);
        }
    }

    /// An image of busybox alone, for what ends soon, sleeps, or is built upon.
    #[track_caller]
    pub(crate) fn busybox(&self, reference: &str) {
        self.image(reference, &Layer::busybox(), &busybox_config());
    }

    /// An image of its own, which no other test has: busybox and `bytes` that do not shrink.
    #[track_caller]
    pub(crate) fn unique(&self, reference: &str, bytes: usize) {
        let mut layer = Layer::busybox();
        let mut noise = String::with_capacity(bytes + 64);
        while noise.len() < bytes {
            noise.push_str(&hex(&Sha256::digest(format!("{reference} {}", noise.len()))));
        }
        layer.text("noise", &noise, 0o644);
        self.image(reference, &layer, &busybox_config());
    }
}

fn busybox_config() -> Value {
    json!({ "Env": ["PATH=/usr/local/bin:/usr/bin:/bin"], "Cmd": ["sh"] })
}
