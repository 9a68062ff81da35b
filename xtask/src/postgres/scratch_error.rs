//! Why there is no scratch database.

use thiserror::Error;

use super::error::PostgresError;
use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit};
use crate::sql::identifier;

const NOT_ALLOWED: Code = Code::new("scratch-not-allowed");

/// Why there is no scratch database.
#[derive(Clone, Debug, Error)]
pub enum ScratchError {
    /// The role may not create databases.
    #[error("the role {role} may not create the scratch database that comparing and proving need")]
    MayNotCreate {
        /// The role.
        role: String,
        /// The server's words.
        message: String,
        /// Why no other server can stand in.
        instead: Option<String>,
    },
    /// A server that should stand in lacks what the database uses.
    #[error("the server lacks {what}")]
    Lacks {
        /// `the extension postgis 3.3.2`.
        what: String,
    },
    /// Anything else between here and the server.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
}

impl ScratchError {
    /// The same, and why no other server can stand in.
    #[must_use]
    pub fn without_another(self, why: String) -> Self {
        match self {
            Self::MayNotCreate { role, message, .. } => Self::MayNotCreate { role, message, instead: Some(why) },
            other => other,
        }
    }
}

impl Diagnose for ScratchError {
    fn diagnose(&self) -> Diagnostic {
        match self {
            Self::MayNotCreate { role, message, instead } => {
                let mut found = Diagnostic::error(NOT_ALLOWED, Exit::Prerequisite, self.to_string()).because(message);
                if let Some(why) = instead {
                    found = found.because(why);
                }
                found.try_command(
                    "Let an administrator grant it",
                    format!("psql -c 'ALTER ROLE {} CREATEDB'", identifier(role)),
                )
            }
            Self::Lacks { what } => Diagnostic::error(NOT_ALLOWED, Exit::Prerequisite, self.to_string())
                .advise(format!("Install {what} on this machine")),
            Self::Postgres(error) => error.diagnose(),
        }
    }
}
