//! Scratch databases: made for one comparison or proof and dropped afterwards, on the server of the project's database.
//!
//! One that was made of the project's revisions, or of its models, is kept as a template: the next is a copy of it, or a rehearsal in it.

use std::any::Any;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sqlx::Row as _;

use super::apply_error::{ApplyError, failure};
use super::connect::{Address, Database};
use super::error::PostgresError;
use super::leftovers::{Leftovers, Made};
use super::message::OWN_SETTINGS;
use super::parked::PARKED;
use super::scratch_error::ScratchError;
use crate::revision::RevisionScript;
use crate::sql::{digest, identifier, literal};
use crate::stack::url::DatabaseUrl;

const SCRATCH: &str = "xtask_scratch_";
const TEMPLATE: &str = "xtask_template_";

/// How old a scratch database without sessions is before it counts as left behind by a run that was killed.
const LEFT_BEHIND: Duration = Duration::from_secs(600);

/// The same for databases that wait without a session.
const PARKED_BEHIND: Duration = Duration::from_secs(24 * 3600);

/// How many templates of one database are kept: what revisions and models make on the branches between which people switch.
const KEPT: usize = 6;

/// How often a template that somebody is just copying is tried again.
const TRIES: u32 = 20;

/// Where scratch databases are made.
pub struct ScratchServer {
    pub(super) admin: Database,
    /// How a database is made like that of the project, where that is on another server.
    options: Option<String>,
    /// What it has made and not dropped yet.
    made: Made,
    /// What is needed as long as the server is: it goes last.
    _keeper: Option<Box<dyn Any>>,
}

/// A scratch database with a session in it. [`ScratchServer::discard`] ends both.
pub struct Scratch {
    /// The session.
    pub database: Database,
    /// The database to drop afterwards; `None` in a rehearsal, which leaves nothing.
    pub(super) name: Option<String>,
}

impl std::fmt::Debug for Scratch {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Scratch").field("name", &self.name).finish_non_exhaustive()
    }
}

impl ScratchServer {
    /// On the server of this session, with the encoding, locale and settings of its database.
    ///
    /// # Errors
    /// Where no second session can be had.
    pub async fn of(database: &Database) -> Result<Self, PostgresError> {
        Ok(Self { admin: database.another().await?, options: None, made: Made::default(), _keeper: None })
    }

    pub(super) fn kept(admin: Database, options: String, keeper: Box<dyn Any>) -> Self {
        Self { admin, options: Some(options), made: Made::default(), _keeper: Some(keeper) }
    }

    /// An empty scratch database.
    ///
    /// # Errors
    /// Where the role may not create databases, or the server cannot.
    pub async fn empty(&mut self) -> Result<Scratch, ScratchError> {
        self.empty_as(SCRATCH).await
    }

    /// An empty database whose name begins so.
    pub(super) async fn empty_as(&mut self, prefix: &str) -> Result<Scratch, ScratchError> {
        let Some(options) = self.options.clone() else {
            let options = Self::options_of(&mut self.admin).await?;
            return self.create(prefix, &format!("TEMPLATE template0 {options}")).await;
        };
        match self.create(prefix, &format!("TEMPLATE template0 {options}")).await {
            // Another machine may lack the locale, which decides how texts are sorted and nothing of a schema.
            Err(ScratchError::Postgres(PostgresError::Sql(_))) => {
                self.create(prefix, "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'").await
            }
            outcome => outcome,
        }
    }

    /// A copy of the template of this key; `None` where there is none.
    ///
    /// # Errors
    /// As [`ScratchServer::empty`].
    pub async fn copy_of(&mut self, key: &str) -> Result<Option<Scratch>, ScratchError> {
        let template = self.template_name(key);
        let found = format!("SELECT 1 FROM pg_database WHERE datname = {}", literal(&template));
        if self.admin.rows(&found).await?.is_empty() {
            return Ok(None);
        }
        self.create(SCRATCH, &format!("TEMPLATE {}", identifier(&template))).await.map(Some)
    }

    /// A copy of the first of the templates of these keys that is there, and which of them that is.
    ///
    /// # Errors
    /// As [`ScratchServer::empty`].
    pub async fn copy_of_first(&mut self, keys: &[String]) -> Result<Option<(usize, Scratch)>, ScratchError> {
        let kept = self.kept_templates().await?;
        let Some(at) = keys.iter().position(|key| kept.contains(&self.template_name(key))) else { return Ok(None) };
        Ok(self.copy_of(&keys[at]).await?.map(|scratch| (at, scratch)))
    }

