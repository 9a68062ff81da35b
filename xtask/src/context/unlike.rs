//! What two schemas differ in, in words.

use serde_json::Value;

use crate::plan::{Answers, Plan};
use crate::schema::Schema;

/// How many differences are told.
const TOLD: usize = 20;

/// What would have to change for the first to be the second. Nothing only where they are equal.
pub(super) fn differences(from: &Schema, to: &Schema) -> Vec<String> {
    let mut found: Vec<String> = match Plan::between(from, to, &Answers::default()) {
        Ok(plan) => plan.up.blocks.into_iter().map(|block| block.title).collect(),
        Err(_) => Vec::new(),
    };
    if found.is_empty() && from != to {
        // Some things no revision can change, such as the order of columns.
        let value = |schema: &Schema| serde_json::to_value(schema).unwrap_or_default();
        compare("", &value(from), &value(to), &mut found);
    }
    let more = found.len().saturating_sub(TOLD);
    found.truncate(TOLD);
    if more > 0 {
        found.push(format!("and {more} more"));
    }
    found
}

fn compare(path: &str, from: &Value, to: &Value, found: &mut Vec<String>) {
    match (from, to) {
        _ if from == to || matches!(path, "dependencies" | "unread") => {}
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                compare(&path, a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null), found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().for_each(|(at, (a, b))| compare(&format!("{path}[{at}]"), a, b, found));
        }
        _ => found.push(format!("{path}: {} instead of {}", short(from), short(to))),
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 80 { text } else { text.chars().take(79).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, QualifiedName, Table};

    fn table(columns: &[&str]) -> Schema {
        let mut table = Table::new(QualifiedName::public("t"));
        table.columns = columns.iter().map(|name| Column::new(*name, "integer")).collect();
        Schema { tables: [table].into_iter().collect(), ..Schema::default() }
    }

    #[test]
    fn schemas_that_differ_never_differ_in_nothing() {
        assert_eq!(differences(&table(&["a"]), &table(&["a"])), [""; 0]);
        let added = differences(&table(&["a"]), &table(&["a", "b"]));
        assert!(added.len() == 1 && added[0].contains('b'), "{added:?}");
        let order = differences(&table(&["a", "b"]), &table(&["b", "a"]));
        assert!(order.iter().any(|it| it.contains("\"a\" instead of \"b\"")), "{order:?}");
    }
}
