//! Where the models are: the modules that `env.py` imports, found among the files of the project.

use camino::{Utf8Path, Utf8PathBuf};

/// Where models are, in the words of `xtask.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelPlace {
    /// The folder, where all of it is models.
    pub dir: Option<Utf8PathBuf>,
    /// The folders that imports start from.
    pub roots: Vec<Utf8PathBuf>,
    /// The modules, where they are not a folder.
    pub modules: Vec<String>,
}

/// Whether a text defines tables with SQLModel or SQLAlchemy.
pub fn states_tables(text: &str) -> bool {
    let words =
        ["table=True", "table = True", "__tablename__", "DeclarativeBase", "declarative_base(", "mapped_column("];
    words.iter().any(|word| text.contains(word))
}

/// Whether a text may define tables in some other way, so that it has to be looked at.
pub fn may_state_tables(text: &str) -> bool {
    let words = ["Column(", "column(", "Field(", "Table(", "__table"];
    states_tables(text) || words.iter().any(|word| text.contains(word))
}

impl ModelPlace {
    /// These files by their names, below the roots that are known or above their packages.
    pub fn of_modules(paths: &[Utf8PathBuf], known: &[Utf8PathBuf], files: &[Utf8PathBuf]) -> Self {
        let (mut roots, mut modules) = (Vec::new(), Vec::new());
        for path in paths {
            let is_package = |folder: &Utf8Path| files.contains(&folder.join("__init__.py"));
            let folder = path.parent().unwrap_or(Utf8Path::new(""));
            let top = folder.ancestors().take_while(|it| is_package(it)).last();
            let below = known.iter().map(|root| bare(root)).filter(|root| path.starts_with(root));
            let root = below.max_by_key(|root| root.as_str().len());
            let root = root.or_else(|| top.and_then(Utf8Path::parent)).unwrap_or(folder).to_owned();
            let name = path.strip_prefix(&root).unwrap_or(path).with_extension("");
            modules.push(name.as_str().trim_end_matches("/__init__").replace('/', "."));
            roots.push(named(&root));
        }
        roots.sort();
        roots.dedup();
        Self { dir: None, roots, modules }
    }

    /// Finds the modules that `env.py` imports among the project's Python files; `tables` are those that define tables.
    pub fn find(imports: &[String], files: &[Utf8PathBuf], tables: &[Utf8PathBuf]) -> Self {
        let mut found: Vec<(Utf8PathBuf, Utf8PathBuf, String)> = Vec::new();
        for import in imports {
            let parent = import.rsplit_once('.').map(|(parent, _)| parent);
            let names = [Some(import.as_str()), parent];
            let Some((path, root, name)) = names.into_iter().flatten().find_map(|name| locate(name, files)) else {
                continue;
            };
            let holds =
                tables.iter().any(|file| *file == path || (is_package(&path) && file.starts_with(folder(&path))));
            if holds && !found.iter().any(|(known, ..)| *known == path) {
                found.push((path, root, name));
            }
        }
        // A package that is in another one is read with it.
        let inside = |path: &Utf8Path| {
            found.iter().any(|(other, ..)| is_package(other) && other != path && path.starts_with(folder(other)))
        };
        let top: Vec<_> = found.iter().filter(|(path, ..)| !inside(path)).cloned().collect();
        let mut roots: Vec<Utf8PathBuf> = top.iter().map(|(_, root, _)| root.clone()).collect();
        roots.sort();
        roots.dedup();
        match &top[..] {
            [(path, root, _)] if is_package(path) => {
                Self { dir: Some(folder(path)), roots: vec![named(root)], modules: Vec::new() }
            }
            [] => Self::of_tables(tables),
            many => Self {
                dir: None,
                roots: roots.iter().map(|root| named(root)).collect(),
                modules: many.iter().map(|(.., name)| name.clone()).collect(),
            },
        }
    }

