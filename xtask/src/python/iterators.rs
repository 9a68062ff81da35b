//! Iterators: what is gone through once, each time from where it was left.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use ruff_python_ast::ExprGenerator;

use super::interpreter::Interpreter;
use super::scope::Scope;
use super::value::{Arguments, Span, Unknown, Value};

/// The most that is taken of one iterator.
const MOST: usize = 1_000_000;

/// `iter(…)`, `zip(…)`, `map(…)`, `filter(…)`, `enumerate(…)`, `reversed(…)`, `(… for …)`: a value with a position.
pub struct Iterator<'p> {
    source: RefCell<Source<'p>>,
    span: Span,
}

/// Where the next item comes from. Functions and generators run when it is asked for, as in Python.
pub(super) enum Source<'p> {
    Items(VecDeque<Value<'p>>),
    /// A list, which may grow meanwhile.
    List(Value<'p>, usize),
    /// A dict or a set, which must not: what there is, and how many there were.
    Fixed(Value<'p>, usize, usize),
    Zip(Vec<Value<'p>>),
    Enumerate(i128, Value<'p>),
    Map(Value<'p>, Vec<Value<'p>>),
    Filter(Value<'p>, Value<'p>),
    /// With what it goes through first, which Python asks for at once.
    Generator(&'p ExprGenerator, Rc<Scope<'p>>, Value<'p>),
    /// Another iterator.
    Shared(Rc<Iterator<'p>>),
    Lost(Rc<Unknown>),
}

/// What comes next.
pub(super) enum Step<'p> {
    Item(Value<'p>),
    End,
    /// Only a run can tell.
    Lost(Rc<Unknown>),
}

impl<'p> Interpreter<'p> {
    /// Where `for` begins; `None` where it is not known what it goes through.
    pub(super) fn source_of(&self, value: &Value<'p>) -> Option<Source<'p>> {
        Some(match value {
            Value::Iterator(it) => Source::Shared(Rc::clone(it)),
            Value::List(_) if !value.is_lost() => Source::List(value.clone(), 0),
            Value::Dict(_) | Value::Set(_) => {
                let count = value.items()?.len();
                Source::Fixed(value.clone(), 0, count)
            }
            _ => Source::Items(self.iterate(value)?.into()),
        })
    }

    pub(super) fn new_iterator(&self, source: Source<'p>, span: Span) -> Value<'p> {
        if let Source::Shared(it) = source {
            return Value::Iterator(it);
        }
        let value = Value::Iterator(Rc::new(Iterator { source: RefCell::new(source), span }));
        self.note_birth(&value, span);
        value
    }

    /// `iter(value)`
    fn iterator(&self, value: &Value<'p>, span: Span) -> Option<Value<'p>> {
        Some(self.new_iterator(self.source_of(value)?, span))
    }

    /// The next item. One that is taken where nobody knows whether it happens leaves nobody knowing what is left.
    pub(super) fn advance(&self, iterator: &Rc<Iterator<'p>>) -> Step<'p> {
        let why = || Unknown::new("what is left of this iterator depends on what only a run can decide", iterator.span);
        let is_doubtful = self.is_doubtful(&Value::Iterator(Rc::clone(iterator)));
        let mut source = iterator.source.replace(Source::Lost(why()));
        let step = self.step(&mut source, iterator.span);
        if !is_doubtful {
            iterator.source.replace(source);
        }
        step
    }

    pub(super) fn step(&self, source: &mut Source<'p>, span: Span) -> Step<'p> {
        match source {
            Source::Items(items) => items.pop_front().map_or(Step::End, Step::Item),
            Source::List(list, at) => {
                let found = match &*list {
                    Value::List(items) if !list.is_lost() => items.borrow().get(*at).cloned(),
                    _ => return lost("what is in this list is not known", span),
                };
                *at += 1;
                found.map_or(Step::End, Step::Item)
            }
            Source::Fixed(of, at, count) => next_of_fixed(of, at, *count, span),
            Source::Shared(it) => self.advance(it),
            Source::Enumerate(number, of) => match self.next_of(of, span) {
                Step::Item(item) => {
                    *number += 1;
                    Step::Item(Value::tuple(vec![Value::Int(*number - 1), item]))
                }
                other => other,
            },
            Source::Zip(all) => match self.one_of_each(all, span) {
                Ok(items) => Step::Item(Value::tuple(items)),
                Err(end) => end,
            },
            Source::Map(function, all) => match self.one_of_each(all, span) {
                Ok(items) => Step::Item(self.call(function, Arguments::of(items), span)),
                Err(end) => end,
            },
            Source::Filter(function, of) => self.next_that_passes(function, of, span),
            Source::Generator(generator, scope, first) => match self.generated(generator, scope, first.clone()) {
                Ok(items) => {
                    *source = Source::Items(items.into());
                    self.step(source, span)
                }
                Err(Value::Unknown(unknown)) => Step::Lost(unknown),
                Err(_) => lost("it goes through what only a run can tell", span),
            },
            Source::Lost(unknown) => Step::Lost(Rc::clone(unknown)),
        }
    }

    fn next_of(&self, iterator: &Value<'p>, span: Span) -> Step<'p> {
        match iterator {
            Value::Iterator(it) => self.advance(it),
            _ => lost("this is no iterator", span),
        }
    }

    /// The next item of each, as long as all of them have one.
    fn one_of_each(&self, all: &[Value<'p>], span: Span) -> Result<Vec<Value<'p>>, Step<'p>> {
        if all.is_empty() {
            return Err(Step::End);
        }
        let one = |it: &Value<'p>| match self.next_of(it, span) {
            Step::Item(item) => Ok(item),
            other => Err(other),
        };
        all.iter().map(one).collect()
    }

    fn next_that_passes(&self, function: &Value<'p>, of: &Value<'p>, span: Span) -> Step<'p> {
        for _ in 0..MOST {
            let item = match self.next_of(of, span) {
                Step::Item(item) => item,
                other => return other,
            };
            let test = match function {
                Value::None => item.clone(),
                function => self.call(function, Arguments::of(vec![item.clone()]), span),
            };
            match test.truth() {
                Some(true) => return Step::Item(item),
                Some(false) => {}
                None => return lost("it depends on a condition that only a run can decide", span),
            }
        }
        lost("it goes through too much", span)
    }

    /// All that is left. Afterwards nothing is.
    pub(super) fn rest(&self, iterator: &Rc<Iterator<'p>>) -> Option<Vec<Value<'p>>> {
        let mut source = Source::Shared(Rc::clone(iterator));
        if self.is_doubtful(&Value::Iterator(Rc::clone(iterator))) {
            let why = "it was gone through where nobody knows whether that happens";
            source = iterator.source.replace(Source::Lost(Unknown::new(why, iterator.span)));
        }
        let mut items = Vec::new();
        while items.len() < MOST {
            match self.step(&mut source, iterator.span) {
                Step::Item(item) => items.push(item),
                Step::End => return Some(items),
                Step::Lost(_) => break,
            }
        }
        None
    }

    /// An argument as a library takes it: how much of an iterator that takes is its own affair.
    pub(super) fn handed_over(&self, value: Value<'p>, span: Span) -> Value<'p> {
        let Value::Iterator(it) = &value else { return value };
        let items = self.rest(it);
        it.source.replace(Source::Lost(Unknown::new("a library has gone through it", span)));
        items.map_or_else(|| Value::unknown("what this iterator gives is not known", span), Value::list)
    }

    /// `any(…)`, `all(…)`: up to the first item that decides.
    pub(super) fn decided(&self, over: &Value<'p>, by: bool, span: Span) -> Option<bool> {
        let mut source = self.source_of(over)?;
        for _ in 0..MOST {
            match self.step(&mut source, span) {
                Step::Item(item) if item.truth()? == by => return Some(by),
                Step::Item(_) => {}
                Step::End => return Some(!by),
                Step::Lost(_) => return None,
            }
        }
        None
    }

    /// Functions of Python that make iterators, and `next`.
    pub(super) fn iterator_of(&self, name: &str, arguments: &Arguments<'p>, span: Span) -> Option<Value<'p>> {
        let given = &arguments.positional;
        let first = given.first()?;
        let all = |values: &[Value<'p>]| values.iter().map(|it| self.iterator(it, span)).collect::<Option<Vec<_>>>();
        let source = match name {
            "next" => {
                let Value::Iterator(it) = first else { return None };
                return match self.advance(it) {
                    Step::Item(item) => Some(item),
                    Step::End => given.get(1).cloned(),
                    Step::Lost(unknown) => Some(Value::Unknown(unknown)),
                };
            }
            "iter" if given.len() == 1 => self.source_of(first)?,
            "reversed" if !matches!(first, Value::Iterator(_)) => {
                Source::Items(self.iterate(first)?.into_iter().rev().collect())
            }
            "enumerate" => {
                let start = arguments.get(1, "start").map_or(Some(0), Value::as_int)?;
                Source::Enumerate(start, self.iterator(first, span)?)
            }
            "zip" if arguments.named.is_empty() => Source::Zip(all(given)?),
            "map" => match all(&given[1..]) {
                Some(sources) if !sources.is_empty() => Source::Map(first.clone(), sources),
                _ => {
                    self.only_look_call(first, span);
                    return None;
                }
            },
            "filter" => Source::Filter(first.clone(), self.iterator(given.get(1)?, span)?),
            _ => return None,
        };
        Some(self.new_iterator(source, span))
    }

    /// What a function would do with each of what only a run can tell.
    fn only_look_call(&self, function: &Value<'p>, span: Span) {
        let Some(host) = self.host() else { return };
        let why = "it goes through what only a run can tell";
        host.doubt(why, span, None);
        let value = self.call(function, Arguments::of(vec![Value::unknown(why, span)]), span);
        host.unused(self, &value, span);
        host.certain(self);
    }
}

/// The next key of a dict or element of a set, as long as there are as many as at the beginning.
fn next_of_fixed<'p>(of: &Value<'p>, at: &mut usize, count: usize, span: Span) -> Step<'p> {
    let (now, item) = match of {
        Value::Set(items) if !of.is_lost() => (items.borrow().len(), items.borrow().get(*at).cloned()),
        Value::Dict(dict) if !of.is_lost() => {
            let dict = dict.borrow();
            (dict.len(), dict.iter().nth(*at).map(|(key, _)| key.clone()))
        }
        _ => return lost("what is in it is not known", span),
    };
    if now != count {
        return lost("it changes while it is gone through", span);
    }
    *at += 1;
    item.map_or(Step::End, Step::Item)
}

fn lost<'p>(why: &str, span: Span) -> Step<'p> {
    Step::Lost(Unknown::new(why, span))
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::super::source::{Files, Library};
    use super::*;

    struct NoFiles;

    impl Files for NoFiles {
        fn read(&self, _: &Utf8Path) -> Option<String> {
            None
        }

        fn is_folder(&self, _: &Utf8Path) -> bool {
            false
        }
    }

    /// What a module binds to `x`, as Python shows it; `None` where that is not known.
    fn shown(text: &str) -> Option<String> {
        let library = Library::default();
        let py = Interpreter::new(&NoFiles, &library, Vec::new(), &[]);
        let module = py.run_text("m", text);
        super::super::format::repr(&module.scope.own("x")?)
    }

    #[test]
    fn what_was_taken_is_gone() {
        for (text, expected) in [
            (
                "it = iter(['a', 'b'])\nx = [next(it), next(it), next(it, 'none'), next(it, None)]",
                "['a', 'b', 'none', None]",
            ),
            ("z = zip([1, 2], 'ab')\nx = [list(z), list(z)]", "[[(1, 'a'), (2, 'b')], []]"),
            ("it = iter([1, 2, 3, 4])\nx = list(zip(it, it))", "[(1, 2), (3, 4)]"),
            ("m = map(str, [1, 2])\ny = next(m)\nx = [y, list(m), bool(m)]", "['1', ['2'], True]"),
            ("e = enumerate('ab', start=1)\nx = [next(e), [*e], [*e]]", "[(1, 'a'), [(2, 'b')], []]"),
            ("r = reversed([1, 2])\nx = [[y for y in r], [y for y in r]]", "[[2, 1], []]"),
            ("g = (y * n for y in [1, 2])\nn = 3\nx = [list(g), list(g)]", "[[3, 6], []]"),
            ("f = filter(None, [0, 1, 2, 3])\nx = [next(f), any(y > 1 for y in [1, 2]), list(f)]", "[1, True, [2, 3]]"),
            ("it = iter([0, 1, 2])\nx = [any(it), list(it)]", "[True, [2]]"),
            ("it = iter('abc')\nx = []\nfor y in it:\n    x.append(y + next(it, '-'))", "['ab', 'c-']"),
            ("it = iter('abc')\nfor y in it:\n    break\nx = list(it)", "['b', 'c']"),
            ("x = [1, 2, 3, 4]\nfor y in x:\n    x.remove(y)", "[2, 4]"),
            ("x = [1]\nfor y in x:\n    if y < 4:\n        x.append(y + 1)", "[1, 2, 3, 4]"),
            ("seen = []\ng = (seen.append(y) for y in [1, 2])\nm = map(seen.append, [3])\nx = list(seen)", "[]"),
        ] {
            assert_eq!(shown(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["it = iter([1])\nnext(it)\nx = next(it)", "x = len(zip([1]))", "x = next([1])", "x = zip([1])[0]"]
        {
            assert_eq!(shown(text), None, "{text}");
        }
    }
}
