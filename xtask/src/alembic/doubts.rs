//! What a script does where nobody knows whether it happens: told as a gap, or written as `IF … THEN …` where the condition
//! is a query, and as `FOR … LOOP` where it happens for each row of one.

use crate::python::Span;
use crate::sql::{TokenKind, tokens};

/// Something of which nobody knows whether it happens.
pub(super) struct Doubt {
    pub(super) why: String,
    pub(super) span: Span,
    /// Whether something would happen that cannot be written as part of a condition.
    pub(super) touched: bool,
    pub(super) number: u64,
    /// The number of its condition, if it has one.
    pub(super) condition: Option<usize>,
    /// When it happens, where that can be written.
    frame: Option<Frame>,
    /// Whether it is inside of a loop over rows.
    is_repeated: bool,
    /// What could not be read in a turn of a loop.
    unread: Option<String>,
    /// The number of rows that were there before it.
    pub(super) first_row: usize,
    /// Values that are known not to be missing.
    pub(super) filled: Vec<String>,
    /// Variables of a loop, with their types.
    variables: Vec<String>,
    /// What happens then, in PL/pgSQL.
    lines: Vec<String>,
}

/// When something happens.
pub(super) enum Frame {
    /// Where a condition holds.
    If(String),
    /// Where it does not, behind the block of what happens where it does.
    Else { first: String, fails: String },
    /// As long as a condition holds.
    While(String),
    /// For each row of a query, which a variable holds.
    For { variable: String, sql: String },
}

impl Doubt {
    pub(super) fn new(why: &str, span: Span, number: u64, frame: Option<Frame>, around: Option<&Self>) -> Self {
        let is_repeated =
            matches!(frame, Some(Frame::For { .. } | Frame::While(_))) || around.is_some_and(|it| it.is_repeated);
        Self {
            why: why.to_owned(),
            span,
            touched: false,
            number,
            condition: None,
            frame,
            is_repeated,
            unread: None,
            first_row: 0,
            filled: Vec::new(),
            variables: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// Whether it happens for each row of a query.
    pub(super) fn is_loop(&self) -> bool {
        matches!(self.frame, Some(Frame::For { .. }))
    }

    /// Whether it happens for each row of a query, and this variable holds the row.
    pub(super) fn goes_through(&self, name: &str) -> bool {
        matches!(&self.frame, Some(Frame::For { variable, .. }) if variable == name)
    }

    /// It is looked at again from its beginning.
    pub(super) fn again(&mut self) {
        self.touched = false;
        self.unread = None;
        self.filled.clear();
        self.variables.clear();
        self.lines.clear();
    }

    /// A variable of the loop; `false` where this is none, or it has the variable already.
    pub(super) fn declare(&mut self, variable: &str) -> bool {
        let is_new = matches!(self.frame, Some(Frame::For { .. })) && !self.variables.iter().any(|it| it == variable);
        if is_new {
            self.variables.push(variable.to_owned());
        }
        is_new
    }

    /// Something of it cannot be read.
    pub(super) fn touch(&mut self, what: &str, why: &str) {
        self.touched = true;
        if matches!(self.frame, Some(Frame::For { .. } | Frame::While(_))) {
            self.unread.get_or_insert_with(|| format!("{what}: {why}"));
        }
    }

    /// Why it cannot be written.
    pub(super) fn reason(&self) -> String {
        self.unread.as_ref().map_or_else(|| self.why.clone(), |unread| format!("{}: {unread}", self.why))
    }

    /// Whether it happens only where this condition holds.
    pub(super) fn is_if(&self, condition: &str) -> bool {
        matches!(&self.frame, Some(Frame::If(it) | Frame::Else { fails: it, .. }) if it == condition)
    }

    /// A line of PL/pgSQL.
    pub(super) fn line(&mut self, line: String) {
        match self.frame.is_some() {
            true => self.lines.push(line),
            false => self.touched = true,
        }
    }

    /// A statement would be sent.
    pub(super) fn send(&mut self, sql: &str) {
        // A table that is gone through cannot be altered meanwhile.
        match inside(sql).filter(|_| !self.is_repeated || is_of_rows(sql)) {
            Some(line) => self.line(line),
            None => self.touched = true,
        }
    }

    /// An exception would be raised.
    pub(super) fn raise(&mut self, message: &str) {
        self.line(raising(message));
    }

    /// Whether it stands behind a block that was written down, which it completes.
    pub(super) fn is_else(&self) -> bool {
        matches!(self.frame, Some(Frame::Else { .. }))
    }

    /// Whether this is the last line so far.
    pub(super) fn ends_with(&self, line: &str) -> bool {
        self.lines.last().is_some_and(|it| it == line)
    }

    /// Takes the last line back.
    pub(super) fn pop_line(&mut self) {
        self.lines.pop();
    }

    /// Whether nothing would happen.
    pub(super) fn is_nothing(&self) -> bool {
        !self.touched && self.lines.is_empty()
    }

    /// `IF … THEN … END IF;`, if all of it can be written and there is anything.
    pub(super) fn block(&self) -> Option<String> {
        let frame = self.frame.as_ref().filter(|_| !self.touched && !self.lines.is_empty())?;
        let lines: String = self.lines.iter().map(|line| format!("{}\n", indented(line))).collect();
        Some(match frame {
            Frame::If(condition) => format!("IF {condition} THEN\n{lines}{END}"),
            Frame::Else { first, .. } => format!("{}ELSE\n{lines}END IF;", first.strip_suffix(END)?),
            Frame::While(condition) => format!("WHILE {condition} LOOP\n{lines}END LOOP;"),
            Frame::For { variable, sql } => {
                let others: String = self.variables.iter().map(|it| format!("  {it};\n")).collect();
                format!(
                    "DECLARE\n  {variable} record;\n{others}BEGIN\nFOR {variable} IN {sql} LOOP\n{lines}END LOOP;\nEND;"
                )
            }
        })
    }
}

/// What a condition ends with.
const END: &str = "END IF;";

/// An exception with this message.
pub(super) fn raising(message: &str) -> String {
    format!("RAISE EXCEPTION '%', {};", crate::sqlmodel::literal(message))
}

/// Whether a statement reads and changes rows only.
fn is_of_rows(sql: &str) -> bool {
    tokens(sql)
        .first()
        .is_some_and(|it| ["insert", "update", "delete", "select"].iter().any(|word| it.is_word(sql, word)))
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
