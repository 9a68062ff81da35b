//! The project's models: which modules they are, and what reading them gives.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::Context;
use crate::config::Models;
use crate::files::{Project as Disk, Spelling};
use crate::python::Files;
use crate::sqlmodel::{LOCK_FILES, Project, Reading, Settings, Versions, read, version};

/// Folders whose Python is nobody's models.
const SKIPPED: [&str; 4] = ["__pycache__", "node_modules", "site-packages", "versions"];

/// Files of the project for the reader. What cannot be read is not there, nor is what the disk calls otherwise.
pub(super) struct OnDisk<'d> {
    disk: &'d Disk,
    spelling: Spelling,
}

impl<'d> OnDisk<'d> {
    pub(super) fn new(disk: &'d Disk) -> Self {
        Self { disk, spelling: Spelling::default() }
    }
}

impl Files for OnDisk<'_> {
    fn read(&self, path: &Utf8Path) -> Option<String> {
        self.disk.read_optional(path).ok().flatten().filter(|_| self.disk.is_spelled(path, &self.spelling))
    }

    fn is_folder(&self, path: &Utf8Path) -> bool {
        self.disk.is_folder(path) && self.disk.is_spelled(path, &self.spelling)
    }
}

impl Context {
    /// Reads the models as `xtask.toml` describes them.
    pub(crate) fn read_models(&self) -> Reading {
        self.read_models_at(&self.config.models)
    }

    /// Reads the models as these settings describe them.
    pub(super) fn read_models_at(&self, models: &Models) -> Reading {
        let settings = Settings { types: models.types.clone(), versions: self.versions(models) };
        let (roots, modules) = self.modules_of(models);
        let disk = OnDisk::new(&self.project);
        read(&Project { files: &disk, roots, modules, folder: models.dir.clone() }, &settings)
    }

    /// Where imports start from, and the modules of the models with their files.
    pub(super) fn model_modules(&self) -> (Vec<Utf8PathBuf>, Vec<(String, Utf8PathBuf)>) {
        self.modules_of(&self.config.models)
    }

    fn modules_of(&self, models: &Models) -> (Vec<Utf8PathBuf>, Vec<(String, Utf8PathBuf)>) {
        let roots = match models.roots.is_empty() {
            true => vec![self.root_of(&models.dir)],
            // The folder of the project itself; paths below it begin with no dot.
            false => models.roots.iter().map(|it| if it == "." { Utf8PathBuf::new() } else { it.clone() }).collect(),
        };
        let modules = match models.modules.is_empty() {
            true => self.modules_below(&models.dir, &roots),
            false => {
                let place = |name: &String| (name.clone(), Utf8PathBuf::from(crate::config::FILE_NAME));
                models.modules.iter().map(place).collect()
            }
        };
        (roots, modules)
    }

    /// What `xtask.toml` says, else the lock files beside it and above the models.
    pub(super) fn versions(&self, models: &Models) -> Versions {
        let said = |text: &Option<String>| text.as_deref().and_then(version);
        let mut versions = Versions { sqlmodel: said(&models.sqlmodel), sqlalchemy: said(&models.sqlalchemy) };
        for folder in models.dir.ancestors() {
            for file in LOCK_FILES {
                if let Ok(Some(text)) = self.project.read_optional(folder.join(file)) {
                    versions.learn(&text);
                }
            }
        }
        versions
    }

    /// The folder above the top package: the first one upwards that is no package.
    fn root_of(&self, dir: &Utf8Path) -> Utf8PathBuf {
        let is_package = |folder: &Utf8Path| self.project.exists(folder.join("__init__.py"));
        let top = dir.ancestors().take_while(|folder| is_package(folder)).last().unwrap_or(dir);
        top.parent().unwrap_or(Utf8Path::new("")).to_owned()
    }

    /// Every module below a folder, by its absolute name.
    fn modules_below(&self, dir: &Utf8Path, roots: &[Utf8PathBuf]) -> Vec<(String, Utf8PathBuf)> {
        let files = self.project.files_below(dir, ".py").unwrap_or_default();
        let root = roots.iter().filter(|root| dir.starts_with(root)).max_by_key(|root| root.as_str().len());
        let mut seen = BTreeSet::new();
        let mut modules = Vec::new();
        for file in files {
            let relative = root.and_then(|root| file.strip_prefix(root).ok()).unwrap_or(&file);
            let mut parts: Vec<&str> = relative.components().map(|part| part.as_str()).collect();
            let stem = relative.file_stem().unwrap_or_default();
            parts.pop();
            if stem != "__init__" {
                parts.push(stem);
            }
            let is_name = |part: &str| part.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
            let is_skipped = parts.iter().any(|part| SKIPPED.contains(part)) || !parts.iter().all(|part| is_name(part));
            let name = parts.join(".");
            if !is_skipped && !name.is_empty() && seen.insert(name.clone()) {
                modules.push((name, file));
            }
        }
        modules
    }
}
