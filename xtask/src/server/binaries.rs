//! Finding the server's binaries.

use std::collections::HashSet;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

use super::{ServerError, fetch};
use crate::tools;

/// The binaries of one PostgreSQL server on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// The directory that holds `initdb`, `postgres` and `pg_ctl`.
    pub bin: Utf8PathBuf,
    /// The major version: 15.
    pub major: u32,
    /// Whether this tool fetched it; else it was installed on this machine.
    pub fetched: bool,
}

/// Directories that hold one directory a version: the parent, what comes before the version, and the way from there
/// to the binaries. From the packages of Debian, Red Hat and PGDG, SUSE, Alpine, Gentoo, Homebrew, MacPorts,
/// Postgres.app and the installers of EDB.
const PLACES: [(&str, &str, &str); 12] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/usr/lib", "postgresql", "bin"),
    ("/usr/lib64", "postgresql-", "bin"),
    ("/usr/libexec", "postgresql", ""),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql@", "bin"),
    ("/opt/local/lib", "postgresql", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    ("/Library/PostgreSQL", "", "bin"),
    (r"C:\Program Files\PostgreSQL", "", "bin"),
];

impl Installation {
    /// The path of one of its programs.
    pub fn program(&self, name: &str) -> Utf8PathBuf {
        self.bin.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// The installation in a directory, where there is a whole one.
    fn at(dir: &Utf8Path, fetched: bool) -> Option<Self> {
        // `PATH` often holds links, and the programs find the rest of the installation from their real place.
        let real = Utf8PathBuf::from_path_buf(dir.join(file("postgres")).canonicalize().ok()?).ok()?;
        let real = real.parent()?.to_owned();
        let whole = |dir: &Utf8Path| ["initdb", "postgres", "pg_ctl"].iter().all(|name| dir.join(file(name)).is_file());
        let bin = [real, dir.to_owned()].into_iter().find(|dir| whole(dir))?;
        let major = major_in_path(&bin).or_else(|| ask_major(&bin.join(file("postgres"))))?;
        Some(Self { bin, major, fetched })
    }
}

/// Every installation of this machine, the best first: of the wanted version, then the newest; those that are
/// installed before those that were fetched. An explicit directory is the only one.
pub(super) fn installations(
    explicit: Option<&Utf8Path>,
    dists: &[Utf8PathBuf],
    wanted: Option<u32>,
) -> Result<Vec<Installation>, ServerError> {
    if let Some(dir) = explicit {
        let installation = Installation::at(dir, fetch::is_fetched(dir));
        return installation.map(|one| vec![one]).ok_or_else(|| ServerError::BinDirInvalid { dir: dir.to_owned() });
    }
    let installed = on_path().into_iter().chain(usual_places()).map(|dir| (dir, false));
    let fetched = dists.iter().flat_map(|dist| fetch::bin_dirs(dist)).map(|dir| (dir, true));
    let mut seen = HashSet::new();
    let mut found: Vec<Installation> = installed
        .chain(fetched)
        .filter_map(|(dir, fetched)| Installation::at(&dir, fetched))
        .filter(|installation| seen.insert(installation.bin.clone()))
        .collect();
    // The sort keeps the order of equals: `PATH` before the usual places.
    found.sort_by_key(|one| (Some(one.major) != wanted, one.fetched, std::cmp::Reverse(one.major)));
    Ok(found)
}

fn on_path() -> Option<Utf8PathBuf> {
    Some(tools::find("initdb").or_else(|| tools::find("postgres"))?.parent()?.to_owned())
}

fn usual_places() -> Vec<Utf8PathBuf> {
    let versions = PLACES.iter().flat_map(|(parent, before, rest)| {
        let entries = Utf8Path::new(parent).read_dir_utf8().into_iter().flatten().flatten();
        entries.filter_map(move |entry| {
            let version = entry.file_name().strip_prefix(before)?;
            version.parse::<f32>().ok()?;
            Some(if rest.is_empty() { entry.into_path() } else { entry.path().join(rest) })
        })
    });
    versions.collect()
}

fn file(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}

/// The version that the directories of packages carry in their names: asking the program costs a process.
fn major_in_path(bin: &Utf8Path) -> Option<u32> {
    let parent = if bin.file_name() == Some("bin") { bin.parent()? } else { bin };
    let name = parent.file_name()?;
    let digits =
        ["postgresql@", "postgresql-", "postgresql", "pgsql-", ""].iter().find_map(|p| name.strip_prefix(p))?;
    digits.parse().ok().filter(|major| (9..1000).contains(major))
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`, `postgres (PostgreSQL) 19beta1`.
fn ask_major(postgres: &Utf8Path) -> Option<u32> {
    let finished = tools::run(Command::new(postgres).arg("--version")).ok()?;
    let version = finished.stdout.split_once("(PostgreSQL) ")?.1;
    version.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_directories_name_the_version() {
        for (dir, major) in [
            ("/usr/lib/postgresql/15/bin", Some(15)),
            ("/usr/pgsql-17/bin", Some(17)),
            ("/opt/homebrew/opt/postgresql@16/bin", Some(16)),
            ("/usr/libexec/postgresql15", Some(15)),
            ("/Applications/Postgres.app/Contents/Versions/18/bin", Some(18)),
            ("/usr/bin", None),
            ("/opt/homebrew/Cellar/postgresql@16/16.4/bin", None),
        ] {
            assert_eq!(major_in_path(Utf8Path::new(dir)), major, "{dir}");
        }
    }

    #[test]
    fn an_explicit_directory_without_binaries_is_refused() {
        let dir = tempfile::tempdir().expect("a directory");
        let dir = Utf8Path::from_path(dir.path()).expect("UTF-8");
        let error = installations(Some(dir), &[], None).expect_err("nothing is there");
        assert!(matches!(error, ServerError::BinDirInvalid { .. }), "{error}");
    }
}
