//! `sa.Enum(…).create(…)` and `.drop(…)`: types made and dropped by scripts themselves.

use super::desk::Desk;
use super::directives::Done;
use super::shape::{Key, key};
use crate::python::{Arguments, Interpreter, Span, Value};
use crate::sqlmodel::vocabulary::word;
use crate::sqlmodel::{ddl, qualified};

impl<'p> Desk<'p> {
    pub(super) fn enum_method(
        &self,
        py: &Interpreter<'p>,
        object: &Value<'p>,
        name: &str,
        arguments: &Arguments<'p>,
        span: Span,
    ) -> Done {
        if let (Some(kind), "drop") = (named_enum(object), name) {
            return self.drop_enum(py, kind, arguments, span);
        }
        let (_, enums) = self.vocabulary(py).sql_type(object, span)?;
        let check = arguments.get(1, "checkfirst");
        let by_default = word(object) == Some("ENUM") || name == "create";
        let checks = check.map_or(Some(by_default), Value::truth);
        for (kind, _) in enums {
            let full = key(kind.schema.as_deref(), &kind.name);
            let known = self.state().shape.has_type(&full);
            let shown = qualified(kind.schema.as_deref(), &kind.name);
            let sql = match (name, checks, known) {
                ("create", Some(true), Some(true)) | ("drop", Some(true), Some(false)) => None,
                ("create", Some(true), None) => {
                    Some(unless_there(&kind.name, kind.schema.as_deref(), &ddl::create_enum(&kind)))
                }
                ("create", ..) => Some(ddl::create_enum(&kind)),
                (_, Some(true), None) => Some(format!("DROP TYPE IF EXISTS {shown}")),
                _ => Some(format!("DROP TYPE {shown}")),
            };
            if let Some(sql) = sql {
                self.emit(py, sql, span);
            }
            if self.doubt_here().is_none() {
                self.state_mut().shape.set_type(&full, name == "create");
            }
        }
        Ok(())
    }

    /// `sa.Enum(name="x").drop(…)`: to drop it no values are needed.
    fn drop_enum(&self, py: &Interpreter<'p>, (schema, name): Key, arguments: &Arguments<'p>, span: Span) -> Done {
        let full = key(schema.as_deref(), &name);
        let shown = qualified(schema.as_deref(), &name);
        let checks = arguments.get(1, "checkfirst").map_or(Some(true), Value::truth);
        let known = self.state().shape.has_type(&full);
        match (checks, known) {
            (Some(true), Some(false)) => {}
            (Some(true), None) => self.emit(py, format!("DROP TYPE IF EXISTS {shown}"), span),
            _ => self.emit(py, format!("DROP TYPE {shown}"), span),
        }
        if self.doubt_here().is_none() {
            self.state_mut().shape.set_type(&full, false);
        }
        Ok(())
    }
}

/// The name of an enum type that is written without its values.
fn named_enum(value: &Value<'_>) -> Option<Key> {
    let (_, given) = value.as_call()?;
    let name = given.keyword("name")?.as_str()?;
    let schema = match given.keyword("schema") {
        None | Some(Value::None) => None,
        Some(schema) => Some(schema.as_str()?),
    };
    given.positional.is_empty().then(|| key(schema, name))
}

/// `CREATE TYPE` only where it is not there.
fn unless_there(name: &str, schema: Option<&str>, create: &str) -> String {
    let name = crate::sqlmodel::literal(name);
    let schema = schema.map_or_else(|| "current_schema()".to_owned(), crate::sqlmodel::literal);
    format!(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typname = {name} AND n.nspname = {schema}) THEN {create}; END IF; END $$"
    )
}
