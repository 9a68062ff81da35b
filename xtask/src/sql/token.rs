//! The tokens of PostgreSQL's SQL, without white space and comments.

use std::ops::Range;

use squawk_lexer::{LiteralKind, TokenKind as Raw};

/// What a token is, as far as splitting and comparing need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A key word or an unquoted identifier.
    Word,
    /// `"…"`, with or without `U&`.
    QuotedIdentifier,
    /// Any string constant: `'…'`, `E'…'`, `$$…$$`, `B'…'` …
    String,
    /// A number.
    Number,
    /// An operator; PostgreSQL's longest-match rule is applied.
    Operator,
    /// One of `( ) [ ] { } , ; . : ..` or a parameter.
    Punctuation,
    /// A character that PostgreSQL has no token for, such as a backslash.
    Unknown,
    /// A string, comment or quoted identifier that is never closed.
    Unterminated,
}

/// One token and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Byte range in the text.
    pub span: Range<usize>,
}

impl Token {
    /// Its text.
    pub fn text<'a>(&self, source: &'a str) -> &'a str {
        &source[self.span.clone()]
    }

    /// Whether it is this key word, in any case.
    pub fn is_word(&self, source: &str, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text(source).eq_ignore_ascii_case(word)
    }

    /// The name that it may stand for: in a string the last part of one, as of a sequence in `nextval('lab.ids')`.
    pub fn name(&self, source: &str) -> Option<String> {
        match self.kind {
            TokenKind::Word => Some(self.text(source).to_lowercase()),
            TokenKind::QuotedIdentifier => Some(self.text(source).trim_matches('"').replace("\"\"", "\"")),
            TokenKind::String => {
                let inner = self.text(source).trim_matches('\'');
                Some(inner.rsplit('.').next().unwrap_or(inner).trim_matches('"').to_owned())
            }
            _ => None,
        }
    }
}

/// The tokens of a text, in order.
pub fn tokens(source: &str) -> Vec<Token> {
    let mut found = Vec::with_capacity(source.len() / 6);
    // Operator characters come one by one; neighbours are gathered here until the run ends.
    let mut run: Option<Range<usize>> = None;
    let mut at = 0;
    for raw in squawk_lexer::tokenize(source) {
        let span = at..at + raw.len as usize;
        at = span.end;
        if is_operator(raw.kind) {
            run = Some(run.map_or(span.clone(), |run| run.start..span.end));
            continue;
        }
        if let Some(run) = run.take() {
            split_operators(source, run, &mut found);
        }
        if let Some(kind) = kind_of(raw.kind) {
            found.push(Token { kind, span });
        }
    }
    if let Some(run) = run {
        split_operators(source, run, &mut found);
    }
    found
}

fn is_operator(raw: Raw) -> bool {
    use Raw::{
        And, At, Backtick, Bang, Caret, Eq, Gt, Lt, Minus, Or, Percent, Plus, Pound, Question, Slash, Star, Tilde,
    };
    matches!(
        raw,
        Plus | Minus
            | Star
            | Slash
            | Lt
            | Gt
            | Eq
            | Tilde
            | Bang
            | At
            | Pound
            | Percent
            | Caret
            | And
            | Or
            | Backtick
            | Question
    )
}

fn kind_of(raw: Raw) -> Option<TokenKind> {
    Some(match raw {
        Raw::Whitespace | Raw::LineComment | Raw::Eof | Raw::BlockComment { terminated: true } => return None,
        Raw::BlockComment { terminated: false } => TokenKind::Unterminated,
        Raw::Ident => TokenKind::Word,
        Raw::QuotedIdent { terminated: true, .. } => TokenKind::QuotedIdentifier,
        Raw::QuotedIdent { terminated: false, .. } => TokenKind::Unterminated,
        Raw::Literal { kind } => literal_kind(kind),
        Raw::Unknown => TokenKind::Unknown,
        _ => TokenKind::Punctuation,
    })
}

fn literal_kind(kind: LiteralKind) -> TokenKind {
    match kind {
        LiteralKind::Int { .. } | LiteralKind::Numeric { .. } => TokenKind::Number,
        LiteralKind::Str { terminated }
        | LiteralKind::NationalStr { terminated }
        | LiteralKind::ByteStr { terminated }
        | LiteralKind::BitStr { terminated }
        | LiteralKind::DollarQuotedString { terminated }
        | LiteralKind::UnicodeEscStr { terminated }
        | LiteralKind::EscStr { terminated } => {
            if terminated {
                TokenKind::String
            } else {
                TokenKind::Unterminated
            }
        }
    }
}

/// A multi-character operator cannot end in `+` or `-` unless it also contains one of `~ ! @ # % ^ & | ?` or a
/// backtick: <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-OPERATORS>.
fn split_operators(source: &str, run: Range<usize>, found: &mut Vec<Token>) {
    let text = &source[run.clone()];
    let mut length = text.len();
    if !text.contains(['~', '!', '@', '#', '%', '^', '&', '|', '`', '?']) {
        while length > 1 && text[..length].ends_with(['+', '-']) {
            length -= 1;
        }
    }
    let middle = run.start + length;
    found.push(Token { kind: TokenKind::Operator, span: run.start..middle });
    if middle < run.end {
        split_operators(source, middle..run.end, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<&str> {
        tokens(source).iter().map(|token| token.text(source)).collect()
    }

    #[test]
    fn comments_and_white_space_are_no_tokens() {
        assert_eq!(texts("select /* a /* nested */ b */ 1 -- end\n;"), ["select", "1", ";"]);
    }

    #[test]
    fn operators_follow_the_longest_match_rule() {
        assert_eq!(texts("a=-1"), ["a", "=", "-", "1"]);
        assert_eq!(texts("a @- b"), ["a", "@-", "b"]);
        assert_eq!(texts("a->>'x'"), ["a", "->>", "'x'"]);
    }

    #[test]
    fn strings_of_every_kind_are_one_token() {
        for text in ["'a;''b'", "E'a\\';'", "$$a;b$$", "$x$ $$;$$ $x$", "U&'d;'", "B'01'"] {
            assert_eq!(texts(text), [text]);
        }
    }

    #[test]
    fn what_is_never_closed_is_said() {
        for text in ["'abc", "$$abc", "/* abc", "\"abc"] {
            assert_eq!(tokens(text).last().map(|token| token.kind), Some(TokenKind::Unterminated), "{text}");
        }
    }
}
