//! Schemas that are made in scratch databases: of `.sql` files, and of the project's revisions.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Context, Revisions, Work};
use crate::diagnostic::{Code, Diagnose as _, Diagnostic, Exit, Report, Result};
use crate::files::digest;
use crate::postgres::{ApplyError, Database, Scratch, ScratchServer};
use crate::revision::RevisionScript;
use crate::schema::Schema;

const FAILED: Code = Code::new("wanted-failed");
const NO_FILES: Code = Code::new("wanted-missing");

/// How many revisions a template may lack that is rehearsed in. With more a new one is kept.
const REHEARSED: usize = 8;

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
        self.schema_of_scripts(server, "", &scripts).await
    }

    /// The schema that a text makes in this database, which is dropped.
    pub(super) async fn schema_in(
        &self,
        server: &mut ScratchServer,
        scratch: Scratch,
        what: &str,
        sql: &str,
    ) -> Result<Schema> {
        let script = RevisionScript::from_text(Utf8Path::new(what), sql.into());
        self.schema_of_all_in(server, scratch, &[script]).await
    }

    /// The schema that scripts make in a scratch database, each after those that it needs.
    pub(super) async fn schema_of_all_in(
        &self,
        server: &mut ScratchServer,
        mut scratch: Scratch,
        scripts: &[RevisionScript],
    ) -> Result<Schema> {
        match run_in_turn(&mut scratch.database, &scripts.iter().collect::<Vec<_>>()).await {
            Ok(()) => self.introspect_and_discard(server, scratch).await,
            Err(error) => {
                server.discard(scratch).await?;
                Err(wanted_fails(&error).into())
            }
        }
    }

    /// The schema that scripts make in a database with these surroundings (schemas and extensions, as SQL). One that needs
    /// what a later one makes is run after that.
    pub(crate) async fn schema_of_scripts(
        &self,
        server: &mut ScratchServer,
        surroundings: &str,
        scripts: &[RevisionScript],
    ) -> Result<Schema> {
        let scratch = self.surrounded(server, surroundings).await?;
        self.schema_of_all_in(server, scratch, scripts).await
    }

    /// An empty database with schemas and extensions in it. Extensions take their time, so it is kept as a template.
    pub(super) async fn surrounded(&self, server: &mut ScratchServer, surroundings: &str) -> Result<Scratch> {
        let key = format!("surroundings\n{surroundings}");
        let is_worth_keeping = surroundings.contains("CREATE EXTENSION");
        if is_worth_keeping && let Some(scratch) = server.copy_of(&key).await? {
            return Ok(scratch);
        }
        let mut scratch = server.empty().await?;
        if let Err(error) = scratch.database.run_text(surroundings).await {
            server.discard(scratch).await?;
            return Err(error.into());
        }
        if !is_worth_keeping {
            return Ok(scratch);
        }
        server.keep(scratch, &key).await?;
        match server.copy_of(&key).await? {
            Some(scratch) => Ok(scratch),
            None => {
                // Somebody drops templates while we look: make it once more, for this run alone.
                let mut scratch = server.empty().await?;
                scratch.database.run_text(surroundings).await?;
                Ok(scratch)
            }
        }
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
                .advise("Name a file or a folder that exists, or correct [models] dir or [models] files in xtask.toml")
                .into());
        }
        Ok(files)
    }

    pub(super) fn read_wanted_scripts(&self, files: &[Utf8PathBuf]) -> Result<Vec<RevisionScript>> {
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
        let work = self.work_of_heads(revisions)?;
        let keys = keys_of(&work);
        let whole = keys.first().cloned().unwrap_or_default();
        if let Some(scratch) = server.copy_of(&whole).await? {
            return Ok(scratch);
        }
        keep_applied(server, &work, &keys).await?;
        match server.copy_of(&whole).await? {
            Some(scratch) => Ok(scratch),
            // Somebody drops templates while we look: made once more, for this run alone.
            None => {
                let scratch = server.empty().await?;
                applied(server, scratch, &work).await
            }
        }
    }

    /// A rehearsal with all revisions applied, in the template of these or of some that come before the last ones; `None` where
    /// that cannot be.
    pub(super) async fn rehearsal_at_heads(
        &self,
        server: &mut ScratchServer,
        revisions: &Revisions,
    ) -> Result<Option<Scratch>> {
        let work = self.work_of_heads(revisions)?;
        let keys = keys_of(&work);
        let near = &keys[..keys.len().min(REHEARSED + 1)];
        let found = match server.rehearsal(near).await? {
            Some(found) => Some(found),
            None => {
                keep_applied(server, &work, &keys).await?;
                server.rehearsal(&keys[..1]).await?
            }
        };
        let Some((missing, mut scratch)) = found else { return Ok(None) };
        for work in &work[work.len() - missing..] {
            let up = &work.scripts.up;
            if !up.transactional || scratch.database.run_script(up).await.is_err() {
                server.discard(scratch).await?;
                return Ok(None);
            }
        }
        Ok(Some(scratch))
    }

    fn work_of_heads<'r>(&self, revisions: &'r Revisions) -> Result<Vec<Work<'r>>> {
        let nothing: [&str; 0] = [];
        let plan = revisions.graph.upgrade(&nothing, "heads")?;
        self.work(revisions, plan)
    }
}

