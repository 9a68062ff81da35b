//! `op.bulk_insert(…)`, and values as they stand in the script.

use super::directives::{Directive, Done};
use std::rc::Rc;

use crate::python::{Span, Value, float};
use crate::sqlmodel::vocabulary::{Fault, columns_of_class, table_of_class, word};
use crate::sqlmodel::{literal, qualified, quote};

/// A table as scripts write it, with its columns and their types.
pub(super) struct Written<'p> {
    /// Its name with the schema, as SQL.
    pub(super) name: String,
    columns: Vec<(String, Option<Value<'p>>)>,
    /// Attributes of a mapped class, and the columns that they stand for.
    attributes: Vec<(Rc<str>, String)>,
}

impl<'p> Written<'p> {
    /// The type of a column by its quoted name.
    pub(super) fn kind_of(&self, quoted: &str) -> Option<&Value<'p>> {
        self.columns.iter().find(|(name, _)| quote(name) == quoted).and_then(|(_, kind)| kind.as_ref())
    }

    /// The column that is meant by a name.
    pub(super) fn column<'n>(&'n self, name: &'n str) -> &'n str {
        self.attributes.iter().find(|(attribute, _)| &**attribute == name).map_or(name, |(_, column)| column)
    }

    /// The names of the columns.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }
}

/// `sa.table(…)`, `sa.Table(…)` and the result of `op.create_table(…)`.
pub(super) fn written<'p>(value: &Value<'p>) -> Option<Written<'p>> {
    if let Value::Class(class) = value {
        let table = table_of_class(class)?;
        let attributes = columns_of_class(class).into_iter().map(|(attribute, name, _)| (attribute, name)).collect();
        let kind = |(_, name, column): (Rc<str>, String, Value<'p>)| {
            let (_, given) = column.as_call()?;
            let kind = given.positional.iter().find(|it| it.external().is_some() || it.as_call().is_some());
            Some((name, kind.or_else(|| given.keyword("type_")).cloned()))
        };
        let columns = columns_of_class(class).into_iter().filter_map(kind).collect();
        return Some(Written { name: qualified(table.schema.as_deref(), &table.name), columns, attributes });
    }
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
    Some(Written { name: qualified(schema, name), columns, attributes: Vec::new() })
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
                let name = quote(&self.words.text(name, "the name of a column", self.span)?);
                let value = match value.as_call() {
                    Some((function, given)) if function.external() == Some("alembic.op.inline_literal") => {
                        given.positional.first().unwrap_or(value)
                    }
                    _ => value,
                };
                values.push(match literal_value(value, table.kind_of(&name), self.span) {
                    Some(sql) => sql?,
                    None => self.words.expression(value, self.span)?,
                });
                names.push(name);
            }
            let (names, values) = (names.join(", "), values.join(", "));
            statements.push(format!("INSERT INTO {} ({names}) VALUES ({values})", table.name));
        }
        statements.into_iter().for_each(|sql| self.emit(sql));
        Ok(())
    }
}

/// A value as SQLAlchemy writes it for a type; `None` where it is no plain value.
pub(super) fn literal_value<'p>(
    value: &Value<'p>,
    kind: Option<&Value<'p>>,
    span: Span,
) -> Option<Result<String, Fault>> {
    let kind = kind.and_then(word).unwrap_or_default();
    if matches!(kind, "JSON" | "JSONB") && !matches!(value, Value::Symbol(_) | Value::Unknown(_)) {
        let unknown = || Fault { what: "a value".to_owned(), why: "only a run can tell it".to_owned(), span };
        return Some(json(value).map(|text| literal(&text)).ok_or_else(unknown));
    }
    Some(Ok(match value {
        Value::None => "NULL".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Float(number) => float(*number),
        Value::Bytes(bytes) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("'\\x{digits}'")
        }
        Value::List(_) | Value::Tuple(_) => {
            let items = value.items()?;
            let parts: Option<Vec<_>> = items.iter().map(|it| literal_value(it, None, span)?.ok()).collect();
            let parts = parts?.join(", ");
            if parts.is_empty() { "'{}'".to_owned() } else { format!("ARRAY[{parts}]") }
        }
        Value::Member(member) if matches!(kind, "Enum" | "ENUM") => literal(&member.name),
        Value::Symbol(_) => super::moments::sql(value)?,
        _ => match (value.as_str(), value.as_int()) {
            (Some(text), _) => literal(text),
            (None, Some(number)) => number.to_string(),
            _ => return None,
        },
    }))
}

/// A value as Python's `json.dumps` writes it.
fn json(value: &Value<'_>) -> Option<String> {
    Some(match value {
        Value::None => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Float(number) => float(*number),
        Value::List(_) | Value::Tuple(_) => {
            let parts: Option<Vec<String>> = value.items()?.iter().map(json).collect();
            format!("[{}]", parts?.join(", "))
        }
        Value::Dict(dict) => {
            value.items()?;
            let entry =
                |(key, value): &(Value<'_>, Value<'_>)| Some(format!("{}: {}", json_text(key.as_str()?), json(value)?));
            let parts: Option<Vec<String>> = dict.borrow().iter().map(entry).collect();
            format!("{{{}}}", parts?.join(", "))
        }
        _ => match (value.as_str(), value.as_int()) {
            (Some(text), _) => json_text(text),
            (None, Some(number)) => number.to_string(),
            _ => return None,
        },
    })
}

fn json_text(text: &str) -> String {
    let mut result = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => result.push_str("\\\""),
            '\\' => result.push_str("\\\\"),
            '\n' => result.push_str("\\n"),
            '\r' => result.push_str("\\r"),
            '\t' => result.push_str("\\t"),
            control if u32::from(control) < 0x20 => result.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => result.push(other),
        }
    }
    result.push('"');
    result
}
