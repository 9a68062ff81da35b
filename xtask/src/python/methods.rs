//! Methods of text, lists, tuples, dictionaries and sets.

use super::builtins::set_of;
use super::interpreter::Interpreter;
use super::text_methods::{is_utf8, text_method};
use super::value::{Arguments, Span, Value};

const NAMES: &[&str] = &[
    "append",
    "capitalize",
    "casefold",
    "clear",
    "copy",
    "count",
    "endswith",
    "extend",
    "find",
    "format",
    "get",
    "index",
    "insert",
    "isdigit",
    "isupper",
    "islower",
    "isalpha",
    "isalnum",
    "items",
    "join",
    "keys",
    "ljust",
    "lower",
    "lstrip",
    "partition",
    "pop",
    "remove",
    "removeprefix",
    "removesuffix",
    "replace",
    "reverse",
    "rjust",
    "rpartition",
    "rsplit",
    "rstrip",
    "setdefault",
    "sort",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "swapcase",
    "title",
    "union",
    "update",
    "upper",
    "values",
    "zfill",
    "add",
    "difference",
    "intersection",
    "encode",
    "decode",
    "hex",
    "translate",
    "fromkeys",
    "isoformat",
    "bit_length",
    "discard",
    "isdisjoint",
    "issubset",
    "issuperset",
    "symmetric_difference",
    "format_map",
];

pub(super) fn named(name: &str) -> Option<&'static str> {
    NAMES.iter().find(|known| **known == name).copied()
}

