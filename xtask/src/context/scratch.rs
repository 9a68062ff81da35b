//! Schemas that are made in scratch databases: of `.sql` files, and of the project's revisions.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Context, Revisions};
use crate::diagnostic::{Code, Diagnose as _, Diagnostic, Exit, Report, Result};
use crate::postgres::{ApplyError, Database, Scratch, ScratchServer};
use crate::revision::RevisionScript;
use crate::schema::Schema;

const FAILED: Code = Code::new("wanted-failed");
const NO_FILES: Code = Code::new("wanted-missing");

impl Context {
    /// Reads what the project owns of a database.
    pub(crate) async fn introspect(&self, database: &mut Database) -> Result<Schema> {
        Ok(database.introspect(&self.scope()).await?)
    }

    /// Reads a scratch database and drops it.
    pub(crate) async fn introspect_and_discard(
        &self,
        server: &mut ScratchServer,
        mut scratch: Scratch,
    ) -> Result<Schema> {
        let schema = self.introspect(&mut scratch.database).await;
        server.discard(scratch).await?;
        schema
    }

    /// The schema that `.sql` files make, run in this order in an empty database.
    pub(crate) async fn schema_of_files(&self, server: &mut ScratchServer, files: &[Utf8PathBuf]) -> Result<Schema> {
        let scripts = self.read_wanted_scripts(files)?;
        let mut scratch = server.empty().await?;
        for script in &scripts {
            if let Err(error) = scratch.database.run_script(script).await {
                server.discard(scratch).await?;
                return Err(wanted_fails(&error).into());
            }
        }
        self.introspect_and_discard(server, scratch).await
    }

    /// The files of a path: itself, or all `.sql` files below it.
    pub(crate) fn sql_files(&self, path: &Utf8Path) -> Result<Vec<Utf8PathBuf>> {
        let files = match path.extension() {
            Some("sql") if self.project.exists(path) => vec![path.to_owned()],
            _ => self.project.files_below(path, ".sql")?,
        };
        if files.is_empty() {
            return Err(Diagnostic::error(NO_FILES, Exit::Usage, format!("there is no .sql file at {path}"))
                .because("the wanted schema is what these files create")
                .advise("Name a file or a folder that exists, or set [models] dir in xtask.toml")
                .into());
        }
        Ok(files)
    }

    fn read_wanted_scripts(&self, files: &[Utf8PathBuf]) -> Result<Vec<RevisionScript>> {
        let mut scripts = Vec::with_capacity(files.len());
        let mut wrong = Vec::new();
        for file in files {
            match RevisionScript::parse(file, &self.project.read_bytes(file)?) {
                Ok(script) => scripts.push(script),
                Err(errors) => wrong.extend(errors.iter().map(crate::diagnostic::Diagnose::diagnose)),
            }
        }
        Report::from_all(wrong).map_or(Ok(scripts), Err)
    }

    /// A scratch database with all revisions applied. It is copied from a template that is kept for these revisions.
    pub(crate) async fn scratch_at_heads(&self, server: &mut ScratchServer, revisions: &Revisions) -> Result<Scratch> {
        let nothing: [&str; 0] = [];
        let plan = revisions.graph.upgrade(&nothing, "heads")?;
        let work = self.work(revisions, plan)?;
        let key: String = work.iter().map(|work| work.scripts.up.fingerprint().as_str().to_owned() + "\n").collect();
        if let Some(scratch) = server.copy_of(&key).await? {
            return Ok(scratch);
        }
        let mut scratch = server.empty().await?;
        for work in &work {
            if let Err(error) = scratch.database.run_script(&work.scripts.up).await {
                server.discard(scratch).await?;
                return Err(error.into());
            }
        }
        server.keep(scratch, &key).await?;
        match server.copy_of(&key).await? {
            Some(scratch) => Ok(scratch),
            // Somebody drops templates while we look: make it once more, for this run alone.
            None => Ok(server.empty().await?),
        }
    }
}

/// What the server says of a file that states the wanted schema.
fn wanted_fails(error: &ApplyError) -> Diagnostic {
    let found = error.diagnose();
    let mut told = Diagnostic::error(FAILED, Exit::Failed, format!("the wanted schema cannot be created: {error}"));
    told.places = found.places;
    told.evidence = error.sql().map(|sql| sql.evidence()).unwrap_or_default();
    told.because("the files are run in the order of their paths, in an empty database")
        .advise("Correct the file, or name it so that it comes after what it needs")
}
