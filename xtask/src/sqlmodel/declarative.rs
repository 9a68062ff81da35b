//! Classes that are tables: which they are, what they inherit, and how they are called.

use std::collections::HashMap;
use std::rc::Rc;

use super::draft::Draft;
use super::models::{Models, Problem, Read};
use super::symbols::{library_call, library_name, method_call};
use crate::python::{Arguments, Class, Span, Symbol, SymbolKind, Value, has_base, last};

/// Tables and classes as far as they have been read.
#[derive(Default)]
pub(super) struct Tables<'p> {
    pub(super) drafts: Vec<Draft<'p>>,
    /// Mapped classes with their tables and the attributes that are columns.
    pub(super) mapped: Vec<MappedClass<'p>>,
    /// Which table a `Column` object of a SQLModel field went to.
    pub(super) used: HashMap<usize, String>,
    /// Why bases of classes cannot be read, as far as that has been told, with the file.
    pub(super) unknown_bases: Vec<(u32, String)>,
    /// The names of tables whose classes could not be read; none where not even the name is known.
    pub(super) unread: Vec<Option<String>>,
}

/// A class that has a table, or shares one.
pub(super) struct MappedClass<'p> {
    pub(super) class: Rc<Class<'p>>,
    pub(super) draft: usize,
    pub(super) attributes: Vec<Rc<str>>,
}

/// What kind of table a class is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    SqlModel,
    Declarative,
    None,
}

impl<'p> Tables<'p> {
    /// Maps a class to its table: as SQLAlchemy does, the class has it as `__table__` from then on.
    pub(super) fn map(&mut self, class: &Rc<Class<'p>>, draft: usize, attributes: Vec<Rc<str>>) {
        if class.scope.own("__table__").is_none() {
            let table = SymbolKind::Attribute(Value::Class(Rc::clone(class)), "__table__".into());
            class.scope.set("__table__", Value::symbol(table, class.span));
        }
        self.mapped.push(MappedClass { class: Rc::clone(class), draft, attributes });
    }

