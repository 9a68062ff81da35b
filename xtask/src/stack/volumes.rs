//! The short form of a mount: `[SOURCE:]TARGET[:OPTIONS]`.
//!
//! Follows `format.ParseVolume` of compose-go, its oddities included: one letter before a colon is taken for a
//! drive of Windows wherever it stands, and an unknown option is passed over.

use serde::Serialize;

/// Something that is mounted into a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Mount {
    /// `volume`, `bind`, `tmpfs` or another type of the long form.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name of a volume or a path of the host; empty for an anonymous volume.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// The path in the container.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub target: String,
    /// Whether the container may not write to it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub read_only: bool,
    /// What only a bind mount has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bind: Option<Bind>,
    /// What only a volume has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume: Option<VolumeOptions>,
    /// What only a tmpfs has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tmpfs: Option<Tmpfs>,
    /// `consistency`, which engines pass over today.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub consistency: String,
}

/// What only a bind mount has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bind {
    /// How mounts inside of it spread: `rprivate`, `shared` …
    #[serde(skip_serializing_if = "String::is_empty")]
    pub propagation: String,
    /// `z` or `Z`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub selinux: String,
    /// Whether a missing source becomes a folder: always in the short form, in the long one where it says so.
    #[serde(skip)]
    pub create_host_path: bool,
    /// How mounts below the source are treated: `enabled`, `disabled`, `writable` or `readonly`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub recursive: String,
}

/// What only a volume has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VolumeOptions {
    /// Whether a new volume stays empty instead of taking what the image has there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub nocopy: bool,
    /// The path inside of the volume that is mounted.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subpath: String,
}

/// What only a tmpfs has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tmpfs {
    /// Bytes; 0 for no limit.
    pub size: i64,
    /// Permissions as a number; 0 for those of the engine.
    pub mode: u32,
}

/// Why a mount cannot be understood. The wording is that of compose.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VolumeError {
    /// Nothing at all.
    #[error("invalid empty volume spec")]
    Empty,
    /// Nothing before, between or behind colons.
    #[error("invalid spec: {0}: empty section between colons")]
    EmptySection(String),
    /// A fourth section.
    #[error("invalid spec: {0}: too many colons")]
    TooManyColons(String),
}

/// Ends the text for the loop of [`parse`].
const END: char = '\0';

/// Reads the short form.
pub fn parse(spec: &str) -> Result<Mount, VolumeError> {
    match spec.len() {
        0 => return Err(VolumeError::Empty),
        1 | 2 => return Ok(Mount { kind: "volume".to_owned(), target: spec.to_owned(), ..Mount::default() }),
        _ => {}
    }
    let mut mount = Mount::default();
    let mut section = String::new();
    // Colons inside a `${…}` that was not interpolated end no section.
    let mut braces = 0_usize;
    for (at, character) in spec.char_indices().chain([(spec.len(), END)]) {
        if character == '$' && spec.as_bytes().get(at + 1) == Some(&b'{') {
            braces += 1;
            section.push(character);
        } else if character == '}' && braces > 0 {
            braces -= 1;
            section.push(character);
        } else if matches!(character, ':' | END) && braces == 0 && !is_drive(&section, character) {
            mount.take_section(&std::mem::take(&mut section), character, spec)?;
        } else {
            section.push(character);
        }
    }
    mount.settle_kind();
    Ok(mount)
}

/// Whether `section` and the character behind it are a drive of Windows, such as `C:`.
fn is_drive(section: &str, next: char) -> bool {
    let mut characters = section.chars();
    next == ':' && characters.next().is_some_and(char::is_alphabetic) && characters.next().is_none()
}

impl Mount {
    /// Whether it is a volume of the project: one with a name.
    pub fn is_named_volume(&self) -> bool {
        self.kind == "volume" && !self.source.is_empty()
    }

