//! `assert`: what is known to hold is nothing, and what only the server knows is asked there.

use std::rc::Rc;

use ruff_python_ast::StmtAssert;

use super::interpreter::Interpreter;
use super::scope::{Kind, Scope};
use super::statements::Flow;
use super::value::{Unknown, Value};

impl<'p> Interpreter<'p> {
    /// One that fails is an exception, as `raise` is; one of which nobody knows leaves nobody knowing what follows.
    pub(super) fn assert(&self, it: &'p StmtAssert, scope: &Rc<Scope<'p>>) -> Flow<'p> {
        let span = self.span(scope, it);
        let Some(host) = self.host().filter(|_| scope.kind == Kind::Call) else {
            let fails = scope.kind == Kind::Module
                && self.host().is_some()
                && self.tries.get() == 0
                && self.eval(&it.test, scope).truth() == Some(false);
            if fails {
                self.fail_to_load(scope, "an assertion does not hold while it is loaded", span);
            }
            return Flow::On;
        };
        let test = self.eval(&it.test, scope);
        let is_caught = self.tries.get() > 0;
        let message =
            || it.msg.as_deref().map_or_else(|| Value::str("an assertion does not hold"), |it| self.eval(it, scope));
        match test.truth() {
            Some(true) => Flow::On,
            Some(false) => {
                if !is_caught {
                    host.raises(&message(), span);
                }
                let unknown = Unknown::new("an assertion does not hold", span);
                Flow::Lost(Rc::new(Unknown { raises: !is_caught, ..(*unknown).clone() }))
            }
            None => {
                let why = "whether an assertion holds depends on what only a run can decide";
                match host.condition(&test).filter(|_| !is_caught) {
                    Some((_, fails)) => {
                        host.doubt(why, span, Some(fails));
                        host.raises(&message(), span);
                        host.certain(self);
                    }
                    None => host.lost(self, why, span),
                }
                Flow::On
            }
        }
    }
}
