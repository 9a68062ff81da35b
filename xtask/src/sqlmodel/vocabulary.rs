//! Columns, constraints, indexes and types one by one, for whoever reads something else than models that is written in
//! SQLAlchemy's words: the scripts of Alembic.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

pub use super::class_tables::{ClassTable, column_of_class, columns_of_class, table_of_class};
use super::columns::{Implied, Spot};
use super::constraints::{ForeignItem, Items};
use super::draft::{Draft, DraftColumn, Foreign, MetaSettings};
use super::finish::mark_serial;
use super::mentions::keys_of;
use super::metadata::{Check, Column, EnumType, Exclude, ForeignKey, Index, Key, Named, Sequence};
use super::models::{Models, Problem, Read, Settings};
use super::naming::Parts;
use super::symbols::{library_call, library_name};
use super::types::{SchemaOf, SqlType};
use crate::python::{Arguments, Interpreter, Span, Value};

/// Why something cannot be written as SQL.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What it is about.
    pub what: String,
    /// Why.
    pub why: String,
    /// Where.
    pub span: Span,
}

/// A table, or what is added to one.
#[derive(Debug, Default)]
pub struct Made {
    /// The columns with their checks, in order.
    pub columns: Vec<(Column, Vec<Check>)>,
    /// The constraints: the primary key first, then as they are made.
    pub constraints: Vec<Constraint>,
    /// The indexes.
    pub indexes: Vec<Index>,
    /// Enum types that columns use, and whether they are made with the table.
    pub enums: Vec<(EnumType, bool)>,
    /// The comment of the table.
    pub comment: Option<String>,
    /// `UNLOGGED` and the like.
    pub prefixes: Vec<String>,
    /// `postgresql_…` options of the table.
    pub options: BTreeMap<String, String>,
}

/// One constraint of any kind.
#[derive(Clone, Debug)]
pub enum Constraint {
    /// `PRIMARY KEY`
    Primary(Key),
    /// `UNIQUE`
    Unique(Key),
    /// `FOREIGN KEY`
    Foreign(ForeignKey),
    /// `CHECK`
    Check(Check),
    /// `EXCLUDE`
    Exclude(Exclude),
}

impl Constraint {
    /// Its name and when it is checked.
    pub fn named(&self) -> &Named {
        match self {
            Self::Primary(key) | Self::Unique(key) => &key.named,
            Self::Foreign(key) => &key.named,
            Self::Check(check) => &check.named,
            Self::Exclude(exclude) => &exclude.named,
        }
    }

    fn named_mut(&mut self) -> &mut Named {
        match self {
            Self::Primary(key) | Self::Unique(key) => &mut key.named,
            Self::Foreign(key) => &mut key.named,
            Self::Check(check) => &mut check.named,
            Self::Exclude(exclude) => &mut exclude.named,
        }
    }
}

/// Reads SQLAlchemy's words.
pub struct Vocabulary<'i, 'p> {
    models: Models<'i, 'p>,
    meta: Rc<MetaSettings<'p>>,
}

/// The table that something belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    /// Its schema.
    pub schema: Option<&'a str>,
    /// Its name.
    pub name: &'a str,
}

impl<'i, 'p> Vocabulary<'i, 'p> {
    /// With templates for names, as `MetaData(naming_convention=…)` gives them; empty where there are none.
    pub fn new(py: &'i Interpreter<'p>, settings: &'i Settings, convention: &BTreeMap<String, String>) -> Self {
        let entries = convention.iter().map(|(key, text)| (Value::str(key.as_str()), Value::str(text.as_str())));
        let convention = match Value::dict(entries) {
            Value::Dict(dict) if !convention.is_empty() => Some(dict),
            _ => None,
        };
        Self { models: Models::new(py, settings), meta: Rc::new(MetaSettings { schema: None, convention }) }
    }

    /// Who reads values.
    pub fn interpreter(&self) -> &'i Interpreter<'p> {
        self.models.py
    }

