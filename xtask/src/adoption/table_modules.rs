//! The modules that state tables of the metadata which `env.py` compares: who builds on its base class, wherever that is.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use camino::{Utf8Path, Utf8PathBuf};
use ruff_python_ast::{Expr, Stmt};

use super::models::locate;
use crate::python::{Source, absolute};

/// The Python files of a project, read when they are asked for.
pub struct PythonFiles<'f> {
    /// Their paths, those nearest to the top first.
    pub paths: &'f [Utf8PathBuf],
    /// Gives the text of one.
    pub read: &'f dyn Fn(&Utf8Path) -> Option<String>,
}

/// What of a module matters here. Names are dotted and absolute, as far as its imports tell.
#[derive(Default)]
struct Module {
    /// What its imports bind.
    imports: BTreeMap<String, String>,
    /// `from x import *`
    stars: Vec<String>,
    classes: BTreeMap<String, Class>,
    /// What a name stands for: `metadata = Base.metadata`, `Base = declarative_base(metadata=metadata)`.
    aliases: BTreeMap<String, Vec<String>>,
    /// The metadata of each `Table(…)`.
    tables: Vec<String>,
}

#[derive(Default)]
struct Class {
    bases: Vec<String>,
    /// `metadata = …` in its body.
    metadata: Option<String>,
    /// Whether its own body says that it is a table.
    is_table: bool,
    /// Whether a function names the table of each class below it.
    names_tables: bool,
}

/// What a dotted name means: a name in a file of the project, or something of a library.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Meaning {
    Here(Utf8PathBuf, String),
    Elsewhere(String),
}

/// How far re-exports are followed.
const DEPTH: usize = 24;

/// Of these files those that state tables of this metadata. It is written as in `env.py`, at this path: `Base.metadata`.
pub fn table_modules(
    env: &Utf8Path,
    metadata: &[String],
    candidates: &[Utf8PathBuf],
    files: &PythonFiles<'_>,
) -> Vec<Utf8PathBuf> {
    let project = Project { files, modules: RefCell::default(), places: RefCell::default() };
    let Some(module) = project.module(env) else { return Vec::new() };
    let roots = metadata.iter().map(|name| project.meaning_in(env, &module, name));
    let mut members: BTreeSet<Meaning> = roots.collect();
    // A base class may have its metadata from elsewhere, which tables are given, too.
    for root in members.clone() {
        if let Meaning::Here(path, name) = &root
            && let Some(module) = project.module(path)
            && let Some(shared) = module.classes.get(name).and_then(|it| it.metadata.as_ref())
        {
            members.insert(project.meaning_in(path, &module, shared));
        }
    }
    project.grow(&mut members, candidates);
    let is_stating = |path: &&Utf8PathBuf| project.states(path, &members);
    candidates.iter().filter(is_stating).cloned().collect()
}

struct Project<'f> {
    files: &'f PythonFiles<'f>,
    modules: RefCell<BTreeMap<Utf8PathBuf, Option<Rc<Module>>>>,
    /// Where modules are, by their names.
    places: RefCell<BTreeMap<String, Option<Utf8PathBuf>>>,
}

