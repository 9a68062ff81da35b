//! The Compose side, pure: the text of a Compose file and variables in, values out.

pub mod attachment;
pub mod blkio;
pub mod build;
mod canonical;
pub mod database;
pub mod demand;
pub mod dependency;
pub mod deploy;
pub mod develop;
pub mod device;
mod diagnose;
pub mod dialect;
pub mod dotenv;
pub mod env_file;
pub mod env_plan;
pub mod env_text;
pub mod environment;
pub mod error;
pub mod extra_hosts;
pub mod file_mount;
pub mod file_object;
pub mod files;
mod go_text;
pub mod hash;
pub mod healthcheck;
pub mod hook;
pub mod image;
pub mod interpolate;
pub mod json;
pub mod labels;
pub mod located;
pub mod logging;
pub mod network;
pub mod order;
pub mod placeholder;
pub mod ports;
pub mod project_name;
mod published;
mod read;
pub mod restart;
pub mod selection;
pub mod server_settings;
pub mod service;
pub mod shellwords;
mod tree;
pub mod ulimit;
mod units;
pub mod url;
pub mod url_error;
mod url_parameters;
pub mod variables;
pub mod volume;
pub mod volumes;
pub mod volumes_from;

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

pub use dialect::Dialect;
pub use error::StackError;
pub use hash::ConfigHash;
pub use order::Order;
pub use published::Address;
pub use selection::Selection;
pub use service::Service;
pub use tree::SourceFile;
pub use variables::Variables;

use file_object::FileObject;
use json::Json;
use network::Network;
use read::Reader;
use tree::Loader;
use volume::Volume;

/// How the text of a file is had: `Ok(None)` where it does not exist, the reason where it cannot be read. Paths are
/// those of the Compose file, resolved against the project directory.
pub type ReadFile<'a> = &'a dyn Fn(&Utf8Path) -> Result<Option<String>, String>;

/// What a project is read from.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The Compose files, later ones over earlier ones; see [`files`].
    pub files: &'a [SourceFile],
    /// The project directory, absolute: the folder of the first file, unless somebody says otherwise. Relative paths
    /// of the files are resolved against it, and its name may become the project's.
    pub directory: &'a Utf8Path,
    /// The project's name, where it is given on the command line.
    pub name: Option<&'a str>,
    /// The variables of the project.
    pub variables: &'a Variables,
    /// Reads the files that others name in `include` and `extends`.
    pub read: ReadFile<'a>,
}

/// A project: its Compose files merged, with their variables replaced and their paths resolved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stack {
    /// The first file, as a person would name it.
    pub path: Utf8PathBuf,
    /// The project directory.
    pub directory: Utf8PathBuf,
    /// The project's name: lower case letters, digits, `-` and `_`. Empty if nothing gives one.
    pub name: String,
    /// The services, in the order of the file.
    pub services: Vec<Service>,
    /// `networks` by key, and `default` where a service is in it.
    pub networks: BTreeMap<String, Network>,
    /// `volumes` by key.
    pub volumes: BTreeMap<String, Volume>,
    /// `secrets` by key.
    pub secrets: BTreeMap<String, FileObject>,
    /// `configs` by key.
    pub configs: BTreeMap<String, FileObject>,
    /// What begins with `x-` at the top of the file.
    pub extensions: BTreeMap<String, Json>,
}

impl Stack {
    /// Reads the text of a Compose file that stands alone, as [`Stack::load`] does. The project directory is the
    /// folder of the file, as its path tells it.
    pub fn parse(path: impl AsRef<Utf8Path>, text: &str, variables: &Variables) -> (Self, Vec<StackError>) {
        let path = path.as_ref();
        let files = [SourceFile { path: path.to_owned(), text: text.to_owned() }];
        let directory = path.parent().unwrap_or(Utf8Path::new(""));
        let read: ReadFile<'_> = &|_| Err("a single file is read".to_owned());
        Self::load(&Request { files: &files, directory, name: None, variables, read })
    }

