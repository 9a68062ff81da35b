//! A revision in words: one line, in full, and as JSON.

use serde_json::{Value, json};

use super::Revisions;
use super::standing::Unknown;

/// `id message (head) (label)`.
pub(crate) fn line(revisions: &Revisions, id: &str) -> String {
    let message = revisions.get(id).map(|revision| revision.message.as_str()).unwrap_or_default();
    let mut line = format!("{id} {message}");
    for mark in marks(revisions, id) {
        line.push_str(&format!(" ({mark})"));
    }
    line
}

/// What stands between two revisions of a list, shown in a line each or in full.
pub(crate) fn between(in_full: bool) -> &'static str {
    if in_full { "\n\n" } else { "\n" }
}

/// Several lines: id, files, parents, children, dependencies, labels, message.
pub(crate) fn in_full(revisions: &Revisions, id: &str) -> String {
    let (Some(revision), Some(vertex)) = (revisions.get(id), revisions.graph.get(id)) else { return id.to_owned() };
    let marks: Vec<String> = marks(revisions, id).into_iter().map(|mark| format!(" ({mark})")).collect();
    let mut lines = vec![format!("Revision:  {id}{}", marks.concat())];
    let mut add = |name: &str, values: &[String]| {
        if !values.is_empty() {
            lines.push(format!("{:<10} {}", format!("{name}:"), values.join(", ")));
        }
    };
    add("Message", std::slice::from_ref(&revision.message));
    add("Revises", &if revision.revises.is_empty() { vec!["<base>".to_owned()] } else { revision.revises.clone() });
    add("Followed", &vertex.children().map(|child| child.id().to_owned()).collect::<Vec<_>>());
    add("Depends on", &revision.depends_on);
    add("Labels", &revision.branch_labels);
    add("Created", &revision.created().into_iter().collect::<Vec<_>>());
    add("Up", &[revision.up_file.to_string()]);
    add("Down", &[revision.down_file.to_string()]);
    lines.join("\n")
}

/// The field names are documented in `docs/json.md`.
pub(crate) fn json(revisions: &Revisions, id: &str) -> Option<Value> {
    let (revision, vertex) = (revisions.get(id)?, revisions.graph.get(id)?);
    Some(json!({
        "revision": id,
        "message": revision.message,
        "revises": revision.revises,
        "depends_on": revision.depends_on,
        "branch_labels": revision.branch_labels,
        "children": vertex.children().map(|child| child.id()).collect::<Vec<_>>(),
        "created": revision.created(),
        "is_head": vertex.is_head(),
        "is_base": vertex.is_base(),
        "is_branch_point": vertex.is_branch_point(),
        "is_merge": vertex.is_merge_point(),
        "up_file": revision.up_file,
        "down_file": revision.down_file,
    }))
}

/// A revision that the database has and the checkout has not; what is not known of it is null.
pub(crate) fn unknown_json(unknown: &Unknown) -> Value {
    let (recorded, origin) = (unknown.recorded.as_ref(), unknown.origin.as_ref());
    json!({
        "revision": unknown.id,
        "message": recorded.map(|it| &it.message),
        "applied_at": recorded.map(|it| &it.applied_at),
        "applied_by": recorded.map(|it| &it.applied_by),
        "author": origin.map(|it| &it.author),
        "written": origin.map(|it| &it.date),
        "branches": origin.map(|it| it.branches.as_slice()).unwrap_or_default(),
    })
}

fn marks(revisions: &Revisions, id: &str) -> Vec<String> {
    let Some(vertex) = revisions.graph.get(id) else { return Vec::new() };
    let mut marks: Vec<String> = vertex.node().branch_labels.clone();
    let flags = [
        (vertex.is_head() && !vertex.is_real_head(), "head, depended on"),
        (vertex.is_head() && vertex.is_real_head(), "head"),
        (vertex.is_branch_point(), "branch point"),
        (vertex.is_merge_point(), "merge"),
    ];
    marks.extend(flags.into_iter().filter(|(is, _)| *is).map(|(_, name)| name.to_owned()));
    marks
}
