//! Sample rows for a proof: which rows the tables of a schema get before a script runs, and what must be left of them.

mod draft;
mod filling;
mod followed;
mod kept;
mod literals;
mod order;
mod rows;
mod values;

use std::collections::BTreeSet;

use crate::diff::{Renames, Statement};
use crate::schema::{QualifiedName, Schema, Table};

pub use draft::{Draft, Refusal, RowKind};
pub use filling::filling;
pub use followed::{Followed, Kept};
pub use kept::{Rows, lost};

use followed::Ways;
use rows::Maker;

/// The sample rows of a proof.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Samples {
    /// The tables, in the order in which they get their rows.
    pub tables: Vec<TableSample>,
    /// Whether there may not be more rows afterwards: nothing in the database adds some by itself.
    pub exactly: bool,
}

/// Where rows are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The table.
    pub table: QualifiedName,
    /// Whether its partitions are asked as well.
    pub is_partitioned: bool,
}

impl Place {
    fn of(table: &Table) -> Self {
        Self { table: table.name.clone(), is_partitioned: table.is_partitioned() }
    }
}

/// The sample rows of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSample {
    /// The table that gets the rows.
    pub table: QualifiedName,
    /// Where they are before: in the table itself, or in one of which it is a partition.
    pub before: Place,
    /// Where they are after; `None` where they go with their table.
    pub after: Option<Place>,
    /// Whether something happens to its rows, and they are not only there for others to refer to.
    pub is_at_stake: bool,
    /// The rows.
    pub drafts: Vec<Draft>,
    /// The columns whose values must survive.
    pub columns: Vec<Followed>,
}

impl Samples {
    /// The rows that are at stake on the way from one schema to another, by a script of these statements.
    pub fn of<'p>(
        from: &'p Schema,
        to: &'p Schema,
        renames: &'p Renames,
        script: impl Iterator<Item = &'p Statement> + Clone,
    ) -> Self {
        let destroyed: BTreeSet<&str> = script.clone().flat_map(|it| &it.destroys).map(String::as_str).collect();
        let ways = Ways::of(from, to, renames, destroyed);
        let at_stake = ways.at_stake();
        let tables = order::in_order(from, &at_stake).into_iter().map(|table| {
            let wanted = ways.wanted(&table.name);
            let is_at_stake = at_stake.contains(&table.name);
            let whole = ways.made_anew(table).unwrap_or(table);
            let after = ways.wanted(&whole.name).map(Place::of);
            // A trigger may change more than the script says.
            let update = after.as_ref().map(|place| format!("UPDATE {} ", place.table));
            let is_driven = !table.triggers.is_empty()
                && update.is_some_and(|update| script.clone().any(|it| it.text().starts_with(&update)));
            let columns = if is_driven { Vec::new() } else { ways.followed(whole) };
            let drafts = Maker { ways: &ways, table, wanted }.drafts(is_at_stake);
            TableSample { table: table.name.clone(), before: Place::of(whole), after, is_at_stake, drafts, columns }
        });
        let exactly = from.tables.iter().all(|table| table.triggers.is_empty() && table.rules.is_empty());
        Self { tables: tables.collect(), exactly }
    }

    /// Whether no row is at stake.
    pub fn is_empty(&self) -> bool {
        self.tables.iter().all(|table| !table.is_at_stake)
    }

    /// Leaves out the rows of a table, or of all, that the other schema may not want. `false` where there are none.
    pub fn leave_out_doubtful(&mut self, of: Option<&QualifiedName>) -> bool {
        let mut any = false;
        for table in self.tables.iter_mut().filter(|it| of.is_none_or(|name| it.table == *name)) {
            let count = table.drafts.len();
            table.drafts.retain(|draft| draft.kind == RowKind::Fitting);
            any |= table.drafts.len() < count;
        }
        any
    }

    /// The table of which the server speaks, in the words of either schema, or that a statement names.
    pub fn concerned(&self, named: Option<&str>, statement: &str) -> Option<&TableSample> {
        let by_server = |table: &&TableSample| named.is_some_and(|name| table.names().any(|it| it.name == name));
        let by_statement = |table: &&TableSample| table.names().any(|name| names_it(statement, name));
        let at_stake = || self.tables.iter().filter(|it| it.is_at_stake);
        at_stake().find(by_server).or_else(|| at_stake().find(by_statement))
    }
}

impl TableSample {
    fn names(&self) -> impl Iterator<Item = &QualifiedName> {
        [Some(&self.table), Some(&self.before.table), self.after.as_ref().map(|it| &it.table)].into_iter().flatten()
    }
}

/// Whether a statement names this object, as a whole word.
fn names_it(statement: &str, name: &QualifiedName) -> bool {
    let name = name.to_string();
    statement.match_indices(&name).any(|(at, _)| {
        let next = statement[at + name.len()..].chars().next();
        next.is_none_or(|next| !(next.is_alphanumeric() || next == '_' || next == '$'))
    })
}
