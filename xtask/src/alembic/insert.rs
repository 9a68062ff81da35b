//! `op.bulk_insert(…)`: rows as they stand in the script.

use super::directives::{Directive, Done};
use crate::python::{Value, float};
use crate::sqlmodel::vocabulary::{Fault, word};
use crate::sqlmodel::{literal, qualified, quote};

/// A table as scripts write it, with its columns and their types.
pub(super) struct Written<'p> {
    pub(super) name: String,
    columns: Vec<(String, Option<Value<'p>>)>,
}

/// `sa.table(…)`, `sa.Table(…)` and the result of `op.create_table(…)`.
pub(super) fn written<'p>(value: &Value<'p>) -> Option<Written<'p>> {
    let (function, given) = value.as_call()?;
    let is_created = function.external() == Some("alembic.op.create_table");
    if !is_created && !matches!(word(value), Some("table" | "Table")) {
        return None;
    }
    let name = given.positional.first().and_then(Value::as_str)?;
    let schema = given.keyword("schema").and_then(Value::as_str);
    let column = |value: &Value<'p>| {
        let (_, given) = value.as_call().filter(|_| matches!(word(value), Some("column" | "Column")))?;
        let kind = given.positional.iter().skip(1).find(|it| it.external().is_some() || it.as_call().is_some());
        Some((given.get(0, "name")?.as_str()?.to_owned(), kind.or_else(|| given.keyword("type_")).cloned()))
    };
    let columns = given.positional.iter().filter_map(column).collect();
    Some(Written { name: qualified(schema, name), columns })
}

impl<'p> Directive<'_, 'p> {
    pub(super) fn bulk_insert(&self) -> Done {
        let table = self.get(0, "table").and_then(written);
        let Some(table) = table else { return Err(self.wrong("the table of `op.bulk_insert`", "it cannot be read")) };
        let Some(rows) = self.get(1, "rows").and_then(Value::items) else {
            return Err(self.wrong("the rows of `op.bulk_insert`", "only a run can tell them"));
        };
        let mut statements = Vec::new();
        for row in &rows {
            let Value::Dict(row) = row else {
                return Err(self.wrong("a row of `op.bulk_insert`", "only a run can tell it"));
            };
            let mut names = Vec::new();
            let mut values = Vec::new();
            for (name, value) in row.borrow().iter() {
                let name = self.words.text(name, "the name of a column", self.span)?;
                let kind = table.columns.iter().find(|(known, _)| *known == name).and_then(|(_, kind)| kind.as_ref());
                values.push(self.literal(value, kind)?);
                names.push(quote(&name));
            }
            let (names, values) = (names.join(", "), values.join(", "));
            statements.push(format!("INSERT INTO {} ({names}) VALUES ({values})", table.name));
        }
        statements.into_iter().for_each(|sql| self.emit(sql));
        Ok(())
    }

    /// A value as SQLAlchemy writes it for a type.
    fn literal(&self, value: &Value<'p>, kind: Option<&Value<'p>>) -> Result<String, Fault> {
        let _ = kind;
        Ok(match value {
            Value::None => "NULL".to_owned(),
            Value::Bool(truth) => truth.to_string(),
            Value::Float(number) => float(*number),
            _ => match (value.as_str(), value.as_int()) {
                (Some(text), _) => literal(text),
                (None, Some(number)) => number.to_string(),
                _ => self.words.expression(value, self.span)?,
            },
        })
    }
}
