//! Which columns an expression or a text of SQL is about.

use super::draft::Draft;
use crate::python::{SymbolKind, Value};

/// The keys of columns, given their names.
pub(super) fn keys_of(columns: &[String], draft: &Draft<'_>) -> Vec<String> {
    let key = |name: &String| {
        draft.columns.iter().find(|it| it.column.name == *name).map_or_else(|| name.clone(), |it| it.key.clone())
    };
    columns.iter().map(key).collect()
}

/// The columns that an expression is made of, in order.
pub(super) fn columns_in<'p>(value: &Value<'p>, draft: &Draft<'p>) -> Vec<String> {
    fn walk<'p>(value: &Value<'p>, draft: &Draft<'p>, found: &mut Vec<String>) {
        if let Some(column) = draft.column_of(value) {
            if !found.contains(&column.column.name) {
                found.push(column.column.name.clone());
            }
            return;
        }
        match value {
            Value::Symbol(symbol) => match &symbol.kind {
                SymbolKind::External(_) => {}
                SymbolKind::Attribute(object, _) => walk(object, draft, found),
                SymbolKind::Call(function, given) => {
                    walk(function, draft, found);
                    given.positional.iter().for_each(|it| walk(it, draft, found));
                    given.named.iter().for_each(|(_, it)| walk(it, draft, found));
                }
                SymbolKind::Item(left, right) | SymbolKind::Binary(_, left, right) => {
                    walk(left, draft, found);
                    walk(right, draft, found);
                }
                SymbolKind::Unary(_, inner) => walk(inner, draft, found),
            },
            Value::Tuple(items) => items.iter().for_each(|it| walk(it, draft, found)),
            Value::List(items) => items.borrow().iter().for_each(|it| walk(it, draft, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(value, draft, &mut found);
    found
}

/// The columns whose names stand in a text of SQL, in the order of the table.
pub(super) fn mentioned(sql: &str, draft: &Draft<'_>) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut quoted: Vec<String> = Vec::new();
    let mut letters = sql.char_indices().peekable();
    let mut before = ' ';
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\'' => while letters.next().is_some_and(|(_, letter)| letter != '\'') {},
            '"' => {
                let end = sql[at + 1..].find('"').map_or(sql.len(), |end| at + 1 + end);
                quoted.push(sql[at + 1..end].to_owned());
                while letters.peek().is_some_and(|(next, _)| *next <= end) {
                    letters.next();
                }
            }
            _ if letter.is_alphanumeric() || letter == '_' => {
                let end = sql[at..]
                    .find(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
                    .map_or(sql.len(), |end| at + end);
                let word = &sql[at..end];
                while letters.peek().is_some_and(|(next, _)| *next < end) {
                    letters.next();
                }
                if before != '.' && !sql[end..].starts_with('(') {
                    words.push(word.to_owned());
                }
            }
            _ => {}
        }
        before = letter;
    }
    let is_there = |name: &String| {
        quoted.contains(name)
            || match name.chars().any(char::is_uppercase) {
                true => words.contains(name),
                false => words.iter().any(|word| word.eq_ignore_ascii_case(name)),
            }
    };
    draft.columns.iter().map(|it| it.column.name.clone()).filter(is_there).collect()
}
