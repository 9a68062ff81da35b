//! Two readings of the same models, held against each other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::json::as_json;
use super::metadata::Metadata;

/// One fact that two readings have in another way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Of what: `column public.runs.reactor`.
    pub what: String,
    /// Which of its properties: `type`; none where only one reading has the whole thing.
    pub property: Option<String>,
    /// In the first reading; nothing where it is not there.
    pub first: Option<Value>,
    /// In the second.
    pub second: Option<Value>,
}

/// How two readings compare.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// How many things were compared.
    pub facts: usize,
    /// What differs, in the order of what it is about.
    pub differences: Vec<Difference>,
}

const COLUMN: &[&str] = &["type", "nullable", "server_default", "primary_key", "comment", "identity", "computed"];
const FOREIGN_KEY: &[&str] =
    &["columns", "ref_schema", "ref_table", "ref_columns", "ondelete", "onupdate", "deferrable", "initially"];
const UNIQUE: &[&str] = &["columns", "nulls_not_distinct", "deferrable", "initially"];
const INDEX: &[&str] = &["unique", "expressions", "using", "where", "include", "ops", "nulls_not_distinct"];

/// Compares two readings: tables, columns, constraints by the names that they get on the server, indexes, enums.
pub fn compare(first: &Metadata, second: &Metadata) -> Comparison {
    let (first, second) = (facts(first), facts(second));
    let names: BTreeSet<&String> = first.keys().chain(second.keys()).collect();
    let mut comparison = Comparison { facts: names.len(), differences: Vec::new() };
    for what in names {
        match (first.get(what), second.get(what)) {
            (Some(first), Some(second)) => {
                for (property, value) in first {
                    let other = second.get(property).cloned().unwrap_or_default();
                    if squashed(value) != squashed(&other) {
                        comparison.differences.push(Difference {
                            what: what.clone(),
                            property: Some((*property).to_owned()),
                            first: Some(value.clone()),
                            second: Some(other),
                        });
                    }
                }
            }
            (first, second) => comparison.differences.push(Difference {
                what: what.clone(),
                property: None,
                first: first.map(|_| Value::Bool(true)),
                second: second.map(|_| Value::Bool(true)),
            }),
        }
    }
    comparison
}

type Facts = BTreeMap<String, BTreeMap<&'static str, Value>>;

fn facts(metadata: &Metadata) -> Facts {
    let all = as_json(metadata);
    let mut found = Facts::new();
    for kind in rows(&all["enums"]) {
        found.insert(format!("enum {}", name(kind)), picked(kind, &["values"]));
    }
    for table in rows(&all["tables"]) {
        let owner = name(table);
        found.insert(format!("table {owner}"), picked(table, &["comment"]));
        for column in rows(&table["columns"]) {
            found.insert(format!("column {owner}.{}", text(column, "name")), picked(column, COLUMN));
        }
        let mut add = |kind: &str, key: &Value, properties: &'static [&'static str]| {
            let name = if key["pg_name"].is_string() { text(key, "pg_name") } else { text(key, "name") };
            found.insert(format!("{kind} {name} on {owner}"), picked(key, properties));
        };
        if table["primary_key"].is_object() {
            add("primary key", &table["primary_key"], &["columns"]);
        }
        rows(&table["foreign_keys"]).for_each(|it| add("foreign key", it, FOREIGN_KEY));
        rows(&table["uniques"]).for_each(|it| add("unique", it, UNIQUE));
        rows(&table["checks"]).for_each(|it| add("check", it, &["sql"]));
        rows(&table["excludes"]).for_each(|it| add("exclusion", it, &["using", "where"]));
        rows(&table["indexes"]).for_each(|it| add("index", it, INDEX));
    }
    found
}

fn rows(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text<'v>(row: &'v Value, name: &str) -> &'v str {
    row[name].as_str().unwrap_or_default()
}

fn name(row: &Value) -> String {
    match row["schema"].as_str() {
        Some(schema) => format!("{schema}.{}", text(row, "name")),
        None => text(row, "name").to_owned(),
    }
}

fn picked(row: &Value, properties: &[&'static str]) -> BTreeMap<&'static str, Value> {
    properties.iter().map(|property| (*property, row[*property].clone())).collect()
}

/// Without what is no difference: white space, the case of letters, and whether nothing is said or no.
fn squashed(value: &Value) -> String {
    let is_nothing = match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    };
    if is_nothing {
        return String::new();
    }
    let words = value.to_string().replace("\\n", " ").replace("\\t", " ");
    words.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlmodel::{Column, Index, Table};

    fn metadata(sql_type: &str, index: &str) -> Metadata {
        let column = Column { name: "a".to_owned(), sql_type: sql_type.to_owned(), ..Column::default() };
        let index = Index { name: index.to_owned(), ..Index::default() };
        let table = Table { name: "t".to_owned(), columns: vec![column], indexes: vec![index], ..Table::default() };
        Metadata { tables: vec![table], ..Metadata::default() }
    }

    #[test]
    fn what_differs_is_named_and_writing_is_no_difference() {
        let same = compare(&metadata("VARCHAR(5)", "ix"), &metadata("varchar(5)", "ix"));
        assert_eq!((same.facts, same.differences.len()), (3, 0));
        let found = compare(&metadata("VARCHAR(5)", "ix"), &metadata("TEXT", "iy"));
        let told: Vec<(String, Option<String>)> =
            found.differences.iter().map(|it| (it.what.clone(), it.property.clone())).collect();
        assert_eq!(
            told,
            [
                ("column t.a".to_owned(), Some("type".to_owned())),
                ("index ix on t".to_owned(), None),
                ("index iy on t".to_owned(), None),
            ]
        );
    }

    #[test]
    fn an_answer_is_read_into_the_same_reading() {
        let metadata = metadata("VARCHAR(5)", "ix");
        let mut answer = as_json(&metadata);
        answer["extra"] = serde_json::json!(["CREATE FUNCTION f() …"]);
        let exact = crate::sqlmodel::exact(&answer.to_string()).expect("it is in that form");
        assert!(compare(&metadata, &exact.metadata).differences.is_empty());
        assert_eq!(exact.extra.len(), 1);
    }
}
