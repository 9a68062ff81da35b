//! What the server refuses, and what that means for the person who asked.

use std::time::Duration;

use sqlx::postgres::{PgDatabaseError, PgErrorPosition};
use thiserror::Error;

use super::connect::Address;
use super::lock::Holder;
use crate::diagnostic::{Code, Diagnose, Diagnostic, Exit};

const UNREACHABLE: Code = Code::new("database-unreachable");
const AUTHENTICATION: Code = Code::new("database-authentication");
const MISSING: Code = Code::new("database-missing");
const REFUSED: Code = Code::new("database-refused");
const URL: Code = Code::new("database-url");
const LOST: Code = Code::new("database-connection-lost");
const SQL: Code = Code::new("database-sql");
const PRIVILEGE: Code = Code::new("database-privilege");
const LOCK: Code = Code::new("database-lock-timeout");
const READ_ONLY: Code = Code::new("database-read-only");
const MOVED: Code = Code::new("database-moved");
const ANSWER: Code = Code::new("database-answer");

/// An error of the server while it ran a statement.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{message} (SQLSTATE {sqlstate})")]
pub struct SqlError {
    /// The five characters of <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
    pub sqlstate: String,
    /// The server's primary message.
    pub message: String,
    /// The server's detail.
    pub detail: Option<String>,
    /// The server's hint.
    pub hint: Option<String>,
    /// The call stack inside functions.
    pub context: Option<String>,
    /// SQL that the server ran by itself, inside of a function, where the error is in that.
    pub internal_query: Option<String>,
    /// The table that the server names, without its schema.
    pub table: Option<String>,
    /// The constraint that the server names.
    pub constraint: Option<String>,
    /// 1-based character position in the text that was sent.
    pub position: Option<usize>,
    /// How many statements of the text had succeeded before.
    pub statements_done: usize,
}

impl SqlError {
    pub(super) fn of(error: &dyn sqlx::error::DatabaseError, statements_done: usize) -> Self {
        let Some(error) = error.try_downcast_ref::<PgDatabaseError>() else {
            let sqlstate = error.code().unwrap_or_default().into_owned();
            let message = error.message().to_owned();
            return Self {
                sqlstate,
                message,
                detail: None,
                hint: None,
                context: None,
                internal_query: None,
                table: None,
                constraint: None,
                position: None,
                statements_done,
            };
        };
        let (position, internal_query) = match error.position() {
            Some(PgErrorPosition::Original(position)) => (Some(position), None),
            Some(PgErrorPosition::Internal { query, .. }) => (None, Some(query.to_owned())),
            None => (None, None),
        };
        Self {
            sqlstate: error.code().to_owned(),
            message: error.message().to_owned(),
            detail: error.detail().map(str::to_owned),
            hint: error.hint().map(str::to_owned),
            context: error.r#where().map(str::to_owned),
            internal_query,
            table: error.table().map(str::to_owned),
            constraint: error.constraint().map(str::to_owned),
            position,
            statements_done,
        }
    }

    /// `active_sql_transaction` and `invalid_transaction_termination`: what was refused cannot run in a transaction block.
    /// Nothing of it was done, or a rollback undid it.
    pub fn wants_no_transaction(&self) -> bool {
        matches!(self.sqlstate.as_str(), "25001" | "2D000")
    }

    /// The server's own words below the message, as evidence.
    pub fn evidence(&self) -> Vec<String> {
        let line = |name: &str, text: &Option<String>| text.as_ref().map(|text| format!("{name}: {text}"));
        let lines = [
            line("detail", &self.detail),
            line("hint", &self.hint),
            line("in the SQL", &self.internal_query),
            line("context", &self.context),
        ];
        lines.into_iter().flatten().collect()
    }
}

