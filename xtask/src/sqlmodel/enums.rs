//! `Enum` in all its forms: classes of Python, lists of texts, types of the server or text with a check.

use std::rc::Rc;

use super::identifier::qualified;
use super::metadata::EnumType;
use super::models::{Models, Problem, Read};
use super::types::{EnumUse, SchemaOf, SqlType, TypeKind};
use crate::python::{Arguments, Class, Member, Span, Value};

impl<'p> Models<'_, 'p> {
    /// `Enum(…)` of SQLAlchemy and `ENUM(…)` of its PostgreSQL dialect.
    pub(super) fn enumeration(&self, python_name: &str, arguments: &Arguments<'p>, span: Span) -> Read<SqlType> {
        let labels = self.labels(arguments, span)?;
        let class = enum_class(arguments);
        let name = match self.text(arguments, "name", span)? {
            Some(name) => Some(name),
            None => class.as_ref().map(|class| class.name.to_lowercase()),
        };
        let values: Vec<String> = labels.iter().map(|(_, label)| label.clone()).collect();
        let native = python_name == "ENUM" || self.flag(arguments, "native_enum", span)? != Some(false);
        if !native {
            let length = self.number(arguments.keyword("length"), "length", span)?;
            let longest = values.iter().map(|value| value.chars().count()).max().unwrap_or(0);
            let length = length.map_or_else(|| longest.to_string(), |length| length.to_string());
            let check = (self.flag(arguments, "create_constraint", span)? == Some(true)).then_some((name, values));
            return Ok(SqlType { check, labels, ..SqlType::plain(format!("VARCHAR({length})"), TypeKind::Text) });
        }
        let Some(name) = name else {
            return Err(Problem::invalid(
                span,
                "an enum type of PostgreSQL needs a name",
                "Write Enum(…, name=\"colour\"), or native_enum=False for text",
            ));
        };
        let given = match arguments.keyword("schema") {
            Some(Value::None) => Some(None),
            Some(schema) => Some(Some(self.as_text(schema, "`schema`", span)?)),
            None => None,
        };
        let schema_of = match (&given, self.flag(arguments, "inherit_schema", span)?) {
            (Some(_), _) => SchemaOf::Itself,
            (None, Some(true)) => SchemaOf::Table,
            _ => SchemaOf::Metadata,
        };
        let schema = given.flatten();
        let text = qualified(schema.as_deref(), &name);
        let of = EnumType { schema, name, values };
        let create = self.flag(arguments, "create_type", span)? != Some(false);
        let enums = vec![EnumUse { of, schema: schema_of, create }];
        Ok(SqlType { labels, enums, ..SqlType::plain(text, TypeKind::Other) })
    }

    /// Names of members with their labels.
    fn labels(&self, arguments: &Arguments<'p>, span: Span) -> Read<Vec<(String, String)>> {
        let instead = "Write the class of the enum, or its values as texts";
        let Some(class) = enum_class(arguments) else {
            let mut texts = arguments.positional.clone();
            // `Enum(["a", "b"])` is not SQLAlchemy's, but `Enum(*VALUES)` is.
            if let [only @ Value::Unknown(_)] = &texts[..] {
                return Err(Problem::value(span, "the values of the enum", only, instead));
            }
            if let [only @ Value::List(_)] = &texts[..] {
                texts = only.items().unwrap_or_default();
            }
            let is_there = arguments.keyword("create_type").and_then(Value::as_bool) == Some(false);
            if texts.is_empty() && is_there {
                return Ok(Vec::new());
            }
            if texts.is_empty() {
                return Err(Problem::invalid(span, "the enum has no values", instead));
            }
            let label = |value: &Value<'p>| {
                let text = self.as_text(value, "a value of the enum", span)?;
                Ok((text.clone(), text))
            };
            return texts.iter().map(label).collect();
        };
        let members = class.members.borrow();
        let members: Vec<Rc<Member<'p>>> = members.clone().unwrap_or_default();
        if members.is_empty() {
            return Err(Problem::invalid(span, format!("the enum `{}` has no members", class.name), instead));
        }
        let names = members.iter().map(|member| member.name.to_string());
        let Some(callable) = arguments.keyword("values_callable").filter(|it| !it.is_none()) else {
            return Ok(names.clone().zip(names).collect());
        };
        let values = self.py.call(callable, Arguments::of(vec![Value::Class(Rc::clone(&class))]), span);
        let Some(values) = values.items() else {
            return Err(Problem::value(
                span,
                "what `values_callable` gives",
                &values,
                "Write lambda e: [m.value for m in e]",
            ));
        };
        let texts = values.iter().map(|value| self.as_text(value, "a value of the enum", span));
        names.zip(texts).map(|(name, text)| Ok((name, text?))).collect()
    }

    /// The type that a Python enum has where nothing else is said.
    pub(super) fn enum_of_class(&self, class: &Rc<Class<'p>>, span: Span) -> Read<SqlType> {
        self.enumeration("Enum", &Arguments::of(vec![Value::Class(Rc::clone(class))]), span)
    }
}

fn enum_class<'p>(arguments: &Arguments<'p>) -> Option<Rc<Class<'p>>> {
    match arguments.positional.first() {
        Some(Value::Class(class)) if class.members.borrow().is_some() => Some(Rc::clone(class)),
        _ => None,
    }
}
