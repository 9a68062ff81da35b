//! The extensions that revisions create: a server that lacks one is told of before anything is applied.

use super::{Context, Via, Work};
use crate::diagnostic::{Code, Diagnostic, Exit, Report, Result};
use crate::postgres::Database;
use crate::revision::graph::Direction;
use crate::server::Missing;
use crate::sql::extensions;

const EXTENSION: Code = Code::new("extension-missing");

impl Context {
    /// Makes sure that the server has what the up scripts of these steps create with `CREATE EXTENSION`.
    pub(super) async fn require_extensions(&self, database: &mut Database, work: &[Work<'_>]) -> Result<()> {
        let ups = work.iter().filter(|work| work.step.direction == Direction::Up);
        let mut names: Vec<String> = ups.flat_map(|work| extensions(&work.scripts.up.text)).collect();
        names.sort();
        names.dedup();
        if names.is_empty() {
            return Ok(());
        }
        let lacking = database.lacking_extensions(&names).await?;
        // For the project's own server it is known which package brings an extension.
        let target = self.target().await?;
        let packages = match &target.via {
            Via::Local(server) if !lacking.is_empty() => server.missing_extensions(&lacking).unwrap_or_default(),
            _ => Vec::new(),
        };
        let package_of = |name: &String| packages.iter().find(|missing| missing.name == *name);
        let diagnostics = lacking.iter().map(|name| missing(name, package_of(name)));
        Report::from_all(diagnostics.collect()).map_or(Ok(()), Err)
    }
}

fn missing(name: &str, package: Option<&Missing>) -> Diagnostic {
    let title = format!("the migrations need the extension {name}, which the server does not have");
    let diagnostic = Diagnostic::error(EXTENSION, Exit::Prerequisite, title).because("nothing was applied");
    match package.and_then(|missing| missing.command.as_ref()) {
        Some(command) => diagnostic.try_command("Install it", command),
        None => diagnostic.advise(format!("Install the package that brings {name} on the machine of the server")),
    }
}
