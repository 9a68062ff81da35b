//! `object.name` and `object[index]`.

use std::rc::Rc;

use super::act::Act;
use super::classes::last;
use super::interpreter::Interpreter;
use super::value::{Arguments, Class, Function, Span, SymbolKind, Value};

impl<'p> Interpreter<'p> {
    /// `object.name`
    pub fn attribute(&self, object: &Value<'p>, name: &str, span: Span) -> Value<'p> {
        if let (Value::Symbol(_), Some(host)) = (object, self.host())
            && let Some(answer) = host.attribute(self, object, name, span)
        {
            return answer;
        }
        match object {
            Value::Unknown(_) => object.clone(),
            Value::Module(module) => self.name_of_module(module, name, span),
            Value::Class(class) => self.class_attribute(class, name, span),
            Value::Instance(_) => self.instance_attribute(object, name, span),
            Value::Super(class, of) => self.super_attribute(object, class, of, name, span),
            Value::Member(member) => match name {
                "name" | "_name_" => Value::Str(Rc::clone(&member.name)),
                "value" | "_value_" => member.value.clone(),
                _ => self.member_attribute(object, name, span),
            },
            Value::Symbol(symbol) => match &symbol.kind {
                SymbolKind::External(path) => self.external(&format!("{path}.{name}"), span),
                _ => Value::symbol(SymbolKind::Attribute(object.clone(), name.into()), span),
            },
            Value::Function(function) => match name {
                "__name__" | "__qualname__" => Value::Str(Rc::clone(&function.name)),
                _ => Value::symbol(SymbolKind::Attribute(object.clone(), name.into()), span),
            },
            Value::Builtin(builtin, None) => match name {
                "__name__" => Value::str(*builtin),
                _ => match super::methods::named(name) {
                    Some(method) => {
                        Value::symbol(SymbolKind::External(format!("builtins.{builtin}.{method}").into()), span)
                    }
                    None => Value::unknown(format!("`{builtin}` has no `{name}`"), span),
                },
            },
            _ => match super::methods::named(name) {
                Some(method) => Value::Builtin(method, Some(Rc::new(object.clone()))),
                None => Value::unknown(format!("this value has no `{name}`"), span),
            },
        }
    }

    fn member_attribute(&self, object: &Value<'p>, name: &str, span: Span) -> Value<'p> {
        let Value::Member(member) = object else { return object.clone() };
        let class = member.class.borrow().clone();
        match class.as_ref().and_then(|class| self.find_in_class(class, name)) {
            Some(Value::Function(function)) => self.bound(&function, object, span),
            Some(value) => value,
            None if member.is_plain => self.attribute(&member.value, name, span),
            None => Value::unknown(format!("this member has no `{name}`"), span),
        }
    }

    fn class_attribute(&self, class: &Rc<Class<'p>>, name: &str, span: Span) -> Value<'p> {
        match name {
            "__name__" | "__qualname__" => return Value::Str(Rc::clone(&class.name)),
            "__module__" => return Value::Str(Rc::clone(&class.module)),
            "__members__" if class.members.borrow().is_some() => {
                let named = class.order.iter().filter_map(|name| {
                    let value = class.scope.own(name)?;
                    matches!(value, Value::Member(_)).then(|| (Value::Str(Rc::clone(name)), value))
                });
                return Value::dict(named);
            }
            "__mro__" => return Value::tuple(class.mro.borrow().clone()),
            "__bases__" => return Value::tuple(class.bases.clone()),
            _ => {}
        }
        match self.find_in_class(class, name) {
            Some(Value::Function(function)) => self.read_from_class(&function, class, span),
            Some(Value::Symbol(symbol))
                if matches!(symbol.kind, SymbolKind::Call(..))
                    && class.scope.own(name).is_some()
                    && class.scope.own("__tablename__").is_some()
                    && self.host().is_some_and(|host| host.keeps_names()) =>
            {
                Value::symbol(SymbolKind::Attribute(Value::Class(Rc::clone(class)), name.into()), span)
            }
            Some(value) => value,
            // Columns without a value, and what a library's base class adds.
            None => Value::symbol(SymbolKind::Attribute(Value::Class(Rc::clone(class)), name.into()), span),
        }
    }

    /// A function read from a class.
    fn read_from_class(&self, function: &Rc<Function<'p>>, class: &Rc<Class<'p>>, span: Span) -> Value<'p> {
        let object = Rc::new(Value::Class(Rc::clone(class)));
        if self.is_class_property(function) {
            return self.call(&Value::Method(Rc::clone(function), object), Arguments::default(), span);
        }
        if is_decorated(function, "classmethod") {
            return Value::Method(Rc::clone(function), object);
        }
        Value::Function(Rc::clone(function))
    }

    /// Whether a function is called when its name is read from a class.
    pub fn is_class_property(&self, function: &Function<'p>) -> bool {
        let is_it = |path: &str| self.class_properties.iter().any(|wanted| path.split('.').any(|part| part == *wanted));
        function.decorators.iter().any(|decorator| match decorator {
            Value::Symbol(symbol) => match &symbol.kind {
                SymbolKind::External(path) => is_it(path),
                SymbolKind::Call(of, _) => of.external().is_some_and(is_it),
                _ => false,
            },
            _ => false,
        })
    }

    fn instance_attribute(&self, object: &Value<'p>, name: &str, span: Span) -> Value<'p> {
        let Value::Instance(instance) = object else { return object.clone() };
        let own = instance.attributes.borrow().iter().find(|(key, _)| &**key == name).map(|(_, value)| value.clone());
        if let Some(own) = own {
            return own;
        }
        match name {
            "__class__" => Value::Class(Rc::clone(&instance.class)),
            _ => match self.find_in_class(&instance.class, name) {
                Some(Value::Function(function)) => self.bound(&function, object, span),
                Some(value) => value,
                None => Value::symbol(SymbolKind::Attribute(object.clone(), name.into()), span),
            },
        }
    }

    /// A function read from an object.
    fn bound(&self, function: &Rc<Function<'p>>, object: &Value<'p>, span: Span) -> Value<'p> {
        if is_decorated(function, "staticmethod") {
            return Value::Function(Rc::clone(function));
        }
        let of = if is_decorated(function, "classmethod") { self.class_of(object) } else { object.clone() };
        let method = Value::Method(Rc::clone(function), Rc::new(of));
        if is_decorated(function, "property") || is_decorated(function, "cached_property") {
            return self.call(&method, Arguments::default(), span);
        }
        method
    }

    /// `type(object)`
    pub(super) fn class_of(&self, object: &Value<'p>) -> Value<'p> {
        match object {
            Value::Instance(instance) => Value::Class(Rc::clone(&instance.class)),
            Value::Member(member) => member.class.borrow().clone().map_or(Value::None, Value::Class),
            Value::Str(_) => Value::Builtin("str", None),
            Value::Int(_) => Value::Builtin("int", None),
            Value::Bool(_) => Value::Builtin("bool", None),
            Value::Float(_) => Value::Builtin("float", None),
            Value::List(_) => Value::Builtin("list", None),
            Value::Tuple(_) => Value::Builtin("tuple", None),
            Value::Dict(_) => Value::Builtin("dict", None),
            other => other.clone(),
        }
    }

    fn super_attribute(
        &self,
        object: &Value<'p>,
        class: &Rc<Class<'p>>,
        of: &Rc<Value<'p>>,
        name: &str,
        span: Span,
    ) -> Value<'p> {
        let start = match &**of {
            Value::Class(start) => Rc::clone(start),
            Value::Instance(instance) => Rc::clone(&instance.class),
            _ => Rc::clone(class),
        };
        match (self.find_behind(&start, Some(class), name), &**of) {
            (Some(Value::Function(function)), Value::Class(start)) if self.is_class_property(&function) => {
                self.read_from_class(&function, start, span)
            }
            (Some(Value::Function(function)), _) if is_decorated(&function, "staticmethod") => {
                Value::Function(function)
            }
            (Some(Value::Function(function)), _) => Value::Method(function, Rc::clone(of)),
            (Some(value), _) => value,
            (None, _) => Value::symbol(SymbolKind::Attribute(object.clone(), name.into()), span),
        }
    }

    /// `object.name = value`
    pub(super) fn set_attribute(&self, object: &Value<'p>, name: &str, value: Value<'p>, span: Span) {
        if let (Some(host), Value::Symbol(_) | Value::Instance(_) | Value::Unknown(_)) = (self.host(), object) {
            host.set_attribute(self, object, name, &value, span);
        }
        let value = match (self.host(), object) {
            (Some(host), Value::Instance(instance)) if host.is_in_doubt() => {
                Value::unknown("it depends on what only a run can decide", instance.span)
            }
            _ => value,
        };
        match object {
            Value::Instance(instance) => {
                let mut attributes = instance.attributes.borrow_mut();
                match attributes.iter_mut().find(|(key, _)| &**key == name) {
                    Some((_, known)) => *known = value,
                    None => attributes.push((name.into(), value)),
                }
            }
            Value::Class(class) => class.scope.set(name, value),
            Value::Module(module) => module.scope.set(name, value),
            Value::Symbol(_) => self.act(Act::Set(object.clone(), name.into(), value, span)),
            _ => {}
        }
    }

    /// `object[index]`
    pub fn item(&self, object: &Value<'p>, index: &Value<'p>, span: Span) -> Value<'p> {
        if let (Value::Symbol(_), Some(host)) = (object, self.host())
            && let Some(answer) = host.item(object, index, span)
        {
            return answer;
        }
        let nothing = || Value::unknown("there is nothing under this index", span);
        match (object, index) {
            (Value::Unknown(_), _) => object.clone(),
            (Value::Symbol(_) | Value::Builtin(_, None) | Value::Instance(_) | Value::Super(..), _) => {
                Value::symbol(SymbolKind::Item(object.clone(), index.clone()), span)
            }
            (Value::Class(class), _) => match (&*class.members.borrow(), index.as_str()) {
                (Some(_), Some(name)) => class.scope.own(name).unwrap_or_else(nothing),
                _ => Value::symbol(SymbolKind::Item(object.clone(), index.clone()), span),
            },
            (_, Value::Unknown(_)) => index.clone(),
            (Value::Dict(_), _) if object.is_lost() => nothing(),
            (Value::Dict(dict), _) => dict.borrow().get(index).cloned().unwrap_or_else(nothing),
            (_, Value::Symbol(symbol)) => match &symbol.kind {
                SymbolKind::Item(Value::Builtin("slice", None), parts) => slice(object, parts).unwrap_or_else(nothing),
                _ => Value::unknown("only a run can tell this index", span),
            },
            _ => {
                let items = object.items();
                let found = items.and_then(|items| {
                    let at = index.as_int()?;
                    let at = if at < 0 { at + items.len() as i128 } else { at };
                    items.get(usize::try_from(at).ok()?).cloned()
                });
                found.unwrap_or_else(nothing)
            }
        }
    }
}

fn slice<'p>(object: &Value<'p>, parts: &Value<'p>) -> Option<Value<'p>> {
    let Value::Tuple(parts) = parts else { return None };
    let items = object.items()?;
    let length = items.len() as i128;
    if parts.iter().any(|it| !it.is_none() && it.as_int().is_none()) {
        return None;
    }
    let step = parts[2].as_int().unwrap_or(1);
    let clamp = |at: i128| (if at < 0 { at + length } else { at }).clamp(0, length);
    let start = parts[0].as_int().map_or(0, clamp);
    let end = parts[1].as_int().map_or(length, clamp);
    let chosen: Vec<Value<'p>> = match step {
        1.. => {
            (start..end).step_by(usize::try_from(step).ok()?).filter_map(|at| items.get(at as usize).cloned()).collect()
        }
        -1 if parts[0].is_none() && parts[1].is_none() => items.into_iter().rev().collect(),
        _ => return None,
    };
    Some(match object {
        Value::Str(_) | Value::Member(_) => Value::str(chosen.iter().filter_map(Value::as_str).collect::<String>()),
        Value::Tuple(_) => Value::tuple(chosen),
        _ => Value::list(chosen),
    })
}

fn is_decorated(function: &Function<'_>, name: &str) -> bool {
    function.decorators.iter().any(|decorator| match decorator {
        Value::Builtin(builtin, None) => *builtin == name,
        _ => decorator.external().is_some_and(|path| last(path) == name),
    })
}
