//! `sa.select(…)` with its joins, conditions and groups.

use super::chains::{column_of, joined, taken_apart};
use super::dml::{Dml, Step};
use super::shape::Key;
use super::written::written;
use crate::python::{Arguments, SymbolKind, Value};
use crate::sqlmodel::quote;
use crate::sqlmodel::vocabulary::Fault;

/// Something that is selected.
pub(super) struct Item<'p> {
    /// What Python calls it; `None` where it is called as the server calls it.
    pub(super) attribute: Option<String>,
    pub(super) kind: Option<Value<'p>>,
    /// The table and the column, where no join can leave it out.
    pub(super) origin: Option<(Key, String)>,
}

/// What a query selects, and the mapped class of which it selects the objects.
pub(super) fn items_of<'p>(query: &Value<'p>) -> Option<(Vec<Item<'p>>, Option<Value<'p>>)> {
    let (verb, _, first, steps) = taken_apart(query)?;
    if verb != "select" {
        return None;
    }
    let is_outer = steps.iter().any(|(name, given)| *name == "outerjoin" || given.keyword("isouter").is_some());
    let listed = listed(first);
    let mut items = Vec::new();
    for column in &listed {
        if let Some(table) = written(column) {
            items.extend(table.columns.into_iter().map(|it| Item {
                attribute: Some(it.attribute.to_string()),
                kind: it.kind,
                origin: (!is_outer).then(|| (table.place.clone(), it.name)),
            }));
            continue;
        }
        items.push(match column_of(column) {
            Some((table, name)) => {
                let found = table.columns.iter().find(|it| it.name == name);
                let attribute = found.map_or_else(|| name.clone(), |it| it.attribute.to_string());
                let kind = found.and_then(|it| it.kind.clone());
                Item { attribute: Some(attribute), kind, origin: (!is_outer).then_some((table.place, name)) }
            }
            None => Item { attribute: None, kind: None, origin: None },
        });
    }
    let class = match &listed[..] {
        [class @ Value::Class(_)] => Some(class.clone()),
        _ => None,
    };
    Some((items, class))
}

/// Whether a query names a mapped class in what it selects: then it is the ORM's.
pub(super) fn is_mapped(query: &Value<'_>) -> bool {
    let Some(("select", _, first, _)) = taken_apart(query) else { return false };
    listed(first)
        .iter()
        .any(|it| matches!(it, Value::Class(_)) || column_of(it).is_some_and(|(table, _)| table.class.is_some()))
}

/// The arguments of `select(…)`, which older scripts give as a list.
fn listed<'p>(first: &Arguments<'p>) -> Vec<Value<'p>> {
    match &first.positional[..] {
        [Value::List(items)] => items.borrow().clone(),
        all => all.to_vec(),
    }
}

impl<'p> Dml<'_, '_, 'p> {
    pub(super) fn select(&self, first: &Arguments<'p>, steps: &[Step<'_, 'p>]) -> Result<String, Fault> {
        let mut columns = Vec::new();
        let listed = listed(first);
        for column in &listed {
            match written(column) {
                Some(table) => {
                    self.seen.borrow_mut().insert(table.name.clone());
                    columns.extend(table.names().map(|name| format!("{}.{}", table.name, quote(name))));
                }
                None => columns.push(self.expression(column)?),
            }
        }
        let (mut conditions, mut groups, mut orders, mut limit, mut distinct) =
            (Vec::new(), Vec::new(), Vec::new(), String::new(), "");
        let (mut having, mut joins) = (Vec::new(), Vec::new());
        for (name, given) in steps {
            match *name {
                "where" | "filter" => conditions.extend(self.conditions(given)?),
                "filter_by" if joins.is_empty() => conditions.extend(self.equalities(&listed, given)?),
                "group_by" => groups.extend(self.named(&listed, given)?),
                "order_by" => orders.extend(self.named(&listed, given)?),
                "distinct" if given.positional.is_empty() => distinct = "DISTINCT ",
                // How rows are fetched, and what is loaded beside them.
                "yield_per" | "options" => {}
                "limit" => limit = format!(" LIMIT {}", self.conditions(given)?.join(", ")),
                "select_from" => {
                    let table = given.positional.first().and_then(written).ok_or_else(|| self.unread(name))?;
                    self.seen.borrow_mut().insert(table.name);
                }
                // What is around it is left out of `FROM` in any case.
                "scalar_subquery" | "as_scalar" | "correlate" | "execution_options" => {}
                "having" => having.extend(self.conditions(given)?),
                "join" | "outerjoin" => joins.push(self.join(name, given)?),
                _ => return Err(self.unread(name)),
            }
        }
        let tables = self.tables(&joins)?;
        if columns.is_empty() {
            return Err(self.fault("the query", "its columns cannot be read"));
        }
        let list = |word: &str, parts: &[String]| {
            if parts.is_empty() { String::new() } else { format!(" {word} {}", parts.join(", ")) }
        };
        Ok(format!(
            "SELECT {distinct}{} FROM {tables}{}{}{}{}{limit}",
            columns.join(", "),
            joined("WHERE", &conditions),
            list("GROUP BY", &groups),
            joined("HAVING", &having),
            list("ORDER BY", &orders)
        ))
    }

