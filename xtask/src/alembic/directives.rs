//! `op.…` and `batch_op.…`: which directive it is, and the arguments that all of them share.

use super::desk::Desk;
use super::shape::{Key, key};
use crate::python::{Arguments, Interpreter, Span, SymbolKind, Value};
use crate::sqlmodel::qualified;
use crate::sqlmodel::vocabulary::{Fault, Owner, Vocabulary};

/// The table of `batch_alter_table`.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) table: String,
    pub(super) schema: Option<String>,
}

/// A directive with its arguments.
pub(super) struct Directive<'a, 'p> {
    pub(super) desk: &'a Desk<'p>,
    pub(super) py: &'a Interpreter<'p>,
    pub(super) words: Vocabulary<'a, 'p>,
    pub(super) given: Arguments<'p>,
    pub(super) schema: Option<String>,
    pub(super) is_batch: bool,
    pub(super) span: Span,
}

pub(super) type Done = Result<(), Fault>;

/// The parameter that is the table, in `op`; batches leave it out.
fn table_position(name: &str) -> Option<usize> {
    Some(match name {
        "add_column" | "drop_column" | "alter_column" | "create_table_comment" | "drop_table_comment" => 0,
        "create_index"
        | "drop_index"
        | "create_unique_constraint"
        | "create_foreign_key"
        | "create_check_constraint"
        | "create_primary_key"
        | "create_exclude_constraint"
        | "drop_constraint" => 1,
        _ => return None,
    })
}

/// What the parameter is called.
fn table_word(name: &str) -> &'static str {
    if name == "create_foreign_key" { "source_table" } else { "table_name" }
}

impl<'p> Desk<'p> {
    /// A directive is carried out; what it gives is the call itself where that matters.
    pub(super) fn directive(
        &self,
        py: &Interpreter<'p>,
        name: &str,
        arguments: &Arguments<'p>,
        batch: Option<Batch>,
        span: Span,
    ) -> Option<Value<'p>> {
        match name {
            "f" => return arguments.positional.first().map(|name| final_name(name, span)),
            "get_bind" | "get_context" | "batch_alter_table" | "inline_literal" => return None,
            _ if !self.is_active() => return None,
            _ => {}
        }
        let mut given = arguments.clone();
        let mut schema = None;
        // What a batch executes is not its own, and does not wait.
        let batch = batch.filter(|_| name != "execute");
        let is_batch = batch.is_some();
        if let Some(batch) = batch {
            let Some(at) = table_position(name) else {
                let what = format!("`batch_op.{name}`");
                self.gap(py, &what, "it is no directive that this reader knows", span);
                return None;
            };
            given.positional.insert(at.min(given.positional.len()), Value::str(batch.table));
            if at == 1 && given.positional.len() == 1 {
                let word = if name == "create_exclude_constraint" { "constraint_name" } else { "index_name" };
                let first = given.keyword("constraint_name").or_else(|| given.keyword(word)).cloned();
                given.positional.insert(0, first.unwrap_or(Value::None));
            }
            schema = batch.schema;
        }
        let mut directive = Directive { desk: self, py, words: self.vocabulary(py), given, schema, is_batch, span };
        if let Err(fault) = directive.carry_out(name) {
            self.fault(py, &fault);
            directive.doubt(name, &fault);
        }
        // `table = op.create_table(…)`
        (name != "create_table" && name != "execute").then_some(Value::None)
    }
}

