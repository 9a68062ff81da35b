//! Annotations: what type a column has, whether it may be empty, and what `Annotated` adds.

use std::rc::Rc;

use ruff_python_ast::Expr;

use super::models::{Models, Problem, Read};
use super::symbols::{binary, item, library_name};
use super::types::{SqlType, TypeKind};
use super::versions::Versions;
use crate::python::{Class, Scope, Span, Value, has_base, last};

/// An annotation taken apart.
#[derive(Clone)]
pub(super) struct Annotation<'p> {
    /// The type inside `Optional` and `Annotated`; none for `None` alone.
    pub(super) inner: Option<Value<'p>>,
    /// Whether `None` is among the alternatives.
    pub(super) optional: bool,
    /// What stands behind the type in `Annotated`, the outermost last.
    pub(super) extras: Vec<Value<'p>>,
    /// The annotation itself and the layers below it, for maps of types.
    pub(super) layers: Vec<Value<'p>>,
    /// Whether several types are possible.
    pub(super) is_union: bool,
}

impl<'p> Models<'_, 'p> {
    /// The value of an annotation in the body of a class. Texts are expressions there.
    pub(super) fn annotation(&self, expr: &'p Expr, class: &Class<'p>, span: Span) -> Value<'p> {
        self.py.pinned(span, || self.annotation_inside(expr, &class.scope, span))
    }

    fn annotation_inside(&self, expr: &'p Expr, scope: &Rc<Scope<'p>>, span: Span) -> Value<'p> {
        let value = self.py.eval(expr, scope);
        self.opened(value, scope, span)
    }

    /// Opens forward references, also inside of subscripts.
    pub(super) fn opened(&self, value: Value<'p>, scope: &Rc<Scope<'p>>, span: Span) -> Value<'p> {
        match &value {
            Value::Str(text) => match self.py.forward_reference(text) {
                Some(expr) => self.annotation_inside(expr, scope, span),
                None => Value::unknown(format!("`{text}` is no annotation"), span),
            },
            _ => value,
        }
    }

    /// Takes an annotation apart.
    pub(super) fn analyse(&self, value: &Value<'p>, scope: &Rc<Scope<'p>>, span: Span) -> Annotation<'p> {
        let mut found =
            Annotation { inner: None, optional: false, extras: Vec::new(), layers: Vec::new(), is_union: false };
        self.peel(value.clone(), scope, span, &mut found);
        found
    }

    fn peel(&self, value: Value<'p>, scope: &Rc<Scope<'p>>, span: Span, found: &mut Annotation<'p>) {
        let value = self.opened(value, scope, span);
        found.layers.push(value.clone());
        if value.is_none() {
            found.optional = true;
            return;
        }
        if let Some(("|", left, right)) = binary(&value) {
            return self.alternatives(vec![left.clone(), right.clone()], scope, span, found);
        }
        if let Some((object, index)) = item(&value)
            && let Some(path) = object.external()
        {
            let parts = match index {
                Value::Tuple(parts) => parts.to_vec(),
                one => vec![one.clone()],
            };
            match last(path) {
                "Optional" => {
                    found.optional = true;
                    return self.peel(index.clone(), scope, span, found);
                }
                "Union" => return self.alternatives(parts, scope, span, found),
                "Annotated" => {
                    let (first, extras) = parts.split_first().map_or((Value::None, &[][..]), |(a, b)| (a.clone(), b));
                    self.peel(first, scope, span, found);
                    found.extras.extend(extras.iter().cloned());
                    return;
                }
                "Final" | "Required" | "NotRequired" | "ReadOnly" => {
                    return self.peel(index.clone(), scope, span, found);
                }
                _ => {}
            }
        }
        // `NewType("UserId", int)` and `TypeVar`s stand for what is below them.
        if let Some((function, arguments)) = value.as_call()
            && let Some("typing.NewType" | "typing_extensions.NewType") = function.external()
            && let Some(below) = arguments.positional.get(1)
        {
            return self.peel(below.clone(), scope, span, found);
        }
        if found.inner.is_some() {
            found.is_union = true;
        }
        found.inner = Some(value);
    }

    fn alternatives(&self, parts: Vec<Value<'p>>, scope: &Rc<Scope<'p>>, span: Span, found: &mut Annotation<'p>) {
        for part in parts {
            self.peel(part, scope, span, found);
        }
    }

    /// The column type of a Python type, where nothing else says it.
    pub(super) fn type_of_python(&self, inner: &Value<'p>, sqlmodel: bool, span: Span) -> Read<SqlType> {
        if let Some(told) = self.told_type(inner) {
            return Ok(told);
        }
        if let Value::Class(class) = inner {
            if class.members.borrow().is_some() {
                return self.enum_of_class(class, span);
            }
            if let Some(base) = python_base(class) {
                return plain_type(base, sqlmodel, &self.settings.versions).ok_or_else(|| no_type(inner, span));
            }
        }
        if let Some((object, index)) = item(inner) {
            let name = python_name(object);
            if name == Some("Literal") {
                return Ok(self.literal_type(index, sqlmodel));
            }
            if let Some(name) = name
                && let Some(found) = plain_type(name, sqlmodel, &self.settings.versions)
            {
                return Ok(found);
            }
            return Err(no_type(inner, span));
        }
        if let Value::Unknown(_) = inner {
            return Err(Problem::value(span, "the type", inner, "Write sa_type=…, or an annotation that can be read"));
        }
        let called = inner.as_call().map_or(inner, |(function, _)| function);
        let found = python_name(called).and_then(|name| plain_type(name, sqlmodel, &self.settings.versions));
        found.ok_or_else(|| no_type(inner, span))
    }

    /// `Literal["a", "b"]`
    fn literal_type(&self, index: &Value<'p>, sqlmodel: bool) -> SqlType {
        let parts = match index {
            Value::Tuple(parts) => parts.to_vec(),
            one => vec![one.clone()],
        };
        let texts: Vec<&str> = parts.iter().filter_map(Value::as_str).collect();
        if sqlmodel {
            return SqlType::plain("VARCHAR", TypeKind::Text);
        }
        let longest = texts.iter().map(|text| text.chars().count()).max().unwrap_or(0);
        SqlType::plain(format!("VARCHAR({longest})"), TypeKind::Text)
    }
}

