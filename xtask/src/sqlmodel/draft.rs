//! Tables while they are read: columns with their Python objects, and what is still to be resolved.

use std::cell::RefCell;
use std::rc::Rc;

use super::metadata::{Column, Sequence};
use super::symbols::{attribute, item, library_call};
use super::types::SqlType;
use crate::python::{Class, Dict, Function, Span, Symbol, Value};

/// What `MetaData(…)` says to its tables.
#[derive(Default)]
pub(super) struct MetaSettings<'p> {
    pub(super) schema: Option<String>,
    pub(super) convention: Option<Rc<RefCell<Dict<'p>>>>,
}

/// A table while it is read.
pub(super) struct Draft<'p> {
    pub(super) name: String,
    pub(super) schema: Option<String>,
    pub(super) meta: Rc<MetaSettings<'p>>,
    /// The classes that are mapped to it: the one that makes it, and those that add to it.
    pub(super) classes: Vec<Rc<Class<'p>>>,
    /// The call of `Table`, if it is one.
    pub(super) call: Option<Rc<Symbol<'p>>>,
    /// Further calls that add to it, with `extend_existing`.
    pub(super) others: Vec<Rc<Symbol<'p>>>,
    pub(super) columns: Vec<DraftColumn<'p>>,
    /// Constraints and indexes, in order.
    pub(super) items: Vec<(Value<'p>, Span)>,
    pub(super) comment: Option<String>,
    pub(super) prefixes: Vec<String>,
    pub(super) options: Vec<(String, String)>,
    /// `__mapper_args__ = {"primary_key": …}` does not make one on the server; `Table` without a key is allowed.
    pub(super) needs_key: bool,
    /// Attributes that could not be read: what names them would only give errors that follow from that.
    pub(super) broken: Vec<Rc<str>>,
    pub(super) span: Span,
}

impl<'p> Draft<'p> {
    /// A table of which only the name is known, in the schema that its metadata says.
    pub(super) fn new(name: String, meta: Rc<MetaSettings<'p>>, span: Span) -> Self {
        Self {
            name,
            schema: meta.schema.clone(),
            meta,
            classes: Vec::new(),
            call: None,
            others: Vec::new(),
            columns: Vec::new(),
            items: Vec::new(),
            comment: None,
            prefixes: Vec::new(),
            options: Vec::new(),
            needs_key: false,
            broken: Vec::new(),
            span,
        }
    }
}

/// A column while it is read.
pub(super) struct DraftColumn<'p> {
    /// The attribute, or `key=`.
    pub(super) key: String,
    pub(super) attribute: Rc<str>,
    /// The objects that stand for it in Python: `Field(…)`, `Column(…)`, of the class and of a mixin.
    pub(super) identities: Vec<Rc<Symbol<'p>>>,
    pub(super) column: Column,
    /// Its type; none where it is that of the column it refers to.
    pub(super) data: Option<SqlType>,
    pub(super) foreign: Vec<Foreign<'p>>,
    /// Whether it is unique by itself, and the options of that.
    pub(super) unique: bool,
    pub(super) index: bool,
    /// `CheckConstraint` inside of the column.
    pub(super) checks: Vec<(Value<'p>, Span)>,
    /// `True`, `False`, `"auto"`, `"ignore_fk"`.
    pub(super) autoincrement: Auto,
    pub(super) sequence: Option<Sequence>,
    /// What `Computed(…)` is given, which is read when all columns are known.
    pub(super) computed: Option<crate::python::Arguments<'p>>,
    pub(super) sort_order: i64,
    /// Whether nullability is said, and does not only follow.
    pub(super) nullable_said: bool,
    /// The default that Python has for it; the server does not number it then.
    pub(super) default: Option<Value<'p>>,
    pub(super) span: Span,
}

/// Whether the server numbers an integer key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Auto {
    Yes,
    No,
    IfAlone,
    IfAloneDespiteForeignKey,
}

/// `ForeignKey(…)`
#[derive(Clone)]
pub(super) struct Foreign<'p> {
    pub(super) target: Value<'p>,
    pub(super) arguments: crate::python::Arguments<'p>,
    pub(super) span: Span,
}

