//! `Column(…)` and `mapped_column(…)`: what their arguments say.

use std::rc::Rc;

use super::draft::{Auto, Draft, DraftColumn, Foreign};
use super::metadata::{Column, Computed, Counting, Identity, Sequence};
use super::models::{Models, Problem, Read};
use super::symbols::{library_call, library_name, method_call};
use super::types::{SqlType, TypeKind};
use crate::python::{Arguments, Span, Symbol, Value};

/// Things that stand among the arguments of a column and are no type.
const ITEMS: [&str; 14] = [
    "ForeignKey",
    "CheckConstraint",
    "Identity",
    "Computed",
    "Sequence",
    "DefaultClause",
    "FetchedValue",
    "ColumnDefault",
    "UniqueConstraint",
    "PrimaryKeyConstraint",
    "Constraint",
    "Index",
    "ForeignKeyConstraint",
    "ExcludeConstraint",
];

/// Where a column stands.
pub(super) struct Spot<'p> {
    /// The attribute, or the name in a `Table`.
    pub(super) attribute: Rc<str>,
    /// What it belongs to, for messages.
    pub(super) owner: Rc<str>,
    /// The object that declares it, if there is one.
    pub(super) symbol: Option<Rc<Symbol<'p>>>,
    pub(super) span: Span,
}

/// What follows from an annotation, where the arguments do not say it.
#[derive(Default)]
pub(super) struct Implied {
    pub(super) data: Option<SqlType>,
    pub(super) nullable: Option<bool>,
}

