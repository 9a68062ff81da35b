//! Inspectors remember what they have answered: after a change they answer the same again.

use std::rc::Rc;

use super::desk::Desk;
use crate::python::{Arguments, Span, Symbol, Value};

/// An answer of an inspector.
pub(super) struct Remembered<'p> {
    inspector: Rc<Symbol<'p>>,
    question: String,
    answer: Value<'p>,
    /// How many statements came before.
    sent: usize,
    /// The doubt in which it was asked, if that may not have happened.
    doubt: Option<u64>,
}

impl<'p> Desk<'p> {
    /// What an inspector is asked, which it may have been asked before.
    pub(super) fn inspect_by(
        &self,
        inspector: &Value<'p>,
        name: &str,
        arguments: &Arguments<'p>,
        span: Span,
    ) -> Option<Value<'p>> {
        let Value::Symbol(symbol) = inspector else { return self.inspect(name, arguments, span) };
        let is_it = |it: &Remembered<'p>| Rc::ptr_eq(&it.inspector, symbol);
        if name == "clear_cache" {
            self.state_mut().remembered.retain(|it| !is_it(it));
            return Some(Value::None);
        }
        let question = question(name, arguments);
        let state = self.state();
        let known = state.remembered.iter().rev().find(|it| is_it(it) && it.question == question);
        if let Some(known) = known {
            let is_certain = known.doubt.is_none_or(|it| state.doubts.iter().any(|doubt| doubt.number == it));
            if is_certain {
                return Some(known.answer.clone());
            }
            if known.sent != state.sent {
                let why =
                    "an inspector answers what it has answered before, and whether it was asked only a run can tell";
                return Some(Value::unknown(why, span));
            }
        }
        let (sent, doubt) = (state.sent, state.doubts.last().map(|it| it.number));
        drop(state);
        let answer = self.inspect(name, arguments, span)?;
        let inspector = Rc::clone(symbol);
        self.state_mut().remembered.push(Remembered { inspector, question, answer: answer.clone(), sent, doubt });
        Some(answer)
    }
}

fn question(name: &str, arguments: &Arguments<'_>) -> String {
    let text = |value: &Value<'_>| value.as_str().map_or_else(|| "?".to_owned(), |it| format!("{it:?}"));
    let positional = arguments.positional.iter().map(text);
    let named = arguments.named.iter().map(|(name, value)| format!("{name}={}", text(value)));
    format!("{name}({})", positional.chain(named).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::super::testing::sql;

    const TABLE: &str = "op.create_table('t', sa.Column('a', sa.Integer))\ninspector = sa.inspect(op.get_bind())\n";
    const ASK: &str = "if 'a' in [it['name'] for it in INSPECTOR.get_columns('t')]:\n    op.execute('SELECT 1')\n";

    #[test]
    fn an_inspector_answers_what_it_has_answered_before() {
        let (same, new) =
            (ASK.replace("INSPECTOR", "inspector"), ASK.replace("INSPECTOR", "sa.inspect(op.get_bind())"));
        let drop = "op.drop_column('t', 'a')\n";
        let last = |body: String| sql(&format!("{TABLE}{body}")).pop().unwrap_or_default();
        assert_eq!(last(format!("inspector.get_columns('t')\n{drop}{same}")), "SELECT 1");
        for body in [
            format!("inspector.get_columns('t')\n{drop}{new}"),
            format!("{drop}{same}"),
            format!("inspector.get_columns('t')\ninspector.clear_cache()\n{drop}{same}"),
        ] {
            assert_eq!(last(body), "ALTER TABLE t DROP COLUMN a");
        }
        let perhaps = "if op.get_bind().execute(sa.text('SELECT 1 FROM u')).first():\n    inspector.get_columns('t')\n";
        assert!(last(format!("{perhaps}{drop}{same}")).starts_with("?? "));
        assert_eq!(last(format!("{perhaps}{same}")), "SELECT 1");
    }
}
