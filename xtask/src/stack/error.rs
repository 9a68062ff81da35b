//! What can be wrong with a Compose file, its env files and what it says about the database.

use camino::Utf8PathBuf;

use super::interpolate::TemplateError;
use crate::diagnostic::Place;

/// One error, or one warning, in a Compose file or about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StackError {
    /// It is not YAML.
    #[error("the Compose file cannot be read: {problem}")]
    Yaml {
        /// What the parser says.
        problem: String,
        /// What to do.
        advice: &'static str,
        /// Where.
        place: Box<Place>,
    },
    /// A value of the wrong type.
    #[error("{what} is {found}, not {expected}")]
    Shape {
        /// The key, with those above it.
        what: String,
        /// What belongs there.
        expected: &'static str,
        /// What is there.
        found: &'static str,
        /// Where.
        place: Box<Place>,
    },
    /// A string whose variables cannot be replaced.
    #[error("{what}: {error}")]
    Template {
        /// The key, with those above it.
        what: String,
        /// Why.
        error: TemplateError,
        /// Where.
        place: Box<Place>,
    },
    /// A variable that is not set and has no default: a warning.
    #[error("The variable {variable} is not set: {what} takes it as empty")]
    Unset {
        /// Its name.
        variable: String,
        /// The key, with those above it.
        what: String,
        /// Where.
        place: Box<Place>,
    },
    /// A port that cannot be understood.
    #[error("{what} has a port that cannot be understood{}", colon(.text))]
    Port {
        /// The key, with those above it.
        what: String,
        /// The short form as it is written; empty for the long form.
        text: String,
        /// Why.
        problem: String,
        /// Where.
        place: Box<Place>,
    },
    /// A mount that cannot be understood.
    #[error("{what} has a mount that cannot be understood")]
    Volume {
        /// The key, with those above it.
        what: String,
        /// Why.
        problem: String,
        /// Where.
        place: Box<Place>,
    },
    /// A command that cannot be split.
    #[error("{what} cannot be split into words")]
    Command {
        /// The key, with those above it.
        what: String,
        /// Where.
        place: Box<Place>,
    },
    /// A key that compose does not know either.
    #[error("{what} is no key of a Compose file")]
    UnknownKey {
        /// The key, with those above it.
        what: String,
        /// The key that was probably meant.
        nearest: Option<String>,
        /// Where.
        place: Box<Place>,
    },
    /// A key that compose knows, and that is not honoured here.
    #[error("{what} is not honoured")]
    Unsupported {
        /// The key, with those above it.
        what: String,
        /// What to do without it.
        advice: &'static str,
        /// Where.
        place: Box<Place>,
    },
    /// A value of the right type that cannot be.
    #[error("{what}: {problem}")]
    Value {
        /// The key, with those above it.
        what: String,
        /// What is wrong.
        problem: String,
        /// What to write instead.
        advice: &'static str,
        /// Where.
        place: Box<Place>,
    },
    /// A command of which compose runs the beginning only: a warning.
    #[error("{what} is cut off at `{operator}`: compose runs no shell")]
    CommandCut {
        /// The key, with those above it.
        what: String,
        /// The command as the file has it, before variables are replaced: these may be secrets. `None` where that
        /// is not shown.
        command: Option<String>,
        /// Where it is cut: `&&`, `|`, `;`, `>` and the like.
        operator: String,
        /// Where.
        place: Box<Place>,
    },
    /// Something that is read and changes nothing: a warning.
    #[error("{what} has no effect: {why}")]
    NoEffect {
        /// What, with the keys above it.
        what: String,
        /// Why not.
        why: &'static str,
        /// Where.
        place: Box<Place>,
    },
    /// A key that has no meaning any more: a warning.
    #[error("`{what}` is obsolete, and passed over")]
    Obsolete {
        /// The key.
        what: String,
        /// Where.
        place: Box<Place>,
    },
    /// A service that contradicts itself or another one.
    #[error("the service {service} {problem}")]
    Contradiction {
        /// The service.
        service: String,
        /// What is wrong, as the end of a sentence.
        problem: String,
        /// What to do.
        advice: String,
        /// Where.
        place: Box<Place>,
    },
    /// Something that a service names and that is not in the file.
    #[error("the service {service} names the {kind} {name}, which the Compose file does not have")]
    Undefined {
        /// The service.
        service: String,
        /// `service`, `network`, `volume`, `secret` or `config`.
        kind: &'static str,
        /// Its name.
        name: String,
        /// The names that the file has, nearest first.
        known: Vec<String>,
        /// Where it is named.
        place: Box<Place>,
    },
    /// A service needs one that does not take part.
    #[error("the service {service} depends on {dependency}, which does not take part")]
    DependencyDisabled {
        /// The service.
        service: String,
        /// The other one.
        dependency: String,
        /// Profiles that would make it take part.
        profiles: Vec<String>,
        /// Where it is named.
        place: Box<Place>,
    },
    /// Services that wait for each other.
    #[error("services depend on each other in a circle: {}", circle(.services))]
    Cycle {
        /// The services, each waiting for the next, and the last one for the first.
        services: Vec<String>,
        /// Where the first one says so.
        place: Box<Place>,
    },
    /// `extends` that cannot be followed.
    #[error("{what} cannot be followed: {problem}")]
    Extends {
        /// The key, with those above it.
        what: String,
        /// Why.
        problem: String,
        /// Where.
        place: Box<Place>,
    },
    /// `include` that cannot be followed.
    #[error("include cannot be followed: {problem}")]
    Include {
        /// Why.
        problem: String,
        /// What to do.
        advice: &'static str,
        /// Where.
        place: Box<Place>,
    },
    /// A Compose file or env file that another Compose file names.
    #[error("{path}, named by {what}, {}", if .why.is_some() { "cannot be read" } else { "does not exist" })]
    FileUnreadable {
        /// The key that names it.
        what: String,
        /// The file.
        path: Utf8PathBuf,
        /// Why; `None` where it does not exist.
        why: Option<String>,
        /// Where it is named.
        place: Box<Place>,
    },
    /// A project name with characters that it may not have, or none at all.
    #[error("{}", if .name.is_empty() { "the project has no name".to_owned() }
        else { format!("{name:?} cannot be the name of a project") })]
    ProjectName {
        /// The name.
        name: String,
        /// What it could be instead.
        normal: String,
    },
    /// An env file with a line that cannot be understood.
    #[error("{path} cannot be read: {problem}")]
    EnvFile {
        /// The file.
        path: Utf8PathBuf,
        /// Why, without any value.
        problem: String,
        /// What to write instead.
        advice: &'static str,
        /// Where, without an excerpt: values are secrets.
        place: Box<Place>,
    },
    /// An env file of a service that is missing or cannot be read.
    #[error("the env file {path} of the service {service} {}", if .why.is_some() { "cannot be read" } else { "does not exist" })]
    EnvFileUnreadable {
        /// The service.
        service: String,
        /// The file.
        path: Utf8PathBuf,
        /// Why; `None` where it does not exist.
        why: Option<String>,
        /// Where it is named.
        place: Box<Place>,
    },
    /// A service that the Compose file does not have.
    #[error("{compose_file} has no service `{name}`")]
    UnknownService {
        /// The name.
        name: String,
        /// The names that it has, nearest first.
        services: Vec<String>,
        /// The file.
        compose_file: Utf8PathBuf,
    },
    /// No service is the database, or several could be.
    #[error("{}", if .candidates.is_empty() { format!("no service of {compose_file} is a PostgreSQL database") }
        else { format!("several services of {compose_file} could be the database: {}", .candidates.join(", ")) })]
    NoDatabase {
        /// Services with an image of PostgreSQL.
        candidates: Vec<String>,
        /// All services.
        services: Vec<String>,
        /// The file.
        compose_file: Utf8PathBuf,
    },
    /// A variable of the database's image that is missing, given twice or leads nowhere.
    #[error("the service {service} {problem}")]
    DatabaseVariable {
        /// The service.
        service: String,
        /// What is wrong, as the end of a sentence.
        problem: String,
        /// What to do.
        advice: String,
        /// Where the service stands.
        place: Box<Place>,
    },
    /// A URL goes to a port that the service does not publish.
    #[error("the service {service} does not publish its port {port}{}", if *.by_chance { " at a fixed port" } else { "" })]
    Unpublished {
        /// The service.
        service: String,
        /// The port in the container.
        port: u16,
        /// Whether it is published, at a port that is chosen at each start.
        by_chance: bool,
        /// Where the service stands.
        place: Box<Place>,
    },
}

