//! Statements of which only a run can tell whether they happen.

use std::rc::Rc;

use ruff_python_ast::visitor::{Visitor, walk_except_handler, walk_expr, walk_stmt};
use ruff_python_ast::{BoolOp, ElifElseClause, ExceptHandler, Expr, ExprContext, Stmt, StmtFor, StmtTry, StmtWhile};
use ruff_text_size::TextRange;

use super::act::Act;
use super::host::Host;
use super::interpreter::Interpreter;
use super::scope::{Kind, Scope};
use super::statements::Flow;
use super::value::{Span, SymbolKind, Unknown, Value};

/// `if`, or `elif`, with what follows where it does not hold.
#[derive(Clone, Copy)]
pub(super) struct Choice<'p> {
    pub(super) test: &'p Expr,
    pub(super) body: &'p [Stmt],
    pub(super) others: &'p [ElifElseClause],
}

/// A turn of a loop over rows ends here.
fn left<'p>(host: &dyn Host<'p>, word: &str) -> Flow<'p> {
    host.leave_turn(word);
    Flow::On
}

/// What tells collections apart while they live.
fn address(value: &Value<'_>) -> Option<usize> {
    match value {
        Value::List(items) | Value::Set(items) => Some(Rc::as_ptr(items).addr()),
        Value::Dict(dict) => Some(Rc::as_ptr(dict).addr()),
        Value::Iterator(it) => Some(Rc::as_ptr(it).addr()),
        _ => None,
    }
}

