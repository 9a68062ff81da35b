//! Schemas of databases, as far as they are the project's business.

use super::Context;
use crate::diagnostic::Result;
use crate::postgres::{Database, Scope};

impl Context {
    /// What introspection leaves out, beside what never belongs to a project.
    pub(crate) fn scope(&self) -> Scope {
        Scope::excluding(&self.config.autogenerate.exclude)
    }

    /// Connects to read the database of this URL or, where there is none, the project's own.
    pub(crate) async fn connect_to_read(&self, url: Option<&str>, command: &str) -> Result<Database> {
        match url {
            Some(url) => self.connect_to(&self.named(url, "--url".to_owned())?, command).await,
            None => self.connect(command).await,
        }
    }
}