/// What can go wrong between here and the server.
#[derive(Clone, Debug, Error)]
pub enum PostgresError {
    /// The URL cannot be understood.
    #[error("the connection URL cannot be used: {cause}")]
    Url {
        /// The address.
        address: Box<Address>,
        /// The reason.
        cause: String,
    },
    /// Nothing listens there, or the name is unknown.
    #[error("no server answers at {}", .address.shown)]
    Unreachable {
        /// The address.
        address: Box<Address>,
        /// The operating system's words.
        cause: String,
    },
    /// Something listens but does not speak.
    #[error("the server at {} did not answer within {waited:.1?}", .address.shown)]
    NoAnswer {
        /// The address.
        address: Box<Address>,
        /// How long we waited.
        waited: Duration,
    },
    /// The server does not let us in.
    #[error("the server at {} refuses the connection: {error}", .address.shown)]
    Refused {
        /// The address.
        address: Box<Address>,
        /// Its words.
        error: Box<SqlError>,
    },
    /// The connection broke.
    #[error("the connection to {shown} was lost")]
    Lost {
        /// The address, masked.
        shown: String,
        /// The reason as far as it is known.
        cause: String,
    },
    /// A statement failed.
    #[error(transparent)]
    Sql(Box<SqlError>),
    /// The role may not create, read or change what the tool keeps in the database.
    #[error("the role lacks a right to the tool's state in this database: {message}")]
    Privilege {
        /// The server's words.
        message: String,
        /// The statement that an administrator would run.
        grant: String,
    },
    /// A standby, or a session that is told not to write.
    #[error("the database at {shown} cannot be changed: it is read-only")]
    ReadOnly {
        /// The address, masked.
        shown: String,
        /// Whether the server is a standby.
        standby: bool,
    },
    /// Somebody else holds the lock.
    #[error("another run holds this database's lock; waited {waited:.0?}")]
    Locked {
        /// Who.
        holder: Option<Box<Holder>>,
        /// How long we waited.
        waited: Duration,
    },
    /// `alembic_version` changed between planning and applying.
    #[error("alembic_version was changed by somebody else meanwhile")]
    Moved {
        /// What the plan started from.
        expected: Vec<String>,
        /// What is there now.
        found: Vec<String>,
    },
    /// The catalogue answers in a way that we do not know.
    #[error("the server's answer about {what} cannot be understood: {cause}")]
    Answer {
        /// What was asked for.
        what: &'static str,
        /// What is wrong with it.
        cause: String,
    },
}

impl PostgresError {
    pub(super) fn connecting(address: &Address, error: sqlx::Error) -> Self {
        let address = Box::new(address.clone());
        match error {
            sqlx::Error::Database(error) => Self::Refused { address, error: Box::new(SqlError::of(error.as_ref(), 0)) },
            sqlx::Error::Configuration(cause) => Self::Url { address, cause: cause.to_string() },
            other => Self::Unreachable { address, cause: other.to_string() },
        }
    }

    /// `cannot_connect_now`: the server starts or stops; trying again helps.
    pub fn is_starting_up(&self) -> bool {
        matches!(self, Self::Refused { error, .. } if error.sqlstate == "57P03")
    }

    /// The server's error, where a statement failed.
    pub fn sql(&self) -> Option<&SqlError> {
        match self {
            Self::Sql(error) => Some(error),
            _ => None,
        }
    }
}

