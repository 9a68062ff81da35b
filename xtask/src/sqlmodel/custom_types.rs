//! Types that the project defines itself: `TypeDecorator`, `UserDefinedType`, subclasses of ready types.

use std::rc::Rc;

use super::models::{Models, Problem, Read};
use super::symbols::{attribute, library_name, method_call};
use super::types::{SqlType, TypeKind};
use crate::python::{Arguments, Instance, Span, Value};

/// Bases that are no type by themselves.
const ABSTRACT: [&str; 8] = [
    "TypeDecorator",
    "UserDefinedType",
    "TypeEngine",
    "ExternalType",
    "Emulated",
    "SchemaType",
    "Generic",
    "Concatenable",
];

impl<'p> Models<'_, 'p> {
    /// The type of a class of the project, or of an object of it.
    pub(super) fn own_type(&self, value: &Value<'p>, span: Span) -> Read<SqlType> {
        let made = match value {
            Value::Class(class) if class.members.borrow().is_some() => return self.enum_of_class(class, span),
            Value::Class(_) => self.py.call(value, Arguments::default(), span),
            other => other.clone(),
        };
        let Value::Instance(instance) = &made else {
            return Err(Problem::value(span, "the type", &made, advice("MyType")));
        };
        let name = instance.class.name.to_string();
        if let Some(function) = self.compiler_of(&instance.class) {
            let arguments = Arguments { positional: vec![made.clone(), Value::None], ..Arguments::default() };
            let text = self.py.call(&Value::Function(function), arguments, span);
            return self.spelled(&text, &name, span);
        }
        if self.py.find_in_class(&instance.class, "get_col_spec").is_some() {
            let method = self.py.attribute(&made, "get_col_spec", span);
            return self.spelled(&self.py.call(&method, Arguments::default(), span), &name, span);
        }
        match library_base(instance).as_deref() {
            Some("TypeDecorator") => self.decorated(&made, instance, span),
            Some(base) => self.library_type(base, value, &base_arguments(instance), span),
            None => {
                Err(Problem::not_static(span, "the type", format!("`{name}` is no type of SQLAlchemy"), advice(&name)))
            }
        }
    }

    /// A type that says its own words.
    fn spelled(&self, text: &Value<'p>, name: &str, span: Span) -> Read<SqlType> {
        match text.as_str() {
            Some(text) => Ok(SqlType::plain(text, TypeKind::Other)),
            None => Err(Problem::value(span, format!("the type `{name}`"), text, advice(name))),
        }
    }

    /// `TypeDecorator`: what `load_dialect_impl` gives for PostgreSQL, else its `impl`.
    fn decorated(&self, made: &Value<'p>, instance: &Rc<Instance<'p>>, span: Span) -> Read<SqlType> {
        if self.py.find_in_class(&instance.class, "load_dialect_impl").is_some() {
            let method = self.py.attribute(made, "load_dialect_impl", span);
            let given = self.py.call(&method, Arguments::of(vec![self.dialect.clone()]), span);
            if !is_own_impl(&given) {
                return match &given {
                    Value::Unknown(unknown) => {
                        let name = &instance.class.name;
                        Err(Problem::unknown(span, format!("the type `{name}`"), unknown, advice(name)))
                    }
                    _ => self.sql_type(&given, span),
                };
            }
        }
        let own =
            instance.attributes.borrow().iter().find(|(name, _)| &**name == "impl").map(|(_, value)| value.clone());
        let Some(implementation) = own.or_else(|| self.py.find_in_class(&instance.class, "impl")) else {
            let what = format!("`{}` has no `impl`", instance.class.name);
            return Err(Problem::invalid(span, what, "Write impl = String, or the type that it decorates"));
        };
        // A class is called with what the decorator was made with; an object is taken as it is.
        let is_class = library_name(&implementation).is_some() || matches!(implementation, Value::Class(_));
        let implementation = match is_class {
            true => self.py.call(&implementation, base_arguments(instance), span),
            false => implementation,
        };
        self.sql_type(&implementation, span)
    }
}

/// What reaches the library's class: the arguments of the call, or those that `__init__` hands on.
fn base_arguments<'p>(instance: &Instance<'p>) -> Arguments<'p> {
    if let Some(handed) = instance.base_arguments.borrow().clone() {
        return handed;
    }
    let has_init = instance.class.mro.borrow().iter().any(|base| match base {
        Value::Class(class) => class.scope.own("__init__").is_some(),
        _ => false,
    });
    if has_init { Arguments::default() } else { instance.arguments.clone() }
}

/// `self.impl`, `self.impl_instance` or what the base class would give.
fn is_own_impl(value: &Value<'_>) -> bool {
    if let Some((Value::Instance(_), "impl" | "impl_instance")) = attribute(value) {
        return true;
    }
    matches!(method_call(value), Some((Value::Super(..), "load_dialect_impl", _)))
}

fn library_base(instance: &Instance<'_>) -> Option<String> {
    let mro = instance.class.mro.borrow();
    let mut names = mro.iter().filter_map(|base| match super::symbols::item(base) {
        Some((base, _)) => library_name(base),
        None => library_name(base),
    });
    let decorates = names.clone().any(|name| name == "TypeDecorator");
    if decorates {
        return Some("TypeDecorator".to_owned());
    }
    names.find(|name| !ABSTRACT.contains(name)).map(str::to_owned)
}

fn advice(name: &str) -> String {
    format!("Name what it is on the server under [models.types] in xtask.toml: {name} = \"text\"")
}
