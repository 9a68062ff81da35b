//! What a program changes of tables and columns after they were made, which is not followed and must not pass unseen.

use super::draft::Draft;
use super::models::{Models, Problem};
use super::symbols::{attribute, item, library_call, method_call};
use crate::python::{Act, Span, SymbolKind, Value};

/// Attributes of tables and columns that say nothing to the server.
const SILENT: [&str; 4] = ["info", "doc", "onupdate", "server_onupdate"];

/// The collections of a table.
const COLLECTIONS: [&str; 6] = ["indexes", "constraints", "foreign_keys", "foreign_key_constraints", "c", "columns"];

/// Methods that change a collection.
const CHANGES: [&str; 12] = [
    "add",
    "remove",
    "discard",
    "pop",
    "clear",
    "update",
    "append",
    "extend",
    "insert",
    "replace",
    "setdefault",
    "difference_update",
];

/// Events at which a listener can change every table that is made.
const ATTACHING: [&str; 2] = ["after_parent_attach", "before_parent_attach"];

/// Reports each change of a table that was read, or of one of its columns.
pub(super) fn refuse_changes<'p>(models: &Models<'_, 'p>, acts: &[Act<'p>], drafts: &[Draft<'p>]) {
    for act in acts {
        match act {
            Act::Set(target, name, _, span) if !SILENT.contains(&&**name) => {
                if let Some(whose) = whose(target, drafts) {
                    refuse(models, *span, format!("`{name}` of {whose}"));
                }
            }
            Act::SetItem(target, span) => {
                if let Some(whose) = whose(target, drafts) {
                    refuse(models, *span, format!("what is set on {whose}"));
                }
            }
            Act::Call(call) => {
                let value = Value::Symbol(std::rc::Rc::clone(call));
                if is_listener(&value) {
                    listens(models, call.span);
                }
                let Some((object, method, _)) = method_call(&value) else { continue };
                let Some((table, collection)) = attribute(object) else { continue };
                let adds = method == "add" && matches!(collection, "indexes" | "constraints");
                if COLLECTIONS.contains(&collection)
                    && CHANGES.contains(&method)
                    && !adds
                    && let Some(whose) = whose(table, drafts)
                {
                    refuse(models, call.span, format!("`{collection}` of {whose}"));
                }
            }
            _ => {}
        }
    }
}

fn refuse(models: &Models<'_, '_>, span: Span, what: String) {
    let why = "it is changed after it was made";
    models.report(Problem::not_static(span, what, why, "Write it where the table or the column is declared"));
}

fn listens(models: &Models<'_, '_>, span: Span) {
    let what = "what this listener does to tables";
    let why = "it is called for each of them while they are made";
    models.report(Problem::not_static(
        span,
        what,
        why,
        "Write its result into the tables, or let Python read them (--python)",
    ));
}

/// `listens_for(Table, "after_parent_attach")`, `listen(…)`
fn is_listener(value: &Value<'_>) -> bool {
    library_call(value).is_some_and(|(name, given)| {
        matches!(name, "listens_for" | "listen")
            && given.get(1, "identifier").and_then(Value::as_str).is_some_and(|event| ATTACHING.contains(&event))
    })
}

/// The table or column that a value is, or is a part of.
fn whose<'p>(value: &Value<'p>, drafts: &[Draft<'p>]) -> Option<String> {
    for draft in drafts {
        if draft.is_table(value) {
            return Some(format!("the table `{}`", draft.name));
        }
        if let Some(column) = draft.column_of(value) {
            return Some(format!("the column `{}` of `{}`", column.column.name, draft.name));
        }
    }
    if let Some((object, name)) = attribute(value) {
        return (!SILENT.contains(&name)).then(|| whose(object, drafts)).flatten();
    }
    if let Some((object, _)) = item(value) {
        return whose(object, drafts);
    }
    let Value::Symbol(symbol) = value else { return None };
    match &symbol.kind {
        SymbolKind::Call(function, given) => {
            let (object, _) = attribute(function).or_else(|| Some((given.positional.first()?, "")))?;
            whose(object, drafts)
        }
        _ => None,
    }
}
