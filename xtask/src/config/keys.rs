//! Every key of `xtask.toml`: its type, its default and its meaning.

/// One key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its table and its name, joined with a dot.
    pub dotted: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What holds where it is not given.
    pub default: Default,
    /// What it means, for the documentation (Markdown).
    pub meaning: &'static str,
}

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string that is not empty.
    Text,
    /// The path of a file or folder.
    Path,
    /// A URL that may hold a password.
    Url,
    /// A span of time.
    Duration {
        /// Whether it may be zero.
        may_be_zero: bool,
    },
    /// A whole number up to `max`, both included.
    Number {
        /// The greatest one.
        max: u64,
    },
    /// A list of strings.
    List,
    /// A table of strings.
    Map,
    /// One of these words.
    Choice(&'static [&'static str]),
}

/// What holds where a key is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Default {
    /// This value, as TOML.
    Value(&'static str),
    /// What the text says.
    Rule(&'static str),
}

impl Key {
    const fn new(dotted: &'static str, kind: Kind, default: Default, meaning: &'static str) -> Self {
        Self { dotted, kind, default, meaning }
    }

    /// The table it stands in.
    pub fn table(&self) -> &'static str {
        self.dotted.split_once('.').map_or(self.dotted, |(table, _)| table)
    }

    /// Its name inside the table.
    pub fn name(&self) -> &'static str {
        self.dotted.split_once('.').map_or("", |(_, name)| name)
    }
}

impl Kind {
    /// What is expected, as the end of a sentence.
    pub fn expected(self) -> String {
        match self {
            Self::Text | Self::Path => "a string".to_owned(),
            Self::Url => "a URL in quotes: \"postgresql://USER@HOST:5432/DATABASE\"".to_owned(),
            Self::Duration { .. } => "a duration in quotes, such as \"10s\", \"500ms\" or \"1h30m\"".to_owned(),
            Self::Number { max } => format!("a number from 1 to {max}"),
            Self::List => "a list of strings, such as [\"one\", \"two\"]".to_owned(),
            Self::Map => "a table of strings, such as { Name = \"text\" }".to_owned(),
            Self::Choice(words) => format!("one of {}", quoted(words)),
        }
    }

    /// The name of the type in the documentation.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Path => "path",
            Self::Url => "URL",
            Self::Duration { .. } => "duration",
            Self::Number { .. } => "integer",
            Self::List => "list of strings",
            Self::Map => "table of strings",
            Self::Choice(_) => "string",
        }
    }
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}

/// The greatest value of `[views] jobs`: each job is a connection, of which a server has about a hundred.
const MOST_JOBS: u64 = 128;

/// `[compose] file`
pub const COMPOSE_FILE: Key = Key::new(
    "compose.file",
    Kind::Path,
    Default::Rule(
        "the first there is of `compose.yaml`, `compose.yml`, `docker-compose.yml` and \
                   `docker-compose.yaml`, in `compose/` and then beside `xtask.toml`",
    ),
    "The Compose file with the services. Its folder is the project directory of Compose: paths inside it are \
     relative to that.",
);

/// `[compose] env-file`
pub const COMPOSE_ENV_FILE: Key = Key::new(
    "compose.env-file",
    Kind::Path,
    Default::Rule("`.env` beside the Compose file"),
    "Values for the variables of the Compose file, and the place for `DATABASE_URL` and other secrets: keep it out \
     of version control. Variables of the shell win over it.",
);

/// `[compose] env-example`
pub const COMPOSE_ENV_EXAMPLE: Key = Key::new(
    "compose.env-example",
    Kind::Path,
    Default::Rule("`.env.example` beside the Compose file"),
    "What `up` makes the env file from where there is none.",
);

/// `[compose] version`
pub const COMPOSE_VERSION: Key = Key::new(
    "compose.version",
    Kind::Text,
    Default::Rule("that of the `docker compose` of this machine, else 2.40.3"),
    "The version of `docker compose` in whose manner containers are labelled, so that it finds nothing to change in what \
     this tool has made: for a team that mixes the two, and has other versions than this machine.",
);

/// `[services] backend`
pub const SERVICES_BACKEND: Key = Key::new(
    "services.backend",
    Kind::Choice(&["docker", "local"]),
    Default::Rule("`docker` where an engine answers and has or gets the image of the database, else `local`"),
    "What runs the services, for a machine that has not chosen yet: the first `up` or `start-services` does, and the \
     choice is remembered in `.xtask/backend`. `--backend` and the variable `XTASK_BACKEND` win over both.",
);

