//! `op.bulk_insert(…)`, and values as they stand in the script.

use super::chains::method_of;
use super::directives::{Directive, Done};
use super::dml::Dml;
use super::written::written;
use crate::python::{Span, Value, float};
use crate::sqlmodel::vocabulary::{Fault, word};
use crate::sqlmodel::{literal, quote};

impl<'p> Directive<'_, 'p> {
    pub(super) fn bulk_insert(&self) -> Done {
        let table = self.get(0, "table").and_then(written);
        let Some(table) = table else { return Err(self.wrong("the table of `op.bulk_insert`", "it cannot be read")) };
        let Some(rows) = self.get(1, "rows").and_then(Value::items) else {
            return Err(self.wrong("the rows of `op.bulk_insert`", "only a run can tell them"));
        };
        let mut statements = Vec::new();
        let dml = Dml::new(&self.words, self.span).with(self.desk);
        for row in &rows {
            let Value::Dict(row) = row else {
                return Err(self.wrong("a row of `op.bulk_insert`", "only a run can tell it"));
            };
            let mut pairs = Vec::new();
            for (name, value) in row.borrow().iter() {
                let name = self.words.text(name, "the name of a column", self.span)?;
                if !table.columns.is_empty() && table.names().all(|it| it != name) {
                    // SQLAlchemy leaves it out, or refuses it: that depends on the other rows.
                    let what = format!("the column `{name}` of `op.bulk_insert`");
                    return Err(self.wrong(&what, "the table of the script has no such column"));
                }
                let name = quote(&name);
                let value = match value.as_call() {
                    Some((function, given)) if function.external() == Some("alembic.op.inline_literal") => {
                        given.positional.first().unwrap_or(value)
                    }
                    _ => value,
                };
                let sql = dml.value_sql(table.kind_of(&name), value)?;
                pairs.push((name, sql));
            }
            let more = dml.defaults(&table, &pairs)?;
            pairs.extend(more);
            let (names, values): (Vec<String>, Vec<String>) = pairs.into_iter().unzip();
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
    let of_values = kind.and_then(Value::as_call).is_some_and(|(_, given)| given.keyword("values_callable").is_some());
    let of_json = kind.and_then(json_kind);
    let kind = kind.and_then(word).unwrap_or_default();
    if of_json == Some(JsonNone::OfSql) && value.is_none() {
        return Some(Ok("NULL".to_owned()));
    }
    if of_json.is_some() && !matches!(value, Value::Symbol(_) | Value::Unknown(_)) {
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
        Value::Member(member) if matches!(kind, "Enum" | "ENUM") => {
            if of_values {
                let why = "`values_callable` chooses its label".to_owned();
                return Some(Err(Fault { what: "a member of an enum".to_owned(), why, span }));
            }
            literal(&member.name)
        }
        Value::Symbol(_) => super::rows::sql(value).or_else(|| super::moments::sql(value))?,
        _ => match (value.as_str(), value.as_int()) {
            (Some(text), _) => literal(text),
            (None, Some(number)) => number.to_string(),
            _ => return None,
        },
    }))
}

/// What `None` is in a column of JSON: `null` of JSON, unless the type says otherwise.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum JsonNone {
    OfJson,
    OfSql,
}

/// Whether a type is JSON, and what `None` is there: `JSON`, `JSONB(…)`, `JSON().with_variant(…)`, `MutableDict.as_mutable(JSONB)`.
pub(super) fn json_kind(kind: &Value<'_>) -> Option<JsonNone> {
    if let Some((object, "with_variant", _)) = method_of(kind) {
        return json_kind(object);
    }
    if let Some((function, given)) = kind.as_call()
        && function.external().is_some_and(|it| it.ends_with(".as_mutable"))
    {
        return json_kind(given.positional.first()?);
    }
    if !matches!(word(kind), Some("JSON" | "JSONB")) {
        return None;
    }
    let says = kind.as_call().and_then(|(_, given)| given.get(0, "none_as_null")).and_then(Value::truth);
    Some(if says == Some(true) { JsonNone::OfSql } else { JsonNone::OfJson })
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
            '\u{8}' => result.push_str("\\b"),
            '\u{c}' => result.push_str("\\f"),
            ' '..='~' => result.push(letter),
            // Python writes all of JSON in ASCII.
            _ => letter.encode_utf16(&mut [0; 2]).iter().for_each(|unit| result.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    result.push('"');
    result
}