    /// What the arguments of `Table` behind its name make. Columns that only constraints name are taken to be there.
    pub fn table(
        &self,
        owner: Owner<'_>,
        items: &[Value<'p>],
        options: &Arguments<'p>,
        span: Span,
    ) -> Result<Made, Fault> {
        self.table_inside(owner, items, options, span).map_err(|problem| self.fault(problem))
    }

    fn table_inside(&self, owner: Owner<'_>, values: &[Value<'p>], options: &Arguments<'p>, span: Span) -> Read<Made> {
        let mut draft = self.draft(owner, span);
        self.models.closed(options, "the table", span)?;
        self.models.table_options(options, &mut draft, span)?;
        let mut others = Vec::new();
        for value in values {
            match (library_call(value), value) {
                (Some(("Column", given)), _) => draft.columns.push(self.column_of(value, given, &draft.name, span)?),
                (_, Value::None) => {}
                (_, Value::Unknown(unknown)) => {
                    let what = format!("a column or constraint of `{}`", draft.name);
                    return Err(Problem::unknown(span, what, unknown, "Write it out"));
                }
                _ => others.push(value),
            }
        }
        let mentioned = others.iter().flat_map(|value| names_in(value)).collect::<Vec<_>>();
        let own = draft.columns.len();
        for name in mentioned {
            if draft.by_key(&name).is_none() {
                draft.columns.push(self.bare_column(&name, span)?);
            }
        }
        let mut made = self.constraints(&draft, &others, own)?;
        made.comment = draft.comment.clone();
        made.prefixes = draft.prefixes.clone();
        made.options = draft.options.iter().cloned().collect();
        Ok(made)
    }

    fn draft(&self, owner: Owner<'_>, span: Span) -> Draft<'p> {
        let draft = Draft::new(owner.name.to_owned(), Rc::clone(&self.meta), span);
        Draft { schema: owner.schema.map(str::to_owned), ..draft }
    }

    fn column_of(&self, value: &Value<'p>, given: &Arguments<'p>, table: &str, span: Span) -> Read<DraftColumn<'p>> {
        let symbol = if let Value::Symbol(symbol) = value { Some(Rc::clone(symbol)) } else { None };
        let span = symbol.as_ref().map_or(span, |symbol| symbol.span);
        let attribute = given.get(0, "name").and_then(Value::as_str).unwrap_or_default().into();
        self.models.column(given, Spot { attribute, owner: table.into(), symbol, span }, Implied::default())
    }

