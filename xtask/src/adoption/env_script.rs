//! `env.py`: which models it loads, and what it tells Alembic to look at.

use std::collections::BTreeMap;

use ruff_python_ast::visitor::{Visitor, walk_expr, walk_stmt};
use ruff_python_ast::{CmpOp, Expr, Stmt, StmtFunctionDef};

use crate::python::{Files, Interpreter, Library, Value};

/// What an `env.py` says, as far as it says so without running.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvScript {
    /// The modules that it imports, in order, absolute: `app.models`, and `app.models.User` for `from app.models import User`.
    pub imports: Vec<String>,
    /// What `target_metadata` is, as it is written.
    pub target_metadata: Option<String>,
    /// The templates for names of constraints that it gives its metadata.
    pub naming_convention: BTreeMap<String, String>,
    /// `version_table`, where it is not `alembic_version`.
    pub version_table: Option<String>,
    /// `version_table_schema`
    pub version_table_schema: Option<String>,
    /// Whether other schemas are compared, too.
    pub include_schemas: bool,
    /// Names that its filters leave out.
    pub excluded: Vec<String>,
    /// What its filters do beyond names: a person has to look.
    pub notes: Vec<String>,
}

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &camino::Utf8Path) -> Option<String> {
        None
    }

    fn is_folder(&self, _: &camino::Utf8Path) -> bool {
        false
    }
}

impl EnvScript {
    /// Reads the text of an `env.py`. What is no Python gives nothing.
    pub fn read(text: &str) -> Self {
        let library = Library::default();
        let py = Interpreter::new(&NoFiles, &library, Vec::new(), &[]);
        let module = py.run_text("env", text);
        let source = py.source(module.file.unwrap_or(0));
        let constant = |name: &str| module.scope.own(name);
        let mut reader = Reader { text, constant: &constant, found: Self::default(), filters: Vec::new() };
        reader.visit_body(source.body());
        let filters = std::mem::take(&mut reader.filters);
        for function in filters {
            reader.filter(function);
        }
        let mut found = reader.found;
        found.excluded.sort();
        found.excluded.dedup();
        found.notes.dedup();
        found
    }
}

impl EnvScript {
    /// The names in `target_metadata`: one, or several in brackets.
    pub fn metadata_names(&self) -> Vec<String> {
        let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.');
        let text = self.target_metadata.as_deref().unwrap_or_default();
        text.split(|letter| !is_part(letter)).filter(|it| !it.is_empty() && *it != "None").map(str::to_owned).collect()
    }
}

/// The keywords of `context.configure` that filter.
const FILTERS: [&str; 2] = ["include_object", "include_name"];

struct Reader<'a, 't, 'p> {
    text: &'t str,
    constant: &'a dyn Fn(&str) -> Option<Value<'p>>,
    found: EnvScript,
    filters: Vec<&'a StmtFunctionDef>,
}

impl<'a> Visitor<'a> for Reader<'a, '_, '_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Import(it) => {
                self.found.imports.extend(it.names.iter().map(|name| name.name.to_string()));
            }
            Stmt::ImportFrom(it) if it.level == 0 => {
                let module = it.module.as_ref().map(ToString::to_string).unwrap_or_default();
                for name in &it.names {
                    let whole = if &*name.name == "*" { module.clone() } else { format!("{module}.{}", name.name) };
                    self.found.imports.push(whole);
                }
            }
            Stmt::Assign(it) => {
                let is_convention = |target: &Expr| {
                    target.as_attribute_expr().is_some_and(|it| it.attr.as_str() == "naming_convention")
                };
                if it.targets.iter().any(is_convention) {
                    self.convention(&it.value);
                }
                let is_it = |target: &Expr| target.as_name_expr().is_some_and(|name| name.id == "target_metadata");
                if it.targets.iter().any(is_it) {
                    self.found.target_metadata = self
                        .text
                        .get(std::ops::Range::<usize>::from(ruff_text_size::Ranged::range(&*it.value)))
                        .map(str::to_owned);
                }
            }
            Stmt::FunctionDef(it) if FILTERS.contains(&it.name.as_str()) => self.filters.push(it),
            _ => {}
        }
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        if let Expr::Call(call) = expression
            && is_called(&call.func, "MetaData")
            && let Some(convention) = call.arguments.find_keyword("naming_convention")
        {
            self.convention(&convention.value);
        }
        if let Expr::Call(call) = expression
            && call.func.as_attribute_expr().is_some_and(|it| it.attr.as_str() == "configure")
        {
            for keyword in &call.arguments.keywords {
                self.option(keyword.arg.as_deref().unwrap_or_default(), &keyword.value);
            }
        }
        walk_expr(self, expression);
    }
}

