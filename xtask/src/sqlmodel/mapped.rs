//! Columns of declarative classes: `Mapped[…]`, `mapped_column(…)`, `Column(…)`, of the class and of what it inherits.

use std::collections::HashSet;
use std::rc::Rc;

use super::columns::{Implied, Spot};
use super::declarative::{Tables, merged};
use super::draft::DraftColumn;
use super::models::{Models, Problem, Read};
use super::symbols::{binary, item, library_call, library_name};
use super::types::SqlType;
use crate::python::{Annotation, Arguments, Body, Class, Span, Value, last};

/// What an attribute of a class is made of.
#[derive(Clone)]
pub(super) struct Attribute<'p> {
    pub(super) name: Rc<str>,
    /// What a `declared_attr` says that it returns.
    pub(super) returns: Option<Annotation<'p>>,
    /// The class in whose body it stands.
    pub(super) owner: Rc<Class<'p>>,
    pub(super) value: Option<Value<'p>>,
    pub(super) annotation: Option<Annotation<'p>>,
}

impl<'p> Models<'_, 'p> {
    /// Adds the columns of a class to a table.
    pub(super) fn add_columns(&self, class: &Rc<Class<'p>>, draft: usize, tables: &mut Tables<'p>) {
        let inherited = tables.mapped_base(class).map_or_else(Vec::new, |base| base.attributes.clone());
        let mut attributes = inherited;
        let mut columns: Vec<DraftColumn<'p>> = Vec::new();
        for attribute in self.attributes(class, tables) {
            let name = Rc::clone(&attribute.name);
            attributes.push(Rc::clone(&name));
            let attribute = match self.evaluated(class, &attribute) {
                Ok(attribute) if self.takes_existing(class, &attribute, draft, tables) => continue,
                read => read,
            };
            let read = self.keep(attribute.and_then(|attribute| self.attribute_columns(class, &attribute)));
            tables.drafts[draft].broken.extend(read.is_none().then_some(name));
            columns.extend(read.into_iter().flatten());
        }
        columns.sort_by_key(|column| column.sort_order);
        let known = &mut tables.drafts[draft].columns;
        for column in columns {
            // Two classes of one table may share a column.
            if !known.iter().any(|it| it.column.name == column.column.name) {
                known.push(column);
            }
        }
        tables.map(class, draft, attributes);
    }

    /// All attributes that may be columns: those of the class first, then those of mixins and abstract bases.
    fn attributes(&self, class: &Rc<Class<'p>>, tables: &Tables<'p>) -> Vec<Attribute<'p>> {
        let mut seen: HashSet<Rc<str>> = HashSet::new();
        let mut found = Vec::new();
        let mro = class.mro.borrow().clone();
        for base in &mro {
            let Value::Class(base) = base else { continue };
            let is_mapped = !Rc::ptr_eq(base, class) && tables.mapped(base).is_some();
            if let Some(mapped) = tables.mapped(base).filter(|_| is_mapped) {
                seen.extend(mapped.attributes.iter().cloned());
                continue;
            }
            let bound: Vec<Rc<str>> = base.scope.all().into_iter().map(|(name, _)| name).collect();
            let annotated: Vec<Rc<str>> = base.annotations.iter().map(|it| Rc::clone(&it.name)).collect();
            let names = merged(&bound, &annotated);
            for name in names {
                let annotation = base.annotations.iter().rev().find(|it| it.name == name).cloned();
                let value = base.scope.own(&name);
                // A name that is annotated and has no value hides no column of a later base, unless it is one itself.
                let is_hint = |it: &Annotation<'p>| value.is_none() && self.mapped_annotation(base, it).is_none();
                if name.starts_with("__") || annotation.as_ref().map_or(value.is_none(), is_hint) {
                    continue;
                }
                if !seen.insert(Rc::clone(&name)) {
                    continue;
                }
                let returns = value.as_ref().and_then(|value| returned(&name, value));
                found.push(Attribute { name, returns, owner: Rc::clone(base), value, annotation });
            }
        }
        found
    }

    /// The attribute with what its `declared_attr` returns.
    fn evaluated(&self, class: &Rc<Class<'p>>, attribute: &Attribute<'p>) -> Read<Attribute<'p>> {
        let function = match &attribute.value {
            Some(Value::Function(function)) if self.py.is_class_property(function) => function,
            _ => return Ok(attribute.clone()),
        };
        let method = Value::Method(Rc::clone(function), Rc::new(Value::Class(Rc::clone(class))));
        let value = self.py.call(&method, Arguments::default(), function.span);
        if let Value::Unknown(unknown) = &value {
            let what = super::models::title(&class.name, &attribute.name);
            return Err(Problem::unknown(function.span, what, unknown, "Return a column that can be read"));
        }
        // Read again, it has to be the same column.
        class.scope.set(&attribute.name, value.clone());
        Ok(Attribute { value: Some(value), ..attribute.clone() })
    }

    fn attribute_columns(&self, class: &Rc<Class<'p>>, attribute: &Attribute<'p>) -> Read<Vec<DraftColumn<'p>>> {
        let value = match &attribute.value {
            Some(Value::Function(_) | Value::Method(..) | Value::Class(_)) => return Ok(Vec::new()),
            other => other.clone(),
        };
        let Some(value) = value else {
            return match &attribute.annotation {
                Some(annotation) => self.annotated_only(class, attribute, annotation),
                None => Ok(Vec::new()),
            };
        };
        if let Value::Unknown(unknown) = &value {
            let Some(annotation) = &attribute.annotation else { return Ok(Vec::new()) };
            let what = super::models::title(&class.name, &attribute.name);
            return Err(Problem::unknown(annotation.span, what, unknown, "Write the column out"));
        }
        match library_call(&value) {
            Some(("Column" | "mapped_column", arguments)) => {
                self.declared_column(class, attribute, &value, arguments).map(|column| vec![column])
            }
            Some(("deferred" | "column_property", given)) => match given.positional.first() {
                Some(inner) if matches!(library_call(inner), Some(("Column" | "mapped_column", _))) => {
                    let (_, arguments) = library_call(inner).unwrap_or(("", given));
                    // Inside of a property the annotation says nothing of the column that has a type.
                    let bare = Attribute { annotation: None, returns: None, ..attribute.clone() };
                    let of = if self.says_type(arguments) { &bare } else { attribute };
                    self.declared_column(class, of, inner, arguments).map(|column| vec![column])
                }
                _ => Ok(Vec::new()),
            },
            Some(("composite", given)) => self.composite(class, attribute, given),
            _ => Ok(Vec::new()),
        }
    }

    /// `composite(Point, mapped_column("x"), mapped_column("y"))`: the annotations of the class hold for its columns.
    fn composite(
        &self,
        class: &Rc<Class<'p>>,
        attribute: &Attribute<'p>,
        given: &Arguments<'p>,
    ) -> Read<Vec<DraftColumn<'p>>> {
        let annotated = attribute.annotation.as_ref().and_then(|it| self.mapped_annotation(&attribute.owner, it));
        let of = given.positional.first().cloned().filter(|it| matches!(it, Value::Class(_))).or(annotated);
        let fields: Vec<Annotation<'p>> = match &of {
            Some(Value::Class(of)) => of.annotations.clone(),
            _ => Vec::new(),
        };
        let columns = given.positional.iter().filter_map(|it| match (library_call(it)?, it) {
            (("Column" | "mapped_column", arguments), Value::Symbol(symbol)) => Some((arguments, symbol)),
            _ => None,
        });
        let read = columns.enumerate().map(|(at, (arguments, symbol))| {
            let spot = Spot {
                attribute: Rc::clone(&attribute.name),
                owner: Rc::clone(&class.name),
                symbol: Some(Rc::clone(symbol)),
                span: symbol.span,
            };
            match (fields.get(at), &of) {
                (Some(field), Some(Value::Class(of))) => {
                    let inner = self.annotation(field.expr, of, field.span);
                    self.mapped_column(class, of, &inner, arguments, spot)
                }
                _ => self.column(arguments, spot, Implied::default()),
            }
        });
        read.collect()
    }

    /// `name: Mapped[str]` without a value.
    fn annotated_only(
        &self,
        class: &Rc<Class<'p>>,
        attribute: &Attribute<'p>,
        annotation: &Annotation<'p>,
    ) -> Read<Vec<DraftColumn<'p>>> {
        let Some(inner) = self.mapped_annotation(&attribute.owner, annotation) else { return Ok(Vec::new()) };
        let spot = Spot {
            attribute: Rc::clone(&attribute.name),
            owner: Rc::clone(&class.name),
            symbol: None,
            span: annotation.span,
        };
        self.mapped_column(class, &attribute.owner, &inner, &Arguments::default(), spot).map(|column| vec![column])
    }

    /// What stands in `Mapped[…]`; `None` for annotations of another kind.
    pub(super) fn mapped_annotation(&self, owner: &Class<'p>, annotation: &Annotation<'p>) -> Option<Value<'p>> {
        let value = self.annotation(annotation.expr, owner, annotation.span);
        let (object, inner) = item(&value)?;
        matches!(library_name(object), Some("Mapped" | "MappedColumn")).then(|| inner.clone())
    }

    fn declared_column(
        &self,
        class: &Rc<Class<'p>>,
        attribute: &Attribute<'p>,
        value: &Value<'p>,
        arguments: &Arguments<'p>,
    ) -> Read<DraftColumn<'p>> {
        let symbol = match value {
            Value::Symbol(symbol) => Some(Rc::clone(symbol)),
            _ => None,
        };
        let span = attribute.annotation.as_ref().map(|it| it.span).or(symbol.as_ref().map(|it| it.span));
        let span = span.unwrap_or(class.span);
        let spot = Spot { attribute: Rc::clone(&attribute.name), owner: Rc::clone(&class.name), symbol, span };
        let said = attribute.annotation.as_ref().or(attribute.returns.as_ref());
        let inner = said.and_then(|it| self.mapped_annotation(&attribute.owner, it));
        match inner {
            Some(inner) => self.mapped_column(class, &attribute.owner, &inner, arguments, spot),
            None => self.column(arguments, spot, Implied::default()),
        }
    }

    /// A column with an annotation `Mapped[inner]`.
    fn mapped_column(
        &self,
        class: &Rc<Class<'p>>,
        owner: &Rc<Class<'p>>,
        inner: &Value<'p>,
        arguments: &Arguments<'p>,
        spot: Spot<'p>,
    ) -> Read<DraftColumn<'p>> {
        let span = spot.span;
        let about = super::models::title(&spot.owner, &spot.attribute);
        let found = self.analyse(inner, &owner.scope, span);
        let mut merged = arguments.clone();
        for extra in found.extras.iter().rev() {
            if let Some(("mapped_column" | "Column", given)) = library_call(extra) {
                merged.positional.extend(given.positional.iter().cloned());
                merged.named.extend(given.named.iter().cloned());
            }
        }
        let mut implied = Implied { data: None, nullable: Some(found.optional) };
        // SQLAlchemy does not ask the annotation where there is a reference: the type is that of the column referred to.
        let refers = merged.positional.iter().any(|it| matches!(library_call(it), Some(("ForeignKey", _))));
        if !refers && !self.says_type(&merged) {
            implied.data = Some(self.mapped_type(class, &found, span).map_err(|problem| problem.about(&about))?);
        }
        self.column(&merged, spot, implied)
    }

    /// Whether a type stands among the arguments.
    fn says_type(&self, arguments: &Arguments<'p>) -> bool {
        let is_type = |value: &Value<'p>| match library_call(value) {
            Some((name, _)) => !matches!(
                name,
                "ForeignKey"
                    | "CheckConstraint"
                    | "Identity"
                    | "Computed"
                    | "Sequence"
                    | "DefaultClause"
                    | "FetchedValue"
            ),
            None => value.as_str().is_none() && !value.is_none(),
        };
        arguments.positional.iter().any(is_type) || arguments.keyword("type_").is_some_and(|it| !it.is_none())
    }

    /// The type for an annotation: that of `type_annotation_map`, else SQLAlchemy's own.
    fn mapped_type(
        &self,
        class: &Rc<Class<'p>>,
        found: &super::annotations::Annotation<'p>,
        span: Span,
    ) -> Read<SqlType> {
        let map = self.type_map(class);
        for layer in &found.layers {
            if let Some(told) = map.iter().rev().find(|(key, _)| same_type(key, layer)) {
                return self.sql_type(&told.1, span);
            }
        }
        let Some(inner) = found.inner.as_ref().filter(|_| !found.is_union) else {
            return Err(Problem::not_static(
                span,
                "the type",
                "the annotation allows several types",
                "Give the column a type: mapped_column(JSONB)",
            ));
        };
        if let Value::Class(own) = inner {
            for base in own.mro.borrow().iter() {
                let Some((key, told)) = map.iter().rev().find(|(key, _)| same_type(key, base)) else { continue };
                let is_general =
                    key.external().is_some_and(|path| last(path) == "Enum") && own.members.borrow().is_some();
                return match library_call(told) {
                    // `enum.Enum: Enum(enum.Enum, native_enum=False)` holds for all enums.
                    Some(("Enum", given)) if is_general => {
                        let arguments = Arguments { positional: vec![inner.clone()], ..given.clone() };
                        self.enumeration("Enum", &arguments, span)
                    }
                    _ => self.sql_type(told, span),
                };
            }
        }
        self.type_of_python(inner, false, span)
    }

    /// `type_annotation_map` of the base class or of its registry.
    fn type_map(&self, class: &Rc<Class<'p>>) -> Vec<(Value<'p>, Value<'p>)> {
        let entries = |value: &Value<'p>| match value {
            Value::Dict(dict) => dict.borrow().iter().cloned().collect(),
            _ => Vec::new(),
        };
        if let Some(map) = self.py.find_in_class(class, "type_annotation_map") {
            return entries(&map);
        }
        let of_call = |call: &Value<'p>| call.as_call()?.1.keyword("type_annotation_map").cloned();
        let registry = self.py.find_in_class(class, "registry").and_then(|registry| of_call(&registry));
        let made = || class.mro.borrow().iter().find_map(of_call);
        let decorated = || class.decorators.iter().find_map(|it| of_call(super::symbols::attribute(it)?.0));
        registry.or_else(made).or_else(decorated).map_or_else(Vec::new, |map| entries(&map))
    }
}

