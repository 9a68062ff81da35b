//! The schema of a whole database, read in one round trip: one message with a query for each kind of object.

mod beside_tables;
mod columns;
mod constraints;
mod dependencies;
mod draft;
mod fields;
mod functions;
mod indexes;
mod namespaces;
mod privileges;
mod relations;
mod scope;
mod sequences;
mod settled;
mod triggers;
mod types;

use draft::{Draft, Oid};
use fields::{Fault, Fields, Records, as_one_text};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::connect::Database;
use super::error::PostgresError;
use crate::schema::{Options, Schema};

pub use constraints::LEFT_OUT;
pub use scope::Scope;

/// What of a server decides how its catalogue is asked.
struct Server {
    /// As PostgreSQL numbers it: 150018.
    version: u32,
}

/// One query of the message, and who reads its rows.
struct Query {
    what: &'static str,
    sql: String,
    read: fn(&mut Draft, &mut Fields) -> Result<(), Fault>,
}

impl Query {
    fn new(what: &'static str, sql: String, read: fn(&mut Draft, &mut Fields) -> Result<(), Fault>) -> Self {
        Self { what, sql, read }
    }
}

/// Settings that change what the server prints, and in which order: of a large catalogue it begins to read in the middle, or with
/// several processes. With an empty search path everything outside of `pg_catalog` is qualified.
const SETTINGS: &[(&str, &str)] = &[
    ("search_path", ""),
    ("quote_all_identifiers", "off"),
    ("datestyle", "ISO"),
    ("intervalstyle", "postgres"),
    ("timezone", "UTC"),
    ("extra_float_digits", "1"),
    ("bytea_output", "hex"),
    ("synchronize_seqscans", "off"),
    ("max_parallel_workers_per_gather", "0"),
];

/// What the catalogue of a database says, as the server has sent it.
#[derive(Debug)]
pub struct Catalogue {
    /// The answer to each query, in their order.
    answers: Vec<String>,
    version: u32,
    scope: Scope,
}

impl Database {
    /// Reads the schema of this database as it is at one moment.
    ///
    /// # Errors
    /// The connection breaks, or the server answers in an unknown way.
    pub async fn introspect(&mut self, scope: &Scope) -> Result<Schema, PostgresError> {
        self.catalogue(scope).await?.schema()
    }

    /// The same inside of a transaction that is open, with all that it has done so far; its settings stay as they are.
    ///
    /// # Errors
    /// As [`Database::introspect`].
    pub async fn introspect_inside(&mut self, scope: &Scope) -> Result<Schema, PostgresError> {
        self.catalogue_between("", "", scope).await?.schema()
    }

    /// What [`Database::introspect`] reads, before it is understood.
    ///
    /// # Errors
    /// The connection breaks.
    pub async fn catalogue(&mut self, scope: &Scope) -> Result<Catalogue, PostgresError> {
        if self.is_rehearsal {
            return self.catalogue_between("", "", scope).await;
        }
        self.catalogue_between("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "COMMIT", scope).await
    }

    async fn catalogue_between(&mut self, begin: &str, end: &str, scope: &Scope) -> Result<Catalogue, PostgresError> {
        let version = self.server_version();
        let queries = queries(&Server { version });
        let mut message = format!("{begin};{};{};", remember_settings(), set_settings());
        for query in &queries {
            message.push_str(&as_one_text(&query.sql));
            message.push(';');
        }
        message.push_str(&restore_settings());
        message.push(';');
        message.push_str(end);

        // The transaction and the two statements about settings come before the first query.
        let before = if begin.is_empty() { 2 } else { 3 };
        let mut answers = vec![String::new(); queries.len()];
        let mut fault = None;
        self.each_row(&message, |statement, row| {
            let Some(at) = statement.checked_sub(before).filter(|at| *at < queries.len()) else { return };
            match text(row) {
                Ok(text) => answers[at] = text,
                Err(cause) => fault = Some((queries[at].what, cause)),
            }
        })
        .await?;
        match fault {
            Some((what, cause)) => Err(PostgresError::Answer { what, cause }),
            None => Ok(Catalogue { answers, version, scope: scope.clone() }),
        }
    }
}

impl Catalogue {
    /// What the answers say.
    ///
    /// # Errors
    /// The server has answered in an unknown way.
    pub fn schema(&self) -> Result<Schema, PostgresError> {
        let mut draft = Draft::new(self.scope.clone());
        for (query, text) in queries(&Server { version: self.version }).iter().zip(&self.answers) {
            read(&mut draft, query, text).map_err(|cause| PostgresError::Answer { what: query.what, cause })?;
        }
        let mut schema = draft.finish();
        settled::settle(&mut schema);
        Ok(schema)
    }

    /// All that the schema is made of. Two catalogues with the same of it have the same schema.
    pub fn contents(&self) -> impl Iterator<Item = &str> {
        self.answers.iter().map(String::as_str)
    }

    /// The version of the server, as PostgreSQL numbers it: 150018.
    pub fn server_version(&self) -> u32 {
        self.version
    }
}

/// The rows of a query, which come as one text.
fn text(row: &PgRow) -> Result<String, Fault> {
    row.try_get::<Option<String>, _>(0).map(Option::unwrap_or_default).map_err(|error| error.to_string())
}

/// Reads all rows of a query.
fn read(draft: &mut Draft, query: &Query, text: &str) -> Result<(), Fault> {
    let mut records = Records::of(text);
    while let Some(fields) = records.next() {
        (query.read)(draft, &mut fields?)?;
    }
    Ok(())
}

/// In the order in which they need each other's results.
fn queries(server: &Server) -> Vec<Query> {
    let kinds = [
        namespaces::queries,
        types::queries,
        relations::queries,
        columns::queries,
        indexes::queries,
        constraints::queries,
        sequences::queries,
        functions::queries,
        triggers::queries,
        beside_tables::queries,
        dependencies::queries,
    ];
    kinds.iter().flat_map(|queries| queries(server)).collect()
}

fn remember_settings() -> String {
    each_setting(|name, _| format!("set_config('xtask_before.{name}', current_setting('{name}'), true)"))
}

fn set_settings() -> String {
    each_setting(|name, value| format!("set_config('{name}', '{value}', true)"))
}

fn restore_settings() -> String {
    each_setting(|name, _| format!("set_config('{name}', current_setting('xtask_before.{name}'), true)"))
}

fn each_setting(call: impl Fn(&str, &str) -> String) -> String {
    let calls: Vec<String> = SETTINGS.iter().map(|(name, value)| call(name, value)).collect();
    format!("SELECT {}", calls.join(", "))
}

/// A condition on an object of a catalogue.
fn not_of_an_extension(class: Oid, oid: &str) -> String {
    format!(
        "NOT EXISTS (SELECT FROM pg_depend member WHERE member.classid = {class} AND member.objid = {oid} \
         AND member.deptype = 'e')"
    )
}

/// `name=value` as the catalogue keeps it; a name alone means true.
fn options(settings: impl IntoIterator<Item = String>) -> Options {
    let pair = |setting: String| match setting.split_once('=') {
        Some((name, value)) => (name.to_owned(), value.to_owned()),
        None => (setting, "true".to_owned()),
    };
    settings.into_iter().map(pair).collect()
}