    fn bare_column(&self, name: &str, span: Span) -> Read<DraftColumn<'p>> {
        let given = Arguments::of(vec![Value::str(name)]);
        let spot = Spot { attribute: name.into(), owner: "".into(), symbol: None, span };
        self.models.column(&given, spot, Implied::default())
    }

    /// `own` is how many of the draft's columns are to be made; the others are there.
    fn constraints(&self, draft: &Draft<'p>, values: &[&Value<'p>], own: usize) -> Read<Made> {
        let models = &self.models;
        let mut items = Items::default();
        let mut made = Made::default();
        let mut constraints = Vec::new();
        for column in &draft.columns[..own] {
            let checks = column.checks.iter().filter_map(|(value, span)| Some((library_call(value)?.1, span)));
            let mut checks: Vec<Check> =
                checks.map(|(given, span)| models.check(given, draft, true, *span)).collect::<Read<_>>()?;
            checks.iter_mut().for_each(|it| it.named.pg_name = it.named.name.clone().unwrap_or_default());
            let mut result = column.column.clone();
            if let Some(given) = &column.computed {
                result.computed = Some(models.computed(given, draft, column.span)?);
            }
            match &column.data {
                Some(data) => {
                    result.sql_type = self.in_schema(data, draft);
                    made.enums.extend(data.enums.iter().map(|it| (self.enum_in_schema(it, draft), it.create)));
                }
                None => {
                    return Err(Problem::invalid(
                        column.span,
                        format!("the column `{}` has no type", column.column.name),
                        "Give it one",
                    ));
                }
            }
            made.columns.push((result, checks));
            for Foreign { target, arguments, span } in &column.foreign {
                let columns = vec![column.column.name.clone()];
                let item =
                    ForeignItem { columns, targets: vec![target.clone()], arguments: arguments.clone(), span: *span };
                constraints.push(Constraint::Foreign(self.foreign(&item, draft)?));
            }
            constraints.extend(models.check_of_type(column, draft)?.map(Constraint::Check));
            if column.unique && !column.index {
                constraints.push(Constraint::Unique(models.unique_column(column, draft)?));
            }
            made.indexes.extend(models.indexes_of_column(column, draft)?);
        }
        let mut referring = HashSet::new();
        for value in values {
            models.item(value, draft.span, draft, &mut items)?;
            referring.extend(items.referring());
            constraints.extend(items.uniques.drain(..).map(Constraint::Unique));
            constraints.extend(items.checks.drain(..).map(Constraint::Check));
            constraints.extend(items.excludes.drain(..).map(Constraint::Exclude));
            for item in items.foreign.drain(..) {
                constraints.push(Constraint::Foreign(self.foreign(&item, draft)?));
            }
            made.indexes.append(&mut items.indexes);
        }
        let mut columns: Vec<Column> = made.columns.iter().map(|(column, _)| column.clone()).collect();
        let key = models.primary_key(draft, &mut items, &mut columns);
        mark_serial(draft, key.as_ref(), &referring, &mut columns);
        made.columns.iter_mut().zip(columns).for_each(|((column, _), marked)| *column = marked);
        made.constraints = key.map(Constraint::Primary).into_iter().chain(constraints).collect();
        for constraint in &mut made.constraints {
            let named = constraint.named_mut();
            named.pg_name = named.name.clone().unwrap_or_default();
        }
        match models.take_errors().first() {
            Some(error) => Err(Problem::invalid(draft.span, error.to_string(), "Name it in the script")),
            None => Ok(made),
        }
    }

    fn in_schema(&self, data: &SqlType, draft: &Draft<'p>) -> String {
        let mut text = data.text.clone();
        for used in data.enums.iter().filter(|used| used.schema == SchemaOf::Table && draft.schema.is_some()) {
            let after = super::identifier::qualified(draft.schema.as_deref(), &used.of.name);
            text = text.replacen(&super::identifier::quote(&used.of.name), &after, 1);
        }
        text
    }

    fn enum_in_schema(&self, used: &super::types::EnumUse, draft: &Draft<'p>) -> EnumType {
        let schema = match used.schema {
            SchemaOf::Table => draft.schema.clone(),
            _ => used.of.schema.clone(),
        };
        EnumType { schema, ..used.of.clone() }
    }

    fn foreign(&self, item: &ForeignItem<'p>, draft: &Draft<'p>) -> Read<ForeignKey> {
        let models = &self.models;
        let (span, given) = (item.span, &item.arguments);
        let mut table = None;
        let mut ref_columns = Vec::new();
        for target in &item.targets {
            let text = match column_of_class(target) {
                Some((ClassTable { schema: Some(schema), name }, column)) => format!("{schema}.{name}.{column}"),
                Some((ClassTable { name, .. }, column)) => format!("{name}.{column}"),
                None => models.as_text(target, "what the foreign key refers to", span)?,
            };
            let Some((of, column)) = text.rsplit_once('.') else {
                return Err(Problem::invalid(
                    span,
                    format!("`{text}` names no column of a table"),
                    "Write \"table.column\"",
                ));
            };
            table = Some(of.to_owned());
            ref_columns.push(column.to_owned());
        }
        let Some(table) = table.filter(|_| ref_columns.len() == item.columns.len()) else {
            let what = "the foreign key has not as many columns on both sides";
            return Err(Problem::invalid(span, what, "Name a column of the other table for each of this one"));
        };
        let (schema, name) = table.rsplit_once('.').map_or((None, &*table), |(schema, name)| (Some(schema), name));
        let explicit = models.given_name(given.keyword("name"), span)?;
        let keys = keys_of(&item.columns, draft);
        let referred = Some((name, &ref_columns[..]));
        let parts = Parts { prefix: "fk", given: &explicit, columns: &item.columns, keys: &keys, referred, span };
        Ok(ForeignKey {
            named: Named {
                name: models.conventional(draft, &parts)?,
                pg_name: String::new(),
                deferrable: models.flag(given, "deferrable", span)?,
                initially: models.text(given, "initially", span)?,
                comment: models.text(given, "comment", span)?,
            },
            columns: item.columns.clone(),
            ref_schema: schema.map(str::to_owned),
            ref_table: name.to_owned(),
            ref_columns,
            ondelete: models.text(given, "ondelete", span)?,
            onupdate: models.text(given, "onupdate", span)?,
            match_kind: models.text(given, "match", span)?,
            use_alter: models.flag(given, "use_alter", span)? == Some(true),
        })
    }

    /// A type in the server's words.
    pub fn sql_type(&self, value: &Value<'p>, span: Span) -> Result<(String, Vec<(EnumType, bool)>), Fault> {
        match self.models.sql_type(value, span) {
            Ok(data) => Ok((data.text, data.enums.into_iter().map(|it| (it.of, it.create)).collect())),
            Err(problem) => Err(self.fault(problem)),
        }
    }

    /// An expression.
    pub fn expression(&self, value: &Value<'p>, span: Span) -> Result<String, Fault> {
        self.models.expression(value, span, None).map(|sql| sql.text).map_err(|problem| self.fault(problem))
    }

    /// What stands behind `DEFAULT`; the second is an identity, the third whether it is computed.
    pub fn default(&self, value: &Value<'p>, span: Span) -> Result<String, Fault> {
        self.models.default_sql(value, span).map_err(|problem| self.fault(problem))
    }

    /// The name that the templates make of a constraint's name; none where it has no name.
    pub fn constraint_name(
        &self,
        owner: Owner<'_>,
        prefix: &str,
        name: &Value<'p>,
        span: Span,
    ) -> Result<Option<String>, Fault> {
        let draft = self.draft(owner, span);
        let read = || {
            let given = self.models.given_name(Some(name), span)?;
            let parts = Parts { prefix, given: &given, columns: &[], keys: &[], referred: None, span };
            self.models.conventional(&draft, &parts)
        };
        read().map_err(|problem| self.fault(problem))
    }

    /// `Sequence(…)`
    pub fn sequence(&self, value: &Value<'p>, span: Span) -> Result<Sequence, Fault> {
        let fault = |why: &str| Fault { what: "the sequence".to_owned(), why: why.to_owned(), span };
        let Some(("Sequence", given)) = library_call(value) else { return Err(fault("only a run can tell it")) };
        let unread = ["nominvalue", "nomaxvalue", "data_type", "order"];
        if given.open.is_some() || given.named.iter().any(|(name, _)| unread.contains(&&**name)) {
            return Err(fault("it has options that this reader does not write"));
        }
        self.models.sequence(given, span).map_err(|problem| self.fault(problem))
    }

    /// A text, also of `quoted_name(…)` and the like.
    pub fn text(&self, value: &Value<'p>, what: &str, span: Span) -> Result<String, Fault> {
        self.models.as_text(value, what, span).map_err(|problem| self.fault(problem))
    }

    fn fault(&self, problem: Problem) -> Fault {
        let (what, why, span) = problem.told();
        Fault { what, why, span }
    }
}

