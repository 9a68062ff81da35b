//! One revision script: what it says about itself.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::error::AlembicError;
use crate::diagnostic::Place;
use crate::python::{Files, Interpreter, Library, Scope, Value};

/// A revision script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Its file.
    pub path: Utf8PathBuf,
    /// `revision`
    pub revision: String,
    /// `down_revision`; none for a base, several for a merge.
    pub down_revisions: Vec<String>,
    /// `depends_on`
    pub depends_on: Vec<String>,
    /// `branch_labels`
    pub branch_labels: Vec<String>,
    /// The first line of its docstring.
    pub message: String,
    /// What stands behind `Create Date:` in the docstring.
    pub created: Option<String>,
    /// The whole text.
    pub text: Arc<str>,
}

/// Files of a project that are not asked for.
pub(super) struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &Utf8Path) -> Option<String> {
        None
    }

    fn is_folder(&self, _: &Utf8Path) -> bool {
        false
    }
}

/// Reads what a script says about itself. A file without `revision` is none, as for Alembic.
pub(super) fn identify(path: &Utf8Path, text: &str) -> Result<Option<Script>, Box<AlembicError>> {
    let library = Library::default();
    let py = Interpreter::new(&NoFiles, &library, Vec::new(), &[]);
    let module = py.run_file("revision", path, text);
    let source = py.source(module.file.unwrap_or(0));
    let text = Arc::clone(&source.text);
    if let Some((problem, range)) = source.problems().into_iter().next() {
        let place = Place::span(path, &text, range.into(), "");
        return Err(Box::new(AlembicError::Syntax { problem, place }));
    }
    let names = |name: &'static str| -> Result<Vec<String>, Box<AlembicError>> {
        ids(&module.scope, name).ok_or_else(|| {
            let place = Place::span(path, &text, assignment(&text, name), "");
            Box::new(AlembicError::NotStatic { name, place })
        })
    };
    let own = names("revision")?;
    let Some(revision) = own.first().cloned() else {
        let looks_like_one = module.scope.own("upgrade").is_some() || module.scope.own("down_revision").is_some();
        return if looks_like_one {
            Err(Box::new(AlembicError::NoRevision { place: Place::file(path) }))
        } else {
            Ok(None)
        };
    };
    let documentation = source.docstring().unwrap_or_default();
    let created = documentation.lines().find_map(|line| line.trim().strip_prefix("Create Date:"));
    Ok(Some(Script {
        path: path.to_owned(),
        revision,
        down_revisions: names("down_revision")?,
        depends_on: names("depends_on")?,
        branch_labels: names("branch_labels")?,
        message: documentation.trim_start().lines().next().unwrap_or_default().trim().to_owned(),
        created: created.map(|date| date.trim().to_owned()),
        text,
    }))
}

/// A text, several of them, or nothing.
fn ids(scope: &Scope<'_>, name: &str) -> Option<Vec<String>> {
    match scope.own(name) {
        None | Some(Value::None) => Some(Vec::new()),
        Some(value) => match value.as_str() {
            Some(text) => Some(vec![text.to_owned()]),
            None => value.items()?.iter().map(|it| it.as_str().map(str::to_owned)).collect(),
        },
    }
}

/// Where a name is assigned.
fn assignment(text: &str, name: &str) -> std::ops::Range<usize> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with(name) {
            return start..start + line.trim_end().len();
        }
        start += line.len();
    }
    0..0
}
