//! Statements that destroy data, found by their words.
//!
//! This finds what a person should be asked about before a downgrade; it does not prove that nothing else is lost:
//! a function or a `DO` block may do anything.

use super::script::Script;
use super::token::{Token, TokenKind, tokens};

/// Data that a statement destroys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// `DROP TABLE`, `DROP COLUMN`, `DROP SCHEMA`, `TRUNCATE`, `DELETE`.
    pub verb: &'static str,
    /// The table, as it is written; for `DROP SCHEMA` the schema.
    pub table: String,
    /// The column, where only one goes.
    pub column: Option<String>,
}

/// The losses of a script, in order.
pub fn losses(source: &str, script: &Script) -> Vec<Loss> {
    let mut found = Vec::new();
    for statement in &script.statements {
        let text = statement.text(source);
        let tokens = tokens(text);
        let mut reader = Reader { text, tokens: &tokens, at: 0 };
        reader.read(&mut found);
    }
    found
}

struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
}

impl Reader<'_> {
    fn read(&mut self, found: &mut Vec<Loss>) {
        if self.takes(&["drop", "table"]) {
            self.takes(&["if", "exists"]);
            self.names("DROP TABLE", found);
        } else if self.takes(&["drop", "schema"]) {
            self.takes(&["if", "exists"]);
            self.names("DROP SCHEMA", found);
        } else if self.takes(&["truncate"]) {
            self.takes(&["table"]);
            self.takes(&["only"]);
            self.names("TRUNCATE", found);
        } else if self.takes(&["delete", "from"]) {
            self.takes(&["only"]);
            let table = self.name();
            found.push(Loss { verb: "DELETE", table, column: None });
        } else if self.takes(&["alter", "table"]) {
            self.dropped_columns(found);
        }
    }

    fn dropped_columns(&mut self, found: &mut Vec<Loss>) {
        self.takes(&["if", "exists"]);
        self.takes(&["only"]);
        let table = self.name();
        let other = ["constraint", "not", "default", "identity", "expression"];
        while self.at < self.tokens.len() {
            if !self.takes(&["drop"]) {
                self.at += 1;
                continue;
            }
            self.takes(&["column"]);
            if self.takes(&["if", "exists"]) && other.iter().any(|word| self.is(word)) {
                continue;
            }
            if other.iter().any(|word| self.is(word)) {
                continue;
            }
            let column = self.name();
            found.push(Loss { verb: "DROP COLUMN", table: table.clone(), column: Some(column) });
        }
    }

    fn names(&mut self, verb: &'static str, found: &mut Vec<Loss>) {
        loop {
            let table = self.name();
            if !table.is_empty() {
                found.push(Loss { verb, table, column: None });
            }
            if !self.is_punctuation(",") {
                return;
            }
            self.at += 1;
        }
    }

    /// A name with its schema, as it is written.
    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(token) = self.tokens.get(self.at) {
            match token.kind {
                TokenKind::Word | TokenKind::QuotedIdentifier => name.push_str(token.text(self.text)),
                _ => break,
            }
            self.at += 1;
            if !self.is_punctuation(".") {
                break;
            }
            name.push('.');
            self.at += 1;
        }
        name
    }

    fn is(&self, word: &str) -> bool {
        self.tokens.get(self.at).is_some_and(|token| token.is_word(self.text, word))
    }

    fn is_punctuation(&self, sign: &str) -> bool {
        self.tokens
            .get(self.at)
            .is_some_and(|token| token.kind == TokenKind::Punctuation && token.text(self.text) == sign)
    }

    fn takes(&mut self, words: &[&str]) -> bool {
        let rest = &self.tokens[self.at.min(self.tokens.len())..];
        let matches =
            rest.len() >= words.len() && words.iter().zip(rest).all(|(word, token)| token.is_word(self.text, word));
        if matches {
            self.at += words.len();
        }
        matches
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(sql: &str) -> Vec<String> {
        let losses = losses(sql, &Script::split(sql));
        losses
            .iter()
            .map(|loss| format!("{} {} {}", loss.verb, loss.table, loss.column.as_deref().unwrap_or("-")))
            .collect()
    }

    #[test]
    fn tables_columns_and_rows_that_go_are_found() {
        assert_eq!(
            found("drop table if exists a, s.\"B c\" cascade; truncate only t; delete from x where y"),
            ["DROP TABLE a -", "DROP TABLE s.\"B c\" -", "TRUNCATE t -", "DELETE x -"]
        );
        assert_eq!(
            found("alter table only s.t drop column if exists a, add b int, drop c cascade"),
            ["DROP COLUMN s.t a", "DROP COLUMN s.t c"]
        );
        assert_eq!(found("drop schema if exists a, b cascade"), ["DROP SCHEMA a -", "DROP SCHEMA b -"]);
    }

    #[test]
    fn what_loses_no_rows_is_not() {
        let sql = "alter table t drop constraint c, alter column a drop not null, alter b drop default; drop index i; \
                   drop view v; -- drop table a\n select 'drop table a'";
        assert_eq!(found(sql), Vec::<String>::new());
    }
}
