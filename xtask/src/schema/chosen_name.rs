//! Names that PostgreSQL chooses where none is given.

use super::{Index, Indexed};

/// The most bytes that a name has.
const LONGEST_NAME: usize = 63;

/// PostgreSQL's `ChooseRelationName` and `ChooseConstraintName`: parts, label and number within 63 bytes.
pub fn object_name(table: &str, columns: Option<&str>, label: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut number = 0;
    loop {
        let label = if number == 0 { label.to_owned() } else { format!("{label}{number}") };
        let room = LONGEST_NAME - usize::from(columns.is_some()) - label.len() - 1;
        let (mut first, mut second) = (table.len(), columns.map_or(0, str::len));
        while first + second > room {
            if first > second {
                first -= 1;
            } else {
                second -= 1;
            }
        }
        let clip = |text: &str, bytes: usize| text[..text.floor_char_boundary(bytes)].to_owned();
        let columns = columns.map_or_else(String::new, |columns| format!("_{}", clip(columns, second)));
        let name = format!("{}{columns}_{label}", clip(table, first));
        if !is_taken(&name) {
            return name;
        }
        number += 1;
    }
}

/// PostgreSQL's `ChooseIndexNameAddition`: the columns, joined, up to 63 bytes.
pub fn joined_columns<S: AsRef<str>>(columns: &[S]) -> String {
    let mut text = String::new();
    for column in columns {
        let column = column.as_ref();
        if !text.is_empty() {
            text.push('_');
        }
        text.push_str(&column[..column.floor_char_boundary(LONGEST_NAME)]);
        if text.len() > LONGEST_NAME {
            break;
        }
    }
    text
}

/// PostgreSQL's `ChooseIndexName` for the index that a partition gets from that of its table.
pub fn index_name(table: &str, index: &Index) -> String {
    let mut columns: Vec<String> = Vec::new();
    let keys = index.keys.iter().map(|key| match &key.what {
        Indexed::Column(name) => name.clone(),
        Indexed::Expression(expression) => expression_name(expression),
    });
    for name in keys.chain(index.include.iter().cloned()) {
        let numbered = std::iter::once(name.clone()).chain((1..).map(|number| format!("{name}{number}")));
        columns.extend(numbered.take(columns.len() + 1).find(|name| !columns.contains(name)));
    }
    object_name(table, Some(&joined_columns(&columns)), "idx", |_| false)
}

/// What an expression is called as a column: after the function that it calls, or `expr`.
fn expression_name(expression: &str) -> String {
    let called =
        expression.split_once('(').map(|(name, _)| name.rsplit('.').next().unwrap_or_default().trim_matches('"'));
    called.filter(|name| !name.is_empty()).unwrap_or("expr").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::IndexKey;

    #[test]
    fn the_server_cuts_the_longer_part() {
        assert_eq!(object_name("t", Some("a"), "key", |name| name == "t_a_key"), "t_a_key1");
        let name = object_name(&"t".repeat(60), Some("column"), "fkey", |_| false);
        assert_eq!(name, format!("{}_column_fkey", "t".repeat(51)));
        assert_eq!(object_name(&"ü".repeat(60), None, "pkey", |_| false).len(), 63);
    }

    #[test]
    fn an_index_of_a_partition_is_called_after_its_columns() {
        let mut index = Index::new("event_kind");
        index.keys =
            vec![IndexKey::column("kind"), IndexKey::expression("lower(name)"), IndexKey::expression("(a + 1)")];
        index.include = vec!["kind".to_owned()];
        assert_eq!(index_name("event_0", &index), "event_0_kind_lower_expr_kind1_idx");
    }
}
