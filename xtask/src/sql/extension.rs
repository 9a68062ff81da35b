//! The extensions that a script creates.

use super::script::Script;
use super::token::{TokenKind, tokens};

/// The names in `CREATE EXTENSION`, in order.
pub fn extensions(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    for statement in Script::split(source).statements {
        let text = statement.text(source);
        let tokens = tokens(text);
        let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.is_word(text, word));
        if !is(0, "create") || !is(1, "extension") {
            continue;
        }
        let at = if is(2, "if") && is(3, "not") && is(4, "exists") { 5 } else { 2 };
        let Some(token) = tokens.get(at) else { continue };
        names.push(match token.kind {
            TokenKind::QuotedIdentifier => token.text(text).trim_matches('"').replace("\"\"", "\""),
            _ => token.text(text).to_ascii_lowercase(),
        });
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_quoted_or_not() {
        let sql = "create extension if not exists \"uuid-ossp\" with schema public; CREATE EXTENSION PostGIS; select 'create extension x'";
        assert_eq!(extensions(sql), ["uuid-ossp", "postgis"]);
    }
}
