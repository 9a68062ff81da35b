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
    /// Whether the children of the table keep theirs.
    pub is_alone: bool,
}

impl<'s> ChangeDefault<'s> {
    /// What differs.
    pub fn detect(table: &'s QualifiedName, from: &Column, to: &'s Column) -> Option<Self> {
        (from.default != to.default).then(|| Self::of(table, to))
    }

    /// The default that this column has.
    pub fn of(table: &'s QualifiedName, column: &'s Column) -> Self {
        Self { table, column: &column.name, default: column.default.as_deref(), is_alone: false }
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
        let only = if self.is_alone { "ONLY " } else { "" };
        vec![Statement::on_table(format!("{only}{}", self.table), action)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_comes_changes_and_goes() {
        let (table, none) = (QualifiedName::public("t"), Column::new("No", "integer"));
        let one = Column { default: Some("1".to_owned()), ..none.clone() };
        let told = |from: &Column, to: &Column| {
            let change = ChangeDefault::detect(&table, from, to);
            change.map(|it| (it.title(), it.statements()[0].text()))
        };
        let (title, text) = told(&none, &one).expect("they differ");
        assert_eq!(
            (title.as_str(), text.as_str()),
            ("default of \"No\"", "ALTER TABLE public.t ALTER COLUMN \"No\" SET DEFAULT 1")
        );
        let (title, text) = told(&one, &none).expect("they differ");
        assert_eq!(
            (title.as_str(), text.as_str()),
            ("no default of \"No\"", "ALTER TABLE public.t ALTER COLUMN \"No\" DROP DEFAULT")
        );
        assert!(told(&one, &one).is_none());
    }

    #[test]
    fn children_with_defaults_of_their_own_keep_them() {
        let (table, column) = (QualifiedName::public("t"), Column::new("a", "integer"));
        let change = ChangeDefault { is_alone: true, ..ChangeDefault::of(&table, &column) };
        assert_eq!(change.statements()[0].text(), "ALTER TABLE ONLY public.t ALTER COLUMN a DROP DEFAULT");
    }
}