    /// Reads Compose files and finds everything that is wrong with them at once; what is wrong is missing in the
    /// result. Among the errors are warnings (see [`StackError::is_warning`]), such as one for each variable that is
    /// not set.
    pub fn load(request: &Request<'_>) -> (Self, Vec<StackError>) {
        let path = request.files.first().map(|file| file.path.clone()).unwrap_or_default();
        let mut stack = Self { directory: request.directory.to_owned(), path, ..Self::default() };
        let mut errors = Vec::new();
        match project_name::determine(request) {
            Ok(name) => stack.name = name,
            Err(error) => errors.push(error),
        }
        let variables = request.variables.with("COMPOSE_PROJECT_NAME", &stack.name);
        let shown = stack.path.parent().unwrap_or(Utf8Path::new("")).to_owned();
        let mut loader = Loader::new(request.directory, &shown, request.read);
        let tree = loader.project(request.files, &variables);
        errors.append(&mut loader.errors);
        if let Some(tree) = tree {
            let mut reader = Reader::new(&loader.sources, &variables, errors);
            reader.read(&tree, &mut stack);
            errors = reader.errors;
        }
        (stack, in_order(errors, request.files))
    }

    /// A resolved path as a person would name it: beside the Compose file.
    pub(crate) fn shown(&self, path: &Utf8Path) -> Utf8PathBuf {
        let shown = self.path.parent().unwrap_or(Utf8Path::new(""));
        path.strip_prefix(&self.directory).map_or_else(|_| path.to_owned(), |rest| shown.join(rest))
    }

    /// The service of this name.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.name == name)
    }
}

/// Errors by file and place, each variable that is not set once.
fn in_order(mut errors: Vec<StackError>, files: &[SourceFile]) -> Vec<StackError> {
    errors.sort_by_key(|error| {
        error.place().map(|place| {
            let file = files.iter().position(|file| file.path == place.path);
            (file.unwrap_or(usize::MAX), place.path.clone(), place.line, place.column)
        })
    });
    let mut told = BTreeSet::new();
    errors.retain(|error| !matches!(error, StackError::Unset { variable, .. } if !told.insert(variable.clone())));
    errors
}

#[cfg(test)]
pub(crate) mod tests {
    use super::file_object::Content;
    use super::*;
    use crate::diagnostic::Diagnose;

    fn variables() -> Variables {
        Variables::new([("TAG".to_owned(), "17".to_owned()), ("PASS".to_owned(), "through".to_owned())])
    }

    fn stack(text: &str) -> Stack {
        let (stack, errors) = Stack::parse("compose/compose.yaml", text, &variables());
        assert!(errors.is_empty(), "{errors:?}");
        stack
    }

    /// The findings, as `line:column code title`.
    fn findings(text: &str) -> Vec<String> {
        let (_, errors) = Stack::parse("compose.yaml", text, &variables());
        let line = |error: &StackError| {
            let found = error.diagnose();
            format!("{}:{} {} {}", found.places[0].line, found.places[0].column, found.code.as_str(), found.title)
        };
        errors.iter().map(line).collect()
    }

    /// Loads files as a project in `/p`; all of them are there to be read.
    fn load_files(names: &[&str], all: &[(&str, &str)]) -> (Stack, Vec<StackError>) {
        let text = |name: &str| all.iter().find(|(path, _)| *path == name).map(|(_, text)| (*text).to_owned());
        let source = |name: &&str| SourceFile { path: (*name).into(), text: text(name).expect("a file") };
        let files: Vec<SourceFile> = names.iter().map(source).collect();
        let read = |path: &Utf8Path| Ok(path.strip_prefix("/p").ok().and_then(|path| text(path.as_str())));
        let mut variables = variables();
        variables.stand_in("TAG", "shell");
        let directory = Utf8Path::new("/p");
        Stack::load(&Request { files: &files, directory, name: None, variables: &variables, read: &read })
    }

    /// A project of the first file.
    pub(crate) fn loaded(files: &[(&str, &str)]) -> Stack {
        let (stack, errors) = load_files(&[files[0].0], files);
        assert!(errors.is_empty(), "{errors:?}");
        stack
    }

