//! Bases of classes that nobody read: what they bring is not known.

use std::rc::Rc;

use super::declarative::{Tables, is_abstract, says_table};
use super::models::{Models, Problem, Read};
use super::symbols::{attribute, item, library_call, library_name};
use crate::python::{Class, Value};

impl<'p> Models<'_, 'p> {
    /// A class that has what tables have, and a base that is not known, is not passed unseen. Each such base is told of once.
    pub(super) fn class_of_unknown_base(&self, class: &Rc<Class<'p>>, tables: &mut Tables<'p>) -> Read<()> {
        let of_tables = ["__tablename__", "__table_args__", "__mapper_args__"];
        let says_name = says_table(class) || of_tables.iter().any(|name| class.scope.own(name).is_some());
        let unknown = |base: &Value<'p>| match base {
            Value::Unknown(unknown) => Some((unknown.span.file, unknown.why.clone())),
            // A class of a library may be anything, so that columns alone do not make a table of what is below it.
            _ if says_name => self.unread_base(base).map(|(path, _)| (class.span.file, path)),
            _ => None,
        };
        let Some(base) = class.mro.borrow().iter().find_map(unknown) else { return Ok(()) };
        let is_column = |value: &Value<'p>| {
            matches!(library_call(value), Some(("Column" | "mapped_column" | "relationship" | "Relationship", _)))
        };
        let has_columns = || class.scope.all().iter().any(|(_, value)| is_column(value));
        if is_abstract(class) || !(says_name || has_columns()) {
            return Ok(());
        }
        if tables.unknown_bases.contains(&base) {
            tables.unread.push(self.table_name(class, tables).ok().flatten());
            return Ok(());
        }
        tables.unknown_bases.push(base);
        self.known_bases(class)
    }

    /// Bases from packages that nobody read may bring columns.
    pub(super) fn known_bases(&self, class: &Class<'p>) -> Read<()> {
        for base in class.mro.borrow().iter() {
            if let Value::Unknown(unknown) = base {
                let instead = "Import it so that it can be found in the source roots ([models] roots)";
                return Err(Problem::unknown(class.span, format!("a base of `{}`", class.name), unknown, instead));
            }
            if let Some((path, package)) = self.unread_base(base) {
                let what = format!("the columns that `{}` inherits from `{path}`", class.name);
                // Its files would not help: it names and makes tables while it runs.
                if package == "flask_sqlalchemy" {
                    let why = format!("`{package}` makes the class while it runs");
                    return Err(Problem::not_static(class.span, what, why, "Let Python read the models (--python)"));
                }
                return Err(Problem::not_static(
                    class.span,
                    what,
                    format!("the package `{package}` is not below a source root"),
                    "Add the folder that holds the package to [models] roots in xtask.toml, write the columns out, or let \
                     Python read the models (--python)",
                ));
            }
        }
        Ok(())
    }

    /// The path and the package of a base that comes from a package which nobody read, or is made by what comes from there:
    /// `SQLAlchemy(app).Model`.
    fn unread_base(&self, base: &Value<'p>) -> Option<(String, String)> {
        let base = item(base).map_or(base, |(base, _)| base);
        if let Some((function, _)) = base.as_call() {
            return self.unread_base(function).map(|(path, package)| (format!("{path}()"), package));
        }
        if let Some((object, name)) = attribute(base) {
            return self.unread_base(object).map(|(path, package)| (format!("{path}.{name}"), package));
        }
        if let Value::Instance(instance) = base {
            return instance.class.mro.borrow().iter().find_map(|base| self.unread_base(base));
        }
        let path = base.external()?;
        let package = path.split('.').next().unwrap_or(path);
        let is_known = library_name(base).is_some()
            || ["typing", "typing_extensions", "abc", "enum", "dataclasses", "collections"].contains(&package);
        (!is_known && !self.settings.types.contains_key(path)).then(|| (path.to_owned(), package.to_owned()))
    }
}
