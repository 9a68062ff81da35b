//! Adopting a project of Alembic: what is there, and the files that it becomes.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::Context;
use super::adopting_database::{database, several_databases};
use super::adopting_models::FoundModels;
use super::adopting_views::excluded;
use super::rendering::Wish;
use crate::adoption::{
    ANYWHERE, Adopted, AdoptionError, Around, Choices, Counterpart, EnvScript, Settings, Taken, Task, Top, ViewFile,
    alias_text, config_text, counterpart, read_tasks, rendered_sql, report, view_files,
};
use crate::alembic::{History, KnownSql, read};
use crate::config::{COMPOSE_FILES, FILE_NAME};
use crate::diagnostic::{Diagnose as _, Diagnostic, Report, Result};
use crate::revision::RevisionSet;

/// Where the report is written.
pub(crate) const REPORT: &str = "docs/adoption-report.md";

/// What a person says beforehand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    pub(crate) ini: Option<Utf8PathBuf>,
    pub(crate) compose: Option<Utf8PathBuf>,
    pub(crate) models: Option<Utf8PathBuf>,
    pub(crate) migrations: Option<Utf8PathBuf>,
    /// Whether scripts that cannot be read are run.
    pub(crate) render: Wish,
    /// The interpreter for that.
    pub(crate) python: Option<String>,
    /// SQL that both databases of a proof begin with.
    pub(crate) prove_on: Option<Utf8PathBuf>,
    /// Whether views are taken from the database, not from the scripts.
    pub(crate) views_from_database: bool,
}

/// What an adoption finds, and what it would write.
pub(crate) struct Adoption {
    pub(crate) settings: Settings,
    pub(crate) history: History,
    /// What its scripts are run in.
    pub(crate) surroundings: Surroundings,
    /// The scripts that become revisions now.
    pub(crate) taken: Vec<Taken>,
    /// How many of these had files that waited for a person.
    pub(crate) replaced: usize,
    /// Scripts that were converted before.
    pub(crate) kept: usize,
    pub(crate) views: Vec<ViewFile>,
    /// The views as the scripts stated them that were converted before.
    pub(crate) views_before: Vec<ViewFile>,
    pub(crate) tasks: Vec<(Task, Counterpart)>,
    pub(crate) choices: Choices,
    pub(crate) notes: Vec<String>,
    pub(crate) warnings: Vec<Diagnostic>,
    /// Files that are written: their paths and their texts.
    pub(crate) files: Vec<(Utf8PathBuf, String)>,
    /// Files that are there and differ; they stay as they are.
    pub(crate) differing: Vec<Utf8PathBuf>,
}

/// What scripts are read or run in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    /// Folders that imports start from.
    pub(crate) roots: Vec<Utf8PathBuf>,
    /// The templates for names of the target metadata.
    pub(crate) naming_convention: BTreeMap<String, String>,
    /// The tables that models state, without their schemas.
    pub(crate) tables: BTreeSet<String>,
}

/// What the env file is made of.
const EXAMPLE: &str = ".env.example";

/// Folders in which nothing of the project itself is.
const SKIPPED: [&str; 9] =
    ["node_modules", "site-packages", "__pycache__", "target", "venv", "env", "build", "dist", "tests"];

impl Context {
    /// Looks at the project and decides what it becomes; nothing is written.
    pub(crate) async fn adoption(&self, answers: &Answers) -> Result<Adoption> {
        self.told_is_there(answers)?;
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
        let FoundModels { place, models, reading, notes: of_models } =
            self.models_to_adopt(&files, &settings, &env, answers);
        let compose = self.compose_to_adopt(&files, &tasks, answers)?;
        let tasks = self.counterparts(tasks, &files, compose.as_deref());
        let has_compose = files.iter().any(|path| is_compose(path));
        let is_named = has_compose || answers.compose.is_some() || self.config.database.url.is_some();
        let (url, of_database) = database(&settings, is_named);
        let migrations = self.migrations_folder(&settings, answers);
        let (set, errors) = RevisionSet::read(&migrations, self.project.revision_heads(&migrations)?);
        if let Some(report) = Report::from_all(errors.iter().map(|error| error.diagnose()).collect()) {
            return Err(report);
        }
        let convert = |known: &KnownSql| {
            self.convert_scripts(&history, &settings, &models, &reading, &env.naming_convention, known)
        };
        let (mut taken, surroundings) = convert(&KnownSql::new());
        let mut known = self.sql_of_files(&taken, &set);
        if !known.is_empty() {
            taken = convert(&known).0;
        }
        let unasked = self.render_scripts(&mut taken, &settings, &surroundings, &set, answers).await?;
        let rendered = rendered_sql(&taken);
        if !rendered.is_empty() {
            known.extend(rendered);
            let again = convert(&known).0;
            taken.iter_mut().zip(again).for_each(|(one, again)| one.read_again(again));
        }
        let (views, mut notes) = self.views_to_adopt(&taken, answers).await?;
        let (exclude, more) = excluded(&env, &views, &surroundings.tables);
        notes.splice(0..0, notes_of(&env, &settings).into_iter().chain(of_database).chain(of_models));
        notes.extend(more);
        let mut found = Adoption {
            choices: Choices {
                env_example: env_example(&files, compose.as_deref()),
                compose,
                url,
                version_table_schema: env.version_table_schema.clone(),
                migrations,
                views: self.config.views.dir.clone(),
                models: place,
                exclude,
            },
            notes,
            tasks,
            settings,
            history,
            surroundings,
            taken: Vec::new(),
            kept: 0,
            replaced: 0,
            views_before: view_files(taken.iter().filter(|it| self.was_converted(it, &set))),
            views,
            warnings: Vec::new(),
            files: Vec::new(),
            differing: Vec::new(),
        };
        if unasked > 0 {
            found.notes.push(format!(
                "scripts that cannot be read ({unasked}) could be rendered by Alembic, which runs them: `cargo xtask adopt --render`"
            ));
        }
        self.write_revisions(&mut found, taken, &set)?;
        self.write_the_rest(&mut found)?;
        Ok(found)
    }

