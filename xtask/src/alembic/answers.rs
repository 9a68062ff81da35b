//! What the desk answers to whoever reads a script: calls, attributes, loops and conditions of libraries.

use std::rc::Rc;

use super::desk::{ALWAYS, Desk};
use super::doubts::{Doubt, Frame, alone};
use crate::python::{Arguments, Host, Interpreter, Span, SymbolKind, Value};

impl<'p> Host<'p> for Desk<'p> {
    fn call(
        &self,
        py: &Interpreter<'p>,
        function: &Value<'p>,
        arguments: &Arguments<'p>,
        span: Span,
    ) -> Option<Value<'p>> {
        if let Some(path) = function.external() {
            let path = path.to_owned();
            return match path.strip_prefix("alembic.op.") {
                Some(name) => self.directive(py, name, arguments, None, span),
                None => self.library_function(py, &path, arguments, span),
            };
        }
        let Value::Symbol(symbol) = function else { return None };
        let SymbolKind::Attribute(object, name) = &symbol.kind else { return None };
        self.method(py, object, name, arguments, span)
    }

    fn attribute(&self, py: &Interpreter<'p>, object: &Value<'p>, name: &str, span: Span) -> Option<Value<'p>> {
        self.property(py, object, name, span)
    }

    fn unused(&self, py: &Interpreter<'p>, value: &Value<'p>, span: Span) {
        let symbol = match value {
            Value::Symbol(symbol) => {
                self.unused_call(py, value, span);
                symbol
            }
            Value::Unknown(unknown) if unknown.is_seen => return,
            // What it would do is not known either.
            Value::Unknown(unknown) => return self.gap(py, "what is called here", &unknown.why, unknown.span),
            _ => return,
        };
        let mut state = self.state.borrow_mut();
        let found = state.queries.iter().position(|it| Rc::ptr_eq(&it.symbol, symbol));
        let sql = found.map(|at| state.queries.remove(at).sql);
        drop(state);
        match sql {
            Some(Ok(sql)) => self.emit(py, sql, span),
            Some(Err(fault)) => self.fault(py, &fault),
            None => {}
        }
    }

    fn is_instance(&self, object: &Value<'p>, class: &Value<'p>) -> Option<bool> {
        super::guards::is_instance(object, class)
    }

    fn doubt_number(&self) -> Option<u64> {
        self.state.borrow().doubts.last().map(|it| it.number)
    }

    fn enter(&self, py: &Interpreter<'p>, value: &Value<'p>) -> Option<Value<'p>> {
        match with_kind(value)? {
            With::Batch => {
                self.state.borrow_mut().batches.push(Vec::new());
                self.refuse_copying(py, value);
            }
            With::Autocommit => self.state.borrow_mut().autocommit += 1,
        }
        None
    }

    fn leave(&self, _: &Interpreter<'p>, value: &Value<'p>) {
        let mut state = self.state.borrow_mut();
        match with_kind(value) {
            Some(With::Batch) => {
                let parts = state.batches.pop().unwrap_or_default();
                match state.batches.last_mut() {
                    Some(outer) => outer.extend(parts),
                    None => state.parts.extend(parts),
                }
            }
            Some(With::Autocommit) => state.autocommit = state.autocommit.saturating_sub(1),
            None => {}
        }
    }

    fn doubt(&self, why: &str, span: Span, condition: Option<usize>) {
        let mut state = self.state.borrow_mut();
        state.doubts_so_far += 1;
        // What was sent since may have changed it.
        let is_good = |it: &&(String, usize)| it.1 == state.sent || it.1 == ALWAYS;
        let holds = condition.and_then(|at| state.conditions.get(at)).filter(is_good).map(|it| it.0.clone());
        let frame = match (holds, condition) {
            (Some(holds), _) => Some(Frame::If(holds)),
            // Of each two conditions the second is the opposite of the first.
            (None, Some(at)) if at % 2 == 1 => state.take_last_if(at - 1).map(|first| {
                let fails = state.conditions[at].0.clone();
                Frame::Else { first, fails }
            }),
            _ => None,
        };
        let mut doubt = Doubt::new(why, span, state.doubts_so_far, frame, state.doubts.last());
        doubt.condition = condition;
        state.doubts.push(doubt);
    }

    fn turn(&self, py: &Interpreter<'p>, over: &Value<'p>, why: &str, span: Span) -> Option<Value<'p>> {
        let rows = match self.elements_of(py, over, span).or_else(|| self.gathered_rows(over)) {
            Some(rows) => rows,
            None => {
                let rows = self.rows_of(py, over)?;
                if let Some(session) = super::sessions::unsent_query(over)
                    && let Err(fault) = self.before_query(py, Some(session), true, rows.selected.class.as_ref(), span)
                {
                    self.fault(py, &fault);
                }
                rows
            }
        };
        let mut state = self.state.borrow_mut();
        state.doubts_so_far += 1;
        let variable = format!("found_{}", state.doubts.iter().filter(|it| it.is_loop()).count() + 1);
        let frame = Frame::For { variable: variable.clone(), sql: rows.sql.clone() };
        let mut doubt = Doubt::new(why, span, state.doubts_so_far, Some(frame), state.doubts.last());
        doubt.first_row = state.rows.len();
        state.doubts.push(doubt);
        drop(state);
        Some(self.keep_row(rows, variable, span))
    }

    fn new_list(&self, span: Span) -> Option<Value<'p>> {
        self.array_here(span)
    }

    fn grows(&self, birth: Span, value: &Value<'p>) {
        self.note_array(birth, value);
    }

    fn repeat(&self, condition: usize, why: &str, span: Span) {
        let mut state = self.state.borrow_mut();
        state.doubts_so_far += 1;
        let frame = state.conditions.get(condition).map(|(sql, _)| Frame::While(sql.clone()));
        let doubt = Doubt::new(why, span, state.doubts_so_far, frame, state.doubts.last());
        state.doubts.push(doubt);
    }

    fn is_same(&self, one: usize, other: usize) -> bool {
        let state = self.state.borrow();
        let sql = |at: usize| state.conditions.get(at).map(|(sql, _)| sql);
        sql(one) == sql(other)
    }

    fn gathers(&self, py: &Interpreter<'p>, list: &Value<'p>, value: &Value<'p>, span: Span) -> bool {
        self.gather(py, list, value, span)
    }

    fn spoils(&self, list: &Value<'p>) {
        self.spoil(list);
    }

    fn again(&self) {
        let mut state = self.state.borrow_mut();
        let Some(doubt) = state.doubts.last_mut() else { return };
        doubt.again();
        let first = doubt.first_row;
        state.rows.iter_mut().skip(first).for_each(|row| row.changed.clear());
    }

    fn leave_turn(&self, word: &str) {
        if let Some(doubt) = self.state.borrow_mut().doubts.last_mut() {
            doubt.line(format!("{word};"));
        }
    }

    fn item(&self, object: &Value<'p>, index: &Value<'p>, span: Span) -> Option<Value<'p>> {
        self.item_of_row(object, index, span)
    }

    fn items(&self, value: &Value<'p>, span: Span) -> Option<Vec<Value<'p>>> {
        self.items_of_row(value, span)
    }

    fn set_attribute(&self, py: &Interpreter<'p>, object: &Value<'p>, name: &str, value: &Value<'p>, span: Span) {
        self.change_object(py, object, name, value, span);
    }

    fn delete_item(&self, py: &Interpreter<'p>, object: &Value<'p>, index: &Value<'p>, span: Span) {
        self.delete_key(py, object, index, span);
    }

    fn set_item(&self, py: &Interpreter<'p>, object: &Value<'p>, span: Span) {
        self.change_inside(py, object, span);
    }

    fn condition(&self, test: &Value<'p>) -> Option<(usize, usize)> {
        let holds = self.condition_sql(test)?;
        let is_of_rows = super::rows::is_of_rows(test);
        let mut state = self.state.borrow_mut();
        let (fails, sent) = (format!("NOT ({holds})"), if is_of_rows { ALWAYS } else { state.sent });
        state.conditions.extend([(holds, sent), (fails, sent)]);
        Some((state.conditions.len() - 2, state.conditions.len() - 1))
    }

    fn keeps_names(&self) -> bool {
        self.is_active()
    }

    fn may_be_none(&self, value: &Value<'p>) -> bool {
        super::conditions::is_of_query(value)
            || super::rows::server_value(value).is_some()
            || super::matches::is_of_match(value)
    }

    fn raises(&self, message: &Value<'p>, _: Span) {
        let known = match message {
            Value::Unknown(unknown) => unknown.begins.as_deref(),
            other => other.as_str(),
        };
        if let Some(doubt) = self.state.borrow_mut().doubts.last_mut() {
            doubt.raise(known.filter(|it| !it.is_empty()).unwrap_or("the rows do not allow this revision"));
        }
    }

    fn lost(&self, py: &Interpreter<'p>, why: &str, span: Span) {
        self.gap(py, "what follows here", why, span);
    }

    fn certain(&self, py: &Interpreter<'p>) {
        let doubt = self.state.borrow_mut().doubts.pop();
        let Some(doubt) = doubt else { return };
        if doubt.is_nothing() {
            return;
        }
        let Some(block) = doubt.block() else { return self.gap(py, "what happens here", &doubt.reason(), doubt.span) };
        let mut state = self.state.borrow_mut();
        let state_now = &mut *state;
        match (state_now.doubts.last_mut(), doubt.is_else()) {
            (Some(around), is_else) => {
                if is_else {
                    around.pop_line();
                }
                around.line(block.clone());
            }
            (None, is_else) => {
                if is_else {
                    state_now.parts.pop();
                }
                drop(state);
                let is_batch = !self.state.borrow().batches.is_empty();
                self.write_down(is_batch, py, alone(&block), doubt.span);
                state = self.state.borrow_mut();
            }
        }
        let sent = state.sent;
        state.last_if = doubt.condition.filter(|_| !doubt.is_else()).map(|condition| (condition, block, sent));
    }
}

/// What `with` is told.
enum With {
    Batch,
    Autocommit,
}

fn with_kind(value: &Value<'_>) -> Option<With> {
    let (function, _) = value.as_call()?;
    if function.external() == Some("alembic.op.batch_alter_table") {
        return Some(With::Batch);
    }
    let Value::Symbol(symbol) = function else { return None };
    match &symbol.kind {
        SymbolKind::Attribute(_, name) if &**name == "autocommit_block" => Some(With::Autocommit),
        _ => None,
    }
}
