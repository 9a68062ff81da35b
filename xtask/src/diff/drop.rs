//! `DROP …`
//!
//! before: any object · after: it is not there

use super::destroyed::{rows_of, values_of};
use super::inventory::Item;
use super::operation::Operation;
use super::statement::Statement;
use super::target::{part, target};
use crate::schema::{ConstraintKind, QualifiedName};
use crate::sql;

/// An object goes.
#[derive(Clone, Debug)]
pub struct Drop<'s> {
    /// Which.
    pub item: Item<'s>,
    /// Whether it comes back in the same script: nothing is lost by that.
    pub comes_back: bool,
    /// The tables on which a column that children keep takes NULL before it goes: from PostgreSQL 18 on these would go on inheriting its
    /// `NOT NULL` from nobody, and no statement could take it from them.
    pub takes_null_on: Vec<&'s QualifiedName>,
}

/// `DROP TYPE`, or `DROP DOMAIN`.
pub(super) fn drop_type(item: Item<'_>) -> String {
    format!("DROP {}", target(item))
}

impl Operation for Drop<'_> {
    fn title(&self) -> String {
        format!("{} dropped", part(self.item))
    }

    fn statements(&self) -> Vec<Statement> {
        let destroys = |statement: Statement, what: String| {
            if self.comes_back { statement } else { statement.destroys(what) }
        };
        if let Item::Column(_, it) = self.item
            && !self.takes_null_on.is_empty()
        {
            let takes_null = format!("ALTER COLUMN {} DROP NOT NULL", sql::name(&it.name));
            let first = self.takes_null_on.iter().map(|table| Statement::on_table(table, takes_null.clone()));
            return first.chain(Self { takes_null_on: Vec::new(), ..self.clone() }.statements()).collect();
        }
        let statement = match self.item {
            Item::Table(it) => {
                let statement = Statement::whole(format!("DROP TABLE {}", it.name));
                destroys(statement, rows_of(&it.name))
            }
            Item::Column(table, it) => {
                let column = sql::name(&it.name);
                let statement = Statement::on_table(&table.name, format!("DROP COLUMN {column}"));
                match it.generated {
                    // What is computed can be computed again.
                    Some(_) => statement,
                    None => statement.destroys(values_of(&table.name, &it.name)),
                }
            }
            Item::Default(table, it) => {
                Statement::on_table(&table.name, format!("ALTER COLUMN {} DROP DEFAULT", sql::name(&it.name)))
            }
            Item::Constraint(table, it) => {
                let statement = Statement::on_table(&table.name, format!("DROP CONSTRAINT {}", sql::name(&it.name)));
                match it.kind {
                    ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_) if self.comes_back => {
                        statement.remark(format!("lock: the index of {} is built anew", sql::name(&it.name)))
                    }
                    _ => statement,
                }
            }
            Item::DomainCheck(domain, it) => {
                Statement::whole(format!("ALTER DOMAIN {} DROP CONSTRAINT {}", domain.name, sql::name(&it.name)))
            }
            Item::Sequence(it) => {
                destroys(Statement::whole(format!("DROP SEQUENCE {}", it.name)), format!("the position of {}", it.name))
            }
            Item::Namespace(it) => Statement::whole(format!("DROP SCHEMA {}", sql::name(&it.name))),
            Item::Extension(it) => {
                let statement = Statement::whole(format!("DROP EXTENSION {}", sql::name(&it.name)));
                statement.remark("fails as long as anything uses a type or function of it")
            }
            other => Statement::whole(format!("DROP {}", target(other))),
        };
        vec![statement]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::schema::{Column, Generated, QualifiedName, Table};

    #[test]
    fn what_cannot_be_computed_again_is_destroyed() {
        let table = Table::new(QualifiedName::public("t"));
        let plain = Column::new("A", "text");
        let generated = Some(Generated { expression: "(b + 1)".to_owned(), stored: true });
        let computed = Column { generated, ..plain.clone() };
        let dropped = |column| {
            let item = Item::Column(&table, column);
            Drop { item, comes_back: false, takes_null_on: Vec::new() }.statements().remove(0)
        };
        assert_eq!(dropped(&plain).text(), "ALTER TABLE public.t DROP COLUMN \"A\"");
        assert_eq!(dropped(&plain).destroys, ["the column public.t.\"A\" and its values"]);
        assert!(dropped(&computed).destroys.is_empty());
    }
}