    /// What a person has named must be there.
    fn told_is_there(&self, answers: &Answers) -> Result<()> {
        for path in [&answers.compose, &answers.models].into_iter().flatten() {
            if !self.project.exists(path) {
                self.project.read(path)?;
            }
        }
        Ok(())
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
        let at = self.ui.select(&format!("It is not clear {what}"), &choices)?;
        choices.get(at).cloned().ok_or_else(|| AdoptionError::Unsure { what, choices, option }.into())
    }

    fn pixi_tasks(&self) -> Result<Vec<Task>> {
        let mut tasks = Vec::new();
        for file in ["pixi.toml", "pyproject.toml"] {
            let text = self.project.read_optional(file)?.unwrap_or_default();
            tasks.extend(read_tasks(Utf8Path::new(file), &text)?);
        }
        Ok(tasks)
    }

    fn counterparts(
        &self,
        tasks: Vec<Task>,
        files: &[Utf8PathBuf],
        compose: Option<&Utf8Path>,
    ) -> Vec<(Task, Counterpart)> {
        let whole = |path: &Utf8Path| self.project.read_optional(path).ok().flatten();
        let read = |path: &str| {
            let Some(end) = path.strip_prefix(ANYWHERE) else { return whole(Utf8Path::new(path)) };
            let texts: Vec<String> = files.iter().filter(|it| it.ends_with(end)).filter_map(|it| whole(it)).collect();
            (!texts.is_empty()).then(|| texts.join("\n"))
        };
        let around = Around { tasks: &tasks, compose, read: &read };
        let found: Vec<Counterpart> = tasks.iter().map(|task| counterpart(task, &around)).collect();
        tasks.into_iter().zip(found).collect()
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
        let mut there: Vec<&Utf8PathBuf> = files.iter().filter(|path| is_compose(path)).collect();
        let told = there.iter().find(|path| tasks.iter().any(|task| task.command.contains(path.as_str())));
        if let Some(told) = told {
            return Ok(Some((*told).clone()));
        }
        if there.iter().any(|path| COMPOSE_FILES.contains(&path.as_str())) {
            return Ok(None);
        }
        // Of several, those with a PostgreSQL come into question.
        if there.iter().any(|path| self.has_postgres(path)) {
            there.retain(|path| self.has_postgres(path));
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

    fn has_postgres(&self, compose: &Utf8Path) -> bool {
        let text = self.project.read_optional(compose).ok().flatten().unwrap_or_default();
        let images = text.lines().filter_map(|line| line.trim().strip_prefix("image:"));
        let names = ["postg", "pgvector", "timescaledb"];
        images.into_iter().any(|image| names.iter().any(|name| image.contains(name)))
    }

    /// The folder for the revisions: not the one that Alembic has.
    fn migrations_folder(&self, settings: &Settings, answers: &Answers) -> Utf8PathBuf {
        let usual = self.config.migrations.dir.clone();
        let is_taken = settings.script_location == usual && !self.project.exists(FILE_NAME);
        answers.migrations.clone().unwrap_or_else(|| if is_taken { Utf8PathBuf::from("migrations-sql") } else { usual })
    }

    /// Configuration, views, alias and report.
    fn write_the_rest(&self, found: &mut Adoption) -> Result<()> {
        let mut new: BTreeMap<Utf8PathBuf, String> = BTreeMap::new();
        new.insert(FILE_NAME.into(), config_text(&found.choices));
        let is_first = found.kept == 0;
        for view in found.views.iter().filter(|it| is_first || it.revision.is_none()) {
            new.insert(found.choices.views.join(view.file_name()), view.text());
        }
        if !is_first {
            self.write_changed_views(found)?;
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
        if found.taken.is_empty() && self.project.exists(REPORT) {
            return Ok(());
        }
        let views =
            found.views.iter().map(|it| (found.choices.views.join(it.file_name()).into_string(), it.revision.clone()));
        let text = report(&Adopted {
            taken: &found.taken,
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

fn is_compose(path: &Utf8Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    COMPOSE_FILES.iter().any(|it| it.ends_with(&format!("/{name}")))
}

/// The example of the env file that is nearest to the top, where none is beside the Compose file.
fn env_example(files: &[Utf8PathBuf], compose: Option<&Utf8Path>) -> Option<Utf8PathBuf> {
    let usual = || files.iter().map(|it| it.as_path()).find(|it| COMPOSE_FILES.contains(&it.as_str()));
    let folder = compose.or_else(usual)?.parent().unwrap_or(Utf8Path::new(""));
    let beside = folder.join(EXAMPLE);
    let nearest = files.iter().find(|it| it.file_name() == Some(EXAMPLE));
    nearest.filter(|_| !files.contains(&beside)).cloned()
}

fn notes_of(env: &EnvScript, settings: &Settings) -> Vec<String> {
    let mut notes: Vec<String> = env.notes.iter().map(|note| format!("`env.py`: {note}")).collect();
    let table = env.version_table.iter();
    notes.extend(
        table.map(|it| format!("`env.py` keeps its state in the table `{it}`; this tool reads `alembic_version`")),
    );
    notes.extend(several_databases(settings));
    notes
}

pub(super) fn no_scripts(settings: &Settings) -> AdoptionError {
    let folders = settings.version_locations.iter().map(ToString::to_string).collect();
    AdoptionError::NoScripts { file: settings.file.clone(), folders }
}
