//! Functions that Python has without an import.

use std::cell::RefCell;
use std::rc::Rc;

use super::classes::{has_base, last};
use super::format::{repr, text_of};
use super::interpreter::Interpreter;
use super::operators::order;
use super::value::{Arguments, Span, SymbolKind, Value};

/// What is known by name without an import.
const NAMES: &[&str] = &[
    "abs",
    "all",
    "any",
    "bool",
    "bytes",
    "callable",
    "chr",
    "classmethod",
    "dict",
    "enumerate",
    "filter",
    "float",
    "frozenset",
    "getattr",
    "globals",
    "hasattr",
    "int",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "list",
    "locals",
    "map",
    "max",
    "min",
    "next",
    "object",
    "ord",
    "print",
    "property",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "setattr",
    "sorted",
    "staticmethod",
    "str",
    "sum",
    "super",
    "tuple",
    "type",
    "vars",
    "zip",
    "complex",
    "memoryview",
    "bytearray",
    "id",
    "hash",
    "format",
    "Exception",
    "ValueError",
    "TypeError",
    "KeyError",
    "AttributeError",
    "NotImplementedError",
    "RuntimeError",
    "ImportError",
    "NotImplemented",
    "open",
    "__import__",
    "slice",
    "BaseException",
    "LookupError",
    "IndexError",
    "StopIteration",
    "DeprecationWarning",
    "UserWarning",
    "Warning",
    "OSError",
    "AssertionError",
    "ModuleNotFoundError",
    "NameError",
    "ArithmeticError",
    "FileNotFoundError",
    "exit",
    "input",
    "divmod",
    "pow",
    "bin",
    "hex",
    "oct",
    "ascii",
    "dir",
    "compile",
    "eval",
    "exec",
    "delattr",
];

/// The longest range.
const LONGEST: i128 = 1_000_000;

pub(super) fn named(name: &str) -> Option<&'static str> {
    NAMES.iter().find(|known| **known == name).copied()
}

