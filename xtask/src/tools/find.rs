//! Finding a program.

use camino::Utf8PathBuf;

/// The full path of a program on `PATH`. A path that is not UTF-8 counts as not found.
pub fn find(name: &str) -> Option<Utf8PathBuf> {
    Utf8PathBuf::from_path_buf(which::which(name).ok()?).ok()
}

/// The first of several programs that is on `PATH`.
pub fn find_any(names: &[&str]) -> Option<Utf8PathBuf> {
    names.iter().find_map(|name| find(name))
}
