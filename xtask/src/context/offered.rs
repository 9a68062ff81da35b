//! Values for rows that are there, offered where Python gives new objects one.

use super::Context;
use super::stated::Stated;
use crate::diagnostic::Result;
use crate::plan::Answers;
use crate::schema::{Column, QualifiedName, Schema};
use crate::sql;

impl Context {
    /// Offers, for columns that are required from now on, the values that new objects get in Python. Nothing is taken
    /// without a yes.
    pub(crate) fn offer_backfills(
        &self,
        answers: &mut Answers,
        current: &Schema,
        wanted: &Schema,
        stated: &Stated,
    ) -> Result<()> {
        let before = answers.renames.applied(current);
        for ((table, column), value) in stated.python_defaults() {
            let key = (table.clone(), column.clone());
            if answers.backfills.contains_key(&key) || !is_required_now(&before, wanted, table, column) {
                continue;
            }
            let place = format!("{table}.{}", sql::name(column));
            if !self.ui.can_ask() && !self.ui.says_yes() {
                let told = format!("{}.{column}={value}", told_name(table)).replace('"', "\\\"");
                self.ui.status(format!("Note: new objects get {value} in {place}; --backfill \"{told}\" gives it to the rows that are there"));
                continue;
            }
            let question = format!("New objects get {value} in {place}. Shall the rows that are there get it, too?");
            if self.ui.ask(&question, true)? {
                answers.backfills.insert(key, value.clone());
            }
        }
        Ok(())
    }
}

/// As `--backfill` takes it.
fn told_name(table: &QualifiedName) -> String {
    if table.schema == "public" { table.name.clone() } else { format!("{}.{}", table.schema, table.name) }
}

/// Whether rows may be there that have no value in a column which needs one. A default gives one to rows of new columns alone.
pub(super) fn is_required_now(before: &Schema, wanted: &Schema, table: &QualifiedName, column: &str) -> bool {
    let find = |schema: &Schema| -> Option<Column> { schema.tables.get(table)?.column(column).cloned() };
    let old = find(before);
    let is_open = |it: &Column| it.identity.is_none() && it.generated.is_none();
    let is_filled = |it: &Column| old.is_none() && it.default.is_some();
    let demands = |it: &Column| it.not_null && !it.is_unchecked();
    before.tables.contains(table)
        && find(wanted).is_some_and(|it| demands(&it) && is_open(&it) && !is_filled(&it))
        && old.as_ref().is_none_or(|it| !demands(it))
}
