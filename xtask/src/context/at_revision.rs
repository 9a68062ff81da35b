//! The project as it was at a git revision.

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;

use super::Context;
use crate::config::Config;
use crate::diagnostic::{Diagnose as _, Report, Result};
use crate::files::{CONFIG, Project};
use crate::tools::{Checkout, checkout};

/// The project's files of another time. They are removed with the value.
pub(crate) struct AtRevision {
    /// The context in which they are read. Database and services are those of today.
    pub(crate) context: Context,
    checkout: Checkout,
    revision: String,
}

impl Context {
    /// Takes the files of the project out of git, beside the work tree.
    pub(crate) fn at_revision(&self, revision: &str) -> Result<AtRevision> {
        let checkout = checkout(self.project.root(), revision)?;
        let project = Project::at(&checkout.root);
        // Folders may have had other names. A project without the file had the present ones.
        let mut config = self.config.clone();
        if let Some(text) = project.read_optional(CONFIG)? {
            let (then, errors) = Config::parse(format!("{CONFIG} at {revision}"), &text);
            Report::from_all(errors.iter().map(|error| error.diagnose()).collect()).map_or(Ok(()), Err)?;
            config.models = then.models;
            config.views = then.views;
            config.migrations = then.migrations;
        }
        let context = Context {
            ui: Arc::clone(&self.ui),
            project,
            config,
            clock: self.clock,
            start: checkout.root.clone(),
            selection: self.selection.clone(),
            interrupted: Rc::clone(&self.interrupted),
            cancellable: Rc::clone(&self.cancellable),
            person: OnceCell::new(),
            engine: OnceCell::new(),
            python: self.python.clone(),
        };
        Ok(AtRevision { context, checkout, revision: revision.to_owned() })
    }
}

impl AtRevision {
    /// What goes wrong with old files is said to be of then: the file of today may well be right.
    pub(crate) fn told(&self, report: &Report) -> Report {
        let mut found = report.diagnostics().to_vec();
        for diagnostic in &mut found {
            let (revision, commit) = (&self.revision, &self.checkout.commit);
            diagnostic.evidence.push(format!("the files are those of the git revision {revision} ({commit})"));
        }
        Report::from_all(found).unwrap_or_else(|| report.clone())
    }
}
