//! Names as the disk has them. Where `Site.py` is found though the file is called `site.py`, as on macOS and Windows, Python looks
//! into the folder for the very name; whoever reads modules must do the same.

use std::collections::{BTreeSet, HashMap};
use std::sync::Mutex;

use camino::{Utf8Path, Utf8PathBuf};

use super::Project;

/// What folders hold, each looked into once.
#[derive(Debug, Default)]
pub struct Spelling {
    folders: Mutex<HashMap<Utf8PathBuf, BTreeSet<String>>>,
}

impl Project {
    /// Whether a relative path that is there is written as the disk has it, capital letters included.
    pub fn is_spelled(&self, relative: &Utf8Path, known: &Spelling) -> bool {
        let mut folders = known.folders.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        relative.ancestors().all(|path| {
            let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return true };
            let names = folders.entry(folder.to_owned()).or_insert_with(|| self.all_names_in(folder));
            // A folder that may not be looked into says nothing of its names.
            names.is_empty() || names.contains(name)
        })
    }

    fn all_names_in(&self, folder: &Utf8Path) -> BTreeSet<String> {
        let entries = self.path(folder).read_dir_utf8().into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capital_letters_count() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("models/places")).unwrap();
        std::fs::write(folder.path().join("models/places/site.py"), "").unwrap();
        let project = Project::at(Utf8Path::from_path(folder.path()).unwrap());
        let known = Spelling::default();
        let is_spelled = |path: &str| project.is_spelled(Utf8Path::new(path), &known);
        assert!(is_spelled("models/places/site.py") && is_spelled("models/places") && is_spelled(""));
        assert!(!is_spelled("models/places/Site.py") && !is_spelled("Models/places/site.py"));
        assert!(!is_spelled("nowhere/site.py"), "there is no such folder");
    }
}
