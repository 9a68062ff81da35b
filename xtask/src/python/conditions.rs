//! Conditions that are known: which of the blocks behind them happen.

use std::rc::Rc;

use ruff_python_ast::{ElifElseClause, Expr, StmtIf, UnaryOp};

use super::interpreter::Interpreter;
use super::scope::Scope;
use super::statements::Flow;
use super::undecided::Choice;

impl<'p> Interpreter<'p> {
    pub(super) fn choose(&self, it: &'p StmtIf, scope: &Rc<Scope<'p>>) -> Flow<'p> {
        match run_branch(&it.test) {
            Some(false) => {
                self.aside(|| self.block(&it.body, scope));
                return self.choose_among(&it.elif_else_clauses, scope);
            }
            Some(true) => {
                self.aside(|| self.choose_among(&it.elif_else_clauses, scope));
                return self.block(&it.body, scope);
            }
            None => {}
        }
        let test = self.eval(&it.test, scope);
        match test.truth() {
            Some(true) => return self.block(&it.body, scope),
            Some(false) => {}
            None => {
                let choice = Choice { test: &it.test, body: &it.body, others: &it.elif_else_clauses };
                return self.either(choice, &test, scope);
            }
        }
        self.choose_among(&it.elif_else_clauses, scope)
    }

    /// Runs what stands there for type checkers only: it binds names that annotations use, and what is run after it binds them anew.
    fn aside(&self, run: impl FnOnce() -> Flow<'p>) {
        let before = self.for_type_checkers.replace(true);
        run();
        self.for_type_checkers.set(before);
    }

    /// What follows behind a condition that does not hold.
    pub(super) fn choose_among(&self, clauses: &'p [ElifElseClause], scope: &Rc<Scope<'p>>) -> Flow<'p> {
        let Some((clause, others)) = clauses.split_first() else { return Flow::On };
        let Some(test) = &clause.test else { return self.block(&clause.body, scope) };
        let value = self.eval(test, scope);
        match value.truth() {
            Some(true) => self.block(&clause.body, scope),
            Some(false) => self.choose_among(others, scope),
            None => self.either(Choice { test, body: &clause.body, others }, &value, scope),
        }
    }
}

/// Of `if TYPE_CHECKING` and `if not TYPE_CHECKING`: whether a run enters the body. `None` for other conditions.
pub(super) fn run_branch(test: &Expr) -> Option<bool> {
    match test {
        Expr::Name(it) if it.id == "TYPE_CHECKING" => Some(false),
        Expr::Attribute(it) if &it.attr == "TYPE_CHECKING" => Some(false),
        Expr::UnaryOp(it) if it.op == UnaryOp::Not => run_branch(&it.operand).map(|enters| !enters),
        _ => None,
    }
}
