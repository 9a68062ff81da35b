//! The scripts of an adoption: read, converted, and written as revisions.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::Context;
use super::adopting::{Adoption, Surroundings, no_scripts};
use super::models::OnDisk;
use crate::adoption::{AdoptionError, Origin, Settings, Taken, Versions, draft_of, files_of, is_as_written, is_open};
use crate::alembic::{Environment, History, KnownSql, Outcome, convert_beside};
use crate::config::Models;
use crate::diagnostic::{Diagnose as _, Diagnostic, Place, Report, Result};
use crate::revision::{Direction, Revision, RevisionScript, RevisionSet};
use crate::sql::Script;
use crate::sqlmodel::{self, Reading};

const BOTH: [Direction; 2] = [Direction::Up, Direction::Down];

impl Context {
    pub(super) fn alembic_scripts(&self, settings: &Settings) -> Result<Vec<(Utf8PathBuf, String)>> {
        let mut scripts = Vec::new();
        for folder in &settings.version_locations {
            for path in self.project.files_below(folder, ".py")? {
                let is_here = path.parent().is_some_and(|it| it == folder);
                if (is_here || settings.recursive) && path.file_name() != Some("__init__.py") {
                    let text = self.project.read(&path)?;
                    scripts.push((path, text));
                }
            }
        }
        match scripts.is_empty() {
            true => Err(no_scripts(settings).into()),
            false => Ok(scripts),
        }
    }

    pub(super) fn convert_scripts(
        &self,
        history: &History,
        settings: &Settings,
        models: &Models,
        reading: &Reading,
        said: &BTreeMap<String, String>,
        known: &KnownSql,
    ) -> (Vec<Taken>, Surroundings) {
        // What `env.py` says of its metadata comes after what the models say.
        let naming_convention = if said.is_empty() { &reading.metadata.naming_convention } else { said };
        let disk = OnDisk::new(&self.project);
        let mut roots = models.roots.clone();
        roots.extend(settings.import_roots.iter().cloned());
        // The project itself comes at last; paths below it begin with no dot.
        roots.retain(|root| root != "." && !root.as_str().is_empty());
        roots.push(Utf8PathBuf::new());
        let settings = sqlmodel::Settings { types: models.types.clone(), versions: self.versions(models) };
        let environment = Environment { files: &disk, roots: roots.clone(), naming_convention, models: &settings };
        let taken = convert_beside(history, &environment, known).into_iter().map(Taken::read).collect();
        let naming_convention = environment.naming_convention.clone();
        let tables = reading.metadata.tables.iter().map(|table| table.name.clone()).collect();
        (taken, Surroundings { roots, naming_convention, tables })
    }

    /// The SQL of `upgrade()` where a file has it that needs nobody any more, though the script cannot be read.
    pub(super) fn sql_of_files(&self, taken: &[Taken], set: &RevisionSet) -> KnownSql {
        let unread = taken.iter().filter(|it| matches!(it.outcome(Direction::Up), Outcome::Unknown { .. }));
        let of = |one: &Taken| {
            let known = set.get(&one.converted.script.revision)?;
            let text = self.project.read_optional(&known.up_file).ok().flatten().filter(|it| !is_open(it))?;
            let script = Script::split(&text);
            let statements = script.statements.iter().map(|it| it.text(&text).to_owned());
            script.faults.is_empty().then(|| (known.id.clone(), statements.collect()))
        };
        unread.filter_map(of).collect()
    }

    /// The text of a revision's file that waits for a person and is as it was written.
    pub(super) fn waiting(&self, known: &Revision, direction: Direction) -> Option<String> {
        self.project.read_optional(file_of(known, direction)).ok().flatten().filter(|text| is_as_written(text))
    }

    /// Revisions for the scripts that have none yet, and SQL for those that waited for a person and need none any more.
    pub(super) fn write_revisions(&self, found: &mut Adoption, taken: Vec<Taken>, set: &RevisionSet) -> Result<()> {
        let folder = found.choices.migrations.clone();
        let mut versions = Versions::after(set.last_version());
        let mut wrong = Vec::new();
        for mut one in taken {
            let script = one.converted.script.clone();
            if let Some(known) = set.get(&script.revision) {
                let before = Origin::read(&self.project.read(&known.up_file)?);
                if before.is_some_and(|it| it.digest != Origin::of(&script).digest) {
                    let (script, up_file) = (script.path.clone(), known.up_file.clone());
                    found.warnings.push(AdoptionError::Changed { script, up_file }.diagnose());
                    found.kept += 1;
                    continue;
                }
                let new = self.completed(&mut one, known, &mut wrong)?;
                match new.is_empty() {
                    true => found.kept += 1,
                    false => {
                        found.replaced += 1;
                        found.files.extend(new);
                        found.taken.push(one);
                    }
                }
                continue;
            }
            let draft = draft_of(&one, versions.next(script.created.as_deref()));
            let (up, down) = match files_of(&draft, set) {
                Ok(both) => both,
                Err(error) => {
                    wrong.push(error.diagnose().at(Place::file(&script.path)));
                    continue;
                }
            };
            let (up_path, down_path) = draft.paths(&folder);
            check(&up_path, &up, &script.path, &mut wrong);
            check(&down_path, &down, &script.path, &mut wrong);
            found.files.push((down_path, down));
            found.files.push((up_path.clone(), up));
            one.up_file = up_path.into_string();
            found.taken.push(one);
        }
        Report::from_all(wrong).map_or(Ok(()), Err)
    }

    /// The files of a revision that waited for a person and that nobody has begun to complete, where its SQL is known now.
    fn completed(
        &self,
        one: &mut Taken,
        known: &Revision,
        wrong: &mut Vec<Diagnostic>,
    ) -> Result<Vec<(Utf8PathBuf, String)>> {
        let script = one.converted.script.path.clone();
        let (up, down) = files_of(&draft_of(one, known.version.clone()), &RevisionSet::default())?;
        let mut files = Vec::new();
        for (direction, text) in [(Direction::Up, up), (Direction::Down, down)] {
            let is_known = matches!(one.outcome(direction), Outcome::Sql(_));
            if is_known && self.waiting(known, direction).is_some() {
                let path = file_of(known, direction).to_owned();
                check(&path, &text, &script, wrong);
                files.push((path, text));
            }
        }
        // What a person has completed needs nobody any more.
        BOTH.into_iter().filter(|it| self.waiting(known, *it).is_none()).for_each(|it| one.settle(it));
        one.up_file = known.up_file.to_string();
        Ok(files)
    }
}

fn file_of(revision: &Revision, direction: Direction) -> &Utf8Path {
    match direction {
        Direction::Up => &revision.up_file,
        Direction::Down => &revision.down_file,
    }
}

/// Whether a file can be run, as far as that is seen without a server.
fn check(path: &Utf8Path, text: &str, script: &Utf8Path, wrong: &mut Vec<Diagnostic>) {
    if let Err(errors) = RevisionScript::parse(path, text.as_bytes()) {
        wrong.extend(errors.iter().map(|error| error.diagnose().because(format!("made from {script}"))));
    }
}
