//! Scripts of Alembic that cannot be read are run by Alembic's offline mode, where a person asks for that.

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use serde_json::json;

use super::Context;
use super::adopting::{Answers, Surroundings};
use crate::adoption::{Settings, Taken};
use crate::alembic::Statement;
use crate::diagnostic::Result;
use crate::revision::{Direction, RevisionSet};
use crate::tools::{Alembic, Refusal};

/// Whether scripts may be run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Wish {
    /// It was asked for.
    Yes,
    /// A person at a terminal may be asked.
    Ask,
    /// Nothing is run.
    #[default]
    No,
}

#[derive(Deserialize)]
struct Written {
    statements: Vec<Piece>,
}

/// What Alembic sends in one go.
#[derive(Deserialize)]
struct Piece {
    sql: String,
    no_transaction: bool,
    line: usize,
}

impl Context {
    /// Lets Alembic write what could not be read: of new scripts, and of those whose files wait for a person. Gives how many
    /// it was not asked about.
    pub(super) async fn render_scripts(
        &self,
        taken: &mut [Taken],
        settings: &Settings,
        surroundings: &Surroundings,
        set: &RevisionSet,
        answers: &Answers,
    ) -> Result<usize> {
        let is_open = |one: &Taken, direction: Direction| match set.get(&one.converted.script.revision) {
            Some(known) => self.waiting(known, direction).is_some(),
            None => true,
        };
        let open = |one: &Taken| -> Vec<Direction> {
            one.unread().into_iter().filter(|direction| is_open(one, *direction)).collect()
        };
        let wanted: Vec<(usize, Vec<Direction>)> =
            taken.iter().enumerate().map(|(at, one)| (at, open(one))).filter(|(_, it)| !it.is_empty()).collect();
        let count = wanted.len();
        if count == 0 || !self.may_run(count, settings, surroundings, answers).await? {
            return Ok(count);
        }
        let mut alembic = self.alembic(settings, surroundings, answers.python.as_deref()).await?;
        let by = alembic.name();
        self.ui.action("Running", format!("{count} scripts with {by}, offline: no database is asked"));
        for (at, directions) in wanted {
            for direction in directions {
                let one = &mut taken[at];
                let written = self.written(&mut alembic, &one.converted.script.path, direction).await?;
                one.render(direction, &by, written);
            }
        }
        alembic.close().await;
        Ok(0)
    }

    /// Whether scripts of the project may be run: because that was said, or because the person says so now.
    async fn may_run(
        &self,
        count: usize,
        settings: &Settings,
        surroundings: &Surroundings,
        answers: &Answers,
    ) -> Result<bool> {
        match (answers.render, self.interpreter(answers.python.as_deref())) {
            (Wish::Yes, _) => Ok(true),
            (Wish::Ask, Ok(python)) => {
                // Whether it has Alembic is seen without running anything of the project.
                let about = self.about(settings, surroundings);
                let Ok(alembic) = Alembic::start(&python, self.project.root(), &about).await else { return Ok(false) };
                alembic.close().await;
                let question =
                    format!("Run {count} scripts that cannot be read with the Alembic of {python}, offline?");
                self.ui.ask(&question, false)
            }
            _ => Ok(false),
        }
    }

    /// Alembic, with the project's interpreter.
    pub(super) async fn alembic(
        &self,
        settings: &Settings,
        surroundings: &Surroundings,
        python: Option<&str>,
    ) -> Result<Alembic> {
        let python = self.interpreter(python)?;
        Ok(Alembic::start(&python, self.project.root(), &self.about(settings, surroundings)).await?)
    }

    /// What Alembic is told of the project.
    fn about(&self, settings: &Settings, surroundings: &Surroundings) -> serde_json::Value {
        let path = |it: &Utf8PathBuf| self.project.path(it);
        let ini = (settings.file.extension() == Some("ini")).then(|| path(&settings.file));
        json!({
            "roots": surroundings.roots.iter().map(path).collect::<Vec<_>>(),
            "ini": ini,
            "location": path(&settings.script_location),
            "versions": settings.version_locations.iter().map(path).collect::<Vec<_>>(),
            "recursive": settings.recursive,
            "naming_convention": surroundings.naming_convention,
        })
    }

    /// What offline mode writes for a function of a script, or why it does not.
    async fn written(
        &self,
        alembic: &mut Alembic,
        script: &Utf8Path,
        direction: Direction,
    ) -> Result<std::result::Result<Vec<Statement>, String>> {
        let request = json!({
            "do": "render",
            "path": self.project.path(script),
            "function": match direction { Direction::Up => "upgrade", Direction::Down => "downgrade" },
        });
        let written = alembic.ask::<Written>(&request).await?;
        let statement = |it: Piece| Statement { sql: it.sql, no_transaction: it.no_transaction, line: it.line };
        Ok(written
            .map(|written| written.statements.into_iter().map(statement).collect())
            .map_err(|refusal| in_words(&refusal)))
    }
}

/// What Alembic says, with the line of the script.
pub(super) fn in_words(refusal: &Refusal) -> String {
    match refusal.line {
        Some(line) => format!("{} (line {line})", refusal.said),
        None => refusal.said.clone(),
    }
}
