//! Classes: their bodies, the order in which their bases are searched, and enums.

use std::cell::RefCell;
use std::rc::Rc;

use ruff_python_ast::StmtClassDef;
use ruff_text_size::TextRange;

use super::act::Act;
use super::bindings::{annotations, bound_names, target_range};
use super::interpreter::Interpreter;
use super::scope::{Kind, Scope};

use super::value::{Annotation, Arguments, Class, Function, Member, Span, SymbolKind, Value};

/// Names in the body of an enum that are no members.
const NO_MEMBERS: [&str; 4] = ["_ignore_", "_order_", "_missing_", "_generate_next_value_"];

impl<'p> Interpreter<'p> {
    pub(super) fn define_class(&self, it: &'p StmtClassDef, scope: &Rc<Scope<'p>>) -> Value<'p> {
        let decorators: Vec<Value<'p>> =
            it.decorator_list.iter().map(|decorator| self.eval(&decorator.expression, scope)).collect();
        let arguments = it.arguments.as_ref().map(|arguments| self.arguments(arguments, scope)).unwrap_or_default();
        let body = Scope::inside(scope, Kind::Class);
        body.set("__qualname__", Value::str(it.name.as_str()));
        let _ = self.block(&it.body, &body);
        let module = scope.find("__name__").and_then(|name| name.as_str().map(Rc::from)).unwrap_or_else(|| "".into());
        let order = it.body.iter().flat_map(bound_names);
        let found = it.body.iter().flat_map(annotations).filter_map(|annotation| {
            let name = annotation.target.as_name_expr()?.id.as_str().into();
            let span = Span { file: scope.file, range: target_range(annotation) };
            Some(Annotation { name, expr: &annotation.annotation, span })
        });
        let class = Class {
            name: it.name.as_str().into(),
            module,
            bases: arguments.positional.into_iter().map(origin).collect(),
            keywords: arguments.named,
            scope: body,
            annotations: found.collect(),
            order: first_of_each(order),
            mro: RefCell::default(),
            decorators: decorators.clone(),
            members: RefCell::default(),
            span: Span { file: scope.file, range: heading(it) },
            is_local: scope.kind == Kind::Call,
        };
        let class = self.finish_class(class);
        decorators.iter().rev().fold(Value::Class(class), |class, decorator| match decorator {
            // A decorator that cannot be followed is taken to give the class back.
            Value::Function(_) | Value::Method(..) => {
                match self.call(decorator, Arguments::of(vec![class.clone()]), self.span(scope, it)) {
                    decorated @ Value::Class(_) => decorated,
                    _ => class,
                }
            }
            _ => class,
        })
    }

    /// A class made by `type("Name", (Base,), {…})`.
    pub(super) fn class_of_type(&self, arguments: &Arguments<'p>, span: Span) -> Option<Value<'p>> {
        let [name, bases, body] = &arguments.positional[..] else { return None };
        let Value::Dict(body) = body else { return None };
        let scope = Scope::module(span.file, "".into());
        for (key, value) in body.borrow().iter() {
            scope.set(key.as_str()?, value.clone());
        }
        let order = scope.all().into_iter().map(|(name, _)| name).collect();
        let class = Class {
            name: name.as_str()?.into(),
            module: "".into(),
            bases: bases.items()?.into_iter().map(origin).collect(),
            keywords: arguments.named.clone(),
            scope,
            annotations: Vec::new(),
            order,
            mro: RefCell::default(),
            decorators: Vec::new(),
            members: RefCell::default(),
            span,
            is_local: true,
        };
        // `__annotations__` of such a body are values and no expressions.
        if body.borrow().text("__annotations__").is_some() {
            return None;
        }
        Some(Value::Class(self.finish_class(class)))
    }

    fn finish_class(&self, class: Class<'p>) -> Rc<Class<'p>> {
        let class = Rc::new(class);
        let mro = linearize(&Value::Class(Rc::clone(&class)), &class.bases);
        *class.mro.borrow_mut() = mro;
        for (_, value) in class.scope.all() {
            own_function(&value, &class);
        }
        if is_enum(&class) {
            self.fill_enum(&class);
        } else if let Some(Value::Function(hook)) = self.find_behind(&class, None, "__init_subclass__") {
            let arguments = Arguments { positional: Vec::new(), named: class.keywords.clone(), open: None };
            let object = Rc::new(Value::Class(Rc::clone(&class)));
            if let Value::Unknown(unknown) = self.call(&Value::Method(hook, object), arguments, class.span) {
                self.act(Act::Hook(Rc::clone(&class), unknown));
            }
        }
        self.act(Act::Class(Rc::clone(&class)));
        class
    }

    /// A name in the bodies of a class and its bases, in the order of resolution.
    pub fn find_in_class(&self, class: &Class<'p>, name: &str) -> Option<Value<'p>> {
        let mro = class.mro.borrow().clone();
        mro.iter().find_map(|base| match base {
            Value::Class(base) => base.scope.own(name).map(|value| self.resolved(value, &base.scope, name)),
            _ => None,
        })
    }

    /// The same behind one class of the order; behind the first where none is given.
    pub(super) fn find_behind(
        &self,
        class: &Class<'p>,
        behind: Option<&Rc<Class<'p>>>,
        name: &str,
    ) -> Option<Value<'p>> {
        let mro = class.mro.borrow().clone();
        let start = behind.map_or(1, |behind| {
            let is_it = |base: &Value<'p>| matches!(base, Value::Class(base) if Rc::ptr_eq(base, behind));
            mro.iter().position(is_it).map_or(1, |at| at + 1)
        });
        mro.iter().skip(start).find_map(|base| match base {
            Value::Class(base) => base.scope.own(name).map(|value| self.resolved(value, &base.scope, name)),
            _ => None,
        })
    }

    fn fill_enum(&self, class: &Rc<Class<'p>>) {
        let is_plain = has_base(class, |path| matches!(last(path), "str" | "int" | "StrEnum" | "IntEnum" | "IntFlag"));
        let by_name = has_base(class, |path| last(path) == "StrEnum");
        let generate = self.find_in_class(class, "_generate_next_value_");
        let mut members: Vec<Rc<Member<'p>>> = Vec::new();
        let mut last_values: Vec<Value<'p>> = Vec::new();
        for name in &class.order {
            let Some(value) = class.scope.own(name) else { continue };
            let is_hidden = name.starts_with("__") || NO_MEMBERS.contains(&&**name);
            if is_hidden || matches!(value, Value::Function(_) | Value::Class(_) | Value::Import(_)) {
                continue;
            }
            let value = match &value {
                Value::Symbol(symbol) => match &symbol.kind {
                    SymbolKind::Call(function, _) if function.external().is_some_and(|path| last(path) == "auto") => {
                        self.next_value(generate.as_ref(), by_name, name, &last_values, class.span)
                    }
                    SymbolKind::Call(function, _)
                        if function.external().is_some_and(|path| last(path) == "nonmember") =>
                    {
                        continue;
                    }
                    _ => value,
                },
                _ => value,
            };
            last_values.push(value.clone());
            let alias = members.iter().find(|member| member.value.equals(&value) == Some(true)).map(Rc::clone);
            let member = alias.unwrap_or_else(|| {
                let class = RefCell::new(Some(Rc::clone(class)));
                let member = Rc::new(Member { class, name: Rc::clone(name), value, is_plain });
                members.push(Rc::clone(&member));
                member
            });
            class.scope.set(name, Value::Member(member));
        }
        *class.members.borrow_mut() = Some(members);
    }

    fn next_value(
        &self,
        generate: Option<&Value<'p>>,
        by_name: bool,
        name: &Rc<str>,
        last_values: &[Value<'p>],
        span: Span,
    ) -> Value<'p> {
        let count = last_values.len() as i128;
        if let Some(generate @ Value::Function(_)) = generate {
            let all = Value::list(last_values.to_vec());
            let arguments = vec![Value::Str(Rc::clone(name)), Value::Int(1), Value::Int(count), all];
            return self.call(generate, Arguments::of(arguments), span);
        }
        if by_name {
            return Value::str(name.to_lowercase());
        }
        let greatest = last_values.iter().filter_map(Value::as_int).max();
        Value::Int(greatest.map_or(1, |greatest| greatest + 1))
    }

    /// `Colour("red")`
    pub(super) fn member_of_value(&self, class: &Rc<Class<'p>>, arguments: &Arguments<'p>, span: Span) -> Value<'p> {
        let members = class.members.borrow();
        let wanted = arguments.get(0, "value");
        let found = wanted.and_then(|wanted| {
            let same = |member: &&Rc<Member<'p>>| {
                member.value.equals(wanted) == Some(true) || Value::Member(Rc::clone(member)).is(wanted)
            };
            members.as_ref()?.iter().find(same).map(Rc::clone)
        });
        found.map_or_else(|| Value::unknown(format!("`{}` has no such member", class.name), span), Value::Member)
    }

    /// `Enum("Colour", "RED GREEN")`
    pub(super) fn enum_of_call(&self, base: &Value<'p>, arguments: &Arguments<'p>, span: Span) -> Option<Value<'p>> {
        let name = arguments.get(0, "value")?.as_str()?;
        let names = arguments.get(1, "names")?;
        let pairs: Vec<(Rc<str>, Value<'p>)> = match (names, names.as_str()) {
            (_, Some(text)) => {
                let words = text.split([',', ' ']).filter(|word| !word.is_empty());
                words.enumerate().map(|(at, word)| (word.into(), Value::Int(at as i128 + 1))).collect()
            }
            (Value::Dict(dict), _) => {
                let dict = dict.borrow();
                dict.iter().map(|(key, value)| Some((key.as_str()?.into(), value.clone()))).collect::<Option<_>>()?
            }
            _ => {
                let each = names.items()?.into_iter().enumerate().map(|(at, item)| match item.items() {
                    Some(pair) if pair.len() == 2 && item.as_str().is_none() => {
                        Some((pair[0].as_str()?.into(), pair[1].clone()))
                    }
                    _ => Some((item.as_str()?.into(), Value::Int(at as i128 + 1))),
                });
                each.collect::<Option<_>>()?
            }
        };
        let scope = Scope::module(span.file, "".into());
        pairs.iter().for_each(|(name, value)| scope.set(name, value.clone()));
        let mut bases = vec![base.clone()];
        bases.extend(arguments.keyword("type").cloned());
        let class = Class {
            name: name.into(),
            module: "".into(),
            bases,
            keywords: Vec::new(),
            scope,
            annotations: Vec::new(),
            order: pairs.into_iter().map(|(name, _)| name).collect(),
            mro: RefCell::default(),
            decorators: Vec::new(),
            members: RefCell::default(),
            span,
            is_local: false,
        };
        Some(Value::Class(self.finish_class(class)))
    }
}

