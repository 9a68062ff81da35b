//! Sessions of SQLAlchemy's ORM, as far as what they send follows from the script: queries for mapped classes that stand in it,
//! objects that are added, changed and deleted.

use std::rc::Rc;

use super::chains::method_of;
use super::conditions::Taken;
use super::connections::is_session;
use super::desk::Desk;
use super::dml::Dml;
use super::queries::is_query;
use super::rows::{RowColumn, Selected, make_value};
use super::written::written;
use crate::python::{Arguments, Interpreter, Span, SymbolKind, Value};
use crate::sqlmodel::vocabulary::Fault;

/// The session whose `query(…)` a chain of calls begins with.
pub(super) fn session_of<'v, 'p>(value: &'v Value<'p>) -> Option<&'v Value<'p>> {
    let (object, name, _) = method_of(value)?;
    if name == "query" && is_session(object) { Some(object) } else { session_of(object) }
}

/// Whether a value is a query that was not sent yet.
fn query_steps(value: &Value<'_>) -> Option<()> {
    let (object, name, _) = method_of(value)?;
    match name {
        "query" if is_session(object) => Some(()),
        step if STEPS.contains(&step) => query_steps(object),
        _ => None,
    }
}

/// The session of a query that is sent when its rows are gone through.
pub(super) fn unsent_query<'v, 'p>(value: &'v Value<'p>) -> Option<&'v Value<'p>> {
    query_steps(value).and_then(|()| session_of(value))
}

/// Steps that make another query of a query.
const STEPS: [&str; 14] = [
    "filter",
    "filter_by",
    "where",
    "order_by",
    "group_by",
    "having",
    "limit",
    "distinct",
    "join",
    "outerjoin",
    "select_from",
    "options",
    "yield_per",
    "execution_options",
];

impl<'p> Desk<'p> {
    /// A query of a session as SQL, if the value is one.
    pub(super) fn query_of_session(
        &self,
        py: &Interpreter<'p>,
        value: &Value<'p>,
    ) -> Option<Result<(String, Selected<'p>), Fault>> {
        query_steps(value)?;
        let Value::Symbol(symbol) = value else { return None };
        let words = self.vocabulary(py);
        let sql = Dml::new(&words, symbol.span).with(self).statement(value)?;
        Some(sql.and_then(|sql| {
            let selected = self.selected(Some(value), &sql);
            match is_query(&sql) {
                true => Ok((sql, selected)),
                false => Err(fault("the query", "it calls a function that may change something", symbol.span)),
            }
        }))
    }