    pub(super) fn mapped(&self, class: &Rc<Class<'p>>) -> Option<&MappedClass<'p>> {
        self.mapped.iter().find(|it| Rc::ptr_eq(&it.class, class))
    }

    /// The nearest base that has a table.
    pub(super) fn mapped_base(&self, class: &Class<'p>) -> Option<&MappedClass<'p>> {
        let mro = class.mro.borrow();
        mro.iter().skip(1).find_map(|base| match base {
            Value::Class(base) => self.mapped(base),
            _ => None,
        })
    }
}

impl<'p> Models<'_, 'p> {
    /// Reads a class, if it is a table.
    pub(super) fn class(&self, class: &Rc<Class<'p>>, tables: &mut Tables<'p>) {
        let read = match self.role(class, tables) {
            Role::None => self.class_of_unknown_base(class, tables),
            Role::SqlModel => self.sqlmodel_class(class, tables),
            Role::Declarative => self.declarative_class(class, tables),
        };
        if read.is_err() {
            let by_default = || is_sqlmodel(class).then(|| class.name.to_lowercase());
            let name = self.table_name(class, tables).ok().flatten().or_else(by_default);
            tables.unread.push(name);
        }
        self.keep(read);
    }

    /// `registry.map_declaratively(Class)`
    pub(super) fn mapping_call(&self, call: &Rc<Symbol<'p>>, tables: &mut Tables<'p>) {
        let value = Value::Symbol(Rc::clone(call));
        let Some((_, "map_declaratively", given)) = method_call(&value) else { return };
        if let Some(Value::Class(class)) = given.get(0, "cls") {
            self.keep(self.declarative_class(class, tables));
        }
    }

    fn role(&self, class: &Rc<Class<'p>>, tables: &Tables<'p>) -> Role {
        if is_sqlmodel(class) {
            let says_table = says_table(class);
            return if says_table && tables.mapped_base(class).is_none() { Role::SqlModel } else { Role::None };
        }
        let is_decorated = class.decorators.iter().any(is_mapping_decorator);
        let is_base = class.bases.iter().any(is_declarative_root) || class.decorators.iter().any(is_base_decorator);
        let is_below = class.mro.borrow().iter().skip(1).any(|base| match base {
            Value::Class(base) => {
                base.bases.iter().any(is_declarative_root) || base.decorators.iter().any(is_base_decorator)
            }
            other => is_made_base(other),
        });
        if is_abstract(class) || !(is_decorated || is_below) || (is_base && !is_below) {
            return Role::None;
        }
        Role::Declarative
    }

    fn declarative_class(&self, class: &Rc<Class<'p>>, tables: &mut Tables<'p>) -> Read<()> {
        self.known_bases(class)?;
        if let Some(table) = class.scope.own("__table__") {
            return self.class_of_table(class, &table, tables);
        }
        let parent = tables.mapped_base(class).map(|parent| parent.draft);
        match (self.table_name(class, tables)?, parent) {
            (Some(name), _) => {
                let draft = self.new_draft(class, name, tables)?;
                self.add_columns(class, draft, tables);
                self.table_arguments(class, draft, tables)
            }
            (None, Some(parent)) => {
                // Single-table inheritance: the columns go to the table of the base.
                tables.drafts[parent].classes.push(Rc::clone(class));
                self.add_columns(class, parent, tables);
                Ok(())
            }
            (None, None) => Err(Problem::invalid(
                class.span,
                format!("`{}` has no `__tablename__`", class.name),
                "Write __tablename__ = \"…\", or __abstract__ = True if it is no table",
            )),
        }
    }

    fn class_of_table(&self, class: &Rc<Class<'p>>, table: &Value<'p>, tables: &mut Tables<'p>) -> Read<()> {
        let Some(draft) = tables.drafts.iter().position(|draft| draft.is_table(table)) else {
            return Err(Problem::value(class.span, "`__table__`", table, "Write __table__ = Table(…)"));
        };
        tables.drafts[draft].classes.push(Rc::clone(class));
        let attributes = tables.drafts[draft].columns.iter().map(|column| Rc::clone(&column.attribute)).collect();
        tables.map(class, draft, attributes);
        Ok(())
    }

    pub(super) fn new_draft(&self, class: &Rc<Class<'p>>, name: String, tables: &mut Tables<'p>) -> Read<usize> {
        let meta = self.meta_of_class(class);
        let classes = vec![Rc::clone(class)];
        tables.drafts.push(Draft { classes, needs_key: !names_its_key(class), ..Draft::new(name, meta, class.span) });
        Ok(tables.drafts.len() - 1)
    }

    /// The name of the table; none where the class shares that of its base.
    pub(super) fn table_name(&self, class: &Rc<Class<'p>>, tables: &Tables<'p>) -> Read<Option<String>> {
        let Some(value) = self.directive(class, "__tablename__", tables) else { return Ok(None) };
        match &value {
            Value::None => Ok(None),
            _ => match value.as_str() {
                Some(name) => Ok(Some(name.to_owned())),
                None => Err(Problem::value(
                    class.span,
                    format!("the name of the table of `{}`", class.name),
                    &value,
                    "Write __tablename__ = \"…\"",
                )),
            },
        }
    }

    /// `__tablename__` and `__table_args__` as SQLAlchemy looks them up: a base that has a table of its own gives its value
    /// only if it is a `declared_attr`.
    pub(super) fn directive(&self, class: &Rc<Class<'p>>, name: &str, tables: &Tables<'p>) -> Option<Value<'p>> {
        let mro = class.mro.borrow().clone();
        mro.iter().find_map(|base| {
            let Value::Class(base) = base else { return None };
            let value = base.scope.own(name)?;
            let is_mapped = !Rc::ptr_eq(base, class) && tables.mapped(base).is_some();
            match &value {
                Value::Function(function) if self.py.is_class_property(function) || is_sqlmodel(class) => {
                    let method = Value::Method(Rc::clone(function), Rc::new(Value::Class(Rc::clone(class))));
                    Some(self.py.call(&method, Arguments::default(), function.span))
                }
                _ if is_mapped => None,
                Value::Import(_) => self.py.find_in_class(base, name),
                _ => Some(value),
            }
        })
    }

    /// `__table_args__`
    pub(super) fn table_arguments(&self, class: &Rc<Class<'p>>, draft: usize, tables: &mut Tables<'p>) -> Read<()> {
        let Some(value) = self.directive(class, "__table_args__", tables) else { return Ok(()) };
        let what = format!("`__table_args__` of `{}`", class.name);
        let span = match &value {
            Value::Symbol(symbol) => symbol.span,
            _ => class.span,
        };
        let draft = &mut tables.drafts[draft];
        let mut options = None;
        match &value {
            Value::None => {}
            Value::Dict(_) => options = Some(value.clone()),
            Value::Tuple(_) | Value::List(_) => {
                for element in value.items().unwrap_or_default() {
                    match element {
                        Value::Dict(_) => options = Some(element),
                        Value::None => {}
                        element => draft.items.push((element, class.span)),
                    }
                }
            }
            _ => return Err(Problem::value(span, what, &value, "Write a tuple of constraints and indexes, or a dict")),
        }
        match options {
            Some(Value::Dict(dict)) => {
                let named = dict
                    .borrow()
                    .iter()
                    .filter_map(|(key, value)| Some((key.as_str()?.into(), value.clone())))
                    .collect();
                self.table_options(&Arguments { named, ..Arguments::default() }, draft, class.span)
            }
            _ => Ok(()),
        }
    }