/// A set of the items, each once.
pub(super) fn set_of(items: Vec<Value<'_>>) -> Value<'_> {
    let mut unique: Vec<Value<'_>> = Vec::new();
    for item in items {
        if !unique.iter().any(|known| known.equals(&item) == Some(true)) {
            unique.push(item);
        }
    }
    Value::Set(Rc::new(RefCell::new(unique)))
}

impl<'p> Interpreter<'p> {
    /// What `for` goes through.
    pub(super) fn iterate(&self, value: &Value<'p>) -> Option<Vec<Value<'p>>> {
        match (value, self.host()) {
            (Value::Iterator(it), _) => self.rest(it),
            (Value::Symbol(symbol), Some(host)) => host.items(value, symbol.span),
            _ => value.items(),
        }
    }

    /// A call of one of [`NAMES`].
    pub(super) fn builtin(&self, name: &'static str, arguments: Arguments<'p>, span: Span) -> Value<'p> {
        if let Some(unknown) = &arguments.open {
            return Value::Unknown(Rc::clone(unknown));
        }
        if let Some(unknown) = arguments.positional.iter().find(|value| matches!(value, Value::Unknown(_)))
            && !matches!(name, "print" | "isinstance" | "list" | "tuple" | "dict" | "next" | "map" | "filter")
        {
            return unknown.clone();
        }
        let found = match name {
            "len" | "list" | "bool" | "tuple" | "sorted" | "set" | "int"
                if self.host().is_some() && matches!(&arguments.positional[..], [Value::Symbol(_)]) =>
            {
                let function = self.external(&format!("builtins.{name}"), span);
                Some(Value::symbol(SymbolKind::Call(function, arguments), span))
            }
            "getattr" | "hasattr" | "setattr" | "isinstance" | "issubclass" | "type" => {
                self.about_objects(name, &arguments, span)
            }
            "iter" | "next" | "map" | "filter" | "enumerate" | "zip" | "reversed" => {
                self.iterator_of(name, &arguments, span)
            }
            "any" | "all" => {
                let decided = arguments.positional.first().and_then(|it| self.decided(it, name == "any", span));
                decided.map(Value::Bool)
            }
            "sorted" | "min" | "max" => self.with_function(name, &arguments, span),
            "dict" => self.dict_of(&arguments),
            "print" => Some(Value::None),
            "object" => Some(Value::symbol(SymbolKind::External("builtins.object".into()), span)),
            "str" if self.host().is_some() && matches!(&arguments.positional[..], [Value::Symbol(_)]) => {
                self.of_values(name, &arguments).or_else(|| {
                    Some(Value::symbol(SymbolKind::Call(self.external("builtins.str", span), arguments), span))
                })
            }
            _ => self.of_values(name, &arguments),
        };
        found.unwrap_or_else(|| Value::unknown(format!("`{name}` is not possible with these values"), span))
    }

    fn of_values(&self, name: &str, arguments: &Arguments<'p>) -> Option<Value<'p>> {
        let first = arguments.positional.first();
        let items = || first.map_or(Some(Vec::new()), |first| self.iterate(first));
        Some(match (name, first) {
            ("list", _) => Value::list(items()?),
            ("tuple", _) => Value::tuple(items()?),
            ("set" | "frozenset", _) => set_of(items()?),
            ("len", Some(Value::Str(text))) => Value::Int(text.chars().count() as i128),
            ("len", Some(Value::Bytes(bytes))) => Value::Int(bytes.len() as i128),
            // It has none.
            ("len", Some(Value::Iterator(_))) => return None,
            ("len", _) => Value::Int(items()?.len() as i128),
            ("str", None) => Value::str(""),
            ("str", Some(first)) if arguments.positional.len() == 1 => Value::str(text_of(first)?),
            ("repr" | "ascii", Some(first)) => Value::str(repr(first)?),
            ("bool", None) => Value::Bool(false),
            ("bool", Some(first)) => Value::Bool(first.truth()?),
            ("callable", Some(first)) => {
                Value::Bool(matches!(first, Value::Function(_) | Value::Method(..) | Value::Class(_)))
            }
            ("int", Some(Value::Float(number))) => Value::Int(*number as i128),
            ("int", Some(first)) if arguments.positional.len() == 1 && arguments.named.is_empty() => {
                match first.as_str() {
                    Some(text) => Value::Int(text.trim().replace('_', "").parse().ok()?),
                    None => Value::Int(first.as_int()?),
                }
            }
            ("float", Some(first)) => match (first, first.as_str()) {
                (Value::Float(number), _) => Value::Float(*number),
                (_, Some(text)) => Value::Float(text.trim().parse().ok()?),
                _ => Value::Float(first.as_int()? as f64),
            },
            ("abs", Some(Value::Float(number))) => Value::Float(number.abs()),
            ("abs", Some(first)) => Value::Int(first.as_int()?.checked_abs()?),
            ("round", Some(Value::Float(number))) if arguments.positional.len() == 1 => {
                Value::Int(number.round_ties_even() as i128)
            }
            ("chr", Some(first)) => Value::str(char::from_u32(u32::try_from(first.as_int()?).ok()?)?.to_string()),
            ("ord", Some(first)) => Value::Int(first.as_str()?.chars().next()? as i128),
            ("sum", _) => {
                let start = arguments.get(1, "start").map_or(Some(0), Value::as_int)?;
                Value::Int(start + items()?.iter().map(Value::as_int).sum::<Option<i128>>()?)
            }
            ("range", _) => range(&arguments.positional)?,
            _ => return None,
        })
    }

    fn dict_of(&self, arguments: &Arguments<'p>) -> Option<Value<'p>> {
        let mut entries: Vec<(Value<'p>, Value<'p>)> = match arguments.positional.first() {
            None => Vec::new(),
            Some(Value::Dict(dict)) => dict.borrow().iter().cloned().collect(),
            Some(pairs) => {
                let pair = |pair: Value<'p>| match &self.iterate(&pair)?[..] {
                    [key, value] => Some((key.clone(), value.clone())),
                    _ => None,
                };
                self.iterate(pairs)?.into_iter().map(pair).collect::<Option<_>>()?
            }
        };
        entries.extend(arguments.named.iter().map(|(name, value)| (Value::Str(Rc::clone(name)), value.clone())));
        Some(Value::dict(entries))
    }

    fn about_objects(&self, name: &str, arguments: &Arguments<'p>, span: Span) -> Option<Value<'p>> {
        let values = &arguments.positional;
        let object = values.first()?;
        match name {
            "type" if values.len() == 1 => Some(self.class_of(object)),
            "type" => self.class_of_type(arguments, span),
            "isinstance" | "issubclass" => {
                if let (Value::Symbol(_), Some(host)) = (object, self.host())
                    && let Some(answer) = host.is_instance(object, values.get(1)?)
                {
                    return Some(Value::Bool(answer));
                }
                let class = if name == "isinstance" { self.class_of(object) } else { object.clone() };
                is_a(&class, values.get(1)?).map(Value::Bool)
            }
            "setattr" => {
                self.set_attribute(object, values.get(1)?.as_str()?, values.get(2)?.clone(), span);
                Some(Value::None)
            }
            _ => {
                let found = self.attribute(object, values.get(1)?.as_str()?, span);
                let is_there = match (&found, object) {
                    (Value::Unknown(_), _) => Some(false),
                    (Value::Symbol(symbol), Value::Class(class))
                        if matches!(symbol.kind, SymbolKind::Attribute(..)) =>
                    {
                        // A base class of a library may have it.
                        let bare = [
                            "object",
                            "Generic",
                            "ABC",
                            "DeclarativeBase",
                            "DeclarativeBaseNoMeta",
                            "MappedAsDataclass",
                        ];
                        let own = ["metadata", "registry"].contains(&values.get(1)?.as_str()?);
                        (!own && !has_base(class, |path| !bare.contains(&last(path)))).then_some(false)
                    }
                    (Value::Symbol(symbol), _) if matches!(symbol.kind, SymbolKind::Attribute(..)) => None,
                    _ => Some(true),
                };
                match (name, is_there) {
                    ("hasattr", is_there) => is_there.map(Value::Bool),
                    (_, Some(false)) => values.get(2).cloned(),
                    (_, None) if values.len() > 2 => None,
                    _ => Some(found),
                }
            }
        }
    }

    fn with_function(&self, name: &str, arguments: &Arguments<'p>, span: Span) -> Option<Value<'p>> {
        let values = &arguments.positional;
        let items = if values.len() == 1 { self.iterate(&values[0])? } else { values.clone() };
        let key = arguments.keyword("key").filter(|it| !it.is_none());
        let apply = |item: Value<'p>| match key {
            None => (item.clone(), item),
            Some(key) => (self.call(key, Arguments::of(vec![item.clone()]), span), item),
        };
        let mut keyed: Vec<_> = items.into_iter().map(apply).collect();
        let comparable = keyed.windows(2).all(|pair| order(&pair[0].0, &pair[1].0).is_some());
        if !comparable {
            return None;
        }
        let compared = |left: &Value<'p>, right: &Value<'p>| order(left, right).unwrap_or(std::cmp::Ordering::Equal);
        // Of equal ones the first stays the first, whichever way it is sorted.
        let is_reverse = match arguments.keyword("reverse") {
            _ if name != "sorted" => name == "max",
            Some(reverse) => reverse.truth()?,
            None => false,
        };
        match is_reverse {
            true => keyed.sort_by(|left, right| compared(&right.0, &left.0)),
            false => keyed.sort_by(|left, right| compared(&left.0, &right.0)),
        }
        let sorted: Vec<_> = keyed.into_iter().map(|(_, item)| item).collect();
        match name {
            "sorted" => Some(Value::list(sorted)),
            _ => sorted.first().or_else(|| arguments.keyword("default")).cloned(),
        }
    }
}

fn range<'p>(bounds: &[Value<'p>]) -> Option<Value<'p>> {
    let bounds: Vec<i128> = bounds.iter().map(Value::as_int).collect::<Option<_>>()?;
    let (start, end, step) = match bounds[..] {
        [end] => (0, end, 1),
        [start, end] => (start, end, 1),
        [start, end, step] if step != 0 => (start, end, step),
        _ => return None,
    };
    let count = if step > 0 { (end - start + step - 1) / step } else { (start - end - step - 1) / -step };
    (count <= LONGEST).then(|| Value::list((0..count.max(0)).map(|at| Value::Int(start + at * step)).collect()))
}

