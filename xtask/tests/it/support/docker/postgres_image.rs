//! An image of the PostgreSQL server of this machine that keeps the promises of the public `postgres` images.
//!
//! `POSTGRES_USER`, `POSTGRES_PASSWORD`, `POSTGRES_DB`, their `_FILE` forms, `PGDATA`, scripts in `/docker-entrypoint-initdb.d`, port
//! 5432, and SIGINT to stop. A Compose file that names a public image runs unchanged when this one is given its name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::super::postgres;
use super::engine::Engine;
use super::image::Layer;

/// The script that starts the server; the image's first process.
const ENTRYPOINT: &str = include_str!("postgres-entrypoint.sh");

/// Runs when a database with PostGIS is made, as in the public image.
const POSTGIS: &str = "create extension postgis;\ncreate extension postgis_topology;\n\
                       create extension fuzzystrmatch;\ncreate extension postgis_tiger_geocoder;\n";

impl Engine {
    /// Sees to it that the engine has a PostgreSQL image under this name; `false` where this machine has no server to make it of,
    /// which is said loudly.
    #[track_caller]
    pub(crate) fn postgres(&self, reference: &str) -> bool {
        static LAYER: OnceLock<(Layer, Value)> = OnceLock::new();
        if !postgres::present() {
            return false;
        }
        let (layer, config) = LAYER.get_or_init(|| layer(false));
        self.image(reference, layer, config);
        true
    }

    /// The same with PostGIS.
    #[track_caller]
    pub(crate) fn postgis(&self, reference: &str) -> bool {
        static LAYER: OnceLock<(Layer, Value)> = OnceLock::new();
        if !postgres::present() {
            return false;
        }
        if !installed().1.join("extension/postgis.control").exists() {
            super::super::skip("no PostGIS beside this machine's PostgreSQL");
            return false;
        }
        let (layer, config) = LAYER.get_or_init(|| layer(true));
        self.image(reference, layer, config);
        true
    }
}

/// The folders of the installed server: programs, shared files, libraries.
fn installed() -> (PathBuf, PathBuf, PathBuf) {
    let bin = postgres::bin_dir().expect("asked before");
    let told = |what: &str| {
        let output = Command::new(bin.join("pg_config")).arg(what).output();
        let text = output.ok().filter(|output| output.status.success()).map(|output| output.stdout);
        text.map(|text| PathBuf::from(String::from_utf8_lossy(&text).trim()))
    };
    // Debian's server packages come without `pg_config`, but keep to one arrangement.
    let version = bin.parent().and_then(Path::file_name).unwrap_or_default().to_owned();
    let share = told("--sharedir").unwrap_or_else(|| Path::new("/usr/share/postgresql").join(version));
    let lib = told("--pkglibdir").unwrap_or_else(|| bin.with_file_name("lib"));
    (bin, share, lib)
}

/// The major version of the installed server.
pub(crate) fn major() -> u32 {
    let output = Command::new(postgres::bin_dir().expect("asked before").join("postgres")).arg("-V").output();
    let text = String::from_utf8_lossy(&output.expect("it runs").stdout).into_owned();
    let number = text.split_whitespace().find_map(|word| word.split('.').next()?.parse().ok());
    number.unwrap_or_else(|| panic!("no version: {text}"))
}

fn layer(with_postgis: bool) -> (Layer, Value) {
    let (bin, share, lib) = installed();
    let inside = |path: &Path| path.to_string_lossy().trim_start_matches('/').to_owned();
    let mut layer = Layer::busybox();
    for folder in [&bin, &share, &lib] {
        parents(&mut layer, folder);
    }
    let wanted = |path: &str| is_wanted(path, with_postgis);
    layer.copy_folder(&inside(&bin), &bin, &wanted);
    layer.copy_folder(&inside(&share), &share, &wanted);
    layer.copy_folder(&inside(&lib), &lib, &wanted);
    let data = ["/usr/share/zoneinfo", "/usr/lib/locale/C.utf8", "/usr/share/proj"];
    for from in data.into_iter().map(Path::new).filter(|from| from.is_dir()) {
        if with_postgis || !from.ends_with("proj") {
            parents(&mut layer, from);
            let doubled = |path: &str| path.contains("zoneinfo/right") || path.contains("zoneinfo/posix");
            layer.copy_folder(&inside(from), from, &|path| !doubled(path));
        }
    }
    for (name, at) in [("bash", "bash"), ("setpriv", "setpriv"), ("bash", "sh")] {
        layer.copy(&format!("usr/bin/{at}"), &which::which(name).expect("part of every Linux"));
    }
    layer.folder("docker-entrypoint-initdb.d", 0o755, 0);
    layer.folder("run/postgresql", 0o2775, 999);
    layer.folder("var/lib", 0o755, 0);
    layer.folder("var/lib/postgresql", 0o755, 999);
    layer.folder("var/lib/postgresql/data", 0o700, 999);
    layer.folder("usr/local", 0o755, 0);
    layer.folder("usr/local/bin", 0o755, 0);
    layer.text("usr/local/bin/docker-entrypoint.sh", ENTRYPOINT, 0o755);
    if with_postgis {
        layer.text("docker-entrypoint-initdb.d/10_postgis.sql", POSTGIS, 0o644);
    }
    add_libraries(&mut layer);
    (layer, config(&bin))
}

