//! What is mounted into a container, as the engine shows it again.

use serde::Deserialize;

use crate::lifecycle::configuration::Mount;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct InspectedMount {
    #[serde(rename = "Type")]
    kind: String,
    source: String,
    target: String,
    read_only: bool,
    bind_options: Option<InspectedBindOptions>,
    volume_options: Option<InspectedVolumeOptions>,
    tmpfs_options: Option<InspectedTmpfsOptions>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct InspectedBindOptions {
    propagation: Option<String>,
    non_recursive: bool,
    read_only_non_recursive: bool,
    read_only_force_recursive: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct InspectedVolumeOptions {
    no_copy: bool,
    subpath: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct InspectedTmpfsOptions {
    size_bytes: Option<i64>,
    mode: Option<i64>,
}

impl InspectedBindOptions {
    fn recursive(&self) -> &'static str {
        match (self.non_recursive, self.read_only_non_recursive, self.read_only_force_recursive) {
            (true, ..) => "disabled",
            (_, true, _) => "writable",
            (.., true) => "readonly",
            _ => "",
        }
    }
}

impl InspectedMount {
    pub(super) fn read(self) -> (String, Mount) {
        let bind = self.bind_options.unwrap_or_default();
        let volume = self.volume_options.unwrap_or_default();
        let tmpfs = self.tmpfs_options.unwrap_or_default();
        let mount = Mount {
            kind: self.kind,
            source: self.source,
            read_only: self.read_only,
            recursive: bind.recursive().to_owned(),
            propagation: bind.propagation.unwrap_or_default(),
            no_copy: volume.no_copy,
            subpath: volume.subpath,
            tmpfs_size: tmpfs.size_bytes,
            tmpfs_mode: tmpfs.mode,
            ..Mount::default()
        };
        (self.target, mount)
    }
}

/// `SOURCE:TARGET[:OPTIONS]`, in which the source may be a path of Windows.
pub(super) fn read_bind(bind: &str) -> Option<(String, Mount)> {
    let drive = bind.get(1..3).is_some_and(|text| text == ":\\" || text == ":/");
    let from = if drive { 2 } else { 0 };
    let end = from + bind.get(from..)?.find(':')?;
    let (source, rest) = (&bind[..end], &bind[end + 1..]);
    let (target, options) = rest.split_once(':').unwrap_or((rest, ""));
    let is_path = drive || source.starts_with(['/', '\\']);
    let mut mount = Mount {
        kind: if is_path { "bind" } else { "volume" }.to_owned(),
        source: source.to_owned(),
        ..Mount::default()
    };
    for option in options.split(',') {
        match option {
            "ro" => mount.read_only = true,
            "nocopy" => mount.no_copy = true,
            "z" | "Z" => option.clone_into(&mut mount.selinux),
            "shared" | "rshared" | "slave" | "rslave" | "private" | "rprivate" => {
                option.clone_into(&mut mount.propagation);
            }
            _ => {}
        }
    }
    Some((target.to_owned(), mount))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binds_of_all_forms_are_read() {
        let read = |bind| read_bind(bind).map(|(target, it)| (target, it.kind, it.source, it.read_only));
        let expected = |target: &str, kind: &str, source: &str, read_only| {
            Some((target.to_owned(), kind.to_owned(), source.to_owned(), read_only))
        };
        assert_eq!(read("data:/d:rw"), expected("/d", "volume", "data", false));
        assert_eq!(read("/srv/x:/x:ro,z"), expected("/x", "bind", "/srv/x", true));
        assert_eq!(read(r"C:\x:/x"), expected("/x", "bind", r"C:\x", false));
        assert_eq!(read("/x"), None);
    }
}