impl<'p> Models<'_, 'p> {
    /// Reads the arguments of a column. Arguments that come from `Annotated` stand before the own ones.
    pub(super) fn column(&self, arguments: &Arguments<'p>, spot: Spot<'p>, implied: Implied) -> Read<DraftColumn<'p>> {
        let about = super::models::title(&spot.owner, &spot.attribute);
        self.column_inside(arguments, spot, implied).map_err(|problem| problem.about(&about))
    }

    fn column_inside(&self, arguments: &Arguments<'p>, spot: Spot<'p>, implied: Implied) -> Read<DraftColumn<'p>> {
        let span = spot.span;
        self.closed(arguments, "the column", span)?;
        let mut draft = DraftColumn {
            key: String::new(),
            attribute: Rc::clone(&spot.attribute),
            identities: spot.symbol.into_iter().collect(),
            column: Column { declared: self.declared(span), ..Column::default() },
            data: implied.data,
            foreign: Vec::new(),
            unique: self.flag(arguments, "unique", span)? == Some(true),
            index: self.flag(arguments, "index", span)? == Some(true),
            checks: Vec::new(),
            autoincrement: auto(arguments),
            sequence: None,
            computed: None,
            sort_order: self.number(arguments.keyword("sort_order"), "sort_order", span)?.unwrap_or(0),
            nullable_said: false,
            default: arguments.keyword("default").filter(|it| !it.is_none()).cloned(),
            span,
        };
        let mut name = self.text(arguments, "name", span)?;
        let mut positional = &arguments.positional[..];
        if let [first, rest @ ..] = positional
            && (first.as_str().is_some() || first.is_none())
        {
            name = name.or_else(|| first.as_str().map(str::to_owned));
            positional = rest;
        }
        if let Some(data) = arguments.keyword("type_").filter(|it| !it.is_none()) {
            draft.data = Some(self.sql_type(data, span)?);
        }
        for value in positional {
            self.column_item(value, &mut draft)?;
        }
        draft.column.name = name.unwrap_or_else(|| spot.attribute.to_string());
        draft.key = self.text(arguments, "key", span)?.unwrap_or_else(|| draft.column.name.clone());
        draft.column.comment = self.text(arguments, "comment", span)?;
        draft.column.primary_key = self.flag(arguments, "primary_key", span)? == Some(true);
        let nullable = self.flag(arguments, "nullable", span)?;
        draft.nullable_said = nullable.is_some() || implied.nullable.is_some();
        let said = nullable.or(implied.nullable.filter(|_| !draft.column.primary_key));
        draft.column.nullable = draft.column.identity.is_none() && said.unwrap_or(!draft.column.primary_key);
        if draft.column.identity.is_some() && nullable == Some(true) {
            draft.column.nullable = true;
        }
        self.defaults(arguments, &mut draft)?;
        Ok(draft)
    }

    fn column_item(&self, value: &Value<'p>, draft: &mut DraftColumn<'p>) -> Read<()> {
        let span = draft.span;
        if value.is_none() {
            return Ok(());
        }
        let call = library_call(value).filter(|(name, _)| ITEMS.contains(name));
        match call {
            Some(("ForeignKey", given)) => {
                self.closed(given, "the foreign key", span)?;
                let Some(target) = given.get(0, "column").cloned() else {
                    return Err(Problem::invalid(
                        span,
                        "the foreign key has no column",
                        "Write ForeignKey(\"table.column\")",
                    ));
                };
                draft.foreign.push(Foreign { target, arguments: given.clone(), span });
            }
            Some(("CheckConstraint", _)) => draft.checks.push((value.clone(), span)),
            Some(("Identity", given)) => draft.column.identity = Some(self.identity(given, span)?),
            Some(("Computed", given)) => draft.computed = Some(given.clone()),
            Some(("Sequence", given)) => draft.sequence = Some(self.sequence(given, span)?),
            Some(("DefaultClause", given)) => {
                if let Some(default) = given.positional.first() {
                    draft.column.server_default = Some(self.default_sql(default, span)?);
                }
            }
            Some(_) => {}
            // `FetchedValue` as a class, and dataclass fields, say nothing of the server.
            None if library_name(value) == Some("FetchedValue") => {}
            None if draft.column.name.is_empty() => draft.data = Some(self.sql_type(value, span)?),
            None => {}
        }
        Ok(())
    }

    fn defaults(&self, arguments: &Arguments<'p>, draft: &mut DraftColumn<'p>) -> Read<()> {
        let span = draft.span;
        if let Some(("Sequence", given)) = arguments.keyword("default").and_then(library_call) {
            draft.sequence = Some(self.sequence(given, span)?);
        }
        draft.column.sequence = draft.sequence.as_ref().map(|sequence| sequence.name.clone());
        let Some(given) = arguments.keyword("server_default").filter(|it| !it.is_none()) else { return Ok(()) };
        match library_call(given) {
            Some(("Identity", given)) => draft.column.identity = Some(self.identity(given, span)?),
            Some(("Computed", given)) => draft.computed = Some(given.clone()),
            Some(("FetchedValue", _)) => {}
            Some(("DefaultClause", given)) if !given.positional.is_empty() => {
                draft.column.server_default = Some(self.default_sql(&given.positional[0], span)?);
            }
            _ if library_name(given) == Some("FetchedValue") => {}
            _ => draft.column.server_default = Some(self.default_sql(given, span)?),
        }
        Ok(())
    }

    /// The SQL of `server_default`.
    pub(super) fn default_sql(&self, value: &Value<'p>, span: Span) -> Read<String> {
        if let Some(text) = value.as_str() {
            return Ok(super::identifier::literal(text));
        }
        if let Some((sequence, "next_value", _)) = method_call(value)
            && let Some(("Sequence", given)) = library_call(sequence)
        {
            let sequence = self.sequence(given, span)?;
            return Ok(format!(
                "nextval('{}')",
                super::identifier::qualified(sequence.schema.as_deref(), &sequence.name)
            ));
        }
        match value {
            Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Member(_) => Err(Problem::invalid(
                span,
                "SQLAlchemy takes only text, text(\"…\") and SQL functions as `server_default`",
                "Write server_default=text(\"…\")",
            )),
            _ => Ok(self.expression(value, span, None).map_err(|problem| problem.about("`server_default`"))?.text),
        }
    }

    fn identity(&self, given: &Arguments<'p>, span: Span) -> Read<Identity> {
        let always = given.get(0, "always").and_then(Value::truth) == Some(true);
        let options = self.counting(given, 2, span)?;
        Ok(Identity { always, options })
    }

    /// `Computed(…)`, which may name other columns of the table.
    pub(super) fn computed(&self, given: &Arguments<'p>, table: &Draft<'p>, span: Span) -> Read<Computed> {
        let Some(sql) = given.get(0, "sqltext") else {
            return Err(Problem::invalid(span, "Computed has no expression", "Write Computed(\"a + b\")"));
        };
        let persisted = given.get(1, "persisted").and_then(Value::as_bool);
        let sql = match sql.as_str() {
            Some(text) => text.replace("\\:", ":"),
            None => self.expression(sql, span, Some(table))?.text,
        };
        Ok(Computed { sql, persisted })
    }

    /// `Sequence(…)`
    pub(super) fn sequence(&self, given: &Arguments<'p>, span: Span) -> Read<Sequence> {
        let Some(name) = given.get(0, "name").and_then(Value::as_str) else {
            return Err(Problem::invalid(span, "the sequence has no name", "Write Sequence(\"name\")"));
        };
        let schema = match given.keyword("schema") {
            Some(schema) if !schema.is_none() => Some(self.as_text(schema, "`schema`", span)?),
            _ => match given.keyword("metadata") {
                Some(metadata) => self.meta_of_value(metadata).schema.clone(),
                None => None,
            },
        };
        Ok(Sequence { schema, name: name.to_owned(), options: self.counting(given, 1, span)? })
    }

    fn counting(&self, given: &Arguments<'p>, first: usize, span: Span) -> Read<Counting> {
        let number = |at: usize, name: &str| self.number(given.get(first + at, name), name, span);
        Ok(Counting {
            start: number(0, "start")?,
            increment: number(1, "increment")?,
            minvalue: number(2, "minvalue")?,
            maxvalue: number(3, "maxvalue")?,
            cycle: self.flag(given, "cycle", span)?,
            cache: self.number(given.keyword("cache"), "cache", span)?,
        })
    }
}

fn auto(arguments: &Arguments<'_>) -> Auto {
    match arguments.keyword("autoincrement") {
        Some(Value::Bool(true)) => Auto::Yes,
        Some(Value::Bool(false)) => Auto::No,
        Some(word) if word.as_str() == Some("ignore_fk") => Auto::IfAloneDespiteForeignKey,
        _ => Auto::IfAlone,
    }
}

impl SqlType {
    pub(super) fn is_integer(&self) -> bool {
        self.kind == TypeKind::Integer
    }
}