    /// `schema=`, `comment=`, `postgresql_…=`
    pub(super) fn table_options(&self, options: &Arguments<'p>, draft: &mut Draft<'p>, span: Span) -> Read<()> {
        for (name, value) in &options.named {
            match &**name {
                "schema" if value.is_none() => draft.schema = draft.meta.schema.clone(),
                "schema" if library_name(value) == Some("BLANK_SCHEMA") => draft.schema = None,
                "schema" => draft.schema = Some(self.as_text(value, "the schema", span)?),
                "comment" => draft.comment = self.text(options, "comment", span)?,
                "prefixes" => {
                    let words = value.items().unwrap_or_default();
                    draft.prefixes = words.iter().map(|it| self.as_text(it, "a prefix", span)).collect::<Read<_>>()?;
                }
                _ => {
                    if let Some(option) = name.strip_prefix("postgresql_")
                        && !value.is_none()
                    {
                        let text = match value.as_str() {
                            Some(text) => text.to_owned(),
                            None => crate::python::repr(value).ok_or_else(|| {
                                Problem::value(span, format!("`{name}`"), value, "Write the value itself")
                            })?,
                        };
                        draft.options.push((option.to_owned(), text));
                    }
                }
            }
        }
        Ok(())
    }
}

/// Whether a class stands below a base of SQLAlchemy or SQLModel.
pub(super) fn may_be_table(class: &Class<'_>) -> bool {
    is_sqlmodel(class) || class.mro.borrow().iter().any(|base| is_declarative_root(base) || is_made_base(base))
}

pub(super) fn is_sqlmodel(class: &Class<'_>) -> bool {
    has_base(class, |path| path.starts_with("sqlmodel") && last(path) == "SQLModel")
}

/// `__abstract__ = True`, or a base of classes with tables of their own that has none itself.
pub(super) fn is_abstract(class: &Class<'_>) -> bool {
    class.scope.own("__abstract__").and_then(|it| it.truth()) == Some(true)
        || class.bases.iter().any(|base| library_name(base) == Some("AbstractConcreteBase"))
}

/// `__mapper_args__ = {"primary_key": […]}`: the class needs no key of its table.
fn names_its_key(class: &Class<'_>) -> bool {
    match class.scope.own("__mapper_args__") {
        Some(Value::Dict(arguments)) => arguments.borrow().text("primary_key").is_some(),
        _ => false,
    }
}

/// `table=True`, or `model_config = {"table": True}`.
pub(super) fn says_table(class: &Class<'_>) -> bool {
    let keyword = class.keywords.iter().find(|(name, _)| &**name == "table").and_then(|(_, value)| value.truth());
    keyword.unwrap_or_else(|| match class.scope.own("model_config") {
        Some(Value::Dict(dict)) => dict.borrow().text("table").and_then(Value::truth) == Some(true),
        Some(config) => {
            config.as_call().and_then(|(_, given)| given.keyword("table")).and_then(Value::truth) == Some(true)
        }
        None => false,
    })
}

/// `DeclarativeBase` and its kin.
pub(super) fn is_declarative_root(base: &Value<'_>) -> bool {
    matches!(library_name(base), Some("DeclarativeBase" | "DeclarativeBaseNoMeta"))
}

/// `declarative_base()`, `automap_base()`, `registry().generate_base()`.
pub(super) fn is_made_base(base: &Value<'_>) -> bool {
    matches!(library_call(base), Some(("declarative_base" | "automap_base", _)))
        || matches!(method_call(base), Some((_, "generate_base", _)))
}

/// `@as_declarative()`, `@registry.as_declarative_base()`
fn is_base_decorator(decorator: &Value<'_>) -> bool {
    matches!(library_call(decorator), Some(("as_declarative", _)))
        || matches!(method_call(decorator), Some((_, "as_declarative_base", _)))
}

/// `@registry.mapped`, `@registry.mapped_as_dataclass`, `@mapped_as_dataclass(registry)`
fn is_mapping_decorator(decorator: &Value<'_>) -> bool {
    let by_name = |name: &str| matches!(name, "mapped" | "mapped_as_dataclass");
    super::symbols::attribute(decorator).is_some_and(|(_, name)| by_name(name))
        || method_call(decorator).is_some_and(|(_, name, _)| by_name(name))
        || library_call(decorator).is_some_and(|(name, _)| by_name(name))
}

/// SQLAlchemy's order of the names of a class: those that are bound and those that are annotated, each in its own order as far
/// as that can be.
pub(super) fn merged(bound: &[Rc<str>], annotated: &[Rc<str>]) -> Vec<Rc<str>> {
    let mut shared: Vec<&Rc<str>> = bound.iter().filter(|name| annotated.contains(name)).collect();
    let mut result = Vec::with_capacity(bound.len() + annotated.len());
    let (mut current, mut other) = (bound.iter(), annotated.iter());
    loop {
        let Some(name) = current.next() else {
            result.extend(other.cloned());
            return result;
        };
        match shared.iter().position(|known| *known == name) {
            Some(at) => {
                shared.remove(at);
                std::mem::swap(&mut current, &mut other);
            }
            None => result.push(Rc::clone(name)),
        }
    }
}
