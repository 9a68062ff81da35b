//! `use_existing_column=True`: an attribute that stands for a column which the table of the base has already.

use std::rc::Rc;

use super::declarative::Tables;
use super::mapped::Attribute;
use super::models::Models;
use super::symbols::library_call;
use crate::python::{Class, Value};

impl<'p> Models<'_, 'p> {
    /// Whether an attribute takes the column that is there; of all that it says itself only the annotation counts, which makes the
    /// column nullable or not.
    ///
    /// SQLAlchemy's `MappedColumn.declarative_scan` does it so: the column of the superclass takes the place of the new one, with
    /// its type, index and default, and gets the nullability of the annotation unless `nullable=` is given.
    pub(super) fn takes_existing(
        &self,
        class: &Rc<Class<'p>>,
        attribute: &Attribute<'p>,
        draft: usize,
        tables: &mut Tables<'p>,
    ) -> bool {
        let Some(value) = &attribute.value else { return false };
        let Some(("mapped_column", given)) = library_call(value) else { return false };
        if given.keyword("use_existing_column").and_then(Value::truth) != Some(true) {
            return false;
        }
        // Only a table that is shared has columns before the class adds its own.
        if tables.mapped_base(class).is_none_or(|base| base.draft != draft) {
            return false;
        }
        let name = given.keyword("name").or_else(|| given.positional.first()).and_then(Value::as_str);
        let name = name.unwrap_or(&attribute.name);
        let Some(column) = tables.drafts[draft].columns.iter_mut().find(|it| it.column.name == name) else {
            return false;
        };
        if let Value::Symbol(symbol) = value {
            column.identities.push(Rc::clone(symbol));
        }
        let annotation = attribute.annotation.as_ref().or(attribute.returns.as_ref());
        if let Some(inner) = annotation.and_then(|it| self.mapped_annotation(&attribute.owner, it))
            && given.keyword("nullable").is_none()
            && !column.column.primary_key
        {
            let span = annotation.map_or(class.span, |it| it.span);
            column.column.nullable = self.analyse(&inner, &attribute.owner.scope, span).optional;
        }
        true
    }
}
