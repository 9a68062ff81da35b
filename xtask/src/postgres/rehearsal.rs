//! Rehearsals: work in a kept template that leaves nothing, since all of it is one transaction that is never committed. A copy
//! of the template would cost its files, a rehearsal costs what it changes.

use std::collections::BTreeSet;

use sqlx::Row as _;

use super::apply_error::{ApplyError, Kept, failure};
use super::connect::{Database, options};
use super::error::PostgresError;
use super::scratch::{Scratch, ScratchServer, at};
use super::scratch_error::ScratchError;
use crate::revision::RevisionScript;
use crate::schema::QualifiedName;
use crate::sql::literal;

/// What is deferred to the end of a transaction is checked now, for this one has none.
const END: &str = "SET CONSTRAINTS ALL IMMEDIATE";

impl ScratchServer {
    /// A rehearsal in the first of the templates of these keys that is there, and which of them that is.
    ///
    /// # Errors
    /// Where the session of this server is lost.
    pub async fn rehearsal(&mut self, keys: &[String]) -> Result<Option<(usize, Scratch)>, ScratchError> {
        let kept = self.kept_templates().await?;
        for (at, key) in keys.iter().enumerate() {
            let template = self.template_name(key);
            // Somebody may drop it at this moment, or copy it.
            if kept.contains(&template)
                && let Ok(database) = self.rehearsing(&template).await
            {
                return Ok(Some((at, Scratch { database, name: None })));
            }
        }
        Ok(None)
    }

    async fn rehearsing(&self, template: &str) -> Result<Database, PostgresError> {
        let address = at(self.admin.address(), template);
        let application = "xtask rehearsal";
        // Whatever ends the transaction, nothing can be written behind its end.
        let options = options(&address, application)?.options([("default_transaction_read_only", "on")]);
        let mut database = Database::connect_with(&address, application, options).await?;
        database.run("BEGIN READ WRITE").await?;
        database.is_rehearsal = true;
        Ok(database)
    }
}

impl Database {
    /// Runs a script in a rehearsal; one that fails leaves nothing.
    pub(super) async fn rehearse(&mut self, script: &RevisionScript) -> Result<(), ApplyError> {
        self.run("SAVEPOINT script").await?;
        if let Err(error) = self.run(&script.text).await {
            self.run("ROLLBACK TO SAVEPOINT script").await?;
            return Err(failure(script, 0, 0, error).with(Kept::Nothing));
        }
        match self.run(&format!("{END};RELEASE SAVEPOINT script")).await {
            Ok(()) => Ok(()),
            Err(PostgresError::Sql(sql)) => {
                self.run("ROLLBACK TO SAVEPOINT script").await?;
                Err(ApplyError::AtEnd { path: script.path.clone(), sql })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Which of these relations are there.
    ///
    /// # Errors
    /// Where the session is lost.
    pub async fn relations_there(
        &mut self,
        names: impl Iterator<Item = &QualifiedName>,
    ) -> Result<BTreeSet<QualifiedName>, PostgresError> {
        let names: Vec<&QualifiedName> = names.collect();
        let listed: Vec<String> = names.iter().map(|name| literal(&name.to_string())).collect();
        let sql = format!(
            "SELECT to_regclass(it.name) IS NOT NULL AS there FROM unnest(ARRAY[{}]::text[]) \
             WITH ORDINALITY AS it(name, at) ORDER BY it.at",
            listed.join(", ")
        );
        let rows = self.rows(&sql).await?;
        let there = names.into_iter().zip(rows).filter(|(_, row)| row.get("there"));
        Ok(there.map(|(name, _)| name.clone()).collect())
    }

    /// What the sequences of these tables count in a rehearsal is taken back, too: one that is altered, if only to what it is,
    /// counts in a file of its own.
    pub(super) async fn count_apart<'t>(
        &mut self,
        tables: impl Iterator<Item = &'t QualifiedName>,
    ) -> Result<(), PostgresError> {
        if !self.is_rehearsal {
            return Ok(());
        }
        let tables: Vec<String> = tables.map(|table| format!("{}::regclass", literal(&table.to_string()))).collect();
        let altered = format!(
            "WITH rows_of AS (SELECT unnest(ARRAY[{}]::regclass[])::oid AS oid) \
             SELECT format('ALTER SEQUENCE %s CACHE %s;', seqrelid::regclass, seqcache) AS sql FROM pg_sequence \
             WHERE seqrelid IN (SELECT objid FROM pg_depend, rows_of WHERE classid = 'pg_class'::regclass \
             AND refclassid = 'pg_class'::regclass AND refobjid = rows_of.oid UNION \
             SELECT d.refobjid FROM rows_of JOIN pg_attrdef a ON a.adrelid = rows_of.oid JOIN pg_depend d \
             ON d.classid = 'pg_attrdef'::regclass AND d.objid = a.oid AND d.refclassid = 'pg_class'::regclass)",
            tables.join(", ")
        );
        let altered: String = self.rows(&altered).await?.iter().map(|row| row.get::<String, _>("sql")).collect();
        self.run(&altered).await
    }

    /// Begins what can be taken back apart from the rest: a transaction or, in a rehearsal, a part of it.
    pub(super) async fn begin_part(&mut self) -> Result<(), PostgresError> {
        self.run(if self.is_rehearsal { "SAVEPOINT part" } else { "BEGIN" }).await
    }

    /// Ends it, with all that was deferred to its end.
    pub(super) async fn end_part(&mut self) -> Result<(), PostgresError> {
        let release = format!("{END};RELEASE SAVEPOINT part");
        self.run(if self.is_rehearsal { &release } else { "COMMIT" }).await
    }

    /// Takes it back.
    pub(super) async fn undo_part(&mut self) -> Result<(), PostgresError> {
        self.run(if self.is_rehearsal { "ROLLBACK TO SAVEPOINT part;RELEASE SAVEPOINT part" } else { "ROLLBACK" }).await
    }
}
