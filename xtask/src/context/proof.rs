//! Proof: a plan is tried in a scratch database before anybody sees it.

use camino::Utf8Path;

use super::{Context, Revisions};
use crate::diagnostic::{Code, Diagnostic, Exit, Place, Result};
use crate::plan::{Answers, Plan, Script};
use crate::postgres::{Database, Scratch, ScratchServer};
use crate::revision::RevisionScript;
use crate::schema::Schema;

const FAILED: Code = Code::new("proof-failed");
const WITHOUT_REVISIONS: Code = Code::new("proof-without-revisions");

/// What is tried.
pub(crate) struct Proof<'p> {
    /// Where it begins.
    pub(crate) current: &'p Schema,
    /// Where it must come to.
    pub(crate) wanted: &'p Schema,
    /// The way.
    pub(crate) plan: &'p Plan,
}

impl Context {
    /// Applies the plan to a scratch database like the project's: nothing may be left to change. Takes it back: the schema
    /// at the beginning must be there again.
    pub(crate) async fn prove(
        &self,
        server: &mut ScratchServer,
        revisions: &Revisions,
        proof: &Proof<'_>,
    ) -> Result<()> {
        let mut scratch = self.scratch_like(server, revisions, proof.current).await?;
        let outcome = self.tried(&mut scratch.database, proof).await;
        server.discard(scratch).await?;
        outcome
    }

    async fn tried(&self, database: &mut Database, proof: &Proof<'_>) -> Result<()> {
        self.try_direction(database, &proof.plan.up, "up", proof.wanted).await?;
        self.try_direction(database, &proof.plan.down, "down", proof.current).await
    }

    async fn try_direction(
        &self,
        database: &mut Database,
        script: &Script,
        direction: &str,
        goal: &Schema,
    ) -> Result<()> {
        let path = format!("the {direction} script");
        let text = script.text();
        let parsed = RevisionScript::from_text(Utf8Path::new(&path), text.as_str().into());
        if let Err(error) = database.run_script(&parsed).await {
            let mut found = failed(format!("the {direction} script does not apply: {error}"));
            found.places = crate::diagnostic::Diagnose::diagnose(&error).places;
            found.evidence = error.sql().map(|sql| sql.evidence()).unwrap_or_default();
            return Err(found.into());
        }
        let reached = self.introspect(database).await?;
        let rest = Plan::between(&reached, goal, &Answers::default())?;
        if rest.is_empty() {
            return Ok(());
        }
        let (did, what) = match direction {
            "up" => ("leaves differences to what is wanted", "what remained to be done:"),
            _ => ("does not restore the schema", "what would restore it:"),
        };
        Err(failed(format!("the {direction} script {did}"))
            .at(Place::file(path))
            .because(format!("{what}\n{}", rest.up.body()))
            .into())
    }

    /// A scratch database with this schema: of the revisions where they make just this, else of the schema itself.
    async fn scratch_like(
        &self,
        server: &mut ScratchServer,
        revisions: &Revisions,
        current: &Schema,
    ) -> Result<Scratch> {
        match self.scratch_at_heads(server, revisions).await {
            Ok(mut scratch) => {
                if self.introspect(&mut scratch.database).await? == *current {
                    return Ok(scratch);
                }
                server.discard(scratch).await?;
                self.ui.status("The database is not just what its revisions make; the proof begins with what it is");
            }
            Err(why) => why.diagnostics().iter().for_each(|found| self.ui.warn(&not_from_revisions(found))),
        }
        let mut scratch = server.empty().await?;
        let empty = self.introspect(&mut scratch.database).await?;
        let plan = Plan::between(&empty, current, &Answers::default())?;
        let text = plan.up.text();
        let script = RevisionScript::from_text(Utf8Path::new("the current schema"), text.as_str().into());
        if let Err(error) = scratch.database.run_script(&script).await {
            server.discard(scratch).await?;
            return Err(failed(format!("the current schema cannot be made anew: {error}")).into());
        }
        Ok(scratch)
    }
}

/// The revisions cannot make the schema that the proof begins with.
fn not_from_revisions(found: &Diagnostic) -> Diagnostic {
    let mut told = Diagnostic::warning(WITHOUT_REVISIONS, "the revisions cannot be applied to an empty database");
    told.places = found.places.clone();
    told.because(&found.title)
        .because("the proof begins with a copy of the schema that the database has")
        .advise("Correct the revision if new databases are to be made with it")
}

fn failed(title: String) -> Diagnostic {
    Diagnostic::error(FAILED, Exit::Migration, title)
        .because("it was tried in a scratch database; no file was written")
        .advise("Report it with the schemas that lead to it: a script that was generated must apply")
        .try_command("Write the revision by hand", "cargo xtask revision -m \"…\"")
        .advise("Or give --no-proof, and correct the files that are written")
}
