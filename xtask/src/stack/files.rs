//! Which Compose files a project has.

use camino::{Utf8Path, Utf8PathBuf};

use super::Variables;

/// The names under which a Compose file is looked for, in a folder and those above it; the first one wins.
pub const NAMES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/// The names of a file beside it that is merged over it; the first one wins.
pub const OVERRIDES: [&str; 4] =
    ["compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"];

/// The files of a folder: one of [`NAMES`] and, if there is one, one of [`OVERRIDES`]. Empty where there is no file.
pub fn in_folder(folder: &Utf8Path, exists: impl Fn(&Utf8Path) -> bool) -> Vec<Utf8PathBuf> {
    let file = NAMES.iter().map(|name| folder.join(name)).find(|path| exists(path));
    file.map_or_else(Vec::new, |file| with_override(&file, exists))
}

/// A file and what is merged over it: the override beside it, if it has one of [`NAMES`], under which `docker compose`
/// finds both.
pub fn with_override(file: &Utf8Path, exists: impl Fn(&Utf8Path) -> bool) -> Vec<Utf8PathBuf> {
    let folder = file.parent().unwrap_or(Utf8Path::new(""));
    let is_usual = file.file_name().is_some_and(|name| NAMES.contains(&name));
    let over = OVERRIDES.iter().map(|name| folder.join(name)).find(|path| is_usual && exists(path));
    std::iter::once(file.to_owned()).chain(over).collect()
}

/// The files that `COMPOSE_FILE` names, separated by `COMPOSE_PATH_SEPARATOR` or as the machine separates paths
/// (`path_separator`: a colon, and on Windows a semicolon). `None` where it names none.
pub fn of_variable(variables: &Variables, path_separator: char) -> Option<Vec<Utf8PathBuf>> {
    let named = variables.get("COMPOSE_FILE").filter(|named| !named.is_empty())?;
    let own = variables.get("COMPOSE_PATH_SEPARATOR").filter(|separator| !separator.is_empty());
    let files = match own {
        Some(separator) => named.split(separator).map(Utf8PathBuf::from).collect(),
        None => named.split(path_separator).map(Utf8PathBuf::from).collect(),
    };
    Some(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_a_file_and_its_override() {
        let there = |names: &'static [&'static str]| move |path: &Utf8Path| names.contains(&path.as_str());
        let found = |names| in_folder(Utf8Path::new("a"), there(names));
        assert_eq!(found(&["a/compose.yml", "a/docker-compose.yml"]), ["a/compose.yml"]);
        let both = ["a/compose.yml", "a/docker-compose.override.yaml"];
        assert_eq!(found(&["a/compose.yml", "a/docker-compose.override.yaml"]), both);
        assert!(found(&["a/compose.override.yml"]).is_empty());
        let named = with_override(Utf8Path::new("own.yaml"), there(&["compose.override.yml"]));
        assert_eq!(named, ["own.yaml"]);
    }

    #[test]
    fn a_variable_names_files() {
        let variables = |pairs: &[(&str, &str)]| {
            Variables::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
        };
        let files = |pairs: &[(&str, &str)]| of_variable(&variables(pairs), ':').unwrap_or_default();
        assert_eq!(files(&[("COMPOSE_FILE", "a.yml:b.yml")]), ["a.yml", "b.yml"]);
        assert_eq!(files(&[("COMPOSE_FILE", "a.yml,b.yml"), ("COMPOSE_PATH_SEPARATOR", ",")]), ["a.yml", "b.yml"]);
        assert!(files(&[("COMPOSE_FILE", "")]).is_empty());
    }
}