    fn take_section(&mut self, section: &str, end: char, spec: &str) -> Result<(), VolumeError> {
        if section.is_empty() {
            return Err(VolumeError::EmptySection(spec.to_owned()));
        }
        if self.source.is_empty() && end == END {
            section.clone_into(&mut self.target);
        } else if self.source.is_empty() {
            section.clone_into(&mut self.source);
        } else if self.target.is_empty() {
            section.clone_into(&mut self.target);
        } else if end == ':' {
            return Err(VolumeError::TooManyColons(spec.to_owned()));
        } else {
            section.split(',').for_each(|option| self.take_option(option));
        }
        Ok(())
    }

    fn take_option(&mut self, option: &str) {
        match option {
            "ro" => self.read_only = true,
            "rw" => self.read_only = false,
            "nocopy" => self.volume = Some(VolumeOptions { nocopy: true, ..VolumeOptions::default() }),
            "rprivate" | "private" | "rshared" | "shared" | "rslave" | "slave" => {
                option.clone_into(&mut self.bind.get_or_insert_default().propagation);
            }
            "z" | "Z" => option.clone_into(&mut self.bind.get_or_insert_default().selinux),
            _ => {}
        }
    }

    fn settle_kind(&mut self) {
        if is_file_path(&self.source) {
            "bind".clone_into(&mut self.kind);
            self.bind.get_or_insert_default().create_host_path = true;
        } else {
            "volume".clone_into(&mut self.kind);
            self.volume.get_or_insert_default();
        }
    }
}

/// The first option of a short form that means nothing. Those of old versions for the Mac are known, though nothing comes
/// of them any more.
pub(super) fn unknown_option(spec: &str) -> Option<&str> {
    const KNOWN: [&str; 14] = [
        "ro",
        "rw",
        "nocopy",
        "rprivate",
        "private",
        "rshared",
        "shared",
        "rslave",
        "slave",
        "z",
        "Z",
        "cached",
        "delegated",
        "consistent",
    ];
    let mount = parse(spec).ok()?;
    let (_, options) = spec.rsplit_once(':')?;
    let has_options = options != mount.target && !mount.source.is_empty();
    options.split(',').find(|option| has_options && !option.is_empty() && !KNOWN.contains(option))
}

/// Whether a source is a path and not the name of a volume.
fn is_file_path(source: &str) -> bool {
    if source.starts_with(['.', '/', '~']) || source.starts_with(r"\\") {
        return true;
    }
    let mut characters = source.chars();
    characters.next().is_some_and(char::is_alphabetic) && characters.next() == Some(':')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_mount_is_refused() {
        let error = |spec| parse(spec).expect_err(spec).to_string();
        assert_eq!(error(""), "invalid empty volume spec");
        assert_eq!(error(":/data"), "invalid spec: :/data: empty section between colons");
        assert_eq!(error("data:/a:ro:x"), "invalid spec: data:/a:ro:x: too many colons");
    }

    #[test]
    fn options_of_all_kinds_are_read() {
        let mount = parse("data:/d:ro,nocopy,z,unknown").expect("a mount");
        assert!(mount.read_only && mount.volume == Some(VolumeOptions { nocopy: true, ..VolumeOptions::default() }));
        assert_eq!(mount.bind.map(|bind| bind.selinux), Some("z".to_owned()));
    }

    #[test]
    fn an_option_that_means_nothing_is_found() {
        for (spec, expected) in [
            ("data:/d:ro,zz", Some("zz")),
            ("./a:/d:or", Some("or")),
            (r"C:\a:/d:x", Some("x")),
            ("./a:/d:cached", None),
            ("data:/d", None),
            ("/d", None),
            (r"C:\a:/d", None),
        ] {
            assert_eq!(unknown_option(spec), expected, "{spec}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(spec in r"([.:/~$}{,\\é\x00]|\$\{|ro|[a-c]){0,12}") {
            let _ = parse(&spec);
        }
    }
}
