//! The text of one direction, as a careful person would write it.

use super::together::are_apart;
use crate::diff::{Sql, Statement};

/// The longest line that `ALTER TABLE … action` may take before the action gets a line of its own.
const WIDE: usize = 100;

/// Statements under a line that says what they are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// "public.sample: column archived_at added".
    pub title: String,
    /// In order.
    pub statements: Vec<Statement>,
}

/// One direction of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// Whether a statement of it cannot run in a transaction with the others.
    pub outside_transaction: bool,
    /// What is said at the top, a line each.
    pub notes: Vec<String>,
    /// In order.
    pub blocks: Vec<Block>,
}

impl Script {
    /// Whether it does nothing.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The statements, in order.
    pub fn statements(&self) -> impl Iterator<Item = &Statement> + Clone {
        self.blocks.iter().flat_map(|block| &block.statements)
    }

    /// What the statements destroy.
    pub fn destroys(&self) -> Vec<&str> {
        self.statements().flat_map(|statement| &statement.destroys).map(String::as_str).collect()
    }

    /// The whole script; `-- no-transaction` comes first where it is needed.
    pub fn text(&self) -> String {
        let first = if self.outside_transaction { "-- no-transaction\n" } else { "" };
        format!("{first}{}", self.body())
    }

    /// The script without `-- no-transaction`.
    pub fn body(&self) -> String {
        let (mut text, mut is_open) = (String::new(), false);
        for note in &self.notes {
            text.push_str(&format!("-- {note}\n"));
        }
        for block in &self.blocks {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&title(&block.title));
            for statements in gathered(&block.statements) {
                self.switch_transaction(&mut text, &mut is_open, !statements[0].commits_first);
                write(&mut text, statements);
            }
        }
        self.switch_transaction(&mut text, &mut is_open, false);
        text
    }

    /// Where some statements cannot be in a transaction, the others are in one of their own.
    fn switch_transaction(&self, text: &mut String, is_open: &mut bool, opens: bool) {
        if self.outside_transaction && *is_open != opens {
            text.push_str(if opens { "BEGIN;\n" } else { "COMMIT;\n" });
            *is_open = opens;
        }
    }
}

/// Neighbouring actions on one object together, everything else alone.
fn gathered(statements: &[Statement]) -> impl Iterator<Item = &[Statement]> {
    statements.chunk_by(|one, next| match (&one.sql, &next.sql) {
        (Sql::Action { head, .. }, Sql::Action { head: other, .. }) => head == other && !are_apart(one, next),
        _ => false,
    })
}

/// A title as comment lines, broken between the things that it lists.
fn title(title: &str) -> String {
    let (mut lines, mut line) = (String::new(), "--".to_owned());
    for part in title.split_inclusive(", ") {
        if line.len() + part.trim_end().len() >= WIDE && line != "--" {
            lines.push_str(line.trim_end());
            lines.push('\n');
            line = "--  ".to_owned();
        }
        if line == "--" || line == "--  " {
            line.push(' ');
        }
        line.push_str(part);
    }
    lines + &line + "\n"
}

fn write(text: &mut String, statements: &[Statement]) {
    let mut said: Vec<&String> = Vec::new();
    for statement in statements {
        for what in &statement.destroys {
            text.push_str(&format!("-- destroys: {what}\n"));
        }
        for remark in &statement.remarks {
            // What one action says of the table, the next need not say again.
            if said.contains(&remark) {
                continue;
            }
            said.push(remark);
            for line in remark.lines() {
                text.push_str(format!("-- {line}").trim_end());
                text.push('\n');
            }
        }
    }
    let actions: Vec<&str> = statements
        .iter()
        .map(|statement| match &statement.sql {
            Sql::Whole(sql) => sql.as_str(),
            Sql::Action { action, .. } => action.as_str(),
        })
        .collect();
    match &statements[0].sql {
        Sql::Whole(sql) => text.push_str(sql.trim_end().trim_end_matches(';')),
        Sql::Action { head, .. } if actions.len() == 1 && head.len() + actions[0].len() < WIDE => {
            text.push_str(&format!("{head} {}", actions[0]));
        }
        Sql::Action { head, .. } => text.push_str(&format!("{head}\n    {}", actions.join(",\n    "))),
    }
    text.push_str(";\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_on_one_table_become_one_statement() {
        let table = |action: &str| Statement::on_table("public.t", action);
        let script = Script {
            blocks: vec![
                Block {
                    title: "public.t: column a dropped, column b added".into(),
                    statements: vec![
                        table("DROP COLUMN a").destroys("the column public.t.a and its values"),
                        table("ADD COLUMN b integer"),
                        Statement::whole("COMMENT ON COLUMN public.t.b IS 'x'"),
                    ],
                },
                Block { title: "public.u: column c added".into(), statements: vec![table("ADD COLUMN c integer")] },
            ],
            ..Script::default()
        };
        assert_eq!(
            script.text(),
            "-- public.t: column a dropped, column b added\n\
             -- destroys: the column public.t.a and its values\n\
             ALTER TABLE public.t\n    DROP COLUMN a,\n    ADD COLUMN b integer;\n\
             COMMENT ON COLUMN public.t.b IS 'x';\n\n\
             -- public.u: column c added\n\
             ALTER TABLE public.t ADD COLUMN c integer;\n"
        );
        assert_eq!(script.destroys(), ["the column public.t.a and its values"]);
    }
}
