//! Adopting a project of Alembic: what is there, and the files that it becomes.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::Context;
use super::models::OnDisk;
use crate::adoption::{
    Adopted, AdoptionError, Choices, Counterpart, EnvScript, ModelPlace, Origin, Settings, Task, Top, Versions,
    ViewFile, alias_text, config_text, counterpart, draft_of, read_tasks, report, states_tables, view_files,
};
use crate::alembic::{Converted, Environment, History, convert, read};
use crate::config::{COMPOSE_FILES, FILE_NAME, Models};
use crate::diagnostic::{Diagnose as _, Diagnostic, Report, Result};
use crate::revision::{RevisionScript, RevisionSet};
use crate::sqlmodel;

/// Where the report is written.
pub(crate) const REPORT: &str = "docs/adoption-report.md";

/// What a person says beforehand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    pub(crate) ini: Option<Utf8PathBuf>,
    pub(crate) compose: Option<Utf8PathBuf>,
    pub(crate) models: Option<Utf8PathBuf>,
    pub(crate) migrations: Option<Utf8PathBuf>,
}

/// What an adoption finds, and what it would write.
pub(crate) struct Adoption {
    pub(crate) settings: Settings,
    pub(crate) history: History,
    /// The scripts that are converted now, with the up file of each.
    pub(crate) converted: Vec<(Converted, String)>,
    /// Scripts that were converted before.
    pub(crate) kept: usize,
    pub(crate) views: Vec<ViewFile>,
    pub(crate) tasks: Vec<(Task, Counterpart)>,
    pub(crate) choices: Choices,
    pub(crate) notes: Vec<String>,
    pub(crate) warnings: Vec<Diagnostic>,
    /// Files that are written: their paths and their texts.
    pub(crate) files: Vec<(Utf8PathBuf, String)>,
    /// Files that are there and differ; they stay as they are.
    pub(crate) differing: Vec<Utf8PathBuf>,
}

/// What the env file is made of.
const EXAMPLE: &str = ".env.example";

/// Folders in which nothing of the project itself is.
const SKIPPED: [&str; 9] =
    ["node_modules", "site-packages", "__pycache__", "target", "venv", "env", "build", "dist", "tests"];

impl Context {
    /// Looks at the project and decides what it becomes; nothing is written.
    pub(crate) fn adoption(&self, answers: &Answers) -> Result<Adoption> {
        let files = self.files_of_project();
        let settings = self.alembic_settings(&files, answers)?;
        let scripts = self.alembic_scripts(&settings)?;
        let (history, errors) = read(&scripts);
        if let Some(report) = Report::from_all(errors.iter().map(|error| error.diagnose()).collect()) {
            return Err(report);
        }
        if history.scripts.is_empty() {
            return Err(no_scripts(&settings).into());
        }
        let env = self.project.read_optional(settings.script_location.join("env.py"))?.unwrap_or_default();
        let env = EnvScript::read(&env);
        let tasks = self.pixi_tasks()?;
        let place = self.model_place(&files, &env, answers)?;
        let mut models = self.config.models.clone();
        models.dir = place.dir.clone().unwrap_or_else(|| models.dir.clone());
        (models.roots, models.modules) = (place.roots.clone(), place.modules.clone());
        let converted = self.convert_scripts(&history, &settings, &models);
        let compose = self.compose_to_adopt(&files, &tasks, answers)?;
        let views = view_files(&converted);
        let mut found = Adoption {
            choices: Choices {
                env_example: env_example(&files, compose.as_deref()),
                compose,
                version_table_schema: env.version_table_schema.clone(),
                migrations: self.migrations_folder(&settings, answers),
                views: self.config.views.dir.clone(),
                models: place,
                exclude: excluded(&env, &views),
            },
            notes: notes_of(&env),
            tasks: self.counterparts(tasks),
            settings,
            history,
            converted: Vec::new(),
            kept: 0,
            views,
            warnings: Vec::new(),
            files: Vec::new(),
            differing: Vec::new(),
        };
        self.write_revisions(&mut found, converted)?;
        self.write_the_rest(&mut found)?;
        Ok(found)
    }

