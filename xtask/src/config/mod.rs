//! `xtask.toml`: where a project keeps its things. Text in, [`Config`] out.
//!
//! [`keys`] is the one list of keys: reading, suggestions and `docs/configuration.md` follow from it.

mod backend;
mod error;
pub mod keys;
mod read;
mod reference;

use std::collections::BTreeMap;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

pub use backend::Backend;
pub use error::ConfigError;
pub use reference::reference;

use crate::diagnostic::Place;
use crate::secret::Secret;
use keys::Key;

/// The name of the file.
pub const FILE_NAME: &str = "xtask.toml";

/// Where a Compose file is looked for if `[compose] file` is not given: in `compose/` and then beside
/// `xtask.toml`, under the names that compose knows, in its order.
pub const COMPOSE_FILES: [&str; 8] = [
    "compose/compose.yaml",
    "compose/compose.yml",
    "compose/docker-compose.yml",
    "compose/docker-compose.yaml",
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
];

/// What `xtask.toml` says, with defaults for what it does not say. Relative paths are relative to its folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `[compose]`
    pub compose: Compose,
    /// `[services]`
    pub services: Services,
    /// `[database]`
    pub database: Database,
    /// `[local]`
    pub local: Local,
    /// `[migrations]`
    pub migrations: Migrations,
    /// `[models]`
    pub models: Models,
    /// `[views]`
    pub views: Views,
    /// `[autogenerate]`
    pub autogenerate: Autogenerate,
    /// `[seed]`
    pub seed: Seed,
    places: BTreeMap<&'static str, Place>,
}

/// `[compose]`: the services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compose {
    /// `file`: the Compose file; where it is not given, [`COMPOSE_FILES`] are looked for.
    pub file: Option<Utf8PathBuf>,
    /// `env-file`: values for its variables; by default `.env` beside it.
    pub env_file: Option<Utf8PathBuf>,
    /// `env-example`: what `up` makes the env file from; by default `.env.example` beside it.
    pub env_example: Option<Utf8PathBuf>,
    /// `version`: the version of compose in whose manner things are written.
    pub version: Option<String>,
}

/// `[services]`: how they run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Services {
    /// `backend`: what runs them, where this machine has not chosen yet.
    pub backend: Option<Backend>,
    /// `wait-timeout`: how long to wait for services to become healthy.
    pub wait_timeout: Duration,
}

/// `[database]`: the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Database {
    /// `service`: the service of the Compose file that is the database. Where it is not given, it is the only
    /// service with an image of PostgreSQL, else `db`.
    pub service: Option<String>,
    /// `url`: connects to this database instead.
    pub url: Option<Secret>,
    /// `version-table-schema`: the schema of `alembic_version`; by default the first one of the `search_path`.
    pub version_table_schema: Option<String>,
    /// `connect-timeout`: how long to try to connect.
    pub connect_timeout: Duration,
    /// `lock-wait`: how long to wait for another runner.
    pub lock_wait: Duration,
    /// `local-hosts`: hosts that are treated as this machine besides the loopback addresses.
    pub local_hosts: Vec<String>,
}

/// `[local]`: the private PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// `bin-dir`: the folder of `initdb` and `postgres`; by default they are searched.
    pub bin_dir: Option<Utf8PathBuf>,
    /// `data-dir`: where its data is kept.
    pub data_dir: Utf8PathBuf,
    /// `port`: where it listens; by default the port that the Compose file publishes.
    pub port: Option<u16>,
}

/// `[migrations]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrations {
    /// `dir`: the folder of the revisions.
    pub dir: Utf8PathBuf,
}

/// `[models]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Models {
    /// `dir`: the folder of the SQLModel classes.
    pub dir: Utf8PathBuf,
    /// `roots`: the folders that absolute imports start from; by default the one above the top package of `dir`.
    pub roots: Vec<Utf8PathBuf>,
    /// `modules`: the import paths of the modules that define tables; by default all below `dir`.
    pub modules: Vec<String>,
    /// `types`: what types are on the server, by the names of their classes.
    pub types: BTreeMap<String, String>,
    /// `sqlmodel`: its version; by default that of the lock file.
    pub sqlmodel: Option<String>,
    /// `sqlalchemy`: its version; by default that of the lock file.
    pub sqlalchemy: Option<String>,
    /// `python`: the interpreter that imports the models where that is asked for.
    pub python: Option<String>,
    /// `source`: what states the wanted schema.
    pub source: ModelSource,
    /// `files`: `.sql` files and folders of them that state what models and views cannot.
    pub files: Vec<Utf8PathBuf>,
}