impl Project<'_> {
    fn place(&self, name: &str) -> Option<Utf8PathBuf> {
        if let Some(known) = self.places.borrow().get(name) {
            return known.clone();
        }
        let place = locate(name, self.files.paths).map(|(path, ..)| path);
        self.places.borrow_mut().insert(name.to_owned(), place.clone());
        place
    }

    fn module(&self, path: &Utf8Path) -> Option<Rc<Module>> {
        if let Some(known) = self.modules.borrow().get(path) {
            return known.clone();
        }
        let module = (self.files.read)(path).map(|text| Rc::new(Module::read(path, text)));
        self.modules.borrow_mut().insert(path.to_owned(), module.clone());
        module
    }

    /// What a name that is written in a module means.
    fn meaning_in(&self, path: &Utf8Path, module: &Module, written: &str) -> Meaning {
        let (first, rest) = written.split_once('.').map_or((written, None), |(first, rest)| (first, Some(rest)));
        let whole = |start: &str| rest.map_or(start.to_owned(), |rest| format!("{start}.{rest}"));
        match module.imports.get(first) {
            Some(target) => self.meaning(&whole(target), DEPTH),
            None if module.binds(first) => Meaning::Here(path.to_owned(), first.to_owned()),
            None => {
                let starred = module.stars.iter().map(|star| self.meaning(&format!("{star}.{}", whole(first)), DEPTH));
                let found = starred.into_iter().find(|it| matches!(it, Meaning::Here(..)));
                found.unwrap_or_else(|| Meaning::Elsewhere(without_metadata(written)))
            }
        }
    }

    /// What an absolute name means: the longest beginning of it that is a module tells.
    fn meaning(&self, name: &str, depth: usize) -> Meaning {
        let parts: Vec<&str> = name.split('.').collect();
        for cut in (1..parts.len()).rev() {
            let Some(path) = self.place(&parts[..cut].join(".")) else { continue };
            let Some(module) = self.module(&path) else { continue };
            if module.binds(parts[cut]) {
                return Meaning::Here(path, parts[cut].to_owned());
            }
            let onward = |target: &str| match parts.get(cut + 1..) {
                Some(rest) if !rest.is_empty() => format!("{target}.{}", rest.join(".")),
                _ => target.to_owned(),
            };
            if let Some(target) = module.imports.get(parts[cut]).filter(|_| depth > 0) {
                return self.meaning(&onward(target), depth - 1);
            }
            for star in module.stars.iter().filter(|_| depth > 0) {
                let found = self.meaning(&onward(&format!("{star}.{}", parts[cut])), depth - 1);
                if matches!(found, Meaning::Here(..)) {
                    return found;
                }
            }
        }
        Meaning::Elsewhere(without_metadata(name))
    }

    /// Adds what builds on a member, until nothing more does.
    fn grow(&self, members: &mut BTreeSet<Meaning>, candidates: &[Utf8PathBuf]) {
        loop {
            let before = members.len();
            let known: Vec<Utf8PathBuf> = self.modules.borrow().keys().cloned().collect();
            for path in known.iter().chain(candidates) {
                let Some(module) = self.module(path) else { continue };
                let is_member = |name: &String| members.contains(&self.meaning_in(path, &module, name));
                let classes =
                    module.classes.iter().filter(|(_, it)| it.bases.iter().chain(&it.metadata).any(is_member));
                let aliases = module.aliases.iter().filter(|(_, targets)| targets.iter().any(is_member));
                let names = classes.map(|(name, _)| name).chain(aliases.map(|(name, _)| name));
                let new: Vec<Meaning> = names.map(|name| Meaning::Here(path.clone(), name.clone())).collect();
                members.extend(new);
            }
            if members.len() == before {
                return;
            }
        }
    }

    fn states(&self, path: &Utf8Path, members: &BTreeSet<Meaning>) -> bool {
        let Some(module) = self.module(path) else { return false };
        let is_member = |name: &String| members.contains(&self.meaning_in(path, &module, name));
        let is_table = |class: &Class| {
            class.bases.iter().any(is_member)
                && (class.is_table || class.bases.iter().any(|base| self.names_tables(path, &module, base, DEPTH)))
        };
        module.classes.values().any(is_table) || module.tables.iter().any(is_member)
    }

    /// Whether a class, or one that it inherits from, names the tables of those below it.
    fn names_tables(&self, path: &Utf8Path, module: &Module, name: &str, depth: usize) -> bool {
        let Meaning::Here(path, name) = self.meaning_in(path, module, name) else { return false };
        let Some(module) = self.module(&path) else { return false };
        let Some(class) = module.classes.get(&name) else { return false };
        class.names_tables
            || (depth > 0 && class.bases.iter().any(|base| self.names_tables(&path, &module, base, depth - 1)))
    }
}

/// `Base.metadata` belongs to `Base`.
fn without_metadata(name: &str) -> String {
    name.strip_suffix(".metadata").unwrap_or(name).to_owned()
}

