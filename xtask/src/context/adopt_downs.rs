//! Single downgrades of a proof: each revision is taken back alone, by Alembic and by its down file.

use super::adopt_proof::{Bench, Pair, Went, by_file, schema_of};
use crate::adoption::{Difference, Lost, Step};
use crate::diagnostic::Result;
use crate::plan::{Answers, Plan};
use crate::postgres::Parked;
use crate::revision::{Direction, RevisionScript};
use crate::schema::Schema;

impl Bench<'_> {
    /// Takes a revision back on copies of Alembic's database, in the state just after its upgrade.
    pub(super) async fn downgrade_alone(&mut self, revision: &str, pair: &Pair, before: &Schema) -> Result<()> {
        let theirs = self.server.copied(&pair.theirs).await?;
        let mut copies = Pair { ours: self.server.copied(&pair.theirs).await?, theirs };
        let outcome = self.downgrade_copies(revision, &mut copies, before).await;
        self.server.remove(copies.theirs).await?;
        self.server.remove(copies.ours).await?;
        outcome?;
        let Some(script) = self.completed.get(revision).cloned() else { return Ok(()) };
        let copy = self.server.copied(&pair.theirs).await?;
        let outcome = self.downgrade_completed(revision, &script, &copy, before).await;
        self.server.remove(copy).await?;
        outcome
    }

    /// Takes a revision back with the whole of its down file: what its script loses must be there again.
    async fn downgrade_completed(
        &mut self,
        revision: &str,
        script: &RevisionScript,
        copy: &Parked,
        before: &Schema,
    ) -> Result<()> {
        let what = match by_file(script, copy).await? {
            Some(why) => vec![format!("its end fails: {why}")],
            None => {
                let after = schema_of(copy).await?;
                let rest = Plan::between(&after, before, &Answers::default())?;
                rest.up.blocks.into_iter().map(|block| block.title).collect()
            }
        };
        let lost = self.proof.views_lost.iter().position(|it| it.revision == revision);
        match (what.is_empty(), lost) {
            (true, Some(at)) => {
                let lost = self.proof.views_lost.remove(at);
                self.proof.views_completed.push(lost);
            }
            (true, None) => {}
            (false, _) => {
                self.proof.incomplete.push(Difference { revision: revision.to_owned(), direction: "down", what })
            }
        }
        Ok(())
    }

    async fn downgrade_copies(&mut self, revision: &str, copies: &mut Pair, before: &Schema) -> Result<()> {
        match self.step(revision, Direction::Down, copies).await? {
            Went::Refused(why) => {
                self.refuse(revision, "down", why);
                return Ok(());
            }
            Went::OursFails(why) => {
                let (revision, direction) = (revision.to_owned(), "down");
                self.proof.differences.push(Difference { revision, direction, what: vec![why] });
                return Ok(());
            }
            Went::ByAlembic => {
                self.proof.left.push(Step { revision: revision.to_owned(), direction: "down" });
            }
            Went::Both => {
                if self.compare(revision, "down", copies).await? {
                    self.proof.down.equal += 1;
                    self.proof.down.conditional += usize::from(self.conditional.contains(revision));
                }
            }
        }
        let after = schema_of(&copies.theirs).await?;
        let kept = views(&after);
        let views: Vec<String> = views(before).into_iter().filter(|view| !kept.contains(view)).collect();
        if !views.is_empty() {
            self.proof.views_lost.push(Lost { revision: revision.to_owned(), views });
        }
        Ok(())
    }
}

/// All views, by their names.
fn views(schema: &Schema) -> Vec<String> {
    let views = schema.views.names().map(ToString::to_string);
    views.chain(schema.materialised_views.names().map(ToString::to_string)).collect()
}
