//! Values that the constraints of a table name: what a check demands, and which partition takes a row.

use super::values::{TypeName, Value};
use crate::sql::{TokenKind, identifier, tokens};

/// The longest text that is made because a check names a length.
const LONGEST: usize = 200;

/// Whether an expression names this column.
pub(super) fn mentions(expression: &str, column: &str) -> bool {
    tokens(expression).iter().any(|token| match token.kind {
        TokenKind::Word => token.text(expression) == column,
        TokenKind::QuotedIdentifier => token.text(expression) == identifier(column),
        _ => false,
    })
}

/// Values of this type that may please an expression, found in the constants that it compares with.
pub(super) fn pleasing(expression: &str, name: &TypeName) -> Vec<Value> {
    let (mut strings, mut numbers) = (Vec::new(), Vec::new());
    for token in tokens(expression) {
        match token.kind {
            TokenKind::String => strings.extend(content(token.text(expression))),
            TokenKind::Number => numbers.push(token.text(expression).to_owned()),
            _ => {}
        }
    }
    if name.is_number() {
        return strings.iter().chain(&numbers).flat_map(|number| around(number)).map(Value::Text).collect();
    }
    if name.is_time() {
        let days = |text: &String| {
            let later = format!("{}::{} + '1 day'::interval", crate::sql::literal(text), name.element);
            [Value::Text(text.clone()), Value::Expression(later)]
        };
        return strings.iter().flat_map(days).collect();
    }
    let mut found: Vec<Value> = strings.into_iter().map(Value::Text).collect();
    if name.is_text() {
        let lengths = numbers.iter().filter_map(|number| number.parse::<usize>().ok()).filter(|it| *it < LONGEST);
        found.extend(lengths.flat_map(|length| [length, length + 1]).map(|length| Value::Text("a".repeat(length))));
    }
    found
}

/// The content of a string constant.
fn content(text: &str) -> Option<String> {
    let text = text.trim_start_matches(['E', 'e']);
    Some(text.strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'"))
}

/// A number, its neighbours, and one that is greater by more than itself.
fn around(number: &str) -> Vec<String> {
    match number.parse::<i64>() {
        Ok(it) => {
            let near = [it, it.saturating_add(1), it.saturating_sub(1), it.saturating_mul(2).saturating_add(2)];
            near.map(|it| it.to_string()).to_vec()
        }
        Err(_) if number.parse::<f64>().is_ok() => vec![number.to_owned()],
        Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(expression: &str, type_name: &str) -> Vec<String> {
        let text = |value| match value {
            Value::Text(text) => text,
            Value::Expression(sql) => sql,
        };
        pleasing(expression, &TypeName::of(type_name)).into_iter().map(text).collect()
    }

    #[test]
    fn what_a_check_compares_with_is_tried() {
        let one_of = "((kind)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))";
        assert!(mentions(one_of, "kind") && !mentions(one_of, "a"));
        assert_eq!(texts(one_of, "character varying(10)"), ["a", "b"]);
        assert_eq!(texts("(amount > 100)", "integer"), ["100", "101", "99", "202"]);
        assert_eq!(texts("(length(code) = 3)", "text"), ["aaa", "aaaa"]);
    }

    #[test]
    fn bounds_of_partitions_are_tried() {
        let bound = "FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')";
        assert_eq!(texts(bound, "date")[0], "2024-01-01");
        assert_eq!(texts("FOR VALUES IN ('it''s')", "text"), ["it's"]);
    }
}
