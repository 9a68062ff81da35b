//! The project's revisions: read, checked, and made one graph.

use std::collections::HashMap;
use std::sync::Arc;

use camino::Utf8Path;

use super::{Context, Scripts, Work};
use crate::diagnostic::{Diagnose as _, Diagnostic, Place, Report, Result};
use crate::revision::graph::{GraphError, Plan, RevisionGraph};
use crate::revision::{Header, Revision, RevisionScript, RevisionSet};

/// The revisions of the checkout.
pub(crate) struct Revisions {
    /// The files.
    pub(crate) set: RevisionSet,
    /// How they follow each other.
    pub(crate) graph: RevisionGraph,
}

impl Revisions {
    /// The revision of an id that the graph gave.
    pub(crate) fn get(&self, id: &str) -> Option<&Revision> {
        self.set.get(id)
    }
}

impl Context {
    /// Reads the folder of revisions: their headers only, the SQL is read when it is needed.
    pub(crate) fn read_revisions(&self) -> Result<Revisions> {
        let folder = &self.config.migrations.dir;
        let heads = self.project.revision_heads(folder)?;
        let (set, errors) = RevisionSet::read(folder, heads);
        if let Some(report) = Report::from_all(errors.iter().map(crate::diagnostic::Diagnose::diagnose).collect()) {
            return Err(report);
        }
        let graph = RevisionGraph::new(set.revisions().iter().map(Revision::node))
            .map_err(|error| Report::from(self.placed(&error, &set)))?;
        Ok(Revisions { set, graph })
    }

    /// An error of the graph, at the lines of the files that it comes from.
    fn placed(&self, error: &GraphError, set: &RevisionSet) -> Diagnostic {
        let mut diagnostic = error.diagnose();
        for revision in error.faulty_revisions().into_iter().filter_map(|id| set.get(id)) {
            let text: Arc<str> = self.project.read(&revision.up_file).unwrap_or_default().into();
            let span = Header::parse(&text).0.find(&error.faulty_names());
            diagnostic = diagnostic.at(match span {
                Some(span) => Place::span(&revision.up_file, &text, span, ""),
                None => Place::file(&revision.up_file),
            });
        }
        diagnostic
    }

    /// Reads and checks both scripts of a revision.
    pub(crate) fn read_scripts(&self, revision: &Revision) -> Result<Scripts> {
        let mut diagnostics: Vec<Diagnostic> = Vec::new();
        let mut read = |path: &Utf8Path| -> Result<Option<RevisionScript>> {
            match RevisionScript::parse(path, &self.project.read_bytes(path)?) {
                Ok(script) => Ok(Some(script)),
                Err(errors) => {
                    diagnostics.extend(errors.iter().map(crate::diagnostic::Diagnose::diagnose));
                    Ok(None)
                }
            }
        };
        match (read(&revision.up_file)?, read(&revision.down_file)?) {
            (Some(up), Some(down)) => Ok(Scripts { up, down }),
            _ => {
                Err(Report::from_all(diagnostics)
                    .unwrap_or_else(|| unreachable!("a script was refused without a word")))
            }
        }
    }

    /// The steps of a plan with their files, read and checked.
    pub(crate) fn work<'g>(&self, revisions: &Revisions, plan: Plan<'g>) -> Result<Vec<Work<'g>>> {
        let known = plan.steps.iter().filter_map(|step| revisions.get(step.revision));
        let mut scripts = self.read_all_scripts(known)?;
        let work = plan.steps.into_iter().filter_map(|step| {
            let revision = revisions.get(step.revision)?.clone();
            let scripts = scripts.remove(step.revision)?;
            Some(Work { step, revision, scripts, is_recorded: false })
        });
        let work: Vec<Work<'g>> = work.collect();
        let unconverted = work.iter().filter_map(|work| work.script().unconverted());
        let found: Vec<Diagnostic> = unconverted.map(|error| error.diagnose()).collect();
        Report::from_all(found).map_or(Ok(work), Err)
    }

    /// Reads and checks the scripts of several revisions; everything that is wrong comes at once.
    pub(crate) fn read_all_scripts<'a>(
        &self,
        revisions: impl Iterator<Item = &'a Revision>,
    ) -> Result<HashMap<String, Scripts>> {
        let mut scripts = HashMap::new();
        let mut diagnostics = Vec::new();
        for revision in revisions {
            match self.read_scripts(revision) {
                Ok(read) => drop(scripts.insert(revision.id.clone(), read)),
                Err(report) => diagnostics.extend(report.diagnostics().iter().cloned()),
            }
        }
        Report::from_all(diagnostics).map_or(Ok(scripts), Err)
    }
}
