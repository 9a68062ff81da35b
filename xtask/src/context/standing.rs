//! Where a database stands, seen from this checkout: it may hold revisions that the files no longer have, as after
//! `git switch`. The history keeps what is needed to take them back.

use std::collections::{HashMap, HashSet};

use super::{Context, Revisions, Scripts, Work};
use crate::diagnostic::{Code, Diagnostic, Exit, Result};
use crate::path::in_folder;
use crate::postgres::{Database, Recorded, State};
use crate::revision::graph::{Node, Plan, RevisionGraph};
use crate::revision::{Revision, RevisionScript};
use crate::tools;

const AHEAD: Code = Code::new("database-ahead");
const UNRECORDED: Code = Code::new("database-ahead-unrecorded");

/// A revision that the database has and the checkout does not have.
#[derive(Clone, Debug)]
pub(crate) struct Unknown {
    /// Its id.
    pub(crate) id: String,
    /// What the history says of it; nothing where Alembic or an older state brought it.
    pub(crate) recorded: Option<Recorded>,
    /// The branches whose files have it, and who wrote it, where git knows.
    pub(crate) origin: Option<tools::Origin>,
}

/// A database with revisions that the checkout does not have.
pub(crate) struct Ahead {
    /// These revisions: those that others follow first.
    pub(crate) unknown: Vec<Unknown>,
    /// The graph of the files and of these revisions together.
    pub(crate) graph: RevisionGraph,
}

impl Unknown {
    /// `id message (applied … by …; on branch …)`.
    pub(crate) fn describe(&self) -> String {
        let mut words = Vec::new();
        if let Some(recorded) = &self.recorded {
            words.push(format!("applied {} by {}", recorded.applied_at, recorded.applied_by));
        }
        if let Some(origin) = &self.origin {
            words.push(format!("written by {} on {}", origin.author, origin.date));
            if !origin.branches.is_empty() {
                words.push(format!("its file is on {}", origin.branches.join(", ")));
            }
        }
        if words.is_empty() {
            words.push("neither the history nor git knows it".to_owned());
        }
        let message = self.recorded.as_ref().map(|recorded| format!(" {}", recorded.message)).unwrap_or_default();
        format!("{}{message} ({})", self.id, words.join("; "))
    }
}

impl Ahead {
    /// Whether everything that would be needed to take the revisions back was recorded.
    pub(crate) fn can_rewind(&self) -> bool {
        self.unknown.iter().all(|unknown| unknown.recorded.is_some())
    }

    /// The steps that take them back.
    pub(crate) fn rewind(&self, rows: &[String]) -> Result<Plan<'_>> {
        let ids: Vec<&str> = self.unknown.iter().map(|unknown| unknown.id.as_str()).collect();
        Ok(self.graph.take_back(rows, &ids)?)
    }

    /// Where the database stands as far as this checkout knows: the rows that would be left without the unknown revisions.
    pub(crate) fn known_rows(&self, rows: &[String], revisions: &Revisions) -> Result<Vec<String>> {
        if self.can_rewind() {
            return Ok(self.rewind(rows)?.rows_after(rows));
        }
        Ok(rows.iter().filter(|row| revisions.get(row).is_some()).cloned().collect())
    }

    /// What to say to a person, with the ways out.
    pub(crate) fn diagnostic(&self) -> Diagnostic {
        let count = self.unknown.len();
        let what = if count == 1 {
            "a revision that this checkout does not have"
        } else {
            "revisions that this checkout does not have"
        };
        let code = if self.can_rewind() { AHEAD } else { UNRECORDED };
        let mut diagnostic = Diagnostic::error(code, Exit::Conflict, format!("the database is at {what}"));
        for unknown in &self.unknown {
            diagnostic = diagnostic.because(unknown.describe());
        }
        let branches =
            self.unknown.iter().filter_map(|unknown| unknown.origin.as_ref()).flat_map(|origin| &origin.branches);
        if let Some(branch) = branches.into_iter().next() {
            let branch = branch.trim_start_matches("remotes/").trim_start_matches("origin/");
            diagnostic = diagnostic
                .try_command("To go on working with them, switch to their branch", format!("git switch {branch}"));
        }
        if self.can_rewind() {
            diagnostic.try_command(
                "To take them back with their recorded SQL, and go on to this checkout's head",
                "cargo xtask migrate --rewind",
            )
        } else {
            diagnostic
                .because("nothing was recorded that could take it back: only its files know how")
                .try_command("Where the schema is right as it is, say so", "cargo xtask stamp --purge head")
        }
    }
}

