//! Answers for Alembic and SQLAlchemy while a script is read, and writes down what it asks of them.

use std::cell::{Ref, RefCell, RefMut};
use std::rc::Rc;

use super::arrays::ArrayList;
use super::conditions::Query;
use super::convert::Environment;
use super::doubts::{Doubt, alone};
use super::gathered::Gathered;
use super::outcome::{Part, Reason, Statement};
use super::remembered::Remembered;
use super::rows::{Row, Selected};
use super::shape::{Key, Shape};
use super::unsent::Objects;
use crate::diagnostic::Place;
use crate::python::{Interpreter, Span, Symbol, Value};
use crate::sqlmodel::vocabulary::{Fault, Vocabulary};

/// The number of statements before a condition that nothing which is sent can change.
pub(super) const ALWAYS: usize = usize::MAX;

/// What is written down.
pub(super) struct Desk<'p> {
    pub(super) environment: &'p Environment<'p>,
    pub(super) state: RefCell<State<'p>>,
}

/// The work on one function, and the shape that stays between them.
#[derive(Default)]
pub(super) struct State<'p> {
    pub(super) parts: Vec<Part>,
    pub(super) reasons: Vec<Reason>,
    pub(super) shape: Shape,
    /// Statements of `batch_alter_table` wait for its end.
    pub(super) batches: Vec<Vec<Part>>,
    pub(super) doubts: Vec<Doubt>,
    pub(super) doubts_so_far: u64,
    /// How many `autocommit_block()` are open.
    pub(super) autocommit: u32,
    /// Whether the script has sent a `COMMIT` of its own, and no `BEGIN` since.
    pub(super) committed: bool,
    /// Queries that are sent only if nobody uses what they give.
    pub(super) queries: Vec<Query<'p>>,
    /// Rows that loops go through.
    pub(super) rows: Vec<Row<'p>>,
    /// Lists that grow in loops, by the places where they are made.
    pub(super) arrays: Vec<ArrayList>,
    /// Values that were asked for, with the statements that had been sent before.
    pub(super) asked: Vec<(String, usize)>,
    /// Objects that were added to a session.
    pub(super) added: Vec<Value<'p>>,
    /// Lists of objects that loops fill.
    pub(super) gathered: Vec<Gathered<'p>>,
    /// What sessions hold.
    pub(super) objects: Objects<'p>,
    /// Whether rows are gone through, or objects of a session changed.
    pub(super) by_rows: bool,
    pub(super) by_objects: bool,
    /// How many statements were written down.
    pub(super) sent: usize,
    /// Conditions that the server can decide, and how many statements came before.
    pub(super) conditions: Vec<(String, usize)>,
    /// What inspectors have answered.
    pub(super) remembered: Vec<Remembered<'p>>,
    /// The condition that was written down last: its number, the block, and how many statements there were then.
    pub(super) last_if: Option<(usize, String, usize)>,
    /// Whether a function is being read, rather than the top of a script.
    pub(super) is_active: bool,
}

impl State<'_> {
    /// The block of this condition, if nothing was written down since.
    pub(super) fn take_last_if(&mut self, condition: usize) -> Option<String> {
        let (_, block, _) = self
            .last_if
            .take()
            .filter(|(of, _, sent)| *of == condition && *sent == self.sent && self.batches.is_empty())?;
        let is_last = match (self.doubts.last(), self.parts.last()) {
            (Some(around), _) => around.ends_with(&block),
            (None, Some(Part::Statement(it))) => it.sql == super::doubts::alone(&block),
            _ => false,
        };
        is_last.then_some(block)
    }

    /// The innermost doubt.
    pub(super) fn doubt(&mut self) -> Option<&mut Doubt> {
        self.doubts.last_mut()
    }

    /// From here on a value is known not to be missing, as far as the innermost doubt goes.
    pub(super) fn note_filled(&mut self, sql: &str) {
        if let Some(doubt) = self.doubts.last_mut() {
            doubt.filled.push(sql.to_owned());
        }
    }

    /// Whether a value is known not to be missing.
    pub(super) fn is_filled(&self, sql: &str) -> bool {
        self.doubts.iter().any(|doubt| doubt.filled.iter().any(|it| it == sql))
    }
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

    pub(super) fn place(&self, py: &Interpreter<'p>, span: Span) -> Place {
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
        let state = self.state.borrow();
        let is_old = |(value, sent): &(String, usize)| *sent != state.sent && sql.contains(value.as_str());
        let is_late = state.asked.iter().any(is_old);
        let unsent = state.objects.unsent.first().map(|it| it.span);
        drop(state);
        self.state.borrow_mut().objects.note_sql();
        if is_late || unsent.is_some() {
            self.state.borrow_mut().sent += 1;
            let why = if is_late {
                "it uses a value from before another statement"
            } else {
                "objects that were changed before are not sent yet"
            };
            return self.gap(py, "what is sent here", why, unsent.unwrap_or(span));
        }
        self.write_down(batch, py, sql, span);
    }

    pub(super) fn write_down(&self, batch: bool, py: &Interpreter<'p>, sql: String, span: Span) {
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
            doubt.touch(what, why);
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
    pub(super) fn refuse_copying(&self, py: &Interpreter<'p>, batch: &Value<'p>) {
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
    pub(super) fn keep_query(
        &self,
        symbol: &Rc<Symbol<'p>>,
        sql: Result<String, Fault>,
        selected: Option<Selected<'p>>,
    ) {
        let mut state = self.state.borrow_mut();
        let query = Query { symbol: Rc::clone(symbol), sql, sent: state.sent, selected };
        state.queries.push(query);
    }

    /// A line of PL/pgSQL that changes nothing.
    pub(super) fn check(&self, py: &Interpreter<'p>, block: String, span: Span) {
        let mut state = self.state.borrow_mut();
        if let Some(doubt) = state.doubts.last_mut() {
            return doubt.line(block);
        }
        let no_transaction = state.autocommit > 0 || state.committed;
        let line = self.place(py, span).line;
        state.parts.push(Part::Statement(Statement { sql: alone(&block), no_transaction, line }));
    }

    /// Whether what is read now happens only where this condition holds.
    pub(super) fn is_under(&self, condition: &str) -> bool {
        self.state.borrow().doubts.iter().any(|it| it.is_if(condition))
    }
}
