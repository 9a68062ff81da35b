//! Values for rows that are there: offered where Python gives new objects one, else asked for.

use std::collections::BTreeMap;

use super::Context;
use super::stated::Stated;
use crate::diagnostic::{Code, Diagnostic, Exit, Report, Result};
use crate::diff::filling_update;
use crate::plan::Answers;
use crate::schema::{Column, QualifiedName, Schema};
use crate::sql;
use crate::ui::Prompt;

const REFUSED: Code = Code::new("backfill-refused");

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
        self.ask_for_backfills(answers, &before, wanted)
    }

    /// Asks, on a terminal, what rows get in columns that are required from now on and for which nobody has said it.
    fn ask_for_backfills(&self, answers: &mut Answers, before: &Schema, wanted: &Schema) -> Result<()> {
        if !self.ui.can_ask() || self.ui.says_yes() {
            return Ok(());
        }
        let columns = wanted.tables.iter().flat_map(|table| table.columns.iter().map(move |column| (table, column)));
        for (table, column) in columns {
            let key = (table.name.clone(), column.name.clone());
            if answers.backfills.contains_key(&key) || !is_required_now(before, wanted, &table.name, &column.name) {
                continue;
            }
            let place = format!("{}.{}", table.name, sql::name(&column.name));
            let about = [
                format!("Rows that are there need a value in {place}, which refuses NULL from now on."),
                format!(
                    "An expression of SQL for a {}, such as 'text' or 0; Enter leaves its place in the script open.",
                    column.type_name
                ),
            ];
            let prompt = Prompt { name: &place, about: &about, default: Some(""), is_secret: false, refuse: |_| None };
            let value = self.ui.prompt(&prompt)?;
            if !value.trim().is_empty() {
                answers.backfills.insert(key, value.trim().to_owned());
            }
        }
        Ok(())
    }
}

/// A failed proof, told as what it is where the server does not take a value that was told.
pub(crate) fn told_of_backfills(report: Report, backfills: &BTreeMap<(QualifiedName, String), String>) -> Report {
    let [found] = report.diagnostics() else { return report };
    let Some(excerpt) = found.places.first().and_then(|place| place.excerpt.as_ref()) else { return report };
    let is_in = |((table, column), value): &(&(QualifiedName, String), &String)| {
        let statement = filling_update(table, &sql::name(column), value);
        let found = excerpt.source.find(&statement);
        found.is_some_and(|start| (start..=start + statement.len()).contains(&excerpt.span.start))
    };
    let Some(((table, column), value)) = backfills.iter().find(is_in) else { return report };
    let why = if excerpt.label.is_empty() { "the statement fails" } else { &excerpt.label };
    let told = Diagnostic {
        places: found.places.clone(),
        evidence: found.evidence.clone(),
        ..Diagnostic::error(
            REFUSED,
            Exit::Usage,
            format!("the server does not take {value} as the value of {table}.{}: {why}", sql::name(column)),
        )
    };
    told.because("it was tried in a scratch database; no file was written")
        .advise("Write an expression of SQL; text stands in single quotes: --backfill \"runs.reactor='unknown'\"")
        .into()
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
