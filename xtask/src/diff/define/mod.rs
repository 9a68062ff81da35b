//! The SQL that says what an object is: the text behind `ADD COLUMN`, `ADD CONSTRAINT`, `CREATE INDEX` …

mod column;
mod constraint;
mod index;
mod sequence;
mod types;

pub use column::{column, identity};
pub use constraint::constraint;
pub use index::index;
pub use sequence::{alter_options, sequence_options};
pub use types::{collation, composite, domain, enumeration, range};

use crate::schema::Options;
use crate::sql;

/// Names with commas between them, quoted where they need it.
pub fn names(names: &[String]) -> String {
    names.iter().map(|name| sql::name(name)).collect::<Vec<_>>().join(", ")
}

/// `name='value', …`.
pub fn options(options: &Options) -> String {
    options.iter().map(|(name, value)| format!("{name}={}", sql::literal(value))).collect::<Vec<_>>().join(", ")
}

/// An expression in exactly one pair of parentheses around the whole.
pub fn parenthesised(expression: &str) -> String {
    if is_wrapped(expression) { expression.to_owned() } else { format!("({expression})") }
}

/// Whether the first parenthesis is closed by the last character.
fn is_wrapped(expression: &str) -> bool {
    if !expression.starts_with('(') || !expression.ends_with(')') {
        return false;
    }
    let mut depth = 0_usize;
    for token in sql::tokens(expression) {
        match token.text(expression) {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return token.span.end == expression.len();
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_gets_one_pair_of_parentheses() {
        assert_eq!(parenthesised("(a > 0)"), "(a > 0)");
        assert_eq!(parenthesised("a > 0"), "(a > 0)");
        assert_eq!(parenthesised("(a > 0) AND (b > 0)"), "((a > 0) AND (b > 0))");
        assert_eq!(parenthesised("(a = ')'::text)"), "(a = ')'::text)");
    }
}
