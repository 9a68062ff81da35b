//! From drafts to tables: what refers to other tables is looked up, and everything gets the name that it will have.

use std::collections::{BTreeMap, HashSet};

use super::constraints::{ForeignItem, Items};
use super::draft::{Auto, Draft, DraftColumn, Foreign};
use super::mentions::keys_of;
use super::metadata::{ForeignKey, Key, Named, Table};
use super::models::{Models, Problem, Read};
use super::naming::Parts;
use super::python_default;
use super::symbols::library_call;
use crate::python::{Arguments, Span, Value};
use crate::schema::{joined_columns, object_name};

/// Names that are taken in each schema.
pub(super) type Taken = BTreeMap<Option<String>, HashSet<String>>;

impl<'p> Models<'_, 'p> {
    /// Makes the table of a draft.
    pub(super) fn finish(&self, at: usize, drafts: &[Draft<'p>], taken: &mut Taken) -> Table {
        let draft = &drafts[at];
        let mut items = self.items(draft);
        let mut columns: Vec<_> = draft.columns.iter().map(|it| self.typed(it, draft, drafts)).collect();
        let key = self.primary_key(draft, &mut items, &mut columns);
        mark_serial(draft, key.as_ref(), &items.referring(), &mut columns);
        let mut table = Table {
            schema: draft.schema.clone(),
            name: draft.name.clone(),
            comment: draft.comment.clone(),
            prefixes: draft.prefixes.clone(),
            options: draft.options.iter().cloned().collect(),
            columns,
            primary_key: key,
            foreign_keys: self.foreign_keys(draft, &mut items, drafts),
            uniques: items.uniques,
            checks: items.checks,
            excludes: items.excludes,
            indexes: items.indexes,
            declared: self.declared(draft.span),
        };
        server_names(&mut table, taken.entry(draft.schema.clone()).or_default());
        table.foreign_keys.sort_by(|a, b| (&a.columns, &a.named.pg_name).cmp(&(&b.columns, &b.named.pg_name)));
        table.uniques.sort_by(|a, b| (&a.columns, &a.named.pg_name).cmp(&(&b.columns, &b.named.pg_name)));
        table.checks.sort_by(|a, b| (&a.named.pg_name, &a.sql).cmp(&(&b.named.pg_name, &b.sql)));
        table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
        table
    }

    fn items(&self, draft: &Draft<'p>) -> Items<'p> {
        let mut items = Items::default();
        for column in &draft.columns {
            for (value, span) in &column.checks {
                let Some((_, given)) = library_call(value) else { continue };
                items.checks.extend(self.keep(self.check(given, draft, true, *span)));
            }
        }
        for (value, span) in &draft.items {
            match self.item(value, *span, draft, &mut items) {
                Err(problem) if problem.follows_from(&draft.broken) => {}
                read => drop(self.keep(read)),
            }
        }
        for column in &draft.columns {
            items.checks.extend(self.keep(self.check_of_type(column, draft)).flatten());
            if column.unique && !column.index {
                items.uniques.extend(self.keep(self.unique_column(column, draft)));
            }
            items.indexes.extend(self.keep(self.indexes_of_column(column, draft)).unwrap_or_default());
        }
        items
    }

    /// The column with its type, which may be that of the column it refers to.
    fn typed(&self, column: &DraftColumn<'p>, draft: &Draft<'p>, drafts: &[Draft<'p>]) -> super::metadata::Column {
        let mut result = column.column.clone();
        if let Some(given) = &column.computed {
            result.computed = self.keep(self.computed(given, draft, column.span));
        }
        let mut current = column;
        let mut seen: Vec<&DraftColumn<'p>> = Vec::new();
        while !seen.iter().any(|it| std::ptr::eq(*it, current)) {
            seen.push(current);
            if let Some(data) = &current.data {
                result.sql_type = data.text.clone();
                result.python_default =
                    column.default.as_ref().and_then(|default| python_default::plain(default, &data.labels));
                return result;
            }
            let found = current.foreign.first().and_then(|foreign| self.target(&foreign.target, None, drafts));
            match found.and_then(|(table, column)| drafts[table].by_key(&column)) {
                Some(next) => current = next,
                None => break,
            }
        }
        let refers_to_nothing = |foreign: &Foreign<'p>| {
            let found = self.target(&foreign.target, None, drafts);
            found.and_then(|(table, column)| drafts[table].by_key(&column)).is_none()
        };
        // What is wrong with the reference is told where foreign keys are read.
        if current.foreign.first().is_some_and(refers_to_nothing) {
            return result;
        }
        self.report(Problem::invalid(
            column.span,
            format!("the column `{}` has no type", column.column.name),
            "Give it one: Column(String(40))",
        ));
        result
    }

    pub(super) fn primary_key(
        &self,
        draft: &Draft<'p>,
        items: &mut Items<'p>,
        columns: &mut [super::metadata::Column],
    ) -> Option<Key> {
        let flagged: Vec<String> = columns.iter().filter(|it| it.primary_key).map(|it| it.name.clone()).collect();
        let (mut key, names) = items.primary_key.take().map_or((None, flagged.clone()), |(key, names)| {
            let names = if names.is_empty() { flagged.clone() } else { names };
            (Some(key), names)
        });
        for (column, draft) in columns.iter_mut().zip(&draft.columns) {
            if names.contains(&column.name) {
                column.primary_key = true;
                column.nullable = draft.nullable_said && column.nullable;
            }
        }
        if names.is_empty() {
            if draft.needs_key && draft.broken.is_empty() {
                self.report(Problem::invalid(
                    draft.span,
                    format!("the table `{}` has no primary key", draft.name),
                    "Give a column primary_key=True",
                ));
            }
            return None;
        }
        if key.is_none() {
            let named =
                self.keep(self.named("pk", &Arguments::default(), &names, draft, draft.span)).unwrap_or_default();
            key = Some(Key { named, ..Key::default() });
        }
        key.map(|key| Key { columns: names, ..key })
    }

    fn foreign_keys(&self, draft: &Draft<'p>, items: &mut Items<'p>, drafts: &[Draft<'p>]) -> Vec<ForeignKey> {
        let explicit = std::mem::take(&mut items.foreign);
        let of_columns = draft.columns.iter().flat_map(|column| {
            column.foreign.iter().map(move |Foreign { target, arguments, span }| ForeignItem {
                columns: vec![column.column.name.clone()],
                targets: vec![target.clone()],
                arguments: arguments.clone(),
                span: *span,
            })
        });
        let all = explicit.into_iter().chain(of_columns);
        let read = |item: ForeignItem<'p>| {
            let read = self.foreign_key(&item, draft, drafts);
            let follows = || item.targets.iter().any(|target| self.is_broken_target(target, draft, drafts));
            if read.is_err() && follows() { None } else { self.keep(read) }
        };
        all.filter_map(read).collect()
    }

    fn foreign_key(&self, item: &ForeignItem<'p>, draft: &Draft<'p>, drafts: &[Draft<'p>]) -> Read<ForeignKey> {
        let span = item.span;
        let given = &item.arguments;
        let mut table = None;
        let mut ref_columns = Vec::new();
        for target in &item.targets {
            let Some((at, key)) = self.target(target, Some(draft), drafts) else {
                return Err(self.no_target(target, &item.columns, draft, drafts, span));
            };
            let Some(column) =
                drafts[at].by_key(&key).or_else(|| drafts[at].columns.iter().find(|it| it.column.name == key))
            else {
                return Err(Problem::invalid(
                    span,
                    format!("`{}` has no column `{key}`", drafts[at].name),
                    "Name a column of the table that is referred to",
                ));
            };
            table = Some(at);
            ref_columns.push(column.column.name.clone());
        }
        let Some(table) = table.filter(|_| ref_columns.len() == item.columns.len()) else {
            let what = "the foreign key has not as many columns on both sides";
            return Err(Problem::invalid(span, what, "Name a column of the other table for each of this one"));
        };
        let explicit = self.given_name(given.keyword("name"), span)?;
        let keys = keys_of(&item.columns, draft);
        let referred = Some((drafts[table].name.as_str(), &ref_columns[..]));
        let parts = Parts { prefix: "fk", given: &explicit, columns: &item.columns, keys: &keys, referred, span };
        Ok(ForeignKey {
            named: Named {
                name: self.conventional(draft, &parts)?,
                pg_name: String::new(),
                deferrable: self.flag(given, "deferrable", span)?,
                initially: self.text(given, "initially", span)?,
                comment: self.text(given, "comment", span)?,
            },
            columns: item.columns.clone(),
            ref_schema: drafts[table].schema.clone(),
            ref_table: drafts[table].name.clone(),
            ref_columns,
            ondelete: self.text(given, "ondelete", span)?,
            onupdate: self.text(given, "onupdate", span)?,
            match_kind: self.text(given, "match", span)?,
            use_alter: self.flag(given, "use_alter", span)? == Some(true),
        })
    }

    /// Whether a foreign key refers to a table or a column that could not be read, which has been told.
    fn is_broken_target(&self, target: &Value<'p>, from: &Draft<'p>, drafts: &[Draft<'p>]) -> bool {
        if let Some((at, key)) = self.target(target, Some(from), drafts) {
            return drafts[at].broken.iter().any(|it| **it == *key);
        }
        let Some(text) = target.as_str() else {
            return !self.unread.is_empty() || drafts.iter().any(|it| !it.broken.is_empty());
        };
        let table = text.rsplit_once('.').map_or(text, |(table, _)| table);
        let name = table.rsplit_once('.').map_or(table, |(_, name)| name);
        self.unread.iter().any(|unread| unread.as_deref().is_none_or(|it| it == name))
    }

    /// The table and the key of the column that a foreign key refers to.
    fn target(&self, target: &Value<'p>, from: Option<&Draft<'p>>, drafts: &[Draft<'p>]) -> Option<(usize, String)> {
        let Some(text) = target.as_str() else {
            return drafts.iter().enumerate().find_map(|(at, draft)| Some((at, draft.column_of(target)?.key.clone())));
        };
        let (table, column) = text.rsplit_once('.')?;
        let (schema, name) = table.rsplit_once('.').map_or((None, table), |(schema, name)| (Some(schema), name));
        let default = from.and_then(|from| from.meta.schema.as_deref());
        let schema = schema.or(default);
        let found = drafts.iter().position(|it| it.name == name && it.schema.as_deref() == schema);
        found.map(|at| (at, column.to_owned()))
    }

    fn no_target(
        &self,
        target: &Value<'p>,
        columns: &[String],
        draft: &Draft<'p>,
        drafts: &[Draft<'p>],
        span: Span,
    ) -> Problem {
        let what = format!("what `{}.{}` refers to", draft.name, columns.join(", "));
        let Some(text) = target.as_str() else {
            return Problem::value(span, what, target, "Write ForeignKey(\"table.column\")");
        };
        let wanted = text.rsplit_once('.').map_or(text, |(table, _)| table);
        let names = drafts.iter().map(|it| it.name.as_str());
        let near = names.max_by(|a, b| strsim::jaro(a, wanted).total_cmp(&strsim::jaro(b, wanted)));
        let near = near.map_or_else(String::new, |near| format!("; the nearest table is `{near}`"));
        Problem::invalid(
            span,
            format!(
                "`{}.{}` refers to `{text}`, and there is no such table among the models",
                draft.name,
                columns.join(", ")
            ),
            format!("Write \"table.column\", with the schema where there is one{near}"),
        )
    }
}

/// SQLAlchemy lets the server number an integer key that stands alone and refers to nothing; `referring` are the columns in foreign
/// keys of the table, beside those that the columns state themselves.
pub(super) fn mark_serial(
    draft: &Draft<'_>,
    key: Option<&Key>,
    referring: &HashSet<String>,
    columns: &mut [super::metadata::Column],
) {
    let Some(key) = key else { return };
    let alone = key.columns.len() == 1;
    for (column, draft) in columns.iter_mut().zip(&draft.columns) {
        if !key.columns.contains(&column.name) || column.identity.is_some() || draft.default.is_some() {
            continue;
        }
        let is_integer = match &draft.data {
            Some(data) => data.is_integer(),
            None => false,
        };
        let refers = !draft.foreign.is_empty() || referring.contains(&column.name);
        let allowed = match draft.autoincrement {
            Auto::Yes => true,
            Auto::No => false,
            Auto::IfAlone => alone && !refers && column.server_default.is_none(),
            Auto::IfAloneDespiteForeignKey => alone && column.server_default.is_none(),
        };
        // A key with a sequence of its own takes its values from there.
        column.serial = is_integer && allowed && draft.sequence.is_none() && column.computed.is_none();
    }
}

/// The names that PostgreSQL chooses for what has none, in its order: checks, keys, foreign keys.
fn server_names(table: &mut Table, relations: &mut HashSet<String>) {
    let mut names: HashSet<String> = HashSet::new();
    let all = table
        .checks
        .iter_mut()
        .map(|it| &mut it.named)
        .chain(table.primary_key.iter_mut().map(|it| &mut it.named))
        .chain(table.uniques.iter_mut().map(|it| &mut it.named))
        .chain(table.excludes.iter_mut().map(|it| &mut it.named))
        .chain(table.foreign_keys.iter_mut().map(|it| &mut it.named));
    for named in all {
        if let Some(name) = &named.name {
            named.pg_name = name.clone();
            names.insert(name.clone());
        }
    }
    let own = table.name.clone();
    for check in table.checks.iter_mut().filter(|it| it.named.name.is_none()) {
        let column = if check.columns.len() == 1 { check.columns.first().map(String::as_str) } else { None };
        check.named.pg_name = object_name(&own, column, "check", |name| names.contains(name));
        names.insert(check.named.pg_name.clone());
    }
    let mut choose = |named: &mut Named, columns: Option<String>, label: &str| {
        if named.name.is_none() {
            let is_taken = |name: &str| relations.contains(name) || names.contains(name);
            named.pg_name = object_name(&own, columns.as_deref(), label, is_taken);
        }
        names.insert(named.pg_name.clone());
        relations.insert(named.pg_name.clone());
    };
    if let Some(key) = &mut table.primary_key {
        choose(&mut key.named, None, "pkey");
    }
    for unique in &mut table.uniques {
        choose(&mut unique.named, Some(joined_columns(&unique.columns)), "key");
    }
    for exclude in &mut table.excludes {
        let columns: Vec<&str> =
            exclude.elements.iter().map(|(_, name, _)| name.as_deref().unwrap_or("expr")).collect();
        choose(&mut exclude.named, Some(joined_columns(&columns)), "excl");
    }
    if let Some(key) = &mut table.primary_key {
        for unique in table.uniques.iter_mut().filter(|it| it.columns == key.columns && it.include.is_empty()) {
            unique.absorbed_by_pk = true;
            if let (Some(name), None) = (&unique.named.name, &key.named.name) {
                key.named.pg_name = name.clone();
            }
            unique.named.pg_name = key.named.pg_name.clone();
        }
    }
    for foreign in table.foreign_keys.iter_mut().filter(|it| it.named.name.is_none()) {
        let columns = joined_columns(&foreign.columns);
        foreign.named.pg_name = object_name(&own, Some(&columns), "fkey", |name| names.contains(name));
        names.insert(foreign.named.pg_name.clone());
    }
}
