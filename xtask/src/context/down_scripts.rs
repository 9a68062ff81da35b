//! Down scripts: whether each brings back what was there before its revision, and what would complete those that do not.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use super::{Context, Work};
use crate::adoption::surroundings;
use crate::diagnostic::Result;
use crate::diff::{Gap, Named};
use crate::plan::{Answers, Plan};
use crate::postgres::{ApplyError, Parked, Scope, ScratchServer};
use crate::revision::{RevisionScript, is_repaired, with_repair, without_repair};
use crate::schema::Schema;

/// What is to be done with down scripts.
#[derive(Clone, Debug, Default)]
pub(crate) struct DownsWish {
    /// The ids of the revisions that are meant; empty for all.
    pub(crate) named: BTreeSet<String>,
    /// Whether those that do not bring everything back are completed.
    pub(crate) repair: bool,
    /// SQL that stands for what is there before the first revision.
    pub(crate) on: Option<Utf8PathBuf>,
}

/// What a down script was found to do.
#[derive(Clone, Debug)]
pub(crate) struct CheckedDown {
    pub(crate) revision: String,
    pub(crate) file: Utf8PathBuf,
    pub(crate) verdict: DownVerdict,
}

#[derive(Clone, Debug)]
pub(crate) enum DownVerdict {
    /// The schema is as before.
    Restores,
    /// It is not.
    Differs(Gap, Repair),
    /// It fails.
    Fails(String),
    /// It says itself that there is no way back.
    Refuses(String),
    /// It waits for a person.
    Waits,
}

/// What became of the repair of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Repair {
    /// It was not asked for.
    Unasked,
    /// It would drop what the script leaves behind, so the revision has to be named.
    Unnamed,
    /// The whole text of the file that was proved to bring everything back.
    Proved(String),
    /// There is none: why.
    None(String),
}

/// The errors of a script that refuses on purpose: `RAISE EXCEPTION`, and "feature not supported".
const ON_PURPOSE: [&str; 2] = ["P0001", "0A000"];

impl Context {
    /// Applies every revision to a scratch database, and takes each back alone, on a copy.
    pub(crate) async fn check_downs(&self, wish: &DownsWish) -> Result<Vec<CheckedDown>> {
        let revisions = self.read_revisions()?;
        let nothing: [&str; 0] = [];
        let mut work = self.work(&revisions, revisions.graph.upgrade(&nothing, "heads")?)?;
        // What comes after the last one that is meant need not be applied.
        let last = work.iter().rposition(|work| wish.means(&work.revision.id)).map_or(0, |at| at + 1);
        work.truncate(last);
        let mut database = self.connect("check-downs").await?;
        let mut server = self.scratch_server(&mut database).await?;
        let there = database.introspect(&Scope::default()).await?;
        database.close().await;
        let texts: Vec<&str> = work.iter().map(|work| &*work.scripts.up.text).collect();
        let mut around = surroundings(&there, &texts);
        if let Some(file) = &wish.on {
            around += &self.project.read(file)?;
        }
        let meant = work.iter().filter(|work| wish.means(&work.revision.id)).count();
        self.ui.action("Checking", format!("{meant} down scripts, each on a scratch database"));
        let leftovers = server.leftovers();
        let work = async {
            let parked = server.parked(&around).await?;
            let mut bench = Bench { server, parked };
            let checked = bench.run(&work, wish).await?;
            Ok((checked, bench.server))
        };
        let (checked, server) = self.tidily(leftovers, work).await?;
        server.close().await;
        Ok(checked)
    }
}

impl DownsWish {
    fn means(&self, revision: &str) -> bool {
        self.named.is_empty() || self.named.contains(revision)
    }

    /// Why a script is not completed, if so. What would drop something is written only for revisions that a person names.
    fn withheld(&self, revision: &str, gap: &Gap) -> Option<Repair> {
        match self.repair {
            false => Some(Repair::Unasked),
            true if gap.left.is_empty() || self.named.contains(revision) => None,
            true => Some(Repair::Unnamed),
        }
    }
}

struct Bench {
    server: ScratchServer,
    /// The database with all revisions up to the one that is looked at.
    parked: Parked,
}