impl Diagnose for PostgresError {
    fn diagnose(&self) -> Diagnostic {
        let error = |code, exit| Diagnostic::error(code, exit, self.to_string());
        match self {
            Self::Url { address, .. } => error(URL, Exit::Usage)
                .because(format!("it comes from {}", address.origin))
                .advise("Write it as postgresql://USER@HOST:PORT/DATABASE"),
            Self::Unreachable { address, cause } => {
                unreachable_server(error(UNREACHABLE, Exit::Unhealthy), address).because(cause.clone())
            }
            Self::NoAnswer { address, .. } => unreachable_server(error(UNREACHABLE, Exit::Unhealthy), address),
            Self::Refused { address, error } => refused(self.to_string(), address, error),
            Self::Lost { cause, .. } => error(LOST, Exit::Unhealthy)
                .because(cause.clone())
                .because("the server rolls back what was not committed")
                .try_command("See whether the server runs", "cargo xtask status")
                .try_command("See why it stopped", "cargo xtask logs"),
            Self::Sql(sql) => {
                let mut diagnostic = error(SQL, Exit::Failed);
                diagnostic.evidence = sql.evidence();
                match sql.sqlstate.as_str() {
                    "42501" => {
                        diagnostic.advise("Ask an administrator of the database for the privilege that is missing")
                    }
                    _ => diagnostic.try_command("Read the server's log", "cargo xtask logs"),
                }
            }
            Self::Privilege { grant, .. } => error(PRIVILEGE, Exit::Prerequisite)
                .because("revisions are recorded in alembic_version and in the schema xtask")
                .advise(format!("Ask an administrator of the database for: {grant}")),
            Self::ReadOnly { standby: true, .. } => error(READ_ONLY, Exit::Prerequisite)
                .because("the server is a standby, which only follows its primary server")
                .advise("Connect to the primary server"),
            Self::ReadOnly { standby: false, .. } => error(READ_ONLY, Exit::Prerequisite)
                .because("default_transaction_read_only is on for this server, database, role or connection")
                .advise("Connect with a role that may write, or set default_transaction_read_only to off for it"),
            Self::Locked { holder, .. } => locked(error(LOCK, Exit::Conflict), holder.as_deref()),
            Self::Moved { expected, found } => error(MOVED, Exit::Conflict)
                .because(format!("expected {}, found {}", rows(expected), rows(found)))
                .because("Alembic or another program moved it")
                .try_command("Start again from what is there now", "cargo xtask migrate"),
            Self::Answer { .. } => error(ANSWER, Exit::Failed)
                .because("PostgreSQL 12 to 18 are known to answer as expected; other products that speak its protocol may not")
                .try_command("See which server it is", "cargo xtask psql -- -c 'select version()'"),
        }
    }
}

fn rows(rows: &[String]) -> String {
    if rows.is_empty() { "no row".to_owned() } else { rows.join(", ") }
}

fn unreachable_server(diagnostic: Diagnostic, address: &Address) -> Diagnostic {
    diagnostic
        .because(format!("the address comes from {}", address.origin))
        .try_command("Start the project's services", "cargo xtask start-services")
        .try_command("See what is missing on this machine", "cargo xtask doctor")
}

fn refused(title: String, address: &Address, error: &SqlError) -> Diagnostic {
    let origin = format!("the address comes from {}", address.origin);
    let (code, exit) = match error.sqlstate.as_str() {
        "28P01" | "28000" => (AUTHENTICATION, Exit::Failed),
        "3D000" => (MISSING, Exit::Prerequisite),
        _ => (REFUSED, Exit::Unhealthy),
    };
    let mut diagnostic = Diagnostic::error(code, exit, title).because(origin);
    diagnostic.evidence.extend(error.evidence());
    match error.sqlstate.as_str() {
        "28P01" | "28000" => diagnostic
            .advise("Compare user and password with those that the server was made with: a data directory keeps the ones of its first start"),
        "3D000" => diagnostic
            .try_command("Where it is the project's own service, let the tool create it", "cargo xtask up")
            .advise("Correct the name in the address, or create the database on that server with createdb"),
        "53300" => diagnostic.advise("Close other sessions, or raise max_connections"),
        _ => diagnostic.try_command("Read the server's log", "cargo xtask logs"),
    }
}

fn locked(diagnostic: Diagnostic, holder: Option<&Holder>) -> Diagnostic {
    match holder {
        Some(holder) => diagnostic
            .because(holder.describe())
            .advise("Wait longer: give --lock-wait 30m")
            .try_command("Or end the other run, which has two sessions of this name", end_session(&holder.application)),
        None => diagnostic.advise("Run the command again"),
    }
}

/// Ends the session that holds the lock and the one that works.
fn end_session(application: &str) -> String {
    format!(
        "cargo xtask psql -- -c \"select pg_terminate_backend(pid) from pg_stat_activity \
         where application_name = '{application}'\""
    )
}
