//! What `alembic.ini` or `[tool.alembic]` of `pyproject.toml` says.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use toml::{Table, Value};

use super::error::AdoptionError;
use super::ini::{interpolated, section};

/// The project that a file of settings is in.
pub struct Top<'t> {
    /// Its own folder, absolute.
    pub root: &'t Utf8Path,
    /// Whether something is at a path below it.
    pub is_there: &'t dyn Fn(&Utf8Path) -> bool,
}

/// Where a project of Alembic keeps its things. Paths are relative to the project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The file that says it.
    pub file: Utf8PathBuf,
    /// The folder with `env.py`.
    pub script_location: Utf8PathBuf,
    /// The folders of the revision scripts.
    pub version_locations: Vec<Utf8PathBuf>,
    /// Whether folders below those are read, too.
    pub recursive: bool,
    /// Databases by name, where there are several (`alembic init --template multidb`).
    pub databases: Vec<String>,
    /// `sqlalchemy.url`, where it is given.
    pub url: Option<String>,
    /// Folders that Python's imports start from (`prepend_sys_path`).
    pub import_roots: Vec<Utf8PathBuf>,
}

impl Settings {
    /// Reads an `alembic.ini`, at its path in the project. A relative path starts where Alembic is run: at the top of the
    /// project if it is there, else in the folder of the file.
    ///
    /// # Errors
    /// It has no `[alembic]`, or does not say where the scripts are.
    pub fn of_ini(file: &Utf8Path, text: &str, top: &Top<'_>) -> Result<Self, AdoptionError> {
        let folder = file.parent().unwrap_or(Utf8Path::new(""));
        let here = top.root.join(folder);
        let Some(keys) = section(text, "alembic", here.as_str().trim_end_matches('/')) else {
            return Err(AdoptionError::NoSection { file: file.to_owned() });
        };
        let lists = |key: &str| keys.get(key).map(|value| vec![value.clone()]);
        Self::of(file, top, &keys, &lists)
    }

    /// Reads `[tool.alembic]` of a `pyproject.toml`; `None` where there is none.
    ///
    /// # Errors
    /// It is no TOML, or does not say where the scripts are.
    pub fn of_pyproject(file: &Utf8Path, text: &str, top: &Top<'_>) -> Option<Result<Self, AdoptionError>> {
        let table: Table = match text.parse() {
            Ok(table) => table,
            // Where it is not about Alembic, others will tell.
            Err(_) if !text.contains("[tool.alembic]") => return None,
            Err(error) => return Some(Err(AdoptionError::not_toml(file, text, &error))),
        };
        let alembic = table.get("tool")?.get("alembic")?.as_table()?;
        let here = top.root.join(file.parent().unwrap_or(Utf8Path::new("")));
        let mut keys = BTreeMap::from([("here".to_owned(), here.as_str().trim_end_matches('/').to_owned())]);
        let mut arrays: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (key, value) in alembic {
            let text = |value: &Value| value.as_str().map(|it| interpolated(it, &keys));
            match value {
                Value::Boolean(it) => drop(keys.insert(key.clone(), it.to_string())),
                Value::Array(items) => drop(arrays.insert(key.clone(), items.iter().filter_map(text).collect())),
                other => drop(text(other).map(|it| keys.insert(key.clone(), it))),
            }
        }
        let lists = |key: &str| arrays.get(key).cloned().or_else(|| keys.get(key).map(|value| vec![value.clone()]));
        Some(Self::of(file, top, &keys, &lists))
    }

