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
    /// Whether what demands it is called by its name, since another table has that name, too, and the server would choose another one.
    pub is_named: bool,
}

impl<'s> ChangeNullability<'s> {
    /// What differs. What identity and primary keys imply comes with these.
    pub fn detect(table: &'s QualifiedName, from: &Column, to: &'s Column) -> Option<Self> {
        let implied = to.identity.is_some() && to.not_null;
        let differs = from.not_null != to.not_null && !implied;
        differs.then_some(Self { table, column: to, backfill: None, is_named: false })
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
        if self.column.is_unchecked() {
            return Vec::new();
        }
        require(self.table, self.column, self.is_named, self.backfill.as_deref())
    }
}

/// `SET NOT NULL`, or `ADD CONSTRAINT … NOT NULL` where that says more, or where the name has to be said.
pub(super) fn set(table: &QualifiedName, column: &Column, is_named: bool) -> Statement {
    match column.required.as_ref().filter(|it| is_named || !it.is_usual(table, &column.name)) {
        Some(it) => super::not_null::added(table, &column.name, it),
        None => Statement::on_table(table, format!("ALTER COLUMN {} SET NOT NULL", sql::name(&column.name))),
    }
}

/// Demands a value, after rows that have no value got one. Where nobody said which, the statement fails as long as there is
/// such a row, and says in a comment what to write.
pub(super) fn require(
    table: &QualifiedName,
    column: &Column,
    is_named: bool,
    backfill: Option<&str>,
) -> Vec<Statement> {
    let set = set(table, column, is_named);
    match backfill {
        Some(_) => {
            let lock = format!("lock: reads all of {table}; nobody can write meanwhile");
            filled(table, &column.name, set.remark(lock), backfill)
        }
        None => filled(table, &column.name, set, None),
    }
}

/// A statement that fails as long as a row has no value, behind the one that gives rows theirs, or with a comment that says what to
/// write.
pub(super) fn filled(table: &QualifiedName, column: &str, demand: Statement, backfill: Option<&str>) -> Vec<Statement> {
    let column = sql::name(column);
    match backfill {
        Some(value) => {
            vec![Statement::whole(filling_update(table, &column, value)), demand]
        }
        None => vec![demand.remark(placeholder(table, &column))],
    }
}

/// The statement that gives rows a value. The column as SQL writes it.
pub fn filling_update(table: &QualifiedName, column: &str, value: &str) -> String {
    format!("UPDATE {table} SET {column} = {value} WHERE {column} IS NULL")
}

/// What to write where nobody said which value rows get. The column as SQL writes it.
fn placeholder(table: &QualifiedName, column: &str) -> String {
    format!(
        "backfill: this fails as long as a row has no value. Say which they get, here:\n  \
         UPDATE {table} SET {column} = … WHERE {column} IS NULL;"
    )
}

/// The table and the column of which rows wait for a value, if this is the remark that says so of one column.
pub fn awaited(remark: &str) -> Option<(&str, &str)> {
    let (_, update) = remark.split_once("UPDATE ")?;
    let (place, _) = update.split_once(" = …")?;
    place.split_once(" SET ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_without_a_value_get_the_one_that_was_told() {
        let table = QualifiedName::public("t");
        let column = Column { not_null: true, ..Column::new("a", "text") };
        let mut change = ChangeNullability::detect(&table, &Column::new("a", "text"), &column).expect("it differs");
        let remark = change.statements()[0].remarks[0].clone();
        assert!(remark.starts_with("backfill: "), "a placeholder in a comment");
        assert_eq!(awaited(&remark), Some(("public.t", "a")));
        change.backfill = Some("'x'".to_owned());
        let texts: Vec<String> = change.statements().iter().map(Statement::text).collect();
        assert_eq!(
            texts,
            ["UPDATE public.t SET a = 'x' WHERE a IS NULL", "ALTER TABLE public.t ALTER COLUMN a SET NOT NULL"]
        );
    }
}