    /// Keeps a scratch database as the template of this key, and drops templates that nobody has asked for lately.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn keep(&mut self, scratch: Scratch, key: &str) -> Result<(), ScratchError> {
        let template = self.template_name(key);
        scratch.database.close().await;
        let Some(name) = scratch.name else { return Ok(()) };
        self.made.forget(&name);
        let rename = format!("ALTER DATABASE {} RENAME TO {}", identifier(&name), identifier(&template));
        if let Err(error) = self.admin.run(&rename).await {
            // Another run of the same head was faster: its template is as good as ours.
            self.drop_database(&name).await?;
            if error.sql().is_none_or(|sql| sql.sqlstate != "42P04") {
                return Err(error.into());
            }
        }
        self.drop_old_templates().await
    }

    /// Ends the session and drops the database.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn discard(&mut self, scratch: Scratch) -> Result<(), ScratchError> {
        scratch.database.close().await;
        match scratch.name {
            Some(name) => self.drop_database(&name).await,
            None => Ok(()),
        }
    }

    /// What is to be dropped where the work with these databases does not come to its end.
    pub fn leftovers(&self) -> Leftovers {
        Leftovers::new(self.admin.opener(), self.made.clone())
    }

    /// Ends the session that makes databases.
    pub async fn close(self) {
        self.admin.close().await;
    }

    pub(super) async fn create(&mut self, prefix: &str, how: &str) -> Result<Scratch, ScratchError> {
        self.drop_left_behind().await?;
        let name = new_name(prefix);
        self.made.note(&name);
        let create = format!("CREATE DATABASE {} {how}", identifier(&name));
        let mut tries = 0;
        while let Err(error) = self.admin.run(&create).await {
            let sqlstate = error.sql().map(|sql| sql.sqlstate.clone()).unwrap_or_default();
            tries += 1;
            match sqlstate.as_str() {
                // Somebody else copies the template at this moment.
                "55006" if tries < TRIES => tokio::time::sleep(Duration::from_millis(50)).await,
                "42501" => return Err(self.may_not_create(&error).await),
                _ => return Err(error.into()),
            }
        }
        let address = at(self.admin.address(), &name);
        let database = match Database::connect(&address, "xtask scratch").await {
            Ok(mut database) => {
                // Nothing in it has to survive a crash of the machine.
                database.run("SET synchronous_commit TO off").await?;
                database
            }
            Err(error) => {
                self.drop_database(&name).await?;
                return Err(error.into());
            }
        };
        Ok(Scratch { database, name: Some(name) })
    }

    async fn may_not_create(&mut self, error: &PostgresError) -> ScratchError {
        let role = self.admin.role().await.unwrap_or_default();
        ScratchError::MayNotCreate { role, message: error.to_string(), instead: None }
    }

    /// Encoding, locale: what decides how texts are written and compared.
    pub(super) async fn options_of(database: &mut Database) -> Result<String, PostgresError> {
        let sql = "SELECT pg_encoding_to_char(encoding) AS encoding, datcollate::text AS collate, datctype::text AS ctype, \
                   to_jsonb(d) ->> 'datlocprovider' AS provider, \
                   coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') AS locale \
                   FROM pg_database d WHERE datname = current_database()";
        let rows = database.rows(sql).await?;
        let Some(row) = rows.first() else { return Ok(String::new()) };
        let text = |name: &str| literal(row.get::<&str, _>(name));
        let mut options =
            format!("ENCODING {} LC_COLLATE {} LC_CTYPE {}", text("encoding"), text("collate"), text("ctype"));
        let locale: Option<&str> = row.get("locale");
        match (row.get::<Option<&str>, _>("provider"), locale) {
            (Some("i"), Some(locale)) => {
                options.push_str(&format!(" LOCALE_PROVIDER icu ICU_LOCALE {}", literal(locale)));
            }
            (Some("b"), Some(locale)) => {
                options.push_str(&format!(" LOCALE_PROVIDER builtin BUILTIN_LOCALE {}", literal(locale)));
            }
            _ => {}
        }
        Ok(options)
    }

    fn template_prefix(&self) -> String {
        // One role may not work in what another one has made.
        let (role, database) = role_and_database(self.admin.address());
        format!("{TEMPLATE}{:08x}_", digest(format!("{role}@{database}").as_bytes()) >> 32 & 0xffff_ffff)
    }

    pub(super) fn template_name(&self, key: &str) -> String {
        format!("{}{:016x}", self.template_prefix(), digest(key.as_bytes()))
    }

    /// The names of all templates of this database that there are.
    pub(super) async fn kept_templates(&mut self) -> Result<Vec<String>, ScratchError> {
        let pattern = literal(&format!("{}%", self.template_prefix().replace('_', "\\_")));
        let sql = format!("SELECT datname::text AS name FROM pg_database WHERE datname LIKE {pattern}");
        Ok(self.admin.rows(&sql).await?.iter().map(|row| row.get("name")).collect())
    }

    async fn drop_old_templates(&mut self) -> Result<(), ScratchError> {
        let pattern = format!("{}%", self.template_prefix().replace('_', "\\_"));
        let sql = format!(
            "SELECT datname::text AS name, EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid) AS is_used \
             FROM pg_database d WHERE datname LIKE {} ORDER BY oid DESC OFFSET {KEPT}",
            literal(&pattern)
        );
        let old = self.admin.rows(&sql).await?;
        // Another command may rehearse in one.
        for unused in old.iter().filter(|row| !row.get::<bool, _>("is_used")) {
            self.drop_database(unused.get("name")).await?;
        }
        Ok(())
    }

    /// Drops what runs left behind that could not clean up after themselves.
    async fn drop_left_behind(&mut self) -> Result<(), ScratchError> {
        let pattern = |prefix: &str| literal(&format!("{}%", prefix.replace('_', "\\_")));
        let sql = format!(
            "SELECT datname::text AS name FROM pg_database d WHERE (datname LIKE {} OR datname LIKE {}) AND NOT EXISTS \
             (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid) AND pg_has_role(datdba, 'USAGE')",
            pattern(SCRATCH),
            pattern(PARKED)
        );
        let names: Vec<String> = self.admin.rows(&sql).await?.iter().map(|row| row.get("name")).collect();
        for name in names.iter().filter(|name| is_old(name, now())) {
            self.drop_database(name).await?;
        }
        Ok(())
    }

    pub(super) async fn drop_database(&mut self, name: &str) -> Result<(), ScratchError> {
        self.admin.run(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", identifier(name))).await?;
        self.made.forget(name);
        Ok(())
    }
}