/// Names of columns that a constraint or an index gives as texts.
fn names_in(value: &Value<'_>) -> Vec<String> {
    let Some((name, given)) = library_call(value) else { return Vec::new() };
    let texts =
        |values: &[Value<'_>]| values.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect::<Vec<_>>();
    let mut names = match name {
        "Index" => texts(given.positional.get(1..).unwrap_or_default()),
        "PrimaryKeyConstraint" | "UniqueConstraint" => texts(&given.positional),
        "ForeignKeyConstraint" => texts(&given.get(0, "columns").and_then(Value::items).unwrap_or_default()),
        _ => Vec::new(),
    };
    names.extend(texts(&given.keyword("postgresql_include").and_then(Value::items).unwrap_or_default()));
    names
}

/// The name of SQLAlchemy's thing that a value calls or is, by whatever path it was imported.
pub fn word<'v>(value: &'v Value<'_>) -> Option<&'v str> {
    library_call(value).map(|(name, _)| name).or_else(|| library_name(value))
}

/// The name that the server would choose for a constraint of a table, were all names free.
pub fn server_name(table: &str, columns: &[String], label: &str) -> String {
    let joined = crate::schema::joined_columns(columns);
    let columns = (!columns.is_empty()).then_some(&*joined);
    crate::schema::object_name(table, columns, label, |_| false)
}
