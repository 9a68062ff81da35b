//! `ALTER COLUMN … TYPE`
//!
//! before: `a text` · after: `a integer`, with `USING a::integer`

use super::conversion::Conversion;
use super::operation::Operation;
use super::statement::Statement;
use crate::schema::{Column, QualifiedName};
use crate::sql;

/// The type or collation of a column changes.
#[derive(Clone, Debug)]
pub struct ChangeColumnType<'s> {
    /// The table.
    pub table: &'s QualifiedName,
    /// Before.
    pub from: &'s Column,
    /// After.
    pub to: &'s Column,
    /// Whether its values only become text for now, because one type cannot be there before the other has gone.
    pub only_to_text: bool,
}

impl<'s> ChangeColumnType<'s> {
    /// What differs.
    pub fn detect(table: &'s QualifiedName, from: &'s Column, to: &'s Column) -> Option<Self> {
        let differs = from.type_name != to.type_name || from.collation != to.collation;
        differs.then_some(Self { table, from, to, only_to_text: false })
    }

    /// Whether values get from one type to the other by way of their text.
    pub fn goes_through_text(from: &Column, to: &Column) -> bool {
        let is_plain = from.generated.is_none() && to.generated.is_none();
        let using = Conversion::of("c", &from.type_name, &to.type_name).using;
        is_plain && from.type_name != to.type_name && using == Some(format!("c::text::{}", to.type_name))
    }

    fn conversion(&self) -> Conversion {
        Conversion::of(&sql::name(&self.to.name), &self.from.type_name, &self.to.type_name)
    }
}

impl Operation for ChangeColumnType<'_> {
    fn title(&self) -> String {
        let (from, to) = (&self.from.type_name, &self.to.type_name);
        if self.only_to_text {
            return format!("column {}: {from} becomes text for now", sql::name(&self.to.name));
        }
        let what = if from == to { "another collation".to_owned() } else { format!("{from} becomes {to}") };
        format!("column {}: {what}", sql::name(&self.to.name))
    }

    fn statements(&self) -> Vec<Statement> {
        if self.only_to_text {
            let column = sql::name(&self.to.name);
            let action = format!("ALTER COLUMN {column} TYPE text USING {column}::text");
            let statement = Statement::on_table(self.table, action);
            return vec![statement.remark(format!("lock: writes {} anew; nobody can read it meanwhile", self.table))];
        }
        let conversion = self.conversion();
        let collation = match (&self.from.collation, &self.to.collation) {
            (_, Some(collation)) => format!(" COLLATE {}", super::define::found_name(collation)),
            _ => String::new(),
        };
        let using = conversion.using.as_ref().map_or(String::new(), |using| format!(" USING {using}"));
        let column = sql::name(&self.to.name);
        let action = format!("ALTER COLUMN {column} TYPE {}{collation}{using}", self.to.type_name);
        let mut statement = Statement::on_table(self.table, action);
        if conversion.rewrites {
            statement = statement.remark(format!("lock: writes {} anew; nobody can read it meanwhile", self.table));
        }
        if conversion.keeps_first {
            let others = format!("all but the first element of each value of {}.{column}", self.table);
            statement = statement.destroys(others);
        } else if conversion.may_fail {
            statement =
                statement.remark(format!("fails at the first value of {column} that is no {}", self.to.type_name));
        } else if conversion.may_not_fit {
            statement = statement.remark(format!("fails, or rounds, where a value of {column} does not fit"));
        }
        vec![statement]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(from: &str, to: &str) -> Statement {
        let (table, from, to) = (QualifiedName::public("t"), Column::new("A", from), Column::new("A", to));
        ChangeColumnType::detect(&table, &from, &to).expect("they differ").statements().remove(0)
    }

    #[test]
    fn what_can_go_wrong_is_told() {
        let number = statement("text", "integer");
        assert_eq!(number.text(), "ALTER TABLE public.t ALTER COLUMN \"A\" TYPE integer USING \"A\"::integer");
        assert_eq!(
            number.remarks.last().map(String::as_str),
            Some("fails at the first value of \"A\" that is no integer")
        );
        assert!(statement("character varying(5)", "text").remarks.is_empty(), "nothing is locked for long");
        assert!(statement("bigint", "integer").remarks.iter().any(|it| it.starts_with("fails, or rounds")));
    }

    #[test]
    fn the_rest_of_an_array_is_destroyed() {
        let first = statement("text[]", "text");
        assert_eq!(first.text(), "ALTER TABLE public.t ALTER COLUMN \"A\" TYPE text USING \"A\"[1]");
        assert_eq!(first.destroys, ["all but the first element of each value of public.t.\"A\""]);
    }
}
