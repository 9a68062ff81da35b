//! `ALTER COLUMN … SET DEFAULT`
//!
//! before: `b integer default 0` · after: `b integer default 1`

use super::operation::Operation;
use super::statement::Statement;
use crate::schema::{Column, QualifiedName};
use crate::sql;

/// The default of a column becomes another one.
#[derive(Clone, Debug)]
pub struct ChangeDefault<'s> {
    /// The table.
    pub table: &'s QualifiedName,
    /// The column.
    pub column: &'s str,
    /// The new default; `None` where it goes.
    pub default: Option<&'s str>,
}

impl<'s> ChangeDefault<'s> {
    /// What differs.
    pub fn detect(table: &'s QualifiedName, from: &Column, to: &'s Column) -> Option<Self> {
        (from.default != to.default).then(|| Self::of(table, to))
    }

    /// The default that this column has.
    pub fn of(table: &'s QualifiedName, column: &'s Column) -> Self {
        Self { table, column: &column.name, default: column.default.as_deref() }
    }
}

impl Operation for ChangeDefault<'_> {
    fn title(&self) -> String {
        let column = sql::name(self.column);
        match self.default {
            Some(_) => format!("default of {column}"),
            None => format!("no default of {column}"),
        }
    }

    fn statements(&self) -> Vec<Statement> {
        let column = sql::name(self.column);
        let action = match self.default {
            Some(default) => format!("ALTER COLUMN {column} SET DEFAULT {default}"),
            None => format!("ALTER COLUMN {column} DROP DEFAULT"),
        };
        vec![Statement::on_table(self.table, action)]
    }
}
