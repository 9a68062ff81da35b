//! What is a connection of the migration, and what hangs on one.

use crate::python::{SymbolKind, Value};
use crate::sqlmodel::vocabulary::word;

/// `op.get_context()`
pub(super) fn is_context(value: &Value<'_>) -> bool {
    let called = value.as_call().and_then(|(function, _)| function.external());
    matches!(called, Some("alembic.op.get_context" | "alembic.context.get_context"))
}

/// `connection.engine`
pub(super) fn is_engine(value: &Value<'_>) -> bool {
    let Value::Symbol(symbol) = value else { return false };
    matches!(&symbol.kind, SymbolKind::Attribute(of, name) if &**name == "engine" && is_connection(of))
}

/// `connection.dialect`
pub(super) fn is_dialect(value: &Value<'_>) -> bool {
    let Value::Symbol(symbol) = value else { return false };
    matches!(&symbol.kind, SymbolKind::Attribute(of, name)
        if &**name == "dialect" && (is_connection(of) || is_engine(of) || is_context(of)))
}

/// A connection of the migration, or a session on one.
pub(super) fn is_connection(value: &Value<'_>) -> bool {
    if let Some((function, _)) = value.as_call() {
        if let Some(path) = function.external() {
            return path == "alembic.op.get_bind"
                || path == "alembic.context.get_bind"
                || (word(function) == Some("Session") && !path.starts_with("alembic."));
        }
        if word(function) == Some("sessionmaker") {
            return true;
        }
        let Value::Symbol(symbol) = function else { return false };
        return matches!(&symbol.kind, SymbolKind::Attribute(of, name)
            if matches!(&**name, "connect" | "begin" | "execution_options" | "begin_nested" | "get_bind" | "connection")
                && (is_connection(of) || is_engine(of)));
    }
    let Value::Symbol(symbol) = value else { return false };
    matches!(&symbol.kind, SymbolKind::Attribute(of, name)
        if matches!(&**name, "bind" | "connection") && (is_context(of) || is_connection(of)))
}

/// A session on a connection of the migration.
pub(super) fn is_session(value: &Value<'_>) -> bool {
    let Some((function, _)) = value.as_call().filter(|_| is_connection(value)) else { return false };
    matches!(word(function), Some("Session" | "sessionmaker"))
        || function.as_call().is_some() && word(function) == Some("sessionmaker")
}
