//! Proof: a plan is tried in a scratch database before anybody sees it.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;

use super::on_rows::{Refused, lost_rows};
use super::{Context, Revisions};
use crate::diagnostic::{Code, Diagnostic, Exit, Place, Report, Result};
use crate::diff::{Renames, awaited};
use crate::plan::{Answers, Plan, Script};
use crate::postgres::{Database, Scratch, ScratchServer, Unsampled};
use crate::revision::RevisionScript;
use crate::sample::{Rows, Samples, filling};
use crate::schema::{QualifiedName, Schema};

const FAILED: Code = Code::new("proof-failed");
const WITHOUT_REVISIONS: Code = Code::new("proof-without-revisions");

/// How often a plan is tried with fewer rows, before all that may be refused are left out together.
const TRIES: usize = 8;

/// What is tried.
pub(crate) struct Proof<'p> {
    /// Where it begins.
    pub(crate) current: &'p Schema,
    /// Where it must come to.
    pub(crate) wanted: &'p Schema,
    /// The way.
    pub(crate) plan: &'p Plan,
    /// What was renamed on it.
    pub(crate) renames: &'p Renames,
}

/// What a proof has shown.
#[derive(Default)]
pub(crate) struct Proved {
    /// The tables whose sample rows survived.
    pub(crate) tables: BTreeSet<QualifiedName>,
    /// Tables of which rows are at stake and no sample row could be made.
    pub(crate) unsampled: Vec<Unsampled>,
    /// Rows on which a script fails.
    pub(crate) refused: Vec<Refused>,
}

impl Proof<'_> {
    /// The rows that it is tried on.
    pub(super) fn samples(&self) -> Samples {
        Samples::of(self.current, self.wanted, self.renames, self.plan.up.statements())
    }
}

impl Proved {
    /// Where a try came to its end.
    pub(super) fn whole(samples: &Samples, unsampled: Vec<Unsampled>) -> Self {
        let without: BTreeSet<&QualifiedName> = unsampled.iter().map(|it| &it.table).collect();
        let sampled = samples.tables.iter().filter(|it| it.is_at_stake && !without.contains(&it.table));
        let tables = sampled.map(|it| it.table.clone()).collect();
        Self { tables, unsampled, refused: Vec::new() }
    }

    /// What the up file says of it: on which rows nothing is proved.
    pub(crate) fn notes(&self) -> Vec<String> {
        let unsampled = self.unsampled.iter().map(|it| format!("not proved on rows of {}: none can be made", it.table));
        self.refused.iter().map(Refused::note).chain(unsampled).collect()
    }
}

/// Where each try of a proof begins.
pub(super) enum Start {
    /// With what the revisions make, where these materialised views are filled, or emptied.
    Revisions(BTreeMap<QualifiedName, bool>),
    /// With a copy of what the database has, which this makes.
    Copy(RevisionScript),
}

/// What the revisions make.
enum AtHeads {
    /// The schema of the database once these materialised views are filled, or emptied; and here it is, in a rehearsal.
    Rehearsed(BTreeMap<QualifiedName, bool>, Scratch),
    /// The same, but it cannot be rehearsed.
    Same(BTreeMap<QualifiedName, bool>),
    /// Another schema.
    Another,
}

/// How a try ended.
pub(super) enum Tried {
    Whole(Vec<Unsampled>),
    Refused(Box<Refused>),
}

/// One direction, as it is tried.
struct Way<'p> {
    direction: &'static str,
    script: &'p Script,
    goal: &'p Schema,
}

