//! What `from module import *` binds, where the module belongs to a library and is not read.

/// A line `module:`, and the names in the lines below it.
const NAMES: &str = include_str!("star_names.txt");

/// The names that a module of a library binds, each with its path; `None` where the module is not known.
pub(super) fn names_of(module: &str) -> Option<impl Iterator<Item = (&'static str, String)>> {
    let mut lines = NAMES.lines().skip_while(|line| line.strip_suffix(':') != Some(module));
    lines.next()?;
    let names = lines.take_while(|line| line.starts_with(' ')).flat_map(str::split_whitespace);
    let module = module.to_owned();
    Some(names.map(move |name| match name.split_once('=') {
        Some((name, path)) => (name, path.to_owned()),
        None => (name, format!("{module}.{name}")),
    }))
}

#[cfg(test)]
mod tests {
    use super::names_of;

    #[test]
    fn names_have_their_paths() {
        let path = |module: &str, wanted: &str| {
            names_of(module).and_then(|mut names| names.find(|(name, _)| *name == wanted)).map(|(_, path)| path)
        };
        assert_eq!(path("sqlmodel", "SQLModel").as_deref(), Some("sqlmodel.SQLModel"));
        assert_eq!(path("uuid", "Enum").as_deref(), Some("enum.Enum"));
        assert_eq!(path("enum", "Enum").as_deref(), Some("enum.Enum"));
        assert_eq!(path("sqlalchemy", "SQLModel"), None);
        assert!(names_of("sqlalchemy.orm").is_some() && names_of("orm").is_none() && names_of("# The").is_none());
    }
}
