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

/// Settings that change what the server prints. With an empty search path everything outside of `pg_catalog` is qualified.
const SETTINGS: &[(&str, &str)] = &[
    ("search_path", ""),
    ("quote_all_identifiers", "off"),
    ("datestyle", "ISO"),
    ("intervalstyle", "postgres"),
    ("timezone", "UTC"),
    ("extra_float_digits", "1"),
    ("bytea_output", "hex"),
];

impl Database {
    /// Reads the schema of this database as it is at one moment.
    ///
    /// # Errors
    /// The connection breaks, or the server answers in an unknown way.
    pub async fn introspect(&mut self, scope: &Scope) -> Result<Schema, PostgresError> {
        self.introspect_between("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "COMMIT", scope).await
    }

    /// The same inside of a transaction that is open, with all that it has done so far; its settings stay as they are.
    ///
    /// # Errors
    /// As [`Database::introspect`].
    pub async fn introspect_inside(&mut self, scope: &Scope) -> Result<Schema, PostgresError> {
        self.introspect_between("", "", scope).await
    }

    async fn introspect_between(&mut self, begin: &str, end: &str, scope: &Scope) -> Result<Schema, PostgresError> {
        let queries = queries(&Server { version: self.server_version() });
        let mut message = format!("{begin};{};{};", remember_settings(), set_settings());
        for query in &queries {
            message.push_str(&as_one_text(&query.sql));
            message.push(';');
        }
        message.push_str(&restore_settings());
        message.push(';');
        message.push_str(end);

        let mut draft = Draft::new(scope.clone());
        // The transaction and the two statements about settings come before the first query.
        let before = if begin.is_empty() { 2 } else { 3 };
        let mut fault = None;
        self.each_row(&message, |statement, row| {
            let Some(query) = statement.checked_sub(before).and_then(|at| queries.get(at)) else { return };
            if fault.is_none() {
                fault = read(&mut draft, query, row).err().map(|cause| (query.what, cause));
            }
        })
        .await?;
        match fault {
            Some((what, cause)) => Err(PostgresError::Answer { what, cause }),
            None => {
                let mut schema = draft.finish();
                settled::settle(&mut schema);
                Ok(schema)
            }
        }
    }
}

/// Reads all rows of a query, which come as one text.
fn read(draft: &mut Draft, query: &Query, row: &PgRow) -> Result<(), Fault> {
    let text: Option<&str> = row.try_get(0).map_err(|error| error.to_string())?;
    let mut records = Records::of(text.unwrap_or_default());
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
