//! Why a view was not refreshed.

use thiserror::Error;

use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit};
use crate::postgres::error::{PostgresError, SqlError};
use crate::view::{Mode, PlainReason, RelationName};

const FAILED: Code = Code::new("view-refresh-failed");
const NOT_ALLOWED: Code = Code::new("view-refresh-not-allowed");

/// Why a view was not refreshed.
#[derive(Clone, Debug, Error)]
pub enum RefreshError {
    /// Its query failed, or the server refused.
    #[error("{view} could not be refreshed: {sql}")]
    Statement {
        /// The view.
        view: RelationName,
        /// What the server said.
        sql: Box<SqlError>,
        /// How it was refreshed.
        mode: Mode,
    },
    /// Only the owner may.
    #[error("role {role} may not refresh {view}, which belongs to {owner}")]
    NotAllowed {
        /// The view.
        view: RelationName,
        /// Who we are.
        role: String,
        /// Who may.
        owner: String,
    },
    /// The server could not be asked.
    #[error("{view} could not be refreshed: {error}")]
    Postgres {
        /// The view.
        view: RelationName,
        /// What went wrong.
        error: PostgresError,
    },
}

impl RefreshError {
    pub(super) fn new(view: &RelationName, error: PostgresError, mode: Mode) -> Self {
        let view = view.clone();
        match error {
            PostgresError::Sql(sql) => Self::Statement { view, sql, mode },
            error => Self::Postgres { view, error },
        }
    }

    /// The reason alone, for a line that names the view already.
    pub fn reason(&self) -> String {
        match self {
            Self::Statement { sql, .. } => sql.message.clone(),
            Self::NotAllowed { role, owner, .. } => {
                format!("it belongs to {owner}, and role {role} may not refresh it")
            }
            Self::Postgres { error, .. } => error.to_string(),
        }
    }
}

impl Diagnose for RefreshError {
    fn diagnose(&self) -> Diagnostic {
        let error = |code| Diagnostic::error(code, Exit::Migration, self.to_string());
        match self {
            Self::Statement { view, sql, mode } => {
                let mut diagnostic = error(FAILED);
                diagnostic.evidence = sql.evidence();
                let kept = match mode {
                    Mode::Plain(PlainReason::NotPopulated) => "the view still holds no data",
                    _ => "the view keeps the rows of its last refresh",
                };
                advise(diagnostic.because(kept), view, sql, mode)
            }
            Self::NotAllowed { role, owner, .. } => error(NOT_ALLOWED)
                .because("a materialised view is refreshed by its owner, a member of the owner's role, or a superuser")
                .advise(format!("Connect as {owner}, or ask an administrator for: GRANT {owner} TO {role};")),
            Self::Postgres { error: cause, .. } => Diagnostic { title: self.to_string(), ..cause.diagnose() },
        }
    }
}

fn advise(diagnostic: Diagnostic, view: &RelationName, sql: &SqlError, mode: &Mode) -> Diagnostic {
    let diagnostic = match sql.sqlstate.as_str() {
        // cardinality_violation and unique_violation: only a concurrent refresh compares rows.
        "21000" | "23505" if *mode == Mode::Concurrently => diagnostic.advise(
            "Let the query give each row once, and a unique index cover columns that are never null; \
             --no-concurrently refreshes without comparing rows",
        ),
        "23505" => diagnostic.advise("Correct the view's query, or the unique index that forbids what it gives"),
        "42501" => {
            diagnostic.advise("A refresh reads with the rights of the view's owner: grant that role what is missing")
        }
        "57014" => diagnostic.advise("statement_timeout is set for this role or database; raise it for refreshes"),
        "55P03" => diagnostic
            .advise("lock_timeout is set for this role or database; raise it, or end the session that holds the lock"),
        _ => diagnostic,
    };
    diagnostic
        .try_command(
            "See its definition",
            format!("cargo xtask psql -- -c '\\d+ {}'", view.to_string().replace('\'', "'\\''")),
        )
        .try_command("When it is corrected, refresh it and what was skipped", "cargo xtask refresh-views --stale")
}
