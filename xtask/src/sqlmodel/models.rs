//! What reading models needs everywhere: the interpreter, the settings, and the list of what went wrong.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::error::ModelsError;
use super::metadata::Declared;
use super::versions::Versions;
use crate::diagnostic::Place;
use crate::python::{Arguments, Class, Function, Interpreter, Span, Unknown, Value};

/// What `xtask.toml` and the lock file say about models.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Types that cannot be read, by the name of their class, and what they are on the server.
    pub types: BTreeMap<String, String>,
    /// Versions of the libraries.
    pub versions: Versions,
}

/// Something that stops one part of a model from being read.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    span: Span,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    NotStatic { what: String, why: String, instead: String, origin: Option<Span> },
    Invalid { what: String, instead: String },
}

/// The result of reading one part.
pub(super) type Read<T> = Result<T, Problem>;

impl Problem {
    /// Only a run could tell it.
    pub(super) fn not_static(
        span: Span,
        what: impl Into<String>,
        why: impl Into<String>,
        instead: impl Into<String>,
    ) -> Self {
        let (what, why, instead) = (what.into(), why.into(), instead.into());
        Self { span, kind: Kind::NotStatic { what, why, instead, origin: None } }
    }

    /// The library or the server would refuse it.
    pub(super) fn invalid(span: Span, what: impl Into<String>, instead: impl Into<String>) -> Self {
        Self { span, kind: Kind::Invalid { what: what.into(), instead: instead.into() } }
    }

    /// A value that should be something plain is not.
    pub(super) fn value(span: Span, what: impl Into<String>, value: &Value<'_>, instead: impl Into<String>) -> Self {
        match value {
            Value::Unknown(unknown) => Self::unknown(span, what, unknown, instead),
            _ => Self::not_static(span, what, "its value is computed", instead),
        }
    }

    /// A value is unknown for a reason.
    pub(super) fn unknown(span: Span, what: impl Into<String>, unknown: &Unknown, instead: impl Into<String>) -> Self {
        let origin = (unknown.span != span).then_some(unknown.span);
        let (what, why, instead) = (what.into(), unknown.why.clone(), instead.into());
        Self { span, kind: Kind::NotStatic { what, why, instead, origin } }
    }

    /// Whether it is only there because one of these attributes could not be read.
    pub(super) fn follows_from(&self, broken: &[std::rc::Rc<str>]) -> bool {
        match &self.kind {
            Kind::NotStatic { .. } => !broken.is_empty(),
            Kind::Invalid { what, .. } => broken.iter().any(|name| what.contains(&format!("`{name}`"))),
        }
    }

    /// What it is about, why, and where.
    pub(super) fn told(self) -> (String, String, Span) {
        match self.kind {
            Kind::NotStatic { what, why, origin, .. } => (what, why, origin.unwrap_or(self.span)),
            Kind::Invalid { what, instead } => (what, instead, self.span),
        }
    }

    /// The same with what it is about in front.
    pub(super) fn about(mut self, about: &str) -> Self {
        if let Kind::NotStatic { what, .. } = &mut self.kind {
            *what = format!("{what} of {about}");
        }
        self
    }
}

/// What reading models needs everywhere.
pub(super) struct Models<'i, 'p> {
    pub(super) py: &'i Interpreter<'p>,
    pub(super) settings: &'i Settings,
    /// Functions under `@compiles(Class, …)`.
    pub(super) compiles: Vec<Compiles<'p>>,
    /// What was set on things of libraries: `SQLModel.metadata.naming_convention = …`.
    pub(super) sets: Vec<(Value<'p>, Rc<str>, Value<'p>)>,
    /// The dialect that types are asked about.
    pub(super) dialect: Value<'p>,
    /// The names of tables whose classes could not be read: what refers to them is right, for all that is known. None where not
    /// even the name is known.
    pub(super) unread: Vec<Option<String>>,
    problems: RefCell<Vec<ModelsError>>,
}

/// `@compiles(Class, "postgresql")`
pub(super) struct Compiles<'p> {
    pub(super) class: Value<'p>,
    pub(super) dialects: Vec<String>,
    pub(super) function: Rc<Function<'p>>,
}

impl<'i, 'p> Models<'i, 'p> {
    pub(super) fn new(py: &'i Interpreter<'p>, settings: &'i Settings) -> Self {
        Self {
            py,
            settings,
            compiles: Vec::new(),
            sets: Vec::new(),
            dialect: Value::None,
            unread: Vec::new(),
            problems: RefCell::default(),
        }
    }

