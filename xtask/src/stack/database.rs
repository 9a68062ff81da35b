//! The database service of a Compose file: what a server must be like to stand in for it.

use camino::{Utf8Path, Utf8PathBuf};

use super::dialect::Dialect;
use super::dotenv::Values;
use super::file_object::Content;
use super::image::Image;
use super::located::Located;
use super::ports::HostPort;
use super::published::Address;
use super::server_settings::ServerSettings;
use super::service::Service;
use super::url::{DEFAULT_PORT, DatabaseUrl};
use super::volumes::Mount;
use super::{ReadFile, Stack, StackError, Variables, shellwords};
use crate::diagnostic::Place;
use crate::secret::Secret;

/// The name that a database service has most often.
const USUAL_NAME: &str = "db";

/// Where the public images look for scripts to run on a new database.
const INIT_FOLDER: &str = "/docker-entrypoint-initdb.d";

/// A database as a service asks for it, with the defaults of the public image `postgres`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseService {
    /// The service.
    pub service: String,
    /// Where it stands in the Compose file.
    pub place: Place,
    /// Its image; `None` where it is built.
    pub image: Option<Image>,
    /// The major version of PostgreSQL, as far as the image's tag tells.
    pub major: Option<u32>,
    /// Extensions that the image brings, by their names in SQL.
    pub extensions: Vec<&'static str>,
    /// The superuser.
    pub user: String,
    /// Its password; `None` where the service trusts everybody.
    pub password: Option<Secret>,
    /// The database that is made at first start.
    pub database: String,
    /// Where its port is published on this machine.
    pub published: Option<Address>,
    /// The port in the container.
    pub container_port: u16,
    /// Whether it listens on the engine's machine itself, and no port is published.
    pub is_on_host_network: bool,
    /// Scripts for a new database, by the names that they have in the container: the image runs them in that order.
    pub init_scripts: Vec<InitScript>,
    /// Options for `initdb`.
    pub initdb_args: Vec<String>,
    /// How clients from elsewhere authenticate, where the service says so.
    pub auth_method: Option<String>,
    /// The data directory in the container, where the service says so.
    pub pgdata: Option<String>,
    /// Settings of the server.
    pub settings: ServerSettings,
}

/// A file or a folder of files that is mounted where the image looks for scripts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitScript {
    /// On this machine, resolved against the project directory.
    pub source: Utf8PathBuf,
    /// In the container: the folder of scripts itself or a path in it.
    pub target: Utf8PathBuf,
    /// Where it is written.
    pub place: Place,
}

impl DatabaseService {
    /// Reads the service `name`; without a name, the only one with an image of PostgreSQL, or `db`.
    pub fn find(
        stack: &Stack,
        name: Option<&str>,
        variables: &Variables,
        read: ReadFile<'_>,
    ) -> Result<Self, StackError> {
        let service = match name {
            Some(name) => stack.require(name)?,
            None => only_database(stack)?,
        };
        let environment = stack.environment(service, variables, Dialect::NEWEST, read)?;
        let environment = environment.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        Source { stack, service, variables, environment, read }.database()
    }

    /// How it is reached from this machine, where it has a fixed port.
    pub fn url(&self) -> Option<DatabaseUrl> {
        let Some(Address { host, port: HostPort::Fixed(port) }) = &self.published else { return None };
        Some(self.url_at(host, *port))
    }

    /// How it is reached at this address.
    pub fn url_at(&self, host: impl Into<String>, port: u16) -> DatabaseUrl {
        DatabaseUrl {
            user: Some(self.user.clone()),
            password: self.password.clone(),
            database: Some(self.database.clone()),
            ..DatabaseUrl::default()
        }
        .with_address(host, port)
    }
}

impl Stack {
    /// The service of this name, or an error that lists those there are, nearest first.
    pub fn require(&self, name: &str) -> Result<&Service, StackError> {
        self.service(name).ok_or_else(|| {
            let mut services: Vec<String> = self.services.iter().map(|service| service.name.clone()).collect();
            services.sort_by_key(|service| strsim::damerau_levenshtein(&name.to_lowercase(), &service.to_lowercase()));
            StackError::UnknownService { name: name.to_owned(), services, compose_file: self.path.clone() }
        })
    }
}