    /// A project of two files.
    pub(crate) fn merged(base: &str, over: &str) -> Stack {
        let (stack, errors) =
            load_files(&["compose.yaml", "over.yaml"], &[("compose.yaml", base), ("over.yaml", over)]);
        assert!(errors.is_empty(), "{errors:?}");
        stack
    }

    /// What is wrong with a project of the first file.
    pub(crate) fn findings_of(files: &[(&str, &str)]) -> Vec<String> {
        findings_of_all(&[files[0].0], files)
    }

    /// What is wrong with a project of these files.
    pub(crate) fn findings_of_all(names: &[&str], files: &[(&str, &str)]) -> Vec<String> {
        let line = |error: &StackError| {
            let found = error.diagnose();
            format!("{} {} {}", found.places[0].display(), found.code.as_str(), found.title)
        };
        load_files(names, files).1.iter().map(line).collect()
    }

    const FULL: &str = r#"
name: My.App
x-env: &env
  A: "1"
  B:
  PASS:
services:
  db:
    image: postgres:${TAG:-16}
    container_name: the-db
    environment:
      <<: *env
      A: ${TAG}
      N: 1.10
      T: true
      OCTAL: 0755
    env_file:
      - a.env
      - { path: b.env, required: false, format: raw }
    ports: ["5432:5432", 9000, { target: 80, published: "8080", host_ip: 127.0.0.1 }]
    volumes:
      - ./init/:/docker-entrypoint-initdb.d/:ro
      - data:/var/lib/postgresql/data
      - { type: bind, source: ./a, target: /a, read_only: "${RO:-yes}" }
    secrets: [tok, { source: other, target: /x }]
    command: postgres -c fsync=off
    healthcheck: { test: pg_isready -U $$POSTGRES_USER }
    profiles: [x]
    depends_on: { cache: { condition: service_started } }
  cache: { image: redis }
  api:
    build: .
    environment: [PASS, NOPE, "X=a=b"]
    env_file: c.env
    command: ["a b", "5"]
    depends_on: [db]
    healthcheck: { disable: true }
volumes: { data: , more: { driver: local } }
secrets:
  tok: { file: ./tok.txt }
  other: { environment: TAG }
  third: { external: true }
"#;

    #[test]
    fn keys_of_a_service_are_read() {
        let stack = stack(FULL);
        let db = stack.service("db").expect("db");
        assert_eq!(db.image.as_ref().map(|image| image.value.as_str()), Some("postgres:17"));
        assert_eq!(db.place.display(), "compose/compose.yaml:8:3");
        let some = |text: &str| Some(text.to_owned());
        let expected = [
            ("A", some("17")),
            ("B", None),
            ("N", some("1.1")),
            ("OCTAL", some("493")),
            ("PASS", some("through")),
            ("T", some("true")),
        ];
        assert_eq!(db.environment, expected.map(|(name, value)| (name.to_owned(), value)).into());
        let files: Vec<_> = db.env_files.iter().map(|file| (file.path.as_str(), file.required, file.raw)).collect();
        assert_eq!(files, [("compose/a.env", true, false), ("compose/b.env", false, true)]);
        let ports: Vec<_> = db.ports.iter().map(|port| (port.value.published.as_str(), port.value.target)).collect();
        assert_eq!(ports, [("5432", 5432), ("", 9000), ("8080", 80)]);
        let mounts: Vec<_> = db.volumes.iter().map(|mount| &mount.value).collect();
        assert_eq!((mounts[0].target.as_str(), mounts[0].read_only), ("/docker-entrypoint-initdb.d", true));
        assert_eq!((mounts[2].kind.as_str(), mounts[2].read_only), ("bind", true));
        assert_eq!(db.command.as_deref(), Some(["postgres", "-c", "fsync=off"].map(str::to_owned).as_slice()));
        assert_eq!(db.healthcheck.as_ref().map(|check| check.test[1].as_str()), Some("pg_isready -U $POSTGRES_USER"));
        assert!(db.profiles == ["x"] && db.depends_on.contains_key("cache"));
        assert_eq!((db.secrets[0].source.as_str(), db.secrets[0].secret_path().as_str()), ("tok", "/run/secrets/tok"));
        assert_eq!(db.secrets[1].secret_path(), "/x");
    }