impl Bench {
    async fn run(&mut self, work: &[Work<'_>], wish: &DownsWish) -> Result<Vec<CheckedDown>> {
        let mut checked = Vec::new();
        let mut before = schema_of(&self.parked).await?;
        for work in work {
            let mut session = self.parked.open().await?;
            let applied = session.run_script(&work.scripts.up).await;
            session.close().await;
            applied?;
            let after = schema_of(&self.parked).await?;
            if wish.means(&work.revision.id) {
                let verdict = self.verdict(work, &before, wish).await?;
                let (revision, file) = (work.revision.id.clone(), work.revision.down_file.clone());
                checked.push(CheckedDown { revision, file, verdict });
            }
            before = after;
        }
        Ok(checked)
    }

    async fn verdict(&mut self, work: &Work<'_>, before: &Schema, wish: &DownsWish) -> Result<DownVerdict> {
        let down = &work.scripts.down;
        if down.unconverted().is_some() {
            return Ok(DownVerdict::Waits);
        }
        let now = match self.taken_back(down).await? {
            Ok(now) => now,
            Err(error) if is_on_purpose(&error) => return Ok(DownVerdict::Refuses(error.to_string())),
            Err(error) => return Ok(DownVerdict::Fails(error.to_string())),
        };
        let rest = Plan::between(&now, before, &Answers::default())?;
        if rest.is_empty() {
            return Ok(DownVerdict::Restores);
        }
        let mut gap = Gap::between(&now, before);
        if gap == Gap::default() {
            let name = titles(&rest).join(", ");
            gap.changed.push(Named { kind: String::new(), name });
        }
        let repair = match wish.withheld(&work.revision.id, &gap) {
            Some(withheld) => withheld,
            None => self.repair(down, now, before).await?,
        };
        Ok(DownVerdict::Differs(gap, repair))
    }

    /// Writes what completes a script, and proves it.
    async fn repair(&mut self, down: &RevisionScript, now: Schema, before: &Schema) -> Result<Repair> {
        let now = match is_repaired(&down.text) {
            false => now,
            // An earlier repair does not do any more: it is made anew.
            true => match self.taken_back(&script(down, without_repair(&down.text))).await? {
                Ok(now) => now,
                Err(error) => return Ok(Repair::None(error.to_string())),
            },
        };
        let plan = Plan::between(&now, before, &Answers::default())?;
        if let Some(why) = why_not(&plan, down) {
            return Ok(Repair::None(why.to_owned()));
        }
        let text = match plan.is_empty() {
            true => without_repair(&down.text).trim_end().to_owned() + "\n",
            false => with_repair(&down.text, &plan.up.body()),
        };
        Ok(match self.taken_back(&script(down, &text)).await? {
            Ok(now) => match titles(&Plan::between(&now, before, &Answers::default())?) {
                rest if rest.is_empty() => Repair::Proved(text),
                rest => Repair::None(format!("with what completes it there remains: {}", rest.join("; "))),
            },
            Err(error) => Repair::None(format!("what completes it fails: {error}")),
        })
    }

    /// The schema after a script, on a copy.
    async fn taken_back(&mut self, down: &RevisionScript) -> Result<std::result::Result<Schema, ApplyError>> {
        let copy = self.server.copied(&self.parked).await?;
        let outcome = self.taken_back_in(&copy, down).await;
        self.server.remove(copy).await?;
        outcome
    }

    async fn taken_back_in(
        &self,
        copy: &Parked,
        down: &RevisionScript,
    ) -> Result<std::result::Result<Schema, ApplyError>> {
        let mut session = copy.open().await?;
        let ran = session.run_script(down).await;
        session.close().await;
        match ran {
            Ok(()) => Ok(Ok(schema_of(copy).await?)),
            Err(error) => Ok(Err(error)),
        }
    }
}

/// Everything that revisions make is looked at, also what comparing with the models leaves out.
async fn schema_of(database: &Parked) -> Result<Schema> {
    let mut session = database.open().await?;
    let schema = session.introspect(&Scope::default()).await;
    session.close().await;
    Ok(schema?)
}

fn script(down: &RevisionScript, text: &str) -> RevisionScript {
    RevisionScript::from_text(&down.path, text.into())
}

fn titles(plan: &Plan) -> Vec<String> {
    plan.up.blocks.iter().map(|block| block.title.clone()).collect()
}

fn is_on_purpose(error: &ApplyError) -> bool {
    error.sql().is_some_and(|sql| ON_PURPOSE.contains(&sql.sqlstate.as_str()))
}

/// Why no text is written.
fn why_not(plan: &Plan, down: &RevisionScript) -> Option<&'static str> {
    let waits = |remark: &String| remark.starts_with("backfill: ");
    if plan.up.statements().flat_map(|it| &it.remarks).any(waits) {
        return Some("a column needs values in the rows that are there, which a person has to choose");
    }
    (plan.up.outside_transaction && down.transactional)
        .then_some("some of what completes it cannot run in the transaction of the script")
}