impl<'p> Interpreter<'p> {
    /// A call of a method of a plain value.
    pub(super) fn method(
        &self,
        object: &Value<'p>,
        name: &'static str,
        arguments: Arguments<'p>,
        span: Span,
    ) -> Value<'p> {
        let changes = matches!(name, "append" | "extend" | "insert" | "update" | "setdefault" | "add" | "get" | "pop");
        if let Some(unknown) = arguments.positional.iter().find(|value| matches!(value, Value::Unknown(_)))
            && !changes
        {
            return unknown.clone();
        }
        if self.host().is_some() {
            let is_change = changes && name != "get" || matches!(name, "remove" | "sort" | "reverse" | "clear");
            if let (Some(host), "append", [value], Value::List(_)) =
                (self.host(), name, &arguments.positional[..], object)
                && self.is_doubtful(object)
                && host.gathers(self, object, value, span)
            {
                object.lose(span);
                return Value::None;
            }
            if is_change && object.is_lost() {
                self.lose(object, span);
            }
            if is_change && self.is_doubtful(object) {
                if let (Some(host), "append", [value], Some(birth)) =
                    (self.host(), name, &arguments.positional[..], self.birth(object))
                {
                    host.grows(birth, value);
                }
                self.lose(object, span);
            }
            if object.is_lost() {
                return Value::unknown("what is in this collection is not known", span);
            }
        }
        let found = match object {
            Value::List(_) => self.list_method(object, name, &arguments, span),
            Value::Tuple(_) => sequence_method(object, name, &arguments),
            Value::Dict(_) => self.dict_method(object, name, &arguments),
            Value::Bytes(bytes) if name == "decode" && is_utf8(&arguments) => {
                std::str::from_utf8(bytes).ok().map(Value::str)
            }
            Value::Set(_) => self.set_method(object, name, &arguments),
            _ => match object.as_str() {
                Some("") | Some(_) if name == "join" => self.join(object, &arguments),
                Some(text) if name == "format" => self.str_format(text, &arguments, span),
                Some(text) => text_method(text, name, &arguments),
                None => None,
            },
        };
        found.unwrap_or_else(|| Value::unknown(format!("`.{name}()` is not possible with these values"), span))
    }

    fn join(&self, object: &Value<'p>, arguments: &Arguments<'p>) -> Option<Value<'p>> {
        let items = self.iterate(arguments.positional.first()?)?;
        if let Some(unknown) = items.iter().find(|item| matches!(item, Value::Unknown(_))) {
            return Some(unknown.clone());
        }
        let parts: Vec<&str> = items.iter().map(Value::as_str).collect::<Option<_>>()?;
        Some(Value::str(parts.join(object.as_str()?)))
    }

    fn list_method(&self, object: &Value<'p>, name: &str, arguments: &Arguments<'p>, span: Span) -> Option<Value<'p>> {
        let Value::List(list) = object else { return None };
        let first = arguments.positional.first();
        match name {
            "append" => list.borrow_mut().push(first?.clone()),
            "extend" => {
                let more = self.iterate(first?)?;
                list.borrow_mut().extend(more);
            }
            "insert" => {
                let (at, length) = (first?.as_int()?, list.borrow().len());
                let at = if at < 0 { at + length as i128 } else { at };
                let at = usize::try_from(at.max(0)).ok()?.min(length);
                list.borrow_mut().insert(at, arguments.positional.get(1)?.clone());
            }
            "pop" => {
                let length = list.borrow().len() as i128;
                let at = first.map_or(Some(-1), Value::as_int)?;
                let at = usize::try_from(if at < 0 { at + length } else { at }).ok()?;
                let is_there = at < list.borrow().len();
                return is_there.then(|| list.borrow_mut().remove(at));
            }
            "remove" => {
                let at = position(&list.borrow(), first?)??;
                list.borrow_mut().remove(at);
            }
            "clear" => list.borrow_mut().clear(),
            "reverse" => list.borrow_mut().reverse(),
            "sort" => {
                let sorted =
                    self.builtin("sorted", Arguments { positional: vec![object.clone()], ..arguments.clone() }, span);
                let sorted = sorted.items()?;
                *list.borrow_mut() = sorted;
            }
            "copy" => return Some(Value::list(list.borrow().clone())),
            _ => return sequence_method(object, name, arguments),
        }
        Some(Value::None)
    }

    fn dict_method(&self, object: &Value<'p>, name: &str, arguments: &Arguments<'p>) -> Option<Value<'p>> {
        let Value::Dict(dict) = object else { return None };
        let first = arguments.positional.first();
        let or_default = || arguments.positional.get(1).cloned().unwrap_or(Value::None);
        let view = |items: Vec<Value<'p>>, has_values: bool| {
            let view = Value::list(items);
            dict.borrow().note_view(&view, has_values);
            view
        };
        Some(match name {
            "get" => match dict.borrow().get(first?) {
                Some(value) => value.clone(),
                None if dict.borrow().is_vague() => return None,
                None => or_default(),
            },
            "keys" => view(dict.borrow().iter().map(|(key, _)| key.clone()).collect(), false),
            "values" => view(dict.borrow().iter().map(|(_, value)| value.clone()).collect(), true),
            "items" => {
                let pair = |(key, value): &(Value<'p>, Value<'p>)| Value::tuple(vec![key.clone(), value.clone()]);
                view(dict.borrow().iter().map(pair).collect(), true)
            }
            "copy" => Value::dict(dict.borrow().iter().cloned().collect::<Vec<_>>()),
            "setdefault" => {
                let known = dict.borrow().get(first?).cloned();
                known.unwrap_or_else(|| {
                    let value = or_default();
                    dict.borrow_mut().insert(first.cloned().unwrap_or(Value::None), value.clone());
                    value
                })
            }
            "update" => {
                let Value::Dict(more) = self.builtin("dict", arguments.clone(), zero_span()) else { return None };
                let more: Vec<_> = more.borrow().iter().cloned().collect();
                more.into_iter().for_each(|(key, value)| dict.borrow_mut().insert(key, value));
                Value::None
            }
            "pop" if dict.borrow().is_vague() => return None,
            "pop" => {
                let removed = dict.borrow_mut().remove(first?);
                removed.or_else(|| arguments.positional.get(1).cloned())?
            }
            "clear" => {
                let keys: Vec<_> = dict.borrow().iter().map(|(key, _)| key.clone()).collect();
                keys.iter().for_each(|key| drop(dict.borrow_mut().remove(key)));
                Value::None
            }
            _ => return None,
        })
    }

    fn set_method(&self, object: &Value<'p>, name: &str, arguments: &Arguments<'p>) -> Option<Value<'p>> {
        let Value::Set(set) = object else { return None };
        let first = arguments.positional.first();
        let has = |items: &[Value<'p>], wanted: &Value<'p>| items.iter().any(|item| item.equals(wanted) == Some(true));
        let own = set.borrow().clone();
        Some(match name {
            "add" => {
                if !has(&own, first?) {
                    set.borrow_mut().push(first?.clone());
                }
                Value::None
            }
            "update" => {
                let more: Option<Vec<_>> = arguments.positional.iter().map(|it| self.iterate(it)).collect();
                for item in more?.concat() {
                    let is_new = !has(&set.borrow(), &item);
                    if is_new {
                        set.borrow_mut().push(item);
                    }
                }
                Value::None
            }
            "discard" => {
                let gone = first?;
                set.borrow_mut().retain(|item| item.equals(gone) != Some(true));
                Value::None
            }
            "copy" => set_of(own),
            _ => {
                let others: Option<Vec<_>> = arguments.positional.iter().map(|it| self.iterate(it)).collect();
                return super::sets::asked(name, &own, &others?.concat());
            }
        })
    }
}

fn zero_span() -> Span {
    Span { file: 0, range: ruff_text_size::TextRange::default() }
}

fn sequence_method<'p>(object: &Value<'p>, name: &str, arguments: &Arguments<'p>) -> Option<Value<'p>> {
    let items = object.items()?;
    let [wanted] = &arguments.positional[..] else { return None };
    match name {
        "index" => position(&items, wanted)?.map(|at| Value::Int(at as i128)),
        "count" => {
            let equal: Vec<bool> = items.iter().map(|item| item.equals(wanted)).collect::<Option<_>>()?;
            Some(Value::Int(equal.into_iter().filter(|it| *it).count() as i128))
        }
        _ => None,
    }
}

/// Where an item stands first, if at all; `None` where only a run can tell.
fn position<'p>(items: &[Value<'p>], wanted: &Value<'p>) -> Option<Option<usize>> {
    for (at, item) in items.iter().enumerate() {
        if item.equals(wanted)? {
            return Some(Some(at));
        }
    }
    Some(None)
}
