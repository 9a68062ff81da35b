//! Statements that are built by chains of calls, and the columns in them, taken apart.

use super::connections::is_session;
use super::dml::Step;
use super::written::{Written, written};
use crate::python::{Arguments, SymbolKind, Value};
use crate::sqlmodel::vocabulary::{column_of_class, word};

pub(super) fn joined(word: &str, conditions: &[String]) -> String {
    match conditions {
        [] => String::new(),
        [one] => format!(" {word} {one}"),
        many => format!(" {word} {}", many.iter().map(|it| format!("({it})")).collect::<Vec<_>>().join(" AND ")),
    }
}

/// `object.name(…)`
pub(super) fn method_of<'v, 'p>(value: &'v Value<'p>) -> Option<(&'v Value<'p>, &'v str, &'v Arguments<'p>)> {
    let (function, given) = value.as_call()?;
    let Value::Symbol(symbol) = function else { return None };
    match &symbol.kind {
        SymbolKind::Attribute(object, name) => Some((object, name, given)),
        _ => None,
    }
}

const VERBS: [&str; 4] = ["update", "insert", "delete", "select"];

/// Methods of an expression, which a query is taken for where it gives one value.
const OF_VALUES: [&str; 11] =
    ["is_", "is_not", "isnot", "in_", "not_in", "notin_", "label", "desc", "asc", "op", "as_string"];

/// Verb, table, first arguments and steps of a statement that is built.
pub(super) type Apart<'v, 'p> = (&'v str, Option<Value<'p>>, &'v Arguments<'p>, Vec<Step<'v, 'p>>);

pub(super) fn taken_apart<'v, 'p>(value: &'v Value<'p>) -> Option<Apart<'v, 'p>> {
    let mut steps = Vec::new();
    let mut current = value;
    loop {
        if let Some(verb) = word(current).filter(|name| VERBS.contains(name)) {
            let (_, given) = current.as_call()?;
            steps.reverse();
            return Some((verb, given.positional.first().cloned(), given, steps));
        }
        let (object, name, given) = method_of(current)?;
        if name == "query" && is_session(object) {
            steps.reverse();
            return Some(("select", given.positional.first().cloned(), given, steps));
        }
        if OF_VALUES.contains(&name) {
            return None;
        }
        if VERBS.contains(&name) && written(object).is_some() {
            steps.reverse();
            return (name != "select").then(|| (name, Some(object.clone()), given, with_first(name, given, steps)));
        }
        steps.push((name, given));
        current = object;
    }
}

/// Which kind of statement is built, whether it can be written or not.
pub(super) fn verb_of<'v>(value: &'v Value<'_>) -> Option<&'v str> {
    taken_apart(value).map(|(verb, ..)| verb)
}

/// `table.insert(values)` and `table.delete(condition)` of older scripts.
fn with_first<'v, 'p>(verb: &str, given: &'v Arguments<'p>, mut steps: Vec<Step<'v, 'p>>) -> Vec<Step<'v, 'p>> {
    if !given.positional.is_empty() {
        steps.insert(0, (if verb == "insert" { "values" } else { "where" }, given));
    }
    steps
}

/// `table.c.name`, `table.c["name"]` and `Model.name`.
pub(super) fn column_of<'p>(value: &Value<'p>) -> Option<(Written<'p>, String)> {
    if let Some((_, name)) = column_of_class(value) {
        let Value::Symbol(symbol) = value else { return None };
        let SymbolKind::Attribute(class, _) = &symbol.kind else { return None };
        return Some((written(class)?, name));
    }
    let Value::Symbol(symbol) = value else { return None };
    let (columns, name) = match &symbol.kind {
        SymbolKind::Attribute(columns, name) => (columns, name.to_string()),
        SymbolKind::Item(columns, index) => (columns, index.as_str()?.to_owned()),
        _ => return None,
    };
    let Value::Symbol(columns) = columns else { return None };
    match &columns.kind {
        SymbolKind::Attribute(table, word) if matches!(&**word, "c" | "columns") => Some((written(table)?, name)),
        _ => None,
    }
}
