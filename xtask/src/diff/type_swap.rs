//! A type made anew below the columns that have it.
//!
//! before: `enum ('sad', 'ok', 'happy')` · after: `enum ('sad', 'ok')`

use super::create::create_type;
use super::drop::drop_type;
use super::inventory::Item;
use super::operation::Operation;
use super::statement::Statement;
use crate::schema::{Column, QualifiedName, Table};
use crate::sql;

/// A type is replaced by another one of its name. Defaults and everything else that reads the columns is taken away before
/// and comes back afterwards.
#[derive(Clone, Debug)]
pub struct SwapType<'s> {
    /// Its name.
    pub name: &'s QualifiedName,
    /// Before.
    pub from: Item<'s>,
    /// After.
    pub to: Item<'s>,
    /// The columns that have it before and after.
    pub columns: Vec<(&'s Table, &'s Column)>,
}

impl SwapType<'_> {
    /// Attributes of a composite type that rows lose.
    fn losses(&self) -> Vec<String> {
        let (Item::Composite(from), Item::Composite(to)) = (self.from, self.to) else { return Vec::new() };
        let gone = from.attributes.iter().filter(|it| to.attributes.iter().all(|other| other.name != it.name));
        gone.map(|it| format!("the attribute {} of {} and its values", sql::name(&it.name), self.name)).collect()
    }

    /// Values of an enum that no row may have any more.
    fn gone(&self) -> Vec<String> {
        let (Item::Enum(from), Item::Enum(to)) = (self.from, self.to) else { return Vec::new() };
        from.values.iter().filter(|value| !to.values.contains(value)).map(|value| sql::literal(value)).collect()
    }
}

impl Operation for SwapType<'_> {
    fn title(&self) -> String {
        let gone = self.gone();
        if gone.is_empty() { "made anew".to_owned() } else { format!("{} removed", gone.join(", ")) }
    }

    fn statements(&self) -> Vec<Statement> {
        let create = Statement::whole(create_type(self.to));
        if self.columns.is_empty() {
            return vec![Statement::whole(drop_type(self.from)), create];
        }
        let old = self.name.aside();
        let kind = if matches!(self.from, Item::Domain(_)) { "DOMAIN" } else { "TYPE" };
        let rename = format!("ALTER {kind} {} RENAME TO {}", self.name, sql::name(&old.name));
        let mut statements = vec![Statement::whole(rename), create];
        let gone = self.gone();
        for (table, column) in &self.columns {
            let (name, wanted) = (sql::name(&column.name), &column.type_name);
            let using = match (self.from, self.to) {
                (Item::Composite(from), Item::Composite(to)) if !wanted.ends_with("[]") => {
                    super::composite::converted(&name, from, to)
                }
                _ if wanted.ends_with("[]") => format!("{name}::text[]::{wanted}"),
                _ => format!("{name}::text::{wanted}"),
            };
            let action = format!("ALTER COLUMN {name} TYPE {wanted} USING {using}");
            let mut statement = Statement::on_table(&table.name, action)
                .remark(format!("lock: writes {} anew; nobody can read it meanwhile", table.name));
            if !gone.is_empty() {
                let gone = gone.join(", ");
                statement = statement.remark(format!("fails as long as a row has one of {gone} in {name}"));
            }
            statements.push(statement);
        }
        let drop = Statement::whole(format!("DROP {kind} {old}"));
        statements.push(self.losses().into_iter().fold(drop, Statement::destroys));
        statements
    }
}
