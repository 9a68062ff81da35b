//! Files that were changed after they had been applied: found by checksum, shown as a difference.

use std::collections::{HashMap, HashSet};

use similar::TextDiff;

use super::{Context, Revisions};
use crate::diagnostic::{Code, Diagnostic, Place, Result};
use crate::postgres::{Database, Recorded, State};
use crate::revision::Revision;
use crate::sql::{Fingerprint, digest, fingerprint};

const CHANGED: Code = Code::new("revision-changed");

impl Context {
    /// A warning for each applied revision whose up file says something else now than what ran. Comments, white space and
    /// line endings do not count.
    pub(crate) async fn changed_files(
        &self,
        database: &mut Database,
        state: &State,
        revisions: &Revisions,
    ) -> Result<Vec<Diagnostic>> {
        if !state.has_history {
            return Ok(Vec::new());
        }
        // Files that are byte for byte what ran need no second look.
        let mut suspects = HashSet::new();
        for (id, recorded) in database.applied_digests().await? {
            let Some(revision) = revisions.get(&id) else { continue };
            let now = match revisions.set.whole_up_file(&id) {
                Some(bytes) => digest(bytes),
                None => digest(&self.project.read_bytes(&revision.up_file)?),
            };
            if now != recorded {
                suspects.insert(id);
            }
        }
        let mut changes = Vec::new();
        if suspects.is_empty() {
            return Ok(changes);
        }
        let recorded = database.recorded().await?;
        let applied = applied(state, revisions, &recorded)?;
        for recorded in recorded.iter().filter(|it| suspects.contains(&it.id) && applied.contains(it.id.as_str())) {
            let Some(revision) = revisions.get(&recorded.id) else { continue };
            let text = self.project.read(&revision.up_file)?;
            if fingerprint(&text) == Fingerprint::stored(recorded.checksum.as_str()) {
                continue;
            }
            let (ran, _) = database.recorded_sql(recorded.entry).await?;
            changes.push(changed(revision, recorded, &ran, &text));
        }
        Ok(changes)
    }
}

/// The revisions of this checkout that the rows stand for; the history also has those that were stamped away.
fn applied<'g>(state: &State, revisions: &'g Revisions, recorded: &[Recorded]) -> Result<HashSet<&'g str>> {
    let recorded: HashMap<&str, &Recorded> = recorded.iter().map(|it| (it.id.as_str(), it)).collect();
    let (mut known, mut seen) = (Vec::new(), HashSet::new());
    let mut open: Vec<&str> = state.rows.iter().map(String::as_str).collect();
    while let Some(id) = open.pop() {
        if revisions.get(id).is_some() {
            known.push(id);
        } else if let Some(unknown) = recorded.get(id).filter(|_| seen.insert(id)) {
            open.extend(unknown.revises.iter().chain(&unknown.depends_on).map(String::as_str));
        }
    }
    let needed = revisions.graph.needed_by(&known)?;
    Ok(needed.into_iter().map(|vertex| vertex.id()).collect())
}

fn changed(revision: &Revision, recorded: &Recorded, ran: &str, now: &str) -> Diagnostic {
    let diff = TextDiff::from_lines(ran, now)
        .unified_diff()
        .context_radius(2)
        .header("as it ran", revision.up_file.as_str())
        .to_string();
    Diagnostic::warning(CHANGED, format!("{} was changed after it had been applied", revision.up_file))
        .at(Place::file(&revision.up_file))
        .because(format!("revision {} was applied {} by {}", recorded.id, recorded.applied_at, recorded.applied_by))
        .because(format!("the difference:\n{}", diff.trim_end()))
        .try_command("Put the file back and write the change as a new revision", "cargo xtask revision -m \"…\"")
        .try_command(
            "Or take the revision back, and then apply it as it is now",
            format!("cargo xtask downgrade {}-1", recorded.id),
        )
}
