//! Constraints and indexes of a table: what their calls say.

use std::collections::{BTreeMap, HashSet};

use super::draft::{Draft, DraftColumn};
use super::identifier::quote;
use super::mentions::{columns_in, keys_of, mentioned};
use super::metadata::{Check, Exclude, Index, Key, Named};
use super::models::{Models, Problem, Read};
use super::naming::{Given, Parts};
use super::symbols::{library_call, method_call};
use crate::python::{Arguments, Span, Value};

/// The table's parts while they are named.
#[derive(Default)]
pub(super) struct Items<'p> {
    pub(super) primary_key: Option<(Key, Vec<String>)>,
    pub(super) uniques: Vec<Key>,
    pub(super) checks: Vec<Check>,
    pub(super) excludes: Vec<Exclude>,
    pub(super) indexes: Vec<Index>,
    /// `ForeignKeyConstraint`: its columns, targets, arguments.
    pub(super) foreign: Vec<ForeignItem<'p>>,
}

impl Items<'_> {
    /// The columns in foreign keys.
    pub(super) fn referring(&self) -> HashSet<String> {
        self.foreign.iter().flat_map(|it| it.columns.iter().cloned()).collect()
    }
}

/// A foreign key before its target is looked up.
pub(super) struct ForeignItem<'p> {
    pub(super) columns: Vec<String>,
    pub(super) targets: Vec<Value<'p>>,
    pub(super) arguments: Arguments<'p>,
    pub(super) span: Span,
}

