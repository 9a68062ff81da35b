//! Statements of which only a run can tell whether they happen.

use std::rc::Rc;

use ruff_python_ast::{Stmt, StmtIf};

use super::interpreter::{Act, Interpreter};
use super::scope::{Kind, Scope};
use super::statements::{Flow, lost};
use super::value::{Span, Value};

impl<'p> Interpreter<'p> {
    /// Shows the host what statements would do that nobody knows to happen.
    pub(super) fn only_look(&self, body: &'p [Stmt], scope: &Rc<Scope<'p>>, why: &str, span: Span) -> Flow<'p> {
        let Some(host) = self.host().filter(|_| !body.is_empty()) else { return Flow::On };
        host.doubt(why, span);
        let flow = self.block(body, scope);
        host.certain(self);
        flow
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
        let rest = it.elif_else_clauses.iter().map(|clause| &clause.body[..]);
        let bodies: Vec<&'p [Stmt]> = std::iter::once(&it.body[..]).chain(rest).collect();
        self.perhaps(&bodies, why, self.span(scope, &*it.test), scope)
    }

    /// Blocks of which nobody knows whether they run: what they bind is lost. With a host that is all, where none of them
    /// leaves the function.
    pub(super) fn perhaps(&self, bodies: &[&'p [Stmt]], why: &str, span: Span, scope: &Rc<Scope<'p>>) -> Flow<'p> {
        let has_host = scope.kind == Kind::Call && self.host().is_some();
        let mut leaves = false;
        for body in bodies {
            leaves |= has_host && !matches!(self.only_look(body, scope, why, span), Flow::On);
        }
        bodies.iter().for_each(|body| self.forget(body, scope, why));
        if has_host && !leaves { Flow::On } else { self.undecided(why, span, scope) }
    }

    /// The body of a loop that nobody knows the turns of; `break` and `continue` do not leave the function.
    pub(super) fn perhaps_often(&self, body: &'p [Stmt], why: &str, span: Span, scope: &Rc<Scope<'p>>) -> Flow<'p> {
        let has_host = scope.kind == Kind::Call && self.host().is_some();
        let flow = if has_host { self.only_look(body, scope, why, span) } else { Flow::Break };
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
        lost(why, span)
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
