//! Paths inside a project.

use camino::{Utf8Path, Utf8PathBuf};

/// A file or folder in a folder of the project, with `/` on every system: paths of one project are the same for everybody.
pub fn in_folder(folder: &Utf8Path, name: &str) -> Utf8PathBuf {
    match folder.as_str() {
        "" => name.into(),
        folder => format!("{}/{name}", folder.trim_end_matches('/')).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_the_same_on_every_system() {
        for (folder, path) in [("", "a.sql"), ("x", "x/a.sql"), ("x/", "x/a.sql"), ("/x/y", "/x/y/a.sql")] {
            assert_eq!(in_folder(folder.into(), "a.sql"), path);
        }
    }
}
