//! Where the models of a project of Alembic are: where `env.py` imports them from, or who builds on the metadata that it names.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::Context;
use super::adopting::Answers;
use crate::adoption::{EnvScript, ModelPlace, PythonFiles, Settings, may_state_tables, states_tables, table_modules};
use crate::config::Models;
use crate::sqlmodel::Reading;

/// How many modules a note names.
const NAMED: usize = 5;

/// The models of a project, as far as they were found.
pub(super) struct FoundModels {
    pub(super) place: ModelPlace,
    /// The place in the words of the configuration, with what that says otherwise.
    pub(super) models: Models,
    pub(super) reading: Reading,
    pub(super) notes: Vec<String>,
}

impl Context {
    pub(super) fn models_to_adopt(
        &self,
        files: &[Utf8PathBuf],
        settings: &Settings,
        env: &EnvScript,
        answers: &Answers,
    ) -> FoundModels {
        if let Some(dir) = &answers.models {
            return self.found_models(ModelPlace { dir: Some(dir.clone()), ..ModelPlace::default() });
        }
        let read = |path: &Utf8Path| std::fs::read_to_string(self.project.path(path)).ok();
        let python: Vec<Utf8PathBuf> = files.iter().filter(|it| it.extension() == Some("py")).cloned().collect();
        let texts: Vec<(Utf8PathBuf, String)> =
            python.iter().filter_map(|path| Some((path.clone(), read(path)?))).collect();
        let having = |is_it: fn(&str) -> bool| -> Vec<Utf8PathBuf> {
            texts
                .iter()
                .filter(|(path, text)| !is_of_alembic(path, settings) && is_it(text))
                .map(|it| it.0.clone())
                .collect()
        };
        let found = self.found_models(ModelPlace::find(&env.imports, &python, &having(states_tables)));
        let names = env.metadata_names();
        if names.is_empty() {
            return found;
        }
        let path = settings.script_location.join("env.py");
        let candidates = having(may_state_tables);
        let stating = table_modules(&path, &names, &candidates, &PythonFiles { paths: &python, read: &read });
        self.with_tables_of(stating, found, &names, &python)
    }

    /// Models that include the tables of this metadata, where none were found before; else a note of those that are not read.
    fn with_tables_of(
        &self,
        stating: Vec<Utf8PathBuf>,
        mut found: FoundModels,
        metadata: &[String],
        python: &[Utf8PathBuf],
    ) -> FoundModels {
        let known = places(&found.reading);
        let missing: Vec<Utf8PathBuf> = stating.into_iter().filter(|path| !known.contains(path)).collect();
        if missing.is_empty() {
            return found;
        }
        let others = ModelPlace::of_modules(&missing, &found.place.roots, python);
        let metadata = metadata.join(", ");
        if !known.is_empty() {
            let shown = shortened(&others.modules);
            found.notes.push(format!(
                "tables of `{metadata}` are also in {shown}, which `env.py` does not import; name them in [models] modules if they belong to the database"
            ));
            return found;
        }
        let mut new = self.found_models(others);
        let shown = shortened(&new.place.modules);
        new.notes.push(format!(
            "`env.py` imports no module that states tables; those of `{metadata}` are in {shown}, so these are the models"
        ));
        new
    }

    fn found_models(&self, place: ModelPlace) -> FoundModels {
        let mut models = self.config.models.clone();
        models.dir = place.dir.clone().unwrap_or_else(|| models.dir.clone());
        (models.roots, models.modules) = (place.roots.clone(), place.modules.clone());
        let reading = self.read_models_at(&models);
        let mut notes = Vec::new();
        let is_found = place.dir.is_some() || !place.modules.is_empty() || self.project.exists(&models.dir);
        if is_found && !reading.errors.is_empty() {
            let tables = reading.metadata.tables.len();
            let places = match reading.errors.len() {
                1 => "1 place".to_owned(),
                errors => format!("{errors} places"),
            };
            notes.push(format!(
                "of the models {tables} tables are read, and {places} cannot be read without Python: `cargo xtask models` names them, and what to write"
            ));
        }
        FoundModels { place, models, reading, notes }
    }
}

/// Whether a file is Alembic's own.
fn is_of_alembic(path: &Utf8Path, settings: &Settings) -> bool {
    let own = std::iter::once(&settings.script_location).chain(&settings.version_locations);
    own.filter(|folder| !folder.as_str().is_empty()).any(|folder| path.starts_with(folder))
}

/// The files that a reading has tables or errors of.
fn places(reading: &Reading) -> BTreeSet<Utf8PathBuf> {
    let tables = reading.metadata.tables.iter().map(|table| Utf8PathBuf::from(&table.declared.path));
    let errors = reading.errors.iter().filter_map(|error| error.place()).map(|place| place.path.clone());
    tables.chain(errors).map(|path| path.strip_prefix(".").map(Utf8Path::to_owned).unwrap_or(path)).collect()
}

fn shortened(modules: &[String]) -> String {
    let shown = modules.iter().take(NAMED).map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    match modules.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
