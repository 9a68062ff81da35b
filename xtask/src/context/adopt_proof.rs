//! The proof of an adoption: one database that Alembic makes, one that the converted files make, compared step by step.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::json;

use super::adopting::{Adoption, Answers};
use super::rendering::in_words;
use super::unlike::differences;
use super::{Context, Revisions, Scripts};
use crate::adoption::{Back, Difference, Proof, Refused, Step, surroundings};
use crate::alembic::Script;
use crate::diagnostic::Result;
use crate::postgres::{Parked, Scope, ScratchServer};
use crate::revision::{Direction, RevisionScript, is_repaired, without_repair};
use crate::schema::Schema;
use crate::tools::Alembic;

/// Where the two are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Extent {
    /// After every upgrade and every downgrade
    Every,
    /// At the heads, and on the way back from there
    Heads,
}

#[derive(Deserialize)]
struct Ran {}

/// What a proof works with.
pub(super) struct Bench<'c> {
    pub(super) server: ScratchServer,
    alembic: Alembic,
    /// The files; of down files without the end that completes them, which no script of Alembic has.
    scripts: BTreeMap<String, Scripts>,
    /// Whole down files that have such an end.
    pub(super) completed: BTreeMap<String, RevisionScript>,
    /// The scripts of Alembic by their revisions.
    origins: BTreeMap<String, &'c Script>,
    /// Revisions that are no proof by themselves: one that waits for a person is among those that they stand on.
    pub(super) conditional: BTreeSet<String>,
    /// What both databases have before the first revision.
    around: String,
    pub(super) proof: Proof,
}

/// Both databases.
pub(super) struct Pair {
    pub(super) theirs: Parked,
    pub(super) ours: Parked,
}

/// How one direction of a revision went.
pub(super) enum Went {
    /// Both sides ran.
    Both,
    /// Both sides were run by Alembic, because ours waits for a person.
    ByAlembic,
    /// Alembic cannot; nothing is to be compared.
    Refused(String),
    /// Ours cannot.
    OursFails(String),
}

impl Context {
    /// Runs every revision by Alembic and by its files, in databases where [`Context::scratch_server`] makes them.
    pub(crate) async fn prove_adoption(&self, found: &Adoption, answers: &Answers, extent: Extent) -> Result<Proof> {
        let revisions = self.read_revisions()?;
        let known = revisions.set.revisions().iter().filter(|it| found.history.get(&it.id).is_some());
        let mut scripts: BTreeMap<String, Scripts> = self.read_all_scripts(known)?.into_iter().collect();
        let completed = take_ends_off(&mut scripts);
        let alembic = self.alembic(&found.settings, &found.surroundings, answers.python.as_deref()).await?;
        let mut database = self.connect("adopt").await?;
        let server = self.scratch_server(&mut database).await?;
        let there = database.introspect(&Scope::default()).await?;
        database.close().await;
        let texts: Vec<&str> = scripts.values().map(|it| &*it.up.text).collect();
        let mut around = surroundings(&there, &texts);
        if let Some(file) = &answers.prove_on {
            around += &self.project.read(file)?;
        }
        let (by, leftovers) = (alembic.name(), server.leftovers());
        self.ui.action("Running", format!("{} revisions with {by} and with the converted files", scripts.len()));
        let mut bench = Bench {
            proof: Proof { by, revisions: scripts.len(), every_revision: extent == Extent::Every, ..Proof::default() },
            server,
            alembic,
            scripts,
            completed,
            origins: found.history.scripts.iter().map(|it| (it.revision.clone(), it)).collect(),
            conditional: BTreeSet::new(),
            around,
        };
        let work = async {
            let mut pair = Pair { theirs: bench.beginning().await?, ours: bench.beginning().await? };
            bench.run(&revisions, &mut pair).await
        };
        self.tidily(leftovers, work).await?;
        bench.server.close().await;
        bench.alembic.close().await;
        Ok(bench.proof)
    }
}

