//! Scripts for tests: a body of `upgrade()` to what it becomes.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Converted, Environment, KnownSql, Outcome, convert_beside, read};
use crate::python::Files;
use crate::sqlmodel::Settings;

struct Few(Vec<(Utf8PathBuf, String)>);

impl Files for Few {
    fn read(&self, path: &Utf8Path) -> Option<String> {
        self.0.iter().find(|(known, _)| known == path).map(|(_, text)| text.clone())
    }

    fn is_folder(&self, path: &Utf8Path) -> bool {
        self.0.iter().any(|(known, _)| known.starts_with(path) && known != path)
    }
}

/// Converts scripts, given as the bodies of both functions, that stand on each other; other files lie beside them.
pub(super) fn converted(scripts: &[(&str, &str)], others: &[(&str, &str)], naming: &[(&str, &str)]) -> Vec<Converted> {
    beside(scripts, others, naming, &KnownSql::new())
}

/// The same, where the SQL of some revisions is known from elsewhere.
pub(super) fn beside(
    scripts: &[(&str, &str)],
    others: &[(&str, &str)],
    naming: &[(&str, &str)],
    known: &KnownSql,
) -> Vec<Converted> {
    all(scripts, others, naming, known, "")
}

/// The same, with more behind the functions of each script.
pub(super) fn with_end(scripts: &[(&str, &str)], end: &str) -> Vec<Converted> {
    all(scripts, &[], &[], &KnownSql::new(), end)
}

fn all(
    scripts: &[(&str, &str)],
    others: &[(&str, &str)],
    naming: &[(&str, &str)],
    known: &KnownSql,
    end: &str,
) -> Vec<Converted> {
    let indented = |body: &str| {
        let lines: String = body.lines().map(|line| format!("    {line}\n")).collect();
        if lines.trim().is_empty() { "    pass\n".to_owned() } else { lines }
    };
    let files: Vec<(Utf8PathBuf, String)> = scripts
        .iter()
        .enumerate()
        .map(|(number, (up, down))| {
            let parent = if number == 0 { "None".to_owned() } else { format!("'{}'", number - 1) };
            let text = format!(
                "import sqlalchemy as sa\nfrom alembic import op, context\nfrom sqlalchemy.dialects import postgresql\n\
                 revision = '{number}'\ndown_revision = {parent}\n\
                 def upgrade():\n{}\ndef downgrade():\n{}{end}",
                indented(up),
                indented(down)
            );
            (Utf8PathBuf::from(format!("versions/{number}.py")), text)
        })
        .collect();
    let (history, errors) = read(&files);
    assert_eq!(errors, []);
    let few = Few(others.iter().map(|(path, text)| (Utf8PathBuf::from(*path), (*text).to_owned())).collect());
    let naming: BTreeMap<String, String> =
        naming.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
    let models = Settings::default();
    let roots = vec![Utf8PathBuf::from("src")];
    let environment = Environment { files: &few, roots, naming_convention: &naming, models: &models };
    convert_beside(&history, &environment, known)
}

/// The statements of an outcome; what is not known shows as `?? why`.
pub(super) fn shown(outcome: &Outcome) -> Vec<String> {
    match outcome {
        Outcome::Sql(statements) => statements.iter().map(|it| it.sql.clone()).collect(),
        Outcome::Unknown { reasons, known, .. } => known
            .iter()
            .map(|part| match part {
                super::Part::Statement(it) => it.sql.clone(),
                super::Part::Gap(at) => format!("?? {}: {}", reasons[*at].what, reasons[*at].why),
            })
            .collect(),
    }
}

/// What `upgrade()` with this body becomes.
pub(super) fn sql(body: &str) -> Vec<String> {
    shown(&converted(&[(body, "")], &[], &[])[0].up)
}
