//! Writing a new revision: decided on the graph, rendered, read back, and only then put into the folder.

use super::{Context, Revisions};
use crate::diagnostic::{Code, Diagnostic, Exit, Report, Result};
use crate::plan::Plan;
use crate::revision::graph::{NewRevision as Wanted, Node};
use crate::revision::{NewRevision, RevisionScript};

const JOINS_NOTHING: Code = Code::new("merge-joins-nothing");

/// A revision that a person wants to write.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    pub(crate) message: String,
    /// What it follows; `head` where nothing is said.
    pub(crate) heads: Vec<String>,
    pub(crate) splice: bool,
    pub(crate) branch_labels: Vec<String>,
    pub(crate) id: Option<String>,
    pub(crate) depends_on: Vec<String>,
}

const EMPTY_UP: &str = "-- Write the SQL that makes the change here, and in the down file what takes it back.\n";
const EMPTY_DOWN: &str =
    "-- Write the SQL that takes the change back here. Where something cannot be restored, say so.\n";
const MERGE: &str = "-- A merge changes nothing: it joins lines of revisions.\n";

impl Context {
    /// Writes an empty revision.
    pub(crate) fn write_revision(&self, revisions: &Revisions, draft: Draft) -> Result<()> {
        let version = self.clock.version(revisions.set.last_version());
        let wanted = Wanted {
            id: draft.id.clone().unwrap_or_else(|| version.clone()),
            heads: draft.heads.clone(),
            splice: draft.splice,
            depends_on: draft.depends_on.clone(),
            branch_labels: draft.branch_labels.clone(),
        };
        self.write(revisions, draft, version, &wanted, (EMPTY_UP, EMPTY_DOWN))
    }

    /// Writes what a plan does.
    pub(crate) fn write_generated(&self, revisions: &Revisions, draft: Draft, plan: &Plan) -> Result<()> {
        let version = self.clock.version(revisions.set.last_version());
        let wanted = Wanted {
            id: draft.id.clone().unwrap_or_else(|| version.clone()),
            heads: draft.heads.clone(),
            splice: draft.splice,
            depends_on: draft.depends_on.clone(),
            branch_labels: draft.branch_labels.clone(),
        };
        self.write(revisions, draft, version, &wanted, (&plan.up.text(), &plan.down.text()))
    }

    /// Writes a merge.
    pub(crate) fn write_merge(&self, revisions: &Revisions, draft: Draft) -> Result<()> {
        let version = self.clock.version(revisions.set.last_version());
        let id = draft.id.clone().unwrap_or_else(|| version.clone());
        let merge = Wanted::merge(id, draft.heads.clone());
        let wanted = Wanted { branch_labels: draft.branch_labels.clone(), splice: draft.splice, ..merge };
        let joined = revisions.graph.new_revision(&wanted)?.down;
        if joined.len() < 2 {
            return Err(joins_nothing(&joined));
        }
        self.write(revisions, draft, version, &wanted, (MERGE, MERGE))
    }

    fn write(
        &self,
        revisions: &Revisions,
        draft: Draft,
        version: String,
        wanted: &Wanted,
        sql: (&str, &str),
    ) -> Result<()> {
        let node = revisions.graph.new_revision(wanted)?;
        revisions.graph.with(node.clone())?;
        let new = new_revision(draft, version, node, sql);
        let (up, down) = new.render(&revisions.set)?;
        let (up_path, down_path) = new.paths(&self.config.migrations.dir);
        for (path, text) in [(&up_path, &up), (&down_path, &down)] {
            RevisionScript::parse(path, text.as_bytes()).map_err(|mut errors| errors.remove(0))?;
        }
        // The up file makes it a revision, so it comes last.
        self.project.write_new(&[(&down_path, &down), (&up_path, &up)])?;
        if self.ui.is_json() {
            let (id, revises) = (new.id(), &new.revises);
            self.ui.json(
                &serde_json::json!({ "revision": id, "revises": revises, "up_file": up_path, "down_file": down_path }),
            );
        } else {
            self.ui.line(up_path.as_str());
            self.ui.line(down_path.as_str());
        }
        let follows = if new.revises.is_empty() { "nothing: it is a base".to_owned() } else { new.revises.join(", ") };
        self.ui.action("Wrote", format!("revision {}, following {follows}", new.id()));
        Ok(())
    }
}

fn joins_nothing(joined: &[String]) -> Report {
    let name = joined.first().map_or("the base", String::as_str);
    Diagnostic::error(JOINS_NOTHING, Exit::Usage, "a merge joins at least two revisions")
        .because(format!("only {name} was named"))
        .try_command("Join all heads", "cargo xtask merge heads")
        .try_command("Write a revision that follows this one", format!("cargo xtask revision -m \"…\" --head {name}"))
        .into()
}

fn new_revision(draft: Draft, version: String, node: Node, (up, down): (&str, &str)) -> NewRevision {
    NewRevision {
        version,
        id: draft.id,
        message: draft.message,
        revises: node.down,
        depends_on: node.depends_on,
        branch_labels: node.branch_labels,
        up: up.to_owned(),
        down: down.to_owned(),
    }
}