/// The name of a type of Python, of its library or of pydantic.
fn python_name<'v>(value: &'v Value<'_>) -> Option<&'v str> {
    match value {
        Value::Builtin(name, None) => Some(name),
        _ => {
            let path = value.external()?;
            let known = [
                "datetime",
                "decimal",
                "uuid",
                "typing",
                "typing_extensions",
                "ipaddress",
                "pathlib",
                "enum",
                "pydantic",
                "collections",
                "builtins",
                "pydantic_extra_types",
                "sqlmodel",
            ];
            known.contains(&path.split('.').next()?).then(|| last(path))
        }
    }
}

/// The type of Python that a class of the project is.
fn python_base(class: &Class<'_>) -> Option<&'static str> {
    ["str", "bool", "int", "float", "bytes", "datetime", "date", "time", "timedelta", "Decimal", "UUID"]
        .into_iter()
        .find(|name| has_base(class, |path| last(path) == *name))
}

/// The type of a column for a type of Python; `None` where there is none.
fn plain_type(name: &str, sqlmodel: bool, versions: &Versions) -> Option<SqlType> {
    let zone = |with: bool| if with { "TIMESTAMP WITH TIME ZONE" } else { "TIMESTAMP WITHOUT TIME ZONE" };
    let (text, kind) = match name {
        "str" => ("VARCHAR", TypeKind::Text),
        "int" => ("INTEGER", TypeKind::Integer),
        "bool" => ("BOOLEAN", TypeKind::Boolean),
        "float" if !sqlmodel && versions.float_is_double() => ("DOUBLE PRECISION", TypeKind::Other),
        "float" => ("FLOAT", TypeKind::Other),
        "bytes" => ("BYTEA", TypeKind::Other),
        "datetime" => (zone(sqlmodel && versions.datetime_has_zone()), TypeKind::Other),
        "date" => ("DATE", TypeKind::Other),
        "time" => ("TIME WITHOUT TIME ZONE", TypeKind::Other),
        "timedelta" => ("INTERVAL", TypeKind::Other),
        "Decimal" => ("NUMERIC", TypeKind::Other),
        "UUID" => ("UUID", TypeKind::Other),
        _ if sqlmodel => pydantic_type(name, versions)?,
        _ => return None,
    };
    Some(SqlType::plain(text, kind))
}

/// Types that pydantic adds, as SQLModel maps them.
fn pydantic_type(name: &str, versions: &Versions) -> Option<(&'static str, TypeKind)> {
    Some(match name {
        "EmailStr" | "SecretStr" | "IPv4Address" | "IPv4Network" | "IPv6Address" | "IPv6Network" | "Path"
        | "FilePath" | "DirectoryPath" | "NewPath" | "constr" | "StrictStr" | "NameEmail" => match name {
            "SecretStr" | "NameEmail" => return None,
            _ => ("VARCHAR", TypeKind::Text),
        },
        "conint" | "PositiveInt" | "NegativeInt" | "NonNegativeInt" | "NonPositiveInt" | "StrictInt" => {
            ("INTEGER", TypeKind::Integer)
        }
        "confloat" | "PositiveFloat" | "NegativeFloat" | "NonNegativeFloat" | "NonPositiveFloat" | "FiniteFloat"
        | "StrictFloat" => ("FLOAT", TypeKind::Other),
        "StrictBool" => ("BOOLEAN", TypeKind::Boolean),
        "StrictBytes" | "conbytes" => ("BYTEA", TypeKind::Other),
        "condecimal" => ("NUMERIC", TypeKind::Other),
        "UUID1" | "UUID3" | "UUID4" | "UUID5" | "UUID6" | "UUID7" | "UUID8" => ("UUID", TypeKind::Other),
        "NaiveDatetime" => ("TIMESTAMP WITHOUT TIME ZONE", TypeKind::Other),
        "AwareDatetime" | "PastDatetime" | "FutureDatetime" if versions.datetime_has_zone() => {
            ("TIMESTAMP WITH TIME ZONE", TypeKind::Other)
        }
        "AwareDatetime" | "PastDatetime" | "FutureDatetime" => ("TIMESTAMP WITHOUT TIME ZONE", TypeKind::Other),
        "PastDate" | "FutureDate" | "condate" => ("DATE", TypeKind::Other),
        _ => return None,
    })
}

fn no_type(inner: &Value<'_>, span: Span) -> Problem {
    let name = match inner {
        Value::Class(class) => class.name.to_string(),
        Value::Builtin(name, None) => (*name).to_owned(),
        _ => match item(inner) {
            Some((object, _)) => python_name(object).or_else(|| library_name(object)).unwrap_or("this").to_owned(),
            None => inner.external().map_or_else(|| "this".to_owned(), |path| last(path).to_owned()),
        },
    };
    Problem::not_static(
        span,
        "the type",
        format!("no column type belongs to the annotation `{name}`"),
        "Give the column a type: Field(sa_type=JSONB), or mapped_column(JSONB)",
    )
}
