//! SQL text read word by word.

use super::shape::{Key, key};
use crate::sql::{Token, TokenKind};

/// A statement, and how far it has been read.
pub(super) struct Reader<'a> {
    pub(super) sql: &'a str,
    pub(super) tokens: &'a [Token],
    pub(super) at: usize,
}

impl Reader<'_> {
    pub(super) fn is(&self, word: &str) -> bool {
        self.tokens.get(self.at).is_some_and(|token| token.is_word(self.sql, word))
    }

    pub(super) fn takes(&mut self, word: &str) -> bool {
        let found = self.is(word);
        self.at += usize::from(found);
        found
    }

    pub(super) fn takes_all(&mut self, words: &[&str]) -> bool {
        let start = self.at;
        let all = words.iter().all(|word| self.takes(word));
        if !all {
            self.at = start;
        }
        all
    }

    pub(super) fn takes_mark(&mut self, mark: &str) -> bool {
        let found = self.tokens.get(self.at).is_some_and(|token| token.text(self.sql) == mark);
        self.at += usize::from(found);
        found
    }

    pub(super) fn is_done(&self) -> bool {
        self.at >= self.tokens.len()
    }

    pub(super) fn name(&mut self) -> Option<String> {
        let token = self.tokens.get(self.at)?;
        let text = token.text(self.sql);
        let name = match token.kind {
            TokenKind::Word => text.to_lowercase(),
            TokenKind::QuotedIdentifier => text.trim_matches('"').replace("\"\"", "\""),
            _ => return None,
        };
        self.at += 1;
        Some(name)
    }

    /// `schema.name`
    pub(super) fn full_name(&mut self) -> Option<Key> {
        let first = self.name()?;
        if !self.takes_mark(".") {
            return Some(key(None, &first));
        }
        let second = self.name()?;
        Some(key(Some(&first), &second))
    }
}
