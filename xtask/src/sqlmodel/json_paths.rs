//! Parts of JSON values in expressions: `column["a"]`, `column[("a", "b")].astext`, `column["a"].as_integer()`.

use super::draft::Draft;
use super::expression::{COMPARISON, Sql, unreadable};
use super::identifier::literal;
use super::models::{Models, Read};
use super::symbols::item;
use super::types::TypeKind;
use crate::python::{Arguments, Span, Value};

impl<'p> Models<'_, 'p> {
    /// `column["a"].as_string()` and its kin: the text there, as a type.
    pub(super) fn json_value(
        &self,
        object: &Value<'p>,
        of: &str,
        arguments: &Arguments<'p>,
        span: Span,
        table: Option<&Draft<'p>>,
    ) -> Read<Sql> {
        let Some((json, index)) = item(object) else { return Err(unreadable(span, &format!("`.as_{of}()`"))) };
        let number = |at: usize, name: &str| self.number(arguments.get(at, name), name, span);
        let (data, kind) = match of {
            "string" => ("VARCHAR".to_owned(), TypeKind::Text),
            "integer" => ("INTEGER".to_owned(), TypeKind::Integer),
            "boolean" => ("BOOLEAN".to_owned(), TypeKind::Boolean),
            "float" => ("FLOAT".to_owned(), TypeKind::Other),
            "numeric" => match (number(0, "precision")?, number(1, "scale")?) {
                (Some(precision), Some(scale)) => (format!("NUMERIC({precision}, {scale})"), TypeKind::Other),
                _ => return Err(unreadable(span, "`.as_numeric()` without precision and scale")),
            },
            "json" => return self.json_item(json, index, false, span, table),
            _ => return Err(unreadable(span, &format!("`.as_{of}()`"))),
        };
        let text = self.json_item(json, index, true, span, table)?.text;
        let cast = Sql::atom(format!("CAST({text} AS {data})")).of_kind(kind);
        // As an operand SQLAlchemy puts the text into parentheses of its own.
        let within = Some(format!("CAST(({text}) AS {data})"));
        Ok(Sql { is_bare: false, within, ..cast })
    }

    /// `column["key"]` of a JSON column.
    pub(super) fn json_item(
        &self,
        object: &Value<'p>,
        index: &Value<'p>,
        as_text: bool,
        span: Span,
        table: Option<&Draft<'p>>,
    ) -> Read<Sql> {
        let left = self.expression(object, span, table)?;
        let path = match index {
            Value::Tuple(_) | Value::List(_) => {
                let parts = index.items().unwrap_or_default();
                let parts: Option<Vec<String>> = parts
                    .iter()
                    .map(|it| it.as_str().map(str::to_owned).or_else(|| it.as_int().map(|it| it.to_string())))
                    .collect();
                let parts = parts.ok_or_else(|| unreadable(span, "this path"))?;
                literal(&format!("{{{}}}", parts.join(", ")))
            }
            _ => self.argument(index, span, table)?.text,
        };
        let is_path = matches!(index, Value::Tuple(_) | Value::List(_));
        let operator = match (as_text, is_path) {
            (true, true) => "#>>",
            (true, false) => "->>",
            (false, true) => "#>",
            (false, false) if left.kind == TypeKind::Json => "->",
            (false, false) => {
                let text = format!("{}[{path}]", left.inside(COMPARISON));
                return Ok(Sql::operation(text, COMPARISON).of_kind(left.kind));
            }
        };
        let kind = if as_text { TypeKind::Text } else { left.kind };
        Ok(Sql::operation(format!("{} {operator} {path}", left.inside(COMPARISON)), COMPARISON).of_kind(kind))
    }
}
