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
    },
    /// Anything else between here and the server.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
}

impl Diagnose for ScratchError {
    fn diagnose(&self) -> Diagnostic {
        match self {
            Self::MayNotCreate { role, message } => {
                Diagnostic::error(NOT_ALLOWED, Exit::Prerequisite, self.to_string()).because(message).try_command(
                    "Let an administrator grant it",
                    format!("psql -c 'ALTER ROLE {} CREATEDB'", identifier(role)),
                )
            }
            Self::Postgres(error) => error.diagnose(),
        }
    }
}