/// `[services] wait-timeout`
pub const SERVICES_WAIT_TIMEOUT: Key = Key::new(
    "services.wait-timeout",
    Kind::Duration { may_be_zero: false },
    Default::Value("\"5m\""),
    "How long to wait for services to become healthy in Docker. `--wait-timeout` wins over it.",
);

/// `[database] service`
pub const DATABASE_SERVICE: Key = Key::new(
    "database.service",
    Kind::Text,
    Default::Rule("the only service with an image of PostgreSQL; where there are several, `db`"),
    "The service of the Compose file that is the database.",
);

/// `[database] url`
pub const DATABASE_URL: Key = Key::new(
    "database.url",
    Kind::Url,
    Default::Rule("made from the database service"),
    "Connects to this database instead of the service. The environment variable `DATABASE_URL` wins over it. A URL \
     with a password does not belong in a file that is committed: put `DATABASE_URL` into the env file.",
);

/// `[database] version-table-schema`
pub const DATABASE_VERSION_TABLE_SCHEMA: Key = Key::new(
    "database.version-table-schema",
    Kind::Text,
    Default::Rule("the first schema of the server's `search_path`"),
    "The schema of the table `alembic_version`; Alembic calls it `version_table_schema`.",
);

/// `[database] connect-timeout`
pub const DATABASE_CONNECT_TIMEOUT: Key = Key::new(
    "database.connect-timeout",
    Kind::Duration { may_be_zero: false },
    Default::Value("\"10s\""),
    "How long to try to connect before giving up.",
);

/// `[database] lock-wait`
pub const DATABASE_LOCK_WAIT: Key = Key::new(
    "database.lock-wait",
    Kind::Duration { may_be_zero: true },
    Default::Value("\"10m\""),
    "How long to wait for another runner that applies migrations to the same database. `--lock-wait` wins over it.",
);

/// `[database] local-hosts`
pub const DATABASE_LOCAL_HOSTS: Key = Key::new(
    "database.local-hosts",
    Kind::List,
    Default::Value("[]"),
    "Hosts that count as this machine, besides `localhost`, 127.0.0.0/8, `::1` and Unix sockets. A database on any \
     other host is changed only after a question.",
);

/// `[local] bin-dir`
pub const LOCAL_BIN_DIR: Key = Key::new(
    "local.bin-dir",
    Kind::Path,
    Default::Rule("searched: `PATH`, then where this system's packages put it"),
    "The folder with `initdb` and `postgres` for the private server.",
);

/// `[local] data-dir`
pub const LOCAL_DATA_DIR: Key = Key::new(
    "local.data-dir",
    Kind::Path,
    Default::Value("\".xtask/postgres\""),
    "Where the private server keeps its data. `teardown --volumes` removes it.",
);

/// `[local] port`
pub const LOCAL_PORT: Key = Key::new(
    "local.port",
    Kind::Number { max: 65535 },
    Default::Rule("the port that the Compose file publishes"),
    "Where the private server listens.",
);

/// `[migrations] dir`
pub const MIGRATIONS_DIR: Key = Key::new(
    "migrations.dir",
    Kind::Path,
    Default::Value("\"migrations\""),
    "The folder with the revisions, a pair of `.up.sql` and `.down.sql` each.",
);

/// `[models] dir`
pub const MODELS_DIR: Key =
    Key::new("models.dir", Kind::Path, Default::Value("\"models\""), "The folder with the SQLModel classes.");

/// `[models] roots`
pub const MODELS_ROOTS: Key = Key::new(
    "models.roots",
    Kind::List,
    Default::Rule("the folder above the top package of `dir`"),
    "The folders that absolute imports of the models start from, as in `PYTHONPATH`. For `src/app/models` imported as \
     `app.models` it is `src`. A package outside of the project that brings columns can be added here.",
);

/// `[models] modules`
pub const MODELS_MODULES: Key = Key::new(
    "models.modules",
    Kind::List,
    Default::Rule("every module below `dir`"),
    "The modules that define tables, by their import paths: `[\"app.models\"]`. What they import is read, too. `dir` is \
     then not read.",
);

/// `[models] types`
pub const MODELS_TYPES: Key = Key::new(
    "models.types",
    Kind::Map,
    Default::Value("{}"),
    "What types are on the server that cannot be read: the name of the class, with or without its module, and the type \
     in PostgreSQL's words.",
);