    /// Every file that may matter, relative to the project.
    fn files_of_project(&self) -> Vec<Utf8PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![Utf8PathBuf::new()];
        while let Some(folder) = folders.pop() {
            let Ok(entries) = self.project.path(&folder).read_dir_utf8() else { continue };
            for entry in entries.flatten() {
                let (name, path) = (entry.file_name(), folder.join(entry.file_name()));
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() && !name.starts_with('.') && !SKIPPED.contains(&name) => {
                        folders.push(path)
                    }
                    Ok(kind) if kind.is_file() => found.push(path),
                    _ => {}
                }
            }
        }
        found.sort_by_key(|path| (path.components().count(), path.clone()));
        found
    }

    fn alembic_settings(&self, files: &[Utf8PathBuf], answers: &Answers) -> Result<Settings> {
        let root = self.project.root();
        let is_there = |path: &Utf8Path| self.project.exists(path);
        let top = Top { root, is_there: &is_there };
        let of = |path: &Utf8Path| -> Result<Option<Settings>> {
            let text = self.project.read(path)?;
            if path.extension() == Some("toml") {
                return Ok(Settings::of_pyproject(path, &text, &top).transpose()?);
            }
            Ok(Some(Settings::of_ini(path, &text, &top)?))
        };
        let nothing = || Report::from(AdoptionError::Nothing { root: root.to_owned() });
        if let Some(ini) = &answers.ini {
            return of(ini)?.ok_or_else(nothing);
        }
        let mut found = Vec::new();
        for path in files.iter().filter(|it| it.file_name() == Some("alembic.ini")) {
            found.extend(of(path)?);
        }
        for path in files.iter().filter(|it| it.file_name() == Some("pyproject.toml")) {
            let there = of(path)?.filter(|it| !found.iter().any(|known| known.script_location == it.script_location));
            found.extend(there);
        }
        // The one at the top is the project's own.
        let at_top = found.iter().position(|it| it.file.components().count() == 1);
        match (found.len(), at_top) {
            (0, _) => Err(nothing()),
            (1, _) => Ok(found.remove(0)),
            (_, Some(at)) => Ok(found.remove(at)),
            _ => {
                let choices: Vec<String> = found.iter().map(|it| it.file.to_string()).collect();
                let chosen = self.choose("which settings of Alembic are meant", choices, "--ini")?;
                found.into_iter().find(|it| it.file == chosen).ok_or_else(nothing)
            }
        }
    }

    /// Asks which of several is meant; without a terminal the option is named.
    fn choose(&self, what: &'static str, choices: Vec<String>, option: &'static str) -> Result<String> {
        if !self.ui.can_ask() {
            return Err(AdoptionError::Unsure { what, choices, option }.into());
        }
        let about = choices.clone();
        let default = choices.first().map(String::as_str);
        let prompt = crate::ui::Prompt { name: what, about: &about, default, is_secret: false, refuse: |_| None };
        let answer = self.ui.prompt(&prompt)?;
        match choices.contains(&answer) {
            true => Ok(answer),
            false => Err(AdoptionError::Unsure { what, choices, option }.into()),
        }
    }

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

    fn convert_scripts(&self, history: &History, settings: &Settings, models: &Models) -> Vec<Converted> {
        let reading = self.read_models_at(models);
        let disk = OnDisk(&self.project);
        let mut roots = models.roots.clone();
        roots.extend(settings.import_roots.iter().cloned());
        roots.push(Utf8PathBuf::new());
        let settings = sqlmodel::Settings { types: models.types.clone(), versions: self.versions(models) };
        let environment = Environment {
            files: &disk,
            roots,
            naming_convention: &reading.metadata.naming_convention,
            models: &settings,
        };
        convert(history, &environment)
    }

    fn pixi_tasks(&self) -> Result<Vec<Task>> {
        let mut tasks = Vec::new();
        for file in ["pixi.toml", "pyproject.toml"] {
            let text = self.project.read_optional(file)?.unwrap_or_default();
            tasks.extend(read_tasks(&text));
        }
        Ok(tasks)
    }

    fn counterparts(&self, tasks: Vec<Task>) -> Vec<(Task, Counterpart)> {
        let read = |path: &str| self.project.read_optional(path).ok().flatten();
        let found: Vec<Counterpart> = tasks.iter().map(|task| counterpart(task, &tasks, &read)).collect();
        tasks.into_iter().zip(found).collect()
    }

    fn model_place(&self, files: &[Utf8PathBuf], env: &EnvScript, answers: &Answers) -> Result<ModelPlace> {
        if let Some(dir) = &answers.models {
            return Ok(ModelPlace { dir: Some(dir.clone()), ..ModelPlace::default() });
        }
        let python: Vec<Utf8PathBuf> = files.iter().filter(|it| it.extension() == Some("py")).cloned().collect();
        let text = |path: &Utf8Path| std::fs::read_to_string(self.project.path(path)).unwrap_or_default();
        let tables: Vec<Utf8PathBuf> = python.iter().filter(|it| states_tables(&text(it))).cloned().collect();
        Ok(ModelPlace::find(&env.imports, &python, &tables))
    }

    /// The Compose file, where it is not one that is found by itself.
    fn compose_to_adopt(
        &self,
        files: &[Utf8PathBuf],
        tasks: &[Task],
        answers: &Answers,
    ) -> Result<Option<Utf8PathBuf>> {
        if answers.compose.is_some() {
            return Ok(answers.compose.clone());
        }
        let is_compose = |path: &&Utf8PathBuf| {
            let name = path.file_name().unwrap_or_default();
            COMPOSE_FILES.iter().any(|it| it.ends_with(&format!("/{name}")))
        };
        let there: Vec<&Utf8PathBuf> = files.iter().filter(is_compose).collect();
        let told = there.iter().find(|path| tasks.iter().any(|task| task.command.contains(path.as_str())));
        if let Some(told) = told {
            return Ok(Some((*told).clone()));
        }
        if there.iter().any(|path| COMPOSE_FILES.contains(&path.as_str())) {
            return Ok(None);
        }
        match there[..] {
            [] => Ok(None),
            [one] => Ok(Some(one.clone())),
            _ => {
                let choices = there.iter().map(ToString::to_string).collect();
                self.choose("which Compose file has the database", choices, "--compose").map(|it| Some(it.into()))
            }
        }
    }

    /// The folder for the revisions: not the one that Alembic has.
    fn migrations_folder(&self, settings: &Settings, answers: &Answers) -> Utf8PathBuf {
        let usual = self.config.migrations.dir.clone();
        let is_taken = settings.script_location == usual && !self.project.exists(FILE_NAME);
        answers.migrations.clone().unwrap_or_else(|| if is_taken { Utf8PathBuf::from("migrations-sql") } else { usual })
    }

    /// Revisions for the scripts that have none yet.
    fn write_revisions(&self, found: &mut Adoption, converted: Vec<Converted>) -> Result<()> {
        let folder = found.choices.migrations.clone();
        let (set, errors) = RevisionSet::read(&folder, self.project.revision_heads(&folder)?);
        if let Some(report) = Report::from_all(errors.iter().map(|error| error.diagnose()).collect()) {
            return Err(report);
        }
        let mut versions = Versions::after(set.last_version());
        let mut wrong = Vec::new();
        for one in converted {
            if let Some(known) = set.get(&one.script.revision) {
                found.kept += 1;
                let before = Origin::read(&self.project.read(&known.up_file)?);
                if before.is_some_and(|it| it.digest != Origin::of(&one.script).digest) {
                    let (script, up_file) = (one.script.path.clone(), known.up_file.clone());
                    found.warnings.push(AdoptionError::Changed { script, up_file }.diagnose());
                }
                continue;
            }
            let draft = draft_of(&one, versions.next(one.script.created.as_deref()));
            let (up, down) = draft.render(&set)?;
            let (up_path, down_path) = draft.paths(&folder);
            for (path, text) in [(&up_path, &up), (&down_path, &down)] {
                if let Err(errors) = RevisionScript::parse(path, text.as_bytes()) {
                    wrong.extend(
                        errors.iter().map(|error| error.diagnose().because(format!("made from {}", one.script.path))),
                    );
                }
            }
            found.files.push((down_path, down));
            found.files.push((up_path.clone(), up));
            found.converted.push((one, up_path.into_string()));
        }
        Report::from_all(wrong).map_or(Ok(()), Err)
    }

    /// Configuration, views, alias and report.
    fn write_the_rest(&self, found: &mut Adoption) -> Result<()> {
        let mut new: BTreeMap<Utf8PathBuf, String> = BTreeMap::new();
        new.insert(FILE_NAME.into(), config_text(&found.choices));
        let is_first = found.kept == 0;
        for view in found.views.iter().filter(|_| is_first) {
            new.insert(found.choices.views.join(view.file_name()), view.text());
        }
        for (path, text) in new {
            match self.project.read_optional(&path)? {
                None => found.files.push((path, text)),
                Some(there) if there == text => {}
                Some(_) if path == FILE_NAME && !is_first => {}
                Some(_) => found.differing.push(path),
            }
        }
        if self.project.exists("Cargo.toml") && self.project.exists("xtask/Cargo.toml") {
            let path = Utf8PathBuf::from(".cargo/config.toml");
            let before = self.project.read_optional(&path)?.unwrap_or_default();
            found.files.extend(alias_text(&before).map(|text| (path, text)));
        }
        found.notes.extend(
            found
                .differing
                .iter()
                .map(|path| format!("`{path}` is there and differs from what would be written; it was left as it is")),
        );
        if found.converted.is_empty() && self.project.exists(REPORT) {
            return Ok(());
        }
        let views =
            found.views.iter().map(|it| (found.choices.views.join(it.file_name()).into_string(), it.revision.clone()));
        let text = report(&Adopted {
            converted: found.converted.iter().map(|(it, file)| (it, file.clone())).collect(),
            kept: found.kept,
            views: views.collect(),
            tasks: found.tasks.iter().map(|(task, counterpart)| (task, counterpart.clone())).collect(),
            notes: found.notes.clone(),
        });
        // What a person has written into it stays.
        let before = self.project.read_optional(REPORT)?;
        let text = before.map_or(text.clone(), |before| format!("{}\n\n{text}", before.trim_end()));
        found.files.push((REPORT.into(), text));
        Ok(())
    }
}

