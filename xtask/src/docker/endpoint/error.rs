//! What is wrong with the way in which the engine is named.

use camino::Utf8PathBuf;

use super::Origin;
use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit, Place};
use crate::docker::error::capital;

const ADDRESS_INVALID: Code = Code::new("engine-address-invalid");
const CONTEXT_MISSING: Code = Code::new("engine-context-missing");
const CONFIG_INVALID: Code = Code::new("docker-config-invalid");

/// Why nobody can tell where the engine is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// The address cannot be understood.
    #[error("{address:?} is no address of a Docker engine")]
    AddressInvalid {
        /// What is written.
        address: String,
        /// Why it is none.
        why: String,
        /// Who wrote it.
        origin: Origin,
    },
    /// A context is named that does not exist.
    #[error("there is no Docker context {name}")]
    ContextMissing {
        /// Its name.
        name: String,
        /// Who names it.
        chosen_by: String,
        /// Those that exist.
        known: Vec<String>,
    },
    /// A file of the docker command line cannot be read.
    #[error("{path} cannot be read")]
    ConfigInvalid {
        /// The file.
        path: Utf8PathBuf,
        /// Why not.
        cause: String,
    },
}

impl Diagnose for EndpointError {
    fn diagnose(&self) -> Diagnostic {
        match self {
            Self::AddressInvalid { why, origin, .. } => {
                let found = Diagnostic::error(ADDRESS_INVALID, Exit::Usage, self.to_string())
                    .because(why.clone())
                    .because(format!("it comes from {origin}"));
                match origin {
                    Origin::Host => {
                        found.try_command("Write another one", "export DOCKER_HOST=unix:///var/run/docker.sock")
                    }
                    Origin::Context { name, .. } => found.try_command(
                        "Correct the context",
                        format!("docker context update {name} --docker host=unix:///var/run/docker.sock"),
                    ),
                    _ => found.advise("Write unix://PATH, tcp://HOST:PORT or ssh://USER@HOST"),
                }
            }
            Self::ContextMissing { chosen_by, known, .. } => {
                let found = Diagnostic::error(CONTEXT_MISSING, Exit::Prerequisite, capital(&self.to_string()))
                    .because(format!("it is named by {chosen_by}"))
                    .because(match known.is_empty() {
                        true => "there is none but `default` on this machine".to_owned(),
                        false => format!("there are: default, {}", known.join(", ")),
                    });
                match chosen_by.as_str() {
                    "DOCKER_CONTEXT" => found.try_command("Choose none", "unset DOCKER_CONTEXT"),
                    _ => found.try_command("Choose another one", "docker context use default"),
                }
            }
            Self::ConfigInvalid { path, cause } => Diagnostic::error(CONFIG_INVALID, Exit::Usage, self.to_string())
                .at(Place::file(path))
                .because(cause.clone())
                .advise("Correct the file; the docker command line reads it as well"),
        }
    }
}