    fn of(
        file: &Utf8Path,
        top: &Top<'_>,
        keys: &BTreeMap<String, String>,
        lists: &dyn Fn(&str) -> Option<Vec<String>>,
    ) -> Result<Self, AdoptionError> {
        let folder = file.parent().unwrap_or(Utf8Path::new(""));
        let place = |path: &str| placed(path, folder, top);
        // Where both are there, people run Alembic in the folder of its file.
        let nearest = |path: &str| {
            let beside = normal(&folder.join(path));
            let is_beside = !path.contains(':') && !Utf8Path::new(path).is_absolute() && (top.is_there)(&beside);
            if is_beside { beside } else { place(path) }
        };
        let Some(location) = keys.get("script_location").filter(|it| !it.is_empty()) else {
            return Err(AdoptionError::NoLocation { file: file.to_owned() });
        };
        let script_location = nearest(location);
        let separator = |key: &str| keys.get(key).map(String::as_str);
        let split = |key: &str, separator: Option<&str>| -> Vec<String> {
            let values = lists(key).unwrap_or_default();
            let parts = values.iter().flat_map(|value| match separator {
                Some("os" | ":") => value.split(':').collect::<Vec<_>>(),
                Some("newline") => value.lines().collect(),
                Some(";") => value.split(';').collect(),
                Some("space") => value.split_whitespace().collect(),
                _ => value.split(|letter: char| letter.is_whitespace() || letter == ',').collect(),
            });
            parts.map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        let path_separator = separator("path_separator");
        let versions = split("version_locations", path_separator.or(separator("version_path_separator")));
        let mut versions: Vec<Utf8PathBuf> = versions.iter().map(|it| nearest(it)).collect();
        if versions.is_empty() {
            versions.push(script_location.join("versions"));
        }
        let import_roots = split("prepend_sys_path", path_separator.or(Some("os")));
        let mut import_roots: Vec<Utf8PathBuf> = import_roots.iter().map(|it| place(it)).collect();
        // `.` is always there; people also run Alembic in the folder of its file.
        if import_roots.iter().any(|it| it.as_str().is_empty()) && !import_roots.iter().any(|it| it == folder) {
            import_roots.push(folder.to_owned());
        }
        let url = keys.get("sqlalchemy.url").filter(|it| !it.is_empty() && !it.starts_with("driver://")).cloned();
        Ok(Self {
            file: file.to_owned(),
            script_location,
            version_locations: versions,
            recursive: keys.get("recursive_version_locations").is_some_and(|it| it == "true"),
            databases: split("databases", None),
            url,
            import_roots,
        })
    }
}

/// The database that `sqlalchemy.url` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedDatabase {
    /// As this tool takes it, without the driver of Python.
    Url(String),
    /// The same with a password, which does not belong into a file of the project.
    Secret,
    /// Another kind of server: `sqlite`.
    Other(String),
}

impl Settings {
    /// What the settings say of the database.
    pub fn named_database(&self) -> Option<NamedDatabase> {
        let (scheme, rest) = self.url.as_deref()?.split_once("://")?;
        let kind = scheme.split_once('+').map_or(scheme, |(kind, _)| kind);
        if !matches!(kind, "postgresql" | "postgres") {
            return Some(NamedDatabase::Other(kind.to_owned()));
        }
        // `%(DB_USER)s` and the like are filled by `env.py`.
        if rest.contains("%(") || rest.contains(['{', '$']) {
            return None;
        }
        let (before, options) = rest.split_once('?').unwrap_or((rest, ""));
        let account = before.rsplit_once('@').map_or("", |(account, _)| account);
        match account.contains(':') || options.contains("password=") {
            true => Some(NamedDatabase::Secret),
            false => Some(NamedDatabase::Url(format!("postgresql://{rest}"))),
        }
    }
}

/// A path of the file, relative to the project. `package:folder` is a folder of an importable package.
fn placed(path: &str, folder: &Utf8Path, top: &Top<'_>) -> Utf8PathBuf {
    let path = match path.split_once(':') {
        Some((package, inner)) if !package.contains('/') => format!("{}/{inner}", package.replace('.', "/")),
        _ => path.to_owned(),
    };
    let path = Utf8Path::new(&path);
    if path.is_absolute() {
        return normal(path.strip_prefix(top.root).unwrap_or(path));
    }
    let from_top = normal(path);
    if (top.is_there)(&from_top) { from_top } else { normal(&folder.join(path)) }
}

