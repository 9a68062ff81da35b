//! Tables and columns that scripts name by a mapped class: `Model.name`.

use std::rc::Rc;

use super::symbols::{attribute, library_call};
use crate::python::{Class, Value};

/// A table by its class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassTable {
    /// Its schema.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
}

/// The table of a class that says which it is; `None` where its bases have a say in it, or its annotations make columns.
pub fn table_of_class(class: &Rc<Class<'_>>) -> Option<ClassTable> {
    let bound = |name: &Rc<str>| class.scope.own(name).is_some();
    if !class.mro.borrow().iter().skip(1).all(says_nothing) || !class.annotations.iter().all(|it| bound(&it.name)) {
        return None;
    }
    let name = class.scope.own("__tablename__")?.as_str()?.to_owned();
    let schema = match class.scope.own("__table_args__") {
        None => None,
        Some(arguments) => {
            let last = match &arguments {
                Value::Tuple(all) => all.last().cloned()?,
                other => other.clone(),
            };
            match &last {
                Value::Dict(dict) => match dict.borrow().text("schema") {
                    Some(schema) if !schema.is_none() => Some(schema.as_str()?.to_owned()),
                    _ => None,
                },
                Value::Symbol(_) => None,
                _ => return None,
            }
        }
    };
    Some(ClassTable { schema, name })
}

/// Whether a base adds neither columns nor arguments nor a schema.
fn says_nothing(base: &Value<'_>) -> bool {
    let without_schema = |metadata: &Value<'_>| {
        library_call(metadata).is_some_and(|(name, given)| {
            name == "MetaData"
                && given.positional.is_empty()
                && given.keyword("schema").is_none()
                && given.open.is_none()
        })
    };
    match base {
        Value::Class(base) => {
            let own = |name: &str| base.scope.own(name);
            let makes_column = |name: &Rc<str>| own(name).is_some_and(|it| column_name(&it, name).is_some());
            own("__table_args__").is_none()
                && own("__tablename__").is_none()
                && own("metadata").is_none_or(|it| without_schema(&it))
                && base.annotations.is_empty()
                && !base.order.iter().any(makes_column)
        }
        base => match library_call(base) {
            Some((_, given)) => {
                given.positional.is_empty()
                    && given.keyword("cls").is_none()
                    && given.keyword("metadata").is_none_or(without_schema)
            }
            None => true,
        },
    }
}

/// `Model.name`: the table and the name of the column.
pub fn column_of_class(value: &Value<'_>) -> Option<(ClassTable, String)> {
    let (Value::Class(class), name) = attribute(value)? else { return None };
    let written = column_name(&class.scope.own(name)?, name)?;
    Some((table_of_class(class)?, written))
}

/// The columns that the body of a class makes: the attribute, the name, and what makes it.
pub fn columns_of_class<'p>(class: &Rc<Class<'p>>) -> Vec<(Rc<str>, String, Value<'p>)> {
    let column = |name: &Rc<str>| {
        let value = class.scope.own(name)?;
        Some((Rc::clone(name), column_name(&value, name)?, value))
    };
    class.order.iter().filter_map(column).collect()
}

/// The name of the column that is bound to this name.
fn column_name(value: &Value<'_>, bound: &str) -> Option<String> {
    let ("Column" | "mapped_column", given) = library_call(value)? else { return None };
    let first = given.positional.first().and_then(Value::as_str).or_else(|| given.keyword("name")?.as_str());
    Some(first.unwrap_or(bound).to_owned())
}
