//! Name, validity and inheritance of a `NOT NULL` that stays (PostgreSQL 18)
//!
//! before: `a text constraint old not null` · after: `a text constraint new not null`

use super::operation::Operation;
use super::statement::Statement;
use crate::schema::{Column, NotNull, QualifiedName};
use crate::sql;

/// The constraint behind a column that refuses NULL is another one, or is new and says more than `NOT NULL` does.
#[derive(Clone, Debug)]
pub struct ChangeNotNull<'s> {
    /// The table.
    pub table: &'s QualifiedName,
    /// The column.
    pub column: &'s str,
    /// Before; `None` where the column took NULL, or was not there.
    pub from: Option<&'s NotNull>,
    /// After.
    pub to: &'s NotNull,
    /// Whether it gets its new name; not so where the server does that by itself, or cannot.
    pub is_renamed: bool,
    /// What rows without a value get before all of them are checked, as SQL.
    pub backfill: Option<String>,
}

impl<'s> ChangeNotNull<'s> {
    /// What differs. Servers before 18 know nothing of it.
    pub fn detect(table: &'s QualifiedName, from: &'s Column, to: &'s Column) -> Option<Self> {
        if !from.not_null {
            return Self::on_new(table, to);
        }
        let (old, new) = from.required.as_ref().zip(to.required.as_ref())?;
        let is_renamed = !new.has_name_of(old, table, &to.name);
        let differs = old.no_inherit != new.no_inherit || old.not_valid != new.not_valid || old.comment != new.comment;
        let change = Self { table, column: &to.name, from: Some(old), to: new, is_renamed, backfill: None };
        (is_renamed || differs).then_some(change)
    }

    /// What a column that is new, or took NULL before, gets behind its definition: a constraint that is not checked cannot be part
    /// of that.
    pub fn on_new(table: &'s QualifiedName, column: &'s Column) -> Option<Self> {
        let to = column.required.as_ref()?;
        let says_more = to.not_valid && !to.inherited || to.comment.is_some();
        says_more.then_some(Self { table, column: &column.name, from: None, to, is_renamed: false, backfill: None })
    }

    /// Whether the parent of the table demands it before and after.
    pub fn is_inherited_throughout(&self) -> bool {
        self.to.inherited && self.from.is_some_and(|from| from.inherited)
    }

    /// Nothing makes it unchecked again, but being made anew.
    fn is_made_anew(&self) -> bool {
        self.to.not_valid && !self.to.inherited && self.from.is_none_or(|from| !from.not_valid)
    }

    /// The name that it has once this is done.
    fn name(&self) -> &'s str {
        match self.from {
            Some(from) if !self.is_renamed && !self.is_made_anew() => &from.name,
            _ => &self.to.name,
        }
    }

    fn made_anew(&self) -> Vec<Statement> {
        let drop = format!("ALTER COLUMN {} DROP NOT NULL", sql::name(self.column));
        let drop = self.from.map(|_| Statement::on_table(self.table, drop));
        drop.into_iter().chain([added(self.table, self.column, self.to)]).collect()
    }

    fn altered(&self, from: &NotNull) -> Vec<Statement> {
        let (table, name) = (self.table, sql::name(self.name()));
        let mut statements = Vec::new();
        if self.is_renamed {
            let old = sql::name(&from.name);
            statements.push(Statement::whole(format!("ALTER TABLE {table} RENAME CONSTRAINT {old} TO {name}")));
        }
        if self.is_inherited_throughout() {
            return statements;
        }
        if from.no_inherit != self.to.no_inherit {
            let word = if self.to.no_inherit { "NO INHERIT" } else { "INHERIT" };
            statements.push(Statement::whole(format!("ALTER TABLE {table} ALTER CONSTRAINT {name} {word}")));
        }
        if from.not_valid && !self.to.not_valid {
            let validate = Statement::on_table(table, format!("VALIDATE CONSTRAINT {name}"));
            let backfill = self.backfill.as_deref();
            statements.extend(super::nullability::filled(table, self.column, validate, backfill));
        }
        statements
    }
}

