//! What can be wrong with a Compose file, its env files and what it says about the database.

use camino::{Utf8Path, Utf8PathBuf};

use super::dotenv::{DotenvError, Problem};
use super::interpolate::TemplateError;
use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit, Place};

const SYNTAX: Code = Code::new("compose-syntax");
const WRONG_TYPE: Code = Code::new("compose-wrong-type");
const TEMPLATE_INVALID: Code = Code::new("compose-template-invalid");
const VARIABLE_MISSING: Code = Code::new("compose-variable-missing");
const VARIABLE_UNSET: Code = Code::new("compose-variable-unset");
const PORT_INVALID: Code = Code::new("compose-port-invalid");
const VOLUME_INVALID: Code = Code::new("compose-volume-invalid");
const COMMAND_INVALID: Code = Code::new("compose-command-invalid");
const ENV_FILE_INVALID: Code = Code::new("compose-env-file-invalid");
const ENV_FILE_UNREADABLE: Code = Code::new("compose-env-file-unreadable");
const SERVICE_UNKNOWN: Code = Code::new("compose-service-unknown");
const DATABASE_NOT_FOUND: Code = Code::new("compose-database-not-found");
const DATABASE_VARIABLE: Code = Code::new("compose-database-variable");
const PORT_UNPUBLISHED: Code = Code::new("compose-port-unpublished");

/// One error, or one warning, in a Compose file or about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StackError {
    /// It is not YAML.
    #[error("the Compose file cannot be read: {problem}")]
    Yaml {
        /// What the parser says.
        problem: String,
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

fn colon(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

impl StackError {
    /// An error in an env file, without any of its values.
    pub(super) fn env_file(path: &Utf8Path, text: &str, error: &DotenvError) -> Self {
        let (problem, advice) = match &error.problem {
            Problem::UnexpectedCharacter { character, .. } => {
                let name = if *character == '\u{feff}' { "a byte order mark" } else { "a character" };
                let problem = format!("{name} that no variable name may have ({})", character.escape_default());
                (problem, "Write NAME=value; names have letters, digits, `_`, `.` and `-`")
            }
            Problem::KeyWithSpace => {
                ("a name with a space in it".to_owned(), "Write NAME=value without a space in NAME")
            }
            Problem::ZeroLength => ("`export` without a name".to_owned(), "Write export NAME=value"),
            Problem::Unterminated { .. } => {
                ("a quote that is not closed".to_owned(), "Close the quote, or put a backslash before it")
            }
            Problem::Template(TemplateError::Required { variable, reason }) => {
                (format!("the variable {variable} is missing{}", colon(reason)), "Set the variable")
            }
            Problem::Template(TemplateError::Invalid { .. }) => {
                let problem = "a `$` that begins no variable".to_owned();
                (problem, "Write `$$` for a dollar sign, or put the value in single quotes")
            }
        };
        let source = text.into();
        let mut place = Place::span(path, &source, error.offset..error.offset, "");
        place.excerpt = None;
        Self::EnvFile { path: path.to_owned(), problem, advice, place: place.into() }
    }

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
            | Self::EnvFile { place, .. }
            | Self::EnvFileUnreadable { place, .. }
            | Self::DatabaseVariable { place, .. }
            | Self::Unpublished { place, .. } => Some(place),
            Self::UnknownService { .. } | Self::NoDatabase { .. } => None,
        }
    }

    /// Whether work goes on in spite of it.
    pub fn is_warning(&self) -> bool {
        matches!(self, Self::Unset { .. })
    }

    fn diagnose_template(what: &str, error: &TemplateError) -> Diagnostic {
        match error {
            TemplateError::Required { variable, reason } => {
                let title = format!("{what} needs the variable {variable}{}", colon(reason));
                Diagnostic::error(VARIABLE_MISSING, Exit::Prerequisite, title)
                    .because(format!("{variable} is neither in the shell nor in the env file, or it is empty"))
                    .advise(format!("Set {variable} in the env file"))
            }
            TemplateError::Invalid { .. } => {
                let title = format!("{what} has a `$` that begins no variable");
                Diagnostic::error(TEMPLATE_INVALID, Exit::Usage, title)
                    .because("after `${` a name must follow, then `}` or one of :- - :? ? :+ +, all on one line")
                    .advise("Write `$$` where a dollar sign is meant")
            }
        }
    }

    /// Errors of content: what the file says is clear, but it cannot be.
    fn diagnose_content(&self) -> Diagnostic {
        let error = |code, exit| Diagnostic::error(code, exit, self.to_string());
        match self {
            Self::EnvFile { advice, .. } => error(ENV_FILE_INVALID, Exit::Usage).advise(*advice),
            Self::EnvFileUnreadable { path, why, .. } => match why {
                Some(why) => error(ENV_FILE_UNREADABLE, Exit::Prerequisite).because(why),
                None => error(ENV_FILE_UNREADABLE, Exit::Prerequisite)
                    .advise(format!("Create {path}, or write `required: false` where it is named")),
            },
            Self::UnknownService { services, .. } => {
                let error = error(SERVICE_UNKNOWN, Exit::Usage).because(format!("services: {}", list(services)));
                match services.first() {
                    Some(nearest) => error.advise(format!("Use `{nearest}`, or another of them")),
                    None => error.advise("Add the service to the Compose file"),
                }
            }
            Self::NoDatabase { candidates, services, .. } => {
                let name = candidates.first().map_or("NAME", String::as_str);
                error(DATABASE_NOT_FOUND, Exit::Usage)
                    .because(format!("services: {}", list(services)))
                    .advise(format!("Name it in xtask.toml: [database] service = \"{name}\""))
            }
            Self::DatabaseVariable { advice, .. } => error(DATABASE_VARIABLE, Exit::Usage).advise(advice),
            Self::Unpublished { service, port, .. } => error(PORT_UNPUBLISHED, Exit::Usage)
                .because("a container's port is reached from outside only where it is published")
                .advise(format!("Add to the service {service}: ports: [\"127.0.0.1:{port}:{port}\"]")),
            _ => error(WRONG_TYPE, Exit::Usage),
        }
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

impl Diagnose for StackError {
    fn diagnose(&self) -> Diagnostic {
        let error = |code| Diagnostic::error(code, Exit::Usage, self.to_string());
        let found = match self {
            Self::Yaml { .. } => error(SYNTAX),
            Self::Template { what, error, .. } => Self::diagnose_template(what, error),
            Self::Unset { variable, .. } => Diagnostic::warning(VARIABLE_UNSET, self.to_string())
                .advise(format!("Set {variable} in the env file, or give it a default: ${{{variable}:-value}}")),
            Self::Port { problem, .. } => error(PORT_INVALID)
                .because(problem)
                .advise("Write \"HOST:CONTAINER\" or \"ADDRESS:HOST:CONTAINER\", in quotes: \"127.0.0.1:5432:5432\""),
            Self::Volume { problem, .. } => {
                error(VOLUME_INVALID).because(problem).advise("Write \"SOURCE:TARGET\" or \"SOURCE:TARGET:ro\"")
            }
            Self::Command { .. } => error(COMMAND_INVALID)
                .because("a quote, a backslash or a bracket is open at its end")
                .advise("Close it, or write the command as a list: [\"sh\", \"-c\", \"…\"]"),
            _ => self.diagnose_content(),
        };
        match self.place() {
            Some(place) => found.at(place.clone()),
            None => found,
        }
    }
}
