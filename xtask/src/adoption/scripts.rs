//! A converted script as a revision of ours: its SQL, and what a person has to replace.

use super::sealed::{mark, sealed};
use super::taken::{Rendering, Taken};
use crate::alembic::{Outcome, Part, Reason, Script, Statement};
use crate::revision::{Direction, Header, NewRevision, RevisionSet, WriteError};
use crate::sql::{TokenKind, digest, tokens};

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
pub fn draft_of(taken: &Taken, version: String) -> NewRevision {
    let script = &taken.converted.script;
    let origin = Origin::of(script);
    let created = script.created.as_ref().map_or_else(String::new, |date| format!(", created {date}"));
    let from = format!("{FROM}{} (digest {}){created}\n", origin.script, origin.digest);
    NewRevision {
        version,
        id: Some(script.revision.clone()),
        message: message(script),
        revises: script.down_revisions.clone(),
        depends_on: script.depends_on.clone(),
        branch_labels: script.branch_labels.clone(),
        up: body(&from, taken, Direction::Up),
        down: body("", taken, Direction::Down),
    }
}

/// Both files of a draft. One that waits for a person says how it was written.
///
/// # Errors
/// What would make the folder invalid.
pub fn files_of(draft: &NewRevision, existing: &RevisionSet) -> Result<(String, String), WriteError> {
    let (up, down) = draft.render(existing)?;
    Ok((sealed(&up), sealed(&down)))
}

/// Its message, or the name of the file; as one line that cannot be taken for a key of the header.
fn message(script: &Script) -> String {
    let stem = script.path.file_stem().unwrap_or_default();
    let words = if script.message.is_empty() { stem } else { script.message.as_str() };
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_kept = Header::parse(&format!("-- {line}\n")).0.message.as_deref() == Some(line.as_str());
    if is_kept { line } else { format!("Alembic's {line}") }
}

fn body(from: &str, taken: &Taken, direction: Direction) -> String {
    let script = &taken.converted.script;
    let rendering = taken.rendering(direction);
    let mut from = from.to_owned();
    if let Some(Rendering::Done { by }) = rendering {
        from += &format!("-- Rendered by {by} in offline mode from {}\n", script.path);
    }
    if !from.is_empty() {
        from.push('\n');
    }
    match taken.outcome(direction) {
        Outcome::Sql(statements) if statements.is_empty() => format!("{from}-- Nothing is done here.\n"),
        Outcome::Sql(statements) => {
            let all: Vec<&Statement> = statements.iter().collect();
            let first = if is_alone(&all) { "-- no-transaction\n" } else { "" };
            format!("{first}{from}{}", sql(&all))
        }
        Outcome::Unknown { reasons, known, source } => {
            let left = Left { reasons, known, source, rendering };
            unknown(&from, &left, script)
        }
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
    let sql = without_returns(sql);
    let sql = sql.trim().trim_end_matches(';').trim_end();
    let ends_in_comment = sql.lines().last().is_some_and(|line| line.contains("--"));
    format!("{sql}{};\n", if ends_in_comment { "\n" } else { "" })
}

/// Without carriage returns that an editor or git would take away: in string constants they are written as `\r`, elsewhere they mean nothing.
fn without_returns(sql: &str) -> String {
    if !sql.contains('\r') {
        return sql.to_owned();
    }
    let (mut result, mut at) = (String::new(), 0);
    for token in tokens(sql) {
        result.push_str(&sql[at..token.span.start].replace("\r\n", "\n"));
        at = token.span.end;
        let text = token.text(sql);
        match text.strip_prefix('\'') {
            Some(inner) if token.kind == TokenKind::String && text.contains('\r') => {
                result += &format!("E'{}", inner.replace('\\', "\\\\").replace('\r', "\\r"));
            }
            _ if token.kind == TokenKind::String && text.starts_with(['E', 'e']) => {
                result.push_str(&text.replace('\r', "\\r"));
            }
            _ => result.push_str(text),
        }
    }
    result + &sql[at..].replace("\r\n", "\n")
}

fn commented(text: &str) -> String {
    let line =
        |line: &str| if line.trim().is_empty() { "--\n".to_owned() } else { format!("--     {}\n", line.trim_end()) };
    text.lines().map(line).collect()
}

/// What is known of a function that is left to a person.
struct Left<'t> {
    reasons: &'t [Reason],
    known: &'t [Part],
    source: &'t str,
    rendering: Option<&'t Rendering>,
}

