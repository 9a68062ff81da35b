//! `INHERIT` and `NO INHERIT`
//!
//! after: `alter table child inherit parent`

use super::operation::Operation;
use super::statement::Statement;
use crate::schema::{QualifiedName, Table};

/// A table gets other parents.
#[derive(Clone, Debug)]
pub struct ChangeInheritance<'s> {
    /// The table.
    pub table: &'s QualifiedName,
    /// Before.
    pub from: &'s [QualifiedName],
    /// After.
    pub to: &'s [QualifiedName],
}

impl<'s> ChangeInheritance<'s> {
    /// What differs.
    pub fn detect(from: &'s Table, to: &'s Table) -> Option<Self> {
        (from.inherits != to.inherits).then_some(Self { table: &to.name, from: &from.inherits, to: &to.inherits })
    }
}

impl Operation for ChangeInheritance<'_> {
    fn title(&self) -> String {
        "inheritance".to_owned()
    }

    fn statements(&self) -> Vec<Statement> {
        let gone = self.from.iter().filter(|parent| !self.to.contains(parent));
        let new = self.to.iter().filter(|parent| !self.from.contains(parent));
        let gone = gone.map(|parent| format!("NO INHERIT {parent}"));
        gone.chain(new.map(|parent| format!("INHERIT {parent}")))
            .map(|action| Statement::on_table(self.table, action))
            .collect()
    }
}