impl Reader<'_, '_, '_> {
    fn option(&mut self, name: &str, value: &Expr) {
        match name {
            "version_table" => {
                self.found.version_table = self.word(value).filter(|table| table != "alembic_version");
            }
            "target_metadata" if value.as_name_expr().is_none_or(|it| it.id != "target_metadata") => {
                let whole = std::ops::Range::<usize>::from(ruff_text_size::Ranged::range(value));
                self.found.target_metadata = self.text.get(whole).map(str::to_owned);
            }
            "version_table_schema" => self.found.version_table_schema = self.word(value),
            "include_schemas" => {
                self.found.include_schemas = value.as_boolean_literal_expr().is_some_and(|it| it.value);
            }
            "compare_type" | "compare_server_default" => {
                if let Some(false) = value.as_boolean_literal_expr().map(|it| it.value) {
                    self.note(format!("`{name}=False`: types and defaults are always compared here"));
                }
            }
            "process_revision_directives" | "render_item" => {}
            _ => {}
        }
    }

    fn note(&mut self, note: String) {
        if !self.found.notes.contains(&note) {
            self.found.notes.push(note);
        }
    }

    /// A text, or a constant that holds one.
    fn word(&self, value: &Expr) -> Option<String> {
        match value {
            Expr::StringLiteral(it) => Some(it.value.to_str().to_owned()),
            Expr::Name(it) => (self.constant)(&it.id)?.as_str().map(str::to_owned),
            _ => None,
        }
    }

    /// Texts in brackets, or a constant that holds several.
    fn words(&self, value: &Expr) -> Option<Vec<String>> {
        let items = match value {
            Expr::List(it) => &it.elts,
            Expr::Tuple(it) => &it.elts,
            Expr::Set(it) => &it.elts,
            Expr::Name(it) => {
                let items = (self.constant)(&it.id)?.items()?;
                return items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
            }
            other => return self.word(other).map(|word| vec![word]),
        };
        items.iter().map(|item| self.word(item)).collect()
    }

    /// `{"pk": "pk_%(table_name)s", …}`, or a constant that holds it. What cannot be read is told: names depend on it.
    fn convention(&mut self, value: &Expr) {
        let entries: Option<Vec<(String, String)>> = match value {
            Expr::Dict(it) => {
                it.iter().map(|item| Some((self.word(item.key.as_ref()?)?, self.word(&item.value)?))).collect()
            }
            Expr::Name(it) => match (self.constant)(&it.id) {
                Some(Value::Dict(dict)) => {
                    let text = |value: &Value<'_>| value.as_str().map(str::to_owned);
                    dict.borrow().iter().map(|(key, value)| Some((text(key)?, text(value)?))).collect()
                }
                _ => None,
            },
            _ => None,
        };
        match entries {
            Some(entries) => self.found.naming_convention.extend(entries),
            None => self.note("`naming_convention` is not text alone: the names of constraints need a look".to_owned()),
        }
    }

    /// `if … name in […]: return False`
    fn filter(&mut self, function: &StmtFunctionDef) {
        for statement in &function.body {
            let Stmt::If(it) = statement else { continue };
            let refuses = matches!(it.body.last(), Some(Stmt::Return(it))
                if it.value.as_ref().is_some_and(|value| value.as_boolean_literal_expr().is_some_and(|it| !it.value)));
            let names = self.names_of(&it.test);
            match (refuses, names.is_empty()) {
                (true, false) => self.found.excluded.extend(names),
                _ => {
                    let line = self.text[..usize::from(ruff_text_size::Ranged::range(it).start())].lines().count();
                    self.note(format!("`{}` filters by more than names (line {line})", function.name));
                }
            }
        }
    }

    fn names_of(&self, test: &Expr) -> Vec<String> {
        let is_name = |expression: &Expr| expression.as_name_expr().is_some_and(|it| it.id == "name");
        match test {
            Expr::BoolOp(it) => it.values.iter().flat_map(|value| self.names_of(value)).collect(),
            Expr::Compare(it) if is_name(&it.left) => match (it.ops.first(), it.comparators.first()) {
                (Some(CmpOp::In | CmpOp::Eq), Some(right)) => self.words(right).unwrap_or_default(),
                _ => Vec::new(),
            },
            Expr::Call(it) => {
                let starts = it.func.as_attribute_expr().filter(|it| it.attr.as_str() == "startswith");
                match (starts.is_some_and(|it| is_name(&it.value)), it.arguments.args.first()) {
                    (true, Some(start)) => {
                        self.words(start).unwrap_or_default().into_iter().map(|it| it + "*").collect()
                    }
                    _ => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }
}

/// `name(…)`, `module.name(…)`
fn is_called(function: &Expr, name: &str) -> bool {
    match function {
        Expr::Name(it) => it.id == name,
        Expr::Attribute(it) => it.attr.as_str() == name,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_tables_and_filters_are_found() {
        let found = EnvScript::read(
            "from alembic import context\nimport app.models  # noqa\nfrom app.db import Base, other\n\
             target_metadata = Base.metadata\nVIEWS = {'v1', 'v2'}\nSCHEMA = 'app'\n\
             def include_object(obj, name, type_, reflected, compare_to):\n\
             \x20   if type_ == 'table' and name in ['spatial_ref_sys', 'topology']:\n        return False\n\
             \x20   if type_ == 'table' and name in VIEWS:\n        return False\n\
             \x20   if name.startswith('tmp_'):\n        return False\n\
             \x20   if obj.info.get('skip'):\n        return False\n    return True\n\
             def run():\n    context.configure(url=None, version_table_schema=SCHEMA, include_schemas=True, compare_type=False)\n",
        );
        assert_eq!(found.imports, ["alembic.context", "app.models", "app.db.Base", "app.db.other"]);
        assert_eq!(found.target_metadata.as_deref(), Some("Base.metadata"));
        assert_eq!((found.version_table.as_deref(), found.version_table_schema.as_deref()), (None, Some("app")));
        assert!(found.include_schemas);
        assert_eq!(found.excluded, ["spatial_ref_sys", "tmp_*", "topology", "v1", "v2"]);
        assert_eq!(found.notes.len(), 2, "{:?}", found.notes);
    }

    #[test]
    fn naming_conventions_of_the_metadata_are_found() {
        let wanted =
            [("pk".to_owned(), "pk_%(table_name)s".to_owned()), ("ix".to_owned(), "i_%(column_0_label)s".to_owned())];
        for text in [
            "target_metadata = SQLModel.metadata\ntarget_metadata.naming_convention = {'pk': 'pk_%(table_name)s', 'ix': 'i_%(column_0_label)s'}",
            "NAMES = {'pk': 'pk_%(table_name)s', 'ix': 'i_%(column_0_label)s'}\nSQLModel.metadata.naming_convention = NAMES",
            "target_metadata = sa.MetaData(naming_convention={'pk': 'pk_%(table_name)s', 'ix': 'i_%(column_0_label)s'})",
        ] {
            let found = EnvScript::read(text);
            assert_eq!(found.naming_convention, BTreeMap::from(wanted.clone()), "{text}");
            assert_eq!(found.notes, [""; 0]);
        }
        let found = EnvScript::read("target_metadata.naming_convention = names()");
        assert_eq!((found.naming_convention.len(), found.notes.len()), (0, 1));
    }

    #[test]
    fn the_metadata_is_named_in_a_variable_or_where_it_is_configured() {
        let names = |text: &str| EnvScript::read(text).metadata_names();
        assert_eq!(names("context.configure(target_metadata=db.Base.metadata)"), ["db.Base.metadata"]);
        assert_eq!(
            names("target_metadata = [\n  A.metadata,\n  b,\n]\ncontext.configure(target_metadata=target_metadata)"),
            ["A.metadata", "b"]
        );
        assert_eq!(names("target_metadata = None"), [""; 0]);
    }

    #[test]
    fn what_is_no_python_gives_nothing() {
        assert_eq!(EnvScript::read("print 'x'\n").target_metadata, None);
    }
}