fn unknown(from: &str, left: &Left<'_>, script: &Script) -> String {
    let statements: Vec<&Statement> =
        left.known.iter().filter_map(|it| if let Part::Statement(it) = it { Some(it) } else { None }).collect();
    let first = if is_alone(&statements) { "-- no-transaction\n" } else { "" };
    let mut text = format!("{first}{from}{}--\n", mark());
    for (number, reason) in left.reasons.iter().enumerate() {
        text += &format!("-- ({}) {}: {}: {}\n", number + 1, reason.place.display(), reason.what, reason.why);
    }
    if let Some(Rendering::Refused { by, why }) = left.rendering {
        text += &format!("--\n-- {by} cannot render it in offline mode:\n{}", commented(why));
    }
    text +=
        "--\n-- Write SQL for each of them, where it is marked below, and remove everything down to this statement:\n";
    let says = format!("{} is not converted yet: complete its SQL", script.path);
    text += &format!(
        "DO $xtask$ BEGIN RAISE EXCEPTION '{}'; END $xtask$;\n\n",
        says.replace('\'', "''").replace('%', "%%")
    );
    text += &format!("-- The function in {}:\n--\n{}\n", script.path, commented(left.source));
    for part in left.known {
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
    use crate::adoption::{Fate, is_as_written};
    use crate::alembic::{Environment, convert, read};
    use crate::python::Files;
    use crate::revision::{NOT_CONVERTED, RevisionScript};

    struct Nothing;
    impl Files for Nothing {
        fn read(&self, _: &Utf8Path) -> Option<String> {
            None
        }
        fn is_folder(&self, _: &Utf8Path) -> bool {
            false
        }
    }

    fn taken(body: &str) -> Taken {
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
        Taken::read(convert(&history, &environment).remove(0))
    }

    fn rendered(body: &str) -> (String, String) {
        files(&taken(body))
    }

    fn files(taken: &Taken) -> (String, String) {
        let draft = draft_of(taken, "20240102030405".into());
        let (up, down) = files_of(&draft, &RevisionSet::default()).expect("valid");
        for (name, text) in [("a.up.sql", &up), ("a.down.sql", &down)] {
            assert!(RevisionScript::parse(name.into(), text.as_bytes()).is_ok(), "{text}");
        }
        (up, down)
    }

    #[test]
    fn carriage_returns_of_values_are_written_so_that_they_last() {
        for (sql, expected) in [
            ("INSERT INTO t\r\nVALUES ('a\r\nb', 'it''s\\')", "INSERT INTO t\nVALUES (E'a\\r\nb', 'it''s\\');\n"),
            ("SELECT 'c\\\r', E'd\r\\n', $$e\r$$", "SELECT E'c\\\\\\r', E'd\\r\\n', $$e\r$$;\n"),
            ("SELECT 1;\r\n", "SELECT 1;\n"),
        ] {
            assert_eq!(terminated(sql), expected);
        }
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

    #[test]
    fn a_script_that_commits_by_itself_is_outside_of_a_transaction_from_there_on() {
        let (up, down) = rendered(
            "def upgrade():\n    op.execute('SELECT 1')\n    op.execute('COMMIT')\n    op.execute('CREATE INDEX CONCURRENTLY i ON t (a)')\n\
             def downgrade():\n    op.execute('COMMIT')\n    op.execute('DROP INDEX CONCURRENTLY i')\n",
        );
        assert!(up.starts_with("-- no-transaction\n"), "{up}");
        let body = "SELECT 1;\n\nCREATE INDEX CONCURRENTLY i ON t (a);\n";
        assert!(up.ends_with(body), "{up}");
        assert!(
            down.starts_with("-- no-transaction\n") && down.ends_with("\n\nDROP INDEX CONCURRENTLY i;\n"),
            "{down}"
        );
    }

    #[test]
    fn what_alembic_renders_says_so_and_what_it_cannot_says_why() {
        let text = "def upgrade():\n    fill()\ndef downgrade():\n    empty()\n";
        let mut one = taken(text);
        assert_eq!((one.fate(), one.unread().len()), (Fate::Left, 2));
        let piece = |sql: &str, no_transaction| Statement { sql: sql.to_owned(), no_transaction, line: 7 };
        let pieces = vec![
            piece("INSERT INTO t VALUES ('a;b'); DELETE FROM u;", false),
            piece("COMMIT;", false),
            piece("CREATE INDEX CONCURRENTLY i ON t (a);", false),
            piece("BEGIN;", false),
            piece("VACUUM t;", true),
        ];
        one.render(Direction::Up, "Alembic 1.20.1", Ok(pieces));
        one.render(Direction::Down, "Alembic 1.20.1", Err("TypeError: no connection (line 8)".to_owned()));
        assert_eq!(one.fate(), Fate::Left);
        let (up, down) = files(&one);
        assert!(up.contains("-- Rendered by Alembic 1.20.1 in offline mode from versions/a1.py\n"), "{up}");
        let body = "BEGIN;\n\nINSERT INTO t VALUES ('a;b');\n\nDELETE FROM u;\n\nCOMMIT;\n\nCREATE INDEX CONCURRENTLY i ON t (a);\n\nVACUUM t;\n";
        assert!(up.starts_with("-- no-transaction\n") && up.ends_with(body), "{up}");
        assert!(down.contains("in offline mode:\n--     TypeError: no connection (line 8)\n"), "{down}");
        assert!(is_as_written(&down) && !is_as_written(&up));
        one.render(Direction::Down, "Alembic 1.20.1", Ok(Vec::new()));
        assert_eq!(one.fate(), Fate::Rendered);
        assert!(files(&one).1.ends_with("\n\n-- Nothing is done here.\n"));
        one.render(Direction::Up, "Alembic 1.20.1", Ok(vec![piece("SELECT 'a", false)]));
        assert!(matches!(one.rendering(Direction::Up), Some(Rendering::Refused { .. })));
    }
}
