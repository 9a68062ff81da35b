//! The revisions that a person names: one, several, a range, or where the database is.

use std::collections::HashSet;

use super::standing::Unknown;
use super::{Context, Revisions};
use crate::diagnostic::{Code, Diagnostic, Exit, Report, Result};

const NONE: Code = Code::new("revision-none");
const RANGE: Code = Code::new("history-range");

/// What a name means.
#[derive(Debug, Default)]
pub(crate) struct Named {
    /// Revisions of the checkout, newest first.
    pub(crate) ids: Vec<String>,
    /// Revisions that the database has and the checkout has not: `current` may mean such.
    pub(crate) unknown: Vec<Unknown>,
}

/// What the database has of the checkout's revisions; nothing is known where it was not asked.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    /// Whether it was asked.
    pub(crate) asked: bool,
    /// Where it is: the newest applied revision of each branch.
    pub(crate) rows: Vec<String>,
    /// Everything that is applied.
    pub(crate) all: HashSet<String>,
}

impl Context {
    /// The revisions that a name means: what the graph understands, `current` for where the database is, `base` for none,
    /// and `FROM:TO` for a range with both its ends. The database is asked only where `current` is in the name.
    pub(crate) async fn find_named(&self, revisions: &Revisions, spec: &str, command: &str) -> Result<Named> {
        if spec == "current" {
            return self.at_current(revisions, command).await;
        }
        if spec == "base" {
            return Ok(Named::default());
        }
        if revisions.graph.is_empty() {
            return Err(no_revisions(self));
        }
        let ids = if spec.contains(':') {
            let (start, end) = range(spec)?;
            let rows = if spec.contains("current") { self.applied(revisions, command).await?.rows } else { Vec::new() };
            owned(revisions.graph.history(start, end, &rows)?.iter().map(|vertex| vertex.id()))
        } else {
            owned(revisions.graph.revisions(spec)?.iter().map(|vertex| vertex.id()))
        };
        Ok(Named { ids, unknown: Vec::new() })
    }

    /// What the database has of the checkout's revisions; those that it has besides are told of.
    pub(crate) async fn applied(&self, revisions: &Revisions, command: &str) -> Result<Applied> {
        let mut database = self.connect(command).await?;
        let state = self.state(&mut database).await?;
        let ahead = self.ahead(&mut database, &state, revisions).await?;
        database.close().await;
        for unknown in ahead.iter().flat_map(|ahead| &ahead.unknown) {
            self.ui.status(format!("Not in this checkout: {}", unknown.describe()));
        }
        let graph = ahead.as_ref().map_or(&revisions.graph, |ahead| &ahead.graph);
        let needed = graph.needed_by(&state.rows)?;
        let all: HashSet<String> = needed
            .iter()
            .map(|vertex| vertex.id())
            .filter(|id| revisions.get(id).is_some())
            .map(str::to_owned)
            .collect();
        let rows = match &ahead {
            None => state.rows,
            // Below what the checkout lacks, the newest that it has stand for where the database is.
            Some(ahead) => ahead.known_rows(&state.rows, revisions)?,
        };
        Ok(Applied { asked: true, rows, all })
    }

    async fn at_current(&self, revisions: &Revisions, command: &str) -> Result<Named> {
        let mut database = self.connect(command).await?;
        let state = self.state(&mut database).await?;
        let ahead = self.ahead(&mut database, &state, revisions).await?;
        database.close().await;
        let graph = ahead.as_ref().map_or(&revisions.graph, |ahead| &ahead.graph);
        let current = graph.current(&state.rows)?;
        let (known, unknown): (Vec<&str>, Vec<&str>) =
            current.into_iter().map(|vertex| vertex.id()).partition(|id| revisions.get(id).is_some());
        let all = ahead.as_ref().map(|ahead| ahead.unknown.as_slice()).unwrap_or_default();
        let unknown = all.iter().filter(|it| unknown.contains(&it.id.as_str())).cloned().collect();
        Ok(Named { ids: owned(known.into_iter()), unknown })
    }
}

/// The two ends of `FROM:TO`; either may be left out.
///
/// # Errors
/// There is no colon, or more than one.
pub(crate) fn range(text: &str) -> Result<(&str, &str)> {
    text.split_once(':').filter(|(_, end)| !end.contains(':')).ok_or_else(|| bad_range(text))
}

fn owned<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<String> {
    ids.map(str::to_owned).collect()
}

fn no_revisions(context: &Context) -> Report {
    Diagnostic::error(NONE, Exit::Failed, "there are no revisions yet")
        .because(format!("{} holds no file that ends with .up.sql", context.config.migrations.dir))
        .try_command("Write the first", "cargo xtask revision -m \"…\"")
        .into()
}

fn bad_range(range: &str) -> Report {
    let found = Diagnostic::error(RANGE, Exit::Usage, format!("`{range}` is no range of revisions"))
        .because("a range has one colon: FROM:TO, FROM: or :TO");
    if range.contains(':') {
        return found.try_command("Show everything", "cargo xtask history").into();
    }
    found
        .try_command("Show one revision", format!("cargo xtask show {range}"))
        .try_command("Show everything from there on", format!("cargo xtask history -r {range}:"))
        .into()
}