    /// `.filter_by(name=value)`
    pub(super) fn equalities(&self, listed: &[Value<'p>], given: &Arguments<'p>) -> Result<Vec<String>, Fault> {
        let table = listed.first().and_then(|it| written(it).or_else(|| Some(column_of(it)?.0)));
        let class = table.and_then(|it| it.class).map(Value::Class).ok_or_else(|| self.unread("filter_by"))?;
        if given.open.is_some() || !given.positional.is_empty() {
            return Err(self.unread("filter_by"));
        }
        let equality = |(name, value): &(std::rc::Rc<str>, Value<'p>)| {
            let column = Value::symbol(SymbolKind::Attribute(class.clone(), std::rc::Rc::clone(name)), self.span);
            if column_of(&column).is_none() {
                return Err(self.unread("filter_by"));
            }
            self.expression(&Value::symbol(SymbolKind::Binary("==", column, value.clone()), self.span))
        };
        given.named.iter().map(equality).collect()
    }

    /// Expressions, and columns that are selected by their names.
    fn named(&self, listed: &[Value<'p>], given: &Arguments<'p>) -> Result<Vec<String>, Fault> {
        let column = |value: &Value<'p>| {
            let Some(name) = value.as_str() else { return self.expression(value) };
            let found = listed.iter().find_map(|it| match (written(it), column_of(it)) {
                (Some(table), _) if table.names().any(|it| it == name) => Some(table.name),
                (None, Some((table, column))) if column == name => Some(table.name),
                _ => None,
            });
            found.map(|table| format!("{table}.{}", quote(name))).ok_or_else(|| self.unread("group_by"))
        };
        given.positional.iter().map(column).collect()
    }

    /// `.join(table, condition)`: the table, and the rest of the clause.
    fn join(&self, name: &str, given: &Arguments<'p>) -> Result<(String, String), Fault> {
        let table = given.positional.first().and_then(written).ok_or_else(|| self.unread(name))?;
        let condition = given.get(1, "onclause").ok_or_else(|| self.unread(name))?;
        let is_outer = name == "outerjoin" || given.keyword("isouter").and_then(Value::truth) == Some(true);
        if given.keyword("full").is_some() {
            return Err(self.unread(name));
        }
        let word = if is_outer { "LEFT OUTER JOIN" } else { "JOIN" };
        let sql = format!(" {word} {} ON {}", table.name, self.expression(condition)?);
        Ok((table.name, sql))
    }

    /// What stands behind `FROM`.
    fn tables(&self, joins: &[(String, String)]) -> Result<String, Fault> {
        let seen = self.seen.borrow();
        let is_joined = |name: &&String| joins.iter().any(|(joined, _)| joined == *name);
        let mut tables: Vec<&String> =
            seen.iter().filter(|it| !self.outer.contains(it)).filter(|it| !is_joined(it)).collect();
        if tables.is_empty() && joins.is_empty() {
            tables = seen.iter().collect();
        }
        if tables.is_empty() || tables.len() > 1 && !joins.is_empty() {
            return Err(self.fault("the query", "its tables cannot be read"));
        }
        let tables: Vec<&str> = tables.into_iter().map(String::as_str).collect();
        Ok(tables.join(", ") + &joins.iter().map(|(_, sql)| sql.as_str()).collect::<String>())
    }
}