/// The service that can only be the database.
fn only_database(stack: &Stack) -> Result<&Service, StackError> {
    let candidates: Vec<&Service> = stack.services.iter().filter(|service| looks_like_database(service)).collect();
    if let [only] = candidates[..] {
        return Ok(only);
    }
    let fits =
        |usual: &&Service| if candidates.is_empty() { may_be_database(usual) } else { candidates.contains(usual) };
    let fitting = stack.service(USUAL_NAME).filter(fits);
    let names = |services: &mut dyn Iterator<Item = &Service>| services.map(|service| service.name.clone()).collect();
    fitting.ok_or_else(|| StackError::NoDatabase {
        candidates: names(&mut candidates.iter().copied()),
        services: names(&mut stack.services.iter()),
        compose_file: stack.path.clone(),
    })
}

/// An image of PostgreSQL; or one that is built here, and is set up and published as the public one is.
fn looks_like_database(service: &Service) -> bool {
    match &service.image {
        Some(image) => Image::parse(&image.value).is_postgres(),
        None => {
            service.environment.contains_key("POSTGRES_PASSWORD")
                && service.ports.iter().any(|port| port.value.target == DEFAULT_PORT)
        }
    }
}

/// An image of one's own that is given the variables of the public one, as far as can be seen here.
fn may_be_database(service: &Service) -> bool {
    !service.env_files.is_empty() || service.environment.keys().any(|name| name.starts_with("POSTGRES"))
}

/// What a database service is read from.
struct Source<'a> {
    stack: &'a Stack,
    service: &'a Service,
    variables: &'a Variables,
    environment: Values,
    read: ReadFile<'a>,
}

