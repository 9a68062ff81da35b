//! Statements of which only a run can tell whether they happen.

use std::rc::Rc;

use ruff_python_ast::{Expr, Stmt, StmtIf};

use super::act::Act;
use super::interpreter::Interpreter;
use super::scope::{Kind, Scope};
use super::statements::Flow;
use super::value::{Span, Unknown, Value};

/// What tells collections apart while they live.
fn address(value: &Value<'_>) -> Option<usize> {
    match value {
        Value::List(items) | Value::Set(items) => Some(Rc::as_ptr(items).addr()),
        Value::Dict(dict) => Some(Rc::as_ptr(dict).addr()),
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
        let Some(host) = self.host().filter(|_| !body.is_empty()) else { return Flow::On };
        host.doubt(why, span, condition);
        let flow = self.block(body, scope);
        host.certain(self);
        flow
    }

    /// Shows the host what expressions would do that nobody knows to be evaluated.
    pub(super) fn only_look_at(&self, expressions: &[&'p Expr], scope: &Rc<Scope<'p>>, why: &str, span: Span) {
        let Some(host) = self.host().filter(|_| scope.kind == Kind::Call) else { return };
        host.doubt(why, span, None);
        expressions.iter().for_each(|it| drop(self.eval(it, scope)));
        host.certain(self);
    }

    /// A collection is made; what is done to it in the same doubt is as certain as itself.
    pub(super) fn note_birth(&self, value: &Value<'p>) {
        if let (Some(number), Some(address)) = (self.host().and_then(|host| host.doubt_number()), address(value)) {
            self.born.borrow_mut().insert(address, (number, value.clone()));
        }
    }

    /// Whether a collection that is changed now is not known afterwards.
    pub(super) fn is_doubtful(&self, value: &Value<'p>) -> bool {
        let Some(number) = self.host().and_then(|host| host.doubt_number()) else { return false };
        let born = self.born.borrow();
        address(value).and_then(|it| born.get(&it)).is_none_or(|(of, _)| *of != number)
    }

    /// Nobody knows which branch is taken: what any of them binds is not known.
    pub(super) fn either(&self, it: &'p StmtIf, test: &Value<'p>, scope: &Rc<Scope<'p>>) -> Flow<'p> {
        let why = "it depends on a condition that only a run can decide";
        let because = match test {
            Value::Unknown(unknown) if self.host().is_some() && unknown.why != why => {
                format!("{why}: {}", unknown.why)
            }
            _ => why.to_owned(),
        };
        let why = &*because;
        let is_asked = scope.kind == Kind::Call;
        if let Some(conditions) = self.host().filter(|_| is_asked).and_then(|host| host.condition(test))
            && let Some(flow) = self.decided_later(it, conditions, why, scope)
        {
            return flow;
        }
        let rest = it.elif_else_clauses.iter().map(|clause| &clause.body[..]);
        let bodies: Vec<&'p [Stmt]> = std::iter::once(&it.body[..]).chain(rest).collect();
        self.perhaps(&bodies, why, self.span(scope, &*it.test), scope)
    }

    /// The library decides when it runs; `None` where there are more than two ways.
    fn decided_later(
        &self,
        it: &'p StmtIf,
        (holds, fails): (usize, usize),
        why: &str,
        scope: &Rc<Scope<'p>>,
    ) -> Option<Flow<'p>> {
        let span = self.span(scope, &*it.test);
        let other = match &it.elif_else_clauses[..] {
            [] => None,
            [one] if one.test.is_none() => Some(&one.body[..]),
            _ => return None,
        };
        let first = self.only_look(&it.body, scope, why, span, Some(holds));
        let second = other.map_or(Flow::On, |body| self.only_look(body, scope, why, span, Some(fails)));
        self.forget(&it.body, scope, why);
        other.into_iter().for_each(|body| self.forget(body, scope, why));
        let ends = |flow: &Flow<'p>| matches!(flow, Flow::Lost(unknown) if unknown.raises);
        let leaves = |flow: &Flow<'p>| !matches!(flow, Flow::On) && !ends(flow);
        let goes_on_if = match (leaves(&first), leaves(&second)) {
            (false, false) => return Some(Flow::On),
            (true, false) => Some(fails),
            (false, true) => Some(holds),
            (true, true) => None,
        };
        let unknown = Unknown::new(why, span);
        Some(Flow::Lost(Rc::new(Unknown { why: why.to_owned(), is_seen: true, goes_on_if, ..(*unknown).clone() })))
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
        let flow = if has_host { self.only_look(body, scope, why, span, None) } else { Flow::Break };
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
        }))
    }

    /// Makes everything unknown that the statements would bind.
    fn forget(&self, body: &'p [Stmt], scope: &Rc<Scope<'p>>, why: &str) {
        for statement in body {
            let span = self.span(scope, statement);
            let lose = |name: &str| scope.set(name, Value::unknown(why, span));
            match statement {
                Stmt::Assign(it) => it.targets.iter().filter_map(|it| it.as_name_expr()).for_each(|it| lose(&it.id)),
                Stmt::AnnAssign(it) => it.target.as_name_expr().into_iter().for_each(|it| lose(&it.id)),
                Stmt::AugAssign(it) => it.target.as_name_expr().into_iter().for_each(|it| lose(&it.id)),
                Stmt::FunctionDef(it) => lose(&it.name),
                Stmt::ClassDef(it) => lose(&it.name),
                Stmt::Import(it) => self.import_statement(it, scope),
                Stmt::ImportFrom(it) => self.import_from(it, scope),
                Stmt::If(it) => {
                    self.forget(&it.body, scope, why);
                    it.elif_else_clauses.iter().for_each(|clause| self.forget(&clause.body, scope, why));
                }
                Stmt::For(it) => self.forget(&it.body, scope, why),
                Stmt::With(it) => self.forget(&it.body, scope, why),
                Stmt::Try(it) => self.forget(&it.body, scope, why),
                _ => {}
            }
        }
    }
}
