//! Columns of one table that are required from now on, together: all are added, then rows get their values, then each is required.

use crate::diff::{Sql, Statement};

/// Adds first what is added, in each row of statements that add columns, fill them and require them. A table with several new
/// columns is changed by two statements then, and where a person has to write a value, the column is there.
pub(super) fn columns_first(statements: &mut [Statement]) {
    for neighbours in statements.chunk_by_mut(|one, next| rank(one).zip(rank(next)).is_some()) {
        let same_table = table(&neighbours[0]).map(str::to_owned);
        if same_table.is_some() && neighbours.iter().all(|it| table(it) == same_table.as_deref()) {
            neighbours.sort_by_key(rank);
        }
    }
}

/// Whether a statement waits for a value, and the one before it may not be part of it: what a person writes stands between them.
pub(super) fn are_apart(one: &Statement, next: &Statement) -> bool {
    next.remarks.iter().any(|remark| remark.starts_with("backfill: ")) && rank(one) != Some(Rank::Require)
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Add,
    Fill,
    Require,
}

fn rank(statement: &Statement) -> Option<Rank> {
    match &statement.sql {
        Sql::Whole(sql) => sql.starts_with("UPDATE ").then_some(Rank::Fill),
        Sql::Action { action, .. } if action.starts_with("ADD COLUMN ") => Some(Rank::Add),
        Sql::Action { action, .. } => {
            let is_plain = action.starts_with("ALTER COLUMN ") && action.ends_with(" SET NOT NULL");
            let is_named = action.starts_with("ADD CONSTRAINT ") && action.contains(" NOT NULL ");
            (is_plain || is_named).then_some(Rank::Require)
        }
    }
}

/// The table, as SQL writes it.
fn table(statement: &Statement) -> Option<&str> {
    match &statement.sql {
        Sql::Whole(sql) => sql.strip_prefix("UPDATE ")?.split_once(" SET ").map(|(table, _)| table),
        Sql::Action { head, .. } => head.strip_prefix("ALTER TABLE "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_added_then_filled_then_required() {
        let on_table = |action: &str| Statement::on_table("public.t", action);
        let mut statements = [
            on_table("DROP COLUMN z"),
            on_table("ADD COLUMN a text"),
            Statement::whole("UPDATE public.t SET a = 'x' WHERE a IS NULL"),
            on_table("ALTER COLUMN a SET NOT NULL"),
            on_table("ADD COLUMN b text"),
            on_table("ALTER COLUMN b SET NOT NULL").remark("backfill: …"),
            Statement::whole("COMMENT ON COLUMN public.t.b IS 'x'"),
            on_table("ADD COLUMN c text"),
        ];
        columns_first(&mut statements);
        let texts: Vec<String> = statements.iter().map(Statement::text).collect();
        assert_eq!(
            texts[1..6],
            [
                "ALTER TABLE public.t ADD COLUMN a text",
                "ALTER TABLE public.t ADD COLUMN b text",
                "UPDATE public.t SET a = 'x' WHERE a IS NULL",
                "ALTER TABLE public.t ALTER COLUMN a SET NOT NULL",
                "ALTER TABLE public.t ALTER COLUMN b SET NOT NULL",
            ]
        );
        assert!(are_apart(&statements[2], &statements[5]) && !are_apart(&statements[4], &statements[5]));
        assert!(!are_apart(&statements[1], &statements[2]), "nobody has to write anything there");
    }
}