impl Source<'_> {
    fn database(&self) -> Result<DatabaseService, StackError> {
        let image = self.service.image.as_ref().map(|image| Image::parse(&image.value));
        let settings = ServerSettings::from_command(self.service.command.as_deref().unwrap_or_default());
        let names = if image.as_ref().is_some_and(Image::is_bitnami) { &BITNAMI } else { &PUBLIC };

        let user = self.variable(names.user)?.unwrap_or_else(|| "postgres".to_owned());
        let database = self.variable(names.database)?.unwrap_or_else(|| names.default_database(&user));
        let auth_method = self.given("POSTGRES_HOST_AUTH_METHOD").map(str::to_owned);
        let password = self.variable(names.password)?;
        if password.is_none() && auth_method.as_deref() != Some("trust") && !self.allows_empty_password() {
            let name = names.password[0];
            return Err(self.wrong(format!("has no {name}"), format!("Set {name} in its environment")));
        }
        let container_port = self.container_port(&settings);
        Ok(DatabaseService {
            service: self.service.name.clone(),
            place: self.service.place.clone(),
            major: image.as_ref().and_then(Image::postgres_major),
            extensions: image.as_ref().map_or(&[][..], Image::extensions).to_vec(),
            image,
            user,
            password: password.map(Secret::new),
            database,
            published: self.service.published(container_port),
            container_port,
            is_on_host_network: self.service.is_on_host_network(),
            init_scripts: self.init_scripts(),
            initdb_args: self.initdb_args(names)?,
            auth_method,
            pgdata: self.given("PGDATA").map(str::to_owned),
            settings,
        })
    }

    fn wrong(&self, problem: String, advice: String) -> StackError {
        let (service, place) = (self.service.name.clone(), self.service.place.clone().into());
        StackError::DatabaseVariable { service, problem, advice, place }
    }

    /// A variable that is set and not empty: the images take an empty one for none.
    fn given(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn allows_empty_password(&self) -> bool {
        self.given("ALLOW_EMPTY_PASSWORD").is_some_and(|value| matches!(value, "yes" | "true" | "1"))
    }

    /// The first of these variables that is given, itself or as a file through `NAME_FILE`.
    fn variable(&self, names: &[&str]) -> Result<Option<String>, StackError> {
        for name in names {
            let file_name = format!("{name}_FILE");
            match (self.given(name), self.given(&file_name)) {
                (Some(_), Some(_)) => {
                    let problem = format!("has both {name} and {file_name}, which its image refuses");
                    return Err(self.wrong(problem, format!("Leave out {name} or {file_name}")));
                }
                (Some(value), None) => return Ok(Some(value.to_owned())),
                (None, Some(path)) => return self.file_variable(&file_name, Utf8Path::new(path)).map(Some),
                (None, None) => {}
            }
        }
        Ok(None)
    }

    /// The content of a file of the container, where it is a secret or comes through a bind mount.
    fn file_variable(&self, name: &str, path: &Utf8Path) -> Result<String, StackError> {
        let advice =
            || format!("Mount the file with `secrets` or `volumes`, or set {} instead", &name[..name.len() - 5]);
        let file = match self.secret(path) {
            Some(Content::File(file)) => file.clone(),
            Some(Content::Variable(variable)) => {
                let missing =
                    || self.wrong(format!("needs the variable {variable} for {name}"), format!("Set {variable}"));
                return self.variables.owned(variable).ok_or_else(missing);
            }
            Some(Content::Text(_) | Content::External) | None => match self.through_bind(path) {
                Some(file) => file,
                None => {
                    return Err(self.wrong(format!("has {name}={path}, a file that only its container has"), advice()));
                }
            },
        };
        let shown = self.stack.shown(&file);
        match (self.read)(&file) {
            // As `$(< file)` of the image's shell reads it.
            Ok(Some(text)) => Ok(text.trim_end_matches('\n').to_owned()),
            Ok(None) => {
                Err(self.wrong(format!("has {name}={path}, but {shown} does not exist"), format!("Create {shown}")))
            }
            Err(why) => Err(self.wrong(format!("has {name}={path}, but {shown} cannot be read: {why}"), advice())),
        }
    }

    fn secret(&self, path: &Utf8Path) -> Option<&Content> {
        let mount = self.service.secrets.iter().find(|secret| secret.secret_path() == path)?;
        self.stack.secrets.get(&mount.source).map(|secret| &secret.content)
    }

    /// Where a path of the container is on this machine.
    fn through_bind(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        self.binds().find_map(|mount| {
            let behind = path.strip_prefix(&mount.value.target).ok()?;
            let source = Utf8PathBuf::from(&mount.value.source);
            Some(if behind.as_str().is_empty() { source } else { source.join(behind) })
        })
    }

    fn binds(&self) -> impl Iterator<Item = &Located<Mount>> {
        self.service.volumes.iter().filter(|mount| mount.value.kind == "bind")
    }

    fn init_scripts(&self) -> Vec<InitScript> {
        let inside = self.binds().filter(|mount| Utf8Path::new(&mount.value.target).starts_with(INIT_FOLDER));
        let script = |mount: &Located<Mount>| InitScript {
            source: mount.value.source.clone().into(),
            target: mount.value.target.clone().into(),
            place: mount.place.clone(),
        };
        let mut scripts: Vec<_> = inside.map(script).collect();
        scripts.sort_by(|one, other| one.target.cmp(&other.target));
        scripts
    }

    fn initdb_args(&self, names: &Names) -> Result<Vec<String>, StackError> {
        let Some(args) = self.variable(names.initdb_args)? else { return Ok(Vec::new()) };
        let name = names.initdb_args[0];
        let split = shellwords::split(&args).ok().filter(|split| split.cut_at.is_none());
        let problem = || self.wrong(format!("has a {name} that is no list of options"), "Check its quotes".to_owned());
        split.map(|split| split.words).ok_or_else(problem)
    }

    fn container_port(&self, settings: &ServerSettings) -> u16 {
        let variable = || self.given("PGPORT").or_else(|| self.given("POSTGRESQL_PORT_NUMBER"))?.parse().ok();
        settings.port.or_else(variable).unwrap_or(DEFAULT_PORT)
    }
}

/// The names of the variables of an image, those that win first.
struct Names {
    user: &'static [&'static str],
    password: &'static [&'static str],
    database: &'static [&'static str],
    initdb_args: &'static [&'static str],
    database_is_user: bool,
}

/// The public image and those made from it (<https://hub.docker.com/_/postgres>).
const PUBLIC: Names = Names {
    user: &["POSTGRES_USER"],
    password: &["POSTGRES_PASSWORD"],
    database: &["POSTGRES_DB"],
    initdb_args: &["POSTGRES_INITDB_ARGS"],
    database_is_user: true,
};

/// The image of Bitnami, which also knows the public one's names.
const BITNAMI: Names = Names {
    user: &["POSTGRESQL_USERNAME", "POSTGRES_USER"],
    password: &["POSTGRESQL_PASSWORD", "POSTGRES_PASSWORD"],
    database: &["POSTGRESQL_DATABASE", "POSTGRES_DB"],
    initdb_args: &["POSTGRESQL_INITDB_ARGS", "POSTGRES_INITDB_ARGS"],
    database_is_user: false,
};

