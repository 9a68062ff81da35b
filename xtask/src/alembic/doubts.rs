//! What a script does where nobody knows whether it happens: told as a gap, or written as `IF … THEN …` where the condition
//! is a query.

use crate::python::Span;
use crate::sql::{TokenKind, tokens};

/// Something of which nobody knows whether it happens.
pub(super) struct Doubt {
    pub(super) why: String,
    pub(super) span: Span,
    /// Whether something would happen that cannot be written as part of a condition.
    pub(super) touched: bool,
    pub(super) number: u64,
    /// The condition as SQL.
    condition: Option<String>,
    /// What happens then, in PL/pgSQL.
    lines: Vec<String>,
}

impl Doubt {
    pub(super) fn new(why: &str, span: Span, number: u64, condition: Option<String>) -> Self {
        Self { why: why.to_owned(), span, touched: false, number, condition, lines: Vec::new() }
    }

    /// A statement would be sent.
    pub(super) fn send(&mut self, sql: &str) {
        match inside(sql).filter(|_| self.condition.is_some()) {
            Some(line) => self.lines.push(line),
            None => self.touched = true,
        }
    }

    /// An exception would be raised.
    pub(super) fn raise(&mut self, message: &str) {
        match self.condition.is_some() {
            true => self.lines.push(format!("RAISE EXCEPTION '%', {};", crate::sqlmodel::literal(message))),
            false => self.touched = true,
        }
    }

    /// What was written inside of it goes on as a part of what is around it.
    pub(super) fn take(&mut self, block: String) {
        match self.condition.is_some() {
            true => self.lines.push(block),
            false => self.touched = true,
        }
    }

    /// Whether nothing would happen.
    pub(super) fn is_nothing(&self) -> bool {
        !self.touched && self.lines.is_empty()
    }

    /// `IF … THEN … END IF;`, if all of it can be written and there is anything.
    pub(super) fn block(&self) -> Option<String> {
        let condition = self.condition.as_ref().filter(|_| !self.touched && !self.lines.is_empty())?;
        let lines: String = self.lines.iter().map(|line| format!("{}\n", indented(line))).collect();
        Some(format!("IF {condition} THEN\n{lines}END IF;"))
    }
}

/// A block on its own.
pub(super) fn alone(block: &str) -> String {
    let mut tag = "$block$".to_owned();
    while block.contains(&tag) {
        tag.insert(1, 'a');
    }
    format!("DO {tag} BEGIN\n{block}\nEND {tag}")
}

/// Two blanks before the first line: others may belong to a text.
fn indented(line: &str) -> String {
    format!("  {line}")
}

/// Words of statements that cannot stand in a block.
const ALONE: &[&str] = &["concurrently", "vacuum", "returning", "into"];

/// A statement as PL/pgSQL has it; `None` where it cannot stand in a block.
fn inside(sql: &str) -> Option<String> {
    let sql = sql.trim().trim_end_matches(';').trim_end();
    let tokens = tokens(sql);
    let words: Vec<_> = tokens.iter().filter(|it| it.kind == TokenKind::Word).collect();
    let first = words.first()?;
    let is = |word: &str| first.is_word(sql, word);
    let ends_in_comment = sql.lines().last().is_some_and(|line| line.contains("--"));
    let end = if ends_in_comment { "\n;" } else { ";" };
    let mut forbidden = words.iter().filter(|it| ALONE.iter().any(|word| it.is_word(sql, word)));
    if is("insert") {
        // `INSERT INTO`
        forbidden.next();
    }
    if forbidden.next().is_some() || ["with", "values", "table", "show", "explain", "set"].iter().any(|it| is(it)) {
        return None;
    }
    match is("select") {
        true => Some(format!("PERFORM{}{end}", sql.get(first.span.end..)?)),
        false => Some(format!("{sql}{end}")),
    }
}