    /// `session.query(…).name(…)`; `None` where the object is no such query.
    pub(super) fn query_method(
        &self,
        py: &Interpreter<'p>,
        object: &Value<'p>,
        name: &str,
        arguments: &Arguments<'p>,
        span: Span,
    ) -> Option<Option<Value<'p>>> {
        let session = session_of(object)?;
        if STEPS.contains(&name) {
            return Some(None);
        }
        let class = super::select::items_of(object).and_then(|(_, class)| class);
        let answer = self
            .before_query(py, Some(session), true, class.as_ref(), span)
            .and_then(|()| self.ask(py, object, name, arguments, span));
        Some(Some(answer.unwrap_or_else(|fault| {
            self.fault(py, &fault);
            Value::unknown(fault.why, span)
        })))
    }

    fn ask(
        &self,
        py: &Interpreter<'p>,
        object: &Value<'p>,
        name: &str,
        arguments: &Arguments<'p>,
        span: Span,
    ) -> Result<Value<'p>, Fault> {
        let unread =
            || fault(&format!("`.{name}()` of a query"), "it reads or writes data through Python objects", span);
        if matches!(name, "delete" | "update") {
            return self.change_all(py, object, name, arguments, span);
        }
        let object = match name {
            "get" => &self.by_key(object, arguments.positional.first().ok_or_else(unread)?, span).ok_or_else(unread)?,
            _ => object,
        };
        let (sql, selected) = self.query_of_session(py, object).ok_or_else(unread)??;
        let taken = match name {
            "all" => Taken::Rows,
            "first" | "get" | "one_or_none" | "one" => Taken::Row,
            "scalar" | "count" => Taken::Scalar,
            _ => return Err(unread()),
        };
        let many = |condition: &str, message: &str| {
            let raise = super::doubts::raising(message);
            self.check(
                py,
                format!("IF (SELECT count(*) FROM ({sql}) AS found) {condition} THEN\n  {raise}\nEND IF;"),
                span,
            );
        };
        match name {
            "one" => many("<> 1", "exactly one row was expected"),
            "one_or_none" => many("> 1", "one row at most was expected"),
            _ => {}
        }
        let sql = if name == "count" { format!("SELECT count(*) FROM ({sql}) AS found") } else { sql };
        let function = Value::symbol(SymbolKind::Attribute(object.clone(), name.into()), span);
        let result = Value::symbol(SymbolKind::Call(function, arguments.clone()), span);
        if let Value::Symbol(symbol) = &result {
            self.keep_query(symbol, Ok(sql), Some(Selected { taken: Some(taken), ..selected }));
        }
        Ok(result)
    }

    /// `query.get(key)` as `query.filter(Model.id == key)`.
    fn by_key(&self, query: &Value<'p>, key: &Value<'p>, span: Span) -> Option<Value<'p>> {
        let (_, "query", given) = method_of(query)? else { return None };
        let class = given.positional.first().filter(|_| given.positional.len() == 1)?;
        let table = written(class)?;
        let [column] = &table.key().collect::<Vec<_>>()[..] else { return None };
        let column = Value::symbol(SymbolKind::Attribute(class.clone(), Rc::clone(&column.attribute)), span);
        let condition = Value::symbol(SymbolKind::Binary("==", column, key.clone()), span);
        let filter = Value::symbol(SymbolKind::Attribute(query.clone(), "filter".into()), span);
        Some(Value::symbol(SymbolKind::Call(filter, Arguments::of(vec![condition])), span))
    }

    /// `query.delete()`, `query.update({…})`
    fn change_all(
        &self,
        py: &Interpreter<'p>,
        query: &Value<'p>,
        name: &str,
        arguments: &Arguments<'p>,
        span: Span,
    ) -> Result<Value<'p>, Fault> {
        let words = self.vocabulary(py);
        let sql = Dml::new(&words, span).with(self).of_query(query, name, arguments)?;
        self.send_for_all(py, &sql, arguments, span);
        // How many rows there were.
        let function = Value::symbol(SymbolKind::Attribute(query.clone(), name.into()), span);
        Ok(Value::symbol(SymbolKind::Call(function, arguments.clone()), span))
    }

    /// `query.one().name`
    pub(super) fn attribute_of_one(&self, object: &Value<'p>, name: &str, span: Span) -> Option<Value<'p>> {
        let (_, "one", _) = method_of(object)? else { return None };
        let (sql, Selected { taken: Some(Taken::Row), columns: Some(columns), .. }) = self.just_asked(object)? else {
            return None;
        };
        let column = columns.iter().find(|it| it.attribute == name)?;
        Some(self.asked_now(&sql, column, span))
    }

    /// `session.scalars(…).one()`
    pub(super) fn only_one(&self, py: &Interpreter<'p>, object: &Value<'p>, span: Span) -> Option<Value<'p>> {
        let (of, "scalars", _) = method_of(object)? else { return None };
        let rows = self
            .rows_of(py, object)
            .filter(|it| super::connections::is_connection(of) && it.selected.class.is_none())?;
        let [column] = rows.selected.columns.as_deref()? else { return None };
        let raise = super::doubts::raising("exactly one row was expected");
        let sql = &rows.sql;
        self.check(py, format!("IF (SELECT count(*) FROM ({sql}) AS found) <> 1 THEN\n  {raise}\nEND IF;"), span);
        Some(self.asked_now(sql, column, span))
    }

    /// `connection.execute(…).one_or_none()` and its like raise an exception where there are more rows, or none. What was asked just before
    /// is as fresh afterwards.
    pub(super) fn count_rows(&self, py: &Interpreter<'p>, object: &Value<'p>, name: &str, span: Span) {
        let (condition, message) = match name {
            "one" | "scalar_one" => ("<> 1", "exactly one row was expected"),
            "one_or_none" | "scalar_one_or_none" => ("> 1", "one row at most was expected"),
            _ => return,
        };
        let asked = super::conditions::result_of(object).0;
        let Some((sql, _)) = self.just_asked(asked).filter(|(sql, _)| !super::conditions::gives_few(sql, condition))
        else {
            return;
        };
        let raise = super::doubts::raising(message);
        self.check(
            py,
            format!("IF (SELECT count(*) FROM ({sql}) AS found) {condition} THEN\n  {raise}\nEND IF;"),
            span,
        );
    }

    /// The column of a query for one row: a value that is good until the next statement, for which its name is its own.
    fn asked_now(&self, sql: &str, column: &RowColumn<'p>, span: Span) -> Value<'p> {
        let mut state = self.state_mut();
        let (sent, name) = (state.sent, format!("asked_{}", state.asked.len() + 1));
        let sql = format!("(SELECT {name}.{} FROM ({sql}) AS {name})", column.field);
        state.asked.push((sql.clone(), sent));
        make_value(&sql, column.kind.as_ref(), column.is_filled, span)
    }

    /// `session.add(…)`, `session.delete(…)`, `session.get(…)`
    pub(super) fn work(
        &self,
        py: &Interpreter<'p>,
        session: &Value<'p>,
        name: &str,
        arguments: &Arguments<'p>,
        span: Span,
    ) -> Option<Value<'p>> {
        self.use_session(py, session, span);
        let first = arguments.positional.first();
        let done = match (name, first) {
            ("add", Some(object)) => self.add(py, object, span),
            ("add_all", Some(objects)) => match objects.items() {
                Some(objects) => objects.iter().try_for_each(|object| self.add(py, object, span)),
                None => Err(fault("the objects", "only a run can tell them", span)),
            },
            ("delete", Some(object)) => self.delete_object(py, object, span),
            ("get", Some(class)) => {
                let function = Value::symbol(SymbolKind::Attribute(session.clone(), "query".into()), span);
                let query = Value::symbol(SymbolKind::Call(function, Arguments::of(vec![class.clone()])), span);
                let key = Arguments::of(arguments.positional.iter().skip(1).cloned().collect());
                return self.query_method(py, &query, "get", &key, span).flatten();
            }
            _ => Err(fault(&format!("`.{name}()` of a session"), "it cannot be read", span)),
        };
        if let Err(fault) = done {
            self.fault(py, &fault);
        }
        Some(Value::None)
    }
}

pub(super) fn fault(what: &str, why: &str, span: Span) -> Fault {
    Fault { what: what.to_owned(), why: why.to_owned(), span }
}