impl<'p> Interpreter<'p> {
    /// Shows the host what statements would do that nobody knows to happen.
    pub(super) fn only_look(
        &self,
        body: &'p [Stmt],
        scope: &Rc<Scope<'p>>,
        why: &str,
        span: Span,
        condition: Option<usize>,
    ) -> Flow<'p> {
        if body.is_empty() {
            return Flow::On;
        }
        self.only_look_by(why, span, condition, || self.block(body, scope))
    }

    fn only_look_by(
        &self,
        why: &str,
        span: Span,
        condition: Option<usize>,
        look: impl FnOnce() -> Flow<'p>,
    ) -> Flow<'p> {
        let Some(host) = self.host() else { return Flow::On };
        host.doubt(why, span, condition);
        let flow = look();
        let flow = match (flow, self.loops.borrow().last()) {
            (Flow::Continue, Some(true)) => left(&*host, "CONTINUE"),
            (Flow::Break, Some(true)) => left(&*host, "EXIT"),
            (flow, _) => flow,
        };
        host.certain(self);
        flow
    }

    /// A loop over rows that the host goes through: its body is run once, with a row for all of them. What a turn changes is not known
    /// in the next, so it is run before to see what that is.
    pub(super) fn rows(
        &self,
        it: &'p StmtFor,
        turn: &Value<'p>,
        host: &dyn Host<'p>,
        why: &str,
        scope: &Rc<Scope<'p>>,
    ) -> Flow<'p> {
        let span = self.span(scope, &*it.iter);
        self.assign(&it.target, turn.clone(), scope);
        self.any_turn(&it.body, &it.orelse, host, (why, span), scope, || {
            self.assign(&it.target, turn.clone(), scope);
            true
        });
        self.assign(&it.target, Value::unknown(why, span), scope);
        Flow::On
    }

    /// `while` with a condition that the host decides at the beginning of each turn.
    pub(super) fn as_long_as(
        &self,
        it: &'p StmtWhile,
        condition: usize,
        host: &dyn Host<'p>,
        scope: &Rc<Scope<'p>>,
    ) -> Flow<'p> {
        let (why, span) = ("it is made in a loop whose end only a run can tell", self.span(scope, &*it.test));
        host.repeat(condition, why, span);
        self.any_turn(&it.body, &it.orelse, host, (why, span), scope, || {
            let test = self.eval(&it.test, scope);
            host.condition(&test).is_some_and(|(holds, _)| host.is_same(holds, condition))
        });
        Flow::On
    }

    /// The body of a loop, as it is for all turns.
    fn any_turn(
        &self,
        body: &'p [Stmt],
        orelse: &'p [Stmt],
        host: &dyn Host<'p>,
        (why, span): (&str, Span),
        scope: &Rc<Scope<'p>>,
        begin: impl FnOnce() -> bool,
    ) {
        self.loops.borrow_mut().push(true);
        self.block(body, scope);
        host.again();
        self.forget(body, scope, why);
        let is_same = begin();
        let flow = self.block(body, scope);
        self.loops.borrow_mut().pop();
        let is_over = match &flow {
            Flow::On | Flow::Continue => true,
            Flow::Lost(unknown) => unknown.raises || unknown.ends_turn,
            Flow::Break | Flow::Return(_) | Flow::ReturnIf(..) => false,
        };
        if !is_over || !is_same || !orelse.is_empty() {
            host.lost(self, why, span);
        }
        host.certain(self);
        self.forget(body, scope, why);
    }

    /// Shows the host what expressions would do that nobody knows to be evaluated.
    pub(super) fn only_look_at(
        &self,
        expressions: &[&'p Expr],
        scope: &Rc<Scope<'p>>,
        why: &str,
        span: Span,
    ) -> Vec<Value<'p>> {
        let Some(host) = self.host().filter(|_| scope.kind == Kind::Call) else { return Vec::new() };
        host.doubt(why, span, None);
        let values = expressions.iter().map(|it| self.eval(it, scope)).collect();
        host.certain(self);
        values
    }

    /// A collection is made; what is done to it in the same doubt is as certain as itself.
    pub(super) fn note_birth(&self, value: &Value<'p>, span: Span) {
        if let (Some(number), Some(address)) = (self.host().and_then(|host| host.doubt_number()), address(value)) {
            self.born.borrow_mut().insert(address, (number, value.clone(), span));
        }
    }

    /// Nobody knows any more what is in a collection.
    pub(super) fn lose(&self, value: &Value<'p>, span: Span) {
        if let Some(host) = self.host() {
            host.spoils(value);
        }
        value.lose(span);
    }

    /// Where a collection was made that is changed in another doubt than it was made in.
    pub(super) fn birth(&self, value: &Value<'p>) -> Option<Span> {
        self.born.borrow().get(&address(value)?).map(|(.., span)| *span)
    }

    /// Whether a collection that is changed now is not known afterwards.
    pub(super) fn is_doubtful(&self, value: &Value<'p>) -> bool {
        let Some(number) = self.host().and_then(|host| host.doubt_number()) else { return false };
        let born = self.born.borrow();
        address(value).and_then(|it| born.get(&it)).is_none_or(|(of, ..)| *of != number)
    }

    /// Nobody knows which branch is taken: what any of them binds is not known.
    pub(super) fn either(&self, it: Choice<'p>, test: &Value<'p>, scope: &Rc<Scope<'p>>) -> Flow<'p> {
        let why = "it depends on a condition that only a run can decide";
        let because = match test {
            Value::Unknown(unknown) if self.host().is_some() && unknown.why != why => {
                format!("{why}: {}", unknown.why)
            }
            _ => why.to_owned(),
        };
        let why = &*because;
        let is_asked = scope.kind == Kind::Call;
        if let Some(conditions) = self.host().filter(|_| is_asked).and_then(|host| host.condition(test)) {
            return self.decided_later(it, conditions, why, scope);
        }
        let rest = it.others.iter().map(|clause| &clause.body[..]);
        let bodies: Vec<&'p [Stmt]> = std::iter::once(it.body).chain(rest).collect();
        self.perhaps(&bodies, why, self.span(scope, it.test), scope)
    }

    /// The library decides when it runs.
    fn decided_later(
        &self,
        it: Choice<'p>,
        (holds, fails): (usize, usize),
        why: &str,
        scope: &Rc<Scope<'p>>,
    ) -> Flow<'p> {
        let span = self.span(scope, it.test);
        let others = it.others;
        let first = self.only_look(it.body, scope, why, span, Some(holds));
        let second = match others.is_empty() {
            true => Flow::On,
            false => self.only_look_by(why, span, Some(fails), || self.choose_among(others, scope)),
        };
        self.forget(it.body, scope, why);
        others.iter().for_each(|clause| self.forget(&clause.body, scope, why));
        let goes_on = |flow: &Flow<'p>| match flow {
            Flow::On => Some(true),
            Flow::Lost(unknown) if unknown.raises => Some(true),
            // It leaves under a condition of its own.
            Flow::Lost(_) | Flow::ReturnIf(..) => None,
            _ => Some(false),
        };
        let goes_on_if = match (goes_on(&first), goes_on(&second)) {
            (Some(true), Some(true)) => return Flow::On,
            (Some(false), Some(true)) => Some(fails),
            (Some(true), Some(false)) => Some(holds),
            _ => None,
        };
        let is_turn = |flow: &Flow<'p>| matches!(flow, Flow::Continue);
        let ends_turn = goes_on_if.is_some() && (is_turn(&first) || is_turn(&second));
        let unknown = Unknown::new(why, span);
        let unknown = Unknown { why: why.to_owned(), is_seen: true, goes_on_if, ends_turn, ..(*unknown).clone() };
        match first {
            Flow::Return(value) if goes_on_if == Some(fails) && self.tries.get() == 0 => {
                Flow::ReturnIf(value, Rc::new(unknown))
            }
            _ => Flow::Lost(Rc::new(unknown)),
        }
    }

    /// One turn of a loop whose turns are known.
    pub(super) fn turn(&self, body: &'p [Stmt], scope: &Rc<Scope<'p>>) -> Flow<'p> {
        self.loops.borrow_mut().push(false);
        let flow = self.block(body, scope);
        self.loops.borrow_mut().pop();
        match flow {
            Flow::Lost(unknown) if unknown.ends_turn => Flow::Continue,
            other => other,
        }
    }

    /// A flow that leaves a loop or a `try`: their other turns, handlers and ends were not looked at, and whether they are
    /// left is not known.
    pub(super) fn partly_seen(&self, flow: Flow<'p>, scope: &Rc<Scope<'p>>) -> Flow<'p> {
        let (Flow::Lost(unknown), Some(host)) = (&flow, self.host().filter(|_| scope.kind == Kind::Call)) else {
            return flow;
        };
        if unknown.raises {
            return flow;
        }
        host.lost(self, &unknown.why, unknown.span);
        Flow::Lost(Rc::new(Unknown { is_seen: true, goes_on_if: None, ends_turn: false, ..(**unknown).clone() }))
    }

    /// `a and b`, `a or b` of conditions that the host can decide.
    pub(super) fn all_conditions(
        &self,
        op: BoolOp,
        first: &Value<'p>,
        rest: Vec<Value<'p>>,
        span: Span,
    ) -> Option<Value<'p>> {
        let host = self.host()?;
        let can = |value: &Value<'p>| host.condition(value).is_some();
        (!rest.is_empty() && can(first) && rest.iter().all(can)).then(|| {
            let join = |left, right| Value::symbol(SymbolKind::Binary(op.as_str(), left, right), span);
            rest.into_iter().fold(first.clone(), join)
        })
    }

    /// Blocks of which nobody knows whether they run: what they bind is lost. With a host that is all, where none of them
    /// leaves the function.
    pub(super) fn perhaps(&self, bodies: &[&'p [Stmt]], why: &str, span: Span, scope: &Rc<Scope<'p>>) -> Flow<'p> {
        let has_host = scope.kind == Kind::Call && self.host().is_some();
        let mut leaves = false;
        for body in bodies {
            let flow = if has_host { self.only_look(body, scope, why, span, None) } else { Flow::On };
            leaves |= !matches!(flow, Flow::On) && !matches!(flow, Flow::Lost(unknown) if unknown.raises);
        }
        bodies.iter().for_each(|body| self.forget(body, scope, why));
        if has_host && !leaves { Flow::On } else { self.undecided(why, span, scope) }
    }

    /// The body of a loop that nobody knows the turns of; `break` and `continue` do not leave the function.
    pub(super) fn perhaps_often(&self, body: &'p [Stmt], why: &str, span: Span, scope: &Rc<Scope<'p>>) -> Flow<'p> {
        let has_host = scope.kind == Kind::Call && self.host().is_some();
        self.loops.borrow_mut().push(false);
        let flow = if has_host { self.only_look(body, scope, why, span, None) } else { Flow::Break };
        self.loops.borrow_mut().pop();
        self.forget(body, scope, why);
        match flow {
            Flow::On | Flow::Break | Flow::Continue if has_host => Flow::On,
            _ => self.undecided(why, span, scope),
        }
    }

    pub(super) fn undecided(&self, why: &str, span: Span, scope: &Rc<Scope<'p>>) -> Flow<'p> {
        if scope.kind != Kind::Call {
            self.act(Act::Undecided(span));
            return Flow::On;
        }
        // With a host every branch was looked at, and what follows will be.
        Flow::Lost(Rc::new(Unknown {
            why: why.to_owned(),
            span,
            is_seen: self.host().is_some(),
            begins: None,
            goes_on_if: None,
            raises: false,
            ends_turn: false,
        }))
    }

    /// Makes everything unknown that the statements would bind.
    pub(super) fn forget(&self, body: &'p [Stmt], scope: &Rc<Scope<'p>>, why: &str) {
        let mut bound = Bound { names: Vec::new(), imports: Vec::new() };
        bound.visit_body(body);
        for (name, range) in bound.names {
            scope.set(name, Value::unknown(why, Span { file: scope.file, range }));
        }
        for statement in bound.imports {
            match statement {
                Stmt::Import(it) => self.import_statement(it, scope),
                Stmt::ImportFrom(it) => self.import_from(it, scope),
                _ => {}
            }
        }
    }
}

