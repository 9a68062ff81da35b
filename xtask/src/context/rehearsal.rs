//! Proof by rehearsal: the plan is tried in a kept template and taken back, so that no database has to be copied.
//!
//! A rehearsal is stricter than what will happen: both scripts run in one transaction, in which a new value of an enum cannot be
//! used and nothing stays deferred. So what passes is proved. What does not is no failure of the plan: it is tried as it will
//! happen, in a database of its own.

use super::proof::{Proof, Proved, Start, Tried, is_filled};
use super::{Context, Revisions};
use crate::diagnostic::Result;
use crate::postgres::{Scratch, ScratchServer};
use crate::sample::Samples;

impl Context {
    /// What rehearsals show of the plan, the first of which is begun; `None` where they do not show that it is right.
    pub(super) async fn proved_by_rehearsal(
        &self,
        server: &mut ScratchServer,
        revisions: &Revisions,
        start: &Start,
        first: Scratch,
        proof: &Proof<'_>,
    ) -> Result<Option<Proved>> {
        let (up, down) = (&proof.plan.up, &proof.plan.down);
        if up.outside_transaction || down.outside_transaction {
            server.discard(first).await?;
            return Ok(None);
        }
        let samples = proof.samples();
        let Some(proved) = self.rehearsed(server, first, proof, &samples).await? else { return Ok(None) };
        if samples.is_empty() || !(is_filled(up) || is_filled(down)) {
            return Ok(Some(proved));
        }
        // What was shown with values filled in is shown of the scripts as they stand, too.
        let Some(second) = self.rehearsal_of(server, revisions, start).await? else { return Ok(None) };
        let as_they_stand = self.rehearsed(server, second, proof, &Samples::default()).await?;
        Ok(as_they_stand.map(|_| proved))
    }

    async fn rehearsed(
        &self,
        server: &mut ScratchServer,
        mut scratch: Scratch,
        proof: &Proof<'_>,
        samples: &Samples,
    ) -> Result<Option<Proved>> {
        let tried = self.tried(&mut scratch.database, proof, samples).await;
        server.discard(scratch).await?;
        // Whatever went wrong is told by the proof in a database of its own, if it goes wrong there, too.
        Ok(match tried {
            Ok(Tried::Whole(unsampled)) => Some(Proved::whole(samples, unsampled)),
            _ => None,
        })
    }

    /// A rehearsal where the proof begins; `None` where there can be none.
    pub(super) async fn rehearsal_of(
        &self,
        server: &mut ScratchServer,
        revisions: &Revisions,
        start: &Start,
    ) -> Result<Option<Scratch>> {
        let script = match start {
            Start::Revisions(views) => {
                let mut rehearsal = self.rehearsal_at_heads(server, revisions).await?;
                if let Some(scratch) = &mut rehearsal {
                    scratch.database.populate(views).await?;
                }
                return Ok(rehearsal);
            }
            Start::Copy(script) => script,
        };
        let key = [format!("copy\n{}", script.text)];
        if let Some((_, scratch)) = server.rehearsal(&key).await? {
            return Ok(Some(scratch));
        }
        let scratch = self.begun(server, revisions, start).await?;
        server.keep(scratch, &key[0]).await?;
        Ok(server.rehearsal(&key).await?.map(|(_, scratch)| scratch))
    }
}
