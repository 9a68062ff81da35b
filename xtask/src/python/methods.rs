//! Methods of text, lists, tuples, dictionaries and sets.

use std::rc::Rc;

use super::builtins::set_of;
use super::format::text_of;
use super::interpreter::Interpreter;
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
        Some(match name {
            "get" => match dict.borrow().get(first?) {
                Some(value) => value.clone(),
                None if dict.borrow().is_vague() => return None,
                None => or_default(),
            },
            "keys" => Value::list(dict.borrow().iter().map(|(key, _)| key.clone()).collect()),
            "values" => Value::list(dict.borrow().iter().map(|(_, value)| value.clone()).collect()),
            "items" => {
                let pair = |(key, value): &(Value<'p>, Value<'p>)| Value::tuple(vec![key.clone(), value.clone()]);
                Value::list(dict.borrow().iter().map(pair).collect())
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

fn text_method<'p>(text: &str, name: &str, arguments: &Arguments<'p>) -> Option<Value<'p>> {
    let argument = |at: usize| arguments.positional.get(at).and_then(Value::as_str);
    let given: Option<Vec<char>> = argument(0).map(|letters| letters.chars().collect());
    let strips = |letter: char| given.as_ref().map_or(letter.is_whitespace(), |set| set.contains(&letter));
    let starts = |test: fn(&str, &str) -> bool| match arguments.positional.first() {
        Some(Value::Tuple(all)) => Some(all.iter().filter_map(Value::as_str).any(|part| test(text, part))),
        Some(one) => Some(test(text, one.as_str()?)),
        None => None,
    };
    let list = |parts: Vec<&str>| Value::list(parts.into_iter().map(Value::str).collect());
    // Where to begin and to end.
    let is_more = arguments.positional.len() > 1 && matches!(name, "find" | "count" | "startswith" | "endswith");
    if is_more || name == "splitlines" && !(arguments.positional.is_empty() && arguments.named.is_empty()) {
        return None;
    }
    Some(match name {
        "lower" | "casefold" => Value::str(text.to_lowercase()),
        "upper" => Value::str(text.to_uppercase()),
        "capitalize" => Value::str(words(&text.to_lowercase(), true)),
        "title" => Value::str(words(&text.to_lowercase(), false)),
        "strip" => Value::str(text.trim_matches(strips)),
        "lstrip" => Value::str(text.trim_start_matches(strips)),
        "rstrip" => Value::str(text.trim_end_matches(strips)),
        "removeprefix" => Value::str(text.strip_prefix(argument(0)?).unwrap_or(text)),
        "removesuffix" => Value::str(text.strip_suffix(argument(0)?).unwrap_or(text)),
        "startswith" => Value::Bool(starts(|text, part| text.starts_with(part))?),
        "endswith" => Value::Bool(starts(|text, part| text.ends_with(part))?),
        "replace" => match arguments.positional.get(2).and_then(Value::as_int) {
            Some(count) => Value::str(text.replacen(argument(0)?, argument(1)?, usize::try_from(count).ok()?)),
            None => Value::str(text.replace(argument(0)?, argument(1)?)),
        },
        "split" | "rsplit" => {
            let most = arguments.get(1, "maxsplit").and_then(Value::as_int).filter(|most| *most >= 0);
            match (arguments.get(0, "sep").and_then(Value::as_str), most, name) {
                (None, None, _) => list(text.split_whitespace().collect()),
                (Some(by), None, _) => list(text.split(by).collect()),
                (Some(by), Some(most), "split") => list(text.splitn(usize::try_from(most).ok()? + 1, by).collect()),
                (Some(by), Some(most), _) => {
                    let mut parts: Vec<&str> = text.rsplitn(usize::try_from(most).ok()? + 1, by).collect();
                    parts.reverse();
                    list(parts)
                }
                _ => return None,
            }
        }
        "splitlines" => list(text.lines().collect()),
        "partition" | "rpartition" => {
            let by = argument(0)?;
            let found = if name == "partition" { text.split_once(by) } else { text.rsplit_once(by) };
            let parts = match found {
                Some((before, after)) => [before, by, after],
                None if name == "partition" => [text, "", ""],
                None => ["", "", text],
            };
            Value::tuple(parts.map(Value::str).to_vec())
        }
        "find" => text.find(argument(0)?).map_or(Value::Int(-1), |at| Value::Int(text[..at].chars().count() as i128)),
        "count" => Value::Int(text.matches(argument(0)?).count() as i128),
        "isupper" => Value::Bool(text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase)),
        "islower" => Value::Bool(text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase)),
        "isdigit" => Value::Bool(!text.is_empty() && text.chars().all(|letter| letter.is_ascii_digit())),
        "isalpha" => Value::Bool(!text.is_empty() && text.chars().all(char::is_alphabetic)),
        "isalnum" => Value::Bool(!text.is_empty() && text.chars().all(char::is_alphanumeric)),
        "zfill" if !text.starts_with(['-', '+']) => {
            let width = usize::try_from(arguments.positional.first()?.as_int()?).ok()?;
            Value::str(format!("{}{text}", "0".repeat(width.saturating_sub(text.chars().count()))))
        }
        "encode" if is_utf8(arguments) => Value::Bytes(Rc::from(text.as_bytes())),
        "copy" => Value::str(text_of(&Value::str(text))?),
        _ => return None,
    })
}

/// Whether `encode` or `decode` is told nothing else.
fn is_utf8(arguments: &Arguments<'_>) -> bool {
    let name = arguments.get(0, "encoding").map_or(Some("utf-8"), Value::as_str);
    arguments.get(1, "errors").is_none()
        && name.is_some_and(|it| matches!(&*it.to_lowercase(), "utf-8" | "utf8" | "ascii"))
}

/// The first letter of each word in upper case, or only of the first word.
fn words(text: &str, only_first: bool) -> String {
    let mut result = String::with_capacity(text.len());
    let mut inside = false;
    for letter in text.chars() {
        match letter.is_alphabetic() && !inside {
            true => result.extend(letter.to_uppercase()),
            false => result.push(letter),
        }
        inside = only_first || letter.is_alphabetic();
    }
    result
}
