//! Columns.

use super::{found_name, parenthesised, sequence_options};
use crate::schema::{Column, Identity, NotNull, QualifiedName};
use crate::sql;

/// A column as `CREATE TABLE` and `ADD COLUMN` take it, without what can only be said afterwards. The name of its `NOT NULL` is
/// said where it is not the usual one, or always.
pub fn column(table: &QualifiedName, column: &Column, is_named: bool) -> String {
    let mut text = format!("{} {}", sql::name(&column.name), column.type_name);
    if let Some(compression) = &column.compression {
        text.push_str(&format!(" COMPRESSION {compression}"));
    }
    if let Some(collation) = &column.collation {
        text.push_str(&format!(" COLLATE {}", found_name(collation)));
    }
    if let Some(generated) = &column.generated {
        let kind = if generated.stored { "STORED" } else { "VIRTUAL" };
        text.push_str(&format!(" GENERATED ALWAYS AS {} {kind}", parenthesised(&generated.expression)));
    } else if let Some(it) = &column.identity {
        text.push(' ');
        text.push_str(&identity(table, &column.name, it));
    } else if let Some(default) = &column.default {
        text.push_str(&format!(" DEFAULT {default}"));
    }
    // What only a parent demands comes with that.
    let is_own = column.required.as_ref().is_none_or(|it| !it.only_inherited);
    let demands = column.not_null && is_own;
    let more = column.required.as_ref().filter(|it| demands && (is_named || !it.is_usual(table, &column.name)));
    match more {
        // That is added afterwards.
        Some(it) if it.not_valid => {}
        Some(it) => text.push_str(&format!(" CONSTRAINT {} NOT NULL{}", sql::name(&it.name), inherit(it))),
        // An identity column refuses NULL anyway.
        None if demands && column.identity.is_none() => text.push_str(" NOT NULL"),
        None => {}
    }
    text
}

/// `CONSTRAINT name NOT NULL column`, as `ADD` and `CREATE TABLE` take it (PostgreSQL 18).
pub fn not_null(column: &str, it: &NotNull) -> String {
    format!("CONSTRAINT {} NOT NULL {}{}", sql::name(&it.name), sql::name(column), inherit(it))
}

fn inherit(it: &NotNull) -> &'static str {
    if it.no_inherit { " NO INHERIT" } else { "" }
}

/// `GENERATED … AS IDENTITY`, with what is not usual about its sequence.
pub fn identity(table: &QualifiedName, column: &str, identity: &Identity) -> String {
    let when = if identity.always { "ALWAYS" } else { "BY DEFAULT" };
    let usual = table.sibling(format!("{}_{column}_seq", table.name));
    let mut options = Vec::new();
    if identity.sequence != usual {
        options.push(format!("SEQUENCE NAME {}", identity.sequence));
    }
    options.extend(sequence_options(&identity.options));
    let options = if options.is_empty() { String::new() } else { format!(" ({})", options.join(" ")) };
    format!("GENERATED {when} AS IDENTITY{options}")
}