impl Context {
    /// Applies the plan to a scratch database like the project's: nothing may be left to change. Takes it back: the schema
    /// at the beginning must be there again. Sample rows must survive both; where a script fails on some, that is told, and
    /// it is tried without them.
    pub(crate) async fn prove(
        &self,
        server: &mut ScratchServer,
        revisions: &Revisions,
        proof: &Proof<'_>,
    ) -> Result<Proved> {
        let (start, rehearsal) = self.start_of(server, revisions, proof.current).await?;
        if let Some(first) = rehearsal
            && let Some(proved) = self.proved_by_rehearsal(server, revisions, &start, first, proof).await?
        {
            return Ok(proved);
        }
        let (mut samples, mut proved) = (proof.samples(), Proved::default());
        for round in 0.. {
            let mut scratch = self.begun(server, revisions, &start).await?;
            let outcome = self.tried(&mut scratch.database, proof, &samples).await;
            server.discard(scratch).await?;
            match outcome? {
                Tried::Whole(unsampled) => {
                    proved = Proved { refused: proved.refused, ..Proved::whole(&samples, unsampled) };
                    break;
                }
                Tried::Refused(refused) => {
                    let of = refused.table.as_ref().filter(|_| round < TRIES);
                    let goes_on = refused.direction == "up" && samples.leave_out_doubtful(of);
                    if !goes_on {
                        samples = Samples::default();
                    }
                    proved.refused.push(*refused);
                }
            }
        }
        if !samples.is_empty() && (is_filled(&proof.plan.up) || is_filled(&proof.plan.down)) {
            // What was shown with values filled in is shown of the scripts as they stand, too.
            let mut scratch = self.begun(server, revisions, &start).await?;
            let outcome = self.tried(&mut scratch.database, proof, &Samples::default()).await;
            server.discard(scratch).await?;
            outcome?;
        }
        Ok(proved)
    }

    pub(super) async fn tried(&self, database: &mut Database, proof: &Proof<'_>, samples: &Samples) -> Result<Tried> {
        let unsampled = if samples.is_empty() { Vec::new() } else { database.insert_samples(samples).await? };
        let before = self.rows_for(database, samples, false).await?;
        let up = Way { direction: "up", script: &proof.plan.up, goal: proof.wanted };
        let down = Way { direction: "down", script: &proof.plan.down, goal: proof.current };
        for way in [up, down] {
            if let Some(refused) = self.try_direction(database, &way, samples).await? {
                return Ok(Tried::Refused(Box::new(refused)));
            }
            let is_after = way.direction == "up";
            let rows = self.rows_for(database, samples, is_after).await?;
            if let Some(what) = lost_rows(samples, &before, &rows, is_after) {
                return Err(failed(format!("the {} script {what}", way.direction)).into());
            }
        }
        Ok(Tried::Whole(unsampled))
    }

    async fn rows_for(&self, database: &mut Database, samples: &Samples, after: bool) -> Result<Vec<Rows>> {
        if samples.is_empty() {
            return Ok(Vec::new());
        }
        Ok(database.sample_rows(samples, after).await?)
    }

    /// Runs one direction; gives what it failed on where that are the rows.
    async fn try_direction(
        &self,
        database: &mut Database,
        way: &Way<'_>,
        samples: &Samples,
    ) -> Result<Option<Refused>> {
        let path = format!("the {} script", way.direction);
        // Revisions may have put rows into a table, too.
        let fills = !samples.is_empty() || database.has_rows_in(&waiting(way.script)).await?;
        let text = if fills { filled(way.script, way.goal).text() } else { way.script.text() };
        let parsed = RevisionScript::from_text(Utf8Path::new(&path), text.as_str().into());
        if let Err(error) = database.run_script(&parsed).await {
            if !samples.is_empty()
                && let Some(refused) = Refused::of(way.direction, &parsed, &error, samples)
            {
                return Ok(Some(refused));
            }
            let mut found = failed(format!("the {} script does not apply: {error}", way.direction));
            found.places = crate::diagnostic::Diagnose::diagnose(&error).places;
            found.evidence = error.sql().map(|sql| sql.evidence()).unwrap_or_default();
            return Err(found.into());
        }
        let reached = self.introspect(database).await?;
        if reached == *way.goal {
            return Ok(None);
        }
        let rest = Plan::between(&reached, way.goal, &Answers::default())?;
        if rest.is_empty() {
            return Ok(None);
        }
        Err(remains(way.direction, &path, &rest))
    }

    /// Where the proof begins, with a rehearsal there if there can be one: at what the revisions make where that is just this
    /// schema, else at the schema itself.
    async fn start_of(
        &self,
        server: &mut ScratchServer,
        revisions: &Revisions,
        current: &Schema,
    ) -> Result<(Start, Option<Scratch>)> {
        match self.start_at_heads(server, revisions, current).await {
            Ok(AtHeads::Rehearsed(views, rehearsal)) => return Ok((Start::Revisions(views), Some(rehearsal))),
            Ok(AtHeads::Same(views)) => return Ok((Start::Revisions(views), None)),
            Ok(AtHeads::Another) => {
                self.ui.status("The database is not just what its revisions make; the proof begins with what it is");
            }
            Err(why) => why.diagnostics().iter().for_each(|found| self.ui.warn(&not_from_revisions(found))),
        }
        let scratch = server.empty().await?;
        let empty = self.introspect_and_discard(server, scratch).await?;
        let text = Plan::between(&empty, current, &Answers::default())?.up.text();
        let start = Start::Copy(RevisionScript::from_text(Utf8Path::new("the current schema"), text.as_str().into()));
        let rehearsal = self.rehearsal_of(server, revisions, &start).await?;
        Ok((start, rehearsal))
    }

