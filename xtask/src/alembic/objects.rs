//! Objects of a session that a script adds, changes and deletes, as the statements that are sent for them.

use std::rc::Rc;

use super::chains::method_of;
use super::conditions::Taken;
use super::desk::Desk;
use super::dml::Dml;
use super::insert::JsonNone;
use super::rows::{make_value, server_value};
use super::sessions::fault;
use super::written::{Written, WrittenColumn, written};
use crate::python::{Class, Interpreter, Span, Value};
use crate::sqlmodel::vocabulary::{Fault, word};
use crate::sqlmodel::{literal, quote};

impl<'p> Desk<'p> {
    /// `session.add(Model(…))`: columns that are not given are `NULL`, unless something fills them.
    pub(super) fn add(&self, py: &Interpreter<'p>, object: &Value<'p>, span: Span) -> Result<(), Fault> {
        let unread = |why: &str| fault("an object that is added", why, span);
        let Value::Instance(instance) = object else { return Err(unread("only a run can tell what it is")) };
        let table =
            written(&Value::Class(Rc::clone(&instance.class))).ok_or_else(|| unread("its table is not known"))?;
        let given = &instance.arguments;
        let is_plain = given.positional.is_empty() && given.open.is_none() && !has_own_init(&instance.class);
        if !is_plain || self.state().added.iter().any(|it| it.is(object)) {
            return Err(unread("what it holds is not known"));
        }
        let mut values: Vec<(Rc<str>, Value<'p>)> = given.named.clone();
        for (name, value) in instance.attributes.borrow().iter() {
            values.retain(|(known, _)| known != name);
            values.push((Rc::clone(name), value.clone()));
        }
        if values.iter().any(|(name, _)| table.columns.iter().all(|it| it.attribute != *name)) {
            return Err(unread("it holds more than columns"));
        }
        let words = self.vocabulary(py);
        let dml = Dml::new(&words, span).with(self);
        let mut pairs = Vec::new();
        for column in &table.columns {
            let value = values.iter().find(|(name, _)| *name == column.attribute).map(|(_, value)| value);
            // A column of JSON has its own nothing, which it gets where `None` is given.
            let is_json = column.kind.as_ref().and_then(super::insert::json_kind) == Some(JsonNone::OfJson);
            let value = value.filter(|it| !it.is_none() || is_json);
            match value {
                Some(value) => pairs.push((quote(&column.name), dml.value_sql(column.kind.as_ref(), value)?)),
                None if column.default.is_some() || column.is_filled || is_counted(column) => {}
                None if column.is_key => return Err(unread("its key is not known")),
                None => pairs.push((quote(&column.name), "NULL".to_owned())),
            }
        }
        pairs.extend(dml.defaults(&table, &pairs)?);
        let (names, values): (Vec<String>, Vec<String>) = pairs.into_iter().unzip();
        let sql = format!("INSERT INTO {} ({}) VALUES ({})", table.name, names.join(", "), values.join(", "));
        self.state_mut().added.push(object.clone());
        self.send_change(py, sql, false, span);
        Ok(())
    }

    pub(super) fn delete_object(&self, py: &Interpreter<'p>, object: &Value<'p>, span: Span) -> Result<(), Fault> {
        let unread = |why: &str| fault("an object that is deleted", why, span);
        let found = self.object_of_turn(object).ok_or_else(|| unread("only a run can tell which"))?;
        let (Value::Class(class), variable) = found else { return Err(unread("its class is not known")) };
        let table = written(&Value::Class(Rc::clone(&class))).ok_or_else(|| unread("its table is not known"))?;
        let script = &py.source(class.span.file).text;
        if script.contains("backref") || has_relationship(&class) {
            return Err(unread("its class has relationships, which may delete or change more"));
        }
        let condition = key_of(&table, &variable).ok_or_else(|| unread("its key is not known"))?;
        self.send_change(py, format!("DELETE FROM {} WHERE {condition}", table.name), true, span);
        Ok(())
    }

    /// `object.name = value`
    pub(super) fn change_object(
        &self,
        py: &Interpreter<'p>,
        object: &Value<'p>,
        name: &str,
        value: &Value<'p>,
        span: Span,
    ) {
        if !self.is_active() {
            return;
        }
        let unread = |why: &str| fault("an object of a session", why, span);
        if let Value::Instance(_) = object {
            if self.state().added.iter().any(|it| it.is(object)) {
                self.fault(py, &unread("it is changed after it was added"));
            }
            return;
        }
        let done = match (self.object_of_turn(object), self.one_object(object)) {
            (Some((class, variable)), _) if self.may_be_gone_through(&class, Some(&variable)) => {
                Err(unread("a loop around may be at the same one"))
            }
            (None, Some((class, _))) if self.may_be_gone_through(&class, None) => {
                Err(unread("a loop around may be at the same one"))
            }
            (Some((class, variable)), _) => {
                self.set_column(py, &class, |table| key_of(table, &variable), (name, value), span)
            }
            (None, Some((class, condition))) => self.set_column(py, &class, |_| Some(condition), (name, value), span),
            (None, None) => return self.change_inside(py, object, span),
        };
        match done {
            Ok(()) => self.note_change(object, name),
            Err(fault) => self.fault(py, &fault),
        }
    }

    /// The class of an object that was asked for by its key, and the condition that finds it, where it is known to be there.
    fn one_object(&self, object: &Value<'p>) -> Option<(Value<'p>, String)> {
        let Value::Symbol(symbol) = object else { return None };
        let state = self.state();
        let query = state.queries.iter().find(|it| Rc::ptr_eq(&it.symbol, symbol))?;
        let selected = query.selected.as_ref().filter(|it| it.taken == Some(Taken::Row))?;
        let class = selected.class.clone()?;
        let sql = query.sql.as_ref().ok()?.clone();
        drop(state);
        let is_there = self.is_under(&format!("EXISTS ({sql})")) || self.is_under(&format!("NOT (NOT EXISTS ({sql}))"));
        let (_, name, _) = method_of(object)?;
        // Found by its key, which nothing that is sent here changes.
        let condition = sql.split_once(" WHERE ").map(|(_, condition)| condition.to_owned());
        condition.filter(|_| is_there && name == "get").map(|condition| (class, condition))
    }

    pub(super) fn set_column(
        &self,
        py: &Interpreter<'p>,
        class: &Value<'p>,
        condition: impl FnOnce(&Written<'p>) -> Option<String>,
        (name, value): (&str, &Value<'p>),
        span: Span,
    ) -> Result<(), Fault> {
        let unread = |why: &str| fault("an object of a session", why, span);
        let table = written(class).ok_or_else(|| unread("its table is not known"))?;
        let condition = condition(&table).ok_or_else(|| unread("its key is not known"))?;
        let column = table.columns.iter().find(|it| &*it.attribute == name && !it.is_key);
        let column = column.ok_or_else(|| unread("more than a column of it is set"))?;
        let words = self.vocabulary(py);
        let dml = Dml::new(&words, span).with(self);
        let mut sets = vec![(quote(&column.name), dml.value_sql(column.kind.as_ref(), value)?)];
        sets.extend(dml.updates(&table, &sets)?);
        let sets: Vec<String> = sets.into_iter().map(|(name, sql)| format!("{name} = {sql}")).collect();
        self.send_change(py, format!("UPDATE {} SET {} WHERE {condition}", table.name, sets.join(", ")), false, span);
        Ok(())
    }

    /// `del object.data["key"]`, where the class follows changes inside of the column.
    pub(super) fn delete_key(&self, py: &Interpreter<'p>, object: &Value<'p>, index: &Value<'p>, span: Span) {
        let found = server_value(object).and_then(|it| Some((it.kind?, it.sql))).filter(|(kind, _)| is_followed(kind));
        let (Some((_, sql)), Some(key)) = (found, index.as_str()) else {
            return self.change_inside(py, object, span);
        };
        let Some((class, variable, attribute)) = self.column_of_turn(sql) else {
            return self.change_inside(py, object, span);
        };
        let key = literal(key);
        let raise = super::doubts::raising("there is no such key in the column");
        self.check(py, format!("IF ({sql} ? {key}) IS NOT TRUE THEN\n  {raise}\nEND IF;"), span);
        let value = make_value(&format!("{sql} - {key}"), None, false, span);
        let change = (attribute.as_str(), &value);
        match self.set_column(py, &class, |table| key_of(table, &variable), change, span) {
            Ok(()) => self.note_change_of(&variable, &attribute),
            Err(fault) => self.fault(py, &fault),
        }
    }

    /// Something inside of an object is changed: of rows and of what nobody knows that may be what the revision is for.
    pub(super) fn change_inside(&self, py: &Interpreter<'p>, object: &Value<'p>, span: Span) {
        let matters = match object {
            Value::Unknown(_) => true,
            object => super::conditions::is_of_query(object) || super::rows::is_of_row(object),
        };
        if matters && self.is_active() {
            self.gap(py, "what is changed here", "only a run can tell what it is", span);
        }
    }
}

/// The condition that finds the row which a variable holds.
fn key_of(table: &Written<'_>, variable: &str) -> Option<String> {
    let one = |column: &WrittenColumn<'_>| {
        let name = quote(&column.name);
        format!("{}.{name} = {variable}.{name}", table.name)
    };
    let all: Vec<String> = table.key().map(one).collect();
    (!all.is_empty()).then(|| all.join(" AND "))
}

/// Whether the server numbers a column: a key of whole numbers.
fn is_counted(column: &WrittenColumn<'_>) -> bool {
    let kind = column.kind.as_ref().and_then(word);
    column.is_key && matches!(kind, Some("Integer" | "BigInteger" | "SmallInteger" | "INTEGER" | "BIGINT"))
}

/// `MutableDict.as_mutable(JSONB)`
fn is_followed(kind: &Value<'_>) -> bool {
    let is_json = |value: &Value<'_>| word(value) == Some("JSONB");
    kind.as_call().is_some_and(|(function, given)| {
        function.external().is_some_and(|it| it.ends_with("MutableDict.as_mutable"))
            && given.positional.first().is_some_and(is_json)
    })
}

/// Whether a class of the script says itself what becomes of what it is made with.
fn has_own_init(class: &Class<'_>) -> bool {
    class.mro.borrow().iter().any(|it| matches!(it, Value::Class(it) if it.scope.own("__init__").is_some()))
}

fn has_relationship(class: &Class<'_>) -> bool {
    class.order.iter().any(|name| class.scope.own(name).is_some_and(|it| word(&it) == Some("relationship")))
}
