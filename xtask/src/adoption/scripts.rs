//! A converted script as a revision of ours: its SQL, and what a person has to replace.

use crate::alembic::{Converted, Outcome, Part, Reason, Script, Statement};
use crate::revision::{Header, NOT_CONVERTED, NewRevision};
use crate::sql::digest;

/// What became of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// All of it is SQL.
    Static,
    /// One direction at least is left to a person.
    Left,
}

impl Fate {
    /// Of both functions.
    pub fn of(converted: &Converted) -> Self {
        let is_known = |it: &Outcome| matches!(it, Outcome::Sql(_));
        if is_known(&converted.up) && is_known(&converted.down) { Self::Static } else { Self::Left }
    }
}

const FROM: &str = "-- Converted from ";

/// Where a converted file comes from, as its line says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The script.
    pub script: String,
    /// A digest of what it was.
    pub digest: String,
}

impl Origin {
    /// Of a script as it is now.
    pub fn of(script: &Script) -> Self {
        Self { script: script.path.to_string(), digest: format!("{:016x}", digest(script.text.as_bytes())) }
    }

    /// What the text of an up file says.
    pub fn read(text: &str) -> Option<Self> {
        let line = text.lines().find_map(|line| line.strip_prefix(FROM))?;
        let (script, rest) = line.split_once(" (digest ")?;
        let (digest, _) = rest.split_once(')')?;
        Some(Self { script: script.to_owned(), digest: digest.to_owned() })
    }
}

/// The revision that a script becomes.
pub fn draft_of(converted: &Converted, version: String) -> NewRevision {
    let script = &converted.script;
    let origin = Origin::of(script);
    let created = script.created.as_ref().map_or_else(String::new, |date| format!(", created {date}"));
    let from = format!("{FROM}{} (digest {}){created}\n\n", origin.script, origin.digest);
    NewRevision {
        version,
        id: Some(script.revision.clone()),
        message: message(script),
        revises: script.down_revisions.clone(),
        depends_on: script.depends_on.clone(),
        branch_labels: script.branch_labels.clone(),
        up: body(&from, &converted.up, script),
        down: body("", &converted.down, script),
    }
}

/// Its message, or the name of the file; as one line that cannot be taken for a key of the header.
fn message(script: &Script) -> String {
    let stem = script.path.file_stem().unwrap_or_default();
    let words = if script.message.is_empty() { stem } else { script.message.as_str() };
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_kept = Header::parse(&format!("-- {line}\n")).0.message.as_deref() == Some(line.as_str());
    if is_kept { line } else { format!("Alembic's {line}") }
}

fn body(from: &str, outcome: &Outcome, script: &Script) -> String {
    match outcome {
        Outcome::Sql(statements) if statements.is_empty() => format!("{from}-- Nothing is done here.\n"),
        Outcome::Sql(statements) => {
            let all: Vec<&Statement> = statements.iter().collect();
            let first = if is_alone(&all) { "-- no-transaction\n" } else { "" };
            format!("{first}{from}{}", sql(&all))
        }
        Outcome::Unknown { reasons, known, source } => unknown(from, reasons, known, source, script),
    }
}

fn is_alone(statements: &[&Statement]) -> bool {
    statements.iter().any(|it| it.no_transaction)
}