/// Why `develop` has no effect.
pub(super) const WATCH_ONLY: &str = "only `docker compose watch` acts on it";

pub(super) fn colon(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

fn circle(services: &[String]) -> String {
    let first = services.first().map(String::as_str).unwrap_or_default();
    format!("{}, {first}", services.join(", "))
}

impl StackError {
    /// Where it is, as far as it has a place.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Yaml { place, .. }
            | Self::Shape { place, .. }
            | Self::Template { place, .. }
            | Self::Unset { place, .. }
            | Self::Port { place, .. }
            | Self::Volume { place, .. }
            | Self::Command { place, .. }
            | Self::UnknownKey { place, .. }
            | Self::Unsupported { place, .. }
            | Self::Value { place, .. }
            | Self::CommandCut { place, .. }
            | Self::NoEffect { place, .. }
            | Self::Obsolete { place, .. }
            | Self::Contradiction { place, .. }
            | Self::Undefined { place, .. }
            | Self::DependencyDisabled { place, .. }
            | Self::Cycle { place, .. }
            | Self::Extends { place, .. }
            | Self::Include { place, .. }
            | Self::FileUnreadable { place, .. }
            | Self::EnvFile { place, .. }
            | Self::EnvFileUnreadable { place, .. }
            | Self::DatabaseVariable { place, .. }
            | Self::Unpublished { place, .. } => Some(place),
            Self::UnknownService { .. } | Self::NoDatabase { .. } | Self::ProjectName { .. } => None,
        }
    }

    /// Whether it tells of `develop`.
    pub(super) fn is_of_watch(&self) -> bool {
        matches!(self, Self::NoEffect { why, .. } if *why == WATCH_ONLY)
    }

    /// Whether work goes on in spite of it.
    pub fn is_warning(&self) -> bool {
        matches!(self, Self::Unset { .. } | Self::CommandCut { .. } | Self::NoEffect { .. } | Self::Obsolete { .. })
    }
}
