//! A script as statements, split the way psql splits.

use std::ops::Range;

use super::statement::{Statement, Verb};
use super::token::{Token, TokenKind, tokens};

/// A script in parts. The text itself stays with the caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// The statements, in order.
    pub statements: Vec<Statement>,
    /// What no server would take, found without one.
    pub faults: Vec<Fault>,
}

/// Something that cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What it is.
    pub kind: FaultKind,
    /// Where, as a byte range in the script.
    pub span: Range<usize>,
}

/// The kinds of [`Fault`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// A string, comment or quoted identifier that is never closed.
    Unterminated,
    /// A psql command such as `\i` or `\copy`.
    PsqlCommand,
    /// A closing parenthesis without its opening one, or the other way round.
    Parenthesis,
}

impl Script {
    /// Splits a text at the semicolons that end statements: not those in strings, comments, parentheses (rules) and
    /// `BEGIN ATOMIC … END` bodies. The rule is that of psql (`src/fe_utils/psqlscan.l`).
    pub fn split(source: &str) -> Self {
        let mut script = Self::default();
        let mut scanner = Scanner::default();
        let mut current: Vec<Token> = Vec::new();
        for token in tokens(source) {
            if let Some(kind) = scanner.take(source, &token, current.is_empty()) {
                script.faults.push(Fault { kind, span: token.span.clone() });
                if kind != FaultKind::Parenthesis {
                    break;
                }
            }
            if !scanner.ends_statement(source, &token) {
                current.push(token);
                continue;
            }
            if !current.is_empty() {
                script.statements.push(Statement::of(source, &current));
            }
            current.clear();
            scanner = Scanner::default();
        }
        if !current.is_empty() {
            script.statements.push(Statement::of(source, &current));
        }
        script
    }

    /// The statements in groups that must run in one piece: a `BEGIN … COMMIT` block is one, everything else stands
    /// alone. Each group is a range of indices into `statements`.
    pub fn units(&self) -> Vec<Range<usize>> {
        let mut units = Vec::new();
        let mut open: Option<usize> = None;
        for (index, statement) in self.statements.iter().enumerate() {
            match (&statement.verb, open) {
                (Verb::Begin, None) => open = Some(index),
                (Verb::End, Some(start)) => {
                    units.push(start..index + 1);
                    open = None;
                }
                (_, None) => units.push(index..index + 1),
                (_, Some(_)) => {}
            }
        }
        if let Some(start) = open {
            units.push(start..self.statements.len());
        }
        units
    }

    /// The text of a group of statements, semicolons and comments between them included.
    pub fn span(&self, unit: &Range<usize>) -> Range<usize> {
        self.statements[unit.start].span.start..self.statements[unit.end - 1].span.end
    }
}

#[derive(Default)]
struct Scanner {
    parentheses: usize,
    /// Depth of `BEGIN ATOMIC … END`, with the `CASE … END` inside of it.
    blocks: usize,
    words: Vec<String>,
}

impl Scanner {
    fn take(&mut self, source: &str, token: &Token, first: bool) -> Option<FaultKind> {
        match token.kind {
            TokenKind::Unterminated => return Some(FaultKind::Unterminated),
            TokenKind::Unknown if first && token.text(source).starts_with('\\') => return Some(FaultKind::PsqlCommand),
            TokenKind::Punctuation => match token.text(source) {
                "(" => self.parentheses += 1,
                ")" if self.parentheses == 0 => return Some(FaultKind::Parenthesis),
                ")" => self.parentheses -= 1,
                _ => {}
            },
            TokenKind::Word => self.take_word(&token.text(source).to_ascii_lowercase()),
            _ => {}
        }
        None
    }

    fn take_word(&mut self, word: &str) {
        if self.words.len() < 4 {
            self.words.push(word.to_owned());
        }
        if !self.makes_routine() || self.parentheses > 0 {
            return;
        }
        match word {
            "begin" => self.blocks += 1,
            "case" if self.blocks > 0 => self.blocks += 1,
            "end" => self.blocks = self.blocks.saturating_sub(1),
            _ => {}
        }
    }

    fn makes_routine(&self) -> bool {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        matches!(
            words.as_slice(),
            ["create", "function" | "procedure", ..] | ["create", "or", "replace", "function" | "procedure"]
        )
    }

    fn ends_statement(&self, source: &str, token: &Token) -> bool {
        self.parentheses == 0 && self.blocks == 0 && token.kind == TokenKind::Punctuation && token.text(source) == ";"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(source: &str) -> Vec<&str> {
        Script::split(source).statements.iter().map(|statement| statement.text(source)).collect()
    }

    fn verbs(source: &str) -> Vec<Verb> {
        Script::split(source).statements.into_iter().map(|statement| statement.verb).collect()
    }

    #[test]
    fn comments_around_and_empty_statements_are_left_out() {
        assert_eq!(split("-- first\nselect 1; ;;\n/* two */ select 2 -- end"), ["select 1", "select 2"]);
        assert!(split("-- nothing\n").is_empty());
    }

    #[test]
    fn semicolons_inside_do_not_split() {
        let rule = "create rule r as on insert to t do (select 1; select 2)";
        assert_eq!(split(&format!("{rule}; select 3")), [rule, "select 3"]);
        let atomic =
            "create or replace function f() returns int begin atomic select case when true then 1 end; select 2; end";
        assert_eq!(split(&format!("{atomic}; select 3")), [atomic, "select 3"]);
        let body = "do $$ begin perform 1; end $$";
        assert_eq!(split(&format!("{body};")), [body]);
    }

    #[test]
    fn an_ordinary_begin_is_a_statement() {
        let script = Script::split("select 0; begin; select 1; commit; select 2");
        assert_eq!(script.units(), [0..1, 1..4, 4..5]);
    }

    #[test]
    fn faults_are_found_where_they_are() {
        let source = "select 1;\n\\i other.sql\n";
        let script = Script::split(source);
        assert_eq!(script.faults, [Fault { kind: FaultKind::PsqlCommand, span: 10..11 }]);
        assert_eq!(Script::split("select 'abc").faults[0].kind, FaultKind::Unterminated);
        assert_eq!(Script::split("select 1)").faults[0].kind, FaultKind::Parenthesis);
    }

    #[test]
    fn the_first_words_are_understood() {
        use Verb::{Begin, CopyFromStdin, End, Other, Repeatable, Set};
        assert_eq!(
            verbs("begin; start transaction; end; rollback; rollback to a; rollback work to a")[..],
            [Begin, Begin, End, End, Other, Other]
        );
        assert_eq!(
            verbs("set a = 1; set local a = 1; reset all; copy t from stdin; vacuum"),
            [Set, Other, Set, CopyFromStdin, Repeatable]
        );
        assert_eq!(
            verbs("create unique index concurrently if not exists s.i on only s.t using btree (a)"),
            [Verb::CreateIndexConcurrently { name: Some("s.i".into()), table: "s.t".into() }]
        );
        assert_eq!(
            verbs("create index concurrently on \"T x\" (a)"),
            [Verb::CreateIndexConcurrently { name: None, table: "\"T x\"".into() }]
        );
        assert_eq!(
            verbs("drop index concurrently if exists s.i cascade"),
            [Verb::DropIndexConcurrently { name: "s.i".into() }]
        );
    }
}
