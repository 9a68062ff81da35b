//! What belongs to a table and is made outside of it.

use std::rc::Rc;

use super::draft::Draft;
use super::mentions::columns_in;
use super::models::Models;
use super::symbols::{library_call, library_name, method_call};
use crate::python::{Act, Symbol, SymbolKind, Value};

/// Constraints and indexes that find their table by the columns they are made of.
const BY_COLUMNS: [&str; 5] =
    ["Index", "UniqueConstraint", "CheckConstraint", "PrimaryKeyConstraint", "ExcludeConstraint"];

/// Methods of tables that take a part of one.
const APPENDING: [&str; 2] = ["append_column", "append_constraint"];

/// Gives each table what is made outside of it.
pub(super) fn attach<'p>(models: &Models<'_, 'p>, acts: &[Act<'p>], drafts: &mut [Draft<'p>]) {
    let calls = || acts.iter().filter_map(|act| if let Act::Call(call) = act { Some(call) } else { None });
    for call in calls() {
        append(models, call, drafts);
    }
    for call in calls() {
        let SymbolKind::Call(function, given) = &call.kind else { continue };
        if !library_name(function).is_some_and(|name| BY_COLUMNS.contains(&name)) {
            continue;
        }
        let is_inside = |draft: &Draft<'p>| draft.items.iter().any(|(item, _)| mentions(item, call));
        if drafts.iter().any(is_inside) || calls().any(|other| is_part_of(call, other)) {
            continue;
        }
        let of = |draft: &&mut Draft<'p>| given.positional.iter().any(|it| !columns_in(it, draft).is_empty());
        if let Some(draft) = drafts.iter_mut().find(of) {
            draft.items.push((Value::Symbol(Rc::clone(call)), call.span));
        }
    }
}

/// `table.append_column(Column(…))`, `Class.__table__.append_constraint(…)`
fn append<'p>(models: &Models<'_, 'p>, call: &Rc<Symbol<'p>>, drafts: &mut [Draft<'p>]) {
    let value = Value::Symbol(Rc::clone(call));
    let Some((table, name, given)) = method_call(&value).filter(|(_, name, _)| APPENDING.contains(name)) else {
        return;
    };
    let Some(draft) = drafts.iter_mut().find(|draft| draft.is_table(table)) else { return };
    let Some(part) = given.positional.first() else { return };
    match library_call(part) {
        Some(("Column", _)) if name == "append_column" => models.add_column(part, draft),
        _ => draft.items.push((part.clone(), call.span)),
    }
}

/// Whether a symbol is the call, or a method called on it (`Index(…).ddl_if(…)`).
fn mentions<'p>(item: &Value<'p>, call: &Rc<Symbol<'p>>) -> bool {
    match item {
        Value::Symbol(symbol) if Rc::ptr_eq(symbol, call) => true,
        _ => method_call(item).is_some_and(|(object, ..)| mentions(object, call)),
    }
}

/// Whether a call is an argument of a table or column that was read, or of a helper's result that was thrown away.
fn is_part_of<'p>(call: &Rc<Symbol<'p>>, other: &Rc<Symbol<'p>>) -> bool {
    let SymbolKind::Call(_, given) = &other.kind else { return false };
    given.positional.iter().any(|it| matches!(it, Value::Symbol(symbol) if Rc::ptr_eq(symbol, call)))
}