impl<'p> Interpreter<'p> {
    /// Makes the names unknown that the imports of a `try` bind: which of them happens is not known.
    pub(super) fn forget_imports(&self, it: &'p StmtTry, scope: &Rc<Scope<'p>>, why: &str) {
        let mut bound = Bound { names: Vec::new(), imports: Vec::new() };
        bound.visit_body(&it.body);
        for ExceptHandler::ExceptHandler(handler) in &it.handlers {
            bound.visit_body(&handler.body);
        }
        let aliases = bound.imports.iter().flat_map(|statement| match statement {
            Stmt::Import(it) => &it.names[..],
            Stmt::ImportFrom(it) => &it.names[..],
            _ => &[],
        });
        for alias in aliases {
            let name = alias.asname.as_ref().unwrap_or(&alias.name);
            let name = name.split('.').next().unwrap_or(name);
            scope.set(name, Value::unknown(why, self.span(scope, alias)));
        }
    }
}

/// The names that statements bind, and their imports, which bind the same whenever they are made.
struct Bound<'p> {
    names: Vec<(&'p str, TextRange)>,
    imports: Vec<&'p Stmt>,
}

impl<'p> Visitor<'p> for Bound<'p> {
    fn visit_stmt(&mut self, statement: &'p Stmt) {
        match statement {
            Stmt::FunctionDef(it) => self.names.push((&it.name, it.name.range)),
            Stmt::ClassDef(it) => self.names.push((&it.name, it.name.range)),
            Stmt::Import(_) | Stmt::ImportFrom(_) => self.imports.push(statement),
            other => walk_stmt(self, other),
        }
    }

    fn visit_expr(&mut self, expr: &'p Expr) {
        match expr {
            Expr::Name(it) if it.ctx == ExprContext::Store => self.names.push((&it.id, it.range)),
            Expr::Lambda(_) | Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {}
            other => walk_expr(self, other),
        }
    }

    fn visit_except_handler(&mut self, handler: &'p ExceptHandler) {
        let ExceptHandler::ExceptHandler(it) = handler;
        self.names.extend(it.name.as_ref().map(|name| (name.as_str(), name.range)));
        walk_except_handler(self, handler);
    }
}
