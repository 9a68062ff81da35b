//! Tables as scripts write them for statements on rows: their columns, types, and what Python puts into them by itself.

use std::rc::Rc;

use super::shape::{Key, key};
use crate::python::{Class, Value};
use crate::sqlmodel::vocabulary::{columns_of_class, table_of_class, word};
use crate::sqlmodel::{qualified, quote};

/// A table as scripts write it, with its columns and their types.
pub(super) struct Written<'p> {
    /// Its name with the schema, as SQL.
    pub(super) name: String,
    /// Its schema and name.
    pub(super) place: Key,
    /// Its columns, as far as they are written.
    pub(super) columns: Vec<WrittenColumn<'p>>,
    /// The class, if it is mapped by one.
    pub(super) class: Option<Rc<Class<'p>>>,
}

/// A column of such a table.
#[derive(Clone)]
pub(super) struct WrittenColumn<'p> {
    /// Its name.
    pub(super) name: String,
    /// What a mapped class calls it.
    pub(super) attribute: Rc<str>,
    pub(super) kind: Option<Value<'p>>,
    /// `default=…`: what Python puts into new rows.
    pub(super) default: Option<Value<'p>>,
    /// `onupdate=…`: what Python puts into rows that are changed.
    pub(super) onupdate: Option<Value<'p>>,
    /// Whether the server fills it by itself.
    pub(super) is_filled: bool,
    pub(super) is_key: bool,
}

impl<'p> Written<'p> {
    /// The type of a column by its quoted name.
    pub(super) fn kind_of(&self, quoted: &str) -> Option<&Value<'p>> {
        self.columns.iter().find(|it| quote(&it.name) == quoted).and_then(|it| it.kind.as_ref())
    }

    /// The column that is meant by a name.
    pub(super) fn column<'n>(&'n self, name: &'n str) -> &'n str {
        match self.class {
            Some(_) => self.columns.iter().find(|it| &*it.attribute == name).map_or(name, |it| &it.name),
            None => name,
        }
    }

    /// The names of the columns.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|it| it.name.as_str())
    }

    /// The columns of the primary key.
    pub(super) fn key(&self) -> impl Iterator<Item = &WrittenColumn<'p>> {
        self.columns.iter().filter(|it| it.is_key)
    }
}

/// `sa.table(…)`, `sa.Table(…)`, a mapped class and the result of `op.create_table(…)`.
pub(super) fn written<'p>(value: &Value<'p>) -> Option<Written<'p>> {
    if let Value::Class(class) = value {
        let table = table_of_class(class)?;
        let made = columns_of_class(class).into_iter();
        let columns = made.filter_map(|(attribute, name, made)| column(attribute, name, &made)).collect();
        let name = qualified(table.schema.as_deref(), &table.name);
        let place = key(table.schema.as_deref(), &table.name);
        return Some(Written { name, place, columns, class: Some(Rc::clone(class)) });
    }
    let (function, given) = value.as_call()?;
    let is_created = function.external() == Some("alembic.op.create_table");
    if !is_created && !matches!(word(value), Some("table" | "Table")) {
        return None;
    }
    let name = given.positional.first().and_then(Value::as_str)?;
    let schema = given.keyword("schema").and_then(Value::as_str);
    let named = |value: &Value<'p>| {
        let (_, given) = value.as_call().filter(|_| matches!(word(value), Some("column" | "Column")))?;
        let name = given.get(0, "name")?.as_str()?;
        column(name.into(), name.to_owned(), value)
    };
    let columns = given.positional.iter().filter_map(named).collect();
    Some(Written { name: qualified(schema, name), place: key(schema, name), columns, class: None })
}

fn column<'p>(attribute: Rc<str>, name: String, made: &Value<'p>) -> Option<WrittenColumn<'p>> {
    let (_, given) = made.as_call()?;
    let is_name = given.positional.first().is_some_and(|it| it.as_str().is_some());
    let is_type = |it: &&Value<'p>| match it {
        Value::Class(_) | Value::Instance(_) => true,
        it => {
            let of_column = ["ForeignKey", "Identity", "Computed", "Sequence", "CheckConstraint"];
            (it.external().is_some() || it.as_call().is_some()) && !word(it).is_some_and(|it| of_column.contains(&it))
        }
    };
    let kind = given.positional.iter().skip(usize::from(is_name)).find(is_type).or_else(|| given.keyword("type_"));
    let said = |name: &str| given.keyword(name).filter(|it| !it.is_none()).cloned();
    let has = |wanted: &[&str]| given.positional.iter().any(|it| word(it).is_some_and(|it| wanted.contains(&it)));
    Some(WrittenColumn {
        name,
        attribute,
        kind: kind.cloned(),
        default: said("default").or_else(|| said("insert_default")),
        onupdate: said("onupdate"),
        is_filled: said("server_default").is_some() || has(&["Identity", "Computed", "Sequence"]),
        is_key: given.keyword("primary_key").and_then(Value::truth) == Some(true),
    })
}
