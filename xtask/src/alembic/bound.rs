//! What Python does to values on their way into a row: defaults, and types of the project that turn values into others.

use std::rc::Rc;

use super::chains::column_of;
use super::dml::Dml;
use super::insert::literal_value;
use super::rows::server_value;
use super::written::{Written, WrittenColumn};
use crate::python::{Arguments, SymbolKind, Value};
use crate::sqlmodel::quote;
use crate::sqlmodel::vocabulary::{Fault, word};

impl<'p> Dml<'_, '_, 'p> {
    /// Columns with a default that an `INSERT` into these columns has all the same, and its SQL.
    pub(super) fn defaults(
        &self,
        table: &Written<'p>,
        given: &[(String, String)],
    ) -> Result<Vec<(String, String)>, Fault> {
        let missing = table.columns.iter().filter(|it| given.iter().all(|(name, _)| *name != quote(&it.name)));
        let defaulted = missing.filter_map(|it| Some((it, it.default.as_ref()?)));
        defaulted.map(|(column, default)| Ok((quote(&column.name), self.made(column, default, "default")?))).collect()
    }

    /// The same for an `UPDATE`.
    pub(super) fn updates(
        &self,
        table: &Written<'p>,
        given: &[(String, String)],
    ) -> Result<Vec<(String, String)>, Fault> {
        let missing = table.columns.iter().filter(|it| given.iter().all(|(name, _)| *name != quote(&it.name)));
        let changed = missing.filter_map(|it| Some((it, it.onupdate.as_ref()?)));
        changed.map(|(column, value)| Ok((quote(&column.name), self.made(column, value, "onupdate")?))).collect()
    }

    fn made(&self, column: &WrittenColumn<'p>, value: &Value<'p>, what: &str) -> Result<String, Fault> {
        let fault = || self.fault(&format!("`{what}` of the column `{}`", column.name), "Python computes it");
        let made = match value {
            Value::Function(_) => self.words.interpreter().call(value, Arguments::default(), self.span),
            Value::Builtin("dict", None) => Value::dict(Vec::new()),
            Value::Builtin("list", None) => Value::list(Vec::new()),
            Value::Symbol(symbol) if value.external().is_some() => match value.external() {
                Some("uuid.uuid4") => return Ok("gen_random_uuid()".to_owned()),
                Some("datetime.datetime.utcnow") => {
                    super::directives::call_of("datetime.datetime.utcnow", Arguments::default(), symbol.span)
                }
                _ => return Err(fault()),
            },
            other => other.clone(),
        };
        if matches!(word(&made), Some("Sequence")) {
            return Err(fault());
        }
        self.value_sql(column.kind.as_ref(), &made).map_err(|_| fault())
    }

    /// A value for a column.
    pub(super) fn value_sql(&self, kind: Option<&Value<'p>>, value: &Value<'p>) -> Result<String, Fault> {
        let (value, kind) = self.bound_to(kind, value)?;
        let is_plain = !matches!(value, Value::Symbol(_));
        match literal_value(&value, kind.as_ref(), self.span) {
            Some(sql) => sql,
            None if is_plain => Err(self.fault("a value", "only a run can tell it")),
            None => self.expression(&value),
        }
    }

