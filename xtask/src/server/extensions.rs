//! Extensions that this server lacks, with what brings them.

use std::process::Command;

use camino::Utf8PathBuf;

use super::{Installation, LocalServer, ServerError};
use crate::tools::{self, PackageManager};

/// An extension that the server cannot create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Its name, as in `CREATE EXTENSION`.
    pub name: String,
    /// The package of this system that brings it, where we know one.
    pub package: Option<String>,
    /// The command that installs the package.
    pub command: Option<String>,
}

/// Extensions whose package has another name than they have: the name, and what stands in the package name of Debian,
/// of Red Hat (PGDG), and of Homebrew. An empty name: there is no such package.
const PACKAGES: [(&str, &str, &str, &str); 32] = [
    ("address_standardizer", "postgis-3", "postgis35", "postgis"),
    ("address_standardizer_data_us", "postgis-3", "postgis35", "postgis"),
    ("h3", "h3", "h3-pg", ""),
    ("h3_postgis", "h3", "h3-pg", ""),
    ("hll", "hll", "hll", ""),
    ("hypopg", "hypopg", "hypopg", ""),
    ("ip4r", "ip4r", "ip4r", ""),
    ("ogr_fdw", "ogr-fdw", "ogr_fdw", ""),
    ("orafce", "orafce", "orafce", ""),
    ("periods", "periods", "periods", ""),
    ("pg_cron", "cron", "pg_cron", "pg_cron"),
    ("pg_hint_plan", "pg-hint-plan", "pg_hint_plan", ""),
    ("pg_partman", "partman", "pg_partman", "pg_partman"),
    ("pg_repack", "repack", "pg_repack", ""),
    ("pg_similarity", "similarity", "", ""),
    ("pgaudit", "pgaudit", "pgaudit", ""),
    ("pgrouting", "pgrouting", "pgrouting", "pgrouting"),
    ("pgtap", "pgtap", "pgtap", ""),
    ("plpgsql_check", "plpgsql-check", "plpgsql_check", ""),
    ("plr", "plr", "plr", ""),
    ("pointcloud", "pointcloud", "pointcloud", ""),
    ("pointcloud_postgis", "pointcloud", "pointcloud", ""),
    ("postgis", "postgis-3", "postgis35", "postgis"),
    ("postgis_raster", "postgis-3", "postgis35", "postgis"),
    ("postgis_sfcgal", "postgis-3", "postgis35", "postgis"),
    ("postgis_tiger_geocoder", "postgis-3", "postgis35", "postgis"),
    ("postgis_topology", "postgis-3", "postgis35", "postgis"),
    ("rum", "rum", "rum", ""),
    ("semver", "semver", "semver", ""),
    ("timescaledb", "timescaledb", "timescaledb", "timescaledb"),
    ("unit", "unit", "postgresql-unit", ""),
    ("vector", "pgvector", "pgvector", "pgvector"),
];

/// The modules of PostgreSQL's own `contrib` directory that are extensions, languages apart. Debian and Homebrew have
/// them in the server's package, others in one beside it.
const CONTRIB: [&str; 46] = [
    "adminpack",
    "amcheck",
    "autoinc",
    "bloom",
    "btree_gin",
    "btree_gist",
    "citext",
    "cube",
    "dblink",
    "dict_int",
    "dict_xsyn",
    "earthdistance",
    "file_fdw",
    "fuzzystrmatch",
    "hstore",
    "insert_username",
    "intagg",
    "intarray",
    "isn",
    "lo",
    "ltree",
    "moddatetime",
    "old_snapshot",
    "pageinspect",
    "pg_buffercache",
    "pg_freespacemap",
    "pg_logicalinspect",
    "pg_prewarm",
    "pg_stat_statements",
    "pg_surgery",
    "pg_trgm",
    "pg_visibility",
    "pg_walinspect",
    "pgcrypto",
    "pgrowlocks",
    "pgstattuple",
    "postgres_fdw",
    "refint",
    "seg",
    "sslinfo",
    "tablefunc",
    "tcn",
    "tsm_system_rows",
    "tsm_system_time",
    "unaccent",
    "uuid-ossp",
];

