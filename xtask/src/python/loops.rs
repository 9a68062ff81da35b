//! Loops whose turns are known, one after the other.

use std::rc::Rc;

use ruff_python_ast::{StmtFor, StmtWhile};

use super::interpreter::Interpreter;
use super::iterators::Step;
use super::scope::{Kind, Scope};
use super::statements::{Flow, lost};
use super::value::Value;

/// The most turns of one loop.
pub(super) const MOST_TURNS: usize = 100_000;

impl<'p> Interpreter<'p> {
    pub(super) fn for_loop(&self, it: &'p StmtFor, scope: &Rc<Scope<'p>>) -> Flow<'p> {
        let over = self.eval(&it.iter, scope);
        let Some(mut source) = self.source_of(&over) else {
            let why = "it is made in a loop over what only a run can tell";
            let span = self.span(scope, &*it.iter);
            let because = match &over {
                Value::Unknown(unknown) if self.host().is_some() => format!("{why}: {}", unknown.why),
                _ => why.to_owned(),
            };
            let why = &*because;
            if let Some(host) = self.host().filter(|_| scope.kind == Kind::Call)
                && let Some(turn) = host.turn(self, &over, why, span)
            {
                return self.rows(it, &turn, &*host, why, scope);
            }
            self.assign(&it.target, Value::unknown(why, span), scope);
            return self.perhaps_often(&it.body, why, span, scope);
        };
        let span = self.span(scope, &*it.iter);
        for _ in 0..MOST_TURNS {
            let item = match self.step(&mut source, span) {
                Step::Item(item) => item,
                Step::End => return self.block(&it.orelse, scope),
                Step::Lost(unknown) => {
                    self.assign(&it.target, Value::Unknown(Rc::clone(&unknown)), scope);
                    return self.perhaps_often(&it.body, &unknown.why, span, scope);
                }
            };
            self.assign(&it.target, item, scope);
            match self.turn(&it.body, scope) {
                Flow::On | Flow::Continue => {}
                Flow::Break => return Flow::On,
                other => return self.partly_seen(other, scope),
            }
        }
        lost("the loop has too many turns to be followed", span)
    }

    pub(super) fn while_loop(&self, it: &'p StmtWhile, scope: &Rc<Scope<'p>>) -> Flow<'p> {
        for _ in 0..MOST_TURNS {
            let test = self.eval(&it.test, scope);
            match test.truth() {
                Some(true) => {}
                Some(false) => return self.block(&it.orelse, scope),
                None => match self.host().filter(|_| scope.kind == Kind::Call) {
                    Some(host) if let Some((holds, _)) = host.condition(&test) => {
                        return self.as_long_as(it, holds, &*host, scope);
                    }
                    _ => break,
                },
            }
            match self.turn(&it.body, scope) {
                Flow::On | Flow::Continue => {}
                Flow::Break => return Flow::On,
                other => return self.partly_seen(other, scope),
            }
        }
        let why = "it is made in a loop whose end only a run can tell";
        self.perhaps_often(&it.body, why, self.span(scope, &*it.test), scope)
    }
}