impl Module {
    fn read(path: &Utf8Path, text: String) -> Self {
        let source = Source::new(path, text);
        let mut module = Self::default();
        // Where imports with dots start from.
        let folder = path.parent().unwrap_or(Utf8Path::new("")).as_str().replace('/', ".");
        source.body().iter().for_each(|statement| module.add(statement, &folder));
        module
    }

    fn binds(&self, name: &str) -> bool {
        self.classes.contains_key(name) || self.aliases.contains_key(name)
    }

    fn add(&mut self, statement: &Stmt, folder: &str) {
        match statement {
            Stmt::Import(it) => {
                for alias in &it.names {
                    let name = alias.name.to_string();
                    let bound = alias.asname.as_ref().map(ToString::to_string);
                    let first = name.split('.').next().unwrap_or_default().to_owned();
                    let target = if bound.is_some() { name } else { first.clone() };
                    self.imports.insert(bound.unwrap_or(first), target);
                }
            }
            Stmt::ImportFrom(it) => {
                let module = it.module.as_ref().map(|it| it.as_str());
                let Some(module) = absolute(it.level, module, folder) else { return };
                for alias in &it.names {
                    match (alias.name.as_str(), &alias.asname) {
                        ("*", _) => self.stars.push(module.clone()),
                        (name, bound) => {
                            let bound = bound.as_ref().map_or(name, |it| it.as_str());
                            self.imports.insert(bound.to_owned(), format!("{module}.{name}"));
                        }
                    }
                }
            }
            Stmt::ClassDef(it) => {
                let bases = it.bases().iter().filter_map(dotted).collect();
                let is_table = it.arguments.as_ref().and_then(|all| all.find_keyword("table")).is_some_and(|keyword| {
                    keyword.value.as_boolean_literal_expr().is_some_and(|literal| literal.value)
                });
                let mut class = Class { bases, is_table, ..Class::default() };
                it.body.iter().for_each(|inner| class.add(inner));
                self.classes.insert(it.name.to_string(), class);
            }
            Stmt::Assign(it) => {
                for name in it.targets.iter().filter_map(|target| target.as_name_expr()) {
                    self.aliases.insert(name.id.to_string(), targets(&it.value));
                }
                self.tables.extend(table_metadata(&it.value));
            }
            Stmt::AnnAssign(it) => {
                if let (Some(name), Some(value)) = (it.target.as_name_expr(), &it.value) {
                    self.aliases.insert(name.id.to_string(), targets(value));
                    self.tables.extend(table_metadata(value));
                }
            }
            Stmt::Expr(it) => self.tables.extend(table_metadata(&it.value)),
            Stmt::If(it) => {
                it.body.iter().for_each(|inner| self.add(inner, folder));
                let others = it.elif_else_clauses.iter().flat_map(|clause| &clause.body);
                others.for_each(|inner| self.add(inner, folder));
            }
            Stmt::Try(it) => it.body.iter().chain(&it.orelse).for_each(|inner| self.add(inner, folder)),
            _ => {}
        }
    }
}

impl Class {
    fn add(&mut self, statement: &Stmt) {
        let mut said = |target: &Expr, value: Option<&Expr>| match target.as_name_expr().map(|it| it.id.as_str()) {
            Some("__tablename__" | "__table__") => self.is_table = true,
            Some("metadata") => self.metadata = value.and_then(dotted),
            _ => {}
        };
        match statement {
            Stmt::Assign(it) => it.targets.iter().for_each(|target| said(target, Some(&it.value))),
            Stmt::AnnAssign(it) => said(&it.target, it.value.as_deref()),
            Stmt::FunctionDef(it) if it.name.as_str() == "__tablename__" => self.names_tables = true,
            _ => {}
        }
    }
}

/// `a.b.c`; of `a[b]` the `a`.
fn dotted(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Name(it) => Some(it.id.to_string()),
        Expr::Attribute(it) => Some(format!("{}.{}", dotted(&it.value)?, it.attr)),
        Expr::Subscript(it) => dotted(&it.value),
        _ => None,
    }
}