/// Statements one below the other. Where one runs outside of a transaction, those between stay together in blocks.
fn sql(statements: &[&Statement]) -> String {
    let mut text = String::new();
    let alone = is_alone(statements);
    for group in statements.chunk_by(|a, b| a.no_transaction == b.no_transaction) {
        let is_block = alone && !group[0].no_transaction && group.len() > 1;
        if is_block {
            text.push_str("BEGIN;\n\n");
        }
        for statement in group {
            text.push_str(&terminated(&statement.sql));
            text.push('\n');
        }
        if is_block {
            text.push_str("COMMIT;\n\n");
        }
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// With its semicolon; on a line of its own where the statement ends in a comment.
fn terminated(sql: &str) -> String {
    let sql = sql.replace("\r\n", "\n");
    let sql = sql.trim().trim_end_matches(';').trim_end();
    let ends_in_comment = sql.lines().last().is_some_and(|line| line.contains("--"));
    format!("{sql}{};\n", if ends_in_comment { "\n" } else { "" })
}

fn commented(text: &str) -> String {
    let line =
        |line: &str| if line.trim().is_empty() { "--\n".to_owned() } else { format!("--     {}\n", line.trim_end()) };
    text.lines().map(line).collect()
}

fn unknown(from: &str, reasons: &[Reason], known: &[Part], source: &str, script: &Script) -> String {
    let statements: Vec<&Statement> =
        known.iter().filter_map(|it| if let Part::Statement(it) = it { Some(it) } else { None }).collect();
    let first = if is_alone(&statements) { "-- no-transaction\n" } else { "" };
    let mut text =
        format!("{first}{from}{NOT_CONVERTED}: this script refuses to run until a person has completed it.\n--\n");
    for (number, reason) in reasons.iter().enumerate() {
        text += &format!("-- ({}) {}: {}: {}\n", number + 1, reason.place.display(), reason.what, reason.why);
    }
    text +=
        "--\n-- Write SQL for each of them, where it is marked below, and remove everything down to this statement:\n";
    let says = format!("{} is not converted yet: complete its SQL", script.path);
    text += &format!(
        "DO $xtask$ BEGIN RAISE EXCEPTION '{}'; END $xtask$;\n\n",
        says.replace('\'', "''").replace('%', "%%")
    );
    text += &format!("-- The function in {}:\n--\n{}\n", script.path, commented(source));
    for part in known {
        text += &match part {
            Part::Statement(statement) => terminated(&statement.sql) + "\n",
            Part::Gap(at) => format!("-- ({}) goes here.\n\n", at + 1),
        };
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use camino::{Utf8Path, Utf8PathBuf};

    use super::*;
    use crate::alembic::{Environment, convert, read};
    use crate::python::Files;
    use crate::revision::{RevisionScript, RevisionSet};

    struct Nothing;
    impl Files for Nothing {
        fn read(&self, _: &Utf8Path) -> Option<String> {
            None
        }
        fn is_folder(&self, _: &Utf8Path) -> bool {
            false
        }
    }

    fn converted(body: &str) -> Converted {
        let text = format!(
            "\"\"\"revises: it\n\nCreate Date: 2024-01-02 03:04:05\n\"\"\"\nfrom alembic import op\nimport sqlalchemy as sa\n\
             revision = 'a1'\ndown_revision = None\n{body}"
        );
        let (history, errors) = read(&[(Utf8PathBuf::from("versions/a1.py"), text)]);
        assert_eq!(errors, []);
        let environment = Environment {
            files: &Nothing,
            roots: Vec::new(),
            naming_convention: &BTreeMap::new(),
            models: &Default::default(),
        };
        convert(&history, &environment).remove(0)
    }

    fn rendered(body: &str) -> (String, String) {
        let draft = draft_of(&converted(body), "20240102030405".into());
        let (up, down) = draft.render(&RevisionSet::default()).expect("valid");
        for (name, text) in [("a.up.sql", &up), ("a.down.sql", &down)] {
            assert!(RevisionScript::parse(name.into(), text.as_bytes()).is_ok(), "{text}");
        }
        (up, down)
    }

    #[test]
    fn a_known_script_is_its_sql() {
        let (up, down) = rendered(
            "def upgrade():\n    op.execute('CREATE TABLE t (a int)')\n    op.execute('CREATE TABLE u (a int)')\n\
             \x20   with op.get_context().autocommit_block():\n        op.execute('VACUUM t')\ndef downgrade():\n    pass\n",
        );
        assert!(up.starts_with("-- no-transaction\n-- Alembic's revises: it\n"), "{up}");
        assert!(
            up.contains("BEGIN;\n\nCREATE TABLE t (a int);\n\nCREATE TABLE u (a int);\n\nCOMMIT;\n\nVACUUM t;\n"),
            "{up}"
        );
        assert!(down.ends_with("-- Nothing is done here.\n"), "{down}");
        let origin = Origin::read(&up).expect("an origin");
        assert_eq!(origin.script, "versions/a1.py");
        assert_eq!(origin.digest.len(), 16);
    }

    #[test]
    fn what_is_not_known_refuses_to_run_and_quotes_the_script() {
        let (up, _) = rendered(
            "def upgrade():\n    op.execute('SELECT 1')\n    rows = op.get_bind().execute(sa.text('SELECT id FROM t'))\n\
             \x20   for row in rows:\n        op.execute(f'DELETE FROM t WHERE id = {row.id}')\n",
        );
        assert!(up.contains(NOT_CONVERTED) && up.contains("RAISE EXCEPTION"), "{up}");
        assert!(
            up.contains("--         for row in rows:\n") && up.contains("(1) goes here") && up.contains("SELECT 1;"),
            "{up}"
        );
        let script = RevisionScript::from_text("a.up.sql".into(), up.as_str().into());
        assert!(script.unconverted().is_some());
    }
}
