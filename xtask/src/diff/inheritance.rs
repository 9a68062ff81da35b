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
    /// Parents that it has no more.
    pub leaves: Vec<&'s QualifiedName>,
    /// Parents that are new.
    pub joins: Vec<&'s QualifiedName>,
}

impl<'s> ChangeInheritance<'s> {
    /// What differs.
    pub fn detect(from: &'s Table, to: &'s Table) -> Option<Self> {
        let leaves: Vec<_> = from.inherits.iter().filter(|parent| !to.inherits.contains(parent)).collect();
        let joins: Vec<_> = to.inherits.iter().filter(|parent| !from.inherits.contains(parent)).collect();
        (!leaves.is_empty() || !joins.is_empty()).then_some(Self { table: &to.name, leaves, joins })
    }
}

impl Operation for ChangeInheritance<'_> {
    fn title(&self) -> String {
        let names = |parents: &[&QualifiedName]| parents.iter().map(|it| it.to_string()).collect::<Vec<_>>().join(", ");
        match (self.leaves.is_empty(), self.joins.is_empty()) {
            (true, _) => format!("inherits from {}", names(&self.joins)),
            (_, true) => format!("inherits no more from {}", names(&self.leaves)),
            _ => format!("inherits from {} and no more from {}", names(&self.joins), names(&self.leaves)),
        }
    }

    fn statements(&self) -> Vec<Statement> {
        // The server leaves a parent after all else that is in one statement, and columns that come from there cannot go before.
        let leaves = self
            .leaves
            .iter()
            .map(|parent| Statement::whole(format!("ALTER TABLE {} NO INHERIT {parent}", self.table)));
        let joins = self.joins.iter().map(|parent| Statement::on_table(self.table, format!("INHERIT {parent}")));
        leaves.chain(joins).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_are_left_before_others_are_joined() {
        let table = |parents: &[&str]| Table {
            inherits: parents.iter().map(|it| QualifiedName::public(*it)).collect(),
            ..Table::new(QualifiedName::public("t"))
        };
        let (from, to) = (table(&["a", "b"]), table(&["b", "c"]));
        let change = ChangeInheritance::detect(&from, &to).expect("they differ");
        let texts: Vec<String> = change.statements().iter().map(Statement::text).collect();
        assert_eq!(texts, ["ALTER TABLE public.t NO INHERIT public.a", "ALTER TABLE public.t INHERIT public.c"]);
        assert!(ChangeInheritance::detect(&to, &to).is_none());
    }
}