    /// The folder that all files with tables have in common.
    fn of_tables(tables: &[Utf8PathBuf]) -> Self {
        let mut folders = tables.iter().map(|file| file.parent().unwrap_or(Utf8Path::new("")).to_owned());
        let Some(first) = folders.next() else { return Self::default() };
        let common = folders.fold(first, |common, folder| {
            let shared = common.ancestors().find(|it| folder.starts_with(it)).unwrap_or(Utf8Path::new(""));
            shared.to_owned()
        });
        // The whole project is nobody's folder of models.
        let dir = Some(common).filter(|it| !it.as_str().is_empty());
        Self { dir, ..Self::default() }
    }
}

/// The folder of the project itself has no name.
fn bare(root: &Utf8Path) -> &Utf8Path {
    if root == "." { Utf8Path::new("") } else { root }
}

fn named(root: &Utf8Path) -> Utf8PathBuf {
    if root.as_str().is_empty() { Utf8PathBuf::from(".") } else { root.to_owned() }
}

fn is_package(path: &Utf8Path) -> bool {
    path.file_name() == Some("__init__.py")
}

fn folder(path: &Utf8Path) -> Utf8PathBuf {
    path.parent().unwrap_or(Utf8Path::new("")).to_owned()
}

/// The file of a module, the folder that its import starts from, and its name; of several the one nearest to the top.
pub(super) fn locate(name: &str, files: &[Utf8PathBuf]) -> Option<(Utf8PathBuf, Utf8PathBuf, String)> {
    let path = name.replace('.', "/");
    let ends = [format!("{path}/__init__.py"), format!("{path}.py")];
    let hits = files.iter().filter(|file| ends.iter().any(|end| file.ends_with(end)));
    let file = hits.min_by_key(|file| file.components().count())?;
    let end = ends.iter().find(|end| file.ends_with(end))?;
    let root = file.as_str().strip_suffix(end.as_str())?.trim_end_matches('/');
    Some((file.clone(), Utf8PathBuf::from(root), name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(names: &[&str]) -> Vec<Utf8PathBuf> {
        names.iter().map(Utf8PathBuf::from).collect()
    }

    #[test]
    fn a_package_is_a_folder_and_modules_are_named() {
        let files =
            paths(&["src/dm/org/dm/models/__init__.py", "src/dm/org/dm/models/a.py", "src/web/app.py", "app/db.py"]);
        let tables = paths(&["src/dm/org/dm/models/a.py", "app/db.py"]);
        let find = |imports: &[&str]| {
            let imports: Vec<String> = imports.iter().map(|it| (*it).to_owned()).collect();
            ModelPlace::find(&imports, &files, &tables)
        };
        let one = find(&["os", "org.dm.models", "org.dm.models.a.Thing"]);
        assert_eq!((one.dir, one.roots), (Some("src/dm/org/dm/models".into()), vec!["src/dm".into()]));
        let two = find(&["org.dm.models.a.Thing", "app.db.Base"]);
        assert_eq!((two.dir, two.modules), (None, vec!["org.dm.models.a".to_owned(), "app.db".to_owned()]));
        assert_eq!(two.roots, ["", "src/dm"].map(|it| if it.is_empty() { "." } else { it }));
        assert_eq!(find(&["os"]).dir, None);
        assert_eq!(ModelPlace::find(&[], &files, &tables[..1]).dir, Some("src/dm/org/dm/models".into()));
    }
    #[test]
    fn modules_are_named_below_the_roots_that_imports_start_from() {
        let files = paths(&["src/shop/__init__.py", "src/shop/a.py", "lib/other/b.py", "lib/other/pkg/__init__.py"]);
        let of = |known: &[&str]| {
            ModelPlace::of_modules(&[files[1].clone(), files[2].clone(), files[3].clone()], &paths(known), &files)
        };
        let found = of(&["lib"]);
        assert_eq!(found.modules, ["shop.a", "other.b", "other.pkg"]);
        assert_eq!(found.roots, ["lib", "src"]);
        assert_eq!(of(&["."]).modules, ["src.shop.a", "lib.other.b", "lib.other.pkg"]);
    }
}