impl Operation for ChangeNotNull<'_> {
    fn title(&self) -> String {
        let column = sql::name(self.column);
        match self.from {
            _ if self.to.not_valid => format!("{column} is required in new rows"),
            Some(from) if from.not_valid => format!("{column} is required in all rows"),
            _ if self.is_renamed => format!("what requires {column} becomes {}", sql::name(&self.to.name)),
            _ => format!("what requires {column}"),
        }
    }

    fn statements(&self) -> Vec<Statement> {
        let is_new = self.is_made_anew();
        let mut statements = match self.from {
            _ if is_new => self.made_anew(),
            Some(from) => self.altered(from),
            None => Vec::new(),
        };
        let comment = self.from.filter(|_| !is_new).and_then(|from| from.comment.as_deref());
        if comment != self.to.comment.as_deref() {
            let comment = self.to.comment.as_deref().map_or_else(|| "NULL".to_owned(), sql::literal);
            let (table, name) = (self.table, sql::name(self.name()));
            statements.push(Statement::whole(format!("COMMENT ON CONSTRAINT {name} ON {table} IS {comment}")));
        }
        statements
    }
}

/// `ADD CONSTRAINT … NOT NULL`.
pub(super) fn added(table: &QualifiedName, column: &str, it: &NotNull) -> Statement {
    let valid = if it.not_valid { " NOT VALID" } else { "" };
    Statement::on_table(table, format!("ADD {}{valid}", super::define::not_null(column, it)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(required: NotNull) -> Column {
        Column { not_null: true, required: Some(required), ..Column::new("a", "text") }
    }

    fn called(name: &str) -> NotNull {
        NotNull { name: name.to_owned(), ..NotNull::default() }
    }

    fn texts(from: &NotNull, to: &NotNull) -> Vec<String> {
        let (table, from, to) = (QualifiedName::public("t"), column(from.clone()), column(to.clone()));
        let change = ChangeNotNull::detect(&table, &from, &to);
        change.iter().flat_map(ChangeNotNull::statements).map(|it| it.text()).collect()
    }

    #[test]
    fn it_is_renamed_and_validated_where_it_stands() {
        let from = NotNull { not_valid: true, ..called("old_a_not_null") };
        let to = NotNull { no_inherit: true, comment: Some("why".to_owned()), ..called("t_a_not_null") };
        assert_eq!(
            texts(&from, &to),
            [
                "ALTER TABLE public.t RENAME CONSTRAINT old_a_not_null TO t_a_not_null",
                "ALTER TABLE public.t ALTER CONSTRAINT t_a_not_null NO INHERIT",
                "ALTER TABLE public.t VALIDATE CONSTRAINT t_a_not_null",
                "COMMENT ON CONSTRAINT t_a_not_null ON public.t IS 'why'",
            ]
        );
        assert!(texts(&called("t_a_not_null1"), &called("t_a_not_null")).is_empty(), "the server chose both");
    }

    #[test]
    fn it_is_unchecked_only_anew() {
        let to = NotNull { not_valid: true, ..called("n") };
        let made_anew = [
            "ALTER TABLE public.t ALTER COLUMN a DROP NOT NULL",
            "ALTER TABLE public.t ADD CONSTRAINT n NOT NULL a NOT VALID",
        ];
        assert_eq!(texts(&called("t_a_not_null"), &to), made_anew);
        let (table, from, to) = (QualifiedName::public("t"), Column::new("a", "text"), column(to));
        let change = ChangeNotNull::detect(&table, &from, &to).expect("it says more");
        assert_eq!(change.statements().iter().map(Statement::text).collect::<Vec<_>>(), made_anew[1..]);
        assert_eq!(change.title(), "a is required in new rows");
    }

    #[test]
    fn what_a_parent_demands_follows_the_parent() {
        let inherited = |name: &str, not_valid: bool| NotNull { inherited: true, not_valid, ..called(name) };
        assert!(texts(&inherited("n", true), &inherited("n", false)).is_empty());
    }
}