    #[test]
    fn the_other_forms_are_read() {
        let stack = stack(FULL);
        let api = stack.service("api").expect("api");
        assert!(api.image.is_none() && api.depends_on.contains_key("db") && api.env_files[0].required);
        assert_eq!(api.environment.get("NOPE"), Some(&None));
        assert_eq!(api.environment.get("X"), Some(&Some("a=b".to_owned())));
        assert_eq!(api.command.as_deref(), Some(["a b", "5"].map(str::to_owned).as_slice()));
        assert!(api.healthcheck.as_ref().is_some_and(|check| check.is_disabled()));
        assert!(stack.volumes.keys().eq(["data", "more"]));
        assert_eq!(stack.secrets["third"].content, Content::External);
    }

    fn named(text: &str, variables: &[(&str, &str)], given: Option<&str>) -> Result<String, String> {
        let variables = Variables::new(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let files = [SourceFile { path: "compose.yaml".into(), text: text.to_owned() }];
        let (directory, read): (_, ReadFile<'_>) = (Utf8Path::new("/srv/The.Folder"), &|_| Ok(None));
        let (stack, errors) =
            Stack::load(&Request { files: &files, directory, name: given, variables: &variables, read });
        errors.first().map_or(Ok(stack.name), |error| Err(error.to_string()))
    }

    #[test]
    fn the_project_name_follows_the_rules_of_compose() {
        let env = [("COMPOSE_PROJECT_NAME", "other")];
        let name = "name: My.${X:-App}";
        assert_eq!(named(name, &[], None).as_deref(), Ok("myapp"));
        assert_eq!(named(name, &env, None).as_deref(), Ok("other"));
        assert_eq!(named(name, &env, Some("given")).as_deref(), Ok("given"));
        assert_eq!(named("x-a: 1", &[], None).as_deref(), Ok("thefolder"));
        assert_eq!(named("name: ...", &[], None).as_deref(), Ok("thefolder"));
        assert_eq!(named(name, &[], Some("My")), Err("\"My\" cannot be the name of a project".to_owned()));
        assert!(named(name, &[("COMPOSE_PROJECT_NAME", "a.b")], None).is_err());
    }

    #[test]
    fn what_changes_nothing_is_warned_of() {
        let text = "services:\n  db:\n    image: x\n    volumes: [\"data:/d:or\", \"./a:/a:zz\", \"./b:/b:${X:-ro}\", \"./c:/c:ro\"]\n    \
                    secrets: [{source: tok, uid: \"1\"}, {source: own, mode: 0400}]\n    \
                    deploy: {labels: {a: b}, restart_policy: {delay: 5s}, resources: {reservations: {cpus: 1}}}\n\
                    volumes: {data: }\nsecrets: {tok: {file: f}, own: {environment: TAG}}\n";
        let found = findings(text);
        let expected = [
            "4:15 services.db.volumes: the option `or`",
            "4:29 services.db.volumes: the option `zz`",
            "5:15 services.db.secrets.tok.uid",
            "6:22 services.db.deploy.labels",
            "6:54 services.db.deploy.restart_policy.delay",
            "6:92 services.db.deploy.resources.reservations.cpus",
        ];
        let shown: Vec<_> = found.iter().filter_map(|line| line.split(" has no effect").next()).collect();
        let expected: Vec<_> =
            expected.iter().map(|line| line.replacen(' ', " compose-key-without-effect ", 1)).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn every_slip_comes_with_advice() {
        for text in [
            "services:\n\ta: {image: x}\n",
            "services:\n  a: {image: x\n  b: {image: y}\n",
            "services: {a: {image: x, image: y}}",
            "services: {a: *b}",
            "services: {a: &a {image: x, labels: {b: *a}}}",
            "services: {a: {<<: 5}}",
            "services: {}\n---\nservices: {}\n",
            "services: {a: {image: 5, ports: 80, tty: maybe, cpus: many, healthcheck: {interval: 5}, deploy: 7}}",
            "services:\n",
            "",
        ] {
            let (_, errors) = Stack::parse("compose.yaml", text, &variables());
            assert!(!errors.is_empty(), "{text}");
            for error in errors {
                assert!(!error.diagnose().next.is_empty(), "{text}: {error}");
            }
        }
    }

    #[test]
    fn all_errors_come_at_once_with_their_places() {
        let text = "services:\n  db:\n    image: ${NONE:?say which}\n    ports: [\"a:1\", {published: 1}]\n    \
                    volumes: [\"a1:/b::\", {source: x}]\n    command: \"a 'b\"\n    environment: 5\n    env_file: [{}]\n  \
                    api: x\n  web:\n    image: ${}\n    labels: [$UNSET, $UNSET]\n";
        assert_eq!(
            findings(text),
            [
                "3:12 compose-variable-missing services.db.image needs the variable NONE: say which",
                "4:13 compose-port-invalid services.db.ports has a port that cannot be understood: a:1",
                "4:20 compose-port-invalid services.db.ports has a port that cannot be understood",
                "5:15 compose-volume-invalid services.db.volumes has a mount that cannot be understood",
                "5:26 compose-volume-invalid services.db.volumes has a mount that cannot be understood",
                "6:14 compose-command-invalid services.db.command cannot be split into words",
                "7:18 compose-wrong-type services.db.environment is an integer, not a mapping or a list",
                "8:16 compose-value-invalid services.db.env_file: an entry has no `path`",
                "9:8 compose-wrong-type services.api is a string, not a mapping",
                "11:12 compose-template-invalid services.web.image has a `$` that begins no variable",
                "12:14 compose-variable-unset The variable UNSET is not set: services.web.labels[0] takes it as empty",
            ]
        );
    }

    #[test]
    fn a_command_that_is_cut_off_is_told_without_the_values_of_variables() {
        let text =
            "services:\n  a:\n    image: x\n    command: serve $TAG && \"echo\" $PASS\n    entrypoint: \"a; b\"\n";
        let (_, errors) = Stack::parse("compose.yaml", text, &variables());
        let next: Vec<_> = errors.iter().map(|error| error.diagnose().next[0].what.clone()).collect();
        assert_eq!(
            next,
            [
                r#"Write it as a list with a shell: ["sh", "-c", "serve $TAG && \"echo\" $PASS"]"#,
                r#"Write it as a list with a shell: ["sh", "-c", "a; b"]"#
            ]
        );
        assert_eq!(errors[0].to_string(), "services.a.command is cut off at `&&`: compose runs no shell");
    }

    #[test]
    fn broken_yaml_is_told_with_its_place() {
        let cases = [
            ("services:\n  db: {image: a, image: b}\n", "2:18 compose-syntax"),
            ("services:\n  db:\n   image: a\n  image: b\n bad", "5:2 compose-syntax"),
            ("services:\n\tdb: x\n", "2:2 compose-syntax"),
            ("a: *nope\n", "1:4 compose-syntax"),
            ("a: 1\n---\nb: 2\n", "compose-syntax"),
            ("", "1:1 compose-wrong-type the Compose file is empty"),
        ];
        for (text, expected) in cases {
            let found = findings(text);
            assert!(found.len() == 1 && found[0].contains(expected), "{text}: {found:?}");
        }
    }

    #[test]
    fn lines_with_secrets_are_not_shown() {
        let text = "services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: ${\n      URL: ${ postgres://me:x@h\n";
        let (_, errors) = Stack::parse("compose.yaml", text, &variables());
        assert!(errors.len() == 2 && errors.iter().all(|error| error.place().is_some_and(|p| p.excerpt.is_none())));
    }
}