impl<'p> Draft<'p> {
    /// The column that a value in Python stands for.
    pub(super) fn column_of(&self, value: &Value<'p>) -> Option<&DraftColumn<'p>> {
        if let Value::Symbol(symbol) = value
            && let Some(found) =
                self.columns.iter().find(|it| it.identities.iter().any(|known| Rc::ptr_eq(known, symbol)))
        {
            return Some(found);
        }
        if let Value::Function(function) = value {
            return self.column_of_function(function);
        }
        if let Some((object, name)) = attribute(value) {
            return match object {
                Value::Class(class) if self.is_of(class) => self.by_attribute(name),
                _ if self.is_columns(object) => self.by_key(name),
                _ => None,
            };
        }
        let (object, index) = item(value)?;
        if self.is_columns(object) { self.by_key(index.as_str()?) } else { None }
    }

    /// A `declared_attr` that is read inside of its class, before it is called.
    fn column_of_function(&self, function: &Function<'p>) -> Option<&DraftColumn<'p>> {
        self.by_attribute(&function.name)
    }

    fn is_of(&self, class: &Rc<Class<'p>>) -> bool {
        self.classes.iter().any(|known| {
            Rc::ptr_eq(known, class)
                || known.mro.borrow().iter().any(|base| matches!(base, Value::Class(base) if Rc::ptr_eq(base, class)))
        })
    }

    /// Whether a value is `Class.__table__.c`, `table.c` or `table.columns`.
    fn is_columns(&self, value: &Value<'p>) -> bool {
        let Some((table, "c" | "columns")) = attribute(value) else { return false };
        self.is_table(table)
    }

    /// Whether a value is this table: of a class, as it was made, or looked up in its `MetaData`.
    pub(super) fn is_table(&self, value: &Value<'p>) -> bool {
        if let Some((Value::Class(class), "__table__")) = attribute(value) {
            return self.classes.iter().any(|known| Rc::ptr_eq(known, class));
        }
        if let Some((tables, name)) = item(value) {
            return is_tables(tables) && name.as_str().is_some_and(|name| self.is_called(name));
        }
        // `Table("name", metadata)` alone looks a table up.
        if let Some(("Table", given)) = library_call(value)
            && let [name, _] = &given.positional[..]
            && given.keyword("schema").is_none()
        {
            return name.as_str().is_some_and(|name| self.is_called(name));
        }
        let Value::Symbol(symbol) = value else { return false };
        self.call.iter().chain(&self.others).any(|call| Rc::ptr_eq(symbol, call))
    }

    /// `Table(…, extend_existing=True)`: a column takes the place of the one of its name, and everything else is added.
    pub(super) fn extend(&mut self, other: Self) {
        for column in other.columns {
            match self.columns.iter_mut().find(|it| it.key == column.key) {
                Some(known) => *known = column,
                None => self.columns.push(column),
            }
        }
        self.items.extend(other.items);
        self.comment = other.comment.or(self.comment.take());
        self.prefixes.extend(other.prefixes);
        self.options.extend(other.options);
        self.broken.extend(other.broken);
        self.others.extend(other.call);
    }

    /// Whether it has this name in its `MetaData`.
    fn is_called(&self, name: &str) -> bool {
        match &self.schema {
            Some(schema) => name.strip_prefix(schema.as_str()).and_then(|it| it.strip_prefix('.')) == Some(&self.name),
            None => name == self.name,
        }
    }

    /// The column of an attribute of the class.
    pub(super) fn by_attribute(&self, name: &str) -> Option<&DraftColumn<'p>> {
        self.columns.iter().find(|it| &*it.attribute == name).or_else(|| self.by_key(name))
    }

    /// The column of a key, which is the name where nothing else is said.
    pub(super) fn by_key(&self, key: &str) -> Option<&DraftColumn<'p>> {
        self.columns.iter().find(|it| it.key == key)
    }
}

/// `metadata.tables`
pub(super) fn is_tables(value: &Value<'_>) -> bool {
    match attribute(value) {
        Some((_, name)) => name == "tables",
        None => value.external().is_some_and(|path| path.ends_with(".metadata.tables")),
    }
}