/// Whether a class is another one or below it.
fn is_a<'p>(class: &Value<'p>, wanted: &Value<'p>) -> Option<bool> {
    if let Value::Tuple(all) = wanted {
        let mut unsure = false;
        for wanted in all.iter() {
            match is_a(class, wanted) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => unsure = true,
            }
        }
        return (!unsure).then_some(false);
    }
    match (class, wanted) {
        (Value::Class(class), Value::Class(_)) => Some(class.mro.borrow().iter().any(|base| base.is(wanted))),
        (Value::Class(class), Value::Symbol(_)) => {
            let known = class.mro.borrow().iter().any(|base| base.is(wanted));
            let path = wanted.external()?;
            (known || !has_base(class, |base| last(base) != "object" && base != path)).then_some(known)
        }
        (Value::Class(_), Value::Builtin("type", None)) => Some(true),
        (Value::Builtin("bool", None), Value::Builtin("int", None)) => Some(true),
        (Value::Builtin(class, None), Value::Builtin(wanted, None)) => Some(class == wanted),
        (Value::Builtin(..), Value::Class(_)) | (Value::Class(_), Value::Builtin(..)) => Some(false),
        (Value::None, Value::Builtin(..) | Value::Class(_)) => Some(false),
        _ => None,
    }
}