    /// Keeps a problem for the end.
    pub(super) fn report(&self, problem: Problem) {
        let place = self.place(problem.span);
        let error = match problem.kind {
            Kind::NotStatic { what, why, instead, origin } => {
                let places = std::iter::once(place).chain(origin.map(|origin| self.place(origin))).collect();
                ModelsError::NotStatic { what, why, instead, places, others: Vec::new() }
            }
            Kind::Invalid { what, instead } => ModelsError::Invalid { what, instead, place },
        };
        self.add(error);
    }

    /// Keeps an error for the end, once.
    pub(super) fn add(&self, error: ModelsError) {
        let mut problems = self.problems.borrow_mut();
        if !problems.contains(&error) {
            problems.push(error);
        }
    }

    /// The value, or nothing and a report.
    pub(super) fn keep<T>(&self, read: Read<T>) -> Option<T> {
        read.map_err(|problem| self.report(problem)).ok()
    }

    pub(super) fn take_errors(&self) -> Vec<ModelsError> {
        std::mem::take(&mut self.problems.borrow_mut())
    }

    pub(super) fn place(&self, span: Span) -> Place {
        self.py.source(span.file).place(span.range)
    }

    pub(super) fn declared(&self, span: Span) -> Declared {
        let place = self.place(span);
        Declared { path: place.path.to_string(), line: place.line, column: place.column }
    }

    /// A text or nothing.
    pub(super) fn text(&self, arguments: &Arguments<'p>, name: &str, span: Span) -> Read<Option<String>> {
        match arguments.keyword(name) {
            None | Some(Value::None) => Ok(None),
            Some(value) => self.as_text(value, &format!("`{name}`"), span).map(Some),
        }
    }

    /// A text.
    pub(super) fn as_text(&self, value: &Value<'p>, what: &str, span: Span) -> Read<String> {
        if let Some(text) = value.as_str() {
            return Ok(text.to_owned());
        }
        // `quoted_name("x", quote=True)` and `conv("x")` stand for their text.
        if let Some(("quoted_name" | "conv", arguments)) = super::symbols::library_call(value)
            && let Some(text) = arguments.positional.first().and_then(Value::as_str)
        {
            return Ok(text.to_owned());
        }
        Err(Problem::value(span, what, value, "Write the text itself, or a constant"))
    }

    /// Yes, no, or not said.
    pub(super) fn flag(&self, arguments: &Arguments<'p>, name: &str, span: Span) -> Read<Option<bool>> {
        match arguments.keyword(name) {
            None | Some(Value::None) => Ok(None),
            Some(Value::Bool(truth)) => Ok(Some(*truth)),
            Some(Value::Int(number)) => Ok(Some(*number != 0)),
            Some(value) => Err(Problem::value(span, format!("`{name}`"), value, "Write True or False")),
        }
    }

    /// A whole number or nothing.
    pub(super) fn number(&self, value: Option<&Value<'p>>, what: &str, span: Span) -> Read<Option<i64>> {
        match value {
            None | Some(Value::None) => Ok(None),
            Some(value) => match value.as_int().and_then(|number| i64::try_from(number).ok()) {
                Some(number) => Ok(Some(number)),
                None => Err(Problem::value(span, format!("`{what}`"), value, "Write the number itself, or a constant")),
            },
        }
    }

    /// What `**` hides cannot be overlooked.
    pub(super) fn closed(&self, arguments: &Arguments<'p>, what: &str, span: Span) -> Read<()> {
        match &arguments.open {
            Some(unknown) => Err(Problem::unknown(span, what, unknown, "Write the arguments out")),
            None => Ok(()),
        }
    }

    /// The function that compiles a class of the project for PostgreSQL.
    pub(super) fn compiler_of(&self, class: &Class<'p>) -> Option<Rc<Function<'p>>> {
        let mro = class.mro.borrow();
        let of = |wanted: Option<&str>| {
            let fits = |it: &&Compiles<'p>| match wanted {
                Some(dialect) => it.dialects.iter().any(|known| known == dialect),
                None => it.dialects.is_empty(),
            };
            let found = |base: &Value<'p>| self.compiles.iter().rev().filter(fits).find(|it| it.class.is(base));
            mro.iter().find_map(|base| found(base).map(|it| Rc::clone(&it.function)))
        };
        of(Some("postgresql")).or_else(|| of(None))
    }
}

/// A name for a message: `Class.attribute`.
pub(super) fn title(owner: &str, name: &str) -> String {
    format!("`{owner}.{name}`")
}
