//! Which thing of SQLModel, SQLAlchemy and their companions a value is, by whatever path it was imported.

use crate::python::{Arguments, SymbolKind, Value, last};

/// Packages whose names are known here.
const PACKAGES: [&str; 5] = ["sqlalchemy", "sqlmodel", "geoalchemy2", "pgvector", "pydantic"];

/// The name of a library's thing: `Column` for `sqlalchemy.Column` and `sqlalchemy.schema.Column` alike.
pub(super) fn library_name<'v>(value: &'v Value<'_>) -> Option<&'v str> {
    let path = value.external()?;
    let package = path.split('.').next()?;
    PACKAGES.contains(&package).then(|| last(path))
}

/// The name of the library's thing that a call calls, with the arguments.
pub(super) fn library_call<'v, 'p>(value: &'v Value<'p>) -> Option<(&'v str, &'v Arguments<'p>)> {
    let (function, arguments) = value.as_call()?;
    Some((library_name(function)?, arguments))
}

/// `object.name(…)`: the object, the name and the arguments.
pub(super) fn method_call<'v, 'p>(value: &'v Value<'p>) -> Option<(&'v Value<'p>, &'v str, &'v Arguments<'p>)> {
    let (function, arguments) = value.as_call()?;
    let (object, name) = attribute(function)?;
    Some((object, name, arguments))
}

/// `object.name`
pub(super) fn attribute<'v, 'p>(value: &'v Value<'p>) -> Option<(&'v Value<'p>, &'v str)> {
    match value {
        Value::Symbol(symbol) => match &symbol.kind {
            SymbolKind::Attribute(object, name) => Some((object, name)),
            _ => None,
        },
        _ => None,
    }
}

/// `object[index]`
pub(super) fn item<'v, 'p>(value: &'v Value<'p>) -> Option<(&'v Value<'p>, &'v Value<'p>)> {
    match value {
        Value::Symbol(symbol) => match &symbol.kind {
            SymbolKind::Item(object, index) => Some((object, index)),
            _ => None,
        },
        _ => None,
    }
}

/// `left | right`
pub(super) fn binary<'v, 'p>(value: &'v Value<'p>) -> Option<(&'static str, &'v Value<'p>, &'v Value<'p>)> {
    match value {
        Value::Symbol(symbol) => match &symbol.kind {
            SymbolKind::Binary(op, left, right) => Some((op, left, right)),
            _ => None,
        },
        _ => None,
    }
}