impl<'p> Models<'_, 'p> {
    /// Reads one constraint or index of a table.
    pub(super) fn item(&self, value: &Value<'p>, span: Span, draft: &Draft<'p>, items: &mut Items<'p>) -> Read<()> {
        let span = match value {
            Value::Symbol(symbol) => symbol.span,
            _ => span,
        };
        if let Some((inner, "ddl_if", given)) = method_call(value) {
            let dialect = given.get(0, "dialect");
            let is_ours = dialect.is_none_or(|dialect| match dialect.items().filter(|_| dialect.as_str().is_none()) {
                Some(names) => names.iter().any(|name| name.as_str() == Some("postgresql")),
                None => dialect.as_str().is_none_or(|name| name == "postgresql"),
            });
            return if is_ours { self.item(inner, span, draft, items) } else { Ok(()) };
        }
        let Some((name, given)) = library_call(value) else {
            return Err(Problem::value(
                span,
                format!("a constraint or index of `{}`", draft.name),
                value,
                "Write UniqueConstraint(…), CheckConstraint(…), Index(…), or a helper that can be followed",
            ));
        };
        self.closed(given, "the constraint", span)?;
        match name {
            "PrimaryKeyConstraint" => {
                let columns = self.column_names(&given.positional, draft, span)?;
                let named = self.named("pk", given, &columns, draft, span)?;
                let include = self.included(given, draft, span)?;
                items.primary_key = Some((Key { named, include, ..Key::default() }, columns));
            }
            "UniqueConstraint" => items.uniques.push(self.unique(given, draft, span)?),
            "CheckConstraint" => items.checks.push(self.check(given, draft, false, span)?),
            "ForeignKeyConstraint" => {
                let list = |at, name| given.get(at, name).and_then(Value::items).unwrap_or_default();
                let columns = self.column_names(&list(0, "columns"), draft, span)?;
                let targets = list(1, "refcolumns");
                items.foreign.push(ForeignItem { columns, targets, arguments: given.clone(), span });
            }
            "ExcludeConstraint" => items.excludes.push(self.exclude(given, draft, span)?),
            "Index" => items.indexes.push(self.index(given, draft, span)?),
            "Column" | "Sequence" => {}
            other => {
                let instead = "Write UniqueConstraint(…), CheckConstraint(…), ForeignKeyConstraint(…), ExcludeConstraint(…) or Index(…)";
                return Err(Problem::not_static(span, format!("`{other}`"), "this reader does not know it", instead));
            }
        }
        Ok(())
    }

    /// Names of columns from texts and objects.
    pub(super) fn column_names(&self, values: &[Value<'p>], draft: &Draft<'p>, span: Span) -> Read<Vec<String>> {
        values.iter().map(|value| Ok(self.named_column(value, draft, span)?.column.name.clone())).collect()
    }

    fn named_column<'d>(&self, value: &Value<'p>, draft: &'d Draft<'p>, span: Span) -> Read<&'d DraftColumn<'p>> {
        if let Some(column) = draft.column_of(value) {
            return Ok(column);
        }
        let Some(name) = value.as_str() else {
            return Err(Problem::value(span, "a column of the constraint", value, "Name the column in quotes"));
        };
        let same = |column: &&DraftColumn<'p>| column.column.name == name;
        draft.by_key(name).or_else(|| draft.columns.iter().find(same)).ok_or_else(|| {
            let names = draft.columns.iter().map(|it| it.column.name.as_str());
            let near = names.max_by(|a, b| strsim::jaro(a, name).total_cmp(&strsim::jaro(b, name)));
            let near = near.map_or_else(String::new, |near| format!("; the nearest is `{near}`"));
            Problem::invalid(
                span,
                format!("`{}` has no column `{name}`", draft.name),
                format!("Name a column of the table{near}"),
            )
        })
    }

    /// Name, deferrability and comment.
    pub(super) fn named(
        &self,
        prefix: &str,
        given: &Arguments<'p>,
        columns: &[String],
        draft: &Draft<'p>,
        span: Span,
    ) -> Read<Named> {
        let explicit = self.given_name(given.keyword("name"), span)?;
        self.named_as(prefix, &explicit, given, columns, draft, span)
    }

    fn named_as(
        &self,
        prefix: &str,
        explicit: &Given,
        given: &Arguments<'p>,
        columns: &[String],
        draft: &Draft<'p>,
        span: Span,
    ) -> Read<Named> {
        let keys = keys_of(columns, draft);
        let parts = Parts { prefix, given: explicit, columns, keys: &keys, referred: None, span };
        Ok(Named {
            name: self.conventional(draft, &parts)?,
            pg_name: String::new(),
            deferrable: self.flag(given, "deferrable", span)?,
            initially: self.text(given, "initially", span)?,
            comment: self.text(given, "comment", span)?,
        })
    }

    fn unique(&self, given: &Arguments<'p>, draft: &Draft<'p>, span: Span) -> Read<Key> {
        let columns = self.column_names(&given.positional, draft, span)?;
        Ok(Key {
            named: self.named("uq", given, &columns, draft, span)?,
            columns,
            nulls_not_distinct: self.flag(given, "postgresql_nulls_not_distinct", span)?,
            include: self.included(given, draft, span)?,
            absorbed_by_pk: false,
        })
    }

    /// `unique=True` of a column.
    pub(super) fn unique_column(&self, column: &DraftColumn<'p>, draft: &Draft<'p>) -> Read<Key> {
        let columns = vec![column.column.name.clone()];
        let named = self.named("uq", &Arguments::default(), &columns, draft, column.span)?;
        Ok(Key { named, columns, ..Key::default() })
    }

    fn included(&self, given: &Arguments<'p>, draft: &Draft<'p>, span: Span) -> Read<Vec<String>> {
        let include = given.keyword("postgresql_include").and_then(Value::items).unwrap_or_default();
        self.column_names(&include, draft, span)
    }

    /// `CheckConstraint(…)`
    pub(super) fn check(&self, given: &Arguments<'p>, draft: &Draft<'p>, inline: bool, span: Span) -> Read<Check> {
        let Some(condition) = given.get(0, "sqltext") else {
            return Err(Problem::invalid(span, "the check has no condition", "Write CheckConstraint(\"a > 0\")"));
        };
        let (sql, columns) = match condition.as_str() {
            Some(text) => {
                let sql = text.replace("\\:", ":");
                let columns = mentioned(&sql, draft);
                (sql, columns)
            }
            None => {
                let sql = self.expression(condition, span, Some(draft))?.text;
                let found = columns_in(condition, draft);
                let columns = if found.is_empty() { mentioned(&sql, draft) } else { found };
                (sql, columns)
            }
        };
        let explicit = self.given_name(given.get(1, "name"), span)?;
        let named = self.named_as("ck", &explicit, given, &columns, draft, span)?;
        Ok(Check { named, sql, columns, type_bound: false, inline })
    }

    /// The check of an enum that is kept as text.
    pub(super) fn check_of_type(&self, column: &DraftColumn<'p>, draft: &Draft<'p>) -> Read<Option<Check>> {
        let Some((name, values)) = column.data.as_ref().and_then(|data| data.check.as_ref()) else { return Ok(None) };
        let list: Vec<String> = values.iter().map(|value| super::identifier::literal(value)).collect();
        let sql = format!("{} IN ({})", quote(&column.column.name), list.join(", "));
        let columns = vec![column.column.name.clone()];
        let explicit = name.clone().map_or(Given::Nothing, Given::Name);
        let named = self.named_as("ck", &explicit, &Arguments::default(), &columns, draft, column.span)?;
        Ok(Some(Check { named, sql, columns, type_bound: true, inline: false }))
    }

    fn exclude(&self, given: &Arguments<'p>, draft: &Draft<'p>, span: Span) -> Read<Exclude> {
        let mut elements = Vec::new();
        let mut columns = Vec::new();
        for pair in &given.positional {
            let pair = pair.items().filter(|pair| pair.len() == 2);
            let Some([element, operator]) = pair.as_deref() else {
                return Err(Problem::invalid(
                    span,
                    "an element of the exclusion is no pair",
                    "Write (\"column\", \"=\")",
                ));
            };
            let operator = self.as_text(operator, "the operator", span)?;
            let (sql, name) = match draft.column_of(element).or_else(|| draft.by_key(element.as_str()?)) {
                Some(column) => (quote(&column.column.name), Some(column.column.name.clone())),
                None => match element.as_str() {
                    Some(text) => (quote(text), Some(text.to_owned())),
                    None => (self.expression(element, span, Some(draft))?.element(), None),
                },
            };
            columns.extend(name.clone().or_else(|| columns_in(element, draft).first().cloned()));
            elements.push((sql, name, operator));
        }
        let condition = match given.keyword("where") {
            None | Some(Value::None) => None,
            Some(condition) => Some(self.condition(condition, draft, span)?),
        };
        // Naming conventions know no key of their own for exclusions.
        let name = match self.given_name(given.keyword("name"), span)? {
            Given::Name(name) | Given::Final(name) => Some(name),
            Given::Nothing => None,
        };
        let named = Named {
            name,
            pg_name: String::new(),
            deferrable: self.flag(given, "deferrable", span)?,
            initially: self.text(given, "initially", span)?,
            comment: None,
        };
        let using = self.text(given, "using", span)?.unwrap_or_else(|| "gist".to_owned());
        Ok(Exclude { named, using, elements, ops: self.words(given, "ops", span)?, condition })
    }

    /// A condition: text as it is, or an expression.
    fn condition(&self, value: &Value<'p>, draft: &Draft<'p>, span: Span) -> Read<String> {
        match value.as_str() {
            Some(text) => Ok(text.replace("\\:", ":")),
            None => Ok(self.expression(value, span, Some(draft))?.text),
        }
    }

    fn words(&self, given: &Arguments<'p>, name: &str, span: Span) -> Read<BTreeMap<String, String>> {
        let Some(Value::Dict(dict)) = given.keyword(name) else { return Ok(BTreeMap::new()) };
        let dict = dict.borrow();
        let word = |(key, value): &(Value<'p>, Value<'p>)| {
            let shown = value.as_str().map(str::to_owned).or_else(|| crate::python::text_of(value));
            let shown =
                shown.ok_or_else(|| Problem::value(span, format!("`{name}`"), value, "Write the value itself"))?;
            Ok((self.as_text(key, "a column", span)?, shown))
        };
        dict.iter().map(word).collect()
    }

    /// `Index(…)`
    pub(super) fn index(&self, given: &Arguments<'p>, draft: &Draft<'p>, span: Span) -> Read<Index> {
        let (first, rest) = given.positional.split_first().map_or((None, &[][..]), |(first, rest)| (Some(first), rest));
        let mut index = Index { unique: self.flag(given, "unique", span)? == Some(true), ..Index::default() };
        for value in rest {
            let column = draft
                .column_of(value)
                .map(Ok)
                .or_else(|| value.as_str().map(|_| self.named_column(value, draft, span)));
            match column {
                Some(column) => {
                    let name = column?.column.name.clone();
                    index.expressions.push(quote(&name));
                    index.keys.push(Some(name.clone()));
                    index.columns.push(name);
                }
                None => {
                    index.expressions.push(self.expression(value, span, Some(draft))?.element());
                    index.keys.push(label_of(value));
                    index.columns.extend(columns_in(value, draft));
                }
            }
        }
        index.using = self.text(given, "postgresql_using", span)?;
        index.condition = match given.keyword("postgresql_where") {
            None | Some(Value::None) => None,
            Some(condition) => Some(self.condition(condition, draft, span)?),
        };
        index.ops = self.words(given, "postgresql_ops", span)?;
        index.with = self.words(given, "postgresql_with", span)?;
        index.include = self.included(given, draft, span)?;
        index.tablespace = self.text(given, "postgresql_tablespace", span)?;
        index.concurrently = self.flag(given, "postgresql_concurrently", span)? == Some(true);
        index.nulls_not_distinct = self.flag(given, "postgresql_nulls_not_distinct", span)?;
        index.name = self.index_name(first.or_else(|| given.keyword("name")), &index.columns, draft, span)?;
        Ok(index)
    }

    fn index_name(&self, name: Option<&Value<'p>>, columns: &[String], draft: &Draft<'p>, span: Span) -> Read<String> {
        let explicit = self.given_name(name, span)?;
        let keys = keys_of(columns, draft);
        let parts = Parts { prefix: "ix", given: &explicit, columns, keys: &keys, referred: None, span };
        self.conventional(draft, &parts)?.ok_or_else(|| {
            Problem::invalid(span, "the index has no name", "Name it, or give the naming convention a key \"ix\"")
        })
    }

    /// `index=True` of a column, and GeoAlchemy2's own.
    pub(super) fn indexes_of_column(&self, column: &DraftColumn<'p>, draft: &Draft<'p>) -> Read<Vec<Index>> {
        use super::types::Spatial;
        let name = &column.column.name;
        let mut indexes = Vec::new();
        let plain = Index {
            expressions: vec![quote(name)],
            keys: vec![Some(name.clone())],
            columns: vec![name.clone()],
            ..Index::default()
        };
        if column.index {
            let own = self.index_name(None, std::slice::from_ref(name), draft, column.span)?;
            indexes.push(Index { name: own, unique: column.unique, ..plain.clone() });
        }
        if let Some(spatial) = column.data.as_ref().and_then(|data| data.spatial) {
            let own = format!("idx_{}_{name}", draft.name);
            let mut index = Index { name: own, using: Some("gist".to_owned()), ..plain };
            match spatial {
                Spatial::Plain => {}
                Spatial::AllDimensions => drop(index.ops.insert(name.clone(), "gist_geometry_ops_nd".to_owned())),
                Spatial::Raster => index.expressions = vec![format!("ST_ConvexHull({})", quote(name))],
            }
            indexes.push(index);
        }
        Ok(indexes)
    }
}

/// `expression.label("x")`
fn label_of(value: &Value<'_>) -> Option<String> {
    match method_call(value) {
        Some((_, "label", given)) => given.positional.first().and_then(Value::as_str).map(str::to_owned),
        _ => None,
    }
}