impl LocalServer {
    /// Which of these extensions the server cannot create, because it has no control file for them.
    ///
    /// # Errors
    /// Where there are no server binaries.
    pub fn missing_extensions(&self, names: &[String]) -> Result<Vec<Missing>, ServerError> {
        let installation = self.installation(self.major()?)?;
        let share = share_dir(&installation);
        let manager = PackageManager::detect();
        let missing = names.iter().filter(|name| {
            let has = |share: &Utf8PathBuf| share.join("extension").join(format!("{name}.control")).is_file();
            !share.iter().any(has)
        });
        let describe = |name: &String| {
            // What was fetched is sealed: no package of the system puts anything into it.
            let manager = manager.filter(|_| !installation.fetched);
            let package = manager.and_then(|manager| package(name, installation.major, manager));
            let command = manager.zip(package.as_deref()).map(|(manager, package)| manager.install(&[package]));
            Missing { name: name.clone(), package, command }
        };
        Ok(missing.map(describe).collect())
    }
}

/// Where the control files are: what `pg_config` says, and what the layout of the installation suggests (some
/// distributions have `pg_config` in a package for developers).
fn share_dir(installation: &Installation) -> Vec<Utf8PathBuf> {
    let asked = tools::run(Command::new(installation.program("pg_config")).arg("--sharedir"));
    let asked = asked.ok().filter(tools::Finished::success).map(|finished| finished.stdout.trim().into());
    let root = installation.bin.parent().unwrap_or(&installation.bin);
    let near = ["share", "share/postgresql"].map(|dir| root.join(dir));
    let debian = Utf8PathBuf::from(format!("/usr/share/postgresql/{}", installation.major));
    let by_layout = near.into_iter().chain(installation.bin.starts_with("/usr/lib/postgresql").then_some(debian));
    asked.into_iter().chain(by_layout).collect()
}

fn package(name: &str, major: u32, manager: PackageManager) -> Option<String> {
    if let Some(language) = name.strip_prefix("pl").filter(|_| !name.starts_with("plpgsql") && name != "plr") {
        return language_package(language, major, manager);
    }
    if CONTRIB.contains(&name) {
        return match manager {
            PackageManager::Apt => Some(format!("postgresql-{major}")),
            PackageManager::Dnf | PackageManager::Zypper => Some("postgresql-contrib".to_owned()),
            PackageManager::Apk => Some(format!("postgresql{major}-contrib")),
            PackageManager::Pacman | PackageManager::Brew | PackageManager::Winget => None,
        };
    }
    let &(_, debian, red_hat, homebrew) = PACKAGES.iter().find(|(extension, ..)| *extension == name)?;
    match manager {
        PackageManager::Apt => Some(format!("postgresql-{major}-{debian}")),
        PackageManager::Dnf if !red_hat.is_empty() => Some(format!("{red_hat}_{major}")),
        PackageManager::Brew if !homebrew.is_empty() => Some(homebrew.to_owned()),
        PackageManager::Pacman if ["postgis-3", "pgvector"].contains(&debian) => Some(debian.replace("-3", "")),
        PackageManager::Apk if debian == "postgis-3" => Some("postgis".to_owned()),
        PackageManager::Apk if debian == "pgvector" => Some("postgresql-pgvector".to_owned()),
        _ => None,
    }
}

/// `plpython3u` is of `plpython3`; the trusted and the untrusted variant of a language come together.
fn language_package(language: &str, major: u32, manager: PackageManager) -> Option<String> {
    let language = ["python3", "perl", "tcl"].into_iter().find(|known| language.starts_with(known))?;
    match manager {
        PackageManager::Apt => Some(format!("postgresql-pl{language}-{major}")),
        PackageManager::Dnf | PackageManager::Zypper => Some(format!("postgresql-pl{language}")),
        PackageManager::Apk => Some(format!("postgresql{major}-pl{language}")),
        PackageManager::Pacman | PackageManager::Brew | PackageManager::Winget => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_named_as_each_system_names_them() {
        use PackageManager::{Apk, Apt, Brew, Dnf};
        for (name, manager, expected) in [
            ("postgis", Apt, Some("postgresql-15-postgis-3")),
            ("postgis_topology", Dnf, Some("postgis35_15")),
            ("vector", Apt, Some("postgresql-15-pgvector")),
            ("vector", Brew, Some("pgvector")),
            ("pg_trgm", Dnf, Some("postgresql-contrib")),
            ("hstore", Apk, Some("postgresql15-contrib")),
            ("plpython3u", Apt, Some("postgresql-plpython3-15")),
            ("plr", Apt, Some("postgresql-15-plr")),
            ("plpgsql_check", Apt, Some("postgresql-15-plpgsql-check")),
            ("hll", Brew, None),
            ("our_own", Apt, None),
        ] {
            assert_eq!(package(name, 15, manager).as_deref(), expected, "{name}");
        }
    }
}
