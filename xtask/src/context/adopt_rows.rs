//! The rows of a proof: what the tables hold after the last upgrade, on both sides.

use std::collections::BTreeMap;

use super::adopt_proof::{Bench, Pair, schema_of};
use crate::adoption::{Difference, Rows};
use crate::diagnostic::Result;
use crate::postgres::{Contents, Database, Parked};
use crate::revision::Direction;
use crate::schema::QualifiedName;

/// Of tables with more rows no row is shown.
const SHOWN: usize = 1000;

/// Tables with the columns that are compared.
type Tables = BTreeMap<QualifiedName, Vec<String>>;

impl Bench<'_> {
    /// Compares the rows of all tables. Where they differ, Alembic runs once more on another database: what it fills otherwise
    /// there is left out, since nobody could make the same.
    pub(super) async fn compare_rows(&mut self, reached: &[&str], pair: &Pair) -> Result<()> {
        let Some(last) = reached.last() else { return Ok(()) };
        let schema = schema_of(&pair.theirs).await?;
        let columns = |table: &crate::schema::Table| table.columns.iter().map(|it| it.name.clone()).collect();
        let tables: Tables = schema.tables.iter().map(|it| (it.name.clone(), columns(it))).collect();
        let theirs = contents(&pair.theirs, &tables).await?;
        let mut rows = Rows {
            tables: theirs.values().filter(|it| it.rows > 0).count(),
            rows: theirs.values().map(|it| it.rows).sum(),
            left_out: Vec::new(),
        };
        let mut open = unlike(&tables, &theirs, &contents(&pair.ours, &tables).await?);
        if !open.is_empty() {
            let again = self.beginning().await?;
            let outcome = self.without_what_varies(reached, pair, &again, open).await;
            self.server.remove(again).await?;
            (open, rows.left_out) = outcome?;
        }
        self.proof.rows = Some(rows);
        if open.is_empty() {
            return Ok(());
        }
        let mut what = Vec::new();
        for (table, columns) in &open {
            what.push(told(table, columns, pair).await?);
        }
        self.proof.differences.push(Difference { revision: (*last).to_owned(), direction: "up", what });
        Ok(())
    }

    /// Of tables whose rows differ those that differ without what Alembic fills otherwise in another run, and what that is.
    async fn without_what_varies(
        &mut self,
        reached: &[&str],
        pair: &Pair,
        again: &Parked,
        mut open: Tables,
    ) -> Result<(Tables, Vec<String>)> {
        for revision in reached {
            if self.by_alembic(revision, Direction::Up, again, true).await?.is_some() {
                // It has run before, so what differs now is not known: everything counts.
                return Ok((open, Vec::new()));
            }
        }
        let mut left_out = Vec::new();
        let varying = unlike(&open, &contents(&pair.theirs, &open).await?, &contents(again, &open).await?);
        for (table, columns) in varying {
            let named = unlike_columns(&table, &columns, &pair.theirs, again).await?;
            let kept: Vec<String> = columns.into_iter().filter(|it| !named.contains(it)).collect();
            let rest = Tables::from([(table.clone(), kept)]);
            let stays = unlike(&rest, &contents(&pair.theirs, &rest).await?, &contents(again, &rest).await?).is_empty();
            match stays {
                true => {
                    left_out.extend(named.iter().map(|column| format!("{table}.{column}")));
                    open.extend(rest);
                }
                // Which rows there are, or which values stand together, is another matter each time.
                false => {
                    left_out.push(table.to_string());
                    open.remove(&table);
                }
            }
        }
        let open = unlike(&open, &contents(&pair.theirs, &open).await?, &contents(&pair.ours, &open).await?);
        Ok((open, left_out))
    }
}

async fn contents(database: &Parked, tables: &Tables) -> Result<BTreeMap<QualifiedName, Contents>> {
    let mut session = database.open().await?;
    let found = contents_in(&mut session, tables).await;
    session.close().await;
    found
}

async fn contents_in(session: &mut Database, tables: &Tables) -> Result<BTreeMap<QualifiedName, Contents>> {
    let mut found = BTreeMap::new();
    for (table, columns) in tables {
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        found.insert(table.clone(), session.contents(table, &columns).await?);
    }
    Ok(found)
}

/// The tables whose rows are not the same.
fn unlike(
    tables: &Tables,
    one: &BTreeMap<QualifiedName, Contents>,
    other: &BTreeMap<QualifiedName, Contents>,
) -> Tables {
    let differing = tables.iter().filter(|(name, _)| one.get(name) != other.get(name));
    differing.map(|(name, columns)| (name.clone(), columns.clone())).collect()
}

/// The columns that hold other values, each looked at alone.
async fn unlike_columns(
    table: &QualifiedName,
    columns: &[String],
    one: &Parked,
    other: &Parked,
) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for column in columns {
        let alone = Tables::from([(table.clone(), vec![column.clone()])]);
        if !unlike(&alone, &contents(one, &alone).await?, &contents(other, &alone).await?).is_empty() {
            found.push(column.clone());
        }
    }
    Ok(found)
}

/// What differs in the rows of a table, with one of them where there are not too many.
async fn told(table: &QualifiedName, columns: &[String], pair: &Pair) -> Result<String> {
    let alone = Tables::from([(table.clone(), columns.to_vec())]);
    let count = |found: BTreeMap<QualifiedName, Contents>| found.get(table).map_or(0, |it| it.rows);
    let (theirs, ours) = (count(contents(&pair.theirs, &alone).await?), count(contents(&pair.ours, &alone).await?));
    let mut text = match theirs == ours {
        true => {
            let columns = unlike_columns(table, columns, &pair.theirs, &pair.ours).await?;
            match columns.is_empty() {
                true => format!("rows of {table} with the same values, put together otherwise"),
                false => format!("rows of {table} that differ in {}", columns.join(", ")),
            }
        }
        false => format!("rows of {table}: {ours}, where Alembic makes {theirs}"),
    };
    if usize::try_from(theirs.max(ours)).is_ok_and(|rows| rows <= SHOWN) {
        let (theirs, ours) = (first(table, columns, &pair.theirs).await?, first(table, columns, &pair.ours).await?);
        let only = |these: &[String], those: &[String]| these.iter().find(|it| !those.contains(it)).cloned();
        let shown = [("Alembic's", only(&theirs, &ours)), ("ours", only(&ours, &theirs))];
        for (whose, row) in shown.into_iter().filter_map(|(whose, row)| Some((whose, row?))) {
            text += &format!(", {whose} {}", shortened(&row));
        }
    }
    Ok(text)
}

async fn first(table: &QualifiedName, columns: &[String], database: &Parked) -> Result<Vec<String>> {
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut session = database.open().await?;
    let rows = session.first_rows(table, &columns, SHOWN).await;
    session.close().await;
    Ok(rows?)
}

fn shortened(row: &str) -> String {
    match row.char_indices().nth(160) {
        Some((end, _)) => format!("{}…", &row[..end]),
        None => row.to_owned(),
    }
}
