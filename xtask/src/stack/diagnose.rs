//! What to say of errors in Compose files.

use camino::Utf8Path;

use super::dotenv::{DotenvError, Problem};
use super::error::{StackError, colon};
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
const KEY_UNKNOWN: Code = Code::new("compose-key-unknown");
const KEY_UNSUPPORTED: Code = Code::new("compose-key-unsupported");
const VALUE_INVALID: Code = Code::new("compose-value-invalid");
const COMMAND_CUT: Code = Code::new("compose-command-cut");
const NO_EFFECT: Code = Code::new("compose-key-without-effect");
const OBSOLETE: Code = Code::new("compose-key-obsolete");
const CONTRADICTION: Code = Code::new("compose-contradiction");
const UNDEFINED: Code = Code::new("compose-name-undefined");
const DEPENDENCY_DISABLED: Code = Code::new("compose-dependency-disabled");
const CYCLE: Code = Code::new("compose-dependency-cycle");
const EXTENDS_INVALID: Code = Code::new("compose-extends-invalid");
const INCLUDE_INVALID: Code = Code::new("compose-include-invalid");
const FILE_UNREADABLE: Code = Code::new("compose-file-unreadable");
const PROJECT_NAME: Code = Code::new("compose-project-name-invalid");
const ENV_FILE_INVALID: Code = Code::new("compose-env-file-invalid");
const ENV_FILE_UNREADABLE: Code = Code::new("compose-env-file-unreadable");
const SERVICE_UNKNOWN: Code = Code::new("compose-service-unknown");
const DATABASE_NOT_FOUND: Code = Code::new("compose-database-not-found");
const DATABASE_VARIABLE: Code = Code::new("compose-database-variable");
const PORT_UNPUBLISHED: Code = Code::new("compose-port-unpublished");

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

    /// Keys and their values.
    fn diagnose_key(&self) -> Diagnostic {
        let error = |code| Diagnostic::error(code, Exit::Usage, self.to_string());
        match self {
            Self::UnknownKey { nearest, .. } => {
                let found =
                    error(KEY_UNKNOWN).because("nothing of a Compose file is passed over, so that no typo hides");
                match nearest {
                    Some(nearest) => found.advise(format!("Write `{nearest}`, if that is meant")),
                    None => found.advise("Take it out, or begin its name with `x-` if another program needs it"),
                }
            }
            Self::Unsupported { advice, .. } => error(KEY_UNSUPPORTED)
                .because("docker compose knows this key; this tool would have to pass over it, and does not")
                .advise(*advice),
            Self::Value { advice, .. } => error(VALUE_INVALID).advise(*advice),
            Self::CommandCut { command, .. } => {
                let command = command.as_deref().unwrap_or("…");
                Diagnostic::warning(COMMAND_CUT, self.to_string())
                    .because("everything from there on is dropped, here as with docker compose")
                    .advise(format!("Write it as a list with a shell: [\"sh\", \"-c\", {command:?}]"))
            }
            Self::NoEffect { .. } if self.is_of_watch() => Diagnostic::warning(NO_EFFECT, self.to_string())
                .because("`docker compose up` takes it, too, and does nothing with it")
                .advise("Build and restart by hand: cargo xtask build SERVICE, cargo xtask restart SERVICE"),
            Self::NoEffect { .. } => Diagnostic::warning(NO_EFFECT, self.to_string())
                .because("docker compose takes it, too, and does nothing with it")
                .advise("Take it out, so that nobody relies on it"),
            Self::Obsolete { what, .. } => {
                Diagnostic::warning(OBSOLETE, self.to_string()).advise(format!("Take out `{what}`"))
            }
            _ => error(WRONG_TYPE),
        }
    }

    /// What belongs together, and does not.
    fn diagnose_project(&self) -> Diagnostic {
        let error = |code| Diagnostic::error(code, Exit::Usage, self.to_string());
        match self {
            Self::Contradiction { advice, .. } => error(CONTRADICTION).advise(advice),
            Self::Undefined { kind, name, known, .. } => {
                let found = error(UNDEFINED).because(format!("{kind}s of the file: {}", list(known)));
                match known.first() {
                    Some(nearest) if is_slip(name, nearest) => {
                        found.advise(format!("Write `{nearest}`, if that is meant"))
                    }
                    _ => found.advise(format!("Add {name} under `{kind}s` of the file")),
                }
            }
            Self::DependencyDisabled { dependency, profiles, .. } => error(DEPENDENCY_DISABLED)
                .because(format!("{dependency} has only these profiles: {}", list(profiles)))
                .advise(format!(
                    "Activate one of them, with --profile or COMPOSE_PROFILES={}, or write `required: false`",
                    profiles.first().map_or("NAME", String::as_str)
                )),
            Self::Cycle { .. } => {
                error(CYCLE).because("none of them could start first").advise("Take out one of their `depends_on`")
            }
            Self::Extends { problem, .. } if problem.contains("circle") => {
                error(EXTENDS_INVALID).advise("Take out one of these `extends`")
            }
            Self::Extends { .. } => {
                error(EXTENDS_INVALID).advise("Write service: NAME, and file: PATH for another file")
            }
            Self::Include { advice, .. } => error(INCLUDE_INVALID).advise(*advice),
            Self::FileUnreadable { path, why, .. } => {
                let found = Diagnostic::error(FILE_UNREADABLE, Exit::Prerequisite, self.to_string());
                match why {
                    Some(why) => found.because(why).advise(format!("Make {path} readable")),
                    None => found.advise(format!(
                        "Create {path}, or correct the path, which is relative to the project directory"
                    )),
                }
            }
            Self::ProjectName { normal, .. } => {
                let found = error(PROJECT_NAME)
                    .because("a name has lower case letters, digits, `-` and `_`, and begins with a letter or digit");
                let name = if normal.is_empty() { "NAME" } else { normal };
                found.advise(format!("Write name: {name} in the Compose file, or set COMPOSE_PROJECT_NAME={name}"))
            }
            _ => error(WRONG_TYPE),
        }
    }

    /// Errors of content: what the file says is clear, but it cannot be.
    fn diagnose_content(&self) -> Diagnostic {
        let error = |code, exit| Diagnostic::error(code, exit, self.to_string());
        match self {
            Self::EnvFile { advice, .. } => error(ENV_FILE_INVALID, Exit::Usage).advise(*advice),
            Self::EnvFileUnreadable { path, why, .. } => match why {
                Some(why) => error(ENV_FILE_UNREADABLE, Exit::Prerequisite)
                    .because(why)
                    .advise(format!("Make {path} a file that can be read, or take it out of `env_file`")),
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

/// Whether a name was probably meant for another one: most of its letters are the same.
fn is_slip(name: &str, nearest: &str) -> bool {
    let distance = strsim::damerau_levenshtein(name, nearest);
    distance <= 2.max(name.len() / 3) && distance * 2 <= name.len().max(nearest.len())
}

/// How a value is written that has the wrong form.
fn form(expected: &str, found: &str) -> String {
    match expected {
        "a string" if found == "empty" => "Write a value, or take the key out".to_owned(),
        "a string" if !matches!(found, "a list" | "a mapping") => "Put it in quotes".to_owned(),
        _ if found == "a date" && expected.starts_with("a string") => "Put it in quotes".to_owned(),
        "a list" => "Write `- ENTRY` on a line of its own for each entry, or [ENTRY, ENTRY]".to_owned(),
        "a mapping" => "Write `KEY: VALUE` lines below it, each two blanks further in".to_owned(),
        "a mapping with a key `services`" => {
            "Begin it with `services:`, and below that a service: `  db:` with `    image: postgres:17`".to_owned()
        }
        _ => format!("Write {expected}"),
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

impl Diagnose for StackError {
    fn diagnose(&self) -> Diagnostic {
        let error = |code| Diagnostic::error(code, Exit::Usage, self.to_string());
        let found = match self {
            Self::Yaml { advice, .. } => error(SYNTAX).advise(*advice),
            Self::Shape { expected, found, .. } => error(WRONG_TYPE).advise(form(expected, found)),
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
            Self::UnknownKey { .. }
            | Self::Unsupported { .. }
            | Self::Value { .. }
            | Self::CommandCut { .. }
            | Self::NoEffect { .. }
            | Self::Obsolete { .. } => self.diagnose_key(),
            Self::Contradiction { .. }
            | Self::Undefined { .. }
            | Self::DependencyDisabled { .. }
            | Self::Cycle { .. }
            | Self::Extends { .. }
            | Self::Include { .. }
            | Self::FileUnreadable { .. }
            | Self::ProjectName { .. } => self.diagnose_project(),
            _ => self.diagnose_content(),
        };
        match self.place() {
            Some(place) => found.at(place.clone()),
            None => found,
        }
    }
}
