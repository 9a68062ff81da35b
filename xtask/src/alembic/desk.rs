//! Answers for Alembic and SQLAlchemy while a script is read, and writes down what it asks of them.

use std::cell::{Ref, RefCell, RefMut};
use std::rc::Rc;

use super::convert::Environment;
use super::outcome::{Part, Reason, Statement};
use super::shape::{Key, Shape};
use crate::diagnostic::Place;
use crate::python::{Arguments, Host, Interpreter, Span, Symbol, SymbolKind, Value};
use crate::sqlmodel::vocabulary::{Fault, Vocabulary};

/// What is written down.
pub(super) struct Desk<'p> {
    pub(super) environment: &'p Environment<'p>,
    state: RefCell<State<'p>>,
}

/// The work on one function, and the shape that stays between them.
#[derive(Default)]
pub(super) struct State<'p> {
    pub(super) parts: Vec<Part>,
    pub(super) reasons: Vec<Reason>,
    pub(super) shape: Shape,
    /// Statements of `batch_alter_table` wait for its end.
    batches: Vec<Vec<Part>>,
    doubts: Vec<Doubt>,
    doubts_so_far: u64,
    /// How many `autocommit_block()` are open.
    autocommit: u32,
    /// Whether the script has sent a `COMMIT` of its own, and no `BEGIN` since.
    committed: bool,
    /// Queries that are sent only if nobody uses what they give.
    queries: Vec<(Rc<Symbol<'p>>, String)>,
    /// Whether a function is being read, rather than the top of a script.
    is_active: bool,
}

/// Something of which nobody knows whether it happens.
struct Doubt {
    why: String,
    span: Span,
    touched: bool,
    number: u64,
}

impl<'p> Desk<'p> {
    pub(super) fn new(environment: &'p Environment<'p>) -> Self {
        Self { environment, state: RefCell::default() }
    }

    pub(super) fn state(&self) -> Ref<'_, State<'p>> {
        self.state.borrow()
    }

    pub(super) fn state_mut(&self) -> RefMut<'_, State<'p>> {
        self.state.borrow_mut()
    }

    /// Begins with a function.
    pub(super) fn begin(&self) {
        let mut state = self.state.borrow_mut();
        let shape = std::mem::take(&mut state.shape);
        *state = State { shape, is_active: true, ..State::default() };
    }

    /// Ends with a function: its parts and reasons.
    pub(super) fn end(&self) -> (Vec<Part>, Vec<Reason>) {
        let mut state = self.state.borrow_mut();
        state.is_active = false;
        (std::mem::take(&mut state.parts), std::mem::take(&mut state.reasons))
    }

    pub(super) fn is_active(&self) -> bool {
        self.state.borrow().is_active
    }

    /// Why nobody knows whether what is being read happens, if so.
    pub(super) fn doubt_here(&self) -> Option<String> {
        self.state.borrow().doubts.last().and_then(|it| it.why.split(": ").next().map(str::to_owned))
    }

    fn place(&self, py: &Interpreter<'p>, span: Span) -> Place {
        let source = py.source(span.file);
        Place::span(&source.path, &source.text, span.range.into(), "")
    }

    /// Writes a statement down.
    pub(super) fn emit(&self, py: &Interpreter<'p>, sql: impl Into<String>, span: Span) {
        self.emit_into(false, py, sql.into(), span);
    }

    /// What follows runs outside of a transaction.
    pub(super) fn leave_transaction(&self, py: &Interpreter<'p>, span: Span) {
        match self.doubt_here() {
            Some(_) => self.gap(py, "`COMMIT`", "nobody knows whether it happens", span),
            None => self.state.borrow_mut().committed = true,
        }
    }

    /// What follows is in a transaction again; `false` where there was one all the time, or nobody knows.
    pub(super) fn enter_transaction(&self) -> bool {
        self.doubt_here().is_none() && std::mem::take(&mut self.state.borrow_mut().committed)
    }