impl<'p> Directive<'_, 'p> {
    fn carry_out(&mut self, name: &str) -> Done {
        if let Some(unknown) = &self.given.open {
            let (what, why) = (format!("the arguments of `op.{name}`"), unknown.why.clone());
            return Err(Fault { what, why, span: unknown.span });
        }
        if self.schema.is_none() {
            let word = if name == "create_foreign_key" { "source_schema" } else { "schema" };
            self.schema = self.optional_text(None, word)?;
        }
        match name {
            "create_table" => self.create_table(),
            "drop_table" => self.drop_table(),
            "rename_table" => self.rename_table(),
            "add_column" => self.add_column(),
            "drop_column" => self.drop_column(),
            "alter_column" => self.alter_column(),
            "create_index" => self.create_index(),
            "drop_index" => self.drop_index(),
            "create_unique_constraint" => self.create_keyed("UniqueConstraint"),
            "create_primary_key" => self.create_keyed("PrimaryKeyConstraint"),
            "create_foreign_key" => self.create_foreign_key(),
            "create_check_constraint" => self.create_check(),
            "create_exclude_constraint" => self.create_exclude(),
            "drop_constraint" => self.drop_constraint(),
            "create_table_comment" => self.table_comment(false),
            "drop_table_comment" => self.table_comment(true),
            "execute" => self.execute(),
            "bulk_insert" => self.bulk_insert(),
            _ => Err(self.wrong(&format!("`op.{name}`"), "it is no directive that this reader knows")),
        }
    }

    /// After a failure nobody knows how the table looks.
    fn doubt(&self, name: &str, fault: &Fault) {
        let at =
            if matches!(name, "create_table" | "drop_table" | "rename_table") { Some(0) } else { table_position(name) };
        let table = at.and_then(|at| self.given.get(at, table_word(name))).and_then(Value::as_str).map(str::to_owned);
        let why = format!("{}: {}", fault.what, fault.why);
        match table {
            Some(table) => {
                let key = key(self.schema.as_deref(), &table);
                let is_doubtful = self.desk.doubt_here().is_some();
                let shape = &mut self.desk.state_mut().shape;
                match name {
                    "create_table" if !is_doubtful => shape.create_unread(&key, &why),
                    "create_table" | "drop_table" | "rename_table" => shape.doubt_table(&key, &why),
                    _ => shape.doubt_content(&key, &why),
                }
            }
            None if name == "bulk_insert" => {}
            None if name == "execute" => self.desk.unread(self.get(0, "sqltext"), fault),
            None => self.desk.state_mut().shape.doubt_all(&why),
        }
    }

    pub(super) fn wrong(&self, what: &str, why: &str) -> Fault {
        Fault { what: what.to_owned(), why: why.to_owned(), span: self.span }
    }

    pub(super) fn emit(&self, sql: impl Into<String>) {
        self.desk.emit_into(self.is_batch, self.py, sql.into(), self.span);
    }

    /// An argument by position or name.
    pub(super) fn get(&self, at: usize, name: &str) -> Option<&Value<'p>> {
        self.given.get(at, name)
    }

    /// A text that has to be there.
    pub(super) fn needed(&self, at: usize, name: &str) -> Result<String, Fault> {
        match self.get(at, name) {
            Some(value) => self.words.text(value, &format!("`{name}`"), self.span),
            None => Err(self.wrong(&format!("`{name}`"), "it is not given")),
        }
    }

    /// A text that may be missing or `None`.
    pub(super) fn optional_text(&self, at: Option<usize>, name: &str) -> Result<Option<String>, Fault> {
        let value = at.and_then(|at| self.given.positional.get(at)).or_else(|| self.given.keyword(name));
        match value {
            None | Some(Value::None) => Ok(None),
            Some(value) => self.words.text(value, &format!("`{name}`"), self.span).map(Some),
        }
    }

    /// Yes, no, or not said.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Fault> {
        match self.given.keyword(name) {
            None | Some(Value::None) => Ok(None),
            Some(value) => match value.truth() {
                Some(truth) => Ok(Some(truth)),
                None => Err(self.wrong(&format!("`{name}`"), "only a run can tell its value")),
            },
        }
    }

    /// The table at that position.
    pub(super) fn table(&self, at: usize) -> Result<String, Fault> {
        self.needed(at, "table_name")
    }

    pub(super) fn owner<'n>(&'n self, name: &'n str) -> Owner<'n> {
        Owner { schema: self.schema.as_deref(), name }
    }

    pub(super) fn qualified(&self, table: &str) -> String {
        qualified(self.schema.as_deref(), table)
    }

    pub(super) fn key(&self, table: &str) -> Key {
        key(self.schema.as_deref(), table)
    }

    /// `SQLAlchemy.Word(positional, named)` as a value.
    pub(super) fn made(&self, word: &str, positional: Vec<Value<'p>>, named: Vec<(&str, Value<'p>)>) -> Value<'p> {
        let named = named.into_iter().map(|(name, value)| (name.into(), value)).collect();
        call_of(&format!("sqlalchemy.{word}"), Arguments { positional, named, open: None }, self.span)
    }

    /// The keywords that are not among these.
    pub(super) fn other_keywords(&self, known: &[&str]) -> Vec<(&str, Value<'p>)> {
        let others = self.given.named.iter().filter(|(name, _)| !known.contains(&&**name));
        others.map(|(name, value)| (&**name, value.clone())).collect()
    }
}

/// `path(…)` as a value.
pub(super) fn call_of<'p>(path: &str, arguments: Arguments<'p>, span: Span) -> Value<'p> {
    let function = Value::symbol(SymbolKind::External(path.into()), span);
    Value::symbol(SymbolKind::Call(function, arguments), span)
}

/// `op.f("name")`
fn final_name<'p>(name: &Value<'p>, span: Span) -> Value<'p> {
    call_of("sqlalchemy.sql.elements.conv", Arguments::of(vec![name.clone()]), span)
}