/// What a value stands for: another name, or the metadata that a call is given.
fn targets(value: &Expr) -> Vec<String> {
    let Expr::Call(call) = value else { return dotted(value).into_iter().collect() };
    let given = call.arguments.find_keyword("metadata").and_then(|it| dotted(&it.value));
    // `mapper_registry.generate_base()`
    let of = call.func.as_attribute_expr().filter(|it| it.attr.as_str() == "generate_base");
    given.into_iter().chain(of.and_then(|it| dotted(&it.value))).collect()
}

/// The metadata of `Table("name", metadata, …)`.
fn table_metadata(value: &Expr) -> Option<String> {
    let call = value.as_call_expr()?;
    let function = dotted(&call.func)?;
    let is_table = function == "Table" || function.ends_with(".Table");
    is_table.then(|| call.arguments.args.get(1).and_then(dotted)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stating(files: &[(&str, &str)], metadata: &[&str]) -> Vec<String> {
        let paths: Vec<Utf8PathBuf> = files.iter().map(|(path, _)| Utf8PathBuf::from(*path)).collect();
        let read = |path: &Utf8Path| files.iter().find(|(it, _)| path == *it).map(|(_, text)| (*text).to_owned());
        let metadata: Vec<String> = metadata.iter().map(|it| (*it).to_owned()).collect();
        let candidates: Vec<Utf8PathBuf> = paths.iter().filter(|it| !it.ends_with("env.py")).cloned().collect();
        let found =
            table_modules(Utf8Path::new("env.py"), &metadata, &candidates, &PythonFiles { paths: &paths, read: &read });
        found.into_iter().map(Utf8PathBuf::into_string).collect()
    }

    #[test]
    fn classes_are_found_through_bases_and_re_exports() {
        let files = [
            ("env.py", "from shop.db import Base as It\n"),
            ("shop/db/__init__.py", "from .base import *\n"),
            ("shop/db/base.py", "from sqlalchemy.orm import declarative_base\nBase = declarative_base()\n"),
            ("shop/mixed.py", "import shop.db\nclass Mixed(shop.db.Base):\n    __abstract__ = True\n"),
            ("shop/a.py", "from .mixed import Mixed\nclass A(Mixed):\n    __tablename__ = 'a'\n"),
            (
                "shop/old.py",
                "from sqlalchemy.orm import declarative_base\nBase = declarative_base()\nclass A(Base):\n    __tablename__ = 'a'\n",
            ),
            (
                "shop/b.py",
                "try:\n    from shop import db\nexcept ImportError:\n    db = None\nclass B(db.Base):\n    __tablename__ = 'b'\n",
            ),
        ];
        assert_eq!(stating(&files, &["It.metadata"]), ["shop/a.py", "shop/b.py"]);
    }

    #[test]
    fn tables_and_bases_may_share_a_metadata_of_its_own() {
        let files = [
            ("env.py", "from shop import meta\n"),
            ("shop/meta.py", "from sqlalchemy import MetaData\nmetadata = MetaData()\nother = MetaData()\n"),
            ("shop/a.py", "import sqlalchemy as sa\nfrom shop.meta import metadata\na = sa.Table('a', metadata)\n"),
            (
                "shop/b.py",
                "from shop.meta import metadata, other\nclass Base(D):\n    metadata = metadata\n    @declared_attr\n    def __tablename__(cls): ...\nclass B(Base):\n    pass\n",
            ),
            ("shop/c.py", "from shop.meta import other\nfrom sqlalchemy import Table\nTable('c', other)\n"),
        ];
        assert_eq!(stating(&files, &["meta.metadata"]), ["shop/a.py", "shop/b.py"]);
        let files = [
            ("env.py", "from sqlmodel import SQLModel\n"),
            ("shop/a.py", "from sqlmodel import SQLModel\nclass A(SQLModel, table=True): ...\n"),
            ("shop/b.py", "from sqlmodel import SQLModel\nclass B(SQLModel): ...\n"),
        ];
        assert_eq!(stating(&files, &["SQLModel.metadata"]), ["shop/a.py"]);
    }
}