/// `[models] sqlmodel`
pub const MODELS_SQLMODEL: Key = Key::new(
    "models.sqlmodel",
    Kind::Text,
    Default::Rule(
        "as pinned in `uv.lock`, `pixi.lock`, `poetry.lock`, `pdm.lock` or `requirements.txt`, else the newest",
    ),
    "The version of SQLModel, where what models mean depends on it.",
);

/// `[models] sqlalchemy`
pub const MODELS_SQLALCHEMY: Key = Key::new(
    "models.sqlalchemy",
    Kind::Text,
    Default::Rule("as pinned in the same files, else the newest"),
    "The version of SQLAlchemy, where what models mean depends on it.",
);

/// `[models] python`
pub const MODELS_PYTHON: Key = Key::new(
    "models.python",
    Kind::Text,
    Default::Rule(
        "that of the active environment (`VIRTUAL_ENV`, `CONDA_PREFIX`), of `.venv`, `.pixi/envs/default` or `venv`, else `python3`",
    ),
    "The Python interpreter for `--python`, or the folder of its environment: a path, or a program on `PATH`. Without `--python` no \
     Python is run.",
);

/// `[models] source`
pub const MODELS_SOURCE: Key = Key::new(
    "models.source",
    Kind::Choice(&["python", "sql"]),
    Default::Value("\"python\""),
    "What states the wanted schema: SQLModel and SQLAlchemy classes, or `.sql` files with the statements that create it, \
     which are run in the order of their paths.",
);

/// `[models] files`
pub const MODELS_FILES: Key = Key::new(
    "models.files",
    Kind::List,
    Default::Value("[]"),
    "`.sql` files, and folders of them, that state what models cannot: functions, triggers, policies, domains, grants and so on.",
);

/// `[autogenerate] exclude`
pub const AUTOGENERATE_EXCLUDE: Key = Key::new(
    "autogenerate.exclude",
    Kind::List,
    Default::Value("[]"),
    "What in the database is none of the project's business, and is neither compared nor printed: `schema.name`, `name` in any \
     schema, `schema.*` for a schema and all in it; `*` stands for any letters. Objects of extensions, the schema \
     `xtask` and the table `alembic_version` are left out in any case.",
);

/// `[views] dir`
pub const VIEWS_DIR: Key = Key::new(
    "views.dir",
    Kind::Path,
    Default::Value("\"views\""),
    "The folder with the materialised views, one `.sql` file each.",
);

/// `[views] jobs`
pub const VIEWS_JOBS: Key = Key::new(
    "views.jobs",
    Kind::Number { max: MOST_JOBS },
    Default::Value("4"),
    "How many views `refresh-views` refreshes at the same time, each on a connection of its own. `--jobs` wins.",
);

/// `[seed] files`
pub const SEED_FILES: Key = Key::new(
    "seed.files",
    Kind::List,
    Default::Value("[\"seed/*.sql\"]"),
    "SQL files that `seed` loads: paths or patterns, in this order; the files of one pattern by their names.",
);

/// All keys, in the order of the documentation.
pub const ALL: [Key; 29] = [
    COMPOSE_FILE,
    COMPOSE_ENV_FILE,
    COMPOSE_ENV_EXAMPLE,
    COMPOSE_VERSION,
    SERVICES_BACKEND,
    SERVICES_WAIT_TIMEOUT,
    DATABASE_SERVICE,
    DATABASE_URL,
    DATABASE_VERSION_TABLE_SCHEMA,
    DATABASE_CONNECT_TIMEOUT,
    DATABASE_LOCK_WAIT,
    DATABASE_LOCAL_HOSTS,
    LOCAL_BIN_DIR,
    LOCAL_DATA_DIR,
    LOCAL_PORT,
    MIGRATIONS_DIR,
    MODELS_DIR,
    MODELS_ROOTS,
    MODELS_MODULES,
    MODELS_TYPES,
    MODELS_SQLMODEL,
    MODELS_SQLALCHEMY,
    MODELS_PYTHON,
    MODELS_SOURCE,
    MODELS_FILES,
    AUTOGENERATE_EXCLUDE,
    VIEWS_DIR,
    VIEWS_JOBS,
    SEED_FILES,
];

/// The tables with what they are about, in the order of the documentation.
pub const TABLES: [(&str, &str); 9] = [
    ("compose", "The Compose file."),
    ("services", "How the services run."),
    ("database", "The connection."),
    (
        "local",
        "The private PostgreSQL of the project, which stands in for the database service on the backend `local`.",
    ),
    ("migrations", "The revisions."),
    ("models", "The models."),
    ("autogenerate", "Comparing models and database."),
    ("views", "The materialised views."),
    ("seed", "Sample rows."),
];
