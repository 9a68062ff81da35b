//! Sample rows put into a scratch database, and read again.

use std::collections::BTreeSet;

use sqlx::Row as _;

use super::connect::Database;
use super::error::PostgresError;
use crate::sample::{Draft, Place, Refusal, RowKind, Rows, Samples, TableSample};
use crate::schema::QualifiedName;
use crate::sql;

/// How many rows of a table are compared one by one; of more only the number is.
const COMPARED: usize = 500;

/// A table of which no sample row could be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsampled {
    /// The table.
    pub table: QualifiedName,
    /// What the server said at last.
    pub why: String,
}

impl Database {
    /// Inserts sample rows, and gives the tables at stake of which none could be made.
    ///
    /// # Errors
    /// Where the session is lost. That a row is refused is no error.
    pub async fn insert_samples(&mut self, samples: &Samples) -> Result<Vec<Unsampled>, PostgresError> {
        self.count_apart(samples.tables.iter().map(|it| &it.table)).await?;
        // Rows that refer to each other in a circle can be checked together, at the end.
        self.begin_part().await?;
        self.run("SET CONSTRAINTS ALL DEFERRED").await?;
        let without = self.insert_each(samples).await?;
        match self.end_part().await {
            Ok(()) => Ok(without),
            Err(error) if error.sql().is_some() => {
                self.undo_part().await?;
                self.begin_part().await?;
                self.run("SET CONSTRAINTS ALL IMMEDIATE").await?;
                let without = self.insert_each(samples).await?;
                self.end_part().await?;
                Ok(without)
            }
            Err(error) => Err(error),
        }
    }

    async fn insert_each(&mut self, samples: &Samples) -> Result<Vec<Unsampled>, PostgresError> {
        let mut without = Vec::new();
        for table in &samples.tables {
            let (mut any, mut why) = (false, String::new());
            for draft in &table.drafts {
                // What only the first schema allows is made beside rows that suit both.
                if draft.kind != RowKind::Fitting && !any {
                    break;
                }
                match self.insert_draft(draft.clone()).await? {
                    None => any = true,
                    Some(refused) if why.is_empty() => why = refused,
                    Some(_) => {}
                }
            }
            if !any && table.is_at_stake {
                without.push(Unsampled { table: table.table.clone(), why });
            }
        }
        Ok(without)
    }

    /// Inserts one row; the last refusal where that cannot be done.
    async fn insert_draft(&mut self, mut draft: Draft) -> Result<Option<String>, PostgresError> {
        loop {
            let (refusal, why) = match self.try_draft(&draft).await {
                Ok(None) => return Ok(None),
                Ok(Some(unmet)) => (Refusal { sqlstate: "23514".to_owned(), constraint: Some(unmet) }, None),
                Err(PostgresError::Sql(error)) => {
                    let refusal = Refusal { sqlstate: error.sqlstate.clone(), constraint: error.constraint.clone() };
                    (refusal, Some(error.message))
                }
                Err(error) => return Err(error),
            };
            self.run("ROLLBACK TO SAVEPOINT sample").await?;
            if draft.after(&refusal) {
                continue;
            }
            match why {
                Some(why) => return Ok(Some(why)),
                // It is a row, if not one that suits both schemas.
                None => draft.without_demands(),
            }
        }
    }

    /// Inserts a row; gives the check that it does not pass although it will have to.
    async fn try_draft(&mut self, draft: &Draft) -> Result<Option<String>, PostgresError> {
        self.run(&format!("SAVEPOINT sample; {}", draft.insert())).await?;
        let unmet = match draft.unmet() {
            Some(query) => self.rows(&query).await?.first().map(|row| row.get("name")),
            None => None,
        };
        if unmet.is_none() {
            self.run("RELEASE SAVEPOINT sample").await?;
        }
        Ok(unmet)
    }

    /// Whether one of these tables, named as SQL does, is there and has rows.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn has_rows_in(&mut self, tables: &BTreeSet<&str>) -> Result<bool, PostgresError> {
        for table in tables {
            let there = format!("SELECT to_regclass({}) IS NOT NULL AS there", sql::literal(table));
            let is_there = self.rows(&there).await?.first().is_some_and(|row| row.get("there"));
            if is_there && !self.rows(&format!("SELECT FROM {table} LIMIT 1")).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The rows of all sampled tables that stay, before the change or after it.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn sample_rows(&mut self, samples: &Samples, after: bool) -> Result<Vec<Rows>, PostgresError> {
        let mut found = vec![Rows::default(); samples.tables.len()];
        let (mut text, mut asked) = (String::new(), Vec::new());
        for (at, table) in samples.tables.iter().enumerate() {
            let Some(place) = table.after.as_ref() else { continue };
            let place = if after { place } else { &table.before };
            text.push_str(&question(table, place, after));
            asked.push(at);
        }
        self.each_row(&text, |statement, row| {
            let Some(rows) = asked.get(statement).and_then(|at| found.get_mut(*at)) else { return };
            rows.count = row.get::<i64, _>("count").unsigned_abs();
            rows.rows.extend(row.get::<Option<String>, _>("values").and_then(|it| serde_json::from_str(&it).ok()));
        })
        .await?;
        Ok(found)
    }
}

/// Number and values of the rows of a table. All values as texts, which every type has.
fn question(table: &TableSample, place: &Place, after: bool) -> String {
    let columns = table.columns.iter().map(|it| if after { &it.after } else { &it.before });
    let texts: Vec<String> = columns.map(|column| format!("t.{}::text", sql::name(column))).collect();
    let only = if place.is_partitioned { "" } else { "ONLY " };
    let name = &place.table;
    format!(
        "SELECT count(*) OVER () AS count, to_jsonb(ARRAY[{}]::text[])::text AS values FROM {only}{name} AS t \
         LIMIT {COMPARED};\n",
        texts.join(", ")
    )
}