    /// A comparison that Python makes another one where a value is `None`, or whose value the column's type makes another one.
    pub(super) fn compared(&self, op: &str, left: &Value<'p>, right: &Value<'p>) -> Result<Option<String>, Fault> {
        let kind = |value: &Value<'p>| {
            let (table, name) = column_of(value)?;
            table.kind_of(&quote(&name)).cloned().filter(|it| matches!(it, Value::Class(_) | Value::Instance(_)))
        };
        let (column, value) = match (server_value(left), server_value(right)) {
            (Some(_), Some(_)) => return Err(self.fault("a comparison", "both sides are values of rows")),
            (Some(_), None) => (right, left),
            (None, Some(_)) => (left, right),
            (None, None) => {
                let bound = |column: &Value<'p>, value: &Value<'p>| match kind(column) {
                    Some(kind) if column_of(value).is_none() => Ok(Some(self.bound_to(Some(&kind), value)?.0)),
                    _ => Ok(None),
                };
                return match (bound(left, right)?, bound(right, left)?) {
                    (Some(value), _) => self.operation(op, left, value).map(Some),
                    (_, Some(value)) => self.operation(op, right, value).map(Some),
                    _ => Ok(None),
                };
            }
        };
        let Some(found) = server_value(value) else { return Ok(None) };
        self.bound_to(kind(column).as_ref(), value)?;
        if found.is_filled {
            return Ok(None);
        }
        let (text, sql) = (self.expression(column)?, found.sql);
        match op {
            "==" => Ok(Some(format!("(CASE WHEN {sql} IS NULL THEN {text} IS NULL ELSE {text} = {sql} END)"))),
            "!=" => Ok(Some(format!("(CASE WHEN {sql} IS NULL THEN {text} IS NOT NULL ELSE {text} <> {sql} END)"))),
            _ => Err(self.fault("a comparison", "the value of a row may be missing")),
        }
    }

    fn operation(&self, op: &str, column: &Value<'p>, value: Value<'p>) -> Result<String, Fault> {
        let word = match op {
            "==" => "==",
            "!=" => "!=",
            _ => return Err(self.fault("a comparison", "a type of the project makes something else of values")),
        };
        // The column as text, which has no type that would turn the value into another once more.
        let column = self.text(self.expression(column)?);
        self.words.expression(&Value::symbol(SymbolKind::Binary(word, column, value), self.span), self.span)
    }

    /// What a type of the project makes of a value, and the type below it.
    pub(super) fn bound_to(
        &self,
        kind: Option<&Value<'p>>,
        value: &Value<'p>,
    ) -> Result<(Value<'p>, Option<Value<'p>>), Fault> {
        let class = match kind {
            Some(Value::Class(class)) => Rc::clone(class),
            Some(Value::Instance(instance)) => Rc::clone(&instance.class),
            _ if server_value(value)
                .is_some_and(|it| matches!(it.kind, Some(Value::Class(_) | Value::Instance(_)))) =>
            {
                return Err(self.fault("a value of a row", "a type of the project makes something else of it"));
            }
            _ => return Ok((value.clone(), kind.cloned())),
        };
        let is_same = |kind: &Value<'p>| kind.is(&Value::Class(Rc::clone(&class)));
        if server_value(value).is_some_and(|it| it.kind.is_some_and(is_same)) {
            return Ok((value.clone(), None));
        }
        let py = self.words.interpreter();
        let own = Value::Class(Rc::clone(&class));
        let unread = |why: &str| self.fault(&format!("a value of the type `{}`", class.name), why);
        let finds = |name: &str| {
            class.mro.borrow().iter().any(|it| matches!(it, Value::Class(it) if it.scope.own(name).is_some()))
        };
        if ["bind_processor", "bind_expression", "coerce_compared_value", "load_dialect_impl"]
            .iter()
            .any(|it| finds(it))
        {
            return Err(unread("it makes something else of values"));
        }
        let below = finds("impl").then(|| py.attribute(&own, "impl", self.span));
        if !finds("process_bind_param") {
            return Ok((value.clone(), below));
        }
        if matches!(value, Value::Symbol(_)) {
            return Err(unread("it makes something else of values"));
        }
        let object = py.call(&own, Arguments::default(), self.span);
        let bind = py.attribute(&object, "process_bind_param", self.span);
        let bound = py.call(&bind, Arguments::of(vec![value.clone(), Value::None]), self.span);
        match bound {
            Value::None | Value::Bool(_) | Value::Int(_) | Value::Str(_) | Value::Bytes(_) => Ok((bound, below)),
            _ => Err(unread("what it makes of this one cannot be followed")),
        }
    }
}