/// `def owner_id(cls) -> Mapped[int]`
fn returned<'p>(name: &Rc<str>, value: &Value<'p>) -> Option<Annotation<'p>> {
    let Value::Function(function) = value else { return None };
    let Body::Def(it) = function.body else { return None };
    let expr = it.returns.as_deref()?;
    Some(Annotation { name: Rc::clone(name), expr, span: function.span })
}

/// Whether two annotations are the same type.
pub(super) fn same_type(left: &Value<'_>, right: &Value<'_>) -> bool {
    if let (Some((left, first)), Some((right, second))) = (item(left), item(right)) {
        return same_type(left, right) && same_type(first, second);
    }
    if let (Some((op, left, first)), Some((other, right, second))) = (binary(left), binary(right)) {
        return op == other && same_type(left, right) && same_type(first, second);
    }
    match (left, right) {
        (Value::Tuple(left), Value::Tuple(right)) => {
            left.len() == right.len() && left.iter().zip(right.iter()).all(|(left, right)| same_type(left, right))
        }
        (Value::Symbol(left), Value::Symbol(right)) if Rc::as_ptr(left).cast::<()>() == Rc::as_ptr(right).cast() => {
            true
        }
        (Value::Class(left), Value::Class(right)) => Rc::as_ptr(left).cast::<()>() == Rc::as_ptr(right).cast(),
        (Value::Builtin(left, None), Value::Builtin(right, None)) => left == right,
        (Value::Str(left), Value::Str(right)) => left == right,
        (Value::None, Value::None) => true,
        (Value::Int(left), Value::Int(right)) => left == right,
        _ => left.external().is_some() && left.external() == right.external(),
    }
}