impl Database {
    /// Runs a text as it stands, in one message and so in one transaction unless it has its own.
    ///
    /// # Errors
    /// What the server refuses; nothing is kept then.
    pub async fn run_text(&mut self, sql: &str) -> Result<(), PostgresError> {
        let outcome = self.run(sql).await;
        if outcome.is_err() {
            // Outside of a transaction this is a warning of the server and nothing else.
            let _ = self.run("ROLLBACK").await;
        }
        outcome
    }

    /// Runs a script without recording it: as one transaction, or unit by unit where it says so.
    ///
    /// # Errors
    /// What failed, and where in the script.
    pub async fn run_script(&mut self, script: &RevisionScript) -> Result<(), ApplyError> {
        if script.transactional {
            self.run_file(script).await?;
        } else {
            for unit in script.script.units() {
                let span = script.script.span(&unit);
                if let Err(error) = self.run_text(&script.text[span.clone()]).await {
                    return Err(failure(script, unit.start, span.start, error));
                }
            }
        }
        Ok(self.run(OWN_SETTINGS).await?)
    }
}

/// `xtask_scratch_<seconds since 1970>_<process>_<count>`: whoever finds one left behind sees how old it is.
fn new_name(prefix: &str) -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(1);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{prefix}{}_{}_{count}", now(), std::process::id())
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn is_old(name: &str, now: u64) -> bool {
    let kinds = [(SCRATCH, LEFT_BEHIND), (PARKED, PARKED_BEHIND)];
    kinds.into_iter().any(|(prefix, age)| {
        let made = name.strip_prefix(prefix).and_then(|rest| rest.split('_').next()?.parse::<u64>().ok());
        made.is_some_and(|made| now.saturating_sub(made) > age.as_secs())
    })
}

/// The same server and role, another database.
pub(super) fn at(address: &Address, database: &str) -> Address {
    match DatabaseUrl::parse(&address.url) {
        Ok(mut url) => {
            url.database = Some(database.to_owned());
            Address { url: url.to_connection_string(), shown: url.masked(), ..address.clone() }
        }
        // It was connected to with this URL, so it can be read; if not, connecting says why.
        Err(_) => address.clone(),
    }
}

fn role_and_database(address: &Address) -> (String, String) {
    let url = DatabaseUrl::parse(&address.url).unwrap_or_default();
    (url.user.unwrap_or_default(), url.database.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_old_scratch_databases_count_as_left_behind() {
        assert!(is_old("xtask_scratch_1000_17_1", 2000));
        assert!(!is_old("xtask_scratch_1900_17_1", 2000));
        assert!(!is_old("xtask_scratch_of_mine", 2000));
        assert!(!is_old("another", 2000));
        assert!(!is_old("xtask_proof_1000_17_1", 2000) && is_old("xtask_proof_1000_17_1", 100_000));
    }

    #[test]
    fn a_scratch_database_is_on_the_same_server() {
        let address = Address {
            url: "postgresql://me:x%40y@localhost:5433/app?sslmode=disable".into(),
            shown: String::new(),
            origin: "a test".into(),
            connect_timeout: Duration::from_secs(1),
        };
        let other = at(&address, "xtask_scratch_1_2_3");
        assert_eq!(other.url, "postgresql://me:x%40y@localhost:5433/xtask_scratch_1_2_3?sslmode=disable");
        assert!(!other.shown.contains("x%40y"));
    }
}
