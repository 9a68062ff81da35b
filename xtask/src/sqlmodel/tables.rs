//! `Table(…)`: tables without a class.

use std::rc::Rc;

use super::columns::{Implied, Spot};
use super::declarative::Tables;
use super::draft::Draft;
use super::models::{Models, Problem, Read};
use super::symbols::{library_call, library_name};
use crate::python::{Symbol, SymbolKind, Value};

impl<'p> Models<'_, 'p> {
    /// Reads a call of `Table`.
    pub(super) fn table_call(&self, call: &Rc<Symbol<'p>>, tables: &mut Tables<'p>) {
        let read = self.table(call, tables);
        self.keep(read);
    }

    /// Reads `Column("name", …)` into a table.
    pub(super) fn add_column(&self, item: &Value<'p>, draft: &mut Draft<'p>) {
        let (Value::Symbol(symbol), Some((_, given))) = (item, library_call(item)) else { return };
        let attribute: Rc<str> = given.get(0, "name").and_then(Value::as_str).unwrap_or_default().into();
        let spot = Spot {
            attribute: Rc::clone(&attribute),
            owner: draft.name.as_str().into(),
            symbol: Some(Rc::clone(symbol)),
            span: symbol.span,
        };
        let column = self.keep(self.column(given, spot, Implied::default()));
        draft.broken.extend(column.is_none().then_some(attribute));
        draft.columns.extend(column);
    }

    fn table(&self, call: &Rc<Symbol<'p>>, tables: &mut Tables<'p>) -> Read<()> {
        let SymbolKind::Call(_, arguments) = &call.kind else { return Ok(()) };
        let span = call.span;
        self.closed(arguments, "the table", span)?;
        let [name, metadata, items @ ..] = &arguments.positional[..] else {
            // `Table("name", metadata)` alone, without columns, only looks a table up.
            return Ok(());
        };
        let name = self.as_text(name, "the name of the table", span)?;
        let reflected = arguments.keyword("autoload_with").is_some_and(|it| !it.is_none());
        if reflected {
            return Err(Problem::not_static(
                span,
                format!("the table `{name}`"),
                "it is read from a database (`autoload_with`)",
                "Write its columns out, or leave it to the migrations and exclude it",
            ));
        }
        if items.is_empty() {
            return Ok(());
        }
        let meta = self.meta_of_value(metadata);
        let mut draft = Draft { call: Some(Rc::clone(call)), ..Draft::new(name.clone(), meta, span) };
        for item in items {
            match library_call(item) {
                Some(("Column", _)) => self.add_column(item, &mut draft),
                _ if item.is_none() || library_name(item).is_some() => {}
                _ if matches!(item, Value::Unknown(_)) => {
                    let what = format!("a column of the table `{name}`");
                    draft.broken.push("".into());
                    self.report(Problem::value(span, what, item, "Write Column(…)"));
                }
                _ => draft.items.push((item.clone(), span)),
            }
        }
        self.table_options(arguments, &mut draft, span)?;
        let says = |name: &str| arguments.keyword(name).and_then(Value::truth) == Some(true);
        let there = tables.drafts.iter_mut().find(|it| it.name == draft.name && it.schema == draft.schema);
        match there {
            Some(known) if says("extend_existing") => known.extend(draft),
            Some(_) if says("keep_existing") => {}
            _ => tables.drafts.push(draft),
        }
        Ok(())
    }
}
