//! Which `MetaData` a class or table belongs to, and what that says.

use std::rc::Rc;

use super::declarative::{is_declarative_root, is_made_base};
use super::draft::MetaSettings;
use super::models::Models;
use super::symbols::{library_call, library_name, method_call};
use crate::python::{Act, Class, Value, last};

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
            settings.schema = given.get(0, "schema").and_then(Value::as_str).map(str::to_owned);
            if let Some(Value::Dict(convention)) = given.keyword("naming_convention") {
                settings.convention = Some(Rc::clone(convention));
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
        for (_, name, value) in self.sets.iter().filter(|(target, ..)| is_it(target)) {
            match (&**name, value) {
                ("naming_convention", Value::Dict(convention)) => settings.convention = Some(Rc::clone(convention)),
                ("schema", value) => settings.schema = value.as_str().map(str::to_owned),
                _ => {}
            }
        }
    }
}

/// What was set on things of libraries.
pub(super) fn sets<'p>(acts: &[Act<'p>]) -> Vec<(Value<'p>, Rc<str>, Value<'p>)> {
    let set = |act: &Act<'p>| match act {
        Act::Set(target, name, value) => Some((target.clone(), Rc::clone(name), value.clone())),
        _ => None,
    };
    acts.iter().filter_map(set).collect()
}
