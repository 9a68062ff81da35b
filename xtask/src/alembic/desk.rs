//! Answers for Alembic and SQLAlchemy while a script is read, and writes down what it asks of them.

use std::cell::{Ref, RefCell, RefMut};
use std::rc::Rc;

use super::conditions::Query;
use super::convert::Environment;
use super::doubts::{Doubt, alone};
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
    pub(super) queries: Vec<Query<'p>>,
    /// How many statements were written down.
    pub(super) sent: usize,
    /// Conditions that the server can decide, and how many statements came before.
    conditions: Vec<(String, usize)>,
    /// Whether a function is being read, rather than the top of a script.
    is_active: bool,
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
        py.source(span.file).place(span.range)
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
        state.sent += 1;
        let no_transaction = state.autocommit > 0 || state.committed;
        let waits = !batch && !state.batches.is_empty();
        if let Some(doubt) = state.doubts.last_mut() {
            doubt.touched |= no_transaction || waits;
            doubt.send(&sql);
            return;
        }
        let line = py.source(span.file).line(span.range.start().to_usize());
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

    /// `batch_alter_table(recreate="always")` copies the table as the server shows it.
    fn refuse_copying(&self, py: &Interpreter<'p>, batch: &Value<'p>) {
        let Value::Symbol(symbol) = batch else { return };
        let recreate = batch.as_call().and_then(|(_, given)| given.keyword("recreate"));
        if recreate.is_some_and(|it| !matches!(it.as_str(), Some("auto" | "never"))) {
            let why = "the table is made anew from what the server shows of it";
            self.gap(py, "`op.batch_alter_table`", why, symbol.span);
        }
    }

    pub(super) fn vocabulary<'i>(&self, py: &'i Interpreter<'p>) -> Vocabulary<'i, 'p>
    where
        'p: 'i,
    {
        Vocabulary::new(py, self.environment.models, self.environment.naming_convention)
    }

    /// Keeps a query until it is known whether anybody uses what it gives.
    pub(super) fn keep_query(&self, symbol: &Rc<Symbol<'p>>, sql: Result<String, Fault>) {
        let mut state = self.state.borrow_mut();
        let query = Query { symbol: Rc::clone(symbol), sql, sent: state.sent };
        state.queries.push(query);
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
        let is_good = |it: &&(String, usize)| it.1 == state.sent;
        let condition = condition.and_then(|at| state.conditions.get(at)).filter(is_good).map(|it| it.0.clone());
        let doubt = Doubt::new(why, span, state.doubts_so_far, condition);
        state.doubts.push(doubt);
    }

    fn condition(&self, test: &Value<'p>) -> Option<(usize, usize)> {
        let holds = self.condition_sql(test)?;
        let mut state = self.state.borrow_mut();
        let (fails, sent) = (format!("NOT ({holds})"), state.sent);
        state.conditions.extend([(holds, sent), (fails, sent)]);
        Some((state.conditions.len() - 2, state.conditions.len() - 1))
    }

    fn keeps_names(&self) -> bool {
        self.is_active()
    }

    fn may_be_none(&self, value: &Value<'p>) -> bool {
        super::conditions::is_of_query(value)
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
        let Some(block) = doubt.block() else { return self.gap(py, "what happens here", &doubt.why, doubt.span) };
        let mut state = self.state.borrow_mut();
        match state.doubts.last_mut() {
            Some(around) => around.take(block),
            None => {
                drop(state);
                let is_batch = !self.state.borrow().batches.is_empty();
                self.emit_into(is_batch, py, alone(&block), doubt.span);
            }
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