/// What states the wanted schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelSource {
    /// Classes of SQLModel or SQLAlchemy.
    Python,
    /// `.sql` files.
    Sql,
}

/// `[views]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Views {
    /// `dir`: the folder of the materialised views.
    pub dir: Utf8PathBuf,
    /// `jobs`: how many views are refreshed at the same time.
    pub jobs: usize,
}

/// `[autogenerate]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Autogenerate {
    /// `exclude`: what in the database is none of the project's business.
    pub exclude: Vec<String>,
}

/// `[seed]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seed {
    /// `files`: paths or patterns of SQL files, loaded in this order.
    pub files: Vec<String>,
}

impl Default for Config {
    /// What holds without an `xtask.toml`.
    fn default() -> Self {
        Self::parse(FILE_NAME, "").0
    }
}

impl Config {
    /// Reads the text of an `xtask.toml`, and finds everything that is wrong with it at once. What is wrong has
    /// its default in the result.
    pub fn parse(path: impl AsRef<Utf8Path>, text: &str) -> (Self, Vec<ConfigError>) {
        let (settings, errors) = read::read(path.as_ref(), text);
        let config = Self {
            compose: Compose {
                file: settings.path(&keys::COMPOSE_FILE),
                env_file: settings.path(&keys::COMPOSE_ENV_FILE),
                env_example: settings.path(&keys::COMPOSE_ENV_EXAMPLE),
                version: settings.text(&keys::COMPOSE_VERSION),
            },
            services: Services {
                backend: settings.text(&keys::SERVICES_BACKEND).and_then(|name| Backend::named(&name)),
                wait_timeout: settings.duration(&keys::SERVICES_WAIT_TIMEOUT),
            },
            database: Database {
                service: settings.text(&keys::DATABASE_SERVICE),
                url: settings.text(&keys::DATABASE_URL).map(Secret::new),
                version_table_schema: settings.text(&keys::DATABASE_VERSION_TABLE_SCHEMA),
                connect_timeout: settings.duration(&keys::DATABASE_CONNECT_TIMEOUT),
                lock_wait: settings.duration(&keys::DATABASE_LOCK_WAIT),
                local_hosts: settings.list(&keys::DATABASE_LOCAL_HOSTS),
            },
            local: Local {
                bin_dir: settings.path(&keys::LOCAL_BIN_DIR),
                data_dir: settings.path(&keys::LOCAL_DATA_DIR).unwrap_or_default(),
                port: settings.number(&keys::LOCAL_PORT).and_then(|port| u16::try_from(port).ok()),
            },
            migrations: Migrations { dir: settings.path(&keys::MIGRATIONS_DIR).unwrap_or_default() },
            models: Models {
                dir: settings.path(&keys::MODELS_DIR).unwrap_or_default(),
                roots: settings.list(&keys::MODELS_ROOTS).into_iter().map(Utf8PathBuf::from).collect(),
                modules: settings.list(&keys::MODELS_MODULES),
                types: settings.map(&keys::MODELS_TYPES),
                sqlmodel: settings.text(&keys::MODELS_SQLMODEL),
                sqlalchemy: settings.text(&keys::MODELS_SQLALCHEMY),
                python: settings.text(&keys::MODELS_PYTHON),
                source: match settings.text(&keys::MODELS_SOURCE).as_deref() {
                    Some("sql") => ModelSource::Sql,
                    _ => ModelSource::Python,
                },
                files: settings.list(&keys::MODELS_FILES).into_iter().map(Utf8PathBuf::from).collect(),
            },
            views: Views {
                dir: settings.path(&keys::VIEWS_DIR).unwrap_or_default(),
                jobs: settings.number(&keys::VIEWS_JOBS).and_then(|jobs| usize::try_from(jobs).ok()).unwrap_or(1),
            },
            autogenerate: Autogenerate { exclude: settings.list(&keys::AUTOGENERATE_EXCLUDE) },
            seed: Seed { files: settings.list(&keys::SEED_FILES) },
            places: settings.places(),
        };
        (config, errors)
    }

