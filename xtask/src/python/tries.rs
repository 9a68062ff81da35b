//! `try`: its body is taken to succeed as long as all of it is known, and what stands behind `finally` happens in any case.

use std::rc::Rc;

use ruff_python_ast::{ExceptHandler, StmtTry};

use super::interpreter::Interpreter;
use super::scope::{Kind, Scope};
use super::statements::{Flow, lost};
use super::value::{Span, Unknown};

impl<'p> Interpreter<'p> {
    /// The body is taken to succeed: `try: import x` is the usual case. Where it cannot be followed, the first handler
    /// may be what happens, and nobody knows.
    pub(super) fn try_block(&self, it: &'p StmtTry, scope: &Rc<Scope<'p>>) -> Flow<'p> {
        let handles = u32::from(!it.handlers.is_empty());
        let before = self.failures.get();
        self.tries.set(self.tries.get() + handles);
        let flow = self.block(&it.body, scope);
        self.tries.set(self.tries.get() - handles);
        if handles > 0 && self.failures.get() != before && self.host().is_some() {
            return self.may_have_failed(it, scope);
        }
        let has_more = !it.handlers.is_empty() || !it.finalbody.is_empty();
        let flow = match flow {
            Flow::On => self.block(&it.orelse, scope),
            other => other,
        };
        match flow {
            Flow::On => self.block(&it.finalbody, scope),
            Flow::Return(_) | Flow::Break | Flow::Continue => match self.block(&it.finalbody, scope) {
                Flow::On => flow,
                other => other,
            },
            other if has_more => self.partly_seen(other, scope),
            other => other,
        }
    }

    /// Something in the body may have raised an exception that a handler catches.
    fn may_have_failed(&self, it: &'p StmtTry, scope: &Rc<Scope<'p>>) -> Flow<'p> {
        let why = "whether it raises an exception that is caught here only a run can tell";
        let span = Span { file: scope.file, range: it.range };
        self.forget(&it.body, scope, why);
        for ExceptHandler::ExceptHandler(handler) in &it.handlers {
            self.forget(&handler.body, scope, why);
        }
        self.forget(&it.orelse, scope, why);
        if scope.kind == Kind::Call {
            return self.partly_seen(lost(why, span), scope);
        }
        self.forget_imports(it, scope, why);
        self.block(&it.finalbody, scope)
    }

    /// Something could not be evaluated: in Python it may raise an exception.
    pub(super) fn note_failure(&self) {
        self.failures.set(self.failures.get() + 1);
    }

    /// A module is imported that may not be there, where that is asked with `try`.
    pub(super) fn may_be_missing(&self, module: &str) {
        if self.tries.get() == 0 || self.host().is_none() {
            return;
        }
        let top = module.split('.').next().unwrap_or(module);
        if !self.is_loaded(top) && self.module(top).is_none() {
            self.note_failure();
        }
    }

    /// The module cannot be loaded, whatever it says elsewhere.
    pub(super) fn fail_to_load(&self, scope: &Scope<'p>, why: &str, span: Span) {
        self.unloadable.borrow_mut().entry(scope.file).or_insert_with(|| Unknown::new(why, span));
    }

    /// Why a file cannot be loaded as a module, if it says so itself.
    pub fn why_unloadable(&self, file: u32) -> Option<Rc<Unknown>> {
        self.unloadable.borrow().get(&file).cloned()
    }
}
