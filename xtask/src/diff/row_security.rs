//! `ENABLE ROW LEVEL SECURITY` and `FORCE ROW LEVEL SECURITY`
//!
//! after: `alter table t enable row level security`

use super::operation::Operation;
use super::statement::Statement;
use crate::schema::Table;

/// Row-level security of a table is switched.
#[derive(Clone, Debug)]
pub struct ChangeRowSecurity<'s> {
    /// After.
    pub table: &'s Table,
    /// Whether it was enabled and forced.
    pub from: (bool, bool),
}

impl<'s> ChangeRowSecurity<'s> {
    /// What differs.
    pub fn detect(from: (bool, bool), table: &'s Table) -> Option<Self> {
        (from != (table.row_security, table.force_row_security)).then_some(Self { table, from })
    }
}

impl Operation for ChangeRowSecurity<'_> {
    fn title(&self) -> String {
        "row-level security".to_owned()
    }

    fn statements(&self) -> Vec<Statement> {
        let table = self.table;
        let mut actions = Vec::new();
        if self.from.0 != table.row_security {
            actions.push(if table.row_security { "ENABLE ROW LEVEL SECURITY" } else { "DISABLE ROW LEVEL SECURITY" });
        }
        if self.from.1 != table.force_row_security {
            let force = table.force_row_security;
            actions.push(if force { "FORCE ROW LEVEL SECURITY" } else { "NO FORCE ROW LEVEL SECURITY" });
        }
        actions.into_iter().map(|action| Statement::on_table(&table.name, action)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::schema::QualifiedName;

    #[test]
    fn only_the_switch_that_differs_is_turned() {
        let table = Table { row_security: true, force_row_security: true, ..Table::new(QualifiedName::public("t")) };
        let change = ChangeRowSecurity::detect((true, false), &table).expect("they differ");
        let texts: Vec<String> = change.statements().iter().map(Statement::text).collect();
        assert_eq!(texts, ["ALTER TABLE public.t FORCE ROW LEVEL SECURITY"]);
        assert!(ChangeRowSecurity::detect((true, true), &table).is_none());
    }
}
