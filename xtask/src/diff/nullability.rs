//! `ALTER COLUMN … SET NOT NULL` and `DROP NOT NULL`
//!
//! before: `a text` · after: `a text not null`

use super::operation::Operation;
use super::statement::Statement;
use crate::schema::{Column, QualifiedName};
use crate::sql;

/// A column refuses NULL from now on, or takes it.
#[derive(Clone, Debug)]
pub struct ChangeNullability<'s> {
    /// The table.
    pub table: &'s QualifiedName,
    /// The column as it will be.
    pub column: &'s Column,
    /// What rows without a value get first, as SQL.
    pub backfill: Option<String>,
}

impl<'s> ChangeNullability<'s> {
    /// What differs. What identity and primary keys imply comes with these.
    pub fn detect(table: &'s QualifiedName, from: &Column, to: &'s Column) -> Option<Self> {
        let implied = to.identity.is_some() && to.not_null;
        (from.not_null != to.not_null && !implied && !(from.inherited && to.inherited)).then_some(Self {
            table,
            column: to,
            backfill: None,
        })
    }
}

impl Operation for ChangeNullability<'_> {
    fn title(&self) -> String {
        let column = sql::name(&self.column.name);
        if self.column.not_null { format!("{column} is required") } else { format!("{column} may be null") }
    }

    fn statements(&self) -> Vec<Statement> {
        let column = sql::name(&self.column.name);
        if !self.column.not_null {
            return vec![Statement::on_table(self.table, format!("ALTER COLUMN {column} DROP NOT NULL"))];
        }
        require(self.table, &column, self.backfill.as_deref())
    }
}

/// `SET NOT NULL`, after rows that have no value got one. Where nobody said which, the statement fails as long as there is
/// such a row, and says in a comment what to write.
pub(super) fn require(table: &QualifiedName, column: &str, backfill: Option<&str>) -> Vec<Statement> {
    let set = Statement::on_table(table, format!("ALTER COLUMN {column} SET NOT NULL"));
    match backfill {
        Some(value) => {
            let update = format!("UPDATE {table} SET {column} = {value} WHERE {column} IS NULL");
            vec![
                Statement::whole(update),
                set.remark(format!("lock: reads all of {table}; nobody can write meanwhile")),
            ]
        }
        None => {
            let remark = format!(
                "backfill: this fails as long as a row has no value. Say which they get, here:\n  \
                 UPDATE {table} SET {column} = … WHERE {column} IS NULL;"
            );
            vec![set.remark(remark)]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_without_a_value_get_the_one_that_was_told() {
        let table = QualifiedName::public("t");
        let column = Column { not_null: true, ..Column::new("a", "text") };
        let mut change = ChangeNullability::detect(&table, &Column::new("a", "text"), &column).expect("it differs");
        assert!(change.statements()[0].remarks[0].starts_with("backfill: "), "a placeholder in a comment");
        change.backfill = Some("'x'".to_owned());
        let texts: Vec<String> = change.statements().iter().map(Statement::text).collect();
        assert_eq!(
            texts,
            ["UPDATE public.t SET a = 'x' WHERE a IS NULL", "ALTER TABLE public.t ALTER COLUMN a SET NOT NULL"]
        );
    }
}