/// A function found in the body of a class belongs to it.
fn own_function<'p>(value: &Value<'p>, class: &Rc<Class<'p>>) {
    let set = |function: &Function<'p>| {
        let mut owner = function.owner.borrow_mut();
        if owner.is_none() {
            *owner = Some(Rc::clone(class));
        }
    };
    match value {
        Value::Function(function) => set(function),
        Value::Symbol(symbol) => {
            if let SymbolKind::Call(_, arguments) = &symbol.kind {
                arguments.positional.iter().for_each(|value| own_function(value, class));
            }
        }
        _ => {}
    }
}

/// `class X(…)` without what stands before it and behind.
fn heading(it: &StmtClassDef) -> TextRange {
    it.name.range
}

fn first_of_each<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Rc<str>> {
    let mut seen = std::collections::HashSet::new();
    names.filter(|name| seen.insert(*name)).map(Rc::from).collect()
}

/// The last part of a dotted name.
pub fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// Whether a class of a library stands among the bases.
pub fn has_base(class: &Class<'_>, is_it: impl Fn(&str) -> bool) -> bool {
    class.mro.borrow().iter().any(|base| match base {
        Value::Builtin(name, None) => is_it(name),
        Value::Symbol(symbol) => match &symbol.kind {
            // `Generic[T]`
            SymbolKind::Item(base, _) => base.external().is_some_and(&is_it),
            _ => base.external().is_some_and(&is_it),
        },
        _ => false,
    })
}

