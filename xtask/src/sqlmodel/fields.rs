//! Columns of SQLModel classes: fields with their annotations, as pydantic collects them.

use std::rc::Rc;

use super::columns::{Implied, Spot};
use super::declarative::{Tables, merged};
use super::draft::{DraftColumn, Foreign};
use super::models::{Models, Problem, Read, title};
use super::symbols::{item, library_call};
use super::types::{SqlType, TypeKind};
use crate::python::{Annotation, Arguments, Class, Value, last};

/// A field of a model.
struct Field<'p> {
    name: Rc<str>,
    owner: Rc<Class<'p>>,
    annotation: Annotation<'p>,
    value: Option<Value<'p>>,
}

impl<'p> Models<'_, 'p> {
    /// A class with `table=True`.
    pub(super) fn sqlmodel_class(&self, class: &Rc<Class<'p>>, tables: &mut Tables<'p>) -> Read<()> {
        self.known_bases(class)?;
        let name = self.table_name(class, tables)?.unwrap_or_else(|| class.name.to_lowercase());
        if class.scope.own("__tablename__").is_none() {
            // What SQLModel gives by itself can be read from the class, too.
            class.scope.set("__tablename__", Value::str(name.as_str()));
        }
        let draft = self.new_draft(class, name, tables)?;
        let mut attributes = Vec::new();
        for field in self.fields(class) {
            attributes.push(Rc::clone(&field.name));
            let read = self.field_column(class, &field, tables);
            let column = self.keep(read);
            tables.drafts[draft].broken.extend(column.is_none().then(|| Rc::clone(&field.name)));
            tables.drafts[draft].columns.extend(column);
        }
        tables.map(class, draft, attributes);
        self.table_arguments(class, draft, tables)
    }

    /// The fields in pydantic's order: those of the bases first; one that is declared again keeps its place.
    fn fields(&self, class: &Rc<Class<'p>>) -> Vec<Field<'p>> {
        let mut fields: Vec<Field<'p>> = Vec::new();
        let mut related: Vec<Rc<str>> = Vec::new();
        let mro = class.mro.borrow().clone();
        for base in mro.iter().rev() {
            let Value::Class(base) = base else { continue };
            for annotation in &base.annotations {
                let name = &annotation.name;
                if name.starts_with('_') || &**name == "model_config" || self.is_class_variable(base, annotation) {
                    continue;
                }
                let value = base.scope.own(name);
                let is_relationship =
                    value.as_ref().is_some_and(|it| matches!(library_call(it), Some(("Relationship", _))));
                let field =
                    Field { name: Rc::clone(name), owner: Rc::clone(base), annotation: annotation.clone(), value };
                if is_relationship && Rc::ptr_eq(base, class) {
                    related.push(Rc::clone(name));
                }
                let known = fields.iter().position(|it| it.name == *name);
                match (known, is_relationship) {
                    (Some(at), true) => drop(fields.remove(at)),
                    (None, true) => {}
                    (Some(at), false) => fields[at] = field,
                    (None, false) => fields.push(field),
                }
            }
        }
        // The columns come in SQLAlchemy's order, which also knows the annotations of the class itself.
        let is_field = |name: &&Rc<str>| fields.iter().any(|it| it.name == **name);
        let own: Vec<Rc<str>> = class.annotations.iter().map(|it| Rc::clone(&it.name)).collect();
        let own: Vec<Rc<str>> = related.iter().chain(own.iter().filter(is_field)).cloned().collect();
        let bound: Vec<Rc<str>> = fields.iter().map(|it| Rc::clone(&it.name)).chain(related).collect();
        let order = merged(&bound, &own);
        fields.sort_by_key(|field| order.iter().position(|name| *name == field.name));
        fields
    }

    fn is_class_variable(&self, base: &Rc<Class<'p>>, annotation: &Annotation<'p>) -> bool {
        let value = self.annotation(annotation.expr, base, annotation.span);
        let value = item(&value).map_or(value.clone(), |(object, _)| object.clone());
        value.external().is_some_and(|path| last(path) == "ClassVar")
    }

    fn field_column(&self, class: &Rc<Class<'p>>, field: &Field<'p>, tables: &mut Tables<'p>) -> Read<DraftColumn<'p>> {
        let span = field.annotation.span;
        let about = title(&class.name, &field.name);
        let value = self.annotation(field.annotation.expr, &field.owner, span);
        let found = self.analyse(&value, &field.owner.scope, span);
        if let Some(Value::Unknown(unknown)) = &field.value {
            return Err(Problem::unknown(span, about, unknown, "Write Field(…) out, or a helper that can be followed"));
        }
        let own = field.value.as_ref().and_then(library_call).filter(|(name, _)| *name == "Field");
        let mut given = own.map(|(_, given)| given.clone()).unwrap_or_default();
        // `Annotated[int, Field(primary_key=True)]`: what is said outside wins.
        for extra in found.extras.iter().rev() {
            if let Some(("Field", more)) = library_call(extra) {
                given.named.extend(more.named.iter().cloned());
                given.open = given.open.or_else(|| more.open.clone());
            }
        }
        self.closed(&given, &about, span)?;
        let symbol = match &field.value {
            Some(Value::Symbol(symbol)) if own.is_some() => Some(Rc::clone(symbol)),
            _ => None,
        };
        if let Some(column) = given.keyword("sa_column").filter(|it| !is_undefined(it)) {
            return self.whole_column(class, field, column, symbol, tables);
        }
        let spot = Spot { attribute: Rc::clone(&field.name), owner: Rc::clone(&class.name), symbol, span };
        let data = self.field_type(&given, &found, span).map_err(|problem| problem.about(&about))?;
        let arguments =
            self.column_arguments(&given, field, found.optional, own.is_some()).map_err(|it| it.about(&about))?;
        let mut column = self.column(&arguments, spot, Implied { data: Some(data), nullable: None })?;
        if let Some(target) = given.keyword("foreign_key").filter(|it| !is_undefined(it) && !it.is_none()) {
            let named: Vec<_> = given
                .named
                .iter()
                .filter(|(name, value)| &**name == "ondelete" && !is_undefined(value))
                .cloned()
                .collect();
            if named.iter().any(|(_, value)| value.as_str() == Some("SET NULL")) && !column.column.nullable {
                return Err(Problem::invalid(
                    span,
                    format!("{about} has ondelete=\"SET NULL\" and cannot be NULL"),
                    "Make it optional (`int | None`), or give nullable=True",
                ));
            }
            let arguments = Arguments { named, ..Arguments::default() };
            column.foreign.insert(0, Foreign { target: target.clone(), arguments, span });
        }
        Ok(column)
    }

    /// `Field(sa_column=Column(…))`
    fn whole_column(
        &self,
        class: &Rc<Class<'p>>,
        field: &Field<'p>,
        column: &Value<'p>,
        symbol: Option<Rc<crate::python::Symbol<'p>>>,
        tables: &mut Tables<'p>,
    ) -> Read<DraftColumn<'p>> {
        let span = field.annotation.span;
        let about = title(&class.name, &field.name);
        let (Some(("Column", arguments)), Value::Symbol(object)) = (library_call(column), column) else {
            return Err(Problem::value(span, format!("`sa_column` of {about}"), column, "Write sa_column=Column(…)"));
        };
        let address = Rc::as_ptr(object).cast::<()>().addr();
        if let Some(other) = tables.used.insert(address, class.name.to_string()) {
            return Err(Problem::invalid(
                span,
                format!("the Column object of {about} belongs to `{other}` already"),
                "Write sa_type=… and sa_column_kwargs={…} in a base class: a Column object cannot be in two tables",
            ));
        }
        let spot = Spot {
            attribute: Rc::clone(&field.name),
            owner: Rc::clone(&class.name),
            symbol: Some(Rc::clone(object)),
            span,
        };
        let mut column = self.column(arguments, spot, Implied::default())?;
        column.identities.extend(symbol);
        Ok(column)
    }

    /// The arguments of `Column` that SQLModel makes of those of `Field`.
    fn column_arguments(
        &self,
        given: &Arguments<'p>,
        field: &Field<'p>,
        optional: bool,
        is_field: bool,
    ) -> Read<Arguments<'p>> {
        let span = field.annotation.span;
        let mut arguments = Arguments::default();
        let said = |name: &str| given.keyword(name).filter(|it| !is_undefined(it));
        if let Some(Value::Dict(more)) = said("sa_column_kwargs") {
            let more = more.borrow();
            let named = more.iter().filter_map(|(key, value)| Some((Rc::from(key.as_str()?), value.clone())));
            arguments.named.extend(named);
        } else if let Some(other) = said("sa_column_kwargs") {
            return Err(Problem::value(span, "`sa_column_kwargs`", other, "Write a dict"));
        }
        let has_key = said("primary_key").and_then(Value::truth) == Some(true);
        for name in ["primary_key", "index", "unique"] {
            if let Some(value) = said(name) {
                arguments.named.push((name.into(), value.clone()));
            }
        }
        let nullable = said("nullable").cloned().unwrap_or(Value::Bool(!has_key && optional));
        arguments.named.push(("nullable".into(), nullable));
        let default = match is_field {
            true => said("default_factory").or_else(|| given.get(0, "default")).filter(|it| !is_undefined(it)),
            false => field.value.as_ref(),
        };
        if let Some(default) = default.filter(|it| !matches!(it, Value::Ellipsis)) {
            arguments.named.push(("default".into(), default.clone()));
        }
        if let Some(more) = said("sa_column_args") {
            match more.items() {
                Some(items) => arguments.positional.extend(items),
                None => return Err(Problem::value(span, "`sa_column_args`", more, "Write a list")),
            }
        }
        Ok(arguments)
    }

    /// The type of a field: `sa_type`, or what follows from the annotation.
    fn field_type(
        &self,
        given: &Arguments<'p>,
        found: &super::annotations::Annotation<'p>,
        span: crate::python::Span,
    ) -> Read<SqlType> {
        if let Some(data) = given.keyword("sa_type").filter(|it| !is_undefined(it)) {
            return self.sql_type(data, span);
        }
        let Some(inner) = found.inner.as_ref().filter(|_| !found.is_union) else {
            return Err(Problem::not_static(
                span,
                "the type",
                "the annotation allows several types, or none",
                "Give the field a type: Field(sa_type=JSONB)",
            ));
        };
        let naive =
            found.extras.iter().rev().find_map(|it| it.external()).is_some_and(|path| last(path) == "NaiveDatetime");
        let inner_data = self.type_of_python(inner, true, span)?;
        if naive {
            return Ok(SqlType::plain("TIMESTAMP WITHOUT TIME ZONE", TypeKind::Other));
        }
        let called = inner.as_call().map(|(_, given)| given.clone());
        let limit = |name: &str| {
            let of_extra = || found.extras.iter().find_map(|it| it.as_call()?.1.get(usize::MAX, name).cloned());
            let of_call = || called.as_ref()?.keyword(name).cloned();
            // SQLModel does not look into `StringConstraints`, which `constr` stands for.
            let own = given.keyword(name).filter(|it| !is_undefined(it)).cloned();
            let value = if name == "max_length" { own } else { own.or_else(of_extra).or_else(of_call) };
            self.number(value.as_ref(), name, span)
        };
        Ok(match inner_data.text.as_str() {
            "VARCHAR" => match self.longest(found, limit("max_length")?) {
                Some(length) if length != 0 => SqlType { text: format!("VARCHAR({length})"), ..inner_data },
                _ => inner_data,
            },
            "NUMERIC" => match (limit("max_digits")?, limit("decimal_places")?) {
                (Some(digits), Some(places)) => SqlType { text: format!("NUMERIC({digits}, {places})"), ..inner_data },
                (Some(digits), None) => SqlType { text: format!("NUMERIC({digits})"), ..inner_data },
                _ => inner_data,
            },
            _ => inner_data,
        })
    }

    /// `Annotated[str, MaxLen(5)]`
    fn longest(&self, found: &super::annotations::Annotation<'p>, said: Option<i64>) -> Option<i64> {
        said.or_else(|| {
            found.extras.iter().find_map(|extra| {
                let (function, given) = extra.as_call()?;
                let is_it = function.external().is_some_and(|path| matches!(last(path), "MaxLen" | "Len"));
                let at = usize::from(function.external().is_some_and(|path| last(path) == "Len"));
                if is_it { given.positional.get(at)?.as_int().and_then(|it| i64::try_from(it).ok()) } else { None }
            })
        })
    }
}

/// `Undefined` stands for an argument that is not given.
fn is_undefined(value: &Value<'_>) -> bool {
    value.external().is_some_and(|path| matches!(last(path), "Undefined" | "PydanticUndefined"))
}