impl Names {
    fn default_database(&self, user: &str) -> String {
        if self.database_is_user { user } else { "postgres" }.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnose;

    fn read(path: &Utf8Path) -> Result<Option<String>, String> {
        match path.as_str() {
            "compose/secrets/password" => Ok(Some("from a file\n".to_owned())),
            "compose/etc/user" => Ok(Some("me".to_owned())),
            "compose/db.env" => Ok(Some("POSTGRES_PASSWORD=from-env-file\nPOSTGRES_DB=${NAME}_db\n".to_owned())),
            "compose/locked" => Err("permission denied".to_owned()),
            _ => Ok(None),
        }
    }

    fn find(text: &str, name: Option<&str>) -> Result<DatabaseService, StackError> {
        let pairs = [("NAME", "app"), ("HOME", "/home/me")];
        let variables = Variables::new(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let (stack, errors) = Stack::parse("compose/compose.yaml", text, &variables);
        assert!(errors.is_empty(), "{errors:?}");
        DatabaseService::find(&stack, name, &variables, &read)
    }

    fn database(keys: &str) -> Result<DatabaseService, StackError> {
        find(&format!("services:\n  db:\n{keys}volumes: {{ data: }}\n"), None)
    }

    fn problem(keys: &str) -> String {
        let found = database(keys).expect_err(keys).diagnose();
        assert_eq!((found.code.as_str(), found.places[0].line), ("compose-database-variable", 2));
        found.title
    }

    #[test]
    fn everything_a_service_asks_for_is_read() {
        let database = database(
            "    image: docker.io/postgis/postgis:17-3.5
    env_file: db.env
    environment:
      POSTGRES_USER: \"${NAME}_user\"
      POSTGRES_INITDB_ARGS: \"--encoding=UTF8 --lc-collate='C'\"
      PGDATA: /data
    command: postgres -c max_connections=50 -p 5444
    ports: ['5433:5444']
    volumes:
      - ./init:/docker-entrypoint-initdb.d:ro
      - ~/extra.sql:/docker-entrypoint-initdb.d/20-extra.sql
      - data:/docker-entrypoint-initdb.d/data
      - ../10.sql:/docker-entrypoint-initdb.d/10.sql
",
        )
        .expect("a database");
        assert_eq!((database.user.as_str(), database.database.as_str()), ("app_user", "app_db"));
        assert_eq!(database.password, Some(Secret::new("from-env-file")));
        assert_eq!((database.major, database.extensions.as_slice()), (Some(17), &["postgis"][..]));
        assert_eq!(database.initdb_args, ["--encoding=UTF8", "--lc-collate=C"]);
        assert_eq!((database.pgdata.as_deref(), database.container_port), (Some("/data"), 5444));
        assert_eq!(database.settings.portable, [("max_connections".to_owned(), "50".to_owned())]);
        let scripts: Vec<_> = database.init_scripts.iter().map(|script| script.source.as_str()).collect();
        assert_eq!(scripts, ["compose/init", "10.sql", "/home/me/extra.sql"]);
        assert_eq!(database.init_scripts[0].place.line, 12);
        let url = database.url().expect("a fixed port");
        assert_eq!(url.to_connection_string(), "postgresql://app_user:from-env-file@127.0.0.1:5433/app_db");
    }

    #[test]
    fn what_is_not_said_is_as_in_the_public_image() {
        let database = database("    image: postgres\n    environment: [POSTGRES_PASSWORD=x, POSTGRES_USER=]\n");
        let database = database.expect("a database");
        assert_eq!((database.user.as_str(), database.database.as_str()), ("postgres", "postgres"));
        assert_eq!((database.container_port, database.published.clone(), database.url()), (5432, None, None));
        assert_eq!(database.url_at("h", 1).to_string(), "postgresql://postgres:***@h:1/postgres");
        let database = find("services: {x: {image: postgres, environment: {POSTGRES_HOST_AUTH_METHOD: trust}}}", None);
        assert_eq!(database.expect("a database").password, None);
    }

    #[test]
    fn a_password_is_required() {
        assert_eq!(problem("    image: postgres\n"), "the service db has no POSTGRES_PASSWORD");
        assert_eq!(problem("    image: bitnami/postgresql\n"), "the service db has no POSTGRESQL_PASSWORD");
    }

    #[test]
    fn bitnami_has_names_of_its_own() {
        let keys = "    image: bitnami/postgresql:17.2.0-debian-12-r0\n    environment: {POSTGRESQL_USERNAME: u, \
                    POSTGRES_PASSWORD: p}\n";
        let database = database(keys).expect("a database");
        assert_eq!((database.user.as_str(), database.database.as_str(), database.major), ("u", "postgres", Some(17)));
    }

    #[test]
    fn variables_may_be_files() {
        let text = "
services:
  db:
    image: postgres
    secrets: [pw, name]
    volumes: [./etc:/etc/pg]
    environment:
      POSTGRES_PASSWORD_FILE: /run/secrets/pw
      POSTGRES_USER_FILE: /etc/pg/user
      POSTGRES_DB_FILE: /run/secrets/name
secrets: {pw: {file: ./secrets/password}, name: {environment: NAME}}
";
        let database = find(text, None).expect("a database");
        assert_eq!((database.user.as_str(), database.database.as_str()), ("me", "app"));
        assert_eq!(database.password, Some(Secret::new("from a file")));
    }

    #[test]
    fn files_that_lead_nowhere_are_errors() {
        let file = |path: &str, volumes: &str| {
            problem(&format!(
                "    image: postgres\n    environment: {{POSTGRES_PASSWORD_FILE: {path}}}\n    volumes: [{volumes}]\n"
            ))
        };
        assert!(file("/run/secrets/x", "").ends_with("a file that only its container has"));
        assert!(file("/etc/x", "./none:/etc/x").ends_with("but compose/none does not exist"));
        assert!(file("/etc/x", "./locked:/etc/x").ends_with("compose/locked cannot be read: permission denied"));
        let both = "    image: postgres\n    environment: {POSTGRES_PASSWORD: x, POSTGRES_PASSWORD_FILE: y}\n";
        assert!(problem(both).contains("has both POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE"));
        let args = "    image: postgres\n    environment: {POSTGRES_PASSWORD: x, POSTGRES_INITDB_ARGS: 'a \"b'}\n";
        assert!(problem(args).ends_with("has a POSTGRES_INITDB_ARGS that is no list of options"));
    }

    #[test]
    fn the_service_is_found() {
        let found = |text: &str, name| find(text, name).map(|database| database.service);
        let one = "services: {web: {image: nginx}, store: {image: 'postgres:17', environment: {POSTGRES_PASSWORD: x}}}";
        assert_eq!(found(one, None).as_deref(), Ok("store"));
        let two = "services: {db: &p {image: postgres, environment: {POSTGRES_PASSWORD: x}}, other: *p}";
        assert_eq!(found(two, None).as_deref(), Ok("db"));
        assert_eq!(found(two, Some("other")).as_deref(), Ok("other"));
        let built =
            "services: {pg: {build: ., ports: ['5432:5432'], environment: {POSTGRES_PASSWORD: x}}, app: {build: .}}";
        assert_eq!(found(built, None).as_deref(), Ok("pg"));
        let unknown =
            "services: {db: {image: 'acme/database', environment: {POSTGRES_PASSWORD: x}}, web: {image: nginx}}";
        assert_eq!(found(unknown, None).as_deref(), Ok("db"));
    }

    #[test]
    fn a_service_that_is_not_there_is_an_error() {
        let diagnose = |text: &str, name| find(text, name).expect_err(text).diagnose();
        let error = diagnose("services: {web: {image: a}, dbase: {image: b}, postgres: {image: c}}", Some("db"));
        assert_eq!(error.code.as_str(), "compose-service-unknown");
        assert_eq!(error.evidence, ["services: web, dbase, postgres"]);
        let error = diagnose("services: {web: {image: nginx}, db: {image: mysql, environment: {MYSQL_USER: x}}}", None);
        assert_eq!(error.title, "no service of compose/compose.yaml is a PostgreSQL database");
        let error = diagnose("services: {a: {image: postgres}, b: {image: postgis/postgis}, db: {image: redis}}", None);
        assert_eq!(error.title, "several services of compose/compose.yaml could be the database: a, b");
        assert_eq!(error.next[0].what, "Name it in xtask.toml: [database] service = \"a\"");
    }
}
