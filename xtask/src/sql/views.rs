//! The views that a script creates.

use super::script::Script;
use super::token::{Token, TokenKind, tokens};

/// The names in `CREATE VIEW` and `CREATE MATERIALIZED VIEW`, in order, as the catalogue will have them: the schema, where
/// one is said, and the name.
pub fn created_views(source: &str) -> Vec<(Option<String>, String)> {
    let mut names = Vec::new();
    for statement in Script::split(source).statements {
        let text = statement.text(source);
        let tokens = tokens(text);
        let Some(at) = behind_view(text, &tokens) else { continue };
        let Some(first) = tokens.get(at) else { continue };
        let dotted = tokens.get(at + 1).is_some_and(|token| token.text(text) == ".");
        match tokens.get(at + 2).filter(|_| dotted) {
            Some(second) => names.push((Some(stored(text, first)), stored(text, second))),
            None => names.push((None, stored(text, first))),
        }
    }
    names
}

/// Where the name begins, if this statement creates a view.
fn behind_view(text: &str, tokens: &[Token]) -> Option<usize> {
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.is_word(text, word));
    if !is(0, "create") {
        return None;
    }
    let before = ["or", "replace", "temp", "temporary", "recursive", "materialized"];
    let mut at = 1;
    while before.iter().any(|word| is(at, word)) {
        at += 1;
    }
    if !is(at, "view") {
        return None;
    }
    at += 1;
    Some(if is(at, "if") && is(at + 1, "not") && is(at + 2, "exists") { at + 3 } else { at })
}

/// A name as the catalogue has it.
fn stored(text: &str, token: &Token) -> String {
    match token.kind {
        TokenKind::QuotedIdentifier => token.text(text).trim_matches('"').replace("\"\"", "\""),
        _ => token.text(text).to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_whatever_stands_around_them() {
        let sql = "create table t (); CREATE MATERIALIZED VIEW IF NOT EXISTS Lab.\"Site A\" AS SELECT 1;\n\
                   create or replace view plain as select 'create view x'; create recursive view r(n) as select 1;\n\
                   create index i on plain (x); comment on view plain is 'x';";
        let found = created_views(sql);
        let shown: Vec<String> = found.iter().map(|(schema, name)| format!("{schema:?} {name}")).collect();
        assert_eq!(shown, ["Some(\"lab\") Site A", "None plain", "None r"]);
    }
}
