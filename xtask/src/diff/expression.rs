//! `ALTER COLUMN … DROP EXPRESSION`
//!
//! before: `g int generated always as (b * 2) stored` · after: `g int`

use super::operation::Operation;
use super::statement::Statement;
use crate::schema::{Column, QualifiedName};
use crate::sql;

/// A generated column keeps its values and becomes an ordinary one.
#[derive(Clone, Debug)]
pub struct DropExpression<'s> {
    /// The table.
    pub table: &'s QualifiedName,
    /// The column.
    pub column: &'s str,
    /// Whether it keeps its type.
    pub keeps_type: bool,
}

impl<'s> DropExpression<'s> {
    /// What differs.
    pub fn detect(table: &'s QualifiedName, from: &Column, to: &'s Column) -> Option<Self> {
        let goes = from.generated.as_ref().is_some_and(|it| it.stored) && to.generated.is_none();
        goes.then_some(Self { table, column: &to.name, keeps_type: from.type_name == to.type_name })
    }
}

impl Operation for DropExpression<'_> {
    fn title(&self) -> String {
        format!("{} is not generated any more", sql::name(self.column))
    }

    fn statements(&self) -> Vec<Statement> {
        let action = format!("ALTER COLUMN {} DROP EXPRESSION", sql::name(self.column));
        // In a statement of its own where the type changes: the server looks at that before it begins.
        vec![if self.keeps_type {
            Statement::on_table(self.table, action)
        } else {
            Statement::whole(format!("ALTER TABLE {} {action}", self.table))
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::schema::Generated;

    #[test]
    fn only_what_is_stored_can_stay() {
        let (table, plain) = (QualifiedName::public("t"), Column::new("g", "integer"));
        let generated = |stored| {
            let generated = Some(Generated { expression: "(b * 2)".to_owned(), stored });
            Column { generated, ..plain.clone() }
        };
        let change = DropExpression::detect(&table, &generated(true), &plain).expect("it goes");
        assert_eq!(change.statements()[0].text(), "ALTER TABLE public.t ALTER COLUMN g DROP EXPRESSION");
        assert_eq!(change.title(), "g is not generated any more");
        assert!(DropExpression::detect(&table, &generated(false), &plain).is_none(), "nothing is there to be kept");
        assert!(DropExpression::detect(&table, &plain, &plain).is_none());
        let other = Column::new("g", "text");
        let change = DropExpression::detect(&table, &generated(true), &other).expect("it goes");
        assert!(matches!(change.statements()[0].sql, crate::diff::Sql::Whole(_)), "by itself before the type changes");
    }
}