/// The example of the env file that is nearest to the top, where none is beside the Compose file.
fn env_example(files: &[Utf8PathBuf], compose: Option<&Utf8Path>) -> Option<Utf8PathBuf> {
    let usual = || files.iter().map(|it| it.as_path()).find(|it| COMPOSE_FILES.contains(&it.as_str()));
    let folder = compose.or_else(usual)?.parent().unwrap_or(Utf8Path::new(""));
    let beside = folder.join(EXAMPLE);
    let nearest = files.iter().find(|it| it.file_name() == Some(EXAMPLE));
    nearest.filter(|_| !files.contains(&beside)).cloned()
}

/// What the filters of `env.py` leave out. Views are ours to manage, so those stay.
fn excluded(env: &EnvScript, views: &[ViewFile]) -> Vec<String> {
    let is_view = |name: &&String| views.iter().any(|view| view.file_name().trim_end_matches(".sql") == name.as_str());
    env.excluded.iter().filter(|name| !is_view(name)).cloned().collect()
}

fn notes_of(env: &EnvScript) -> Vec<String> {
    let mut notes: Vec<String> = env.notes.iter().map(|note| format!("`env.py`: {note}")).collect();
    let table = env.version_table.iter();
    notes.extend(
        table.map(|it| format!("`env.py` keeps its state in the table `{it}`; this tool reads `alembic_version`")),
    );
    notes
}

fn no_scripts(settings: &Settings) -> AdoptionError {
    let folders = settings.version_locations.iter().map(ToString::to_string).collect();
    AdoptionError::NoScripts { file: settings.file.clone(), folders }
}