impl Context {
    /// Compares the rows of `alembic_version` with the files.
    pub(crate) async fn ahead(
        &self,
        database: &mut Database,
        state: &State,
        revisions: &Revisions,
    ) -> Result<Option<Ahead>> {
        let unknown_rows: Vec<&String> = state.rows.iter().filter(|row| revisions.get(row).is_none()).collect();
        if unknown_rows.is_empty() {
            return Ok(None);
        }
        let recorded = if state.has_history { database.recorded().await? } else { Vec::new() };
        let mut recorded: HashMap<String, Recorded> = recorded.into_iter().map(|it| (it.id.clone(), it)).collect();
        name_by_id(&mut recorded, revisions);
        let mut unknown = Vec::new();
        let mut seen: HashSet<String> = HashSet::new();
        let mut open: Vec<String> = unknown_rows.into_iter().cloned().collect();
        while let Some(id) = open.pop() {
            if revisions.get(&id).is_some() || !seen.insert(id.clone()) {
                continue;
            }
            let recorded = recorded.remove(&id);
            if let Some(recorded) = &recorded {
                open.extend(recorded.revises.iter().chain(&recorded.depends_on).cloned());
            }
            let name = recorded.as_ref().map(|recorded| recorded.file_name.clone()).unwrap_or_default();
            let origin = tools::origin_of(self.project.root(), &self.config.migrations.dir, &name, &id);
            unknown.push(Unknown { id, recorded, origin });
        }
        let nodes = revisions.set.revisions().iter().map(Revision::node).chain(unknown.iter().map(node));
        let graph = RevisionGraph::new(nodes)?;
        Ok(Some(Ahead { unknown, graph }))
    }

    /// The steps of a plan on the common graph, with their files or, where the checkout has none, with what was recorded.
    pub(crate) async fn mixed_work<'g>(
        &self,
        database: &mut Database,
        revisions: &Revisions,
        ahead: &Ahead,
        plan: Plan<'g>,
    ) -> Result<Vec<Work<'g>>> {
        let mut work = Vec::new();
        for step in plan.steps {
            if let Some(revision) = revisions.get(step.revision) {
                let scripts = self.read_scripts(revision)?;
                work.push(Work { step, revision: revision.clone(), scripts, is_recorded: false });
                continue;
            }
            let unknown = ahead.unknown.iter().find(|unknown| unknown.id == step.revision);
            let Some(recorded) = unknown.and_then(|unknown| unknown.recorded.as_ref()) else {
                return Err(ahead.diagnostic().into());
            };
            let (up, down) = database.recorded_sql(recorded.entry).await?;
            let revision = self.revision_of(recorded);
            let up = RevisionScript::from_text(&revision.up_file, up.into());
            let down = RevisionScript::from_text(&revision.down_file, down.into());
            work.push(Work { step, revision, scripts: Scripts { up, down }, is_recorded: true });
        }
        Ok(work)
    }

    fn revision_of(&self, recorded: &Recorded) -> Revision {
        let folder = &self.config.migrations.dir;
        let up_file = in_folder(folder, &recorded.file_name);
        let down_file = in_folder(folder, &recorded.file_name.replace(".up.sql", ".down.sql"));
        Revision {
            id: recorded.id.clone(),
            version: String::new(),
            message: recorded.message.clone(),
            revises: recorded.revises.clone(),
            depends_on: recorded.depends_on.clone(),
            branch_labels: recorded.branch_labels.clone(),
            up_file,
            down_file,
        }
    }
}

/// A header may name what it depends on by a label or by the beginning of an id, which only the graph of its own checkout
/// can tell. What the history and this checkout know between them is named by its id instead.
fn name_by_id(recorded: &mut HashMap<String, Recorded>, revisions: &Revisions) {
    let known: Vec<(String, Vec<String>)> =
        recorded.values().map(|it| (it.id.clone(), it.branch_labels.clone())).collect();
    let id_of = |name: &str| {
        let mut meant = known.iter().filter(|(_, labels)| labels.iter().any(|label| label == name));
        let mut begin = known.iter().filter(|(id, _)| id.starts_with(name));
        let only =
            |found: Option<&(String, Vec<String>)>, other: bool| found.filter(|_| !other).map(|(id, _)| id.clone());
        let labelled = only(meant.next(), meant.next().is_some());
        labelled.or_else(|| only(begin.next(), begin.next().is_some()))
    };
    let is_id = |name: &str| revisions.get(name).is_some() || known.iter().any(|(id, _)| id == name);
    let named = recorded.values_mut().flat_map(|it| it.revises.iter_mut().chain(&mut it.depends_on));
    for name in named.filter(|name| !is_id(name)) {
        if let Some(id) = id_of(name) {
            *name = id;
        } else if let Ok(vertices) = revisions.graph.revisions(name)
            && let [vertex] = vertices.as_slice()
        {
            *name = vertex.id().to_owned();
        }
    }
}

fn node(unknown: &Unknown) -> Node {
    let recorded = unknown.recorded.as_ref();
    Node {
        id: unknown.id.clone(),
        down: recorded.map(|it| it.revises.clone()).unwrap_or_default(),
        depends_on: recorded.map(|it| it.depends_on.clone()).unwrap_or_default(),
        // A label may be in use in the files meanwhile; for taking back none is needed.
        branch_labels: Vec::new(),
    }
}
