//! The rows that a table gets: some that suit both schemas, and some that only the first one allows.

use std::collections::BTreeSet;

use super::draft::{Cell, Demand, Draft, Link, LinkedColumn, Otherwise, RowKind};
use super::followed::Ways;
use super::literals::{mentions, pleasing};
use super::order::{foreign_keys, is_required};
use super::values::{TypeName, Types, Value};
use crate::diff::define;
use crate::schema::{Column, ConstraintKind, ForeignKey, Index, Indexed, QualifiedName, Table};
use crate::sql;

/// How many rows suit both schemas.
const FITTING: usize = 2;

/// The number of the value that refers to nothing.
const NOWHERE: usize = 97;

/// Makes the rows of one table.
pub(super) struct Maker<'m, 's> {
    pub(super) ways: &'m Ways<'s>,
    pub(super) table: &'s Table,
    /// What the table becomes.
    pub(super) wanted: Option<&'s Table>,
}

impl<'s> Maker<'_, 's> {
    /// The rows, in the order in which they are inserted.
    pub(super) fn drafts(&self, is_at_stake: bool) -> Vec<Draft> {
        let mut drafts: Vec<Draft> = (0..FITTING).map(|n| self.draft(RowKind::Fitting, n, &BTreeSet::new())).collect();
        let Some(wanted) = self.wanted.filter(|_| is_at_stake) else { return drafts };
        let special = [
            (RowKind::Empty, self.emptied(wanted)),
            (RowKind::Twin, self.doubled(wanted)),
            (RowKind::Extreme, self.retyped(wanted)),
            (RowKind::Stray, self.tied(wanted)),
        ];
        for (number, (kind, columns)) in special.into_iter().enumerate().filter(|(_, (_, columns))| !columns.is_empty())
        {
            drafts.push(self.draft(kind, FITTING + number, &columns));
        }
        drafts
    }

    /// Columns in which there may be no value yet, and must be one.
    fn emptied(&self, wanted: &Table) -> BTreeSet<&'s str> {
        self.columns_with(wanted, |old, new| new.not_null && !old.not_null && new.generated.is_none())
    }

    /// Columns whose type changes, and of whose values some may not be of the new one.
    fn retyped(&self, wanted: &Table) -> BTreeSet<&'s str> {
        self.columns_with(wanted, |old, new| self.extreme(old, new).is_some())
    }

    fn columns_with(&self, wanted: &Table, is_it: impl Fn(&Column, &Column) -> bool) -> BTreeSet<&'s str> {
        let columns = self.table.columns.iter().filter(|old| {
            let new = wanted.column(&self.ways.new_column(&wanted.name, &old.name));
            old.generated.is_none() && new.is_some_and(|new| is_it(old, new))
        });
        columns.map(|column| column.name.as_str()).collect()
    }

    fn extreme(&self, old: &Column, new: &Column) -> Option<Value> {
        if let Some(lasting) = self.ways.lasting_labels(&old.type_name) {
            let all = &Types(self.ways.from).enumeration(&TypeName::of(&old.type_name).element)?.values;
            let gone = all.iter().find(|label| !lasting.contains(label)).cloned().map(Value::Text);
            return gone.map(|it| in_array(it, &TypeName::of(&old.type_name)));
        }
        let is_other = old.type_name != new.type_name;
        let length = TypeName::of(&new.type_name).length().unwrap_or_default();
        is_other.then(|| Types(self.ways.from).extreme(&old.type_name, length)).flatten()
    }

    /// Columns that have to be different from now on.
    fn doubled(&self, wanted: &Table) -> BTreeSet<&'s str> {
        let before: Vec<Vec<String>> = unique_texts(self.table).collect();
        let mut found = BTreeSet::new();
        for texts in unique_texts(wanted) {
            let is_concerned = |column: &&Column| {
                let name = self.ways.new_column(&wanted.name, &column.name);
                texts.iter().any(|text| mentions(text, &name)) && wanted.column(&name).is_some()
            };
            if !before.contains(&texts) {
                found.extend(self.table.columns.iter().filter(is_concerned).map(|column| column.name.as_str()));
            }
        }
        let counted = |name: &&str| self.table.column(name).is_none_or(|column| self.is_counted(column));
        found.retain(|name| !counted(name));
        found
    }

    /// Columns that have to refer to something from now on.
    fn tied(&self, wanted: &Table) -> BTreeSet<&'s str> {
        let before: Vec<BTreeSet<&str>> = foreign_keys(self.table).map(names).collect();
        let later = self.later_keys(wanted);
        let columns = self.table.columns.iter().filter(|column| {
            later.iter().any(|key| key.columns.contains(&column.name) && !before.contains(&names(key)))
                && !foreign_keys(self.table).any(|key| key.columns.contains(&column.name))
        });
        columns.map(|column| column.name.as_str()).collect()
    }

    /// The foreign keys that come, between columns that are there already, in the words of the first schema.
    fn later_keys(&self, wanted: &Table) -> Vec<ForeignKey> {
        let keys = foreign_keys(wanted).filter_map(|key| {
            let target = self.ways.from.tables.get(&self.ways.old_name(&key.table))?;
            let old = |table: &QualifiedName, columns: &[String]| -> Vec<String> {
                columns.iter().map(|column| self.ways.old_column(table, column)).collect()
            };
            let (columns, referenced) = (old(&wanted.name, &key.columns), old(&key.table, &key.referenced));
            let is_there = columns.iter().all(|name| self.table.column(name).is_some())
                && referenced.iter().all(|name| target.column(name).is_some());
            is_there.then(|| ForeignKey { columns, referenced, table: target.name.clone(), ..ForeignKey::default() })
        });
        keys.collect()
    }

    fn draft(&self, kind: RowKind, number: usize, special: &BTreeSet<&str>) -> Draft {
        let links = self.links(kind, special);
        let is_linked = |name: &str| links.iter().any(|link| link.columns.iter().any(|it| it.column == name));
        let cells = self.table.columns.iter().filter(|column| !is_linked(&column.name)).filter_map(|column| {
            if special.contains(column.name.as_str()) {
                return Some(Cell {
                    column: column.name.clone(),
                    candidates: self.special(kind, column),
                    at: 0,
                    is_doubtful: false,
                });
            }
            self.cell(column, number)
        });
        Draft {
            kind,
            table: self.table.name.clone(),
            number,
            cells: cells.collect(),
            links: links.clone(),
            constraints: self.constraints(),
            demands: if kind == RowKind::Fitting { self.demands() } else { Vec::new() },
            tries: 0,
        }
    }

    fn special(&self, kind: RowKind, column: &Column) -> Vec<String> {
        let name = sql::name(&column.name);
        let types = Types(self.ways.from);
        let value = match kind {
            RowKind::Empty => "NULL".to_owned(),
            RowKind::Twin => format!("(SELECT {name} FROM ONLY {} ORDER BY ctid LIMIT 1)", self.table.name),
            RowKind::Extreme => {
                let new = self.wanted.and_then(|it| it.column(&self.ways.new_column(&it.name, &column.name)));
                let extreme = new.and_then(|new| self.extreme(column, new));
                extreme.map_or_else(|| "NULL".to_owned(), |value| value.of_type(&column.type_name))
            }
            RowKind::Stray | RowKind::Fitting => types
                .nth(&column.type_name, NOWHERE)
                .map_or_else(|| "NULL".to_owned(), |value| value.of_type(&column.type_name)),
        };
        vec![value]
    }

    /// References to rows of other tables; those with the most columns first, since others share these.
    fn links(&self, kind: RowKind, special: &BTreeSet<&str>) -> Vec<Link> {
        let mut keys: Vec<ForeignKey> = foreign_keys(self.table).cloned().collect();
        if let Some(wanted) = self.wanted.filter(|_| kind != RowKind::Stray) {
            keys.extend(self.later_keys(wanted));
        }
        keys.sort_by_key(|key| std::cmp::Reverse(key.columns.len()));
        let mut taken: BTreeSet<String> = special.iter().map(|name| (*name).to_owned()).collect();
        let mut links = Vec::new();
        for key in keys {
            let is_written = |name: &String| self.table.column(name).is_some_and(|it| it.generated.is_none());
            if key.columns.iter().any(|name| taken.contains(name) || !is_written(name)) {
                continue;
            }
            taken.extend(key.columns.iter().cloned());
            let pairs = key.columns.iter().zip(&key.referenced);
            let columns = pairs.map(|(column, referenced)| self.linked(&key, column, referenced)).collect();
            links.push(Link { table: key.table.clone(), columns });
        }
        links
    }

    fn linked(&self, key: &ForeignKey, column: &str, referenced: &str) -> LinkedColumn {
        let type_of = |table: &QualifiedName, column: &str| {
            let table = self.ways.from.tables.get(table);
            table.and_then(|it| it.column(column)).map(|it| it.type_name.as_str()).unwrap_or_default()
        };
        let (own, other) = (type_of(&self.table.name, column), type_of(&key.table, referenced));
        let cast = if own == other { String::new() } else { format!("::text::{own}") };
        let otherwise = is_required(self.table, key).then(|| self.not_there_yet(key, referenced)).flatten();
        LinkedColumn { column: column.to_owned(), referenced: referenced.to_owned(), cast, otherwise }
    }

    /// What a row refers to that must refer to one which does not exist yet: itself, or the first one of the other table.
    fn not_there_yet(&self, key: &ForeignKey, referenced: &str) -> Option<Otherwise> {
        let target = self.ways.from.tables.get(&key.table)?;
        let column = target.column(referenced)?;
        if self.is_counted(column) {
            let of_sequence = self.ways.from.sequences.iter().find(|it| {
                it.owned_by.as_ref().is_some_and(|owner| owner.table == target.name && owner.column == referenced)
            });
            let options = column.identity.as_ref().map(|it| &it.options).or(of_sequence.map(|it| &it.options));
            return Some(Otherwise::Value(options.map_or(1, |it| it.start).to_string()));
        }
        if target.name == self.table.name {
            return Some(Otherwise::Own(referenced.to_owned()));
        }
        Some(Otherwise::Value(Types(self.ways.from).nth(&column.type_name, 0)?.of_type(&column.type_name)))
    }

    /// Whether the database gives out the values of a column.
    fn is_counted(&self, column: &Column) -> bool {
        column.identity.is_some() || column.default.as_deref().is_some_and(|it| it.starts_with("nextval("))
    }

    /// A column with the values that are tried; `None` where it is left to the database.
    fn cell(&self, column: &Column, number: usize) -> Option<Cell> {
        if column.generated.is_some() || self.is_counted(column) {
            return None;
        }
        let (candidates, is_doubtful) = self.candidates(column, number);
        if candidates.is_empty() && (column.default.is_some() || !column.not_null) {
            return None;
        }
        let mut unique: Vec<String> = Vec::new();
        for candidate in candidates {
            if !unique.contains(&candidate) {
                unique.push(candidate);
            }
        }
        if unique.is_empty() {
            // A type of which nothing is known may still read one of these.
            unique = ["1", "a", "0", "", "{}", "[]"].map(|it| format!("'{it}'::{}", column.type_name)).to_vec();
        }
        Some(Cell { column: column.name.clone(), candidates: unique, at: 0, is_doubtful })
    }

    fn candidates(&self, column: &Column, number: usize) -> (Vec<String>, bool) {
        let (from, to) = (Types(self.ways.from), Types(self.ways.to));
        let mut found: Vec<Value> = Vec::new();
        let mut is_doubtful = false;
        let new = self.wanted.and_then(|it| it.column(&self.ways.new_column(&it.name, &column.name)));
        let name = TypeName::of(&column.type_name);
        match (self.ways.lasting_labels(&column.type_name), new) {
            (Some(labels), _) if !labels.is_empty() => {
                let label = labels.get(number % labels.len()).cloned().map(Value::Text);
                found.extend(label.map(|it| in_array(it, &name)));
            }
            (None, Some(new)) if new.type_name != column.type_name => {
                found.extend(to.nth(&new.type_name, number).filter(|it| matches!(it, Value::Text(_))));
                is_doubtful = true;
            }
            _ => {}
        }
        let bounds = self.bounds(column);
        is_doubtful = is_doubtful || !bounds.is_empty();
        let mut pleasing: Vec<Value> =
            bounds.into_iter().chain(self.checks(column)).flat_map(|text| pleasing(&text, &name)).collect();
        // A check of what is in an array names an element.
        let elements = pleasing.iter().filter(|_| name.is_array).map(|it| in_array(it.clone(), &name));
        pleasing = elements.collect::<Vec<Value>>().into_iter().chain(pleasing).collect();
        if !pleasing.is_empty() {
            let by = number % pleasing.len();
            pleasing.rotate_left(by);
        }
        let plain = [0, 10, 20, 50].into_iter().filter_map(|more| from.nth(&column.type_name, number + more));
        if name.is_number() && self.bounds(column).is_empty() {
            found.extend(plain.take(1).chain(pleasing));
            found.extend([10, 20, 50].into_iter().filter_map(|more| from.nth(&column.type_name, number + more)));
        } else {
            found.extend(pleasing);
            found.extend(plain);
        }
        (found.iter().map(|value| value.of_type(&column.type_name)).collect(), is_doubtful)
    }

    /// The bounds of the partition, where the column decides who takes a row.
    fn bounds(&self, column: &Column) -> Vec<String> {
        let mut found = Vec::new();
        let mut at = self.table;
        while let Some((place, parent)) =
            at.partition_of.as_ref().and_then(|place| Some((place, self.ways.from.tables.get(&place.parent)?)))
        {
            if parent.partition_key.as_ref().is_some_and(|key| mentions(key, &column.name)) {
                found.push(place.bound.clone());
            }
            at = parent;
        }
        found
    }

    /// The conditions that values of a column must meet, now or later.
    fn checks(&self, column: &Column) -> Vec<String> {
        let mut found: Vec<String> =
            checks_of(self.table).map(|(_, text)| text).filter(|it| mentions(it, &column.name)).collect();
        if let Some(wanted) = self.wanted {
            let name = self.ways.new_column(&wanted.name, &column.name);
            found.extend(checks_of(wanted).map(|(_, text)| text).filter(|it| mentions(it, &name)));
        }
        let domain = TypeName::of(&column.type_name).element;
        for types in [Types(self.ways.from), Types(self.ways.to)] {
            found.extend(types.domain(&domain).into_iter().flat_map(|it| &it.checks).map(|it| it.expression.clone()));
        }
        found
    }

    /// The constraints that may refuse a row, with the columns that they are about.
    fn constraints(&self) -> Vec<(String, Vec<String>)> {
        let columns_in = |text: &str| -> Vec<String> {
            self.table.columns.iter().filter(|it| mentions(text, &it.name)).map(|it| it.name.clone()).collect()
        };
        let mut found: Vec<(String, Vec<String>)> =
            self.table.constraints.iter().map(|it| (it.name.clone(), columns_in(&define::constraint(it)))).collect();
        let unique = self.table.indexes.iter().filter(|it| it.unique);
        found.extend(unique.map(|it| (it.name.clone(), columns_in(&define::index(&self.table.name, it)))));
        for column in &self.table.columns {
            let checks = Types(self.ways.from).checks_within(&column.type_name);
            found.extend(checks.into_iter().map(|name| (name, vec![column.name.clone()])));
        }
        let later = self.demands().into_iter().filter(|it| !self.table.constraints.contains(&it.name));
        found.extend(later.map(|it| (it.name, columns_in(&it.expression))));
        found
    }

    /// The checks that come, where the table has their columns already, under the same names and with the same types.
    fn demands(&self) -> Vec<Demand> {
        let Some(wanted) = self.wanted else { return Vec::new() };
        let before: Vec<String> = checks_of(self.table).map(|(_, text)| text).collect();
        let is_same =
            |column: &Column| self.table.column(&column.name).is_some_and(|it| it.type_name == column.type_name);
        let new = checks_of(wanted).filter(|(_, text)| {
            !before.contains(text) && wanted.columns.iter().filter(|it| mentions(text, &it.name)).all(is_same)
        });
        new.map(|(name, expression)| Demand { name, expression }).collect()
    }
}

