//! All scripts of a project, in order.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use super::error::AlembicError;
use super::script::{Script, identify};
use crate::diagnostic::Place;

/// The scripts of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// From the bases to the heads: each behind all that it stands on, and otherwise by date and file name.
    pub scripts: Vec<Script>,
}

impl History {
    /// Ids that no other script goes on from.
    pub fn heads(&self) -> Vec<&str> {
        let below: BTreeSet<&str> = self.scripts.iter().flat_map(|it| &it.down_revisions).map(String::as_str).collect();
        self.scripts.iter().map(|it| it.revision.as_str()).filter(|id| !below.contains(id)).collect()
    }

    /// The script of that id.
    pub fn get(&self, revision: &str) -> Option<&Script> {
        self.scripts.iter().find(|it| it.revision == revision)
    }
}

/// Reads what the scripts are. The history has all that could be read, the list everything that is wrong.
pub fn read(files: &[(Utf8PathBuf, String)]) -> (History, Vec<AlembicError>) {
    let mut errors = Vec::new();
    let mut scripts: Vec<Script> = Vec::new();
    for (path, text) in files {
        match identify(path, text) {
            Ok(script) => scripts.extend(script),
            Err(error) => errors.push(*error),
        }
    }
    scripts.sort_by(|a, b| (&a.created, &a.path).cmp(&(&b.created, &b.path)));
    let mut by_id: BTreeMap<String, Vec<Place>> = BTreeMap::new();
    for script in &scripts {
        by_id.entry(script.revision.clone()).or_default().push(place_of(script, "revision"));
    }
    for (revision, places) in &by_id {
        if places.len() > 1 {
            errors.push(AlembicError::Twice { revision: revision.clone(), places: places.clone() });
        }
    }
    let mut seen = BTreeSet::new();
    scripts.retain(|it| seen.insert(it.revision.clone()));
    resolve_labels(&mut scripts);
    // A script that cannot be read may be the missing one.
    let all_read = errors.iter().all(|it| matches!(it, AlembicError::Twice { .. }));
    for script in &scripts {
        let down = script.down_revisions.iter().map(|it| ("down_revision", it));
        for (name, parent) in down.chain(script.depends_on.iter().map(|it| ("depends_on", it))) {
            if !by_id.contains_key(parent) && (all_read || !named_in_broken(files, &by_id, &scripts, parent)) {
                let place = place_of(script, name);
                let (revision, parent) = (script.revision.clone(), parent.clone());
                errors.push(AlembicError::Parent { revision, parent, name, place });
            }
        }
    }
    let scripts = in_order(scripts, &mut errors);
    (History { scripts }, errors)
}

/// Whether an id stands in the text of a file that gave no script.
fn named_in_broken(
    files: &[(Utf8PathBuf, String)],
    by_id: &BTreeMap<String, Vec<Place>>,
    scripts: &[Script],
    id: &str,
) -> bool {
    let unread = files.iter().filter(|(path, _)| !scripts.iter().any(|it| it.path == *path));
    !by_id.contains_key(id) && unread.into_iter().any(|(path, text)| text.contains(id) || path.as_str().contains(id))
}

/// `depends_on` may name a branch by its label.
fn resolve_labels(scripts: &mut [Script]) {
    let of =
        |it: &Script| it.branch_labels.iter().map(|label| (label.clone(), it.revision.clone())).collect::<Vec<_>>();
    let labels: BTreeMap<String, String> = scripts.iter().flat_map(of).collect();
    for script in scripts.iter_mut() {
        for name in &mut script.depends_on {
            if let Some(revision) = labels.get(name) {
                name.clone_from(revision);
            }
        }
    }
}

fn place_of(script: &Script, name: &str) -> Place {
    let start = script.text.match_indices(name).find(|(at, _)| *at == 0 || script.text[..*at].ends_with('\n'));
    match start {
        Some((at, _)) => {
            let end = script.text[at..].find('\n').map_or(script.text.len(), |end| at + end);
            Place::span(&script.path, &script.text, at..end, "")
        }
        None => Place::file(&script.path),
    }
}

/// Each behind those that it stands on; of several that could be next, the first of the given order.
fn in_order(mut waiting: Vec<Script>, errors: &mut Vec<AlembicError>) -> Vec<Script> {
    let known: BTreeSet<String> = waiting.iter().map(|it| it.revision.clone()).collect();
    let mut done: BTreeSet<String> = BTreeSet::new();
    let mut ordered = Vec::with_capacity(waiting.len());
    loop {
        let is_ready = |it: &Script| {
            it.down_revisions.iter().chain(&it.depends_on).all(|id| done.contains(id) || !known.contains(id))
        };
        let Some(at) = waiting.iter().position(is_ready) else { break };
        let next = waiting.remove(at);
        done.insert(next.revision.clone());
        ordered.push(next);
    }
    if !waiting.is_empty() {
        errors.push(AlembicError::Circle {
            revisions: waiting.iter().map(|it| it.revision.clone()).collect(),
            places: waiting.iter().map(|it| place_of(it, "down_revision")).collect(),
        });
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> (Utf8PathBuf, String) {
        (Utf8PathBuf::from(format!("versions/{name}.py")), text.to_owned())
    }

    #[test]
    fn scripts_say_what_they_are_and_stand_in_order() {
        let (history, errors) = read(&[
            file("c", "\"\"\"join\n\nCreate Date: 2024-03-01\n\"\"\"\nrevision = 'c'\ndown_revision = ('a', 'b')\n"),
            file(
                "b",
                "'''second\n\nCreate Date: 2024-02-01 10:00:00\n'''\nrevision: str = 'b'\ndown_revision: str | None = 'a'\nbranch_labels = ('x',)\n",
            ),
            file("a", "\"\"\"\nfirst line\n\nmore\n\"\"\"\nrevision = 'a'\ndown_revision = None\n"),
            file("env", "import os\n"),
        ]);
        assert_eq!(errors, []);
        let order: Vec<_> = history.scripts.iter().map(|it| (&*it.revision, &*it.message)).collect();
        assert_eq!(order, [("a", "first line"), ("b", "second"), ("c", "join")]);
        assert_eq!(history.scripts[1].created.as_deref(), Some("2024-02-01 10:00:00"));
        assert_eq!(history.scripts[2].down_revisions, ["a", "b"]);
        assert_eq!(history.heads(), ["c"]);
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let (history, errors) = read(&[
            file("a", "revision = 'a'\ndown_revision = None\n"),
            file("copy", "revision = 'a'\ndown_revision = None\n"),
            file("old", "revision = 'old'\nprint 'x'\n"),
            file("lost", "revision = 'lost'\ndown_revision = 'nowhere'\n"),
            file("behind", "revision = 'behind'\ndown_revision = 'old'\n"),
            file("none", "down_revision = 'a'\ndef upgrade(): pass\n"),
            file("computed", "import uuid\nrevision = uuid.uuid4().hex\n"),
            file("x", "revision = 'x'\ndown_revision = 'y'\n"),
            file("y", "revision = 'y'\ndown_revision = 'x'\n"),
        ]);
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(history.scripts.len(), 3);
        let expected = [
            "Simple statements must be separated by newlines or semicolons",
            "the script has no `revision`",
            "`revision` cannot be read without running Python",
            "two scripts have the revision `a`",
            "there is no revision `nowhere`, which `lost` names as its `down_revision`",
            "these revisions stand in a circle: x, y",
        ];
        assert_eq!(told, expected);
    }
}