fn is_enum(class: &Class<'_>) -> bool {
    has_base(class, |path| {
        matches!(
            path,
            "enum.Enum"
                | "enum.StrEnum"
                | "enum.IntEnum"
                | "enum.Flag"
                | "enum.IntFlag"
                | "strenum.StrEnum"
                | "backports.strenum.StrEnum"
        )
    })
}

/// The class that `Class[int]` stands for among bases.
fn origin(base: Value<'_>) -> Value<'_> {
    if let Value::Symbol(symbol) = &base
        && let SymbolKind::Item(object, _) = &symbol.kind
        && let Value::Class(_) = object
    {
        return object.clone();
    }
    base
}

/// Python's C3: bases in order, each before its own bases. Where that cannot be, the order of writing.
fn linearize<'p>(class: &Value<'p>, bases: &[Value<'p>]) -> Vec<Value<'p>> {
    let of_base = |base: &Value<'p>| match base {
        Value::Class(base) => base.mro.borrow().clone(),
        other => vec![other.clone()],
    };
    let mut lists: Vec<Vec<Value<'p>>> = bases.iter().map(of_base).collect();
    lists.push(bases.to_vec());
    let mut mro = vec![class.clone()];
    loop {
        lists.retain(|list| !list.is_empty());
        if lists.is_empty() {
            return mro;
        }
        let is_free = |head: &Value<'p>| lists.iter().all(|list| !list[1..].iter().any(|later| later.is(head)));
        // Where no head is free, Python refuses the class; here it is read in the order of writing.
        let from = lists.iter().position(|list| is_free(&list[0])).unwrap_or(0);
        // It leaves its list whatever it is: what is unknown is not even the same as itself.
        let next = lists[from].remove(0);
        for list in &mut lists {
            list.retain(|base| !base.is(&next));
        }
        mro.push(next);
    }
}
