//! The SQL that says what an object is: the text behind `ADD COLUMN`, `ADD CONSTRAINT`, `CREATE INDEX` …

mod column;
mod constraint;
mod index;
mod sequence;
mod types;

pub use column::{column, identity, not_null};
pub use constraint::constraint;
pub use index::index;
pub use sequence::{alter_options, sequence_options};
pub use types::{collation, composite, domain, domain_beside_old, enumeration, range};

use crate::schema::{Options, QualifiedName};
use crate::sql;

/// Names with commas between them, quoted where they need it.
pub fn names(names: &[String]) -> String {
    names.iter().map(|name| sql::name(name)).collect::<Vec<_>>().join(", ")
}

/// `name=1, other='value', …`.
pub fn options(options: &Options) -> String {
    options.iter().map(|(name, value)| format!("{name}={}", option_value(value))).collect::<Vec<_>>().join(", ")
}

/// A value of an option: numbers and truth values as they are, everything else quoted.
pub fn option_value(value: &str) -> String {
    let is_number = value.parse::<f64>().is_ok() && value.chars().all(|letter| "-.0123456789".contains(letter));
    if is_number || ["true", "false", "on", "off"].contains(&value) { value.to_owned() } else { sql::literal(value) }
}

/// A name as a person writes it: what is in `pg_catalog` is found without saying so.
pub fn found_name(name: &QualifiedName) -> String {
    if name.schema == "pg_catalog" { sql::name(&name.name).into_owned() } else { name.to_string() }
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

    #[test]
    fn numbers_and_truth_values_of_options_are_not_quoted() {
        let values = ["70", "-0.5", "true", "off", "auto", "1e3", "it's", ""].map(option_value);
        assert_eq!(values, ["70", "-0.5", "true", "off", "'auto'", "'1e3'", "'it''s'", "''"]);
    }

    #[test]
    fn what_is_in_the_catalogue_needs_no_schema() {
        assert_eq!(found_name(&QualifiedName::new("pg_catalog", "C")), "\"C\"");
        assert_eq!(found_name(&QualifiedName::new("lab", "plain")), "lab.plain");
    }
}
