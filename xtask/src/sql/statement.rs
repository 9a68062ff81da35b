//! One statement of a script, and what its first words say.

use std::ops::Range;

use super::token::{Token, TokenKind};

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Byte range in the script, from the first token to the last, without the semicolon.
    pub span: Range<usize>,
    /// What it does, as far as the tool must know.
    pub verb: Verb,
}

/// What the tool must know of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `BEGIN` or `START TRANSACTION`.
    Begin,
    /// `COMMIT`, `END`, `ROLLBACK`, `ABORT`, `PREPARE TRANSACTION`.
    End,
    /// `SET`, `RESET` or `SELECT set_config(…)` for the session: it must be said again by a session that goes on in the middle.
    Set,
    /// `COPY … FROM STDIN`: its data cannot stand in a script that is sent as SQL.
    CopyFromStdin,
    /// `COPY … TO STDOUT`: nobody takes what it sends.
    CopyToStdout,
    /// `CREATE [UNIQUE] INDEX CONCURRENTLY`.
    CreateIndexConcurrently {
        /// The index, as written; `None` where the server names it.
        name: Option<String>,
        /// The table, as written, with its schema if it has one.
        table: String,
    },
    /// `DROP INDEX CONCURRENTLY` of one index.
    DropIndexConcurrently {
        /// The index, as written.
        name: String,
    },
    /// `VACUUM`, `ANALYZE`, `REINDEX`, `CLUSTER`, `REFRESH`, `ALTER SYSTEM`: done twice is done once.
    Repeatable,
    /// Anything else.
    Other,
}

impl Statement {
    /// Reads the first words; `tokens` are those of the statement alone and must not be empty.
    pub(super) fn of(source: &str, tokens: &[Token]) -> Self {
        let span = tokens[0].span.start..tokens[tokens.len() - 1].span.end;
        Self { span, verb: verb(source, tokens) }
    }

    /// Its text.
    pub fn text<'a>(&self, source: &'a str) -> &'a str {
        &source[self.span.clone()]
    }
}

fn verb(source: &str, tokens: &[Token]) -> Verb {
    let word = |at: usize| -> String {
        match tokens.get(at) {
            Some(token) if token.kind == TokenKind::Word => token.text(source).to_ascii_lowercase(),
            _ => String::new(),
        }
    };
    let (first, second) = (word(0), word(1));
    match (first.as_str(), second.as_str()) {
        ("begin", _) | ("start", "transaction") => Verb::Begin,
        ("commit" | "end" | "abort", _) | ("prepare", "transaction") => Verb::End,
        // ROLLBACK TO SAVEPOINT stays inside the transaction.
        ("rollback", "to") => Verb::Other,
        ("rollback", _) if word(2) == "to" => Verb::Other,
        ("rollback", _) => Verb::End,
        // SET LOCAL and SET CONSTRAINTS end with their transaction; there is nothing to say again.
        ("set", "local" | "constraints" | "transaction") => Verb::Other,
        ("set" | "reset" | "discard", _) => Verb::Set,
        ("select", _) if tokens.iter().any(|token| token.is_word(source, "set_config")) => Verb::Set,
        ("copy", _) if has_pair(source, tokens, "from", "stdin") => Verb::CopyFromStdin,
        ("copy", _) if has_pair(source, tokens, "to", "stdout") => Verb::CopyToStdout,
        ("vacuum" | "analyze" | "analyse" | "reindex" | "cluster" | "refresh", _) | ("alter", "system") => {
            Verb::Repeatable
        }
        ("create", "index") if word(2) == "concurrently" => create_index(source, &tokens[3..]),
        ("create", "unique") if word(3) == "concurrently" => create_index(source, &tokens[4..]),
        ("drop", "index") if word(2) == "concurrently" => drop_index(source, &tokens[3..]),
        _ => Verb::Other,
    }
}

fn has_pair(source: &str, tokens: &[Token], first: &str, second: &str) -> bool {
    tokens.windows(2).any(|pair| pair[0].is_word(source, first) && pair[1].is_word(source, second))
}

fn create_index(source: &str, rest: &[Token]) -> Verb {
    let rest = skip_words(source, rest, &["if", "not", "exists"]);
    let Some(on) = rest.iter().position(|token| token.is_word(source, "on")) else { return Verb::Other };
    let name = (on > 0).then(|| joined(source, &rest[..on]));
    let table = skip_words(source, &rest[on + 1..], &["only"]);
    let length = table
        .iter()
        .position(|token| token.is_word(source, "using") || token.text(source) == "(")
        .unwrap_or(table.len());
    Verb::CreateIndexConcurrently { name, table: joined(source, &table[..length]) }
}

fn drop_index(source: &str, rest: &[Token]) -> Verb {
    let rest = skip_words(source, rest, &["if", "exists"]);
    let is_end = |token: &Token| token.is_word(source, "cascade") || token.is_word(source, "restrict");
    let length = rest.iter().position(is_end).unwrap_or(rest.len());
    // CONCURRENTLY takes one index only; the server refuses a list.
    Verb::DropIndexConcurrently { name: joined(source, &rest[..length]) }
}

fn skip_words<'a>(source: &str, tokens: &'a [Token], words: &[&str]) -> &'a [Token] {
    let matches =
        tokens.len() >= words.len() && words.iter().zip(tokens).all(|(word, token)| token.is_word(source, word));
    if matches { &tokens[words.len()..] } else { tokens }
}

fn joined(source: &str, tokens: &[Token]) -> String {
    tokens.iter().map(|token| token.text(source)).collect()
}