    /// Whether the revisions make just this schema. Which materialised views hold rows is no matter of revisions.
    async fn start_at_heads(
        &self,
        server: &mut ScratchServer,
        revisions: &Revisions,
        current: &Schema,
    ) -> Result<AtHeads> {
        let Some(mut rehearsal) = self.rehearsal_at_heads(server, revisions).await? else {
            let mut scratch = self.scratch_at_heads(server, revisions).await?;
            let views = self.brought_to(&mut scratch.database, current).await;
            server.discard(scratch).await?;
            return Ok(views?.map_or(AtHeads::Another, AtHeads::Same));
        };
        match self.brought_to(&mut rehearsal.database, current).await {
            Ok(Some(views)) => Ok(AtHeads::Rehearsed(views, rehearsal)),
            other => {
                server.discard(rehearsal).await?;
                other.map(|_| AtHeads::Another)
            }
        }
    }

    /// Fills or empties the materialised views of a scratch database that is this schema but for them, and gives which these
    /// are; `None` where it is another one.
    async fn brought_to(
        &self,
        database: &mut Database,
        current: &Schema,
    ) -> Result<Option<BTreeMap<QualifiedName, bool>>> {
        let mut made = self.introspect(database).await?;
        let mut views = BTreeMap::new();
        for view in made.materialised_views.iter_mut() {
            if let Some(wanted) = current.materialised_views.get(&view.name)
                && wanted.populated != view.populated
            {
                view.populated = wanted.populated;
                views.insert(view.name.clone(), wanted.populated);
            }
        }
        let is_this = made == *current && database.populate(&views).await?;
        Ok(is_this.then_some(views))
    }

    /// Another scratch database where the proof begins.
    pub(super) async fn begun(
        &self,
        server: &mut ScratchServer,
        revisions: &Revisions,
        start: &Start,
    ) -> Result<Scratch> {
        match start {
            Start::Revisions(views) => {
                let mut scratch = self.scratch_at_heads(server, revisions).await?;
                scratch.database.populate(views).await?;
                Ok(scratch)
            }
            Start::Copy(script) => {
                let scratch = server.empty().await?;
                copied(server, scratch, script).await
            }
        }
    }
}

/// The schema of the database, made in a scratch database.
async fn copied(server: &mut ScratchServer, mut scratch: Scratch, script: &RevisionScript) -> Result<Scratch> {
    if let Err(error) = scratch.database.run_script(script).await {
        server.discard(scratch).await?;
        return Err(failed(format!("the current schema cannot be made anew: {error}")).into());
    }
    Ok(scratch)
}

/// Whether a script waits for values that a person has to write.
pub(super) fn is_filled(script: &Script) -> bool {
    script.statements().flat_map(|it| &it.remarks).any(|remark| remark.starts_with("backfill: "))
}

/// The tables whose rows a script waits for values for.
fn waiting(script: &Script) -> BTreeSet<&str> {
    script.statements().flat_map(|it| &it.remarks).filter_map(|it| Some(awaited(it)?.0)).collect()
}

/// The script with values where it waits for some, as a person may write them.
fn filled(script: &Script, goal: &Schema) -> Script {
    let mut script = script.clone();
    for block in &mut script.blocks {
        let statements = std::mem::take(&mut block.statements);
        block.statements = statements.into_iter().flat_map(|it| filling(&it, goal).into_iter().chain([it])).collect();
    }
    script
}

/// What a direction leaves undone.
fn remains(direction: &str, path: &str, rest: &Plan) -> Report {
    let (did, what) = match direction {
        "up" => ("leaves differences to what is wanted", "what remained to be done:"),
        _ => ("does not restore the schema", "what would restore it:"),
    };
    let found = failed(format!("the {direction} script {did}")).at(Place::file(path));
    found.because(format!("{what}\n{}", rest.up.body())).into()
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
