//! A type made anew below the columns that have it.
//!
//! before: `enum ('sad', 'ok', 'happy')` · after: `enum ('sad', 'ok')`

use std::collections::BTreeSet;

use super::create::create_type;
use super::define;
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
    /// What the old one is called meanwhile.
    pub aside: QualifiedName,
    /// The columns that have it before and after.
    pub columns: Vec<(&'s Table, &'s Column)>,
    /// Whether the old one stays aside for now, since others stand on it.
    pub is_kept: bool,
    /// Old types that waited for this one, with what they are called meanwhile.
    pub drops: Vec<(Item<'s>, QualifiedName)>,
    /// Values that no row may have any more of the enums that it stands on, as SQL writes them.
    pub gone_below: Vec<String>,
    /// The names of all types that are made anew.
    pub remade: BTreeSet<String>,
}

impl SwapType<'_> {
    /// Attributes of a composite type that rows lose.
    fn losses(&self) -> Vec<String> {
        let (Item::Composite(from), Item::Composite(to)) = (self.from, self.to) else { return Vec::new() };
        let gone = from.attributes.iter().filter(|it| to.attributes.iter().all(|other| other.name != it.name));
        gone.map(|it| format!("the attribute {} of {} and its values", sql::name(&it.name), self.name)).collect()
    }

    /// The values wait as text. A range leaves its name to the functions that make its values, so it cannot wait under another one.
    fn without_type(&self) -> impl Iterator<Item = Statement> {
        self.columns.iter().map(|(table, column)| {
            let name = sql::name(&column.name);
            let text = if column.type_name.ends_with("[]") { "text[]" } else { "text" };
            Statement::on_table(&table.name, format!("ALTER COLUMN {name} TYPE {text} USING {name}::{text}"))
                .remark(format!("lock: writes {} anew; nobody can read it meanwhile", table.name))
        })
    }
}

/// Values of an enum that no row may have any more, as SQL writes them.
pub fn values_gone(from: Item<'_>, to: Item<'_>) -> Vec<String> {
    let (Item::Enum(from), Item::Enum(to)) = (from, to) else { return Vec::new() };
    from.values.iter().filter(|value| !to.values.contains(value)).map(|value| sql::literal(value)).collect()
}

impl Operation for SwapType<'_> {
    fn title(&self) -> String {
        let gone = values_gone(self.from, self.to);
        if gone.is_empty() { "made anew".to_owned() } else { format!("{} removed", gone.join(", ")) }
    }

    fn statements(&self) -> Vec<Statement> {
        let create = Statement::whole(create_type(self.to));
        let waiting = self.drops.iter().map(|(item, aside)| Statement::whole(format!("DROP {} {aside}", kind(*item))));
        if self.columns.is_empty() && !self.is_kept {
            return [Statement::whole(drop_type(self.from)), create].into_iter().chain(waiting).collect();
        }
        let (old, kind) = (&self.aside, kind(self.from));
        let rename = format!("ALTER {kind} {} RENAME TO {}", self.name, sql::name(&old.name));
        let mut statements = match self.from {
            Item::Range(_) => self.without_type().chain([Statement::whole(drop_type(self.from)), create]).collect(),
            _ => {
                let create = match self.to {
                    Item::Domain(domain) => Statement::whole(define::domain_beside_old(domain)),
                    _ => create,
                };
                vec![Statement::whole(rename), create]
            }
        };
        let gone = [values_gone(self.from, self.to), self.gone_below.clone()].concat();
        for (table, column) in &self.columns {
            let (name, wanted) = (sql::name(&column.name), &column.type_name);
            let using = match (self.from, self.to) {
                (Item::Composite(from), Item::Composite(to))
                    if !wanted.ends_with("[]") && from.attributes != to.attributes =>
                {
                    super::composite::converted(&name, from, to, &self.remade)
                }
                (Item::Range(_), _) => format!("{name}::{wanted}"),
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
        // A range is gone already.
        if !self.is_kept && !matches!(self.from, Item::Range(_)) {
            let drop = Statement::whole(format!("DROP {kind} {old}"));
            statements.push(self.losses().into_iter().fold(drop, Statement::destroys));
        }
        statements.extend(waiting);
        statements
    }
}

/// As `ALTER` and `DROP` call it.
fn kind(item: Item<'_>) -> &'static str {
    if matches!(item, Item::Domain(_)) { "DOMAIN" } else { "TYPE" }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::schema::{CompositeType, EnumType};

    #[test]
    fn rows_keep_their_values_through_their_text() {
        let name = QualifiedName::public("mood");
        let values = |values: &[&str]| EnumType {
            name: name.clone(),
            values: values.iter().map(|it| (*it).to_owned()).collect(),
            ..EnumType::default()
        };
        let (from, to) = (values(&["sad", "it's"]), values(&["sad"]));
        let (table, column) = (Table::new(QualifiedName::public("t")), Column::new("m", "public.mood[]"));
        let swap = SwapType {
            name: &name,
            aside: name.aside("_old"),
            from: Item::Enum(&from),
            to: Item::Enum(&to),
            columns: vec![(&table, &column)],
            is_kept: false,
            drops: Vec::new(),
            gone_below: Vec::new(),
            remade: BTreeSet::new(),
        };
        let texts: Vec<String> = swap.statements().iter().map(Statement::text).collect();
        assert_eq!(
            texts,
            [
                "ALTER TYPE public.mood RENAME TO mood_old",
                "CREATE TYPE public.mood AS ENUM ('sad')",
                "ALTER TABLE public.t ALTER COLUMN m TYPE public.mood[] USING m::text[]::public.mood[]",
                "DROP TYPE public.mood_old",
            ]
        );
        assert_eq!(swap.statements()[2].remarks[1], "fails as long as a row has one of 'it''s' in m");
    }

    #[test]
    fn a_type_that_nobody_has_is_dropped_and_created() {
        let (name, from) = (QualifiedName::public("place"), CompositeType::default());
        let it = Item::Composite(&from);
        let aside = name.aside("_old");
        let (columns, drops, gone_below, remade) = (Vec::new(), Vec::new(), Vec::new(), BTreeSet::new());
        let swap =
            SwapType { name: &name, aside, from: it, to: it, columns, is_kept: false, drops, gone_below, remade };
        assert_eq!(swap.statements().len(), 2);
    }
}
