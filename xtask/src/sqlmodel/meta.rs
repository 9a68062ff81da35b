//! Which `MetaData` a class or table belongs to, and what that says.

use std::rc::Rc;

use super::declarative::{is_declarative_root, is_made_base};
use super::draft::MetaSettings;
use super::models::{Models, Problem};
use super::symbols::{library_call, library_name, method_call};
use crate::python::{Act, Class, Span, SymbolKind, Value, last};

impl<'p> Models<'_, 'p> {
    pub(super) fn meta_of_class(&self, class: &Rc<Class<'p>>) -> Rc<MetaSettings<'p>> {
        for decorator in &class.decorators {
            let registry = method_call(decorator).map(|(registry, ..)| registry);
            if let Some(registry) = registry.or_else(|| Some(super::symbols::attribute(decorator)?.0)) {
                return self.meta_of_registry(registry);
            }
        }
        let mro = class.mro.borrow().clone();
        for base in &mro {
            match base {
                Value::Class(base) => {
                    if let Some(metadata) = base.scope.own("metadata").filter(|it| library_call(it).is_some()) {
                        return self.meta_of_value(&metadata);
                    }
                    if let Some(registry) = base.scope.own("registry") {
                        return self.meta_of_registry(&registry);
                    }
                    if let Some((_, registry)) = base.keywords.iter().find(|(name, _)| &**name == "registry") {
                        return self.meta_of_registry(registry);
                    }
                    if base.bases.iter().any(is_declarative_root) {
                        return self.meta_of_base(Value::Class(Rc::clone(base)));
                    }
                }
                other if is_made_base(other) => {
                    if let Some(metadata) = other.as_call().and_then(|(_, given)| given.keyword("metadata")) {
                        return self.meta_of_value(metadata);
                    }
                    return match method_call(other) {
                        Some((registry, ..)) => self.meta_of_registry(registry),
                        None => self.meta_of_base(other.clone()),
                    };
                }
                other if library_name(other) == Some("SQLModel") => return self.meta_of_base(other.clone()),
                _ => {}
            }
        }
        Rc::default()
    }

    fn meta_of_registry(&self, registry: &Value<'p>) -> Rc<MetaSettings<'p>> {
        let metadata = library_call(registry).and_then(|(_, given)| given.get(0, "metadata"));
        metadata.map_or_else(Rc::default, |metadata| self.meta_of_value(metadata))
    }

    /// `MetaData(…)`, with what is set on it later.
    pub(super) fn meta_of_value(&self, metadata: &Value<'p>) -> Rc<MetaSettings<'p>> {
        let mut settings = MetaSettings::default();
        if let Some(("MetaData", given)) = library_call(metadata) {
            for (name, value) in
                [("schema", given.get(0, "schema")), ("naming_convention", given.keyword("naming_convention"))]
            {
                value.into_iter().for_each(|value| self.set(name, value, span_of(metadata), &mut settings));
            }
        } else if let Some((base, "metadata")) = super::symbols::attribute(metadata) {
            return match base {
                Value::Class(class) => self.meta_of_class(class),
                other => self.meta_of_base(other.clone()),
            };
        } else if let Some(base) = metadata.external().and_then(|path| path.strip_suffix(".metadata"))
            && last(base) == "SQLModel"
        {
            return self.meta_of_sqlmodel();
        }
        self.apply_sets(&|target| target.is(metadata), &mut settings);
        Rc::new(settings)
    }

    /// The `MetaData` that a base class makes itself.
    fn meta_of_base(&self, base: Value<'p>) -> Rc<MetaSettings<'p>> {
        if library_name(&base) == Some("SQLModel") {
            return self.meta_of_sqlmodel();
        }
        let mut settings = MetaSettings::default();
        let is_it = |target: &Value<'p>| {
            super::symbols::attribute(target).is_some_and(|(object, name)| name == "metadata" && object.is(&base))
        };
        self.apply_sets(&is_it, &mut settings);
        Rc::new(settings)
    }

    fn meta_of_sqlmodel(&self) -> Rc<MetaSettings<'p>> {
        let is_sqlmodel = |target: &Value<'p>| library_name(target) == Some("SQLModel");
        let replaced = self.sets.iter().rev().find(|(target, name, _)| is_sqlmodel(target) && &**name == "metadata");
        if let Some((_, _, metadata)) = replaced {
            return self.meta_of_value(metadata);
        }
        let mut settings = MetaSettings::default();
        let is_it = |target: &Value<'p>| target.external().is_some_and(|path| path.ends_with("SQLModel.metadata"));
        self.apply_sets(&is_it, &mut settings);
        Rc::new(settings)
    }

    fn apply_sets(&self, is_it: &dyn Fn(&Value<'p>) -> bool, settings: &mut MetaSettings<'p>) {
        for (target, name, value) in self.sets.iter().filter(|(target, ..)| is_it(target)) {
            self.set(name, value, span_of(target), settings);
        }
    }

    /// One setting, or a report that it cannot be read.
    fn set(&self, name: &str, value: &Value<'p>, span: Option<Span>, settings: &mut MetaSettings<'p>) {
        match (name, value) {
            ("naming_convention", Value::Dict(convention)) => settings.convention = Some(Rc::clone(convention)),
            ("naming_convention", Value::None) => settings.convention = None,
            ("schema", Value::None) => settings.schema = None,
            ("schema", value) if value.as_str().is_some() => settings.schema = value.as_str().map(str::to_owned),
            ("naming_convention" | "schema", value) => {
                let instead = "Write it out, or use a constant";
                span_of(value).or(span).into_iter().for_each(|span| {
                    self.report(Problem::value(span, format!("`{name}` of the MetaData"), value, instead));
                });
            }
            _ => {}
        }
    }

    /// Changes of a naming convention in place: what they leave would have to be known at every table.
    pub(super) fn refuse_changed_conventions(&self, acts: &[Act<'p>]) {
        for act in acts {
            let (target, span) = match act {
                Act::SetItem(target, span) => (is_convention(target), *span),
                Act::Call(call) => match &call.kind {
                    SymbolKind::Call(function, _) => (changes_convention(function), call.span),
                    _ => continue,
                },
                _ => continue,
            };
            if target {
                let what = "the `naming_convention` of the MetaData";
                let why = "it is changed in place, after the MetaData was made";
                self.report(Problem::not_static(
                    span,
                    what,
                    why,
                    "Give the whole of it: MetaData(naming_convention={…})",
                ));
            }
        }
    }
}

/// `….naming_convention`
fn is_convention(value: &Value<'_>) -> bool {
    match super::symbols::attribute(value) {
        Some((_, name)) => name == "naming_convention",
        None => value.external().is_some_and(|path| path.ends_with(".metadata.naming_convention")),
    }
}

/// `….naming_convention.update` and what else changes a dictionary.
fn changes_convention(function: &Value<'_>) -> bool {
    const CHANGES: [&str; 5] = ["update", "setdefault", "pop", "popitem", "clear"];
    match super::symbols::attribute(function) {
        Some((object, name)) => CHANGES.contains(&name) && is_convention(object),
        None => function.external().is_some_and(|path| {
            path.rsplit_once('.').is_some_and(|(object, name)| {
                CHANGES.contains(&name) && object.ends_with(".metadata.naming_convention")
            })
        }),
    }
}

fn span_of(value: &Value<'_>) -> Option<Span> {
    match value {
        Value::Symbol(symbol) => Some(symbol.span),
        _ => None,
    }
}

/// What was set on things of libraries.
pub(super) fn sets<'p>(acts: &[Act<'p>]) -> Vec<(Value<'p>, Rc<str>, Value<'p>)> {
    let set = |act: &Act<'p>| match act {
        Act::Set(target, name, value, _) => Some((target.clone(), Rc::clone(name), value.clone())),
        _ => None,
    };
    acts.iter().filter_map(set).collect()
}
