//! `sa.select(…)` with its joins, conditions and groups.

use super::dml::{Dml, Step, joined};
use super::insert::written;
use crate::python::{Arguments, Value};
use crate::sqlmodel::quote;
use crate::sqlmodel::vocabulary::Fault;

impl<'p> Dml<'_, '_, 'p> {
    pub(super) fn select(&self, first: &Arguments<'p>, steps: &[Step<'_, 'p>]) -> Result<String, Fault> {
        let mut columns = Vec::new();
        let listed = match &first.positional[..] {
            [Value::List(items)] => items.borrow().clone(),
            all => all.to_vec(),
        };
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
                "group_by" => groups.extend(self.conditions(given)?),
                "order_by" => orders.extend(self.conditions(given)?),
                "distinct" if given.positional.is_empty() => distinct = "DISTINCT ",
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