impl Bench<'_> {
    async fn run(&mut self, revisions: &Revisions, pair: &mut Pair) -> Result<()> {
        let nothing: [&str; 0] = [];
        let plan = revisions.graph.upgrade(&nothing, "heads")?;
        let up: Vec<String> = plan.steps.iter().map(|step| step.revision.to_owned()).collect();
        let up: Vec<String> = up.into_iter().filter(|id| self.scripts.contains_key(id)).collect();
        let mut before = schema_of(&pair.theirs).await?;
        let mut reached = Vec::new();
        for revision in &up {
            // What stands on a revision that Alembic cannot run is not reached; another branch may be.
            if self.stands_on_any(revision, &self.proof.not_reached)
                || !self.upgrade(revision, pair, &mut before).await?
            {
                self.proof.not_reached.push(revision.clone());
            } else {
                reached.push(revision.as_str());
            }
        }
        if let Some(last) = reached.last() {
            if !self.proof.every_revision && self.compare(last, "up", pair).await? {
                self.proof.up.equal = 1;
            }
            // Where something differs, ours is a copy of Alembic's, whose rows say nothing.
            if self.proof.differences.is_empty() {
                self.compare_rows(&reached, pair).await?;
            }
        }
        let back = revisions.graph.downgrade(&revisions.graph.heads(), "base")?;
        let back: Vec<String> = back.steps.iter().map(|step| step.revision.to_owned()).collect();
        let back: Vec<String> = back.into_iter().filter(|id| reached.contains(&id.as_str())).collect();
        self.back(&back, pair).await
    }

    /// A database as it is before the first revision.
    pub(super) async fn beginning(&mut self) -> Result<Parked> {
        Ok(self.server.parked(&self.around).await?)
    }

    /// Applies a revision on both sides; `false` where Alembic cannot, so that nothing can follow.
    async fn upgrade(&mut self, revision: &str, pair: &mut Pair, before: &mut Schema) -> Result<bool> {
        self.condition(revision);
        match self.step(revision, Direction::Up, pair).await? {
            Went::Refused(why) => {
                self.refuse(revision, "up", why);
                return Ok(false);
            }
            Went::OursFails(why) => self.differ(revision, "up", vec![why], pair).await?,
            Went::Both if !self.proof.every_revision => return Ok(true),
            Went::Both => {
                if self.compare(revision, "up", pair).await? {
                    self.proof.up.equal += 1;
                    self.proof.up.conditional += usize::from(self.conditional.contains(revision));
                }
            }
            Went::ByAlembic => {
                self.proof.left.push(Step { revision: revision.to_owned(), direction: "up" });
                self.conditional.insert(revision.to_owned());
            }
        }
        if self.proof.every_revision {
            let after = schema_of(&pair.theirs).await?;
            self.downgrade_alone(revision, pair, before).await?;
            *before = after;
        }
        Ok(true)
    }

    /// Takes everything back, newest first, each step from where the one before has ended.
    async fn back(&mut self, revisions: &[String], pair: &mut Pair) -> Result<()> {
        self.proof.back = Back { equal: true, ..Back::default() };
        for (at, revision) in revisions.iter().enumerate() {
            match self.step(revision, Direction::Down, pair).await? {
                Went::Refused(why) => {
                    self.refuse(revision, "back", why);
                    // Here both have ended, where only the end is compared.
                    if let Some(last) = at.checked_sub(1).filter(|_| !self.proof.every_revision)
                        && !self.compare(&revisions[last], "back", pair).await?
                    {
                        self.proof.back.equal = false;
                    }
                    break;
                }
                Went::OursFails(why) => {
                    self.proof.back.equal = false;
                    self.differ(revision, "back", vec![why], pair).await?;
                }
                Went::Both | Went::ByAlembic => {
                    let is_last = at + 1 == revisions.len();
                    if (self.proof.every_revision || is_last) && !self.compare(revision, "back", pair).await? {
                        self.proof.back.equal = false;
                    }
                }
            }
            self.proof.back.steps += 1;
        }
        self.proof.back.to_base = self.proof.back.steps == revisions.len() && !revisions.is_empty();
        Ok(())
    }

    /// One direction of a revision on both sides.
    pub(super) async fn step(&mut self, revision: &str, direction: Direction, pair: &Pair) -> Result<Went> {
        if let Some(why) = self.by_alembic(revision, direction, &pair.theirs, true).await? {
            return Ok(Went::Refused(why));
        }
        let script = match direction {
            Direction::Up => &self.scripts[revision].up,
            Direction::Down => &self.scripts[revision].down,
        };
        if script.unconverted().is_some() {
            return Ok(match self.by_alembic(revision, direction, &pair.ours, false).await? {
                Some(why) => Went::OursFails(format!("its script fails on what the files before have made: {why}")),
                None => Went::ByAlembic,
            });
        }
        Ok(match by_file(script, &pair.ours).await? {
            Some(why) => Went::OursFails(format!("the converted script fails: {why}")),
            None => Went::Both,
        })
    }

    /// Why Alembic cannot take this step, if so. It keeps its books where it has taken all others, too.
    pub(super) async fn by_alembic(
        &mut self,
        revision: &str,
        direction: Direction,
        database: &Parked,
        books: bool,
    ) -> Result<Option<String>> {
        let path = self.origins.get(revision).map(|script| script.path.as_str());
        let request = json!({
            "do": "step", "url": database.url(), "revision": revision, "up": direction == Direction::Up, "path": path,
            "books": books,
        });
        let answer = self.alembic.ask::<Ran>(&request).await?;
        Ok(answer.err().map(|refusal| in_words(&refusal)))
    }

    /// Whether both are equal. If not, that is written down, and ours is made anew as Alembic's is.
    pub(super) async fn compare(&mut self, revision: &str, direction: &'static str, pair: &mut Pair) -> Result<bool> {
        let (theirs, ours) = (schema_of(&pair.theirs).await?, schema_of(&pair.ours).await?);
        if theirs == ours {
            return Ok(true);
        }
        self.differ(revision, direction, differences(&ours, &theirs), pair).await?;
        Ok(false)
    }

    /// Writes a difference down. Ours is made anew as Alembic's is, so that it does not count for the next revision.
    async fn differ(
        &mut self,
        revision: &str,
        direction: &'static str,
        what: Vec<String>,
        pair: &mut Pair,
    ) -> Result<()> {
        self.proof.differences.push(Difference { revision: revision.to_owned(), direction, what });
        let anew = self.server.copied(&pair.theirs).await?;
        let before = std::mem::replace(&mut pair.ours, anew);
        Ok(self.server.remove(before).await?)
    }

    pub(super) fn refuse(&mut self, revision: &str, direction: &'static str, why: String) {
        self.proof.refused.push(Refused { revision: revision.to_owned(), direction, why });
    }

    /// Notes whether a revision stands on one that waits for a person.
    fn condition(&mut self, revision: &str) {
        if self.stands_on_any(revision, &self.conditional) {
            self.conditional.insert(revision.to_owned());
        }
    }

    /// Whether one of these is directly below a revision.
    fn stands_on_any<'r>(&self, revision: &str, those: impl IntoIterator<Item = &'r String>) -> bool {
        let Some(script) = self.origins.get(revision) else { return false };
        those.into_iter().any(|it| script.down_revisions.contains(it) || script.depends_on.contains(it))
    }
}

/// Leaves of each down file what its script of Alembic does; gives the files that have more.
fn take_ends_off(scripts: &mut BTreeMap<String, Scripts>) -> BTreeMap<String, RevisionScript> {
    let mut completed = BTreeMap::new();
    for (revision, Scripts { down, .. }) in scripts.iter_mut().filter(|(_, it)| is_repaired(&it.down.text)) {
        let script = RevisionScript::from_text(&down.path, without_repair(&down.text).into());
        completed.insert(revision.clone(), std::mem::replace(down, script));
    }
    completed
}

/// Why a script fails on this database, if so.
pub(super) async fn by_file(script: &RevisionScript, database: &Parked) -> Result<Option<String>> {
    let mut session = database.open().await?;
    let outcome = session.run_script(script).await;
    session.close().await;
    Ok(outcome.err().map(|error| error.to_string()))
}

pub(super) async fn schema_of(database: &Parked) -> Result<Schema> {
    let mut session = database.open().await?;
    let schema = session.introspect(&Scope::default()).await;
    session.close().await;
    Ok(schema?)
}