    /// Where the file gives this key; `None` where it does not.
    pub fn place(&self, key: &Key) -> Option<&Place> {
        self.places.get(key.dotted)
    }

    /// The env file of a project with this Compose file.
    pub fn env_file(&self, compose_file: &Utf8Path) -> Utf8PathBuf {
        self.compose.env_file.clone().unwrap_or_else(|| beside(compose_file, ".env"))
    }

    /// What the env file is made from, for a project with this Compose file.
    pub fn env_example(&self, compose_file: &Utf8Path) -> Utf8PathBuf {
        self.compose.env_example.clone().unwrap_or_else(|| beside(compose_file, ".env.example"))
    }
}

fn beside(file: &Utf8Path, name: &str) -> Utf8PathBuf {
    file.parent().unwrap_or(Utf8Path::new("")).join(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnose;

    fn config(text: &str) -> Config {
        let (config, errors) = Config::parse(FILE_NAME, text);
        assert!(errors.is_empty(), "{errors:?}");
        config
    }

    /// The errors, as `line:column code title / evidence / advice`.
    fn errors(text: &str) -> Vec<String> {
        let (_, errors) = Config::parse(FILE_NAME, text);
        let line = |error: &ConfigError| {
            let found = error.diagnose();
            let place = &found.places[0];
            let next: Vec<_> = found.next.iter().map(|step| step.what.as_str()).collect();
            format!("{}:{} {} {} / {}", place.line, place.column, found.code.as_str(), found.title, next.join("; "))
        };
        errors.iter().map(line).collect()
    }

    #[test]
    fn an_empty_file_has_the_defaults() {
        let config = config("");
        assert_eq!(config, Config::default());
        assert_eq!(config.database.lock_wait, Duration::from_secs(600));
        assert_eq!(config.local.data_dir, ".xtask/postgres");
        assert_eq!((config.migrations.dir.as_str(), config.views.jobs), ("migrations", 4));
        assert_eq!(config.seed.files, ["seed/*.sql"]);
        assert_eq!(config.compose.file, None);
        assert_eq!((config.services.backend, config.services.wait_timeout), (None, Duration::from_secs(300)));
        assert_eq!(config.env_file(Utf8Path::new("compose/compose.yaml")), "compose/.env");
        assert_eq!(config.env_example(Utf8Path::new("compose.yaml")), ".env.example");
    }

    #[test]
    fn every_key_is_read() {
        let config = config(
            r#"
            compose = { file = "c.yaml", env-file = "e", env-example = "x", version = "2.30.0" }
            [database]
            service = "pg"
            url = "postgres://h"
            version-table-schema = "app"
            connect-timeout = "500ms"
            lock-wait = "1h30m"
            local-hosts = ["devbox"]
            [local]
            bin-dir = "/opt/pg/bin"
            data-dir = "data"
            port = 5433
            [migrations]
            dir = "m"
            [models]
            dir = "o"
            roots = ["src"]
            modules = ["app.models"]
            sqlmodel = "0.0.44"
            sqlalchemy = "2.0"
            python = ".venv"
            source = "sql"
            files = ["database", "roles.sql"]
            [models.types]
            "app.types.Money" = "numeric(12, 2)"
            [views]
            dir = "v"
            jobs = 2
            [services]
            backend = "docker"
            wait-timeout = "90s"
            [autogenerate]
            exclude = ["public.spatial_ref_sys"]
            [seed]
            files = []
            "#,
        );
        assert!(keys::ALL.iter().all(|key| config.place(key).is_some()));
        assert_eq!(config.env_file(Utf8Path::new("c.yaml")), "e");
        assert_eq!(config.database.connect_timeout, Duration::from_millis(500));
        assert_eq!(config.database.lock_wait, Duration::from_secs(5400));
        assert_eq!((config.local.port, config.views.jobs), (Some(5433), 2));
        assert_eq!(config.models.source, ModelSource::Sql);
        assert_eq!(config.models.files, ["database", "roles.sql"]);
        assert!(config.seed.files.is_empty());
        assert_eq!(config.models.python.as_deref(), Some(".venv"));
        assert_eq!(config.models.types["app.types.Money"], "numeric(12, 2)");
        let line = config.place(&keys::LOCAL_PORT).map(Place::display);
        assert_eq!(line.as_deref(), Some("xtask.toml:13:20"));
    }

    #[test]
    fn unknown_keys_are_refused_with_the_nearest_one() {
        assert_eq!(
            errors("[databse]\nx = 1\n[database]\nlock_wait = \"1s\"\n[views]\ncolour = 1\nlock-wait = \"1s\"\n"),
            [
                "1:2 config-unknown-key xtask.toml has no table `databse` / Write `database`",
                "4:1 config-unknown-key `[database]` has no key `lock_wait` / Write `lock-wait`",
                "6:1 config-unknown-key `[views]` has no key `colour` / Use one of dir, jobs",
                "7:1 config-unknown-key `[views]` has no key `lock-wait` / Write it under `[database]`",
            ]
        );
        assert_eq!(
            errors("jobs = 4\nzzz = 1\n"),
            [
                "1:1 config-unknown-key xtask.toml has no key `jobs` outside a table / Write it under `[views]`",
                "2:1 config-unknown-key xtask.toml has no table `zzz` / \
                 Use one of compose, services, database, local, migrations, models, autogenerate, views, seed",
            ]
        );
    }

    #[test]
    fn wrong_values_are_refused_with_what_is_expected() {
        assert_eq!(
            errors(
                "models = 1\n[database]\nlock-wait = 10\nconnect-timeout = \"0s\"\nlocal-hosts = [1, \"a\"]\n\
                 service = \"\"\n[local]\nport = 70000\n[views]\njobs = \"4\"\ndir = true\n"
            ),
            [
                "1:10 config-wrong-type `models` is an integer / Write a table: [models]",
                "3:13 config-wrong-type `database.lock-wait` is an integer / \
                 Write a duration in quotes, such as \"10s\", \"500ms\" or \"1h30m\"",
                "4:19 config-bad-value `database.connect-timeout` cannot be 0s / Write a duration above zero",
                "5:15 config-wrong-type `database.local-hosts` has an integer in it / \
                 Write a list of strings, such as [\"one\", \"two\"]",
                "6:11 config-bad-value `database.service` cannot be empty / Write a string, or leave the key out",
                "8:8 config-bad-value `local.port` cannot be 70000 / Write a number from 1 to 65535",
                "10:8 config-wrong-type `views.jobs` is a string / Write a number from 1 to 128",
                "11:7 config-wrong-type `views.dir` is a boolean / Write a string",
            ]
        );
        for bad in ["10 parsecs", "-5s", "999999h", ""] {
            let found = errors(&format!("[database]\nlock-wait = \"{bad}\"\n"));
            assert!(found[0].starts_with("2:13 config-bad-value"), "{found:?}");
        }
    }

    #[test]
    fn broken_syntax_is_told_with_its_place() {
        let found = errors("[database\nservice = \"db\"\n[views]\njobs = = 4\n");
        assert!(found.len() >= 2 && found.iter().all(|error| error.contains("config-syntax")), "{found:?}");
        assert!(found[0].starts_with("1:"), "{found:?}");
    }

    #[test]
    fn the_url_is_not_shown() {
        let config = config("[database]\nurl = \"postgres://me:hunter2@h/db\"\n");
        assert!(!format!("{config:?}").contains("hunter2"));
        assert_eq!(config.database.url.map(|url| url.expose().len()), Some(26));
        let (_, errors) = Config::parse(FILE_NAME, "[database]\nurl = \"postgres://me:hunter2@h\n");
        assert!(errors[0].place().line == 2 && errors[0].place().excerpt.is_none(), "{errors:?}");
    }
}
