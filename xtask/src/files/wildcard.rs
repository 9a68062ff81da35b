//! Paths with `*` in their last part, as `[seed] files` has them.

use camino::{Utf8Path, Utf8PathBuf};

use super::{FilesError, Project};

impl Project {
    /// The files that a pattern names, sorted. `*` stands for any characters of a file's name; without one, the pattern
    /// is the file itself.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn matching(&self, pattern: &str) -> Result<Vec<Utf8PathBuf>, FilesError> {
        let path = Utf8Path::new(pattern);
        let (folder, name) = (path.parent().unwrap_or(Utf8Path::new("")), path.file_name().unwrap_or_default());
        if !name.contains('*') {
            return Ok(if self.exists(path) { vec![path.to_owned()] } else { Vec::new() });
        }
        let files = self.files_below(folder, "")?;
        let is_meant =
            |file: &Utf8PathBuf| file.parent() == Some(folder) && fits(name, file.file_name().unwrap_or_default());
        Ok(files.into_iter().filter(is_meant).collect())
    }
}

fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, name, expected) in [
            ("*.sql", "a.sql", true),
            ("*.sql", ".sql", true),
            ("*.sql", "a.sql.bak", false),
            ("0*_*.sql", "01_a.sql", true),
            ("a*a", "a", false),
            ("a", "a", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
