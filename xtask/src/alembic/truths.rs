//! What Python makes of a row's value where it is a condition, as SQL that is either true or false.

use super::rows::{ServerValue, server_value};
use crate::python::Value;
use crate::sqlmodel::literal;
use crate::sqlmodel::vocabulary::word;

/// Whether a value is text of the server.
pub(super) fn is_text(value: &Value<'_>) -> bool {
    server_value(value).is_some_and(|it| family(&it) == Some(Family::Text))
}

/// What kind of value a column has for Python.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Text,
    Number,
    Truth,
    /// Objects that are never false.
    Object,
    Array,
}

fn family(value: &ServerValue<'_, '_>) -> Option<Family> {
    Some(match word(value.kind?)? {
        "String" | "Text" | "Unicode" | "UnicodeText" | "VARCHAR" | "TEXT" | "AutoString" => Family::Text,
        "Integer" | "BigInteger" | "SmallInteger" | "INTEGER" | "BIGINT" | "SMALLINT" | "Numeric" | "NUMERIC" => {
            Family::Number
        }
        "Boolean" | "BOOLEAN" => Family::Truth,
        "UUID" | "Uuid" | "DateTime" | "Date" | "TIMESTAMP" | "DATE" => Family::Object,
        "ARRAY" => Family::Array,
        _ => return None,
    })
}

/// `if row.name:`
pub(super) fn truth(value: &Value<'_>) -> Option<String> {
    let value = server_value(value)?;
    let sql = value.sql;
    Some(match family(&value)? {
        Family::Text => format!("({sql} <> '') IS TRUE"),
        Family::Number => format!("({sql} <> 0) IS TRUE"),
        Family::Truth => format!("{sql} IS TRUE"),
        Family::Object => format!("{sql} IS NOT NULL"),
        Family::Array => format!("(cardinality({sql}) > 0) IS TRUE"),
    })
}

/// `row.name == "x"`, `row.name is None`, `row.name in ("x", "y")`
pub(super) fn comparison(op: &str, left: &Value<'_>, right: &Value<'_>) -> Option<String> {
    if let (Some(left), Some(right)) = (length(left), length(right)) {
        let op = match op {
            "==" => "=",
            "!=" => "<>",
            "<" | "<=" | ">" | ">=" => op,
            _ => return None,
        };
        return Some(format!("({left} {op} {right}) IS TRUE"));
    }
    let found = server_value(left)?;
    let sql = found.sql;
    if right.is_none() {
        // `null` of JSON is `None`, too, and a type of the project may make anything of `NULL`.
        is_missing_like_null(&found).then_some(())?;
        return match op {
            "is" | "==" => Some(format!("{sql} IS NULL")),
            "is not" | "!=" => Some(format!("{sql} IS NOT NULL")),
            _ => None,
        };
    }
    if let Some(other) = server_value(right) {
        let family = family(&found).filter(|it| Some(*it) == family(&other) && *it != Family::Object)?;
        return match op {
            "==" => Some(format!("{sql} IS NOT DISTINCT FROM {}", other.sql)),
            "!=" => Some(format!("{sql} IS DISTINCT FROM {}", other.sql)),
            "<" | "<=" | ">" | ">=" if found.is_filled && other.is_filled && family == Family::Number => {
                Some(format!("{sql} {op} {}", other.sql))
            }
            _ => None,
        };
    }
    match op {
        "==" => equals(&found, right),
        "!=" => Some(format!("NOT ({})", equals(&found, right)?)),
        "in" | "not in" => {
            let items = right.items().filter(|items| !items.is_empty() && right.as_str().is_none())?;
            let all: Vec<String> = items.iter().map(|item| equals(&found, item)).collect::<Option<_>>()?;
            let any = all.join(" OR ");
            Some(if op == "in" { any } else { format!("NOT ({any})") })
        }
        "<" | "<=" | ">" | ">=" if found.is_filled && family(&found) == Some(Family::Number) => {
            let number = right.as_int().filter(|_| !matches!(right, Value::Bool(_)))?;
            Some(format!("{sql} {op} {number}"))
        }
        _ => None,
    }
}

/// Whether Python has `None` for `NULL`, and for nothing else.
fn is_missing_like_null(found: &ServerValue<'_, '_>) -> bool {
    match found.kind {
        None => true,
        Some(kind) => word(kind).is_some_and(|word| !matches!(word, "JSON" | "JSONB" | "PickleType" | "HSTORE")),
    }
}

fn equals(found: &ServerValue<'_, '_>, value: &Value<'_>) -> Option<String> {
    let sql = found.sql;
    if value.is_none() {
        is_missing_like_null(found).then_some(())?;
        return Some(format!("{sql} IS NULL"));
    }
    let text = match (family(found)?, value) {
        (Family::Text, Value::Str(text)) => literal(text),
        (Family::Number, Value::Int(number)) => number.to_string(),
        (Family::Truth, Value::Bool(truth)) => truth.to_string(),
        (Family::Array, Value::List(items)) if items.borrow().is_empty() => {
            return Some(format!("(cardinality({sql}) = 0) IS TRUE"));
        }
        _ => return None,
    };
    Some(format!("({sql} = {text}) IS TRUE"))
}

/// `len(row.names)`, and a number beside it.
fn length(value: &Value<'_>) -> Option<String> {
    if let Value::Int(number) = value {
        return Some(number.to_string());
    }
    let (function, given) = value.as_call()?;
    let value = server_value(given.positional.first().filter(|_| function.external() == Some("builtins.len"))?)?;
    // Of a missing one Python does not go on.
    (value.is_filled && family(&value) == Some(Family::Array)).then(|| format!("cardinality({})", value.sql))
}
