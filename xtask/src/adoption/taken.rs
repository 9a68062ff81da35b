//! A script with what became of it: read, rendered by Alembic where that was asked for, or left to a person.

use crate::alembic::{Converted, KnownSql, Outcome, Statement};
use crate::revision::Direction;
use crate::sql::{Script, TokenKind, Verb, tokens};

/// What became of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// All of it was read as SQL.
    Static,
    /// What could not be read is what Alembic's offline mode wrote.
    Rendered,
    /// One direction at least is left to a person.
    Left,
}

impl Fate {
    /// As JSON has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Rendered => "rendered",
            Self::Left => "left",
        }
    }
}

/// What Alembic's offline mode made of a function that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rendering {
    /// Its SQL, which is in the outcome now.
    Done {
        /// `Alembic 1.20.1`
        by: String,
    },
    /// It cannot.
    Refused {
        /// `Alembic 1.20.1`
        by: String,
        /// What it says, with the line of the script.
        why: String,
    },
}

/// A script that becomes a revision in this run.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The script and its SQL.
    pub converted: Converted,
    /// Its up file, in the project.
    pub up_file: String,
    /// What Alembic made of `upgrade()`; `None` where it was not asked.
    pub up: Option<Rendering>,
    /// What Alembic made of `downgrade()`; `None` where it was not asked.
    pub down: Option<Rendering>,
}

impl Taken {
    /// What was read.
    pub fn read(converted: Converted) -> Self {
        Self { converted, up_file: String::new(), up: None, down: None }
    }

    /// What became of it.
    pub fn fate(&self) -> Fate {
        let is_left = |direction| matches!(self.outcome(direction), Outcome::Unknown { .. });
        let is_rendered = |direction| matches!(self.rendering(direction), Some(Rendering::Done { .. }));
        if is_left(Direction::Up) || is_left(Direction::Down) {
            Fate::Left
        } else if is_rendered(Direction::Up) || is_rendered(Direction::Down) {
            Fate::Rendered
        } else {
            Fate::Static
        }
    }

    /// What became of one function.
    pub fn outcome(&self, direction: Direction) -> &Outcome {
        match direction {
            Direction::Up => &self.converted.up,
            Direction::Down => &self.converted.down,
        }
    }

    /// What Alembic made of one function.
    pub fn rendering(&self, direction: Direction) -> Option<&Rendering> {
        match direction {
            Direction::Up => self.up.as_ref(),
            Direction::Down => self.down.as_ref(),
        }
    }

    /// The directions that could not be read.
    pub fn unread(&self) -> Vec<Direction> {
        let is_unread = |it: &Direction| matches!(self.outcome(*it), Outcome::Unknown { .. });
        [Direction::Up, Direction::Down].into_iter().filter(is_unread).collect()
    }

    /// Takes what Alembic wrote for a function, or why it wrote nothing.
    pub fn render(&mut self, direction: Direction, by: &str, written: Result<Vec<Statement>, String>) {
        let by = by.to_owned();
        let (outcome, rendering) = match written.and_then(|pieces| statements(&pieces)) {
            Ok(statements) => (Some(Outcome::Sql(statements)), Rendering::Done { by }),
            Err(why) => (None, Rendering::Refused { by, why }),
        };
        let (to, note) = match direction {
            Direction::Up => (&mut self.converted.up, &mut self.up),
            Direction::Down => (&mut self.converted.down, &mut self.down),
        };
        if let Some(outcome) = outcome {
            *to = outcome;
        }
        *note = Some(rendering);
    }

    /// Takes what was read again, beside what Alembic wrote for others. What it wrote for this one stays.
    pub fn read_again(&mut self, again: Self) {
        let is_done = |rendering: &Option<Rendering>| matches!(rendering, Some(Rendering::Done { .. }));
        let is_sql = |outcome: &Outcome| matches!(outcome, Outcome::Sql(_));
        let pairs = [
            (&mut self.converted.up, &mut self.up, again.converted.up),
            (&mut self.converted.down, &mut self.down, again.converted.down),
        ];
        for (outcome, rendering, again) in pairs {
            if !is_done(rendering) && is_sql(&again) {
                (*outcome, *rendering) = (again, None);
            }
        }
    }

    /// Counts a direction as settled whose file a person has completed.
    pub fn settle(&mut self, direction: Direction) {
        match direction {
            Direction::Up => self.converted.up = Outcome::Sql(Vec::new()),
            Direction::Down => self.converted.down = Outcome::Sql(Vec::new()),
        }
    }
}

/// What Alembic has written for `upgrade()` of scripts that cannot be read.
pub fn rendered_sql(taken: &[Taken]) -> KnownSql {
    let of = |one: &Taken| match (&one.up, &one.converted.up) {
        (Some(Rendering::Done { .. }), Outcome::Sql(statements)) => {
            let statements = statements.iter().map(|it| it.sql.clone()).collect();
            Some((one.converted.script.revision.clone(), statements))
        }
        _ => None,
    };
    taken.iter().filter_map(of).collect()
}

/// The statements of what Alembic sends in one go.
fn statements(pieces: &[Statement]) -> Result<Vec<Statement>, String> {
    let mut found = Vec::new();
    let mut is_outside = false;
    for piece in pieces {
        let script = Script::split(&piece.sql);
        if !script.faults.is_empty() {
            return Err(format!("its SQL is not complete (line {})", piece.line));
        }
        for statement in &script.statements {
            let sql = statement.text(&piece.sql);
            match ends_transaction(&statement.verb, sql) {
                Ok(Some(ends)) => is_outside = ends,
                // Between a `COMMIT` and the next `BEGIN` there is no transaction.
                Ok(None) => {
                    let no_transaction = piece.no_transaction || is_outside;
                    found.push(Statement { sql: sql.to_owned(), no_transaction, ..piece.clone() });
                }
                Err(why) => return Err(format!("{why} (line {}): `{sql}`", piece.line)),
            }
        }
    }
    Ok(found)
}

/// Whether a statement only says that the transaction ends or begins, as `true` and `false`; `None` for all others.
fn ends_transaction(verb: &Verb, sql: &str) -> Result<Option<bool>, &'static str> {
    let words: Vec<String> = tokens(sql)
        .iter()
        .filter(|it| it.kind == TokenKind::Word)
        .map(|it| it.text(sql).to_ascii_lowercase())
        .collect();
    match (verb, words.iter().map(String::as_str).collect::<Vec<_>>()[..].as_ref()) {
        (Verb::End, ["commit" | "end"]) => Ok(Some(true)),
        (Verb::Begin, ["begin"]) => Ok(Some(false)),
        (Verb::Begin | Verb::End, _) => Err("it begins or ends the transaction in a way that files cannot"),
        _ => Ok(None),
    }
}