/// Without `.` and `..`.
pub(super) fn normal(path: &Utf8Path) -> Utf8PathBuf {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.as_str().split('/') {
        match part {
            "." => {}
            "" if !parts.is_empty() => {}
            ".." if parts.last().is_some_and(|last| !last.is_empty() && *last != "..") => drop(parts.pop()),
            other => parts.push(other),
        }
    }
    Utf8PathBuf::from(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_folders_the_one_beside_the_file_is_meant() {
        let both =
            Top { root: "/p".into(), is_there: &|path| ["alembic", "svc/alembic", "src"].contains(&path.as_str()) };
        let text = "[alembic]\nscript_location = alembic\nprepend_sys_path = src\ndatabases = one, two\n";
        let found = Settings::of_ini("svc/alembic.ini".into(), text, &both).expect("read");
        assert_eq!((found.script_location.as_str(), found.import_roots), ("svc/alembic", vec!["src".into()]));
        assert_eq!(found.databases, ["one", "two"]);
        let found = Settings::of_ini("conf/alembic.ini".into(), text, &both).expect("read");
        assert_eq!(found.script_location, "alembic");
    }

    #[test]
    fn an_ini_says_where_scripts_are() {
        let nothing = Top { root: "/p".into(), is_there: &|_| false };
        let read = |text: &str| Settings::of_ini("db/alembic.ini".into(), text, &nothing);
        let found = read("[alembic]\nscript_location = %(here)s/migrations\nprepend_sys_path = .\n").expect("read");
        assert_eq!(found.script_location, "db/migrations");
        assert_eq!(found.version_locations, ["db/migrations/versions"]);
        assert_eq!((found.import_roots, found.url), (vec![Utf8PathBuf::from("db")], None));
        let found = read(
            "[alembic]\nscript_location = ../alembic\nversion_path_separator = os\n\
             version_locations = %(here)s/a:../b\nsqlalchemy.url = postgresql://u:p%%40@h/d\n",
        )
        .expect("read");
        assert_eq!(
            (found.script_location.as_str(), found.url.as_deref()),
            ("alembic", Some("postgresql://u:p%40@h/d"))
        );
        assert_eq!(found.version_locations, ["db/a", "b"]);
        assert!(matches!(read("[alembic]\n"), Err(AdoptionError::NoLocation { .. })));
        assert!(matches!(read("[other]\n"), Err(AdoptionError::NoSection { .. })));
        let package = read("[alembic]\nscript_location = my.app:alembic\n").expect("read");
        assert_eq!(package.script_location, "db/my/app/alembic");
    }

    #[test]
    fn the_database_is_named_without_the_driver_and_without_a_password() {
        let named = |url: &str| Settings { url: Some(url.to_owned()), ..Settings::default() }.named_database();
        let url = |text: &str| Some(NamedDatabase::Url(text.to_owned()));
        assert_eq!(named("postgresql+asyncpg://me@h:5433/d?x=1"), url("postgresql://me@h:5433/d?x=1"));
        assert_eq!(named("postgres:///d"), url("postgresql:///d"));
        assert_eq!(named("postgresql+psycopg2://me:secret@h/d"), Some(NamedDatabase::Secret));
        assert_eq!(named("sqlite:///x.db"), Some(NamedDatabase::Other("sqlite".to_owned())));
        assert_eq!(named("postgresql://%(USER)s@h/d"), None);
    }

    #[test]
    fn relative_paths_start_at_the_top_where_they_are_there() {
        let top = Top { root: "/p".into(), is_there: &|path| ["app/migrations", ""].contains(&path.as_str()) };
        let text = "[alembic]\nscript_location = app/migrations\nprepend_sys_path = .\n";
        let found = Settings::of_ini("conf/alembic.ini".into(), text, &top).expect("read");
        assert_eq!(found.version_locations, ["app/migrations/versions"]);
        assert_eq!(found.import_roots, ["", "conf"], "Alembic may be run here or there");
    }

    #[test]
    fn pyproject_may_say_it_instead() {
        let text = "[tool.alembic]\nscript_location = \"%(here)s/alembic\"\nversion_locations = [\"x\", \"y\"]\n";
        let top = Top { root: "/p".into(), is_there: &|_| false };
        let found = Settings::of_pyproject("pyproject.toml".into(), text, &top).expect("there").expect("read");
        assert_eq!((found.script_location.as_str(), found.version_locations.len()), ("alembic", 2));
        assert_eq!(Settings::of_pyproject("pyproject.toml".into(), "[project]\n", &top), None);
        assert_eq!(Settings::of_pyproject("pyproject.toml".into(), "[project\n", &top), None);
        let torn = Settings::of_pyproject("pyproject.toml".into(), &format!("{text}[x\n"), &top);
        let Some(Err(AdoptionError::NotToml { place, .. })) = torn else { panic!("{torn:?}") };
        assert!(place.line >= 4, "{place:?}");
    }
}
