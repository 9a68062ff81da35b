//! Comprehensions, which are run at once, and generators, which are run when somebody asks for what they give.

use std::rc::Rc;

use ruff_python_ast::{Comprehension, Expr, ExprDictComp, ExprGenerator};

use super::interpreter::Interpreter;
use super::iterators::{Source, Step};
use super::loops::MOST_TURNS;
use super::scope::Scope;
use super::value::{Arguments, Span, SymbolKind, Value};

impl<'p> Interpreter<'p> {
    /// `(… for …)`
    pub(super) fn generator(&self, it: &'p ExprGenerator, scope: &Rc<Scope<'p>>, span: Span) -> Value<'p> {
        let frame = self.frame(scope);
        let Some(first) = it.generators.first() else {
            return Value::unknown("this generator is not followed", span);
        };
        let over = self.eval(&first.iter, &frame);
        match self.source_of(&over) {
            Some(source) => {
                let over = self.new_iterator(source, span);
                self.new_iterator(Source::Generator(it, frame, over), span)
            }
            None => match self.generated(it, &frame, over) {
                Ok(items) => Value::list(items),
                Err(other) => other,
            },
        }
    }

    /// What a generator gives, whose first loop goes through something known.
    pub(super) fn generated(
        &self,
        it: &'p ExprGenerator,
        frame: &Rc<Scope<'p>>,
        over: Value<'p>,
    ) -> Result<Vec<Value<'p>>, Value<'p>> {
        let mut values = Vec::new();
        self.turns(&it.generators, frame, Some(over), &mut |frame| values.push(self.eval(&it.elt, frame)))?;
        Ok(values)
    }

    /// `{…: … for …}`
    pub(super) fn dict_comprehension(&self, it: &'p ExprDictComp, scope: &Rc<Scope<'p>>, span: Span) -> Value<'p> {
        let Some(key) = &it.key else { return Value::unknown("this comprehension is not followed", span) };
        let mut entries = Vec::new();
        let frame = self.frame(scope);
        match self.turns(&it.generators, &frame, None, &mut |frame| {
            entries.push((self.eval(key, frame), self.eval(&it.value, frame)));
        }) {
            Ok(()) => Value::dict(entries),
            Err(other) => self.without_equals(other, span),
        }
    }

    pub(super) fn comprehension(
        &self,
        element: &'p Expr,
        generators: &'p [Comprehension],
        scope: &Rc<Scope<'p>>,
        make: impl FnOnce(Vec<Value<'p>>) -> Value<'p>,
    ) -> Value<'p> {
        let mut values = Vec::new();
        let frame = self.frame(scope);
        match self.turns(generators, &frame, None, &mut |frame| values.push(self.eval(element, frame))) {
            Ok(()) => make(values),
            Err(other) => other,
        }
    }

    /// What a set or a dict keeps of something that only a library knows.
    pub(super) fn without_equals(&self, value: Value<'p>, span: Span) -> Value<'p> {
        match value {
            Value::Symbol(_) => {
                let function = self.external("builtins.set", span);
                Value::symbol(SymbolKind::Call(function, Arguments::of(vec![value])), span)
            }
            other => other,
        }
    }

    fn turns(
        &self,
        generators: &'p [Comprehension],
        frame: &Rc<Scope<'p>>,
        known: Option<Value<'p>>,
        each: &mut dyn FnMut(&Rc<Scope<'p>>),
    ) -> Result<(), Value<'p>> {
        let Some((first, rest)) = generators.split_first() else {
            each(frame);
            return Ok(());
        };
        let over = known.unwrap_or_else(|| self.eval(&first.iter, frame));
        let span = self.span(frame, &first.iter);
        let unknown = |why: &str| Value::unknown(why, span);
        let Some(mut source) = self.source_of(&over) else {
            let why = "it goes through what only a run can tell";
            self.assign(&first.target, Value::unknown(why, span), frame);
            if let Some(host) = self.host() {
                host.doubt(why, span, None);
                each(frame);
                host.certain(self);
            }
            return Err(match over {
                Value::Unknown(_) => over,
                // Nobody knows what is in it, but there is one for each.
                Value::Symbol(_) if rest.is_empty() && first.ifs.is_empty() && self.host().is_some() => {
                    let function = self.external("builtins.list", span);
                    Value::symbol(SymbolKind::Call(function, Arguments::of(vec![over])), span)
                }
                _ => unknown("it goes through what only a run can tell"),
            });
        };
        for _ in 0..MOST_TURNS {
            let item = match self.step(&mut source, span) {
                Step::Item(item) => item,
                Step::End => return Ok(()),
                Step::Lost(why) => return Err(Value::Unknown(why)),
            };
            self.assign(&first.target, item, frame);
            let mut passes = true;
            for test in &first.ifs {
                match self.eval(test, frame).truth() {
                    Some(truth) => passes &= truth,
                    None => return Err(unknown("it depends on a condition that only a run can decide")),
                }
            }
            if passes {
                self.turns(rest, frame, None, each)?;
            }
        }
        Err(unknown("it has too many turns"))
    }
}