fn config(bin: &Path) -> Value {
    json!({
        "Env": [
            format!("PATH=/usr/local/bin:{}:/usr/bin:/bin", bin.display()),
            format!("PG_MAJOR={}", major()), "LANG=C.UTF-8", "PGDATA=/var/lib/postgresql/data",
        ],
        "Entrypoint": ["docker-entrypoint.sh"], "Cmd": ["postgres"], "ExposedPorts": { "5432/tcp": {} },
        "Volumes": { "/var/lib/postgresql/data": {} }, "StopSignal": "SIGINT",
    })
}

/// The folders on the way to a folder.
fn parents(layer: &mut Layer, folder: &Path) {
    let ancestors: Vec<&Path> = folder.ancestors().skip(1).filter(|path| path.parent().is_some()).collect();
    for path in ancestors.into_iter().rev() {
        layer.folder(path.to_string_lossy().trim_start_matches('/'), 0o755, 0);
    }
}

/// Left out: what takes place and is not needed to run a project (the just-in-time compiler, rasters with GDAL), and PostGIS where it
/// is not asked for.
fn is_wanted(path: &str, with_postgis: bool) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let large = ["bitcode", "llvmjit", "postgis_raster", "postgis_sfcgal", "man", "plperl", "plpython", "pltcl"];
    if large.iter().any(|start| name.starts_with(start)) {
        return false;
    }
    // Old names of extensions: hundreds of links for upgrades from other versions.
    let upgrade = name.matches("--").count() > 1 || name.contains("--ANY--");
    let geographic = name.contains("postgis") || name.contains("address_standardizer");
    !geographic || (with_postgis && !upgrade)
}

/// Adds the shared libraries that this machine's loader finds for the programs in the layer, and the loader.
fn add_libraries(layer: &mut Layer) {
    let loader =
        ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"].into_iter().find(|path| Path::new(path).exists());
    let loader = loader.expect("a loader of glibc");
    let binaries: Vec<PathBuf> = layer
        .copies()
        .filter(|(path, _)| path.starts_with("usr/bin/") || path.contains("/bin/") || path.ends_with(".so"))
        .map(|(_, from)| from.to_owned())
        .collect();
    let mut found = BTreeSet::new();
    for binary in binaries {
        let listed = Command::new(loader).arg("--list").arg(binary).output().expect("the loader runs");
        let text = String::from_utf8_lossy(&listed.stdout).into_owned();
        found.extend(text.lines().filter_map(|line| Some(line.split_once(" => ")?.1.split(" (").next()?.to_owned())));
    }
    // The folder where the loader looks by itself, and its own place.
    let libraries = format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH);
    layer.folder(&libraries, 0o755, 0);
    for library in found.iter().map(PathBuf::from).filter(|library| library.is_absolute()) {
        let name = library.file_name().expect("a file").to_string_lossy().into_owned();
        layer.copy(&format!("{libraries}/{name}"), &library);
    }
    let name = Path::new(loader).file_name().expect("a file").to_string_lossy().into_owned();
    if loader.starts_with("/lib64") {
        layer.folder("usr/lib64", 0o755, 0);
        layer.link("lib64", "usr/lib64");
        layer.copy(&format!("usr/lib64/{name}"), Path::new(loader));
    } else {
        layer.copy(&format!("usr/lib/{name}"), Path::new(loader));
    }
}