    /// Writes a statement down; those of a batch come at its end.
    pub(super) fn emit_into(&self, batch: bool, py: &Interpreter<'p>, sql: String, span: Span) {
        let mut state = self.state.borrow_mut();
        if let Some(doubt) = state.doubts.last_mut() {
            doubt.touched = true;
            return;
        }
        let line = self.place(py, span).line;
        let no_transaction = state.autocommit > 0 || state.committed;
        let part = Part::Statement(Statement { sql, no_transaction, line });
        match state.batches.last_mut() {
            Some(waiting) if batch => waiting.push(part),
            _ => state.parts.push(part),
        }
    }

    /// Writes down that something is not known.
    pub(super) fn gap(&self, py: &Interpreter<'p>, what: &str, why: &str, span: Span) {
        let mut state = self.state.borrow_mut();
        if let Some(doubt) = state.doubts.last_mut() {
            doubt.touched = true;
            return;
        }
        let place = self.place(py, span);
        let same = |it: &Reason| it.place.line == place.line && it.place.path == place.path;
        if state.reasons.iter().any(same) {
            return;
        }
        state.reasons.push(Reason { what: what.to_owned(), why: why.to_owned(), place });
        let part = Part::Gap(state.reasons.len() - 1);
        state.parts.push(part);
    }

    pub(super) fn fault(&self, py: &Interpreter<'p>, fault: &Fault) {
        self.gap(py, &fault.what, &fault.why, fault.span);
    }

    /// Changes whether a table is there, or doubts it.
    pub(super) fn change_existence(&self, table: &Key, change: impl FnOnce(&mut Shape)) {
        let doubt = self.doubt_here();
        let mut state = self.state.borrow_mut();
        match doubt {
            Some(why) => state.shape.doubt_table(table, &why),
            None => change(&mut state.shape),
        }
    }

    /// Changes what a table consists of, or doubts it.
    pub(super) fn change(&self, table: &Key, change: impl FnOnce(&mut Shape)) {
        let doubt = self.doubt_here();
        let mut state = self.state.borrow_mut();
        match doubt {
            Some(why) => state.shape.doubt_content(table, &why),
            None => change(&mut state.shape),
        }
    }

    pub(super) fn vocabulary<'i>(&self, py: &'i Interpreter<'p>) -> Vocabulary<'i, 'p>
    where
        'p: 'i,
    {
        Vocabulary::new(py, self.environment.models, self.environment.naming_convention)
    }

    /// Keeps a query until it is known whether anybody uses what it gives.
    pub(super) fn keep_query(&self, symbol: &Rc<Symbol<'p>>, sql: String) {
        self.state.borrow_mut().queries.push((Rc::clone(symbol), sql));
    }
}

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
        let found = state.queries.iter().position(|(of, _)| Rc::ptr_eq(of, symbol));
        let sql = found.map(|at| state.queries.remove(at).1);
        drop(state);
        if let Some(sql) = sql {
            self.emit(py, sql, span);
        }
    }

    fn is_instance(&self, object: &Value<'p>, class: &Value<'p>) -> Option<bool> {
        super::guards::is_instance(object, class)
    }

    fn doubt_number(&self) -> Option<u64> {
        self.state.borrow().doubts.last().map(|it| it.number)
    }

    fn enter(&self, _: &Interpreter<'p>, value: &Value<'p>) -> Option<Value<'p>> {
        match with_kind(value)? {
            With::Batch => self.state.borrow_mut().batches.push(Vec::new()),
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

    fn doubt(&self, why: &str, span: Span) {
        let mut state = self.state.borrow_mut();
        state.doubts_so_far += 1;
        let number = state.doubts_so_far;
        state.doubts.push(Doubt { why: why.to_owned(), span, touched: false, number });
    }

    fn raises(&self, _: Span) {
        if let Some(doubt) = self.state.borrow_mut().doubts.last_mut() {
            doubt.touched = true;
        }
    }

    fn certain(&self, py: &Interpreter<'p>) {
        let doubt = self.state.borrow_mut().doubts.pop();
        if let Some(doubt) = doubt.filter(|it| it.touched) {
            self.gap(py, "what happens here", &doubt.why, doubt.span);
        }
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