/// What the templates are kept under that some revisions make: all of them, all but the last, and so on to none.
fn keys_of(work: &[Work<'_>]) -> Vec<String> {
    let mut keys = vec![digest(b"no revisions")];
    for work in work {
        // Each stands for all before it, too, and is no longer than they are.
        let before = keys.last().map_or("", String::as_str);
        keys.push(digest(format!("{before} {}", work.scripts.up.fingerprint().as_str()).as_bytes()));
    }
    keys.reverse();
    keys
}

/// Keeps a template with all revisions applied: a copy of the nearest one that there is, with what it lacks.
async fn keep_applied(server: &mut ScratchServer, work: &[Work<'_>], keys: &[String]) -> Result<()> {
    let Some(whole) = keys.first() else { return Ok(()) };
    let scratch = match server.copy_of_first(keys).await? {
        Some((missing, scratch)) => applied(server, scratch, &work[work.len() - missing..]).await?,
        None => {
            let scratch = server.empty().await?;
            applied(server, scratch, work).await?
        }
    };
    Ok(server.keep(scratch, whole).await?)
}

/// Runs scripts, each after those that it needs: one that fails is tried again when others have succeeded.
pub(super) async fn run_in_turn(
    database: &mut Database,
    scripts: &[&RevisionScript],
) -> std::result::Result<(), ApplyError> {
    let mut open: Vec<&RevisionScript> = scripts.to_vec();
    while !open.is_empty() {
        let (mut first, mut failed) = (None, Vec::new());
        for script in &open {
            if let Err(error) = database.run_script(script).await {
                // Of a script that is no transaction a part may have run.
                if !script.transactional || !is_missing(&error) {
                    return Err(error);
                }
                failed.push(*script);
                first.get_or_insert(error);
            }
        }
        if let Some(error) = first
            && failed.len() == open.len()
        {
            return Err(error);
        }
        open = failed;
    }
    Ok(())
}

/// Whether something is not there that another script may make: a table, column, function, type or schema.
fn is_missing(error: &ApplyError) -> bool {
    const MISSING: [&str; 5] = ["42P01", "42703", "42883", "42704", "3F000"];
    error.sql().is_some_and(|sql| MISSING.contains(&sql.sqlstate.as_str()))
}

/// A scratch database in which these revisions were applied, one after the other.
async fn applied(server: &mut ScratchServer, mut scratch: Scratch, work: &[Work<'_>]) -> Result<Scratch> {
    for work in work {
        if let Err(error) = scratch.database.run_script(&work.scripts.up).await {
            server.discard(scratch).await?;
            return Err(error.into());
        }
    }
    Ok(scratch)
}

/// What the server says of a file that states the wanted schema.
pub(super) fn wanted_fails(error: &ApplyError) -> Diagnostic {
    let found = error.diagnose();
    let mut told = Diagnostic::error(FAILED, Exit::Failed, format!("the wanted schema cannot be created: {error}"));
    told.places = found.places;
    told.evidence = error.sql().map(|sql| sql.evidence()).unwrap_or_default();
    told.because("models and files are made in an empty database, each after what it needs")
        .advise("Correct what is wrong at this place; what it names must be in the models or in a file")
}