fn in_array(value: Value, name: &TypeName) -> Value {
    if name.is_array { Value::Expression(format!("ARRAY[{}]", value.of_type(&name.element))) } else { value }
}

fn names(key: &ForeignKey) -> BTreeSet<&str> {
    key.columns.iter().map(String::as_str).collect()
}

pub(super) fn checks_of(table: &Table) -> impl Iterator<Item = (String, String)> + '_ {
    table.constraints.iter().filter_map(|it| match &it.kind {
        ConstraintKind::Check(check) => Some((it.name.clone(), check.expression.clone())),
        _ => None,
    })
}

/// For each key that refuses equal rows, the texts in which its columns are named.
fn unique_texts(table: &Table) -> impl Iterator<Item = Vec<String>> + '_ {
    let keys = table.constraints.iter().filter_map(|it| match &it.kind {
        ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => Some(quoted(&key.columns)),
        _ => None,
    });
    keys.chain(table.indexes.iter().filter(|it| it.unique).map(index_texts))
}

fn quoted(columns: &[String]) -> Vec<String> {
    columns.iter().map(|name| sql::identifier(name)).collect()
}

fn index_texts(index: &Index) -> Vec<String> {
    let keys = index.keys.iter().map(|key| match &key.what {
        Indexed::Column(name) => sql::identifier(name),
        Indexed::Expression(text) => text.clone(),
    });
    keys.chain(index.predicate.clone()).collect()
}
