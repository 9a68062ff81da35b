//! What `COMMENT ON`, `GRANT … ON` and `ALTER …` call an object.

use super::inventory::Item;
use crate::schema::{FunctionKind, QualifiedName};
use crate::sql;

/// Behind `COMMENT ON` and `DROP`: `TABLE public.t`, `TRIGGER tg ON public.t`.
pub fn target(item: Item<'_>) -> String {
    let on = |kind: &str, name: &str, owner: &QualifiedName| format!("{kind} {} ON {owner}", sql::name(name));
    match item {
        Item::Namespace(it) => format!("SCHEMA {}", sql::name(&it.name)),
        Item::Extension(it) => format!("EXTENSION {}", sql::name(&it.name)),
        Item::Collation(it) => format!("COLLATION {}", it.name),
        Item::Enum(it) => format!("TYPE {}", it.name),
        Item::Composite(it) => format!("TYPE {}", it.name),
        Item::Range(it) => format!("TYPE {}", it.name),
        Item::Domain(it) => format!("DOMAIN {}", it.name),
        Item::DomainCheck(domain, it) => format!("CONSTRAINT {} ON DOMAIN {}", sql::name(&it.name), domain.name),
        Item::Sequence(it) => format!("SEQUENCE {}", it.name),
        Item::Function(it) => format!("{} {}", it.kind.sql(), it.name),
        Item::Table(it) => format!("TABLE {}", it.name),
        Item::Column(table, it) | Item::Default(table, it) => format!("COLUMN {}.{}", table.name, sql::name(&it.name)),
        Item::Constraint(table, it) => on("CONSTRAINT", &it.name, &table.name),
        Item::Index(owner, it) => format!("INDEX {}", owner.sibling(&it.name)),
        Item::View(it) => format!("VIEW {}", it.name),
        Item::MaterialisedView(it) => format!("MATERIALIZED VIEW {}", it.name),
        Item::Rule(owner, it) => on("RULE", &it.name, owner),
        Item::Trigger(owner, it) => on("TRIGGER", &it.name, owner),
        Item::Policy(owner, it) => on("POLICY", &it.name, owner),
        Item::Statistics(it) => format!("STATISTICS {}", it.name),
        Item::EventTrigger(it) => format!("EVENT TRIGGER {}", sql::name(&it.name)),
    }
}

/// Behind `GRANT … ON`.
pub(super) fn grant_target(item: Item<'_>) -> String {
    match item {
        Item::Column(table, _) => format!("TABLE {}", table.name),
        Item::View(it) => format!("TABLE {}", it.name),
        Item::MaterialisedView(it) => format!("TABLE {}", it.name),
        Item::Function(it) if it.kind == FunctionKind::Aggregate => format!("FUNCTION {}", it.name),
        other => target(other),
    }
}

/// The object under which changes of this one are gathered, as a person names it: a column belongs to its table.
pub fn whole(item: Item<'_>) -> String {
    match item {
        Item::Table(table) | Item::Column(table, _) | Item::Default(table, _) | Item::Constraint(table, _) => {
            table.name.to_string()
        }
        Item::Index(owner, _) | Item::Rule(owner, _) | Item::Trigger(owner, _) | Item::Policy(owner, _) => {
            owner.to_string()
        }
        Item::DomainCheck(domain, _) => domain.name.to_string(),
        Item::Statistics(it) => it.table.to_string(),
        Item::Namespace(it) => it.name.clone(),
        Item::Extension(it) => it.name.clone(),
        Item::EventTrigger(it) => it.name.clone(),
        Item::Collation(it) => it.name.to_string(),
        Item::Enum(it) => it.name.to_string(),
        Item::Domain(it) => it.name.to_string(),
        Item::Composite(it) => it.name.to_string(),
        Item::Range(it) => it.name.to_string(),
        Item::Sequence(it) => it.name.to_string(),
        Item::Function(it) => it.name.to_string(),
        Item::View(it) => it.name.to_string(),
        Item::MaterialisedView(it) => it.name.to_string(),
    }
}

/// What the object is called behind the name of the whole: "column a", "the table", "index ix".
pub fn part(item: Item<'_>) -> String {
    match item {
        Item::Namespace(_) => "schema".to_owned(),
        Item::Extension(_) => "extension".to_owned(),
        Item::Collation(_) => "collation".to_owned(),
        Item::Enum(_) => "enum".to_owned(),
        Item::Domain(_) => "domain".to_owned(),
        Item::Composite(_) => "composite type".to_owned(),
        Item::Range(_) => "range type".to_owned(),
        Item::Sequence(_) => "sequence".to_owned(),
        Item::Function(it) => it.kind.sql().to_lowercase(),
        Item::Table(it) if it.partition_of.is_some() => "partition".to_owned(),
        Item::Table(_) => "table".to_owned(),
        Item::View(_) => "view".to_owned(),
        Item::MaterialisedView(_) => "materialised view".to_owned(),
        Item::EventTrigger(_) => "event trigger".to_owned(),
        Item::Column(_, it) => format!("column {}", sql::name(&it.name)),
        Item::Default(_, it) => format!("default of {}", sql::name(&it.name)),
        Item::Constraint(_, it) => format!("constraint {}", sql::name(&it.name)),
        Item::DomainCheck(_, it) => format!("constraint {}", sql::name(&it.name)),
        Item::Index(_, it) => format!("index {}", sql::name(&it.name)),
        Item::Rule(_, it) => format!("rule {}", sql::name(&it.name)),
        Item::Trigger(_, it) => format!("trigger {}", sql::name(&it.name)),
        Item::Policy(_, it) => format!("policy {}", sql::name(&it.name)),
        Item::Statistics(it) => format!("statistics {}", sql::name(&it.name.name)),
    }
}
